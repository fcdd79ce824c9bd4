//! Printers that have no Wi-Fi yet, as their makers ship them: Improv over Bluetooth and over a cable, Espressif's
//! unified provisioning with security 0, 1 and 2 over Bluetooth and over the printer's own access point.
//!
//! Source: sections 1, 2 and 6 of `docs/protocols/provisioning.md`, written anew for the device's side: no codec, no
//! cipher and no arithmetic of the product is used here, because they are what is tested. What can go wrong is data
//! ([`Faults`]). Deliberately absent: radio waves, and what comes after joining ([`Unboxed::on_joined`] is told).

mod esp;
mod improv;
#[cfg(target_os = "linux")]
mod line;
mod place;
mod serial;

pub use esp::{AccessPoint, EspDevice, EspPrinter, SessionKeys};
pub use improv::ImprovPrinter;
#[cfg(target_os = "linux")]
pub use line::Line;
pub use place::{Hotspot, Place};
pub use serial::SerialPrinter;

use std::fmt;
use std::time::Duration;

/// What a printer is that has joined: its life goes on in the simulated world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinedPrinter {
    /// Its serial number.
    pub serial: String,
    /// Its address on the network, if it got one.
    pub address: Option<String>,
    /// The network that it joined.
    pub ssid: Vec<u8>,
    /// The bind token that it was handed, if any.
    pub token: Option<String>,
}

/// Told once, when a printer has joined.
pub type OnJoined = Box<dyn FnMut(&JoinedPrinter) + Send>;

/// A printer fresh from the box.
pub struct Unboxed {
    /// The name that it advertises.
    pub name: String,
    /// Its serial number.
    pub serial: String,
    /// The code on its label; empty for none.
    pub code: Vec<u8>,
    /// The address that the network will give it.
    pub address: String,
    /// Where it stands.
    pub place: Place,
    /// What goes wrong.
    pub faults: Faults,
    /// Told when it has joined.
    pub on_joined: Option<OnJoined>,
}

impl fmt::Debug for Unboxed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Unboxed")
            .field("name", &self.name)
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}

impl Unboxed {
    /// A sound printer in a flat with three networks.
    pub fn new(name: &str, serial: &str) -> Self {
        Self {
            name: name.to_owned(),
            serial: serial.to_owned(),
            code: b"abcd1234".to_vec(),
            address: "127.0.0.1".to_owned(),
            place: Place::flat(),
            faults: Faults::default(),
            on_joined: None,
        }
    }

    /// The same printer with these faults.
    #[must_use]
    pub fn with(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    fn joined(&mut self, ssid: &[u8], token: Option<&str>) {
        let address = Some(self.address.clone()).filter(|_| !self.faults.no_address);
        let joined = JoinedPrinter {
            serial: self.serial.clone(),
            address,
            ssid: ssid.to_vec(),
            token: token.map(str::to_owned),
        };
        if let Some(on_joined) = &mut self.on_joined {
            on_joined(&joined);
        }
    }
}

/// What goes wrong, or is merely different. The default is a sound and up-to-date device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults {
    /// The ATT MTU.
    pub mtu: u16,
    /// Notifications of at most this many bytes.
    pub split: Option<usize>,
    /// Results that follow each other come in one notification.
    pub glue: bool,
    /// Tells nothing by itself: values must be read.
    pub mute: bool,
    /// It must be authorised: somebody presses its button so long after each time that it is connected to; `None` within
    /// `Some` is nobody.
    pub button: Option<Option<Duration>>,
    /// So long after authorisation it must be authorised again.
    pub authorised_for: Option<Duration>,
    /// How long joining takes.
    pub joining: Duration,
    /// It tries for ever.
    pub endless: bool,
    /// It joins, but gets no address.
    pub no_address: bool,
    /// The link is lost as soon as the credentials are applied; it joins all the same.
    pub lost_after_apply: bool,
    /// The link is lost when so many confirmed writes have come.
    pub lost_at_write: Option<u32>,
    /// The write of the credentials is answered only after joining, and the link ends with it.
    pub late_answer: bool,
    /// The error is told this long before the state goes back, instead of after it.
    pub error_first: bool,
    /// How far error and state are apart.
    pub apart: Duration,
    /// The error byte is never told, only kept.
    pub error_kept: bool,
    /// Somebody else is setting it up.
    pub busy: bool,
    /// It has joined already.
    pub joined: bool,
    /// It cannot list networks.
    pub no_scan: bool,
    /// It tells fewer words about itself than it should.
    pub few_words: bool,
    /// Its version is so old that its advertisement carries no data.
    pub old: bool,
    /// Security that its version announces, instead of its own.
    pub announces: Option<u8>,
    /// Whether the nonce counts (security patch version 1).
    pub counting: bool,
    /// Endpoints have no descriptions.
    pub undescribed: bool,
    /// Endpoints are numbered from zero.
    pub numbered: bool,
    /// It has no endpoint for control.
    pub no_control: bool,
    /// The endpoint that takes a bind token, by its name.
    pub bind_endpoint: Option<String>,
    /// The answer to this many-th sealed message is garbled.
    pub garbled: Option<u32>,
    /// It asks for no code (security 1 only).
    pub no_code: bool,
    /// The page that it names after joining has its serial number in it (Improv only).
    pub names_itself: bool,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            mtu: 247,
            split: None,
            glue: false,
            mute: false,
            button: None,
            authorised_for: None,
            joining: Duration::from_millis(1500),
            endless: false,
            no_address: false,
            lost_after_apply: false,
            lost_at_write: None,
            late_answer: false,
            error_first: false,
            apart: Duration::from_millis(120),
            error_kept: false,
            busy: false,
            joined: false,
            no_scan: false,
            few_words: false,
            old: false,
            announces: None,
            counting: true,
            undescribed: false,
            numbered: false,
            no_control: false,
            bind_endpoint: None,
            garbled: None,
            no_code: false,
            names_itself: false,
        }
    }
}
