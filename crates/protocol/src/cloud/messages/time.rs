//! Time stamps of strangers (rule C-19, promise MQ-11).

use crate::cloud::json::whole;
use platen_model::WallTime;
use serde::{Deserialize, Deserializer, Serialize};

/// A clock that differs by more than this is a fault of the device, in milliseconds.
const FAULT_MILLIS: i64 = 24 * 3600 * 1000;

/// A `ts`, `dateTime` or `connected_at` as it came: seconds below 10^11, else milliseconds; negative is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct WireTime(pub i64);

impl WireTime {
    /// A time stamp in milliseconds.
    pub const fn millis(time: WallTime) -> Self {
        Self(time.as_millis())
    }

    /// A time stamp in seconds, as in the presence events.
    pub const fn seconds(time: WallTime) -> Self {
        Self(time.as_millis() / 1000)
    }

    /// The time it means; `None` when it is negative.
    pub const fn wall(self) -> Option<WallTime> {
        WallTime::from_wire(self.0)
    }

    /// The time to show: never more than 24 h ahead of `now` (rule C-19).
    pub fn shown(self, now: WallTime) -> Option<WallTime> {
        self.wall().map(|time| time.min(WallTime(now.as_millis().saturating_add(FAULT_MILLIS))))
    }

    /// Whether the sender's clock is more than 24 h off, or does not tell a time at all.
    pub fn clock_fault(self, now: WallTime) -> bool {
        self.wall().is_none_or(|time| time.ahead_of(now).saturating_abs() > FAULT_MILLIS)
    }
}

impl<'de> Deserialize<'de> for WireTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        whole(&value).map(Self).ok_or_else(|| serde::de::Error::custom("not a whole number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c_19_seconds_milliseconds_negative_and_far_ahead() {
        let now = WallTime(1_740_000_000_000);
        assert_eq!(WireTime(1_740_000_000).wall(), Some(now));
        assert_eq!(WireTime(1_740_000_000_000).wall(), Some(now));
        assert_eq!(WireTime(-1).wall(), None);
        assert!(WireTime(-1).clock_fault(now));
        assert!(!WireTime(1_740_086_400).clock_fault(now));
        assert!(WireTime(1_740_086_401).clock_fault(now));
        assert!(WireTime(0).clock_fault(now) && WireTime(i64::MAX).clock_fault(now));
        assert_eq!(WireTime(i64::MAX).shown(now), Some(WallTime(1_740_086_400_000)));
        assert_eq!(WireTime(0).shown(now), Some(WallTime(0)));
    }
}
