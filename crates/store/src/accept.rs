//! Accepting a job: the one place where "accepted" is said (JD, F1).
//!
//! ```text
//! document.tmp ─ fsync ─ rename ─ fsync folder ─▶ job.json likewise ─▶ row committed ─▶ the answer
//! ```
//!
//! Exactly once per (caller, reference, content) in seven days; without a reference the same content from the same caller within 60 s is
//! accepted and answered as a possible duplicate. Deliberately absent: looking into the document; its kind is the caller's word.

use crate::crash;
use crate::durable::{self, Draft, blocking};
use crate::error::StoreError;
use crate::jobs::{fetch, insert};
use crate::open::Store;
use crate::rebuild::row_of;
use crate::rows::{JobRow, NewJob};
use crate::spool::{Sidecar, Spool, Unclaimed};
use platen_model::{JobId, WallTime};
use sha2::{Digest, Sha256};
use sqlx::SqliteConnection;
use std::fs::{DirBuilder, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

const REFERENCE_WINDOW: i64 = 7 * 24 * 60 * 60 * 1000;
const DUPLICATE_WINDOW: i64 = 60 * 1000;

/// Where a job's document comes from.
#[derive(Clone, Debug)]
pub enum DocumentSource {
    /// From memory.
    Bytes(Vec<u8>),
    /// A file, for example of [`Store::document_path`]; it is copied.
    File(PathBuf),
}

impl From<&[u8]> for DocumentSource {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl From<Vec<u8>> for DocumentSource {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<&Path> for DocumentSource {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl From<PathBuf> for DocumentSource {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

/// How a job was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptOutcome {
    /// It is new.
    New,
    /// The same caller gave the same reference and content before: this is that job.
    Existing,
    /// It is new, and the same caller gave the same content without a reference within 60 s.
    NewPossibleDuplicate,
}

/// The answer: from here on the job is never lost.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The job, new or existing.
    pub job: JobRow,
    /// How it was accepted.
    pub outcome: AcceptOutcome,
}

impl Store {
    /// Accepts a job, or says why not. [`StoreError::StorageFull`] below the free-space floor; [`StoreError::ReferenceTaken`] when the
    /// reference belongs to other content; [`StoreError::JobExists`] when the id is not new.
    pub async fn accept(
        &self,
        new: NewJob,
        document: impl Into<DocumentSource>,
        now: WallTime,
    ) -> Result<Accepted, StoreError> {
        let (store, document) = (self.clone(), document.into());
        // On a task of its own: a caller that goes away must not leave a committed row without its folder.
        match tokio::spawn(async move { store.accept_whole(new, document, now).await }).await {
            Ok(accepted) => accepted,
            Err(stopped) => Err(StoreError::Io(io::Error::other(stopped))),
        }
    }

    async fn accept_whole(&self, new: NewJob, document: DocumentSource, now: WallTime) -> Result<Accepted, StoreError> {
        let new = NewJob { reference: new.reference.filter(|reference| !reference.is_empty()), ..new };
        // A repeated request is answered even when there is no room for a new one.
        if let Some(job) = by_reference(&mut *self.0.readers.acquire().await?, &new, now).await? {
            let (asked, document) = (new.clone(), document.clone());
            let (_, _, hash) = blocking(move || measure(&asked, &document)).await?;
            return same(job, &hash);
        }
        let id = new.id.clone();
        let store = self.clone();
        let (sidecar, folder) = blocking(move || store.spool_job(new, &document, now)).await?;
        let mut transaction = self.0.writer.begin().await?;
        if let Some(job) = by_reference(&mut transaction, &sidecar.job, now).await? {
            return same(job, &sidecar.content_hash);
        }
        let outcome = match &sidecar.job.reference {
            None if is_repeated(&mut transaction, &sidecar, now).await? => AcceptOutcome::NewPossibleDuplicate,
            _ => AcceptOutcome::New,
        };
        insert(&mut transaction, &row_of(&sidecar)).await?;
        let job = fetch(&mut transaction, &id).await?.ok_or(StoreError::UnknownJob)?;
        transaction.commit().await?;
        folder.claim();
        self.0.spool.note_accepted(&id);
        crash::point("accept.row_committed");
        Ok(Accepted { job, outcome })
    }

    /// Writes document and sidecar. Blocks.
    fn spool_job(
        &self,
        new: NewJob,
        document: &DocumentSource,
        now: WallTime,
    ) -> Result<(Sidecar, Unclaimed), StoreError> {
        let spool = &self.0.spool;
        let mut source = Source::open(document)?;
        self.0.space.take_ballast()?;
        self.0.space.check(source.size)?;
        let folder = create_folder(spool, &new.id)?;
        let path = spool.document(&new.id);
        let mut draft = Draft::of(&path)?;
        let mut hash = Sha256::new();
        let document_size = source.drain(|piece| {
            hash.update(piece);
            Ok(draft.write(piece)?)
        })?;
        draft.sync()?;
        crash::point("accept.document_written");
        draft.keep(&path)?;
        durable::sync_folder(&spool.folder(&new.id))?;
        crash::point("accept.document_renamed");
        let document_sha256 = hex::encode(hash.finalize());
        let content_hash = content_hash(&new, &document_sha256);
        let path = spool.sidecar(&new.id);
        let sidecar = Sidecar { job: new, document_size, document_sha256, content_hash, accepted_at: now };
        let json = serde_json::to_vec(&sidecar).map_err(io::Error::from)?;
        durable::write_file(&path, &json)?;
        durable::sync_folder(spool.jobs_folder())?;
        crash::point("accept.sidecar_written");
        Ok((sidecar, folder))
    }
}

fn create_folder(spool: &Spool, id: &JobId) -> Result<Unclaimed, StoreError> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(spool.folder(id)) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(StoreError::JobExists),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(Unclaimed::new(spool, id)),
    }
}

/// A document being read, bounded by [`crate::DOCUMENT_LIMIT`].
struct Source<'a> {
    reader: Box<dyn Read + 'a>,
    size: u64,
}

