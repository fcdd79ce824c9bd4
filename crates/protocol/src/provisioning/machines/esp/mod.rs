//! Espressif's unified provisioning, over Bluetooth and over the device's own access point.
//!
//! Source: sections 2.1 to 2.5 of `docs/protocols/provisioning.md`.
//!
//! ```text
//! version ─▶ [code] ─▶ session (two rounds) ─▶ scan ─▶ choose ─▶ [hand over] ─▶ [reset] ─▶ set ─▶ apply ─▶ status …
//!    ▲                    ▲                                                        ▲                        │
//!    │                    └── an answer was lost: the cipher is out of step        └──── not joined ────────┘
//! ```
//!
//! Rules: never less security than promised; a refusal of the proof is a wrong code; after a lost answer there is a new
//! session and never a second try of the message; `Reset` before other credentials; devices may answer "connecting" for
//! ever, so the time is ours; a link that is lost after `apply` says nothing about joining. Deliberately absent: pairing
//! for endpoints that ask for it (no system interface offers it to us).

mod handshake;
mod joining;
mod road;
mod session;

use super::advice::acceptable;
use super::{Draws, JOIN_HARD, JOIN_SOFT, PERSON, Plan, Progress, SCAN, SetupEvent, SetupOutcome, Stage};
use crate::provisioning::esp::{self as wire, Endpoint, ProtoVersion, ResponseError, Scheme, Session, Stripped};
use crate::provisioning::{Network, Obstacle};
use handshake::Handshake;
use joining::Joining;
use platen_model::gatt::Tree;
use platen_model::{Credentials, Input, Machine, Moment, Output, Secret, UserAnswer};
use road::{Answer, Broken, Road, Wire};
use session::SESSIONS;
use std::collections::VecDeque;
use std::time::Duration;

/// Where a device's own access point answers.
pub const ACCESS_POINT: &str = "http://192.168.4.1:80";
/// How long one exchange may take; arithmetic with 3,072 bits takes a small device seconds.
const EXCHANGE: Duration = Duration::from_secs(15);
/// Between two questions whether it has joined, and whether the list is ready.
const STATUS_PAUSE: Duration = Duration::from_secs(2);
const SCAN_PAUSE: Duration = Duration::from_millis(500);

/// What is asked, or waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Version,
    Code,
    Session0,
    Session1,
    ScanStart,
    ScanStatus,
    ScanPage { start: u32, count: u32 },
    Choose,
    HandOver,
    Reset,
    Set,
    Apply,
    Status,
}

/// Unified provisioning, from the first question to the end.
pub struct EspSetup {
    road: Road,
    plan: Plan,
    draws: Draws,
    scheme: Scheme,
    version: ProtoVersion,
    stripped: Stripped,
    handshake: Option<Handshake>,
    session: Option<Session>,
    step: Option<Step>,
    /// Where a new session goes on.
    resume: Step,
    sessions: u8,
    /// While an exchange is under way: its end. While waiting: the next question, or the end of patience.
    until: Moment,
    asking: bool,
    scan_until: Moment,
    networks: Vec<Network>,
    wanted: Option<Credentials>,
    needs_reset: bool,
    /// It was reset before these credentials.
    was_reset: bool,
    handed_over: bool,
    joining: Option<Joining>,
    events: VecDeque<SetupEvent>,
    end: Option<Result<SetupOutcome, Obstacle>>,
}

impl EspSetup {
    /// Over Bluetooth, to a device with this table. Descriptions must have been read.
    ///
    /// # Errors
    /// [`Obstacle::NotSupported`] when no service has the endpoint of the session.
    pub fn over_ble(tree: &Tree, plan: Plan) -> Result<Self, Obstacle> {
        Ok(Self::new(Road::ble(tree).ok_or(Obstacle::NotSupported)?, plan))
    }

    /// Over the device's access point, for example [`ACCESS_POINT`]. The computer has joined it.
    pub fn over_access_point(base: &str, plan: Plan) -> Self {
        Self::new(Road::http(base), plan)
    }

    /// Whether a device has the endpoint of the session.
    pub fn is_offered(tree: &Tree) -> bool {
        Road::ble(tree).is_some()
    }

