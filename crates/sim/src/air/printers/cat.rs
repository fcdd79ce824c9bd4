//! A simulated Cat printer, `51 78`.
//!
//! Source: `docs/protocols/cat.md`. Frames are obeyed when the head has taken them; flow control by `AE` follows the memory.
//! Deliberately absent: what darkness looks like; the last one that was asked for is kept.

use super::frames::{Framer, answer};
use super::{Buffer, Nature, Sheets, Stop, Tray};
use crate::air::{Deed, Peripheral};
use crate::error::WorldError;
use platen_model::gatt::{Advertisement, Characteristic, Properties, Tree, Uuid};
use platen_model::{At, Moment};
use platen_printers::family;
use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

const SERVICE: Uuid = Uuid::short(0xae30);
const WRITE: At = At::new(SERVICE, Uuid::short(0xae01));
const NOTIFY: At = At::new(SERVICE, Uuid::short(0xae02));
const MARK: [u8; 2] = [0x51, 0x78];
/// How long the motor runs on.
const LAG: Duration = Duration::from_millis(400);

/// The printer.
pub struct CatPrinter {
    name: String,
    nature: Nature,
    mtu: u16,
    /// Whether it answers and says pause and resume.
    speaks: bool,
    bulk: bool,
    /// Says once, between two rows, that it has nothing to do.
    hasty: bool,
    buffer: Buffer,
    head: Framer,
    sheet: Vec<u8>,
    tray: Tray,
    held: bool,
    moving_until: Moment,
    darkness: Option<u8>,
    connected: bool,
    listening: bool,
    deeds: VecDeque<Deed>,
}

impl CatPrinter {
    /// A printer of this name.
    pub fn new(name: &str, nature: Nature) -> Self {
        Self {
            name: name.to_owned(),
            nature,
            mtu: 247,
            speaks: true,
            bulk: false,
            hasty: false,
            buffer: Buffer::new(),
            head: Framer::new(MARK),
            sheet: Vec::new(),
            tray: Tray::default(),
            held: false,
            moving_until: Moment::default(),
            darkness: None,
            connected: false,
            listening: false,
            deeds: VecDeque::new(),
        }
    }

    /// With this ATT MTU.
    pub fn with_mtu(self, mtu: u16) -> Self {
        Self { mtu, ..self }
    }

    /// One that never says anything.
    pub fn silent(self) -> Self {
        Self { speaks: false, ..self }
    }

    /// One that was asked between two rows, and says that it is idle when it is not; the next answer is true.
    pub fn hasty(self) -> Self {
        Self { hasty: true, ..self }
    }

