//! One connection, from connect to its end.
//!
//! The library's event loop is never dropped half-way through a step, because a step may hold a message that is popped but not yet written; orders
//! are taken in between through its client.

use super::outbox::{NobodyListens, Outbox};
use super::run::{Command, Orders};
use super::wire::{Failure, FromWire, Plan, Poison, WINDOW, Wire, Writer};
use super::{AckHandle, LostReason, MESSAGE_LIMIT, MqttConfig, MqttEvent, MqttVersion, Qos};
use crate::error::TransportError;
use bytes::Bytes;
use futures_util::FutureExt;
use std::collections::{BTreeMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// How long the broker may take to answer a subscription.
const SUBSCRIBE: Duration = Duration::from_secs(10);
/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);
/// Beyond twice the keep-alive: the library itself is stuck in a write.
const GRACE: Duration = Duration::from_secs(5);

/// What a connection is made with.
pub(super) struct Setting<'a> {
    pub(super) config: &'a mut MqttConfig,
    pub(super) plan: &'a Plan,
    pub(super) version: MqttVersion,
    pub(super) clean: bool,
    pub(super) number: u64,
}

/// How a connection ended.
pub(super) struct Ended {
    pub(super) end: End,
    /// The broker had taken us in.
    pub(super) was_connected: bool,
    /// How long everything was subscribed.
    pub(super) up: Option<Duration>,
}

pub(super) enum End {
    Closed(Option<oneshot::Sender<()>>),
    Renew,
    Stop(LostReason),
    Failed(Failure),
}

type PublishAnswer = oneshot::Sender<Result<(), TransportError>>;

/// A message of ours on its way.
struct Outgoing {
    topic: String,
    payload: Bytes,
    qos: Qos,
    answer: PublishAnswer,
}

/// What is to be written and what awaits an answer.
struct Traffic {
    writer: Writer,
    acks: VecDeque<u16>,
    waiting: VecDeque<Outgoing>,
    /// Given to the library, not yet written; in this order.
    given: VecDeque<(Qos, PublishAnswer)>,
    /// Written, not yet confirmed.
    written: BTreeMap<u16, PublishAnswer>,
    window: usize,
    /// The largest message that may be sent, in bytes.
    limit: usize,
}

impl Traffic {
    /// Gives the library what it takes.
    fn flush(&mut self) {
        while let Some(packet) = self.acks.front() {
            if self.writer.acknowledge(*packet).is_err() {
                return;
            }
            self.acks.pop_front();
        }
        while self.given.len() + self.written.len() < self.window {
            let Some(next) = self.waiting.pop_front() else { return };
            if self.writer.publish(&next.topic, &next.payload, next.qos).is_err() {
                self.waiting.push_front(next);
                return;
            }
            self.given.push_back((next.qos, next.answer));
        }
    }

    fn note_written(&mut self, packet: u16) {
        if let Some((qos, answer)) = self.given.pop_front() {
            match qos {
                Qos::AtMostOnce => tell(answer, Ok(())),
                Qos::AtLeastOnce => {
                    self.written.insert(packet, answer);
                }
            }
        }
    }

    fn note_confirmed(&mut self, packet: u16, refused: bool) {
        if let Some(answer) = self.written.remove(&packet) {
            tell(answer, if refused { Err(TransportError::Refused) } else { Ok(()) });
        }
    }

    /// The connection is gone.
    fn give_up(self) {
        for outgoing in self.waiting {
            tell(outgoing.answer, Err(TransportError::NotConnected));
        }
        for answer in self.given.into_iter().map(|(_, answer)| answer).chain(self.written.into_values()) {
            tell(answer, Err(TransportError::Lost));
        }
    }
}

/// A caller that has gone needs no answer.
fn tell(answer: PublishAnswer, result: Result<(), TransportError>) {
    drop(answer.send(result));
}

enum Phase {
    Connecting,
    Subscribing { fresh: bool, until: Instant },
    Up { since: Instant },
}

