//! Printing: the packets of a PRN one after the other, an answer for each that has one, and then the printer's word that the
//! label is out.
//!
//! ```text
//!   opening (C1, A5, model, heartbeat) ─▶ packets up to E3 ─▶ outcome (A3 / E0 / F3 / E3, by dialect) ─▶ F3 ─▶ done
//!   an error, silence or a cancel ─▶ DA or heartbeat ─▶ F3 ─▶ failed
//! ```
//!
//! Source: section "Print tasks" of `docs/protocols/niimbot.md`. Deliberately absent: printing what was refused once more; that is
//! for whoever runs the queue to decide.

use super::ask::{Found, OPENING, PATIENCE, Went};
use super::packet::{Reading, Stream, command, packet, pair, read};
use super::status::{Far, answer_to, answers, far, heartbeat, trouble};
use super::tasks::{Done, Task, known};
use crate::talk::dialogue::{Line, Progress, Script};
use crate::talk::{Completion, LinkFacts, PrintEvent, PrintFailure, Trouble};
use platen_model::{At, Moment};
use std::time::Duration;

/// How long an answer may take that waits for paper.
const PAGE_PATIENCE: Duration = Duration::from_secs(10);
/// How long nothing may change on a page that is being printed: heads rest when they are warm.
const STUCK: Duration = Duration::from_secs(60);
const BETWEEN_POLLS: Duration = Duration::from_millis(300);
const BETWEEN_TRIES: Duration = Duration::from_millis(500);
/// Tries to begin a page that the printer refuses.
const TRIES: u8 = 5;
/// Equal answers after which a page that is counted, but not said to be at 100 %, is out.
const STEADY: u8 = 10;

/// What is waited for.
enum Stage {
    Opening,
    /// The answer to the packet before `next`.
    Answer(u8),
    /// The answer to a question after the page.
    Poll(u8),
    /// The time to ask again.
    Pause(u8),
    /// Its number, told by itself.
    PageIndex,
    /// A heartbeat that explains why nothing goes on.
    Explaining,
    /// The answer to the last word; then it fails with this.
    Ending(Trouble),
}

pub(super) struct Print {
    task: &'static Task,
    listens: bool,
    prn: Vec<u8>,
    /// Packets of the PRN: command and length.
    packets: Vec<(u8, usize)>,
    next: usize,
    at: usize,
    pages: usize,
    pages_done: usize,
    stage: Stage,
    tries: u8,
    /// The last word about the page, when it changed, and how often it came since.
    last: Option<Far>,
    changed: Moment,
    steady: u8,
    /// Whether the page's number came before the answer to its end.
    index_told: bool,
    completion: Completion,
    bytes_heard: bool,
    found: Found,
    stream: Stream,
    progress: Progress,
}

impl Print {
    pub(super) fn new(task: &'static Task, link: &LinkFacts, prn: Vec<u8>) -> Self {
        let (mut packets, mut at, mut first_row, mut sound) = (Vec::new(), 0_usize, None, true);
        while let Some(rest) = prn.get(at..).filter(|rest| !rest.is_empty()) {
            let Reading::Whole(packet) = read(rest) else {
                sound = false;
                break;
            };
            if matches!(packet.command, command::DOTS | command::BLANK | command::BITS) {
                first_row.get_or_insert(at);
            }
            packets.push((packet.command, packet.length));
            at = at.saturating_add(packet.length);
        }
        let pages = packets.iter().filter(|(command, _)| *command == command::PAGE_END).count();
        let ends = packets.last().is_some_and(|(command, _)| *command == command::PRINT_END);
        if !sound || !ends || pages == 0 {
            packets.clear();
        }
        Self {
            task,
            listens: link.route.notify.is_some(),
            progress: Progress::new(first_row.unwrap_or(prn.len())),
            prn,
            packets,
            next: 0,
            at: 0,
            pages,
            pages_done: 0,
            stage: Stage::Opening,
            tries: 0,
            last: None,
            changed: Moment::default(),
            steady: 0,
            index_told: false,
            completion: Completion::Said,
            bytes_heard: false,
            found: Found::default(),
            stream: Stream::default(),
        }
    }

