//! WebP, GIF, BMP and interlaced PNG by the `image` library, as grey.

use super::colour::{eight, mapped, on_white};
use super::{Head, MAX_MEMORY, MAX_SIDE, Way, check_size};
use crate::channel::Channel;
use crate::error::{Excess, RenderError};
use crate::grey::{Grey, Turn};
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use platen_model::DocumentKind;
use std::io::Cursor;

/// What the header tells.
pub(super) fn head(kind: DocumentKind, bytes: &[u8]) -> Result<Head, RenderError> {
    let mut decoder = decoder(kind, bytes)?;
    let (width, height) = decoder.dimensions();
    // A picture whose notes cannot be read is shown as it lies.
    let turn = decoder.orientation().map(Turn::from).unwrap_or_default();
    Ok(Head { width, height, turn, dpi: None, way: Way::Whole, nature: None, two_colours: false })
}

/// Reads all of a picture, as it is stored.
pub(super) fn read(kind: DocumentKind, bytes: &[u8], channel: Channel) -> Result<Grey, RenderError> {
    let decoder = decoder(kind, bytes)?;
    if decoder.total_bytes() > MAX_MEMORY {
        return Err(RenderError::TooLarge(Excess::Memory));
    }
    Ok(grey(DynamicImage::from_decoder(decoder).map_err(|error| refused(kind, &error))?, channel))
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

fn refused(kind: DocumentKind, error: &ImageError) -> RenderError {
    match error {
        ImageError::Limits(_) => RenderError::TooLarge(Excess::Memory),
        other => RenderError::Damaged { kind, detail: other.to_string() },
    }
}

fn grey(image: DynamicImage, channel: Channel) -> Grey {
    let luma = |colour| channel.of(colour);
    let (width, height) = (image.width(), image.height());
    let pixels = match image {
        DynamicImage::ImageLuma8(grey) => grey.into_raw(),
        DynamicImage::ImageLumaA8(grey) => mapped(grey.as_raw(), |[grey, alpha]: [u8; 2]| on_white(grey, alpha)),
        DynamicImage::ImageRgb8(colour) => mapped(colour.as_raw(), luma),
        DynamicImage::ImageRgba8(colour) => {
            mapped(colour.as_raw(), |[r, g, b, alpha]: [u8; 4]| on_white(luma([r, g, b]), alpha))
        }
        DynamicImage::ImageLuma16(grey) => mapped(grey.as_raw(), |[grey]: [u16; 1]| eight(grey)),
        DynamicImage::ImageLumaA16(grey) => {
            mapped(grey.as_raw(), |[grey, alpha]: [u16; 2]| on_white(eight(grey), eight(alpha)))
        }
        DynamicImage::ImageRgb16(colour) => mapped(colour.as_raw(), |[r, g, b]: [u16; 3]| luma([r, g, b].map(eight))),
        DynamicImage::ImageRgba16(colour) => {
            mapped(colour.as_raw(), |[r, g, b, alpha]: [u16; 4]| on_white(luma([r, g, b].map(eight)), eight(alpha)))
        }
        other => mapped(other.into_rgba8().as_raw(), |[r, g, b, alpha]: [u8; 4]| on_white(luma([r, g, b]), alpha)),
    };
    Grey { width, height, pixels }
}
