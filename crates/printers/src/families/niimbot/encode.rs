//! A page as the packets of one print.
//!
//! ```text
//!   21 density   23 label type   01 begin the print   [20 clear]   [03 begin the page]   13 size   [15 copies]
//!   84 row repeat                          rows without a dot
//!   85 row counts repeat bits              rows of bits, bit 7 left
//!   83 row counts repeat column column …   rows of at most six dots
//!   [86 row]   E3 end the page   F3 end the print
//! ```
//!
//! Source: sections "Print tasks" and "Rows" of `docs/protocols/niimbot.md`. The page is as it comes out of the printer: its
//! width lies along the head, and nothing is turned here. Deliberately absent: questions (whoever prints asks them between
//! the packets), feeding (the printer goes to the next label by itself) and cutting.

use super::packet::{MOST_DATA, command, write, write_parts};
use super::tasks::{CHECK_ROWS, Task};
use crate::catalogue::{Media, Model};
use crate::encoder::{Bands, Encoder, Sheet};
use crate::families::label::MOST_ROWS;
use crate::family::EncodeError;

/// Bytes in front of a row's bits: its number, three counts and how often it comes.
const ROW_HEAD: usize = 6;

/// The widest page in dots: a row travels in one packet.
pub(super) const MOST_DOTS: u32 = ((MOST_DATA - ROW_HEAD) * 8) as u32;

/// More single dots than this in one packet switch the printer off.
pub(super) const MOST_SINGLE: usize = 6;

pub(super) fn begin(
    task: &'static Task,
    model: &Model,
    sheet: Sheet,
    prn: &mut Vec<u8>,
) -> Result<Encoder, EncodeError> {
    sheet.check_label(MOST_DOTS, MOST_ROWS)?;
    let too_tall = EncodeError::TooTall { rows: sheet.rows, most: MOST_ROWS };
    let (rows, columns) = u16::try_from(sheet.rows).ok().zip(u16::try_from(sheet.width).ok()).ok_or(too_tall)?;
    if let Some(density) = model.density {
        let (least, most) = model.ble.as_ref().and_then(|ble| ble.densities).unwrap_or((1, u8::MAX));
        write(prn, command::DENSITY, &[density.max(least).min(most)]);
    }
    let label = model.label_type.unwrap_or(match model.media {
        Media::Gap => 1,
        Media::Mark => 2,
        Media::Continuous => 3,
    });
    write(prn, command::LABEL_TYPE, &[label]);
    write(prn, command::PRINT_START, &task.start(model.speed));
    if task.clears {
        write(prn, command::CLEAR, &[1]);
    }
    if task.opens {
        write(prn, command::PAGE_START, &[1]);
    }
    write(prn, command::PAGE_SIZE, &task.size(rows, columns));
    if task.counts_copies {
        write(prn, command::QUANTITY, &[0, 1]);
    }
    let third = (model.width_dots / 24) as usize;
    Ok(Encoder::new(sheet, CHECK_ROWS, Page { task, stride: sheet.stride(), third, next: 0 }))
}

struct Page {
    task: &'static Task,
    stride: usize,
    /// Bytes in a third of the head.
    third: usize,
    /// Number of the next row.
    next: u16,
}

impl Page {
    fn row(&mut self, row: &[u8], repeat: u8, prn: &mut Vec<u8>) {
        let [high, low] = self.next.to_be_bytes();
        let black: u32 = row.iter().map(|byte| byte.count_ones()).sum();
        // Where `13` does not say how wide the page is, the first row does, even without a dot.
        let whole = self.next == 0 && self.task.hides_width();
        if black == 0 && !whole {
            write(prn, command::BLANK, &[high, low, repeat]);
        } else {
            let [left, middle, right] = self.counts(row, black);
            let head = [high, low, left, middle, right, repeat];
            if black as usize <= MOST_SINGLE && !whole {
                let places: Vec<u8> = columns(row).flat_map(u16::to_be_bytes).collect();
                write_parts(prn, command::DOTS, &head, &places);
            } else {
                write_parts(prn, command::BITS, &head, row);
            }
        }
        self.next = self.next.saturating_add(u16::from(repeat));
    }

    /// Black dots in each third of the head, or, where that cannot be told, all of them: nought, low byte, high byte.
    fn counts(&self, row: &[u8], black: u32) -> [u8; 3] {
        let [low, high, ..] = black.to_le_bytes();
        if self.task.counts_whole || row.len() > self.third.saturating_mul(3) {
            return [0, low, high];
        }
        let mut thirds = row.chunks(self.third).map(|part| part.iter().map(|byte| byte.count_ones()).sum::<u32>());
        let mut next = || u8::try_from(thirds.next().unwrap_or(0));
        match (next(), next(), next()) {
            (Ok(left), Ok(middle), Ok(right)) => [left, middle, right],
            _ => [0, low, high],
        }
    }
}

/// The columns of a row's black dots.
fn columns(row: &[u8]) -> impl Iterator<Item = u16> + '_ {
    (0_u16..).step_by(8).zip(row).flat_map(|(first, byte)| {
        (0..8_u16).filter(move |bit| byte << bit & 0x80 != 0).map(move |bit| first.saturating_add(bit))
    })
}

