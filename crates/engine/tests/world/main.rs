//! The engine on the simulated world: real HTTP, real MQTT, real SQLite, real paper; only time is turned by hand.
//!
//! One file a behaviour, one program for all of them, so that the engine is linked once. The judge is the printers'
//! page log wherever a promise is about paper. Waits end with an event and are bounded by [`support::PATIENCE`];
//! nothing here measures how long anything takes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod air;
mod ambiguous;
#[cfg(target_os = "linux")]
#[path = "../../../sim/tests/common/apart.rs"]
mod apart;
#[cfg(target_os = "linux")]
mod bluez;
mod broker;
mod main_job;
mod messages;
mod names;
mod newcomers;
mod pages;
mod readings;
mod restart;
mod silence;
mod strip;
mod support;
mod tokens;
mod troubled;
