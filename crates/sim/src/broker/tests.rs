//! The broker as clients see it, with the client library of the product, in both versions.

use super::*;
use rumqttc::v5::mqttbytes::v5 as p5;
use rumqttc::{Event, Packet, Publish, QoS, SubscribeReasonCode, v5};
use std::sync::Mutex as StdMutex;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(20);

async fn open_broker() -> Broker {
    Broker::start(0, 1 << 20, Arc::new(OpenGate)).await.unwrap()
}

struct Four {
    client: rumqttc::AsyncClient,
    events: rumqttc::EventLoop,
}

impl Four {
    fn new(broker: &Broker, id: &str, clean: bool, login: Option<(&str, &str)>) -> Self {
        let mut options = rumqttc::MqttOptions::new(id, "127.0.0.1", broker.port());
        options.set_keep_alive(Duration::from_secs(5)).set_clean_session(clean).set_max_packet_size(1 << 22, 1 << 22);
        if let Some((user, password)) = login {
            options.set_credentials(user, password);
        }
        let (client, events) = rumqttc::AsyncClient::new(options, 50);
        Self { client, events }
    }

    async fn until<T>(&mut self, mut wanted: impl FnMut(&Packet) -> Option<T>) -> T {
        timeout(SOON, async {
            loop {
                if let Event::Incoming(packet) = self.events.poll().await.unwrap()
                    && let Some(found) = wanted(&packet)
                {
                    return found;
                }
            }
        })
        .await
        .unwrap()
    }

    async fn welcome(&mut self) -> bool {
        self.until(|packet| if let Packet::ConnAck(ack) = packet { Some(ack.session_present) } else { None }).await
    }

    async fn subscribe(&mut self, filter: &str) -> SubscribeReasonCode {
        self.client.subscribe(filter, QoS::AtLeastOnce).await.unwrap();
        self.until(|packet| if let Packet::SubAck(ack) = packet { Some(ack.return_codes[0]) } else { None }).await
    }

    async fn message(&mut self) -> Publish {
        self.until(|packet| if let Packet::Publish(message) = packet { Some(message.clone()) } else { None }).await
    }

    async fn publish(&mut self, topic: &str, retain: bool, payload: &str) {
        self.client.publish(topic, QoS::AtLeastOnce, retain, payload).await.unwrap();
        self.until(|packet| matches!(packet, Packet::PubAck(_)).then_some(())).await;
    }
}

fn five(broker: &Broker, id: &str) -> v5::MqttOptions {
    let mut options = v5::MqttOptions::new(id, "127.0.0.1", broker.port());
    options.set_keep_alive(Duration::from_secs(5));
    options
}