impl Bands for Page {
    fn band(&mut self, rows: &[u8], prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut rows = rows.chunks_exact(self.stride).peekable();
        while let Some(row) = rows.next() {
            let mut repeat = 1_u8;
            while repeat < u8::MAX && rows.next_if(|next| *next == row).is_some() {
                repeat += 1;
            }
            self.row(row, repeat, prn);
        }
        if self.task.checks && usize::from(self.next).is_multiple_of(CHECK_ROWS) {
            let [high, low] = self.next.saturating_sub(1).to_be_bytes();
            write(prn, command::CHECK_LINE, &[high, low, 1]);
        }
        Ok(())
    }

    fn end(&mut self, prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        write(prn, command::PAGE_END, &[1]);
        write(prn, command::PRINT_END, &[1]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{B1, B21, D11, D110, V4};
    use super::*;
    use crate::family::{Family, Finish};
    use platen_model::Bitmap;

    fn packets(family: &dyn Family, page: &Bitmap, change: impl Fn(&mut Model)) -> Vec<String> {
        let mut model = crate::catalogue().iter().find(|model| model.family == family.id()).unwrap().clone();
        (model.width_dots, model.density, model.speed, model.label_type) = (384, None, None, None);
        change(&mut model);
        let prn = family.encode(&model, page, &Finish::default()).unwrap();
        let mut rest = &prn[..];
        let mut found = Vec::new();
        while let super::super::packet::Reading::Whole(packet) = super::super::packet::read(rest) {
            found.push(format!("{:02x} {}", packet.command, hex::encode(packet.data)));
            rest = &rest[packet.length..];
        }
        assert!(rest.is_empty());
        found
    }

    fn page(width: u32, rows: &[u8]) -> Bitmap {
        let height = rows.len() / Bitmap::stride_of(width);
        Bitmap::from_rows(width, u32::try_from(height).unwrap(), rows.to_vec()).unwrap()
    }

    #[test]
    fn a_page_is_head_rows_and_two_ends() {
        let page = page(32, &[0, 0, 0, 0, 0xFF, 0, 0xDF, 0x0F, 0xFF, 0, 0xDF, 0x0F, 0x80, 0, 0, 1]);
        let expected = [
            "23 01",
            "01 00010000000000",
            "03 01",
            "13 000400200001",
            "84 000001",
            "85 000113000002ff00df0f",
            "83 0003020000010000001f",
            "e3 01",
            "f3 01",
        ];
        assert_eq!(packets(&B1, &page, |_| {}), expected);
    }

    #[test]
    fn each_dialect_has_its_own_head() {
        let page = page(8, &[0xFF]);
        let head =
            |family: &dyn Family| packets(family, &page, |model| (model.density, model.speed) = (Some(9), Some(1)));
        let d110 = head(&D110);
        assert_eq!(d110[..7], ["21 03", "23 01", "01 01", "20 01", "03 01", "13 00010008", "15 0001"]);
        assert_eq!(head(&D11)[5], "13 0001");
        let v4 = head(&V4);
        assert_eq!(v4[2..5], ["01 000100000000000100", "13 00010008000100000000000000", "85 000008000001ff"]);
        assert_eq!(head(&B21)[..5], ["21 05", "23 01", "01 01", "03 01", "13 00010008"]);
    }

    #[test]
    fn seven_dots_never_travel_one_by_one() {
        for (dots, command) in [(0xFC, "83"), (0xFE, "85")] {
            let found = packets(&B1, &page(8, &[dots]), |_| {});
            assert!(found[4].starts_with(command), "{found:?}");
        }
    }

    #[test]
    fn dots_are_counted_in_thirds_of_the_head_or_as_a_whole() {
        let row: Vec<u8> = (0..48).map(|byte| if byte == 47 { 1 } else { 0xFF }).collect();
        let count = |family: &dyn Family, width, row: &[u8]| {
            let change = |model: &mut Model| model.width_dots = width;
            let found = packets(family, &page(u32::try_from(row.len() * 8).unwrap(), row), change);
            found.iter().find(|packet| packet.starts_with("85")).unwrap()[7..13].to_owned()
        };
        assert_eq!(count(&B1, 384, &row), "808079");
        assert_eq!(count(&B21, 384, &row), "007901");
        // Wider than the head, or a third that has more dots than a byte counts.
        assert_eq!(count(&B1, 96, &row), "007901");
        assert_eq!(count(&B1, 1600, &[0xFF; 200]), "004006");
    }

    #[test]
    fn equal_rows_travel_once_up_to_the_next_check() {
        let found = packets(&B21, &page(8, &[0xFF; 450]), |_| {});
        let rows = ["85 0000000800c8ff", "86 00c701", "85 00c8000800c8ff", "86 018f01", "85 01900008 0032ff"];
        assert_eq!(found[4..9], rows.map(|row| format!("{} {}", &row[..2], row[3..].replace(' ', ""))));
    }

    #[test]
    fn the_first_row_tells_the_width_where_nothing_else_does() {
        let white = packets(&D11, &Bitmap::white(16, 5), |_| {});
        assert_eq!(white[6], "85 0000000000050000");
    }

    #[test]
    fn a_page_wider_than_a_packet_is_refused() {
        let model = crate::catalogue().iter().find(|model| model.family == "niimbot").unwrap();
        let encoded = B1.encode(model, &Bitmap::white(2000, 1), &Finish::default());
        assert_eq!(encoded, Err(EncodeError::TooWide { width: 2000, most: 1992 }));
    }
}
