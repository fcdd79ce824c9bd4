//! The arrows between the crates, as a test.
//!
//! Each crate may use only the crates of ours in its row, and the fenced libraries only in the crate that fences them.

use cargo_metadata::{DependencyKind, MetadataCommand};
use std::collections::{BTreeMap, BTreeSet};

/// Crate → crates of ours that it may use in the product. Keep it equal to the table in ARCHITECTURE.md.
const ARROWS: &[(&str, &[&str])] = &[
    ("platen-model", &[]),
    ("platen-protocol", &["platen-model"]),
    ("platen-printers", &["platen-model"]),
    ("platen-render", &["platen-model"]),
    ("platen-transport", &["platen-model"]),
    ("platen-store", &["platen-model"]),
    (
        "platen-engine",
        &["platen-model", "platen-protocol", "platen-printers", "platen-render", "platen-transport", "platen-store"],
    ),
    ("platen-api", &["platen-engine", "platen-model"]),
    ("platen-local-server", &["platen-api", "platen-model"]),
    // The traits of its links only, so that the app can live in simulated air.
    ("platen-sim", &["platen-model", "platen-protocol", "platen-printers", "platen-transport"]),
    (
        "platen-cli",
        &["platen-api", "platen-model", "platen-local-server", "platen-sim", "platen-render", "platen-printers"],
    ),
    ("platen-window", &["platen-api", "platen-model", "platen-sim", "platen-cli", "platen-local-server"]),
    ("platen-corpus", &["platen-model", "platen-printers", "platen-render"]),
    ("xtask", &["platen-api"]),
];

/// Library → the crates that fence it in. The simulated world is outside of the product's fences: it plays the other
/// side and so needs a server and clients of its own.
const FENCES: &[(&str, &[&str])] = &[
    ("sqlx", &["platen-store"]),
    ("keyring", &["platen-store"]),
    ("rumqttc", &["platen-transport", "platen-sim"]),
    ("btleplug", &["platen-transport"]),
    ("bluez-async", &["platen-transport"]),
    ("serial2", &["platen-transport", "platen-sim"]),
    ("zbus", &["platen-transport", "platen-sim"]),
    ("reqwest", &["platen-transport", "platen-sim", "platen-cli"]),
    ("axum", &["platen-local-server", "platen-sim"]),
    ("hyper", &["platen-local-server", "platen-sim"]),
    ("clap", &["platen-cli"]),
    ("tauri", &["platen-window"]),
    ("image", &["platen-render", "platen-corpus"]),
    ("resvg", &["platen-render"]),
    ("parley", &["platen-render"]),
];

/// Crates in which no library that reaches the outside world may stand.
const PURE: &[&str] = &["platen-model", "platen-protocol", "platen-printers", "platen-render"];
const OUTSIDE: &[&str] = &["tokio", "reqwest", "rumqttc", "sqlx", "rand", "getrandom", "axum", "hyper", "tracing"];

pub(crate) fn run() -> Result<String, String> {
    let metadata = MetadataCommand::new().no_deps().exec().map_err(|error| error.to_string())?;
    let arrows: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    let fences: BTreeMap<_, _> = FENCES.iter().copied().collect();
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for package in &metadata.packages {
        let name = package.name.as_str();
        seen.insert(name.to_owned());
        let Some(allowed) = arrows.get(name) else {
            wrong.push(format!("{name} has no row in the table of arrows"));
            continue;
        };
        for dependency in &package.dependencies {
            let target = dependency.name.as_str();
            // Tests may look from outside: only what ships is bound by the arrows.
            if dependency.kind == DependencyKind::Development {
                continue;
            }
            if arrows.contains_key(target) && !allowed.contains(&target) {
                wrong.push(format!("{name} uses {target}: there is no such arrow"));
            }
            if fences.get(target).is_some_and(|owners| !owners.contains(&name)) {
                wrong.push(format!("{name} uses {target}, which is fenced in elsewhere"));
            }
            if PURE.contains(&name) && OUTSIDE.contains(&target) {
                wrong.push(format!("{name} is pure and uses {target}"));
            }
        }
    }
    for name in arrows.keys().filter(|name| !seen.contains(**name)) {
        wrong.push(format!("{name} stands in the table of arrows and is not in the workspace"));
    }
    if wrong.is_empty() { Ok(format!("{} crates, all arrows allowed", seen.len())) } else { Err(wrong.join("\n")) }
}
