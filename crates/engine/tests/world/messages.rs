//! Messages that lie, repeat themselves or cannot be read (promises MQ-2 to MQ-5 and MQ-11, faults F9 and F10).

use crate::support::{PATIENCE, Shop, hand_clock};
use platen_engine::{Change, LinkState};
use platen_model::{JobId, JobState};
use platen_protocol::cloud::profile::MqttVersion;
use platen_sim::Act;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A message on its way to the broker.
type Post = (String, Vec<u8>);

/// What a listener saw: how often each notice came, and whether any job went back.
#[derive(Default)]
struct Seen {
    notices: BTreeMap<String, u32>,
    lives: BTreeMap<JobId, Vec<JobState>>,
    changes: BTreeMap<JobId, u32>,
}

impl Seen {
    fn take(&mut self, change: &Change, sn: &str) {
        match change {
            Change::Notice { sn: from, event, detail } if event == "note" => {
                assert_eq!(from, sn, "a notice under a foreign name");
                *self.notices.entry(detail.clone()).or_default() += 1;
            }
            Change::Job(id) => *self.changes.entry(id.clone()).or_default() += 1,
            _ => {}
        }
    }

    async fn look_at_jobs(&mut self, shop: &Shop, jobs: &[JobId]) {
        for id in jobs {
            let state = shop.job(id).await.row.state;
            let life = self.lives.entry(id.clone()).or_default();
            if let Some(last) = life.last() {
                assert!(!last.is_final() || *last == state, "{id} went from {last} to {state}");
            }
            life.push(state);
        }
    }

    /// Follows until notice `last` has come.
    async fn until(&mut self, shop: &Shop, follower: &mut platen_engine::Follower, sn: &str, last: &str) {
        let wait = async {
            while !self.notices.contains_key(last) {
                let event = follower.next().await.expect("no event is missed");
                self.take(&event.change, sn);
            }
        };
        if tokio::time::timeout(PATIENCE, wait).await.is_err() {
            panic!("notice {last} never came: {:?}", shop.printer(sn).await);
        }
    }
}

struct Street {
    root: String,
    other: String,
    chance: StdRng,
}

impl Street {
    fn of(shop: &Shop, sn: &str) -> Self {
        let owner = &shop.world.hello().owner;
        let root = |sn: &str| format!("devices/{}/{}/{sn}", owner.tenant_code, owner.user_name);
        Self { root: root(sn), other: root(&shop.coded().0), chance: StdRng::seed_from_u64(10) }
    }

    fn up(&self, tail: &str) -> String {
        format!("{}/up/{tail}", self.root)
    }

    /// A notice that must be told exactly once.
    fn notice(&self, name: &str) -> Post {
        let body = json!({ "msgId": format!("note-{name}"), "eventType": "note", "eventParams": { "reason": name } });
        (self.up("event"), body.to_string().into_bytes())
    }

    /// A state report with a number that no real printer reports.
    fn counter(&self, number: u32) -> Post {
        let part = json!({ "firmwareType": "counter", "firmwareVersion": number.to_string() });
        let body = json!({ "msgId": format!("count-{number}"), "firmware": [part] });
        (self.up("state"), body.to_string().into_bytes())
    }

    fn ack(&self, message: &str, job: &str, status: &str, seqs: &[u32]) -> Post {
        let body =
            json!({ "msgId": message, "jobId": job, "status": status, "seqs": seqs, "errCode": [], "msg": "ok" });
        (self.up("print/ack"), body.to_string().into_bytes())
    }

