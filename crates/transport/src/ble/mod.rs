//! Bluetooth Low Energy: one trait for the radio and one for a link, so that real air and simulated air look the same.
//!
//! Source: promises BL-1 to BL-3, the Bluetooth part of the stack notes, section 2.0 of the family facts. A radio scans
//! unfiltered, because cheap printers advertise no service; who matches is the engine. An address names a device only
//! towards this radio and only while the program runs.
//!
//! Deliberately absent: pairing (no common interface offers it), what the bytes mean, when to try again after a job has
//! begun.

mod patience;
mod sightings;
mod system;

pub use patience::{CONNECT_WITHIN, CarefulLink, connect_patiently};
pub use sightings::{GONE_AFTER, NearDevice, NearDevices};
pub use system::SystemRadio;

use async_trait::async_trait;
use platen_model::gatt::{Advertisement, GattEvent, GattFailure, GattRequest, Tree};
use platen_model::{Fault, Retry};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// How this radio names a device. Means nothing to another radio, nor after a restart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceAddress(pub String);

impl fmt::Display for DeviceAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Whether Bluetooth can be used, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdapterState {
    /// Not asked yet.
    Unknown,
    /// Ready.
    On,
    /// Switched off.
    Off,
    /// This program may not use it.
    Denied,
    /// The machine has no Bluetooth, or its service does not run.
    None,
}

/// One observation of one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Which device.
    pub address: DeviceAddress,
    /// What it tells; what an earlier observation told stays valid until it is told anew.
    pub advertisement: Advertisement,
    /// Signal strength in dBm.
    pub rssi: Option<i16>,
}

/// A radio.
#[async_trait]
pub trait Radio: Send + Sync {
    /// Whether it can be used; changes are told.
    fn state(&self) -> watch::Receiver<AdapterState>;

    /// Listens actively and without a filter until the receiver is dropped. Devices that the system merely remembers are
    /// not told.
    ///
    /// # Errors
    /// `bluetooth_off`, `bluetooth_denied`, `bluetooth_none`.
    async fn scan(&self) -> Result<mpsc::Receiver<Heard>, BleError>;

    /// One try to connect, find the attribute table and its descriptions; bounded by `within`.
    ///
    /// # Errors
    /// See [`BleError`].
    async fn connect(&self, address: &DeviceAddress, within: Duration) -> Result<Arc<dyn GattLink>, BleError>;
}

/// A connected device. One request is outstanding at a time.
#[async_trait]
pub trait GattLink: Send + Sync {
    /// Its attribute table.
    fn tree(&self) -> &Tree;

    /// The most bytes that one write without response takes: MTU − 3.
    fn payload(&self) -> usize;

    /// Carries out one request. A write longer than the payload is refused before anything is sent unless confirmed.
    async fn request(&self, request: &GattRequest) -> GattEvent;

    /// The next notification, or [`GattEvent::Lost`] once and for all.
    async fn next(&self) -> GattEvent;

    /// Hangs up in an orderly way. Call it only after the printer's own word or a confirmed write: what was merely
    /// queued is lost otherwise.
    async fn disconnect(&self) -> Result<(), GattFailure>;
}

/// Why Bluetooth does not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BleError {
    /// Switched off.
    #[error("Bluetooth is switched off")]
    Off,
    /// This program may not use it.
    #[error("Platen is not allowed to use Bluetooth")]
    Denied,
    /// There is none.
    #[error("this computer has no Bluetooth, or its Bluetooth service does not run")]
    None,
    /// The device was not heard, or is out of range.
    #[error("the printer is not in range")]
    NotInRange,
    /// The device did not answer in time.
    #[error("the printer did not answer the connection")]
    TimedOut,
    /// The device hung up while connecting, or refused.
    #[error("the connection to the printer failed: {0}")]
    Failed(String),
}

impl BleError {
    /// How this is told at the edge.
    pub fn fault(&self) -> Fault {
        let (code, remedy, retry) = match self {
            Self::Off => ("bluetooth_off", "Switch Bluetooth on in the system's settings.", Retry::AfterRemedy),
            Self::Denied => {
                ("bluetooth_denied", "Allow Bluetooth for Platen in the system's privacy settings.", Retry::AfterRemedy)
            }
            Self::None => (
                "bluetooth_none",
                "Plug in a Bluetooth adapter, or use the printer by cable or network.",
                Retry::AfterRemedy,
            ),
            Self::NotInRange => {
                ("ble_not_in_range", "Switch the printer on and bring it within a few metres.", Retry::Later)
            }
            Self::TimedOut => (
                "ble_connect_timed_out",
                "Bring the printer closer, and make sure that no other phone is connected to it.",
                Retry::Later,
            ),
            Self::Failed(_) => ("ble_connect_failed", "Switch the printer off and on, then try again.", Retry::Later),
        };
        let text = self.to_string();
        let mut letters = text.chars();
        let sentence: String =
            letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
        Fault::new(code, format!("{sentence}."), remedy).with_retry(retry)
    }
}
