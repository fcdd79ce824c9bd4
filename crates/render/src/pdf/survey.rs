//! Looks at what a page shows, without drawing it.

use super::list::Ink;
use super::work::{CALL, Work, enough};
use crate::error::RenderError;
use crate::leaf::Nature;
use hayro_interpret::font::{Glyph, GlyphRun};
use hayro_interpret::hayro_syntax::object::Dict;
use hayro_interpret::kurbo::BezPath;
use hayro_interpret::pattern::Pattern;
use hayro_interpret::{BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, Paint, SoftMask};

/// Counts what has tones.
#[derive(Default)]
pub(super) struct Survey {
    toned: bool,
    work: Work,
}

impl Survey {
    /// What was found, and how the reading of the page ended.
    pub(super) fn nature(&self, read: Result<(), RenderError>) -> Result<Nature, RenderError> {
        if self.toned { Ok(Nature::Tones) } else { read.map(|()| Nature::Lines) }
    }

    /// Notes a tone: the answer is known, and the rest of the page need not be read.
    fn tone(&mut self, is_tone: bool) {
        self.toned |= is_tone;
        if self.toned {
            enough(RenderError::Stopped);
        }
    }

    /// Nearly black stays black under a threshold, and nearly white is paper.
    fn paint(&mut self, paint: &Paint<'_>) {
        self.work.add(CALL / 4);
        match paint {
            Paint::Color(color) => {
                let [red, green, blue, alpha] = color.to_rgba().to_rgba8();
                let grey = u32::from(Ink { red, green, blue, alpha }.grey());
                let seen = 255 - (255 - grey) * u32::from(alpha) / 255;
                self.tone((80..252).contains(&seen));
            }
            Paint::Pattern(pattern) => match pattern.as_ref() {
                Pattern::Shading(_) => self.tone(true),
                Pattern::Tiling(tiling) => {
                    self.tone(tiling.opacity < 1.0);
                    tiling.interpret(self, tiling.matrix, false);
                }
            },
        }
    }
}

/// Whether a picture says that it has two colours.
fn is_two_tone(dict: &Dict<'_>) -> bool {
    let bits = dict.get::<u8>(b"BitsPerComponent".as_slice()).or_else(|| dict.get::<u8>(b"BPC".as_slice()));
    bits == Some(1) && !dict.contains_key(b"SMask".as_slice())
}

impl<'a> Device<'a> for Survey {
    fn draw_path(&mut self, _: &BezPath, props: DrawProps<'a>, _: &DrawMode) {
        self.tone(props.soft_mask.is_some());
        self.paint(&props.paint);
    }

    fn push_clip_path(&mut self, _: &ClipPath) {
        self.work.add(CALL * 2);
    }

    fn push_transparency_group(&mut self, opacity: f32, mask: Option<SoftMask<'a>>, _: BlendMode) {
        self.tone(opacity < 1.0 || mask.is_some());
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        if matches!(mode, DrawMode::Invisible) {
            return;
        }
        self.tone(props.soft_mask.is_some());
        self.paint(&props.paint);
        for glyph in run.glyphs() {
            if let Glyph::Type3(drawn) = &**glyph {
                self.work.add(CALL);
                drawn.interpret(self, props.transform, glyph.transform(), &props.paint);
            }
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, _: ImageDrawProps<'a>) {
        self.work.add(CALL);
        if let Image::Raster(raster) = image {
            self.tone(!is_two_tone(raster.stream().dict()));
        }
    }

    fn pop_clip(&mut self) {}

    fn pop_transparency_group(&mut self) {}
}
