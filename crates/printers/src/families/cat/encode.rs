//! A page as frames `51 78`.
//!
//! ```text
//! cat, cat-prefixed:  A4 quality  AF energy  BE 00  BD speed  rows (BD again every 200)  BD 19  A1 feed  BD 19
//! cat-v5g:            F2 density  A4 quality  A6 lattice  AF energy  BE 00  BD speed  rows  BD 19  A1 feed  A6 end
//!
//! row:  A2 bytes            LSB = leftmost
//!       BF runs             bit 7 colour, bits 0–6 length; only if not longer than the bytes
//! ```
//!
//! Source: "Job" in section 2.2 of the family facts. Deliberately absent: `A3` and every other question (a PRN asks
//! nothing), and the retracting `A0`, which pulls paper out of some printers.

use super::frame::{Mark, put};
use super::{Dialect, density, level, mirrored};
use crate::catalogue::{Media, Model};
use crate::encoder::{Bands, Encoder, Sheet};
use crate::family::{EncodeError, Finish, MAX_PAGE_ROWS};

/// The widest row in dots: more than any head, and a frame that every reader believes.
const MOST: u32 = 8 * super::frame::MOST_PAYLOAD as u32;

/// Rows between two frames that say the speed again.
const SPEED_EVERY: u16 = 200;

/// How fast paper is moved without printing: higher is slower.
const FEED_SPEED: u8 = 0x19;

/// How fast it prints where the model does not say.
const SPEED: u8 = 0x20;

pub(super) const LATTICE_START: [u8; 11] = [0xAA, 0x55, 0x17, 0x38, 0x44, 0x5F, 0x5F, 0x5F, 0x44, 0x38, 0x2C];
pub(super) const LATTICE_END: [u8; 11] = [0xAA, 0x55, 0x17, 0, 0, 0, 0, 0, 0, 0, 0x17];

pub(super) fn begin(
    dialect: Dialect,
    model: &Model,
    sheet: Sheet,
    finish: &Finish,
    prn: &mut Vec<u8>,
) -> Result<Encoder, EncodeError> {
    sheet.check(MOST, true)?;
    let frames = Frames { prefixed: dialect == Dialect::Prefixed };
    let (level, lattice) = (level(model), dialect == Dialect::V5g);
    let speed = model.speed.unwrap_or(if lattice { 0x0A } else { SPEED });
    if lattice {
        frames.put(prn, 0xF2, &[1, density::v5g(level)]);
    }
    frames.put(prn, 0xA4, &[density::quality(level)]);
    if lattice {
        frames.put(prn, 0xA6, &LATTICE_START);
    }
    frames.put(prn, 0xAF, &density::energy(level).to_le_bytes());
    frames.put(prn, 0xBE, &[0]);
    frames.put(prn, 0xBD, &[speed]);
    let mut tail = Vec::new();
    frames.put(&mut tail, 0xBD, &[FEED_SPEED]);
    // No feed needs more than a page; a frame of nothing would be a feed that some printers take as a fault.
    let feed = u16::try_from(finish.feed_dots.min(MAX_PAGE_ROWS)).unwrap_or(u16::MAX);
    let [low, high] = feed.to_le_bytes();
    match model.media {
        Media::Continuous if feed > 0 => frames.put(&mut tail, 0xA1, &[low, high]),
        Media::Continuous => {}
        // The third byte lets it look for the mark.
        Media::Gap | Media::Mark => frames.put(&mut tail, 0xA1, &[low, high, 0x11]),
    }
    if lattice {
        frames.put(&mut tail, 0xA6, &LATTICE_END);
    } else {
        frames.put(&mut tail, 0xBD, &[FEED_SPEED]);
    }
    Ok(Encoder::new(sheet, 1, Page { frames, speed, since_speed: 0, repeats_speed: !lattice, tail }))
}

#[derive(Clone, Copy)]
struct Frames {
    prefixed: bool,
}

impl Frames {
    fn put(self, prn: &mut Vec<u8>, command: u8, payload: &[u8]) {
        if self.prefixed {
            prn.push(0x12);
        }
        put(prn, Mark::Cat, command, payload);
    }
}

