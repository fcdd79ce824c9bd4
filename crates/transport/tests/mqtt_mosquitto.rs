//! MQTT against a real Mosquitto.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(unix)]

mod common;

use common::{Broker, Cable, Ear, config};
use platen_model::Secret;
use platen_transport::{LostReason, MqttEvent, MqttVersion, Qos, TransportError};
use rumqttc::v5::mqttbytes::QoS as Qos5;
use rustix::process::Signal;
use std::time::Duration;

const BOTH: [MqttVersion; 2] = [MqttVersion::V5, MqttVersion::V311];

async fn say(ear: &Ear, topic: &str, text: &str) {
    ear.link.publish(topic, text.to_owned(), Qos::AtLeastOnce).await.unwrap();
}

/// Publishes what our own link would refuse.
async fn shout(port: u16, topic: &str, bytes: usize) {
    let mut options = rumqttc::v5::MqttOptions::new("shouter", "127.0.0.1", port);
    options.set_max_packet_size(Some(64 * 1024 * 1024));
    let (client, mut events) = rumqttc::v5::AsyncClient::new(options, 10);
    client.publish(topic, Qos5::AtLeastOnce, false, vec![0_u8; bytes]).await.unwrap();
    loop {
        let event = events.poll().await.unwrap();
        if matches!(event, rumqttc::v5::Event::Incoming(rumqttc::v5::mqttbytes::v5::Packet::PubAck(_))) {
            return;
        }
    }
}

#[tokio::test]
async fn messages_go_both_ways_in_both_versions() {
    let broker = Broker::open();
    for version in BOTH {
        let mut settings = config(broker.port, "a", &["t/+", "only/this"]);
        settings.versions = vec![version];
        let mut ear = Ear::open(settings);
        assert!(matches!(ear.next().await, MqttEvent::Connecting));
        match ear.next().await {
            MqttEvent::Connected { version: is, session_present: false, encrypted: false } => assert_eq!(is, version),
            other => panic!("{other:?}"),
        }
        assert!(matches!(ear.next().await, MqttEvent::Ready { fresh: true }));
        say(&ear, "t/1", "hello").await;
        match ear.next().await {
            MqttEvent::Message { topic, payload, retained, ack } => {
                assert_eq!((topic.as_str(), payload.as_ref(), retained), ("t/1", b"hello".as_slice(), false));
                ear.link.acknowledge(ack);
            }
            other => panic!("{other:?}"),
        }
        ear.link.publish("only/this", "0", Qos::AtMostOnce).await.unwrap();
        assert_eq!(ear.message().await.0, "0");
        for topic in ["", "a/+", "a/#", "a\0b"] {
            let refused = ear.link.publish(topic, "x", Qos::AtLeastOnce).await;
            assert!(matches!(refused, Err(TransportError::Topic)), "{topic:?}");
        }
        let large = ear.link.publish("t/1", vec![0_u8; 300_000], Qos::AtLeastOnce).await;
        assert!(matches!(large, Err(TransportError::TooLarge { .. })));
        ear.link.close().await;
        assert!(matches!(ear.next().await, MqttEvent::Stopped { reason: LostReason::Asked }));
        let late = ear.link.publish("t/1", "x", Qos::AtLeastOnce).await;
        assert!(matches!(late, Err(TransportError::NotConnected)));
        broker.until_it_logs("Client a disconnected.").await;
    }
}

#[tokio::test]
async fn a_flood_arrives_whole_and_in_order() {
    let broker = Broker::open();
    for version in BOTH {
        let mut settings = config(broker.port, "a", &["t"]);
        settings.versions = vec![version];
        let mut ear = Ear::open(settings);
        ear.ready().await;
        let link = ear.link.clone();
        let sender = tokio::spawn(async move {
            let all = (0..500).map(|n| {
                let link = link.clone();
                async move { link.publish("t", n.to_string(), Qos::AtLeastOnce).await.unwrap() }
            });
            futures_util::future::join_all(all).await;
        });
        for n in 0..500 {
            let (text, ack) = ear.message().await;
            assert_eq!(text, n.to_string());
            ear.link.acknowledge(ack);
        }
        sender.await.unwrap();
        ear.link.close().await;
    }
}

#[tokio::test]
async fn every_restart_of_the_broker_is_followed_by_subscriptions() {
    let mut broker = Broker::open();
    let mut ear = Ear::open(config(broker.port, "a", &["t"]));
    let mut voice = Ear::open(config(broker.port, "b", &[]));
    ear.ready().await;
    voice.ready().await;
    for round in 0..20 {
        broker.kill();
        for link in [&mut ear, &mut voice] {
            link.until(|event| matches!(event, MqttEvent::Lost { .. }).then_some(())).await;
        }
        broker.start_again();
        ear.link.wake();
        voice.link.wake();
        // Without persistence the broker has forgotten everything, and says so.
        assert!(ear.ready().await, "round {round}");
        voice.ready().await;
        let text = format!("round {round}");
        say(&voice, "t", &text).await;
        let (heard, ack) = ear.message().await;
        assert_eq!(heard, text);
        ear.link.acknowledge(ack);
    }
}

