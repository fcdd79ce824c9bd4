//! Asking a Cat printer how it is.
//!
//! Source: section 2.2 of the family facts. `A3` is the state of `51 78` printers and moves paper on `22 21` ones, where it is
//! never sent. Deliberately absent: switching status on for good; it would outlive the question.

use super::Dialect;
use super::frame::{Ear, Mark, put};
use super::status::read;
use crate::talk::dialogue::{Line, Script};
use crate::talk::{LinkFacts, Readings, Trouble};
use platen_model::{At, Moment};
use std::convert::Infallible;
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_millis(700);

/// Asks a `22 21` printer for its serial number; as recorded, without a payload.
pub(super) const SERIAL: [u8; 8] = [0x22, 0x21, 0xA7, 0, 0, 0, 0, 0];

/// A question without a value of its own.
pub(super) fn question(mark: Mark, command: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    put(&mut bytes, mark, command, &[0]);
    bytes
}

pub(super) struct Ask {
    listens: bool,
    mark: Mark,
    /// Questions and the command of their answers, the last one first.
    open: Vec<(Vec<u8>, u8)>,
    waits_for: Option<u8>,
    ear: Ear,
    answered: bool,
    other: bool,
    readings: Readings,
}

impl Ask {
    pub(super) fn new(dialect: Dialect, link: &LinkFacts) -> Self {
        let mark = if dialect == Dialect::V5x { Mark::V5x } else { Mark::Cat };
        let prefixed = |bytes: Vec<u8>| if dialect == Dialect::Prefixed { [vec![0x12], bytes].concat() } else { bytes };
        let plain = |command| (prefixed(question(mark, command)), command);
        let open = match dialect {
            Dialect::V5x => vec![(SERIAL.to_vec(), 0xA7), plain(0xB1)],
            Dialect::V5g => vec![plain(0xA8), plain(0xD3), plain(0xA3)],
            Dialect::Tiny | Dialect::Prefixed => vec![plain(0xA8), plain(0xA3)],
        };
        Self {
            listens: link.route.notify.is_some(),
            mark,
            open,
            waits_for: None,
            ear: Ear::default(),
            answered: false,
            other: false,
            readings: Readings::default(),
        }
    }

    fn next(&mut self, line: &mut Line<Self>, now: Moment) {
        match self.open.pop() {
            Some((bytes, answer)) => {
                self.waits_for = Some(answer);
                line.aside(bytes);
                line.wait(now, PATIENCE);
            }
            None if self.answered => line.end(self.readings.clone()),
            None if self.other => {
                let family = if self.mark == Mark::Cat { "cat-v5x" } else { "cat-v5g" };
                self.fail(line, Trouble::OtherLanguage { family: Some(family) });
            }
            None => self.fail(line, Trouble::Silent),
        }
    }
}

impl Script for Ask {
    type Event = Infallible;
    type Outcome = Readings;
    type Failure = Trouble;

    fn begin(&mut self, line: &mut Line<Self>, now: Moment) {
        if self.listens { self.next(line, now) } else { self.fail(line, Trouble::Silent) }
    }

    fn heard(&mut self, line: &mut Line<Self>, now: Moment, _: At, bytes: &[u8]) {
        let mut frames = self.ear.hear(bytes);
        if bytes.len() < 8 {
            frames.extend(self.ear.rest());
        }
        for frame in frames {
            read(&mut self.readings, &frame);
            self.answered |= frame.mark == self.mark;
            self.other |= frame.mark != self.mark;
            if self.waits_for == Some(frame.command) {
                self.waits_for = None;
                self.next(line, now);
            }
        }
    }

    fn moved(&mut self, _: &mut Line<Self>, _: Moment) {}

    fn expired(&mut self, line: &mut Line<Self>, now: Moment) {
        self.next(line, now);
    }

    fn cancelled(&mut self, line: &mut Line<Self>, _: Moment) {
        self.fail(line, Trouble::Cancelled);
    }

    fn failure(&self, _: &Line<Self>, why: Trouble) -> Trouble {
        why
    }
}
