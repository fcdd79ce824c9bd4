//! Improv's dialogue, over Bluetooth and over a cable.
//!
//! Source: sections 1.4 to 1.7 of `docs/protocols/provisioning.md`; each rule stands where it is kept. The brain is one,
//! the carriers differ: a cable knows no authorisation and no capabilities, and tells its state only when asked.
//!
//! Deliberately absent: setting names, and trust. Nothing is encrypted; [`DeviceFacts::encrypted`] says so.

mod carrier;
mod joining;
mod uuids;

use super::advice::acceptable;
use super::{DeviceFacts, PERSON, PRESS, Plan, SCAN, SetupEvent, SetupOutcome, Stage};
use crate::provisioning::improv::{Capabilities, Command, ErrorState, ResultPacket, State, device_info, networks};
use crate::provisioning::{Network, Obstacle};
use carrier::{Ble, Carrier, Serial, Told, Value, Wire};
use joining::{Joining, Turn};
use platen_model::gatt::Tree;
use platen_model::{At, Channel, Credentials, Input, Machine, Moment, Output, UserAnswer};
use std::collections::VecDeque;
use std::time::Duration;

/// How long a device may take for its first words.
const OPENING: Duration = Duration::from_secs(10);
/// How long one question for the state may stay unanswered on a cable; the device may be starting.
const SERIAL_ASK: Duration = Duration::from_secs(1);
/// How long a device may take to tell about itself.
const INFO: Duration = Duration::from_secs(3);
/// This much silence ends a list of networks.
const QUIET: Duration = Duration::from_secs(1);
/// How often the state is read while a person walks to the printer: a notification may get lost.
const LOOK: Duration = Duration::from_secs(2);

enum Phase {
    Opening { until: Moment, ask: Option<Moment> },
    Info { until: Moment },
    Authorise { until: Moment, press: u8, look: Moment },
    Scan { until: Moment, quiet: Option<Moment> },
    Choose { until: Moment },
    Join(Joining),
}

/// Whether a write may hold a pass phrase, or a piece of one: everything to the command's characteristic that is not a
/// whole other command.
pub(super) fn carries_passphrase(at: At, bytes: &[u8]) -> bool {
    let harmless = match bytes {
        [2..=6, length, data @ .., _] => usize::from(*length) == data.len(),
        _ => false,
    };
    at == uuids::at(uuids::RPC_COMMAND) && !harmless
}

/// Improv, from the first question to the end.
pub struct ImprovSetup {
    carrier: Carrier,
    plan: Plan,
    capabilities: Capabilities,
    facts: DeviceFacts,
    state: Option<State>,
    phase: Option<Phase>,
    networks: Vec<Network>,
    listed: Option<bool>,
    events: VecDeque<SetupEvent>,
    end: Option<Result<SetupOutcome, Obstacle>>,
}

impl ImprovSetup {
    /// Over Bluetooth, to a device with this table. `payload` is what one write takes: MTU − 3.
    ///
    /// # Errors
    /// [`Obstacle::NotSupported`] when the device does not have the service.
    pub fn over_ble(tree: &Tree, payload: usize, plan: Plan) -> Result<Self, Obstacle> {
        let ble = Ble::new(tree, payload).ok_or(Obstacle::NotSupported)?;
        Ok(Self::new(Carrier::Ble(ble), plan, Capabilities::default()))
    }

    /// Over a cable: bytes come and go on [`Channel::Usb`]; a closed port is told as a lost link.
    pub fn over_serial(plan: Plan) -> Self {
        // A cable tells no capabilities; what the device does not know it refuses.
        let capabilities = Capabilities { identify: false, device_info: true, scan: true, hostname: false };
        Self::new(Carrier::Serial(Serial::default()), plan, capabilities)
    }

    /// Whether a device has Improv's service.
    pub fn is_offered(tree: &Tree) -> bool {
        tree.has(uuids::SERVICE)
    }