#[tokio::test]
async fn what_was_not_acknowledged_comes_again_and_what_was_does_not() {
    let broker = Broker::open();
    for version in BOTH {
        let mut settings = config(broker.port, "a", &["t"]);
        settings.versions = vec![version];
        let mut ear = Ear::open(settings);
        let mut voice = Ear::open(config(broker.port, "b", &[]));
        ear.ready().await;
        voice.ready().await;
        say(&voice, "t", "one").await;
        let (text, old) = ear.message().await;
        assert_eq!(text, "one");
        ear.link.reconnect();
        let (text, ack) = ear.message().await;
        assert_eq!(text, "one");
        // The handle of the connection before means nothing any more.
        ear.link.acknowledge(old);
        ear.link.reconnect();
        let (text, again) = ear.message().await;
        assert_eq!(text, "one");
        assert_ne!(again, ack);
        ear.link.acknowledge(again);
        say(&voice, "t", "two").await;
        assert_eq!(ear.message().await.0, "two");
        ear.link.reconnect();
        assert_eq!(ear.message().await.0, "two");
        ear.link.close().await;
        voice.link.close().await;
    }
}

#[tokio::test]
async fn a_cut_cable_loses_no_message() {
    let broker = Broker::open();
    for version in BOTH {
        let cable = Cable::to(broker.port).await;
        let mut settings = config(cable.port, "a", &["t"]);
        settings.versions = vec![version];
        let mut ear = Ear::open(settings);
        let mut voice = Ear::open(config(broker.port, "b", &[]));
        ear.ready().await;
        voice.ready().await;
        for round in 0..5 {
            cable.cut();
            ear.until(|event| matches!(event, MqttEvent::Lost { .. }).then_some(())).await;
            let text = format!("while away {round}");
            say(&voice, "t", &text).await;
            cable.mend();
            ear.link.wake();
            let mut fresh = None;
            let ack = ear
                .until(|event| match event {
                    MqttEvent::Connected { session_present, .. } => {
                        fresh = Some(!session_present);
                        None
                    }
                    // The cut may have come before the last acknowledgement; then the message before comes once more.
                    MqttEvent::Message { payload, ack, .. } => {
                        (payload.as_ref() == text.as_bytes()).then(|| ack.clone())
                    }
                    _ => None,
                })
                .await;
            ear.link.acknowledge(ack);
            assert_eq!(fresh, Some(false), "{version:?}");
        }
        ear.link.close().await;
        voice.link.close().await;
    }
}

#[tokio::test]
async fn a_message_over_the_limit_does_not_stop_the_one_behind_it() {
    let broker = Broker::open();
    for version in BOTH {
        let mut settings = config(broker.port, "a", &["t"]);
        settings.versions = vec![version];
        let mut ear = Ear::open(settings);
        ear.ready().await;
        shout(broker.port, "t", 300 * 1024).await;
        say(&ear, "t", "good").await;
        // The very next event: no loss, no reconnect.
        match ear.next().await {
            MqttEvent::Message { payload, .. } => assert_eq!(payload.as_ref(), b"good"),
            other => panic!("{version:?}: {other:?}"),
        }
        ear.link.close().await;
    }
}

#[tokio::test]
async fn poison_costs_one_session_and_not_the_link() {
    let broker = Broker::open();
    let mut settings = config(broker.port, "a", &["t"]);
    settings.versions = vec![MqttVersion::V311];
    let mut ear = Ear::open(settings);
    ear.ready().await;
    // Larger than the 3.1.1 library can pass over.
    shout(broker.port, "t", 17 * 1024 * 1024).await;
    let mut reasons = Vec::new();
    ear.until(|event| {
        if let MqttEvent::Lost { reason, .. } = event {
            reasons.push(*reason);
        }
        (reasons.last() == Some(&LostReason::Poison)).then_some(())
    })
    .await;
    assert_eq!(reasons, [LostReason::Malformed, LostReason::Malformed, LostReason::Poison]);
    ear.link.wake();
    assert!(ear.ready().await);
    say(&ear, "t", "good").await;
    match ear.next().await {
        MqttEvent::Message { payload, .. } => assert_eq!(payload.as_ref(), b"good"),
        other => panic!("{other:?}"),
    }
    // The new session lasts like the old one.
    ear.link.reconnect();
    assert_eq!(ear.message().await.0, "good");
}

