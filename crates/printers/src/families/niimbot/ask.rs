//! Asking a printer how it is: a list of questions, each of which may stay without an answer.
//!
//! Source: section "Packets" of `docs/protocols/niimbot.md`. Deliberately absent: questions that change something.

use super::packet::{Stream, command, packet};
use super::status::{answer_to, answers, heartbeat, info, number, protocol, read};
use super::tasks::known;
use crate::talk::dialogue::{Line, Script};
use crate::talk::{LinkFacts, Readings, Trouble};
use platen_model::{At, Moment};
use std::convert::Infallible;
use std::time::Duration;

/// How long an answer may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// What is asked first in every conversation; the rest only where somebody wants to know.
const QUESTIONS: [(u8, u8); 9] = [
    (command::CONNECT, 1),
    (command::STATUS_DATA, 1),
    (command::INFO, info::MODEL),
    (command::HEARTBEAT, 1),
    (command::INFO, info::SERIAL),
    (command::INFO, info::SOFTWARE),
    (command::INFO, info::HARDWARE),
    (command::INFO, info::BATTERY),
    (command::ROLL, 1),
];

/// Questions of [`QUESTIONS`] that a print begins with.
pub(super) const OPENING: usize = 4;

/// What questions found out.
#[derive(Default)]
pub(super) struct Found {
    pub(super) readings: Readings,
    pub(super) number: Option<u16>,
    pub(super) protocol: u8,
    connected: u8,
    asked: usize,
    /// Whether the question under way was asked twice.
    again: bool,
    /// Whether it has said anything that is a packet.
    pub(super) spoken: bool,
}

/// How a question went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Went {
    /// Not answered yet.
    On,
    /// The next one, please.
    Next,
    /// The printer does not want to talk.
    Refused,
}

impl Found {
    /// The question under way; `None` after the first `most`.
    pub(super) fn question(&mut self, most: usize) -> Option<Vec<u8>> {
        if QUESTIONS.get(self.asked).is_some_and(|(asked, _)| *asked == command::STATUS_DATA) && self.connected != 3 {
            self.asked += 1;
        }
        let (asked, data) = QUESTIONS.get(self.asked).filter(|_| self.asked < most)?;
        Some(if *asked == command::HEARTBEAT { heartbeat(self.protocol) } else { packet(*asked, &[*data]) })
    }

    /// Takes a packet; anything may come at any time.
    pub(super) fn heard(&mut self, told: u8, data: &[u8]) -> Went {
        self.spoken = true;
        read(&mut self.readings, self.number, told, data);
        let Some((asked, about)) = QUESTIONS.get(self.asked) else { return Went::On };
        let expected = answer_to(*asked, &[*about]).unwrap_or(command::NOT_SUPPORTED);
        if told != command::NOT_SUPPORTED && !answers(told, expected) {
            return Went::On;
        }
        match told {
            0xC2 => {
                self.connected = data.first().copied().unwrap_or(0);
                self.protocol = protocol(self.connected, None);
                if !matches!(self.connected, 1..=3) {
                    return Went::Refused;
                }
            }
            0xB5 => self.protocol = protocol(self.connected, Some(data)),
            0x48 => {
                self.number = number(data);
                let name = self.number.and_then(|number| known(number, self.protocol)).map(|(name, _)| name.to_owned());
                self.readings.model = name.or_else(|| self.number.map(|number| number.to_string()));
            }
            _ => {}
        }
        self.next();
        Went::Next
    }

    /// The time for an answer is over; `false` when the printer says nothing at all.
    pub(super) fn expired(&mut self) -> bool {
        if self.asked > 0 {
            self.next();
            return true;
        }
        !std::mem::replace(&mut self.again, true)
    }

    fn next(&mut self) {
        self.asked += 1;
    }

    /// What silence means: bytes of another kind are another language.
    pub(super) fn silence(bytes_heard: bool) -> Trouble {
        if bytes_heard { Trouble::OtherLanguage { family: None } } else { Trouble::Silent }
    }
}

pub(super) struct Ask {
    listens: bool,
    bytes_heard: bool,
    found: Found,
    stream: Stream,
}

impl Ask {
    pub(super) fn new(link: &LinkFacts) -> Self {
        let listens = link.route.notify.is_some();
        Self { listens, bytes_heard: false, found: Found::default(), stream: Stream::default() }
    }

    fn ask(&mut self, line: &mut Line<Self>, now: Moment) {
        match self.found.question(QUESTIONS.len()) {
            Some(question) => {
                line.aside(question);
                line.wait(now, PATIENCE);
            }
            None => line.end(self.found.readings.clone()),
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
        self.bytes_heard = true;
        self.stream.push(bytes);
        while let Some((told, data)) = self.stream.next() {
            match self.found.heard(told, &data) {
                Went::On => {}
                Went::Next => self.ask(line, now),
                Went::Refused => self.fail(line, Trouble::Refused("connect".to_owned())),
            }
        }
    }

    fn moved(&mut self, _: &mut Line<Self>, _: Moment) {}

    fn expired(&mut self, line: &mut Line<Self>, now: Moment) {
        self.stream.clear();
        if self.found.expired() { self.ask(line, now) } else { self.fail(line, Found::silence(self.bytes_heard)) }
    }

    fn cancelled(&mut self, line: &mut Line<Self>, _: Moment) {
        self.fail(line, Trouble::Cancelled);
    }

    fn failure(&self, _: &Line<Self>, why: Trouble) -> Trouble {
        why
    }
}
