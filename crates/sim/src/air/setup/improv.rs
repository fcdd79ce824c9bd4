//! An Improv device: what is the same over Bluetooth and over a cable, and the Bluetooth side.

use super::place::Verdict;
use super::{Hotspot, Unboxed};
use crate::air::{Deed, Peripheral};
use platen_model::gatt::{Advertisement, Characteristic, Properties, Tree};
use platen_model::{At, Moment, Uuid};
use std::collections::VecDeque;
use std::time::Duration;

const SERVICE: u128 = 0x0046_7768_6228_2272_4663_2774_7826_8000;
/// ESPHome keeps the service this long after success.
const STAYS: Duration = Duration::from_secs(10);
/// The longest result that is sent as one packet.
const RESULT: usize = 100;

const fn at(last: u8) -> At {
    At::new(Uuid::new(SERVICE), Uuid::new(SERVICE | last as u128))
}

/// What a device tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tell {
    State(u8),
    Error(u8),
    /// A whole result: command and strings.
    Result(u8, Vec<Vec<u8>>),
    HangUp,
    /// The write that was held back is answered.
    Answer,
}

/// The brain, without a carrier.
pub(super) struct Improv {
    pub(super) printer: Unboxed,
    pub(super) state: u8,
    pub(super) error: u8,
    /// What happens when.
    timeline: VecDeque<(Moment, Tell)>,
    pub(super) holds: bool,
    pub(super) blinks: u32,
}

impl Improv {
    pub(super) fn new(printer: Unboxed) -> Self {
        let state = match &printer.faults {
            faults if faults.joined => 4,
            faults if faults.busy => 3,
            faults if faults.button.is_some() => 1,
            _ => 2,
        };
        Self { printer, state, error: 0, timeline: VecDeque::new(), holds: false, blinks: 0 }
    }

    pub(super) fn at(&mut self, when: Moment, tell: Tell) {
        let place = self.timeline.iter().position(|(other, _)| *other > when).unwrap_or(self.timeline.len());
        self.timeline.insert(place, (when, tell));
    }

    pub(super) fn connected(&mut self, now: Moment) {
        if self.state == 1
            && let Some(Some(after)) = self.printer.faults.button
        {
            self.authorise(now + after);
        }
    }

    fn authorise(&mut self, when: Moment) {
        self.at(when, Tell::State(2));
        if let Some(lasts) = self.printer.faults.authorised_for {
            self.at(when + lasts, Tell::State(1));
        }
    }

    pub(super) fn capabilities(&self) -> u8 {
        if self.printer.faults.old {
            0
        } else if self.printer.faults.no_scan {
            0b0011
        } else {
            0b0111
        }
    }

    /// A whole command.
    pub(super) fn command(&mut self, now: Moment, command: u8, data: &[u8]) {
        self.at(now, Tell::Error(0));
        match (command, self.state) {
            (1, 2) => self.join(now, data),
            (1, _) => self.at(now, Tell::Error(4)),
            (2, _) => self.blinks += 1,
            (3, _) => {
                let words = ["PlatenSim", "1.0", "ESP32", self.printer.name.as_str()];
                let count = if self.printer.faults.few_words { 2 } else { 4 };
                let words = words.iter().take(count).map(|word| word.as_bytes().to_vec()).collect();
                self.at(now, Tell::Result(3, words));
            }
            (4, _) if self.printer.faults.no_scan => self.at(now, Tell::Error(2)),
            (4, _) => self.scan(now),
            _ => self.at(now, Tell::Error(2)),
        }
    }

    fn scan(&mut self, now: Moment) {
        let when = now + Duration::from_millis(800);
        let triples = self.printer.place.seen().map(triple).collect::<Vec<_>>();
        let mut strings: Vec<Vec<u8>> = Vec::new();
        for triple in triples {
            let size: usize = strings.iter().chain(&triple).map(|string| string.len() + 1).sum();
            if size > RESULT {
                self.at(when, Tell::Result(4, std::mem::take(&mut strings)));
            }
            strings.extend(triple);
        }
        if !strings.is_empty() {
            self.at(when, Tell::Result(4, strings));
        }
        self.at(when, Tell::Result(4, Vec::new()));
    }

