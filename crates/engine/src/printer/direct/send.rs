//! One job over a Bluetooth link: find the printer, be sure that it is the one, ask how it is, print, believe only its
//! own word.
//!
//! ```text
//! ready ── not heard, not well ──▶ ready, with the reason
//!   │ find → connect (3 × 10 s) → ask: serial, state, counter
//!   ▼ intent committed
//! sending ── "bytes may leave" committed before the first write of the dialogue ── dialogue ──▶ done | failed | …
//! ```
//!
//! Deliberately absent: what a lost link means, which is [`super::judge`].

use super::{BEFORE, Direct, may_begin};
use crate::nearby::air::Device;
use crate::nearby::link::{Connected, Purpose};
use crate::nearby::readings::{Spoken, spoken};
use crate::printer::acks::copies_of;
use crate::printer::queue::{Next, Way};
use crate::runner::{self, Links, Wire};
use crate::{Change, Core};
use async_trait::async_trait;
use platen_model::gatt::{GattEvent, GattFailure, GattRequest, Tree};
use platen_model::{Fault, JobId, JobState, Retry, Serial};
use platen_printers::Model;
use platen_printers::talk::{Completion, PrintEvent, PrintFailure, Readings, Trouble};
use platen_store::{Carried, JobChange, JobRow, PrinterRow, crash};
use platen_transport::GattLink;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// A printer that is on is heard within this; after it a job waits until it is heard.
const HEARD: Duration = Duration::from_secs(5);
/// Progress is written at most so often.
const NOTE: Duration = Duration::from_millis(250);

#[async_trait]
impl Way for Direct {
    fn sn(&self) -> &Serial {
        &self.sn
    }

    fn news(&self) -> &Notify {
        &self.queue_news
    }

    fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    async fn send(&self, core: &Arc<Core>, job: &JobRow) -> Result<Next, Fault> {
        let waited = job.fault.as_ref().is_some_and(|fault| fault.code == "ble_not_in_range");
        if !may_begin(core, job, waited) {
            core.wait_because(self, job, needs_start()).await?;
            return Ok(Next::Pause);
        }
        let cancel = core.sends.begin(&job.id);
        let next = tokio::select! {
            next = self.meet_and_print(core, job, &cancel) => next,
            () = self.stop.cancelled() => Ok(Next::Go),
        };
        core.sends.end(&job.id);
        {
            let mut live = self.live();
            live.connecting = false;
            live.connected = false;
        }
        core.tell(Change::Printer(self.sn.to_string()));
        next
    }

    async fn recover(&self, core: &Arc<Core>, job: &JobRow) -> Result<Next, Fault> {
        let next = tokio::select! {
            next = self.after_a_break(core, job, job.carried, "The program stopped while it was printing.") => next,
            () = self.stop.cancelled() => Ok(Next::Go),
        };
        core.tell(Change::Printer(self.sn.to_string()));
        next
    }
}

/// The printer, connected and asked.
pub(super) struct Met {
    pub(super) connected: Connected,
    pub(super) model: Arc<Model>,
    pub(super) told: Readings,
}

impl Direct {
    async fn meet_and_print(&self, core: &Arc<Core>, job: &JobRow, cancel: &CancellationToken) -> Result<Next, Fault> {
        let row = core.printer_row(self.sn.as_str()).await?;
        let met = tokio::select! {
            met = self.meet(core, &row) => met,
            // `cancel` has moved the job already: it was in `ready`.
            () = cancel.cancelled() => return Ok(Next::Go),
        };
        let met = match met {
            Ok(met) => met,
            Err(fault) => {
                let out = fault.code == "ble_not_in_range";
                self.live().missed = out;
                core.wait_because(self, job, fault).await?;
                if out {
                    self.waits.send_replace(true);
                }
                return Ok(Next::Pause);
            }
        };
        if let Some(trouble) = in_the_way(&met.told) {
            met.connected.close().await;
            core.wait_because(self, job, trouble.fault().with_retry(Retry::AfterRemedy)).await?;
            return Ok(Next::Pause);
        }
        self.print(core, job, met, cancel).await
    }

