//! How often a client may ask (promise LS-9): a bucket of `burst` requests that refills with `pace` a second.
//!
//! A client is a peer address *and* a kind. On loopback all addresses are one, so the kind does the work: a foreign
//! page that floods the door empties the strangers' bucket, never that of the UI or of the command line.

use crate::limits::Limits;
use crate::places::Peer;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

const MOST_BUCKETS: usize = 1024;

/// Kinds of clients that do not take requests from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Refused by `Host` or by where it comes from.
    Stranger,
    /// Ours by origin, without a token: the UI while it loads.
    Anonymous,
    /// The UI with its token.
    Page,
    /// A program with its token.
    Program,
}

#[derive(Debug)]
struct Bucket {
    /// Requests left, in thousandths.
    left: u64,
    filled: Instant,
}

/// Everybody's buckets.
pub(crate) struct Pace {
    a_second: u64,
    burst: u64,
    buckets: Mutex<BTreeMap<(Peer, Kind), Bucket>>,
}

impl Pace {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            a_second: u64::from(limits.pace.max(1)),
            burst: u64::from(limits.burst.max(1)) * 1000,
            buckets: Mutex::default(),
        }
    }

    /// Takes one request; on refusal, how long to wait for the next.
    pub(crate) fn take(&self, peer: Peer, kind: Kind, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if buckets.len() >= MOST_BUCKETS && !buckets.contains_key(&(peer, kind)) {
            let full_after = Duration::from_millis(self.burst / self.a_second);
            buckets.retain(|_, bucket| now.duration_since(bucket.filled) < full_after);
        }
        let bucket = buckets.entry((peer, kind)).or_insert(Bucket { left: self.burst, filled: now });
        let waited = u64::try_from(now.duration_since(bucket.filled).as_millis()).unwrap_or(u64::MAX);
        bucket.left = bucket.left.saturating_add(waited.saturating_mul(self.a_second)).min(self.burst);
        bucket.filled = now;
        match bucket.left.checked_sub(1000) {
            Some(left) => {
                bucket.left = left;
                Ok(())
            }
            None => Err(Duration::from_millis((1000 - bucket.left).div_ceil(self.a_second))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_taken_then_fifty_a_second_and_kinds_do_not_mix() {
        let pace = Pace::new(&Limits::default());
        let start = Instant::now();
        for _ in 0..200 {
            assert!(pace.take(Peer::Loopback, Kind::Stranger, start).is_ok());
        }
        assert_eq!(pace.take(Peer::Loopback, Kind::Stranger, start), Err(Duration::from_millis(20)));
        assert!(pace.take(Peer::Loopback, Kind::Page, start).is_ok());
        let later = start + Duration::from_secs(1);
        for _ in 0..50 {
            assert!(pace.take(Peer::Loopback, Kind::Stranger, later).is_ok());
        }
        assert!(pace.take(Peer::Loopback, Kind::Stranger, later).is_err());
    }
}
