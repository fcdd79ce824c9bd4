//! MQTT against a broker that plays a script: what a real one does only on a bad day.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Ear, config};
use platen_transport::{LostReason, MqttEvent, MqttVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A connection that came in, with its CONNECT read.
struct Guest {
    stream: TcpStream,
    level: u8,
    clean: bool,
}

struct Script {
    listener: TcpListener,
    port: u16,
}

impl Script {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        Self { listener, port }
    }

    async fn guest(&self) -> Guest {
        let accepted = tokio::time::timeout(common::PATIENCE, self.listener.accept()).await.expect("nobody came");
        let mut stream = accepted.unwrap().0;
        let (kind, body) = packet(&mut stream).await.unwrap();
        assert_eq!(kind >> 4, 1, "the first packet is no CONNECT");
        // 2 bytes length, "MQTT", level, flags.
        Guest { stream, level: body[6], clean: body[7] & 2 != 0 }
    }
}

impl Guest {
    async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// Reads up to the SUBSCRIBE; its packet id.
    async fn subscribe(&mut self) -> [u8; 2] {
        loop {
            let (kind, body) = packet(&mut self.stream).await.expect("no SUBSCRIBE came");
            if kind >> 4 == 8 {
                return [body[0], body[1]];
            }
        }
    }

    /// Takes the guest in on 3.1.1 and grants its one filter.
    async fn welcome_311(&mut self, session_present: u8) {
        self.send(&[0x20, 2, session_present, 0]).await;
        let [high, low] = self.subscribe().await;
        self.send(&[0x90, 3, high, low, 1]).await;
    }
}

