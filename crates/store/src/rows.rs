//! A job as it is stored.

use crate::error::StoreError;
use platen_model::{Fault, JobId, JobState, WallTime};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

/// What a caller says about a new job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewJob {
    /// Its identity, made by the caller.
    pub id: JobId,
    /// The printer's serial number.
    pub printer: String,
    /// What a person calls the job.
    pub title: String,
    /// The document's label (never a path).
    pub document_name: String,
    /// What the document is, by its content.
    pub document_kind: String,
    /// Page options, as JSON.
    pub options_json: String,
    /// The caller's own name for the job: accepted exactly once in seven days.
    pub reference: Option<String>,
    /// Who asks; references are theirs.
    pub caller: String,
    /// For a printer of the simulated world.
    pub simulated: bool,
    /// The job of which this is a copy.
    pub reprint_of: Option<JobId>,
}

/// A job with everything that is known about it.
#[derive(Clone, Debug, PartialEq)]
pub struct JobRow {
    /// The order of acceptance; larger is newer.
    pub number: i64,
    /// Its identity.
    pub id: JobId,
    /// The printer's serial number.
    pub printer: String,
    /// What a person calls the job.
    pub title: String,
    /// The document's label.
    pub document_name: String,
    /// What the document is.
    pub document_kind: String,
    /// Bytes of the document.
    pub document_size: u64,
    /// Hash of the document, hexadecimal.
    pub document_sha256: String,
    /// Hash of document, printer and options: what makes two requests the same.
    pub content_hash: String,
    /// Page options, as JSON.
    pub options_json: String,
    /// The caller's own name for the job.
    pub reference: Option<String>,
    /// Who asked.
    pub caller: String,
    /// For a printer of the simulated world.
    pub simulated: bool,
    /// The job of which this is a copy.
    pub reprint_of: Option<JobId>,
    /// Where it is in its life.
    pub state: JobState,
    /// The n of SENDING(n): how often sending was begun.
    pub attempt: u32,
    /// 0 to 1, once something is known.
    pub progress: Option<f64>,
    /// A short remark for people.
    pub detail: String,
    /// The platform's name for the job.
    pub platform_job: Option<String>,
    /// Our name for the job as the platform was given it.
    pub client_ref: Option<String>,
    /// Why it failed or is uncertain.
    pub fault: Option<Fault>,
    /// How many pages it has, once rendered.
    pub pages: Option<u32>,
    /// How many files the platform makes of it.
    pub total_files: Option<u32>,
    /// What is known about its way over a link of our own.
    pub carried: Carried,
    /// Whether it may begin by itself once its printer is met again; `None`: by the rule.
    pub starts_later: Option<bool>,
    /// When it was accepted.
    pub accepted_at: WallTime,
    /// When anything about it changed last.
    pub changed_at: WallTime,
}

/// How far a job got over a link of our own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Bytes for the printer, all copies.
    pub total: Option<u64>,
    /// Bytes that were handed over.
    pub sent: Option<u64>,
    /// Bytes that the printer itself has acknowledged.
    pub acknowledged: Option<u64>,
    /// From here on bytes of a page may have left: set before the first of them.
    pub left: bool,
    /// The printer's own counter of pages before this attempt.
    pub counter_before: Option<u32>,
}

/// What changes along with a state. What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JobChange {
    /// 0 to 1.
    pub progress: Option<f64>,
    /// A short remark for people.
    pub detail: Option<String>,
    /// The platform's name for the job; `Some(None)` forgets it.
    pub platform_job: Option<Option<String>>,
    /// Our name for the job as the platform was given it.
    pub client_ref: Option<String>,
    /// The n of SENDING(n).
    pub attempt: Option<u32>,
    /// Why it failed or is uncertain; `Some(None)` forgets it.
    pub fault: Option<Option<Fault>>,
    /// How many pages it has.
    pub pages: Option<u32>,
    /// How many files the platform makes of it.
    pub total_files: Option<u32>,
    /// What is known about its way over a link of our own.
    pub carried: Option<Carried>,
    /// Whether it may begin by itself once its printer is met again.
    pub starts_later: Option<bool>,
}

impl JobRow {
    /// Applies `change` in memory; the caller writes the row.
    pub(crate) fn apply(&mut self, change: &JobChange) {
        let JobChange {
            progress,
            detail,
            platform_job,
            client_ref,
            attempt,
            fault,
            pages,
            total_files,
            carried,
            starts_later,
        } = change.clone();
        if let Some(progress) = progress {
            self.progress = Some(progress.clamp(0.0, 1.0));
        }
        if let Some(detail) = detail {
            self.detail = detail;
        }
        if let Some(platform_job) = platform_job {
            self.platform_job = platform_job;
        }
        if client_ref.is_some() {
            self.client_ref = client_ref;
        }
        if let Some(attempt) = attempt {
            self.attempt = attempt;
        }
        if let Some(fault) = fault {
            self.fault = fault;
        }
        self.pages = pages.or(self.pages);
        self.total_files = total_files.or(self.total_files);
        self.carried = carried.unwrap_or(self.carried);
        self.starts_later = starts_later.or(self.starts_later);
    }

    pub(crate) fn read(row: &SqliteRow) -> Result<Self, StoreError> {
        let text = |column: &str| row.try_get::<String, _>(column);
        let number = |column: &str| row.try_get::<i64, _>(column);
        let optional = |column: &str| text(column).map(|value| (!value.is_empty()).then_some(value));
        let count = |column: &str| number(column).map(|value| u32::try_from(value).ok());
        let progress: f64 = row.try_get("progress")?;
        let fault = match optional("fault_json")? {
            // A remark that cannot be read must not hide the job itself.
            Some(json) => serde_json::from_str(&json).ok(),
            None => None,
        };
        Ok(Self {
            number: number("number")?,
            id: JobId::parse(&text("id")?).ok_or(StoreError::Damaged("a job's id"))?,
            printer: text("printer")?,
            title: text("title")?,
            document_name: text("document_name")?,
            document_kind: text("document_kind")?,
            document_size: u64::try_from(number("document_size")?).unwrap_or(0),
            document_sha256: text("document_sha256")?,
            content_hash: text("content_hash")?,
            options_json: text("options_json")?,
            reference: optional("reference")?,
            caller: text("caller")?,
            simulated: number("simulated")? != 0,
            reprint_of: optional("reprint_of")?.as_deref().and_then(JobId::parse),
            state: JobState::from_name(&text("state")?).ok_or(StoreError::Damaged("a job's state"))?,
            attempt: count("attempt")?.unwrap_or(0),
            progress: (progress >= 0.0).then_some(progress),
            detail: text("detail")?,
            platform_job: optional("platform_job")?,
            client_ref: optional("client_ref")?,
            fault,
            pages: count("pages")?,
            total_files: count("total_files")?,
            carried: Carried {
                total: u64::try_from(number("bytes_total")?).ok(),
                sent: u64::try_from(number("bytes_sent")?).ok(),
                acknowledged: u64::try_from(number("bytes_acknowledged")?).ok(),
                left: number("bytes_left")? != 0,
                counter_before: count("counter_before")?,
            },
            starts_later: match number("starts_later")? {
                0 => Some(false),
                1 => Some(true),
                _ => None,
            },
            accepted_at: WallTime(number("accepted_at")?),
            changed_at: WallTime(number("changed_at")?),
        })
    }
}
