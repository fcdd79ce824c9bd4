//! A simulated Niimbot printer.
//!
//! Source: `docs/protocols/niimbot.md`. Packets are read and pages put together from the facts alone, without the product's
//! decoder, so that both are checked. A page comes out some time after its end was said, and not at all when the print is
//! ended before. Deliberately absent: the roll's motor, and firmware.

mod kind;

pub use kind::{NiimbotFaults, NiimbotKind};

use super::{Nature, Sheets, Tray};
use crate::air::{Deed, Peripheral};
use crate::error::WorldError;
use kind::Tells;
use platen_model::gatt::{Advertisement, Characteristic, Properties, Tree, Uuid};
use platen_model::{At, Bitmap, Moment};
use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

const AT: At =
    At::new(Uuid::new(0xe781_0a71_73ae_499d_8c15_faa9_aef0_c3f2), Uuid::new(0xbef8_d6c9_9c21_4c9e_b632_bd58_c100_9f9f));

struct Page {
    rows: usize,
    columns: Option<usize>,
    lines: Vec<Vec<u8>>,
}

struct Burning {
    page: Bitmap,
    from: Moment,
    until: Moment,
}

/// The printer.
pub struct NiimbotPrinter {
    name: String,
    kind: NiimbotKind,
    nature: Nature,
    faults: NiimbotFaults,
    mtu: u16,
    arrived: usize,
    kept: Vec<u8>,
    on: bool,
    connected: bool,
    listening: bool,
    started: bool,
    lose_next: bool,
    page_begun: bool,
    page: Option<Page>,
    burning: Option<Burning>,
    out: u16,
    /// Labels of the roll that are used up: its tag counts them.
    used: u16,
    cancelled: bool,
    objections: Vec<String>,
    tray: Tray,
    deeds: VecDeque<Deed>,
}

