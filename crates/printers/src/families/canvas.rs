//! The label that a printer builds up in its memory before it prints.
//!
//! Source: the label languages in `docs/protocols/`. A page is as large as what was drawn on it: from the upper left
//! corner of the label to the last dot of the last image. Deliberately absent: letters, lines and bar codes that the
//! printer would draw itself; whoever decodes lists them.

use super::blit::{Blend, blend, turned};
use crate::family::{DecodeError, MAX_PAGE_ROWS, MAX_RASTER_BYTES};
use platen_model::Bitmap;
use std::borrow::Cow;

/// An image on the label.
pub(crate) struct Piece<'a> {
    /// Column of the first dot.
    pub(crate) x: u32,
    /// Row of the first dot.
    pub(crate) y: u32,
    /// Bytes in a row.
    pub(crate) stride: usize,
    pub(crate) rows: Cow<'a, [u8]>,
    /// Whether 0 is black.
    pub(crate) inverted: bool,
    pub(crate) blend: Blend,
}

impl Piece<'_> {
    fn right(&self) -> u32 {
        let width = u32::try_from(self.stride.saturating_mul(8)).unwrap_or(u32::MAX);
        self.x.saturating_add(width)
    }

    fn bottom(&self) -> u32 {
        let rows = u32::try_from(self.rows.len() / self.stride.max(1)).unwrap_or(u32::MAX);
        self.y.saturating_add(rows)
    }
}

/// The label under way and the pages that are printed.
pub(crate) struct Canvas<'a> {
    /// What was there when the label was printed last.
    base: Option<Bitmap>,
    /// What was drawn since.
    pieces: Vec<Piece<'a>>,
    /// Bytes of pages that may still come.
    budget: usize,
    /// Bytes that may still be unpacked: time is bounded even when nothing is printed.
    unpacked: usize,
    pages: Vec<Bitmap>,
}

impl<'a> Canvas<'a> {
    pub(crate) fn new() -> Self {
        let (pieces, pages) = (Vec::new(), Vec::new());
        Self { base: None, pieces, budget: MAX_RASTER_BYTES, unpacked: MAX_RASTER_BYTES, pages }
    }

    /// How many bytes an image may be unpacked to.
    pub(crate) fn room(&self) -> usize {
        self.unpacked
    }

    /// Draws an image. `offset` is for the error.
    pub(crate) fn draw(&mut self, offset: usize, piece: Piece<'a>) -> Result<(), DecodeError> {
        if piece.rows.is_empty() || piece.stride == 0 {
            return Ok(());
        }
        let too_large = DecodeError::TooLarge { offset };
        if piece.bottom() > MAX_PAGE_ROWS || Bitmap::stride_of(piece.right()) > self.budget {
            return Err(too_large);
        }
        if let Cow::Owned(rows) = &piece.rows {
            self.unpacked = self.unpacked.checked_sub(rows.len()).ok_or(too_large)?;
        }
        self.pieces.push(piece);
        Ok(())
    }

    /// Wipes the label.
    pub(crate) fn clear(&mut self) {
        self.base = None;
        self.pieces.clear();
    }

    /// Prints the label, upside down if `upside_down`. It stays on the canvas. An empty one leaves no page; the answer is
    /// whether there was one.
    pub(crate) fn print(&mut self, offset: usize, upside_down: bool) -> Result<bool, DecodeError> {
        let (base_width, base_height) = self.base.as_ref().map_or((0, 0), |base| (base.width(), base.height()));
        let width = self.pieces.iter().map(Piece::right).fold(base_width, u32::max);
        let height = self.pieces.iter().map(Piece::bottom).fold(base_height, u32::max);
        if width == 0 || height == 0 {
            return Ok(false);
        }
        let bytes = Bitmap::stride_of(width).saturating_mul(height as usize);
        self.budget = self.budget.checked_sub(bytes).ok_or(DecodeError::TooLarge { offset })?;
        let mut page = Bitmap::white(width, height);
        for (y, row) in (0..).zip(self.base.iter().flat_map(Bitmap::rows)) {
            blend(page.row_mut(y), 0, row, false, Blend::Or);
        }
        for piece in &self.pieces {
            for (y, row) in (piece.y..).zip(piece.rows.chunks_exact(piece.stride)) {
                blend(page.row_mut(y), piece.x, row, piece.inverted, piece.blend);
            }
        }
        if self.base.is_some() || self.pieces.len() > 1 {
            // Printed again and again, a label of a thousand images must not be put together a thousand times.
            self.base = Some(page.clone());
            self.pieces.clear();
        }
        self.pages.push(if upside_down { turned(&page) } else { page });
        Ok(true)
    }

    /// All pages.
    pub(crate) fn finish(self) -> Vec<Bitmap> {
        self.pages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(x: u32, y: u32) -> Piece<'static> {
        Piece { x, y, stride: 1, rows: Cow::Borrowed(&[0x80]), inverted: false, blend: Blend::Over }
    }

    #[test]
    fn a_label_stays_until_it_is_wiped() {
        let mut canvas = Canvas::new();
        assert_eq!(canvas.print(0, false), Ok(false));
        canvas.draw(0, dot(0, 0)).unwrap();
        canvas.draw(0, dot(3, 1)).unwrap();
        assert_eq!(canvas.print(0, false), Ok(true));
        canvas.draw(0, dot(0, 2)).unwrap();
        canvas.print(0, true).unwrap();
        canvas.clear();
        canvas.draw(0, dot(8, 0)).unwrap();
        canvas.print(0, false).unwrap();
        let pages = canvas.finish();
        assert_eq!((pages[0].width(), pages[0].bytes()), (11, &[0x80, 0, 0x10, 0][..]));
        assert_eq!(pages[1].bytes(), [0, 0x20, 0x01, 0, 0, 0x20]);
        assert_eq!(pages[2].bytes(), [0, 0x80]);
    }

    #[test]
    fn places_far_out_and_endless_reprints_are_refused_before_memory_is_taken() {
        let mut canvas = Canvas::new();
        assert_eq!(canvas.draw(7, dot(0, MAX_PAGE_ROWS)), Err(DecodeError::TooLarge { offset: 7 }));
        assert_eq!(canvas.draw(8, dot(u32::MAX, 0)), Err(DecodeError::TooLarge { offset: 8 }));
        canvas.draw(9, dot(300_000_000, 0)).unwrap();
        assert_eq!(canvas.print(9, false), Ok(true));
        assert_eq!(canvas.print(10, false), Err(DecodeError::TooLarge { offset: 10 }));
    }
}
