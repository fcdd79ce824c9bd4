//! When to connect again (promise MQ-8), and when to stop trying (promise MQ-10). Random numbers are passed in.

use platen_model::Moment;
use std::time::Duration;

/// The first ceiling.
const FIRST: Duration = Duration::from_secs(1);
/// The last ceiling.
const LAST: Duration = Duration::from_secs(60);
/// A connection that lasted so long was a good one.
const GOOD: Duration = Duration::from_secs(60);
/// Even the luckiest random number waits so long, so that a refusing broker is not asked in a loop.
const LEAST: Duration = Duration::from_millis(100);

/// Full jitter between 0 and a ceiling that doubles from 1 s to 60 s.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
    up_since: Option<Moment>,
    skip: bool,
}

impl Backoff {
    /// A connection stands.
    pub fn connected(&mut self, now: Moment) {
        self.up_since = Some(now);
        self.skip = false;
    }

    /// A connection ended or was not made: how long to wait. `random` is from 0 (inclusive) to 1 (exclusive).
    pub fn disconnected(&mut self, now: Moment, random: f64) -> Duration {
        if self.up_since.take().is_some_and(|since| now.since(since) >= GOOD) {
            self.failures = 0;
        }
        let ceiling = FIRST.saturating_mul(1 << self.failures.min(6)).min(LAST);
        self.failures = self.failures.saturating_add(1);
        if std::mem::take(&mut self.skip) {
            return LEAST;
        }
        let share = if random.is_finite() { random.clamp(0.0, 1.0) } else { 1.0 };
        ceiling.mul_f64(share).max(LEAST)
    }

    /// The machine woke up or the network changed: the next wait is skipped, once. A wait that is running is the
    /// caller's to end.
    pub fn skip_once(&mut self) {
        self.skip = true;
    }
}

/// How often a session is taken over before we stop.
const TAKE_OVERS: u8 = 3;
/// Without a take-over for so long, the count starts again.
const PEACE: Duration = Duration::from_secs(600);

/// Counts how often the broker gave our session to another client with the same id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakeOvers {
    count: u8,
    last: Option<Moment>,
}

impl TakeOvers {
    /// Our session was taken over; `true` when it is time to stop and ask the user: two copies fight.
    pub fn happened(&mut self, now: Moment) -> bool {
        if self.last.is_some_and(|last| now.since(last) >= PEACE) {
            self.count = 0;
        }
        self.last = Some(now);
        self.count = self.count.saturating_add(1);
        self.count >= TAKE_OVERS
    }

    /// The user decided: start again.
    pub fn forgive(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::from_millis(seconds * 1000)
    }

    #[test]
    fn mq_8_the_ceiling_doubles_to_sixty_seconds_and_the_wait_is_a_share_of_it() {
        let mut backoff = Backoff::default();
        let ceilings: Vec<_> = (0..8).map(|_| backoff.disconnected(at(0), 1.0).as_secs()).collect();
        assert_eq!(ceilings, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(backoff.disconnected(at(0), 0.5).as_secs(), 30);
        assert_eq!(backoff.disconnected(at(0), 0.0), LEAST);
        assert_eq!(backoff.disconnected(at(0), f64::NAN).as_secs(), 60);
    }

    #[test]
    fn mq_8_a_minute_of_connection_resets_it_and_a_wake_skips_one_wait() {
        let mut backoff = Backoff::default();
        for _ in 0..9 {
            backoff.disconnected(at(0), 1.0);
        }
        backoff.connected(at(100));
        assert_eq!(backoff.disconnected(at(159), 1.0).as_secs(), 60);
        backoff.connected(at(200));
        assert_eq!(backoff.disconnected(at(260), 1.0).as_secs(), 1);
        backoff.skip_once();
        assert_eq!(backoff.disconnected(at(261), 1.0), LEAST);
        assert_eq!(backoff.disconnected(at(262), 1.0).as_secs(), 4);
    }

    #[test]
    fn mq_10_the_third_take_over_stops_and_peace_forgets() {
        let mut fights = TakeOvers::default();
        assert!(!fights.happened(at(0)) && !fights.happened(at(60)) && fights.happened(at(120)));
        assert!(!fights.happened(at(800)));
        fights.forgive();
        assert!(!fights.happened(at(801)));
    }
}
