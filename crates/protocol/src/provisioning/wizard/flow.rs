//! How the flow goes on: one function a happening, one effect a need.

use super::{CONFIRM, CONFIRM_PAUSE, Effect, FIND_HINT, Happening, Means, PAUSES, Step, Target, Wizard};
use crate::provisioning::label::{self, Label, Setup};
use crate::provisioning::machines::{Advice, Joined, SetupEvent, SetupOutcome, Stage, considered};
use crate::provisioning::{Credentials, Obstacle, Security, Ssid, check_passphrase};
use platen_model::{Moment, Secret, UserAnswer};

impl Wizard {
    /// Takes one happening.
    pub fn handle(&mut self, now: Moment, happening: Happening) {
        match happening {
            Happening::Cancel if !self.is_over() => {
                self.leave();
                self.go(Step::Stopped);
            }
            Happening::WithoutWifi if !self.is_over() => {
                let Some(target) = self.saved.target.clone() else { return };
                self.leave();
                self.go(Step::Offline);
                self.effects.push_back(Effect::UseDirectly(target));
            }
            _ if self.is_over() => {}
            Happening::Computer(ssid, mhz) => {
                self.computer = Some((ssid, mhz));
                self.effects.push_back(Effect::Changed);
            }
            Happening::Label(label) => self.labelled(label),
            Happening::Ready(obstacle) if self.obstacle != obstacle && self.saved.step == Step::Find => {
                self.obstacle = obstacle;
                self.effects.push_back(Effect::Changed);
            }
            Happening::Seen(target) => {
                self.hint = false;
                let wanted = self.label.as_ref().is_some_and(|label| target.name.as_deref() == Some(&label.name));
                if wanted && self.saved.step == Step::Find {
                    self.connect(target);
                }
            }
            Happening::Pick(target) if self.saved.step == Step::Find => self.connect(target),
            Happening::Connected => self.connected(),
            Happening::NotConnected(obstacle) => self.not_connected(now, obstacle),
            Happening::Told(event) => self.told(now, event),
            Happening::Ended(end) => self.ended(now, end),
            Happening::Code(code) if self.wants_code => {
                self.wants_code = false;
                self.obstacle = None;
                self.code = Some(Secret::new(code.reveal().trim().as_bytes().to_vec()));
                self.effects.push_back(Effect::Answer(UserAnswer::Text(code)));
            }
            Happening::Choose(ssid, security) => self.choose(ssid, security),
            Happening::Passphrase(passphrase) => self.passphrase(passphrase),
            Happening::Rescan if matches!(self.saved.step, Step::Network | Step::Password) => {
                self.go(Step::Network);
                self.effects.push_back(Effect::Answer(UserAnswer::Rescan));
            }
            Happening::Identify if self.facts.as_ref().is_some_and(|facts| facts.identify) => {
                self.effects.push_back(Effect::Answer(UserAnswer::Identify));
            }
            Happening::Reached(true) if self.saved.step == Step::Confirm => {
                self.saved.confirmed = true;
                self.bind();
            }
            Happening::Reached(false) if self.saved.step == Step::Confirm => self.not_reached(now),
            Happening::Bound(result) if self.saved.step == Step::Bind => match result {
                Ok(serial) => {
                    (self.saved.serial, self.saved.bound) = (Some(serial), true);
                    self.test_print();
                }
                Err(obstacle) => self.stuck(obstacle),
            },
            Happening::Printed(result) if self.saved.step == Step::TestPrint => match result {
                Ok(()) => self.go(Step::Done),
                Err(obstacle) => self.stuck(obstacle),
            },
            Happening::Again => self.again(now),
            Happening::Skip => self.skip(),
            Happening::Tick => self.tick(now),
            _ => {}
        }
    }

    fn go(&mut self, step: Step) {
        self.saved.step = step;
        self.until = None;
        self.effects.push_back(Effect::Changed);
    }