    fn new(carrier: Carrier, plan: Plan, capabilities: Capabilities) -> Self {
        Self {
            carrier,
            plan,
            capabilities,
            facts: DeviceFacts::default(),
            state: None,
            phase: None,
            networks: Vec::new(),
            listed: None,
            events: VecDeque::new(),
            end: None,
        }
    }

    fn begin(&mut self, now: Moment) {
        self.events.push_back(SetupEvent::Stage(Stage::Session));
        self.carrier.open();
        let ask = matches!(self.carrier, Carrier::Serial(_)).then(|| now + SERIAL_ASK);
        self.phase = Some(Phase::Opening { until: now + OPENING, ask });
    }

    fn fail(&mut self, obstacle: Obstacle) {
        self.end.get_or_insert(Err(obstacle));
    }

    fn told(&mut self, now: Moment, told: Told) {
        match &told {
            Told::State(state) => self.state = Some(*state),
            Told::Capabilities(capabilities) => self.capabilities = *capabilities,
            _ => {}
        }
        match (&mut self.phase, told) {
            (Some(Phase::Join(joining)), told) => {
                let turn = joining.told(now, told, &mut self.carrier);
                self.turned(now, turn);
            }
            (_, Told::Lost) => self.fail(Obstacle::LinkLost),
            (Some(Phase::Opening { .. }), Told::Opened) => self.opened(now),
            (Some(Phase::Info { .. }), Told::Result(result)) if result.command == 3 => {
                self.informed(now, Some(&result))
            }
            (Some(Phase::Info { .. }), Told::Error(error)) if error != ErrorState::None => self.informed(now, None),
            (Some(Phase::Info { .. }), Told::NotHandedOver { .. }) => self.informed(now, None),
            (Some(Phase::Authorise { .. }), Told::State(State::Authorized)) => self.authorised(now),
            (Some(Phase::Scan { .. }), Told::Result(result)) if result.command == 4 => self.found(now, &result),
            (Some(Phase::Scan { .. }), Told::Error(error)) => match error {
                // Every command sets it back first: nothing is no failure.
                ErrorState::None => {}
                ErrorState::NotAuthorized => self.authorise(now, false),
                ErrorState::UnknownRpc => self.listed(now, false),
                _ => self.listed(now, true),
            },
            (Some(Phase::Scan { .. }), Told::NotHandedOver { .. }) => self.listed(now, false),
            (Some(Phase::Scan { .. } | Phase::Choose { .. }), Told::State(State::AuthorizationRequired)) => {
                // The device's own time ran out while somebody chose.
                self.authorise(now, false);
            }
            (Some(Phase::Choose { .. }), Told::State(State::Provisioned)) => self.fail(Obstacle::AlreadyOnline),
            _ => {}
        }
    }

    fn opened(&mut self, now: Moment) {
        match (self.state, self.plan.already_sent) {
            (None, _) => self.fail(Obstacle::Broken),
            (Some(State::Provisioned | State::Provisioning | State::Authorized), true) => {
                self.events.push_back(SetupEvent::Stage(Stage::Joining));
                let mut joining = Joining::watch(now);
                let turn = match self.state {
                    Some(state) => joining.told(now, Told::State(state), &mut self.carrier),
                    None => Turn::Nothing,
                };
                self.phase = Some(Phase::Join(joining));
                self.turned(now, turn);
            }
            (Some(State::Provisioned), false) => self.fail(Obstacle::AlreadyOnline),
            // Somebody else's credentials are being tried.
            (Some(State::Provisioning), false) => self.fail(Obstacle::Busy),
            (Some(State::Other(_)), _) => self.fail(Obstacle::NotInSetup),
            (Some(State::AuthorizationRequired | State::Authorized), _) if self.capabilities.device_info => {
                self.carrier.command(&Command::DeviceInfo);
                self.phase = Some(Phase::Info { until: now + INFO });
            }
            (Some(State::AuthorizationRequired | State::Authorized), _) => self.informed(now, None),
        }
    }

