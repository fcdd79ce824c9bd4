//! Reading jobs, and the one way in which a job changes (JD, "states").
//!
//! [`Store::advance`] is a single transaction that checks where the job is and where it may go; final states never regress (MQ-5), and the
//! intent `sending` is durable before the first byte leaves. Deliberately absent: deciding what comes next.

use crate::crash;
use crate::durable::{self, Draft, blocking};
use crate::error::StoreError;
use crate::open::{Store, even_when_full};
use crate::rebuild::not_before;
use crate::rows::{JobChange, JobRow};
use platen_model::{JobId, JobState, WallTime};
use sqlx::SqliteConnection;
use std::path::PathBuf;

/// The bytes for the printer on their way to the disk. Dropped without [`PrnWriter::finish`], they leave nothing.
pub struct PrnWriter {
    draft: Option<Draft>,
    path: PathBuf,
}

impl PrnWriter {
    /// Appends a piece. After an error the writer is of no more use.
    pub async fn write(&mut self, piece: Vec<u8>) -> Result<(), StoreError> {
        let mut draft = self.draft.take().ok_or(StoreError::UnknownDocument)?;
        let draft = blocking(move || {
            draft.write(&piece)?;
            Ok(draft)
        })
        .await?;
        self.draft = Some(draft);
        Ok(())
    }

    /// Makes the bytes durable; they replace what was there.
    pub async fn finish(mut self) -> Result<(), StoreError> {
        let mut draft = self.draft.take().ok_or(StoreError::UnknownDocument)?;
        let path = self.path;
        blocking(move || {
            draft.sync()?;
            draft.keep(&path)?;
            Ok(path.parent().map_or(Ok(()), durable::sync_folder)?)
        })
        .await?;
        crash::point("prn.written");
        Ok(())
    }
}

/// Which jobs to list.
#[derive(Clone, Debug)]
pub struct JobFilter {
    /// Only those of this printer.
    pub printer: Option<String>,
    /// At most so many.
    pub limit: u32,
    /// Only those older than this one.
    pub before: Option<JobId>,
}

impl Default for JobFilter {
    fn default() -> Self {
        Self { printer: None, limit: 100, before: None }
    }
}

impl Store {
    /// The job `id`; [`StoreError::UnknownJob`] when there is none.
    pub async fn job(&self, id: &JobId) -> Result<JobRow, StoreError> {
        fetch(&mut *self.0.readers.acquire().await?, id).await?.ok_or(StoreError::UnknownJob)
    }

    /// Jobs, newest first.
    pub async fn jobs(&self, filter: JobFilter) -> Result<Vec<JobRow>, StoreError> {
        let before = match &filter.before {
            Some(id) => self.job(id).await?.number,
            None => i64::MAX,
        };
        let rows = sqlx::query(
            "SELECT * FROM jobs WHERE (?1 = '' OR printer = ?1) AND number < ?2 ORDER BY number DESC LIMIT ?3",
        )
        .bind(filter.printer.unwrap_or_default())
        .bind(before)
        .bind(i64::from(filter.limit))
        .fetch_all(&self.0.readers)
        .await?;
        rows.iter().map(JobRow::read).collect()
    }

