//! Printers in trouble, printers that are told what to do, and messages that nobody should send.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A test may fail.

mod common;

use common::*;
use platen_protocol::cloud::messages::{ControlCommand, UpgradeTask};
use platen_protocol::cloud::shapes::hash;
use platen_protocol::cloud::status::JobStatus;
use platen_protocol::cloud::{Message, Mode, Tail};
use platen_sim::broker::Keep;
use platen_sim::{Act, World, WorldOptions};
use rumqttc::v5::mqttbytes::QoS;

#[tokio::test]
async fn a_job_waits_for_paper_a_cool_head_and_charge() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::start(fast(dir.path())).await.unwrap();
    let app = App::bound(&world).await;
    let mut ear = app.listen().await;
    let sn = app.sn.as_str();
    for (number, (act, opposite, code)) in [
        (Act::PaperOut, Act::LoadPaper, 1001),
        (Act::Overheat, Act::CoolDown, 1002),
        (Act::BatteryEmpty, Act::ChargeBattery, 1003),
    ]
    .into_iter()
    .enumerate()
    {
        world.act(sn, act).unwrap();
        let job = app.print(&format!("r{number}"), &picture(384, 50, 1), 1).await;
        until(&world, |world| printer(world, sn).printing.then_some(())).await;
        ear.until(|message| match message {
            Message::State(report) if report.err_code == Some(vec![code]) => Some(()),
            _ => None,
        })
        .await;
        assert_eq!(world.sheets(sn).unwrap().len(), number, "{act:?}");
        world.act(sn, opposite).unwrap();
        assert_eq!(ear.life(&job).await.last(), Some(&JobStatus::Done));
        assert_eq!(world.sheets(sn).unwrap().len(), number + 1);
        assert!(printer(&world, sn).faults.is_empty());
    }
    world.stop().await;
}

#[tokio::test]
async fn out_of_reach_it_prints_what_it_has_and_tells_later() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::start(fast(dir.path())).await.unwrap();
    let app = App::bound(&world).await;
    let sn = app.sn.as_str();
    let mut ear = app.listen().await;
    world.act(sn, Act::PaperOut).unwrap();
    let job = app.print("r", &picture(384, 50, 1), 1).await;
    ear.until(|message| matches!(message, Message::PrintAck(_)).then_some(())).await;
    // Downloaded and in the middle of it, as its progress says.
    ear.until(|message| matches!(message, Message::PrintAck(_)).then_some(())).await;
    world.act(sn, Act::GoOffline).unwrap();
    until(&world, |world| (!printer(world, sn).online).then_some(())).await;
    assert_eq!(printer(&world, sn).faults, ["paper-out", "offline"]);
    let second = app.print("r2", &picture(384, 50, 2), 1).await;
    world.act(sn, Act::ComeOnline).unwrap();
    world.act(sn, Act::LoadPaper).unwrap();
    assert_eq!(ear.life(&job).await.last(), Some(&JobStatus::Done));
    assert_eq!(ear.life(&second).await.last(), Some(&JobStatus::Done));
    assert_eq!(world.sheets(sn).unwrap().len(), 2);
    world.stop().await;
}

#[tokio::test]
async fn acknowledgements_wait_for_the_broker_and_nothing_is_printed_twice() {
    for keep in [Keep::Sessions, Keep::Nothing] {
        let dir = tempfile::tempdir().unwrap();
        let world = World::start(fast(dir.path())).await.unwrap();
        let app = App::bound(&world).await;
        let sn = app.sn.as_str();
        world.act(sn, Act::PaperOut).unwrap();
        let job = app.print("r", &picture(384, 50, 1), 1).await;
        until(&world, |world| printer(world, sn).printing.then_some(())).await;
        world.broker_down(keep).await.unwrap();
        world.act(sn, Act::LoadPaper).unwrap();
        sheets(&world, sn, 1).await;
        assert_ne!(app.list(None).await.items[0].status.as_deref(), Some("success"));
        world.broker_up().await.unwrap();
        // Whatever was lost with the broker's memory is asked for again.
        let mut changed = world.changed();
        while app.list(None).await.items[0].status.as_deref() != Some("success") {
            changed.changed().await.unwrap();
        }
        for _ in 0..3 {
            world.restart_broker(keep).await.unwrap();
        }
        until(&world, |world| printer(world, sn).online.then_some(())).await;
        let next = app.print("r2", &picture(384, 50, 2), 1).await;
        let sheets = sheets(&world, sn, 2).await;
        assert_eq!(sheets.iter().map(|sheet| sheet.job_id.as_str()).collect::<Vec<_>>(), [&next, &job]);
        world.stop().await;
    }
}

