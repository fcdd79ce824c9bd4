//! Getting a temporary device token (section 3, step 5; rule C-2).
//!
//! There is no refresh call: a new token is obtained by logging in again with the stored authorisation code.

use super::NoEvent;
use super::call::{Call, Next, SHORT_PAUSES, temporary};
use super::cancelled;
use crate::cloud::profile::{Owner, Profile};
use crate::cloud::shapes::{self, AnswerError, LoginAnswer, Refusal, answer, request};
use platen_model::{Fault, HttpFailure, HttpResult, Input, Machine, Moment, Output, Retry, Secret, Segment, WallTime};
use std::time::Duration;

/// A token, fresh from the platform.
#[derive(Clone, Debug)]
pub struct Granted {
    /// The temporary device token.
    pub token: Secret<String>,
    /// How long it lives, counted from `received`.
    pub expires_in: Duration,
    /// When it arrived (promise SE-4: a moment, never the time of day).
    pub received: Moment,
    /// The server's time of day at that moment, for showing that this device's clock is wrong.
    pub server_date: Option<WallTime>,
    /// Who owns the printer, when the answer names them: wins over the profile.
    pub owner: Option<Owner>,
}

impl Granted {
    pub(super) fn of(answer: LoginAnswer, received: Moment, date: Option<i64>) -> Self {
        let LoginAnswer { token, expires_in, owner } = answer;
        Self { token, expires_in, received, server_date: date.map(WallTime), owner }
    }
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginFailure {
    /// Stopped by the user.
    #[error("cancelled")]
    Cancelled,
    /// The authorisation code is not accepted any more: the user binds the printer again (rule C-2).
    #[error("the authorisation was refused: {0}")]
    BindAgain(Refusal),
    /// The platform cannot answer now.
    #[error("the platform cannot answer now: {0}")]
    Unavailable(Refusal),
    /// The exchange failed.
    #[error(transparent)]
    Http(#[from] HttpFailure),
    /// The answer is of no use.
    #[error(transparent)]
    Answer(AnswerError),
}

impl LoginFailure {
    /// As it is told at the edge.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Cancelled => cancelled(),
            Self::BindAgain(refusal) => Fault::new(
                "bind_again",
                refusal.sentence("The platform no longer lets this app use the printer"),
                "Bind the printer again.",
            )
            .with_retry(Retry::AfterRemedy),
            Self::Unavailable(refusal) => refusal.fault(),
            Self::Http(failure) => shapes::http_fault(failure),
            Self::Answer(error) => error.fault(),
        }
    }
}

/// Logs in: at most 3 tries.
pub struct Login {
    call: Call,
    end: Option<Result<Granted, LoginFailure>>,
}

impl Login {
    /// Logs in with the authorisation code; in via-tenant mode the tenant may keep it and none is needed (rule C-3).
    pub fn new(profile: &Profile, sn: &Segment, app_auth_code: Option<&Secret<String>>) -> Self {
        Self { call: Call::new(request::login(profile, sn, app_auth_code), &SHORT_PAUSES, temporary), end: None }
    }

    fn finish(now: Moment, result: HttpResult) -> Result<Granted, LoginFailure> {
        let response = result?;
        match answer::login(&response) {
            Ok(login) => Ok(Granted::of(login, now, response.date)),
            Err(AnswerError::Refused(refusal)) if refusal.is_temporary() => Err(LoginFailure::Unavailable(refusal)),
            Err(AnswerError::Refused(refusal)) => Err(LoginFailure::BindAgain(refusal)),
            Err(error) => Err(LoginFailure::Answer(error)),
        }
    }
}

impl Machine for Login {
    type Event = NoEvent;
    type Outcome = Granted;
    type Failure = LoginFailure;

    fn handle(&mut self, now: Moment, input: Input<'_>) {
        let result = match input {
            Input::Response(result) => self.call.respond(now, result),
            Input::Tick => self.call.tick(now),
            Input::Cancel => {
                self.end = Some(Err(LoginFailure::Cancelled));
                None
            }
            Input::Received { .. } | Input::Answer(_) | Input::Gatt(_) => None,
        };
        if let Some(result) = result {
            self.end = Some(Self::finish(now, result));
        }
    }

    fn poll(&mut self, now: Moment) -> Output<NoEvent, Granted, LoginFailure> {
        if let Some(end) = self.end.take() {
            return Output::Done(end);
        }
        match self.call.poll(now) {
            Next::Request(request) => Output::Request(request),
            Next::Wait(until) => Output::WaitUntil(until),
        }
    }
}
