//! Patterns of a page as marks: shadings, and cells that are drawn again and again.

use super::Recorder;
use crate::error::{Excess, RenderError};
use crate::pdf::list::{Area, Kind, Outline};
use crate::pdf::shade::Shade;
use crate::pdf::work::enough;
use hayro_interpret::kurbo::{Affine, Rect};
use hayro_interpret::pattern::{Pattern, ShadingPattern, TilingPattern};
use hayro_interpret::{BlendMode, FillRule};
use std::rc::Rc;

/// The most copies of a pattern's cell that are drawn one by one.
const MAX_CELLS: f64 = 20_000.0;

impl Recorder<'_> {
    pub(super) fn pattern(&mut self, outline: Outline, area: Area, pattern: &Pattern<'_>, is_stroke: bool) {
        match pattern {
            Pattern::Shading(shading) => self.shading(outline, area, shading),
            Pattern::Tiling(tiling) => {
                self.push_clip(area, Some(outline));
                self.tiling(area, tiling, is_stroke);
                self.clips.pop();
            }
        }
    }

    fn shading(&mut self, outline: Outline, area: Area, shading: &ShadingPattern) {
        self.work(area.dots() * 60);
        self.colourful = true;
        let shade = Rc::new(Shade::new(shading, area));
        let clip = shading.shading.clip_path.as_ref();
        let clipped = clip.is_some_and(|clip| {
            self.clip_path(clip, FillRule::NonZero);
            true
        });
        self.push(area, Kind::Shade(outline, shade));
        if clipped {
            self.clips.pop();
        }
    }

    /// Draws the cells of a pattern that touch `area`.
    fn tiling(&mut self, area: Area, tiling: &TilingPattern<'_>, is_stroke: bool) {
        let target = Rect::new(area.left.into(), area.top.into(), area.right.into(), area.bottom.into());
        let inside = tiling.matrix.inverse().transform_rect_bbox(target);
        let (x_step, y_step) = (f64::from(tiling.x_step.abs()), f64::from(tiling.y_step.abs()));
        let range = |low: f64, high: f64, start: f64, end: f64, step: f64| {
            (((low - end) / step).ceil(), ((high - start) / step).floor())
        };
        let (left, right) = range(inside.x0, inside.x1, tiling.bbox.x0, tiling.bbox.x1, x_step);
        let (top, bottom) = range(inside.y0, inside.y1, tiling.bbox.y0, tiling.bbox.y1, y_step);
        let cells = (right - left + 1.0) * (bottom - top + 1.0);
        if !(cells.is_finite() && cells <= MAX_CELLS) {
            enough(RenderError::TooLarge(Excess::Work));
        }
        self.deeper();
        self.begin(tiling.opacity, None, BlendMode::Normal);
        let mut row = top;
        while row <= bottom {
            let mut column = left;
            while column <= right {
                let moved = tiling.matrix * Affine::translate((column * x_step, row * y_step));
                tiling.interpret(self, moved, is_stroke);
                self.work(256);
                column += 1.0;
            }
            row += 1.0;
        }
        self.end();
        self.depth -= 1;
    }
}
