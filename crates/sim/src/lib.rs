//! The simulated world: printers and the clouds they talk to.
//!
//! An *outside* world: it behaves like a real platform and real devices, and shares only the pure crates with the
//! product. It ships in the product ("try without a printer"), so it is written and tested like the rest of it.
//!
//! ```text
//!   the app ──HTTP──▶ platform ──/down/*──▶ broker ──▶ printer ──▶ paper (PNG + log.jsonl)
//!      ▲                 ▲                    │  ▲         │
//!      └──────/up/*──────┴────────────────────┘  └──/up/*──┘
//! ```
//!
//! Bluetooth devices live apart from it, in [`air`]; one that has joined a network comes on line by [`Arrivals`]. Everything listens on loopback only. Deliberately absent: LAN
//! printers, and the tenant-level API.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod act;
pub mod air;
mod arrivals;
mod assembly;
pub mod broker;
mod chance;
mod change;
mod clock;
mod control;
mod device;
mod digits;
mod door;
mod error;
mod label;
mod options;
mod paper;
mod platform;
mod post;
mod readings;
mod trouble;
mod world;

pub use act::Act;
pub use arrivals::Arrivals;
pub use error::WorldError;
pub use label::Printer;
pub use options::{MqttChoice, WorldOptions};
pub use paper::Sheet;
pub use readings::Readings;
pub use trouble::{Call, Side, Trouble, Troubles};
pub use world::{Hello, PrinterState, World};