    /// Something is in the way; the step stays, and so does what was typed in.
    fn stuck(&mut self, obstacle: Obstacle) {
        self.obstacle = Some(obstacle);
        self.until = None;
        self.effects.push_back(Effect::Changed);
    }

    pub(super) fn find(&mut self, now: Moment) {
        self.go(Step::Find);
        self.until = Some(now + FIND_HINT);
        self.effects.push_back(Effect::Listen(true));
    }

    pub(super) fn connect(&mut self, target: Target) {
        if self.saved.step == Step::Find {
            self.effects.push_back(Effect::Listen(false));
        }
        self.saved.target = Some(target.clone());
        self.obstacle = None;
        self.go(if self.saved.sent { Step::Join } else { Step::Connect });
        self.effects.push_back(Effect::Connect(target));
    }

    fn hang_up(&mut self) {
        self.running = false;
        self.effects.push_back(Effect::HangUp);
    }

    pub(super) fn confirm(&mut self, now: Moment) {
        self.obstacle = None;
        self.go(Step::Confirm);
        match self.host() {
            Some((host, port)) => {
                self.confirm_until = Some(now + CONFIRM);
                self.effects.push_back(Effect::Reach { host, port });
            }
            // Nobody said where: see the module's words about mDNS.
            None => self.stuck(Obstacle::Unconfirmed),
        }
    }

    /// Where the printer is, by its own words.
    pub(super) fn host(&self) -> Option<(String, Option<u16>)> {
        if let Some(address) = &self.saved.address {
            return Some((address.clone(), None));
        }
        let url = self.saved.urls.iter().find_map(|url| url::Url::parse(url).ok())?;
        Some((url.host_str()?.to_owned(), url.port_or_known_default()))
    }

    pub(super) fn bind(&mut self) {
        self.obstacle = None;
        self.go(Step::Bind);
        self.effects.push_back(Effect::Bind(self.saved.serial.clone()));
    }

    fn test_print(&mut self) {
        self.obstacle = None;
        match self.saved.serial.clone().filter(|_| self.saved.bound) {
            Some(serial) => {
                self.go(Step::TestPrint);
                self.effects.push_back(Effect::TestPrint(serial));
            }
            None => self.go(Step::Done),
        }
    }

    fn leave(&mut self) {
        match self.saved.step {
            Step::Find => self.effects.push_back(Effect::Listen(false)),
            _ if self.running || self.saved.step == Step::Connect => self.hang_up(),
            _ => {}
        }
    }

    fn labelled(&mut self, label: Setup) {
        self.code = Some(label.code.clone()).filter(|code| !code.reveal().is_empty());
        if self.wants_code
            && let Some(code) = &self.code
        {
            let text = String::from_utf8_lossy(code.reveal()).into_owned();
            self.wants_code = false;
            self.effects.push_back(Effect::Answer(UserAnswer::Text(Secret::new(text))));
        }
        self.label = Some(label);
        self.effects.push_back(Effect::Changed);
    }

    fn connected(&mut self) {
        self.running = true;
        (self.listing, self.ready, self.early) = (false, false, None);
        let label = self.label.as_ref();
        self.effects.push_back(Effect::Begin(Means {
            code: self.code.clone(),
            username: label.and_then(|label| label.username.clone()),
            promised: label.map(|label| label.scheme),
            already_sent: self.saved.sent,
        }));
    }

    fn not_connected(&mut self, now: Moment, obstacle: Obstacle) {
        self.running = false;
        match obstacle {
            // A second try does not switch Bluetooth on.
            Obstacle::BluetoothOff | Obstacle::BluetoothDenied | Obstacle::BluetoothNone => self.stuck(obstacle),
            // The credentials are out, and the printer has let go of its Bluetooth: look for it on the network.
            _ if self.saved.sent => self.confirm(now),
            // Neither does it bring a printer that is not there, or belongs to somebody else.
            Obstacle::NotInSetup | Obstacle::Busy | Obstacle::CableDenied => self.stuck(obstacle),
            _ => match PAUSES.get(self.tries) {
                Some(pause) => {
                    self.tries += 1;
                    self.until = Some(now + *pause);
                }
                None => {
                    self.tries = 0;
                    self.stuck(obstacle);
                }
            },
        }
    }

