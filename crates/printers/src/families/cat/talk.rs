//! Cat printers over Bluetooth.
//!
//! Source: sections 2.1 and 2.2 of the family facts. All dialects are behind service AE30, and older printers behind the
//! services of their radio modules; so only the answer says which language a printer speaks. Deliberately absent: trying
//! one language after the other by printing.

use super::ask::Ask;
use super::frame::{Ear, Frame, Mark};
use super::print::Print;
use super::print_v5x::PrintV5x;
use super::status::describe;
use super::{Cat, Dialect, decode, v5x};
use crate::catalogue::{Model, usual_ble};
use crate::family::{Command, DecodeError, Decoded, Family as _};
use crate::talk::dialogue::Dialogue;
use crate::talk::route::{Known, by_property, known};
use crate::talk::{AskDialogue, Direction, LinkFacts, PrintDialogue, Route, Talk, WritePlan};
use platen_model::At;
use platen_model::gatt::{Tree, Uuid};

const AE02: [Uuid; 1] = [Uuid::short(0xae02)];

/// AE30, or AF30 as one system reports it; then the services of radio modules.
const SERVICES: [Known; 4] = [
    Known::short(0xae30, 0xae01, &AE02),
    Known::short(0xaf30, 0xae01, &AE02),
    Known {
        service: Uuid::new(0x4953_5343_fe7d_4ae5_8fa9_9faf_d205_e455),
        write: Uuid::new(0x4953_5343_8841_43f4_a8d4_ecbe_3472_9bb3),
        notify: &[Uuid::new(0x4953_5343_1e4d_4bd9_ba61_23c6_4724_9616)],
        bulk: None,
    },
    Known::short(0xff00, 0xff02, &[Uuid::short(0xff01), Uuid::short(0xff03)]),
];

const ADVERTISED: [Uuid; 2] = [Uuid::short(0xae30), Uuid::short(0xaf30)];

/// With a characteristic for the rows alone.
const WITH_BULK: [Known; 2] = [
    Known { bulk: Some(Uuid::short(0xae03)), ..Known::short(0xae30, 0xae01, &AE02) },
    Known { bulk: Some(Uuid::short(0xae03)), ..Known::short(0xaf30, 0xae01, &AE02) },
];

/// What links without facts get.
const CAREFUL: WritePlan = WritePlan { confirmed: false, chunk: 20, keep_free: 0, pace_ms: 10 };

impl Cat {
    fn plan_of(self, model: &Model) -> WritePlan {
        model.ble.as_ref().or_else(|| usual_ble(self.id())).map_or(CAREFUL, |ble| ble.plan)
    }
}

impl Talk for Cat {
    fn families(&self) -> &'static [&'static str] {
        match self.dialect {
            Dialect::Tiny => &["cat"],
            Dialect::Prefixed => &["cat-prefixed"],
            Dialect::V5g => &["cat-v5g"],
            Dialect::V5x => &["cat-v5x"],
        }
    }

    fn services(&self) -> &'static [Uuid] {
        &ADVERTISED
    }

    fn route(&self, tree: &Tree) -> Option<Route> {
        match self.dialect {
            Dialect::V5x => known(tree, &WITH_BULK),
            _ => known(tree, &SERVICES).or_else(|| by_property(tree)),
        }
    }

    fn plan(&self) -> WritePlan {
        usual_ble(self.id()).map_or(CAREFUL, |ble| ble.plan)
    }

    fn print(&self, model: &Model, link: &LinkFacts, prn: Vec<u8>) -> Box<PrintDialogue> {
        let plan = self.plan_of(model);
        match self.dialect {
            Dialect::V5x => Box::new(Dialogue::new(link, &plan, PrintV5x::new(model, link, &prn))),
            dialect => Box::new(Dialogue::new(link, &plan, Print::new(dialect, model, link, &prn))),
        }
    }

    fn ask(&self, model: &Model, link: &LinkFacts) -> Box<AskDialogue> {
        Box::new(Dialogue::new(link, &self.plan_of(model), Ask::new(self.dialect, link)))
    }

    fn explain(&self, at: At, direction: Direction, bytes: &[u8]) -> Vec<Command> {
        match direction {
            Direction::Up => told(bytes),
            Direction::Down if at.characteristic == Uuid::short(0xae03) => {
                vec![Command { offset: 0, name: "rows", text: format!("{} bytes", bytes.len()) }]
            }
            Direction::Down if self.dialect == Dialect::V5x => whole(bytes, v5x::decode),
            Direction::Down => whole(bytes, decode::decode),
        }
    }
}

