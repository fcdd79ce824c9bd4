//! What all label languages have in common: the size of a label, and how its image is listed.
//!
//! Deliberately absent: the labels on the printer's roll. A page that is longer than its label is the user's choice of
//! paper, not the language's.

use super::listing::Row;
use crate::catalogue::{Media, Model};
use crate::encoder::Sheet;
use crate::family::Finish;

/// The widest page in dots: far beyond every head, and short enough for every number of these languages.
pub(crate) const MOST_DOTS: u32 = 65_528;

/// The longest label in rows: these printers hold one whole before they print it.
pub(crate) const MOST_ROWS: u32 = 30_000;

/// Rows in a band. The languages set no limit; a band is what is sent at once.
pub(crate) const BAND_ROWS: usize = 64;

/// Length of the label in dots. On paper without gaps the feed is a part of it; a gap is found by the printer itself.
pub(crate) fn length(model: &Model, sheet: Sheet, finish: &Finish) -> u32 {
    let feed = if model.media == Media::Continuous { finish.feed_dots.min(MOST_ROWS) } else { 0 };
    sheet.rows.saturating_add(feed)
}

/// Length of the gap or mark in dots, rounded to the nearest.
pub(crate) fn gap_dots(model: &Model) -> u32 {
    (u32::from(model.gap_mm) * 10 * model.dpi + 127) / 254
}

/// `dots` in millimetres with two decimals at most, rounded up: the last row must be on the label.
pub(crate) fn millimetres(dots: u32, dpi: u32) -> String {
    let hundredths = (u64::from(dots) * 2540).div_ceil(u64::from(dpi.max(1)));
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The text for an image in a list.
pub(crate) fn image_row([x, y, stride, rows]: [u32; 4], form: &str) -> Row {
    ("image", format!("{stride} bytes × {rows} rows at {x},{y}, {form}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_told_in_millimetres_and_never_too_short() {
        for (dots, dpi, text) in [(203, 203, "25.4"), (384, 203, "48.05"), (600, 300, "50.8"), (1, 203, "0.13")] {
            assert_eq!(millimetres(dots, dpi), text);
        }
        assert_eq!(millimetres(254, 254), "25.4");
        assert_eq!(millimetres(508, 508), "25.4");
        assert_eq!(millimetres(200, 254), "20");
    }
}
