//! A printer's queue: its jobs in the order of acceptance, one at a time until the other side has them.
//!
//! Each step is durable before the next begins, so a killed process goes on where it was:
//! `waiting`, `rendering`, `ready` go on by themselves (nothing had left); `sending` is looked up first.
//! How a job is handed over, and how it is looked up, is the printer's [`Way`]: the platform's, or a link of our own.

use super::session::until;
use crate::Core;
use crate::renderer::{self, Done, Event, Given, Rendering};
use async_trait::async_trait;
use platen_model::{DocumentName, Fault, JobState, Moment, PageOptions, Serial};
use platen_store::{JobChange, JobRow, crash};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// The longest pause between two tries to reach the platform.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What to do after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Look at the queue again at once.
    Go,
    /// Look again after a pause, or when something changes.
    Pause,
}

/// How jobs get to a printer.
#[async_trait]
pub(super) trait Way: Send + Sync {
    /// The printer's serial number.
    fn sn(&self) -> &Serial;
    /// Something in the queue may go on.
    fn news(&self) -> &Notify;
    /// The printer's work ends.
    fn stop(&self) -> &CancellationToken;
    /// Hands a job in `ready` over.
    async fn send(&self, core: &Arc<Core>, job: &JobRow) -> Result<Next, Fault>;
    /// Looks after a job that was found in `sending`.
    async fn recover(&self, core: &Arc<Core>, job: &JobRow) -> Result<Next, Fault>;
}

pub(super) async fn run<W: Way>(core: Arc<Core>, printer: Arc<W>) {
    let mut pause = Duration::from_secs(1);
    while !printer.stop().is_cancelled() {
        let mut due: Option<Moment> = None;
        match next_job(&core, printer.sn()).await {
            Ok(Some(job)) => match step(&core, printer.as_ref(), &job).await {
                Ok(Next::Go) => {
                    pause = Duration::from_secs(1);
                    continue;
                }
                Ok(Next::Pause) => due = Some(core.clock.now() + pause),
                Err(fault) => {
                    // The store refuses (full disk, for example): the job stays where it is, and is tried again.
                    tracing::error!(job = %job.id, code = %fault.code, "a step failed: {}", fault.message);
                    due = Some(core.clock.now() + pause);
                }
            },
            Ok(None) => {}
            Err(fault) => {
                tracing::error!(code = %fault.code, "the queue cannot be read: {}", fault.message);
                due = Some(core.clock.now() + pause);
            }
        }
        pause = if due.is_some() { (pause * 2).min(LONGEST_PAUSE) } else { Duration::from_secs(1) };
        tokio::select! {
            () = printer.news().notified() => {}
            () = until(&core, due) => {}
            () = printer.stop().cancelled() => {}
        }
    }
}

/// The oldest job that can go on. Behind an uncertain one they wait, unless the user has chosen otherwise.
async fn next_job(core: &Core, sn: &Serial) -> Result<Option<JobRow>, Fault> {
    let hold = core.settings().await?.hold_uncertain;
    let mut open = core.store.open_jobs().await.map_err(|error| error.fault())?;
    open.retain(|job| job.printer == sn.as_str());
    open.sort_by_key(|job| job.number);
    for job in open {
        match job.state {
            JobState::Uncertain if hold => return Ok(None),
            JobState::Waiting | JobState::Rendering | JobState::Ready | JobState::Sending => return Ok(Some(job)),
            _ => {}
        }
    }
    Ok(None)
}

async fn step<W: Way>(core: &Arc<Core>, printer: &W, job: &JobRow) -> Result<Next, Fault> {
    match job.state {
        // Only this task renders, so a job found here was left by a process that died. Nothing had left.
        JobState::Rendering => {
            core.advance(&job.id, &[JobState::Rendering], JobState::Waiting, JobChange::default()).await?;
            Ok(Next::Go)
        }
        JobState::Waiting => render(core, printer, job).await,
        JobState::Ready => printer.send(core, job).await,
        JobState::Sending => printer.recover(core, job).await,
        _ => Ok(Next::Go),
    }
}

async fn render<W: Way>(core: &Arc<Core>, printer: &W, job: &JobRow) -> Result<Next, Fault> {
    if !core.try_advance(&job.id, &[JobState::Waiting], JobState::Rendering, JobChange::default()).await? {
        return Ok(Next::Go);
    }
    crash::point("render.started");
    let cancel = core.sends.begin(&job.id);
    let rendered = tokio::select! {
        rendered = write_prn(core, job) => Some(rendered),
        () = cancel.cancelled() => None,
        () = printer.stop().cancelled() => None,
    };
    core.sends.end(&job.id);
    // Cancelled, or the printer is stopping: then it stays in `rendering`, and is begun again.
    let Some(rendered) = rendered else { return Ok(Next::Go) };
    crash::point("render.finished");
    let (to, change) = match rendered {
        Ok(pages) => (JobState::Ready, JobChange { pages: Some(pages), ..JobChange::default() }),
        Err(Stop::Store(fault)) => return Err(fault),
        Err(Stop::Model(fault)) => {
            let change =
                JobChange { detail: Some(fault.message.clone()), fault: Some(Some(fault)), ..JobChange::default() };
            core.try_advance(&job.id, &[JobState::Rendering], JobState::Waiting, change).await?;
            return Ok(Next::Pause);
        }
        Err(Stop::Document(fault)) => {
            (JobState::Failed, JobChange { fault: Some(Some(fault)), ..JobChange::default() })
        }
    };
    core.try_advance(&job.id, &[JobState::Rendering], to, change).await?;
    Ok(Next::Go)
}

/// Why there is no PRN.
enum Stop {
    /// The document is at fault: the job has failed.
    Document(Fault),
    /// The printer's model is not known now: the job waits until it is, or until another one was chosen.
    Model(Fault),
    /// The spool is at fault: the job is tried again.
    Store(Fault),
}

/// Writes the PRN of a job to the spool while it is rendered; how many pages it has.
async fn write_prn(core: &Core, job: &JobRow) -> Result<u32, Stop> {
    let store = |error: platen_store::StoreError| Stop::Store(error.fault());
    let mut rendering = begin(core, job).await?;
    let mut writer = core.store.prn_writer(&job.id).await.map_err(store)?;
    loop {
        match rendering.next().await.map_err(Stop::Document)? {
            Event::Begin(_) | Event::End => {}
            Event::Bytes(bytes) => writer.write(bytes).await.map_err(store)?,
            Event::Done(Done::Prepared { pages, .. }) => {
                writer.finish().await.map_err(store)?;
                return Ok(pages);
            }
            Event::Done(_) => return Err(Stop::Document(renderer::refused())),
        }
    }
}

async fn begin(core: &Core, job: &JobRow) -> Result<Rendering, Stop> {
    let row = core.printer_row(&job.printer).await.map_err(Stop::Document)?;
    let model = core.model_of(&row).map_err(Stop::Model)?;
    let file = core.store.open_document(&job.id).await.map_err(|error| Stop::Document(error.fault()))?;
    let password = core.passwords.find(&job.document_sha256);
    let given = Given { content: renderer::Content::File(file), name: DocumentName::new(&job.document_name), password };
    core.renderer.prn(given, &model, &options_of(job).map_err(Stop::Document)?).map_err(Stop::Document)
}

pub(super) fn options_of(job: &JobRow) -> Result<PageOptions, Fault> {
    serde_json::from_str(&job.options_json).map_err(|error| {
        Fault::new(
            "option_invalid",
            format!("The options of this job cannot be read: {error}."),
            "Print the document again.",
        )
    })
}
