//! A bound printer at work.
//!
//! ```text
//! queue   ── document → PRN → handover ──▶ platform          one task: jobs in order, one at a time until `sent`
//! session ◀─ state, acks, events ── MQTT ── platform          one task: the broker
//! recovery ── what was not heard ── HTTP ──▶ platform         one task: look-ups, time-outs
//! tokens  ── login, single flight                             shared by all
//! ```
//!
//! The tasks begin when the printer is first needed and end with the engine or with unbinding. A printer that is reached
//! over Bluetooth has the same queue and another way: see [`direct`].

pub(crate) mod acks;
pub(crate) mod control;
pub(crate) mod direct;
mod handover;
mod live;
mod queue;
mod recovery;
mod session;
pub(crate) mod tokens;

pub use live::{LinkState, PrinterStatus, Problem};

use crate::{Change, Core, Engine};
use control::Controls;
use live::Live;
use platen_model::{Fault, HttpFailure, Serial};
use platen_protocol::cloud::{Owner, Profile};
use platen_store::{PrinterRow, StoreError};
use platen_transport::mqtt::MqttLink;
use platen_transport::{HttpConfig, HttpLink};
use std::sync::{Arc, Mutex, PoisonError};
use tokens::Tokens;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A printer that works.
pub(crate) struct Printer {
    pub(crate) sn: Serial,
    pub(crate) profile: Profile,
    pub(crate) ca: Option<String>,
    pub(crate) owner: Owner,
    pub(crate) http: HttpLink,
    pub(crate) tokens: Tokens,
    pub(crate) live: Mutex<Live>,
    pub(crate) controls: Controls,
    /// The link to the broker while it is ready.
    pub(crate) link: tokio::sync::watch::Sender<Option<MqttLink>>,
    /// Something in the queue may go on.
    pub(crate) queue_news: Notify,
    /// A job was handed to the platform, or was not: early acknowledgements fit now, or never will.
    pub(crate) sent_news: Notify,
    /// Messages were missed: what they told has to be asked for.
    pub(crate) fresh_news: Notify,
    /// The user wants to try again now.
    pub(crate) wake: Notify,
    pub(crate) stop: CancellationToken,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Core {
    /// The row of a bound printer.
    pub(crate) async fn printer_row(&self, sn: &str) -> Result<PrinterRow, Fault> {
        self.store.printer(sn).await.map_err(|error| match error {
            StoreError::UnknownPrinter => printer_unknown(sn),
            other => other.fault(),
        })
    }

    /// Lets a printer begin to work if it does not yet, and its queue look again.
    pub(crate) async fn nudge(self: &Arc<Self>, sn: &str) -> Result<(), Fault> {
        if self.printer_row(sn).await?.direct.is_none() {
            self.printer(sn).await?.queue_news.notify_one();
            return Ok(());
        }
        let _lifecycle = self.lifecycle.lock().await;
        self.begin_direct(sn)?.nudge();
        Ok(())
    }

    /// The same for a printer that works; one that does not is left alone.
    pub(crate) fn nudge_running(&self, sn: &str) {
        if let Some(printer) = self.running(sn) {
            printer.queue_news.notify_one();
        }
        if let Some(printer) = self.running_direct(sn) {
            printer.nudge();
        }
    }

    /// The printer at work; it begins if it did not yet.
    ///
    /// # Errors
    /// `not_cloud` for a printer that is reached over Bluetooth.
    pub(crate) async fn printer(self: &Arc<Self>, sn: &str) -> Result<Arc<Printer>, Fault> {
        let _lifecycle = self.lifecycle.lock().await;
        if let Some(printer) = self.running(sn) {
            return Ok(printer);
        }
        let row = self.printer_row(sn).await?;
        if row.direct.is_some() {
            return Err(not_cloud());
        }
        let (profile, ca, _) = self.profile_named(&row.profile).await?;
        let http = HttpLink::new(HttpConfig { ca_pem: ca.clone(), allow_plaintext: profile.http.allow_plaintext })
            .map_err(|error| error.fault())?;
        let printer = Arc::new(Printer {
            sn: segment(sn)?,
            owner: Owner { tenant_code: segment(&row.tenant)?, user_name: segment(&row.user)? },
            tokens: Tokens::new(sn),
            live: Mutex::new(Live::from_row(&row, &profile)),
            controls: Controls::default(),
            link: tokio::sync::watch::Sender::new(None),
            queue_news: Notify::new(),
            sent_news: Notify::new(),
            fresh_news: Notify::new(),
            wake: Notify::new(),
            stop: self.stop.child_token(),
            tasks: Mutex::new(Vec::new()),
            profile,
            ca,
            http,
        });
        self.printers.lock().unwrap_or_else(PoisonError::into_inner).insert(sn.to_owned(), printer.clone());
        for task in [
            self.tasks.spawn(session::run(self.clone(), printer.clone())),
            self.tasks.spawn(queue::run(self.clone(), printer.clone())),
            self.tasks.spawn(recovery::run(self.clone(), printer.clone())),
        ] {
            printer.tasks.lock().unwrap_or_else(PoisonError::into_inner).push(task);
        }
        Ok(printer)
    }

    /// The printer at work, if it has begun.
    pub(crate) fn running(&self, sn: &str) -> Option<Arc<Printer>> {
        self.printers.lock().unwrap_or_else(PoisonError::into_inner).get(sn).cloned()
    }

    /// Ends a printer's work and waits for it: two queues for one printer could send a job twice. Jobs stay where
    /// they are.
    pub(crate) async fn end_printer(&self, sn: &str) {
        let _lifecycle = self.lifecycle.lock().await;
        self.end_direct(sn).await;
        let Some(printer) = self.running(sn) else { return };
        printer.stop.cancel();
        let tasks = std::mem::take(&mut *printer.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(%sn, "a printer's task ended badly: {error}");
            }
        }
        self.printers.lock().unwrap_or_else(PoisonError::into_inner).remove(sn);
    }

