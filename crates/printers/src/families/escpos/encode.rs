//! A page as ESC/POS.
//!
//! ```text
//! 1B 40                                 initialise: nothing of an earlier job is left
//!
//! 1D 76 30 00 xL xH yL yH rows…         escpos: x bytes a row, y ≤ 255 rows, repeated
//!
//! 1D 28 4C pL pH 30 70 30 01 01 31      escpos-graphics: store x × y dots, y ≤ 240; p = 10 + bytes
//!    xL xH yL yH rows…                  (1D 38 4C p p p p … when p is more than 32 778)
//! 1D 28 4C 02 00 30 32                  … and print them; both repeated
//!
//! 1B 33 n                               escpos-column: line spacing of 24 dots
//! 1B 2A 21 nL nH columns… 0A            n columns of 3 bytes, repeated
//! 1B 2A 21 nL nH columns… 1B 4A r       the last band, when it has r < 24 rows
//!
//! 1B 4A n                               feed n dots, repeated while more than 255 are left
//! 1D 56 41|42 00                        feed the end of the page to the cutter, cut (full|partial)
//! ```
//! Bit 7 is left, 1 is black.
//!
//! Source: section "What Platen sends" of `docs/protocols/escpos.md`. Deliberately absent: status queries (their
//! answers would arrive where nobody reads them) and anything that changes the printer's stored settings.

use super::column::{BAND, columns};
use super::{ESC, GS, Image, LF};
use crate::catalogue::{Model, Quirk};
use crate::encoder::{Bands, Encoder, Sheet};
use crate::family::{EncodeError, Finish, MAX_PAGE_ROWS};
use platen_model::Cut;

impl Image {
    /// The widest page in dots: what the command's length field can say.
    const fn most(self) -> u32 {
        match self {
            Self::Raster => 65_535 * 8,
            Self::Graphics => 65_528,
            // The high byte is 0 to 3 in most manuals.
            Self::Column => 1016,
        }
    }

    /// Rows in a band.
    const fn band(self) -> usize {
        match self {
            // Real drivers use 255 too: some printers take only the low byte of the height.
            Self::Raster => 255,
            // The manual calls 120 to 400 rows a store the fastest; a printer's memory for them is small.
            Self::Graphics => 240,
            Self::Column => BAND,
        }
    }
}

/// The most that older models take after `GS ( L`.
const MOST_PARAMETERS: usize = 32_778;

pub(super) fn begin(
    image: Image,
    model: &Model,
    sheet: Sheet,
    finish: &Finish,
    prn: &mut Vec<u8>,
) -> Result<Encoder, EncodeError> {
    sheet.check(image.most(), true)?;
    prn.extend([ESC, b'@']);
    if image == Image::Column {
        prn.extend([ESC, b'3', if model.has(Quirk::CoarseLineUnit) { 16 } else { 24 }]);
    }
    let mut tail = Vec::new();
    feed(&mut tail, model, finish.feed_dots);
    cut(&mut tail, model, finish.cut);
    // Over Bluetooth a band is as much as an aborted job can leave open: short ones are closed soon.
    let short = model.ble.as_ref().and_then(|ble| ble.band_rows).filter(|_| image != Image::Column);
    let band = short.map_or(image.band(), |rows| usize::from(rows).min(image.band()));
    Ok(Encoder::new(sheet, band, Page { image, stride: sheet.stride(), tail }))
}

struct Page {
    image: Image,
    stride: usize,
    /// Feed and cut.
    tail: Vec<u8>,
}

impl Bands for Page {
    fn band(&mut self, rows: &[u8], prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self.image {
            Image::Raster => raster(rows, self.stride, prn),
            Image::Graphics => graphics(rows, self.stride, prn),
            Image::Column => column(rows, self.stride, prn),
        }
        Ok(())
    }

    fn end(&mut self, prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        prn.append(&mut self.tail);
        Ok(())
    }
}

/// The two bytes of a number that the sheet's check has kept in range.
fn low_high(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes()
}

