//! Binding a printer to an account (section 3, steps 1 to 7).
//!
//! ```text
//!            ┌── code needed, or wrong ──┐
//!            ▼                           │
//! start ─▶ asking the user ─ code ─▶ binding ─ appAuthCode ─▶ logging in ─ token ─▶ bound
//!   └────────────────────────────────▲   └─ token (via-tenant) ───────────────────────▲
//! ```
//!
//! Where a code is required, the platform makes the printer print it; the endpoint for that is not in the guide, so the
//! platform is taken to do it when it answers "code required". Deliberately absent: storing anything.

use super::call::{Call, Next, SHORT_PAUSES, not_arrived};
use super::cancelled;
use super::login::{Granted, Login, LoginFailure};
use crate::cloud::profile::{Mode, Owner, Profile};
use crate::cloud::shapes::{self, AnswerError, BindAnswer, Refusal, answer, request};
use platen_model::{
    Fault, HttpFailure, HttpResult, Input, Machine, Moment, Output, Retry, Secret, Segment, UserAnswer, WallTime,
};
use std::collections::VecDeque;
use std::time::Duration;

/// How long the user may take to read the code from the paper.
const CODE_BUDGET: Duration = Duration::from_secs(300);
/// How many codes are tried.
const CODE_TRIES: u8 = 3;
/// The longest code, in bytes.
const MAX_CODE_BYTES: usize = 64;

/// What happens on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BindEvent {
    /// What is going on.
    Stage(BindStage),
    /// The printer has printed a code; answer with [`UserAnswer::Text`] within 5 minutes.
    CodeNeeded {
        /// Which try the next code will be, from 1.
        attempt: u8,
        /// How many tries there are.
        of: u8,
        /// The code before was wrong.
        wrong: bool,
    },
}

/// The stages of binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindStage {
    /// The platform is asked to bind.
    Binding,
    /// The token is fetched.
    LoggingIn,
}

/// A bound printer.
#[derive(Clone, Debug)]
pub struct Bound {
    /// For later logins; absent when the tenant keeps it (rule C-3).
    pub app_auth_code: Option<Secret<String>>,
    /// The temporary device token.
    pub token: Secret<String>,
    /// How long the token lives, counted from `received`.
    pub expires_in: Duration,
    /// When the token arrived.
    pub received: Moment,
    /// The server's time of day at that moment.
    pub server_date: Option<WallTime>,
    /// Who owns the printer, when the platform names them: wins over the profile. The login answer wins over the bind
    /// answer.
    pub owner: Option<Owner>,
}

/// Why a printer is not bound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindFailure {
    /// Stopped by the user.
    #[error("cancelled")]
    Cancelled,
    /// No code within 5 minutes.
    #[error("no verification code was typed in")]
    CodeTimeout,
    /// Three wrong codes.
    #[error("the verification code was wrong {CODE_TRIES} times")]
    CodeWrong,
    /// The platform does not bind this printer.
    #[error("the platform did not bind the printer: {0}")]
    Refused(Refusal),
    /// Bound, but no token was given.
    #[error("the printer is bound, but logging in failed: {0}")]
    Login(LoginFailure),
    /// The exchange failed.
    #[error(transparent)]
    Http(#[from] HttpFailure),
    /// The answer is of no use.
    #[error(transparent)]
    Answer(AnswerError),
}

impl BindFailure {
    /// As it is told at the edge.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Cancelled => cancelled(),
            Self::CodeTimeout => Fault::new(
                "verification_code_missing",
                "No verification code was typed in.",
                "Start again and type in the code that the printer prints.",
            ),
            Self::CodeWrong => Fault::new(
                "verification_code_wrong",
                "The verification code was not the one that the printer printed.",
                "Start again and use the newest slip.",
            ),
            Self::Refused(refusal) if refusal.is_temporary() => refusal.fault(),
            Self::Refused(refusal) => Fault::new(
                "bind_refused",
                refusal.sentence("The platform did not bind the printer"),
                "Check the serial number, and whether the printer belongs to another account.",
            )
            .with_retry(Retry::AfterRemedy),
            Self::Login(failure) => failure.fault(),
            Self::Http(failure) => shapes::http_fault(failure),
            Self::Answer(error) => error.fault(),
        }
    }
}

enum Phase {
    Binding(Call),
    AwaitingCode(Moment),
    LoggingIn { login: Box<Login>, app_auth_code: Option<Secret<String>>, owner: Option<Owner> },
}

/// Binds a printer and logs it in.
pub struct Bind {
    profile: Profile,
    sn: Segment,
    phase: Phase,
    codes_sent: u8,
    events: VecDeque<BindEvent>,
    end: Option<Result<Bound, BindFailure>>,
}

impl Bind {
    /// Binds `sn`; `code` is the verification code when the user has typed it in beforehand.
    pub fn new(profile: &Profile, sn: &Segment, code: Option<Secret<String>>) -> Self {
        let call = Self::call(profile, sn, code.as_ref());
        Self {
            profile: profile.clone(),
            sn: sn.clone(),
            phase: Phase::Binding(call),
            codes_sent: u8::from(code.is_some()),
            events: VecDeque::from([BindEvent::Stage(BindStage::Binding)]),
            end: None,
        }
    }

    /// Binds `sn` by the token that it was given while it was set up. Where that is not enough, a code is asked for as
    /// usual.
    pub fn by_token(profile: &Profile, sn: &Segment, token: &Secret<String>) -> Self {
        let call = Call::new(request::bind_by_token(profile, sn, token), &SHORT_PAUSES, not_arrived);
        Self { phase: Phase::Binding(call), ..Self::new(profile, sn, None) }
    }

