//! Connecting with patience, and parting with care, over any radio.
//!
//! Source: the "bounded retries (3 × 10 s, the first silent)" and the measurement that hanging up right after the
//! last write loses what is queued: a link is left in an orderly way only after the device's own word or an answered
//! request.

use super::{BleError, DeviceAddress, GattLink, Radio};
use async_trait::async_trait;
use platen_model::gatt::{GattEvent, GattFailure, GattRequest, Tree};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How long each try may take.
pub const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// What is waited before each try.
const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_millis(500), Duration::from_millis(1500)];

/// Connects: three tries of ten seconds. `retrying` is told why before each further try is made, except the first of
/// them, which is silent: one failed try is ordinary.
///
/// # Errors
/// Of the last try; at once when Bluetooth itself cannot be used.
pub async fn connect_patiently(
    radio: &dyn Radio,
    address: &DeviceAddress,
    mut retrying: impl FnMut(usize, &BleError) + Send,
) -> Result<Arc<CarefulLink>, BleError> {
    let mut last = BleError::NotInRange;
    for (tries, pause) in PAUSES.into_iter().enumerate() {
        if tries > 1 {
            retrying(tries, &last);
        }
        tokio::time::sleep(pause).await;
        match radio.connect(address, CONNECT_WITHIN).await {
            Ok(link) => return Ok(Arc::new(CarefulLink::new(link))),
            Err(error @ (BleError::Off | BleError::Denied | BleError::None)) => return Err(error),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// A link that knows how many bytes may still stand in the system's queue.
pub struct CarefulLink {
    link: Arc<dyn GattLink>,
    unsettled: AtomicUsize,
}

impl CarefulLink {
    /// Watches over a link.
    pub fn new(link: Arc<dyn GattLink>) -> Self {
        Self { link, unsettled: AtomicUsize::new(0) }
    }

    /// Bytes that were written without response since the device last answered a request: they may not have left yet.
    pub fn unsettled(&self) -> usize {
        self.unsettled.load(Ordering::SeqCst)
    }

    /// The device said by itself that it has everything, for example that the page is printed.
    pub fn settle(&self) {
        self.unsettled.store(0, Ordering::SeqCst);
    }
}

#[async_trait]
impl GattLink for CarefulLink {
    fn tree(&self) -> &Tree {
        self.link.tree()
    }

    fn payload(&self) -> usize {
        self.link.payload()
    }

    async fn request(&self, request: &GattRequest) -> GattEvent {
        let queued = match request {
            GattRequest::Write { bytes, confirmed: false, .. } => bytes.len(),
            _ => 0,
        };
        let before = self.unsettled();
        let event = self.link.request(request).await;
        match &event {
            GattEvent::Written(Ok(())) if queued > 0 => {
                self.unsettled.fetch_add(queued, Ordering::SeqCst);
            }
            // A link keeps its order: the device has everything that was written before what it answers. A
            // subscription may have been answered on this side.
            GattEvent::Written(Ok(())) if !matches!(request, GattRequest::Subscribe { .. }) => {
                self.unsettled.fetch_sub(before, Ordering::SeqCst);
            }
            GattEvent::Value(Ok(_)) => {
                self.unsettled.fetch_sub(before, Ordering::SeqCst);
            }
            GattEvent::Lost => self.settle(),
            _ => {}
        }
        event
    }

    async fn next(&self) -> GattEvent {
        self.link.next().await
    }

    /// Hangs up once nothing can be lost by it. Where bytes may still be queued any value is read first, because its
    /// answer comes after them.
    ///
    /// # Errors
    /// Of the link; [`GattFailure::NotPossible`] when bytes may be queued and the device has nothing to ask: then only
    /// its own word helps ([`CarefulLink::settle`]), and the link stays.
    async fn disconnect(&self) -> Result<(), GattFailure> {
        if self.unsettled() > 0 {
            let readable = self.link.tree().characteristics.iter().find(|row| row.properties.read);
            let at = readable.map(|row| row.at).ok_or(GattFailure::NotPossible)?;
            match self.request(&GattRequest::Read { at }).await {
                // A refusal is an answer too.
                GattEvent::Value(Ok(_) | Err(GattFailure::Refused { .. })) | GattEvent::Lost => {}
                GattEvent::Value(Err(failure)) => return Err(failure),
                _ => {}
            }
        }
        self.link.disconnect().await
    }
}
