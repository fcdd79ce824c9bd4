//! Connecting: find by sighting, three tries of ten seconds, one user of a device at a time.
//!
//! Source: item 1 of the Bluetooth issue ("3 × 10 s, the first silent": many printers ignore the first try after they
//! woke up). Deliberately absent: what is said on the link, and what a lost one means for a job.

use super::Nearby;
use super::air::Device;
use super::tape::{Tap, Tapped};
use crate::Core;
use platen_model::{Fault, Retry};
use platen_transport::{BleError, GattLink};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;

/// How often a connection is tried.
const TRIES: u32 = 3;
/// How long a try may take.
const TRY: Duration = Duration::from_secs(10);
/// How long a device that was not heard yet is listened for.
pub(crate) const SEARCH: Duration = Duration::from_secs(10);

/// A connected device, ours alone until this is dropped.
pub(crate) struct Connected {
    pub(crate) link: Arc<dyn GattLink>,
    /// Its frames.
    pub(crate) tap: Arc<Tap>,
    _lease: OwnedMutexGuard<()>,
}

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A question or diagnostics: somebody else's link is in the way.
    Look,
    /// A job: it waits until the device is free.
    Print,
    /// A set-up: nothing that goes over it is kept.
    Setup,
}

impl Core {
    /// The device, listened for when it was not heard yet.
    ///
    /// # Errors
    /// `device_unknown`, and why Bluetooth cannot be used.
    pub(crate) async fn find_device(&self, id: &str, within: Duration) -> Result<Device, Fault> {
        self.own_models();
        let nearby = &self.nearby;
        if !is_on_air(id) {
            return Err(device_unknown(id));
        }
        let _listening = nearby.air.listen();
        let mut news = nearby.air.version.subscribe();
        let due = self.clock.wait_until(self.clock.now() + within);
        tokio::pin!(due);
        loop {
            news.mark_unchanged();
            if let Some(device) = nearby.air.device(id) {
                return Ok(device);
            }
            if let (_, Some(error)) = nearby.air.trouble() {
                return Err(error.fault());
            }
            tokio::select! {
                // The sender lives in `nearby`.
                _ = news.changed() => {}
                () = &mut due => return Err(device_unknown(id)),
            }
        }
    }

    /// Connects to a device that is near.
    ///
    /// # Errors
    /// `ble_busy`, `device_unknown`, and those of [`BleError`].
    pub(crate) async fn connect(&self, id: &str, purpose: Purpose) -> Result<Connected, Fault> {
        let nearby = &self.nearby;
        let mutex = nearby.lease_of(id);
        let lease = match purpose {
            Purpose::Print => mutex.lock_owned().await,
            Purpose::Look | Purpose::Setup => mutex.try_lock_owned().map_err(|_| busy())?,
        };
        let device = self.find_device(id, SEARCH).await?;
        let post = nearby.air.post_of(&device).ok_or_else(|| device_unknown(id))?;
        let tap = nearby.tap_of(self, id);
        tap.speaks(device.recognised.family.as_deref());
        let _hush = nearby.air.hush();
        let mut left = TRIES;
        loop {
            left -= 1;
            match post.radio.connect(&device.address, TRY).await {
                Ok(inner) => {
                    let link = Arc::new(Tapped { inner, tap: tap.clone(), secret: purpose == Purpose::Setup });
                    return Ok(Connected { link, tap, _lease: lease });
                }
                // The system's own state does not change by asking again.
                Err(error @ (BleError::Off | BleError::Denied | BleError::None)) => return Err(error.fault()),
                Err(error) if left == 0 => return Err(error.fault()),
                Err(error) => {
                    if left + 1 < TRIES {
                        tracing::info!(%error, left, "a connection failed");
                    }
                }
            }
        }
    }
}

impl Connected {
    /// Hangs up.
    pub(crate) async fn close(self) {
        if let Err(error) = self.link.disconnect().await {
            // It is gone either way.
            tracing::debug!(%error, "a link did not end in order");
        }
    }
}

/// Whether an id names a Bluetooth device, and neither a cable nor a printer's own network.
fn is_on_air(id: &str) -> bool {
    ![super::ports::PREFIX, super::setup::ACCESS_POINT].iter().any(|prefix| id.starts_with(prefix))
}

impl Nearby {
    pub(super) fn lease_of(&self, id: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut leases = self.leases.lock().unwrap_or_else(PoisonError::into_inner);
        leases.retain(|_, lease| Arc::strong_count(lease) > 1);
        leases.entry(id.to_owned()).or_default().clone()
    }
}

pub(crate) fn device_unknown(id: &str) -> Fault {
    Fault::new(
        "device_unknown",
        format!("No device '{}' is near.", id.escape_default()),
        "Switch it on, bring it within a few metres, and look at the list again.",
    )
    .with_retry(Retry::Later)
}

fn busy() -> Fault {
    Fault::new(
        "ble_busy",
        "This device is in use: a job, a set-up or the diagnostics are connected to it.",
        "Wait until that is done, or end it.",
    )
    .with_retry(Retry::Later)
}
