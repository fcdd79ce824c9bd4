//! Printing on a `51 78` printer.
//!
//! ```text
//! padding, A3 ─▶ state ─▶ frames, held and let go by AE 10 / AE 00 ─▶ A3 ─▶ state idle ─▶ a while, A3 ─▶ still idle ─▶ Idle
//!     │ silent ─▶ is it `22 21`? ─▶ OtherLanguage
//!     └─────────── no answer at all ─▶ frames at the plan's pace ─▶ the time that the paper takes ─▶ Assumed
//! ```
//!
//! Source: section 2.2 of the family facts. The padding ends a frame that a broken job has left open; between frames it is
//! noise that the printer skips. Deliberately absent: `A3` between rows; answers would come in the middle of pauses.

use super::ask::question;
use super::decode::decode;
use super::frame::{Ear, Frame, Mark, crc8, put};
use super::status::{flow, is_busy, is_low, read};
use super::{Dialect, density};
use crate::catalogue::Model;
use crate::talk::dialogue::{Line, Progress, Script};
use crate::talk::{Completion, LinkFacts, PrintEvent, PrintFailure, Readings, Trouble};
use platen_model::{At, Bitmap, Moment};
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_millis(700);
/// How long a printer may hold the job, and how long a write may hang.
const HOLD: Duration = Duration::from_secs(60);
/// Between two looks at whether it is still printing.
const GRACE: Duration = Duration::from_millis(500);
/// Bytes in a piece: a cancelled job ends behind the one that has begun.
const PIECE: usize = 1024;
/// The paper after a cancelled job, in dots.
const TEAR: [u8; 2] = [0x60, 0];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The first question is open.
    Asking,
    /// It is still busy with something else; until the first question is asked again.
    Engaged,
    /// The temperature is asked for.
    Warmth,
    /// Nothing was heard: the question of the other language is open.
    Doubting,
    Sending,
    /// All is out; so often it said that it is idle.
    Closing(u8),
    /// Until the next question.
    Grace(u8),
    /// The paper comes out, nobody tells when.
    Paper,
    Stopping,
}

pub(super) struct Print {
    dialect: Dialect,
    prn: Vec<u8>,
    rows: u32,
    listens: bool,
    answers: bool,
    /// How often a busy printer is asked again.
    patience: u8,
    padding: usize,
    paper_takes: Duration,
    started: Moment,
    stage: Stage,
    ear: Ear,
    readings: Readings,
    progress: Progress,
}

impl Print {
    pub(super) fn new(dialect: Dialect, model: &Model, link: &LinkFacts, prn: &[u8]) -> Self {
        let decoded = decode(prn).unwrap_or_default();
        let rows = decoded.pages.iter().map(Bitmap::height).sum();
        let first = decoded.commands.iter().find(|command| command.name == "row");
        let rows_per_second = model.ble.as_ref().map_or(80, |ble| ble.rows_per_second).max(1);
        Self {
            dialect,
            prn: prn.to_vec(),
            rows,
            listens: link.route.notify.is_some(),
            answers: false,
            patience: 20,
            padding: Bitmap::stride_of(model.width_dots).saturating_add(8),
            paper_takes: Duration::from_millis(u64::from(rows) * 1000 / u64::from(rows_per_second)),
            started: Moment::default(),
            stage: Stage::Asking,
            ear: Ear::default(),
            readings: Readings::default(),
            progress: Progress::new(first.map_or(0, |row| row.offset)),
        }
    }

    fn frame(&self, bytes: Vec<u8>) -> Vec<u8> {
        if self.dialect == Dialect::Prefixed { [vec![0x12], bytes].concat() } else { bytes }
    }

    fn ask(&mut self, line: &mut Line<Self>, now: Moment, command: u8, stage: Stage) {
        let bytes = self.frame(question(Mark::Cat, command));
        self.stage = stage;
        line.aside(bytes);
        line.wait(now, PATIENCE);
    }

