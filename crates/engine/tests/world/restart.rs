//! An app that dies at any point of a job's life and comes back (section "job durability", faults F1 and F2). Here its
//! runtime is torn away in states that are held still; `kill -9` at random moments and named points is the command
//! line's ring.

use crate::support::{FastClock, Printed, Shop, paper, picture};
use platen_engine::Change;
use platen_model::{JobId, JobState, PageOptions};
use platen_sim::{Act, Call, Side, Trouble};
use platen_store::{DataDir, JobChange, Store};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};

const FOR_EVER: Duration = Duration::from_secs(3600);

/// An app on a runtime of its own.
struct Doomed {
    shop: Shop,
    runtime: Runtime,
    sn: String,
}

impl Doomed {
    /// A shop with a bound printer, whose app can be killed.
    async fn open(look_up: bool) -> Self {
        let shop = Shop::with(|plan| {
            plan.profile = Box::new(move |profile| {
                if !look_up {
                    profile.http.paths.job_list = None;
                }
            });
        })
        .await;
        let sn = shop.bind().await;
        let (world, _, folder) = shop.close().await;
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        // Its clock is as slow as the real one: what is held still stays so.
        let clock = Arc::new(FastClock::times(1));
        let shop = Shop::open_on(runtime.handle(), world, clock, folder).await;
        shop.until_ready(&sn).await;
        Self { shop, runtime, sn }
    }

    /// Tears it away; nothing is said goodbye to, nothing is written any more.
    async fn kill(self) -> Dead {
        let Self { shop, runtime, sn } = self;
        let (world, folder) = shop.let_go();
        tokio::task::spawn_blocking(move || runtime.shutdown_timeout(Duration::from_secs(30))).await.unwrap();
        Dead { world, folder, sn }
    }

    async fn kill_and_open(self) -> (Shop, String) {
        self.kill().await.open().await
    }
}

struct Dead {
    world: platen_sim::World,
    folder: tempfile::TempDir,
    sn: String,
}

impl Dead {
    async fn open(self) -> (Shop, String) {
        let clock = Arc::new(FastClock::times(10));
        (Shop::open_on(&Handle::current(), self.world, clock, self.folder).await, self.sn)
    }
}

fn created(shop: &Shop) -> u64 {
    shop.world.troubles().count(Call::CreateJob)
}

fn count(shop: &Shop, sn: &str, job: &JobId) -> usize {
    paper(&shop.world, sn).iter().filter(|sheet| sheet.reference == job.as_str()).count()
}

#[tokio::test]
async fn what_was_waiting_or_rendering_goes_on_by_itself() {
    let doomed = Doomed::open(false).await;
    let (shop, sn) = (&doomed.shop, doomed.sn.clone());
    shop.world.troubles().plan(Call::CreateJob, 1, Side::After, Trouble::Drop);
    let unclear = shop.print(&sn, 1).await;
    shop.until_job(&unclear, JobState::Uncertain).await;
    let waiting = [shop.print(&sn, 2).await, shop.print(&sn, 3).await];
    let dead = doomed.kill().await;
    {
        // The process died a little later: while it was rendering the first of them.
        let dir = DataDir::open(dead.folder.path().join("data")).unwrap();
        let store = Store::open(&dir).await.unwrap();
        let now = platen_model::WallTime(1_800_000_000_000);
        store.advance(&waiting[0], &[JobState::Waiting], JobState::Rendering, JobChange::default(), now).await.unwrap();
        store.close().await.unwrap();
    }
    let (shop, sn) = dead.open().await;
    // The decision is still the user's.
    assert_eq!(shop.job(&unclear).await.row.state, JobState::Uncertain);
    shop.until_ready(&sn).await;
    shop.engine.resolve_done(&unclear).await.unwrap();
    for job in &waiting {
        shop.until_job(job, JobState::Done).await;
        assert_eq!(count(&shop, &sn, job), 1);
    }
    let printed: Vec<_> = paper(&shop.world, &sn).into_iter().map(|sheet| sheet.reference).collect();
    assert_eq!(printed, [&unclear, &waiting[0], &waiting[1]].map(ToString::to_string));
}

#[tokio::test]
async fn what_was_ready_is_sent_once() {
    let doomed = Doomed::open(true).await;
    let shop = &doomed.shop;
    shop.world.expire_tokens().unwrap();
    shop.world.troubles().plan(Call::Login, 1_000, Side::Before, Trouble::Answer(503));
    let job = shop.print(&doomed.sn, 1).await;
    shop.until_job(&job, JobState::Ready).await;
    let dead = doomed.kill().await;
    dead.world.troubles().clear();
    let (shop, sn) = dead.open().await;
    shop.until_job(&job, JobState::Done).await;
    assert_eq!(count(&shop, &sn, &job), 1);
}

