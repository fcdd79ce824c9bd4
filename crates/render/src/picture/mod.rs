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
use crate::page::{Frame, Nature, Press};
use crate::scale::{magnify, scale};
use platen_model::{DocumentKind, PageOptions};

/// The most pixels of a picture.
const MAX_PIXELS: u64 = 100_000_000;

/// The longest side of a picture, in pixels.
const MAX_SIDE: u32 = 30_000;

/// The most memory that a reader may take, in bytes.
const MAX_MEMORY: u64 = 512 << 20;

/// A picture as it was read.
struct Picture {
    grey: Grey,
    /// How the camera was held.
    turn: Turn,
}

pub(crate) fn lay_out(
    kind: DocumentKind,
    bytes: &[u8],
    frame: Frame,
    options: &PageOptions,
    press: &mut Press<'_>,
) -> Result<(), RenderError> {
    let (width, height) = size(kind, bytes)?;
    let user = Turn::from(options.rotate);
    let (width, height) = user.size(width, height);
    // Before the pixels are read: what does not fit on a page need not be decoded.
    let rows = frame.rows_for(width.into(), height.into())?;

    let picture = match kind {
        DocumentKind::Jpeg => jpeg::read(bytes)?,
        _ => decode::read(kind, bytes)?,
    };
    let turn = picture.turn.then(options.rotate);
    let tones = Tones::of(&picture.grey);
    // Scaled as it lies and turned afterwards: the same page, and fewer pixels to turn.
    let (across, down) = turn.size(frame.width, rows);
    let grey = picture.grey;
    let whole = across.checked_div(grey.width).filter(|factor| *factor > 1 && grey.width * factor == across);
    let sheet = match whole {
        Some(factor) if tones.colours <= 2 && grey.height.checked_mul(factor) == Some(down) => magnify(&grey, factor),
        _ => scale(grey, across, down),
    };
    press.print(sheet.turned(turn), tones.nature())
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