    fn new(road: Road, plan: Plan) -> Self {
        let resume = if plan.already_sent { Step::Status } else { Step::ScanStart };
        Self {
            road,
            draws: Draws::new(plan.seed.clone()),
            plan,
            scheme: Scheme::Two,
            version: ProtoVersion {
                version: String::new(),
                scheme: None,
                counting_nonce: false,
                no_code: false,
                scan: true,
            },
            stripped: Stripped::No,
            handshake: None,
            session: None,
            step: None,
            resume,
            sessions: 0,
            until: Moment::default(),
            asking: false,
            scan_until: Moment::default(),
            networks: Vec::new(),
            wanted: None,
            needs_reset: false,
            was_reset: false,
            handed_over: false,
            joining: None,
            events: VecDeque::new(),
            end: None,
        }
    }

    fn fail(&mut self, obstacle: Obstacle) {
        self.end.get_or_insert(Err(obstacle));
    }

    fn tell(&mut self, event: SetupEvent) {
        self.events.push_back(event);
    }

    /// Begins a plain exchange.
    fn ask(&mut self, now: Moment, step: Step, endpoint: &str, bytes: Vec<u8>) {
        self.step = Some(step);
        self.until = now + EXCHANGE;
        self.asking = true;
        self.road.start(endpoint, bytes, EXCHANGE);
    }

    /// Begins an exchange inside of the session.
    fn ask_sealed(&mut self, now: Moment, step: Step, endpoint: &str, message: &[u8]) {
        match self.session.as_mut().map(|session| session.encrypt(message)) {
            Some(Ok(bytes)) => self.ask(now, step, endpoint, bytes),
            // Used up, or none: a new one.
            _ => self.renew(now, step, Obstacle::Broken),
        }
    }

    fn wait(&mut self, step: Step, until: Moment) {
        self.step = Some(step);
        self.asking = false;
        self.until = until;
    }

    /// The end of the exchange of `step`.
    fn answered(&mut self, now: Moment, answer: Answer) {
        self.asking = false;
        let Some(step) = self.step else { return };
        match step {
            Step::Version => self.versioned(now, answer),
            Step::Session0 => match answer {
                Ok(bytes) => self.first_round(now, &bytes),
                Err(broken) => self.broken(now, step, broken),
            },
            Step::Session1 => match answer {
                Ok(bytes) => self.second_round(now, &bytes),
                // Error 0x04, or a closed connection: the handler did not accept the proof.
                Err(Broken::Refused) => self.wrong_code(now),
                Err(broken) => self.broken(now, step, broken),
            },
            Step::Code | Step::Choose => {}
            step => match answer {
                Ok(bytes) => match self.session.as_mut().map(|session| session.decrypt(&bytes)) {
                    Some(Ok(plain)) => self.opened(now, step, plain.reveal()),
                    _ => self.out_of_step(now, step),
                },
                Err(broken) => self.broken(now, step, broken),
            },
        }
    }

    fn scan(&mut self, now: Moment) {
        if !self.version.scan {
            return self.listed(now, false);
        }
        self.tell(SetupEvent::Stage(Stage::Networks));
        self.networks.clear();
        self.scan_until = now + SCAN;
        let request = wire::begin_scan(self.road.is_http());
        self.ask_sealed(now, Step::ScanStart, Endpoint::Scan.name(), &request);
    }

    fn listed(&mut self, now: Moment, listed: bool) {
        let list = self.networks.clone();
        self.tell(SetupEvent::Networks { list, listed });
        self.choose(now);
    }

    fn choose(&mut self, now: Moment) {
        self.tell(SetupEvent::Stage(Stage::Choose));
        self.wait(Step::Choose, now + PERSON);
    }

