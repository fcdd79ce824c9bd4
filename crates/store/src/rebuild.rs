//! Getting jobs back when the database is lost: from the copy, the sidecars, and the marks in the spool (F6).
//!
//! A rebuilt job never prints again silently: what had begun to be sent becomes `uncertain` unless its end was noted, and only what
//! provably never left starts anew. Deliberately absent: salvage from the damaged file itself; it is kept for a person.

use crate::data_dir::DataDir;
use crate::durable::blocking;
use crate::error::StoreError;
use crate::jobs::{fetch, insert, update};
use crate::open::DATABASE;
use crate::rows::{JobChange, JobRow};
use crate::spool::{Sidecar, Spool};
use platen_model::{Fault, JobState, WallTime};
use sqlx::SqlitePool;
use std::io;

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

/// Brings every job of the spool into the database. How many open or settled jobs there are afterwards.
pub(crate) async fn fill(writer: &SqlitePool, spool: &Spool) -> Result<usize, StoreError> {
    let reading = spool.clone();
    let mut sidecars: Vec<Sidecar> =
        blocking(move || Ok(reading.ids()?.iter().filter_map(|id| reading.read_sidecar(id)).collect())).await?;
    sidecars.sort_by_key(|sidecar| sidecar.accepted_at);
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
    for sidecar in &sidecars {
        if fetch(&mut transaction, &sidecar.job.id).await?.is_none() {
            insert(&mut transaction, &row_of(sidecar)).await?;
        }
    }
    let rows = sqlx::query("SELECT * FROM jobs ORDER BY number").fetch_all(&mut *transaction).await?;
    let mut jobs = 0;
    for row in &rows {
        let mut row = JobRow::read(row)?;
        jobs += 1;
        let state = state_after_loss(&row, spool);
        if state == row.state {
            continue;
        }
        row.state = state;
        if state == JobState::Uncertain {
            row.apply(&JobChange { fault: Some(Some(lost_track())), ..JobChange::default() });
        }
        update(&mut transaction, &row).await?;
    }
    transaction.commit().await?;
    Ok(jobs)
}

/// What can still be said about a job whose last changes are lost.
fn state_after_loss(row: &JobRow, spool: &Spool) -> JobState {
    if row.state.is_final() {
        return row.state;
    }
    if let Some(state) = spool.noted_final(&row.id) {
        return state;
    }
    match row.state {
        _ if !spool.document(&row.id).exists() => JobState::Uncertain,
        JobState::Waiting | JobState::Rendering | JobState::Ready if spool.is_marked_sending(&row.id) => {
            JobState::Uncertain
        }
        // What was rendered may be of another time than the row: render again.
        JobState::Rendering | JobState::Ready => JobState::Waiting,
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
        accepted_at: sidecar.accepted_at,
        changed_at: sidecar.accepted_at,
    }
}

/// Folders without a row belong to jobs whose caller never got the answer "accepted", or to deleted ones.
pub(crate) async fn remove_orphans(writer: &SqlitePool, spool: &Spool) -> Result<(), StoreError> {
    let known: Vec<String> = sqlx::query_scalar("SELECT id FROM jobs").fetch_all(writer).await?;
    let documents: Vec<String> = sqlx::query_scalar("SELECT id FROM documents").fetch_all(writer).await?;
    let spool = spool.clone();
    blocking(move || {
        let known: std::collections::HashSet<String> = known.into_iter().collect();
        for id in spool.ids()?.iter().filter(|id| !known.contains(id.as_str())) {
            tracing::info!(job = %id, "the folder of a job that was never accepted is deleted");
            spool.remove(id)?;
        }
        for entry in std::fs::read_dir(spool.uploads_folder())? {
            let entry = entry?;
            if !entry.file_name().to_str().is_some_and(|name| documents.iter().any(|id| id == name)) {
                crate::durable::remove_if_there(&entry.path())?;
            }
        }
        Ok(())
    })
    .await
}

/// Finds rows that SQLite holds for whole and that are none of ours.
pub(crate) async fn read_every_open_job(writer: &SqlitePool) -> Result<(), StoreError> {
    let rows = sqlx::query("SELECT * FROM jobs WHERE state NOT IN ('done', 'failed', 'cancelled')").fetch_all(writer);
    for row in &rows.await? {
        JobRow::read(row)?;
    }
    Ok(())
}

/// Never earlier than what is there: a wall clock may go back (F15).
pub(crate) fn not_before(now: WallTime, earlier: WallTime) -> WallTime {
    now.max(earlier)
}
