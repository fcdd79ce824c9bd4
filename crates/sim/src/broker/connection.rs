//! One client's connection, from the first byte to the last.

use super::gate::{Knock, Refusal, Visit};
use super::hub::{Hub, Seat};
use super::session::Dispatch;
use super::topics;
use super::wire::{self, Answer, Bad, Connect, Farewell, Incoming, Outgoing, Version, Will};
use bytes::BytesMut;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

/// How long a client may take for its CONNECT, and for taking what we write.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a connection ended.
enum Ending {
    /// The client said goodbye.
    Goodbye { with_will: bool, session_expiry: Option<u32> },
    /// The socket closed or broke.
    Gone,
    /// We ended it.
    Ended(Farewell),
    /// The broker itself stops: no words, no will.
    Stopped,
}

impl Ending {
    fn reason(&self) -> &'static str {
        match self {
            Self::Goodbye { .. } => "normal",
            Self::Gone => "tcp_closed",
            Self::Ended(Farewell::TakenOver) => "takenover",
            Self::Ended(Farewell::KeepAlive) => "keepalive_timeout",
            Self::Ended(Farewell::Kicked) => "kicked",
            Self::Ended(_) => "protocol_error",
            Self::Stopped => "shutdown",
        }
    }
}

struct Connection<'a> {
    hub: &'a Hub,
    socket: TcpStream,
    version: Version,
    max_packet: Option<u32>,
    seat: Seat,
    input: BytesMut,
    output: BytesMut,
    keep_alive: Option<Duration>,
    heard: Instant,
}

/// Serves one client until it leaves or `stop` is cancelled.
pub(super) async fn serve(mut socket: TcpStream, hub: Arc<Hub>, stop: CancellationToken) {
    let (Ok(peer), Ok(local)) = (socket.peer_addr(), socket.local_addr()) else { return };
    let _ = socket.set_nodelay(true);
    let mut input = BytesMut::new();
    let first = tokio::select! {
        first = timeout(PATIENCE, first_packet(&mut socket, &mut input, hub.max_packet)) => first,
        () = stop.cancelled() => return,
    };
    let Ok(Some(connect)) = first else { return };
    let version = connect.version;

    let mut assigned = None;
    let mut client_id = connect.client_id.clone();
    if client_id.is_empty() {
        client_id = format!("auto-{peer}");
        assigned = Some(client_id.clone());
    }
    let answer = if assigned.is_some() && version == Version::V4 && !connect.clean_start {
        Err(Answer::BadClientId)
    } else {
        let knock = Knock {
            client_id: &client_id,
            username: connect.username.as_deref(),
            password: connect.password.as_deref(),
        };
        match hub.gate.admit(&knock) {
            Ok(grant) => hub.seat(&connect, client_id.clone(), grant).ok_or(Answer::Busy),
            Err(Refusal::BadCredentials) => Err(Answer::BadCredentials),
            Err(Refusal::NotAuthorised) => Err(Answer::NotAuthorised),
        }
    };
    let mut output = BytesMut::new();
    let hello = |answer, session_present| Outgoing::ConnAck {
        answer,
        session_present,
        assigned: assigned.clone(),
        max_packet: hub.max_packet,
    };
    let seat = match answer {
        Ok(seat) => seat,
        Err(refusal) => {
            wire::write(version, hello(refusal, false), None, &mut output);
            let _ = timeout(PATIENCE, socket.write_all(&output)).await;
            return;
        }
    };
    wire::write(version, hello(Answer::Welcome, seat.session_present), None, &mut output);
    let (number, username) = (seat.number, connect.username.clone().unwrap_or_default());
    let visit = Visit { client_id, username, peer, local, since: crate::clock::now() };
    hub.came(&visit);

    let keep_alive = (connect.keep_alive > 0).then(|| Duration::from_millis(u64::from(connect.keep_alive) * 1500));
    let heard = Instant::now();
    let max_packet = connect.max_packet;
    let mut connection = Connection { hub: &hub, socket, version, max_packet, seat, input, output, keep_alive, heard };
    let ending = connection.run(&stop).await;
    if let Ending::Ended(farewell) = &ending {
        connection.output.clear();
        wire::write(version, Outgoing::Disconnect(*farewell), None, &mut connection.output);
        let _ = connection.flush().await;
    }

    let (with_will, session_expiry) = match &ending {
        Ending::Goodbye { with_will, session_expiry } => (*with_will, *session_expiry),
        Ending::Stopped => (false, None),
        Ending::Gone | Ending::Ended(_) => (true, None),
    };
    hub.leave(&visit.client_id, number, session_expiry);
    if let Some(Will { topic, payload, qos, retain }) = connect.will.filter(|will| {
        let allowed = connection.seat.grant.say.iter().any(|allowed| topics::covers(allowed, &will.topic));
        with_will && allowed && topics::is_topic(&will.topic)
    }) {
        hub.route(Some(&visit.client_id), &topic, payload, qos, retain);
    }
    hub.went(&visit, ending.reason());
}

/// Reads up to and including CONNECT; anything else ends the connection.
async fn first_packet(socket: &mut TcpStream, input: &mut BytesMut, max: u32) -> Option<Box<Connect>> {
    loop {
        if input.first().is_some_and(|byte| byte >> 4 != 1) {
            return None; // Another protocol: do not wait for the length it seems to announce.
        }
        if let Some(frame) = wire::frame(input, max).ok()? {
            let version = match wire::level(&frame) {
                Ok(version) => version,
                Err(Bad::Level) => {
                    // 3.1.1 section 3.1.2.2: answer "unacceptable protocol version", then close.
                    let _ = socket.write_all(&[0x20, 2, 0, 1]).await;
                    return None;
                }
                Err(_) => return None,
            };
            return match wire::read(version, frame) {
                Ok(Incoming::Connect(connect)) => Some(connect),
                _ => None,
            };
        }
        if socket.read_buf(input).await.ok()? == 0 {
            return None;
        }
    }
}

