//! The caller's end of a link.

use super::run::{self, Command};
use super::{AckHandle, MqttConfig, MqttEvent, Qos};
use crate::error::TransportError;
use bytes::Bytes;
use platen_model::Secret;
use tokio::sync::{mpsc, oneshot};

/// A connection to a broker that looks after itself. Clones speak to the same connection; when the last one is gone, it ends in an orderly way.
#[derive(Clone, Debug)]
pub struct MqttLink {
    commands: mpsc::UnboundedSender<Command>,
}

impl MqttLink {
    /// Starts a link; what happens on it goes to `on`, which should hold 1,000 events. Must be called within a Tokio runtime. Settings that cannot work
    /// show as [`MqttEvent::Stopped`].
    pub fn open(config: MqttConfig, on: mpsc::Sender<MqttEvent>) -> Self {
        let (commands, orders) = mpsc::unbounded_channel();
        tokio::spawn(run::run(config, orders, on));
        Self { commands }
    }

    /// Sends a message; returns once the broker has confirmed it (QoS 1) or it is written (QoS 0). Without a connection it fails at once; when the
    /// connection breaks first, [`TransportError::Lost`] says that it may have arrived.
    pub async fn publish(&self, topic: &str, payload: impl Into<Bytes>, qos: Qos) -> Result<(), TransportError> {
        let (answer, answered) = oneshot::channel();
        let publish = Command::Publish { topic: topic.to_owned(), payload: payload.into(), qos, answer };
        self.commands.send(publish).map_err(|_| TransportError::NotConnected)?;
        answered.await.unwrap_or(Err(TransportError::Lost))
    }

    /// Tells the broker that a message was dealt with (MQ-6: after the store has committed).
    pub fn acknowledge(&self, ack: AckHandle) {
        if ack.packet != 0 {
            self.order(Command::Acknowledge(ack));
        }
    }

    /// Ends the wait for the next try now: the network changed, the device woke, a token is fresh.
    pub fn wake(&self) {
        self.order(Command::Wake);
    }

    /// A new password or token, used from the next connect.
    pub fn set_password(&self, password: Secret<String>) {
        self.order(Command::Password(password));
    }

    /// Drops the connection, when there is one, and makes a new one without waiting.
    pub fn reconnect(&self) {
        self.order(Command::Reconnect);
    }

    /// Ends the link in an orderly way; [`MqttEvent::Stopped`] is the last event.
    pub async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        self.order(Command::Close(answer));
        // A link that is gone already is closed.
        let _ = answered.await;
    }

    fn order(&self, command: Command) {
        if self.commands.send(command).is_err() {
            tracing::debug!("an order came after the link had stopped");
        }
    }
}
