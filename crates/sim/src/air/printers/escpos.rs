//! A simulated ESC/POS printer behind a Bluetooth module.
//!
//! Source: `docs/protocols/escpos.md`. The framing is written from the facts; a command is obeyed when its last byte has
//! reached the head. `DLE EOT` is answered when it arrives, `GS r` when it reaches the head. Deliberately absent: letters
//! and bar codes.

use super::{Buffer, Nature, Sheets, Stop, Tray};
use crate::air::{Deed, Peripheral};
use crate::error::WorldError;
use platen_model::gatt::{Advertisement, Characteristic, Properties, Tree, Uuid};
use platen_model::{At, Bitmap, Moment};
use platen_printers::family;
use std::collections::VecDeque;
use std::path::Path;

/// The Bluetooth module that the printer was built with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Module {
    /// Service 18F0: answered writes.
    Receipt,
    /// Service 49535343…: both kinds of writes, and two characteristics that must not be written.
    Issc,
    /// Service FF00: unanswered writes.
    Pocket,
    /// Service E7810A71…: one characteristic for both ways.
    Clone,
    /// Service FFE0: one characteristic for both ways.
    Serial,
    /// A service that nobody knows.
    Unknown,
}

/// Which questions it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// All.
    All,
    /// Only those that are answered at once.
    AtOnce,
    /// None.
    Nothing,
}

impl Module {
    fn places(self) -> (At, At) {
        let short = |service, write, notify| {
            (At::new(Uuid::short(service), Uuid::short(write)), At::new(Uuid::short(service), Uuid::short(notify)))
        };
        let long = |service, write, notify| {
            (At::new(Uuid::new(service), Uuid::new(write)), At::new(Uuid::new(service), Uuid::new(notify)))
        };
        match self {
            Self::Receipt => short(0x18f0, 0x2af1, 0x2af0),
            Self::Issc => long(
                0x4953_5343_fe7d_4ae5_8fa9_9faf_d205_e455,
                0x4953_5343_8841_43f4_a8d4_ecbe_3472_9bb3,
                0x4953_5343_1e4d_4bd9_ba61_23c6_4724_9616,
            ),
            Self::Pocket => short(0xff00, 0xff02, 0xff01),
            Self::Clone => long(
                0xe781_0a71_73ae_499d_8c15_faa9_aef0_c3f2,
                0xbef8_d6c9_9c21_4c9e_b632_bd58_c100_9f9f,
                0xbef8_d6c9_9c21_4c9e_b632_bd58_c100_9f9f,
            ),
            Self::Serial => short(0xffe0, 0xffe1, 0xffe1),
            Self::Unknown => short(0x1234, 0x5678, 0x5679),
        }
    }

    fn tree(self) -> Tree {
        let (write, notify) = self.places();
        let writes = Properties {
            write: matches!(self, Self::Receipt | Self::Issc | Self::Serial),
            write_without_response: self != Self::Receipt,
            ..Properties::default()
        };
        let tells = Properties { notify: true, ..Properties::default() };
        let row = |at, properties| Characteristic { at, properties, description: None };
        let mut characteristics = vec![row(
            At::new(Uuid::short(0x1800), Uuid::short(0x2a00)),
            Properties { read: true, write: true, ..Properties::default() },
        )];
        if self == Self::Issc {
            for forbidden in [0x4953_5343_6daa_4d02_abf6_1956_9aca_69fe, 0x4953_5343_aca3_481c_91ec_d85e_28a6_0318] {
                let at = At::new(write.service, Uuid::new(forbidden));
                characteristics.push(row(at, Properties { write: true, notify: true, ..Properties::default() }));
            }
        }
        if write == notify {
            characteristics.push(row(write, Properties { notify: true, ..writes }));
        } else {
            characteristics.extend([row(notify, tells), row(write, writes)]);
        }
        Tree { characteristics }
    }
}

/// The printer.
pub struct EscPosPrinter {
    name: String,
    module: Module,
    answers: Answers,
    nature: Nature,
    mtu: u16,
    /// Dots of the head, where dots beyond it are lost.
    head: Option<u32>,
    buffer: Buffer,
    /// Commands as they arrive: questions that are answered at once are seen here.
    arriving: Framer,
    /// Commands as the head takes them.
    burning: Framer,
    /// Commands of the sheet under way.
    sheet: Vec<u8>,
    tray: Tray,
    connected: bool,
    listening: bool,
    deeds: VecDeque<Deed>,
}

