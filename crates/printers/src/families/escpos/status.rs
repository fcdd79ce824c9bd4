//! What an ESC/POS printer says about itself.
//!
//! ```text
//! 0xx1xx10   answer to DLE EOT n, which the printer gives at once        (b & 93h) = 12h
//! 0xx1xx00   first of four bytes that it sends when something changes    (b & 93h) = 10h
//! 0xx0xxxx   answer to GS r n, which waits its turn behind the data      (b & 90h) = 00h
//! ```
//!
//! Source: section "What it answers" of `docs/protocols/escpos.md`. An answer to `DLE EOT` does not say which question it
//! answers, so one is asked at a time. Deliberately absent: the drawer, which is nobody's trouble here.

use super::{DLE, GS};
use crate::talk::Readings;

/// One thing that was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// The answer to a question asked in real time.
    Now(u8),
    /// The answer to the question that waits its turn.
    InTurn(u8),
    /// Told without a question.
    ByItself([u8; 4]),
    /// Nothing known.
    Stray(u8),
}

/// The question that is answered at once; `n` is 1 to 4.
pub(super) const fn ask_now(n: u8) -> [u8; 3] {
    [DLE, 0x04, n]
}

/// The question about paper that is answered when everything before it has been dealt with.
pub(super) const ASK_IN_TURN: [u8; 3] = [GS, b'r', 1];

/// Cuts what arrives into words; a word of four bytes may come in pieces.
#[derive(Default)]
pub(super) struct Ear {
    pending: Vec<u8>,
}

impl Ear {
    pub(super) fn hear(&mut self, bytes: &[u8]) -> Vec<Word> {
        let mut words = Vec::new();
        for &byte in bytes {
            if self.pending.is_empty() && byte & 0x93 != 0x10 {
                words.push(match byte {
                    _ if byte & 0x93 == 0x12 => Word::Now(byte),
                    _ if byte & 0x90 == 0 => Word::InTurn(byte),
                    _ => Word::Stray(byte),
                });
                continue;
            }
            self.pending.push(byte);
            if let Ok(four) = <[u8; 4]>::try_from(self.pending.as_slice()) {
                self.pending.clear();
                words.push(Word::ByItself(four));
            }
        }
        words
    }
}

const fn has(byte: u8, bits: u8) -> bool {
    byte & bits != 0
}

/// Puts the answer to question `n` into the readings.
pub(super) fn read_now(readings: &mut Readings, n: u8, byte: u8) {
    match n {
        1 => readings.busy = Some(has(byte, 1 << 3)),
        2 => {
            readings.cover_open = Some(has(byte, 1 << 2));
            if has(byte, 1 << 5) {
                readings.paper = Some(false);
            }
        }
        3 => {
            readings.overheated = Some(has(byte, 1 << 6));
            readings.error = error(has(byte, 1 << 2), has(byte, 1 << 3), has(byte, 1 << 5));
        }
        _ => readings.paper = Some(!has(byte, 0b0110_0000)),
    }
}

/// Puts the answer that waited its turn into the readings.
pub(super) fn read_in_turn(readings: &mut Readings, byte: u8) {
    readings.paper = Some(!has(byte, 0b1100));
}

/// Puts what the printer told by itself into the readings.
pub(super) fn read_by_itself(readings: &mut Readings, [first, second, third, _]: [u8; 4]) {
    readings.busy = Some(has(first, 1 << 3));
    readings.cover_open = Some(has(first, 1 << 5));
    readings.overheated = Some(has(second, 1 << 6));
    readings.error = error(has(second, 1 << 2), has(second, 1 << 3), has(second, 1 << 5));
    readings.paper = Some(!has(third, 0b1100));
}

fn error(mechanical: bool, cutter: bool, fatal: bool) -> Option<String> {
    let names = [(mechanical, "mechanical"), (cutter, "cutter"), (fatal, "unrecoverable")];
    let said: Vec<&str> = names.into_iter().filter_map(|(is, name)| is.then_some(name)).collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// A word for a technician: its name and what it says.
pub(super) fn describe(word: Word) -> (&'static str, String) {
    match word {
        Word::Now(byte) => ("status_now", format!("{byte:08b}")),
        Word::InTurn(byte) => {
            ("status_in_turn", format!("{byte:08b}, paper {}", if has(byte, 0b1100) { "out" } else { "in" }))
        }
        Word::ByItself(four) => {
            let mut readings = Readings::default();
            read_by_itself(&mut readings, four);
            let trouble = readings.trouble().map_or("well".to_owned(), |trouble| trouble.fault().code.to_string());
            ("status_by_itself", format!("{} {trouble}", hex::encode(four)))
        }
        Word::Stray(byte) => ("bytes", format!("{byte:02x}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::talk::Trouble;

    #[test]
    fn the_three_kinds_of_answers_are_told_apart_by_their_fixed_bits() {
        let mut ear = Ear::default();
        assert_eq!(ear.hear(&[0x12, 0x00, 0x10, 0x00]), [Word::Now(0x12), Word::InTurn(0)]);
        assert_eq!(ear.hear(&[0x0c, 0x0f, 0x1a]), [Word::ByItself([0x10, 0x00, 0x0c, 0x0f]), Word::Now(0x1a)]);
        assert_eq!(ear.hear(&[0xff]), [Word::Stray(0xff)]);
    }

    #[test]
    fn bits_become_readings_and_readings_become_troubles() {
        let trouble = |n, byte| {
            let mut readings = Readings::default();
            read_now(&mut readings, n, byte);
            readings.trouble()
        };
        assert_eq!((1..=4).map(|n| trouble(n, 0x12)).collect::<Vec<_>>(), [None, None, None, None]);
        assert_eq!(trouble(2, 0x12 | 1 << 2), Some(Trouble::CoverOpen));
        assert_eq!(trouble(2, 0x12 | 1 << 5), Some(Trouble::NoPaper));
        assert_eq!(trouble(3, 0x12 | 1 << 6), Some(Trouble::Overheated));
        assert_eq!(trouble(3, 0x12 | 1 << 3), Some(Trouble::Refused("cutter".to_owned())));
        assert_eq!(trouble(4, 0x12 | 0b0110_0000), Some(Trouble::NoPaper));
        // Near the end is not the end.
        assert_eq!(trouble(4, 0x12 | 0b0000_1100), None);
        let mut readings = Readings::default();
        read_by_itself(&mut readings, [0x10 | 1 << 5, 0, 0b1100, 0]);
        assert_eq!((readings.cover_open, readings.paper), (Some(true), Some(false)));
        read_in_turn(&mut readings, 0);
        assert_eq!(readings.paper, Some(true));
    }
}