    /// Finds the printer, connects, and makes sure that it is the one.
    pub(super) async fn meet(&self, core: &Arc<Core>, row: &PrinterRow) -> Result<Met, Fault> {
        let direct = row.direct.clone().unwrap_or_default();
        let model = core.model_of(row)?;
        let mut last = not_in_range(&row.name);
        for device in self.find(core, row).await {
            let id = device.address.0.clone();
            self.live().connecting = true;
            core.tell(Change::Printer(self.sn.to_string()));
            let connected = match core.connect(&id, Purpose::Print).await {
                Ok(connected) => connected,
                Err(fault) => {
                    last = if fault.code == "device_unknown" { not_in_range(&row.name) } else { fault };
                    continue;
                }
            };
            let told = match core.ask_over(&connected, &model).await {
                Ok(told) => told,
                Err(fault) => {
                    connected.close().await;
                    last = fault;
                    continue;
                }
            };
            if direct.serial.is_some() && told.serial != direct.serial {
                connected.close().await;
                // Only one that told another number is another printer; one that told none may tell it the next time.
                if told.serial.is_some() {
                    self.live().strangers.insert(id);
                }
                last = crate::nearby::other_printer();
                continue;
            }
            {
                let mut live = self.live();
                live.connecting = false;
                live.connected = true;
                live.missed = false;
                live.trouble = None;
                live.told = Some(told.clone());
            }
            core.keep_readings(self.sn.as_str(), &told).await?;
            let name = device.advertisement.name.clone().unwrap_or_default();
            if (&id, &name) != (&direct.address, &direct.name) {
                core.store.save_met(self.sn.as_str(), &id, &name).await.map_err(|error| error.fault())?;
            }
            core.tell(Change::Printer(self.sn.to_string()));
            return Ok(Met { connected, model, told });
        }
        self.live().connecting = false;
        Err(last)
    }

    /// Devices that may be it, listened for when none is heard.
    async fn find(&self, core: &Core, row: &PrinterRow) -> Vec<Device> {
        let direct = row.direct.clone().unwrap_or_default();
        let _listening = core.nearby.air.listen();
        let mut news = core.nearby.air.heard.subscribe();
        let due = core.clock.wait_until(core.clock.now() + HEARD);
        tokio::pin!(due);
        loop {
            let found = core.candidates(self, &direct, super::recently(core.clock.now()));
            if !found.is_empty() {
                return found;
            }
            tokio::select! {
                // The sender lives in `core`.
                _ = news.changed() => {}
                () = &mut due => return Vec::new(),
            }
        }
    }

    async fn print(&self, core: &Arc<Core>, job: &JobRow, met: Met, cancel: &CancellationToken) -> Result<Next, Fault> {
        let Met { connected, model, told } = met;
        let prepared = async { Ok::<_, Fault>((prn(core, job, &model).await?, spoken(&model, &connected)?)) }.await;
        let (prn, Spoken { talk, facts }) = match prepared {
            Ok(prepared) => prepared,
            Err(fault) => {
                connected.close().await;
                return fail(core, &job.id, &BEFORE, fault).await;
            }
        };
        let carried = Carried {
            total: Some(prn.len() as u64),
            sent: Some(0),
            acknowledged: Some(0),
            left: false,
            counter_before: told.counter,
        };
        // The intent is durable before the first byte leaves.
        let change = JobChange {
            attempt: Some(job.attempt.saturating_add(1)),
            detail: Some(String::new()),
            fault: Some(None),
            carried: Some(carried),
            ..JobChange::default()
        };
        if !core.try_advance(&job.id, &BEFORE, JobState::Sending, change).await? {
            connected.close().await;
            return Ok(Next::Go);
        }
        crash::point("direct.intent_committed");
        let progress = watch::Sender::new((carried, None));
        let leaving = Leaving {
            link: connected.link.clone(),
            core: core.clone(),
            job: job.id.clone(),
            progress: &progress,
            left: AtomicBool::new(false),
        };
        let machine = talk.print(&model, &facts, prn);
        let links = Links::gatt(&leaving, core.clock.as_ref(), cancel);
        let report = |event| self.hear(core, &progress, event);
        let wire = |wire| match wire {
            Wire::RequestSent => crash::point("direct.request_sent"),
            // A request with a body goes to a server, never to a device.
            Wire::BodySent { .. } => {}
            Wire::ResponseReceived => crash::point("direct.response_received"),
        };
        let ended = tokio::select! {
            ended = runner::run(machine, links, None, report, wire) => ended,
            never = note_progress(core, &job.id, progress.subscribe()) => match never {},
        };
        let (carried, on_paper) = *progress.borrow();
        crash::point("direct.ended");
        match ended {
            Ok(completion) => {
                connected.close().await;
                // The last word may have gone out as a question.
                let carried = Carried { sent: carried.total, ..carried };
                done(core, &job.id, carried, said(completion)).await
            }
            Err(PrintFailure { why: Trouble::Lost | Trouble::Silent, raster_begun, sent }) => {
                // A link that is silent is hung up, so that the printer gives up its half of the job.
                connected.close().await;
                let carried =
                    Carried { left: raster_begun, sent: Some(carried.sent.unwrap_or(0).max(sent as u64)), ..carried };
                note_carried(core, &job.id, carried, on_paper).await?;
                self.after_a_break(core, job, carried, "The Bluetooth connection broke while it was printing.").await
            }
            Err(failure) => {
                connected.close().await;
                note_carried(core, &job.id, carried, on_paper).await?;
                self.printer_refused(core, job, failure).await
            }
        }
    }