impl<'a> Source<'a> {
    fn open(document: &'a DocumentSource) -> Result<Self, StoreError> {
        let (reader, size): (Box<dyn Read + 'a>, u64) = match document {
            DocumentSource::Bytes(bytes) => (Box::new(bytes.as_slice()), bytes.len() as u64),
            DocumentSource::File(path) => {
                let file = File::open(path).map_err(|error| match error.kind() {
                    io::ErrorKind::NotFound => StoreError::UnknownDocument,
                    _ => error.into(),
                })?;
                let size = file.metadata()?.len();
                (Box::new(file), size)
            }
        };
        if size > crate::DOCUMENT_LIMIT {
            return Err(StoreError::TooLarge { limit: crate::DOCUMENT_LIMIT });
        }
        Ok(Self { reader, size })
    }

    /// Hands every piece to `take`; how many bytes there were.
    fn drain(&mut self, mut take: impl FnMut(&[u8]) -> Result<(), StoreError>) -> Result<u64, StoreError> {
        let mut piece = vec![0_u8; 256 * 1024];
        let mut total = 0_u64;
        loop {
            let count = self.reader.read(&mut piece)?;
            let Some(bytes) = piece.get(..count).filter(|bytes| !bytes.is_empty()) else { return Ok(total) };
            total = total.saturating_add(count as u64);
            if total > crate::DOCUMENT_LIMIT {
                return Err(StoreError::TooLarge { limit: crate::DOCUMENT_LIMIT });
            }
            take(bytes)?;
        }
    }
}

/// Size, hash of the document, hash of the whole request.
fn measure(new: &NewJob, document: &DocumentSource) -> Result<(u64, String, String), StoreError> {
    let mut hash = Sha256::new();
    let size = Source::open(document)?.drain(|piece| {
        hash.update(piece);
        Ok(())
    })?;
    let document_sha256 = hex::encode(hash.finalize());
    let content = content_hash(new, &document_sha256);
    Ok((size, document_sha256, content))
}

/// Two requests with the same hash would put the same on the same paper.
fn content_hash(new: &NewJob, document_sha256: &str) -> String {
    let mut hash = Sha256::new();
    for part in [document_sha256, &new.printer, &new.options_json] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

fn same(job: JobRow, hash: &str) -> Result<Accepted, StoreError> {
    if job.content_hash == hash {
        Ok(Accepted { job, outcome: AcceptOutcome::Existing })
    } else {
        Err(StoreError::ReferenceTaken)
    }
}

/// The newest job of the same caller and reference within the window. A clock that went back keeps the window open.
async fn by_reference(
    connection: &mut SqliteConnection,
    new: &NewJob,
    now: WallTime,
) -> Result<Option<JobRow>, StoreError> {
    let Some(reference) = &new.reference else { return Ok(None) };
    let row = sqlx::query(
        "SELECT * FROM jobs WHERE caller = ? AND reference = ? AND reference <> '' AND accepted_at > ? ORDER BY number DESC LIMIT 1",
    )
    .bind(&new.caller)
    .bind(reference)
    .bind(now.as_millis().saturating_sub(REFERENCE_WINDOW))
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(JobRow::read).transpose()
}

async fn is_repeated(connection: &mut SqliteConnection, sidecar: &Sidecar, now: WallTime) -> Result<bool, StoreError> {
    let count: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM jobs WHERE caller = ? AND content_hash = ? AND accepted_at > ? AND accepted_at <= ?",
    )
    .bind(&sidecar.job.caller)
    .bind(&sidecar.content_hash)
    .bind(now.as_millis().saturating_sub(DUPLICATE_WINDOW))
    .bind(now.as_millis().saturating_add(DUPLICATE_WINDOW))
    .fetch_one(connection)
    .await?;
    Ok(count > 0)
}
