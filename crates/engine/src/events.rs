//! Numbered events: what changed, told to every door in one order.
//!
//! An event names what changed, not how it looks: each door loads the view when it tells its client. The last
//! [`KEPT`] events are kept, so a client that comes back can go on; one that was away longer takes a new snapshot.

use platen_model::{JobId, WallTime};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// How many events are kept for clients that come back.
pub const KEPT: usize = 4096;

/// What changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A printer appeared or changed.
    Printer(String),
    /// A printer was unbound.
    PrinterRemoved(String),
    /// A job appeared or changed.
    Job(JobId),
    /// A job was forgotten.
    JobRemoved(JobId),
    /// The user's choices changed.
    Settings,
    /// Another profile is in use.
    Profile,
    /// The simulated world changed.
    World,
    /// What is near changed.
    Nearby,
    /// The set-up of a printer began, changed or ended.
    Setup,
    /// The test strip of an unknown printer began, went on or ended.
    Strip,
    /// A printer told something that belongs to no job.
    Notice {
        /// Which printer.
        sn: String,
        /// The device's own word.
        event: String,
        /// The device's own text.
        detail: String,
    },
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Grows by one.
    pub seq: u64,
    /// When it happened.
    pub at: WallTime,
    /// What changed.
    pub change: Change,
}

/// The events of one run of the engine.
#[derive(Clone)]
pub struct Events {
    shared: Arc<Shared>,
}

struct Shared {
    epoch: String,
    kept: Mutex<VecDeque<Event>>,
    last: watch::Sender<u64>,
}

/// The numbers asked for are gone or belong to another run: take a new snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the events asked for are no longer kept")]
pub struct Gap;

impl Events {
    /// Begins at number 0 in a new epoch.
    pub fn new(epoch: String) -> Self {
        let shared = Shared { epoch, kept: Mutex::new(VecDeque::new()), last: watch::channel(0).0 };
        Self { shared: Arc::new(shared) }
    }

    /// Which run the numbers belong to.
    pub fn epoch(&self) -> &str {
        &self.shared.epoch
    }

    /// Number of the newest event; 0 before the first.
    pub fn last(&self) -> u64 {
        *self.shared.last.borrow()
    }

    /// Tells everybody.
    pub fn tell(&self, at: WallTime, change: Change) {
        let mut kept = self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let seq = *self.shared.last.borrow() + 1;
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(Event { seq, at, change });
        // Sent under the lock, so that the numbers are seen in order.
        self.shared.last.send_replace(seq);
    }

    /// Follows the events after number `after` of `epoch`.
    pub fn follow(&self, epoch: &str, after: u64) -> Result<Follower, Gap> {
        if epoch != self.shared.epoch || after > self.last() || !self.reaches(after) {
            return Err(Gap);
        }
        Ok(Follower { events: self.clone(), after, news: self.shared.last.subscribe() })
    }

    fn reaches(&self, after: u64) -> bool {
        let kept = self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.front().is_none_or(|oldest| oldest.seq <= after + 1)
    }

    fn next_after(&self, after: u64) -> Option<Event> {
        let kept = self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = kept.front()?.seq;
        let index = usize::try_from((after + 1).checked_sub(oldest)?).ok()?;
        kept.get(index).cloned()
    }
}

/// One client's place in the events.
pub struct Follower {
    events: Events,
    after: u64,
    news: watch::Receiver<u64>,
}

impl Follower {
    /// The next event; an error when this client was too slow and events it had not seen are gone.
    pub async fn next(&mut self) -> Result<Event, Gap> {
        loop {
            if self.after < self.events.last() {
                let event = self.events.next_after(self.after).ok_or(Gap)?;
                self.after = event.seq;
                return Ok(event);
            }
            self.news.changed().await.map_err(|_| Gap)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_follower_sees_every_event_once_and_in_order() {
        let events = Events::new("e".into());
        events.tell(WallTime(1), Change::Settings);
        let mut follower = events.follow("e", 0).unwrap();
        events.tell(WallTime(2), Change::Profile);
        assert_eq!(follower.next().await.unwrap().change, Change::Settings);
        assert_eq!(follower.next().await.unwrap().seq, 2);
        assert!(events.follow("other", 0).is_err() && events.follow("e", 3).is_err());
    }

    #[tokio::test]
    async fn a_client_that_was_away_too_long_is_told_so() {
        let events = Events::new("e".into());
        let mut slow = events.follow("e", 0).unwrap();
        for _ in 0..=KEPT {
            events.tell(WallTime(0), Change::World);
        }
        assert_eq!(slow.next().await, Err(Gap));
        assert!(events.follow("e", 0).is_err());
        assert!(events.follow("e", 1).is_ok());
    }
}
