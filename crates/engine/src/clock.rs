//! The only place that knows what time it is.

use platen_model::{Moment, WallTime};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// A wait.
pub type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Time for the engine. Tests turn it by hand with [`HandClock`].
pub trait Clock: Send + Sync {
    /// Now, on a clock that never goes back and counts while the machine sleeps.
    fn now(&self) -> Moment;
    /// The time of day, for people and time stamps only.
    fn wall(&self) -> WallTime;
    /// Which start of the machine [`Clock::now`] belongs to: moments of another start mean nothing.
    fn boot(&self) -> String;
    /// Ends when `moment` has come.
    fn wait_until(&self, moment: Moment) -> Wait;
}

/// The machine's own clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        // CLOCK_BOOTTIME counts through suspend (promise SE-4); elsewhere the plain monotonic clock has to do.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let id = rustix::time::ClockId::Boottime;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let id = rustix::time::ClockId::Monotonic;
        let time = rustix::time::clock_gettime(id);
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        let nanos = u64::try_from(time.tv_nsec).unwrap_or(0);
        Moment::from_millis(seconds.saturating_mul(1000).saturating_add(nanos / 1_000_000))
    }

    fn wall(&self) -> WallTime {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        WallTime(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn boot(&self) -> String {
        // Where the system does not tell, no moment survives the process: a fresh login costs less than a wrong expiry.
        std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
            .map(|id| id.trim().to_owned())
            .unwrap_or_else(|_| format!("process-{}", std::process::id()))
    }

    fn wait_until(&self, moment: Moment) -> Wait {
        let span = moment.since(self.now());
        Box::pin(tokio::time::sleep(span))
    }
}

/// A clock that stands still until a test moves it.
#[derive(Clone)]
pub struct HandClock {
    inner: Arc<Mutex<Hand>>,
}

struct Hand {
    now: Moment,
    wall: WallTime,
    waits: BTreeMap<Moment, Vec<oneshot::Sender<()>>>,
}

impl HandClock {
    /// Stands at `wall`.
    pub fn at(wall: WallTime) -> Self {
        let hand = Hand { now: Moment::from_millis(1_000), wall, waits: BTreeMap::new() };
        Self { inner: Arc::new(Mutex::new(hand)) }
    }

    /// Moves both clocks on and wakes everybody whose moment has come.
    pub fn advance(&self, span: std::time::Duration) {
        let mut hand = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        hand.now = hand.now + span;
        hand.wall = WallTime(hand.wall.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)));
        let after = hand.now + std::time::Duration::from_millis(1);
        let later = hand.waits.split_off(&after);
        for waiter in std::mem::replace(&mut hand.waits, later).into_values().flatten() {
            // A waiter that was dropped does not wait any more.
            let _ = waiter.send(());
        }
    }

    /// Turns the wall clock alone, as a user or a time server does.
    pub fn set_wall(&self, wall: WallTime) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).wall = wall;
    }
}

impl Clock for HandClock {
    fn now(&self) -> Moment {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).now
    }

    fn wall(&self) -> WallTime {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).wall
    }

    fn boot(&self) -> String {
        "hand".to_owned()
    }

    fn wait_until(&self, moment: Moment) -> Wait {
        let mut hand = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if moment <= hand.now {
            return Box::pin(std::future::ready(()));
        }
        let (sender, receiver) = oneshot::channel();
        hand.waits.entry(moment).or_default().push(sender);
        Box::pin(async move {
            // The clock is gone: nobody will ever move it, so the moment never comes.
            if receiver.await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn a_hand_clock_wakes_exactly_those_whose_moment_came() {
        let clock = HandClock::at(WallTime(0));
        let soon = clock.wait_until(clock.now() + Duration::from_secs(1));
        let late = clock.wait_until(clock.now() + Duration::from_secs(3));
        clock.advance(Duration::from_secs(1));
        soon.await;
        assert!(futures_util::FutureExt::now_or_never(late).is_none());
        assert_eq!(clock.wall(), WallTime(1000));
    }

    #[test]
    fn the_system_clock_counts_up() {
        let first = SystemClock.now();
        assert!(SystemClock.now() >= first && !SystemClock.boot().is_empty());
    }
}