#[tokio::test]
async fn a_refused_password_can_be_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("passwords");
    let made =
        std::process::Command::new("mosquitto_passwd").args(["-b", "-c"]).arg(&file).args(["user", "right"]).status();
    assert!(made.expect("mosquitto_passwd comes with the package `mosquitto`").success());
    let passwords = std::fs::read_to_string(&file).unwrap();
    let broker = Broker::start(
        "listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {folder}/passwords",
        &[("passwords", &passwords)],
    );
    for version in BOTH {
        let mut settings = config(broker.port, "a", &["t"]);
        settings.versions = vec![version];
        let mut ear = Ear::open(settings);
        let reason = ear
            .until(|event| match event {
                MqttEvent::Lost { reason, .. } => Some(*reason),
                _ => None,
            })
            .await;
        // Mosquitto calls a wrong password "not authorised".
        assert!(matches!(reason, LostReason::BadCredentials | LostReason::NotAuthorised), "{reason:?}");
        ear.link.set_password(Secret::from("right"));
        ear.link.wake();
        ear.ready().await;
        ear.link.close().await;
    }
}

/// Mosquitto 2.0 closes the older connection without a word, so it looks like a lost network; `mqtt_scripted.rs` has a broker that says why.
#[tokio::test]
async fn a_taken_session_is_noticed_and_can_be_taken_back() {
    let broker = Broker::open();
    let mut first = Ear::open(config(broker.port, "same", &["t"]));
    first.ready().await;
    let mut second = Ear::open(config(broker.port, "same", &["t"]));
    second.ready().await;
    for ear in [&mut first, &mut second] {
        let reason = ear
            .until(|event| match event {
                MqttEvent::Lost { reason, .. } => Some(*reason),
                _ => None,
            })
            .await;
        assert!(matches!(reason, LostReason::TakenOver | LostReason::Network), "{reason:?}");
        ear.link.wake();
        ear.ready().await;
    }
}

#[tokio::test]
async fn a_frozen_broker_is_noticed() {
    let broker = Broker::open();
    for version in BOTH {
        let mut settings = config(broker.port, "a", &["t"]);
        settings.versions = vec![version];
        settings.keep_alive = Duration::from_secs(5);
        let mut ear = Ear::open(settings);
        ear.ready().await;
        broker.signal(Signal::STOP);
        let reason = ear
            .until(|event| match event {
                MqttEvent::Lost { reason, .. } => Some(*reason),
                _ => None,
            })
            .await;
        broker.signal(Signal::CONT);
        assert_eq!(reason, LostReason::Silent);
        ear.link.wake();
        ear.ready().await;
        ear.link.close().await;
    }
}

#[tokio::test]
async fn tls_takes_the_profiles_authority_and_nothing_else() {
    let key = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    let (certificate, private) = (key.cert.pem(), key.signing_key.serialize_pem());
    let broker = Broker::start(
        "listener {port} 127.0.0.1\nallow_anonymous true\ncertfile {folder}/cert.pem\nkeyfile {folder}/key.pem",
        &[("cert.pem", &certificate), ("key.pem", &private)],
    );
    let secured = |ca_pem: Option<String>, version| {
        let mut settings = config(broker.port, "a", &["t"]);
        settings.tls = true;
        settings.ca_pem = ca_pem;
        settings.versions = vec![version];
        settings
    };
    for version in BOTH {
        let mut ear = Ear::open(secured(Some(certificate.clone()), version));
        let encrypted = ear
            .until(|event| match event {
                MqttEvent::Connected { encrypted, .. } => Some(*encrypted),
                _ => None,
            })
            .await;
        assert!(encrypted);
        ear.ready().await;
        ear.link.close().await;

        let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap().cert.pem();
        for authority in [None, Some(other)] {
            let mut ear = Ear::open(secured(authority, version));
            let reason = ear
                .until(|event| match event {
                    MqttEvent::Lost { reason, .. } => Some(*reason),
                    _ => None,
                })
                .await;
            assert_eq!(reason, LostReason::Certificate);
        }
    }
}

#[tokio::test]
async fn settings_that_cannot_work_stop_at_once() {
    let stopped = async |change: fn(&mut platen_transport::MqttConfig)| {
        let mut settings = config(1, "a", &["t"]);
        change(&mut settings);
        match Ear::open(settings).next().await {
            MqttEvent::Stopped { reason } => reason,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(stopped(|settings| settings.host = "broker.example.com".to_owned()).await, LostReason::Plaintext);
    assert_eq!(stopped(|settings| settings.client_id.clear()).await, LostReason::Misconfigured);
    assert_eq!(stopped(|settings| settings.filters = vec!["a/#/b".to_owned()]).await, LostReason::Misconfigured);
    let broken = |settings: &mut platen_transport::MqttConfig| {
        settings.tls = true;
        settings.ca_pem = Some("nonsense".to_owned());
    };
    assert_eq!(stopped(broken).await, LostReason::Misconfigured);
}
