//! Glyphs become grey.
//!
//! Outlines by `skrifa`; each glyph is drawn once in each of four positions within a dot and
//! then stamped. Deliberately absent: bitmaps and colours inside of fonts.

use super::outline::{Coverage, Outline};
use crate::fonts::Fonts;
use crate::grey::Grey;
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::DrawSettings;
use skrifa::{GlyphId, MetadataProvider};
use std::collections::BTreeMap;

/// A glyph of one of the bundled fonts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Glyph {
    pub(super) font: usize,
    pub(super) id: u32,
}

/// A glyph and where it stands: its origin from the left of the page and below the top of its line, in dots.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub(super) glyph: Glyph,
    pub(super) x: f32,
    pub(super) y: f32,
}

/// Positions within a dot, across. Joined scripts would show gaps with whole dots only.
const STEPS: f32 = 4.0;

/// The glyphs drawn so far, in one size.
pub(super) struct Stamps {
    font_size: f32,
    drawn: BTreeMap<(Glyph, u8), Option<Coverage>>,
}

impl Stamps {
    pub(super) fn new(font_size: f32) -> Self {
        Self { font_size, drawn: BTreeMap::new() }
    }

    /// Darkens `sheet` where the glyph of a line that begins at row `top` is. What lies outside of the sheet is lost.
    pub(super) fn print(&mut self, sheet: &mut Grey, placed: &Placed, top: i64) {
        // Positions are those of a page: far inside of what these casts can say.
        #[allow(clippy::cast_possible_truncation)]
        let (column, row) = ((placed.x * STEPS).round() as i64, placed.y.round() as i64);
        let (column, step) = (column.div_euclid(STEPS as i64), column.rem_euclid(STEPS as i64));
        let step = u8::try_from(step).unwrap_or(0);
        let size = self.font_size;
        let stamp = self.drawn.entry((placed.glyph, step)).or_insert_with(|| draw(placed.glyph, size, step));
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

fn draw(glyph: Glyph, size: f32, step: u8) -> Option<Coverage> {
    let shape = Fonts::get().face(glyph.font)?.outline_glyphs().get(GlyphId::new(glyph.id))?;
    let mut outline = Outline::default();
    shape.draw(DrawSettings::unhinted(Size::new(size), LocationRef::default()), &mut outline).ok()?;
    let mut stamp = outline.fill(f32::from(step) / STEPS)?;
    strengthen(&mut stamp.cover, size);
    Some(stamp)
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
