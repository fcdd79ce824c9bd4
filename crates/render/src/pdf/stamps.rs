//! Glyphs that were filled once and are used again.
//!
//! A glyph is put on a quarter of a dot along its line and on a whole dot across it: at most an eighth and a half of a
//! dot away from its place, and its level strokes are as sharp as they can be.

use super::fill::{Rule, Sums};
use super::list::{Area, Edge};
use super::path::{bounds, flatten};
use hayro_interpret::font::OutlineGlyph;
use hayro_interpret::kurbo::{Affine, BezPath};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The largest glyph that is kept, in dots a side.
const MAX_SIDE: usize = 192;

/// What is kept at most, in bytes.
const MAX_KEPT: usize = 6 << 20;

/// How much of each dot around its origin a glyph covers.
#[derive(Debug)]
pub(super) struct Stamp {
    pub(super) area: Area,
    /// Row by row.
    pub(super) cover: Vec<u8>,
}

/// Which glyph, how large and how far between two dots.
type Key = (u128, [u32; 4], [u8; 2]);

/// Glyphs of a document.
#[derive(Default)]
pub(super) struct Stamps {
    kept: BTreeMap<Key, Option<Rc<Stamp>>>,
    outlines: BTreeMap<u128, Rc<BezPath>>,
    bytes: usize,
    sums: Sums,
    edges: Vec<Edge>,
}

/// Where a stamp is to be put.
pub(super) struct Placed {
    pub(super) stamp: Rc<Stamp>,
    pub(super) x: i32,
    pub(super) y: i32,
}

impl Stamps {
    /// Forgets everything when it has become too much. Between pages: a page holds on to what it uses.
    pub(super) fn tidy(&mut self) {
        if self.bytes > MAX_KEPT {
            self.kept.clear();
            self.outlines.clear();
            self.bytes = 0;
        }
    }

    /// The outline of a glyph, in thousandths of its size.
    pub(super) fn outline(&mut self, glyph: &OutlineGlyph) -> Rc<BezPath> {
        let id = glyph.identifier().cache_key();
        let bytes = &mut self.bytes;
        let outline = self.outlines.entry(id).or_insert_with(|| {
            let outline = glyph.outline();
            *bytes += outline.elements().len() * 64;
            Rc::new(outline)
        });
        Rc::clone(outline)
    }

    /// The stamp of a glyph; `None` when it is to be filled as a path, for its size or because too much is kept.
    pub(super) fn stamp(&mut self, glyph: &OutlineGlyph, transform: Affine) -> Option<Placed> {
        let [a, b, c, d, e, f] = transform.as_coeffs();
        if !(e.abs() < 1e6 && f.abs() < 1e6) || self.bytes > 2 * MAX_KEPT {
            return None;
        }
        let (x, x_part) = place(e, a == 0.0 && d == 0.0);
        let (y, y_part) = place(f, b == 0.0 && c == 0.0);
        #[allow(clippy::cast_possible_truncation)] // equal sizes have equal bits
        let size = [a, b, c, d].map(|value| (value as f32).to_bits());
        let key = (glyph.identifier().cache_key(), size, [x_part, y_part]);
        if !self.kept.contains_key(&key) {
            let shift = (f64::from(x_part) / 4.0, f64::from(y_part) / 4.0);
            let made = self.fill(glyph, Affine::new([a, b, c, d, shift.0, shift.1]));
            self.bytes += made.as_ref().map_or(0, |stamp| stamp.cover.len()) + 128;
            self.kept.insert(key, made.map(Rc::new));
        }
        let stamp = self.kept.get(&key)?.clone()?;
        Some(Placed { stamp, x, y })
    }

    fn fill(&mut self, glyph: &OutlineGlyph, transform: Affine) -> Option<Stamp> {
        let outline = self.outline(glyph);
        self.edges.clear();
        if !flatten(&outline, transform, &mut self.edges) {
            return None;
        }
        let area = bounds(&self.edges);
        if area.width() > MAX_SIDE || area.height() > MAX_SIDE {
            return None;
        }
        let width = area.width();
        let mut cover = vec![0; width * area.height()];
        self.sums.over(area);
        self.sums.add(&self.edges);
        self.sums.read(Rule::NonZero, |row, from, to, level| {
            if let Some(dots) = cover.get_mut(row * width + from..row * width + to) {
                dots.fill(level);
            }
        });
        Some(Stamp { area, cover })
    }
}

/// A whole dot and quarters of a dot; whole dots only when `sharp`.
fn place(at: f64, sharp: bool) -> (i32, u8) {
    let quarters = if sharp { at.round() * 4.0 } else { (at * 4.0).round() };
    // Within ±4 million.
    #[allow(clippy::cast_possible_truncation)]
    let quarters = quarters as i32;
    let part = quarters.rem_euclid(4);
    (quarters.div_euclid(4), u8::try_from(part).unwrap_or(0))
}
