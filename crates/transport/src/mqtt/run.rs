//! The life of a link: connects again and again, chooses the version, and knows when to stop.

use super::backoff::Backoff;
use super::connection::{self, End, Ended};
use super::outbox::Outbox;
use super::wire::{Failure, Plan, Poison};
use super::{AckHandle, LostReason, MqttConfig, MqttEvent, MqttVersion, Qos};
use crate::error::TransportError;
use bytes::Bytes;
use platen_model::Secret;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// Take-overs that far apart are not a fight between two copies.
const FIGHT: Duration = Duration::from_secs(600);
const PATIENCE: usize = 3;
/// So many hints are proof.
const SURE: u8 = 2;

/// What a caller wants from a link.
#[derive(Debug)]
pub(super) enum Command {
    Publish { topic: String, payload: Bytes, qos: Qos, answer: oneshot::Sender<Result<(), TransportError>> },
    Acknowledge(AckHandle),
    Wake,
    Password(Secret<String>),
    Reconnect,
    Close(oneshot::Sender<()>),
}

pub(super) type Orders = mpsc::UnboundedReceiver<Command>;

/// Runs a link until it is closed or stopped.
pub(super) async fn run(config: MqttConfig, mut orders: Orders, on: mpsc::Sender<MqttEvent>) {
    let mut outbox = Outbox::new(on);
    let mut closing = None;
    let reason = match Plan::of(&config) {
        Ok(plan) => Life::new(config, plan).live(&mut orders, &mut outbox, &mut closing).await,
        Err(reason) => reason,
    };
    outbox.push(MqttEvent::Stopped { reason });
    orders.close();
    while let Ok(order) = orders.try_recv() {
        answer_without_connection(order);
    }
    if let Some(answer) = closing {
        // Whoever closes may have stopped reading events; do not wait for room.
        outbox.drain_now();
        let _: Result<(), ()> = answer.send(());
        return;
    }
    while outbox.is_waiting() && outbox.drain().await.is_ok() {}
}

fn answer_without_connection(order: Command) {
    match order {
        // The caller may have gone; then nobody needs the answer.
        Command::Publish { answer, .. } => drop(answer.send(Err(TransportError::NotConnected))),
        Command::Close(answer) => drop(answer.send(())),
        Command::Acknowledge(_) | Command::Wake | Command::Password(_) | Command::Reconnect => {}
    }
}

struct Life {
    config: MqttConfig,
    plan: Plan,
    versions: Vec<MqttVersion>,
    /// Which version is tried next; stays at what worked.
    version: usize,
    /// How sure it is that the versions before this one are not spoken; a connection that breaks at the wrong moment proves nothing.
    evidence: u8,
    /// How many versions were refused in a row without a wait between them.
    refused: usize,
    clean: bool,
    connection: u64,
    backoff: Backoff,
    poison: Option<(Poison, usize)>,
    taken_over: Vec<Instant>,
}

enum Next {
    At(Instant),
    Now,
    Stop(LostReason),
}

impl Life {
    fn new(config: MqttConfig, plan: Plan) -> Self {
        let mut versions = config.versions.clone();
        versions.dedup();
        if versions.is_empty() {
            versions = vec![MqttVersion::V5, MqttVersion::V311];
        }
        let clean = config.clean_start;
        Self {
            config,
            plan,
            versions,
            version: 0,
            evidence: 0,
            refused: 0,
            clean,
            connection: 0,
            backoff: Backoff::default(),
            poison: None,
            taken_over: Vec::new(),
        }
    }

