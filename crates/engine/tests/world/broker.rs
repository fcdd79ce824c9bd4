//! Brokers that die (promises MQ-6 and MQ-7, fault F7): every job ends on paper and as done, every state is right.

use crate::support::{Mosquitto, Printed, Shop, paper};
use platen_engine::LinkState;
use platen_model::{Connection, JobId, JobState};
use platen_sim::broker::Keep;
use platen_sim::{Act, MqttChoice};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_restarts_of_a_real_mosquitto_lose_no_job_and_no_state() {
    let mut broker = Mosquitto::start().await;
    let url = broker.url();
    let shop = Shop::with(|plan| plan.world.mqtt = MqttChoice::Broker(url)).await;
    let sn = shop.bind().await;
    let mut jobs = Vec::new();
    for round in 0..20 {
        jobs.push(shop.print(&sn, 2 * round).await);
        broker.down().await;
        jobs.push(while_it_is_away(&shop, &sn, 2 * round + 1).await);
        broker.up().await;
        back(&shop, &sn).await;
    }
    all_printed(&shop, &sn, &jobs).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_restarts_of_the_embedded_broker_with_and_without_its_memory() {
    let shop = Shop::open().await;
    let sn = shop.bind().await;
    let mut jobs = Vec::new();
    for round in 0..5 {
        jobs.push(shop.print(&sn, 2 * round).await);
        shop.world.broker_down(if round % 2 == 0 { Keep::Nothing } else { Keep::Sessions }).await.unwrap();
        jobs.push(while_it_is_away(&shop, &sn, 2 * round + 1).await);
        shop.world.broker_up().await.unwrap();
        back(&shop, &sn).await;
    }
    all_printed(&shop, &sn, &jobs).await;
}

/// The app sees that the broker is gone; the paper runs out unheard; a job is handed in all the same.
async fn while_it_is_away(shop: &Shop, sn: &str, number: u32) -> JobId {
    shop.until_printer(sn, "the link down", |status| status.link != LinkState::Ready).await;
    shop.world.act(sn, Act::PaperOut).unwrap();
    shop.print(sn, number).await
}

/// What changed meanwhile is right as soon as the link is ready, and what changes now is heard.
async fn back(shop: &Shop, sn: &str) {
    for (paper, what) in [(0, "the missing paper"), (1, "the new paper")] {
        shop.until_awake(sn, what, async || {
            let status = shop.printer(sn).await;
            let known = status.known.paper.as_ref().is_some_and(|known| known.value == paper && known.live);
            let up = status.link == LinkState::Ready && status.connection == Connection::Online;
            (known && up).then_some(())
        })
        .await;
        shop.world.act(sn, Act::LoadPaper).unwrap();
    }
}

async fn all_printed(shop: &Shop, sn: &str, jobs: &[JobId]) {
    for job in jobs {
        let done = shop.until_job(job, JobState::Done).await;
        assert_eq!((done.row.progress, done.row.fault), (Some(1.0), None));
    }
    let sheets = paper(&shop.world, sn);
    // In which order is the platform's business here: it delivers again what its broker forgot.
    let counts = Printed::counts(&sheets);
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
    assert_eq!(counts.into_keys().collect::<BTreeSet<_>>(), jobs.iter().map(ToString::to_string).collect());
    assert!(shop.printer(sn).await.problems.is_empty());
}

#[tokio::test]
async fn a_broker_that_is_away_is_told_and_heals_by_itself() {
    let shop = Shop::open().await;
    let sn = shop.bind().await;
    shop.world.broker_down(Keep::Nothing).await.unwrap();
    let away = |status: &platen_engine::PrinterStatus| {
        status.link == LinkState::Connecting
            && status.connection != Connection::Online
            && status.problems.iter().any(|problem| problem.fault.code == "broker_unreachable")
    };
    shop.until_printer(&sn, "the problem told", away).await;
    // Printing goes over HTTP; only the news is missing, and the platform has it.
    let stale = shop.printer(&sn).await.known.battery.unwrap();
    assert!(!stale.live, "what was heard before is only the last known");
    shop.world.broker_up().await.unwrap();
    let healed =
        |status: &platen_engine::PrinterStatus| status.connection == Connection::Online && status.problems.is_empty();
    shop.until_printer(&sn, "healed", healed).await;
}
