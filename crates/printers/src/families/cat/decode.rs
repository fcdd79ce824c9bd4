//! Frames `51 78` as pages and commands.
//!
//! Source: section "How it is read" of `docs/protocols/cat.md`; rule 4. A page is what stands between two beginnings; feeds
//! between rows are white rows, feeds behind the last one belong to no page. Bytes that are no frame become rows named
//! `unknown`. Deliberately absent: grey rows (`CF`, `CE`), which are listed and not drawn.

use super::encode::{LATTICE_END, LATTICE_START};
use super::frame::crc8;
use crate::families::listing::{Listing, Row};
use crate::families::reader::{Reader, excerpt};
use crate::family::{DecodeError, Decoded, MAX_PAGE_ROWS, MAX_RASTER_BYTES};
use platen_model::Bitmap;

pub(super) fn decode(prn: &[u8]) -> Result<Decoded, DecodeError> {
    let mut reader = Reader::new(prn);
    let (mut listing, mut paper) = (Listing::default(), Paper::default());
    loop {
        let offset = reader.at();
        reader.skip(&[0x12, 0x51, 0x78]);
        if reader.at() == offset && !reader.skip(&[0x51, 0x78]) {
            if reader.rest().is_empty() {
                break;
            }
            let noise = noise(&mut reader);
            if noise.is_empty() {
                return Err(DecodeError::Truncated { offset, command: "frame" });
            }
            listing.add(offset, ("unknown", excerpt(noise)));
            continue;
        }
        let truncated = DecodeError::Truncated { offset, command: "frame" };
        let head = reader.take(4).ok_or(truncated.clone())?;
        let &[command, _, low, high] = head else { return Err(truncated) };
        let length = usize::from(u16::from_le_bytes([low, high]));
        let payload = reader.take(length).ok_or(truncated.clone())?;
        let end = reader.take(2).ok_or(truncated)?;
        if *end != [crc8(payload), 0xFF] {
            listing.add(offset, ("damaged", format!("{command:02X} with {length} bytes, its check sum is wrong")));
            continue;
        }
        listing.add(offset, obey(command, payload, offset, &mut paper)?);
    }
    Ok(Decoded { pages: paper.finish(), commands: listing.finish() })
}

/// Bytes up to the next frame. A rest that may be the beginning of one is left.
fn noise<'a>(reader: &mut Reader<'a>) -> &'a [u8] {
    let rest = reader.rest();
    let begins = |at: &usize| {
        let rest = rest.get(*at..).unwrap_or_default();
        rest.starts_with(&[0x51, 0x78])
            || rest.starts_with(&[0x12, 0x51, 0x78])
            || matches!(rest, [0x51] | [0x12] | [0x12, 0x51])
    };
    let count = (0..rest.len()).find(begins).unwrap_or(rest.len());
    reader.take(count).unwrap_or_default()
}

fn obey(command: u8, payload: &[u8], offset: usize, paper: &mut Paper) -> Result<Row, DecodeError> {
    let byte = payload.first().copied().unwrap_or_default();
    let pair = match payload {
        [low, high, ..] => u16::from_le_bytes([*low, *high]),
        _ => 0,
    };
    Ok(match command {
        0xA2 => {
            paper.add(offset, super::mirrored(payload).collect())?;
            ("row", format!("{} bytes", payload.len()))
        }
        0xBF => match unpacked(payload) {
            Some(row) => {
                paper.add(offset, row)?;
                ("row", format!("{} runs", payload.len()))
            }
            None => ("row_damaged", format!("{} runs that are not whole bytes", payload.len())),
        },
        0xA1 => {
            paper.feed(pair);
            ("feed", format!("{pair} dots{}", if payload.get(2) == Some(&0x11) { ", then to the mark" } else { "" }))
        }
        0xA0 => ("retract", format!("{pair} dots")),
        0xA3 => ("state_query", String::new()),
        0xA4 => {
            paper.begin();
            ("quality", format!("{byte:02X}"))
        }
        0xA6 if payload == LATTICE_START => {
            paper.begin();
            ("lattice", "start".to_owned())
        }
        0xA6 if payload == LATTICE_END => {
            paper.begin();
            ("lattice", "end".to_owned())
        }
        0xA6 => ("lattice", hex::encode(payload)),
        0xA8 => ("info_query", String::new()),
        0xA9 => ("update", hex::encode(payload)),
        0xAE => ("flow", if byte == 0x10 { "pause" } else { "resume" }.to_owned()),
        0xAF => {
            paper.begin();
            ("energy", pair.to_string())
        }
        0xBD => ("speed", byte.to_string()),
        0xBE => {
            paper.begin();
            ("mode", if byte == 0 { "image" } else { "text" }.to_owned())
        }
        0xCE | 0xCF => ("grey_rows", format!("{} bytes, not drawn", payload.len())),
        0xD2 => ("status", hex::encode(payload)),
        0xD3 => ("temperature", hex::encode(payload)),
        0xF2 => {
            paper.begin();
            ("density", payload.get(1).copied().unwrap_or(byte).to_string())
        }
        other => ("other", format!("{other:02X} {}", excerpt(payload))),
    })
}