#[tokio::test]
async fn what_was_sending_and_arrived_is_found() {
    let doomed = Doomed::open(true).await;
    let (shop, sn) = (&doomed.shop, doomed.sn.clone());
    shop.world.troubles().plan(Call::CreateJob, 1, Side::After, Trouble::Stall(FOR_EVER));
    let job = shop.print(&sn, 1).await;
    shop.until("the paper", async || (count(shop, &sn, &job) == 1).then_some(())).await;
    assert_eq!(shop.job(&job).await.row.state, JobState::Sending);
    let (shop, sn) = doomed.kill_and_open().await;
    shop.until_job(&job, JobState::Done).await;
    assert_eq!((created(&shop), count(&shop, &sn, &job)), (1, 1));
}

#[tokio::test]
async fn what_was_sending_and_never_arrived_is_sent_once_more() {
    let doomed = Doomed::open(true).await;
    let (shop, sn) = (&doomed.shop, doomed.sn.clone());
    shop.world.troubles().plan(Call::CreateJob, 1, Side::Before, Trouble::Stall(FOR_EVER));
    let job = shop.print(&sn, 1).await;
    shop.until("the request on its way", async || (created(shop) == 1).then_some(())).await;
    let (shop, sn) = doomed.kill_and_open().await;
    shop.until_job(&job, JobState::Done).await;
    assert_eq!((created(&shop), count(&shop, &sn, &job)), (2, 1));
}

#[tokio::test]
async fn without_a_look_up_what_was_sending_is_the_users_to_decide() {
    for side in [Side::Before, Side::After] {
        let doomed = Doomed::open(false).await;
        let (shop, sn) = (&doomed.shop, doomed.sn.clone());
        shop.world.troubles().plan(Call::CreateJob, 1, side, Trouble::Stall(FOR_EVER));
        let job = shop.print(&sn, 1).await;
        let there = usize::from(side == Side::After);
        shop.until("the request on its way", async || {
            (created(shop) == 1 && count(shop, &sn, &job) == there).then_some(())
        })
        .await;
        let (shop, sn) = doomed.kill_and_open().await;
        let unclear = shop.until_settled(&job).await;
        assert_eq!(unclear.row.state, JobState::Uncertain, "{side:?}");
        // A second start changes nothing about it.
        let shop = shop.close_and_open().await;
        shop.until_ready(&sn).await;
        assert_eq!(shop.job(&job).await.row.state, JobState::Uncertain);
        assert_eq!((created(&shop), count(&shop, &sn, &job)), (1, there), "{side:?}");
    }
}

#[tokio::test]
async fn what_was_sent_and_printed_while_nobody_listened_is_found() {
    let doomed = Doomed::open(true).await;
    let (shop, sn) = (&doomed.shop, doomed.sn.clone());
    shop.world.act(&sn, Act::PaperOut).unwrap();
    let job = shop.print(&sn, 1).await;
    shop.until_job(&job, JobState::Sent).await;
    let dead = doomed.kill().await;
    let mut changed = dead.world.changed();
    dead.world.act(&sn, Act::LoadPaper).unwrap();
    while paper(&dead.world, &sn).is_empty() {
        tokio::time::timeout(crate::support::PATIENCE, changed.changed()).await.unwrap().unwrap();
    }
    let (shop, sn) = dead.open().await;
    let done = shop.until_job(&job, JobState::Done).await;
    assert_eq!((done.row.progress, done.row.fault), (Some(1.0), None));
    assert_eq!((created(&shop), count(&shop, &sn, &job)), (1, 1));
}

