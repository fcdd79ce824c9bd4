//! Silence (promises MQ-7, MQ-8, MQ-10 and MQ-11): what is not heard is asked for; what nobody can tell is uncertain.

use crate::support::{PATIENCE, Shop, hand_clock, paper};
use platen_engine::{Clock, HandClock, LinkState, PrinterStatus};
use platen_model::{Connection, JobState, Secret, WallTime};
use platen_sim::broker::{Broker, OpenGate};
use platen_sim::{Act, Call, Side, Trouble};
use platen_transport::mqtt::{MqttConfig, MqttEvent, MqttLink, Qos};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

const STEP: Duration = Duration::from_secs(5);

/// A shop whose app listens at another broker than the printers speak at: it hears nothing, ever.
struct Deaf {
    shop: Shop,
    clock: HandClock,
    broker: Broker,
}

impl Deaf {
    async fn open(look_up: bool) -> Self {
        let broker = Broker::start(0, 1 << 20, Arc::new(OpenGate)).await.unwrap();
        let clock = hand_clock();
        let (hands, port) = (clock.clone(), broker.port());
        let shop = Shop::with(|plan| {
            plan.clock = Arc::new(hands);
            plan.profile = Box::new(move |profile| {
                profile.mqtt.port = port;
                if !look_up {
                    profile.http.paths.job_list = None;
                }
            });
        })
        .await;
        Self { shop, clock, broker }
    }
}

async fn hand_shop(look_up: bool) -> (Shop, HandClock) {
    let clock = hand_clock();
    let hands = clock.clone();
    let shop = Shop::with(|plan| {
        plan.clock = Arc::new(hands);
        plan.profile = Box::new(move |profile| {
            if !look_up {
                profile.http.paths.job_list = None;
            }
        });
    })
    .await;
    (shop, clock)
}

fn code(status: &PrinterStatus, wanted: &str) -> bool {
    status.problems.iter().any(|problem| problem.fault.code == wanted)
}

#[tokio::test]
async fn a_sent_job_whose_acknowledgements_are_lost_is_looked_up() {
    let Deaf { shop, clock, broker: _broker } = Deaf::open(true).await;
    let sn = shop.bind().await;
    let job = shop.print(&sn, 1).await;
    shop.until_job(&job, JobState::Sent).await;
    let done = shop
        .until_turning(&clock, STEP, "found done", async || {
            Some(shop.job(&job).await.row).filter(|row| row.state == JobState::Done)
        })
        .await;
    assert_eq!((done.progress, done.attempt), (Some(1.0), 1));
    assert_eq!(paper(&shop.world, &sn).len(), 1);
    assert_eq!(shop.world.troubles().count(Call::CreateJob), 1);
}

#[tokio::test]
async fn a_job_that_the_platform_still_has_is_never_called_uncertain() {
    let Deaf { shop, clock, broker: _broker } = Deaf::open(true).await;
    let sn = shop.bind().await;
    shop.world.act(&sn, Act::PaperOut).unwrap();
    let job = shop.print(&sn, 1).await;
    shop.until_job(&job, JobState::Sent).await;
    let begun = clock.now();
    // Three times the time-out: the platform says "still at it" each time it is asked.
    shop.until_turning(&clock, STEP, "a quarter of an hour", async || {
        let state = shop.job(&job).await.row.state;
        assert_eq!(state, JobState::Sent);
        let looked = shop.world.troubles().count(Call::JobList);
        (clock.now().since(begun) >= Duration::from_secs(900) && looked >= 10).then_some(())
    })
    .await;
    shop.world.act(&sn, Act::LoadPaper).unwrap();
    shop.until_turning(&clock, STEP, "done", async || (shop.job(&job).await.row.state == JobState::Done).then_some(()))
        .await;
}