/// Runs as a row; `None` unless they are whole bytes.
fn unpacked(runs: &[u8]) -> Option<Vec<u8>> {
    let dots: usize = runs.iter().map(|run| usize::from(run & 0x7F)).sum();
    if !dots.is_multiple_of(8) || dots == 0 {
        return None;
    }
    let mut row = vec![0_u8; dots / 8];
    let mut at = 0;
    for run in runs {
        for _ in 0..run & 0x7F {
            if run & 0x80 != 0
                && let Some(byte) = row.get_mut(at / 8)
            {
                *byte |= 0x80 >> (at % 8);
            }
            at += 1;
        }
    }
    Some(row)
}

/// Rows that become pages.
#[derive(Default)]
struct Paper {
    rows: Vec<Vec<u8>>,
    /// White rows fed since the last row.
    fed: u32,
    bytes: usize,
    widest: usize,
    pages: Vec<Bitmap>,
}

impl Paper {
    fn add(&mut self, offset: usize, row: Vec<u8>) -> Result<(), DecodeError> {
        let too_large = DecodeError::TooLarge { offset };
        let fed = usize::try_from(std::mem::take(&mut self.fed)).unwrap_or(usize::MAX);
        if !self.rows.is_empty() {
            if self.rows.len().saturating_add(fed) >= MAX_PAGE_ROWS as usize {
                return Err(too_large);
            }
            self.rows.extend(std::iter::repeat_n(Vec::new(), fed));
        }
        if self.rows.len() >= MAX_PAGE_ROWS as usize {
            return Err(too_large);
        }
        self.widest = self.widest.max(row.len());
        self.rows.push(row);
        // As it will be: all rows are as wide as the widest.
        if self.bytes.saturating_add(self.widest.saturating_mul(self.rows.len())) > MAX_RASTER_BYTES {
            return Err(too_large);
        }
        Ok(())
    }

    fn feed(&mut self, dots: u16) {
        self.fed = self.fed.saturating_add(dots.into());
    }

    /// A job begins here, or ends.
    fn begin(&mut self) {
        let (rows, stride) = (std::mem::take(&mut self.rows), std::mem::take(&mut self.widest));
        self.fed = 0;
        let mut bytes = Vec::with_capacity(stride.saturating_mul(rows.len()));
        for row in &rows {
            let end = bytes.len() + stride;
            bytes.extend_from_slice(row);
            bytes.resize(end, 0);
        }
        self.bytes = self.bytes.saturating_add(bytes.len());
        let width = u32::try_from(stride * 8).unwrap_or(u32::MAX);
        let height = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        if height > 0 && width > 0 {
            self.pages.extend(Bitmap::from_rows(width, height, bytes));
        }
    }

    fn finish(mut self) -> Vec<Bitmap> {
        self.begin();
        self.pages
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::{Mark, put};
    use super::*;

    fn job(frames: &[(u8, &[u8])]) -> Vec<u8> {
        let mut prn = Vec::new();
        for (command, payload) in frames {
            put(&mut prn, Mark::Cat, *command, payload);
        }
        prn
    }

    #[test]
    fn feeds_between_rows_are_white_rows_and_those_at_the_end_are_not() {
        let decoded =
            decode(&job(&[(0xA4, &[0x33]), (0xA2, &[1]), (0xA1, &[2, 0]), (0xBF, &[0x88]), (0xA1, &[48, 0])])).unwrap();
        assert_eq!(decoded.pages.len(), 1);
        assert_eq!(decoded.pages[0].bytes(), [0x80, 0, 0, 0xFF]);
    }

    #[test]
    fn a_frame_with_a_wrong_check_sum_is_not_printed_and_the_next_one_is() {
        let mut prn = job(&[(0xA2, &[1]), (0xA2, &[2]), (0xA2, &[4])]);
        prn[9 + 6] ^= 1;
        let decoded = decode(&prn).unwrap();
        assert_eq!(decoded.pages[0].bytes(), [0x80, 0x20]);
        assert_eq!(decoded.commands[1].name, "damaged");
    }

    #[test]
    fn noise_is_listed_and_a_cut_off_frame_is_an_error() {
        let prn = [b"noise".as_slice(), &job(&[(0xA3, &[0])])].concat();
        let names: Vec<_> = decode(&prn).unwrap().commands.iter().map(|command| command.name).collect();
        assert_eq!(names, ["unknown", "state_query"]);
        for end in 6..prn.len() {
            assert_eq!(decode(&prn[..end]), Err(DecodeError::Truncated { offset: 5, command: "frame" }), "{end}");
        }
    }
}