/// The frames of a write; the last one may go on in the next.
fn whole(bytes: &[u8], decode: fn(&[u8]) -> Result<Decoded, DecodeError>) -> Vec<Command> {
    let (end, command) = match decode(bytes) {
        Ok(decoded) => return decoded.commands,
        Err(DecodeError::Truncated { offset, command }) => (offset, command),
        Err(DecodeError::TooLarge { offset } | DecodeError::Malformed { offset, .. }) => (offset, "bytes"),
    };
    let mut rows = decode(bytes.get(..end).unwrap_or_default()).map(|decoded| decoded.commands).unwrap_or_default();
    let text = format!("{} bytes of it, more follow", bytes.len().saturating_sub(end));
    rows.push(Command { offset: end, name: command, text });
    rows
}

/// The frames of a notification.
fn told(bytes: &[u8]) -> Vec<Command> {
    let mut ear = Ear::default();
    let mut frames = ear.hear(bytes);
    frames.extend(ear.rest());
    let row = |frame: &Frame| {
        let (name, text) = describe(frame);
        let (first, second) = if frame.mark == Mark::V5x { (0x22, 0x21) } else { (0x51, 0x78) };
        let at = bytes.windows(3).position(|three| *three == [first, second, frame.command]);
        Command { offset: at.unwrap_or_default(), name, text }
    };
    if frames.is_empty() {
        return vec![Command { offset: 0, name: "bytes", text: hex::encode(bytes) }];
    }
    frames.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{TINY, V5X};
    use super::*;
    use platen_model::gatt::{Characteristic, Properties};

    const AE: At = At::new(Uuid::short(0xae30), Uuid::short(0xae01));

    #[test]
    fn frames_of_both_ways_are_named() {
        let names =
            |direction, bytes: &[u8]| TINY.explain(AE, direction, bytes).iter().map(|row| row.name).collect::<Vec<_>>();
        assert_eq!(
            names(Direction::Down, &[0x51, 0x78, 0xA3, 0, 1, 0, 0, 0, 0xFF, 0x51, 0x78]),
            ["state_query", "frame"]
        );
        assert_eq!(names(Direction::Up, &[0x51, 0x78, 0xAE, 1, 1, 0, 0x10, 0x70, 0xFF]), ["flow"]);
        assert_eq!(names(Direction::Up, &[0x22, 0x21, 0xAA, 0, 0]), ["ready"]);
        assert_eq!(names(Direction::Up, &[1, 2]), ["bytes"]);
        let bulk = At::new(Uuid::short(0xae30), Uuid::short(0xae03));
        assert_eq!(V5X.explain(bulk, Direction::Down, &[0x51, 0x78])[0].name, "rows");
    }

    #[test]
    fn rows_of_v5x_need_a_characteristic_of_their_own() {
        let row = |id, write_without_response, notify| Characteristic {
            at: At::new(Uuid::short(0xae30), Uuid::short(id)),
            properties: Properties { write_without_response, notify, ..Properties::default() },
            description: None,
        };
        let mut tree = Tree { characteristics: vec![row(0xae01, true, false), row(0xae02, false, true)] };
        assert!(TINY.route(&tree).is_some() && V5X.route(&tree).is_none());
        tree.characteristics.push(row(0xae03, true, false));
        let route = V5X.route(&tree).unwrap();
        assert_eq!(route.bulk.unwrap().characteristic, Uuid::short(0xae03));
        assert_eq!(route.write, AE);
    }
}
