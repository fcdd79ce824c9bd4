//! The links to the outside world: HTTP, MQTT, Bluetooth and serial cables. Nobody else uses those client libraries.
//!
//! Source: promises MQ-1 to MQ-12, measurements M7 to M10, rule C-22. Why these libraries and how they are fenced in:
//! `docs/decisions/0006-transport.md`. A link knows how bytes travel, never what they mean.
//!
//! Deliberately absent: any message or URL of a system, any decision about retrying a request (the machines' business). mDNS
//! and system printers come as further modules.
#![warn(missing_docs)]

pub mod ble;
pub mod cable;
mod enclosed;
mod error;
mod host;
mod http;
pub mod mqtt;
mod own_network;
mod reach;
mod tls;

pub use ble::{AdapterState, BleError, DeviceAddress, GattLink, Heard, Radio, SystemRadio};
pub use cable::{ByteLink, Cable, CableError, UsbPort, usb_ports};
pub use enclosed::Told;
pub use error::TransportError;
pub use host::is_loopback;
pub use http::{HttpConfig, HttpLink};
pub use mqtt::{AckHandle, LostReason, MqttConfig, MqttEvent, MqttLink, MqttVersion, Qos};
pub use own_network::{OwnNetwork, own_network, own_network_at};
pub use reach::{accepts, reaches};
pub use tls::install_crypto;
