//! The edges of the world: a real broker, callbacks, its own HTTP calls, and who may hear what.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A test may fail.

mod common;

use common::*;
use platen_protocol::cloud::messages::{Callback, Presence};
use platen_protocol::cloud::status::JobStatus;
use platen_sim::{Act, MqttChoice, Readings, World, WorldError, WorldOptions};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Packet, SubscribeReasonCode};
use rumqttc::v5::{AsyncClient, Event, MqttOptions};
use std::process::{Child, Command, Stdio};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;

/// A real Mosquitto on a port of its own; it ends with the test.
struct Mosquitto {
    child: Child,
    port: u16,
}

impl Mosquitto {
    fn free_port() -> u16 {
        std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
    }

    fn start(dir: &std::path::Path, port: u16) -> Self {
        let config = dir.join("mosquitto.conf");
        std::fs::write(&config, format!("listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n"))
            .unwrap();
        let mut command = Command::new("mosquitto");
        command.arg("-c").arg(&config).stdout(Stdio::null()).stderr(Stdio::null());
        Self { child: command.spawn().expect("mosquitto is installed"), port }
    }

    fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn the_loop_runs_through_a_real_mosquitto_and_survives_its_restart() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Mosquitto::start(dir.path(), Mosquitto::free_port());
    let options = WorldOptions { mqtt: MqttChoice::Broker(broker.url()), ..fast(dir.path()) };
    let world = World::start(options).await.unwrap();
    let app = App::bound(&world).await;
    let sn = app.sn.as_str();
    let mut ear = app.listen().await;
    let job = app.print("first", &picture(384, 80, 1), 3).await;
    assert_eq!(ear.life(&job).await, [JobStatus::Accepted, JobStatus::Progress, JobStatus::Done]);
    assert_eq!(sheets(&world, sn, 3).await.len(), 3);
    assert_eq!(app.state().await.online, Some(true), "told from its reports");

    // The broker forgets everything in the middle of a job.
    world.act(sn, Act::PaperOut).unwrap();
    let job = app.print("second", &picture(384, 80, 2), 3).await;
    until(&world, |world| printer(world, sn).printing.then_some(())).await;
    let port = broker.port;
    drop(broker);
    until(&world, |world| (!printer(world, sn).online).then_some(())).await;
    world.act(sn, Act::LoadPaper).unwrap();
    let _broker = Mosquitto::start(dir.path(), port);
    assert_eq!(sheets(&world, sn, 6).await.len(), 6);
    let mut changed = world.changed();
    while app.list(Some("second")).await.items[0].status.as_deref() != Some("success") {
        changed.changed().await.unwrap();
    }
    assert_eq!(world.sheets(sn).unwrap().iter().filter(|sheet| sheet.job_id == job).count(), 3);
    world.stop().await;
}

#[tokio::test]
async fn a_broker_that_is_not_there_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let start =
        |mqtt: &str| World::start(WorldOptions { mqtt: MqttChoice::Broker(mqtt.to_owned()), ..fast(dir.path()) });
    assert!(matches!(start("127.0.0.1").await, Err(WorldError::BrokerAddress(_))));
    let port = Mosquitto::free_port();
    let Err(error) = start(&format!("mqtt://127.0.0.1:{port}")).await else { panic!("it started") };
    assert_eq!(error.fault().code, "world_broker_unreachable");
}

#[tokio::test]
async fn an_app_hears_its_own_printer_only_and_says_only_commands() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::start(fast(dir.path())).await.unwrap();
    let app = App::bound(&world).await;
    let other = &world.hello().printers[1].sn;
    let owner = "sim_tenant/sim_user";
    let connect = |user: String, token: &str, id: &str| {
        let mqtt = &app.profile.mqtt;
        let mut options = MqttOptions::new(id, &mqtt.host, mqtt.port);
        options.set_credentials(user, token);
        AsyncClient::new(options, 20)
    };
    let user = |sn: &str| format!("sim_tenant|sim_user|{sn}");
    for (user, token, id) in [
        (user(other), app.token.reveal().as_str(), "x"),
        (user(app.sn.as_str()), "wrong", "x"),
        (user(app.sn.as_str()), app.token.reveal(), &*format!("{}|0.1", app.sn)),
        ("platform".to_owned(), app.token.reveal(), "x"),
        ("sim_tenant|+|#".to_owned(), app.token.reveal(), "x"),
    ] {
        let (_client, mut events) = connect(user.clone(), token, id);
        assert!(events.poll().await.is_err(), "{user} {id}");
    }
    let (client, mut events) = connect(user(app.sn.as_str()), app.token.reveal(), "app");
    let filters = [
        format!("devices/{owner}/{}/up/state", app.sn),
        format!("devices/{owner}/{other}/up/state"),
        format!("devices/{owner}/+/up/state"),
        format!("devices/{owner}/{}/down/print", app.sn),
        format!("device/{owner}/{}/up/state", app.sn),
    ];
    let mut granted = Vec::new();
    for filter in &filters {
        client.subscribe(filter, QoS::AtLeastOnce).await.unwrap();
        granted.push(loop {
            if let Event::Incoming(Packet::SubAck(ack)) = timeout(BOUND, events.poll()).await.unwrap().unwrap() {
                break matches!(ack.return_codes[0], SubscribeReasonCode::Success(_));
            }
        });
    }
    assert_eq!(granted, [true, false, false, false, false]);
    let asked = world.asked().unwrap();
    assert_eq!(asked.iter().filter(|asked| asked.client_id == "app").count(), filters.len());
    world.stop().await;
}