    /// Every job that is not final, oldest first: what a start takes up again.
    pub async fn open_jobs(&self) -> Result<Vec<JobRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM jobs WHERE state NOT IN ('done', 'failed', 'cancelled') ORDER BY number")
            .fetch_all(&self.0.readers)
            .await?;
        rows.iter().map(JobRow::read).collect()
    }

    /// The job that the platform calls `platform_job`, on the printer `sn`.
    pub async fn job_by_platform_id(&self, sn: &str, platform_job: &str) -> Result<Option<JobRow>, StoreError> {
        let row = sqlx::query(
            "SELECT * FROM jobs WHERE printer = ? AND platform_job = ? AND platform_job <> '' ORDER BY number DESC LIMIT 1",
        )
        .bind(sn)
        .bind(platform_job)
        .fetch_optional(&self.0.readers)
        .await?;
        row.as_ref().map(JobRow::read).transpose()
    }

    /// The job that was given to the platform under the name `client_ref`.
    pub async fn job_by_client_ref(&self, client_ref: &str) -> Result<Option<JobRow>, StoreError> {
        let row =
            sqlx::query("SELECT * FROM jobs WHERE client_ref = ? AND client_ref <> '' ORDER BY number DESC LIMIT 1")
                .bind(client_ref)
                .fetch_optional(&self.0.readers)
                .await?;
        row.as_ref().map(JobRow::read).transpose()
    }

    /// Moves a job from one of `from` to `to`, with `change`, in one transaction; durable when this returns.
    /// [`StoreError::StateConflict`] when the job is elsewhere or may not go there.
    pub async fn advance(
        &self,
        id: &JobId,
        from: &[JobState],
        to: JobState,
        change: JobChange,
        now: WallTime,
    ) -> Result<JobRow, StoreError> {
        even_when_full!(self, self.try_advance(id, from, to, &change, now))
    }

    async fn try_advance(
        &self,
        id: &JobId,
        from: &[JobState],
        to: JobState,
        change: &JobChange,
        now: WallTime,
    ) -> Result<JobRow, StoreError> {
        let mut transaction = self.0.writer.begin().await?;
        let mut row = fetch(&mut transaction, id).await?.ok_or(StoreError::UnknownJob)?;
        let was = row.state;
        if !from.contains(&was) || !was.may_become(to) {
            return Err(StoreError::StateConflict { is: was });
        }
        row.apply(change);
        row.state = to;
        row.changed_at = not_before(now, row.accepted_at);
        update(&mut transaction, &row).await?;
        if to == JobState::Ready {
            // Before the row says so: a note left behind would make it uncertain again.
            self.0.spool.forget_sending(id)?;
        }
        crash::point("advance.before_commit");
        transaction.commit().await?;
        crash::point("advance.after_commit");
        self.note_in_spool(&row);
        Ok(row)
    }

    /// What a rebuild needs to know about a committed change. A small file without fsync: not worth a thread.
    pub(crate) fn note_in_spool(&self, row: &JobRow) {
        match row.state {
            JobState::Sending => self.0.spool.note_sending(&row.id),
            state if state.is_final() => self.0.spool.note_final(&row.id, state),
            _ => {}
        }
    }

    /// Changes what is known about a job without moving it.
    pub async fn amend(&self, id: &JobId, change: JobChange, now: WallTime) -> Result<JobRow, StoreError> {
        even_when_full!(self, self.try_amend(id, &change, now))
    }

    async fn try_amend(&self, id: &JobId, change: &JobChange, now: WallTime) -> Result<JobRow, StoreError> {
        let mut transaction = self.0.writer.begin().await?;
        let mut row = fetch(&mut transaction, id).await?.ok_or(StoreError::UnknownJob)?;
        row.apply(change);
        row.changed_at = not_before(now, row.accepted_at);
        update(&mut transaction, &row).await?;
        transaction.commit().await?;
        Ok(row)
    }

    /// Notes how far a job is. Progress never goes back, and a final job does not change any more.
    pub async fn note_progress(
        &self,
        id: &JobId,
        progress: f64,
        detail: Option<String>,
        now: WallTime,
    ) -> Result<JobRow, StoreError> {
        let row = self.job(id).await?;
        if row.state.is_final() {
            return Ok(row);
        }
        let progress = Some(further(row.progress, progress));
        self.amend(id, JobChange { progress, detail, ..JobChange::default() }, now).await
    }

    /// Stores the bytes for the printer; durable when this returns.
    pub async fn write_prn(&self, id: &JobId, bytes: &[u8]) -> Result<(), StoreError> {
        let mut writer = self.prn_writer(id).await?;
        writer.write(bytes.to_vec()).await?;
        writer.finish().await
    }

    /// Starts the bytes for the printer, which come piece by piece while the document is rendered.
    pub async fn prn_writer(&self, id: &JobId) -> Result<PrnWriter, StoreError> {
        let (folder, path) = (self.0.spool.folder(id), self.0.spool.prn(id));
        let target = path.clone();
        let draft = blocking(move || {
            if !folder.exists() {
                return Err(StoreError::UnknownJob);
            }
            Ok(Draft::of(&target)?)
        })
        .await?;
        Ok(PrnWriter { draft: Some(draft), path })
    }

    /// The bytes for the printer.
    pub async fn read_prn(&self, id: &JobId) -> Result<Vec<u8>, StoreError> {
        read(self.0.spool.prn(id)).await
    }

    /// The bytes for the printer, to be read piece by piece.
    pub async fn open_prn(&self, id: &JobId) -> Result<std::fs::File, StoreError> {
        let path = self.0.spool.prn(id);
        blocking(move || durable::open_if_there(&path)?.ok_or(StoreError::UnknownDocument)).await
    }

    /// Where the bytes for the printer are.
    pub fn prn_path(&self, id: &JobId) -> PathBuf {
        self.0.spool.prn(id)
    }

    /// Where the bytes for the printer are while they are packed and sent. Nobody writes there but the one who sends.
    pub fn package_path(&self, id: &JobId) -> PathBuf {
        self.0.spool.package(id)
    }

    /// Deletes the packed bytes, which may be gone already.
    pub async fn forget_package(&self, id: &JobId) -> Result<(), StoreError> {
        let path = self.0.spool.package(id);
        blocking(move || Ok(durable::remove_if_there(&path)?)).await
    }

    /// What the user gave, to be read piece by piece.
    pub async fn open_document(&self, id: &JobId) -> Result<std::fs::File, StoreError> {
        let path = self.0.spool.document(id);
        blocking(move || durable::open_if_there(&path)?.ok_or(StoreError::UnknownDocument)).await
    }

    /// Where it is, for [`Store::accept`].
    pub fn job_document_path(&self, id: &JobId) -> PathBuf {
        self.0.spool.document(id)
    }

    /// What the user gave.
    pub async fn read_document(&self, id: &JobId) -> Result<Vec<u8>, StoreError> {
        read(self.0.spool.document(id)).await
    }

    /// Stores a picture of the pages, in whatever format the caller likes.
    pub async fn write_preview(&self, id: &JobId, bytes: &[u8]) -> Result<(), StoreError> {
        self.write_beside(id, self.0.spool.preview(id), bytes.to_vec()).await
    }

    /// The picture of the pages.
    pub async fn read_preview(&self, id: &JobId) -> Result<Vec<u8>, StoreError> {
        read(self.0.spool.preview(id)).await
    }

    async fn write_beside(&self, id: &JobId, path: PathBuf, bytes: Vec<u8>) -> Result<(), StoreError> {
        let folder = self.0.spool.folder(id);
        blocking(move || {
            if !folder.exists() {
                return Err(StoreError::UnknownJob);
            }
            Ok(durable::write_file(&path, &bytes)?)
        })
        .await
    }

    /// Deletes the documents of jobs that ended before `older_than`, and uploads of that age that became no job (SE-3). The rows stay: they are
    /// the history. How many documents went.
    pub async fn delete_finished_documents(&self, older_than: WallTime) -> Result<usize, StoreError> {
        let finished: Vec<String> =
            sqlx::query_scalar("SELECT id FROM jobs WHERE state IN ('done', 'failed', 'cancelled') AND changed_at < ?")
                .bind(older_than.as_millis())
                .fetch_all(&self.0.readers)
                .await?;
        let spool = self.0.spool.clone();
        let jobs = blocking(move || {
            let mut deleted = 0;
            for id in finished.iter().filter_map(|id| JobId::parse(id)) {
                if spool.folder(&id).exists() {
                    spool.remove(&id)?;
                    deleted += 1;
                }
            }
            Ok(deleted)
        })
        .await?;
        let documents = self.delete_documents(older_than).await?;
        self.truncate_wal().await?;
        self.0.space.take_ballast()?;
        Ok(jobs + documents)
    }

    /// Forgets every job of a printer, documents included (SE-5). How many there were.
    pub async fn delete_jobs_of(&self, printer: &str) -> Result<usize, StoreError> {
        let going: Vec<String> = sqlx::query_scalar("SELECT id FROM jobs WHERE printer = ?")
            .bind(printer)
            .fetch_all(&self.0.readers)
            .await?;
        let spool = self.0.spool.clone();
        blocking(move || going.iter().filter_map(|id| JobId::parse(id)).try_for_each(|id| spool.forget_accepted(&id)))
            .await?;
        let ids: Vec<String> = even_when_full!(self, async {
            let mut transaction = self.0.writer.begin().await?;
            let ids = sqlx::query_scalar("DELETE FROM jobs WHERE printer = ? RETURNING id")
                .bind(printer)
                .fetch_all(&mut *transaction)
                .await?;
            transaction.commit().await?;
            Ok::<_, StoreError>(ids)
        })?;
        let (spool, count) = (self.0.spool.clone(), ids.len());
        blocking(move || ids.iter().filter_map(|id| JobId::parse(id)).try_for_each(|id| spool.remove(&id))).await?;
        self.truncate_wal().await?;
        Ok(count)
    }
}

