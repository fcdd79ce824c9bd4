//! The paper below the head: raster and feeds of one page, put together when the page ends.
//!
//! Source: section "How it is read" of `docs/protocols/escpos.md`. Feeds become white rows only when more dots follow:
//! the feed before a cut belongs to the finish, not to the page. Deliberately absent: letters of the printer's own
//! fonts; they move the paper but leave no dots here.

use super::column::{BAND, Mode};
use crate::families::blit::{Blend, blend};
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
    /// Dots a row; the bits beyond are white.
    width: u32,
    stride: usize,
    rows: Vec<u8>,
    /// How many of the rows are the page's if this strip is the last one.
    counted: u32,
    align: Align,
    /// Left margin in dots.
    margin: u32,
    /// Width of the print area in dots, when it was set.
    area: Option<u32>,
}

impl Strip {
    fn count(&self) -> u32 {
        u32::try_from(self.rows.len() / self.stride.max(1)).unwrap_or(u32::MAX)
    }

    /// The column of the first dot, on a page whose widest raster has `widest` dots.
    fn x(&self, widest: u32) -> u32 {
        let spare = self.area.unwrap_or(widest).saturating_sub(self.width);
        let shift = match self.align {
            Align::Left => 0,
            Align::Centre => spare / 2,
            Align::Right => spare,
        };
        self.margin.saturating_add(shift)
    }
}

/// An image in the printer's store, waiting to be printed.
#[derive(Clone, Copy)]
pub(super) struct Graphic<'a> {
    pub(super) width: u32,
    pub(super) rows: &'a [u8],
    pub(super) scale: (usize, usize),
}

/// The page under way and those that are done.
pub(super) struct Paper<'a> {
    pub(super) align: Align,
    pub(super) margin: u32,
    pub(super) area: Option<u32>,
    /// Dots that a line feed moves.
    pub(super) line_spacing: u32,
    /// Columns that wait for the end of their line.
    pub(super) line: Vec<(Mode, &'a [u8])>,
    /// Images that wait to be printed.
    pub(super) store: Vec<Graphic<'a>>,
    y: u32,
    strips: Vec<Strip>,
    /// Bytes of raster that may still come, over all pages.
    budget: usize,
    pages: Vec<Bitmap>,
}

/// Dots that a line feed moves unless `ESC 3` says otherwise.
pub(super) const DEFAULT_LINE_SPACING: u32 = 30;

/// Rows of a band of columns, as they move the paper.
const BAND_DOTS: u32 = 24;

impl<'a> Paper<'a> {
    pub(super) fn new() -> Self {
        Self {
            align: Align::Left,
            margin: 0,
            area: None,
            line_spacing: DEFAULT_LINE_SPACING,
            line: Vec::new(),
            store: Vec::new(),
            y: 0,
            strips: Vec::new(),
            budget: MAX_RASTER_BYTES,
            pages: Vec::new(),
        }
    }

    /// Ends the line: burns the columns in it and moves the paper on by `dots`, but never by less than what was burned.
    /// `counted` says how many rows of the columns are the page's if nothing follows; those with dots always are.
    pub(super) fn end_line(&mut self, offset: usize, dots: u32, counted: Option<u32>) -> Result<(), DecodeError> {
        let moved = if self.burn_line(offset, counted)? { BAND_DOTS } else { 0 };
        self.y = self.y.saturating_add(dots.saturating_sub(moved));
        Ok(())
    }

    /// Burns the columns of the line, if there are any.
    fn burn_line(&mut self, offset: usize, counted: Option<u32>) -> Result<bool, DecodeError> {
        let line = std::mem::take(&mut self.line);
        let width = line.iter().fold(0_usize, |width, (mode, columns)| width.saturating_add(mode.width(columns.len())));
        if width == 0 {
            return Ok(false);
        }
        let stride = width.div_ceil(8);
        self.charge(offset, stride.saturating_mul(BAND))?;
        let mut rows = vec![0; stride * BAND];
        let mut x = 0;
        for (mode, columns) in line {
            mode.draw(columns, &mut rows, stride, x);
            x += mode.width(columns.len());
        }
        let lowest = rows.chunks_exact(stride).rposition(|row| row.iter().any(|&byte| byte != 0)).map_or(0, |y| y + 1);
        let counted = counted.map_or(BAND_DOTS, |rows| rows.min(BAND_DOTS)).max(u32::try_from(lowest).unwrap_or(0));
        self.add(offset, u32::try_from(width).unwrap_or(u32::MAX), stride, rows, counted)?;
        Ok(true)
    }

