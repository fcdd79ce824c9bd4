//! What arrives from a printer: states, acknowledgements, events.
//!
//! An acknowledgement counts once (promise MQ-5) and is committed before the broker is told (promise MQ-6).

use super::Printer;
use crate::{Change, Core};
use platen_model::{Fault, JobState};
use platen_protocol::cloud::correlate::{self, Candidate};
use platen_protocol::cloud::inbox::{Arrival, ArrivalBody};
use platen_protocol::cloud::messages::{DeviceEvent, PrintAck};
use platen_protocol::cloud::progress;
use platen_protocol::cloud::status::JobStatus;
use platen_store::{AckApplied, JobChange, JobRow, crash};
use std::sync::{Arc, PoisonError};

/// So many deliveries are remembered for a job; a device cannot make us remember without end.
const DELIVERIES: usize = 32;

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handled {
    /// Done with; the broker may forget it.
    Settled,
    /// It speaks of a job that we may be handing over right now.
    TooEarly,
}

pub(crate) async fn handle(core: &Arc<Core>, printer: &Arc<Printer>, arrival: &Arrival) -> Result<Handled, Fault> {
    let now = core.clock.wall();
    let live = !arrival.retained;
    if live {
        core.saw(&printer.sn, Some(true));
        let mut state = printer.live.lock().unwrap_or_else(PoisonError::into_inner);
        state.heard = Some(now);
        state.heard_at = Some(core.clock.now());
        state.clock_off = arrival.clock_fault;
    }
    match &arrival.body {
        ArrivalBody::State(report) => {
            printer.live.lock().unwrap_or_else(PoisonError::into_inner).known.merge(report, now, live);
            save_state(core, printer).await?;
            core.tell(Change::Printer(printer.sn.to_string()));
        }
        ArrivalBody::PrintAck(ack) => return print_ack(core, printer, &arrival.dedupe_key, ack).await,
        ArrivalBody::ControlAck(ack) => printer.controls.answer(ack),
        ArrivalBody::Event(event) => device_event(core, printer, event).await?,
        // Platen starts no firmware upgrades (rule C-22); their progress is told and not kept.
        ArrivalBody::UpgradeAck(ack) => core.tell(Change::Notice {
            sn: printer.sn.to_string(),
            event: "upgrade".to_owned(),
            detail: ack.status.clone(),
        }),
        _ => {}
    }
    Ok(Handled::Settled)
}

pub(crate) async fn save_state(core: &Core, printer: &Printer) -> Result<(), Fault> {
    let (json, heard) = {
        let live = printer.live.lock().unwrap_or_else(PoisonError::into_inner);
        (serde_json::to_string(&live.known), live.heard)
    };
    let online = core.reach(&printer.sn).and_then(|(_, presence)| presence.reachable);
    let json = json.map_err(|error| {
        Fault::new("state_not_stored", format!("A state could not be stored: {error}."), "Try again.")
    })?;
    core.store.save_state(printer.sn.as_str(), Some(&json), online, heard).await.map_err(|error| error.fault())
}

async fn print_ack(core: &Arc<Core>, printer: &Printer, key: &str, ack: &PrintAck) -> Result<Handled, Fault> {
    crash::point("ack.received");
    let sn = printer.sn.as_str();
    let mut open = core.store.open_jobs().await.map_err(|error| error.fault())?;
    open.retain(|job| job.printer == sn);
    let Some(job) = job_of(printer, ack, &open) else {
        // Another app's job, a finished one, or ours whose answer is still on its way.
        let sending = open.iter().any(|job| job.state == JobState::Sending);
        return Ok(if sending { Handled::TooEarly } else { Handled::Settled });
    };
    let meaning = printer.profile.jobs.status.read(&ack.status, &ack.report.codes);
    let step = Step {
        status: meaning.status,
        progress: progress::share(meaning.status, ack, Some(copies_of(job))),
        detail: match ack.report.text.as_str() {
            "" | "ok" => ack.status.clone(),
            text => text.to_owned(),
        },
        codes: ack.report.codes.clone(),
        platform_job: None,
    };
    let from = [JobState::Sending, JobState::Sent, JobState::Uncertain];
    apply(core, sn, key, job, &from, &step).await?;
    Ok(Handled::Settled)
}

