//! Looking for a job by our reference (promise MQ-12).
//!
//! *Found* is a listed job with exactly our reference. *Absent* needs a whole list in which every job shows another
//! reference: a platform that ignores the filter, cuts the list short or leaves references out proves nothing. Where the
//! answer decides about sending a document again, the list must be seen without the job twice, 5 s apart: the first
//! request may still be on its way through somebody's proxy.

use super::NoEvent;
use super::call::{Call, Next};
use super::cancelled;
use crate::cloud::profile::Profile;
use crate::cloud::shapes::{AnswerError, JobItem, JobList, Refusal, answer, request};
use platen_model::{Fault, HttpResult, Input, Machine, Moment, Output, Retry, Secret, Segment};
use std::time::Duration;

/// Pauses between the tries.
const PAUSES: [Duration; 4] =
    [Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8), Duration::from_secs(15)];
/// Two lists without the job prove its absence when they are so far apart.
const PROOF: Duration = Duration::from_secs(5);
/// After so long it stays unclear.
const BUDGET: Duration = Duration::from_secs(150);
/// A platform that ignores the filter is followed through so many pages.
const MAX_PAGES: usize = 20;

/// What is looked for, and with what.
#[derive(Clone)]
pub(super) struct Wanted {
    pub(super) profile: Profile,
    pub(super) bearer: Secret<String>,
    pub(super) sn: Segment,
    pub(super) client_ref: String,
}

/// How a search ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Job(JobItem),
    Absent,
    TokenRefused(Refusal),
    /// The platform has no such call.
    NoCall,
    Unclear,
}

enum State {
    Pausing(Moment),
    Asking(Box<Call>),
}

/// The search, for the machines that need one.
pub(super) struct Search {
    wanted: Wanted,
    proof: bool,
    pauses: std::slice::Iter<'static, Duration>,
    deadline: Moment,
    page: usize,
    seen: usize,
    nameless: bool,
    absent_since: Option<Moment>,
    state: State,
}

impl Search {
    /// Begins `after` a pause. With `proof`, absence must be seen twice. `None` when the profile names no such call.
    pub(super) fn new(wanted: Wanted, now: Moment, after: Duration, proof: bool) -> Option<Self> {
        wanted.profile.http.paths.job_list.as_ref()?;
        Some(Self {
            wanted,
            proof,
            pauses: PAUSES.iter(),
            deadline: now + BUDGET,
            page: 1,
            seen: 0,
            nameless: false,
            absent_since: None,
            state: State::Pausing(now + after),
        })
    }

    pub(super) fn poll(&mut self, now: Moment) -> Next {
        if let State::Pausing(until) = self.state {
            let Wanted { profile, bearer, sn, client_ref } = &self.wanted;
            let request = request::job_list(profile, bearer, sn, Some(client_ref), self.page);
            match request {
                Some(request) if now >= until => self.state = State::Asking(Box::new(Call::once(request))),
                _ => return Next::Wait(until),
            }
        }
        match &mut self.state {
            State::Asking(call) => call.poll(now),
            State::Pausing(until) => Next::Wait(*until),
        }
    }

    pub(super) fn respond(&mut self, now: Moment, result: HttpResult) -> Option<Found> {
        let State::Asking(call) = &mut self.state else { return None };
        let result = call.respond(now, result)?;
        self.read(now, result)
    }

    pub(super) fn tick(&mut self, now: Moment) -> Option<Found> {
        let State::Asking(call) = &mut self.state else { return None };
        let result = call.tick(now)?;
        self.read(now, result)
    }

    fn read(&mut self, now: Moment, result: HttpResult) -> Option<Found> {
        let list = match result {
            Err(_) => return self.next_try(now),
            Ok(response) => match answer::job_list(&response) {
                Ok(list) => list,
                Err(AnswerError::Refused(refusal)) if refusal.is_unauthorised() => {
                    return Some(Found::TokenRefused(refusal));
                }
                Err(AnswerError::Refused(refusal)) if matches!(refusal.status, 404 | 405 | 501) => {
                    return Some(Found::NoCall);
                }
                Err(_) => return self.next_try(now),
            },
        };
        let JobList { items, total } = list;
        let ours = |item: &&JobItem| item.client_ref.as_deref() == Some(self.wanted.client_ref.as_str());
        if let Some(item) = items.iter().find(ours) {
            // A job of ours without an id cannot be followed; it is there all the same, so nothing is sent again.
            return if item.job_id.is_some() { Some(Found::Job(item.clone())) } else { self.next_try(now) };
        }
        self.seen = self.seen.saturating_add(items.len());
        self.nameless |= items.iter().any(|item| item.client_ref.is_none());
        let whole = match total {
            Some(total) => self.seen >= total,
            None => items.is_empty(),
        };
        if whole && !self.nameless {
            return self.absent(now);
        }
        if whole || items.is_empty() || self.page >= MAX_PAGES {
            return self.next_try(now);
        }
        self.page += 1;
        self.state = State::Pausing(now);
        (now >= self.deadline).then_some(Found::Unclear)
    }