    /// The printer itself said why it does not print: nothing is uncertain.
    async fn printer_refused(&self, core: &Arc<Core>, job: &JobRow, failure: PrintFailure) -> Result<Next, Fault> {
        let fault = failure.why.fault();
        let from = [JobState::Sending];
        match failure.why {
            Trouble::Cancelled => {
                let change = JobChange { detail: Some(fault.message), ..JobChange::default() };
                core.try_advance(&job.id, &from, JobState::Cancelled, change).await?;
                Ok(Next::Go)
            }
            // Nothing is on paper: it goes on when the printer is well again.
            Trouble::NoPaper | Trouble::CoverOpen | Trouble::Overheated | Trouble::LowBattery | Trouble::Busy
                if !failure.raster_begun =>
            {
                let change = JobChange { carried: Some(Carried::default()), ..JobChange::default() };
                core.try_advance(&job.id, &from, JobState::Ready, change).await?;
                core.wait_because(self, job, fault.with_retry(Retry::AfterRemedy)).await?;
                Ok(Next::Pause)
            }
            _ => fail(core, &job.id, &from, fault).await,
        }
    }

    fn hear(&self, core: &Core, progress: &watch::Sender<(Carried, Option<f64>)>, event: PrintEvent) {
        match event {
            PrintEvent::Sent { bytes, acknowledged } => progress.send_modify(|(carried, _)| {
                let bytes = bytes as u64;
                carried.sent = Some(carried.sent.unwrap_or(0).max(bytes));
                if acknowledged {
                    carried.acknowledged = Some(carried.acknowledged.unwrap_or(0).max(bytes));
                }
            }),
            PrintEvent::OnPaper(share) => progress.send_modify(|(_, on_paper)| {
                let share = f64::from(share).clamp(0.0, 1.0);
                *on_paper = Some(on_paper.map_or(share, |known: f64| known.max(share)));
            }),
            PrintEvent::Readings(told) => {
                self.live().told = Some(told);
                core.tell(Change::Printer(self.sn.to_string()));
            }
            // The user sees it in the progress that stands still; the frames show it.
            PrintEvent::Paused(paused) => tracing::debug!(paused, "the printer controls the flow"),
        }
    }
}

/// The bytes of all copies.
async fn prn(core: &Core, job: &JobRow, model: &Model) -> Result<Vec<u8>, Fault> {
    let once = core.store.read_prn(&job.id).await.map_err(|error| error.fault())?;
    let mut all = once.clone();
    if let Some(family) = platen_printers::family(model.family) {
        for _ in 1..copies_of(job) {
            family.append(&mut all, &once);
        }
    }
    Ok(all)
}

/// What keeps a printer from beginning.
fn in_the_way(told: &Readings) -> Option<Trouble> {
    match told {
        Readings { cover_open: Some(true), .. } => Some(Trouble::CoverOpen),
        Readings { paper: Some(false), .. } => Some(Trouble::NoPaper),
        Readings { overheated: Some(true), .. } => Some(Trouble::Overheated),
        Readings { busy: Some(true), .. } => Some(Trouble::Busy),
        _ => None,
    }
}

