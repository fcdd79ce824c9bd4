//! PNG, WebP, GIF and BMP by the `image` library, as grey.

use super::{MAX_MEMORY, MAX_SIDE, Picture, check_size};
use crate::error::{Excess, RenderError};
use crate::grey::{Grey, Turn};
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use platen_model::DocumentKind;
use std::io::Cursor;

pub(super) fn size(kind: DocumentKind, bytes: &[u8]) -> Result<(u32, u32), RenderError> {
    let mut decoder = decoder(kind, bytes)?;
    let (width, height) = decoder.dimensions();
    Ok(turn(&mut decoder).size(width, height))
}

pub(super) fn read(kind: DocumentKind, bytes: &[u8]) -> Result<Picture, RenderError> {
    let mut decoder = decoder(kind, bytes)?;
    if decoder.total_bytes() > MAX_MEMORY {
        return Err(RenderError::TooLarge(Excess::Memory));
    }
    let turn = turn(&mut decoder);
    let image = DynamicImage::from_decoder(decoder).map_err(|error| refused(kind, &error))?;
    Ok(Picture { grey: grey(image), turn })
}

/// A reader that has seen the header and nothing else.
fn decoder(kind: DocumentKind, bytes: &[u8]) -> Result<impl ImageDecoder + '_, RenderError> {
    let format = match kind {
        DocumentKind::Webp => ImageFormat::WebP,
        DocumentKind::Gif => ImageFormat::Gif,
        DocumentKind::Bmp => ImageFormat::Bmp,
        _ => ImageFormat::Png,
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|error| refused(kind, &error))?;
    let (width, height) = decoder.dimensions();
    check_size(kind, width, height)?;
    Ok(decoder)
}

fn turn(decoder: &mut impl ImageDecoder) -> Turn {
    // A picture whose notes cannot be read is shown as it lies.
    decoder.orientation().map(Turn::from).unwrap_or_default()
}

fn refused(kind: DocumentKind, error: &ImageError) -> RenderError {
    match error {
        ImageError::Limits(_) => RenderError::TooLarge(Excess::Memory),
        other => RenderError::Damaged { kind, detail: other.to_string() },
    }
}

fn grey(image: DynamicImage) -> Grey {
    let (width, height) = (image.width(), image.height());
    let pixels = match image {
        DynamicImage::ImageLuma8(grey) => grey.into_raw(),
        DynamicImage::ImageLumaA8(grey) => mapped(grey.as_raw(), |[grey, alpha]: [u8; 2]| on_white(grey, alpha)),
        DynamicImage::ImageRgb8(colour) => mapped(colour.as_raw(), |[r, g, b]: [u8; 3]| luma(r, g, b)),
        DynamicImage::ImageRgba8(colour) => {
            mapped(colour.as_raw(), |[r, g, b, alpha]: [u8; 4]| on_white(luma(r, g, b), alpha))
        }
        DynamicImage::ImageLuma16(grey) => mapped(grey.as_raw(), |[grey]: [u16; 1]| eight(grey)),
        DynamicImage::ImageLumaA16(grey) => {
            mapped(grey.as_raw(), |[grey, alpha]: [u16; 2]| on_white(eight(grey), eight(alpha)))
        }
        DynamicImage::ImageRgb16(colour) => {
            mapped(colour.as_raw(), |[r, g, b]: [u16; 3]| luma(eight(r), eight(g), eight(b)))
        }
        DynamicImage::ImageRgba16(colour) => mapped(colour.as_raw(), |[r, g, b, alpha]: [u16; 4]| {
            on_white(luma(eight(r), eight(g), eight(b)), eight(alpha))
        }),
        other => mapped(other.into_rgba8().as_raw(), |[r, g, b, alpha]: [u8; 4]| on_white(luma(r, g, b), alpha)),
    };
    Grey { width, height, pixels }
}

/// Grey of pixels of three bytes.
pub(super) fn grey_of_rgb(samples: &[u8]) -> Vec<u8> {
    mapped(samples, |[r, g, b]: [u8; 3]| luma(r, g, b))
}

/// One byte of grey for each `N` samples.
fn mapped<T: Copy, const N: usize>(samples: &[T], grey: impl Fn([T; N]) -> u8) -> Vec<u8> {
    let (pixels, _) = samples.as_chunks::<N>();
    pixels.iter().map(|pixel| grey(*pixel)).collect()
}

/// ITU-R BT.601 weights, in thousandths, rounded.
fn luma(red: u8, green: u8, blue: u8) -> u8 {
    let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    u8::try_from((sum + 500) / 1000).unwrap_or(255)
}

/// `grey` with the opacity `alpha`, on white paper.
fn on_white(grey: u8, alpha: u8) -> u8 {
    let (grey, alpha) = (u32::from(grey), u32::from(alpha));
    u8::try_from((grey * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(255)
}

/// A sample of 16 bits as one of 8, rounded.
fn eight(sample: u16) -> u8 {
    u8::try_from((u32::from(sample) * 255 + 32_767) / 65_535).unwrap_or(255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_is_weighted_and_what_is_transparent_is_paper() {
        assert_eq!([luma(0, 0, 0), luma(255, 255, 255)], [0, 255]);
        assert_eq!([luma(255, 0, 0), luma(0, 255, 0), luma(0, 0, 255)], [76, 150, 29]);
        assert_eq!([on_white(0, 0), on_white(0, 255), on_white(0, 128), on_white(200, 0)], [255, 0, 127, 255]);
        assert_eq!([eight(0), eight(65_535), eight(0x8080), eight(128)], [0, 255, 128, 0]);
    }
}
