//! The paper under the print head, in dots.
//!
//! ```text
//!          paper
//! ┌──┬──────────────────┬──┐   raster: what the head burns, the paper's width at most
//! │  │ ┌──────────────┐ │  │   area: the raster without the margins
//! │  │ │     area     │ │  │
//! │  │ └──────────────┘ │  │
//! └──┴──────raster──────┴──┘
//! ```
//!
//! Paper that is wider than the head lies centred under it, so a margin is counted from the edge of the paper and what
//! the head does not reach is part of it. Deliberately absent: where narrow paper lies under a wide head, which is the
//! printer's own matter.

use crate::error::{Excess, RenderError};
use crate::page::{MAX_PAGE_ROWS, Target};
use platen_model::PageOptions;

/// The widest page, in dots.
pub(crate) const MAX_WIDTH: u32 = PageOptions::MAX_WIDTH;

/// The smallest side of a place that something is drawn in, in dots.
pub(crate) const LEAST: u32 = 8;

/// Paper in dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stock {
    /// Of the raster, a multiple of 8.
    pub(crate) width: u32,
    /// Of the raster; a roll has no end.
    pub(crate) height: Option<u32>,
    /// White on the left and on the right of the raster.
    pub(crate) side: u32,
    /// White at the top and at the bottom.
    pub(crate) ends: u32,
    /// Dots per inch.
    pub(crate) dpi: u32,
    /// Whether it is read along the strip.
    pub(crate) read_along: bool,
}

impl Stock {
    /// The paper that the options ask for under the head of `target`.
    ///
    /// # Errors
    /// Paper longer than a page may be, and margins that leave nothing.
    pub(crate) fn new(target: &Target, options: &PageOptions) -> Result<Self, RenderError> {
        let dpi = target.dpi.clamp(50, 1200);
        let head = options.width.unwrap_or(target.width_dots).clamp(8, MAX_WIDTH) / 8 * 8;
        let margin = dots(options.margin, dpi);
        let read_along = target.across;
        let stock = match options.paper {
            None => Self { width: head, height: None, side: margin, ends: margin, dpi, read_along },
            Some(paper) => {
                let across = u32::from(paper.width) * dpi / 254;
                let width = (across / 8 * 8).clamp(8, head);
                let beside = across.saturating_sub(width) / 2;
                let height = dots(paper.height, dpi).max(1);
                if height > MAX_PAGE_ROWS {
                    return Err(RenderError::TooLarge(Excess::Rows { rows: height.into() }));
                }
                Self { width, height: Some(height), side: margin.saturating_sub(beside), ends: margin, dpi, read_along }
            }
        };
        let enough = |whole: u32, edge: u32| whole >= edge.saturating_mul(2).saturating_add(LEAST);
        if enough(stock.width, stock.side) && stock.height.is_none_or(|height| enough(height, stock.ends)) {
            Ok(stock)
        } else {
            Err(RenderError::NoRoom)
        }
    }

    /// Width of the area.
    pub(crate) fn across(&self) -> u32 {
        self.width.saturating_sub(2 * self.side)
    }

    /// Height of the area; a roll has no end.
    pub(crate) fn along(&self) -> Option<u32> {
        Some(self.height?.saturating_sub(2 * self.ends))
    }
}

/// Tenths of a millimetre as the nearest number of dots.
pub(super) fn dots(tenths: u16, dpi: u32) -> u32 {
    (u32::from(tenths) * dpi + 127) / 254
}

#[cfg(test)]
mod tests {
    use super::*;
    use platen_model::Paper;

    fn stock(head: u32, paper: Option<(u16, u16)>, margin: u16) -> Result<Stock, RenderError> {
        let paper = paper.map(|(width, height)| Paper { width, height });
        let options = PageOptions { paper, margin, ..PageOptions::default() };
        Stock::new(&Target { width_dots: head, dpi: 203, dot_gain: 0, across: false }, &options)
    }

    #[test]
    fn a_roll_is_as_wide_as_the_head() {
        let roll = stock(390, None, 20).unwrap();
        assert_eq!((roll.width, roll.height, roll.side, roll.ends), (384, None, 16, 16));
        assert_eq!((roll.across(), roll.along()), (352, None));
        let wide = PageOptions { width: Some(u32::MAX), ..PageOptions::default() };
        assert_eq!(
            Stock::new(&Target { width_dots: 3, dpi: 203, dot_gain: 0, across: false }, &wide).unwrap().width,
            MAX_WIDTH
        );
    }

    #[test]
    fn narrow_paper_makes_the_raster_narrow_and_wide_paper_does_not_make_it_wide() {
        // 40 mm are 319.7 dots.
        let narrow = stock(384, Some((400, 300)), 0).unwrap();
        assert_eq!((narrow.width, narrow.height), (312, Some(240)));
        // 80 mm are 639 dots over a head of 576: 31 dots on either side are out of reach, and part of the margin.
        let wide = stock(576, Some((800, 1000)), 50).unwrap();
        assert_eq!((wide.width, wide.height, wide.side, wide.ends), (576, Some(799), 40 - 31, 40));
        assert_eq!(stock(576, Some((800, 1000)), 20).unwrap().side, 0);
    }

    #[test]
    fn paper_that_is_all_margin_or_longer_than_a_page_is_refused() {
        assert_eq!(stock(384, Some((400, 300)), 150), Err(RenderError::NoRoom));
        assert_eq!(stock(384, None, 240), Err(RenderError::NoRoom));
        // Five metres are a banner at 203 dpi, and too much at 1200.
        assert_eq!(stock(384, Some((400, 50_000)), 0).unwrap().height, Some(39_961));
        let options = PageOptions { paper: Some(Paper { width: 400, height: 50_000 }), ..PageOptions::default() };
        let fine = Stock::new(&Target { width_dots: 384, dpi: 1200, dot_gain: 0, across: false }, &options);
        assert_eq!(fine, Err(RenderError::TooLarge(Excess::Rows { rows: 236_220 })));
    }
}
