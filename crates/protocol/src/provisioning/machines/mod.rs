//! The dialogues that give a printer its Wi-Fi, one for each protocol, all with the same words.
//!
//! Source: sections 1, 2, 5.2 and 5.4 of `docs/protocols/provisioning.md`.
//!
//! ```text
//! Session ─▶ [code] ─▶ [Authorise] ─▶ Networks ─▶ Choose ─ Join ─▶ Joining ─▶ joined, with address or URL
//!                                        ▲           ▲                │ ╲
//!                                        └─ Rescan ──┴─ NotJoined ────┘  ╲──▶ sent, not confirmed
//! ```
//!
//! A dialogue is told what a person wants with [`UserAnswer`]: `Text` is a code, `Join` a network, `Rescan`, `Identify`.
//! After [`SetupEvent::NotJoined`] it waits for the next `Join` in the same session. Credentials are never handed over
//! twice by themselves: the machine that has handed them over only watches. Deliberately absent: connecting, and looking
//! for the printer on the network afterwards (the wizard's).
//!
//! [`UserAnswer`]: platen_model::UserAnswer

mod advice;
mod esp;
mod improv;
pub mod transcript;

pub use advice::{Advice, Row, advise, considered, rows};
pub use esp::{ACCESS_POINT, EspSetup};
pub use improv::ImprovSetup;
use improv::carries_passphrase as improv_carries_passphrase;

use super::esp::Scheme;
use super::{Network, Obstacle};
use platen_model::{Machine, Secret};
use sha2::{Digest, Sha256};
use std::time::Duration;
use zeroize::Zeroizing;

/// After this a person is told that it still tries.
pub const JOIN_SOFT: Duration = Duration::from_secs(45);
/// After this we stop waiting: devices may try for ever.
pub const JOIN_HARD: Duration = Duration::from_secs(90);
/// The longest time that a device gets for listing networks.
const SCAN: Duration = Duration::from_secs(12);
/// How long one press of the device's button may take.
const PRESS: Duration = Duration::from_secs(60);
/// How long a person may take for an answer. A device leaves set-up mode about then.
const PERSON: Duration = Duration::from_secs(600);

/// What a dialogue needs to begin.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Fresh randomness; key pairs are drawn from it.
    pub seed: Secret<[u8; 32]>,
    /// The code of the label; absent when nobody has given one yet.
    pub code: Option<Secret<Vec<u8>>>,
    /// The user name of the label.
    pub username: Option<String>,
    /// The least security that the label or the profile promises.
    pub promised: Option<Scheme>,
    /// The developer's switch for sessions without any protection.
    pub allow_zero: bool,
    /// The credentials were handed over in an earlier connection: watch what becomes of them, and send none.
    pub already_sent: bool,
    /// What the printer needs for binding itself to an account, if it offers a place for it.
    pub hand_over: Option<HandOver>,
    /// How many times the button may be waited for.
    pub presses: u8,
}

impl Plan {
    /// A plan without a code.
    pub fn new(seed: [u8; 32]) -> Self {
        Self {
            seed: Secret::new(seed),
            code: None,
            username: None,
            promised: None,
            allow_zero: false,
            already_sent: false,
            hand_over: None,
            presses: 3,
        }
    }
}

/// A bind token on its way through the secured session. It goes as the JSON object `{"token": …, "host": …}`, and
/// `{"ok": true, "deviceId": …}` comes back. It is handed over before the credentials: afterwards the link may be gone.
#[derive(Clone, Debug)]
pub struct HandOver {
    /// The device's endpoint for it, by name: a fact of the profile.
    pub endpoint: String,
    /// The one-time token.
    pub token: Secret<String>,
    /// The cloud that it is for.
    pub host: String,
}

/// Where a set-up is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The device is asked what it speaks, and keys are agreed on.
    Session,
    /// Somebody must press the device's button.
    Authorise,
    /// The device looks for networks.
    Networks,
    /// A person chooses.
    Choose,
    /// The device joins.
    Joining,
}

impl Stage {
    /// The word used in the contract and in transcripts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Authorise => "authorise",
            Self::Networks => "networks",
            Self::Choose => "choose",
            Self::Joining => "joining",
        }
    }
}

/// What a device told about itself.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct DeviceFacts {
    /// Its name.
    pub name: Option<String>,
    /// Its hardware.
    pub hardware: Option<String>,
    /// Its firmware and the firmware's version.
    pub firmware: Option<String>,
    /// Whether what is sent to it is encrypted (promise BL-1).
    pub encrypted: bool,
    /// It can blink or beep.
    pub identify: bool,
    /// It can list networks.
    pub scan: bool,
}

/// How far joining is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The device has the credentials.
    Sent,
    /// It tries; with the tries that are left where it counts them.
    Trying(Option<u32>),
    /// It still tries after 45 seconds.
    StillTrying,
}

/// What happens on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupEvent {
    /// What is going on.
    Stage(Stage),
    /// What the device is.
    Device(DeviceFacts),
    /// The device wants the code of its label; answer with `Text`.
    CodeNeeded {
        /// The one before was wrong.
        wrong: bool,
    },
    /// Somebody must press the device's button.
    PressButton {
        /// Within this time.
        within: Duration,
        /// Nobody did the last time.
        again: bool,
    },
    /// The networks that the device sees; answer with `Join` or `Rescan`.
    Networks {
        /// The list, perhaps empty. It may be cut: another network can always be typed in.
        list: Vec<Network>,
        /// Whether the device can list any; without, the name must be typed in.
        listed: bool,
    },
    /// How joining goes.
    Joining(Progress),
    /// It did not join; answer with `Join` to try again.
    NotJoined(Obstacle),
    /// What was asked for is not possible, and nothing was sent; answer again.
    NotTaken(Obstacle),
    /// The bind token was handed over, or the device did not take it.
    HandedOver {
        /// Whether it took it.
        taken: bool,
        /// The identity that it named.
        device_id: Option<String>,
    },
}

/// A printer that has joined.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Joined {
    /// Its address, when it said.
    pub address: Option<String>,
    /// Addresses of pages that it named. Data: never opened by themselves.
    pub urls: Vec<String>,
}

/// How a dialogue ends well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupOutcome {
    /// The printer said that it has joined.
    Joined(Joined),
    /// The credentials are out and the link is gone: look for the printer on the network.
    Sent,
}

/// A dialogue that gives a printer its Wi-Fi.
pub type SetupDialogue = dyn Machine<Event = SetupEvent, Outcome = SetupOutcome, Failure = Obstacle> + Send;

/// Randomness for one dialogue, drawn from what was handed in.
#[derive(Debug)]
struct Draws {
    seed: Secret<[u8; 32]>,
    drawn: u32,
}

impl Draws {
    fn new(seed: Secret<[u8; 32]>) -> Self {
        Self { seed, drawn: 0 }
    }

    /// 32 bytes that were never drawn before and tell nothing of the seed.
    fn draw(&mut self) -> [u8; 32] {
        let mut digest = Zeroizing::new(<[u8; 32]>::default());
        let hash = Sha256::new().chain_update(self.seed.reveal()).chain_update(self.drawn.to_be_bytes()).finalize();
        digest.copy_from_slice(&hash);
        self.drawn = self.drawn.wrapping_add(1);
        *digest
    }
}
