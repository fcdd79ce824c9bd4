//! Requests of which nobody knows whether they arrived (promise MQ-12, rule C-23, fault F12). The judge is the paper:
//! nothing comes out twice unless the user said so.

use crate::support::{Cut, FastClock, Printed, Proxy, Shop, paper, picture};
use platen_model::{JobId, JobState};
use platen_sim::{Call, Side, Trouble};
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::sync::Arc;
use std::time::Duration;

/// Longer than anybody waits for an answer.
const FOR_EVER: Duration = Duration::from_secs(3600);

async fn shop_with_look_up() -> Shop {
    Shop::with(|plan| plan.clock = Arc::new(FastClock::times(10))).await
}

async fn shop_without_look_up() -> Shop {
    Shop::with(|plan| {
        plan.clock = Arc::new(FastClock::times(10));
        plan.profile = Box::new(|profile| profile.http.paths.job_list = None);
    })
    .await
}

fn created(shop: &Shop) -> u64 {
    shop.world.troubles().count(Call::CreateJob)
}

#[tokio::test]
async fn a_job_that_the_platform_took_without_an_answer_is_found_and_not_sent_again() {
    let shop = shop_with_look_up().await;
    let sn = shop.bind().await;
    let losses =
        [Trouble::Drop, Trouble::Answer(500), Trouble::Answer(502), Trouble::Answer(504), Trouble::Stall(FOR_EVER)];
    for (number, loss) in losses.into_iter().enumerate() {
        let before = created(&shop);
        shop.world.troubles().plan(Call::CreateJob, 1, Side::After, loss);
        let job = shop.print(&sn, u32::try_from(number).unwrap()).await;
        shop.until_job(&job, JobState::Done).await;
        assert_eq!(created(&shop) - before, 1, "{loss:?}");
    }
    once_each(&paper(&shop.world, &sn), losses.len());
}

#[tokio::test]
async fn a_job_that_the_platform_provably_does_not_have_is_sent_once_more() {
    let shop = shop_with_look_up().await;
    let sn = shop.bind().await;
    let losses = [Trouble::Drop, Trouble::Answer(503), Trouble::Stall(FOR_EVER)];
    for (number, loss) in losses.into_iter().enumerate() {
        let before = created(&shop);
        shop.world.troubles().plan(Call::CreateJob, 1, Side::Before, loss);
        let job = shop.print(&sn, u32::try_from(number).unwrap()).await;
        shop.until_job(&job, JobState::Done).await;
        assert_eq!(created(&shop) - before, 2, "{loss:?}");
    }
    once_each(&paper(&shop.world, &sn), losses.len());
}

#[tokio::test]
async fn a_platform_that_keeps_nothing_makes_the_job_wait_and_not_fail() {
    let shop = shop_with_look_up().await;
    let sn = shop.bind().await;
    shop.world.troubles().plan(Call::CreateJob, 2, Side::Before, Trouble::Answer(503));
    let job = shop.print(&sn, 1).await;
    let done = shop.until_job(&job, JobState::Done).await;
    assert_eq!(done.row.attempt, 2);
    once_each(&paper(&shop.world, &sn), 1);
}