    fn told(&mut self, now: Moment, event: SetupEvent) {
        match event {
            SetupEvent::Stage(Stage::Authorise) => self.go(Step::Authorise),
            SetupEvent::Stage(Stage::Networks) => {
                self.press = None;
                (self.listing, self.ready) = (true, false);
                self.go(Step::Network);
            }
            SetupEvent::Stage(Stage::Joining) => {
                self.progress = None;
                self.go(Step::Join);
            }
            SetupEvent::Stage(Stage::Session) => {}
            SetupEvent::Stage(Stage::Choose) => {
                self.ready = true;
                if let Some(credentials) = self.early.take() {
                    self.join(credentials);
                }
            }
            SetupEvent::Device(facts) => {
                self.tries = 0;
                self.facts = Some(facts);
                self.effects.push_back(Effect::Changed);
            }
            SetupEvent::CodeNeeded { wrong } => {
                self.wants_code = true;
                self.code = None;
                self.stuck(if wrong { Obstacle::WrongCode } else { Obstacle::CodeMissing });
            }
            SetupEvent::PressButton { within, again } => {
                self.press = Some(now + within);
                self.obstacle = again.then_some(Obstacle::NotAuthorised);
                self.effects.push_back(Effect::Changed);
            }
            SetupEvent::Networks { list, listed } => {
                self.press = None;
                self.listing = false;
                self.obstacle = (listed && list.is_empty()).then_some(Obstacle::NoNetworks);
                (self.networks, self.listed) = (list, listed);
                // After a failure the reason stays on the screen of the password.
                if self.saved.step != Step::Password {
                    self.go(Step::Network);
                }
            }
            SetupEvent::Joining(progress) => {
                // From the first of these on the printer has the credentials.
                self.saved.sent = true;
                self.progress = Some(progress);
                self.effects.push_back(Effect::Changed);
            }
            SetupEvent::NotJoined(obstacle) => {
                self.saved.sent = false;
                self.progress = None;
                let typed = matches!(obstacle, Obstacle::Refused { .. } | Obstacle::JoinTimedOut);
                self.go(if typed && self.saved.ssid.is_some() { Step::Password } else { Step::Network });
                self.stuck(obstacle);
            }
            SetupEvent::NotTaken(obstacle) => {
                self.go(if matches!(obstacle, Obstacle::Passphrase(_)) { Step::Password } else { Step::Network });
                self.stuck(obstacle);
            }
            SetupEvent::HandedOver { device_id, .. } => {
                self.saved.serial = device_id.or(self.saved.serial.take());
            }
        }
    }

    fn ended(&mut self, now: Moment, end: Result<SetupOutcome, Obstacle>) {
        if !std::mem::replace(&mut self.running, false) {
            return;
        }
        self.effects.push_back(Effect::HangUp);
        match end {
            Ok(SetupOutcome::Joined(Joined { address, urls })) => {
                self.saved.sent = true;
                self.saved.serial = self.saved.serial.take().or_else(|| urls.iter().find_map(|url| serial_in(url)));
                (self.saved.address, self.saved.urls) = (address, urls);
                self.confirm(now);
            }
            Ok(SetupOutcome::Sent) => {
                self.saved.sent = true;
                match self.saved.target.clone().filter(|_| !self.saved.looked) {
                    // Perhaps it still has its Bluetooth on, and says what became of them.
                    Some(target) => {
                        self.saved.looked = true;
                        self.connect(target);
                    }
                    None => self.confirm(now),
                }
            }
            Err(Obstacle::LinkLost | Obstacle::Silent) if self.saved.step <= Step::Connect => {
                self.not_connected(now, Obstacle::LinkLost);
            }
            Err(Obstacle::LinkLost | Obstacle::Silent | Obstacle::AlreadyOnline) if self.saved.sent => {
                self.confirm(now);
            }
            Err(obstacle) => {
                self.wants_code = false;
                self.stuck(obstacle);
            }
        }
    }

