//! Giving a job to the platform without ever giving it twice by itself (promise MQ-12, rule C-23).
//!
//! ```text
//! creating ── jobId ───────────────────────────────────────────────▶ sent
//!    │  └─ refused, not arrived ──▶ failed (nothing was accepted)      ▲
//!    │ time-out, reset, 5xx, unreadable answer                         │
//!    ▼                                                                 │
//! looking up by clientRef ── found ────────────────────────────────────┘
//!    │  └─ unclear, or no such call ──▶ uncertain
//!    └─ provably absent ──▶ creating once more; absent again ──▶ failed (nothing was accepted)
//! ```
//!
//! Cancel: before the request has left, or while it provably has not arrived, the job is cancelled. Later the answer is
//! awaited (it is bounded), and a look-up tells what became of it; nothing is sent again.

use super::call::{Call, Next, not_arrived};
use super::cancelled;
use super::look_up::{Found, Search, Wanted};
use crate::cloud::profile::Profile;
use crate::cloud::shapes::{self, AnswerError, NewJob, Refusal, answer, request};
use platen_model::{Fault, HttpFailure, HttpResult, Input, Machine, Moment, Output, Retry, Secret, Segment};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// Pauses between tries that provably did not arrive.
const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(9)];
/// The platform gets a moment to finish what it may be doing with the request.
const SETTLE: Duration = Duration::from_secs(1);

/// What happens on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendEvent {
    /// The job goes out.
    Sending,
    /// It is not known whether it arrived; the platform is asked.
    LookingUp,
    /// The platform provably does not have it; it goes out once more.
    Resending,
}

/// Where a job stands with the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// The platform has it.
    Sent {
        /// The platform's id.
        job_id: String,
        /// What a look-up said about it; read it with the profile's table.
        status: Option<String>,
        /// It was found by a look-up; the answer to the request itself never came.
        by_look_up: bool,
    },
    /// It may be on paper: only the user, or proof from the printer, ends this.
    Uncertain {
        /// Why it is not known.
        reason: UncertainReason,
    },
}

/// Why it is not known whether the platform has a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UncertainReason {
    /// The platform offers no look-up.
    NoLookUp,
    /// The look-up said neither yes nor no.
    Unclear,
}

/// How to go on after the token was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// Nothing was accepted: send.
    Send,
    /// It may have been accepted: look up first.
    LookUp {
        /// It has been sent a second time already.
        resent: bool,
    },
}

/// Why the platform does not have a job. In all cases but [`Resume::LookUp`] nothing was accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendFailure {
    /// Stopped by the user.
    #[error("cancelled")]
    Cancelled,
    /// The token is not accepted: refresh once, then [`SendJob::resume`].
    #[error("the token was refused: {refusal}")]
    TokenRefused {
        /// What to do after the refresh.
        resume: Resume,
        /// What the platform said.
        refusal: Refusal,
    },
    /// The platform does not take the job.
    #[error("the platform refused the job: {0}")]
    Refused(Refusal),
    /// The request never arrived.
    #[error("the job did not reach the platform: {0}")]
    NotSent(HttpFailure),
    /// It was sent twice, and both times the platform provably did not keep it.
    #[error("the platform did not keep the job")]
    NotKept,
}

impl SendFailure {
    /// Whether the platform provably does not have the job: it may go back to `ready`.
    pub const fn nothing_accepted(&self) -> bool {
        !matches!(self, Self::TokenRefused { resume: Resume::LookUp { .. }, .. })
    }

    /// As it is told at the edge.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Cancelled => cancelled(),
            Self::TokenRefused { refusal, .. } => refusal.fault(),
            Self::Refused(refusal) if refusal.is_temporary() => refusal.fault(),
            Self::Refused(refusal) => Fault::new(
                "job_refused",
                refusal.sentence("The print platform refused the job"),
                "Change what it complains about, then print again.",
            )
            .with_retry(Retry::AfterRemedy),
            Self::NotSent(failure) => shapes::http_fault(failure),
            Self::NotKept => Fault::new(
                "job_not_kept",
                "The print platform took the job twice and did not keep it.",
                "Try again later; nothing was printed.",
            )
            .with_retry(Retry::Later),
        }
    }
}