#[tokio::test]
async fn without_a_look_up_the_job_is_uncertain_and_stays_so_until_the_user_decides() {
    let shop = shop_without_look_up().await;
    let sn = shop.bind().await;
    shop.engine.change_settings(None, None, Some(false), None).await.unwrap();
    let losses = [
        (Side::After, Trouble::Drop),
        (Side::Before, Trouble::Drop),
        (Side::After, Trouble::Answer(500)),
        (Side::Before, Trouble::Stall(FOR_EVER)),
    ];
    let mut unclear = Vec::new();
    for (number, (side, loss)) in losses.into_iter().enumerate() {
        shop.world.troubles().plan(Call::CreateJob, 1, side, loss);
        let job = shop.print(&sn, u32::try_from(number).unwrap()).await;
        let job = shop.until_settled(&job).await;
        assert_eq!(job.row.state, JobState::Uncertain, "{side:?} {loss:?}");
        assert_eq!(job.row.fault.unwrap().code, "job_uncertain");
        unclear.push(job.row.id);
    }
    assert!(shop.printer(&sn).await.problems.iter().any(|problem| problem.fault.code == "job_uncertain"));
    // Others go on, the clock runs, the app starts anew: still nothing is sent again.
    let fence = shop.print(&sn, 50).await;
    shop.until_job(&fence, JobState::Done).await;
    let shop = shop.close_and_open().await;
    let fence = shop.print(&sn, 51).await;
    shop.until_job(&fence, JobState::Done).await;
    assert_eq!(created(&shop), 4 + 2);
    for job in &unclear {
        assert_eq!(shop.job(job).await.row.state, JobState::Uncertain);
    }

    // The user saw the paper of the first, and wants the second again.
    assert_eq!(shop.engine.resolve_done(&unclear[0]).await.unwrap().row.state, JobState::Done);
    assert_eq!(shop.engine.resolve_done(&unclear[0]).await.unwrap_err().code, "job_not_uncertain");
    shop.engine.resolve_reprint(&unclear[1]).await.unwrap();
    shop.until_job(&unclear[1], JobState::Done).await;
    // The third came out; the user lost it and wants it again: that is a second sheet under a new name.
    shop.engine.resolve_reprint(&unclear[2]).await.unwrap();
    let again = shop.until_job(&unclear[2], JobState::Done).await;
    assert_ne!(again.row.client_ref.as_deref(), Some(unclear[2].as_str()));
    let sheets = paper(&shop.world, &sn);
    assert!(Printed::counts(&sheets).values().all(|count| *count == 1), "{sheets:?}");
    let of = |job: &JobId, reference: &Option<String>| {
        let named = |sheet: &&Printed| sheet.reference == job.as_str() || Some(&sheet.reference) == reference.as_ref();
        sheets.iter().filter(named).count()
    };
    assert_eq!(of(&unclear[0], &None), 1);
    assert_eq!(of(&unclear[1], &shop.job(&unclear[1]).await.row.client_ref), 1);
    assert_eq!(of(&unclear[2], &again.row.client_ref), 2);
    assert_eq!(of(&unclear[3], &None), 0);
}

#[tokio::test]
async fn jobs_behind_an_uncertain_one_wait_for_the_decision_or_not_as_the_user_wants() {
    let shop = shop_without_look_up().await;
    let sn = shop.bind().await;
    shop.world.troubles().plan(Call::CreateJob, 1, Side::After, Trouble::Drop);
    let unclear = shop.print(&sn, 1).await;
    shop.until_job(&unclear, JobState::Uncertain).await;
    let behind = [shop.print(&sn, 2).await, shop.print(&sn, 3).await];
    assert_eq!(shop.job(&unclear).await.holding, 2);
    assert!(shop.printer(&sn).await.held);
    assert_eq!(created(&shop), 1);
    // The other printer is not held.
    let coded = shop.bind_coded().await;
    let elsewhere = shop.print(&coded, 4).await;
    shop.until_job(&elsewhere, JobState::Done).await;
    for job in &behind {
        assert_eq!(shop.job(job).await.row.state, JobState::Waiting);
    }
    shop.engine.change_settings(None, None, Some(false), None).await.unwrap();
    for job in &behind {
        shop.until_job(job, JobState::Done).await;
    }
    assert_eq!(shop.job(&unclear).await.row.state, JobState::Uncertain);

    shop.engine.change_settings(None, None, Some(true), None).await.unwrap();
    let held = shop.print(&sn, 5).await;
    assert!(!shop.job(&held).await.row.state.is_settled());
    shop.engine.resolve_done(&unclear).await.unwrap();
    shop.until_job(&held, JobState::Done).await;
    assert!(!shop.printer(&sn).await.held);
}

