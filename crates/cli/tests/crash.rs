//! Faults 1, 2 and 3: `kill -9` at random moments and at every named point, during submit, render and send. The judge
//! is the printers' page log: an accepted job is on paper exactly once, or is *uncertain*; nothing comes out twice.
//!
//! `PLATEN_CRASH_ROUNDS` says how many kills (default 200). Some of them meet the process that recovers from the last.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Home, Running, Sim, file, picture};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

const LANES: u32 = 4;
/// Kills between two times that everything is allowed to settle.
const KILLS_A_LAP: u32 = 5;

/// What the prints of one data folder are known to have said. Only kills that met a running process count.
#[derive(Default)]
struct Lane {
    /// Reference → job, once a line said that it was accepted.
    accepted: BTreeMap<String, String>,
    kills: u32,
    uncertain: u32,
    answered: u32,
}

impl Lane {
    fn hear(&mut self, reference: &str, print: &mut Running) {
        while let Some(line) = print.next() {
            if line["accepted"] == true {
                self.know(reference, &line);
            }
        }
    }

    fn know(&mut self, reference: &str, job: &Value) {
        assert_eq!(job["ref"], reference);
        let id = job["jobId"].as_str().unwrap().to_owned();
        let known = self.accepted.entry(reference.to_owned()).or_insert_with(|| id.clone());
        assert_eq!(*known, id, "one reference, two jobs");
    }
}

fn settle(home: &Home) -> Vec<Value> {
    // `serve` takes up what was left behind; `watch` tells of every change, so nothing is polled.
    let mut serve = home.start(&["serve"]);
    serve.next().expect("serve opens");
    let mut watch = home.start(&["watch"]);
    assert_eq!(watch.next().expect("the watcher begins")["body"]["kind"], "watching");
    let settled = |job: &Value| matches!(job["state"].as_str(), Some("done" | "failed" | "cancelled" | "uncertain"));
    loop {
        let jobs = home.jobs();
        if jobs.iter().all(settled) {
            drop(watch);
            assert!(serve.end().success());
            return jobs;
        }
        // The next change of any job; whatever happened before we looked is in the list.
        loop {
            let event = watch.next().expect("the watcher goes on");
            if event["body"]["kind"] == "job-changed" && settled(&event["body"]["job"]) {
                break;
            }
        }
    }
}

/// Every job on paper exactly once, or uncertain and at most once; how many are uncertain. `accepted` is reference → job.
fn verdict(accepted: &BTreeMap<String, String>, jobs: &[Value], sheets: &[Value]) -> Result<u32, String> {
    let mut on_paper: BTreeMap<&str, u32> = BTreeMap::new();
    for sheet in sheets {
        *on_paper.entry(sheet["ref"].as_str().unwrap_or_default()).or_default() += 1;
    }
    let known: BTreeSet<&str> = jobs.iter().filter_map(|job| job["jobId"].as_str()).collect();
    for (reference, id) in accepted {
        if !known.contains(id.as_str()) {
            return Err(format!("LOST: {reference} was accepted as {id}"));
        }
    }
    let (mut uncertain, mut references) = (0, BTreeSet::new());
    for job in jobs {
        let sheets = on_paper.remove(job["jobId"].as_str().unwrap_or_default()).unwrap_or(0);
        match (job["state"].as_str(), sheets) {
            (_, 2..) => return Err(format!("SILENT DUPLICATE, {sheets} sheets: {job}")),
            (Some("done"), 1) => {}
            (Some("done"), _) => return Err(format!("said to be done and not on paper: {job}")),
            (Some("uncertain"), _) => uncertain += 1,
            _ => return Err(format!("a job that nobody cancelled and nothing was wrong with: {job}")),
        }
        if !references.insert(job["ref"].as_str()) {
            return Err(format!("one reference, two jobs: {job}"));
        }
    }
    if on_paper.is_empty() { Ok(uncertain) } else { Err(format!("paper that belongs to no job: {on_paper:?}")) }
}

fn judge(lane: &mut Lane, jobs: &[Value], sim: &Sim, sn: &str) {
    lane.uncertain = verdict(&lane.accepted, jobs, &sim.sheets(sn)).unwrap_or_else(|why| panic!("{why}"));
}

