//! The temporary device token (promise SE-4, rule C-2, faults F15 and F16). The judge is the platform's count of logins.

use crate::support::{Shop, hand_clock, paper, picture};
use platen_engine::{BindResult, Clock, HandClock, LinkState};
use platen_model::{JobState, WallTime};
use platen_sim::broker::Keep;
use platen_sim::{Call, Side, Trouble};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

const HOUR: i64 = 3_600_000;
const YEAR: i64 = 365 * 24 * HOUR;
/// So far back that it is 1970.
const TO_1970: i64 = i64::MIN;

fn jumped(from: WallTime, by: i64) -> WallTime {
    WallTime(from.0.saturating_add(by).max(0))
}

async fn shop(token_seconds: u64) -> (Shop, HandClock) {
    let clock = hand_clock();
    let hands = clock.clone();
    let shop = Shop::with(|plan| {
        plan.clock = Arc::new(hands);
        plan.world.token_seconds = token_seconds;
    })
    .await;
    (shop, clock)
}

fn logins(shop: &Shop) -> u64 {
    shop.world.troubles().count(Call::Login)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_calls_at_expiry_make_one_login() {
    let (shop, clock) = shop(1000).await;
    let sn = shop.bind().await;
    assert_eq!(logins(&shop), 1);
    let mut orders = Vec::new();
    for number in 0..50 {
        orders.push(shop.order(&sn, "many.png", &picture(number)).await);
    }
    // Good until 80 % of its life.
    clock.advance(Duration::from_secs(799));
    shop.engine.refresh_printer(&sn).await.unwrap();
    assert_eq!(logins(&shop), 1);

    clock.advance(Duration::from_secs(2));
    let mut calls = JoinSet::new();
    for order in orders {
        let (engine, asked) = (shop.engine.clone(), sn.clone());
        calls.spawn(async move { engine.refresh_printer(&asked).await.map(|_| None) });
        let engine = shop.engine.clone();
        calls.spawn(async move { engine.submit(order).await.map(|job| Some(job.row.id)) });
    }
    let mut jobs = Vec::new();
    for call in calls.join_all().await {
        jobs.extend(call.unwrap());
    }
    assert_eq!(jobs.len(), 50);
    for job in &jobs {
        shop.until_job(job, JobState::Done).await;
    }
    assert_eq!(logins(&shop), 2, "a hundred calls at expiry");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_the_platform_refuses_is_renewed_once_by_whoever_asks() {
    let (shop, clock) = shop(7200).await;
    let sn = shop.bind().await;
    shop.world.expire_tokens().unwrap();
    let mut calls = JoinSet::new();
    for _ in 0..50 {
        let (engine, sn) = (shop.engine.clone(), sn.clone());
        calls.spawn(async move { engine.refresh_printer(&sn).await });
    }
    for call in calls.join_all().await {
        call.unwrap();
    }
    assert_eq!(logins(&shop), 2);
    // A job finds out as well.
    clock.advance(Duration::from_secs(60));
    shop.world.expire_tokens().unwrap();
    let job = shop.print(&sn, 1).await;
    shop.until_job(&job, JobState::Done).await;
    assert_eq!(logins(&shop), 3);
}

#[tokio::test]
async fn the_broker_refusing_a_token_that_was_renewed_meanwhile_costs_no_login() {
    let (shop, _clock) = shop(7200).await;
    let sn = shop.bind().await;
    shop.world.expire_tokens().unwrap();
    shop.engine.refresh_printer(&sn).await.unwrap();
    assert_eq!(logins(&shop), 2);
    // The link still holds the old token; its refusal says nothing about the new one.
    shop.world.restart_broker(Keep::Nothing).await.unwrap();
    shop.until_printer(&sn, "the link down", |status| status.link != LinkState::Ready).await;
    shop.until_awake(&sn, "subscribed again", async || {
        Some(shop.printer(&sn).await).filter(|status| status.link == LinkState::Ready)
    })
    .await;
    assert_eq!(logins(&shop), 2);
    let job = shop.print(&sn, 1).await;
    shop.until_job(&job, JobState::Done).await;
}

#[tokio::test]
async fn the_broker_refusing_the_token_costs_one_login() {
    let (shop, _clock) = shop(7200).await;
    let sn = shop.bind().await;
    shop.world.expire_tokens().unwrap();
    shop.world.restart_broker(Keep::Sessions).await.unwrap();
    shop.until_printer(&sn, "the link down", |status| status.link != LinkState::Ready).await;
    shop.until_ready(&sn).await;
    assert_eq!(logins(&shop), 2);
}

#[tokio::test]
async fn a_wall_clock_gone_mad_logs_nobody_in_and_changes_no_order() {
    let (shop, clock) = shop(7200).await;
    let begun = clock.wall();
    let sn = shop.bind().await;
    let mut jobs = Vec::new();
    for (step, jump) in [HOUR, -HOUR, YEAR, -YEAR, TO_1970, 0].into_iter().cycle().take(30).enumerate() {
        clock.advance(Duration::from_secs(10));
        clock.set_wall(jumped(begun, jump));
        jobs.push(shop.print(&sn, u32::try_from(step).unwrap()).await);
        shop.engine.refresh_printer(&sn).await.unwrap();
    }
    for job in &jobs {
        shop.until_job(job, JobState::Done).await;
    }
    // Five minutes, a token of two hours: the login of the binding was the only one.
    assert_eq!(logins(&shop), 1);
    let listed: Vec<_> =
        shop.engine.jobs(Some(sn.clone()), 100).await.unwrap().into_iter().rev().map(|job| job.row.id).collect();
    assert_eq!(listed, jobs);
    let printed: Vec<_> = paper(&shop.world, &sn).into_iter().map(|sheet| sheet.reference).collect();
    assert_eq!(printed, jobs.iter().map(ToString::to_string).collect::<Vec<_>>());
}

#[tokio::test]
async fn never_more_than_two_logins_a_minute_whatever_clock_and_platform_do() {
    // Due after 16 seconds: a naive app would log in 37 times in ten minutes, and with every refusal.
    let (shop, clock) = shop(20).await;
    let begun = clock.wall();
    let sn = shop.bind().await;
    let mut seen = vec![(clock.now(), logins(&shop))];
    for step in 0..300 {
        clock.advance(Duration::from_secs(2));
        clock.set_wall(jumped(begun, [HOUR, -YEAR, YEAR, TO_1970][step % 4]));
        if step % 7 == 0 {
            shop.world.expire_tokens().unwrap();
        }
        // It may well be refused now; what counts is what reaches the platform.
        let _ = shop.engine.refresh_printer(&sn).await;
        seen.push((clock.now(), logins(&shop)));
    }
    for (index, (at, count)) in seen.iter().enumerate() {
        let minute = seen[index..].iter().take_while(|(later, _)| later.since(*at) < Duration::from_secs(60));
        let most = minute.map(|(_, later)| later - count).max().unwrap();
        assert!(most <= 2, "{most} logins within a minute after {at:?}");
    }
    let all = seen.last().unwrap().1 - seen[0].1;
    assert!(all >= 10, "only {all} renewals in ten minutes");
}

#[tokio::test]
async fn a_refused_authorisation_asks_to_bind_again_and_loses_nothing() {
    let (shop, clock) = shop(7200).await;
    let sn = shop.bind().await;
    shop.world.revoke(&sn).unwrap();
    let mut jobs = Vec::new();
    for number in 0..3 {
        jobs.push(shop.print(&sn, number).await);
    }
    let told = |status: &platen_engine::PrinterStatus| {
        status.problems.iter().any(|problem| problem.severe && problem.fault.code == "bind_again")
    };
    shop.until_printer(&sn, "the problem told", told).await;
    // It stays told, and the platform is left alone with a code that it does not accept.
    let before = logins(&shop);
    for _ in 0..50 {
        clock.advance(Duration::from_secs(10));
        assert_eq!(shop.engine.refresh_printer(&sn).await.unwrap_err().code, "bind_again");
        assert!(told(&shop.printer(&sn).await), "{:?}", shop.printer(&sn).await.problems);
    }
    assert_eq!(logins(&shop), before);
    for job in &jobs {
        assert!(!shop.job(job).await.row.state.is_settled());
    }
    let (_, model) = shop.plain();
    assert!(matches!(shop.engine.bind(&sn, None, None, Some(&model)).await.unwrap(), BindResult::Bound(_)));
    for job in &jobs {
        shop.until_job(job, JobState::Done).await;
    }
    assert!(shop.until_ready(&sn).await.problems.is_empty());
}

#[tokio::test]
async fn a_platform_that_is_away_at_renewal_leaves_the_old_token_in_use() {
    let (shop, clock) = shop(1000).await;
    let sn = shop.bind().await;
    clock.advance(Duration::from_secs(801));
    shop.world.troubles().plan(Call::Login, 100, Side::Before, Trouble::Answer(503));
    let call = shop.engine.refresh_printer(&sn);
    // The login tries again after pauses of its own.
    let turn = async {
        loop {
            clock.advance(Duration::from_secs(1));
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        answered = call => { answered.unwrap(); }
        () = turn => {}
    }
    shop.world.troubles().clear();
}

#[tokio::test]
async fn what_stood_in_the_way_of_a_login_is_told_and_forgotten_when_it_is_over() {
    let (shop, clock) = shop(1000).await;
    let sn = shop.bind().await;
    clock.advance(Duration::from_secs(1001));
    shop.world.troubles().plan(Call::Login, 1000, Side::Before, Trouble::Answer(503));
    let job = shop.print(&sn, 1).await;
    let step = Duration::from_secs(1);
    shop.until_turning(&clock, step, "told", async || (!shop.printer(&sn).await.problems.is_empty()).then_some(()))
        .await;
    assert!(!shop.job(&job).await.row.state.is_settled());
    shop.world.troubles().clear();
    shop.until_turning(&clock, step, "over", async || {
        (shop.job(&job).await.row.state == JobState::Done && shop.printer(&sn).await.problems.is_empty()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_next_process_uses_the_token_that_is_still_good() {
    let (shop, clock) = shop(7200).await;
    let sn = shop.bind().await;
    let job = shop.print(&sn, 1).await;
    shop.until_job(&job, JobState::Done).await;
    clock.advance(Duration::from_secs(180));
    let shop = shop.close_and_open().await;
    shop.until_ready(&sn).await;
    shop.engine.refresh_printer(&sn).await.unwrap();
    let job = shop.print(&sn, 2).await;
    shop.until_job(&job, JobState::Done).await;
    assert_eq!(logins(&shop), 1);
    // And it knows how old that token is.
    clock.advance(Duration::from_secs(7200));
    shop.engine.refresh_printer(&sn).await.unwrap();
    assert_eq!(logins(&shop), 2);
}
