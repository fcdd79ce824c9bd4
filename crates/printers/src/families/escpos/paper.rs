//! The paper below the head: raster and feeds of one page, put together when the page ends.
//!
//! Source: section "How it is read" of `docs/protocols/escpos.md`. Feeds become white rows only when more dots follow:
//! the feed before a cut belongs to the finish, not to the page. Deliberately absent: letters of the printer's own
//! fonts; they move the paper but leave no dots here.

use crate::family::{DecodeError, MAX_PAGE_ROWS, MAX_RASTER_BYTES};
use platen_model::Bitmap;

/// Where a narrower raster stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Align {
    #[default]
    Left,
    Centre,
    Right,
}

/// Raster as it came, with the layout that was in force.
struct Strip {
    y: u32,
    stride: usize,
    rows: Vec<u8>,
    align: Align,
    /// Left margin in dots.
    margin: u32,
    /// Width of the print area in dots, when it was set.
    area: Option<u32>,
}

impl Strip {
    fn width(&self) -> u32 {
        u32::try_from(self.stride.saturating_mul(8)).unwrap_or(u32::MAX)
    }

    /// The column of the first dot, on a page whose widest raster has `widest` dots.
    fn x(&self, widest: u32) -> u32 {
        let spare = self.area.unwrap_or(widest).saturating_sub(self.width());
        let shift = match self.align {
            Align::Left => 0,
            Align::Centre => spare / 2,
            Align::Right => spare,
        };
        self.margin.saturating_add(shift)
    }
}

/// The page under way and those that are done.
pub(super) struct Paper {
    pub(super) align: Align,
    pub(super) margin: u32,
    pub(super) area: Option<u32>,
    /// Dots that a line feed moves.
    pub(super) line_spacing: u32,
    y: u32,
    strips: Vec<Strip>,
    /// Bytes of raster that may still come, over all pages.
    budget: usize,
    pages: Vec<Bitmap>,
}

/// Dots that a line feed moves unless `ESC 3` says otherwise.
pub(super) const DEFAULT_LINE_SPACING: u32 = 30;

impl Paper {
    pub(super) fn new() -> Self {
        Self {
            align: Align::Left,
            margin: 0,
            area: None,
            line_spacing: DEFAULT_LINE_SPACING,
            y: 0,
            strips: Vec::new(),
            budget: MAX_RASTER_BYTES,
            pages: Vec::new(),
        }
    }

    /// Moves the paper on.
    pub(super) fn feed(&mut self, dots: u32) {
        self.y = self.y.saturating_add(dots);
    }

    /// Burns `rows` of `stride` bytes, each dot `wide` columns and `high` rows large. `offset` is for the error.
    pub(super) fn burn(
        &mut self,
        offset: usize,
        rows: &[u8],
        stride: usize,
        (wide, high): (usize, usize),
    ) -> Result<(), DecodeError> {
        if rows.is_empty() || stride == 0 {
            return Ok(());
        }
        let too_large = DecodeError::TooLarge { offset };
        let scaled =
            rows.len().checked_mul(wide * high).filter(|&bytes| bytes <= self.budget).ok_or(too_large.clone())?;
        let count = u32::try_from(rows.len() / stride * high).map_err(|_| too_large.clone())?;
        let end = self.y.checked_add(count).filter(|&end| end <= MAX_PAGE_ROWS).ok_or(too_large)?;
        self.budget -= scaled;
        let rows = if (wide, high) == (1, 1) { rows.to_vec() } else { magnify(rows, stride, wide, high) };
        let (align, margin, area) = (self.align, self.margin, self.area);
        self.strips.push(Strip { y: self.y, stride: stride * wide, rows, align, margin, area });
        self.y = end;
        Ok(())
    }

