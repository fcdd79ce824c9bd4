//! Getting jobs back when the database is lost: from the copy, the sidecars, and the marks in the spool (F6).
//!
//! A second witness to every row that matters is the note in the job's folder, so even a log that lost its end is noticed.
//! A rebuilt job never prints again silently: what had begun to be sent becomes `uncertain` unless its end was noted, and only what
//! provably never left starts anew. Deliberately absent: salvage from the damaged file itself; it is kept for a person.

use crate::data_dir::DataDir;
use crate::durable::blocking;
use crate::error::StoreError;
use crate::jobs::{insert, update};
use crate::open::DATABASE;
use crate::rows::{Carried, JobChange, JobRow};
use crate::spool::{Sidecar, Spool};
use crate::writer::Writer;
use futures_util::TryStreamExt;
use platen_model::{Fault, JobState, WallTime};
use sqlx::{Row, TypeInfo, ValueRef};
use std::collections::HashSet;
use std::io;

const OPEN_JOBS: &str = "SELECT * FROM jobs WHERE state NOT IN ('done', 'failed', 'cancelled')";

/// Moves the database out of the way, with its log: the log belongs to the damaged file only.
pub(crate) fn set_aside(dir: &DataDir) -> Result<(), StoreError> {
    let folder = (1_u32..)
        .map(|n| dir.join(&format!("damaged-{n}")))
        .find(|path| !path.exists())
        .ok_or(StoreError::Damaged("the data directory"))?;
    crate::durable::private_folder(&folder)?;
    for suffix in ["", "-wal", "-shm"] {
        let name = format!("{DATABASE}{suffix}");
        match std::fs::rename(dir.join(&name), folder.join(&name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(crate::durable::sync_folder(dir.path())?)
}

/// Compares rows and spool. `lost` says that rows are known to be missing or old; without it only what the notes prove is put right. How many jobs
/// came back or were put right.
pub(crate) async fn reconcile(writer: &Writer, spool: &Spool, lost: bool) -> Result<usize, StoreError> {
    let known: HashSet<String> =
        sqlx::query_scalar("SELECT id FROM jobs").fetch_all(&mut *writer.acquire().await?).await?.into_iter().collect();
    let reading = spool.clone();
    let mut sidecars = blocking(move || sort_out(&reading, &known, lost)).await?;
    sidecars.sort_by_key(|sidecar| sidecar.accepted_at);
    let mut transaction = writer.begin().await?;
    for sidecar in &sidecars {
        insert(&mut transaction, &row_of(sidecar)).await?;
    }
    let mut corrected = sidecars.len();
    for row in &sqlx::query(OPEN_JOBS).fetch_all(&mut *transaction).await? {
        let mut row = JobRow::read(row)?;
        let state = truth(&row, spool, lost);
        if state == row.state {
            continue;
        }
        tracing::warn!(job = %row.id, was = %row.state, now = %state, "a job's record was put right");
        row.state = state;
        if state == JobState::Uncertain {
            row.apply(&JobChange { fault: Some(Some(lost_track())), ..JobChange::default() });
        }
        update(&mut transaction, &row).await?;
        corrected += usize::from(!sidecars.iter().any(|sidecar| sidecar.job.id == row.id));
    }
    transaction.commit().await?;
    Ok(corrected)
}

/// The folders without a row: those whose caller was told "accepted" come back, the others are deleted. They belong to jobs that were never answered for,
/// or to deleted ones.
fn sort_out(spool: &Spool, known: &HashSet<String>, lost: bool) -> Result<Vec<Sidecar>, StoreError> {
    let mut back = Vec::new();
    for id in spool.ids()?.iter().filter(|id| !known.contains(id.as_str())) {
        match spool.read_sidecar(id) {
            Some(sidecar) if lost || spool.is_noted_accepted(id) => back.push(sidecar),
            _ => {
                tracing::info!(job = %id, "the folder of a job that was never accepted is deleted");
                spool.remove(id)?;
            }
        }
    }
    Ok(back)
}

/// What can be said about an open job, with the notes as witnesses.
fn truth(row: &JobRow, spool: &Spool, lost: bool) -> JobState {
    if let Some(state) = spool.noted_final(&row.id) {
        return state;
    }
    match row.state {
        JobState::Waiting | JobState::Rendering | JobState::Ready if spool.is_noted_sending(&row.id) => {
            JobState::Uncertain
        }
        _ if lost && !spool.document(&row.id).exists() => JobState::Uncertain,
        // What was rendered may be of another time than the row: render again.
        JobState::Rendering | JobState::Ready if lost => JobState::Waiting,
        // Begun to be sent: the engine asks the other side.
        other => other,
    }
}

fn lost_track() -> Fault {
    Fault::new(
        "job_record_lost",
        "Platen's records were damaged, and it cannot tell whether this job was printed.",
        "Look at the paper, then choose to print it again or to mark it as done.",
    )
}

pub(crate) fn row_of(sidecar: &Sidecar) -> JobRow {
    let job = sidecar.job.clone();
    JobRow {
        number: 0,
        id: job.id,
        printer: job.printer,
        title: job.title,
        document_name: job.document_name,
        document_kind: job.document_kind,
        document_size: sidecar.document_size,
        document_sha256: sidecar.document_sha256.clone(),
        content_hash: sidecar.content_hash.clone(),
        options_json: job.options_json,
        reference: job.reference.filter(|reference| !reference.is_empty()),
        caller: job.caller,
        simulated: job.simulated,
        reprint_of: job.reprint_of,
        state: JobState::Waiting,
        attempt: 0,
        progress: None,
        detail: String::new(),
        platform_job: None,
        client_ref: None,
        fault: None,
        pages: None,
        total_files: None,
        carried: Carried::default(),
        starts_later: None,
        accepted_at: sidecar.accepted_at,
        changed_at: sidecar.accepted_at,
    }
}

/// Deletes uploads without a row: they were never finished.
pub(crate) async fn remove_unfinished_uploads(writer: &Writer, spool: &Spool) -> Result<(), StoreError> {
    let known: HashSet<String> = sqlx::query_scalar("SELECT id FROM documents")
        .fetch_all(&mut *writer.acquire().await?)
        .await?
        .into_iter()
        .collect();
    let folder = spool.uploads_folder().to_owned();
    blocking(move || {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if !entry.file_name().to_str().is_some_and(|name| known.contains(name)) {
                crate::durable::remove_if_there(&entry.path())?;
            }
        }
        Ok(())
    })
    .await
}

/// Finds rows that SQLite holds for whole and that are none of ours.
pub(crate) async fn read_every_open_job(writer: &Writer) -> Result<(), StoreError> {
    for row in &sqlx::query(OPEN_JOBS).fetch_all(&mut *writer.acquire().await?).await? {
        JobRow::read(row)?;
    }
    Ok(())
}

/// Finds text that is none: SQLite's own check does not look into its cells.
pub(crate) async fn read_every_text(writer: &Writer) -> Result<(), StoreError> {
    let mut connection = writer.acquire().await?;
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table'").fetch_all(&mut *connection).await?;
    for table in tables {
        let statement = format!("SELECT * FROM \"{}\"", table.replace('"', "\"\""));
        let mut rows = sqlx::query(&statement).fetch(&mut *connection);
        while let Some(row) = rows.try_next().await? {
            for column in 0..row.len() {
                if row.try_get_raw(column)?.type_info().name() == "TEXT" {
                    row.try_get::<&str, _>(column)?;
                }
            }
        }
    }
    Ok(())
}

/// Never earlier than what is there: a wall clock may go back (F15).
pub(crate) fn not_before(now: WallTime, earlier: WallTime) -> WallTime {
    now.max(earlier)
}
