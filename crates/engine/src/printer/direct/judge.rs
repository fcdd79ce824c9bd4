//! What a broken link means for a job (JD, the row of Bluetooth).
//!
//! | Bytes of a page handed over | Printer | Job |
//! |---|---|---|
//! | none | any | `ready`: it is sent again |
//! | some | counter moved by exactly this job | `done`, "by counter" |
//! | some | no counter, or it moved otherwise, or the printer does not come back | `uncertain`, "about x %" |
//!
//! Printers print while they receive, so bytes that were handed over count as acknowledged: "0 bytes acknowledged" is
//! read in the strict way. A job is sent again only by [`super::send`], which asks first and waits while it is busy.

use super::Direct;
use super::send::{Met, about, done};
use crate::printer::acks::copies_of;
use crate::printer::queue::Next;
use crate::printer::recovery::uncertain;
use crate::{Change, Core};
use platen_model::{Fault, JobState, Moment};
use platen_store::{Carried, JobChange, JobRow};
use std::sync::Arc;
use std::time::Duration;

/// How long a printer is waited for after a link broke while its counter could still tell.
const COMES_BACK: Duration = Duration::from_secs(60);
/// How long a page that a printer has got may still come out although it does not say that it is busy.
const PAPER: Duration = Duration::from_secs(10);
/// A printer that is busy with what it got is asked again after this.
const BUSY: Duration = Duration::from_millis(500);

impl Direct {
    /// Decides about a job in `sending` whose link broke.
    pub(super) async fn after_a_break(
        &self,
        core: &Arc<Core>,
        job: &JobRow,
        carried: Carried,
        why: &str,
    ) -> Result<Next, Fault> {
        let from = [JobState::Sending];
        if !carried.left {
            // Nothing of a page has left: nothing can be on paper.
            let change = JobChange {
                carried: Some(Carried::default()),
                detail: Some(format!("{why} Nothing was printed; it is sent again.")),
                ..JobChange::default()
            };
            core.try_advance(&job.id, &from, JobState::Ready, change).await?;
            // A printer that hangs up each time before it takes anything gets a pause.
            return Ok(if job.attempt < 3 { Next::Go } else { Next::Pause });
        }
        let pages = core.store.job(&job.id).await.map_err(|error| error.fault())?.pages;
        let expected = pages.and_then(|pages| pages.checked_mul(copies_of(job)));
        if let (Some(before), Some(expected)) = (carried.counter_before, expected)
            && let Some(now) = self.counter(core, before).await?
            && expected > 0
            && now.wrapping_sub(before) == expected
        {
            return done(core, &job.id, carried, "The printer's own counter says that it is printed (by counter).")
                .await;
        }
        let known = core.store.job(&job.id).await.map_err(|error| error.fault())?.progress;
        let share = known.unwrap_or(0.0).max(about(carried, None));
        let percent = (share * 100.0).round();
        let change = JobChange {
            fault: Some(Some(uncertain(&format!("{why} About {percent} % had been sent.")))),
            progress: Some(share),
            carried: Some(carried),
            ..JobChange::default()
        };
        core.try_advance(&job.id, &from, JobState::Uncertain, change).await?;
        core.tell(Change::Printer(self.sn.to_string()));
        Ok(Next::Go)
    }

    /// The printer's counter once it has moved away from `before` or nothing can come out any more; `None` when it tells
    /// none or does not come back.
    async fn counter(&self, core: &Arc<Core>, before: u32) -> Result<Option<u32>, Fault> {
        let row = core.printer_row(self.sn.as_str()).await?;
        let give_up = core.clock.now() + COMES_BACK;
        loop {
            match self.meet(core, &row).await {
                Ok(met) => {
                    if let Some(told) = self.watched(core, met, before, give_up).await {
                        return Ok(told);
                    }
                }
                Err(fault) => {
                    tracing::info!(code = %fault.code, "the printer did not come back yet: {}", fault.message)
                }
            }
            if core.clock.now() >= give_up {
                return Ok(None);
            }
            core.clock.wait_until(core.clock.now() + BUSY).await;
        }
    }

    /// Looks at the counter of a printer that came back; nothing when it stopped answering.
    async fn watched(&self, core: &Core, mut met: Met, before: u32, give_up: Moment) -> Option<Option<u32>> {
        let mut idle_since = None;
        let told = loop {
            let (now, busy) = (core.clock.now(), met.told.busy == Some(true));
            let since = *idle_since.get_or_insert(now);
            let over = met.told.counter != Some(before) || now >= since + PAPER;
            if busy {
                idle_since = None;
            } else if over {
                break Some(met.told.counter);
            }
            if now >= give_up {
                break Some(None);
            }
            core.clock.wait_until(now + BUSY).await;
            match core.ask_over(&met.connected, &met.model).await {
                Ok(told) => met.told = told,
                Err(fault) => {
                    tracing::info!(code = %fault.code, "the printer stopped answering: {}", fault.message);
                    break None;
                }
            }
        };
        met.connected.close().await;
        told
    }
}