    /// Burns `rows` of `width` dots, each dot `wide` columns and `high` rows large, after what is left of the line.
    pub(super) fn burn(
        &mut self,
        offset: usize,
        rows: &[u8],
        width: u32,
        (wide, high): (usize, usize),
    ) -> Result<(), DecodeError> {
        self.burn_line(offset, None)?;
        let stride = Bitmap::stride_of(width);
        if rows.is_empty() || stride == 0 {
            return Ok(());
        }
        self.charge(offset, rows.len().saturating_mul(wide * high))?;
        let mut rows = if (wide, high) == (1, 1) { rows.to_vec() } else { magnify(rows, stride, wide, high) };
        let (stride, width) = (stride * wide, width.saturating_mul(u32::try_from(wide).unwrap_or(1)));
        blank_beyond(&mut rows, stride, width);
        let count = u32::try_from(rows.len() / stride).unwrap_or(u32::MAX);
        self.add(offset, width, stride, rows, count)
    }

    /// Burns everything in the store over one another.
    pub(super) fn burn_store(&mut self, offset: usize) -> Result<usize, DecodeError> {
        self.burn_line(offset, None)?;
        let store = std::mem::take(&mut self.store);
        let (top, mut bottom) = (self.y, self.y);
        for graphic in &store {
            self.y = top;
            self.burn(offset, graphic.rows, graphic.width, graphic.scale)?;
            bottom = bottom.max(self.y);
        }
        self.y = bottom;
        Ok(store.len())
    }

    fn charge(&mut self, offset: usize, bytes: usize) -> Result<(), DecodeError> {
        self.budget = self.budget.checked_sub(bytes).ok_or(DecodeError::TooLarge { offset })?;
        Ok(())
    }

    fn add(
        &mut self,
        offset: usize,
        width: u32,
        stride: usize,
        rows: Vec<u8>,
        counted: u32,
    ) -> Result<(), DecodeError> {
        let (align, margin, area) = (self.align, self.margin, self.area);
        let strip = Strip { y: self.y, width, stride, rows, counted, align, margin, area };
        let end = self.y.checked_add(strip.count()).filter(|&end| end <= MAX_PAGE_ROWS);
        self.y = end.ok_or(DecodeError::TooLarge { offset })?;
        if let Some(before) = self.strips.last_mut() {
            before.counted = before.count();
        }
        self.strips.push(strip);
        Ok(())
    }

    /// Ends the page: what was burned since the last end becomes one, with all its strips on one sheet.
    pub(super) fn end_page(&mut self, offset: usize) -> Result<(), DecodeError> {
        let strips = std::mem::take(&mut self.strips);
        self.y = 0;
        let height = strips.iter().map(|strip| strip.y.saturating_add(strip.counted)).max().unwrap_or(0);
        let widest = strips.iter().map(|strip| strip.width).max().unwrap_or(0);
        let right = strips.iter().map(|strip| strip.x(widest).saturating_add(strip.width)).max().unwrap_or(0);
        let width = right.div_ceil(8).saturating_mul(8);
        if width == 0 || height == 0 {
            return Ok(());
        }
        // The strips are already paid for; a sheet that is larger than they are (margins, feeds) costs the rest.
        let paid: usize = strips.iter().map(|strip| strip.rows.len()).sum();
        let sheet = Bitmap::stride_of(width).saturating_mul(height as usize);
        self.charge(offset, sheet.saturating_sub(paid))?;

        let mut page = Bitmap::white(width, height);
        for strip in &strips {
            let x = strip.x(widest);
            for (y, row) in (strip.y..).zip(strip.rows.chunks_exact(strip.stride)) {
                blend(page.row_mut(y), x, row, false, Blend::Or);
            }
        }
        self.pages.push(page);
        Ok(())
    }

    /// Cuts: prints what is left of the line and ends the page.
    pub(super) fn cut(&mut self, offset: usize) -> Result<(), DecodeError> {
        self.burn_line(offset, None)?;
        self.end_page(offset)
    }

    /// Back to the state after switching on; ends the page. What was not printed yet is lost, as in the printer.
    pub(super) fn initialise(&mut self, offset: usize) -> Result<(), DecodeError> {
        self.line.clear();
        self.store.clear();
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

/// Whitens the bits of each row beyond dot `width`.
fn blank_beyond(rows: &mut [u8], stride: usize, width: u32) {
    if width as usize == stride * 8 {
        return;
    }
    let whole = (width / 8) as usize;
    for row in rows.chunks_exact_mut(stride) {
        for (index, byte) in row.iter_mut().enumerate().skip(whole) {
            *byte &= if index == whole { !(0xFF_u8 >> (width % 8)) } else { 0 };
        }
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
    fn bits_beyond_the_last_dot_become_white() {
        let mut rows = [0xFF; 6];
        blank_beyond(&mut rows, 3, 10);
        assert_eq!(rows, [0xFF, 0xC0, 0, 0xFF, 0xC0, 0]);
    }

    #[test]
    fn a_wide_row_and_a_long_feed_do_not_become_a_giant_sheet() {
        let mut paper = Paper::new();
        paper.burn(0, &[0; 60_000], 480_000, (1, 1)).unwrap();
        paper.end_line(0, 29_000, None).unwrap();
        paper.burn(1, &[0], 8, (1, 1)).unwrap();
        assert_eq!(paper.finish(2), Err(DecodeError::TooLarge { offset: 2 }));
    }
}
