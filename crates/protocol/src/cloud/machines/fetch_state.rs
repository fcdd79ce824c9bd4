//! Asking the platform for the state of a printer (section 3.1): after every lost session messages were missed (MQ-7).

use super::NoEvent;
use super::call::{Call, Next, ONE_PAUSE, temporary};
use super::cancelled;
use crate::cloud::profile::Profile;
use crate::cloud::shapes::{self, AnswerError, Refusal, StateAnswer, answer, request};
use platen_model::{Fault, HttpFailure, HttpResult, Input, Machine, Moment, Output, Secret};

/// Why there is no state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchFailure {
    /// Stopped.
    #[error("cancelled")]
    Cancelled,
    /// The token is not accepted: refresh once, then a fresh machine.
    #[error("the token was refused: {0}")]
    TokenRefused(Refusal),
    /// The exchange failed.
    #[error(transparent)]
    Http(#[from] HttpFailure),
    /// The platform refused, or the answer is of no use.
    #[error(transparent)]
    Answer(AnswerError),
}

impl FetchFailure {
    /// As it is told at the edge.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Cancelled => cancelled(),
            Self::TokenRefused(refusal) => refusal.fault(),
            Self::Http(failure) => shapes::http_fault(failure),
            Self::Answer(error) => error.fault(),
        }
    }
}

/// Fetches the state of the printer that the token belongs to: at most 2 tries.
pub struct FetchState {
    call: Call,
    end: Option<Result<StateAnswer, FetchFailure>>,
}

impl FetchState {
    /// Asks with this token.
    pub fn new(profile: &Profile, bearer: &Secret<String>) -> Self {
        Self { call: Call::new(request::device_state(profile, bearer), &ONE_PAUSE, temporary), end: None }
    }

    fn finish(result: HttpResult) -> Result<StateAnswer, FetchFailure> {
        match answer::device_state(&result?) {
            Ok(state) => Ok(state),
            Err(AnswerError::Refused(refusal)) if refusal.is_unauthorised() => Err(FetchFailure::TokenRefused(refusal)),
            Err(error) => Err(FetchFailure::Answer(error)),
        }
    }
}

impl Machine for FetchState {
    type Event = NoEvent;
    type Outcome = StateAnswer;
    type Failure = FetchFailure;

    fn handle(&mut self, now: Moment, input: Input<'_>) {
        let result = match input {
            Input::Response(result) => self.call.respond(now, result),
            Input::Tick => self.call.tick(now),
            Input::Cancel => {
                self.end = Some(Err(FetchFailure::Cancelled));
                None
            }
            Input::Received { .. } | Input::Answer(_) | Input::Gatt(_) => None,
        };
        if let Some(result) = result {
            self.end = Some(Self::finish(result));
        }
    }

    fn poll(&mut self, now: Moment) -> Output<NoEvent, StateAnswer, FetchFailure> {
        if let Some(end) = self.end.take() {
            return Output::Done(end);
        }
        match self.call.poll(now) {
            Next::Request(request) => Output::Request(request),
            Next::Wait(until) => Output::WaitUntil(until),
        }
    }
}
