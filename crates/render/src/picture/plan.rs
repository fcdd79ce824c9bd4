//! How the rows of a picture become the rows of a view: a part of them, scaled as the picture lies, and turned.
//!
//! ```text
//! rows as they are stored ─part─▶ ─scale─▶ as many dots as wanted ─turn─▶ rows as they are seen
//! ```
//!
//! Source: section 2 of the architecture. A quarter turn needs the sheet, but only at the size of the target.

use crate::error::RenderError;
use crate::grey::{Grey, Turn};
use crate::leaf::{Rows, View, pour};
use crate::scale::{Scaler, Side, magnify};
use platen_model::Crop;

/// Whole pixels of a picture as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Part {
    /// The pixels that are nearest to `crop`, at least one.
    fn of(crop: Crop, width: u32, height: u32) -> Self {
        let side = |from: u16, length: u16, pixels: u32| {
            let place = |share: u32| {
                let whole = u64::from(Crop::WHOLE);
                u32::try_from((u64::from(share) * u64::from(pixels) + whole / 2) / whole).unwrap_or(pixels).min(pixels)
            };
            let begin = place(from.into()).min(pixels.saturating_sub(1));
            (begin, place(u32::from(from) + u32::from(length)).saturating_sub(begin).max(1))
        };
        let ((left, width), (top, height)) = (side(crop.left, crop.width, width), side(crop.top, crop.height, height));
        Self { left, top, width, height }
    }

    pub(super) fn right(&self) -> u32 {
        self.left + self.width
    }

    pub(super) fn bottom(&self) -> u32 {
        self.top + self.height
    }

    /// The pixels that show something of this part when the picture is `by` times smaller.
    pub(super) fn reduced(&self, by: u32) -> Self {
        let (left, top) = (self.left / by, self.top / by);
        Self { left, top, width: self.right().div_ceil(by) - left, height: self.bottom().div_ceil(by) - top }
    }

    /// The pixels of a row of the picture that belong to it.
    pub(super) fn of_row<'a>(&self, row: &'a [u8]) -> &'a [u8] {
        row.get(self.left as usize..self.right() as usize).unwrap_or(&[])
    }
}

/// What is to be done with the rows of a picture.
pub(super) struct Plan {
    /// What is seen of it.
    pub(super) part: Part,
    /// Dots before the turn.
    across: u32,
    down: u32,
    turn: Turn,
}

impl Plan {
    /// For a picture of `width` × `height` pixels as it is stored, which `upright` puts upright.
    pub(super) fn new(width: u32, height: u32, upright: Turn, view: &View) -> Self {
        let turn = upright.and(view.turn);
        // Scaled as it lies and turned afterwards: the same page, and fewer pixels to turn.
        let (across, down) = turn.size(view.width, view.height);
        Self { part: Part::of(upright.before(view.crop), width, height), across, down, turn }
    }

    /// How many times smaller a reader may give the picture, so that at least half is left to the filter: what a reader
    /// does is a mean of codes and not of light.
    pub(super) fn reduction(&self) -> u32 {
        let enough = |by: &u32| {
            let left = |pixels: u32, dots: u32| u64::from(pixels) >= u64::from(dots) * 2 * u64::from(*by);
            left(self.part.width, self.across) && left(self.part.height, self.down)
        };
        [8, 4, 2].into_iter().find(enough).unwrap_or(1)
    }

    /// The whole factor by which art of two colours is magnified, 1 when it has the right size.
    fn factor(&self) -> Option<u32> {
        let factor = self.across.checked_div(self.part.width).filter(|factor| *factor >= 1)?;
        let fits = |pixels: u32, dots: u32| pixels.checked_mul(factor) == Some(dots);
        (fits(self.part.width, self.across) && fits(self.part.height, self.down)).then_some(factor)
    }

