//! JPEG, read straight to grey: the brightness that it stores is the grey that is printed, so its colours are never
//! computed.
//!
//! Source: ITU-T T.81. Deliberately absent: decoding at a reduced size.

use super::colour::{luma, mapped};
use super::{MAX_MEMORY, MAX_SIDE, Way, check_size};
use crate::error::{Excess, RenderError};
use crate::grey::{Grey, Turn};
use image::metadata::Orientation;
use platen_model::DocumentKind;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

pub(super) fn head(bytes: &[u8]) -> Result<super::Head, RenderError> {
    let Head { width, height, turn, .. } = Head::read(bytes)?;
    Ok(super::Head { width, height, turn, dpi: None, way: Way::Whole, nature: None, two_colours: false })
}

pub(super) fn read(bytes: &[u8]) -> Result<Grey, RenderError> {
    let Head { mut decoder, width, height, .. } = Head::read(bytes)?;
    let outline = Outline::of(bytes).ok_or_else(|| damaged("it has no picture data"))?;
    if !outline.has_end {
        // The reader would fill the rest with grey, and nobody would know that half of the photo is missing.
        return Err(damaged("it ends too early"));
    }
    // A progressive picture is held as two bytes a sample until its last scan.
    let samples = u64::from(width) * u64::from(height) * decoder.info().map_or(4, |info| u64::from(info.components));
    if outline.progressive && samples * 2 > MAX_MEMORY {
        return Err(RenderError::TooLarge(Excess::Memory));
    }
    let stored = decoder.input_colorspace();
    let direct = matches!(stored, Some(ColorSpace::YCbCr | ColorSpace::Luma));
    let wanted = if direct { ColorSpace::Luma } else { ColorSpace::RGB };
    let options = decoder.options().jpeg_set_out_colorspace(wanted);
    decoder.set_options(options);
    let samples = decoder.decode().map_err(|error| failed(&error))?;
    let pixels = if direct { samples } else { mapped(&samples, luma) };
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

/// What the segments tell without decoding.
struct Outline {
    /// In several scans, each refining the one before.
    progressive: bool,
    /// Whether the picture's own end is there. A preview inside of the notes has one too, so it is looked for after
    /// the header.
    has_end: bool,
}

impl Outline {
    /// Steps over the segments by their lengths, up to the first scan.
    fn of(bytes: &[u8]) -> Option<Self> {
        const START_OF_SCAN: u8 = 0xDA;
        const END: [u8; 2] = [0xFF, 0xD9];
        let mut progressive = false;
        let mut at = 2;
        loop {
            let marker: [u8; 2] = bytes.get(at..at + 2)?.try_into().ok()?;
            match marker {
                [0xFF, START_OF_SCAN] => break,
                // Filling before a marker, and markers that stand alone.
                [0xFF, 0xFF] => at += 1,
                [0xFF, 0x01 | 0xD0..=0xD8] => at += 2,
                [0xFF, kind] => {
                    progressive |= kind == 0xC2;
                    let length: [u8; 2] = bytes.get(at + 2..at + 4)?.try_into().ok()?;
                    at += 2 + usize::from(u16::from_be_bytes(length));
                }
                _ => at += 1,
            }
        }
        let has_end = bytes.get(at..)?.windows(2).rev().any(|pair| pair == END);
        Some(Self { progressive, has_end })
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

fn damaged(detail: &str) -> RenderError {
    RenderError::Damaged { kind: DocumentKind::Jpeg, detail: detail.to_owned() }
}