    /// Lets the printers of a profile begin again with what the profile says now.
    pub(crate) async fn restart_printers_of(self: &Arc<Self>, profile: &str) {
        let rows = match self.store.printers().await {
            Ok(rows) => rows,
            Err(error) => return tracing::error!("printers could not be listed: {error}"),
        };
        for row in rows.into_iter().filter(|row| row.profile == profile) {
            if self.running(&row.sn).is_none() {
                continue;
            }
            self.end_printer(&row.sn).await;
            if let Err(fault) = self.printer(&row.sn).await {
                tracing::warn!(code = %fault.code, "a printer cannot go on: {}", fault.message);
            }
            self.tell(Change::Printer(row.sn));
        }
    }

    /// Every queue looks again.
    pub(crate) fn wake_queues(&self) {
        for printer in self.printers.lock().unwrap_or_else(PoisonError::into_inner).values() {
            printer.queue_news.notify_one();
        }
        for printer in self.directs.lock().unwrap_or_else(PoisonError::into_inner).values() {
            printer.queue_news.notify_one();
        }
    }
}

impl Engine {
    /// All bound printers, by name.
    pub async fn printers(&self) -> Result<Vec<PrinterStatus>, Fault> {
        let rows = self.core.store.printers().await.map_err(|error| error.fault())?;
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            all.push(self.core.status_of(row).await?);
        }
        all.sort_by(|a, b| (&a.row.name, &a.row.sn).cmp(&(&b.row.name, &b.row.sn)));
        Ok(all)
    }

    /// One bound printer.
    pub async fn printer(&self, sn: &str) -> Result<PrinterStatus, Fault> {
        let row = self.core.printer_row(sn).await?;
        self.core.status_of(row).await
    }

    /// Lets a bound printer begin to work, if it does not yet.
    pub async fn start_printer(&self, sn: &str) -> Result<(), Fault> {
        self.core.nudge(sn).await
    }

    /// Asks the platform, or the printer itself over Bluetooth, how it is, now.
    ///
    /// # Errors
    /// `printer_unknown`, `platform_unreachable`, `bind_again`, …
    pub async fn refresh_printer(&self, sn: &str) -> Result<PrinterStatus, Fault> {
        if self.core.printer_row(sn).await?.direct.is_some() {
            self.ask_printer(sn).await?;
            self.core.nudge_running(sn);
            return self.printer(sn).await;
        }
        let printer = self.core.printer(sn).await?;
        printer.wake.notify_one();
        session::fetch_state(&self.core, &printer).await?;
        self.printer(sn).await
    }

    /// Changes what the user calls a printer and which model it is.
    ///
    /// # Errors
    /// `printer_unknown`, `model_unknown`, `name_invalid`.
    pub async fn change_printer(
        &self,
        sn: &str,
        name: Option<String>,
        model: Option<String>,
    ) -> Result<PrinterStatus, Fault> {
        let mut row = self.core.printer_row(sn).await?;
        if let Some(name) = name {
            row.name = checked_name(&name)?;
        }
        if let Some(model) = model {
            row.model = self.core.checked_model(&model)?.id.clone();
        }
        self.core.store.save_printer(&row).await.map_err(|error| error.fault())?;
        self.core.tell(Change::Printer(sn.to_owned()));
        self.printer(sn).await
    }
}

/// A name that a person gave: shown as text, so only what can be seen is kept.
pub(crate) fn checked_name(name: &str) -> Result<String, Fault> {
    let clean = platen_model::segment::visible(name, 60);
    if clean.is_empty() {
        return Err(Fault::new("name_invalid", "The name is empty.", "Type a name."));
    }
    Ok(clean)
}

fn not_cloud() -> Fault {
    Fault::new(
        "not_cloud",
        "This printer is reached over Bluetooth, not through the cloud platform.",
        "Use what its page offers.",
    )
    .with_retry(platen_model::Retry::No)
}

pub(crate) fn printer_unknown(sn: &str) -> Fault {
    Fault::new(
        "printer_unknown",
        format!("No printer with the serial number '{}' is bound here.", sn.escape_default()),
        "Look at the list of printers, or add this one.",
    )
}

/// A serial number or owner name as a checked topic level.
pub(crate) fn segment(text: &str) -> Result<Serial, Fault> {
    Serial::new(text).map_err(|error| {
        Fault::new(
            "name_refused",
            format!("This name cannot be used with a printer: {error}."),
            "Check the serial number on the printer's label and the names in the profile.",
        )
    })
}

/// An HTTP failure as a fault, where no machine gives a better one.
pub(crate) fn unreachable(failure: &HttpFailure) -> Fault {
    Fault::new(
        "platform_unreachable",
        format!("The platform did not answer: {failure}."),
        "Check the network and try again.",
    )
    .with_retry(platen_model::Retry::Later)
}
