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
