//! Any number of `platen` processes on one data folder: one has the engine, the others use its door, and when it goes
//! away, in order or not, one of the others takes over.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Home, Sim, file, picture};
use std::collections::BTreeSet;
use std::path::Path;

fn print_many(home: &Home, sim: &Sim, folder: &Path, count: u32) -> Vec<common::Running> {
    (0..count)
        .map(|number| {
            let photo = file(folder, &format!("{number}.bmp"), &picture(number));
            home.start(&["print", &photo, "--printer", sim.easy(), "--ref", &format!("many-{number}")])
        })
        .collect()
}

#[test]
fn eight_prints_at_once_on_a_folder_that_nobody_keeps() {
    let folder = tempfile::tempdir().unwrap();
    let sim = Sim::start(&folder.path().join("sim"), "100");
    let home = Home::new(&folder.path().join("data"));
    home.settle_in(&sim);
    let mut ids = BTreeSet::new();
    for running in print_many(&home, &sim, folder.path(), 8) {
        let (lines, code) = running.finish();
        assert_eq!(code, Some(0), "{lines:?}");
        ids.insert(lines.last().unwrap()["jobId"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids.len(), 8);
    let sheets = sim.sheets(sim.easy());
    let printed: BTreeSet<_> = sheets.iter().map(|sheet| sheet["ref"].as_str().unwrap().to_owned()).collect();
    assert_eq!((sheets.len(), printed), (8, ids));
}

#[test]
fn a_watcher_hands_the_folder_over_to_serve_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::new(&folder.path().join("data"));
    let mut watch = home.start(&["watch"]);
    assert_eq!(watch.next().unwrap()["body"]["kind"], "watching");
    // The watcher has the engine; `serve` asks for it, and the watcher goes on through the new door.
    let mut serve = home.start(&["serve"]);
    assert_eq!(serve.next().unwrap()["pid"], serve.pid());
    let theme = |name: &str| home.done(&["call", "settings.change", &format!(r#"{{"theme":"{name}"}}"#)]);
    theme("dark");
    let seen = |watch: &mut common::Running, name: &str| loop {
        let event = watch.next().expect("the watcher goes on");
        if event["body"]["settings"]["theme"] == name {
            return event["epoch"].clone();
        }
        // It may have changed over after the change: then its new snapshot had it already.
        if event["body"]["kind"] == "watching" && name == "dark" {
            return event["epoch"].clone();
        }
    };
    let first = seen(&mut watch, "dark");
    theme("light");
    assert_eq!(seen(&mut watch, "light"), first);
    assert!(serve.end().success());
    // Nobody stays: the watcher keeps the folder again.
    assert!(watch.end().success());
    assert!(!home.data.join("door.json").exists());
}

#[test]
fn when_the_owner_is_killed_the_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let sim = Sim::start(&folder.path().join("sim"), "20");
    let home = Home::new(&folder.path().join("data"));
    home.settle_in(&sim);
    home.done(&["call", "settings.change", r#"{"holdUncertain":false}"#]);
    let mut serve = home.start(&["serve"]);
    serve.next().unwrap();
    let mut prints = print_many(&home, &sim, folder.path(), 4);
    // Everybody's job is accepted through the owner's door…
    let first: Vec<_> = prints.iter_mut().map(|print| print.next().unwrap()).collect();
    assert!(first.iter().all(|line| line["accepted"] == true), "{first:?}");
    // …then the owner is gone.
    serve.kill();
    let mut sheets_of = BTreeSet::new();
    for running in prints {
        let (lines, code) = running.finish();
        let last = lines.last().unwrap().clone();
        let state = last["state"].as_str().unwrap();
        assert!(matches!((state, code), ("done", Some(0)) | ("uncertain", Some(3))), "{last} {code:?}");
        sheets_of.insert(last["jobId"].as_str().unwrap().to_owned());
    }
    let sheets = sim.sheets(sim.easy());
    for id in &sheets_of {
        assert!(sheets.iter().filter(|sheet| sheet["ref"] == id.as_str()).count() <= 1, "printed twice: {id}");
    }
    assert_eq!(sheets_of.len(), 4);
}