    fn join(&mut self, now: Moment, data: &[u8]) {
        let Some((ssid, passphrase)) = credentials(data) else { return self.at(now, Tell::Error(1)) };
        let faults = self.printer.faults.clone();
        // What was planned for the authorisation is over.
        self.timeline.retain(|(_, tell)| *tell != Tell::State(1));
        self.at(now, Tell::State(3));
        if faults.lost_after_apply {
            self.at(now, Tell::HangUp);
        }
        if faults.endless {
            return;
        }
        self.holds = faults.late_answer;
        let done = now + faults.joining;
        match self.printer.place.join(&ssid, &passphrase) {
            Verdict::Joined => {
                let itself = if faults.names_itself { format!("?id={}", self.printer.serial) } else { String::new() };
                let url = format!("http://{}/{itself}", self.printer.address);
                self.at(done, Tell::State(4));
                self.printer.joined(&ssid, None);
                if faults.late_answer {
                    self.at(done, Tell::HangUp);
                } else {
                    let url = if faults.no_address { Vec::new() } else { vec![url.into_bytes()] };
                    self.at(done, Tell::Result(1, url));
                    self.at(done + STAYS, Tell::HangUp);
                }
            }
            Verdict::WrongPassword | Verdict::NotFound => {
                let (state, error) =
                    if faults.error_first { (done + faults.apart, done) } else { (done, done + faults.apart) };
                self.at(state, Tell::State(2));
                self.at(error, Tell::Error(3));
                self.at(done, Tell::Answer);
            }
        }
    }

    /// What is due.
    pub(super) fn due(&mut self, now: Moment) -> Option<Tell> {
        if self.timeline.front().is_none_or(|(when, _)| *when > now) {
            return None;
        }
        let (_, tell) = self.timeline.pop_front()?;
        match tell {
            Tell::State(state) => self.state = state,
            Tell::Error(error) => self.error = error,
            Tell::Answer => self.holds = false,
            Tell::HangUp => self.timeline.clear(),
            Tell::Result(..) => {}
        }
        Some(tell)
    }

    pub(super) fn next(&self) -> Option<Moment> {
        self.timeline.front().map(|(when, _)| *when)
    }
}

fn triple(hotspot: &Hotspot) -> [Vec<u8>; 3] {
    let auth = match hotspot.auth {
        0 => "NO",
        1 => "WEP",
        2 => "WPA",
        4 => "WPA/WPA2",
        5 => "WPA2 EAP",
        6 => "WPA3",
        7 => "WPA2/WPA3",
        _ => "WPA2",
    };
    [hotspot.ssid.clone(), hotspot.rssi.to_string().into_bytes(), auth.as_bytes().to_vec()]
}

fn credentials(data: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (length, rest) = data.split_first()?;
    let (ssid, rest) = rest.split_at_checked(usize::from(*length))?;
    let (length, rest) = rest.split_first()?;
    (rest.len() == usize::from(*length)).then(|| (ssid.to_vec(), rest.to_vec()))
}

/// A result's bytes without a checksum.
pub(super) fn packet(command: u8, strings: &[Vec<u8>]) -> Vec<u8> {
    let data: Vec<u8> = strings
        .iter()
        .flat_map(|string| u8::try_from(string.len()).ok().into_iter().chain(string.iter().copied()))
        .collect();
    let length = u8::try_from(data.len()).unwrap_or(u8::MAX);
    [vec![command, length], data].concat()
}

pub(super) fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

/// A printer with Improv over Bluetooth.
pub struct ImprovPrinter {
    brain: Improv,
    listening: Vec<At>,
    connected: bool,
    written: Vec<u8>,
    writes: u32,
    result: Vec<u8>,
    ready: VecDeque<Deed>,
}

impl ImprovPrinter {
    /// A printer fresh from the box.
    pub fn new(printer: Unboxed) -> Self {
        Self {
            brain: Improv::new(printer),
            listening: Vec::new(),
            connected: false,
            written: Vec::new(),
            writes: 0,
            result: Vec::new(),
            ready: VecDeque::new(),
        }
    }

    /// How many times it blinked.
    pub fn blinks(&self) -> u32 {
        self.brain.blinks
    }

    fn notify(&mut self, last: u8, value: Vec<u8>) {
        if !self.connected || self.brain.printer.faults.mute || !self.listening.contains(&at(last)) {
            return;
        }
        let size = self.brain.printer.faults.split.unwrap_or(usize::from(self.brain.printer.faults.mtu) - 3);
        for piece in value.chunks(size.max(1)) {
            self.ready.push_back(Deed::Notify { at: at(last), bytes: piece.to_vec() });
        }
    }