    fn absent(&mut self, now: Moment) -> Option<Found> {
        let since = *self.absent_since.get_or_insert(now);
        if !self.proof || now.since(since) >= PROOF {
            return Some(Found::Absent);
        }
        self.next_try(now)
    }

    fn next_try(&mut self, now: Moment) -> Option<Found> {
        (self.page, self.seen, self.nameless) = (1, 0, false);
        match self.pauses.next() {
            Some(pause) if now + *pause < self.deadline => {
                self.state = State::Pausing(now + *pause);
                None
            }
            _ => Some(Found::Unclear),
        }
    }
}

/// How a look-up ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobLookUp {
    /// The platform has it.
    Found(JobItem),
    /// The platform lists its jobs and this is not among them.
    Absent,
}

/// Why a look-up told nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookUpFailure {
    /// Stopped.
    #[error("cancelled")]
    Cancelled,
    /// The token is not accepted: refresh once, then a fresh machine.
    #[error("the token was refused: {0}")]
    TokenRefused(Refusal),
    /// The platform has no call for it.
    #[error("the platform has no call to look a job up")]
    NoCall,
    /// No answer that says yes or no.
    #[error("the platform did not say whether it has the job")]
    Unclear,
}

impl LookUpFailure {
    /// As it is told at the edge.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Cancelled => cancelled(),
            Self::TokenRefused(refusal) => refusal.fault(),
            Self::NoCall => Fault::new(
                "lookup_not_offered",
                "The print platform cannot say whether it has the job.",
                "Look at the paper and decide.",
            )
            .with_retry(Retry::No),
            Self::Unclear => Fault::new(
                "lookup_unclear",
                "The print platform did not say whether it has the job.",
                "Try again later, or look at the paper and decide.",
            )
            .with_retry(Retry::Later),
        }
    }
}

/// Looks one job up by our reference, for example after a lost session (promise MQ-7).
pub struct LookUpJob {
    start: Option<Wanted>,
    search: Option<Search>,
    end: Option<Result<JobLookUp, LookUpFailure>>,
}

impl LookUpJob {
    /// Looks for the job of `sn` that carries `client_ref`.
    pub fn new(profile: &Profile, bearer: &Secret<String>, sn: &Segment, client_ref: impl Into<String>) -> Self {
        let wanted =
            Wanted { profile: profile.clone(), bearer: bearer.clone(), sn: sn.clone(), client_ref: client_ref.into() };
        Self { start: Some(wanted), search: None, end: None }
    }

    fn finish(&mut self, found: Option<Found>) {
        self.end = found.map(|found| match found {
            Found::Job(item) => Ok(JobLookUp::Found(item)),
            Found::Absent => Ok(JobLookUp::Absent),
            Found::TokenRefused(refusal) => Err(LookUpFailure::TokenRefused(refusal)),
            Found::NoCall => Err(LookUpFailure::NoCall),
            Found::Unclear => Err(LookUpFailure::Unclear),
        });
    }
}

impl Machine for LookUpJob {
    type Event = NoEvent;
    type Outcome = JobLookUp;
    type Failure = LookUpFailure;

    fn handle(&mut self, now: Moment, input: Input<'_>) {
        let found = match (&mut self.search, input) {
            (_, Input::Cancel) => {
                self.end = Some(Err(LookUpFailure::Cancelled));
                return;
            }
            (Some(search), Input::Response(result)) => search.respond(now, result),
            (Some(search), Input::Tick) => search.tick(now),
            _ => None,
        };
        if found.is_some() {
            self.finish(found);
        }
    }

    fn poll(&mut self, now: Moment) -> Output<NoEvent, JobLookUp, LookUpFailure> {
        if let Some(wanted) = self.start.take().filter(|_| self.end.is_none()) {
            self.search = Search::new(wanted, now, Duration::ZERO, false);
            if self.search.is_none() {
                return Output::Done(Err(LookUpFailure::NoCall));
            }
        }
        if let Some(end) = self.end.take() {
            return Output::Done(end);
        }
        match self.search.as_mut().map(|search| search.poll(now)) {
            Some(Next::Request(request)) => Output::Request(request),
            Some(Next::Wait(until)) => Output::WaitUntil(until),
            None => Output::WaitUntil(now + BUDGET),
        }
    }
}