    /// Gives the view. `source` gives the rows of `self.part.reduced(reduction)`.
    pub(super) fn run(
        &self,
        reduction: u32,
        two_colours: bool,
        rows: &mut Rows<'_>,
        source: impl FnOnce(&mut Rows<'_>) -> Result<(), RenderError>,
    ) -> Result<(), RenderError> {
        if let Some(factor) = self.factor().filter(|factor| two_colours && *factor > 1 && reduction == 1) {
            let mut wide = Vec::new();
            return self.turned(rows, |rows| {
                source(&mut |row| {
                    magnify(row, factor as usize, &mut wide);
                    (0..factor).try_for_each(|_| rows(&wide))
                })
            });
        }
        let given = self.part.reduced(reduction);
        let side = |begin: u32, length: u32, given: (u32, u32), target: u32| {
            let span = [begin, begin + length].map(|at| f64::from(at) / f64::from(reduction) - f64::from(given.0));
            Side { source: given.1, span: span.into(), target }
        };
        let mut scaler = Scaler::new(
            side(self.part.left, self.part.width, (given.left, given.width), self.across),
            side(self.part.top, self.part.height, (given.top, given.height), self.down),
        );
        self.turned(rows, |rows| source(&mut |row| scaler.row(row, rows)))
    }

    /// Turns the rows that `source` gives.
    fn turned(
        &self,
        rows: &mut Rows<'_>,
        source: impl FnOnce(&mut Rows<'_>) -> Result<(), RenderError>,
    ) -> Result<(), RenderError> {
        if self.turn == Turn::default() {
            return source(rows);
        }
        if self.turn.keeps_rows() {
            let mut mirrored = Vec::new();
            return source(&mut |row| {
                mirrored.clear();
                mirrored.extend_from_slice(row);
                self.turn.row(&mut mirrored);
                rows(&mirrored)
            });
        }
        let mut pixels = Vec::new();
        source(&mut |row| {
            pixels.extend_from_slice(row);
            Ok(())
        })?;
        pour(&Grey { width: self.across, height: self.down, pixels }.turned(self.turn), rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platen_model::Rotation;

    fn view(width: u32, height: u32) -> View {
        View { width, height, crop: Crop::ALL, turn: Turn::default() }
    }

    #[test]
    fn a_part_is_made_of_whole_pixels_and_never_of_none() {
        let crop = Crop { left: 2500, top: 5000, width: 5000, height: 2500 };
        assert_eq!(Part::of(crop, 400, 200), Part { left: 100, top: 100, width: 200, height: 50 });
        assert_eq!(Part::of(Crop::ALL, 7, 3), Part { left: 0, top: 0, width: 7, height: 3 });
        let sliver = Crop { left: 9999, top: 0, width: 1, height: 1 };
        assert_eq!(Part::of(sliver, 3, 3), Part { left: 2, top: 0, width: 1, height: 1 });
        let part = Part { left: 9, top: 8, width: 8, height: 8 };
        assert_eq!(part.reduced(8), Part { left: 1, top: 1, width: 2, height: 1 });
        assert_eq!(part.reduced(1), part);
    }

    #[test]
    fn a_reader_reduces_only_what_leaves_half_to_the_filter() {
        let reduction = |width, height, view: View| Plan::new(width, height, Turn::default(), &view).reduction();
        assert_eq!(reduction(4000, 3000, view(384, 288)), 4);
        assert_eq!(reduction(8000, 6000, view(384, 288)), 8);
        assert_eq!(reduction(1600, 1200, view(384, 288)), 2);
        assert_eq!(reduction(800, 600, view(384, 288)), 1);
        assert_eq!(reduction(100, 100, view(384, 384)), 1);
        let right = View { turn: Rotation::Right.into(), ..view(300, 4000) };
        assert_eq!(reduction(8000, 600, right), 1);
        let part = View { crop: Crop { left: 0, top: 0, width: 2500, height: 2500 }, ..view(384, 288) };
        assert_eq!(reduction(8000, 6000, part), 2);
    }
}
