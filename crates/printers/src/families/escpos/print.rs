//! Printing on an ESC/POS printer over Bluetooth.
//!
//! ```text
//! padding, status ─▶ band, "paper?" ─▶ band, "paper?" ─▶ … last answer ─▶ status ─▶ Idle
//!     │                └── no answer ─▶ status ─▶ in trouble: it is waited for; well: the rest goes by time
//!     │ silent          └── at most two questions open ──┘
//!     └─▶ bands at the plan's pace ─▶ last write answered ─▶ the time that the paper takes ─▶ Assumed
//! ```
//!
//! Source: sections 2.0 and 3 of the family facts. `GS r` is answered when everything before it has been dealt with, so one
//! behind each band keeps fast writers and slow heads together, and the last answer means that the paper is out. The
//! padding is white rows for a raster that an aborted job has left open; nothing happens when there is none. Deliberately
//! absent: a question inside of a command's data.

use super::ESC;
use super::decode::decode;
use super::status::{ASK_IN_TURN, Ear, Word, ask_now, read_by_itself, read_in_turn, read_now};
use crate::catalogue::Model;
use crate::talk::dialogue::{Line, Progress, Script};
use crate::talk::{Completion, LinkFacts, PrintEvent, PrintFailure, Readings, Trouble};
use platen_model::{At, Bitmap, Moment};
use std::collections::VecDeque;
use std::time::Duration;

/// How long an answer that is given at once may take.
const PATIENCE: Duration = Duration::from_millis(1000);
/// How long a printer may go without a sign of life, beside the time that the data itself takes.
const QUIET: Duration = Duration::from_secs(3);
/// How often a printer in trouble is looked at before the job is given up: a minute in all.
const LOOKS: u32 = 20;
/// Questions open at a time: a band is printed while the next one arrives.
const WINDOW: usize = 2;
/// The slowest printer in the facts takes this many bytes a second.
const SLOWEST: u64 = 1000;
/// Rows of a band where the model does not say.
const BAND: u16 = 24;

/// What is known about questions that wait their turn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum InTurn {
    Unknown,
    Answered,
    Ignored,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Before the first byte of the job: question `n`.
    Asking(u8),
    /// Bands go out, or their answers are waited for.
    Sending,
    /// Nothing was heard for long: question `n`.
    Looking(u8),
    /// The paper comes out, nobody tells when.
    Paper,
    /// After the last byte: question `n`.
    Closing(u8),
    /// The cancelled job is being closed.
    Stopping,
}

pub(super) struct Print {
    pieces: VecDeque<Vec<u8>>,
    ours: bool,
    listens: bool,
    answers: bool,
    in_turn: InTurn,
    open: usize,
    looks: u32,
    padding: usize,
    quiet: Duration,
    paper_takes: Duration,
    started: Moment,
    stage: Stage,
    ear: Ear,
    readings: Readings,
    progress: Progress,
}

impl Print {
    pub(super) fn new(model: &Model, link: &LinkFacts, prn: &[u8]) -> Self {
        let (pieces, first_raster, rows) = pieces(prn).unwrap_or_default();
        let longest = pieces.iter().map(Vec::len).max().unwrap_or_default();
        let (band, rows_per_second) =
            model.ble.as_ref().map_or((BAND, 80), |ble| (ble.band_rows.unwrap_or(BAND), ble.rows_per_second));
        Self {
            ours: rows > 0,
            pieces,
            listens: link.route.notify.is_some(),
            answers: false,
            in_turn: InTurn::Unknown,
            open: 0,
            looks: 0,
            padding: Bitmap::stride_of(model.width_dots).saturating_mul(band.into()),
            quiet: QUIET + Duration::from_millis(longest as u64 * 2 * 1000 / SLOWEST),
            paper_takes: Duration::from_millis(u64::from(rows) * 1000 / u64::from(rows_per_second.max(1))),
            started: Moment::default(),
            stage: Stage::Asking(1),
            ear: Ear::default(),
            readings: Readings::default(),
            progress: Progress::new(first_raster),
        }
    }

    fn ask(&mut self, line: &mut Line<Self>, now: Moment, stage: Stage) {
        self.stage = stage;
        if let Stage::Asking(n) | Stage::Looking(n) | Stage::Closing(n) = stage {
            line.aside(ask_now(n).to_vec());
        }
        line.wait(now, PATIENCE);
    }