#[test]
fn the_judge_sees_what_is_lost_or_comes_out_twice() {
    let accepted = BTreeMap::from([("r".to_owned(), "a".to_owned())]);
    let job = |id: &str, state: &str, reference: &str| json!({ "jobId": id, "state": state, "ref": reference });
    let sheet = |id: &str| json!({ "ref": id });
    let done = job("a", "done", "r");
    assert_eq!(verdict(&accepted, std::slice::from_ref(&done), &[sheet("a")]), Ok(0));
    assert_eq!(verdict(&accepted, &[job("a", "uncertain", "r")], &[]), Ok(1));
    for (jobs, sheets) in [
        (vec![], vec![]),
        (vec![done.clone()], vec![]),
        (vec![done.clone()], vec![sheet("a"), sheet("a")]),
        (vec![job("a", "uncertain", "r")], vec![sheet("a"), sheet("a")]),
        (vec![job("a", "failed", "r")], vec![]),
        (vec![job("a", "sent", "r")], vec![sheet("a")]),
        (vec![done.clone(), job("b", "done", "r")], vec![sheet("a"), sheet("b")]),
        (vec![done.clone()], vec![sheet("a"), sheet("b")]),
    ] {
        assert!(verdict(&accepted, &jobs, &sheets).is_err(), "{jobs:?} {sheets:?}");
    }
}

/// Kills at a random moment within `span`; false when it had ended by itself before.
fn kill_within(running: &mut Running, span: Duration, random: &mut StdRng) -> bool {
    std::thread::sleep(random.random_range(Duration::ZERO..span)); // the random moment itself
    let alive = running.child.try_wait().unwrap().is_none();
    running.kill();
    alive
}

/// How long an undisturbed print takes here, so that kills are spread over the whole of it.
fn usual_span(home: &Home, words: &[&str]) -> Duration {
    let begun = Instant::now();
    home.done(words);
    begun.elapsed()
}

fn lane(number: u32, rounds: u32, folder: &Path) -> Lane {
    let mut random = StdRng::seed_from_u64(u64::from(number) + 1);
    let sim = Sim::start(&folder.join("sim"), "20");
    let home = Home::new(&folder.join("data"));
    home.settle_in(&sim);
    home.done(&["call", "settings.change", r#"{"holdUncertain":false}"#]);
    let sn = sim.easy().to_owned();
    let mut lane = Lane::default();
    let photo = file(folder, "photo.bmp", &picture(number * 10_000));
    let span = usual_span(&home, &["print", photo.as_str(), "--printer", sn.as_str(), "--ref", "undisturbed"]);
    let mut order = 0_u32;
    while lane.kills < rounds {
        for _ in 0..KILLS_A_LAP {
            order += 1;
            let reference = format!("order-{number}-{order}");
            let photo = file(folder, "photo.bmp", &picture(number * 10_000 + order));
            let words = ["print", photo.as_str(), "--printer", sn.as_str(), "--ref", reference.as_str()];
            let mut print = home.start(&words);
            let met = kill_within(&mut print, span, &mut random);
            lane.hear(&reference, &mut print);
            lane.kills += u32::from(met);
            lane.answered += u32::from(met && lane.accepted.contains_key(&reference));
            if random.random_ratio(1, 3) {
                // The shop did not hear whether its order was accepted, and asks again with the same reference.
                let said = home.run(&words);
                assert!(matches!(said.code, 0 | 3), "{said:?}");
                lane.know(&reference, said.last());
            }
            if random.random_ratio(1, 5) {
                let mut serve = home.start(&["serve"]);
                lane.kills += u32::from(kill_within(&mut serve, span, &mut random));
            }
        }
        let jobs = settle(&home);
        judge(&mut lane, &jobs, &sim, &sn);
    }
    lane
}

#[test]
fn no_kill_loses_an_accepted_job_or_prints_one_twice() {
    let rounds: u32 = std::env::var("PLATEN_CRASH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(200);
    let folder = tempfile::tempdir().unwrap();
    let lanes: Vec<Lane> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..LANES)
            .map(|number| {
                let own = folder.path().join(format!("lane-{number}"));
                scope.spawn(move || {
                    std::fs::create_dir_all(&own).unwrap();
                    lane(number, rounds.div_ceil(LANES), &own)
                })
            })
            .collect();
        running.into_iter().map(|lane| lane.join().unwrap()).collect()
    });
    let sum = |what: fn(&Lane) -> u32| lanes.iter().map(what).sum::<u32>();
    println!(
        "{} kills, {} after the answer, 0 lost, 0 printed twice, {} uncertain",
        sum(|lane| lane.kills),
        sum(|lane| lane.answered),
        sum(|lane| lane.uncertain)
    );
}

