//! Time as a value. Nothing in the pure crates asks what time it is: the caller says so.

use serde::{Deserialize, Serialize};
use std::ops::Add;
use std::time::Duration;

/// A point on a clock that never goes back and keeps counting while the machine sleeps, in milliseconds since an
/// arbitrary start. Deadlines (token refresh, time-outs) are moments, so a changed wall clock moves none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment(u64);

impl Moment {
    /// The moment `millis` milliseconds after the clock's start.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the clock's start.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub const fn since(self, earlier: Moment) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Moment {
    type Output = Moment;

    fn add(self, span: Duration) -> Moment {
        let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Moment(self.0.saturating_add(millis))
    }
}

/// A time of day for people and for the wire: milliseconds since 1970-01-01 UTC. Never used for a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WallTime(pub i64);

impl WallTime {
    /// Reads a device's or broker's time stamp: below 10^11 it counts seconds, else milliseconds (rule C-19).
    /// Negative values are not times.
    pub const fn from_wire(value: i64) -> Option<Self> {
        const FIRST_MILLIS: i64 = 100_000_000_000;
        if value < 0 {
            None
        } else if value < FIRST_MILLIS {
            Some(Self(value * 1000))
        } else {
            Some(Self(value))
        }
    }

    /// Milliseconds since 1970-01-01 UTC.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// How far this is ahead of `other`, in milliseconds; negative when it is behind.
    pub const fn ahead_of(self, other: WallTime) -> i64 {
        self.0.saturating_sub(other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_times_below_ten_to_the_eleven_are_seconds() {
        assert_eq!(WallTime::from_wire(1_740_000_000), Some(WallTime(1_740_000_000_000)));
        assert_eq!(WallTime::from_wire(1_724_040_060_000), Some(WallTime(1_724_040_060_000)));
        assert_eq!(WallTime::from_wire(99_999_999_999), Some(WallTime(99_999_999_999_000)));
        assert_eq!(WallTime::from_wire(100_000_000_000), Some(WallTime(100_000_000_000)));
        assert_eq!(WallTime::from_wire(-1), None);
    }

    #[test]
    fn a_moment_never_overflows() {
        let late = Moment::from_millis(u64::MAX);
        assert_eq!(late + Duration::from_secs(1), late);
        assert_eq!(Moment::default().since(late), Duration::ZERO);
    }
}
