//! Events on their way to the caller, in order.
//!
//! The caller's channel is bounded. What does not fit waits here: messages that need no acknowledgement are dropped beyond [`WAITING`], all others
//! never; instead the network is read no further until there is room (MQ-6).

use super::MqttEvent;
use std::collections::VecDeque;
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

/// So many events may wait beside the caller's channel.
pub(super) const WAITING: usize = 1_000;

/// The caller does not listen any more.
#[derive(Debug)]
pub(super) struct NobodyListens;

#[derive(Debug)]
pub(super) struct Outbox {
    on: Sender<MqttEvent>,
    waiting: VecDeque<MqttEvent>,
    dropped: u64,
}

impl Outbox {
    pub(super) fn new(on: Sender<MqttEvent>) -> Self {
        Self { on, waiting: VecDeque::new(), dropped: 0 }
    }

    /// Hands an event over, now or in its turn.
    pub(super) fn push(&mut self, event: MqttEvent) {
        let expendable = matches!(&event, MqttEvent::Message { ack, .. } if ack.packet == 0);
        if expendable && !self.has_room() {
            self.dropped = self.dropped.saturating_add(1);
            if self.dropped.is_power_of_two() {
                tracing::warn!(
                    dropped = self.dropped,
                    "messages without acknowledgement were dropped: nobody takes them"
                );
            }
            return;
        }
        if self.waiting.is_empty() {
            match self.on.try_send(event) {
                Ok(()) => {}
                Err(TrySendError::Full(event) | TrySendError::Closed(event)) => self.waiting.push_back(event),
            }
        } else {
            self.waiting.push_back(event);
        }
    }

    /// Whether the network may be read further.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() < WAITING
    }

    /// Whether something waits.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Waits for room and hands one event over. May be dropped at any time without losing one.
    pub(super) async fn drain(&mut self) -> Result<(), NobodyListens> {
        let permit = self.on.reserve().await.map_err(|_| NobodyListens)?;
        if let Some(event) = self.waiting.pop_front() {
            permit.send(event);
        }
        Ok(())
    }

    /// Hands over what fits, without waiting.
    pub(super) fn drain_now(&mut self) {
        while let Some(event) = self.waiting.pop_front() {
            if let Err(TrySendError::Full(event) | TrySendError::Closed(event)) = self.on.try_send(event) {
                self.waiting.push_front(event);
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mqtt::AckHandle;
    use bytes::Bytes;

    fn message(packet: u16, text: &str) -> MqttEvent {
        let ack = AckHandle { connection: 1, packet };
        MqttEvent::Message { topic: text.to_owned(), payload: Bytes::new(), retained: false, ack }
    }

    #[tokio::test]
    async fn what_must_be_acknowledged_is_never_dropped_and_order_is_kept() {
        let (on, mut events) = tokio::sync::mpsc::channel(1);
        let mut outbox = Outbox::new(on);
        for n in 0..=WAITING {
            outbox.push(message(0, &n.to_string()));
        }
        assert!(!outbox.has_room());
        outbox.push(message(0, "dropped"));
        outbox.push(message(7, "kept"));
        let mut seen = Vec::new();
        while outbox.is_waiting() {
            let MqttEvent::Message { topic, .. } = events.recv().await.unwrap() else { unreachable!() };
            seen.push(topic);
            outbox.drain().await.unwrap();
        }
        let MqttEvent::Message { topic, .. } = events.recv().await.unwrap() else { unreachable!() };
        seen.push(topic);
        let wanted: Vec<String> = (0..=WAITING).map(|n| n.to_string()).chain(["kept".to_owned()]).collect();
        assert_eq!(seen, wanted);
    }
}