impl NiimbotPrinter {
    /// A printer of this name, which ends in its serial number.
    pub fn new(name: &str, kind: NiimbotKind, nature: Nature, faults: NiimbotFaults) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            nature,
            faults,
            mtu: 247,
            arrived: 0,
            kept: Vec::new(),
            on: true,
            connected: false,
            listening: false,
            started: false,
            lose_next: false,
            page_begun: false,
            page: None,
            burning: None,
            out: 0,
            used: 17,
            cancelled: false,
            objections: Vec::new(),
            tray: Tray::default(),
            deeds: VecDeque::new(),
        }
    }

    /// With this ATT MTU.
    pub fn with_mtu(self, mtu: u16) -> Self {
        Self { mtu, ..self }
    }

    /// Also writes its sheets as PNG files below `dir`.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub fn with_paper(self, dir: &Path) -> Result<Self, WorldError> {
        let tray = Tray::open(dir, &self.name)?;
        Ok(Self { tray, ..self })
    }

    /// What comes out.
    pub fn sheets(&self) -> Sheets {
        self.tray.sheets()
    }

    /// What it did not like without saying so: wrong counts, rows out of turn, packets that do not belong.
    pub fn objections(&self) -> &[String] {
        &self.objections
    }

    /// Whether it is switched on.
    pub fn is_on(&self) -> bool {
        self.on
    }

    /// Somebody else's label comes out.
    pub fn print_for_another(&mut self) {
        self.used += 1;
    }

    /// Whether a print was cancelled.
    pub fn was_cancelled(&self) -> bool {
        self.cancelled
    }

    /// Whether a print is open that nobody has ended.
    pub fn is_printing(&self) -> bool {
        self.started
    }

    /// Its name is its model, a hyphen and this.
    fn serial(&self) -> &str {
        self.name.rsplit_once('-').map_or(self.name.as_str(), |(_, serial)| serial)
    }

    fn say(&mut self, command: u8, data: &[u8]) {
        let mut bytes = vec![0x55, 0x55, command, u8::try_from(data.len()).unwrap_or(u8::MAX)];
        bytes.extend_from_slice(data);
        let sum = bytes[2..].iter().fold(0, |sum, byte| sum ^ byte);
        bytes.extend([sum, 0xAA, 0xAA]);
        if self.faults.babbles {
            bytes = b"\x12hello".to_vec();
        }
        if !self.connected || !self.listening {
            return;
        }
        for _ in 0..if self.nature.repeats { 2 } else { 1 } {
            for piece in bytes.chunks(self.faults.pieces.unwrap_or(bytes.len())) {
                self.deeds.push_back(Deed::Notify { at: AT, bytes: piece.to_vec() });
            }
        }
    }

    fn object(&mut self, what: &str) {
        self.objections.push(what.to_owned());
    }

    fn fail(&mut self, code: u8) {
        (self.page, self.burning) = (None, None);
        self.say(0xDB, &[code]);
    }

    fn heartbeat(&mut self, kind: u8) {
        let lid = if self.nature.cover_open { 1 - self.kind.closed } else { self.kind.closed };
        let (paper, level) = (u8::from(self.nature.paper_ends_after == Some(0)), self.nature.battery / 25);
        if self.kind.connect == 3 && kind == 4 {
            let lid = u8::from(self.nature.cover_open);
            self.say(0xD9, &[0x2e, 0xc3, level, self.nature.temperature, lid, paper, 1, 0, 0]);
            return;
        }
        let mut data = vec![0x11; self.kind.heartbeat];
        match self.kind.heartbeat {
            10 => data[8..].copy_from_slice(&[lid, level]),
            13 => data[9..].copy_from_slice(&[lid, level, paper, 1]),
            _ => data[15..].copy_from_slice(&[lid, level, paper, 1]),
        }
        self.say(0xDD, &data);
    }

    fn begin(&mut self, data: &[u8]) {
        let refused = match () {
            () if data.len() != self.kind.start => Some(0x06),
            () if self.nature.cover_open => Some(0x01),
            () if self.nature.paper_ends_after == Some(0) => Some(0x02),
            () if self.nature.battery < 5 => Some(0x03),
            () => self.faults.refuses,
        };
        match refused {
            Some(code) => self.fail(code),
            None => {
                (self.started, self.lose_next, self.out) = (true, self.faults.loses_first, 0);
                self.page_begun = !self.kind.page_start;
                self.say(0x02, &[1]);
            }
        }
    }

    fn size(&mut self, data: &[u8]) {
        let pair = |place: usize| data.get(place..place + 2).map(|two| usize::from(two[0]) << 8 | usize::from(two[1]));
        match pair(0) {
            Some(rows) if self.started && self.page_begun && data.len() == self.kind.size => {
                self.page = Some(Page { rows, columns: pair(2), lines: Vec::new() });
                self.say(0x14, &[1]);
            }
            _ => self.fail(0x06),
        }
    }

    fn row(&mut self, command: u8, data: &[u8]) {
        let Some(mut page) = self.page.take() else { return self.object("a row without a page") };
        let number = usize::from(data[0]) << 8 | usize::from(data[1]);
        if number != page.lines.len() {
            self.object("a row out of turn");
        }
        let (repeat, line) = match command {
            0x84 => (data[2], Vec::new()),
            0x85 => (data[5], data[6..].to_vec()),
            _ => {
                if data.len() > 6 + 2 * 6 {
                    (self.on, self.page) = (false, None);
                    self.deeds.push_back(Deed::HangUp);
                    return;
                }
                let mut line = Vec::new();
                for two in data[6..].chunks_exact(2) {
                    let place = usize::from(two[0]) << 8 | usize::from(two[1]);
                    line.resize(line.len().max(place / 8 + 1), 0_u8);
                    line[place / 8] |= 0x80 >> (place % 8);
                }
                (data[5], line)
            }
        };
        if command != 0x84 {
            let black: u32 = line.iter().map(|byte| byte.count_ones()).sum();
            let (thirds, whole) = (
                data[2..5].iter().map(|count| u32::from(*count)).sum::<u32>(),
                u32::from(data[3]) | u32::from(data[4]) << 8,
            );
            if black != thirds && (data[2] != 0 || black != whole) || self.kind.check_lines && black != whole {
                self.object("counts that are not those of the row");
            }
        }
        if repeat == 0 {
            self.object("a row that comes not even once");
        }
        page.lines.extend((0..repeat).map(|_| line.clone()));
        if page.lines.len() > page.rows {
            self.object("more rows than were announced");
        }
        self.page = Some(page);
    }

    fn end_page(&mut self, now: Moment) {
        if let Some(burning) = &self.burning {
            let out = now >= burning.until;
            return self.say(0xE4, &[u8::from(out)]);
        }
        if self.kind.tells == Tells::PageEnd && self.out > 0 {
            return self.say(0xE4, &[1]);
        }
        let Some(page) = self.page.take().filter(|page| page.lines.len() == page.rows && page.rows > 0) else {
            return self.fail(0x06);
        };
        let wide = page.lines.iter().map(Vec::len).max().unwrap_or(0) * 8;
        let columns = page.columns.unwrap_or(wide).max(1);
        let mut sheet = Bitmap::white(columns as u32, page.rows as u32);
        for (y, line) in (0..).zip(&page.lines) {
            for (to, from) in sheet.row_mut(y).iter_mut().zip(line) {
                *to = *from;
            }
        }
        let bytes = u64::try_from(sheet.bytes().len()).unwrap_or(u64::MAX);
        let span = Duration::from_millis(bytes * 1000 / u64::from(self.nature.bytes_per_second.max(1)));
        self.burning = Some(Burning { page: sheet, from: now, until: now + span });
        self.say(0xE4, &[u8::from(self.kind.tells != Tells::PageEnd)]);
    }

    fn status(&mut self, now: Moment) {
        let (pages, part) = match &self.burning {
            Some(burning) => {
                let whole = burning.until.since(burning.from).as_millis().max(1);
                (0, u8::try_from((now.since(burning.from).as_millis() * 100 / whole).min(99)).unwrap_or(99))
            }
            None => (self.out, if self.out > 0 { 100 } else { 0 }),
        };
        // One that lies counts the page when it begins.
        let pages = if self.nature.lies { 1 } else { pages };
        let [high, low] = pages.to_be_bytes();
        self.say(0xB3, &[high, low, part, part / 100 * 100, 0, 0, 0, 0, 0, 0]);
    }

    fn obey(&mut self, now: Moment, lead: bool, command: u8, data: &[u8]) {
        if std::mem::take(&mut self.lose_next) {
            return;
        }
        // What is too short to be what it says is not obeyed.
        let least = match command {
            0x84 => 3,
            0x83 | 0x85 => 6,
            0x86 => 2,
            _ => 0,
        };
        if self.faults.falls_silent && self.burning.is_some() || data.len() < least {
            return;
        }
        match command {
            0xC1 if lead => self.say(0xC2, &[self.kind.connect]),
            0xC1 => self.object("C1 without 03 in front"),
            0xA5 => {
                let [eleven, twelve] = self.kind.version;
                self.say(0xB5, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, eleven, twelve]);
            }
            0x40 => match data {
                [8] => self.say(0x48, &self.kind.number.to_be_bytes()),
                [9] => self.say(0x49, &[5, 12]),
                [10] => self.say(0x4A, &[self.nature.battery / 25]),
                [11] => {
                    let serial = self.serial().to_owned();
                    self.say(0x4B, serial.as_bytes());
                }
                [12] => self.say(0x4C, &[2, 1]),
                _ => self.say(0x00, &[0]),
            },
            0x1A => {
                let [high, low] = self.used.to_be_bytes();
                self.say(0x1B, &[1, 2, 3, 4, 5, 6, 7, 8, 2, b'4', b'2', 1, b'S', 0, 230, high, low, 1]);
            }
            0xDC => self.heartbeat(data.first().copied().unwrap_or(1)),
            0x21 => self.say(0x31, &[u8::from(data.first().is_some_and(|d| (1..=self.kind.most_density).contains(d)))]),
            0x23 => self.say(0x33, &[1]),
            0x01 => self.begin(data),
            0x20 => self.say(0x30, &[1]),
            0x03 if self.faults.not_yet > 0 => {
                self.faults.not_yet -= 1;
                self.say(0x04, &[0]);
            }
            0x03 => {
                self.page_begun = self.started;
                self.say(0x04, &[u8::from(self.started)]);
            }
            0x13 => self.size(data),
            0x15 => self.say(0x16, &[1]),
            0x83..=0x85 => self.row(command, data),
            0x86 => {
                let number = usize::from(data[0]) << 8 | usize::from(data[1]);
                if !self.kind.check_lines || self.page.as_ref().map(|page| page.lines.len()) != Some(number + 1) {
                    self.object("a check that does not belong here");
                }
                self.say(0xD3, data);
            }
            0xA3 => self.status(now),
            0xE3 => self.end_page(now),
            0xF3 => {
                let waits = self.kind.tells == Tells::PrintEnd && self.burning.is_some();
                if !waits {
                    // Whatever is not out yet will not come.
                    (self.burning, self.started, self.page) = (None, false, None);
                    self.lose_next = self.faults.loses_first;
                }
                self.say(0xF4, &[u8::from(!waits)]);
            }
            0xDA => {
                (self.burning, self.page, self.cancelled) = (None, None, true);
                self.say(0xD0, &[1]);
            }
            _ => self.say(0x00, &[0]),
        }
    }

    fn work(&mut self, now: Moment) {
        let Some(burning) = &self.burning else { return };
        let half = burning.from + burning.until.since(burning.from) / 2;
        let fault = match self.nature {
            Nature { paper_ends_after: Some(_), .. } => Some(0x08),
            Nature { overheats_after: Some(_), .. } => Some(0x07),
            _ => self.faults.fails,
        };
        if let Some(code) = fault.filter(|_| now >= half) {
            self.fail(code);
        } else if now >= burning.until && !self.faults.falls_silent {
            if let Some(burning) = self.burning.take() {
                self.tray.put(burning.page);
            }
            self.out += 1;
            self.used += 1;
            if self.kind.tells == Tells::PageIndex {
                self.say(0xE0, &self.out.to_be_bytes());
            }
        }
    }
}