    fn choose(&mut self, ssid: Ssid, security: Security) {
        if !matches!(self.saved.step, Step::Network | Step::Password) || !self.running {
            return;
        }
        let computer = self.computer.as_ref().map(|(ssid, mhz)| (ssid, *mhz));
        // Said before a password is asked for.
        if let Advice::Impossible(obstacle) = considered(&ssid, security, self.networks(), computer) {
            self.go(Step::Network);
            return self.stuck(obstacle);
        }
        self.saved.ssid = Some(ssid.bytes().to_vec());
        self.saved.security = Some(security);
        self.obstacle = None;
        if security.is_open() {
            self.go(Step::Password);
            return self.passphrase(Secret::new(Vec::new()));
        }
        self.go(Step::Password);
    }

    fn passphrase(&mut self, passphrase: Secret<Vec<u8>>) {
        let chosen = self.saved.ssid.as_deref().and_then(Ssid::new).zip(self.saved.security);
        let Some((ssid, security)) = chosen.filter(|_| self.saved.step == Step::Password && self.running) else {
            return;
        };
        if let Err(problem) = check_passphrase(security, passphrase.reveal()) {
            return self.stuck(Obstacle::Passphrase(problem));
        }
        self.obstacle = None;
        (self.saved.address, self.saved.urls) = (None, Vec::new());
        let credentials = Credentials { ssid, security, passphrase };
        // A name that was typed in while the printer still looks for networks waits for it.
        if self.ready { self.join(credentials) } else { self.early = Some(credentials) }
    }

    fn join(&mut self, credentials: Credentials) {
        self.ready = false;
        self.effects.push_back(Effect::Answer(UserAnswer::Join(credentials)));
    }

    fn not_reached(&mut self, now: Moment) {
        if self.confirm_until.is_none_or(|until| now + CONFIRM_PAUSE >= until) {
            return self.stuck(Obstacle::NotVisible);
        }
        self.until = Some(now + CONFIRM_PAUSE);
    }

    fn again(&mut self, now: Moment) {
        self.obstacle = None;
        match (self.saved.step, self.saved.target.clone()) {
            (Step::Confirm, _) => self.confirm(now),
            (Step::Bind, _) => self.bind(),
            (Step::TestPrint, _) => self.test_print(),
            (Step::Find, _) | (_, None) => self.find(now),
            // The dialogue is over: connect anew. What was chosen stays chosen.
            (_, Some(target)) if !self.running => {
                self.tries = 0;
                self.connect(target);
            }
            _ => self.effects.push_back(Effect::Changed),
        }
    }

    fn skip(&mut self) {
        match self.saved.step {
            // Whatever was seen so far: `is_confirmed` keeps saying the truth.
            Step::Confirm => self.bind(),
            Step::Bind | Step::TestPrint => {
                self.obstacle = None;
                self.go(Step::Done);
            }
            _ => {}
        }
    }

    fn tick(&mut self, now: Moment) {
        if self.until.is_none_or(|until| now < until) {
            return;
        }
        self.until = None;
        match (self.saved.step, self.saved.target.clone()) {
            (Step::Find, _) => {
                self.hint = true;
                self.effects.push_back(Effect::Changed);
            }
            (Step::Confirm, _) => {
                if let Some((host, port)) = self.host() {
                    self.effects.push_back(Effect::Reach { host, port });
                }
            }
            (_, Some(target)) => self.effects.push_back(Effect::Connect(target)),
            _ => {}
        }
    }
}

/// The serial number in a page's address that a printer named (`?id=…`): where it has no better place to say it.
fn serial_in(url: &str) -> Option<String> {
    match label::read(url) {
        Ok(Label::Address { id, .. }) => id,
        _ => None,
    }
}