    fn informed(&mut self, now: Moment, result: Option<&ResultPacket>) {
        // Fewer words than the specification asks for are no reason to stop.
        if let Some(info) = result.and_then(|result| device_info(&result.data).ok()) {
            let some = |text: String| Some(text).filter(|text| !text.is_empty());
            self.facts.name = some(info.name);
            self.facts.hardware = some(info.hardware);
            self.facts.firmware = some(format!("{} {}", info.firmware, info.version).trim().to_owned());
        }
        self.facts.identify = self.capabilities.identify;
        self.facts.scan = self.capabilities.scan;
        self.events.push_back(SetupEvent::Device(self.facts.clone()));
        match self.state {
            Some(State::AuthorizationRequired) => self.authorise(now, false),
            _ => self.authorised(now),
        }
    }

    fn authorise(&mut self, now: Moment, again: bool) {
        let press = match &self.phase {
            Some(Phase::Authorise { press, .. }) => press.saturating_add(1),
            _ => {
                self.events.push_back(SetupEvent::Stage(Stage::Authorise));
                1
            }
        };
        self.phase = Some(Phase::Authorise { until: now + PRESS, press, look: now + LOOK });
        self.events.push_back(SetupEvent::PressButton { within: PRESS, again });
    }

    fn authorised(&mut self, now: Moment) {
        match self.listed {
            Some(listed) => self.listed(now, listed),
            None => self.scan(now),
        }
    }

    fn scan(&mut self, now: Moment) {
        if !self.capabilities.scan {
            return self.listed(now, false);
        }
        self.events.push_back(SetupEvent::Stage(Stage::Networks));
        self.networks.clear();
        self.carrier.command(&Command::Scan);
        self.phase = Some(Phase::Scan { until: now + SCAN, quiet: None });
    }

    /// Several results may come, of one network each or of many; an empty one is the last.
    fn found(&mut self, now: Moment, result: &ResultPacket) {
        if result.data.is_empty() {
            return self.listed(now, true);
        }
        for network in networks(&result.data).unwrap_or_default() {
            if !self.networks.contains(&network) {
                self.networks.push(network);
            }
        }
        if let Some(Phase::Scan { quiet, .. }) = &mut self.phase {
            *quiet = Some(now + QUIET);
        }
    }

    fn listed(&mut self, now: Moment, listed: bool) {
        self.listed = Some(listed);
        self.events.push_back(SetupEvent::Networks { list: self.networks.clone(), listed });
        self.choose(now);
    }

    fn choose(&mut self, now: Moment) {
        self.events.push_back(SetupEvent::Stage(Stage::Choose));
        self.phase = Some(Phase::Choose { until: now + PERSON });
    }

    fn answered(&mut self, now: Moment, answer: UserAnswer) {
        match (&self.phase, answer) {
            (Some(Phase::Choose { .. }), UserAnswer::Join(credentials)) => self.join(now, &credentials),
            (Some(Phase::Choose { .. }), UserAnswer::Rescan) => self.scan(now),
            // Not answered by the device, and legal before authorisation.
            (Some(Phase::Choose { .. } | Phase::Authorise { .. }), UserAnswer::Identify)
                if self.capabilities.identify =>
            {
                self.carrier.command(&Command::Identify);
            }
            _ => {}
        }
    }

    fn join(&mut self, now: Moment, credentials: &Credentials) {
        if let Err(obstacle) = acceptable(credentials) {
            return self.events.push_back(SetupEvent::NotTaken(obstacle));
        }
        let (ssid, passphrase) = (credentials.ssid.clone(), credentials.passphrase.clone());
        let command = Command::SendWifi { ssid, passphrase };
        if !self.carrier.command(&command) {
            // 32 and 63 bytes always fit; this is the codec's word for "too long".
            return self.events.push_back(SetupEvent::NotTaken(Obstacle::Broken));
        }
        self.events.push_back(SetupEvent::Stage(Stage::Joining));
        self.phase = Some(Phase::Join(Joining::sending(now, credentials.ssid.clone())));
    }