    fn open(&mut self, line: &mut Line<Self>, now: Moment) {
        if let Some(question) = self.found.question(OPENING) {
            line.aside(question);
            line.wait(now, PATIENCE);
            return;
        }
        self.progress.read(line, &self.found.readings);
        let wants =
            self.found.number.and_then(|number| known(number, self.found.protocol)).and_then(|(_, family)| family);
        match wants {
            Some(family) if family != self.task.family => {
                self.fail(line, Trouble::OtherLanguage { family: Some(family) });
            }
            _ => self.go_on(line, now),
        }
    }

    /// Sends up to the next packet that is answered.
    fn go_on(&mut self, line: &mut Line<Self>, now: Moment) {
        self.tries = 0;
        while let Some(&(command, length)) = self.packets.get(self.next) {
            if command == command::PAGE_END {
                (self.changed, self.index_told) = (now, false);
            }
            let end = self.at.saturating_add(length);
            line.send(self.prn.get(self.at..end).unwrap_or_default().to_vec());
            (self.at, self.next) = (end, self.next.saturating_add(1));
            if command == command::PRINT_END && self.task.loses_first {
                line.aside(heartbeat(1));
            }
            if answer_to(command, &[]).is_some() {
                self.stage = Stage::Answer(command);
                line.wait(now, patience(command));
                return;
            }
        }
        line.end(self.completion);
    }

    /// The packet before `next` once more.
    fn again(&mut self, line: &mut Line<Self>, now: Moment, command: u8) {
        line.aside(packet(command, &[1]));
        self.stage = Stage::Answer(command);
        line.wait(now, patience(command));
    }

    /// An answer to a packet of the PRN. `fine`: it was not refused.
    fn answered(&mut self, line: &mut Line<Self>, now: Moment, command: u8, fine: bool) {
        self.progress.tell(line, true);
        match command {
            command::PRINT_START if !fine => self.stop(line, now, Trouble::Busy),
            command::PAGE_START if !fine => {
                self.tries = self.tries.saturating_add(1);
                if self.tries > TRIES { self.stop(line, now, Trouble::Busy) } else { self.pause(line, now, command) }
            }
            command::PAGE_SIZE | command::QUANTITY | command::CLEAR if !fine => {
                self.stop(line, now, Trouble::Refused(format!("{command:02X}")));
            }
            command::PRINT_START if self.task.loses_first => {
                line.aside(packet(command::STATUS, &[1]));
                self.go_on(line, now);
            }
            command::PAGE_END => match self.task.done {
                Done::Status => self.poll_printer(line, now, command::STATUS),
                Done::PrintEnd => self.poll_printer(line, now, command::PRINT_END),
                Done::PageIndex if self.index_told => self.page_is_out(line, now),
                Done::PageIndex => {
                    self.stage = Stage::PageIndex;
                    line.wait(now, STUCK);
                }
                Done::PageEnd if fine => self.page_is_out(line, now),
                Done::PageEnd => self.pause(line, now, command),
            },
            // Whether density and label type please it is not worth a label: it prints all the same.
            _ => self.go_on(line, now),
        }
    }

    fn poll_printer(&mut self, line: &mut Line<Self>, now: Moment, command: u8) {
        line.aside(packet(command, &[1]));
        self.stage = Stage::Poll(command);
        line.wait(now, PAGE_PATIENCE);
    }

    /// Asks again after a while, unless nothing has changed for too long.
    fn pause(&mut self, line: &mut Line<Self>, now: Moment, command: u8) {
        if command != command::PAGE_START && now.since(self.changed) > STUCK {
            self.explain(line, now);
            return;
        }
        self.stage = Stage::Pause(command);
        line.wait(now, if command == command::STATUS { BETWEEN_POLLS } else { BETWEEN_TRIES });
    }

