//! The set-up as a door shows it: no secret is in it.

use platen_model::{Moment, Security, Ssid};
use platen_protocol::provisioning::Obstacle;
use platen_protocol::provisioning::machines::{DeviceFacts, Progress, Row, rows};
use platen_protocol::provisioning::wizard::{Step, Target, Wizard};
use std::time::Duration;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupStatus {
    /// Where it is.
    pub step: Step,
    /// Which printer.
    pub target: Option<Target>,
    /// What stands in the way.
    pub obstacle: Option<Obstacle>,
    /// Nothing was found for a while: say how to enter set-up mode.
    pub hint: bool,
    /// The code of the label is needed.
    pub wants_code: bool,
    /// What the printer is.
    pub facts: Option<DeviceFacts>,
    /// The networks that it sees; `None` when it cannot list them.
    pub networks: Option<Vec<Row>>,
    /// The network that the computer is on, where the system tells it.
    pub computer: Option<Ssid>,
    /// It looks for networks now.
    pub listing: bool,
    /// The network that was chosen.
    pub chosen: Option<ChosenNetwork>,
    /// How joining goes.
    pub progress: Option<Progress>,
    /// How long its button may still be pressed.
    pub press: Option<Duration>,
    /// The credentials were handed over.
    pub sent: bool,
    /// It was seen on the network.
    pub confirmed: bool,
    /// It is bound.
    pub bound: bool,
    /// Where it said that it is.
    pub address: Option<String>,
    /// Its serial number.
    pub serial: Option<String>,
    /// Nothing more will happen.
    pub over: bool,
}

/// A network that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenNetwork {
    /// Its name.
    pub ssid: Ssid,
    /// Its protection.
    pub security: Security,
}

impl SetupStatus {
    pub(super) fn of(wizard: &Wizard, now: Moment) -> Self {
        let saved = wizard.saved();
        let ssid = saved.ssid.as_deref().and_then(Ssid::new);
        Self {
            step: wizard.step(),
            target: saved.target.clone(),
            obstacle: wizard.obstacle(),
            hint: wizard.hint(),
            wants_code: wizard.wants_code(),
            facts: wizard.facts().cloned(),
            networks: wizard.networks().map(|list| rows(list, wizard.computer().map_or(&[], std::slice::from_ref))),
            computer: wizard.computer().cloned(),
            listing: wizard.listing(),
            chosen: ssid.zip(saved.security).map(|(ssid, security)| ChosenNetwork { ssid, security }),
            progress: wizard.progress(),
            press: wizard.press_until().map(|until| until.since(now)),
            sent: wizard.is_sent(),
            confirmed: wizard.is_confirmed(),
            bound: saved.bound,
            address: wizard.address(),
            serial: saved.serial.clone(),
            over: wizard.is_over(),
        }
    }
}
