//! Jobs that were handed over and of which nothing is heard.
//!
//! Acknowledgements can be lost with a broker; the platform knows better. A silent job is looked up, and when even the
//! platform cannot say, it becomes `uncertain` after the profile's time-out: never failed, never sent again.
//! A task of its own: a platform that is slow to answer must not keep messages waiting.

use super::acks::{self, Step};
use super::{Printer, session};
use crate::runner::{self, Links};
use crate::{Change, Core};
use platen_model::{Fault, JobId, JobState, Moment, Secret};
use platen_protocol::cloud::machines::{JobLookUp, LookUpFailure, LookUpJob};
use platen_protocol::cloud::shapes::JobItem;
use platen_store::{JobChange, JobRow};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// A sent job of which nothing was heard for so long is looked up.
const QUIET_JOB: Duration = Duration::from_secs(15);
/// A printer of which nothing was heard for so long is asked for over HTTP.
const QUIET_PRINTER: Duration = Duration::from_secs(20);

/// How often silence and time-outs are looked at.
const CHECK: Duration = Duration::from_secs(5);

pub(crate) async fn run(core: Arc<Core>, printer: Arc<Printer>) {
    let mut watch = Watch::default();
    loop {
        tokio::select! {
            () = printer.stop.cancelled() => return,
            () = printer.fresh_news.notified() => {
                ask_for_state(&core, &printer).await;
                watch.look_at_jobs(&core, &printer, Duration::ZERO).await;
            }
            () = core.clock.wait_until(core.clock.now() + CHECK) => {
                watch.ask_after_silence(&core, &printer).await;
                watch.look_at_jobs(&core, &printer, QUIET_JOB).await;
            }
        }
    }
}

async fn ask_for_state(core: &Arc<Core>, printer: &Arc<Printer>) {
    if let Err(fault) = session::fetch_state(core, printer).await {
        tracing::info!(sn = %printer.sn, code = %fault.code, "the state could not be fetched: {}", fault.message);
    }
}

/// What is remembered about silence.
#[derive(Default)]
struct Watch {
    jobs: BTreeMap<JobId, Seen>,
    asked: Option<Moment>,
}

struct Seen {
    changed: i64,
    heard: Moment,
    looked: Moment,
}

impl Watch {
    async fn ask_after_silence(&mut self, core: &Arc<Core>, printer: &Arc<Printer>) {
        let now = core.clock.now();
        let heard = printer.live.lock().unwrap_or_else(PoisonError::into_inner).heard_at;
        let silent = heard.is_none_or(|heard| now.since(heard) >= QUIET_PRINTER);
        if !silent || self.asked.is_some_and(|asked| now.since(asked) < QUIET_PRINTER) {
            return;
        }
        self.asked = Some(now);
        // What it said so long ago must not outweigh what the platform knows by now.
        printer.live.lock().unwrap_or_else(PoisonError::into_inner).known.forget_live();
        ask_for_state(core, printer).await;
    }

    async fn look_at_jobs(&mut self, core: &Arc<Core>, printer: &Arc<Printer>, quiet: Duration) {
        let open = match core.store.open_jobs().await {
            Ok(open) => open,
            Err(error) => return tracing::error!("open jobs could not be read: {error}"),
        };
        let sent: Vec<_> = open
            .into_iter()
            .filter(|job| {
                job.printer == printer.sn.as_str() && matches!(job.state, JobState::Sent | JobState::Uncertain)
            })
            .collect();
        self.jobs.retain(|id, _| sent.iter().any(|job| job.id == *id));
        for job in sent {
            if let Err(fault) = self.look_at(core, printer, &job, quiet).await {
                tracing::info!(job = %job.id, code = %fault.code, "a job could not be looked up: {}", fault.message);
            }
        }
    }

    async fn look_at(
        &mut self,
        core: &Arc<Core>,
        printer: &Arc<Printer>,
        job: &JobRow,
        quiet: Duration,
    ) -> Result<(), Fault> {
        let now = core.clock.now();
        let changed = job.changed_at.as_millis();
        let seen = self.jobs.entry(job.id.clone()).or_insert(Seen { changed, heard: now, looked: now });
        if seen.changed != changed {
            *seen = Seen { changed, heard: now, looked: now };
        }
        if now.since(seen.heard) >= quiet && (quiet.is_zero() || now.since(seen.looked) >= quiet) {
            seen.looked = now;
            if let Ok(Some(found)) = look_up(core, printer, job).await {
                // The platform still has it: that is as good as being heard.
                seen.heard = now;
                let literal = found.status.unwrap_or_default();
                let meaning = printer.profile.jobs.status.read(&literal, &found.codes);
                let is_news = job.state == JobState::Uncertain || meaning.status.is_final() || job.detail != literal;
                if literal.is_empty() || !is_news {
                    return Ok(());
                }
                let key = format!("look-up {} {changed} {literal}", job.id);
                let step = Step {
                    status: meaning.status,
                    progress: None,
                    detail: literal,
                    codes: found.codes,
                    platform_job: found.job_id,
                };
                // Only where it was: meanwhile the user may have decided to print it again.
                return acks::apply(core, printer.sn.as_str(), &key, job, &[job.state], &step).await;
            }
        }
        let limit = printer.profile.jobs.ack_timeout;
        if job.state == JobState::Sent && now.since(seen.heard) >= limit {
            let fault = uncertain("Nothing was heard of this job for too long.");
            let change = JobChange { fault: Some(Some(fault)), ..JobChange::default() };
            core.advance(&job.id, &[JobState::Sent], JobState::Uncertain, change).await?;
            core.tell(Change::Printer(printer.sn.to_string()));
        }
        Ok(())
    }
}

/// Asks the platform for a job by our reference. `None`: it has no such job, or offers no look-up.
pub(crate) async fn look_up(core: &Arc<Core>, printer: &Arc<Printer>, job: &JobRow) -> Result<Option<JobItem>, Fault> {
    if printer.profile.http.paths.job_list.is_none() {
        return Ok(None);
    }
    let client_ref = job.client_ref.clone().unwrap_or_else(|| job.id.to_string());
    let token = printer.tokens.token(core, printer).await?;
    let found = match ask_job(core, printer, &token, &client_ref).await {
        Err(LookUpFailure::TokenRefused(_)) => {
            let fresh = printer.tokens.renewed(core, printer, &token).await?;
            ask_job(core, printer, &fresh, &client_ref).await
        }
        other => other,
    };
    let found = found.map_err(|failure| failure.fault())?;
    Ok(match found {
        JobLookUp::Found(item) => Some(item),
        JobLookUp::Absent => None,
    })
}

async fn ask_job(
    core: &Core,
    printer: &Printer,
    token: &Secret<String>,
    client_ref: &str,
) -> Result<JobLookUp, LookUpFailure> {
    let machine = LookUpJob::new(&printer.profile, token, &printer.sn, client_ref);
    let links = Links::http(&printer.http, core.clock.as_ref(), &printer.stop);
    runner::run(machine, links, None, |_| (), |_| ()).await
}

/// The fault that an uncertain job carries.
pub(crate) fn uncertain(why: &str) -> Fault {
    Fault::new(
        "job_uncertain",
        format!("{why} It may be on paper."),
        "Look at the paper, then say whether to print it again.",
    )
}