#[tokio::test]
async fn late_news_of_the_first_print_does_not_end_the_second() {
    let shop = Shop::with(|plan| {
        plan.clock = Arc::new(FastClock::times(10));
        plan.profile = Box::new(|profile| {
            profile.http.paths.job_list = None;
            profile.jobs.ack_timeout = Duration::from_secs(30);
        });
    })
    .await;
    let sn = shop.bind().await;
    // Printed, but out of reach: the job becomes uncertain, and its news comes late.
    shop.world.act(&sn, platen_sim::Act::PaperOut).unwrap();
    let job = shop.print(&sn, 1).await;
    shop.until("accepted by the printer", async || (shop.job(&job).await.row.detail == "printing").then_some(())).await;
    shop.world.act(&sn, platen_sim::Act::GoOffline).unwrap();
    shop.until_job(&job, JobState::Uncertain).await;
    // The second is on its way for ever, so that it cannot be over.
    shop.world.troubles().plan(Call::CreateJob, 1, Side::Before, Trouble::Stall(FOR_EVER));
    shop.engine.resolve_reprint(&job).await.unwrap();
    shop.until("the second on its way", async || (created(&shop) == 2).then_some(())).await;
    shop.world.act(&sn, platen_sim::Act::LoadPaper).unwrap();
    shop.world.act(&sn, platen_sim::Act::ComeOnline).unwrap();
    // The printer tells the end of the first, then that it rests.
    let rests = async || {
        let sheets = paper(&shop.world, &sn);
        let printing = shop.world.printers().iter().any(|printer| printer.printing);
        let heard = shop.printer(&sn).await.known.paper.is_some_and(|known| known.value == 1 && known.live);
        (sheets.len() == 1 && !printing && heard).then_some(())
    };
    shop.until("the first sheet", rests).await;
    let job = shop.until_settled(&job).await;
    assert_eq!(job.row.state, JobState::Uncertain, "the second print may be on paper, and nobody said so");
}

#[tokio::test]
async fn an_uncertain_job_that_the_platform_turns_out_to_have_is_followed_again() {
    let shop = shop_with_look_up().await;
    let sn = shop.bind().await;
    shop.world.act(&sn, platen_sim::Act::PaperOut).unwrap();
    shop.world.troubles().plan(Call::CreateJob, 1, Side::After, Trouble::Drop);
    shop.world.troubles().plan(Call::JobList, 100_000, Side::Before, Trouble::Answer(500));
    let job = shop.print(&sn, 1).await;
    assert_eq!(shop.until_settled(&job).await.row.state, JobState::Uncertain);
    shop.world.troubles().clear();
    let found = shop.until_job(&job, JobState::Sent).await;
    assert!(found.row.platform_job.is_some() && found.row.fault.is_none());
    // From here on the printer's own word is enough.
    shop.world.troubles().plan(Call::JobList, 100_000, Side::Before, Trouble::Answer(500));
    shop.world.act(&sn, platen_sim::Act::LoadPaper).unwrap();
    shop.until_job(&job, JobState::Done).await;
    once_each(&paper(&shop.world, &sn), 1);
    assert_eq!(created(&shop), 1);
}

fn once_each(sheets: &[Printed], jobs: usize) {
    let counts = Printed::counts(sheets);
    assert_eq!(counts.len(), jobs, "{counts:?}");
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
}

/// Shops at a time, and cut jobs in each.
const LANES: u64 = 4;
const CUTS: u32 = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_cuts_at_any_byte_print_nothing_twice_and_lose_nothing() {
    futures_util::future::join_all((0..LANES).map(cut_lane)).await;
}

