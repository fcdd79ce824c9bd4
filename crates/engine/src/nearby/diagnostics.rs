//! *Diagnostics → Bluetooth*: the attribute table, raw reads and writes, live frames, recordings.
//!
//! A link that is opened here stays until it is closed, until the device hangs up, or until nobody has used it for ten
//! minutes; a job for the device waits for it. Deliberately absent: pairing, and anything that hides an answer.

use super::link::{Connected, Purpose};
use super::tape::Frame;
use crate::{Core, Engine};
use platen_model::gatt::{GattEvent, GattFailure, GattRequest, Tree};
use platen_model::transcript::uuid_text;
use platen_model::{At, Fault, Moment, Retry};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::AbortHandle;

/// A link that nobody uses is closed after this.
const IDLE: Duration = Duration::from_secs(600);
/// The most bytes of a raw write.
const MOST: usize = 512;
/// How many ended recordings are kept.
const RECORDINGS: usize = 8;

/// A link that somebody looks at.
pub(crate) struct Opened {
    connected: Connected,
    used: Arc<Mutex<Moment>>,
    /// Listens, so that notifications become frames and a lost link is noticed.
    pump: AbortHandle,
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.pump.abort();
    }
}

/// A recording that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Handle of its text.
    pub handle: String,
    /// How many steps it has.
    pub steps: usize,
}

impl Engine {
    /// The attribute table of a device; connects when nobody looks at it yet.
    ///
    /// # Errors
    /// Those of connecting.
    pub async fn gatt_tree(&self, id: &str) -> Result<Tree, Fault> {
        if let Some(opened) = self.core.nearby.opened.lock().await.get(id) {
            return Ok(opened.connected.link.tree().clone());
        }
        let connected = self.core.connect(id, Purpose::Look).await?;
        let tree = connected.link.tree().clone();
        connected.close().await;
        Ok(tree)
    }

    /// Opens a link to look at; one that is open stays.
    ///
    /// # Errors
    /// Those of connecting.
    pub async fn gatt_open(&self, id: &str) -> Result<Tree, Fault> {
        let core = &self.core;
        let mut opened = core.nearby.opened.lock().await;
        if let Some(known) = opened.get(id) {
            known.touch(core);
            return Ok(known.connected.link.tree().clone());
        }
        let connected = core.connect(id, Purpose::Look).await?;
        let tree = connected.link.tree().clone();
        let used = Arc::new(Mutex::new(core.clock.now()));
        let pump = core.tasks.spawn(pump(core.clone(), id.to_owned(), connected.link.clone(), used.clone()));
        opened.insert(id.to_owned(), Opened { connected, used, pump: pump.abort_handle() });
        Ok(tree)
    }

    /// Closes a link; one that is not open is no error.
    pub async fn gatt_close(&self, id: &str) {
        // Taken out first: hanging up may take a while, and others look meanwhile.
        let opened = self.core.nearby.opened.lock().await.remove(id);
        if let Some(mut opened) = opened {
            opened.pump.abort();
            opened.hang_up().await;
        }
    }

    /// Does one thing on an open link. The answer of a read.
    ///
    /// # Errors
    /// `gatt_not_open`, `gatt_too_long`, `gatt_failed`.
    pub async fn gatt_request(&self, id: &str, request: GattRequest) -> Result<Option<Vec<u8>>, Fault> {
        if matches!(&request, GattRequest::Write { bytes, .. } if bytes.len() > MOST) {
            return Err(Fault::new(
                "gatt_too_long",
                format!("A value has at most {MOST} bytes."),
                "Write it in pieces.",
            )
            .with_retry(Retry::No));
        }
        let link = {
            let opened = self.core.nearby.opened.lock().await;
            let opened = opened.get(id).ok_or_else(not_open)?;
            opened.touch(&self.core);
            opened.connected.link.clone()
        };
        match link.request(&request).await {
            GattEvent::Written(Ok(())) => Ok(None),
            GattEvent::Value(Ok(bytes)) => Ok(Some(bytes)),
            GattEvent::Written(Err(failure)) | GattEvent::Value(Err(failure)) => Err(super::not_done(&failure)),
            GattEvent::Lost | GattEvent::Notified { .. } => Err(super::not_done(&GattFailure::Lost)),
        }
    }