#[tokio::test]
async fn a_redelivered_job_is_printed_once_and_acknowledged_again() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::start(fast(dir.path())).await.unwrap();
    let app = App::bound(&world).await;
    let sn = app.sn.as_str();
    let mut ear = app.listen().await;
    let job = app.print("r", &picture(384, 50, 1), 1).await;
    assert_eq!(ear.life(&job).await.last(), Some(&JobStatus::Done));
    for number in 0..5 {
        let delivery = format!(
            r#"{{"msgId":"again-{number}","jobId":"{job}","totalFileNumber":1,"resources":[{{"seq":1,"url":"x","hash":"y","size":1}}]}}"#
        );
        world.publish_raw(&app.topic(Tail::Print), delivery.as_bytes()).unwrap();
        world.publish_raw(&app.topic(Tail::Print), delivery.as_bytes()).unwrap();
        let ack = ear
            .until(|message| match message {
                Message::PrintAck(ack) => Some(ack),
                _ => None,
            })
            .await;
        let original = format!("again-{number}");
        assert_eq!((ack.status.as_str(), ack.ack_original_msg_id.as_deref()), ("success", Some(original.as_str())));
    }
    assert_eq!(world.sheets(sn).unwrap().len(), 1);
    world.stop().await;
}

#[tokio::test]
async fn a_restarted_world_goes_on_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    // Slow enough to stop it between two sheets.
    let options = WorldOptions { speed: 5.0, ..fast(dir.path()) };
    let world = World::start(options.clone()).await.unwrap();
    let printers = world.hello().printers.clone();
    let mut app = App::bound(&world).await;
    let sn = app.sn.to_string();
    let done = app.print("done", &picture(384, 50, 1), 1).await;
    sheets(&world, &sn, 1).await;
    let waiting = app.print("waiting", &picture(384, 800, 2), 3).await;
    sheets(&world, &sn, 2).await;
    world.act(&sn, Act::PaperOut).unwrap();
    let before = world.sheets(&sn).unwrap().len();
    assert!(before < 4, "the job was over too soon for this test");
    world.stop().await;

    let world = World::start(options).await.unwrap();
    assert_eq!(world.hello().printers, printers);
    app.profile = world.profile(Mode::Direct);
    // The binding and the old token still hold; the job goes on by itself, after the last sheet that came out.
    let mut changed = world.changed();
    while app.list(Some("waiting")).await.items[0].status.as_deref() != Some("success") {
        changed.changed().await.unwrap();
    }
    let sheets = world.sheets(&sn).unwrap();
    let pages =
        |job: &str| sheets.iter().rev().filter(|sheet| sheet.job_id == job).map(|sheet| sheet.page).collect::<Vec<_>>();
    assert_eq!((pages(&waiting), pages(&done)), (vec![1, 2, 3], vec![1]));
    assert_eq!(app.list(Some("done")).await.items.len(), 1);
    app.log_in().await.unwrap();
    world.stop().await;
}

async fn control(app: &App, ear: &Ear, command: &str) {
    let command = ControlCommand {
        msg_id: Some(format!("m-{command}")),
        control_id: format!("c-{command}"),
        command: command.to_owned(),
        ..ControlCommand::default()
    };
    let payload = Message::Control(command).encode();
    ear.client.publish(app.topic(Tail::Control), QoS::AtLeastOnce, false, payload).await.unwrap();
}

