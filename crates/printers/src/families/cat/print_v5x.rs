//! Printing on a `22 21` printer.
//!
//! ```text
//! B1 ─▶ firmware ─▶ A7 ─▶ serial ─▶ AA ready ─▶ A2, A9 ─▶ A9 00 ─▶ rows to the other characteristic ─▶ AD
//!  │ silent ─▶ is it `51 78`? ─▶ OtherLanguage             ▲ held and let go           └─▶ A1 idle, 3 s more ─▶ Idle
//!                                                            by AE, A8, AA                 nothing for 3 s ─▶ Assumed
//! ```
//!
//! Source: section 2.2 of the family facts. The link must stay until the paper is out: printers of this kind cut a job off
//! when it goes. Deliberately absent: `A3`, which moves paper here, and grey.

use super::ask::{SERIAL, question};
use super::frame::{Ear, Frame, Mark, put};
use super::status::{flow, flow_of_notification, read};
use super::v5x::{Part, parts};
use crate::catalogue::Model;
use crate::talk::dialogue::{Line, Progress, Script};
use crate::talk::{Completion, LinkFacts, PrintEvent, PrintFailure, Readings, Trouble};
use platen_model::{At, Moment};
use std::collections::VecDeque;
use std::time::Duration;

/// What the printer needs after a connection.
const SETTLE: Duration = Duration::from_millis(200);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long it may take to get ready for a job.
const READY: Duration = Duration::from_secs(3);
/// How long a printer may hold the job, and how long a write may hang.
const HOLD: Duration = Duration::from_secs(60);
/// Quiet that means the end, and how long the link is kept after the end.
const QUIET: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Settling,
    Firmware,
    /// Nothing was heard: the question of the other language is open.
    Doubting,
    Serial,
    Ready,
    /// The job was announced.
    Announced,
    Rows,
    /// Everything of this page is out.
    Printing,
    /// It says that it is idle.
    Idle,
    Stopping,
}

/// A page: what comes before its rows, the rows, what follows.
struct Page {
    before: Vec<u8>,
    rows: Vec<u8>,
    after: Vec<u8>,
}

pub(super) struct PrintV5x {
    pages: VecDeque<Page>,
    bulk: Option<At>,
    page_takes: Duration,
    stage: Stage,
    said: bool,
    ear: Ear,
    readings: Readings,
    progress: Progress,
}

impl PrintV5x {
    pub(super) fn new(model: &Model, link: &LinkFacts, prn: &[u8]) -> Self {
        let (pages, first, rows) = pages(prn).unwrap_or_default();
        let rows_per_second = model.ble.as_ref().map_or(80, |ble| ble.rows_per_second).max(1);
        Self {
            pages,
            bulk: link.route.bulk,
            page_takes: Duration::from_millis(rows * 1000 / u64::from(rows_per_second)),
            stage: Stage::Settling,
            said: false,
            ear: Ear::default(),
            readings: Readings::default(),
            progress: Progress::new(first),
        }
    }

    fn ask(&mut self, line: &mut Line<Self>, now: Moment, bytes: Vec<u8>, stage: Stage) {
        self.stage = stage;
        line.aside(bytes);
        line.wait(now, PATIENCE);
    }

    fn announce(&mut self, line: &mut Line<Self>, now: Moment) {
        let Some(page) = self.pages.front_mut() else { return };
        let before = cooled(std::mem::take(&mut page.before), self.readings.temperature);
        self.stage = Stage::Announced;
        // Each frame is a write of its own.
        let mut rest = before.as_slice();
        while let Some((frame, more)) = rest.split_at_checked(8 + rest.get(4).copied().map_or(0, usize::from)) {
            line.send(frame.to_vec());
            rest = more;
            if rest.is_empty() {
                break;
            }
        }
        line.wait(now, PATIENCE);
    }

    fn rows(&mut self, line: &mut Line<Self>, now: Moment) {
        let (Some(page), Some(bulk)) = (self.pages.pop_front(), self.bulk) else {
            return self.fail(line, Trouble::OtherLanguage { family: None });
        };
        self.stage = Stage::Rows;
        line.courier.add(bulk, false, page.rows);
        line.send_surely(page.after);
        line.wait(now, HOLD);
    }

    fn hold(&self, line: &mut Line<Self>, now: Moment, held: bool) {
        if held != line.courier.is_held() {
            line.courier.hold(held);
            line.tell(PrintEvent::Paused(held));
            line.wait(now, HOLD);
        }
    }

    fn frame(&mut self, line: &mut Line<Self>, now: Moment, frame: &Frame) {
        if let Some(held) = flow(frame) {
            return self.hold(line, now, held);
        }
        if frame.mark == Mark::Cat {
            if matches!(self.stage, Stage::Settling | Stage::Firmware | Stage::Doubting) {
                self.fail(line, Trouble::OtherLanguage { family: Some("cat-v5g") });
            }
            return;
        }
        read(&mut self.readings, frame);
        self.progress.read(line, &self.readings);
        match (self.stage, frame.command) {
            (Stage::Firmware | Stage::Doubting, 0xB1) => self.ask(line, now, SERIAL.to_vec(), Stage::Serial),
            (Stage::Serial, 0xA7) => {
                self.stage = Stage::Ready;
                line.wait(now, READY);
            }
            (Stage::Serial | Stage::Ready, 0xAA) => self.announce(line, now),
            (Stage::Announced, 0xA9) => match frame.payload.first().copied().unwrap_or_default() {
                0 => self.rows(line, now),
                code => self.fail(line, Trouble::Refused(format!("a9 {code:02x}"))),
            },
            (_, 0xA1) => self.told(line, now),
            _ => {}
        }
    }