impl Peripheral for NiimbotPrinter {
    fn advertisement(&self) -> Option<Advertisement> {
        let name = Some(self.name.clone());
        (self.on && !self.connected).then(|| Advertisement { name, ..Advertisement::default() })
    }

    fn tree(&self) -> Tree {
        let properties = Properties { write_without_response: true, notify: true, ..Properties::default() };
        Tree { characteristics: vec![Characteristic { at: AT, properties, description: None }] }
    }

    fn mtu(&self) -> u16 {
        self.mtu
    }

    fn connected(&mut self, _: Moment) {
        self.connected = true;
    }

    fn disconnected(&mut self, _: Moment) {
        (self.connected, self.listening) = (false, false);
        self.kept.clear();
        self.deeds.clear();
    }

    fn listening(&mut self, _: Moment, at: At, on: bool) {
        self.listening = on && at == AT;
    }

    fn written(&mut self, now: Moment, at: At, bytes: &[u8], confirmed: bool) -> Result<(), u8> {
        self.work(now);
        if at != AT || confirmed {
            return Err(0x03);
        }
        let most = self.nature.hangs_up_after.map_or(usize::MAX, |most| most.saturating_sub(self.arrived));
        self.arrived += bytes.len();
        self.kept.extend_from_slice(bytes.get(..most).unwrap_or(bytes));
        let mut lead = false;
        loop {
            match frame(&self.kept) {
                Frame::Whole(command, data, length) => {
                    self.kept.drain(..length);
                    self.obey(now, lead, command, &data);
                    lead = false;
                }
                Frame::Skip => lead = self.kept.remove(0) == 3,
                Frame::Wait => break,
            }
        }
        if bytes.len() >= most {
            self.deeds.push_back(Deed::HangUp);
        }
        Ok(())
    }

