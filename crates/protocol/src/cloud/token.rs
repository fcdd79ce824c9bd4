//! When a token must be renewed (promise SE-4, rule C-2).
//!
//! Everything counts in moments, never in times of day: a changed clock neither keeps a dead token nor throws a good one
//! away. Deliberately absent: that only one refresh runs at a time; that is the engine's.

use platen_model::{Moment, WallTime};
use std::time::Duration;

/// At most so many logins within [`LOGIN_WINDOW`].
const LOGINS: usize = 2;
/// See [`LOGINS`].
const LOGIN_WINDOW: Duration = Duration::from_secs(60);

/// The life of one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenClock {
    received: Moment,
    life: Duration,
}

impl TokenClock {
    /// A token that was received then and lives so long.
    pub const fn new(received: Moment, expires_in: Duration) -> Self {
        Self { received, life: expires_in }
    }

    /// When it ends: receipt plus lifetime.
    pub fn expires_at(&self) -> Moment {
        self.received + self.life
    }

    /// When it should be renewed: after 80 % of its life.
    pub fn refresh_at(&self) -> Moment {
        self.received + self.life / 5 * 4
    }

    /// Whether it should be renewed.
    pub fn is_due(&self, now: Moment) -> bool {
        now >= self.refresh_at()
    }

    /// Whether it has ended.
    pub fn is_expired(&self, now: Moment) -> bool {
        now >= self.expires_at()
    }

    /// How long it still lives.
    pub fn remaining(&self, now: Moment) -> Duration {
        self.expires_at().since(now)
    }
}

/// How far the server's clock is ahead of ours, in milliseconds: shown when it is much, used for nothing else.
pub const fn server_skew(server_date: WallTime, now: WallTime) -> i64 {
    server_date.ahead_of(now)
}

/// Not more than two logins a minute, whatever happens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginLimit {
    recent: Vec<Moment>,
}

impl LoginLimit {
    /// Takes a login now, or says when the next one may be.
    pub fn take(&mut self, now: Moment) -> Result<(), Moment> {
        self.recent.retain(|&at| now < at + LOGIN_WINDOW);
        if let (true, Some(&first)) = (self.recent.len() >= LOGINS, self.recent.first()) {
            return Err(first + LOGIN_WINDOW);
        }
        self.recent.push(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::from_millis(seconds * 1000)
    }

    #[test]
    fn c_2_a_token_is_due_at_eighty_percent_of_its_life_counted_from_receipt() {
        let clock = TokenClock::new(at(100), Duration::from_secs(1000));
        assert_eq!((clock.refresh_at(), clock.expires_at()), (at(900), at(1100)));
        assert!(!clock.is_due(Moment::from_millis(899_999)) && clock.is_due(at(900)));
        assert!(!clock.is_expired(at(1099)) && clock.is_expired(at(1100)));
        assert_eq!(clock.remaining(at(1000)), Duration::from_secs(100));
        assert_eq!(clock.remaining(at(2000)), Duration::ZERO);
    }

    #[test]
    fn se_4_never_more_than_two_logins_a_minute() {
        let mut limit = LoginLimit::default();
        assert_eq!((limit.take(at(0)), limit.take(at(10))), (Ok(()), Ok(())));
        assert_eq!(limit.take(at(20)), Err(at(60)));
        assert_eq!(limit.take(at(60)), Ok(()));
        assert_eq!(limit.take(at(61)), Err(at(70)));
    }
}
