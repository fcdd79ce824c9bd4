//! Jobs from acceptance to the user's decision.

use crate::renderer::{Content, Given};
use crate::{Change, Core, Engine};
use platen_model::{DocumentName, Fault, JobId, JobState, PageOptions, Secret, WallTime};
use platen_store::{AcceptOutcome, DocumentRow, JobChange, JobFilter, JobRow, NewJob, StoreError, crash};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often old documents are deleted and the database is copied.
const HOUSEKEEPING: Duration = Duration::from_secs(60 * 60);

/// When somebody last tidied, in the settings.
const TIDIED: &str = "tidiedAt";

/// A request to print.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Who asks; a reference is unique for one caller.
    pub caller: String,
    /// Handle of the document.
    pub document: String,
    /// Serial number of the printer.
    pub printer: String,
    /// How it becomes a page.
    pub options: PageOptions,
    /// The caller's own reference.
    pub reference: Option<String>,
}

/// A job as a door shows it.
#[derive(Clone, Debug)]
pub struct JobStatus {
    /// What is stored.
    pub row: JobRow,
    /// The same document came from the same caller within the last minute.
    pub possible_duplicate: bool,
    /// Jobs behind it that wait for a decision about it.
    pub holding: u32,
    /// Its document and pages are still here.
    pub document_kept: bool,
    /// While it is handed over: how much of it was given to the connection, in percent.
    pub sent: Option<u8>,
}

/// A document on its way in.
pub struct Upload {
    core: Arc<Core>,
    writer: platen_store::DocumentWriter,
}

/// Jobs that are being rendered or handed over now, so that they can be cancelled.
#[derive(Default)]
pub(crate) struct Sends {
    running: Mutex<BTreeMap<JobId, Running>>,
    /// Jobs whose cancel could not be answered yet: the platform did not say whether it has them. Whoever takes such a
    /// job up again begins cancelled.
    unanswered: Mutex<BTreeSet<JobId>>,
}

/// A job that somebody works on.
#[derive(Default)]
struct Running {
    cancel: CancellationToken,
    sent: Option<u8>,
}

impl Sends {
    pub(crate) fn begin(&self, id: &JobId) -> CancellationToken {
        let running = Running::default();
        let cancel = running.cancel.clone();
        if self.unanswered.lock().unwrap_or_else(PoisonError::into_inner).remove(id) {
            cancel.cancel();
        }
        self.lock().insert(id.clone(), running);
        cancel
    }

    /// Nobody works on it for now, and somebody will again: a cancel is kept until then.
    pub(crate) fn interrupt(&self, id: &JobId) {
        if self.lock().remove(id).is_some_and(|running| running.cancel.is_cancelled()) {
            self.unanswered.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
        }
    }

    pub(crate) fn end(&self, id: &JobId) {
        self.lock().remove(id);
    }

    /// So much of `total` bytes of a job is on its way. Whether that is news: another percent.
    pub(crate) fn note(&self, id: &JobId, sent: u64, total: u64) -> bool {
        let percent = u128::from(sent) * 100 / u128::from(total.max(1));
        let percent = Some(u8::try_from(percent).unwrap_or(100).min(100));
        self.lock().get_mut(id).is_some_and(|running| std::mem::replace(&mut running.sent, percent) != percent)
    }

    fn sent(&self, id: &JobId) -> Option<u8> {
        self.lock().get(id)?.sent
    }