    fn read(&mut self, _: Moment, _: At) -> Result<Vec<u8>, u8> {
        Err(0x02)
    }

    fn poll(&mut self, now: Moment) -> Deed {
        self.work(now);
        let due = self.burning.as_ref().filter(|_| !self.faults.falls_silent);
        // Whatever happens on the way happens at the middle or at the end.
        let next = |burning: &Burning| {
            let half = burning.from + burning.until.since(burning.from) / 2;
            if half > now { half } else { burning.until.max(now + Duration::from_millis(1)) }
        };
        self.deeds.pop_front().unwrap_or_else(|| Deed::Wait(due.map(next)))
    }
}

enum Frame {
    Whole(u8, Vec<u8>, usize),
    /// One byte that is not the beginning of a packet.
    Skip,
    Wait,
}

/// 55 55, command, length, data, sum, AA AA.
fn frame(bytes: &[u8]) -> Frame {
    match bytes {
        [] | [0x55] | [0x55, 0x55] | [0x55, 0x55, _] => Frame::Wait,
        [0x55, 0x55, command, length, rest @ ..] => {
            let count = usize::from(*length);
            let Some((data, tail)) = rest.split_at_checked(count) else { return Frame::Wait };
            let Some(tail) = tail.first_chunk::<3>() else { return Frame::Wait };
            let sum = data.iter().fold(command ^ length, |sum, byte| sum ^ byte);
            if *tail == [sum, 0xAA, 0xAA] { Frame::Whole(*command, data.to_vec(), count + 7) } else { Frame::Skip }
        }
        _ => Frame::Skip,
    }
}
