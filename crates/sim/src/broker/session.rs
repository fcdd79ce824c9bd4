//! What the broker keeps for one client id: subscriptions, what waits, what is on its way.
//!
//! Bounded in memory: a full queue drops the newest message, as Mosquitto does, and counts it.

use super::gate::Grant;
use super::topics;
use super::wire::{Farewell, Version};
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc};

/// Messages that may wait for one client.
pub(super) const MAX_QUEUED: usize = 4_096;
/// Bytes of messages that may wait for one client.
pub(super) const MAX_QUEUED_BYTES: usize = 8 << 20;
/// Subscriptions of one client.
pub(super) const MAX_FILTERS: usize = 256;
/// QoS 1 messages on their way to one client at once.
const MAX_INFLIGHT: usize = 100;

/// One published message, shared by everybody who waits for it.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) topic: String,
    pub(super) payload: Bytes,
}

impl Message {
    pub(super) fn weight(&self) -> usize {
        self.topic.len() + self.payload.len() + 64
    }
}

/// A message on its way to one client.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    pub(super) message: Arc<Message>,
    pub(super) qos: u8,
    pub(super) retain: bool,
}

/// A parcel with what the wire needs to know.
#[derive(Debug)]
pub(super) struct Dispatch {
    pub(super) pkid: u16,
    pub(super) dup: bool,
    pub(super) parcel: Parcel,
}

#[derive(Clone, Debug)]
pub(super) struct Subscription {
    pub(super) qos: u8,
    pub(super) no_local: bool,
    pub(super) retain_as_published: bool,
}

/// The live connection of a session.
#[derive(Clone, Debug)]
pub(super) struct Link {
    /// Tells this connection from an earlier one of the same client.
    pub(super) number: u64,
    pub(super) version: Version,
    pub(super) wake: Arc<Notify>,
    pub(super) end: mpsc::Sender<Farewell>,
    pub(super) receive_maximum: u16,
}

#[derive(Debug)]
pub(super) struct Session {
    pub(super) username: String,
    pub(super) filters: BTreeMap<String, Subscription>,
    queue: VecDeque<Parcel>,
    queued_bytes: usize,
    /// In the order sent; `true` = must be sent again.
    inflight: VecDeque<(u16, Parcel, bool)>,
    last_pkid: u16,
    /// QoS 2 messages whose release has not come yet.
    pub(super) unreleased: BTreeSet<u16>,
    pub(super) expiry: Duration,
    pub(super) expires_at: Option<Instant>,
    pub(super) link: Option<Link>,
}

impl Session {
    pub(super) fn new(username: String) -> Self {
        Self {
            username,
            filters: BTreeMap::new(),
            queue: VecDeque::new(),
            queued_bytes: 0,
            inflight: VecDeque::new(),
            last_pkid: 0,
            unreleased: BTreeSet::new(),
            expiry: Duration::ZERO,
            expires_at: None,
            link: None,
        }
    }

    /// A new connection carries on: what was on its way goes again, subscriptions that are no longer granted end.
    pub(super) fn resume(&mut self, grant: &Grant) {
        for (_, _, again) in &mut self.inflight {
            *again = true;
        }
        self.filters.retain(|filter, _| grant.hear.iter().any(|allowed| topics::covers(allowed, filter)));
    }

    /// The best subscription for `topic`: highest QoS, and whether the retain flag is passed on.
    pub(super) fn interest(&self, topic: &str, is_sender: bool) -> Option<(u8, bool)> {
        let mut best: Option<(u8, bool)> = None;
        for (filter, subscription) in &self.filters {
            if !topics::matches(filter, topic) || (subscription.no_local && is_sender) {
                continue;
            }
            let (qos, keep) = best.unwrap_or((0, false));
            best = Some((qos.max(subscription.qos), keep || subscription.retain_as_published));
        }
        best
    }

    /// Puts a parcel in the queue; `false` when it was dropped.
    pub(super) fn enqueue(&mut self, parcel: Parcel) -> bool {
        if self.link.is_none() && parcel.qos == 0 {
            return true; // Nobody promised to keep it.
        }
        let weight = parcel.message.weight();
        if self.queue.len() >= MAX_QUEUED || self.queued_bytes.saturating_add(weight) > MAX_QUEUED_BYTES {
            return false;
        }
        self.queued_bytes += weight;
        self.queue.push_back(parcel);
        if let Some(link) = &self.link {
            link.wake.notify_one();
        }
        true
    }