/// Makes a connection and serves it until it ends.
pub(super) async fn serve(setting: Setting<'_>, orders: &mut Orders, outbox: &mut Outbox) -> Ended {
    let Setting { config, plan, version, clean, number } = setting;
    let lasting = !config.session_expiry.is_zero();
    let mut clean = clean || !lasting;
    if version == MqttVersion::V311 && clean && lasting {
        // 3.1.1 cannot begin a clean session that lasts: a first connection throws the old one away, this one begins it.
        if let Err(failure) = throw_session_away(config, plan).await {
            return Ended { end: End::Failed(failure), was_connected: false, up: None };
        }
        clean = false;
    }
    let (writer, wire) = Wire::open(config, plan, version, clean);
    let traffic = Traffic {
        writer,
        acks: VecDeque::new(),
        waiting: VecDeque::new(),
        given: VecDeque::new(),
        written: BTreeMap::new(),
        window: usize::from(WINDOW),
        limit: MESSAGE_LIMIT,
    };
    let mut connection =
        Connection { config, plan, version, number, traffic, phase: Phase::Connecting, heard: Instant::now() };
    let end = connection.serve(wire, orders, outbox).await;
    let (was_connected, up) = match connection.phase {
        Phase::Connecting => (false, None),
        Phase::Subscribing { .. } => (true, None),
        Phase::Up { since } => (true, Some(since.elapsed())),
    };
    connection.traffic.give_up();
    Ended { end, was_connected, up }
}

async fn throw_session_away(config: &MqttConfig, plan: &Plan) -> Result<(), Failure> {
    let (writer, mut wire) = Wire::open(config, plan, MqttVersion::V311, true);
    loop {
        match step(&mut wire).await? {
            FromWire::Accepted { .. } => {
                let goodbye = async {
                    if writer.say_goodbye().is_ok() {
                        until_goodbye(&mut wire).await;
                    }
                };
                // A goodbye that does not get through changes nothing: the broker ends the session with the connection.
                drop(tokio::time::timeout(GOODBYE, goodbye).await);
                return Ok(());
            }
            _ => continue,
        }
    }
}

/// One step of the wire. Should the library panic on hostile bytes, the connection is lost and not the program.
async fn step(wire: &mut Wire) -> Result<FromWire, Failure> {
    match AssertUnwindSafe(wire.next()).catch_unwind().await {
        Ok(result) => result,
        Err(_) => {
            tracing::error!("the MQTT library panicked; the connection is given up");
            Err(Failure::poison(Poison::Panicked))
        }
    }
}

struct Connection<'a> {
    config: &'a mut MqttConfig,
    plan: &'a Plan,
    version: MqttVersion,
    number: u64,
    traffic: Traffic,
    phase: Phase,
    /// When the wire gave a sign of life last; pings and their answers count.
    heard: Instant,
}

