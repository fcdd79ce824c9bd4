//! The judge: what the printers' page logs say came out, whoever claims what.

use platen_sim::World;
use serde_json::Value;
use std::collections::BTreeMap;

/// A sheet, as the log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Printed {
    pub(crate) job: String,
    pub(crate) page: u64,
    pub(crate) reference: String,
    pub(crate) sha256: String,
}

/// Every sheet of a printer that some app asked for, in the order in which they came out.
pub(crate) fn paper(world: &World, sn: &str) -> Vec<Printed> {
    let log = std::fs::read_to_string(world.hello().paper.join(sn).join("log.jsonl")).unwrap();
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    lines
        .filter(|line| line["ref"].is_string())
        .map(|line| Printed {
            job: text(&line["jobId"]),
            page: line["page"].as_u64().unwrap(),
            reference: text(&line["ref"]),
            sha256: text(&line["sha256"]),
        })
        .collect()
}

impl Printed {
    /// How often each reference came out.
    pub(crate) fn counts(sheets: &[Self]) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for sheet in sheets {
            *counts.entry(sheet.reference.clone()).or_default() += 1;
        }
        counts
    }
}
