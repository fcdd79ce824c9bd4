//! `kill -9`: at random moments (F1, F2 at store level) and at each named point of the store (F3).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(unix)]

mod common;

use common::{NOW, new_job, open, random};
use platen_model::{JobId, JobState, WallTime};
use platen_store::{AckApplied, JobChange, Recovery, crash};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const ROUNDS: usize = 100;
const FOLDER: &str = "PLATEN_STORE_TEST_FOLDER";
const FIRST: &str = "PLATEN_STORE_TEST_FIRST";

/// Not a test of its own: what the killed process does. It tells each step after it was promised.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let first: u64 = std::env::var(FIRST).unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(work(Path::new(&folder), first));
}

async fn work(folder: &Path, first: u64) {
    use JobState::{Done, Ready, Rendering, Sending, Sent, Waiting};
    let store = open(folder).await;
    // The test harness has begun a line of its own.
    println!();
    for n in first.. {
        let content = content(n);
        println!("try {n}");
        let id = store.accept(new_job(Some(&format!("r{n}"))), content.as_slice(), NOW).await.unwrap().job.id;
        println!("accepted {n} {id}");
        store.advance(&id, &[Waiting], Rendering, JobChange::default(), NOW).await.unwrap();
        store.write_prn(&id, &content).await.unwrap();
        store.advance(&id, &[Rendering], Ready, JobChange::default(), NOW).await.unwrap();
        let intent = JobChange { attempt: Some(1), ..JobChange::default() };
        store.advance(&id, &[Ready], Sending, intent, NOW).await.unwrap();
        println!("sending {n} {id}");
        store.advance(&id, &[Sending], Sent, JobChange::default(), NOW).await.unwrap();
        let step = Some((id.clone(), [Sent].as_slice(), Done, JobChange::default()));
        assert_eq!(store.apply_ack("SN1", &format!("k{n}"), step, NOW).await.unwrap(), AckApplied::Applied);
        println!("done {n} {id}");
    }
}

fn content(n: u64) -> Vec<u8> {
    n.to_le_bytes().repeat(600)
}

fn start(folder: &Path, first: u64, crash_at: Option<&str>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--nocapture"]).env(FOLDER, folder).env(FIRST, first.to_string());
    command.stdout(Stdio::piped()).stderr(std::fs::File::create(folder.with_extension("stderr")).unwrap());
    if let Some(point) = crash_at {
        command.env("PLATEN_CRASH_AT", point);
    }
    command.spawn().unwrap()
}

/// One after the other: a process being started holds, for a moment, copies of this one's files and of their locks.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// What the child told before it died.
#[derive(Default)]
struct Told {
    tried: Option<u64>,
    jobs: BTreeMap<u64, (JobId, &'static str)>,
}

fn hear(child: &mut Child) -> Told {
    let mut told = Told::default();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        // The last line may be cut off.
        let Ok(line) = line else { break };
        let words: Vec<&str> = line.split_whitespace().collect();
        let (Some(&step), Some(n)) = (words.first(), words.get(1).and_then(|n| n.parse().ok())) else { continue };
        let step = ["accepted", "sending", "done"].into_iter().find(|known| *known == step);
        match (step, words.get(2).copied().and_then(JobId::parse)) {
            (Some(step), Some(id)) => drop(told.jobs.insert(n, (id, step))),
            _ if words.first() == Some(&"try") => told.tried = told.tried.max(Some(n)),
            _ => {}
        }
    }
    told
}

/// Why a child ended by itself.
fn said(folder: &Path) -> String {
    std::fs::read_to_string(folder.with_extension("stderr")).unwrap()
}

/// Everything that was told is true after the restart, and asking again changes nothing.
async fn judge(folder: &Path, told: &Told, story: &str) -> Recovery {
    let store = open(folder).await;
    for (n, (id, step)) in &told.jobs {
        let job = store.job(id).await.unwrap_or_else(|_| panic!("{story}: job {n} was accepted and is lost"));
        assert_eq!(store.read_document(id).await.unwrap(), content(*n), "{story}");
        match *step {
            "sending" => assert!(job.state >= JobState::Sending, "{story}: {n} is {}", job.state),
            "done" => assert_eq!(job.state, JobState::Done, "{story}"),
            _ => {}
        }
        if (JobState::Ready..).contains(&job.state) {
            assert_eq!(store.read_prn(id).await.unwrap(), content(*n), "{story}");
        }
    }
    if let Some(n) = told.tried {
        let reference = format!("r{n}");
        let again = store.accept(new_job(Some(&reference)), content(n), NOW).await.unwrap().job;
        let once_more = store.accept(new_job(Some(&reference)), content(n), NOW).await.unwrap().job;
        assert_eq!(again.id, once_more.id, "{story}");
        if let Some((id, _)) = told.jobs.get(&n) {
            assert_eq!(&again.id, id, "{story}: a second job for one reference");
        }
    }
    let recovery = store.recovery();
    store.close().await.unwrap();
    recovery
}

#[tokio::test]
async fn a_hundred_kills_lose_nothing_and_promise_nothing_false() {
    let _turn = TURN.lock().await;
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("data");
    let (mut first, mut kept) = (0, 0);
    for round in 0..ROUNDS {
        let mut child = start(&folder, first, None);
        let millis = 30 + u64::from(u16::from_le_bytes(random())) % 170;
        // Not a wait for something: the moment of the kill is meant to be any.
        std::thread::sleep(Duration::from_millis(millis));
        child.kill().unwrap();
        let told = hear(&mut child);
        assert_eq!(child.wait().unwrap().signal(), Some(9), "round {round}: {}", said(&folder));
        kept += told.jobs.len();
        first = told.tried.map_or(first, |n| n + 1);
        let recovery = judge(&folder, &told, &format!("round {round}")).await;
        assert!(matches!(recovery, Recovery::Clean | Recovery::Unclean), "round {round}: {recovery:?}");
    }
    // Else the kills came before anything happened.
    assert!(kept > ROUNDS / 4, "only {kept} jobs");
}

#[tokio::test]
async fn a_crash_at_each_point_keeps_every_promise() {
    let _turn = TURN.lock().await;
    let own =
        crash::POINTS.iter().filter(|name| ["accept.", "advance.", "prn."].iter().any(|own| name.starts_with(own)));
    for point in own {
        for passage in [1, 2, 5] {
            let home = tempfile::tempdir().unwrap();
            let folder = home.path().join("data");
            let mut child = start(&folder, 0, Some(&format!("{point}:{passage}")));
            let told = hear(&mut child);
            assert_eq!(child.wait().unwrap().signal(), Some(9), "{point}:{passage}: {}", said(&folder));
            let story = format!("{point}:{passage}");
            let recovery = judge(&folder, &told, &story).await;
            assert_eq!(recovery, Recovery::Unclean, "{story}");
            let store = open(&folder).await;
            // Nothing had left: no job may be in doubt.
            let in_doubt = store.open_jobs().await.unwrap().into_iter().any(|job| job.state == JobState::Uncertain);
            assert!(!in_doubt, "{story}");
            // A job that was never answered for left nothing behind.
            let rows = store.jobs(platen_store::JobFilter::default()).await.unwrap().len();
            assert_eq!(std::fs::read_dir(folder.join("spool/jobs")).unwrap().count(), rows, "{story}");
            store.delete_finished_documents(WallTime(i64::MAX)).await.unwrap();
        }
    }
}