    /// The characteristic of a device that is named by its UUID alone.
    ///
    /// # Errors
    /// `gatt_not_open`, `characteristic_unknown`.
    pub async fn gatt_place(&self, id: &str, service: Option<&str>, characteristic: &str) -> Result<At, Fault> {
        let opened = self.core.nearby.opened.lock().await;
        let tree = opened.get(id).ok_or_else(not_open)?.connected.link.tree();
        let characteristic = characteristic.parse().map_err(|_| no_place(characteristic))?;
        let service = service.map(|text| text.parse().map_err(|_| no_place(text))).transpose()?;
        tree.characteristics
            .iter()
            .map(|row| row.at)
            .find(|at| at.characteristic == characteristic && service.is_none_or(|service| at.service == service))
            .ok_or_else(|| no_place(&uuid_text(characteristic)))
    }

    /// What went over the links of a device after a number, the oldest first, and whether a link is open to look at.
    pub async fn gatt_frames(&self, id: &str, after: u64) -> (Vec<Frame>, bool) {
        let opened = self.core.nearby.opened.lock().await;
        let open = opened.get(id).inspect(|opened| opened.touch(&self.core)).is_some();
        (self.core.nearby.tap_of(&self.core, id).after(after), open)
    }

    /// Begins to record everything that goes over the links of a device, whoever uses them.
    pub async fn trace_start(&self, id: &str) {
        let core = &self.core;
        let device = core.nearby.air.device(id);
        let mut header = Vec::new();
        if let Some(device) = device {
            // No address: a trace is sent to strangers.
            header.extend(device.advertisement.name.map(|name| ("device".to_owned(), clean(&name))));
            header.extend(device.recognised.family.map(|family| ("family".to_owned(), family)));
            header.extend(device.recognised.model.map(|model| ("model".to_owned(), model)));
        }
        core.nearby.tap_of(core, id).record(header);
    }

    /// Whether a device is being recorded.
    pub fn is_tracing(&self, id: &str) -> bool {
        self.core.nearby.tap_of(&self.core, id).is_recording()
    }

    /// Ends a recording.
    ///
    /// # Errors
    /// `trace_unknown` when nothing was recorded.
    pub fn trace_stop(&self, id: &str) -> Result<Recorded, Fault> {
        let core = &self.core;
        let transcript = core.nearby.tap_of(core, id).stop().ok_or_else(no_trace)?;
        let handle = crate::random_hex()?;
        let mut kept = core.nearby.recordings.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= RECORDINGS
            && let Some(oldest) = kept.keys().next().cloned()
        {
            kept.remove(&oldest);
        }
        let steps = transcript.steps.len();
        kept.insert(handle.clone(), transcript.write());
        Ok(Recorded { handle, steps })
    }

    /// The text of a recording.
    ///
    /// # Errors
    /// `trace_unknown`.
    pub fn trace_text(&self, handle: &str) -> Result<String, Fault> {
        let kept = self.core.nearby.recordings.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(handle).cloned().ok_or_else(no_trace)
    }
}

impl Opened {
    fn touch(&self, core: &Core) {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = core.clock.now();
    }

    async fn hang_up(&mut self) {
        if let Err(error) = self.connected.link.disconnect().await {
            // It is gone either way.
            tracing::debug!(%error, "a link did not end in order");
        }
    }
}

/// Listens until the link is lost, nobody uses it any more, or the engine ends.
async fn pump(core: Arc<Core>, id: String, link: Arc<dyn platen_transport::GattLink>, used: Arc<Mutex<Moment>>) {
    loop {
        let last = *used.lock().unwrap_or_else(PoisonError::into_inner);
        tokio::select! {
            event = link.next() => if event == GattEvent::Lost { break },
            () = core.clock.wait_until(last + IDLE) => {
                if core.clock.now().since(*used.lock().unwrap_or_else(PoisonError::into_inner)) >= IDLE {
                    break;
                }
            }
            () = core.stop.cancelled() => break,
        }
    }
    let opened = core.nearby.opened.lock().await.remove(&id);
    if let Some(mut opened) = opened {
        opened.hang_up().await;
    }
}

/// One line of what can be seen.
fn clean(name: &str) -> String {
    name.chars().filter(|letter| !platen_model::segment::is_invisible(*letter)).take(60).collect()
}

fn not_open() -> Fault {
    Fault::new("gatt_not_open", "No link to this device is open.", "Connect first.").with_retry(Retry::AfterRemedy)
}

fn no_place(text: &str) -> Fault {
    Fault::new(
        "characteristic_unknown",
        format!("The device has no characteristic '{}'.", text.escape_default()),
        "Choose one of the list.",
    )
    .with_retry(Retry::No)
}

fn no_trace() -> Fault {
    Fault::new("trace_unknown", "There is no such recording.", "Start a recording first.").with_retry(Retry::No)
}