/// The next packet: first byte and body; `None` at the end.
async fn packet(stream: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let kind = stream.read_u8().await.ok()?;
    let (mut length, mut shift) = (0_usize, 0);
    loop {
        let byte = stream.read_u8().await.ok()?;
        length |= usize::from(byte & 0x7F) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some((kind, body))
}

async fn version_of(ear: &mut Ear) -> MqttVersion {
    ear.until(|event| match event {
        MqttEvent::Connected { version, .. } => Some(*version),
        _ => None,
    })
    .await
}

async fn lost(ear: &mut Ear) -> LostReason {
    ear.until(|event| match event {
        MqttEvent::Lost { reason, .. } => Some(*reason),
        _ => None,
    })
    .await
}

/// 3.1.1 in a lasting session begins with a connection that throws the old session away.
async fn pass_the_clean_one(script: &Script) {
    let mut guest = script.guest().await;
    assert!(guest.clean);
    guest.send(&[0x20, 2, 0, 0]).await;
}

#[tokio::test]
async fn a_broker_without_version_5_is_spoken_to_in_3_1_1_and_remembered() {
    let script = Script::new().await;
    let mut ear = Ear::open(config(script.port, "a", &["t"]));
    // How 3.1.1 brokers refuse 5: an answer of two bytes, which cannot be read as one of version 5, and a closed connection.
    let mut guest = script.guest().await;
    assert_eq!(guest.level, 5);
    guest.send(&[0x20, 2, 0, 1]).await;
    drop(guest);
    pass_the_clean_one(&script).await;
    let mut guest = script.guest().await;
    assert_eq!((guest.level, guest.clean), (4, false));
    guest.welcome_311(0).await;
    assert_eq!(version_of(&mut ear).await, MqttVersion::V311);
    ear.ready().await;
    // One hint is no proof: the better version gets another chance, then it is settled.
    drop(guest);
    lost(&mut ear).await;
    ear.link.wake();
    let guest = script.guest().await;
    assert_eq!(guest.level, 5);
    drop(guest);
    let mut guest = script.guest().await;
    assert_eq!((guest.level, guest.clean), (4, false));
    guest.welcome_311(1).await;
    assert!(!ear.ready().await);
    drop(guest);
    lost(&mut ear).await;
    ear.link.wake();
    let guest = script.guest().await;
    assert_eq!(guest.level, 4);
}

#[tokio::test]
async fn a_plain_refusal_of_version_5_is_proof() {
    let script = Script::new().await;
    let mut settings = config(script.port, "a", &["t"]);
    settings.clean_start = false;
    let mut ear = Ear::open(settings);
    let mut guest = script.guest().await;
    guest.send(&[0x20, 3, 0, 0x84, 0]).await;
    let mut guest = script.guest().await;
    assert_eq!(guest.level, 4);
    guest.welcome_311(0).await;
    ear.ready().await;
    drop(guest);
    lost(&mut ear).await;
    ear.link.wake();
    assert_eq!(script.guest().await.level, 4);
}

#[tokio::test]
async fn ready_comes_only_after_the_subscription_was_granted() {
    let script = Script::new().await;
    let mut ear = Ear::open(config(script.port, "a", &["t"]));
    let mut guest = script.guest().await;
    guest.send(&[0x20, 3, 0, 0, 0]).await;
    assert_eq!(version_of(&mut ear).await, MqttVersion::V5);
    let [high, low] = guest.subscribe().await;
    // A message before the grant is handed over; "ready" is not said.
    guest.send(&[0x30, 5, 0, 1, b't', 0, b'x']).await;
    assert!(matches!(ear.next().await, MqttEvent::Message { .. }));
    assert!(ear.events.try_recv().is_err());
    guest.send(&[0x90, 4, high, low, 0, 1]).await;
    assert!(matches!(ear.next().await, MqttEvent::Ready { fresh: true }));
}

#[tokio::test]
async fn a_refused_subscription_stops_the_link() {
    for (level, accept, refuse) in [
        (MqttVersion::V5, [0x20, 3, 0, 0, 0].as_slice(), [0x90, 4, 0, 0, 0, 0x87].as_slice()),
        (MqttVersion::V311, &[0x20, 2, 0, 0], &[0x90, 3, 0, 0, 0x80]),
    ] {
        let script = Script::new().await;
        let mut settings = config(script.port, "a", &["t"]);
        settings.versions = vec![level];
        settings.clean_start = false;
        let mut ear = Ear::open(settings);
        let mut guest = script.guest().await;
        guest.send(accept).await;
        let id = guest.subscribe().await;
        let mut answer = refuse.to_vec();
        answer[2..4].copy_from_slice(&id);
        guest.send(&answer).await;
        loop {
            match ear.next().await {
                MqttEvent::Stopped { reason } => {
                    assert_eq!(reason, LostReason::NotAuthorised);
                    break;
                }
                MqttEvent::Ready { .. } | MqttEvent::Lost { .. } => panic!("the refusal was not heeded"),
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    for (code, reason) in [
        (0x86, LostReason::BadCredentials),
        (0x87, LostReason::NotAuthorised),
        (0x88, LostReason::Unavailable),
        (0x85, LostReason::Refused),
    ] {
        let script = Script::new().await;
        let mut ear = Ear::open(config(script.port, "a", &["t"]));
        script.guest().await.send(&[0x20, 3, 0, code, 0]).await;
        assert_eq!(lost(&mut ear).await, reason, "{code:#x}");
    }
    for (code, reason) in
        [(4, LostReason::BadCredentials), (5, LostReason::NotAuthorised), (3, LostReason::Unavailable)]
    {
        let script = Script::new().await;
        let mut settings = config(script.port, "a", &["t"]);
        settings.versions = vec![MqttVersion::V311];
        let mut ear = Ear::open(settings);
        script.guest().await.send(&[0x20, 2, 0, code]).await;
        assert_eq!(lost(&mut ear).await, reason, "{code}");
    }
}

#[tokio::test]
async fn three_unreadable_answers_cost_the_session_once() {
    let script = Script::new().await;
    let mut settings = config(script.port, "a", &["t"]);
    settings.versions = vec![MqttVersion::V5];
    let mut ear = Ear::open(settings);
    for (round, reason) in [LostReason::Malformed, LostReason::Malformed, LostReason::Poison].into_iter().enumerate() {
        let mut guest = script.guest().await;
        assert_eq!(guest.clean, round == 0, "round {round}");
        guest.send(&[0x20, 3, u8::from(round > 0), 0, 0]).await;
        guest.subscribe().await;
        // A PUBLISH whose topic is longer than itself.
        guest.send(&[0x30, 4, 0xFF, 0xFF, b't', 0]).await;
        assert_eq!(lost(&mut ear).await, reason);
        ear.link.wake();
    }
    let mut guest = script.guest().await;
    assert!(guest.clean);
    guest.send(&[0x20, 3, 0, 0, 0]).await;
    let [high, low] = guest.subscribe().await;
    guest.send(&[0x90, 4, high, low, 0, 1]).await;
    assert!(ear.ready().await);
    drop(guest);
    lost(&mut ear).await;
    ear.link.wake();
    assert!(!script.guest().await.clean);
}

#[tokio::test]
async fn what_nobody_asked_for_is_dropped_and_acknowledged() {
    let script = Script::new().await;
    let mut ear = Ear::open(config(script.port, "a", &["t"]));
    let mut guest = script.guest().await;
    guest.send(&[0x20, 3, 0, 0, 0]).await;
    let [high, low] = guest.subscribe().await;
    guest.send(&[0x90, 4, high, low, 0, 1]).await;
    ear.ready().await;
    // QoS 1, packet 9, topic "u"; then one whose topic is not text; then ours.
    guest.send(&[0x32, 7, 0, 1, b'u', 0, 9, 0, b'x']).await;
    guest.send(&[0x32, 7, 0, 1, 0xFF, 0, 10, 0, b'x']).await;
    guest.send(&[0x32, 7, 0, 1, b't', 0, 11, 0, b'y']).await;
    assert_eq!(ear.message().await.0, "y");
    for wanted in [9, 10] {
        let (kind, body) = packet(&mut guest.stream).await.unwrap();
        assert_eq!((kind, &body[..2]), (0x40, [0, wanted].as_slice()));
    }
}

#[tokio::test]
async fn a_session_taken_over_three_times_stops_the_link() {
    let script = Script::new().await;
    let mut ear = Ear::open(config(script.port, "a", &["t"]));
    for round in 1..=3 {
        let mut guest = script.guest().await;
        guest.send(&[0x20, 3, 0, 0, 0]).await;
        let [high, low] = guest.subscribe().await;
        guest.send(&[0x90, 4, high, low, 0, 1]).await;
        ear.ready().await;
        guest.send(&[0xE0, 2, 0x8E, 0]).await;
        if round < 3 {
            assert_eq!(lost(&mut ear).await, LostReason::TakenOver);
            ear.link.wake();
        }
    }
    assert!(matches!(ear.next().await, MqttEvent::Stopped { reason: LostReason::TakenOver }));
}