    /// It told its state by itself.
    fn told(&mut self, line: &mut Line<Self>, now: Moment) {
        if self.stage != Stage::Stopping
            && let Some(trouble) = self.readings.trouble()
        {
            return self.fail(line, trouble);
        }
        match (self.stage, self.readings.busy) {
            (Stage::Printing, Some(false)) => {
                self.said = true;
                self.stage = Stage::Idle;
                line.wait(now, QUIET);
            }
            (Stage::Printing | Stage::Idle, Some(true)) => {
                self.said = true;
                self.stage = Stage::Printing;
                line.wait(now, QUIET);
            }
            _ => {}
        }
    }
}

impl Script for PrintV5x {
    type Event = PrintEvent;
    type Outcome = Completion;
    type Failure = PrintFailure;

    fn begin(&mut self, line: &mut Line<Self>, now: Moment) {
        if self.pages.is_empty() {
            self.fail(line, Trouble::NotOurs);
        }
        line.wait(now, SETTLE);
    }

    fn heard(&mut self, line: &mut Line<Self>, now: Moment, _: At, bytes: &[u8]) {
        if let Some(held) = flow_of_notification(bytes) {
            return self.hold(line, now, held);
        }
        let mut frames = self.ear.hear(bytes);
        // Some answers are frames without an end.
        if bytes.len() < 8 {
            frames.extend(self.ear.rest());
        }
        for frame in frames {
            self.frame(line, now, &frame);
        }
    }

    fn moved(&mut self, line: &mut Line<Self>, now: Moment) {
        self.progress.tell(line, line.confirmed);
        match self.stage {
            Stage::Rows if line.courier.is_empty() => {
                self.stage = Stage::Printing;
                line.wait(now, QUIET);
            }
            Stage::Rows => line.wait(now, HOLD),
            Stage::Stopping if line.courier.is_empty() => self.fail(line, Trouble::Cancelled),
            _ => {}
        }
    }

    fn expired(&mut self, line: &mut Line<Self>, now: Moment) {
        match self.stage {
            Stage::Settling => self.ask(line, now, question(Mark::V5x, 0xB1), Stage::Firmware),
            // `A3` of the other language means nothing in this one.
            Stage::Firmware => self.ask(line, now, question(Mark::Cat, 0xA3), Stage::Doubting),
            Stage::Doubting | Stage::Serial | Stage::Ready | Stage::Announced | Stage::Rows => {
                self.fail(line, Trouble::Silent);
            }
            Stage::Idle | Stage::Printing if !self.pages.is_empty() => self.announce(line, now),
            Stage::Idle => line.end(Completion::Idle),
            Stage::Printing if !self.said => {
                self.said = true;
                line.wait(now, self.page_takes);
            }
            Stage::Printing => line.end(Completion::Assumed),
            Stage::Stopping => self.fail(line, Trouble::Cancelled),
        }
    }

    fn cancelled(&mut self, line: &mut Line<Self>, now: Moment) {
        if self.stage == Stage::Stopping {
            return;
        }
        // The announced rows are owed; white ones come where the picture is not wanted any more.
        let left = line.courier.drop_rest();
        if let (Stage::Rows, Some(bulk)) = (self.stage, self.bulk) {
            line.courier.hold(false);
            line.courier.add_aside(bulk, false, vec![0; left.saturating_sub(super::v5x::END.len())]);
            line.aside(super::v5x::END.to_vec());
        }
        self.stage = Stage::Stopping;
        line.wait(now, HOLD);
        if line.courier.is_empty() {
            self.fail(line, Trouble::Cancelled);
        }
    }

    fn failure(&self, line: &Line<Self>, why: Trouble) -> PrintFailure {
        self.progress.failure(line, why)
    }
}

/// The pages of a PRN, where the first row begins, and how many rows there are.
fn pages(prn: &[u8]) -> Option<(VecDeque<Page>, usize, u64)> {
    let (mut pages, mut first, mut count) = (VecDeque::new(), None, 0_u64);
    let mut before = Vec::new();
    for (offset, part) in parts(prn).ok()? {
        match part {
            Part::Rows { bytes, stride } => {
                first.get_or_insert(offset);
                count += bytes.len().checked_div(stride).unwrap_or_default() as u64;
                pages.push_back(Page { before: std::mem::take(&mut before), rows: bytes.to_vec(), after: Vec::new() });
            }
            Part::Frame { bytes, command: 0xAD, .. } => pages.back_mut()?.after.extend_from_slice(bytes),
            Part::Frame { bytes, .. } => before.extend_from_slice(bytes),
            Part::Noise(_) => return None,
        }
    }
    Some((pages, first?, count))
}

/// Less darkness for a warm head.
fn cooled(mut frames: Vec<u8>, celsius: Option<i16>) -> Vec<u8> {
    let most = match celsius {
        Some(60..) => 0x58,
        Some(50..) => 0x5A,
        _ => return frames,
    };
    if let [0x22, 0x21, 0xA2, _, 1, 0, dark, ..] = *frames.as_slice() {
        let mut frame = Vec::new();
        put(&mut frame, Mark::V5x, 0xA2, &[dark.min(most)]);
        frames.splice(..9, frame);
    }
    frames
}