    fn start(&mut self, line: &mut Line<Self>, now: Moment) {
        self.stage = Stage::Sending;
        self.started = now;
        if !self.answers {
            self.in_turn = InTurn::Ignored;
        }
        self.send(line, now);
    }

    /// Queues as much as the printer is ready for.
    fn send(&mut self, line: &mut Line<Self>, now: Moment) {
        while self.in_turn == InTurn::Ignored || self.open < WINDOW {
            let Some(piece) = self.pieces.pop_front() else { break };
            if self.pieces.is_empty() {
                line.send_surely(piece)
            } else {
                line.send(piece)
            }
            if self.in_turn != InTurn::Ignored {
                line.aside(ASK_IN_TURN.to_vec());
                self.open += 1;
            }
        }
        line.wait(now, self.quiet);
    }

    /// Everything is out: what tells the end?
    fn drained(&mut self, line: &mut Line<Self>, now: Moment) {
        match self.in_turn {
            InTurn::Answered | InTurn::Unknown if self.open > 0 => {}
            InTurn::Answered | InTurn::Unknown => self.ask(line, now, Stage::Closing(1)),
            InTurn::Ignored => {
                self.stage = Stage::Paper;
                line.wait(now, self.paper_takes.saturating_sub(now.since(self.started)) + QUIET);
            }
        }
    }

    fn answered_now(&mut self, line: &mut Line<Self>, now: Moment, byte: u8) {
        let (Stage::Asking(n) | Stage::Looking(n) | Stage::Closing(n)) = self.stage else { return };
        if n == 1 {
            self.readings = Readings::default();
        }
        self.answers = true;
        read_now(&mut self.readings, n, byte);
        if n < 4 {
            let next = match self.stage {
                Stage::Asking(_) => Stage::Asking(n + 1),
                Stage::Looking(_) => Stage::Looking(n + 1),
                _ => Stage::Closing(n + 1),
            };
            return self.ask(line, now, next);
        }
        self.progress.read(line, &self.readings);
        match (self.stage, self.readings.trouble()) {
            (Stage::Asking(_), None) => self.start(line, now),
            (Stage::Closing(_), None) => line.end(Completion::Idle),
            // It is well, and has let the question that waits its turn go by.
            (Stage::Looking(_), None) if self.in_turn == InTurn::Unknown => self.go_by_time(line, now),
            (Stage::Looking(_), _) => {
                // A printer that waits for paper, or for its head to cool, goes on by itself.
                self.stage = Stage::Sending;
                line.wait(now, QUIET);
            }
            (_, Some(trouble)) => self.fail(line, trouble),
            _ => {}
        }
    }

    fn answered_in_turn(&mut self, line: &mut Line<Self>, now: Moment, byte: u8) {
        if self.open == 0 {
            return;
        }
        self.in_turn = InTurn::Answered;
        self.open -= 1;
        self.looks = 0;
        read_in_turn(&mut self.readings, byte);
        if let Stage::Looking(_) = self.stage {
            self.stage = Stage::Sending;
        }
        if self.stage == Stage::Sending {
            self.send(line, now);
            self.moved(line, now);
        }
    }

    /// It does not answer in turn: the rest goes out at the plan's pace.
    fn go_by_time(&mut self, line: &mut Line<Self>, now: Moment) {
        self.stage = Stage::Sending;
        self.in_turn = InTurn::Ignored;
        self.open = 0;
        self.send(line, now);
        self.moved(line, now);
    }

    /// Nothing was heard for long while bands or their answers were on the way.
    fn look(&mut self, line: &mut Line<Self>, now: Moment) {
        if !line.courier.is_empty() {
            // The write itself hangs: there is no way to ask.
            return self.fail(line, Trouble::Silent);
        }
        // One that stands still does not answer in turn either: whether it can is known only when it is well.
        if self.in_turn == InTurn::Unknown && !self.answers {
            return self.go_by_time(line, now);
        }
        self.looks += 1;
        if self.looks > LOOKS {
            let why = self.readings.trouble().unwrap_or(Trouble::Silent);
            return self.fail(line, why);
        }
        self.ask(line, now, Stage::Looking(1));
    }
}