    /// An answer inside of the session.
    fn opened(&mut self, now: Moment, step: Step, plain: &[u8]) {
        match step {
            Step::ScanStart => match wire::read_scan_started(plain) {
                Ok(()) => self.ask_scan_status(now),
                Err(_) => self.listed(now, true),
            },
            Step::ScanStatus => match wire::read_scan_count(plain) {
                Ok(Some(0)) | Err(_) => self.listed(now, true),
                Ok(Some(count)) => self.ask_page(now, 0, count),
                Ok(None) if now >= self.scan_until => self.listed(now, true),
                Ok(None) => self.wait(Step::ScanStatus, now + SCAN_PAUSE),
            },
            Step::ScanPage { start, count } => match wire::read_scan_results(plain) {
                Ok(page) if !page.is_empty() => {
                    self.networks.extend(page);
                    // What was left out of a page counts as asked for.
                    let next = start.saturating_add(wire::PAGE);
                    if next < count { self.ask_page(now, next, count) } else { self.listed(now, true) }
                }
                _ => self.listed(now, true),
            },
            Step::HandOver => {
                self.taken(plain);
                self.send_credentials(now);
            }
            Step::Reset => match wire::read_reset(plain) {
                Ok(()) => {
                    (self.needs_reset, self.was_reset) = (false, true);
                    self.send_credentials(now);
                }
                Err(_) => self.not_joined(now, Obstacle::NeedsReset),
            },
            Step::Set => match wire::read_config_set(plain) {
                Ok(()) => {
                    self.wanted = None;
                    self.ask_sealed(now, Step::Apply, Endpoint::Config.name(), &wire::apply_config());
                }
                // Somebody else's try stands: a script that failed before, or a program that was killed.
                Err(ResponseError::Refused(_)) if !self.was_reset => {
                    self.needs_reset = true;
                    self.send_credentials(now);
                }
                Err(ResponseError::Refused(_)) => self.not_joined(now, Obstacle::NeedsReset),
                Err(ResponseError::Broken) => self.not_joined(now, Obstacle::Broken),
            },
            Step::Apply => match wire::read_applied(plain) {
                Ok(()) => {
                    self.tell(SetupEvent::Joining(Progress::Sent));
                    self.wait(Step::Status, now + STATUS_PAUSE);
                }
                Err(_) => self.not_joined(now, Obstacle::NeedsReset),
            },
            Step::Status => match wire::read_status(plain) {
                Ok(status) => self.status(now, status),
                // The session is in step; the device has no better answer now.
                Err(_) => self.wait(Step::Status, now + STATUS_PAUSE),
            },
            Step::Version | Step::Code | Step::Session0 | Step::Session1 | Step::Choose => {}
        }
    }

    fn ask_scan_status(&mut self, now: Moment) {
        self.ask_sealed(now, Step::ScanStatus, Endpoint::Scan.name(), &wire::scan_status());
    }

    fn ask_page(&mut self, now: Moment, start: u32, count: u32) {
        let request = wire::scan_results(start, count);
        self.ask_sealed(now, Step::ScanPage { start, count }, Endpoint::Scan.name(), &request);
    }

    fn ask_status(&mut self, now: Moment) {
        self.ask_sealed(now, Step::Status, Endpoint::Config.name(), &wire::get_status());
    }

    /// The answer was lost or not ours: the ciphers of both sides are out of step.
    fn out_of_step(&mut self, now: Moment, step: Step) {
        match step {
            Step::Apply => self.renew(now, Step::Status, Obstacle::Broken),
            Step::ScanStart | Step::ScanStatus | Step::ScanPage { .. } => {
                // Not worth a second try: names can be typed in.
                let (list, listed) = (self.networks.clone(), !self.networks.is_empty());
                self.tell(SetupEvent::Networks { list, listed });
                self.renew(now, Step::Choose, Obstacle::Broken);
            }
            Step::HandOver => {
                self.tell(SetupEvent::HandedOver { taken: false, device_id: None });
                self.renew(now, Step::Set, Obstacle::Broken);
            }
            Step::Reset => {
                self.wanted = None;
                self.joining = None;
                self.tell(SetupEvent::NotJoined(Obstacle::NeedsReset));
                self.renew(now, Step::Choose, Obstacle::NeedsReset);
            }
            other => self.renew(now, other, Obstacle::Broken),
        }
    }

    fn broken(&mut self, now: Moment, step: Step, broken: Broken) {
        let sent = matches!(step, Step::Apply | Step::Status) || self.resume == Step::Status;
        match (broken, sent) {
            (Broken::Lost, true) if !self.road.is_http() => self.lost_after_apply(),
            // The device changes its channel when it joins, and its access point is gone for a while or for good.
            (Broken::Lost | Broken::Silent, true) if self.sessions >= SESSIONS => self.lost_after_apply(),
            (Broken::Lost, true) => {
                self.session = None;
                self.wait(Step::Status, now + STATUS_PAUSE);
            }
            (Broken::Lost, false) => self.fail(Obstacle::LinkLost),
            (Broken::Refused, _) if matches!(step, Step::Session0) && sent => self.lost_after_apply(),
            (Broken::Refused, _) if matches!(step, Step::Session0) => self.fail(Obstacle::Broken),
            (Broken::NotPossible, _) => match step {
                Step::Reset => self.not_joined(now, Obstacle::NeedsReset),
                Step::ScanStart => self.listed(now, false),
                // A help and never a need: the token is longer than a write, or its place takes none.
                Step::HandOver => self.out_of_step(now, step),
                _ => self.fail(Obstacle::NotSupported),
            },
            (Broken::Silent, false) if matches!(step, Step::Version | Step::Session0 | Step::Session1) => {
                self.fail(Obstacle::Silent);
            }
            (Broken::Silent | Broken::Refused, _) => self.out_of_step(now, step),
        }
    }