enum Phase {
    /// Before the first poll: whether to begin with a look-up.
    Start {
        look_up: bool,
    },
    Creating(Call),
    LookingUp(Box<Search>),
}

/// Sends one job.
pub struct SendJob {
    wanted: Wanted,
    job: Arc<NewJob>,
    phase: Phase,
    resent: bool,
    cancelled: bool,
    events: VecDeque<SendEvent>,
    end: Option<Result<SendOutcome, SendFailure>>,
}

impl SendJob {
    /// Sends a job that has never left this machine.
    pub fn new(profile: &Profile, bearer: &Secret<String>, sn: &Segment, job: Arc<NewJob>) -> Self {
        Self::starting(profile, bearer, sn, job, Resume::Send)
    }

    /// Takes up a job that may have left before a crash: begins with a look-up, and sends only what is provably absent.
    pub fn recover(profile: &Profile, bearer: &Secret<String>, sn: &Segment, job: Arc<NewJob>) -> Self {
        Self::starting(profile, bearer, sn, job, Resume::LookUp { resent: false })
    }

    /// Goes on with a fresh token after [`SendFailure::TokenRefused`].
    pub fn resume(resume: Resume, profile: &Profile, bearer: &Secret<String>, sn: &Segment, job: Arc<NewJob>) -> Self {
        Self::starting(profile, bearer, sn, job, resume)
    }

    fn starting(profile: &Profile, bearer: &Secret<String>, sn: &Segment, job: Arc<NewJob>, resume: Resume) -> Self {
        let wanted = Wanted {
            profile: profile.clone(),
            bearer: bearer.clone(),
            sn: sn.clone(),
            client_ref: job.client_ref.clone(),
        };
        let (look_up, resent) = match resume {
            Resume::Send => (false, false),
            Resume::LookUp { resent } => (true, resent),
        };
        let phase = Phase::Start { look_up };
        Self { wanted, job, phase, resent, cancelled: false, events: VecDeque::new(), end: None }
    }

    fn create(&mut self, event: SendEvent) {
        self.events.push_back(event);
        let request = request::create_job(&self.wanted.profile, &self.wanted.bearer, &self.job);
        self.phase = Phase::Creating(Call::new(request, &PAUSES, not_arrived));
    }

    fn look_up(&mut self, now: Moment, after: Duration) {
        match Search::new(self.wanted.clone(), now, after, true) {
            Some(search) => {
                self.events.push_back(SendEvent::LookingUp);
                self.phase = Phase::LookingUp(Box::new(search));
            }
            None => self.uncertain(UncertainReason::NoLookUp),
        }
    }

    fn created(&mut self, now: Moment, result: HttpResult) {
        let response = match result {
            Ok(response) => response,
            Err(failure) if failure.may_have_arrived() => return self.look_up(now, SETTLE),
            Err(failure) => return self.fail_unaccepted(SendFailure::NotSent(failure)),
        };
        match answer::created(&response) {
            Ok(job_id) => {
                self.end = Some(Ok(SendOutcome::Sent { job_id, status: None, by_look_up: false }));
            }
            Err(AnswerError::Refused(refusal)) if may_have_acted(&refusal) => self.look_up(now, SETTLE),
            Err(AnswerError::Refused(refusal)) if refusal.is_unauthorised() => {
                self.fail_unaccepted(SendFailure::TokenRefused { resume: Resume::Send, refusal });
            }
            Err(AnswerError::Refused(refusal)) => self.fail_unaccepted(SendFailure::Refused(refusal)),
            // The platform acted on something, but it does not tell on what.
            Err(_) => self.look_up(now, SETTLE),
        }
    }