    /// One whose radio also has the characteristic for rows that other printers of its name use.
    pub fn with_bulk(self) -> Self {
        Self { bulk: true, ..self }
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

    /// Bytes that did not fit into its memory.
    pub fn lost(&self) -> usize {
        self.buffer.lost
    }

    /// The darkness that `F2` asked for last.
    pub fn darkness(&self) -> Option<u8> {
        self.darkness
    }

    /// From now on the link holds.
    pub fn heal(&mut self) {
        self.nature.hangs_up_after = None;
    }

    /// Somebody tears off what is on paper.
    pub fn tear_off(&mut self) {
        let frames = std::mem::take(&mut self.sheet);
        if let Some(Ok(decoded)) = family("cat").map(|family| family.decode(&frames)) {
            decoded.pages.into_iter().for_each(|page| self.tray.put(page));
        }
    }

    fn tell(&mut self, command: u8, payload: &[u8]) {
        if !(self.connected && self.listening && self.speaks) {
            return;
        }
        let bytes = answer(MARK, command, payload);
        for _ in 0..if self.nature.repeats { 2 } else { 1 } {
            // What does not fit into one notification comes in two.
            for piece in bytes.chunks(usize::from(self.mtu.saturating_sub(3)).max(1)) {
                self.deeds.push_back(Deed::Notify { at: NOTIFY, bytes: piece.to_vec() });
            }
        }
    }

    fn state(&self, now: Moment) -> u8 {
        let stop = self.buffer.stop();
        let bit = |is: bool, bit: u8| u8::from(is) << bit;
        let moving = now < self.moving_until && !self.nature.lies;
        bit(stop == Some(Stop::Paper), 0)
            | bit(self.nature.cover_open || stop == Some(Stop::Cover), 1)
            | bit(stop == Some(Stop::Heat), 2)
            | bit(self.nature.battery < 5, 3)
            | bit(moving, 7)
    }

    fn work(&mut self, now: Moment) {
        let before = self.buffer.stop();
        while let Some(byte) = self.buffer.next(now, &mut self.nature) {
            let Some(frame) = self.head.take(byte) else { continue };
            match (frame.command, frame.payload.as_slice()) {
                (0xA3, _) => {
                    let state = self.state(now);
                    self.tell(0xA3, &[state, 0, 0]);
                }
                (0xA8, _) => self.tell(0xA8, b"V1.7.2"),
                (0xD3, _) => {
                    let celsius = self.nature.temperature;
                    self.tell(0xD3, &[celsius]);
                }
                (0xF2, [_, dark]) => {
                    self.darkness = Some(*dark);
                    self.sheet.extend_from_slice(&frame.bytes);
                }
                (0xA2 | 0xBF | 0xA1, _) => {
                    self.moving_until = now + LAG;
                    self.sheet.extend_from_slice(&frame.bytes);
                }
                _ => self.sheet.extend_from_slice(&frame.bytes),
            }
        }
        let stop = self.buffer.stop();
        if stop != before && stop.is_some() && self.buffer.printed > 0 {
            // A printer in trouble says so by itself.
            let state = self.state(now);
            self.tell(0xA3, &[state, 0, 0]);
        }
        self.flow();
        if !self.connected && self.buffer.len() == 0 && !self.sheet.is_empty() {
            // Whoever printed has gone, with the paper.
            self.tear_off();
        }
    }

    fn flow(&mut self) {
        let (fill, room) = (self.buffer.len(), self.nature.buffer);
        if !self.held && fill > room / 2 {
            self.held = true;
            self.tell(0xAE, &[0x10]);
        } else if self.held && fill < room / 4 {
            self.held = false;
            self.tell(0xAE, &[0x00]);
        }
    }
}

impl Peripheral for CatPrinter {
    fn advertisement(&self) -> Option<Advertisement> {
        (!self.connected).then(|| Advertisement {
            name: Some(self.name.clone()),
            services: vec![SERVICE],
            ..Advertisement::default()
        })
    }

    fn tree(&self) -> Tree {
        let row = |at, properties| Characteristic { at, properties, description: None };
        let writes = Properties { write_without_response: true, ..Properties::default() };
        let tells = Properties { notify: true, ..Properties::default() };
        let mut characteristics = vec![row(WRITE, writes), row(NOTIFY, tells)];
        if self.bulk {
            characteristics.push(row(At::new(SERVICE, Uuid::short(0xae03)), writes));
        }
        Tree { characteristics }
    }

    fn mtu(&self) -> u16 {
        self.mtu
    }

    fn connected(&mut self, _: Moment) {
        self.connected = true;
    }

    fn disconnected(&mut self, now: Moment) {
        (self.connected, self.listening, self.held) = (false, false, false);
        self.deeds.clear();
        self.work(now);
    }

    fn listening(&mut self, _: Moment, at: At, on: bool) {
        self.listening = on && at == NOTIFY;
    }

    fn written(&mut self, now: Moment, at: At, bytes: &[u8], confirmed: bool) -> Result<(), u8> {
        self.work(now);
        if at != WRITE || confirmed {
            return Err(0x03);
        }
        let (_, over) = self.buffer.take(now, &self.nature, bytes);
        self.work(now);
        let asked = bytes.windows(3).any(|three| three == [0x51, 0x78, 0xA3]);
        if asked && (self.nature.lies || self.buffer.stop().is_some()) {
            // A head that stands still does not keep the printer from answering.
            let state = self.state(now);
            self.tell(0xA3, &[state, 0, 0]);
        }
        if asked && !self.sheet.is_empty() && std::mem::take(&mut self.hasty) {
            self.tell(0xA3, &[0, 0, 0]);
        }
        self.flow();
        if over {
            self.deeds.push_back(Deed::HangUp);
        }
        Ok(())
    }

    fn read(&mut self, _: Moment, _: At) -> Result<Vec<u8>, u8> {
        Err(0x02)
    }

    fn poll(&mut self, now: Moment) -> Deed {
        self.work(now);
        self.deeds.pop_front().unwrap_or_else(|| Deed::Wait(self.buffer.due(now)))
    }
}
