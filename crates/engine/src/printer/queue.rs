//! A printer's queue: its jobs in the order of acceptance, one at a time until the platform has them.
//!
//! Each step is durable before the next begins, so a killed process goes on where it was:
//! `waiting`, `rendering`, `ready` go on by themselves (nothing had left); `sending` is looked up first.

use super::Printer;
use super::recovery::uncertain;
use super::session::until;
use crate::renderer::{Done, Event, Given, Rendering};
use crate::runner::{self, Links, Wire};
use crate::{Change, Core};
use platen_model::{DocumentName, Fault, JobId, JobState, Moment, PageOptions, Retry, Secret};
use platen_printers::package;
use platen_protocol::cloud::machines::{Resume, SendFailure, SendJob, SendOutcome};
use platen_protocol::cloud::shapes::{Compression, NewJob};
use platen_store::{JobChange, JobRow, crash};
use std::sync::Arc;
use std::time::Duration;

/// The longest pause between two tries to reach the platform.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What to do after a step.
enum Next {
    /// Look at the queue again at once.
    Go,
    /// Look again after a pause, or when something changes.
    Pause,
}

pub(crate) async fn run(core: Arc<Core>, printer: Arc<Printer>) {
    let mut pause = Duration::from_secs(1);
    while !printer.stop.is_cancelled() {
        let mut due: Option<Moment> = None;
        match next_job(&core, &printer).await {
            Ok(Some(job)) => match step(&core, &printer, &job).await {
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
            () = printer.queue_news.notified() => {}
            () = until(&core, due) => {}
            () = printer.stop.cancelled() => {}
        }
    }
}

/// The oldest job that can go on. Behind an uncertain one they wait, unless the user has chosen otherwise.
async fn next_job(core: &Core, printer: &Printer) -> Result<Option<JobRow>, Fault> {
    let hold = core.settings().await?.hold_uncertain;
    let mut open = core.store.open_jobs().await.map_err(|error| error.fault())?;
    open.retain(|job| job.printer == printer.sn.as_str());
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

async fn step(core: &Arc<Core>, printer: &Arc<Printer>, job: &JobRow) -> Result<Next, Fault> {
    match job.state {
        // Only this task renders, so a job found here was left by a process that died. Nothing had left.
        JobState::Rendering => {
            core.advance(&job.id, &[JobState::Rendering], JobState::Waiting, JobChange::default()).await?;
            Ok(Next::Go)
        }
        JobState::Waiting => render(core, printer, job).await,
        JobState::Ready | JobState::Sending => {
            let next = match job.state {
                JobState::Ready => send(core, printer, job).await,
                _ => recover(core, printer, job).await,
            };
            // However it ended: nobody waits for it any more.
            printer.sent_news.notify_one();
            next
        }
        _ => Ok(Next::Go),
    }
}

async fn render(core: &Arc<Core>, printer: &Printer, job: &JobRow) -> Result<Next, Fault> {
    if !core.try_advance(&job.id, &[JobState::Waiting], JobState::Rendering, JobChange::default()).await? {
        return Ok(Next::Go);
    }
    crash::point("render.started");
    let cancel = core.sends.begin(&job.id);
    let rendered = tokio::select! {
        rendered = write_prn(core, printer, job) => Some(rendered),
        () = cancel.cancelled() => None,
        () = printer.stop.cancelled() => None,
    };
    core.sends.end(&job.id);
    // Cancelled, or the printer is stopping: then it stays in `rendering`, and is begun again.
    let Some(rendered) = rendered else { return Ok(Next::Go) };
    crash::point("render.finished");
    let (to, change) = match rendered {
        Ok(pages) => (JobState::Ready, JobChange { pages: Some(pages), ..JobChange::default() }),
        Err(Stop::Store(fault)) => return Err(fault),
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
    /// The spool is at fault: the job is tried again.
    Store(Fault),
}

/// Writes the PRN of a job to the spool while it is rendered; how many pages it has.
async fn write_prn(core: &Core, printer: &Printer, job: &JobRow) -> Result<u32, Stop> {
    let store = |error: platen_store::StoreError| Stop::Store(error.fault());
    let mut rendering = begin(core, printer, job).await.map_err(Stop::Document)?;
    let mut writer = core.store.prn_writer(&job.id).await.map_err(store)?;
    loop {
        match rendering.next().await.map_err(Stop::Document)? {
            Event::Begin(_) | Event::End => {}
            Event::Bytes(bytes) => writer.write(bytes).await.map_err(store)?,
            Event::Done(Done::Prepared { pages, .. }) => {
                writer.finish().await.map_err(store)?;
                return Ok(pages);
            }
            Event::Done(_) => return Err(Stop::Document(crate::renderer::refused())),
        }
    }
}

async fn begin(core: &Core, printer: &Printer, job: &JobRow) -> Result<Rendering, Fault> {
    let row = core.printer_row(printer.sn.as_str()).await?;
    let model = core.model_of(&row)?;
    let bytes = core.store.read_document(&job.id).await.map_err(|error| error.fault())?;
    let password = core.passwords.find(&job.document_sha256);
    let given = Given { bytes, name: DocumentName::new(&job.document_name), password };
    core.renderer.prn(given, model, &options_of(job)?)
}

fn options_of(job: &JobRow) -> Result<PageOptions, Fault> {
    serde_json::from_str(&job.options_json).map_err(|error| {
        Fault::new(
            "option_invalid",
            format!("The options of this job cannot be read: {error}."),
            "Print the document again.",
        )
    })
}

async fn send(core: &Arc<Core>, printer: &Arc<Printer>, job: &JobRow) -> Result<Next, Fault> {
    let Some(token) = token(core, printer, job).await? else { return Ok(Next::Pause) };
    let order = order(core, job).await?;
    // The intent is durable before the first byte leaves: from here on the platform may have it.
    let change = JobChange {
        attempt: Some(job.attempt + 1),
        client_ref: Some(order.client_ref.clone()),
        detail: Some(String::new()),
        fault: Some(None),
        ..JobChange::default()
    };
    if !core.try_advance(&job.id, &[JobState::Ready], JobState::Sending, change).await? {
        return Ok(Next::Go);
    }
    crash::point("send.intent_committed");
    let machine = SendJob::new(&printer.profile, &token, &printer.sn, Arc::new(order));
    carry_out(core, printer, &job.id, &token, machine).await
}

/// A job found in `sending`: the process that sent it died, or the platform could not be asked yet.
async fn recover(core: &Arc<Core>, printer: &Arc<Printer>, job: &JobRow) -> Result<Next, Fault> {
    if printer.profile.http.paths.job_list.is_none() {
        let change = JobChange {
            fault: Some(Some(uncertain("The program stopped while it was sending."))),
            ..JobChange::default()
        };
        core.try_advance(&job.id, &[JobState::Sending], JobState::Uncertain, change).await?;
        core.tell(Change::Printer(printer.sn.to_string()));
        return Ok(Next::Go);
    }
    let Some(token) = token(core, printer, job).await? else { return Ok(Next::Pause) };
    let order = order(core, job).await?;
    let machine = SendJob::recover(&printer.profile, &token, &printer.sn, Arc::new(order));
    carry_out(core, printer, &job.id, &token, machine).await
}

async fn carry_out(
    core: &Arc<Core>,
    printer: &Arc<Printer>,
    id: &JobId,
    token: &Secret<String>,
    machine: SendJob,
) -> Result<Next, Fault> {
    let cancel = core.sends.begin(id);
    let links = Links::http(&printer.http, core.clock.as_ref(), &cancel);
    let dialogue = runner::run(
        machine,
        links,
        None,
        |_| (),
        |wire| match wire {
            Wire::RequestSent => crash::point("send.request_sent"),
            Wire::ResponseReceived => crash::point("send.response_received"),
        },
    );
    let result = tokio::select! {
        result = dialogue => Some(result),
        () = printer.stop.cancelled() => None,
    };
    core.sends.end(id);
    // The printer is stopping: the job stays in `sending` and is looked up by whoever takes it up.
    let Some(result) = result else { return Ok(Next::Go) };
    let from = [JobState::Sending];
    match result {
        Ok(SendOutcome::Sent { job_id, .. }) => {
            let change = JobChange { platform_job: Some(Some(job_id)), ..JobChange::default() };
            core.try_advance(id, &from, JobState::Sent, change).await?;
            crash::point("send.sent_committed");
            Ok(Next::Go)
        }
        Ok(SendOutcome::Uncertain { .. }) => {
            let change = JobChange {
                fault: Some(Some(uncertain("The platform did not say whether it has this job."))),
                ..JobChange::default()
            };
            core.try_advance(id, &from, JobState::Uncertain, change).await?;
            core.tell(Change::Printer(printer.sn.to_string()));
            Ok(Next::Go)
        }
        Err(SendFailure::Cancelled) => {
            core.try_advance(id, &from, JobState::Cancelled, JobChange::default()).await?;
            Ok(Next::Go)
        }
        Err(SendFailure::TokenRefused { resume, .. }) => {
            printer.tokens.refused(token).await;
            // Where it may have been accepted, the job stays in `sending` and is looked up with the fresh token.
            if resume == Resume::Send {
                core.try_advance(id, &from, JobState::Ready, JobChange::default()).await?;
            }
            Ok(Next::Go)
        }
        // Provably not there: the job may wait and try again.
        Err(failure) if failure.fault().retry == Retry::Later => {
            let change = JobChange {
                detail: Some(failure.fault().message),
                fault: Some(Some(failure.fault())),
                ..JobChange::default()
            };
            core.try_advance(id, &from, JobState::Ready, change).await?;
            Ok(Next::Pause)
        }
        Err(failure) => {
            let change = JobChange { fault: Some(Some(failure.fault())), ..JobChange::default() };
            core.try_advance(id, &from, JobState::Failed, change).await?;
            Ok(Next::Go)
        }
    }
}

/// A token, or a note on the job why it has to wait for one.
async fn token(core: &Core, printer: &Printer, job: &JobRow) -> Result<Option<Secret<String>>, Fault> {
    match printer.tokens.token(core, printer).await {
        Ok(token) => {
            super::session::token_is_good(core, printer);
            Ok(Some(token))
        }
        Err(fault) => {
            core.store
                .note_progress(&job.id, job.progress.unwrap_or(0.0), Some(fault.message.clone()), core.clock.wall())
                .await
                .map_err(|error| error.fault())?;
            core.tell_job(&job.id);
            super::session::set_trouble(core, printer, Some(fault));
            Ok(None)
        }
    }
}

/// What the platform is asked to print. The reference stays the same until the user asks for another print.
async fn order(core: &Core, job: &JobRow) -> Result<NewJob, Fault> {
    let prn = core.store.read_prn(&job.id).await.map_err(|error| error.fault())?;
    let options = options_of(job)?;
    let row = core.printer_row(&job.printer).await?;
    let model = core.model_of(&row)?;
    let protocol = platen_printers::family(model.family).map_or("", |family| family.prn_protocol());
    let packed = tokio::task::spawn_blocking(move || package::pack(&prn, package::Compression::Gzip)).await.map_err(
        |error| Fault::new("package_failed", format!("The print data could not be packed: {error}."), "Try again."),
    )?;
    Ok(NewJob {
        client_ref: job.client_ref.clone().unwrap_or_else(|| job.id.to_string()),
        title: job.title.clone(),
        file_type: "prn".to_owned(),
        prn_protocol: Some(protocol.to_owned()),
        compression: match packed.compression {
            package::Compression::None => Compression::None,
            package::Compression::Gzip => Compression::Gzip,
        },
        bytes: packed.bytes.into(),
        copies: super::acks::copies_asked(&options),
    })
}