    /// Ends the page: what was burned since the last end becomes one, with all its strips on one sheet.
    pub(super) fn end_page(&mut self, offset: usize) -> Result<(), DecodeError> {
        let strips = std::mem::take(&mut self.strips);
        self.y = 0;
        let Some(last) = strips.last() else { return Ok(()) };
        let height = last.y + u32::try_from(last.rows.len() / last.stride.max(1)).unwrap_or(0);
        let widest = strips.iter().map(Strip::width).max().unwrap_or(0);
        let right = strips.iter().map(|strip| strip.x(widest).saturating_add(strip.width())).max().unwrap_or(0);
        let width = right.div_ceil(8).saturating_mul(8);
        // The strips are already paid for; a sheet that is larger than they are (margins, feeds) costs the rest.
        let paid: usize = strips.iter().map(|strip| strip.rows.len()).sum();
        let sheet = Bitmap::stride_of(width).saturating_mul(height as usize);
        let rest = sheet.saturating_sub(paid);
        self.budget = self.budget.checked_sub(rest).ok_or(DecodeError::TooLarge { offset })?;

        // The usual case, and all that we write ourselves: strips of equal width without gaps.
        let mut page = Bitmap::white(width, height);
        for strip in &strips {
            let x = strip.x(widest);
            for (y, row) in (strip.y..).zip(strip.rows.chunks_exact(strip.stride)) {
                copy_dots(page.row_mut(y), x, row);
            }
        }
        self.pages.push(page);
        Ok(())
    }

    /// Back to the state after switching on; ends the page.
    pub(super) fn initialise(&mut self, offset: usize) -> Result<(), DecodeError> {
        self.end_page(offset)?;
        self.align = Align::Left;
        self.margin = 0;
        self.area = None;
        self.line_spacing = DEFAULT_LINE_SPACING;
        Ok(())
    }

    /// Ends the last page and gives all of them.
    pub(super) fn finish(mut self, offset: usize) -> Result<Vec<Bitmap>, DecodeError> {
        self.end_page(offset)?;
        Ok(self.pages)
    }
}

/// Puts the dots of `source` into `row` from column `x` on.
fn copy_dots(row: &mut [u8], x: u32, source: &[u8]) {
    let (skip, shift) = ((x / 8) as usize, x % 8);
    let Some(target) = row.get_mut(skip..) else { return };
    if shift == 0 {
        for (to, from) in target.iter_mut().zip(source) {
            *to |= from;
        }
        return;
    }
    let mut carry = 0_u8;
    for (to, from) in target.iter_mut().zip(source.iter().chain(std::iter::once(&0))) {
        *to |= carry | (from >> shift);
        carry = from << (8 - shift);
    }
}

/// Rows with each dot `wide` columns and `high` rows large; `wide` is 1 or 2.
fn magnify(rows: &[u8], stride: usize, wide: usize, high: usize) -> Vec<u8> {
    let mut large = Vec::with_capacity(rows.len().saturating_mul(wide * high));
    for row in rows.chunks_exact(stride) {
        for _ in 0..high {
            if wide == 2 {
                large.extend(row.iter().flat_map(|&byte| double(byte)));
            } else {
                large.extend_from_slice(row);
            }
        }
    }
    large
}

/// Eight dots as sixteen: each bit twice.
fn double(byte: u8) -> [u8; 2] {
    let spread = (0..8).fold(0_u16, |sum, bit| sum | (u16::from(byte >> bit & 1) * 0b11) << (2 * bit));
    spread.to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dot_becomes_two() {
        assert_eq!(double(0b1000_0001), [0b1100_0000, 0b0000_0011]);
        assert_eq!(double(0xFF), [0xFF, 0xFF]);
        assert_eq!(magnify(&[0x80, 0x01], 1, 2, 2), [0xC0, 0, 0xC0, 0, 0, 0x03, 0, 0x03]);
    }

    #[test]
    fn dots_move_to_any_column() {
        let mut row = [0; 3];
        copy_dots(&mut row, 3, &[0xFF, 0x01]);
        assert_eq!(row, [0x1F, 0xE0, 0x20]);
    }

    #[test]
    fn a_wide_row_and_a_long_feed_do_not_become_a_giant_sheet() {
        let mut paper = Paper::new();
        paper.burn(0, &[0; 60_000], 60_000, (1, 1)).unwrap();
        paper.feed(29_000);
        paper.burn(1, &[0], 1, (1, 1)).unwrap();
        assert_eq!(paper.finish(2), Err(DecodeError::TooLarge { offset: 2 }));
    }
}