    fn tell(&mut self, tell: Tell) {
        match tell {
            Tell::State(state) => self.notify(1, vec![state]),
            Tell::Error(error) if error == 0 || !self.brain.printer.faults.error_kept => self.notify(2, vec![error]),
            Tell::Error(_) | Tell::Answer => {}
            Tell::Result(command, strings) => {
                let mut packet = packet(command, &strings);
                packet.push(sum(&packet));
                self.result.clone_from(&packet);
                if self.brain.printer.faults.glue
                    && let Some(Deed::Notify { at: last, bytes }) = self.ready.back_mut()
                    && *last == at(4)
                {
                    bytes.extend(packet);
                    return;
                }
                self.notify(4, packet);
            }
            Tell::HangUp if self.connected => self.ready.push_back(Deed::HangUp),
            Tell::HangUp => {}
        }
    }
}

impl Peripheral for ImprovPrinter {
    fn advertisement(&self) -> Option<Advertisement> {
        // A device that has joined and let go of its service is silent.
        if self.connected || (self.brain.state == 4 && !self.brain.printer.faults.joined) {
            return None;
        }
        let data = vec![self.brain.state, self.brain.capabilities(), 0, 0, 0, 0];
        let service_data = if self.brain.printer.faults.old { Vec::new() } else { vec![(Uuid::short(0x4677), data)] };
        Some(Advertisement {
            name: Some(self.brain.printer.name.clone()),
            services: vec![Uuid::new(SERVICE)],
            service_data,
            manufacturer_data: Vec::new(),
        })
    }

    fn tree(&self) -> Tree {
        let row = |last, read, write, notify| Characteristic {
            at: at(last),
            properties: Properties { read, write, notify, ..Properties::default() },
            description: None,
        };
        Tree {
            characteristics: vec![
                row(1, true, false, true),
                row(2, true, false, true),
                row(3, false, true, false),
                row(4, true, false, true),
                row(5, true, false, false),
            ],
        }
    }

    fn mtu(&self) -> u16 {
        self.brain.printer.faults.mtu
    }

    fn connected(&mut self, now: Moment) {
        self.connected = true;
        self.writes = 0;
        self.brain.connected(now);
    }

    fn disconnected(&mut self, _now: Moment) {
        self.connected = false;
        self.listening.clear();
        self.written.clear();
        self.ready.clear();
        self.brain.holds = false;
    }

    fn listening(&mut self, _now: Moment, at: At, on: bool) {
        self.listening.retain(|other| *other != at);
        if on {
            self.listening.push(at);
        }
    }

    fn written(&mut self, now: Moment, to: At, bytes: &[u8], _confirmed: bool) -> Result<(), u8> {
        if to != at(3) {
            return Err(0x03);
        }
        if bytes.len() > usize::from(self.brain.printer.faults.mtu) - 3 {
            return Err(0x0d);
        }
        self.writes += 1;
        if self.brain.printer.faults.lost_at_write.is_some_and(|count| self.writes >= count) {
            self.ready.push_back(Deed::HangUp);
            return Ok(());
        }
        self.written.extend_from_slice(bytes);
        let whole = match self.written.as_slice() {
            [_, length, rest @ ..] => rest.len() > usize::from(*length),
            _ => false,
        };
        if whole {
            let packet = std::mem::take(&mut self.written);
            match packet.as_slice() {
                [command, _, data @ .., check] if sum(packet.get(..packet.len() - 1).unwrap_or_default()) == *check => {
                    self.brain.command(now, *command, data);
                }
                _ => self.brain.at(now, Tell::Error(1)),
            }
        }
        Ok(())
    }

    fn holds_answer(&self) -> bool {
        self.brain.holds
    }

    fn read(&mut self, _now: Moment, from: At) -> Result<Vec<u8>, u8> {
        match (1..=5).find(|last| at(*last) == from) {
            Some(1) => Ok(vec![self.brain.state]),
            Some(2) => Ok(vec![self.brain.error]),
            Some(4) => Ok(self.result.clone()),
            Some(5) => Ok(vec![self.brain.capabilities()]),
            _ => Err(0x02),
        }
    }

    fn poll(&mut self, now: Moment) -> Deed {
        while let Some(tell) = self.brain.due(now) {
            self.tell(tell);
        }
        self.ready.pop_front().unwrap_or_else(|| Deed::Wait(self.brain.next()))
    }
}
