//! The heart of receiving: what happens to a message between the broker and the store (promises MQ-2 to MQ-5, MQ-11).
//!
//! ```text
//! topic is one we asked for? ─ size ─ JSON within the limits ─ types ─ seen before? ─▶ arrival
//!        no: dropped and counted, the connection stays
//! ```
//!
//! The caller acknowledges a dropped message at once, and an arrival after its store has committed (MQ-6). When the
//! commit fails, it calls [`Inbox::forget`], or the repeated message would be taken for a duplicate. Deliberately
//! absent: the seven days on disk for print acknowledgements; the store keeps [`Arrival::dedupe_key`].

use super::json::{DecodeError, MAX_PAYLOAD_BYTES};
use super::messages::Message;
use super::topic::{Tail, Topic};
use platen_model::{Segment, WallTime};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How many messages are remembered (MQ-5).
const REMEMBERED: usize = 10_000;
/// The same message failing so often in a row poisons the session (MQ-3).
const POISON: u8 = 3;

/// A message that was read.
pub type ArrivalBody = Message;

/// A message for the engine.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// The printer, from the topic, never from the payload (MQ-2).
    pub sn: Segment,
    /// What it says.
    pub body: ArrivalBody,
    /// Names this message for good: 64 hexadecimal digits.
    pub dedupe_key: String,
    /// From the broker's memory: shown as "last known", never as live (MQ-11).
    pub retained: bool,
    /// The printer's clock is more than 24 h off: shown as a fault of the printer (MQ-11). Never told of retained
    /// messages, which may well be old.
    pub clock_fault: bool,
}

/// Why a message was dropped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DropReason {
    /// Not one of the topics that we asked for.
    #[error("the topic is not one that was asked for")]
    ForeignTopic,
    /// It was here before.
    #[error("the message was here before")]
    Duplicate,
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(DecodeError),
}

/// A message that goes no further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The printer, when the topic was ours: a duplicate still shows that it is alive.
    pub sn: Option<Segment>,
    /// Why.
    pub reason: DropReason,
    /// The same unreadable message came three times in a row: start one clean session and warn (MQ-3).
    pub poison: bool,
}

/// What becomes of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It goes on.
    Arrival(Box<Arrival>),
    /// It does not.
    Dropped(Dropped),
}

/// How many messages came and what became of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)] // as in [`DropReason`]
pub struct Counters {
    pub arrived: u64,
    pub duplicates: u64,
    pub foreign_topics: u64,
    pub too_large: u64,
    pub unreadable: u64,
    pub poison: u64,
}

/// What is listened to, and what was heard.
#[derive(Clone, Debug, Default)]
pub struct Inbox {
    topics: BTreeMap<String, (Segment, Tail)>,
    order: VecDeque<[u8; 32]>,
    seen: BTreeSet<[u8; 32]>,
    failing: Option<([u8; 32], u8)>,
    counters: Counters,
}

impl Inbox {
    /// Listens to these topics; see [`super::topic::topics`].
    pub fn new(topics: impl IntoIterator<Item = Topic>) -> Self {
        let mut inbox = Self::default();
        inbox.listen(topics);
        inbox
    }

    /// Listens to more topics.
    pub fn listen(&mut self, topics: impl IntoIterator<Item = Topic>) {
        for topic in topics {
            self.topics.insert(topic.to_string(), (topic.sn, topic.tail));
        }
    }

    /// Stops listening to a printer.
    pub fn leave(&mut self, sn: &Segment) {
        self.topics.retain(|_, (of, _)| of != sn);
    }

    /// What came so far.
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// Takes a message as it came. `now` is our time of day, for judging the printer's clock only.
    pub fn accept(&mut self, topic: &str, payload: &[u8], retained: bool, now: WallTime) -> Verdict {
        let Some((sn, tail)) = self.topics.get(topic).cloned() else {
            self.counters.foreign_topics += 1;
            return Verdict::Dropped(Dropped { sn: None, reason: DropReason::ForeignTopic, poison: false });
        };
        let body = match Message::decode(&tail, payload) {
            Ok(body) => body,
            Err(error) => return self.unreadable(topic, payload, sn, error),
        };
        self.failing = None;
        let key = match body.msg_id() {
            Some(id) => digest(&[b"id", sn.as_str().as_bytes(), id.as_bytes()]),
            None => digest(&[b"body", topic.as_bytes(), payload]),
        };
        if !self.remember(key) {
            self.counters.duplicates += 1;
            return Verdict::Dropped(Dropped { sn: Some(sn), reason: DropReason::Duplicate, poison: false });
        }
        self.counters.arrived += 1;
        let clock_fault = !retained && body.time().is_some_and(|time| time.clock_fault(now));
        let dedupe_key = hex::encode(key);
        Verdict::Arrival(Box::new(Arrival { sn, body, dedupe_key, retained, clock_fault }))
    }

    /// Forgets a message that could not be stored, so that its repetition is not a duplicate.
    pub fn forget(&mut self, dedupe_key: &str) {
        let mut key = [0; 32];
        if hex::decode_to_slice(dedupe_key, &mut key).is_ok() && self.seen.remove(&key) {
            self.order.retain(|known| *known != key);
        }
    }

    fn unreadable(&mut self, topic: &str, payload: &[u8], sn: Segment, error: DecodeError) -> Verdict {
        if payload.len() > MAX_PAYLOAD_BYTES {
            self.counters.too_large += 1;
        } else {
            self.counters.unreadable += 1;
        }
        let message = digest(&[topic.as_bytes(), payload]);
        let times = match self.failing {
            Some((last, times)) if last == message => times.saturating_add(1),
            _ => 1,
        };
        let poison = times >= POISON;
        self.failing = (!poison).then_some((message, times));
        self.counters.poison += u64::from(poison);
        Verdict::Dropped(Dropped { sn: Some(sn), reason: DropReason::Unreadable(error), poison })
    }

    /// `false` when it was known.
    fn remember(&mut self, key: [u8; 32]) -> bool {
        if !self.seen.insert(key) {
            return false;
        }
        self.order.push_back(key);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        true
    }
}

/// Each part with its length in front, so that no two lists of parts read the same.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests;