    /// The next parcel to send now.
    pub(super) fn next(&mut self) -> Option<Dispatch> {
        if let Some((pkid, parcel, again)) = self.inflight.iter_mut().find(|(_, _, again)| *again) {
            *again = false;
            return Some(Dispatch { pkid: *pkid, dup: true, parcel: parcel.clone() });
        }
        let room = usize::from(self.link.as_ref()?.receive_maximum).min(MAX_INFLIGHT);
        if self.queue.front()?.qos > 0 && self.inflight.len() >= room {
            return None;
        }
        let parcel = self.queue.pop_front()?;
        self.queued_bytes = self.queued_bytes.saturating_sub(parcel.message.weight());
        if parcel.qos == 0 {
            return Some(Dispatch { pkid: 0, dup: false, parcel });
        }
        let pkid = self.free_pkid();
        self.inflight.push_back((pkid, parcel.clone(), false));
        Some(Dispatch { pkid, dup: false, parcel })
    }

    /// The client has it (or can never take it).
    pub(super) fn acknowledge(&mut self, pkid: u16) {
        self.inflight.retain(|(waiting, _, _)| *waiting != pkid);
        if let Some(link) = &self.link {
            link.wake.notify_one();
        }
    }

    fn free_pkid(&mut self) -> u16 {
        loop {
            self.last_pkid = self.last_pkid.checked_add(1).unwrap_or(1);
            if !self.inflight.iter().any(|(pkid, _, _)| *pkid == self.last_pkid) {
                return self.last_pkid;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parcel(text: &str, qos: u8) -> Parcel {
        let message = Message { topic: "t".to_owned(), payload: Bytes::copy_from_slice(text.as_bytes()) };
        Parcel { message: Arc::new(message), qos, retain: false }
    }

    fn connected(receive_maximum: u16) -> Session {
        let mut session = Session::new(String::new());
        let (end, _) = mpsc::channel(1);
        session.link = Some(Link { number: 1, version: Version::V5, wake: Arc::default(), end, receive_maximum });
        session
    }

    #[test]
    fn unacknowledged_messages_go_again_in_order_and_marked() {
        let mut session = connected(10);
        session.enqueue(parcel("a", 1));
        session.enqueue(parcel("b", 1));
        let first = session.next().unwrap();
        assert_eq!((first.pkid, first.dup), (1, false));
        assert_eq!(session.next().unwrap().pkid, 2);
        session.acknowledge(1);
        session.resume(&Grant::everything());
        let again = session.next().unwrap();
        assert_eq!((again.pkid, again.dup), (2, true));
        assert_eq!(&again.parcel.message.payload[..], b"b");
        assert!(session.next().is_none());
    }

    #[test]
    fn the_client_says_how_many_it_takes_at_once() {
        let mut session = connected(1);
        session.enqueue(parcel("a", 1));
        session.enqueue(parcel("b", 1));
        assert_eq!(session.next().unwrap().pkid, 1);
        assert!(session.next().is_none());
        session.acknowledge(1);
        assert_eq!(session.next().unwrap().pkid, 2);
    }

    #[test]
    fn a_queue_has_an_end() {
        let mut session = connected(10);
        let kept = (0..10_000).filter(|_| session.enqueue(parcel("x", 1))).count();
        assert_eq!(kept, MAX_QUEUED);
        let mut session = connected(10);
        let big = "x".repeat(1 << 20);
        assert_eq!((0..20).filter(|_| session.enqueue(parcel(&big, 1))).count(), 7);
    }

    #[test]
    fn nobody_keeps_a_qos_0_message_for_an_absent_client() {
        let mut session = Session::new(String::new());
        session.enqueue(parcel("a", 0));
        session.enqueue(parcel("b", 1));
        session.link = connected(10).link;
        assert_eq!(&session.next().unwrap().parcel.message.payload[..], b"b");
    }
}
