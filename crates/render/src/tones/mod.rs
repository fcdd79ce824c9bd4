//! Grey rows become rows of dots.
//!
//! Source: section 2 of the architecture ("tones"). Each tone is a pure function over rows with a memory of the rows
//! around: no allocation per row, whole numbers only, so the same grey gives the same dots on every machine. Grey is
//! taken as it is coded (gamma): on thermal paper dots spread by about as much as the coding darkens the middle tones;
//! what a model differs from that is undone before, in the levels.
//!
//! | Name | File |
//! |---|---|
//! | `threshold`, `bayer4`, `bayer8`, `clustered` | `ordered`, and `quantise` for more than two levels |
//! | `blue-noise` | `blue_noise`, used by `ordered` |
//! | `otsu` | `otsu` gives the level, `ordered` the dots |
//! | `adaptive` | `adaptive` |
//! | `floyd-steinberg` | `floyd_steinberg`; with more than two levels `diffusion` |
//! | `atkinson`, `jarvis`, `stucki`, `sierra-lite` | `diffusion` |
//! | `mixed` | `mixed`, over `floyd_steinberg`, by what `tiles` finds |
//!
//! Deliberately absent: several cores. See the decision "Rendering".

mod adaptive;
mod blue_noise;
mod diffusion;
mod floyd_steinberg;
mod held;
mod mixed;
mod ordered;
mod otsu;
mod pack;
mod quantise;
mod tiles;
mod wide;

pub use adaptive::Adaptive;
pub use diffusion::Diffusion;
pub use floyd_steinberg::FloydSteinberg;
pub use mixed::Mixed;
pub use ordered::Ordered;
pub use otsu::otsu;

use platen_model::Dither;

/// How the grey of a page becomes dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// By which method. `auto` is decided before.
    pub dither: Dither,
    /// Values a row: a pixel has one, or three in colour.
    pub width: usize,
    /// Bits a dot: 1, 2, 4 or 8; 24 for colours, which stay as they are.
    pub depth: u8,
    /// With `threshold`, `otsu` and `mixed`, and one bit a dot: darker than this is black where nothing else decides.
    pub threshold: u8,
}

/// Turns grey rows into dots, from the top of a page to its bottom. How the rows are cut into calls changes no dot.
pub trait Tone {
    /// Takes whole rows, a byte a pixel (0 black, 255 white), and appends the rows of dots that are finished, packed from
    /// the left and each from a new byte on. With one bit a dot 1 is black; with more a dot is a level, 0 for black. Bits
    /// beyond a row are white.
    fn push(&mut self, grey: &[u8], dots: &mut Vec<u8>);

    /// The page has ended: appends the rows that waited for those below them. Nothing can be pushed after that.
    fn finish(&mut self, dots: &mut Vec<u8>);
}

/// The tone of that setting, for one page.
pub fn tone(setting: &Setting) -> Box<dyn Tone> {
    match (setting.dither, setting.depth) {
        (_, 24) => Box::new(Same),
        (Dither::Adaptive, _) => Box::new(Adaptive::new(setting)),
        // Every grey is a level of its own: nothing lies between two.
        (_, 8) => Box::new(Ordered::new(setting)),
        (Dither::FloydSteinberg, 1) => Box::new(FloydSteinberg::new(setting)),
        (Dither::Auto | Dither::Mixed, 1) => Box::new(Mixed::new(setting)),
        // With more levels the smoothed edges of text are wanted.
        (Dither::Auto | Dither::Mixed | Dither::FloydSteinberg, _) => Box::new(Diffusion::new(setting)),
        (Dither::Atkinson | Dither::Jarvis | Dither::Stucki | Dither::SierraLite, _) => {
            Box::new(Diffusion::new(setting))
        }
        (
            Dither::Threshold | Dither::Otsu | Dither::Bayer4 | Dither::Bayer8 | Dither::Clustered | Dither::BlueNoise,
            _,
        ) => Box::new(Ordered::new(setting)),
    }
}

/// Colours, each value as it is.
struct Same;

impl Tone for Same {
    fn push(&mut self, values: &[u8], dots: &mut Vec<u8>) {
        dots.extend_from_slice(values);
    }

    fn finish(&mut self, _: &mut Vec<u8>) {}
}

#[cfg(test)]
mod tests;
