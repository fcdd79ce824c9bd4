//! A simulated `22 21` printer: it has the names of Cat printers and another language.
//!
//! Source: section "V5X" of `docs/protocols/cat.md`. Commands are obeyed when they arrive, rows when the head has taken them.
//! A link that goes cuts the job off, as the facts say of these printers. Deliberately absent: grey.

use super::frames::{Framer, answer};
use super::{Buffer, Nature, Sheets, Tray};
use crate::air::{Deed, Peripheral};
use crate::error::WorldError;
use platen_model::gatt::{Advertisement, Characteristic, Properties, Tree, Uuid};
use platen_model::{At, Bitmap, Moment};
use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

const SERVICE: Uuid = Uuid::short(0xae30);
const WRITE: At = At::new(SERVICE, Uuid::short(0xae01));
const NOTIFY: At = At::new(SERVICE, Uuid::short(0xae02));
const BULK: At = At::new(SERVICE, Uuid::short(0xae03));
const MARK: [u8; 2] = [0x22, 0x21];
/// From the serial number to being ready.
const READY: Duration = Duration::from_millis(80);
/// Between two words about itself while it works.
const EVERY: Duration = Duration::from_millis(500);
/// How long it feeds after the last row.
const FEEDS: Duration = Duration::from_millis(700);

/// What it is doing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Work {
    Idle,
    Printing,
    /// The rows are done; paper moves until then.
    Feeding(Moment),
}

/// The printer.
pub struct V5xPrinter {
    name: String,
    nature: Nature,
    mtu: u16,
    buffer: Buffer,
    commands: Framer,
    rows: Vec<u8>,
    /// Rows and bytes a row that were announced.
    announced: Option<(usize, usize)>,
    ended: bool,
    work: Work,
    ready_at: Option<Moment>,
    tell_at: Option<Moment>,
    held: bool,
    darkness: Option<u8>,
    tray: Tray,
    connected: bool,
    listening: bool,
    deeds: VecDeque<Deed>,
}