    fn looked_up(&mut self, found: Found) {
        match found {
            Found::Job(item) => {
                let job_id = item.job_id.unwrap_or_default();
                self.end = Some(Ok(SendOutcome::Sent { job_id, status: item.status, by_look_up: true }));
            }
            Found::Absent if self.cancelled => self.end = Some(Err(SendFailure::Cancelled)),
            Found::Absent if self.resent => self.end = Some(Err(SendFailure::NotKept)),
            Found::Absent => {
                self.resent = true;
                self.create(SendEvent::Resending);
            }
            Found::TokenRefused(refusal) => {
                let resume = Resume::LookUp { resent: self.resent };
                self.end = Some(Err(SendFailure::TokenRefused { resume, refusal }));
            }
            Found::NoCall => self.uncertain(UncertainReason::NoLookUp),
            Found::Unclear => self.uncertain(UncertainReason::Unclear),
        }
    }

    fn uncertain(&mut self, reason: UncertainReason) {
        self.end = Some(Ok(SendOutcome::Uncertain { reason }));
    }

    /// Nothing was accepted; a cancel that came meanwhile has what it wanted.
    fn fail_unaccepted(&mut self, failure: SendFailure) {
        self.end = Some(Err(if self.cancelled { SendFailure::Cancelled } else { failure }));
    }

    fn cancel(&mut self) {
        self.cancelled = true;
        let nothing_is_out = match &self.phase {
            Phase::Start { look_up } => !look_up,
            Phase::Creating(call) => !call.is_out(),
            Phase::LookingUp(_) => false,
        };
        if nothing_is_out && self.end.is_none() {
            self.events.clear();
            self.end = Some(Err(SendFailure::Cancelled));
        }
    }
}

/// 5xx, "took too long" and "there is one already"; also when they stand only in the body.
fn may_have_acted(refusal: &Refusal) -> bool {
    let acted = |code: i64| (500..600).contains(&code) || code == 408 || code == 409;
    acted(i64::from(refusal.status)) || (refusal.status < 300 && refusal.code.is_some_and(acted))
}

impl Machine for SendJob {
    type Event = SendEvent;
    type Outcome = SendOutcome;
    type Failure = SendFailure;

    fn handle(&mut self, now: Moment, input: Input<'_>) {
        if self.end.is_some() {
            return;
        }
        match (&mut self.phase, input) {
            (_, Input::Cancel) => self.cancel(),
            (Phase::Creating(call), Input::Response(result)) => match call.respond(now, result) {
                Some(result) => self.created(now, result),
                // It would try again; a cancel ends that.
                None if self.cancelled => self.cancel(),
                None => {}
            },
            (Phase::Creating(call), Input::Tick) => {
                if let Some(result) = call.tick(now) {
                    self.created(now, result);
                }
            }
            (Phase::LookingUp(search), Input::Response(result)) => {
                if let Some(found) = search.respond(now, result) {
                    self.looked_up(found);
                }
            }
            (Phase::LookingUp(search), Input::Tick) => {
                if let Some(found) = search.tick(now) {
                    self.looked_up(found);
                }
            }
            _ => {}
        }
    }

    fn poll(&mut self, now: Moment) -> Output<SendEvent, SendOutcome, SendFailure> {
        if let (Phase::Start { look_up }, None) = (&self.phase, &self.end) {
            if *look_up {
                self.look_up(now, Duration::ZERO);
            } else {
                self.create(SendEvent::Sending);
            }
        }
        if let Some(event) = self.events.pop_front() {
            return Output::Event(event);
        }
        if let Some(end) = self.end.take() {
            return Output::Done(end);
        }
        let next = match &mut self.phase {
            Phase::Creating(call) => call.poll(now),
            Phase::LookingUp(search) => search.poll(now),
            Phase::Start { .. } => Next::Wait(now + SETTLE),
        };
        match next {
            Next::Request(request) => Output::Request(request),
            Next::Wait(until) => Output::WaitUntil(until),
        }
    }
}
