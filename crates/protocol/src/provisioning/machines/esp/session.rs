//! From the device's version to an agreed session, and to a new one after a lost answer.

use super::handshake::{Handshake, Means, Second};
use super::joining::Joining;
use super::road::{Answer, Broken};
use super::{EspSetup, Step};
use crate::provisioning::Obstacle;
use crate::provisioning::esp::{Endpoint, ProtoVersion, Scheme, Session, SessionError, Stripped, VersionError};
use crate::provisioning::machines::{DeviceFacts, PERSON, SetupEvent, SetupOutcome, Stage};
use platen_model::{Moment, Secret};

/// New sessions after lost answers, in one dialogue.
pub(super) const SESSIONS: u8 = 3;
/// The status of a device that has a session with somebody else.
const TOO_MANY_SESSIONS: i32 = 3;
/// The statuses that say "not this scheme".
const NOT_THIS_SCHEME: [i32; 2] = [1, 2];

impl EspSetup {
    /// A new session that goes on at `step`; too many are `obstacle`.
    pub(super) fn renew(&mut self, now: Moment, step: Step, obstacle: Obstacle) {
        self.session = None;
        self.asking = false;
        if self.sessions >= SESSIONS {
            return match step {
                // The credentials are out: what became of them is for the network to say.
                Step::Status => self.end = Some(Ok(SetupOutcome::Sent)),
                _ => self.fail(obstacle),
            };
        }
        self.sessions = self.sessions.saturating_add(1);
        self.resume = step;
        self.road.forget();
        self.shake(now);
    }

    pub(super) fn shake(&mut self, now: Moment) {
        let empty = Secret::new(Vec::new());
        let means = Means {
            scheme: self.scheme,
            username: self.plan.username.as_deref(),
            code: self.plan.code.as_ref().unwrap_or(&empty),
            counting_nonce: self.version.counting_nonce,
            stripped: self.stripped,
        };
        let handshake = Handshake::new(&means, &mut self.draws);
        let bytes = handshake.begin();
        self.handshake = Some(handshake);
        self.ask(now, Step::Session0, Endpoint::Session.name(), bytes);
    }

    pub(super) fn versioned(&mut self, now: Moment, answer: Answer) {
        match answer {
            Ok(bytes) => match ProtoVersion::read(&bytes) {
                Ok(version) => self.version = version,
                Err(_) => return self.fail(Obstacle::NotSupported),
            },
            // Very old firmware has no such endpoint.
            Err(Broken::NotPossible | Broken::Refused) => {}
            Err(broken) => return self.broken(now, Step::Version, broken),
        }
        match self.version.choose(self.plan.promised, self.plan.allow_zero) {
            Ok(scheme) => self.scheme = scheme,
            Err(VersionError::Downgrade) => return self.fail(Obstacle::Downgrade),
            Err(_) => return self.fail(Obstacle::NotSupported),
        }
        let scan = self.version.scan && self.road.has(Endpoint::Scan.name());
        self.version.scan = scan;
        let encrypted = self.scheme != Scheme::Zero;
        self.tell(SetupEvent::Device(DeviceFacts { encrypted, scan, ..DeviceFacts::default() }));
        let wants_code = match self.scheme {
            Scheme::Zero => false,
            Scheme::One => !self.version.no_code,
            Scheme::Two => true,
        };
        match (&self.plan.code, wants_code) {
            // A code mixed in where the device has none would be a wrong one.
            (_, false) => {
                self.plan.code = None;
                self.shake(now);
            }
            (Some(_), true) => self.shake(now),
            (None, true) => self.want_code(now, false),
        }
    }

    pub(super) fn want_code(&mut self, now: Moment, wrong: bool) {
        self.tell(SetupEvent::CodeNeeded { wrong });
        self.wait(Step::Code, now + PERSON);
    }

    pub(super) fn first_round(&mut self, now: Moment, answer: &[u8]) {
        match self.handshake.as_mut().map(|handshake| handshake.prove(answer)) {
            Some(Ok(Second::Prove(bytes))) => self.ask(now, Step::Session1, Endpoint::Session.name(), bytes),
            Some(Ok(Second::Done(session))) => self.agreed(now, *session),
            Some(Err(error)) => self.not_agreed(now, error),
            None => self.fail(Obstacle::Broken),
        }
    }

    pub(super) fn second_round(&mut self, now: Moment, answer: &[u8]) {
        match self.handshake.take().map(|handshake| handshake.finish(answer)) {
            Some(Ok(session)) => self.agreed(now, session),
            Some(Err(error)) => self.not_agreed(now, error),
            None => self.fail(Obstacle::Broken),
        }
    }

    pub(super) fn not_agreed(&mut self, now: Moment, error: SessionError) {
        match error {
            SessionError::WrongCode => self.wrong_code(now),
            SessionError::Refused(TOO_MANY_SESSIONS) => self.fail(Obstacle::Busy),
            SessionError::Refused(status) if NOT_THIS_SCHEME.contains(&status) => self.fail(Obstacle::NotSupported),
            SessionError::Refused(_) | SessionError::Broken | SessionError::Unsafe => self.fail(Obstacle::Broken),
        }
    }

    pub(super) fn wrong_code(&mut self, now: Moment) {
        let stripped = self.scheme == Scheme::Two
            && self.stripped == Stripped::No
            && self
                .plan
                .code
                .as_ref()
                .is_some_and(|code| Handshake::may_be_stripped(self.plan.username.as_deref(), code));
        self.road.forget();
        if stripped {
            self.stripped = Stripped::Yes;
            return self.shake(now);
        }
        self.stripped = Stripped::No;
        self.plan.code = None;
        if self.scheme == Scheme::One && self.version.no_code {
            return self.fail(Obstacle::Broken);
        }
        self.want_code(now, true);
    }

    pub(super) fn agreed(&mut self, now: Moment, session: Session) {
        self.session = Some(session);
        self.handshake = None;
        match self.resume {
            Step::Status => {
                if self.joining.is_none() {
                    self.tell(SetupEvent::Stage(Stage::Joining));
                    self.joining = Some(Joining { ssid: None, began: now, still: false, told: None, bare: None });
                }
                self.ask_status(now);
            }
            Step::Set | Step::Reset | Step::HandOver => self.send_credentials(now),
            Step::Choose => self.choose(now),
            _ => self.scan(now),
        }
    }
}