    fn page_is_out(&mut self, line: &mut Line<Self>, now: Moment) {
        self.pages_done = self.pages_done.saturating_add(1);
        (self.last, self.steady) = (None, 0);
        self.tell_paper(line, 0.0);
        if self.task.done == Done::PrintEnd {
            // The print has ended with the word that its page is out.
            self.at = self.at.saturating_add(self.packets.get(self.next).map_or(0, |(_, length)| *length));
            self.next = self.next.saturating_add(1);
        }
        self.go_on(line, now);
    }

    #[allow(clippy::cast_precision_loss)] // pages of a job, far below 2^24
    fn tell_paper(&self, line: &mut Line<Self>, part: f32) {
        line.tell(PrintEvent::OnPaper(((self.pages_done as f32 + part) / self.pages.max(1) as f32).min(1.0)));
    }

    fn status(&mut self, line: &mut Line<Self>, now: Moment, far: Far) {
        if self.last == Some(far) {
            self.steady = self.steady.saturating_add(1);
        } else {
            (self.last, self.changed, self.steady) = (Some(far), now, 0);
            self.tell_paper(line, f32::from(far.printed.min(100)) / 100.0);
        }
        if far.pages >= 1 && far.printed >= 100 && far.fed >= 100 {
            self.page_is_out(line, now);
        } else if far.pages >= 1 && self.steady >= STEADY {
            self.completion = Completion::Idle;
            self.page_is_out(line, now);
        } else {
            self.pause(line, now, command::STATUS);
        }
    }

    /// Nothing goes on: asks how the printer is, and ends with what it says.
    fn explain(&mut self, line: &mut Line<Self>, now: Moment) {
        leave(line);
        line.aside(heartbeat(self.found.protocol));
        self.stage = Stage::Explaining;
        line.wait(now, PATIENCE);
    }

    /// Ends the print at the printer, then fails.
    fn stop(&mut self, line: &mut Line<Self>, now: Moment, why: Trouble) {
        leave(line);
        line.aside(packet(command::PRINT_END, &[1]));
        self.stage = Stage::Ending(why);
        line.wait(now, PATIENCE);
    }

    fn packet(&mut self, line: &mut Line<Self>, now: Moment, told: u8, data: &[u8]) {
        if matches!(self.stage, Stage::Opening) && told != command::FAILED {
            match self.found.heard(told, data) {
                Went::On => {}
                Went::Next => self.open(line, now),
                Went::Refused => self.fail(line, Trouble::Refused("connect".to_owned())),
            }
            return;
        }
        self.found.heard(told, data);
        self.progress.read(line, &self.found.readings);
        let error = match told {
            command::FAILED => data.first().copied(),
            0xB3 => far(data).map(|far| far.error).filter(|error| *error != 0),
            _ => None,
        };
        let fine = data.first() != Some(&0);
        match &self.stage {
            Stage::Ending(why) if told == 0xF4 || error.is_some() => {
                let why = why.clone();
                self.fail(line, why);
            }
            Stage::Ending(_) => {}
            _ if error.is_some() => self.stop(line, now, trouble(error.unwrap_or_default())),
            Stage::Explaining if answers(told, 0xDD) => {
                let why = self.found.readings.trouble().unwrap_or(Trouble::Silent);
                self.stop(line, now, why);
            }
            Stage::Answer(command::PAGE_END) if told == command::PAGE_INDEX => self.index_told = true,
            Stage::Answer(command) => {
                let command = *command;
                if told == command::NOT_SUPPORTED && matches!(command, command::DENSITY | command::LABEL_TYPE) {
                    self.go_on(line, now);
                } else if told == command::NOT_SUPPORTED {
                    self.stop(line, now, Trouble::Refused(format!("{command:02X}")));
                } else if answer_to(command, &[]) == Some(told) {
                    self.answered(line, now, command, fine);
                }
            }
            Stage::Poll(command::STATUS) if told == 0xB3 => match far(data) {
                Some(far) => self.status(line, now, far),
                None => self.pause(line, now, command::STATUS),
            },
            Stage::Poll(command::PRINT_END) if told == 0xF4 => {
                if fine {
                    self.page_is_out(line, now)
                } else {
                    self.pause(line, now, command::PRINT_END)
                }
            }
            Stage::PageIndex if told == command::PAGE_INDEX && pair(data).is_some_and(|page| page >= 1) => {
                self.page_is_out(line, now);
            }
            _ => {}
        }
    }
}

