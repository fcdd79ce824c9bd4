//! Glyphs become grey.
//!
//! Outlines by `skrifa`; each glyph is drawn once in each of four positions within a dot and then stamped. Slanted
//! letters, and bold ones of fonts that have no bold cut, are made from the regular outline. Deliberately absent:
//! bitmaps and colours inside of fonts.

use super::outline::{Coverage, Outline};
use crate::fonts::Fonts;
use crate::grey::Grey;
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::DrawSettings;
use skrifa::{GlyphId, MetadataProvider};
use std::collections::BTreeMap;

/// How a glyph is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Look {
    /// Size of the font in dots.
    pub(crate) size: f32,
    /// Whether its strokes are made stronger, as bold type has them.
    pub(crate) bold: bool,
    /// Whether it leans to the right.
    pub(crate) slanted: bool,
}

/// A glyph and where it stands: its origin from the left of the page and below the top of its line, in dots.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    /// The place of its font among the bundled ones.
    pub(crate) font: u8,
    /// Its place in the typesetter's list of looks.
    pub(crate) look: u8,
    pub(crate) id: u16,
    pub(crate) x: f32,
    pub(crate) y: f32,
}

/// Positions within a dot, across. Joined scripts would show gaps with whole dots only.
const STEPS: f32 = 4.0;

/// How far a slanted glyph leans, for each dot of height: about twelve degrees.
const SLANT: f32 = 0.2;

/// How much wider bold strokes are, in sizes of the font.
const BOLDER: f32 = 0.045;

/// The glyphs drawn so far, at one scale.
pub(crate) struct Stamps {
    /// By how much positions and sizes are multiplied.
    scale: f32,
    drawn: BTreeMap<(u8, u8, u16, u8), Option<Coverage>>,
}

impl Stamps {
    pub(crate) fn new(scale: f32) -> Self {
        Self { scale, drawn: BTreeMap::new() }
    }

    pub(crate) fn scale(&self) -> f32 {
        self.scale
    }

    /// Darkens `sheet` where the glyph of a line that begins at row `top` is. What lies outside of the sheet is lost.
    pub(crate) fn print(&mut self, sheet: &mut Grey, placed: &Placed, looks: &[Look], top: i64) {
        let Some(look) = looks.get(usize::from(placed.look)) else { return };
        // Positions are those of a page: far inside of what these casts can say.
        #[allow(clippy::cast_possible_truncation)]
        let (column, row) = ((placed.x * self.scale * STEPS).round() as i64, (placed.y * self.scale).round() as i64);
        let (column, step) = (column.div_euclid(STEPS as i64), column.rem_euclid(STEPS as i64));
        let step = u8::try_from(step).unwrap_or(0);
        let look = Look { size: look.size * self.scale, ..*look };
        let key = (placed.font, placed.look, placed.id, step);
        let stamp = self.drawn.entry(key).or_insert_with(|| draw(placed, look, step));
        let Some(stamp) = stamp else { return };
        let (left, first) = (column + stamp.left, top + row + stamp.top);
        let skipped = usize::try_from(-left).unwrap_or(0);
        let left = usize::try_from(left).unwrap_or(0);
        for (row, cover) in (first..).zip(stamp.cover.chunks_exact(stamp.width)) {
            let Ok(row) = usize::try_from(row) else { continue };
            let Some(target) = sheet.row_mut(row).get_mut(left..) else { continue };
            for (pixel, cover) in target.iter_mut().zip(cover.iter().skip(skipped)) {
                *pixel = pixel.saturating_sub(*cover);
            }
        }
    }
}

fn draw(glyph: &Placed, look: Look, step: u8) -> Option<Coverage> {
    let shape = Fonts::get().face(glyph.font.into())?.outline_glyphs().get(GlyphId::new(glyph.id.into()))?;
    let mut outline = Outline::leaning(if look.slanted { SLANT } else { 0.0 });
    shape.draw(DrawSettings::unhinted(Size::new(look.size), LocationRef::default()), &mut outline).ok()?;
    let shift = f32::from(step) / STEPS;
    let mut stamp = outline.fill(shift)?;
    if look.bold {
        // Strokes are wider than what they are widened by, so two copies leave no gap between them.
        let half = look.size * BOLDER / 2.0;
        stamp = join(outline.fill(shift - half)?, outline.fill(shift + half)?);
    }
    strengthen(&mut stamp.cover, look.size);
    Some(stamp)
}

/// What at least one of two coverages of equal height covers, the second one further right.
fn join(first: Coverage, second: Coverage) -> Coverage {
    let width = usize::try_from(second.left - first.left).unwrap_or(0) + second.width;
    let width = width.max(first.width);
    let mut cover = Vec::with_capacity(width * (first.cover.len() / first.width.max(1)));
    for (before, after) in first.cover.chunks_exact(first.width).zip(second.cover.chunks_exact(second.width)) {
        let start = cover.len();
        cover.extend_from_slice(before);
        cover.resize(start + width, 0);
        let shared = cover.get_mut(start + width - second.width..).unwrap_or(&mut []);
        for (dot, more) in shared.iter_mut().zip(after) {
            *dot = (*dot).max(*more);
        }
    }
    Coverage { width, cover, ..first }
}

/// Makes a glyph fit for paper, where half a dot decides between black and white: hairlines a little stronger, more so
/// in small type, whose strokes are thinner than a dot; and a mark that is smaller than a dot, such as a Hebrew vowel
/// point, strong enough to leave one.
fn strengthen(cover: &mut [u8], size: f32) {
    const SURE: u8 = 160;
    // Twentieths of what is covered that are added: 4 from 18 dots on, 10 below 12.
    let more = match size {
        18.0.. => 4,
        12.0.. => 6,
        _ => 10,
    };
    for dot in cover.iter_mut() {
        *dot = u8::try_from(u16::from(*dot) * (20 + more) / 20).unwrap_or(u8::MAX);
    }
    let most = cover.iter().copied().max().unwrap_or(0);
    if (1..SURE).contains(&most) {
        for dot in cover.iter_mut() {
            *dot = u8::try_from(u16::from(*dot) * u16::from(SURE) / u16::from(most)).unwrap_or(u8::MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bold_strokes_are_the_first_copy_and_the_second() {
        let stroke = |left| Coverage { left, top: -2, width: 2, cover: vec![255, 100, 255, 100] };
        let joined = join(stroke(3), stroke(4));
        assert_eq!(joined, Coverage { left: 3, top: -2, width: 3, cover: vec![255, 255, 100, 255, 255, 100] });
        assert_eq!(join(stroke(3), stroke(3)), stroke(3));
    }
}