/// The larger of what is known and what is new; nonsense changes nothing.
pub(crate) fn further(known: Option<f64>, new: f64) -> f64 {
    let known = known.unwrap_or(0.0);
    if new.is_finite() { known.max(new.clamp(0.0, 1.0)) } else { known }
}

async fn read(path: PathBuf) -> Result<Vec<u8>, StoreError> {
    blocking(move || durable::read_if_there(&path)?.ok_or(StoreError::UnknownDocument)).await
}

pub(crate) async fn fetch(connection: &mut SqliteConnection, id: &JobId) -> Result<Option<JobRow>, StoreError> {
    let row = sqlx::query("SELECT * FROM jobs WHERE id = ?").bind(id.as_str()).fetch_optional(connection).await?;
    row.as_ref().map(JobRow::read).transpose()
}

/// Writes a new row; its number is the database's.
pub(crate) async fn insert(connection: &mut SqliteConnection, row: &JobRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO jobs (id, printer, title, document_name, document_kind, document_size, document_sha256, content_hash, options_json,
            reference, caller, simulated, reprint_of, state, accepted_at, changed_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(row.id.as_str())
    .bind(&row.printer)
    .bind(&row.title)
    .bind(&row.document_name)
    .bind(&row.document_kind)
    .bind(i64::try_from(row.document_size).unwrap_or(i64::MAX))
    .bind(&row.document_sha256)
    .bind(&row.content_hash)
    .bind(&row.options_json)
    .bind(row.reference.as_deref().unwrap_or_default())
    .bind(&row.caller)
    .bind(i64::from(row.simulated))
    .bind(row.reprint_of.as_ref().map(JobId::as_str).unwrap_or_default())
    .bind(row.state.name())
    .bind(row.accepted_at.as_millis())
    .bind(row.changed_at.as_millis())
    .execute(connection)
    .await?;
    Ok(())
}

fn bytes(count: Option<u64>) -> i64 {
    count.map_or(-1, |count| i64::try_from(count).unwrap_or(i64::MAX))
}

/// Writes everything of a row that can change.
pub(crate) async fn update(connection: &mut SqliteConnection, row: &JobRow) -> Result<(), StoreError> {
    let fault = match &row.fault {
        Some(fault) => serde_json::to_string(fault).map_err(std::io::Error::from)?,
        None => String::new(),
    };
    sqlx::query(
        "UPDATE jobs SET state = ?, attempt = ?, progress = ?, detail = ?, platform_job = ?, client_ref = ?, fault_json = ?, pages = ?,
            total_files = ?, changed_at = ?, bytes_total = ?, bytes_sent = ?, bytes_acknowledged = ?, bytes_left = ?,
            counter_before = ?, starts_later = ? WHERE id = ?",
    )
    .bind(row.state.name())
    .bind(i64::from(row.attempt))
    .bind(row.progress.unwrap_or(-1.0))
    .bind(&row.detail)
    .bind(row.platform_job.as_deref().unwrap_or_default())
    .bind(row.client_ref.as_deref().unwrap_or_default())
    .bind(fault)
    .bind(row.pages.map_or(-1, i64::from))
    .bind(row.total_files.map_or(-1, i64::from))
    .bind(row.changed_at.as_millis())
    .bind(bytes(row.carried.total))
    .bind(bytes(row.carried.sent))
    .bind(bytes(row.carried.acknowledged))
    .bind(i64::from(row.carried.left))
    .bind(row.carried.counter_before.map_or(-1, i64::from))
    .bind(row.starts_later.map_or(-1, i64::from))
    .bind(row.id.as_str())
    .execute(connection)
    .await?;
    Ok(())
}
