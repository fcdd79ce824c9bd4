//! Pictures: PNG, JPEG, WebP, GIF (its first frame) and BMP.
//!
//! Source: promise CT-2 (the header first; at most 100 million pixels, 30,000 a side, 512 MiB). Everything becomes grey
//! as it is read: the weights of ITU-R BT.601 on coded values, which is also what a JPEG stores, so a picture has the
//! same grey in every format. What is transparent lies on white. Deliberately absent: colour profiles, and the other
//! frames of a moving picture.

mod decode;
mod jpeg;

use crate::error::{Excess, RenderError};
use crate::grey::{Grey, Turn};
use crate::leaf::{Document, Leaf, Nature, Rows, View, pour};
use crate::scale::{magnify, scale};
use platen_model::DocumentKind;

/// The most pixels of a picture.
const MAX_PIXELS: u64 = 100_000_000;

/// The longest side of a picture, in pixels.
const MAX_SIDE: u32 = 30_000;

/// The most memory that a reader may take, in bytes.
const MAX_MEMORY: u64 = 512 << 20;

/// Pixels per inch of a picture that does not say.
const SCREEN_DPI: f64 = 96.0;

/// A picture as it was read.
struct Picture {
    grey: Grey,
    /// How the camera was held.
    turn: Turn,
}

/// A picture that has not been read yet.
pub(crate) struct Unread<'a> {
    kind: DocumentKind,
    bytes: &'a [u8],
    read: Option<Picture>,
}

/// Reads the header of a picture.
pub(crate) fn open(kind: DocumentKind, bytes: &[u8]) -> Result<Unread<'_>, RenderError> {
    size(kind, bytes)?;
    Ok(Unread { kind, bytes, read: None })
}

impl Unread<'_> {
    fn picture(&mut self) -> Result<Picture, RenderError> {
        if let Some(picture) = self.read.take() {
            return Ok(picture);
        }
        match self.kind {
            DocumentKind::Jpeg => jpeg::read(self.bytes),
            _ => decode::read(self.kind, self.bytes),
        }
    }
}

impl Document for Unread<'_> {
    fn leaves(&self) -> u32 {
        1
    }

    fn leaf(&mut self, _: u32) -> Result<Leaf, RenderError> {
        let (width, height) = size(self.kind, self.bytes)?;
        Ok(Leaf { width: width.into(), height: height.into(), dpi: SCREEN_DPI, set: false })
    }

    fn nature(&mut self, _: u32) -> Result<Nature, RenderError> {
        let picture = self.picture()?;
        let nature = Tones::of(&picture.grey).nature();
        self.read = Some(picture);
        Ok(nature)
    }

    fn draw(&mut self, _: u32, view: &View, rows: &mut Rows<'_>) -> Result<(), RenderError> {
        let Picture { grey, turn } = self.picture()?;
        let turn = turn.and(view.turn);
        let tones = Tones::of(&grey);
        // Scaled as it lies and turned afterwards: the same page, and fewer pixels to turn.
        let (across, down) = turn.size(view.width, view.height);
        let whole = across.checked_div(grey.width).filter(|factor| *factor > 1 && grey.width * factor == across);
        let sheet = match whole {
            Some(factor) if tones.colours <= 2 && grey.height.checked_mul(factor) == Some(down) => {
                magnify(&grey, factor)
            }
            _ => scale(grey, across, down),
        };
        pour(&sheet.turned(turn), rows)
    }
}

/// Width and height as the picture is seen, from its header.
pub(crate) fn size(kind: DocumentKind, bytes: &[u8]) -> Result<(u32, u32), RenderError> {
    match kind {
        DocumentKind::Jpeg => jpeg::size(bytes),
        _ => decode::size(kind, bytes),
    }
}

/// Whether a picture of that size may be read.
pub(crate) fn check_size(kind: DocumentKind, width: u32, height: u32) -> Result<(), RenderError> {
    if width == 0 || height == 0 {
        return Err(RenderError::Damaged { kind, detail: "it has no pixels".to_owned() });
    }
    if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(RenderError::TooLarge(Excess::Pixels { width, height }));
    }
    Ok(())
}

/// How the grey of a picture is spread.
struct Tones {
    /// Different levels of grey.
    colours: usize,
    /// Pixels that are neither nearly black nor nearly white.
    middle: u64,
    all: u64,
}

impl Tones {
    fn of(grey: &Grey) -> Self {
        let mut count = [0_u64; 256];
        for &pixel in &grey.pixels {
            count[usize::from(pixel)] += 1;
        }
        Self {
            colours: count.iter().filter(|&&pixels| pixels > 0).count(),
            middle: count[40..216].iter().sum(),
            all: grey.pixels.len() as u64,
        }
    }

    /// Two-tone art may have a little grey at its edges, from smoothing or from a JPEG.
    fn nature(&self) -> Nature {
        if self.middle * 50 <= self.all { Nature::Lines } else { Nature::Tones }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nature(pixels: Vec<u8>) -> Nature {
        Tones::of(&Grey { width: u32::try_from(pixels.len()).unwrap(), height: 1, pixels }).nature()
    }

    #[test]
    fn two_tone_pictures_are_lines_and_all_others_tones() {
        assert_eq!(nature([0, 255].repeat(500)), Nature::Lines);
        assert_eq!(nature([vec![0; 500], vec![255; 490], vec![128; 10]].concat()), Nature::Lines);
        assert_eq!(nature([vec![255; 900], vec![128; 100]].concat()), Nature::Tones);
        assert_eq!(nature((0..=255).collect()), Nature::Tones);
        assert_eq!(nature([100, 180].repeat(500)), Nature::Tones);
    }
}