    /// Repeated only when it provably did not arrive: a second call could print a second code.
    fn call(profile: &Profile, sn: &Segment, code: Option<&Secret<String>>) -> Call {
        Call::new(request::bind(profile, sn, code), &SHORT_PAUSES, not_arrived)
    }

    fn bound(&mut self, now: Moment, result: HttpResult) {
        let response = match result {
            Ok(response) => response,
            Err(failure) => return self.fail(failure.into()),
        };
        match answer::bind(&response) {
            Ok(BindAnswer { app_auth_code, login: Some(login), owner }) => {
                let granted = Granted::of(login, now, response.date);
                self.succeed(granted, app_auth_code, owner);
            }
            Ok(BindAnswer { app_auth_code, login: None, owner }) => {
                self.events.push_back(BindEvent::Stage(BindStage::LoggingIn));
                let login = Box::new(Login::new(&self.profile, &self.sn, app_auth_code.as_ref()));
                self.phase = Phase::LoggingIn { login, app_auth_code, owner };
            }
            Err(AnswerError::Refused(refusal)) if refusal.needs_code() && self.codes_sent == 0 => {
                self.ask(now, false);
            }
            // "Code required" after a code was sent: that code did not count.
            Err(AnswerError::Refused(refusal)) if refusal.wrong_code() || refusal.needs_code() => {
                if self.codes_sent >= CODE_TRIES { self.fail(BindFailure::CodeWrong) } else { self.ask(now, true) }
            }
            Err(AnswerError::Refused(refusal)) => self.fail(BindFailure::Refused(refusal)),
            // The tenant answers with a token at once, or not at all (rule C-3).
            Err(AnswerError::Missing(_)) if self.profile.mode == Mode::ViaTenant => {
                self.fail(BindFailure::Answer(AnswerError::Missing("token")));
            }
            Err(error) => self.fail(BindFailure::Answer(error)),
        }
    }

    fn ask(&mut self, now: Moment, wrong: bool) {
        self.phase = Phase::AwaitingCode(now + CODE_BUDGET);
        let attempt = self.codes_sent.saturating_add(1);
        self.events.push_back(BindEvent::CodeNeeded { attempt, of: CODE_TRIES, wrong });
    }

    fn answered(&mut self, answer: UserAnswer) {
        let (Phase::AwaitingCode(_), UserAnswer::Text(text)) = (&self.phase, answer) else { return };
        let code = Secret::from(text.reveal().trim());
        // An empty or absurd answer is no try: the question stays open.
        if code.reveal().is_empty() || code.reveal().len() > MAX_CODE_BYTES {
            return;
        }
        self.codes_sent = self.codes_sent.saturating_add(1);
        self.events.push_back(BindEvent::Stage(BindStage::Binding));
        self.phase = Phase::Binding(Self::call(&self.profile, &self.sn, Some(&code)));
    }

    fn succeed(&mut self, granted: Granted, app_auth_code: Option<Secret<String>>, bind_owner: Option<Owner>) {
        let Granted { token, expires_in, received, server_date, owner } = granted;
        let owner = owner.or(bind_owner);
        self.end = Some(Ok(Bound { app_auth_code, token, expires_in, received, server_date, owner }));
    }

    fn fail(&mut self, failure: BindFailure) {
        self.end = Some(Err(failure));
    }

    fn logged_in(&mut self, result: Result<Granted, LoginFailure>) {
        let Phase::LoggingIn { app_auth_code, owner, .. } = &mut self.phase else { return };
        let (app_auth_code, owner) = (app_auth_code.take(), owner.take());
        match result {
            Ok(granted) => self.succeed(granted, app_auth_code, owner),
            Err(failure) => self.fail(BindFailure::Login(failure)),
        }
    }
}

impl Machine for Bind {
    type Event = BindEvent;
    type Outcome = Bound;
    type Failure = BindFailure;

    fn handle(&mut self, now: Moment, input: Input<'_>) {
        match (&mut self.phase, input) {
            (_, Input::Cancel) => self.fail(BindFailure::Cancelled),
            (Phase::Binding(call), Input::Response(result)) => {
                if let Some(result) = call.respond(now, result) {
                    self.bound(now, result);
                }
            }
            (Phase::Binding(call), Input::Tick) => {
                if let Some(result) = call.tick(now) {
                    self.bound(now, result);
                }
            }
            (Phase::AwaitingCode(until), Input::Tick) if now >= *until => self.fail(BindFailure::CodeTimeout),
            (_, Input::Answer(answer)) => self.answered(answer),
            (Phase::LoggingIn { login, .. }, input) => login.handle(now, input),
            _ => {}
        }
    }

    fn poll(&mut self, now: Moment) -> Output<BindEvent, Bound, BindFailure> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Output::Event(event);
            }
            if let Some(end) = self.end.take() {
                return Output::Done(end);
            }
            match &mut self.phase {
                Phase::AwaitingCode(until) => return Output::WaitUntil(*until),
                Phase::Binding(call) => {
                    return match call.poll(now) {
                        Next::Request(request) => Output::Request(request),
                        Next::Wait(until) => Output::WaitUntil(until),
                    };
                }
                Phase::LoggingIn { login, .. } => match login.poll(now) {
                    Output::Done(result) => self.logged_in(result),
                    Output::Event(never) => match never {},
                    Output::Request(request) => return Output::Request(request),
                    Output::WaitUntil(until) => return Output::WaitUntil(until),
                    Output::Send { channel, bytes } => return Output::Send { channel, bytes },
                    Output::Gatt(request) => return Output::Gatt(request),
                },
            }
        }
    }
}
