//! Handing a job over to the cloud platform, and looking one up there.

use super::Printer;
use super::queue::{Next, Way, options_of};
use super::recovery::uncertain;
use crate::runner::{self, Links, Wire};
use crate::{Change, Core};
use async_trait::async_trait;
use platen_model::{Fault, JobId, JobState, Retry, Secret, Serial};
use platen_printers::package;
use platen_protocol::cloud::machines::{Resume, SendFailure, SendJob, SendOutcome};
use platen_protocol::cloud::shapes::{Compression, Content, NewJob};
use platen_store::{JobChange, JobRow, crash};
use std::fs::File;
use std::io::BufWriter;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

#[async_trait]
impl Way for Printer {
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
        let next = send(core, self, job).await;
        // However it ended: nobody waits for it any more.
        self.sent_news.notify_one();
        next
    }

    async fn recover(&self, core: &Arc<Core>, job: &JobRow) -> Result<Next, Fault> {
        let next = recover(core, self, job).await;
        self.sent_news.notify_one();
        next
    }
}

async fn send(core: &Arc<Core>, printer: &Printer, job: &JobRow) -> Result<Next, Fault> {
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
    // From the moment at which the job says `sending`, somebody hears a cancel.
    let cancel = core.sends.begin(&job.id);
    if !core.try_advance(&job.id, &[JobState::Ready], JobState::Sending, change).await? {
        core.sends.end(&job.id);
        return Ok(Next::Go);
    }
    crash::point("send.intent_committed");
    let machine = SendJob::new(&printer.profile, &token, &printer.sn, Arc::new(order));
    carry_out(core, printer, &job.id, &token, machine, &cancel).await
}

/// A job found in `sending`: the process that sent it died, or the platform could not be asked yet.
async fn recover(core: &Arc<Core>, printer: &Printer, job: &JobRow) -> Result<Next, Fault> {
    let cancel = core.sends.begin(&job.id);
    if printer.profile.http.paths.job_list.is_none() {
        let change = JobChange {
            fault: Some(Some(uncertain("The program stopped while it was sending."))),
            ..JobChange::default()
        };
        // Nobody can answer a cancel that was asked for: the user decides.
        core.sends.end(&job.id);
        core.try_advance(&job.id, &[JobState::Sending], JobState::Uncertain, change).await?;
        core.tell(Change::Printer(printer.sn.to_string()));
        return Ok(Next::Go);
    }
    let prepared = async {
        let Some(token) = token(core, printer, job).await? else { return Ok(None) };
        Ok::<_, Fault>(Some((token, order(core, job).await?)))
    };
    let (token, order) = match prepared.await {
        Ok(Some(prepared)) => prepared,
        waits => {
            core.sends.interrupt(&job.id);
            return waits.map(|_| Next::Pause);
        }
    };
    let machine = SendJob::recover(&printer.profile, &token, &printer.sn, Arc::new(order));
    carry_out(core, printer, &job.id, &token, machine, &cancel).await
}

async fn carry_out(
    core: &Arc<Core>,
    printer: &Printer,
    id: &JobId,
    token: &Secret<String>,
    machine: SendJob,
    cancel: &CancellationToken,
) -> Result<Next, Fault> {
    let links = Links::http(&printer.http, core.clock.as_ref(), cancel);
    let dialogue = runner::run(
        machine,
        links,
        None,
        |_| (),
        |wire| match wire {
            Wire::RequestSent => crash::point("send.request_sent"),
            Wire::BodySent { sent, total } => {
                if core.sends.note(id, sent, total) {
                    core.tell_job(id);
                }
            }
            Wire::ResponseReceived => crash::point("send.response_received"),
        },
    );
    let result = tokio::select! {
        result = dialogue => Some(result),
        () = printer.stop.cancelled() => None,
    };
    match &result {
        None | Some(Err(SendFailure::TokenRefused { resume: Resume::LookUp { .. }, .. })) => core.sends.interrupt(id),
        _ => core.sends.end(id),
    }
    // The printer is stopping: the job stays in `sending` and is looked up by whoever takes it up.
    let Some(result) = result else { return Ok(Next::Go) };
    if let Err(error) = core.store.forget_package(id).await {
        // It goes with the folder of the job.
        tracing::debug!(%error, "a package was left behind");
    }
    let from = [JobState::Sending];
    // The machine hears a cancel as long as it runs; this one came between its last word and here.
    let cancelled = cancel.is_cancelled();
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
                let to = if cancelled { JobState::Cancelled } else { JobState::Ready };
                core.try_advance(id, &from, to, JobChange::default()).await?;
            }
            Ok(Next::Go)
        }
        // Provably not there: the job may wait and try again.
        Err(failure) if failure.fault().retry == Retry::Later && cancelled => {
            core.try_advance(id, &from, JobState::Cancelled, JobChange::default()).await?;
            Ok(Next::Go)
        }
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

/// What the platform is asked to print. The reference stays the same until the user asks for another print. The bytes
/// stay on the disk: a platform that wants length and hash first gets them from a file, not from memory.
async fn order(core: &Core, job: &JobRow) -> Result<NewJob, Fault> {
    let options = options_of(job)?;
    let row = core.printer_row(&job.printer).await?;
    let model = core.model_of(&row)?;
    let protocol = platen_printers::family(model.family).map_or("", |family| family.prn_protocol());
    let (plain, zipped) = (core.store.prn_path(&job.id), core.store.package_path(&job.id));
    let mut prn = core.store.open_prn(&job.id).await.map_err(|error| error.fault())?;
    // Under a name of its own until it is whole: a run that was stopped may still be writing.
    let (fresh, to) = (zipped.with_extension(crate::random_hex()?), zipped.clone());
    let packed = tokio::task::spawn_blocking(move || {
        let packed = package::pack_to(&mut prn, &mut BufWriter::new(File::create(&fresh)?))?;
        std::fs::rename(fresh, to)?;
        Ok(packed)
    });
    let packed = packed.await.unwrap_or_else(|stopped| Err(std::io::Error::from(stopped))).map_err(|error| {
        Fault::new("package_failed", format!("The print data could not be packed: {error}."), "Try again.")
    })?;
    let (sum, compression) = packed.smaller();
    let (path, compression) = match compression {
        package::Compression::None => (plain, Compression::None),
        package::Compression::Gzip => (zipped, Compression::Gzip),
    };
    Ok(NewJob {
        client_ref: job.client_ref.clone().unwrap_or_else(|| job.id.to_string()),
        title: job.title.clone(),
        file_type: "prn".to_owned(),
        prn_protocol: Some(protocol.to_owned()),
        compression,
        content: Content::Stored { path, size: sum.size, hash: sum.sha256.clone() },
        copies: super::acks::copies_asked(&options),
    })
}