/// By the platform's id first, by the delivery that it answers second (rule C-21).
fn job_of<'a>(printer: &Printer, ack: &PrintAck, open: &'a [JobRow]) -> Option<&'a JobRow> {
    let mut live = printer.live.lock().unwrap_or_else(PoisonError::into_inner);
    let candidates: Vec<_> = open
        .iter()
        .map(|job| Candidate {
            key: job.id.clone(),
            platform_id: job.platform_job.as_deref(),
            deliveries: live.deliveries.get(&job.id).map_or(&[][..], Vec::as_slice),
            in_progress: job.state == JobState::Sent,
        })
        .collect();
    let id = correlate::job_of_ack(ack, &candidates)?;
    drop(candidates);
    // What is over needs no memory of its deliveries.
    live.deliveries.retain(|known, _| open.iter().any(|job| job.id == *known));
    if let Some(delivery) = &ack.ack_original_msg_id {
        let known = live.deliveries.entry(id.clone()).or_default();
        if known.len() < DELIVERIES && !known.contains(delivery) {
            known.push(delivery.clone());
        }
    }
    open.iter().find(|job| job.id == id)
}

/// One piece of news about a job, from an acknowledgement or a look-up.
pub(crate) struct Step {
    pub(crate) status: JobStatus,
    pub(crate) progress: Option<f64>,
    pub(crate) detail: String,
    pub(crate) codes: Vec<i64>,
    /// The platform's name for the job, where it is told.
    pub(crate) platform_job: Option<String>,
}

/// Brings a job from one of `from` to where the news says it is. The news counts once; final states stay.
pub(crate) async fn apply(
    core: &Core,
    sn: &str,
    key: &str,
    job: &JobRow,
    from: &[JobState],
    step: &Step,
) -> Result<(), Fault> {
    let now = core.clock.wall();
    let mut change = JobChange { detail: Some(step.detail.clone()), ..JobChange::default() };
    let to = match step.status {
        JobStatus::Accepted | JobStatus::Progress => {
            change.progress = step.progress;
            change.fault = Some(None);
            JobState::Sent
        }
        JobStatus::Done => {
            change.progress = Some(1.0);
            change.fault = Some(None);
            JobState::Done
        }
        JobStatus::Failed => {
            change.fault = Some(Some(printer_failed(step)));
            JobState::Failed
        }
    };
    if job.platform_job.is_none() {
        change.platform_job = step.platform_job.clone().map(Some);
    }
    let next = Some((job.id.clone(), from, to, change));
    let applied = core.store.apply_ack(sn, key, next, now).await.map_err(|error| error.fault())?;
    crash::point("ack.committed");
    if applied != AckApplied::Applied {
        return Ok(());
    }
    core.tell_job(&job.id);
    if to.is_final() || job.state == JobState::Uncertain {
        core.tell(Change::Printer(sn.to_owned()));
        if let Some(printer) = core.running(sn) {
            printer.queue_news.notify_one();
        }
    }
    Ok(())
}

fn printer_failed(step: &Step) -> Fault {
    let codes: Vec<_> = step.codes.iter().map(ToString::to_string).collect();
    let what = match (codes.is_empty(), step.detail.is_empty()) {
        (true, true) => String::from("The printer could not print this."),
        (true, false) => format!("The printer could not print this: {}.", step.detail),
        (false, _) => format!("The printer could not print this: {} (error {}).", step.detail, codes.join(", ")),
    };
    Fault::new("printer_failed", what, "Check paper, cover and battery of the printer, then print it again.")
}

/// An event carries no job (rule C-13): it is applied to the one job in progress, and to none when there are several.
async fn device_event(core: &Arc<Core>, printer: &Printer, event: &DeviceEvent) -> Result<(), Fault> {
    let sn = printer.sn.to_string();
    let reason = event.reason().unwrap_or_default().to_owned();
    if event.is_stop_print() {
        let open = core.store.open_jobs().await.map_err(|error| error.fault())?;
        let candidates: Vec<_> = open
            .iter()
            .filter(|job| job.printer == sn)
            .map(|job| Candidate {
                key: job.id.clone(),
                platform_id: job.platform_job.as_deref(),
                deliveries: &[],
                in_progress: job.state == JobState::Sent,
            })
            .collect();
        if let Some(id) = correlate::job_of_stop(&candidates) {
            let change =
                JobChange { detail: Some(format!("stopped at the printer ({reason})")), ..JobChange::default() };
            core.try_advance(&id, &[JobState::Sent], JobState::Cancelled, change).await?;
        }
    }
    core.tell(Change::Notice { sn, event: event.event_type.clone(), detail: reason });
    Ok(())
}

/// How many copies the platform was asked for: those that are not collated are in the PRN.
pub(crate) fn copies_of(job: &JobRow) -> u32 {
    // The options were checked when the job was accepted.
    serde_json::from_str::<platen_model::PageOptions>(&job.options_json).map_or(1, |options| copies_asked(&options))
}

/// As [`copies_of`].
pub(crate) fn copies_asked(options: &platen_model::PageOptions) -> u32 {
    if options.collate { u32::from(options.copies) } else { 1 }
}