#[tokio::test]
async fn an_app_killed_again_and_again_prints_each_job_once() {
    let mut doomed = Doomed::open(true).await;
    let mut jobs = Vec::new();
    for round in 0..8 {
        let shop = &doomed.shop;
        for number in 0..3 {
            jobs.push(shop.print(&doomed.sn, 10 * round + number).await);
        }
        // Wherever they are: the moment is a different one each time.
        let states = [JobState::Rendering, JobState::Ready, JobState::Sending, JobState::Sent];
        let awaited = states[usize::try_from(round % 4).unwrap()];
        let last = jobs.last().unwrap();
        shop.until("far enough", async || (shop.job(last).await.row.state >= awaited).then_some(())).await;
        let Dead { world, folder, sn } = doomed.kill().await;
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let clock = Arc::new(FastClock::times(10));
        let shop = Shop::open_on(runtime.handle(), world, clock, folder).await;
        doomed = Doomed { shop, runtime, sn };
    }
    for job in &jobs {
        doomed.shop.until_job(job, JobState::Done).await;
    }
    let sheets = paper(&doomed.shop.world, &doomed.sn);
    let printed: Vec<_> = sheets.iter().map(|sheet| sheet.reference.clone()).collect();
    assert_eq!(printed, jobs.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert!(Printed::counts(&sheets).values().all(|count| *count == 1));
    doomed.kill().await;
}

#[tokio::test]
async fn a_reference_makes_one_job_however_often_the_app_starts() {
    let shop = Shop::open().await;
    let sn = shop.bind().await;
    let submit = async |shop: &Shop, caller: &str, number: u32| {
        let mut order = shop.order(&sn, "same.png", &picture(number)).await;
        order.reference = Some("order-4711".to_owned());
        order.caller = caller.to_owned();
        shop.engine.submit(order).await
    };
    let first = submit(&shop, "till", 1).await.unwrap().row.id;
    assert_eq!(submit(&shop, "till", 1).await.unwrap().row.id, first);
    let shop = shop.close_and_open().await;
    assert_eq!(submit(&shop, "till", 1).await.unwrap().row.id, first);
    shop.until_job(&first, JobState::Done).await;
    assert_eq!(submit(&shop, "till", 1).await.unwrap().row.state, JobState::Done);
    assert_eq!(submit(&shop, "till", 2).await.unwrap_err().code, "reference_taken");
    let other = submit(&shop, "shop", 1).await.unwrap();
    assert_ne!(other.row.id, first);
    shop.until_job(&other.row.id, JobState::Done).await;
    assert_eq!(paper(&shop.world, &sn).len(), 2);
}

#[tokio::test]
async fn the_same_document_twice_within_a_minute_is_told_and_printed() {
    let shop = Shop::open().await;
    let sn = shop.bind().await;
    let order = shop.order(&sn, "twice.png", &picture(1)).await;
    let first = shop.engine.submit(order).await.unwrap();
    assert!(!first.possible_duplicate);
    // Another document, and the same one with other options, are something else.
    let order = shop.order(&sn, "twice.png", &picture(2)).await;
    assert!(!shop.engine.submit(order).await.unwrap().possible_duplicate);
    let mut order = shop.order(&sn, "twice.png", &picture(1)).await;
    order.options = PageOptions { invert: true, ..PageOptions::default() };
    assert!(!shop.engine.submit(order).await.unwrap().possible_duplicate);
    let shop = shop.close_and_open().await;
    let order = shop.order(&sn, "twice.png", &picture(1)).await;
    let second = shop.engine.submit(order).await.unwrap();
    assert!(second.possible_duplicate && second.row.id != first.row.id);
    for job in [&first.row.id, &second.row.id] {
        shop.until_job(job, JobState::Done).await;
        assert_eq!(count(&shop, &sn, job), 1);
    }
}

#[tokio::test]
async fn done_stays_done_whatever_is_said_later_and_after_a_restart() {
    let shop = Shop::open().await;
    let sn = shop.bind().await;
    let job = shop.print(&sn, 1).await;
    let done = shop.until_job(&job, JobState::Done).await.row;
    let shop = shop.close_and_open().await;
    shop.until_ready(&sn).await;
    let owner = &shop.world.hello().owner;
    let root = format!("devices/{}/{}/{sn}/up", owner.tenant_code, owner.user_name);
    let mut follower = shop.follow();
    for (number, status) in ["confirm", "printing", "fail", "unheard-of"].into_iter().enumerate() {
        let ack = json!({ "msgId": format!("late-{number}"), "jobId": done.platform_job, "status": status,
                          "seqs": [1], "errCode": if status == "fail" { vec![1001] } else { vec![] }, "msg": "ok" });
        shop.world.publish_raw(&format!("{root}/print/ack"), ack.to_string().as_bytes()).unwrap();
    }
    let fence = json!({ "msgId": "fence", "eventType": "fence", "eventParams": {} });
    shop.world.publish_raw(&format!("{root}/event"), fence.to_string().as_bytes()).unwrap();
    let heard = async {
        loop {
            let change = follower.next().await.unwrap().change;
            assert_ne!(change, Change::Job(job.clone()), "a finished job changed");
            if matches!(change, Change::Notice { ref event, .. } if event == "fence") {
                return;
            }
        }
    };
    tokio::time::timeout(crate::support::PATIENCE, heard).await.unwrap();
    let row = shop.job(&job).await.row;
    assert_eq!(
        (row.state, row.progress, row.detail, row.changed_at),
        (done.state, done.progress, done.detail, done.changed_at)
    );
}