#[tokio::test]
async fn a_job_of_which_even_the_platform_cannot_tell_is_uncertain_after_the_time_out_and_ends_when_it_can() {
    let Deaf { shop, clock, broker: _broker } = Deaf::open(true).await;
    let sn = shop.bind().await;
    shop.world.troubles().plan(Call::JobList, 100_000, Side::Before, Trouble::Answer(500));
    let job = shop.print(&sn, 1).await;
    shop.until_job(&job, JobState::Sent).await;
    let begun = clock.now();
    let unclear = shop
        .until_turning(&clock, STEP, "uncertain", async || {
            Some(shop.job(&job).await.row).filter(|row| row.state == JobState::Uncertain)
        })
        .await;
    assert!(clock.now().since(begun) >= Duration::from_secs(300), "before the profile's time-out");
    assert_eq!(unclear.fault.unwrap().code, "job_uncertain");
    assert!(code(&shop.printer(&sn).await, "job_uncertain"));
    shop.world.troubles().clear();
    shop.until_turning(&clock, STEP, "found done", async || {
        (shop.job(&job).await.row.state == JobState::Done).then_some(())
    })
    .await;
    assert!(!code(&shop.printer(&sn).await, "job_uncertain"));
    assert_eq!(paper(&shop.world, &sn).len(), 1);
}

#[tokio::test]
async fn a_late_done_of_the_printer_ends_uncertain() {
    let (shop, clock) = hand_shop(false).await;
    let sn = shop.bind().await;
    shop.world.act(&sn, Act::PaperOut).unwrap();
    let job = shop.print(&sn, 1).await;
    shop.until("the printer at it", async || (shop.job(&job).await.row.detail == "printing").then_some(())).await;
    shop.world.act(&sn, Act::GoOffline).unwrap();
    let begun = clock.now();
    shop.until_turning(&clock, STEP, "uncertain", async || {
        (shop.job(&job).await.row.state == JobState::Uncertain).then_some(())
    })
    .await;
    assert!(clock.now().since(begun) >= Duration::from_secs(295), "before the profile's time-out");
    // It prints while nobody hears it, and tells when it is back.
    shop.world.act(&sn, Act::LoadPaper).unwrap();
    shop.world.act(&sn, Act::ComeOnline).unwrap();
    let done = shop.until_job(&job, JobState::Done).await;
    assert_eq!((done.row.fault, done.row.progress), (None, Some(1.0)));
    assert_eq!(paper(&shop.world, &sn).len(), 1);
}

#[tokio::test]
async fn a_printer_out_of_reach_is_shown_and_its_return_as_well_whatever_the_wall_clock_says() {
    let (shop, clock) = hand_shop(true).await;
    let sn = shop.bind().await;
    let online = |status: &PrinterStatus| status.connection == Connection::Online;
    shop.until_printer(&sn, "online", online).await;
    for jump in [0, -365 * 24 * 3_600_000, 3_600_000] {
        shop.world.act(&sn, Act::GoOffline).unwrap();
        clock.set_wall(WallTime(clock.wall().0 + jump));
        shop.until_turning(&clock, STEP, "offline", async || {
            let status = shop.printer(&sn).await;
            (status.connection == Connection::Offline && code(&status, "offline")).then_some(())
        })
        .await;
        let known = shop.printer(&sn).await.known;
        assert!(!known.battery.unwrap().live, "what it said before is only the last known");
        shop.world.act(&sn, Act::ComeOnline).unwrap();
        shop.until_printer(&sn, "online again", |status| online(status) && !code(status, "offline")).await;
    }
}

