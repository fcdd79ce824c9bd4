//! Niimbot over Bluetooth: one characteristic for both ways.
//!
//! Source: sections 2.0 and 2.1 of the family facts ("one characteristic having both notify and write without response").
//! Deliberately absent: the serial port over USB, which speaks the same packets.

use super::ask::Ask;
use super::names::name;
use super::packet::{Reading, command, read};
use super::print::Print;
use super::{B1, B21, D11, D110, H1S, L2B, Niimbot, V4};
use crate::catalogue::{Model, usual_ble};
use crate::family::Command;
use crate::talk::dialogue::Dialogue;
use crate::talk::route::{Known, by_property, known};
use crate::talk::{AskDialogue, Direction, LinkFacts, PrintDialogue, Route, Talk, WritePlan};
use platen_model::At;
use platen_model::gatt::{Tree, Uuid};

const SERVICE: Uuid = Uuid::new(0xe781_0a71_73ae_499d_8c15_faa9_aef0_c3f2);
const BOTH: Uuid = Uuid::new(0xbef8_d6c9_9c21_4c9e_b632_bd58_c100_9f9f);

const PACED: WritePlan = WritePlan { confirmed: false, chunk: 262, keep_free: 0, pace_ms: 10 };

fn plan_of(model: &Model) -> WritePlan {
    model.ble.as_ref().map_or(PACED, |ble| ble.plan)
}

impl Talk for Niimbot {
    fn families(&self) -> &'static [&'static str] {
        &["niimbot", "niimbot-d110", "niimbot-d11", "niimbot-h1s", "niimbot-v4", "niimbot-b21", "niimbot-l2b"]
    }

    fn route(&self, tree: &Tree) -> Option<Route> {
        known(tree, &[Known { service: SERVICE, write: BOTH, notify: &[BOTH], bulk: None }])
            .or_else(|| by_property(tree))
    }

    fn plan(&self) -> WritePlan {
        usual_ble("niimbot").map_or(PACED, |ble| ble.plan)
    }

    fn print(&self, model: &Model, link: &LinkFacts, prn: Vec<u8>) -> Box<PrintDialogue> {
        let all = [&B1, &D110, &D11, &H1S, &V4, &B21, &L2B];
        let task = all.iter().find(|dialect| dialect.task.family == model.family).map_or(self.task, |found| found.task);
        Box::new(Dialogue::new(link, &plan_of(model), Print::new(task, link, prn)))
    }

    fn ask(&self, model: &Model, link: &LinkFacts) -> Box<AskDialogue> {
        Box::new(Dialogue::new(link, &plan_of(model), Ask::new(link)))
    }

    fn explain(&self, _: At, _: Direction, bytes: &[u8]) -> Vec<Command> {
        let (mut rows, mut at) = (Vec::new(), 0_usize);
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let Reading::Whole(packet) = read(rest) else {
                // The rest of a packet that came in pieces, or nothing of ours.
                rows.push(Command { offset: at, name: "bytes", text: format!("{} bytes", rest.len()) });
                break;
            };
            let text: Vec<String> = packet.data.iter().take(24).map(|byte| format!("{byte:02x}")).collect();
            let more = if packet.data.len() > 24 { " …" } else { "" };
            let why = (packet.command == command::FAILED).then(|| packet.data.first().copied()).flatten();
            let why = why.map_or(String::new(), |code| format!(": {}", super::status::trouble(code).fault().message));
            rows.push(Command {
                offset: at,
                name: name(packet.command),
                text: format!("{}{more}{why}", text.join(" ")),
            });
            at = at.saturating_add(packet.length);
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_both_ways_are_named() {
        let rows = B1.explain(At::new(SERVICE, BOTH), Direction::Up, b"\x55\x55\xdb\x01\x01\xdb\xaa\xaa\x55");
        let shown: Vec<_> = rows.iter().map(|row| (row.offset, row.name, row.text.as_str())).collect();
        assert_eq!(shown, [(0, "failed", "01: The printer's cover is open."), (8, "bytes", "1 bytes")]);
    }

    #[test]
    fn every_dialect_is_spoken_and_has_a_plan() {
        for family in B1.families() {
            assert!(usual_ble(family).is_some() && crate::family(family).is_some(), "{family}");
        }
        assert_eq!(B1.families().len(), 7);
    }
}