impl Connection<'_> {
    async fn serve(&mut self, mut wire: Wire, orders: &mut Orders, outbox: &mut Outbox) -> End {
        loop {
            let happened = {
                let next = step(&mut wire);
                tokio::pin!(next);
                loop {
                    self.traffic.flush();
                    let (room, waiting, deadline) = (outbox.has_room(), outbox.is_waiting(), self.deadline());
                    tokio::select! {
                        happened = &mut next, if room => break Happened::Wire(happened),
                        () = sleep_until(deadline), if room => {
                            break Happened::Wire(Err(Failure::of(LostReason::Silent)));
                        }
                        drained = outbox.drain(), if waiting => {
                            if let Err(NobodyListens) = drained {
                                return End::Closed(None);
                            }
                            // A caller that was slow must not make the broker look silent.
                            self.heard = Instant::now();
                        }
                        order = orders.recv() => match self.obey(order) {
                            Obeyed::GoOn => {}
                            Obeyed::Leave(end) => {
                                // What is not yet connected needs no goodbye. Else the step under way is finished first.
                                let polite = !matches!(self.phase, Phase::Connecting)
                                    && self.traffic.writer.say_goodbye().is_ok();
                                let over = match polite {
                                    true => tokio::time::timeout(GOODBYE, &mut next).await.map_or(true, |step| is_over(&step)),
                                    false => true,
                                };
                                break Happened::Left(end, over);
                            }
                        },
                    }
                }
            };
            self.heard = Instant::now();
            match happened {
                Happened::Left(end, over) => {
                    if !over {
                        drop(tokio::time::timeout(GOODBYE, until_goodbye(&mut wire)).await);
                    }
                    return end;
                }
                Happened::Wire(Ok(from_wire)) => {
                    if matches!(from_wire, FromWire::Accepted { .. }) {
                        wire.settle(self.plan);
                    }
                    if let Some(end) = self.take(from_wire, outbox) {
                        if self.traffic.writer.say_goodbye().is_ok() {
                            drop(tokio::time::timeout(GOODBYE, until_goodbye(&mut wire)).await);
                        }
                        return end;
                    }
                }
                Happened::Wire(Err(failure)) => return End::Failed(failure),
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match self.phase {
            // The library bounds the connect itself.
            Phase::Connecting => None,
            Phase::Subscribing { until, .. } => Some(until),
            Phase::Up { .. } => Some(self.heard + self.plan.keep_alive() * 2 + GRACE),
        }
    }

    /// Takes one thing from the wire; an end when it cannot go on.
    fn take(&mut self, from_wire: FromWire, outbox: &mut Outbox) -> Option<End> {
        match from_wire {
            FromWire::Accepted { session_present, receive_maximum, largest } => {
                self.traffic.window = usize::from(receive_maximum.clamp(1, WINDOW));
                self.traffic.limit = largest.min(MESSAGE_LIMIT);
                let encrypted = self.plan.encrypted;
                outbox.push(MqttEvent::Connected { version: self.version, session_present, encrypted });
                let fresh = !session_present;
                if self.config.filters.is_empty() {
                    self.ready(fresh, outbox);
                } else if self.traffic.writer.subscribe(&self.config.filters, self.config.qos).is_err() {
                    return Some(End::Stop(LostReason::Misconfigured));
                } else {
                    self.phase = Phase::Subscribing { fresh, until: Instant::now() + SUBSCRIBE };
                }
            }
            FromWire::Subscribed { granted, refused } => {
                if refused || granted != self.config.filters.len() {
                    return Some(End::Stop(LostReason::NotAuthorised));
                }
                if let Phase::Subscribing { fresh, .. } = self.phase {
                    self.ready(fresh, outbox);
                }
            }
            FromWire::Message { topic, payload, retained, packet } => match self.wanted(topic, &payload) {
                Some(topic) => {
                    let ack = AckHandle { connection: self.number, packet };
                    outbox.push(MqttEvent::Message { topic, payload, retained, ack });
                }
                // Dealt with by dropping it; else it would come again for ever.
                None if packet != 0 => self.traffic.acks.push_back(packet),
                None => {}
            },
            FromWire::Written(packet) => self.traffic.note_written(packet),
            FromWire::Confirmed { packet, refused } => self.traffic.note_confirmed(packet, refused),
            FromWire::SaidGoodbye | FromWire::Alive => {}
        }
        None
    }

    /// The topic of a message that we asked for and can take (MQ-2, MQ-3).
    fn wanted(&self, topic: Option<String>, payload: &Bytes) -> Option<String> {
        let Some(topic) = topic else {
            tracing::warn!("a message was dropped: its topic is not text");
            return None;
        };
        if payload.len() > MESSAGE_LIMIT {
            tracing::warn!(bytes = payload.len(), "a message was dropped: it is too large");
            return None;
        }
        if !self.config.filters.iter().any(|filter| rumqttc::matches(&topic, filter)) {
            tracing::warn!("a message was dropped: nobody asked for its topic");
            return None;
        }
        Some(topic)
    }

    fn ready(&mut self, fresh: bool, outbox: &mut Outbox) {
        self.phase = Phase::Up { since: Instant::now() };
        outbox.push(MqttEvent::Ready { fresh });
    }

    fn obey(&mut self, order: Option<Command>) -> Obeyed {
        match order {
            None => Obeyed::Leave(End::Closed(None)),
            Some(Command::Close(answer)) => Obeyed::Leave(End::Closed(Some(answer))),
            Some(Command::Reconnect) => Obeyed::Leave(End::Renew),
            Some(Command::Wake) => Obeyed::GoOn,
            Some(Command::Password(password)) => {
                self.config.password = password;
                Obeyed::GoOn
            }
            Some(Command::Acknowledge(ack)) => {
                // A handle of an older connection names another message here.
                if ack.connection == self.number {
                    self.traffic.acks.push_back(ack.packet);
                }
                Obeyed::GoOn
            }
            Some(Command::Publish { topic, payload, qos, answer }) => {
                let size = topic.len().saturating_add(payload.len()).saturating_add(16);
                if matches!(self.phase, Phase::Connecting) {
                    tell(answer, Err(TransportError::NotConnected));
                } else if topic.is_empty() || topic.contains('\0') || !rumqttc::valid_topic(&topic) {
                    tell(answer, Err(TransportError::Topic));
                } else if size > self.traffic.limit || topic.len() > usize::from(u16::MAX) {
                    tell(answer, Err(TransportError::TooLarge { limit: self.traffic.limit }));
                } else {
                    self.traffic.waiting.push_back(Outgoing { topic, payload, qos, answer });
                }
                Obeyed::GoOn
            }
        }
    }
}

enum Obeyed {
    GoOn,
    Leave(End),
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// What ended a wait for the wire.
enum Happened {
    Wire(Result<FromWire, Failure>),
    /// We were told to leave; whether nothing more needs to be written.
    Left(End, bool),
}

fn is_over(step: &Result<FromWire, Failure>) -> bool {
    matches!(step, Ok(FromWire::SaidGoodbye) | Err(_))
}

async fn until_goodbye(wire: &mut Wire) {
    while !is_over(&step(wire).await) {}
}
