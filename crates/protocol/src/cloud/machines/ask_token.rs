//! Asking the platform for a bind token, to be handed to a printer while it is set up.
//!
//! Deliberately absent: keeping it. A token is good for one printer and some minutes.

use super::call::{Call, Next, ONE_PAUSE, temporary};
use super::{FetchFailure, NoEvent};
use crate::cloud::profile::Profile;
use crate::cloud::shapes::{answer, request};
use platen_model::{HttpResult, Input, Machine, Moment, Output, Secret};

/// Asks for a token: at most 2 tries.
pub struct AskBindToken {
    call: Call,
    end: Option<Result<Secret<String>, FetchFailure>>,
}

impl AskBindToken {
    /// `None` when the deployment gives none out.
    pub fn new(profile: &Profile) -> Option<Self> {
        Some(Self { call: Call::new(request::bind_token(profile)?, &ONE_PAUSE, temporary), end: None })
    }

    fn finish(result: HttpResult) -> Result<Secret<String>, FetchFailure> {
        answer::bind_token(&result?).map_err(FetchFailure::Answer)
    }
}

impl Machine for AskBindToken {
    type Event = NoEvent;
    type Outcome = Secret<String>;
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

    fn poll(&mut self, now: Moment) -> Output<NoEvent, Secret<String>, FetchFailure> {
        if let Some(end) = self.end.take() {
            return Output::Done(end);
        }
        match self.call.poll(now) {
            Next::Request(request) => Output::Request(request),
            Next::Wait(until) => Output::WaitUntil(until),
        }
    }
}