impl Connection<'_> {
    async fn run(&mut self, stop: &CancellationToken) -> Ending {
        loop {
            if let Err(ending) = self.take_packets() {
                return ending;
            }
            self.take_messages();
            if self.flush().await.is_err() {
                return Ending::Gone;
            }
            let deadline = self.keep_alive.map(|span| self.heard + span);
            tokio::select! {
                read = self.socket.read_buf(&mut self.input) => match read {
                    Ok(0) | Err(_) => return Ending::Gone,
                    Ok(_) => self.heard = Instant::now(),
                },
                () = self.seat.wake.notified() => {}
                farewell = self.seat.end.recv() => return match farewell {
                    Some(farewell) => Ending::Ended(farewell),
                    // The session was forgotten: the broker "restarts".
                    None => Ending::Stopped,
                },
                () = tokio::time::sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                    return Ending::Ended(Farewell::KeepAlive);
                }
                () = stop.cancelled() => return Ending::Stopped,
            }
        }
    }

    async fn flush(&mut self) -> std::io::Result<()> {
        if self.output.is_empty() {
            return Ok(());
        }
        let written = timeout(PATIENCE, self.socket.write_all(&self.output)).await;
        self.output.clear();
        written.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
    }

    fn say(&mut self, packet: Outgoing) {
        wire::write(self.version, packet, self.max_packet, &mut self.output);
    }

    /// Encodes what waits for this client, up to a piece that is worth a write.
    fn take_messages(&mut self) {
        while self.output.len() < 256 * 1024 {
            let Some(Dispatch { pkid, dup, parcel }) = self.hub.next(&self.seat.client_id, self.seat.number) else {
                return;
            };
            let packet = Outgoing::Publish {
                dup,
                qos: parcel.qos,
                retain: parcel.retain,
                pkid,
                topic: parcel.message.topic.clone(),
                payload: parcel.message.payload.clone(),
            };
            if !wire::write(self.version, packet, self.max_packet, &mut self.output) {
                // Larger than the client takes: MQTT 5 section 3.1.2.11.4 says to drop it as if it had been sent.
                self.hub.count_dropped();
                self.hub.with(&self.seat.client_id, self.seat.number, |session| session.acknowledge(pkid));
            }
        }
        self.seat.wake.notify_one();
    }

    fn take_packets(&mut self) -> Result<(), Ending> {
        loop {
            let frame = match wire::frame(&mut self.input, self.hub.max_packet) {
                Ok(Some(frame)) => frame,
                Ok(None) => return Ok(()),
                Err(Bad::TooLarge) => return Err(Ending::Ended(Farewell::TooLarge)),
                Err(_) => return Err(Ending::Ended(Farewell::Malformed)),
            };
            let packet = wire::read(self.version, frame).map_err(|_| Ending::Ended(Farewell::Malformed))?;
            self.take(packet)?;
        }
    }

    fn take(&mut self, packet: Incoming) -> Result<(), Ending> {
        let (id, number) = (self.seat.client_id.clone(), self.seat.number);
        match packet {
            Incoming::Connect(_) => return Err(Ending::Ended(Farewell::Protocol)),
            Incoming::Publish { alias: true, .. } => return Err(Ending::Ended(Farewell::AliasInvalid)),
            Incoming::Publish { qos, retain, pkid, topic, payload, .. } => {
                if !topics::is_topic(&topic) {
                    return Err(Ending::Ended(Farewell::Malformed));
                }
                let allowed = self.seat.grant.say.iter().any(|allowed| topics::covers(allowed, &topic));
                // A QoS 2 message that comes again before its release was routed the first time.
                let fresh =
                    qos < 2 || self.hub.with(&id, number, |session| session.unreleased.insert(pkid)) == Some(true);
                if allowed && fresh {
                    self.hub.route(Some(&id), &topic, payload, qos, retain);
                }
                match qos {
                    0 => {}
                    1 => self.say(Outgoing::PubAck { pkid, refused: !allowed }),
                    _ => self.say(Outgoing::PubRec { pkid, refused: !allowed }),
                }
            }
            Incoming::PubAck(pkid) => {
                self.hub.with(&id, number, |session| session.acknowledge(pkid));
            }
            Incoming::PubRel(pkid) => {
                self.hub.with(&id, number, |session| session.unreleased.remove(&pkid));
                self.say(Outgoing::PubComp(pkid));
            }
            Incoming::Subscribe { pkid, wishes } => {
                let grant = self.seat.grant.clone();
                let granted = self.hub.subscribe(&id, number, &grant, wishes);
                self.say(Outgoing::SubAck { pkid, granted });
            }
            Incoming::Unsubscribe { pkid, filters } => {
                let existed = self.hub.unsubscribe(&id, number, &filters);
                self.say(Outgoing::UnsubAck { pkid, existed });
            }
            Incoming::Ping => self.say(Outgoing::Pong),
            Incoming::Disconnect { with_will, session_expiry } => {
                return Err(Ending::Goodbye { with_will, session_expiry });
            }
            Incoming::Nothing => {}
        }
        Ok(())
    }
}
