//! Documents that are no jobs yet: uploads, kept for a day under a random 128-bit name (SE-3; the form of LS-14).
//!
//! Deliberately absent: looking into them, and the name they came with as a path; it is only a label.

use crate::data_dir::random_hex;
use crate::durable::{self, Draft, blocking};
use crate::error::StoreError;
use crate::open::Store;
use platen_model::{DocumentName, WallTime};
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::path::PathBuf;

/// The largest document, in bytes (Appendix B: upload).
pub const DOCUMENT_LIMIT: u64 = 100 * 1024 * 1024;
const HEAD: usize = 64 * 1024;

/// A stored document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentRow {
    /// 32 hexadecimal digits.
    pub id: String,
    /// A label for people.
    pub name: String,
    /// What it is, by its content.
    pub kind: String,
    /// In bytes.
    pub size: u64,
    /// Hexadecimal.
    pub sha256: String,
    /// When it was stored.
    pub created_at: WallTime,
}

impl DocumentRow {
    fn read(row: &SqliteRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            kind: row.try_get("kind")?,
            size: u64::try_from(row.try_get::<i64, _>("size")?).unwrap_or(0),
            sha256: row.try_get("sha256")?,
            created_at: WallTime(row.try_get("created_at")?),
        })
    }
}

impl Store {
    /// Stores a document that is in memory.
    pub async fn add_document(
        &self,
        name: &str,
        kind: &str,
        bytes: &[u8],
        now: WallTime,
    ) -> Result<DocumentRow, StoreError> {
        let mut writer = self.document_writer(name).await?;
        writer.write(bytes).await?;
        writer.finish(kind, now).await
    }

    /// Starts a document that arrives piece by piece.
    pub async fn document_writer(&self, name: &str) -> Result<DocumentWriter, StoreError> {
        let id = random_hex::<16>()?;
        let path = self.0.spool.upload(&id).ok_or(StoreError::UnknownDocument)?;
        let name = DocumentName::new(name).as_str().to_owned();
        let (store, target) = (self.clone(), path.clone());
        let draft = blocking(move || {
            store.0.space.check(0)?;
            Ok(Draft::of(&target)?)
        })
        .await?;
        Ok(DocumentWriter {
            store: self.clone(),
            draft: Some(draft),
            path,
            id,
            name,
            size: 0,
            hash: Sha256::new(),
            head: Vec::new(),
        })
    }

    /// What is known about a document; [`StoreError::UnknownDocument`] when it is gone.
    pub async fn document(&self, id: &str) -> Result<DocumentRow, StoreError> {
        let row = sqlx::query("SELECT * FROM documents WHERE id = ?").bind(id).fetch_optional(&self.0.readers).await?;
        row.as_ref().map(DocumentRow::read).transpose()?.ok_or(StoreError::UnknownDocument)
    }

    /// A document's content.
    pub async fn document_bytes(&self, id: &str) -> Result<Vec<u8>, StoreError> {
        let path = self.document_path(id)?;
        blocking(move || durable::read_if_there(&path)?.ok_or(StoreError::UnknownDocument)).await
    }

    /// A document's content, to be read piece by piece.
    pub async fn open_upload(&self, id: &str) -> Result<std::fs::File, StoreError> {
        let path = self.document_path(id)?;
        blocking(move || durable::open_if_there(&path)?.ok_or(StoreError::UnknownDocument)).await
    }

    /// Where a document is, for [`Store::accept`].
    pub fn document_path(&self, id: &str) -> Result<PathBuf, StoreError> {
        self.0.spool.upload(id).ok_or(StoreError::UnknownDocument)
    }

    pub(crate) async fn delete_documents(&self, older_than: WallTime) -> Result<usize, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar("DELETE FROM documents WHERE created_at < ? RETURNING id")
            .bind(older_than.as_millis())
            .fetch_all(&mut *self.0.writer.acquire().await?)
            .await?;
        let (spool, count) = (self.0.spool.clone(), ids.len());
        blocking(move || {
            Ok(ids.iter().filter_map(|id| spool.upload(id)).try_for_each(|path| durable::remove_if_there(&path))?)
        })
        .await?;
        Ok(count)
    }
}

/// A document on its way to the disk. Dropped without [`DocumentWriter::finish`], it leaves nothing.
pub struct DocumentWriter {
    store: Store,
    draft: Option<Draft>,
    path: PathBuf,
    id: String,
    name: String,
    size: u64,
    hash: Sha256,
    head: Vec<u8>,
}

impl DocumentWriter {
    /// Appends a piece; [`StoreError::TooLarge`] beyond [`DOCUMENT_LIMIT`], after which the writer is of no more use.
    pub async fn write(&mut self, piece: &[u8]) -> Result<(), StoreError> {
        self.size = self.size.saturating_add(piece.len() as u64);
        if self.size > DOCUMENT_LIMIT {
            self.draft = None;
            return Err(StoreError::TooLarge { limit: DOCUMENT_LIMIT });
        }
        let room = HEAD.saturating_sub(self.head.len());
        self.head.extend_from_slice(piece.get(..room.min(piece.len())).unwrap_or_default());
        self.hash.update(piece);
        let mut draft = self.draft.take().ok_or(StoreError::UnknownDocument)?;
        let piece = piece.to_vec();
        let draft = blocking(move || {
            draft.write(&piece)?;
            Ok(draft)
        })
        .await?;
        self.draft = Some(draft);
        Ok(())
    }

    /// The first 64 KiB, to tell what it is.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// How much has arrived, in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Makes the document durable.
    pub async fn finish(mut self, kind: &str, now: WallTime) -> Result<DocumentRow, StoreError> {
        let mut draft = self.draft.take().ok_or(StoreError::UnknownDocument)?;
        let (path, folder) = (self.path.clone(), self.store.0.spool.uploads_folder().to_owned());
        blocking(move || {
            draft.sync()?;
            draft.keep(&path)?;
            Ok(durable::sync_folder(&folder)?)
        })
        .await?;
        let row = DocumentRow {
            id: self.id,
            name: self.name,
            kind: kind.to_owned(),
            size: self.size,
            sha256: hex::encode(self.hash.finalize()),
            created_at: now,
        };
        sqlx::query("INSERT INTO documents (id, name, kind, size, sha256, created_at) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(&row.id)
            .bind(&row.name)
            .bind(&row.kind)
            .bind(i64::try_from(row.size).unwrap_or(i64::MAX))
            .bind(&row.sha256)
            .bind(row.created_at.as_millis())
            .execute(&mut *self.store.0.writer.acquire().await?)
            .await?;
        Ok(row)
    }
}