    fn turned(&mut self, now: Moment, turn: Turn) {
        match turn {
            Turn::Nothing => {}
            Turn::Progress(progress) => self.events.push_back(SetupEvent::Joining(progress)),
            Turn::End(end) => self.end = Some(end),
            Turn::NotJoined(why) => {
                let ssid = match &self.phase {
                    Some(Phase::Join(joining)) => joining.ssid().cloned(),
                    _ => None,
                };
                self.events.push_back(SetupEvent::NotJoined(why.obstacle(ssid.as_ref(), &self.networks)));
                match (self.state, self.listed) {
                    (Some(State::AuthorizationRequired), _) => self.authorise(now, false),
                    (_, Some(_)) => self.choose(now),
                    // The link is a new one: this dialogue has not looked yet.
                    (_, None) => self.scan(now),
                }
            }
        }
    }

    fn tick(&mut self, now: Moment) {
        match &mut self.phase {
            Some(Phase::Opening { until, ask }) => {
                if now >= *until {
                    return self.fail(Obstacle::Silent);
                }
                if ask.is_some_and(|at| now >= at) {
                    *ask = Some(now + SERIAL_ASK);
                    self.carrier.read(Value::State);
                }
            }
            Some(Phase::Info { until }) if now >= *until => self.informed(now, None),
            Some(Phase::Authorise { until, press, .. }) if now >= *until => {
                if *press >= self.plan.presses {
                    self.fail(Obstacle::NotAuthorised)
                } else {
                    self.authorise(now, true)
                }
            }
            Some(Phase::Authorise { look, .. }) if now >= *look => {
                *look = now + LOOK;
                if self.carrier.is_idle() {
                    self.carrier.read(Value::State);
                }
            }
            Some(Phase::Scan { until, quiet }) if now >= *until || quiet.is_some_and(|quiet| now >= quiet) => {
                self.listed(now, true);
            }
            Some(Phase::Choose { until }) if now >= *until => self.fail(Obstacle::Expired),
            Some(Phase::Join(joining)) => {
                let turn = joining.tick(now, &mut self.carrier);
                self.turned(now, turn);
            }
            _ => {}
        }
    }

    fn until(&self, now: Moment) -> Moment {
        let own = match &self.phase {
            None => now,
            Some(Phase::Opening { until, ask }) => ask.map_or(*until, |ask| ask.min(*until)),
            Some(Phase::Info { until } | Phase::Choose { until }) => *until,
            Some(Phase::Authorise { until, look, .. }) => (*until).min(*look),
            Some(Phase::Scan { until, quiet }) => quiet.map_or(*until, |quiet| quiet.min(*until)),
            Some(Phase::Join(joining)) => joining.until(),
        };
        self.carrier.until().map_or(own, |carrier| carrier.min(own))
    }
}

impl Machine for ImprovSetup {
    type Event = SetupEvent;
    type Outcome = SetupOutcome;
    type Failure = Obstacle;

    fn handle(&mut self, now: Moment, input: Input<'_>) {
        match input {
            Input::Cancel => self.fail(Obstacle::Cancelled),
            Input::Answer(answer) => self.answered(now, answer),
            input => {
                self.carrier.handle(now, &input);
                if matches!(input, Input::Tick) {
                    self.tick(now);
                }
            }
        }
    }

    fn poll(&mut self, now: Moment) -> Output<SetupEvent, SetupOutcome, Obstacle> {
        if self.phase.is_none() && self.end.is_none() {
            self.begin(now);
        }
        loop {
            while self.end.is_none() {
                let Some(told) = self.carrier.told() else { break };
                self.told(now, told);
            }
            if let Some(event) = self.events.pop_front() {
                return Output::Event(event);
            }
            if let Some(end) = self.end.take() {
                return Output::Done(end);
            }
            match self.carrier.poll() {
                Some(Wire::Gatt(request)) => return Output::Gatt(request),
                Some(Wire::Send(bytes)) => return Output::Send { channel: Channel::Usb, bytes },
                None => {}
            }
            if let Some(told) = self.carrier.told() {
                self.told(now, told);
                continue;
            }
            return Output::WaitUntil(self.until(now));
        }
    }
}
