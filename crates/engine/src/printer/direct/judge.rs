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
use super::send::{about, done};
use crate::printer::acks::copies_of;
use crate::printer::queue::Next;
use crate::printer::recovery::uncertain;
use crate::{Change, Core};
use platen_model::{Fault, JobState};
use platen_store::{Carried, JobChange, JobRow};
use std::sync::Arc;
use std::time::Duration;

/// How long a printer is waited for after a link broke while its counter could still tell.
const COMES_BACK: Duration = Duration::from_secs(60);
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
            && let Some(now) = self.counter(core).await?
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

    /// The printer's counter once it is idle again; `None` when it tells none or does not come back.
    async fn counter(&self, core: &Arc<Core>) -> Result<Option<u32>, Fault> {
        let row = core.printer_row(self.sn.as_str()).await?;
        let give_up = core.clock.now() + COMES_BACK;
        loop {
            match self.meet(core, &row).await {
                Ok(mut met) => {
                    while met.told.busy == Some(true) && core.clock.now() < give_up {
                        core.clock.wait_until(core.clock.now() + BUSY).await;
                        match core.ask_over(&met.connected, &met.model).await {
                            Ok(told) => met.told = told,
                            Err(fault) => {
                                tracing::info!(code = %fault.code, "the printer stopped answering: {}", fault.message);
                                break;
                            }
                        }
                    }
                    let (told, busy) = (met.told.counter, met.told.busy == Some(true));
                    met.connected.close().await;
                    if !busy || core.clock.now() >= give_up {
                        return Ok(told.filter(|_| !busy));
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
}