#[test]
fn every_named_point_is_survived() {
    let folder = tempfile::tempdir().unwrap();
    let sim = Sim::start(&folder.path().join("sim"), "50");
    let home = Home::new(&folder.path().join("data"));
    home.settle_in(&sim);
    home.done(&["call", "settings.change", r#"{"holdUncertain":false}"#]);
    let sn = sim.easy().to_owned();
    let mut lane = Lane::default();
    // Those of Bluetooth have a way of their own below.
    let points = platen_store::crash::POINTS.iter().filter(|point| !point.starts_with("direct."));
    for (number, point) in points.enumerate() {
        let reference = format!("point-{number}");
        let photo = file(folder.path(), "photo.bmp", &picture(u32::try_from(number).unwrap()));
        let words = ["print", photo.as_str(), "--printer", sn.as_str(), "--ref", reference.as_str()];
        let mut command = home.command(&words);
        let mut print = Running::start(command.env("PLATEN_CRASH_AT", point));
        lane.hear(&reference, &mut print);
        let ended = print.child.wait().unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&ended), Some(9), "{point} was not passed");
        let jobs = settle(&home);
        judge(&mut lane, &jobs, &sim, &sn);
        // Asking again with the same reference ends with one job and one sheet, whatever the point.
        let said = home.run(&words);
        assert!(matches!(said.code, 0 | 3), "{point}: {said:?}");
        lane.know(&reference, said.last());
        judge(&mut lane, &home.jobs(), &sim, &sn);
    }
    println!("{} points, {} uncertain", platen_store::crash::POINTS.len(), lane.uncertain);
}

/// Where a print over Bluetooth is killed: every point, and some in the middle of the rows.
#[cfg(target_os = "linux")]
fn points_of_bluetooth() -> Vec<String> {
    let named = platen_store::crash::POINTS.iter().filter(|point| point.starts_with("direct."));
    let inside = [6, 15, 30].map(|passage| format!("direct.request_sent:{passage}"));
    named.map(|point| (*point).to_owned()).chain(inside).collect()
}

/// Kills prints on one Bluetooth printer at each point, and looks at the paper after each.
#[cfg(target_os = "linux")]
fn bluetooth_lane(sim: &Sim, folder: &Path, name: &str, model: &str) -> u32 {
    std::fs::create_dir_all(folder).unwrap();
    let home = Home::near(&folder.join("data"), sim.bus());
    home.done(&["call", "settings.change", r#"{"holdUncertain":false}"#]);
    let near = home.run(&["discover", "--seconds", "3"]).lines;
    let id = near.iter().find(|line| line["name"] == name).unwrap()["id"].as_str().unwrap().to_owned();
    let added = home.done(&["call", "nearby.add", &json!({ "id": id, "model": model }).to_string()]);
    let sn = added["sn"].as_str().unwrap();
    // What came out in one piece; its height tells.
    let sheets = || -> Vec<String> {
        let log = sim.dir.join("bluetooth/paper").join(name).join("log.jsonl");
        let text = std::fs::read_to_string(log).unwrap_or_default();
        let lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let height = lines.first().map(|line| line["height"].clone());
        let whole = lines.iter().filter(|line| Some(&line["height"]) == height.as_ref());
        whole.map(|line| line["sha256"].as_str().unwrap().to_owned()).collect()
    };
    let print = |number: u32| {
        let photo = file(folder, "photo.bmp", &picture(number));
        let reference = format!("{name}-{number}");
        home.command(&["print", photo.as_str(), "--printer", sn, "--ref", reference.as_str()])
    };
    let mut undisturbed = Running::start(&mut print(0));
    while undisturbed.next().is_some() {}
    assert!(undisturbed.child.wait().unwrap().success());
    assert_eq!(sheets().len(), 1, "{name}");
    let mut uncertain = 0;
    for (point, number) in points_of_bluetooth().iter().zip(1..) {
        let before = sheets().len();
        let mut killed = Running::start(print(number).env("PLATEN_CRASH_AT", point));
        while killed.next().is_some() {}
        let ended = killed.child.wait().unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&ended), Some(9), "{name}: {point} was not passed");
        let jobs = settle(&home);
        let reference = format!("{name}-{number}");
        let job = jobs.iter().find(|job| job["ref"] == reference.as_str()).unwrap();
        let out = sheets().len() - before;
        match (job["state"].as_str(), out) {
            (Some("done"), 1) => {}
            (Some("uncertain"), 0 | 1) => uncertain += 1,
            _ => panic!("{name} at {point}: {out} sheets: {job}"),
        }
    }
    let all = sheets();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{name}: a page came out twice");
    uncertain
}

#[cfg(target_os = "linux")]
#[test]
fn every_named_point_of_bluetooth_is_survived() {
    let folder = tempfile::tempdir().unwrap();
    let sim = Sim::with_bluetooth(&folder.path().join("sim"));
    // One that counts its labels, one that does not.
    let printers = [("B1-G121110123", "niimbot-b1"), ("MPT-II", "pocket-escpos-384")];
    let uncertain: u32 = std::thread::scope(|scope| {
        let lanes = printers.map(|(name, model)| {
            let own = folder.path().join(name);
            let sim = &sim;
            scope.spawn(move || bluetooth_lane(sim, &own, name, model))
        });
        lanes.into_iter().map(|lane| lane.join().unwrap()).sum()
    });
    println!("{} points on {} printers, {uncertain} uncertain", points_of_bluetooth().len(), printers.len());
}