/// How much is on paper, as far as known.
pub(super) fn about(carried: Carried, on_paper: Option<f64>) -> f64 {
    let sent = match (carried.sent, carried.total) {
        (Some(sent), Some(total)) if total > 0 => sent as f64 / total as f64,
        _ => 0.0,
    };
    on_paper.unwrap_or(sent).clamp(0.0, 1.0)
}

async fn note_carried(core: &Core, id: &JobId, carried: Carried, on_paper: Option<f64>) -> Result<(), Fault> {
    let change = JobChange { progress: Some(about(carried, on_paper)), carried: Some(carried), ..JobChange::default() };
    core.store.amend(id, change, core.clock.wall()).await.map_err(|error| error.fault())?;
    core.tell_job(id);
    Ok(())
}

async fn note_progress(
    core: &Core,
    id: &JobId,
    mut progress: watch::Receiver<(Carried, Option<f64>)>,
) -> std::convert::Infallible {
    loop {
        if progress.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        let (carried, on_paper) = *progress.borrow_and_update();
        if let Err(fault) = note_carried(core, id, carried, on_paper).await {
            // Only a picture of how far it is: the next one may succeed.
            tracing::warn!(code = %fault.code, "progress was not written: {}", fault.message);
        }
        core.clock.wait_until(core.clock.now() + NOTE).await;
    }
}

pub(super) async fn done(core: &Core, id: &JobId, carried: Carried, detail: &str) -> Result<Next, Fault> {
    let change = JobChange {
        progress: Some(1.0),
        detail: Some(detail.to_owned()),
        fault: Some(None),
        carried: Some(carried),
        ..JobChange::default()
    };
    let sent = JobChange { carried: Some(carried), ..JobChange::default() };
    if core.try_advance(id, &[JobState::Sending], JobState::Sent, sent).await? {
        core.try_advance(id, &[JobState::Sent], JobState::Done, change).await?;
    }
    Ok(Next::Go)
}

async fn fail(core: &Core, id: &JobId, from: &[JobState], fault: Fault) -> Result<Next, Fault> {
    let change = JobChange { fault: Some(Some(fault)), ..JobChange::default() };
    core.try_advance(id, from, JobState::Failed, change).await?;
    Ok(Next::Go)
}

/// Promise BL-3: how the end is known is said.
const fn said(completion: Completion) -> &'static str {
    match completion {
        Completion::Said => "The device says that it is printed.",
        Completion::Idle => "The device says that it is idle again.",
        Completion::Assumed => "The device says nothing; the time that the paper takes has passed.",
    }
}

pub(super) fn not_in_range(name: &str) -> Fault {
    Fault::new(
        "ble_not_in_range",
        format!("'{name}' is not in range. The job begins by itself when the printer is heard again."),
        "Switch the printer on and bring it within a few metres.",
    )
    .with_retry(Retry::Later)
}

fn needs_start() -> Fault {
    Fault::new("start_needed", "This job has waited too long to begin by itself.", "Start it, or cancel it.")
        .with_retry(Retry::AfterRemedy)
}

/// The link of a print: before the first write leaves, "bytes may have left" is durable.
struct Leaving<'a> {
    link: Arc<dyn GattLink>,
    core: Arc<Core>,
    job: JobId,
    progress: &'a watch::Sender<(Carried, Option<f64>)>,
    left: AtomicBool,
}

#[async_trait]
impl GattLink for Leaving<'_> {
    fn tree(&self) -> &Tree {
        self.link.tree()
    }

    fn payload(&self) -> usize {
        self.link.payload()
    }

    async fn request(&self, request: &GattRequest) -> GattEvent {
        if matches!(request, GattRequest::Write { .. }) && !self.left.load(Ordering::Relaxed) {
            let (carried, _) = *self.progress.borrow();
            let change = JobChange { carried: Some(Carried { left: true, ..carried }), ..JobChange::default() };
            if let Err(error) = self.core.store.amend(&self.job, change, self.core.clock.wall()).await {
                tracing::error!(job = %self.job, "nothing is sent: {error}");
                return GattEvent::Written(Err(GattFailure::NotPossible));
            }
            self.progress.send_modify(|(carried, _)| carried.left = true);
            self.left.store(true, Ordering::Relaxed);
            crash::point("direct.leaving");
        }
        self.link.request(request).await
    }

    async fn next(&self) -> GattEvent {
        self.link.next().await
    }

    async fn disconnect(&self) -> Result<(), GattFailure> {
        self.link.disconnect().await
    }
}
