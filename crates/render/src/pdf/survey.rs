//! What on a page has tones: how `auto` chooses.
//!
//! Noted while the page is read for drawing, so nothing is read twice. What lies outside of the page counts like what is
//! seen. Deliberately absent: looking at the pixels of pictures; what they say of themselves must do.

use super::list::Ink;
use hayro_interpret::hayro_syntax::object::Dict;
use hayro_interpret::pattern::Pattern;
use hayro_interpret::{Image, Paint};

/// Whether something painted with it has tones. Nearly black stays black under a threshold, and nearly white is paper.
pub(super) fn is_toned(paint: &Paint<'_>) -> bool {
    match paint {
        Paint::Color(color) => {
            let [red, green, blue, alpha] = color.to_rgba().to_rgba8();
            let grey = u32::from(Ink { red, green, blue, alpha }.grey());
            let seen = 255 - (255 - grey) * u32::from(alpha) / 255;
            (80..252).contains(&seen)
        }
        Paint::Pattern(pattern) => match pattern.as_ref() {
            Pattern::Shading(_) => true,
            // What its cells are painted with is seen when they are drawn.
            Pattern::Tiling(tiling) => tiling.opacity < 1.0,
        },
    }
}

/// Whether a picture has more than two colours. Stencils have the colour that they are painted with.
pub(super) fn has_tones(image: &Image<'_, '_>) -> bool {
    match image {
        Image::Raster(raster) => !is_two_tone(raster.stream().dict()),
        Image::Stencil(_) => false,
    }
}

/// Whether a picture says that it has two colours.
fn is_two_tone(dict: &Dict<'_>) -> bool {
    let bits = dict.get::<u8>(b"BitsPerComponent".as_slice()).or_else(|| dict.get::<u8>(b"BPC".as_slice()));
    bits == Some(1) && !dict.contains_key(b"SMask".as_slice())
}