async fn cut_lane(lane: u64) {
    let shop = Shop::with(|plan| plan.clock = Arc::new(FastClock::times(10))).await;
    let mut chance = StdRng::seed_from_u64(lane);
    // Every second exchange is cut: in the request, in the answer, or just behind either.
    let proxy = Proxy::before(&shop.world.hello().http, move || match chance.random_range(0..4) {
        0 => Cut { up: chance.random_range(0..2500), ..Cut::NEVER },
        1 => Cut { down: chance.random_range(0..250), ..Cut::NEVER },
        _ => Cut::NEVER,
    })
    .await;
    let sn = shop.bind().await;
    shop.engine.change_settings(None, None, Some(false), None).await.unwrap();
    let url = proxy.url();
    shop.change_profile(|profile| profile.http.base_url = url).await;

    let mut jobs = Vec::new();
    for number in 0..CUTS {
        let job = shop.print(&sn, number).await;
        shop.until_settled(&job).await;
        jobs.push(job);
    }
    proxy.behave();
    for job in &jobs {
        // What even the look-ups could not tell is told now, or it never arrived and the user decides.
        let row = shop.job(job).await.row;
        if row.state == JobState::Uncertain
            && !paper(&shop.world, &sn).iter().any(|sheet| sheet.reference == job.as_str())
        {
            // It may have been found meanwhile.
            let _ = shop.engine.resolve_reprint(job).await;
        }
        shop.until_job(job, JobState::Done).await;
    }
    let sheets = paper(&shop.world, &sn);
    once_each(&sheets, jobs.len());
}

#[tokio::test]
async fn a_cancel_while_the_answer_is_awaited_keeps_what_the_platform_has() {
    let shop = shop_with_look_up().await;
    let sn = shop.bind().await;
    // It was not there yet: cancelled for good.
    shop.world.troubles().plan(Call::CreateJob, 1, Side::Before, Trouble::Stall(FOR_EVER));
    let job = shop.print(&sn, 1).await;
    shop.until_job(&job, JobState::Sending).await;
    shop.engine.cancel(&job).await.unwrap();
    assert_eq!(shop.until_settled(&job).await.row.state, JobState::Cancelled);
    // It was there: then it prints, and says so.
    shop.world.troubles().plan(Call::CreateJob, 1, Side::After, Trouble::Stall(FOR_EVER));
    let job = shop.print(&sn, 2).await;
    shop.until_job(&job, JobState::Sending).await;
    shop.until("the platform has it", async || (!paper(&shop.world, &sn).is_empty()).then_some(())).await;
    shop.engine.cancel(&job).await.unwrap();
    assert_eq!(shop.until_settled(&job).await.row.state, JobState::Done);
    assert_eq!(shop.engine.cancel(&job).await.unwrap_err().code, "job_not_cancellable");
    once_each(&paper(&shop.world, &sn), 1);
    // Before anything left, it is simply gone.
    let order = shop.order(&sn, "x.png", &picture(9)).await;
    shop.world.expire_tokens().unwrap();
    shop.world.troubles().plan(Call::Login, 1000, Side::Before, Trouble::Answer(503));
    let job = shop.engine.submit(order).await.unwrap().row.id;
    // The old token is refused first; nobody gets a new one.
    let waits = "the job waits for a token";
    shop.until(waits, async || {
        Some(shop.job(&job).await.row).filter(|row| row.state == JobState::Ready && !row.detail.is_empty())
    })
    .await;
    let cancelled = shop.engine.cancel(&job).await.unwrap();
    assert_eq!(cancelled.row.state, JobState::Cancelled);
}

#[tokio::test]
async fn a_cancel_outlives_a_refused_token() {
    let shop = shop_with_look_up().await;
    let sn = shop.bind().await;
    shop.world.troubles().plan(Call::CreateJob, 1, Side::Before, Trouble::Stall(FOR_EVER));
    let job = shop.print(&sn, 1).await;
    shop.until_job(&job, JobState::Sending).await;
    // Whether it arrived is asked for with a token that is no longer good: first there has to be another one.
    shop.world.expire_tokens().unwrap();
    shop.engine.cancel(&job).await.unwrap();
    assert_eq!(shop.until_settled(&job).await.row.state, JobState::Cancelled);
    assert!(paper(&shop.world, &sn).is_empty());
}
