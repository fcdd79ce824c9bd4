//! The simulated air: Bluetooth devices as state machines.
//!
//! ```text
//!   Air ── Peripheral, Peripheral, … ──┬── radio: at the `Radio` trait, for the app without a radio and for fast tests
//!                                      └── bluez: as BlueZ on a private D-Bus, for the unmodified Bluetooth library
//! ```
//!
//! A [`Peripheral`] is built from the published facts alone; it shares decoders with the product only where the product
//! is not what is being tested. Deliberately absent: radio waves, pairing, and bluetoothd's own timing.

#[cfg(target_os = "linux")]
mod bluez;
mod echo;
mod ether;
mod faults;
pub mod printers;
mod radio;
pub mod setup;
mod standard;
mod station;

#[cfg(target_os = "linux")]
pub use bluez::{Bluez, BluezError};
pub use echo::Echo;
pub use ether::Air;
pub use faults::{Faults, LinkCut};
#[cfg(target_os = "linux")]
pub use standard::standard_line;
pub use standard::{standard, standard_access_point};
pub use station::Figures;

use platen_model::gatt::{Advertisement, Tree};
use platen_model::{At, Moment};
use std::any::Any;

/// A simulated Bluetooth device: a state machine without a clock. [`Air::with`] finds the type behind it again.
pub trait Peripheral: Any + Send {
    /// What it advertises now; `None` while it is silent (switched off, or connected and not advertising).
    fn advertisement(&self) -> Option<Advertisement>;

    /// Signal strength in dBm, as a listener would see it.
    fn rssi(&self) -> i16 {
        -55
    }

    /// Its attribute table.
    fn tree(&self) -> Tree;

    /// The ATT MTU that it agrees to, 23 to 517.
    fn mtu(&self) -> u16 {
        247
    }

    /// Somebody connected.
    fn connected(&mut self, now: Moment);

    /// The link ended, whoever ended it.
    fn disconnected(&mut self, now: Moment);

    /// Somebody listens to a characteristic, or not any more.
    fn listening(&mut self, now: Moment, at: At, on: bool);

    /// A write arrived.
    ///
    /// # Errors
    /// The attribute protocol's error number; a write without response has nobody to tell it to.
    fn written(&mut self, now: Moment, at: At, bytes: &[u8], confirmed: bool) -> Result<(), u8>;

    /// Whether the answer to the confirmed write that just came is held back: some devices answer only when they have
    /// done what was asked. Ask again after every deed; the link's end ends it too.
    fn holds_answer(&self) -> bool {
        false
    }

    /// Somebody reads a characteristic.
    ///
    /// # Errors
    /// As [`Peripheral::written`].
    fn read(&mut self, now: Moment, at: At) -> Result<Vec<u8>, u8>;

    /// What it does next by itself; drain until it waits.
    fn poll(&mut self, now: Moment) -> Deed;
}

/// A device and its address.
pub type Placed = (&'static str, Box<dyn Peripheral>);

/// What a device does by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Tells a change.
    Notify {
        /// Which characteristic.
        at: At,
        /// Its value.
        bytes: Vec<u8>,
    },
    /// Ends the link.
    HangUp,
    /// Advertises something else.
    Readvertise,
    /// Nothing until this moment, or until something happens to it; `None`: only the latter.
    Wait(Option<Moment>),
}
