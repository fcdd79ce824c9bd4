//! Simulated Bluetooth printers, one state machine a family.
//!
//! ```text
//!   written ─▶ buffer (finite; what does not fit is lost) ─▶ head (so many bytes a second) ─▶ paper
//!                 └─ pause / resume, where the family has it          └─ stops: paper, cover, heat
//! ```
//!
//! Source: the wire facts of each family, as in `docs/protocols/`. Framing and flow control are written here anew; only
//! what dots a job means is asked of [`platen_printers::Family::decode`]. Deliberately absent: motors, and what a head
//! does to real paper.

mod cat;
mod escpos;
mod frames;
mod niimbot;
mod v5x;

pub use cat::CatPrinter;
pub use escpos::{Answers, EscPosPrinter, Module};
pub use niimbot::{NiimbotFaults, NiimbotKind, NiimbotPrinter};
pub use v5x::V5xPrinter;

use crate::air::Peripheral;
use crate::air::Placed;
use crate::error::WorldError;
use crate::paper::Paper;
use platen_model::{Bitmap, Moment};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What a simulated printer does badly, and how large and how fast it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Nature {
    /// Bytes that it can keep.
    pub buffer: usize,
    /// Bytes that it prints in a second.
    pub bytes_per_second: u32,
    /// The paper is used up after so many bytes of the next job.
    pub paper_ends_after: Option<usize>,
    /// Somebody puts paper in, closes the cover or waits for the head so much later.
    pub remedied_after: Option<Duration>,
    /// The cover is open.
    pub cover_open: bool,
    /// The head is too hot after so many bytes, and cools down as above.
    pub overheats_after: Option<usize>,
    /// The link ends when so many bytes have arrived over all.
    pub hangs_up_after: Option<usize>,
    /// Says that it is done when it is not.
    pub lies: bool,
    /// Tells everything twice.
    pub repeats: bool,
    /// Charge in percent.
    pub battery: u8,
    /// °C of the head.
    pub temperature: u8,
}

impl Default for Nature {
    /// Well, with 4 KB of memory and 10 kB a second.
    fn default() -> Self {
        Self {
            buffer: 4096,
            bytes_per_second: 10_000,
            paper_ends_after: None,
            remedied_after: None,
            cover_open: false,
            overheats_after: None,
            hangs_up_after: None,
            lies: false,
            repeats: false,
            battery: 80,
            temperature: 30,
        }
    }
}

/// The printers that stand around in the usual simulated air, with their addresses; one of each kind that is worth
/// meeting. With a folder they leave their sheets there as PNG files.
///
/// # Errors
/// The folder cannot be used.
pub fn standard(dir: Option<&Path>) -> Result<Vec<Placed>, WorldError> {
    let slow = Nature { bytes_per_second: 2500, ..Nature::default() };
    let receipt = EscPosPrinter::new("MPT-II", Module::Receipt, Answers::All, Nature::default());
    let silent = EscPosPrinter::new(
        "MHT-P11",
        Module::Pocket,
        Answers::Nothing,
        Nature { buffer: 1 << 20, ..Nature::default() },
    );
    let unknown = EscPosPrinter::new("No name 58", Module::Unknown, Answers::All, Nature::default()).with_head(384);
    let cat = CatPrinter::new("GT01", slow.clone());
    let lattice = CatPrinter::new("YT01", Nature::default());
    // The same name, another language: its address ends in 59.
    let hidden = V5xPrinter::new("YT01", slow);
    let label = |name, kind| NiimbotPrinter::new(name, kind, Nature::default(), NiimbotFaults::default());
    let labels = [
        ("5C:B0:00:00:01:01", label("D110-G326070123", NiimbotKind::D110)),
        ("5C:B0:00:00:01:02", label("B1-G121110123", NiimbotKind::B1)),
        ("5C:B0:00:00:01:03", label("B21-C204280123", NiimbotKind::B21)),
        ("5C:B0:00:00:01:04", label("D110_M-H501170123", NiimbotKind::D110_M_V4)),
    ];
    let mut all = match dir {
        None => vec![
            ("5C:B0:00:00:00:01", Box::new(receipt) as Box<dyn Peripheral>),
            ("5C:B0:00:00:00:02", Box::new(silent)),
            ("5C:B0:00:00:00:03", Box::new(unknown)),
            ("5C:B0:00:00:00:04", Box::new(cat)),
            ("5C:B0:00:00:00:05", Box::new(lattice)),
            ("5C:B0:00:00:00:59", Box::new(hidden)),
        ],
        Some(dir) => vec![
            ("5C:B0:00:00:00:01", Box::new(receipt.with_paper(dir)?) as Box<dyn Peripheral>),
            ("5C:B0:00:00:00:02", Box::new(silent.with_paper(dir)?)),
            ("5C:B0:00:00:00:03", Box::new(unknown.with_paper(dir)?)),
            ("5C:B0:00:00:00:04", Box::new(cat.with_paper(dir)?)),
            ("5C:B0:00:00:00:05", Box::new(lattice.with_paper(dir)?)),
            ("5C:B0:00:00:00:59", Box::new(hidden.with_paper(&dir.join("59"))?)),
        ],
    };
    for (address, label) in labels {
        let label = if let Some(dir) = dir { label.with_paper(dir)? } else { label };
        all.push((address, Box::new(label)));
    }
    Ok(all)
}

