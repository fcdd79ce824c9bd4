//! The dialogues that give a printer its Wi-Fi against the simulated devices, with a clock that only counts.
//!
//! Each situation says how it must end; with `PLATEN_RECORD=<folder>` each is also written there as a `.case` file.
#![allow(clippy::unwrap_used, clippy::panic)] // a test that meets the unexpected stops

mod play;
mod situations;

use play::Play;
use situations::{Situation, situations};

#[test]
fn every_situation_ends_as_it_should() {
    let all = situations();
    assert!(all.len() >= 60, "only {}", all.len());
    let mut wrong = Vec::new();
    for situation in all {
        let name = situation.name;
        let Situation { must, end, .. } = &situation;
        let (must, end) = (must.clone(), *end);
        let played = Play::new(situation).run();
        let told: Vec<_> = played.events.iter().map(String::as_str).collect();
        let mut rest = told.as_slice();
        for event in must {
            match rest.iter().position(|told| told.starts_with(event)) {
                Some(place) => rest = &rest[place + 1..],
                None => wrong.push(format!("{name}: no event {event:?} in order in {told:#?}")),
            }
        }
        if played.end != end {
            wrong.push(format!("{name}: ended {:?}, not {end:?}: {told:#?}", played.end));
        }
        if let Ok(folder) = std::env::var("PLATEN_RECORD") {
            std::fs::write(format!("{folder}/{name}.case"), played.case).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
