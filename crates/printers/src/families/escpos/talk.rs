//! ESC/POS over Bluetooth: the bytes of a cloud or cable job as a stream.
//!
//! Source: sections 2.1 and 3 of the family facts; section "Over Bluetooth" of `docs/protocols/escpos.md`. The services are
//! those of cheap Bluetooth modules and say nothing about the printer behind them. Deliberately absent: pause and resume
//! by notification, which no source has seen in this language; the question that waits its turn does the same work.

use super::ask::Ask;
use super::print::Print;
use super::status::{Ear, describe};
use super::{EscPos, decode};
use crate::catalogue::{Model, usual_ble};
use crate::family::{Command, DecodeError};
use crate::talk::dialogue::Dialogue;
use crate::talk::route::{Known, by_property, known};
use crate::talk::{AskDialogue, Direction, LinkFacts, PrintDialogue, Route, Talk, WritePlan};
use platen_model::At;
use platen_model::gatt::{Tree, Uuid};

/// The modules' services: 18F0 and FF00 of receipt printers, the two long ones of radio makers, FFE0 of serial bridges.
const SERVICES: [Known; 5] = [
    Known::short(0x18f0, 0x2af1, &[Uuid::short(0x2af0)]),
    Known {
        service: ISSC,
        write: Uuid::new(0x4953_5343_8841_43f4_a8d4_ecbe_3472_9bb3),
        notify: &[Uuid::new(0x4953_5343_1e4d_4bd9_ba61_23c6_4724_9616)],
        bulk: None,
    },
    Known::short(0xff00, 0xff02, &[Uuid::short(0xff01), Uuid::short(0xff03)]),
    Known { service: CLONE, write: CLONE_BOTH, notify: &[CLONE_BOTH], bulk: None },
    Known::short(0xffe0, 0xffe1, &[Uuid::short(0xffe1)]),
];
const ISSC: Uuid = Uuid::new(0x4953_5343_fe7d_4ae5_8fa9_9faf_d205_e455);
const CLONE: Uuid = Uuid::new(0xe781_0a71_73ae_499d_8c15_faa9_aef0_c3f2);
const CLONE_BOTH: Uuid = Uuid::new(0xbef8_d6c9_9c21_4c9e_b632_bd58_c100_9f9f);
const ADVERTISED: [Uuid; 5] = [Uuid::short(0x18f0), ISSC, Uuid::short(0xff00), CLONE, Uuid::short(0xffe0)];

/// What links without facts get: small, and answered where that is possible.
const CAREFUL: WritePlan = WritePlan { confirmed: true, chunk: 20, keep_free: 0, pace_ms: 10 };

/// The plan of a model on Bluetooth.
fn plan_of(model: &Model) -> WritePlan {
    model.ble.as_ref().or_else(|| usual_ble("escpos")).map_or(CAREFUL, |ble| ble.plan)
}

impl Talk for EscPos {
    fn families(&self) -> &'static [&'static str] {
        &["escpos", "escpos-graphics", "escpos-column"]
    }

    fn services(&self) -> &'static [Uuid] {
        &ADVERTISED
    }

    fn route(&self, tree: &Tree) -> Option<Route> {
        known(tree, &SERVICES).or_else(|| by_property(tree))
    }

    fn plan(&self) -> WritePlan {
        usual_ble("escpos").map_or(CAREFUL, |ble| ble.plan)
    }

    fn print(&self, model: &Model, link: &LinkFacts, prn: Vec<u8>) -> Box<PrintDialogue> {
        Box::new(Dialogue::new(link, &plan_of(model), Print::new(model, link, &prn)))
    }

    fn ask(&self, model: &Model, link: &LinkFacts) -> Box<AskDialogue> {
        Box::new(Dialogue::new(link, &plan_of(model), Ask::new(link)))
    }

    fn explain(&self, _at: At, direction: Direction, bytes: &[u8]) -> Vec<Command> {
        match direction {
            Direction::Down => commands(bytes),
            Direction::Up => {
                let words = Ear::default().hear(bytes).into_iter().map(describe);
                words.enumerate().map(|(offset, (name, text))| Command { offset, name, text }).collect()
            }
        }
    }
}

/// The commands of one write; the last one may go on in the next.
fn commands(bytes: &[u8]) -> Vec<Command> {
    match decode::decode(bytes) {
        Ok(decoded) => decoded.commands,
        Err(DecodeError::Truncated { offset, command }) => {
            let whole = bytes.get(..offset).unwrap_or_default();
            let mut rows = decode::decode(whole).map(|decoded| decoded.commands).unwrap_or_default();
            let text = format!("{} bytes of it, more follow", bytes.len().saturating_sub(offset));
            rows.push(Command { offset, name: command, text });
            rows
        }
        Err(DecodeError::TooLarge { .. } | DecodeError::Malformed { .. }) => {
            vec![Command { offset: 0, name: "bytes", text: format!("{} bytes", bytes.len()) }]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::escpos::RASTER;

    fn names(direction: Direction, bytes: &[u8]) -> Vec<(usize, &'static str)> {
        let at = At::new(CLONE, CLONE_BOTH);
        RASTER.explain(at, direction, bytes).iter().map(|command| (command.offset, command.name)).collect()
    }

    #[test]
    fn frames_of_both_ways_are_named_and_a_cut_off_one_too() {
        let write = b"\x1b@\x10\x04\x01\x1dv0\0\x30\0\x18\0abc";
        assert_eq!(names(Direction::Down, write), [(0, "init"), (2, "status_query"), (5, "raster")]);
        assert_eq!(names(Direction::Up, &[0x12, 0x00, 0xff]), [(0, "status_now"), (1, "status_in_turn"), (2, "bytes")]);
    }

    #[test]
    fn every_plan_of_the_folder_is_known() {
        for family in RASTER.families() {
            assert!(usual_ble(family).is_some(), "{family}");
        }
    }
}
