//! A machine without Bluetooth.

use async_trait::async_trait;
use platen_transport::{AdapterState, BleError, DeviceAddress, GattLink, Heard, Radio};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// The radio of a machine that has none.
pub(crate) struct NoRadio(watch::Sender<AdapterState>);

impl NoRadio {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(AdapterState::None))
    }
}

#[async_trait]
impl Radio for NoRadio {
    fn state(&self) -> watch::Receiver<AdapterState> {
        self.0.subscribe()
    }

    async fn scan(&self) -> Result<mpsc::Receiver<Heard>, BleError> {
        Err(BleError::None)
    }

    async fn connect(&self, _: &DeviceAddress, _: Duration) -> Result<Arc<dyn GattLink>, BleError> {
        Err(BleError::None)
    }
}
