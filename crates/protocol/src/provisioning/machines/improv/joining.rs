//! What becomes of credentials after they were handed to an Improv device.
//!
//! ```text
//! sending ─ written ─▶ sent ─ state 03 ─▶ trying ─ state 04 ─▶ [1 s for the URL] ─▶ joined
//!    │                  │                   ├─ state 02 ─▶ [0.5 s for the error] ─▶ not joined
//!    │ refused early    │ error first ──────┴─ [0.5 s for the state] ─▶ not joined
//!    ▼                  ▼
//! not joined        link lost ─▶ sent, not confirmed
//! ```
//!
//! Rules (section 1.5): the command is never sent again: a device that has joined refuses it, and would be reported as
//! failed. Some devices answer the write only after they have joined, and some end the link then: a failed write is no
//! failure, the state is read again. The state may change before the error is told, and the other way round. Error 00 is
//! what every new command begins with. We keep the time: devices may try for ever.

use super::carrier::{Carrier, Told, Value};
use crate::provisioning::improv::{ErrorState, State, strings};
use crate::provisioning::machines::advice::refused;
use crate::provisioning::machines::{JOIN_HARD, JOIN_SOFT, Joined, Progress, SetupOutcome};
use crate::provisioning::{Network, Obstacle, Ssid};
use platen_model::Moment;
use std::time::Duration;

/// How long the error may come after the state, or the state after the error.
const CAUSE: Duration = Duration::from_millis(500);
/// How long the URL may come after the state.
const URL: Duration = Duration::from_secs(1);
/// How often the state is read: a notification may get lost.
const LOOK: Duration = Duration::from_secs(5);
/// The longest address that is kept, and how many.
const MOST_URLS: usize = 4;

/// What happened.
pub(super) enum Turn {
    Nothing,
    Progress(Progress),
    NotJoined(Why),
    End(Result<SetupOutcome, Obstacle>),
}

/// Why it did not join, in the device's words.
#[derive(Clone, Copy)]
pub(super) enum Why {
    /// The state went back and no error was told.
    Unsaid,
    Error(ErrorState),
    TimedOut,
    /// The command never was with the device as a whole.
    NotSent,
}

impl Why {
    pub(super) fn obstacle(self, ssid: Option<&Ssid>, list: &[Network]) -> Obstacle {
        match self {
            Self::TimedOut => Obstacle::JoinTimedOut,
            Self::NotSent | Self::Error(ErrorState::InvalidRpc) => Obstacle::Broken,
            Self::Error(ErrorState::UnknownRpc) => Obstacle::NotSupported,
            Self::Error(ErrorState::NotAuthorized) => Obstacle::NotAuthorised,
            // The protocol has one word for a wrong password, a network that is not there and a router that says no.
            Self::Unsaid | Self::Error(_) => refused(ssid, list),
        }
    }
}

enum Verdict {
    Joined,
    Failed(Option<ErrorState>),
}

pub(super) struct Joining {
    ssid: Option<Ssid>,
    began: Moment,
    /// The device may have all of the command.
    out: bool,
    /// The device said that it tries.
    trying: bool,
    still: bool,
    look: Moment,
    urls: Vec<String>,
    verdict: Option<(Moment, Verdict)>,
}

impl Joining {
    /// A command is on its way.
    pub(super) fn sending(now: Moment, ssid: Ssid) -> Self {
        Self { ssid: Some(ssid), out: false, trying: false, ..Self::watch(now) }
    }

    /// It was sent in an earlier link.
    pub(super) fn watch(now: Moment) -> Self {
        Self {
            ssid: None,
            began: now,
            out: true,
            trying: true,
            still: false,
            look: now + LOOK,
            urls: Vec::new(),
            verdict: None,
        }
    }

    pub(super) fn ssid(&self) -> Option<&Ssid> {
        self.ssid.as_ref()
    }

