//! One HTTP exchange, repeated after a pause while that is safe and useful.

use platen_model::{HttpFailure, HttpRequest, HttpResult, Moment};
use std::time::Duration;

/// An exchange that has not ended so long after its own time-out never will.
const GRACE: Duration = Duration::from_secs(5);

/// What a call wants next.
pub(super) enum Next {
    Request(HttpRequest),
    Wait(Moment),
}

/// Whether a result is worth another try.
pub(super) type Policy = fn(&HttpResult) -> bool;

pub(super) struct Call {
    request: HttpRequest,
    pauses: std::slice::Iter<'static, Duration>,
    again: Policy,
    state: State,
}

#[derive(Clone, Copy)]
enum State {
    Fresh,
    Waiting(Moment),
    Pausing(Moment),
    Over,
}

impl Call {
    /// Makes `request`; after a result that `again` accepts, pauses and repeats, once for each of `pauses`.
    pub(super) fn new(request: HttpRequest, pauses: &'static [Duration], again: Policy) -> Self {
        Self { request, pauses: pauses.iter(), again, state: State::Fresh }
    }

    /// One exchange without a repetition.
    pub(super) fn once(request: HttpRequest) -> Self {
        Self::new(request, &[], |_| false)
    }

    /// The request has left and its end is not known.
    pub(super) const fn is_out(&self) -> bool {
        matches!(self.state, State::Waiting(_))
    }

    pub(super) fn poll(&mut self, now: Moment) -> Next {
        match self.state {
            State::Fresh => {
                self.state = State::Waiting(now + self.request.timeout + GRACE);
                Next::Request(self.request.clone())
            }
            State::Waiting(until) | State::Pausing(until) => Next::Wait(until),
            State::Over => Next::Wait(now + GRACE),
        }
    }

    /// Takes the end of the exchange; `Some` when it is the end of the call.
    pub(super) fn respond(&mut self, now: Moment, result: HttpResult) -> Option<HttpResult> {
        if !self.is_out() {
            return None; // an answer that we have given up on
        }
        if (self.again)(&result)
            && let Some(pause) = self.pauses.next()
        {
            self.state = State::Pausing(now + *pause);
            return None;
        }
        self.state = State::Over;
        Some(result)
    }

    /// Takes the passing of time; `Some` when the call ends by it.
    pub(super) fn tick(&mut self, now: Moment) -> Option<HttpResult> {
        match self.state {
            State::Waiting(until) if now >= until => self.respond(now, Err(HttpFailure::TimedOut)),
            State::Pausing(until) if now >= until => {
                self.state = State::Fresh;
                None
            }
            _ => None,
        }
    }
}

/// Worth another try when repeating does no harm: nothing came back, or the platform cannot answer now.
pub(super) fn temporary(result: &HttpResult) -> bool {
    match result {
        Ok(response) => response.status >= 500 || matches!(response.status, 408 | 425 | 429),
        Err(failure) => {
            matches!(failure, HttpFailure::Unreachable(_) | HttpFailure::Broken(_) | HttpFailure::TimedOut)
        }
    }
}

/// Worth another try when the other side must not act twice: it provably has not acted.
pub(super) fn not_arrived(result: &HttpResult) -> bool {
    match result {
        Ok(response) => matches!(response.status, 425 | 429),
        Err(failure) => matches!(failure, HttpFailure::Unreachable(_)),
    }
}

/// 1 s.
pub(super) const ONE_PAUSE: [Duration; 1] = [Duration::from_secs(1)];
/// 1 s, then 3 s.
pub(super) const SHORT_PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];
