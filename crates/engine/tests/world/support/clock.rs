//! A clock that runs many times faster than the real one, for dialogues whose pauses are their own business.

use platen_engine::clock::Wait;
use platen_engine::{Clock, HandClock};
use platen_model::{Moment, WallTime};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Time that passes `factor` times faster. The network below it does not: HTTP and MQTT keep their own time-outs.
pub(crate) struct FastClock {
    begun: Instant,
    wall: i64,
    factor: u32,
}

impl FastClock {
    pub(crate) fn times(factor: u32) -> Self {
        Self { begun: Instant::now(), wall: wall().0, factor }
    }

    fn elapsed(&self) -> u64 {
        u64::try_from((self.begun.elapsed() * self.factor).as_millis()).unwrap()
    }
}

impl Clock for FastClock {
    fn now(&self) -> Moment {
        Moment::from_millis(1_000 + self.elapsed())
    }

    fn wall(&self) -> WallTime {
        WallTime(self.wall + i64::try_from(self.elapsed()).unwrap())
    }

    fn boot(&self) -> String {
        format!("fast-{}", self.wall)
    }

    fn wait_until(&self, moment: Moment) -> Wait {
        let span = moment.since(self.now()) / self.factor;
        // Rounded up: a wait that ends before its moment would be begun again at once.
        Box::pin(tokio::time::sleep(span + Duration::from_millis(1)))
    }
}

/// A clock that stands, at the time of day of the simulated printers.
pub(crate) fn hand_clock() -> HandClock {
    HandClock::at(wall())
}

fn wall() -> WallTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    WallTime(i64::try_from(since.as_millis()).unwrap())
}