impl EscPosPrinter {
    /// A printer of this name.
    pub fn new(name: &str, module: Module, answers: Answers, nature: Nature) -> Self {
        Self {
            name: name.to_owned(),
            module,
            answers,
            nature,
            mtu: 247,
            head: None,
            buffer: Buffer::new(),
            arriving: Framer::default(),
            burning: Framer::default(),
            sheet: Vec::new(),
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

    /// With a head of so many dots; without, every page fits.
    pub fn with_head(self, dots: u32) -> Self {
        Self { head: Some(dots), ..self }
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

    fn tell(&mut self, byte: u8) {
        let (_, notify) = self.module.places();
        if self.connected && self.listening {
            for _ in 0..if self.nature.repeats { 2 } else { 1 } {
                self.deeds.push_back(Deed::Notify { at: notify, bytes: vec![byte] });
            }
        }
    }

    fn status(&self, question: u8) -> u8 {
        let stop = self.buffer.stop();
        let cover = self.nature.cover_open || stop == Some(Stop::Cover);
        let (paper_out, hot) = (stop == Some(Stop::Paper), stop == Some(Stop::Heat));
        let bit = |is: bool, bit: u8| u8::from(is) << bit;
        0x12 | match question {
            1 => bit(cover || stop.is_some(), 3),
            2 => bit(cover, 2) | bit(paper_out, 5) | bit(hot, 6),
            3 => bit(hot, 6),
            _ => bit(paper_out, 5) | bit(paper_out, 6),
        }
    }

    fn arrived(&mut self, command: &[u8]) {
        match *command {
            [0x10, 0x04, question] if self.answers != Answers::Nothing => {
                let status = self.status(question);
                self.tell(status);
            }
            [0x1d, b'r', _] if self.answers == Answers::All && self.nature.lies => self.tell(0),
            _ => {}
        }
    }

    fn obey(&mut self, command: &[u8]) {
        match *command {
            [0x1b, b'@'] => self.eject(),
            [0x1d, b'r', _] if self.answers == Answers::All && !self.nature.lies => {
                self.tell(if self.buffer.stop() == Some(Stop::Paper) { 0b1100 } else { 0 });
            }
            [0x10, 0x04, _] | [0] => {}
            [0x1d, b'V', ..] => {
                self.sheet.extend_from_slice(command);
                self.eject();
            }
            _ => self.sheet.extend_from_slice(command),
        }
    }

    /// Tears off what was printed.
    fn eject(&mut self) {
        let commands = std::mem::take(&mut self.sheet);
        if let Some(Ok(decoded)) = family("escpos").map(|family| family.decode(&commands)) {
            for page in decoded.pages {
                let page = self.head.and_then(|dots| within(&page, dots)).unwrap_or(page);
                self.tray.put(page);
            }
        }
    }

    fn work(&mut self, now: Moment) {
        while let Some(byte) = self.buffer.next(now, &mut self.nature) {
            if let Some(command) = self.burning.take(byte) {
                self.obey(&command);
            }
        }
        if !self.connected && self.buffer.len() == 0 && !self.sheet.is_empty() {
            // Whoever printed has gone, with the paper.
            self.eject();
        }
    }

    /// Bytes that did not fit into its memory.
    pub fn lost(&self) -> usize {
        self.buffer.lost
    }

    /// From now on the link holds.
    pub fn heal(&mut self) {
        self.nature.hangs_up_after = None;
    }

    /// Somebody looks: everything that is on paper is torn off.
    pub fn tear_off(&mut self) {
        self.eject();
    }
}

impl Peripheral for EscPosPrinter {
    fn advertisement(&self) -> Option<Advertisement> {
        (!self.connected).then(|| Advertisement { name: Some(self.name.clone()), ..Advertisement::default() })
    }

    fn tree(&self) -> Tree {
        self.module.tree()
    }

    fn mtu(&self) -> u16 {
        self.mtu
    }

    fn connected(&mut self, _: Moment) {
        self.connected = true;
    }

    fn disconnected(&mut self, now: Moment) {
        (self.connected, self.listening) = (false, false);
        self.deeds.clear();
        self.work(now);
    }

    fn listening(&mut self, _: Moment, at: At, on: bool) {
        self.listening = on && at == self.module.places().1;
    }

    fn written(&mut self, now: Moment, at: At, bytes: &[u8], confirmed: bool) -> Result<(), u8> {
        self.work(now);
        let tree = self.tree();
        let may = tree
            .get(at)
            .map(|row| if confirmed { row.properties.write } else { row.properties.write_without_response });
        if at != self.module.places().0 || may != Some(true) {
            return Err(0x03);
        }
        let (taken, over) = self.buffer.take(now, &self.nature, bytes);
        for byte in bytes.get(..taken).unwrap_or_default() {
            if let Some(command) = self.arriving.take(*byte) {
                self.arrived(&command);
            }
        }
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

/// What a head of so many dots burns of a page; `None` when all of it fits.
fn within(page: &Bitmap, dots: u32) -> Option<Bitmap> {
    let stride = Bitmap::stride_of(dots);
    let rows = page.rows().flat_map(|row| row.iter().take(stride)).copied().collect();
    (page.width() > dots).then(|| Bitmap::from_rows(dots, page.height(), rows)).flatten()
}

/// Bytes become commands.
#[derive(Default)]
struct Framer {
    bytes: Vec<u8>,
}

impl Framer {
    fn take(&mut self, byte: u8) -> Option<Vec<u8>> {
        self.bytes.push(byte);
        (length(&self.bytes)? <= self.bytes.len()).then(|| std::mem::take(&mut self.bytes))
    }
}

/// How long the command is that begins with `bytes`; `None` while that is not known.
fn length(bytes: &[u8]) -> Option<usize> {
    let byte = |at: usize| bytes.get(at).copied().map(usize::from);
    let pair = |at: usize| Some(byte(at)? | byte(at + 1)? << 8);
    Some(match *bytes.first()? {
        0x1b => match bytes.get(1)? {
            b'@' | b'2' => 2,
            b'*' => {
                let columns = if byte(2)? >= 32 { 3 } else { 1 };
                5 + pair(3)? * columns
            }
            b'p' => 5,
            _ => 3,
        },
        0x1d => match bytes.get(1)? {
            b'v' => 8 + pair(4)? * pair(6)?,
            b'(' => 5 + pair(3)?,
            b'8' => 7 + (pair(3)? | pair(5)? << 16),
            b'V' => 3 + usize::from(byte(2)? > 0x31),
            b'L' | b'W' => 4,
            _ => 3,
        },
        0x10 => match bytes.get(1)? {
            0x14 => 5,
            _ => 3,
        },
        _ => 1,
    })
}