#[tokio::test]
async fn control_commands_are_obeyed_and_answered() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::start(fast(dir.path())).await.unwrap();
    let app = App::bound(&world).await;
    let sn = app.sn.as_str();
    let mut ear = app.listen().await;
    for (command, expected) in [
        ("reboot", &["confirm", "success"][..]),
        ("clear_cache", &["confirm", "success"]),
        ("explode", &["fail"]),
        ("shutdown", &["confirm", "success"]),
    ] {
        control(&app, &ear, command).await;
        for status in expected {
            let ack = ear
                .until(|message| match message {
                    Message::ControlAck(ack) => Some(ack),
                    _ => None,
                })
                .await;
            assert_eq!((ack.status.as_str(), ack.control_id), (*status, Some(format!("c-{command}"))));
        }
    }
    until(&world, |world| (!printer(world, sn).online).then_some(())).await;
    world.act(sn, Act::ComeOnline).unwrap();
    until(&world, |world| printer(world, sn).online.then_some(())).await;
    world.stop().await;
}

#[tokio::test]
async fn the_button_stops_the_job_in_progress_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::start(fast(dir.path())).await.unwrap();
    let app = App::bound(&world).await;
    let sn = app.sn.as_str();
    let mut ear = app.listen().await;
    world.act(sn, Act::StopPrint).unwrap(); // Nothing is printing: nothing happens.
    world.act(sn, Act::PaperOut).unwrap();
    app.print("stopped", &picture(384, 50, 1), 1).await;
    let other = app.print("other", &picture(384, 50, 2), 1).await;
    until(&world, |world| printer(world, sn).printing.then_some(())).await;
    world.act(sn, Act::StopPrint).unwrap();
    let reason = ear
        .until(|message| match message {
            Message::Event(event) if event.is_stop_print() => event.reason().map(str::to_owned),
            _ => None,
        })
        .await;
    assert_eq!(reason, "user_action");
    world.act(sn, Act::LoadPaper).unwrap();
    assert_eq!(ear.life(&other).await.last(), Some(&JobStatus::Done));
    let sheets = world.sheets(sn).unwrap();
    assert_eq!((sheets.len(), sheets[0].client_ref.as_deref()), (1, Some("other")));
    let stopped = app.list(Some("stopped")).await.items.remove(0);
    assert_eq!((stopped.status.as_deref(), stopped.codes.len()), (Some("fail"), 1));
    world.stop().await;
}

#[tokio::test]
async fn what_is_not_as_announced_is_not_printed() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::start(fast(dir.path())).await.unwrap();
    let app = App::bound(&world).await;
    let sn = app.sn.as_str();
    let mut ear = app.listen().await;
    // An object that stays: its job waits on the other printer.
    let other = App::bound_to(&world, 1, Mode::Direct).await;
    world.act(other.sn.as_str(), Act::PaperOut).unwrap();
    other.print("held", &picture(384, 50, 1), 1).await;
    let object = std::fs::read_dir(dir.path().join("objects")).unwrap().next().unwrap().unwrap();
    let id = object.file_name().into_string().unwrap();
    let bytes = std::fs::read(object.path()).unwrap();
    let url = format!("{}/objects/{id}", world.hello().http);
    let foreign = url.replace("127.0.0.1", "localhost");
    let (good, size) = (hash(&bytes), bytes.len());
    let cases = [
        ("hash", &url, hash(b"x"), size, "esc", "gzip", 2102),
        ("size", &url, good.clone(), size + 1, "esc", "gzip", 2102),
        ("packing", &url, good.clone(), size, "esc", "zip", 2103),
        ("language", &url, good.clone(), size, "tspl", "gzip", 2103),
        ("place", &foreign, good.clone(), size, "esc", "gzip", 2101),
        ("more", &url, good.clone(), size, "esc", "gzip", 2101),
    ];
    for (job, url, hash, size, protocol, compression, _) in &cases {
        let total = if *job == "more" { 2 } else { 1 };
        let delivery = format!(
            r#"{{"msgId":"m","jobId":"{job}","totalFileNumber":{total},"resources":[{{"seq":1,"url":"{url}","hash":"{hash}","size":{size},"fileType":"prn","prnProtocol":"{protocol}","compression":"{compression}"}}]}}"#
        );
        world.publish_raw(&app.topic(Tail::Print), delivery.as_bytes()).unwrap();
    }
    for (job, .., code) in &cases {
        let codes = ear
            .until(|message| match message {
                Message::PrintAck(ack) if ack.job_id.as_deref() == Some(job) && ack.status == "fail" => {
                    Some(ack.report.codes)
                }
                _ => None,
            })
            .await;
        assert_eq!(codes, [*code], "{job}");
    }
    // Of the job that promised more than there is, the part that there is.
    let printed: Vec<_> = world.sheets(sn).unwrap().into_iter().map(|sheet| sheet.job_id).collect();
    assert_eq!(printed, ["more"]);
    world.stop().await;
}