fn raster(rows: &[u8], stride: usize, prn: &mut Vec<u8>) {
    let ([xl, xh], [yl, yh]) = (low_high(stride), low_high(rows.len() / stride));
    prn.extend([GS, b'v', b'0', 0, xl, xh, yl, yh]);
    prn.extend_from_slice(rows);
}

fn graphics(rows: &[u8], stride: usize, prn: &mut Vec<u8>) {
    let ([xl, xh], [yl, yh]) = (low_high(stride * 8), low_high(rows.len() / stride));
    let parameters = 10 + rows.len();
    if parameters <= MOST_PARAMETERS {
        prn.extend([GS, b'(', b'L']);
        prn.extend(low_high(parameters));
    } else {
        prn.extend([GS, b'8', b'L']);
        prn.extend(u32::try_from(parameters).unwrap_or(u32::MAX).to_le_bytes());
    }
    prn.extend([b'0', 112, b'0', 1, 1, b'1', xl, xh, yl, yh]);
    prn.extend_from_slice(rows);
    prn.extend([GS, b'(', b'L', 2, 0, b'0', 50]);
}

fn column(rows: &[u8], stride: usize, prn: &mut Vec<u8>) {
    let [nl, nh] = low_high(stride * 8);
    prn.extend([ESC, b'*', 33, nl, nh]);
    columns(rows, stride, prn);
    let count = rows.len() / stride;
    if count == BAND {
        prn.push(LF);
    } else {
        // The head burns 24 rows whatever is said here; the number tells a reader how many of them are the page's.
        prn.extend([ESC, b'J', u8::try_from(count).unwrap_or(0)]);
    }
}

fn feed(prn: &mut Vec<u8>, model: &Model, dots: u32) {
    let mut units = if model.has(Quirk::HalfDotFeed) { dots.saturating_mul(2) } else { dots };
    // No feed needs more than a page; a number gone wrong must not become megabytes of feeds.
    units = units.min(MAX_PAGE_ROWS);
    while units > 0 {
        let step = u8::try_from(units).unwrap_or(u8::MAX);
        prn.extend([ESC, b'J', step]);
        units -= u32::from(step);
    }
}