    async fn live(
        mut self,
        orders: &mut Orders,
        outbox: &mut Outbox,
        closing: &mut Option<oneshot::Sender<()>>,
    ) -> LostReason {
        loop {
            outbox.push(MqttEvent::Connecting);
            self.connection = self.connection.saturating_add(1);
            let version = self.versions.get(self.version).copied().unwrap_or(MqttVersion::V5);
            let ended = connection::serve(
                connection::Setting {
                    config: &mut self.config,
                    plan: &self.plan,
                    version,
                    clean: self.clean,
                    number: self.connection,
                },
                orders,
                outbox,
            )
            .await;
            if ended.was_connected {
                // From here on the session is ours: a short break must not lose what the broker keeps for us.
                self.clean = false;
                self.refused = 0;
            }
            let Ended { end, was_connected, up } = ended;
            let next = match end {
                End::Closed(answer) => {
                    *closing = answer;
                    return LostReason::Asked;
                }
                End::Renew => Next::Now,
                End::Stop(reason) => Next::Stop(reason),
                End::Failed(failure) => self.after(&failure, was_connected, up, outbox),
            };
            match next {
                Next::Stop(reason) => return reason,
                Next::Now => {}
                Next::At(then) => match self.wait(then, orders, outbox).await {
                    Waited::Over => {}
                    Waited::Closed(answer) => {
                        *closing = answer;
                        return LostReason::Asked;
                    }
                },
            }
        }
    }

    /// What follows a failure.
    fn after(&mut self, failure: &Failure, was_connected: bool, up: Option<Duration>, outbox: &mut Outbox) -> Next {
        let Failure { mut reason, poison, version_suspect } = *failure;
        if was_connected {
            if self.evidence < SURE {
                self.version = 0;
            }
        } else if version_suspect {
            self.evidence =
                if reason == LostReason::UnsupportedVersion { SURE } else { self.evidence.saturating_add(1) };
            self.version = (self.version + 1) % self.versions.len().max(1);
            self.refused += 1;
            if self.refused < self.versions.len() {
                return Next::Now;
            }
            self.refused = 0;
        }
        if was_connected && self.is_poison(poison, up) {
            reason = LostReason::Poison;
            self.clean = true;
            tracing::warn!("the broker's session is thrown away: it holds something that cannot be read");
        }
        if reason == LostReason::TakenOver && self.is_a_fight() {
            return Next::Stop(LostReason::TakenOver);
        }
        let retry_in = self.backoff.after(up);
        tracing::info!(?reason, ?retry_in, "the connection to the broker is lost");
        outbox.push(MqttEvent::Lost { reason, retry_in });
        Next::At(Instant::now() + retry_in)
    }

    fn is_poison(&mut self, poison: Option<Poison>, up: Option<Duration>) -> bool {
        let Some(kind) = poison else {
            self.poison = None;
            return false;
        };
        let before = match self.poison {
            Some((known, times)) if known == kind && up.is_none_or(|up| up < Duration::from_secs(60)) => times,
            _ => 0,
        };
        let times = before + 1;
        self.poison = (times < PATIENCE).then_some((kind, times));
        times >= PATIENCE
    }

    fn is_a_fight(&mut self) -> bool {
        let now = Instant::now();
        self.taken_over.retain(|then| now.duration_since(*then) < FIGHT);
        self.taken_over.push(now);
        self.taken_over.len() >= PATIENCE
    }

    async fn wait(&mut self, then: Instant, orders: &mut Orders, outbox: &mut Outbox) -> Waited {
        loop {
            let waiting = outbox.is_waiting();
            tokio::select! {
                () = tokio::time::sleep_until(then) => return Waited::Over,
                drained = outbox.drain(), if waiting => {
                    if drained.is_err() {
                        return Waited::Closed(None);
                    }
                }
                order = orders.recv() => match order {
                    None => return Waited::Closed(None),
                    Some(Command::Close(answer)) => return Waited::Closed(Some(answer)),
                    Some(Command::Wake | Command::Reconnect) => return Waited::Over,
                    Some(Command::Password(password)) => self.config.password = password,
                    Some(other) => answer_without_connection(other),
                },
            }
        }
    }
}

enum Waited {
    Over,
    Closed(Option<oneshot::Sender<()>>),
}
