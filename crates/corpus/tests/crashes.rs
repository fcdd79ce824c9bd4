//! What once was a crash stays none: each target of the fuzzer with every file in its folder of crashes.
#![allow(clippy::unwrap_used)]

use platen_corpus::fuzz::TARGETS;
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_target_has_beginnings_and_a_name_of_its_own() {
    let names: BTreeSet<_> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(names.len(), TARGETS.len());
    for target in TARGETS {
        assert!(!target.seeds().is_empty(), "{}", target.name);
    }
}

#[test]
fn what_was_a_crash_is_none_any_more() {
    let crashes = Path::new(env!("CARGO_MANIFEST_DIR")).join("crashes");
    for target in TARGETS {
        // No folder: nothing was found there yet.
        let Ok(files) = std::fs::read_dir(crashes.join(target.name)) else { continue };
        for file in files {
            target.run(&std::fs::read(file.unwrap().path()).unwrap());
        }
    }
}