    /// Sends the job, as dark as the head's warmth allows.
    fn start(&mut self, line: &mut Line<Self>, now: Moment) {
        (self.stage, self.started) = (Stage::Sending, now);
        let mut prn = std::mem::take(&mut self.prn);
        if let Some(celsius) = self.readings.temperature {
            cool(&mut prn, celsius);
        }
        let mut pieces = pieces(&prn);
        let last = pieces.pop();
        pieces.into_iter().for_each(|piece| line.send(piece));
        if let Some(last) = last {
            line.send_surely(last);
        }
        line.wait(now, HOLD);
    }

    fn state(&mut self, line: &mut Line<Self>, now: Moment, state: u8) {
        self.answers = true;
        let trouble = self.readings.trouble();
        match self.stage {
            Stage::Asking if is_low(state) => self.fail(line, Trouble::LowBattery),
            Stage::Asking if is_busy(state) && self.patience == 0 => self.fail(line, Trouble::Busy),
            Stage::Asking if is_busy(state) => {
                self.patience -= 1;
                self.stage = Stage::Engaged;
                line.wait(now, GRACE);
            }
            Stage::Asking => match trouble {
                Some(trouble) => self.fail(line, trouble),
                None if self.dialect == Dialect::V5g => self.ask(line, now, 0xD3, Stage::Warmth),
                None => self.start(line, now),
            },
            // A hot head makes the printer slow, which it says with a pause; the other troubles end the job.
            Stage::Sending | Stage::Closing(_) | Stage::Grace(_) | Stage::Paper
                if matches!(trouble, Some(Trouble::NoPaper | Trouble::CoverOpen)) =>
            {
                let why = trouble.unwrap_or(Trouble::Silent);
                self.fail(line, why);
            }
            Stage::Closing(_) if is_busy(state) || trouble.is_some() => {
                self.stage = Stage::Grace(0);
                line.wait(now, GRACE);
            }
            Stage::Closing(0) => {
                self.stage = Stage::Grace(1);
                line.wait(now, GRACE);
            }
            Stage::Closing(_) => line.end(Completion::Idle),
            _ => {}
        }
    }

    fn frame_heard(&mut self, line: &mut Line<Self>, now: Moment, frame: &Frame) {
        if let Some(held) = flow(frame) {
            if held != line.courier.is_held() {
                line.courier.hold(held);
                line.tell(PrintEvent::Paused(held));
                line.wait(now, HOLD);
            }
            return;
        }
        if frame.mark == Mark::V5x {
            if matches!(self.stage, Stage::Asking | Stage::Doubting) {
                self.fail(line, Trouble::OtherLanguage { family: Some("cat-v5x") });
            }
            return;
        }
        if frame.command == 0xA3 {
            // Each answer says everything anew; only the warmth was asked for on its own.
            self.readings = Readings { temperature: self.readings.temperature, ..Readings::default() };
        }
        read(&mut self.readings, frame);
        self.progress.read(line, &self.readings);
        match (frame.command, frame.payload.first()) {
            (0xA3, Some(state)) => self.state(line, now, *state),
            (0xD3, _) if self.stage == Stage::Warmth => self.start(line, now),
            _ => {}
        }
    }
}

impl Script for Print {
    type Event = PrintEvent;
    type Outcome = Completion;
    type Failure = PrintFailure;

    fn begin(&mut self, line: &mut Line<Self>, now: Moment) {
        if self.rows == 0 {
            return self.fail(line, Trouble::NotOurs);
        }
        line.aside(vec![0; self.padding]);
        if self.listens { self.ask(line, now, 0xA3, Stage::Asking) } else { self.start(line, now) }
    }

    fn heard(&mut self, line: &mut Line<Self>, now: Moment, _: At, bytes: &[u8]) {
        for frame in self.ear.hear(bytes) {
            self.frame_heard(line, now, &frame);
        }
    }