struct Page {
    frames: Frames,
    speed: u8,
    since_speed: u16,
    repeats_speed: bool,
    tail: Vec<u8>,
}

impl Bands for Page {
    fn band(&mut self, row: &[u8], prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.repeats_speed && self.since_speed == SPEED_EVERY {
            self.frames.put(prn, 0xBD, &[self.speed]);
            self.since_speed = 0;
        }
        self.since_speed = self.since_speed.saturating_add(1);
        match runs(row) {
            Some(runs) => self.frames.put(prn, 0xBF, &runs),
            None => self.frames.put(prn, 0xA2, &mirrored(row).collect::<Vec<u8>>()),
        }
        Ok(())
    }

    fn end(&mut self, prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        prn.append(&mut self.tail);
        Ok(())
    }
}

/// The row as runs; `None` when that is longer than the row.
fn runs(row: &[u8]) -> Option<Vec<u8>> {
    let mut runs: Vec<u8> = Vec::with_capacity(row.len());
    for byte in row {
        for bit in (0..8).rev() {
            let colour = (byte >> bit & 1) << 7;
            let full = runs.len() == row.len();
            match runs.last_mut().filter(|last| **last & 0x80 == colour && **last & 0x7F < 0x7F) {
                Some(last) => *last += 1,
                None if full => return None,
                None => runs.push(colour | 1),
            }
        }
    }
    Some(runs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{DEFAULT_MODEL, model};
    use crate::families::cat::{PREFIXED, TINY, V5G};
    use crate::family::Family as _;
    use platen_model::{Bitmap, Cut};

    #[test]
    fn a_small_page_is_the_published_job() {
        let mut page = Bitmap::white(16, 2);
        page.set_black(0, 0);
        page.set_black(2, 0);
        page.set_black(4, 0);
        let finish = Finish { feed_dots: 48, cut: Cut::None };
        let model = model(DEFAULT_MODEL).unwrap();
        let prn = TINY.encode(model, &page, &finish).unwrap();
        let expected = [
            &[0x51, 0x78, 0xA4, 0, 1, 0, 0x33, 0x99, 0xFF][..],
            &[0x51, 0x78, 0xAF, 0, 2, 0, 0x10, 0x27, super::super::frame::crc8(&[0x10, 0x27]), 0xFF],
            &[0x51, 0x78, 0xBE, 0, 1, 0, 0, 0, 0xFF],
            &[0x51, 0x78, 0xBD, 0, 1, 0, 0x20, 0xE0, 0xFF],
            &[0x51, 0x78, 0xA2, 0, 2, 0, 0x15, 0, super::super::frame::crc8(&[0x15, 0]), 0xFF],
            &[0x51, 0x78, 0xBF, 0, 1, 0, 0x10, 0x70, 0xFF],
            &[0x51, 0x78, 0xBD, 0, 1, 0, 0x19, 0x4F, 0xFF],
            &[0x51, 0x78, 0xA1, 0, 2, 0, 0x30, 0, super::super::frame::crc8(&[0x30, 0]), 0xFF],
            &[0x51, 0x78, 0xBD, 0, 1, 0, 0x19, 0x4F, 0xFF],
        ]
        .concat();
        assert_eq!(hex::encode(&prn), hex::encode(expected));
        let prefixed = PREFIXED.encode(model, &page, &finish).unwrap();
        assert_eq!(prefixed.len(), prn.len() + 9);
        let lattice = V5G.encode(model, &page, &finish).unwrap();
        assert!(lattice.starts_with(&[0x51, 0x78, 0xF2, 0, 2, 0, 1, 130]));
    }

    #[test]
    fn runs_are_used_only_where_they_are_not_longer() {
        assert_eq!(runs(&[0xF0, 0x00]), Some(vec![0x84, 12]));
        assert_eq!(runs(&[0xAA, 0x00]), None);
        assert_eq!(runs(&[0; 32]), Some(vec![127, 127, 2]));
        assert_eq!(runs(&[0xFF]), Some(vec![0x88]));
    }
}