    fn cancel(&self, id: &JobId) -> bool {
        self.lock().get(id).map(|running| running.cancel.cancel()).is_some()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<JobId, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Upload {
    /// Adds bytes.
    ///
    /// # Errors
    /// `document_too_large` beyond 100 MiB, `storage_full`.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.writer.write(bytes).await.map_err(|error| error.fault())
    }

    /// Ends the document, looks at what it is, and gives it a handle.
    ///
    /// # Errors
    /// `document_unsupported`, `document_empty`, `storage_full`.
    pub async fn finish(self) -> Result<(DocumentRow, platen_render::DocumentInfo), Fault> {
        // What it is is told from the whole content, each time it is used; a stored kind could only be wrong.
        let row = self.writer.finish("", self.core.clock.wall()).await.map_err(|error| error.fault())?;
        self.core.identify(row).await
    }
}

impl Engine {
    /// Begins to take in a document. `name` is a label, never a path.
    pub async fn upload(&self, name: &str) -> Result<Upload, Fault> {
        let name = platen_model::DocumentName::new(name);
        let writer = self.core.store.document_writer(name.as_str()).await.map_err(|error| error.fault())?;
        Ok(Upload { core: self.core.clone(), writer })
    }

    /// Tries a password on a document and keeps it in memory when it is right.
    ///
    /// # Errors
    /// `document_unknown`, `password_wrong`.
    pub async fn unlock(
        &self,
        document: &str,
        password: Secret<String>,
    ) -> Result<(DocumentRow, platen_render::DocumentInfo), Fault> {
        let row = self.core.store.document(document).await.map_err(|error| error.fault())?;
        let given = Given { password: Some(password.clone()), ..self.core.document(document).await? };
        let info = self.core.renderer.identify(given).await?;
        self.core.passwords.keep(&row.sha256, password);
        Ok((row, info))
    }

    /// Accepts a job: when this returns, the job is durable.
    ///
    /// # Errors
    /// `document_unknown`, `printer_unknown`, `option_invalid`, `reference_taken`, `reference_invalid`, `storage_full`.
    pub async fn submit(&self, submission: Submission) -> Result<JobStatus, Fault> {
        let core = &self.core;
        submission
            .options
            .check()
            .map_err(|error| Fault::new("option_invalid", format!("{error}."), "Choose a value within the range."))?;
        check_reference(submission.reference.as_deref())?;
        let printer = core.printer_row(&submission.printer).await?;
        let given = core.document(&submission.document).await?;
        let name = given.name.clone();
        let info = core.renderer.identify(given).await?;
        if info.locked {
            return Err(locked());
        }
        let new = NewJob {
            id: JobId::from_bytes(crate::random_bytes()?),
            printer: printer.sn.clone(),
            title: name.as_str().to_owned(),
            document_name: name.as_str().to_owned(),
            document_kind: kind_name(info.kind)?,
            options_json: options_json(&submission.options)?,
            reference: submission.reference,
            caller: submission.caller,
            simulated: printer.simulated,
            reprint_of: None,
        };
        let document = core.store.document_path(&submission.document).map_err(|error| error.fault())?;
        let accepted = core.store.accept(new, document, core.clock.wall()).await.map_err(|error| error.fault())?;
        crash::point("submit.answered");
        self.accepted(accepted).await
    }

    async fn accepted(&self, accepted: platen_store::Accepted) -> Result<JobStatus, Fault> {
        let core = &self.core;
        core.tell_job(&accepted.job.id);
        // The job is accepted, whatever happens now: a printer that cannot begin is told by its own problems.
        if let Err(fault) = core.nudge(&accepted.job.printer).await {
            tracing::warn!(job = %accepted.job.id, code = %fault.code, "the printer cannot begin: {}", fault.message);
        }
        let possible_duplicate = accepted.outcome == AcceptOutcome::NewPossibleDuplicate;
        Ok(JobStatus { possible_duplicate, ..core.job_status(accepted.job).await? })
    }

    /// One job.
    ///
    /// # Errors
    /// `job_unknown`.
    pub async fn job(&self, id: &JobId) -> Result<JobStatus, Fault> {
        let row = self.core.job(id).await?;
        self.core.job_status(row).await
    }

    /// The newest jobs, newest first.
    pub async fn jobs(&self, printer: Option<String>, limit: u32) -> Result<Vec<JobStatus>, Fault> {
        if let Some(sn) = &printer {
            self.core.printer_row(sn).await?;
        }
        let filter = JobFilter { printer, limit, before: None };
        let rows = self.core.store.jobs(filter).await.map_err(|error| error.fault())?;
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            all.push(self.core.job_status(row).await?);
        }
        Ok(all)
    }