    fn moved(&mut self, line: &mut Line<Self>, now: Moment) {
        self.progress.tell(line, line.confirmed);
        let out = line.courier.is_empty();
        match self.stage {
            Stage::Sending if out && self.answers => self.ask(line, now, 0xA3, Stage::Closing(0)),
            Stage::Sending if out => {
                self.stage = Stage::Paper;
                line.wait(now, self.paper_takes.saturating_sub(now.since(self.started)) + PATIENCE);
            }
            Stage::Sending => line.wait(now, HOLD),
            // The answer behind the last row comes when it has been printed.
            Stage::Closing(_) if out => line.wait(now, self.paper_takes + HOLD),
            Stage::Asking | Stage::Warmth | Stage::Doubting => line.wait(now, PATIENCE),
            Stage::Stopping if out => self.fail(line, Trouble::Cancelled),
            _ => {}
        }
    }

    fn expired(&mut self, line: &mut Line<Self>, now: Moment) {
        match self.stage {
            Stage::Asking => {
                self.stage = Stage::Doubting;
                line.aside(question(Mark::V5x, 0xB1));
                line.wait(now, PATIENCE);
            }
            Stage::Engaged => self.ask(line, now, 0xA3, Stage::Asking),
            Stage::Doubting | Stage::Warmth => self.start(line, now),
            Stage::Sending => {
                let why = self.readings.trouble().unwrap_or(Trouble::Silent);
                self.fail(line, why);
            }
            Stage::Grace(idle) => self.ask(line, now, 0xA3, Stage::Closing(idle)),
            Stage::Closing(_) => self.fail(line, Trouble::Silent),
            Stage::Paper => line.end(Completion::Assumed),
            Stage::Stopping => self.fail(line, Trouble::Cancelled),
        }
    }

    fn cancelled(&mut self, line: &mut Line<Self>, now: Moment) {
        if self.stage == Stage::Stopping {
            return;
        }
        let begun = self.progress.failure(line, Trouble::Cancelled).raster_begun;
        self.stage = Stage::Stopping;
        line.courier.keep_begun();
        line.courier.hold(false);
        if begun {
            // Out to where it can be torn off, and out of the lattice.
            let mut close = Vec::new();
            put(&mut close, Mark::Cat, 0xA1, &TEAR);
            line.aside(self.frame(close));
            if self.dialect == Dialect::V5g {
                let mut end = Vec::new();
                put(&mut end, Mark::Cat, 0xA6, &super::encode::LATTICE_END);
                line.aside(end);
            }
        }
        line.wait(now, HOLD);
        if line.courier.is_empty() {
            self.fail(line, Trouble::Cancelled);
        }
    }

    fn failure(&self, line: &Line<Self>, why: Trouble) -> PrintFailure {
        self.progress.failure(line, why)
    }
}

/// Where each frame of a PRN of ours begins.
fn frames(prn: &[u8]) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut at = 0;
    while at < prn.len() {
        starts.push(at);
        let head = at + usize::from(prn.get(at) == Some(&0x12));
        let length = |place: usize| prn.get(place).copied().map_or(0, usize::from);
        at = head + 8 + length(head + 4) + (length(head + 5) << 8);
    }
    starts
}

/// The PRN in pieces of whole frames.
fn pieces(prn: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for start in frames(prn) {
        if start - from >= PIECE {
            pieces.push(prn.get(from..start).unwrap_or_default().to_vec());
            from = start;
        }
    }
    pieces.push(prn.get(from..).unwrap_or_default().to_vec());
    pieces
}

/// Lowers the darkness of a V5G job to what a warm head may get.
fn cool(prn: &mut [u8], celsius: i16) {
    for start in frames(prn) {
        if let Some([0x51, 0x78, 0xF2, _, 2, 0, one, dark, crc]) = prn.get_mut(start..start + 9) {
            *dark = density::cooled(*dark, celsius);
            *crc = crc8(&[*one, *dark]);
        }
    }
}