/// A tenant's endpoint that refuses the first call of each message and takes the second.
async fn tenant(listener: TcpListener, bodies: tokio::sync::mpsc::Sender<(u16, String)>) {
    let mut number = 0;
    loop {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut text = Vec::new();
        let body = loop {
            let mut piece = [0; 65_536];
            let count = socket.read(&mut piece).await.unwrap();
            text.extend_from_slice(&piece[..count]);
            let whole = String::from_utf8_lossy(&text).into_owned();
            let Some((head, body)) = whole.split_once("\r\n\r\n") else { continue };
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned));
            if body.len() >= length.unwrap().trim().parse::<usize>().unwrap() {
                break body.to_owned();
            }
        };
        number += 1;
        let status = if number % 2 == 1 { 500 } else { 204 };
        let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        socket.write_all(answer.as_bytes()).await.unwrap();
        if bodies.send((status, body)).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn messages_are_forwarded_in_either_spelling_and_again_when_refused() {
    for other in [false, true] {
        let readings = if other { Readings::other() } else { Readings::default() };
        let dir = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let callback = Some(format!("http://{}/secret-path", listener.local_addr().unwrap()));
        let (sender, mut bodies) = tokio::sync::mpsc::channel(1000);
        tokio::spawn(tenant(listener, sender));
        let world = World::start(WorldOptions { readings, callback, ..fast(dir.path()) }).await.unwrap();
        let (mut presence, mut state, mut last) = (false, false, String::new());
        while !(presence && state) {
            let (status, body) = timeout(BOUND, bodies.recv()).await.unwrap().unwrap();
            if status == 500 {
                last = body;
                continue;
            }
            assert_eq!(body, last, "the same message comes again after a refusal");
            let json: serde_json::Value = serde_json::from_str(&body).unwrap();
            if json["messageType"] == "client_connected" {
                presence = true;
                let event: Presence = serde_json::from_value(json.clone()).unwrap();
                assert_eq!((event.owner(), &event.data.username), (Some("sim_user"), &event.source_username));
                assert_eq!(event.data.connected_at.unwrap().0 > 100_000_000_000, other);
                assert_eq!(json.get("username").is_some(), other);
            } else {
                let callback = Callback::decode(body.as_bytes()).unwrap();
                assert_eq!(callback.owner(), Some("sim_user"));
                assert_eq!(callback.message_type.starts_with('/'), other);
                assert_eq!(json.get("userName").is_some(), other);
                if callback.message_type.ends_with("up/state") {
                    state = true;
                    assert_eq!(json["data"]["ts"].as_i64().unwrap() < 100_000_000_000, other);
                }
            }
        }
        world.stop().await;
    }
}

#[tokio::test]
async fn the_world_is_driven_over_http_and_by_lines_but_not_by_web_pages() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::start(fast(dir.path())).await.unwrap();
    let hello = world.hello().clone();
    let sn = &hello.printers[0].sn;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let act = |body: String| http.post(format!("{}/act", hello.control)).body(body);
    let json = |call: reqwest::RequestBuilder| call.header("content-type", "application/json");
    let body = |sn: &str, act: &str| format!(r#"{{"sn":"{sn}","act":"{act}"}}"#);

    let status = json(act(body(sn, "paper-out"))).send().await.unwrap().status();
    assert_eq!(status, 200);
    assert_eq!(printer(&world, sn).faults, ["paper-out"]);
    for (call, expected) in [
        (act(body(sn, "load-paper")), 415),
        (json(act(body(sn, "load-paper"))).header("host", "evil.example"), 421),
        (json(act(body(sn, "load-paper"))).header("origin", "http://127.0.0.1"), 421),
        (json(act(body("nobody", "load-paper"))), 404),
        (json(act(body(sn, "explode"))), 400),
        (json(act("{".to_owned())), 400),
    ] {
        assert_eq!(call.send().await.unwrap().status(), expected);
    }
    assert_eq!(printer(&world, sn).faults, ["paper-out"]);
    world.command(&format!("{sn} load-paper\n")).unwrap();
    assert!(matches!(world.command("nobody load-paper"), Err(WorldError::NoPrinter(_))));
    assert!(matches!(world.command(sn), Err(WorldError::NoAct(_))));
    let printers: serde_json::Value = serde_json::from_slice(
        &http.get(format!("{}/printers", hello.control)).send().await.unwrap().bytes().await.unwrap(),
    )
    .unwrap();
    assert_eq!((printers[0]["sn"].as_str(), printers[0]["online"].as_bool()), (Some(sn.as_str()), Some(true)));
    world.stop().await;
}

#[tokio::test]
async fn the_ports_are_free_after_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::start(fast(dir.path())).await.unwrap();
    let http_port = world.hello().http.rsplit(':').next().unwrap().parse().unwrap();
    let mqtt_port = world.hello().mqtt.rsplit(':').next().unwrap().parse().unwrap();
    let again = WorldOptions { http_port, mqtt: MqttChoice::Embedded { port: mqtt_port }, ..fast(dir.path()) };
    assert!(matches!(World::start(again.clone()).await, Err(WorldError::Port { .. })));
    world.stop().await;
    World::start(again).await.unwrap().stop().await;
}
