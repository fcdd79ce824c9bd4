//! An MQTT broker for one machine: 3.1.1 and 5 on one loopback port.
//!
//! Source: OASIS MQTT 3.1.1 and 5.0. It does what the cloud platform's MQTT service does for its clients: user and
//! password, access rules per client, sessions that outlive a connection (QoS 1 messages wait and come again, marked),
//! wildcards, retained messages, keep-alive × 1.5, wills, session take-over, Maximum Packet Size, word of who came and
//! who went. Everything it keeps has a bound.
//!
//! Deliberately absent: TLS (the world is on loopback), QoS 2 towards subscribers (granted as 1; publishing with QoS 2
//! works), topic aliases, shared subscriptions, subscription identifiers, will delay and message expiry. A real broker
//! takes the place of this one with `--broker URL`.

mod connection;
mod gate;
mod hub;
mod session;
mod topics;
mod v4;
mod v5;
mod wire;

#[cfg(test)]
mod tests;

pub use gate::{Gate, Grant, Knock, OpenGate, Refusal, Visit};

use bytes::Bytes;
use hub::Hub;
use std::collections::BTreeMap;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Connections served at once.
const MAX_CONNECTIONS: usize = 256;

/// How much the broker does and holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Live connections.
    pub connections: usize,
    /// Sessions, with or without a connection.
    pub sessions: usize,
    /// Messages published so far.
    pub published: u64,
    /// Messages dropped because a queue was full or a client could not take their size.
    pub dropped: u64,
}

/// One filter that a client asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Who.
    pub client_id: String,
    /// What.
    pub filter: String,
    /// Whether it was granted.
    pub granted: bool,
}

/// What survives a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Sessions and retained messages, like a broker with persistence.
    Sessions,
    /// Nothing.
    Nothing,
}

/// A topic that nobody may publish under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the topic is empty, too long, or holds a wildcard or NUL")]
pub struct BadTopic;

/// The running broker. It stops when it is dropped.
pub struct Broker {
    hub: Arc<Hub>,
    port: u16,
    running: Mutex<Running>,
}

struct Running {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Broker {
    /// Listens on loopback; `port` 0 takes any. `max_packet` is the largest packet taken, in bytes.
    pub async fn start(port: u16, max_packet: u32, gate: Arc<dyn Gate>) -> io::Result<Self> {
        let hub = Arc::new(Hub::new(gate, max_packet));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let port = listener.local_addr()?.port();
        let running = Mutex::new(accept(listener, hub.clone()));
        Ok(Self { hub, port, running })
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Publishes a message as the broker itself: no access rules.
    pub fn publish(&self, topic: &str, payload: impl Into<Bytes>, qos: u8, retain: bool) -> Result<(), BadTopic> {
        if !topics::is_topic(topic) {
            return Err(BadTopic);
        }
        self.hub.route(None, topic, payload.into(), qos, retain);
        Ok(())
    }

    /// Ends a client's connection; `false` when it has none.
    pub fn kick(&self, client_id: &str) -> bool {
        self.hub.kick(client_id, wire::Farewell::Kicked)
    }

    /// Cuts every connection as a crash would, and listens again on the same port.
    pub async fn restart(&self, keep: Keep) -> io::Result<()> {
        self.down(keep).await;
        self.up().await
    }

    /// Cuts every connection and refuses new ones until [`Broker::up`].
    pub async fn down(&self, keep: Keep) {
        let running = self.running.lock().await;
        running.stop.cancel();
        running.tasks.wait().await;
        if keep == Keep::Nothing {
            self.hub.forget();
        }
    }

    /// Listens again after [`Broker::down`].
    pub async fn up(&self) -> io::Result<()> {
        let mut running = self.running.lock().await;
        if running.stop.is_cancelled() {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).await?;
            *running = accept(listener, self.hub.clone());
        }
        Ok(())
    }

    /// Every filter that any client asked for, oldest first (the last 10,000).
    pub fn asked(&self) -> Vec<Asked> {
        self.hub.asked()
    }

    /// What it does and holds.
    pub fn figures(&self) -> Figures {
        self.hub.figures()
    }

    /// The connected clients and their protocol level (4 or 5).
    pub fn clients(&self) -> BTreeMap<String, u8> {
        self.hub.versions()
    }

    /// Stops for good.
    pub async fn stop(&self) {
        self.down(Keep::Nothing).await;
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.running.get_mut().stop.cancel();
    }
}

fn accept(listener: TcpListener, hub: Arc<Hub>) -> Running {
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    let (halt, tracker) = (stop.clone(), tasks.clone());
    tasks.spawn(async move {
        loop {
            let socket = tokio::select! {
                accepted = listener.accept() => accepted,
                () = halt.cancelled() => return,
            };
            match socket {
                Ok((socket, _)) if tracker.len() <= MAX_CONNECTIONS => {
                    tracker.spawn(connection::serve(socket, hub.clone(), halt.clone()));
                }
                Ok(_) => tracing::warn!("the simulated broker has too many connections"),
                Err(error) => {
                    // Out of descriptors, most likely: nothing tells when one is free again.
                    tracing::warn!(%error, "the simulated broker could not accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    });
    tasks.close();
    Running { stop, tasks }
}
