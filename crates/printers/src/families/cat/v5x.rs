//! `22 21`: the language that hides under the names of the `51 78` printers.
//!
//! ```text
//! 22 21 A2 00 01 00 density crc FF
//! 22 21 A9 00 06 00 rowsL rowsH bytes 00 00 00 crc FF     bytes a row; its second byte is 1 for labels
//! rows…                                                   on a characteristic of their own, LSB = leftmost
//! 22 21 AD 00 01 00 00 00 00                              end
//! ```
//!
//! In a PRN the rows simply follow `A9`, which says how many bytes they are. Source: section 2.2 of the family facts.
//! Deliberately absent: 4-bit grey, and feeding: `A3` and `A4` move paper on their own and the end of a job feeds anyway.

use super::frame::{Mark, crc8, put};
use super::{density, level, mirrored};
use crate::catalogue::{Media, Model};
use crate::encoder::{Bands, Encoder, Sheet};
use crate::families::listing::Listing;
use crate::families::reader::{Reader, excerpt};
use crate::family::{DecodeError, Decoded, EncodeError, Finish, MAX_PAGE_ROWS, MAX_RASTER_BYTES};
use platen_model::Bitmap;

/// What ends a job; as recorded, with a last byte that is not FF.
pub(super) const END: [u8; 9] = [0x22, 0x21, 0xAD, 0, 1, 0, 0, 0, 0];

/// The widest page in dots: one byte says how many bytes a row has.
const MOST: u32 = 255 * 8;

pub(super) fn begin(model: &Model, sheet: Sheet, _: &Finish, prn: &mut Vec<u8>) -> Result<Encoder, EncodeError> {
    sheet.check_label(MOST, u32::from(u16::MAX))?;
    put(prn, Mark::V5x, 0xA2, &[density::v5x(level(model))]);
    let [low, high] = u16::try_from(sheet.rows).unwrap_or(u16::MAX).to_le_bytes();
    let bytes = u8::try_from(sheet.stride()).unwrap_or(u8::MAX);
    put(prn, Mark::V5x, 0xA9, &[low, high, bytes, u8::from(model.media != Media::Continuous), 0, 0]);
    Ok(Encoder::new(sheet, 1, Page))
}

struct Page;

impl Bands for Page {
    fn band(&mut self, row: &[u8], prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        prn.extend(mirrored(row));
        Ok(())
    }

    fn end(&mut self, prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        prn.extend(END);
        Ok(())
    }
}

/// A part of a PRN.
pub(super) enum Part<'a> {
    /// A frame.
    Frame {
        /// With its mark and check sum.
        bytes: &'a [u8],
        /// Which.
        command: u8,
        /// What it says.
        payload: &'a [u8],
    },
    /// The rows of a page, for the characteristic of their own.
    Rows {
        /// All of them.
        bytes: &'a [u8],
        /// Bytes in each.
        stride: usize,
    },
    /// Neither.
    Noise(&'a [u8]),
}

/// The parts of a PRN with their places.
pub(super) fn parts(prn: &[u8]) -> Result<Vec<(usize, Part<'_>)>, DecodeError> {
    let mut reader = Reader::new(prn);
    let mut parts = Vec::new();
    while !reader.rest().is_empty() {
        let offset = reader.at();
        let truncated = |command| DecodeError::Truncated { offset, command };
        if !reader.skip(&[0x22, 0x21]) {
            let rest = reader.rest();
            let begins = |at: &usize| matches!(rest.get(*at..), Some([0x22, 0x21, ..] | [0x22]));
            let count = (0..rest.len()).find(begins).unwrap_or(rest.len());
            if count == 0 {
                return Err(truncated("frame"));
            }
            parts.push((offset, Part::Noise(reader.take(count).unwrap_or_default())));
            continue;
        }
        let Some(&[command, _, low, high]) = reader.take(4) else { return Err(truncated("frame")) };
        let payload = reader.take(u16::from_le_bytes([low, high]).into()).ok_or(truncated("frame"))?;
        let end = reader.take(2).ok_or(truncated("frame"))?;
        let bytes = prn.get(offset..reader.at()).unwrap_or_default();
        // A question without a payload and the recorded end have no check sum.
        if *end != [crc8(payload), 0xFF] && *end != [0, 0] {
            parts.push((offset, Part::Noise(bytes)));
            continue;
        }
        parts.push((offset, Part::Frame { bytes, command, payload }));
        if let (0xA9, [low, high, stride, ..]) = (command, payload) {
            let (place, stride) = (reader.at(), usize::from(*stride));
            let rows = usize::from(u16::from_le_bytes([*low, *high]));
            if rows > MAX_PAGE_ROWS as usize {
                return Err(DecodeError::TooLarge { offset });
            }
            let bytes = reader.take(rows * stride).ok_or(DecodeError::Truncated { offset: place, command: "rows" })?;
            parts.push((place, Part::Rows { bytes, stride }));
        }
    }
    Ok(parts)
}

pub(super) fn decode(prn: &[u8]) -> Result<Decoded, DecodeError> {
    let mut listing = Listing::default();
    let mut pages = Vec::new();
    let mut room = MAX_RASTER_BYTES;
    for (offset, part) in parts(prn)? {
        let row = match part {
            Part::Noise(bytes) => ("unknown", excerpt(bytes)),
            Part::Frame { command, payload, .. } => describe(command, payload),
            Part::Rows { bytes, stride } => {
                room = room.checked_sub(bytes.len()).ok_or(DecodeError::TooLarge { offset })?;
                let (width, rows) = (stride.saturating_mul(8), bytes.len().checked_div(stride).unwrap_or_default());
                let size = u32::try_from(width).ok().zip(u32::try_from(rows).ok()).filter(|_| rows > 0);
                let page = size.and_then(|(width, rows)| Bitmap::from_rows(width, rows, mirrored(bytes).collect()));
                pages.extend(page);
                ("rows", format!("{rows} rows of {stride} bytes"))
            }
        };
        listing.add(offset, row);
    }
    Ok(Decoded { pages, commands: listing.finish() })
}

/// A frame for a person.
pub(super) fn describe(command: u8, payload: &[u8]) -> (&'static str, String) {
    let name = match command {
        0xA1 => "status",
        0xA2 => "density",
        0xA3 => "feed",
        0xA4 => "retract",
        0xA6 => "serial_wanted",
        0xA7 => "serial",
        0xA8 | 0xAE => "flow",
        0xA9 => "print",
        0xAA => "ready",
        0xAD => "end",
        0xB1 => "firmware",
        _ => "other",
    };
    let text = match (command, payload) {
        (0xA9, [low, high, bytes, ..]) => format!("{} rows of {bytes} bytes", u16::from_le_bytes([*low, *high])),
        (0xB1, [_, _, ..]) => excerpt(payload),
        _ => hex::encode(payload),
    };
    (name, if name == "other" { format!("{command:02X} {text}") } else { text })
}