impl Script for Print {
    type Event = PrintEvent;
    type Outcome = Completion;
    type Failure = PrintFailure;

    fn begin(&mut self, line: &mut Line<Self>, now: Moment) {
        if !self.ours {
            return self.fail(line, Trouble::NotOurs);
        }
        line.aside(vec![0; self.padding]);
        if self.listens { self.ask(line, now, Stage::Asking(1)) } else { self.start(line, now) }
    }

    fn heard(&mut self, line: &mut Line<Self>, now: Moment, _: At, bytes: &[u8]) {
        for word in self.ear.hear(bytes) {
            match word {
                Word::Now(byte) => self.answered_now(line, now, byte),
                Word::InTurn(byte) => self.answered_in_turn(line, now, byte),
                Word::ByItself(four) => {
                    read_by_itself(&mut self.readings, four);
                    self.progress.read(line, &self.readings);
                }
                Word::Stray(_) => {}
            }
        }
    }

    fn moved(&mut self, line: &mut Line<Self>, now: Moment) {
        let acknowledged = line.confirmed || self.in_turn == InTurn::Answered;
        self.progress.tell(line, acknowledged);
        match self.stage {
            Stage::Sending if self.pieces.is_empty() && line.courier.is_empty() => self.drained(line, now),
            Stage::Sending => line.wait(now, self.quiet),
            // The answer's time counts from when the question has gone out, behind the padding.
            Stage::Asking(_) | Stage::Looking(_) | Stage::Closing(_) => line.wait(now, PATIENCE),
            Stage::Stopping if line.courier.is_empty() => self.fail(line, Trouble::Cancelled),
            Stage::Stopping | Stage::Paper => {}
        }
    }

    fn expired(&mut self, line: &mut Line<Self>, now: Moment) {
        match self.stage {
            Stage::Asking(_) => self.start(line, now),
            Stage::Sending => self.look(line, now),
            Stage::Looking(_) if self.in_turn == InTurn::Unknown => self.go_by_time(line, now),
            Stage::Looking(_) => self.fail(line, Trouble::Silent),
            Stage::Paper if self.answers => self.ask(line, now, Stage::Closing(1)),
            Stage::Paper => line.end(Completion::Assumed),
            // It has answered the question behind the last band, or at least once after it.
            Stage::Closing(n) if n > 1 || self.in_turn == InTurn::Answered => line.end(Completion::Idle),
            Stage::Closing(_) => self.fail(line, Trouble::Silent),
            Stage::Stopping => self.fail(line, Trouble::Cancelled),
        }
    }

    fn cancelled(&mut self, line: &mut Line<Self>, now: Moment) {
        if self.stage == Stage::Stopping {
            return;
        }
        self.stage = Stage::Stopping;
        self.pieces.clear();
        // White rows for the raster that has begun, then nothing of it is left.
        let mut close = vec![0; line.courier.drop_rest()];
        close.extend([ESC, b'@']);
        line.aside(close);
        line.wait(now, QUIET);
    }

    fn failure(&self, line: &Line<Self>, why: Trouble) -> PrintFailure {
        self.progress.failure(line, why)
    }
}

/// The PRN cut behind each image, the place of its first image, and its rows.
fn pieces(prn: &[u8]) -> Option<(VecDeque<Vec<u8>>, usize, u32)> {
    let decoded = decode(prn).ok()?;
    let rows = decoded.pages.iter().map(Bitmap::height).sum();
    let image = |name: &str| matches!(name, "raster" | "graphics_store" | "column_image");
    let first = decoded.commands.iter().find(|command| image(command.name))?.offset;
    let (mut pieces, mut from, mut imaged) = (VecDeque::new(), 0, false);
    for command in &decoded.commands {
        // A command that prints what an image command brought belongs to it.
        if imaged && !matches!(command.name, "graphics_print" | "lf" | "feed_dots") && command.offset > from {
            pieces.push_back(prn.get(from..command.offset)?.to_vec());
            (from, imaged) = (command.offset, false);
        }
        imaged |= image(command.name);
    }
    pieces.push_back(prn.get(from..)?.to_vec());
    Some((pieces, first, rows))
}