    /// Something that nobody should send.
    fn hostile(&mut self, number: u32, finished: &str, printing: &str) -> Post {
        let id = format!("hostile-{number}");
        let text = |body: Value| body.to_string().into_bytes();
        let tails = ["state", "print/ack", "upgrade/ack", "control/ack", "event"];
        let tail = tails[self.chance.random_range(0..tails.len())];
        let tail = self.up(tail);
        match number % 24 {
            // Rarely: each is as large as everything else together.
            0 if number.is_multiple_of(240) => (tail, text(json!({ "msgId": id, "msg": "x".repeat(300 * 1024) }))),
            1 if number % 240 == 1 => (tail, vec![0xFF; 900 * 1024]),
            0 | 1 => (tail, text(json!({ "msgId": id, "msg": "x".repeat(9 * 1024) }))),
            2 => (tail, br#"{"msgId": "cut off", "battery": 9"#.to_vec()),
            3 => (self.up("state"), text(json!({ "msgId": id, "battery": "ninety", "errCode": {}, "firmware": 7 }))),
            4 => (tail, [vec![b'['; 10_000], vec![b']'; 10_000]].concat()),
            5 => (tail, format!("{{\"a\":{}1{}}}", "{\"a\":".repeat(200), "}".repeat(200)).into_bytes()),
            6 => (tail, Vec::new()),
            7 => (tail, vec![0xC3, 0x28, 0xA0, 0xA1]),
            8 => (self.up("state"), br#"{"battery": 1e999, "temperature": NaN}"#.to_vec()),
            9 => (format!("{}/up/event", self.other), self.notice(&format!("foreign-{number}")).1),
            10 => ("devices/other/tenant/SN/up/state".to_owned(), self.counter(9_000_000).1),
            11 => {
                (self.up("state"), text(json!({ "msgId": id, "sn": "OTHER", "deviceId": "OTHER", "tenantCode": "x" })))
            }
            12 => (self.up("state"), br#"{"msgId":"two","rssi":1,"rssi":"two","rssi":[]}"#.to_vec()),
            13 => self.ack(&id, "a-job-of-somebody-else", "success", &[1]),
            14 => self.ack(&id, finished, "confirm", &[1]),
            15 => (self.up("print/ack"), text(json!({ "msgId": id, "jobId": { "a": 1 }, "status": 5, "seqs": "all" }))),
            16 => (self.up("event"), text(json!({ "msgId": id, "eventType": ["note"], "eventParams": "reason" }))),
            17 => (self.up("state"), text(json!({ "msgId": id, "errCode": vec![1; 5000] }))),
            18 => (self.up("state"), text(json!({ "msgId": id, "ts": -5 }))),
            19 => (self.up("nonsense"), self.notice(&format!("nonsense-{number}")).1),
            20 => {
                (self.root.replacen("devices", "device", 1) + "/up/event", self.notice(&format!("device-{number}")).1)
            }
            // Another printer's word on a job that is not its own.
            21 => {
                let (_, body) = self.ack(&id, printing, "fail", &[]);
                (format!("{}/up/print/ack", self.other), body)
            }
            22 => (self.up("control/ack"), text(json!({ "msgId": id, "controlId": "x".repeat(8000), "status": null }))),
            _ => (tail, (0..self.chance.random_range(1..400)).map(|_| self.chance.random()).collect()),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_hostile_messages_among_ten_thousand_good_ones() {
    flood(MqttVersion::V5, 10_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_of_each_over_the_older_protocol() {
    flood(MqttVersion::V3, 2_000).await;
}

/// Good messages between two looks.
const BATCH: u32 = 250;

async fn flood(version: MqttVersion, count: u32) {
    let shop = Shop::with(|plan| plan.profile = Box::new(move |profile| profile.mqtt.versions = vec![version])).await;
    let sn = shop.bind().await;
    let subscribed = || {
        let asked = shop.world.asked().unwrap();
        asked.iter().filter(|asked| asked.client_id.starts_with("platen-")).count()
    };
    let before = subscribed();
    let mut street = Street::of(&shop, &sn);
    let finished = shop.print(&sn, 1_000_000).await;
    let finished = shop.until_job(&finished, JobState::Done).await.row;
    let mut follower = shop.follow();
    let mut seen = Seen::default();
    let mut jobs = vec![finished.id.clone()];
    let mut good = 0;
    let mut expected = 0;
    while good < count {
        let job = shop.print(&sn, good).await;
        let mut posts = Vec::new();
        for number in good..good + BATCH {
            posts.push(if number % 5 < 2 { street.counter(number) } else { street.notice(&number.to_string()) });
            expected += u32::from(number % 5 >= 2);
        }
        for number in good..good + BATCH {
            let at = street.chance.random_range(0..=posts.len());
            let post = if number % 17 == 3 {
                // Said before.
                posts[street.chance.random_range(0..posts.len())].clone()
            } else {
                street.hostile(number, finished.platform_job.as_deref().unwrap(), job.as_str())
            };
            // A repetition before the original would make the original the repetition: behind it, then.
            posts.insert(if number % 17 == 3 { posts.len() } else { at }, post);
        }
        let fence = format!("fence-{good}");
        posts.push(street.notice(&fence));
        expected += 1;
        for (topic, payload) in posts {
            shop.world.publish_raw(&topic, &payload).unwrap();
        }
        seen.until(&shop, &mut follower, &sn, &fence).await;
        seen.look_at_jobs(&shop, &jobs).await;
        jobs.push(job);
        good += BATCH;
    }
    for job in &jobs {
        shop.until_job(job, JobState::Done).await;
    }
    seen.look_at_jobs(&shop, &jobs).await;
    assert_eq!(u32::try_from(seen.notices.len()).unwrap(), expected, "every good notice");
    assert!(seen.notices.values().all(|times| *times == 1), "a notice was told twice");
    let status = shop.printer(&sn).await;
    let last = (0..count).filter(|number| number % 5 < 2).max().unwrap();
    assert_eq!(status.known.firmware["counter"].value.firmware_version, last.to_string());
    assert_eq!(status.link, LinkState::Ready);
    // One subscription names every filter once.
    let filters = before;
    assert!(subscribed() <= 2 * filters, "more than one reconnect: {} filters asked for", subscribed());
    assert_eq!(shop.world.broker_figures().unwrap().connections, 4, "platform, two printers, the app");
}

#[tokio::test]
async fn what_is_said_up_to_five_times_in_any_order_happens_once() {
    // Time stands, so that nothing is looked up: the messages alone are told.
    let shop = Shop::with(|plan| plan.clock = Arc::new(hand_clock())).await;
    let sn = shop.bind().await;
    let mut street = Street::of(&shop, &sn);
    // A job that the printer has and cannot print: its news is ours to tell.
    shop.world.act(&sn, Act::PaperOut).unwrap();
    let job = shop.print(&sn, 1).await;
    let printing = async || Some(shop.job(&job).await.row).filter(|row| row.detail == "printing");
    let row = shop.until("the printer at it", printing).await;
    let platform_job = row.platform_job.unwrap();
    let mut follower = shop.follow();
    let mut seen = Seen::default();
    // From here on it says nothing itself; what it has said is heard before the notice.
    shop.world.act(&sn, Act::GoOffline).unwrap();
    let gone = || shop.world.printers().iter().any(|printer| printer.printer.sn == sn && !printer.online);
    shop.until("the printer gone", async || gone().then_some(())).await;
    let (topic, payload) = street.notice("silence");
    shop.world.publish_raw(&topic, &payload).unwrap();
    seen.until(&shop, &mut follower, &sn, "silence").await;
    seen.changes.clear();

    let mut posts = Vec::new();
    for number in 0..1500 {
        posts.extend(vec![street.notice(&format!("n{number}")); street.chance.random_range(1..=5)]);
    }
    for number in 0..50 {
        let ack = street.ack(&format!("progress-{number}"), &platform_job, "printing", &[]);
        posts.extend(vec![ack; street.chance.random_range(1..=5)]);
    }
    posts.shuffle(&mut street.chance);
    for (batch, posts) in posts.chunks(400).enumerate() {
        for (topic, payload) in posts {
            shop.world.publish_raw(topic, payload).unwrap();
        }
        let fence = format!("fence-{batch}");
        let (topic, payload) = street.notice(&fence);
        shop.world.publish_raw(&topic, &payload).unwrap();
        seen.until(&shop, &mut follower, &sn, &fence).await;
    }
    assert_eq!(seen.notices.iter().filter(|(name, _)| name.starts_with('n')).count(), 1500);
    assert!(seen.notices.values().all(|times| *times == 1));
    assert_eq!(seen.changes.get(&job), Some(&50), "each of 50 acknowledgements counts once");

    // The end comes before what led to it, three times, and then the beginning again.
    let mut end = vec![street.ack("end", &platform_job, "success", &[1]); 3];
    for number in 0..20 {
        end.push(street.ack(
            &format!("late-{number}"),
            &platform_job,
            ["confirm", "printing", "fail"][number % 3],
            &[],
        ));
    }
    end.push(street.notice("over"));
    for (topic, payload) in end {
        shop.world.publish_raw(&topic, &payload).unwrap();
    }
    seen.until(&shop, &mut follower, &sn, "over").await;
    assert_eq!(seen.changes.get(&job), Some(&51), "the end counts once, what comes after it never");
    let row = shop.job(&job).await.row;
    assert_eq!((row.state, row.progress, row.detail.as_str()), (JobState::Done, Some(1.0), "success"));
}

#[tokio::test]
async fn news_of_other_apps_jobs_does_not_stop_our_own() {
    let clock = hand_clock();
    let hands = clock.clone();
    let shop = Shop::with(|plan| plan.clock = Arc::new(hands)).await;
    let sn = shop.bind().await;
    let street = Street::of(&shop, &sn);
    let mut follower = shop.follow();
    let mut seen = Seen::default();
    // While our job is on its way to the platform, another app prints a lot on the same printer.
    shop.world.troubles().plan(
        platen_sim::Call::CreateJob,
        1,
        platen_sim::Side::Before,
        platen_sim::Trouble::Stall(Duration::from_secs(3600)),
    );
    let job = shop.print(&sn, 1).await;
    shop.until_job(&job, JobState::Sending).await;
    for number in 0..600 {
        let (topic, payload) = street.ack(&format!("foreign-{number}"), "a-job-of-another-app", "printing", &[1]);
        shop.world.publish_raw(&topic, &payload).unwrap();
    }
    let (topic, payload) = street.notice("heard");
    shop.world.publish_raw(&topic, &payload).unwrap();
    seen.until(&shop, &mut follower, &sn, "heard").await;
    assert_eq!(shop.job(&job).await.row.state, JobState::Sending);
    // The answer never comes; the job is looked up, sent again, and its own news is heard.
    shop.until_turning(&clock, Duration::from_secs(1), "done", async || {
        (shop.job(&job).await.row.state == JobState::Done).then_some(())
    })
    .await;
}