/// Forgets what has not gone out; a packet that has begun is filled up, so that the printer finds the next one.
fn leave(line: &mut Line<Print>) {
    let left = line.courier.drop_rest();
    line.aside(vec![0; left]);
}

fn patience(command: u8) -> Duration {
    match command {
        command::DENSITY | command::LABEL_TYPE | command::PRINT_START | command::PRINT_END => PATIENCE,
        _ => PAGE_PATIENCE,
    }
}

impl Script for Print {
    type Event = PrintEvent;
    type Outcome = Completion;
    type Failure = PrintFailure;

    fn begin(&mut self, line: &mut Line<Self>, now: Moment) {
        if self.packets.is_empty() {
            self.fail(line, Trouble::NotOurs);
        } else if self.listens {
            self.open(line, now);
        } else {
            // Without answers nobody can know what comes out.
            self.fail(line, Trouble::Silent);
        }
    }

    fn heard(&mut self, line: &mut Line<Self>, now: Moment, _: At, bytes: &[u8]) {
        self.bytes_heard = true;
        self.stream.push(bytes);
        while let Some((told, data)) = self.stream.next() {
            if line.is_over() {
                return;
            }
            self.packet(line, now, told, &data);
        }
    }

    fn moved(&mut self, line: &mut Line<Self>, now: Moment) {
        self.progress.tell(line, false);
        // An answer has its time from the last write on, not from when the rows before it were queued.
        if let Stage::Answer(command) = self.stage {
            line.wait(now, patience(command));
        }
    }

    fn expired(&mut self, line: &mut Line<Self>, now: Moment) {
        self.stream.clear();
        match &self.stage {
            Stage::Opening => {
                if self.found.expired() {
                    self.open(line, now);
                } else {
                    self.fail(line, Found::silence(self.bytes_heard));
                }
            }
            Stage::Pause(command) => {
                let command = *command;
                if matches!(command, command::STATUS | command::PRINT_END) {
                    self.poll_printer(line, now, command);
                } else {
                    self.again(line, now, command);
                }
            }
            // The label is out and nothing depends on the answer to the last word.
            Stage::Answer(command::PRINT_END) => self.go_on(line, now),
            Stage::Poll(command) if self.tries == 0 => {
                let command = *command;
                self.tries = 1;
                self.poll_printer(line, now, command);
            }
            Stage::Answer(_) | Stage::Poll(_) | Stage::PageIndex => self.explain(line, now),
            Stage::Explaining => self.stop(line, now, Trouble::Silent),
            Stage::Ending(why) => {
                let why = why.clone();
                self.fail(line, why);
            }
        }
    }

    fn cancelled(&mut self, line: &mut Line<Self>, now: Moment) {
        if matches!(self.stage, Stage::Opening) {
            self.fail(line, Trouble::Cancelled);
        } else if !matches!(self.stage, Stage::Ending(_)) {
            leave(line);
            line.aside(packet(command::CANCEL, &[1]));
            line.aside(packet(command::PRINT_END, &[1]));
            self.stage = Stage::Ending(Trouble::Cancelled);
            line.wait(now, PATIENCE);
        }
    }

    fn failure(&self, line: &Line<Self>, why: Trouble) -> PrintFailure {
        self.progress.failure(line, why)
    }
}