    pub(super) fn told(&mut self, now: Moment, told: Told, carrier: &mut Carrier) -> Turn {
        match told {
            Told::HandedOver if !self.out => {
                self.out = true;
                Turn::Progress(Progress::Sent)
            }
            Told::NotHandedOver { perhaps: true } => {
                // It may have been carried out all the same: only the state tells.
                self.out = true;
                carrier.read(Value::State);
                Turn::Nothing
            }
            Told::NotHandedOver { perhaps: false } => Turn::NotJoined(Why::NotSent),
            Told::State(state) => self.state(now, state, carrier),
            Told::Error(error) => self.error(now, error),
            Told::Result(result) if result.command == 1 => {
                let texts = strings(&result.data).unwrap_or_default();
                let texts = texts.into_iter().filter(|text| !text.is_empty()).take(MOST_URLS);
                self.urls = texts.map(|text| String::from_utf8_lossy(text).into_owned()).collect();
                match self.verdict {
                    Some((_, Verdict::Joined)) => self.joined(),
                    // Only a success is answered. The state should have come before; it may come after.
                    _ => {
                        self.verdict = Some((now + URL, Verdict::Joined));
                        Turn::Nothing
                    }
                }
            }
            Told::Lost => Turn::End(match (&self.verdict, self.out || self.trying) {
                (Some((_, Verdict::Joined)), _) => return self.joined(),
                (Some((_, Verdict::Failed(error))), _) => Err(self.why(*error).obstacle(self.ssid.as_ref(), &[])),
                (None, true) => Ok(SetupOutcome::Sent),
                (None, false) => Err(Obstacle::LinkLost),
            }),
            _ => Turn::Nothing,
        }
    }

    fn why(&self, error: Option<ErrorState>) -> Why {
        error.map_or(Why::Unsaid, Why::Error)
    }

    fn joined(&mut self) -> Turn {
        let joined = Joined { address: None, urls: std::mem::take(&mut self.urls) };
        Turn::End(Ok(SetupOutcome::Joined(joined)))
    }

    fn state(&mut self, now: Moment, state: State, carrier: &mut Carrier) -> Turn {
        match state {
            State::Provisioning if !self.trying => {
                self.trying = true;
                self.out = true;
                Turn::Progress(Progress::Trying(None))
            }
            State::Provisioned => {
                self.out = true;
                if !self.urls.is_empty() {
                    return self.joined();
                }
                if !matches!(self.verdict, Some((_, Verdict::Joined))) {
                    self.verdict = Some((now + URL, Verdict::Joined));
                    carrier.read(Value::Result);
                }
                Turn::Nothing
            }
            State::Authorized | State::AuthorizationRequired if self.trying => match self.verdict {
                Some((_, Verdict::Failed(Some(error)))) => Turn::NotJoined(Why::Error(error)),
                Some(_) => Turn::Nothing,
                None => {
                    self.verdict = Some((now + CAUSE, Verdict::Failed(None)));
                    carrier.read(Value::Error);
                    Turn::Nothing
                }
            },
            _ => Turn::Nothing,
        }
    }

    fn error(&mut self, now: Moment, error: ErrorState) -> Turn {
        match (&self.verdict, error) {
            (_, ErrorState::None) | (Some((_, Verdict::Joined)), _) => Turn::Nothing,
            (Some((_, Verdict::Failed(_))), error) => Turn::NotJoined(Why::Error(error)),
            // Refused before it tried: no state follows.
            (None, error) if !self.trying && error != ErrorState::UnableToConnect => Turn::NotJoined(Why::Error(error)),
            (None, error) => {
                self.verdict = Some((now + CAUSE, Verdict::Failed(Some(error))));
                Turn::Nothing
            }
        }
    }

    pub(super) fn tick(&mut self, now: Moment, carrier: &mut Carrier) -> Turn {
        match self.verdict {
            Some((until, Verdict::Joined)) if now >= until => return self.joined(),
            Some((until, Verdict::Failed(error))) if now >= until => return Turn::NotJoined(self.why(error)),
            Some(_) => return Turn::Nothing,
            None => {}
        }
        if now >= self.began + JOIN_HARD {
            return Turn::NotJoined(Why::TimedOut);
        }
        if now >= self.look {
            self.look = now + LOOK;
            if carrier.is_idle() {
                carrier.read(Value::State);
            }
        }
        if !self.still && now >= self.began + JOIN_SOFT {
            self.still = true;
            return Turn::Progress(Progress::StillTrying);
        }
        Turn::Nothing
    }

    pub(super) fn until(&self) -> Moment {
        if let Some((until, _)) = self.verdict {
            return until;
        }
        let soft = if self.still { self.began + JOIN_HARD } else { self.began + JOIN_SOFT };
        soft.min(self.look)
    }
}
