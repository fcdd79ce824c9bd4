//! Asking an ESC/POS printer how it is: the four questions that are answered at once, one after the other.
//!
//! Source: section 3 of the family facts. Many pocket printers answer none of them; then nothing is known, and that is what
//! is said. Deliberately absent: `GS I` (names and serial numbers), which clones answer with the chip maker's own.

use super::status::{Ear, Word, ask_now, read_by_itself, read_now};
use crate::talk::dialogue::{Line, Script};
use crate::talk::{LinkFacts, Readings, Trouble};
use platen_model::{At, Moment};
use std::convert::Infallible;
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_millis(1000);

pub(super) struct Ask {
    listens: bool,
    question: u8,
    answered: bool,
    ear: Ear,
    readings: Readings,
}

impl Ask {
    pub(super) fn new(link: &LinkFacts) -> Self {
        let listens = link.route.notify.is_some();
        Self { listens, question: 1, answered: false, ear: Ear::default(), readings: Readings::default() }
    }

    fn ask(&self, line: &mut Line<Self>, now: Moment) {
        line.aside(ask_now(self.question).to_vec());
        line.wait(now, PATIENCE);
    }

    fn next(&mut self, line: &mut Line<Self>, now: Moment) {
        self.question += 1;
        if self.question <= 4 {
            self.ask(line, now);
        } else {
            line.end(self.readings.clone());
        }
    }
}

impl Script for Ask {
    type Event = Infallible;
    type Outcome = Readings;
    type Failure = Trouble;

    fn begin(&mut self, line: &mut Line<Self>, now: Moment) {
        if self.listens { self.ask(line, now) } else { self.fail(line, Trouble::Silent) }
    }

    fn heard(&mut self, line: &mut Line<Self>, now: Moment, _: At, bytes: &[u8]) {
        for word in self.ear.hear(bytes) {
            match word {
                Word::Now(byte) if self.question <= 4 => {
                    self.answered = true;
                    read_now(&mut self.readings, self.question, byte);
                    self.next(line, now);
                }
                Word::ByItself(four) => read_by_itself(&mut self.readings, four),
                Word::Now(_) | Word::InTurn(_) | Word::Stray(_) => {}
            }
        }
    }

    fn moved(&mut self, _: &mut Line<Self>, _: Moment) {}

    fn expired(&mut self, line: &mut Line<Self>, now: Moment) {
        if self.answered { self.next(line, now) } else { self.fail(line, Trouble::Silent) }
    }

    fn cancelled(&mut self, line: &mut Line<Self>, _: Moment) {
        self.fail(line, Trouble::Cancelled);
    }

    fn failure(&self, _: &Line<Self>, why: Trouble) -> Trouble {
        why
    }
}