    /// Stops a job that has not been handed over. While it is being handed over, the platform is asked whether it has
    /// it already.
    ///
    /// # Errors
    /// `job_unknown`, `job_not_cancellable`.
    pub async fn cancel(&self, id: &JobId) -> Result<JobStatus, Fault> {
        let core = &self.core;
        let early = [JobState::Waiting, JobState::Rendering, JobState::Ready];
        if core.try_advance(id, &early, JobState::Cancelled, JobChange::default()).await? {
            // Nobody wants its pages any more: a renderer that is busy with them ends.
            core.sends.cancel(id);
        } else {
            let job = core.job(id).await?;
            match job.state {
                JobState::Cancelled => {}
                JobState::Sending if core.sends.cancel(id) => {}
                state => return Err(not_cancellable(state)),
            }
        }
        core.nudge_running(&core.job(id).await?.printer);
        self.job(id).await
    }

    /// Lets a job begin that has waited too long to begin by itself, or decides beforehand whether it may.
    ///
    /// # Errors
    /// `job_unknown`, `job_not_waiting`.
    pub async fn start_job(&self, id: &JobId, by_itself: bool) -> Result<JobStatus, Fault> {
        let core = &self.core;
        let job = core.job(id).await?;
        if !matches!(job.state, JobState::Waiting | JobState::Rendering | JobState::Ready) {
            return Err(Fault::new(
                "job_not_waiting",
                format!("This job does not wait: it is {}.", job.state),
                "Look at the list of jobs.",
            ));
        }
        let change = JobChange { starts_later: Some(by_itself), ..JobChange::default() };
        core.store.amend(id, change, core.clock.wall()).await.map_err(|error| error.fault())?;
        core.tell_job(id);
        core.nudge(&job.printer).await?;
        self.job(id).await
    }

    /// The user says that an uncertain job is on paper.
    ///
    /// # Errors
    /// `job_unknown`, `job_not_uncertain`.
    pub async fn resolve_done(&self, id: &JobId) -> Result<JobStatus, Fault> {
        let change = JobChange {
            detail: Some("confirmed by the user".to_owned()),
            progress: Some(1.0),
            fault: Some(None),
            ..JobChange::default()
        };
        self.resolve(id, JobState::Done, change).await
    }

    /// The user wants an uncertain job printed again. The platform gets a new reference, so that it is a new order.
    ///
    /// # Errors
    /// `job_unknown`, `job_not_uncertain`, `document_gone`.
    pub async fn resolve_reprint(&self, id: &JobId) -> Result<JobStatus, Fault> {
        self.core.store.open_prn(id).await.map_err(|error| error.fault())?;
        let change = JobChange {
            client_ref: Some(crate::random_hex()?),
            platform_job: Some(None),
            detail: Some("printed again by the user".to_owned()),
            fault: Some(None),
            ..JobChange::default()
        };
        let job = self.core.job(id).await?;
        if let Some(printer) = self.core.running(&job.printer) {
            // Late news of the first print must not be taken for news of the second.
            printer.live.lock().unwrap_or_else(PoisonError::into_inner).deliveries.remove(id);
        }
        self.resolve(id, JobState::Ready, change).await
    }

    async fn resolve(&self, id: &JobId, to: JobState, change: JobChange) -> Result<JobStatus, Fault> {
        let core = &self.core;
        if !core.try_advance(id, &[JobState::Uncertain], to, change).await? {
            let job = core.job(id).await?;
            return Err(Fault::new(
                "job_not_uncertain",
                format!("There is nothing to decide: the job is {}.", job.state),
                "Look at the list of jobs.",
            ));
        }
        let job = core.job(id).await?;
        core.tell(Change::Printer(job.printer.clone()));
        core.nudge(&job.printer).await?;
        core.job_status(job).await
    }