#[tokio::test]
async fn a_silent_printer_is_asked_for_over_http_and_its_news_is_taken() {
    let Deaf { shop, clock, broker: _broker } = Deaf::open(true).await;
    let sn = shop.bind().await;
    shop.world.act(&sn, Act::PaperOut).unwrap();
    let paper = |status: &PrinterStatus| status.known.paper.as_ref().map(|known| (known.value, known.live));
    for (act, value) in [(Act::LoadPaper, 1), (Act::PaperOut, 0)] {
        shop.world.act(&sn, act).unwrap();
        // Never live: it is what the platform remembers.
        shop.until_turning(&clock, STEP, "its paper", async || {
            (paper(&shop.printer(&sn).await) == Some((value, false))).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn what_the_broker_kept_is_last_known_and_never_live() {
    let Deaf { shop, broker, clock: _ } = Deaf::open(true).await;
    let (sn, _) = shop.plain();
    let owner = &shop.world.hello().owner;
    let topic = format!("devices/{}/{}/{sn}/up/state", owner.tenant_code, owner.user_name);
    let report = |battery: u8, ts: i64| json!({ "battery": battery, "ts": ts }).to_string();
    let now = shop.clock.wall().0;
    broker.publish(&topic, report(11, now - 40 * 24 * 3_600_000), 1, true).unwrap();
    shop.world.act(&sn, Act::GoOffline).unwrap();
    // Only the broker tells anything here.
    shop.world.troubles().plan(Call::DeviceState, 100_000, Side::Before, Trouble::Answer(500));
    shop.bind().await;
    let battery = |status: &PrinterStatus| status.known.battery.as_ref().map(|known| (known.value, known.live));
    let status = shop.until_printer(&sn, "the kept report", |status| battery(status) == Some((11, false))).await;
    assert_ne!(status.connection, Connection::Online);
    assert!(!code(&status, "clock_off"), "an old report says nothing about the printer's clock");
    broker.publish(&topic, report(12, now), 1, false).unwrap();
    let status = shop.until_printer(&sn, "a live report", |status| battery(status) == Some((12, true))).await;
    assert_eq!(status.connection, Connection::Online);
    // A printer that lives in 1970 is told so, and believed otherwise.
    broker.publish(&topic, report(13, 1_000_000), 1, false).unwrap();
    let status = shop.until_printer(&sn, "a report from 1970", |status| battery(status) == Some((13, true))).await;
    assert!(code(&status, "clock_off"));
}

#[tokio::test]
async fn a_session_taken_over_three_times_stops_until_the_user_asks_again() {
    let Deaf { shop, clock, broker } = Deaf::open(true).await;
    let sn = shop.bind().await;
    let ours = || broker.clients().into_keys().find(|id| id.starts_with("platen-"));
    let client_id = ours().unwrap();
    for _ in 0..3 {
        shop.until_awake(&sn, "subscribed", async || (shop.printer(&sn).await.link == LinkState::Ready).then_some(()))
            .await;
        take_over(&broker, &client_id).await;
        shop.until_printer(&sn, "lost", |status| status.link != LinkState::Ready).await;
    }
    let told = |status: &PrinterStatus| status.link == LinkState::Stopped && code(status, "broker_taken_over");
    shop.until_printer(&sn, "the fight told", told).await;
    // It does not fight on by itself. Printing goes on, and is followed without messages.
    let job = shop.print(&sn, 1).await;
    let begun = clock.now();
    shop.until_turning(&clock, STEP, "ten minutes", async || {
        assert!(told(&shop.printer(&sn).await));
        (clock.now().since(begun) >= Duration::from_secs(600)).then_some(())
    })
    .await;
    assert!(ours().is_none(), "nobody is connected");
    shop.until_job(&job, JobState::Done).await;
    shop.engine.refresh_printer(&sn).await.unwrap();
    let status = shop.until_ready(&sn).await;
    assert!(!code(&status, "broker_taken_over"));
}

/// Another copy of the app connects under the same name and leaves.
async fn take_over(broker: &Broker, client_id: &str) {
    let (sender, mut events) = mpsc::channel(100);
    let config = MqttConfig {
        host: "127.0.0.1".to_owned(),
        port: broker.port(),
        tls: false,
        ca_pem: None,
        allow_plaintext: false,
        versions: Vec::new(),
        client_id: client_id.to_owned(),
        username: "copy".to_owned(),
        password: Secret::from("copy"),
        qos: Qos::AtLeastOnce,
        keep_alive: Duration::from_secs(20),
        clean_start: true,
        session_expiry: Duration::ZERO,
        filters: vec!["somewhere/else".to_owned()],
    };
    let link = MqttLink::open(config, sender);
    let connected = async {
        while let Some(event) = events.recv().await {
            if matches!(event, MqttEvent::Ready { .. }) {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, connected).await.unwrap();
    link.close().await;
}
