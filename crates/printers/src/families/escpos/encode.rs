//! A page as ESC/POS.
//!
//! ```text
//! 1B 40                            initialise: nothing of an earlier job is left
//! 1D 76 30 00 xL xH yL yH  rows…   GS v 0, repeated: x bytes a row, y ≤ 255 rows, bit 7 left, 1 = black
//! 1B 4A n                          feed n dots, repeated while more than 255 are left
//! 1D 56 41|42 00                   feed the end of the page to the cutter, cut (full|partial)
//! ```
//!
//! Source: section "What Platen sends" of `docs/protocols/escpos.md`. Deliberately absent: status queries (their
//! answers would arrive where nobody reads them) and anything that changes the printer's stored settings.

use super::{ESC, GS};
use crate::catalogue::{Model, Quirk};
use crate::family::{EncodeError, Finish, MAX_PAGE_ROWS};
use platen_model::{Bitmap, Cut};

/// Rows in a band. Real drivers use 255 too: some printers take only the low byte of the height.
const BAND_ROWS: usize = 255;

/// The longest row that the two length bytes can say, in dots.
const MAX_WIDTH: u32 = 65_535 * 8;

pub(super) fn encode(model: &Model, page: &Bitmap, finish: &Finish) -> Result<Vec<u8>, EncodeError> {
    let (width, rows) = (page.width(), page.height());
    if width == 0 || rows == 0 {
        return Err(EncodeError::Empty);
    }
    if width % 8 != 0 {
        return Err(EncodeError::WidthNotWhole { width });
    }
    if rows > MAX_PAGE_ROWS {
        return Err(EncodeError::TooTall { rows });
    }
    let stride = page.stride();
    let [xl, xh] = u16::try_from(stride).map_err(|_| EncodeError::TooWide { width, most: MAX_WIDTH })?.to_le_bytes();

    let mut prn = Vec::with_capacity(page.bytes().len() + page.bytes().len() / (stride * BAND_ROWS) * 8 + 64);
    prn.extend([ESC, b'@']);
    for band in page.bytes().chunks(stride * BAND_ROWS) {
        let [yl, yh] = u16::try_from(band.len() / stride).unwrap_or(u16::MAX).to_le_bytes();
        prn.extend([GS, b'v', b'0', 0, xl, xh, yl, yh]);
        prn.extend_from_slice(band);
    }
    feed(&mut prn, model, finish.feed_dots);
    cut(&mut prn, model, finish.cut);
    Ok(prn)
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
    use super::*;
    use crate::catalogue::{DEFAULT_MODEL, model};

    fn default_model() -> Model {
        model(DEFAULT_MODEL).unwrap().clone()
    }

    #[test]
    fn a_page_is_init_bands_feed_cut_and_nothing_else() {
        let mut page = Bitmap::white(16, 257);
        page.set_black(0, 0);
        page.set_black(15, 256);
        let prn = encode(&default_model(), &page, &Finish { feed_dots: 300, cut: Cut::Full }).unwrap();
        let mut expected = vec![0x1B, 0x40, 0x1D, 0x76, 0x30, 0, 2, 0, 255, 0, 0x80];
        expected.resize(10 + 2 * 255, 0);
        expected.extend([0x1D, 0x76, 0x30, 0, 2, 0, 2, 0, 0, 0, 0, 1]);
        expected.extend([0x1B, 0x4A, 255, 0x1B, 0x4A, 45, 0x1D, 0x56, 0x41, 0]);
        assert_eq!(prn, expected);
    }

    #[test]
    fn a_model_without_cutter_is_never_told_to_cut() {
        let finish = Finish { feed_dots: 0, cut: Cut::Full };
        let prn = encode(&Model { cut: false, ..default_model() }, &Bitmap::white(8, 1), &finish).unwrap();
        assert_eq!(prn, [0x1B, 0x40, 0x1D, 0x76, 0x30, 0, 1, 0, 1, 0, 0]);
    }

    #[test]
    fn quirks_change_feed_and_cut() {
        let quirky = Model { quirks: vec![Quirk::HalfDotFeed, Quirk::PlainCut], ..default_model() };
        let finish = Finish { feed_dots: 24, cut: Cut::Partial };
        let prn = encode(&quirky, &Bitmap::white(8, 1), &finish).unwrap();
        assert_eq!(prn[11..], [0x1B, 0x4A, 48, 0x1D, 0x56, 1]);
    }

    #[test]
    fn pages_that_cannot_travel_are_refused() {
        let with = |width, rows| encode(&default_model(), &Bitmap::white(width, rows), &Finish::default());
        assert_eq!(with(383, 1), Err(EncodeError::WidthNotWhole { width: 383 }));
        assert_eq!(with(8, 30_001), Err(EncodeError::TooTall { rows: 30_001 }));
        assert_eq!(with(MAX_WIDTH + 8, 1), Err(EncodeError::TooWide { width: MAX_WIDTH + 8, most: MAX_WIDTH }));
        assert_eq!(with(8, 0), Err(EncodeError::Empty));
        assert_eq!(with(0, 8), Err(EncodeError::Empty));
    }
}
