//! How long to wait between two tries: 1 to 60 s, full jitter, forgotten after 60 s of connection (MQ-8).

use rand::Rng;
use std::time::Duration;

const LONGEST: Duration = Duration::from_secs(60);
const PROVEN: Duration = Duration::from_secs(60);

/// The wait before the next try.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The wait after one more failure, when the connection before it had been up for `up`.
    pub(super) fn after(&mut self, up: Option<Duration>) -> Duration {
        if up.is_some_and(|up| up >= PROVEN) {
            self.failures = 0;
        }
        let longest = self.longest();
        self.failures = self.failures.saturating_add(1);
        // Full jitter: a thousand printers that lost the same broker do not come back in the same second.
        let millis = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(rand::rng().random_range(0..=millis))
    }

    fn longest(&self) -> Duration {
        Duration::from_secs(1_u64.checked_shl(self.failures.min(6)).unwrap_or(64)).min(LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_doubles_to_a_minute_and_starts_anew_after_a_proven_connection() {
        let mut backoff = Backoff::default();
        for bound in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            assert_eq!(backoff.longest(), Duration::from_secs(bound));
            assert!(backoff.after(None) <= Duration::from_secs(bound));
        }
        backoff.after(Some(Duration::from_secs(59)));
        assert_eq!(backoff.longest(), Duration::from_secs(60));
        backoff.after(Some(Duration::from_secs(60)));
        assert_eq!(backoff.longest(), Duration::from_secs(2));
    }
}
