//! From "there is a printer" to a printed test label: one flow, events in and effects out.
//!
//! Source: section 5.4 of `docs/protocols/provisioning.md`; each step's budget and classes are those of its table.
//!
//! ```text
//! find ─▶ connect ─▶ authorise ─▶ network ─▶ password ─▶ join ─▶ confirm ─▶ bind ─▶ test print ─▶ done
//!   ▲        │ link lost: 3 tries      ▲         │          │         │        ╲ skipped, or later
//!   └────────┴── again ────────────────┴─────────┴── again ─┘         └─▶ done, not confirmed
//! from every step: without Wi-Fi ─▶ offline      cancel ─▶ stopped
//! ```
//!
//! Only a printer that answered on the network is "joined and confirmed"; everything short of it is "sent, but not
//! confirmed". What a person typed stays when something fails. Deliberately absent: how effects are carried out, and
//! mDNS (it has its own issue): without an address from the printer itself nothing can be confirmed here.

mod flow;
mod saved;
#[cfg(test)]
mod tests;

pub use saved::{Saved, Target};

use super::label::Setup;
use super::machines::{DeviceFacts, Progress, SetupEvent, SetupOutcome};
use super::{Credentials, Network, Obstacle, Security, Ssid};
use crate::provisioning::esp::Scheme;
use platen_model::{Moment, Secret, UserAnswer};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::time::Duration;

/// Without a printer in the list after this, a hint says how to enter set-up mode.
const FIND_HINT: Duration = Duration::from_secs(10);
/// Pauses before the second and the third connection.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_millis(1500)];
/// How long a printer that has joined may take to answer on the network.
const CONFIRM: Duration = Duration::from_secs(30);
/// Between two looks at the network.
const CONFIRM_PAUSE: Duration = Duration::from_secs(2);

/// Where a person is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Choosing a printer.
    Find,
    /// Connecting, and agreeing on keys; the code of the label may be asked for.
    Connect,
    /// Pressing the printer's button.
    Authorise,
    /// Choosing a network.
    Network,
    /// Typing its password.
    Password,
    /// The printer joins.
    Join,
    /// Looking for it on the network.
    Confirm,
    /// Tying it to an account.
    Bind,
    /// Printing a test label.
    TestPrint,
    /// Through; [`Wizard::is_confirmed`] says how well.
    Done,
    /// Used without Wi-Fi.
    Offline,
    /// Given up.
    Stopped,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Happening {
    /// Bluetooth is ready, or this is in the way.
    Ready(Option<Obstacle>),
    /// A printer that can be set up was seen.
    Seen(Target),
    /// A person chose this printer.
    Pick(Target),
    /// A label was read or typed in.
    Label(Setup),
    /// The link is there.
    Connected,
    /// It is not.
    NotConnected(Obstacle),
    /// The dialogue told something.
    Told(SetupEvent),
    /// The dialogue ended.
    Ended(Result<SetupOutcome, Obstacle>),
    /// A person typed in the code.
    Code(Secret<String>),
    /// The computer is on this network, at this frequency in MHz.
    Computer(Ssid, u32),
    /// A person chose a network.
    Choose(Ssid, Security),
    /// A person typed its password.
    Passphrase(Secret<Vec<u8>>),
    /// Look for networks again.
    Rescan,
    /// Let the printer blink.
    Identify,
    /// The printer answered on the network, or did not.
    Reached(bool),
    /// Binding ended; the serial number under which it is bound.
    Bound(Result<String, Obstacle>),
    /// The test label was accepted, or not.
    Printed(Result<(), Obstacle>),
    /// Try this step again.
    Again,
    /// Leave this step out.
    Skip,
    /// Use the printer without Wi-Fi.
    WithoutWifi,
    /// Give up.
    Cancel,
    /// The moment of [`Effect::WaitUntil`] came.
    Tick,
}

/// What shall be done.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Listen for printers, or stop it.
    Listen(bool),
    /// Connect to this printer; one try.
    Connect(Target),
    /// Begin the dialogue on the link.
    Begin(Means),
    /// Tell the dialogue what a person wants.
    Answer(UserAnswer),
    /// End the dialogue and hang up. A printer that is still connected vanishes from everybody's list.
    HangUp,
    /// See whether this host answers.
    Reach {
        /// Its name or address.
        host: String,
        /// The port that the printer named, if any.
        port: Option<u16>,
    },
    /// Bind the printer to the account, by its serial number if one is known.
    Bind(Option<String>),
    /// Print a test label on the bound printer.
    TestPrint(String),
    /// Use this printer without Wi-Fi.
    UseDirectly(Target),
    /// What is shown has changed, and what is saved.
    Changed,
    /// Nothing until this moment, or until something happens.
    WaitUntil(Option<Moment>),
}