async fn until_five<T>(events: &mut v5::EventLoop, mut wanted: impl FnMut(&p5::Packet) -> Option<T>) -> T {
    timeout(SOON, async {
        loop {
            if let v5::Event::Incoming(packet) = events.poll().await.unwrap()
                && let Some(found) = wanted(&packet)
            {
                return found;
            }
        }
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn both_versions_talk_to_each_other_on_one_port() {
    let broker = open_broker().await;
    let mut four = Four::new(&broker, "four", true, None);
    assert_eq!(four.subscribe("a/+/c").await, SubscribeReasonCode::Success(QoS::AtLeastOnce));

    let (client, mut events) = v5::AsyncClient::new(five(&broker, "five"), 10);
    client.subscribe("打印/#", v5::mqttbytes::QoS::AtLeastOnce).await.unwrap();
    until_five(&mut events, |packet| matches!(packet, p5::Packet::SubAck(_)).then_some(())).await;
    client.publish("a/b/c", v5::mqttbytes::QoS::AtLeastOnce, false, "from five").await.unwrap();
    until_five(&mut events, |packet| matches!(packet, p5::Packet::PubAck(_)).then_some(())).await;
    let message = four.message().await;
    assert_eq!((message.topic.as_str(), &message.payload[..]), ("a/b/c", &b"from five"[..]));
    assert_eq!((message.qos, message.dup, message.retain), (QoS::AtLeastOnce, false, false));

    four.publish("打印/机", false, "from four").await;
    let payload = until_five(&mut events, |packet| match packet {
        p5::Packet::Publish(message) => Some(message.payload.clone()),
        _ => None,
    })
    .await;
    assert_eq!(&payload[..], b"from four");
    assert_eq!(broker.clients(), BTreeMap::from([("five".to_owned(), 5), ("four".to_owned(), 4)]));
}

#[tokio::test]
async fn a_session_keeps_qos_1_messages_and_repeats_what_was_not_acknowledged() {
    let broker = open_broker().await;
    let mut options = rumqttc::MqttOptions::new("sleeper", "127.0.0.1", broker.port());
    options.set_clean_session(false).set_manual_acks(true);
    let (client, events) = rumqttc::AsyncClient::new(options.clone(), 10);
    let mut sleeper = Four { client, events };
    assert!(!sleeper.welcome().await);
    sleeper.subscribe("t/#").await;
    broker.publish("t/1", "unacknowledged", 1, false).unwrap();
    assert!(!sleeper.message().await.dup);
    drop(sleeper);

    let mut other = Four::new(&broker, "other", true, None);
    other.publish("t/2", false, "while away").await;

    let (client, events) = rumqttc::AsyncClient::new(options, 10);
    let mut sleeper = Four { client, events };
    assert!(sleeper.welcome().await);
    let again = sleeper.message().await;
    assert_eq!((again.topic.as_str(), again.dup), ("t/1", true));
    let waiting = sleeper.message().await;
    assert_eq!((waiting.topic.as_str(), waiting.dup), ("t/2", false));
}

#[tokio::test]
async fn sessions_survive_a_restart_when_kept_and_only_then() {
    let broker = open_broker().await;
    let mut client = Four::new(&broker, "c", false, None);
    client.subscribe("t").await;
    for (keep, expected) in [(Keep::Sessions, true), (Keep::Nothing, false)] {
        broker.restart(keep).await.unwrap();
        let present = loop {
            match timeout(SOON, client.events.poll()).await.unwrap() {
                Ok(Event::Incoming(Packet::ConnAck(ack))) => break ack.session_present,
                _ => continue,
            }
        };
        assert_eq!(present, expected, "{keep:?}");
    }
}

#[tokio::test]
async fn retained_messages_come_with_a_subscription_until_they_are_cleared() {
    let broker = open_broker().await;
    let mut client = Four::new(&broker, "c", true, None);
    client.publish("r/1", true, "kept").await;
    client.subscribe("r/#").await;
    let message = client.message().await;
    assert!(message.retain);
    assert_eq!(&message.payload[..], b"kept");
    client.publish("r/1", true, "").await;
    client.message().await; // The clearing message itself, live.
    client.subscribe("r/1").await;
    broker.publish("r/1", "live", 0, false).unwrap();
    let live = client.message().await;
    assert_eq!((&live.payload[..], live.retain), (&b"live"[..], false));
}

#[derive(Default)]
struct Doorman(StdMutex<Vec<String>>);

impl Gate for Doorman {
    fn admit(&self, knock: &Knock<'_>) -> Result<Grant, Refusal> {
        match (knock.username, knock.password) {
            (Some("app"), Some("right")) => {
                Ok(Grant { hear: vec!["d/sn/up/#".to_owned()], say: vec!["d/sn/down/control".to_owned()] })
            }
            (Some("app"), Some("old")) => Err(Refusal::NotAuthorised),
            (Some("boss"), _) => Ok(Grant::everything()),
            _ => Err(Refusal::BadCredentials),
        }
    }

    fn connected(&self, visit: &Visit) {
        self.0.lock().unwrap().push(format!("+{}", visit.client_id));
    }

    fn disconnected(&self, visit: &Visit, reason: &'static str) {
        self.0.lock().unwrap().push(format!("-{} {reason}", visit.client_id));
    }
}

#[tokio::test]
async fn strangers_are_refused_with_the_right_code() {
    let broker = Broker::start(0, 1 << 20, Arc::new(Doorman::default())).await.unwrap();
    for (password, code) in
        [("wrong", rumqttc::ConnectReturnCode::BadUserNamePassword), ("old", rumqttc::ConnectReturnCode::NotAuthorized)]
    {
        let mut client = Four::new(&broker, "x", true, Some(("app", password)));
        match client.events.poll().await {
            Err(rumqttc::ConnectionError::ConnectionRefused(refusal)) => assert_eq!(refusal, code),
            other => panic!("{other:?}"),
        }
        let mut options = five(&broker, "x");
        options.set_credentials("app", password);
        let (_client, mut events) = v5::AsyncClient::new(options, 10);
        let refused = events.poll().await;
        assert!(matches!(refused, Err(v5::ConnectionError::ConnectionRefused(_))), "{refused:?}");
    }
    assert_eq!(broker.figures().connections, 0);
}

#[tokio::test]
async fn a_client_hears_and_says_only_what_it_was_granted() {
    let broker = Broker::start(0, 1 << 20, Arc::new(Doorman::default())).await.unwrap();
    let mut app = Four::new(&broker, "app", true, Some(("app", "right")));
    for foreign in ["#", "d/+/up/state", "d/other/up/state", "d/sn/#", "$SYS/#"] {
        assert_eq!(app.subscribe(foreign).await, SubscribeReasonCode::Failure, "{foreign}");
    }
    assert_eq!(app.subscribe("d/sn/up/state").await, SubscribeReasonCode::Success(QoS::AtLeastOnce));
    assert_eq!(broker.asked().iter().filter(|asked| asked.granted).count(), 1);

    let mut boss = Four::new(&broker, "boss", true, Some(("boss", "")));
    boss.subscribe("d/#").await;
    app.publish("d/sn/down/print", false, "forged").await;
    app.publish("d/sn/down/control", false, "allowed").await;
    assert_eq!(&boss.message().await.payload[..], b"allowed");
}

#[tokio::test]
async fn the_gate_hears_who_came_and_why_they_went() {
    let doorman = Arc::new(Doorman::default());
    let broker = Broker::start(0, 1 << 20, doorman.clone()).await.unwrap();
    let mut first = Four::new(&broker, "c", true, Some(("boss", "")));
    first.welcome().await;
    // The same client id again: the older connection ends with reason 0x8E, in version 5 with words.
    let mut options = five(&broker, "c");
    options.set_credentials("boss", "");
    let (client, mut events) = v5::AsyncClient::new(options.clone(), 10);
    until_five(&mut events, |packet| matches!(packet, p5::Packet::ConnAck(_)).then_some(())).await;
    assert!(timeout(SOON, async { while first.events.poll().await.is_ok() {} }).await.is_ok());
    let (thief, mut thief_events) = v5::AsyncClient::new(options, 10);
    until_five(&mut thief_events, |packet| matches!(packet, p5::Packet::ConnAck(_)).then_some(())).await;
    let told = timeout(SOON, async {
        loop {
            match events.poll().await {
                Err(v5::ConnectionError::MqttState(v5::StateError::ServerDisconnect { reason_code, .. })) => {
                    break reason_code;
                }
                Err(error) => panic!("{error:?}"),
                Ok(_) => {}
            }
        }
    })
    .await
    .unwrap();
    assert_eq!(told, p5::DisconnectReasonCode::SessionTakenOver);
    drop((client, events));
    thief.disconnect().await.unwrap();
    let _ = timeout(SOON, async { while thief_events.poll().await.is_ok() {} }).await;
    broker.stop().await;
    let heard = doorman.0.lock().unwrap().clone();
    let mut sorted = heard.clone();
    sorted.sort();
    assert_eq!(sorted, ["+c", "+c", "+c", "-c normal", "-c takenover", "-c takenover"], "{heard:?}");
}

#[tokio::test]
async fn a_message_larger_than_the_client_takes_is_left_out() {
    let broker = open_broker().await;
    let mut options = five(&broker, "small");
    options.set_max_packet_size(Some(1024));
    let mut properties = p5::ConnectProperties::new();
    properties.max_packet_size = Some(1024);
    options.set_connect_properties(properties);
    let (client, mut events) = v5::AsyncClient::new(options, 10);
    client.subscribe("t", v5::mqttbytes::QoS::AtLeastOnce).await.unwrap();
    until_five(&mut events, |packet| matches!(packet, p5::Packet::SubAck(_)).then_some(())).await;
    broker.publish("t", "x".repeat(20_000), 1, false).unwrap();
    broker.publish("t", "good", 1, false).unwrap();
    let payload = until_five(&mut events, |packet| match packet {
        p5::Packet::Publish(message) => Some(message.payload.clone()),
        _ => None,
    })
    .await;
    assert_eq!(&payload[..], b"good");
    assert_eq!(broker.figures().dropped, 1);
}

#[tokio::test]
async fn a_will_speaks_only_for_a_client_that_vanished() {
    let broker = open_broker().await;
    let mut watcher = Four::new(&broker, "watcher", true, None);
    watcher.subscribe("will/#").await;
    for (id, polite) in [("polite", true), ("rude", false)] {
        let mut options = rumqttc::MqttOptions::new(id, "127.0.0.1", broker.port());
        options.set_last_will(rumqttc::LastWill::new(format!("will/{id}"), "gone", QoS::AtLeastOnce, false));
        let (client, events) = rumqttc::AsyncClient::new(options, 10);
        let mut mortal = Four { client, events };
        mortal.welcome().await;
        if polite {
            mortal.client.disconnect().await.unwrap();
            let _ = timeout(SOON, async { while mortal.events.poll().await.is_ok() {} }).await;
        }
    }
    assert_eq!(watcher.message().await.topic, "will/rude");
}

#[tokio::test]
async fn a_silent_client_is_cut_after_one_and_a_half_keep_alives() {
    let doorman = Arc::new(Doorman::default());
    let broker = Broker::start(0, 1 << 20, doorman.clone()).await.unwrap();
    let mut socket = tokio::net::TcpStream::connect(("127.0.0.1", broker.port())).await.unwrap();
    let connect = b"\x10\x15\x00\x04MQTT\x04\xC2\x00\x01\x00\x01s\x00\x04boss\x00\x00";
    socket.write_all(connect).await.unwrap();
    let mut answer = Vec::new();
    timeout(SOON, socket.read_to_end(&mut answer)).await.unwrap().unwrap();
    assert_eq!(answer, [0x20, 2, 0, 0]);
    broker.stop().await;
    assert_eq!(*doorman.0.lock().unwrap(), ["+s", "-s keepalive_timeout"]);
}

#[tokio::test]
async fn rubbish_and_giants_end_the_connection_and_nothing_else() {
    let broker = Broker::start(0, 4096, Arc::new(OpenGate)).await.unwrap();
    let hello = b"\x10\x0D\x00\x04MQTT\x04\x02\x00\x3C\x00\x01x";
    for hostile in [
        &b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[..],
        &[0x10, 0xFF, 0xFF, 0xFF, 0x7F],
        &[hello, &b"\x32\xFF\x7F"[..]].concat(),
        &[hello, &b"\x36\x05\x00\x01a\x00\x01"[..]].concat(),
        &[hello, &b"\x30\x03\x00\x01+"[..]].concat(),
        &[hello, &hello[..]].concat(),
    ] {
        let mut socket = tokio::net::TcpStream::connect(("127.0.0.1", broker.port())).await.unwrap();
        socket.write_all(hostile).await.unwrap();
        let mut answer = Vec::new();
        let _ = timeout(SOON, socket.read_to_end(&mut answer)).await.unwrap();
    }
    let mut honest = Four::new(&broker, "honest", true, None);
    honest.subscribe("t").await;
    broker.publish("t", "still here", 1, false).unwrap();
    assert_eq!(&honest.message().await.payload[..], b"still here");
}