fn cut(prn: &mut Vec<u8>, model: &Model, cut: Cut) {
    let full = match cut {
        Cut::None => return,
        Cut::Partial => false,
        Cut::Full => true,
    };
    if !model.cut {
        return;
    }
    if model.has(Quirk::PlainCut) {
        prn.extend([GS, b'V', u8::from(!full)]);
    } else {
        // The blade sits above the head: without this form it would cut through the last centimetre of the page.
        prn.extend([GS, b'V', if full { 0x41 } else { 0x42 }, 0]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{COLUMN, GRAPHICS, RASTER};
    use super::*;
    use crate::catalogue::{DEFAULT_MODEL, model};
    use crate::family::Family;
    use platen_model::Bitmap;

    fn default_model() -> Model {
        model(DEFAULT_MODEL).unwrap().clone()
    }

    #[test]
    fn a_page_is_init_bands_feed_cut_and_nothing_else() {
        let mut page = Bitmap::white(16, 257);
        page.set_black(0, 0);
        page.set_black(15, 256);
        let prn = RASTER.encode(&default_model(), &page, &Finish { feed_dots: 300, cut: Cut::Full }).unwrap();
        let mut expected = vec![0x1B, 0x40, 0x1D, 0x76, 0x30, 0, 2, 0, 255, 0, 0x80];
        expected.resize(10 + 2 * 255, 0);
        expected.extend([0x1D, 0x76, 0x30, 0, 2, 0, 2, 0, 0, 0, 0, 1]);
        expected.extend([0x1B, 0x4A, 255, 0x1B, 0x4A, 45, 0x1D, 0x56, 0x41, 0]);
        assert_eq!(prn, expected);
    }

    #[test]
    fn graphics_are_stored_and_printed_band_by_band() {
        let prn = GRAPHICS.encode(&default_model(), &Bitmap::white(16, 241), &Finish { feed_dots: 0, cut: Cut::None });
        let mut expected = vec![0x1B, 0x40, 0x1D, 0x28, 0x4C, 0xEA, 1, 0x30, 0x70, 0x30, 1, 1, 0x31, 16, 0, 240, 0];
        expected.resize(expected.len() + 480, 0);
        expected.extend([0x1D, 0x28, 0x4C, 2, 0, 0x30, 0x32]);
        expected.extend([0x1D, 0x28, 0x4C, 12, 0, 0x30, 0x70, 0x30, 1, 1, 0x31, 16, 0, 1, 0, 0, 0]);
        expected.extend([0x1D, 0x28, 0x4C, 2, 0, 0x30, 0x32]);
        assert_eq!(prn.unwrap(), expected);
    }

    #[test]
    fn graphics_that_old_models_cannot_take_at_once_get_the_long_form() {
        let head = |width| GRAPHICS.encode(&default_model(), &Bitmap::white(width, 240), &Finish::default()).unwrap();
        assert_eq!(head(1088)[2..7], [0x1D, 0x28, 0x4C, 0x8A, 0x7F]);
        assert_eq!(head(1096)[2..9], [0x1D, 0x38, 0x4C, 0x7A, 0x80, 0, 0]);
    }

    #[test]
    fn columns_come_in_bands_of_24_and_the_last_one_says_how_much_of_it_counts() {
        let mut page = Bitmap::white(8, 26);
        page.set_black(0, 0);
        page.set_black(7, 25);
        let finish = Finish { feed_dots: 9, cut: Cut::None };
        let band = |spacing: u8| {
            let mut expected = vec![0x1B, 0x40, 0x1B, 0x33, spacing, 0x1B, 0x2A, 33, 8, 0, 0x80];
            expected.resize(10 + 24, 0);
            expected.extend([0x0A, 0x1B, 0x2A, 33, 8, 0]);
            expected.resize(expected.len() + 21, 0);
            expected.extend([0x40, 0, 0, 0x1B, 0x4A, 2, 0x1B, 0x4A, 9]);
            expected
        };
        assert_eq!(COLUMN.encode(&default_model(), &page, &finish).unwrap(), band(24));
        let coarse = Model { quirks: vec![Quirk::CoarseLineUnit], ..default_model() };
        assert_eq!(COLUMN.encode(&coarse, &page, &finish).unwrap(), band(16));
    }

    #[test]
    fn a_model_without_cutter_is_never_told_to_cut() {
        let finish = Finish { feed_dots: 0, cut: Cut::Full };
        let prn = RASTER.encode(&Model { cut: false, ..default_model() }, &Bitmap::white(8, 1), &finish).unwrap();
        assert_eq!(prn, [0x1B, 0x40, 0x1D, 0x76, 0x30, 0, 1, 0, 1, 0, 0]);
    }

    #[test]
    fn quirks_change_feed_and_cut() {
        let quirky = Model { quirks: vec![Quirk::HalfDotFeed, Quirk::PlainCut], ..default_model() };
        let finish = Finish { feed_dots: 24, cut: Cut::Partial };
        let prn = RASTER.encode(&quirky, &Bitmap::white(8, 1), &finish).unwrap();
        assert_eq!(prn[11..], [0x1B, 0x4A, 48, 0x1D, 0x56, 1]);
    }

    #[test]
    fn pages_that_cannot_travel_are_refused() {
        let with = |family: &dyn Family, width, rows| {
            family.encode(&default_model(), &Bitmap::white(width, rows), &Finish::default())
        };
        for (family, most) in [(RASTER, 524_280), (GRAPHICS, 65_528), (COLUMN, 1016)] {
            assert_eq!(with(&family, 383, 1), Err(EncodeError::WidthNotWhole { width: 383 }));
            assert_eq!(with(&family, 8, 120_001), Err(EncodeError::TooTall { rows: 120_001, most: 120_000 }));
            assert!(with(&family, most, 1).is_ok());
            assert_eq!(with(&family, most + 8, 1), Err(EncodeError::TooWide { width: most + 8, most }));
            assert_eq!(with(&family, 8, 0), Err(EncodeError::Empty));
            assert_eq!(with(&family, 0, 8), Err(EncodeError::Empty));
        }
    }
}