/// What a dialogue needs to know beside randomness.
#[derive(Clone, Debug)]
pub struct Means {
    /// The code, if somebody gave one.
    pub code: Option<Secret<Vec<u8>>>,
    /// The user name of the label.
    pub username: Option<String>,
    /// The least security that the label promises.
    pub promised: Option<Scheme>,
    /// The credentials are out already.
    pub already_sent: bool,
}

/// The flow.
#[derive(Debug)]
pub struct Wizard {
    saved: Saved,
    obstacle: Option<Obstacle>,
    hint: bool,
    label: Option<Setup>,
    code: Option<Secret<Vec<u8>>>,
    wants_code: bool,
    facts: Option<DeviceFacts>,
    networks: Vec<Network>,
    listed: bool,
    listing: bool,
    /// The dialogue takes a choice now.
    ready: bool,
    /// What was chosen before it did.
    early: Option<Credentials>,
    computer: Option<(Ssid, u32)>,
    progress: Option<Progress>,
    press: Option<Moment>,
    tries: usize,
    running: bool,
    until: Option<Moment>,
    confirm_until: Option<Moment>,
    effects: VecDeque<Effect>,
}

impl Wizard {
    /// At the beginning.
    pub fn new(now: Moment) -> Self {
        Self::resume(now, Saved::default())
    }

    /// Where it was left; secrets are asked for again.
    pub fn resume(now: Moment, saved: Saved) -> Self {
        let mut wizard = Self {
            saved,
            obstacle: None,
            hint: false,
            label: None,
            code: None,
            wants_code: false,
            facts: None,
            networks: Vec::new(),
            listed: false,
            listing: false,
            ready: false,
            early: None,
            computer: None,
            progress: None,
            press: None,
            tries: 0,
            running: false,
            until: None,
            confirm_until: None,
            effects: VecDeque::new(),
        };
        match (wizard.saved.step, wizard.saved.target.clone()) {
            (Step::Done | Step::Offline | Step::Stopped, _) => {}
            (Step::Bind | Step::TestPrint, _) if wizard.saved.confirmed => wizard.bind(),
            (_, Some(target)) if wizard.saved.sent => match wizard.host() {
                Some(_) => wizard.confirm(now),
                None => wizard.connect(target),
            },
            (_, Some(target)) => wizard.connect(target),
            (_, None) => wizard.find(now),
        }
        wizard
    }

    /// What may be kept over a restart.
    pub fn saved(&self) -> &Saved {
        &self.saved
    }

    /// Where it is.
    pub fn step(&self) -> Step {
        self.saved.step
    }

    /// What stands in the way now.
    pub fn obstacle(&self) -> Option<Obstacle> {
        self.obstacle
    }

    /// Whether a hint about set-up mode is due.
    pub fn hint(&self) -> bool {
        self.hint
    }

    /// Whether the code of the label must be typed in.
    pub fn wants_code(&self) -> bool {
        self.wants_code
    }

    /// What the printer is.
    pub fn facts(&self) -> Option<&DeviceFacts> {
        self.facts.as_ref()
    }

    /// The networks that it sees; `None` when it cannot list them.
    pub fn networks(&self) -> Option<&[Network]> {
        self.listed.then_some(self.networks.as_slice())
    }

    /// The network that the computer is on.
    pub fn computer(&self) -> Option<&Ssid> {
        self.computer.as_ref().map(|(ssid, _)| ssid)
    }

    /// Whether it looks for networks now.
    pub fn listing(&self) -> bool {
        self.listing
    }

    /// How joining goes.
    pub fn progress(&self) -> Option<Progress> {
        self.progress
    }

    /// Until when its button may be pressed.
    pub fn press_until(&self) -> Option<Moment> {
        self.press
    }

    /// Whether the printer has been seen on the network: only then it is a success.
    pub fn is_confirmed(&self) -> bool {
        self.saved.confirmed
    }

    /// Whether credentials have been handed over.
    pub fn is_sent(&self) -> bool {
        self.saved.sent
    }

    /// Where the printer is, by its own words: a name or an address.
    pub fn address(&self) -> Option<String> {
        self.host().map(|(host, _)| host)
    }

    /// What to do next; drain until it waits.
    pub fn poll(&mut self) -> Effect {
        self.effects.pop_front().unwrap_or(Effect::WaitUntil(self.until))
    }

    /// Whether nothing can happen any more.
    pub fn is_over(&self) -> bool {
        matches!(self.saved.step, Step::Done | Step::Offline | Step::Stopped)
    }
}