    /// Prints the document of a job again, as a new job.
    ///
    /// # Errors
    /// `job_unknown`, `document_gone`, `printer_unknown`, `document_locked`, `password_wrong`.
    pub async fn print_again(
        &self,
        caller: &str,
        id: &JobId,
        password: Option<Secret<String>>,
    ) -> Result<JobStatus, Fault> {
        let core = &self.core;
        let job = core.job(id).await?;
        let printer = core.printer_row(&job.printer).await?;
        let file = core.store.open_document(id).await.map_err(|error| error.fault())?;
        let known = core.passwords.find(&job.document_sha256);
        let name = DocumentName::new(&job.document_name);
        let given = Given { content: Content::File(file), name, password: password.clone().or(known) };
        if core.renderer.identify(given).await?.locked {
            return Err(locked());
        }
        if let Some(password) = password {
            core.passwords.keep(&job.document_sha256, password);
        }
        let new = NewJob {
            id: JobId::from_bytes(crate::random_bytes()?),
            printer: printer.sn,
            title: job.title,
            document_name: job.document_name,
            document_kind: job.document_kind,
            options_json: job.options_json,
            reference: None,
            caller: caller.to_owned(),
            simulated: printer.simulated,
            reprint_of: Some(id.clone()),
        };
        let document = core.store.job_document_path(id);
        let accepted = core.store.accept(new, document, core.clock.wall()).await.map_err(|error| error.fault())?;
        self.accepted(accepted).await
    }
}

impl Core {
    pub(crate) async fn job(&self, id: &JobId) -> Result<JobRow, Fault> {
        self.store.job(id).await.map_err(|error| error.fault())
    }

    async fn job_status(&self, row: JobRow) -> Result<JobStatus, Fault> {
        let mut holding = 0;
        if row.state == JobState::Uncertain && self.settings().await?.hold_uncertain {
            let open = self.store.open_jobs().await.map_err(|error| error.fault())?;
            let behind = |job: &&JobRow| {
                job.printer == row.printer
                    && job.number > row.number
                    && matches!(job.state, JobState::Waiting | JobState::Ready)
            };
            holding = u32::try_from(open.iter().filter(behind).count()).unwrap_or(u32::MAX);
        }
        let document_kept = self.store.prn_path(&row.id).parent().is_some_and(std::path::Path::exists);
        let sent = self.sends.sent(&row.id);
        Ok(JobStatus { row, possible_duplicate: false, holding, document_kept, sent })
    }

    /// One step of a job's life, durable when this returns.
    pub(crate) async fn advance(
        &self,
        id: &JobId,
        from: &[JobState],
        to: JobState,
        change: JobChange,
    ) -> Result<JobRow, Fault> {
        let row = self.store.advance(id, from, to, change, self.clock.wall()).await.map_err(|error| error.fault())?;
        self.tell_job(id);
        Ok(row)
    }

    /// The same, but a job that is elsewhere by now (cancelled, acknowledged) is no error: `false`.
    pub(crate) async fn try_advance(
        &self,
        id: &JobId,
        from: &[JobState],
        to: JobState,
        change: JobChange,
    ) -> Result<bool, Fault> {
        match self.store.advance(id, from, to, change, self.clock.wall()).await {
            Ok(_) => {
                self.tell_job(id);
                Ok(true)
            }
            Err(StoreError::StateConflict { .. }) => Ok(false),
            Err(error) => Err(error.fault()),
        }
    }

    async fn identify(&self, row: DocumentRow) -> Result<(DocumentRow, platen_render::DocumentInfo), Fault> {
        let given = self.document(&row.id).await?;
        let info = self.renderer.identify(given).await?;
        Ok((row, info))
    }
}

