//! An Improv device on a cable, which also writes its log there.

use super::Unboxed;
use super::improv::{Improv, Tell, packet, sum};
use platen_model::Moment;
use std::collections::VecDeque;

/// A printer with Improv over a serial line.
pub struct SerialPrinter {
    brain: Improv,
    line: Vec<u8>,
    ready: VecDeque<Vec<u8>>,
}

impl SerialPrinter {
    /// A printer fresh from the box.
    pub fn new(printer: Unboxed) -> Self {
        // A cable is authorisation enough.
        let mut brain = Improv::new(printer);
        brain.state = if brain.printer.faults.joined { 4 } else { 2 };
        Self { brain, line: Vec::new(), ready: VecDeque::from([b"[I][app:029]: running\n".to_vec()]) }
    }

    /// Bytes arrived.
    pub fn received(&mut self, now: Moment, bytes: &[u8]) {
        self.line.extend_from_slice(bytes);
        while let Some(start) = self.line.windows(6).position(|window| window == b"IMPROV") {
            self.line.drain(..start);
            let [_, _, _, _, _, _, _, kind, length, rest @ ..] = self.line.as_slice() else { return };
            let (kind, length) = (*kind, usize::from(*length));
            let Some((data, [check, ..])) = rest.split_at_checked(length) else { return };
            let (data, check) = (data.to_vec(), *check);
            let sound = self.line.get(..length + 9).map(sum) == Some(check);
            self.line.drain(..length + 10);
            let [command, _, inside @ ..] = data.as_slice() else { continue };
            match (kind, sound, *command) {
                // Here number 2 asks for the state.
                (3, true, 2) => self.brain.at(now, Tell::State(self.brain.state)),
                (3, true, command) => self.brain.command(now, command, inside),
                _ => self.brain.at(now, Tell::Error(1)),
            }
        }
    }

    fn frame(&mut self, kind: u8, data: &[u8]) {
        let length = u8::try_from(data.len()).unwrap_or(u8::MAX);
        let mut frame = [b"IMPROV".as_slice(), &[1, kind, length], data].concat();
        frame.push(sum(&frame));
        frame.push(b'\n');
        self.ready.push_back(frame);
    }

    /// What it says next, or when it will.
    pub fn poll(&mut self, now: Moment) -> Result<Vec<u8>, Option<Moment>> {
        while let Some(tell) = self.brain.due(now) {
            match tell {
                Tell::State(state) => self.frame(1, &[state]),
                Tell::Error(error) => self.frame(2, &[error]),
                // One network a result on a cable.
                Tell::Result(4, strings) if !strings.is_empty() => {
                    for triple in strings.chunks(3) {
                        self.frame(4, &packet(4, triple));
                    }
                }
                Tell::Result(command, strings) => self.frame(4, &packet(command, &strings)),
                Tell::HangUp | Tell::Answer => {}
            }
        }
        self.ready.pop_front().ok_or(self.brain.next())
    }
}
