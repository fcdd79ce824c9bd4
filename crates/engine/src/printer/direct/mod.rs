//! A printer that is printed to over Bluetooth, at work.
//!
//! ```text
//! queue    ── document → PRN ──▶ send: find → connect → ask → print dialogue        one task
//! lookout  ── somebody waits and the printer is heard again ──▶ queue               one task
//! ```
//!
//! The queue, its states, the store's functions and the rule for uncertain jobs are those of every printer; only the
//! [`super::queue::Way`] differs. Identity is the serial number, never the address (promise BL-2).

mod judge;
mod send;
mod status;

use super::{queue, segment};
use crate::nearby::air::Device;
use crate::{Change, Core};
use platen_model::{Fault, JobState, Moment, Serial};
use platen_printers::talk::Readings;
use platen_store::{DirectRow, JobChange, JobRow};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A job that its user started longer ago does not begin by itself any more: nobody stands at the printer.
const STALE_MILLIS: i64 = 60 * 60 * 1000;
/// A device that was heard so recently is taken to be there.
const FRESH: Duration = Duration::from_secs(15);

/// The beginning of "recently".
fn recently(now: Moment) -> Moment {
    Moment::from_millis(now.as_millis().saturating_sub(u64::try_from(FRESH.as_millis()).unwrap_or(0)))
}

/// A printer over Bluetooth that works.
pub(crate) struct Direct {
    pub(crate) sn: Serial,
    pub(crate) queue_news: Notify,
    pub(crate) stop: CancellationToken,
    /// A job waits until the printer is heard.
    waits: watch::Sender<bool>,
    pub(super) live: Mutex<Live>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

/// What is known now.
#[derive(Default)]
pub(super) struct Live {
    pub(super) connecting: bool,
    pub(super) connected: bool,
    /// Somebody looked for it and did not hear it.
    pub(super) missed: bool,
    /// Why the last try failed, until one works.
    pub(super) trouble: Option<Fault>,
    /// What it told when it was last asked.
    pub(super) told: Option<Readings>,
    /// Devices that told another serial number.
    strangers: BTreeSet<String>,
}

impl Core {
    /// The direct printer at work; it begins if it did not yet. The caller holds `lifecycle`.
    pub(super) fn begin_direct(self: &Arc<Self>, sn: &str) -> Result<Arc<Direct>, Fault> {
        if let Some(printer) = self.running_direct(sn) {
            return Ok(printer);
        }
        let printer = Arc::new(Direct {
            sn: segment(sn)?,
            queue_news: Notify::new(),
            stop: self.stop.child_token(),
            waits: watch::Sender::new(false),
            live: Mutex::default(),
            tasks: Mutex::default(),
        });
        self.directs.lock().unwrap_or_else(PoisonError::into_inner).insert(sn.to_owned(), printer.clone());
        for task in [
            self.tasks.spawn(queue::run(self.clone(), printer.clone())),
            self.tasks.spawn(lookout(self.clone(), printer.clone())),
        ] {
            printer.tasks.lock().unwrap_or_else(PoisonError::into_inner).push(task);
        }
        Ok(printer)
    }

    /// The direct printer at work, if it has begun.
    pub(crate) fn running_direct(&self, sn: &str) -> Option<Arc<Direct>> {
        self.directs.lock().unwrap_or_else(PoisonError::into_inner).get(sn).cloned()
    }

    /// Ends its work and waits for it. The caller holds `lifecycle`.
    pub(super) async fn end_direct(&self, sn: &str) {
        let Some(printer) = self.running_direct(sn) else { return };
        printer.stop.cancel();
        let tasks = std::mem::take(&mut *printer.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(%sn, "a printer's task ended badly: {error}");
            }
        }
        self.directs.lock().unwrap_or_else(PoisonError::into_inner).remove(sn);
    }

    /// Devices that may be this printer: the one where it was last met first, then those of its name. Without a serial
    /// number there is only the place. Only those that were heard since that moment.
    fn candidates(&self, printer: &Direct, direct: &DirectRow, since: Moment) -> Vec<Device> {
        let live = printer.live();
        let mut found: Vec<Device> = self
            .nearby
            .air
            .devices()
            .into_iter()
            .filter(|device| device.heard >= since)
            .filter(|device| {
                let here = device.address.0 == direct.address;
                let namesake = direct.serial.is_some()
                    && !direct.name.is_empty()
                    && device.advertisement.name.as_ref() == Some(&direct.name);
                (here || namesake) && !live.strangers.contains(&device.address.0)
            })
            .collect();
        found.sort_by_key(|device| device.address.0 != direct.address);
        found
    }

    /// Says on a job in `ready` why it does not go on. It stays where it is.
    async fn wait_because(&self, printer: &Direct, job: &JobRow, fault: Fault) -> Result<(), Fault> {
        let same = self.store.job(&job.id).await.ok().and_then(|row| row.fault) == Some(fault.clone());
        if !same {
            let change = JobChange {
                detail: Some(fault.message.clone()),
                fault: Some(Some(fault.clone())),
                ..JobChange::default()
            };
            self.store.amend(&job.id, change, self.clock.wall()).await.map_err(|error| error.fault())?;
            self.tell_job(&job.id);
        }
        printer.live().trouble = Some(fault);
        self.tell(Change::Printer(printer.sn.to_string()));
        Ok(())
    }
}

impl Direct {
    pub(super) fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody wants to try again now: strangers may have changed their minds, too.
    pub(crate) fn nudge(&self) {
        self.live().strangers.clear();
        self.queue_news.notify_one();
    }
}

/// Whether a job may begin without its user: always when it was allowed, never when that was refused, and otherwise for
/// an hour.
pub(super) fn may_begin(core: &Core, job: &JobRow, waited: bool) -> bool {
    match job.starts_later {
        Some(true) => true,
        Some(false) => !waited,
        None => core.clock.wall().ahead_of(job.accepted_at) < STALE_MILLIS,
    }
}

/// Listens while a job waits for its printer, and wakes the queue when it is heard.
async fn lookout(core: Arc<Core>, printer: Arc<Direct>) {
    let mut waits = printer.waits.subscribe();
    loop {
        tokio::select! {
            waiting = waits.wait_for(|waits| *waits) => if waiting.is_err() { return },
            () = printer.stop.cancelled() => return,
        }
        // What was heard before does not say that it is back.
        let since = core.clock.now() + Duration::from_millis(1);
        let listening = core.nearby.air.listen();
        let mut news = core.nearby.air.heard.subscribe();
        // A printer that is gone has no task; a row that cannot be read is told by the queue.
        let row = core.store.printer(printer.sn.as_str()).await.ok();
        let direct = row.and_then(|row| row.direct).unwrap_or_default();
        loop {
            if !core.candidates(&printer, &direct, since).is_empty() {
                printer.waits.send_replace(false);
                printer.queue_news.notify_one();
                break;
            }
            tokio::select! {
                // The sender lives in `core`.
                _ = news.changed() => {}
                () = printer.stop.cancelled() => return,
            }
        }
        drop(listening);
    }
}

/// States in which nothing of a job has left.
pub(super) const BEFORE: [JobState; 1] = [JobState::Ready];