/// Deletes finished documents after the time that the user chose and copies the database, every hour; commands that
/// end by themselves do it too when an hour has passed since anybody did.
pub(crate) async fn housekeeping(core: Arc<Core>) {
    loop {
        let due = core.clock.now() + HOUSEKEEPING;
        if let Err(fault) = tidy_when_due(&core).await {
            tracing::warn!(code = %fault.code, "housekeeping failed: {}", fault.message);
        }
        tokio::select! {
            () = core.clock.wait_until(due) => {}
            () = core.stop.cancelled() => return,
        }
    }
}

async fn tidy_when_due(core: &Core) -> Result<(), Fault> {
    let last = core.store.setting(TIDIED).await.map_err(|error| error.fault())?.and_then(|text| text.parse().ok());
    let now = core.clock.wall();
    let hour = i64::try_from(HOUSEKEEPING.as_millis()).unwrap_or(i64::MAX);
    if last.is_some_and(|last: i64| (0..hour).contains(&now.ahead_of(WallTime(last)))) {
        return Ok(());
    }
    tidy(core).await?;
    core.store.set_setting(TIDIED, &now.as_millis().to_string()).await.map_err(|error| error.fault())
}

async fn tidy(core: &Core) -> Result<(), Fault> {
    let hours = i64::from(core.settings().await?.keep_documents_hours);
    let now = core.clock.wall();
    let before = WallTime(now.as_millis().saturating_sub(hours * 3_600_000));
    core.store.delete_finished_documents(before).await.map_err(|error| error.fault())?;
    core.store.backup().await.map_err(|error| error.fault())
}

/// As the renderer says it, before it has to.
fn locked() -> Fault {
    platen_render::RenderError::Locked.fault()
}

fn check_reference(reference: Option<&str>) -> Result<(), Fault> {
    match reference {
        Some(text) if text.is_empty() || text.len() > 200 || text.chars().any(platen_model::segment::is_invisible) => {
            Err(Fault::new(
                "reference_invalid",
                "A reference has 1 to 200 visible characters.",
                "Use an order number or something like it.",
            ))
        }
        _ => Ok(()),
    }
}

fn options_json(options: &PageOptions) -> Result<String, Fault> {
    serde_json::to_string(options).map_err(unwritable)
}

fn kind_name(kind: platen_model::DocumentKind) -> Result<String, Fault> {
    Ok(serde_json::to_value(kind).map_err(unwritable)?.as_str().unwrap_or_default().to_owned())
}

fn unwritable(error: serde_json::Error) -> Fault {
    Fault::new("internal", format!("A value could not be written: {error}."), "Report this.")
}

fn not_cancellable(state: JobState) -> Fault {
    let message = match state {
        JobState::Sent | JobState::Sending => "The platform already has this job.".to_owned(),
        JobState::Uncertain => "Nobody knows whether this job is on paper.".to_owned(),
        state => format!("The job is {state}."),
    };
    let remedy = match state {
        JobState::Sent | JobState::Sending => "Stop it at the printer.",
        JobState::Uncertain => "Decide whether to print it again.",
        _ => "There is nothing to cancel.",
    };
    Fault::new("job_not_cancellable", message, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_told_percent_by_percent_and_forgotten_at_the_end() {
        let (sends, id) = (Sends::default(), JobId::from_bytes([7; 16]));
        assert!(!sends.note(&id, 1, 2), "nobody sends it");
        let cancel = sends.begin(&id);
        assert_eq!(sends.sent(&id), None);
        let news: Vec<u64> = (0..=1000).filter(|sent| sends.note(&id, *sent, 1000)).collect();
        assert_eq!((news.len(), news[0], news[1], news[100]), (101, 0, 10, 1000));
        assert_eq!(sends.sent(&id), Some(100));
        assert!(sends.cancel(&id) && cancel.is_cancelled());
        sends.interrupt(&id);
        assert!(!sends.cancel(&id), "nobody works on it");
        assert!(sends.begin(&id).is_cancelled(), "the cancel was kept");
        sends.end(&id);
        assert!(!sends.begin(&id).is_cancelled(), "it was kept once");
        sends.end(&id);
        assert_eq!(sends.sent(&id), None);
    }
}
