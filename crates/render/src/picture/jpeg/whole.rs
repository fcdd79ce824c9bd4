//! What is not read by rows: progressive pictures, CMYK, and forms that nobody meets every day.
//!
//! Source: ITU-T T.81. The library is told to compute brightness alone where a picture stores it.

use super::damaged;
use crate::channel::Channel;
use crate::error::{Excess, RenderError};
use crate::grey::{Grey, Turn};
use crate::picture::colour::mapped;
use crate::picture::{MAX_MEMORY, MAX_SIDE, Way, check_size};
use image::metadata::Orientation;
use platen_model::DocumentKind;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// What the library reads of the header.
pub(super) fn head(bytes: &[u8]) -> Result<crate::picture::Head, RenderError> {
    let Head { width, height, turn, .. } = Head::read(bytes)?;
    Ok(crate::picture::Head { width, height, turn, dpi: None, way: Way::Whole, nature: None, two_colours: false })
}

/// Reads all of a picture, as it is stored.
pub(super) fn read(bytes: &[u8], progressive: bool, channel: Channel) -> Result<Grey, RenderError> {
    let Head { mut decoder, width, height, .. } = Head::read(bytes)?;
    // A progressive picture is held as two bytes a sample until its last scan.
    let samples = u64::from(width) * u64::from(height) * decoder.info().map_or(4, |info| u64::from(info.components));
    if progressive && samples * 2 > MAX_MEMORY {
        return Err(RenderError::TooLarge(Excess::Memory));
    }
    let stored = decoder.input_colorspace();
    let direct = match stored {
        Some(ColorSpace::Luma) => true,
        Some(ColorSpace::YCbCr) => channel.is_brightness(),
        _ => false,
    };
    let wanted = if direct { ColorSpace::Luma } else { ColorSpace::RGB };
    let options = decoder.options().jpeg_set_out_colorspace(wanted);
    decoder.set_options(options);
    let samples = decoder.decode().map_err(|error| failed(&error))?;
    let pixels = if direct { samples } else { mapped(&samples, |colour| channel.of(colour)) };
    if pixels.len() != width as usize * height as usize {
        return Err(damaged("it has another size than it says"));
    }
    Ok(Grey { width, height, pixels })
}

struct Head<'a> {
    decoder: JpegDecoder<ZCursor<&'a [u8]>>,
    width: u32,
    height: u32,
    turn: Turn,
}

impl<'a> Head<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, RenderError> {
        let side = MAX_SIDE as usize;
        // Real photos have small faults that every viewer forgives; strict reading would refuse them.
        let options = DecoderOptions::default().set_strict_mode(false).set_max_width(side).set_max_height(side);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
        decoder.decode_headers().map_err(|error| failed(&error))?;
        let (width, height) = decoder.dimensions().unwrap_or((0, 0));
        let [width, height] = [width, height].map(|side| u32::try_from(side).unwrap_or(u32::MAX));
        check_size(DocumentKind::Jpeg, width, height)?;
        let turn = decoder.exif().and_then(|notes| Orientation::from_exif_chunk(notes)).map(Turn::from);
        Ok(Self { decoder, width, height, turn: turn.unwrap_or_default() })
    }
}

fn failed(error: &DecodeErrors) -> RenderError {
    match error {
        DecodeErrors::LargeDimensions(side) => {
            let side = u32::try_from(*side).unwrap_or(u32::MAX);
            RenderError::TooLarge(Excess::Pixels { width: side, height: side })
        }
        other => damaged(&other.to_string()),
    }
}