/// What came out of a printer; a clone looks at the same sheets.
#[derive(Clone, Default)]
pub struct Sheets(Arc<Mutex<Vec<Bitmap>>>);

impl Sheets {
    /// Everything so far, the oldest first.
    pub fn all(&self) -> Vec<Bitmap> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, sheet: Bitmap) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(sheet);
    }
}

/// Where sheets go: to whoever looks, and as PNG into a folder.
#[derive(Default)]
pub(crate) struct Tray {
    sheets: Sheets,
    paper: Option<Paper>,
    failed: bool,
}

impl Tray {
    /// Also writes PNG files to `dir/paper/<serial>`.
    pub(crate) fn open(dir: &Path, serial: &str) -> Result<Self, WorldError> {
        Ok(Self { paper: Some(Paper::open(dir, serial)?), ..Self::default() })
    }

    pub(crate) fn sheets(&self) -> Sheets {
        self.sheets.clone()
    }

    pub(crate) fn put(&mut self, sheet: Bitmap) {
        if let Some(paper) = &mut self.paper {
            let job = format!("ble-{}", paper.count() + 1);
            if let Err(error) = paper.print(&job, 1, None, &sheet) {
                // The sheet is still there for whoever looks; a full disk is told once.
                if !std::mem::replace(&mut self.failed, true) {
                    tracing::error!(%error, "a simulated sheet could not be written");
                }
            }
        }
        self.sheets.add(sheet);
    }
}

/// Bytes between the radio and the head.
pub(crate) struct Buffer {
    bytes: VecDeque<u8>,
    /// Up to when the head has worked.
    worked: Moment,
    /// Thousandths of bytes that the head may still take.
    credit: u64,
    /// Bytes that the head has taken.
    pub(crate) printed: usize,
    /// Bytes that did not fit.
    pub(crate) lost: usize,
    /// Bytes that arrived.
    arrived: usize,
    stopped: Option<(Stop, Option<Moment>)>,
}

/// Why a head stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Paper,
    Cover,
    Heat,
}

impl Buffer {
    pub(crate) fn new() -> Self {
        Self {
            bytes: VecDeque::new(),
            worked: Moment::default(),
            credit: 0,
            printed: 0,
            lost: 0,
            arrived: 0,
            stopped: None,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
    }

    /// Takes what fits; says how many bytes that were, and whether the link ends here.
    pub(crate) fn take(&mut self, now: Moment, nature: &Nature, bytes: &[u8]) -> (usize, bool) {
        if self.bytes.is_empty() {
            (self.worked, self.credit) = (self.worked.max(now), 0);
        }
        let mut taken = 0;
        for &byte in bytes {
            if nature.hangs_up_after.is_some_and(|most| self.arrived >= most) {
                return (taken, true);
            }
            self.arrived += 1;
            if self.bytes.len() < nature.buffer {
                self.bytes.push_back(byte);
                taken += 1;
            } else {
                self.lost += 1;
            }
        }
        (taken, nature.hangs_up_after.is_some_and(|most| self.arrived >= most))
    }

    /// Why the head stands still, if it does.
    pub(crate) fn stop(&self) -> Option<Stop> {
        self.stopped.map(|(stop, _)| stop)
    }

    fn check(&mut self, now: Moment, nature: &mut Nature) {
        let until = || nature.remedied_after.map(|span| now + span);
        if let Some((stop, until)) = self.stopped {
            if until.is_some_and(|until| now >= until) {
                match stop {
                    Stop::Paper => nature.paper_ends_after = None,
                    Stop::Cover => nature.cover_open = false,
                    Stop::Heat => nature.overheats_after = None,
                }
                self.stopped = None;
                (self.worked, self.credit) = (now, 0);
            }
        } else if nature.cover_open {
            self.stopped = Some((Stop::Cover, until()));
        } else if nature.paper_ends_after.is_some_and(|most| self.printed >= most) {
            self.stopped = Some((Stop::Paper, until()));
        } else if nature.overheats_after.is_some_and(|most| self.printed >= most) {
            self.stopped = Some((Stop::Heat, until()));
        }
    }

    /// The next byte that the head takes by `now`.
    pub(crate) fn next(&mut self, now: Moment, nature: &mut Nature) -> Option<u8> {
        self.check(now, nature);
        if self.stopped.is_some() {
            return None;
        }
        let elapsed = u64::try_from(now.since(self.worked).as_millis()).unwrap_or(u64::MAX);
        self.credit = self.credit.saturating_add(elapsed.saturating_mul(nature.bytes_per_second.into()));
        self.worked = self.worked.max(now);
        if self.credit < 1000 {
            return None;
        }
        let byte = self.bytes.pop_front();
        match byte {
            Some(_) => {
                self.credit -= 1000;
                self.printed += 1;
            }
            // A head without work saves up none.
            None => self.credit = 0,
        }
        byte
    }

    /// When something happens by itself next.
    pub(crate) fn due(&self, now: Moment) -> Option<Moment> {
        match self.stopped {
            Some((_, until)) => until,
            None if self.bytes.is_empty() => None,
            None => Some(now + Duration::from_millis(1)),
        }
    }
}