#[tokio::test]
async fn a_firmware_task_is_checked_and_told_to_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::start(fast(dir.path())).await.unwrap();
    let app = App::bound(&world).await;
    let mut ear = app.listen().await;
    world.act(app.sn.as_str(), Act::PaperOut).unwrap();
    app.print("held", &picture(384, 50, 1), 1).await;
    let object = std::fs::read_dir(dir.path().join("objects")).unwrap().next().unwrap().unwrap();
    let bytes = std::fs::read(object.path()).unwrap();
    for (hash, expected) in [(hash(&bytes), "success"), (hash(b"x"), "fail")] {
        let task = UpgradeTask {
            device_upgrade_id: "u1".to_owned(),
            firmware_version: Some("9.9.9".to_owned()),
            url: format!("{}/objects/{}", world.hello().http, object.file_name().to_string_lossy()),
            hash: Some(hash),
            size: Some(bytes.len() as i64),
            compression: Some("gzip".to_owned()),
            ..UpgradeTask::default()
        };
        world.publish_raw(&app.topic(Tail::Upgrade), &Message::Upgrade(task).encode()).unwrap();
        for status in ["confirm", "upgrading", expected] {
            let told = ear
                .until(|message| match message {
                    Message::UpgradeAck(ack) => Some(ack.status),
                    _ => None,
                })
                .await;
            assert_eq!(told, status);
        }
    }
    let report = ear
        .until(|message| match message {
            Message::State(report) => report.firmware,
            _ => None,
        })
        .await;
    assert_eq!(report[0].firmware_version, "9.9.9");
    world.stop().await;
}

#[tokio::test]
async fn hostile_messages_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::start(WorldOptions { seed: 9, ..fast(dir.path()) }).await.unwrap();
    let app = App::bound(&world).await;
    let sn = app.sn.as_str();
    let bodies: [&[u8]; 8] = [
        b"",
        b"{",
        b"[]",
        b"\xFF\xFE",
        br#"{"jobId":7,"resources":"no"}"#,
        br#"{"jobId":"../../x","totalFileNumber":99999999999,"resources":[{"seq":1e300}]}"#,
        br#"{"msgId":null,"jobId":"","status":{},"errCode":"x"}"#,
        br#"{"type":"print","params":{"jobId":"nobody","seq":-7}}"#,
    ];
    for tail in Tail::ALL {
        for body in bodies {
            world.publish_raw(&app.topic(tail.clone()), body).unwrap();
        }
        world.publish_raw(&app.topic(tail), "{\"a\":".repeat(50_000).as_bytes()).unwrap();
    }
    for topic in ["devices/sim_tenant/other/SN/up/state", "打/印/机", "devices//// /up/state", "$SYS/x"] {
        world.publish_raw(topic, b"{}").unwrap();
    }
    assert!(world.publish_raw("devices/+/up", b"{}").is_err());
    app.print("good", &picture(384, 50, 1), 1).await;
    assert_eq!(sheets(&world, sn, 1).await.len(), 1);
    assert_eq!(app.state().await.online, Some(true));
    world.stop().await;
}