impl V5xPrinter {
    /// A printer of this name.
    pub fn new(name: &str, nature: Nature) -> Self {
        Self {
            name: name.to_owned(),
            nature,
            mtu: 247,
            buffer: Buffer::new(),
            commands: Framer::new(MARK),
            rows: Vec::new(),
            announced: None,
            ended: false,
            work: Work::Idle,
            ready_at: None,
            tell_at: None,
            held: false,
            darkness: None,
            tray: Tray::default(),
            connected: false,
            listening: false,
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

    /// Bytes that did not fit into its memory.
    pub fn lost(&self) -> usize {
        self.buffer.lost
    }

    /// The darkness that was asked for last.
    pub fn darkness(&self) -> Option<u8> {
        self.darkness
    }

    fn notify(&mut self, bytes: Vec<u8>) {
        if self.connected && self.listening {
            for _ in 0..if self.nature.repeats { 2 } else { 1 } {
                self.deeds.push_back(Deed::Notify { at: NOTIFY, bytes: bytes.clone() });
            }
        }
    }

    fn state(&mut self) {
        let working = match self.work {
            Work::Idle => 0,
            Work::Printing => 1,
            Work::Feeding(_) => 2,
        };
        let state = if self.nature.lies { 0 } else { working };
        let error = u8::from(self.buffer.stop().is_some());
        let payload = [state, 0, 0, self.nature.battery, self.nature.temperature, 0, error, error * 2];
        self.notify(answer(MARK, 0xA1, &payload));
    }

    fn obey(&mut self, now: Moment, command: u8, payload: &[u8]) {
        match (command, payload) {
            (0xB1, _) => self.notify(answer(MARK, 0xB1, b"1.0.9.2")),
            (0xA7, _) => {
                self.notify(answer(MARK, 0xA7, &[0x59, 1, 2, 3, 4, 5]));
                self.ready_at = Some(now + READY);
            }
            (0xA2, [dark]) => self.darkness = Some(*dark),
            (0xA9, [low, high, stride, ..]) => {
                let rows = usize::from(*low) | usize::from(*high) << 8;
                let refused = self.work != Work::Idle || self.nature.cover_open;
                if !refused {
                    self.announced = Some((rows, usize::from(*stride)));
                    (self.work, self.ended) = (Work::Printing, false);
                    self.tell_at = Some(now + EVERY);
                }
                self.notify(answer(MARK, 0xA9, &[u8::from(refused)]));
            }
            (0xAD, _) => self.ended = true,
            // Paper would move: a question that does that is a fault of whoever asks it.
            (0xA3 | 0xA4, _) => self.tray.put(Bitmap::white(8, 8)),
            _ => {}
        }
    }

    fn go_on(&mut self, now: Moment) {
        while let Some(byte) = self.buffer.next(now, &mut self.nature) {
            self.rows.push(byte.reverse_bits());
        }
        self.flow();
        if self.ready_at.is_some_and(|at| now >= at) {
            self.ready_at = None;
            // As recorded: without an end.
            self.notify(vec![MARK[0], MARK[1], 0xAA, 0, 0]);
        }
        if self.work == Work::Printing
            && let Some((rows, stride)) = self.announced
            && (self.rows.len() >= rows * stride || self.ended && self.buffer.len() == 0)
        {
            self.come_out(stride);
            self.work = Work::Feeding(now + FEEDS);
        }
        if let Work::Feeding(until) = self.work
            && now >= until
            && self.ended
        {
            self.work = Work::Idle;
            self.tell_at = None;
            self.state();
        }
        if self.tell_at.is_some_and(|at| now >= at) {
            self.tell_at = Some(now + EVERY);
            self.state();
        }
    }

    fn come_out(&mut self, stride: usize) {
        self.announced = None;
        let rows = std::mem::take(&mut self.rows);
        let count = rows.len().checked_div(stride).unwrap_or_default();
        let whole = rows.get(..count * stride).unwrap_or_default().to_vec();
        let size = u32::try_from(stride * 8).ok().zip(u32::try_from(count).ok());
        if let Some(page) = size.and_then(|(width, height)| Bitmap::from_rows(width, height, whole))
            && count > 0
        {
            self.tray.put(page);
        }
    }

    fn flow(&mut self) {
        let (fill, room) = (self.buffer.len(), self.nature.buffer);
        // It says the same in any of its forms.
        if !self.held && fill > room / 2 {
            self.held = true;
            self.notify(vec![0x22, 0x21, 0xA8, 0, 1, 0, 0x20, 0xE0, 0xFF]);
        } else if self.held && fill < room / 4 {
            self.held = false;
            self.notify(if fill.is_multiple_of(2) {
                vec![0xAA, 0x00]
            } else {
                vec![0x51, 0x78, 0xAE, 1, 1, 0, 0, 0, 0xFF]
            });
        }
    }
}

impl Peripheral for V5xPrinter {
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
        Tree { characteristics: vec![row(WRITE, writes), row(NOTIFY, tells), row(BULK, writes)] }
    }

    fn mtu(&self) -> u16 {
        self.mtu
    }

    fn connected(&mut self, _: Moment) {
        self.connected = true;
    }

    fn disconnected(&mut self, _: Moment) {
        // What has not been burned is gone with the link.
        self.buffer.clear();
        if let Some((_, stride)) = self.announced {
            self.come_out(stride);
        }
        (self.connected, self.listening, self.held, self.work) = (false, false, false, Work::Idle);
        (self.ready_at, self.tell_at) = (None, None);
        self.deeds.clear();
    }

    fn listening(&mut self, _: Moment, at: At, on: bool) {
        self.listening = on && at == NOTIFY;
    }

    fn written(&mut self, now: Moment, at: At, bytes: &[u8], confirmed: bool) -> Result<(), u8> {
        self.go_on(now);
        if confirmed || at != WRITE && at != BULK {
            return Err(0x03);
        }
        if at == WRITE {
            for byte in bytes {
                if let Some(frame) = self.commands.take(*byte) {
                    self.obey(now, frame.command, &frame.payload);
                }
            }
            return Ok(());
        }
        let (_, over) = self.buffer.take(now, &self.nature, bytes);
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
        self.go_on(now);
        self.deeds.pop_front().unwrap_or_else(|| {
            let feeding = if let Work::Feeding(until) = self.work { Some(until) } else { None };
            let feeding = feeding.filter(|until| *until > now);
            Deed::Wait([self.buffer.due(now), self.ready_at, self.tell_at, feeding].into_iter().flatten().min())
        })
    }
}
