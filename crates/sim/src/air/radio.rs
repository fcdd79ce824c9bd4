//! The air as a radio: what the app uses when it lives in a simulated world, and what fast tests use.

use super::Air;
use super::station::Opened;
use async_trait::async_trait;
#[cfg(target_os = "linux")]
use platen_model::At;
use platen_model::gatt::{GattEvent, GattFailure, GattRequest, Tree};
use platen_transport::{AdapterState, BleError, DeviceAddress, GattLink, Heard, Radio};
use std::sync::Arc;
use std::time::Duration;
#[cfg(target_os = "linux")]
use tokio::sync::oneshot;
use tokio::sync::{Mutex, mpsc, watch};

/// How often a device advertises.
const INTERVAL: Duration = Duration::from_millis(250);
/// Observations that wait for a slow listener.
const BACKLOG: usize = 64;
/// The longest value of an attribute.
const LONGEST: usize = 512;

#[async_trait]
impl Radio for Air {
    fn state(&self) -> watch::Receiver<AdapterState> {
        self.adapter()
    }

    async fn scan(&self) -> Result<mpsc::Receiver<Heard>, BleError> {
        self.usable()?;
        let (sender, heard) = mpsc::channel(BACKLOG);
        let air = self.clone();
        tokio::spawn(async move {
            let mut changed = air.changes();
            while air.usable().is_ok() {
                changed.borrow_and_update();
                for heard in air.heard() {
                    if sender.send(heard).await.is_err() {
                        return;
                    }
                }
                tokio::select! {
                    () = sender.closed() => return,
                    told = changed.changed() => if told.is_err() { return },
                    () = tokio::time::sleep(INTERVAL) => {}
                }
            }
        });
        Ok(heard)
    }

    async fn connect(&self, address: &DeviceAddress, within: Duration) -> Result<Arc<dyn GattLink>, BleError> {
        Ok(Arc::new(AirLink::new(self.open(address, within).await?)))
    }
}

/// A link through simulated air. Dropping it breaks it.
pub(super) struct AirLink {
    opened: Opened,
    up: Mutex<mpsc::UnboundedReceiver<GattEvent>>,
}

impl AirLink {
    pub(super) fn new(mut opened: Opened) -> Self {
        // The receiver stands apart, because two tasks share a link: one asks, one listens.
        let (_, closed) = mpsc::unbounded_channel();
        let up = Mutex::new(std::mem::replace(&mut opened.up, closed));
        Self { opened, up }
    }

    /// Puts a request into the queue at once. The receiver fails when the link breaks.
    #[cfg(target_os = "linux")]
    pub(super) fn begin(&self, request: GattRequest) -> oneshot::Receiver<GattEvent> {
        self.opened.station.begin(self.opened.link, request)
    }

    /// Stops listening.
    #[cfg(target_os = "linux")]
    pub(super) fn forget(&self, at: At) -> oneshot::Receiver<GattEvent> {
        self.opened.station.forget(self.opened.link, at)
    }

    fn impossible(&self, request: &GattRequest) -> bool {
        let row = |at| self.opened.tree.get(at).map(|row| row.properties);
        match request {
            GattRequest::Write { at, bytes, confirmed: true } => {
                !row(*at).is_some_and(|can| can.write) || bytes.len() > LONGEST
            }
            GattRequest::Write { at, bytes, confirmed: false } => {
                !row(*at).is_some_and(|can| can.write_without_response) || bytes.len() > self.opened.payload
            }
            GattRequest::Read { at } => !row(*at).is_some_and(|can| can.read),
            GattRequest::Subscribe { at } => !row(*at).is_some_and(|can| can.tells()),
        }
    }
}

impl Drop for AirLink {
    fn drop(&mut self) {
        self.opened.station.abandon(self.opened.link);
    }
}

#[async_trait]
impl GattLink for AirLink {
    fn tree(&self) -> &Tree {
        &self.opened.tree
    }

    fn payload(&self) -> usize {
        self.opened.payload
    }

    async fn request(&self, request: &GattRequest) -> GattEvent {
        if self.impossible(request) {
            return match request {
                GattRequest::Read { .. } => GattEvent::Value(Err(GattFailure::NotPossible)),
                _ => GattEvent::Written(Err(GattFailure::NotPossible)),
            };
        }
        self.opened.station.begin(self.opened.link, request.clone()).await.unwrap_or(GattEvent::Lost)
    }

    async fn next(&self) -> GattEvent {
        self.up.lock().await.recv().await.unwrap_or(GattEvent::Lost)
    }

    async fn disconnect(&self) -> Result<(), GattFailure> {
        // Closed means that there is no link any more, which is what was wanted.
        let _ = self.opened.station.leave(self.opened.link).await;
        Ok(())
    }
}