    fn person(&mut self, now: Moment, answer: UserAnswer) {
        match (self.step, answer) {
            (Some(Step::Code), UserAnswer::Text(code)) => {
                self.plan.code = Some(Secret::new(code.reveal().trim().as_bytes().to_vec()));
                self.shake(now);
            }
            (Some(Step::Choose), UserAnswer::Rescan) => self.scan(now),
            (Some(Step::Choose), UserAnswer::Join(credentials)) => match acceptable(&credentials) {
                Ok(()) => {
                    self.tell(SetupEvent::Stage(Stage::Joining));
                    let ssid = Some(credentials.ssid.clone());
                    self.joining = Some(Joining { ssid, began: now, still: false, told: None, bare: None });
                    self.wanted = Some(credentials);
                    self.resume = Step::Set;
                    self.send_credentials(now);
                }
                Err(obstacle) => self.tell(SetupEvent::NotTaken(obstacle)),
            },
            _ => {}
        }
    }

    fn tick(&mut self, now: Moment) {
        if self.after_apply()
            && let Some(joining) = &mut self.joining
        {
            if now >= joining.began + JOIN_HARD && joining.bare.is_none() && !self.asking {
                return self.not_joined(now, Obstacle::JoinTimedOut);
            }
            if now >= joining.began + JOIN_SOFT && !joining.still {
                joining.still = true;
                self.events.push_back(SetupEvent::Joining(Progress::StillTrying));
            }
        }
        if now < self.until {
            return;
        }
        match (self.asking, self.step) {
            // The request may still be under way, so nothing else can be asked on this link.
            (true, Some(step)) => match step {
                Step::Apply | Step::Status => self.lost_after_apply(),
                _ if self.resume == Step::Status => self.lost_after_apply(),
                _ => self.fail(Obstacle::Silent),
            },
            (false, Some(Step::ScanStatus)) => self.ask_scan_status(now),
            (false, Some(Step::Status)) if self.session.is_some() => self.ask_status(now),
            (false, Some(Step::Status)) => self.renew(now, Step::Status, Obstacle::Unconfirmed),
            (false, Some(Step::Code)) => self.fail(Obstacle::CodeMissing),
            (false, _) => self.fail(Obstacle::Expired),
            (true, None) => {}
        }
    }

    fn after_apply(&self) -> bool {
        matches!(self.step, Some(Step::Apply | Step::Status)) || self.resume == Step::Status
    }

    fn next_tick(&self) -> Moment {
        // An HTTP exchange has its own bound; ours is only a little later.
        let until = if self.asking && self.road.is_http() { self.until + STATUS_PAUSE } else { self.until };
        match &self.joining {
            Some(joining) if self.after_apply() && !joining.still => until.min(joining.began + JOIN_SOFT),
            _ => until,
        }
    }
}

impl Machine for EspSetup {
    type Event = SetupEvent;
    type Outcome = SetupOutcome;
    type Failure = Obstacle;

    fn handle(&mut self, now: Moment, input: Input<'_>) {
        match input {
            Input::Cancel => self.fail(Obstacle::Cancelled),
            Input::Answer(answer) => self.person(now, answer),
            Input::Tick => self.tick(now),
            input => {
                let lost = matches!(input, Input::Gatt(platen_model::GattEvent::Lost));
                match self.road.handle(input) {
                    Some(answer) if self.asking => self.answered(now, answer),
                    Some(_) if lost && self.after_apply() => self.lost_after_apply(),
                    Some(_) if lost => self.fail(Obstacle::LinkLost),
                    _ => {}
                }
            }
        }
    }

    fn poll(&mut self, now: Moment) -> Output<SetupEvent, SetupOutcome, Obstacle> {
        if self.step.is_none() && self.end.is_none() {
            self.tell(SetupEvent::Stage(Stage::Session));
            self.ask(now, Step::Version, Endpoint::Version.name(), b"---".to_vec());
        }
        loop {
            if self.end.is_none()
                && let Some(answer) = self.road.refused()
            {
                self.answered(now, answer);
                continue;
            }
            if let Some(event) = self.events.pop_front() {
                return Output::Event(event);
            }
            if let Some(end) = self.end.take() {
                return Output::Done(end);
            }
            return match self.road.poll() {
                Some(Wire::Gatt(request)) => Output::Gatt(request),
                Some(Wire::Request(request)) => Output::Request(request),
                None => Output::WaitUntil(self.next_tick()),
            };
        }
    }
}
