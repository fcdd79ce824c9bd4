//! PNG by rows: never more than two rows of a picture are held, however large it is.
//!
//! Source: the PNG specification, third edition; `eXIf` for the camera's turn. Samples of every depth become grey here,
//! through a table where a sample has eight bits or fewer. Deliberately absent: interlaced pictures (their first rows
//! come last: the `image` library reads them whole), gamma and colour profiles.

use super::colour::{eight, map_row, on_white};
use super::notes::Notes;
use super::plan::Part;
use super::{Head, MAX_MEMORY, Way, check_size};
use crate::channel::Channel;
use crate::error::{Excess, RenderError};
use crate::leaf::{Nature, Rows};
use platen_model::DocumentKind;
use png::{BitDepth, ColorType, Decoder, DecodingError, Limits, Reader, Transformations};
use std::io::Cursor;

/// What the chunks before the pixels tell.
pub(super) fn head(bytes: &[u8]) -> Result<Head, RenderError> {
    let reader = reader(bytes)?;
    let info = reader.info();
    let notes = info.exif_metadata.as_deref().map(Notes::of_exif).unwrap_or_default();
    let metres = info.pixel_dims.filter(|dims| dims.unit == png::Unit::Meter && dims.xppu == dims.yppu);
    let dpi = metres.map(|dims| f64::from(dims.xppu) * 0.0254);
    let pixels = Pixels::of(&reader, Channel::Brightness);
    Ok(Head {
        width: info.width,
        height: info.height,
        turn: notes.turn,
        dpi: dpi.or(notes.dpi),
        way: if info.interlaced { Way::Whole } else { Way::Png },
        nature: pixels.as_ref().and_then(Pixels::nature),
        two_colours: pixels.is_some_and(|pixels| pixels.levels().is_some_and(|levels| levels.len() <= 2)),
    })
}

/// Gives the rows of `part`.
pub(super) fn rows(bytes: &[u8], part: &Part, channel: Channel, rows: &mut Rows<'_>) -> Result<(), RenderError> {
    let mut reader = reader(bytes)?;
    let pixels = Pixels::of(&reader, channel).ok_or_else(|| damaged("its colours have an unknown form"))?;
    let bottom = part.bottom();
    let last = bottom >= reader.info().height;
    let mut grey = Vec::with_capacity(part.width as usize);
    for y in 0..bottom {
        let row = reader.next_row().map_err(|error| refused(&error))?.ok_or_else(|| damaged("it ends too early"))?;
        if y >= part.top {
            grey.clear();
            pixels.row(row.data(), part, channel, &mut grey);
            rows(&grey)?;
        }
    }
    // After the last row comes its checksum.
    while last && reader.next_row().map_err(|error| refused(&error))?.is_some() {}
    Ok(())
}

/// A reader that stands before the first row.
fn reader(bytes: &[u8]) -> Result<Reader<Cursor<&[u8]>>, RenderError> {
    let limit = usize::try_from(MAX_MEMORY).unwrap_or(usize::MAX);
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: limit });
    decoder.set_transformations(Transformations::IDENTITY);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let info = decoder.read_header_info().map_err(|error| refused(&error))?;
    check_size(DocumentKind::Png, info.width, info.height)?;
    decoder.read_info().map_err(|error| refused(&error))
}

/// How the bytes of a row become grey.
enum Pixels {
    /// Samples of 8 bits that are grey already.
    Same,
    /// Samples of 1, 2, 4 or 8 bits, a pixel each.
    Levels {
        bits: usize,
        levels: Vec<u8>,
    },
    /// 16 bits, and the sample that is transparent.
    Grey16 {
        key: Option<[u8; 2]>,
    },
    GreyAlpha8,
    GreyAlpha16,
    Rgb8 {
        key: Option<[u8; 3]>,
    },
    Rgb16 {
        key: Option<[u8; 6]>,
    },
    Rgba8,
    Rgba16,
}

impl Pixels {
    /// `None` for a combination that PNG does not have.
    fn of(reader: &Reader<Cursor<&[u8]>>, channel: Channel) -> Option<Self> {
        let info = reader.info();
        let trns = info.trns.as_deref();
        Some(match (info.color_type, info.bit_depth) {
            (ColorType::Grayscale, BitDepth::Sixteen) => Self::Grey16 { key: key(trns) },
            (ColorType::Grayscale, BitDepth::Eight) if trns.is_none() => Self::Same,
            (ColorType::Grayscale, depth) => {
                let (bits, most) = (depth as usize, (1_u32 << depth as u32) - 1);
                let clear = key::<1>(trns).map(|[sample]| u32::from(sample));
                let level =
                    |sample| if Some(sample) == clear { 255 } else { u8::try_from(sample * 255 / most).unwrap_or(255) };
                Self::Levels { bits, levels: (0..=most).map(level).collect() }
            }
            (ColorType::Indexed, depth) => {
                let (colours, _) = info.palette.as_deref()?.as_chunks::<3>();
                let alpha = trns.unwrap_or(&[]).iter().copied().chain(std::iter::repeat(255));
                let level = |(colour, alpha): (&[u8; 3], u8)| on_white(channel.of(*colour), alpha);
                let levels = colours.iter().zip(alpha).map(level).collect();
                Self::Levels { bits: depth as usize, levels }
            }
            (ColorType::GrayscaleAlpha, BitDepth::Eight) => Self::GreyAlpha8,
            (ColorType::GrayscaleAlpha, BitDepth::Sixteen) => Self::GreyAlpha16,
            (ColorType::Rgb, BitDepth::Eight) => Self::Rgb8 { key: key(trns) },
            (ColorType::Rgb, BitDepth::Sixteen) => Self::Rgb16 { key: key(trns) },
            (ColorType::Rgba, BitDepth::Eight) => Self::Rgba8,
            (ColorType::Rgba, BitDepth::Sixteen) => Self::Rgba16,
            _ => return None,
        })
    }

    fn levels(&self) -> Option<&[u8]> {
        match self {
            Self::Levels { levels, .. } => Some(levels),
            _ => None,
        }
    }

    /// Whether the levels alone tell that there are no tones.
    fn nature(&self) -> Option<Nature> {
        let only_ends = |levels: &&[u8]| levels.iter().all(|level| !(40..216).contains(level));
        self.levels().filter(only_ends).map(|_| Nature::Lines)
    }

    /// Appends the grey of the pixels of `part`.
    fn row(&self, row: &[u8], part: &Part, channel: Channel, out: &mut Vec<u8>) {
        let luma = |colour| channel.of(colour);
        let (left, right) = (part.left as usize, part.right() as usize);
        let cut = |size: usize| row.get(left * size..right * size).unwrap_or(&[]);
        let wide = |high: u8, low: u8| eight(u16::from_be_bytes([high, low]));
        match self {
            Self::Same => out.extend_from_slice(cut(1)),
            // A sample that the palette does not have is black, as with other readers.
            Self::Levels { bits: 8, levels } => {
                map_row(cut(1), out, |[sample]| levels.get(usize::from(sample)).copied().unwrap_or(0));
            }
            Self::Levels { bits, levels } => {
                let mask = u8::MAX >> (8 - bits);
                out.extend((left..right).map(|x| {
                    let (byte, place) = (x * bits / 8, x * bits % 8);
                    let sample = row.get(byte).map_or(0, |byte| byte >> (8 - bits - place) & mask);
                    levels.get(usize::from(sample)).copied().unwrap_or(0)
                }));
            }
            Self::Grey16 { key } => {
                map_row(
                    cut(2),
                    out,
                    |sample: [u8; 2]| {
                        if Some(sample) == *key { 255 } else { wide(sample[0], sample[1]) }
                    },
                )
            }
            Self::GreyAlpha8 => map_row(cut(2), out, |[grey, alpha]| on_white(grey, alpha)),
            Self::GreyAlpha16 => map_row(cut(4), out, |[a, b, c, d]| on_white(wide(a, b), wide(c, d))),
            Self::Rgb8 { key: None } => map_row(cut(3), out, luma),
            Self::Rgb8 { key } => {
                map_row(cut(3), out, |colour| if Some(colour) == *key { 255 } else { luma(colour) });
            }
            Self::Rgb16 { key } => map_row(cut(6), out, |colour: [u8; 6]| {
                let [a, b, c, d, e, f] = colour;
                if Some(colour) == *key { 255 } else { luma([wide(a, b), wide(c, d), wide(e, f)]) }
            }),
            Self::Rgba8 => map_row(cut(4), out, |[r, g, b, alpha]| on_white(luma([r, g, b]), alpha)),
            Self::Rgba16 => map_row(cut(8), out, |[a, b, c, d, e, f, g, h]| {
                on_white(luma([wide(a, b), wide(c, d), wide(e, f)]), wide(g, h))
            }),
        }
    }
}

/// The sample that is transparent.
fn key<const N: usize>(trns: Option<&[u8]>) -> Option<[u8; N]> {
    trns.and_then(|key| key.first_chunk().copied())
}

fn refused(error: &DecodingError) -> RenderError {
    match error {
        DecodingError::LimitsExceeded => RenderError::TooLarge(Excess::Memory),
        other => damaged(&other.to_string()),
    }
}

fn damaged(detail: &str) -> RenderError {
    RenderError::Damaged { kind: DocumentKind::Png, detail: detail.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::whole;

    const WIDTH: u32 = 37;
    const HEIGHT: u32 = 9;

    /// A picture of noise, with a palette or a transparent colour where `clear` says so.
    fn png(colour: ColorType, depth: BitDepth, clear: bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, WIDTH, HEIGHT);
        encoder.set_color(colour);
        encoder.set_depth(depth);
        let row = (colour.samples() * depth as usize * WIDTH as usize).div_ceil(8);
        let noise: Vec<u8> =
            (0..row * HEIGHT as usize).map(|i| (i as u32).wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
        if colour == ColorType::Indexed {
            encoder.set_palette(
                (0..768_u32).take(3 << depth as u32).map(|i| (i * 89).to_le_bytes()[0]).collect::<Vec<_>>(),
            );
        }
        if clear {
            let size = if depth == BitDepth::Sixteen { 2 } else { 1 } * colour.samples();
            let first = noise[3 * size..4 * size].to_vec();
            encoder.set_trns(match (colour, depth) {
                (ColorType::Indexed, _) => vec![0, 100],
                (_, BitDepth::Sixteen) => first,
                (_, BitDepth::Eight) => first.iter().flat_map(|&sample| [0, sample]).collect(),
                _ => vec![0, 1],
            });
        }
        encoder.write_header().unwrap().write_image_data(&noise).unwrap();
        bytes
    }

    fn read(bytes: &[u8], part: &Part) -> Vec<u8> {
        let mut pixels = Vec::new();
        rows(bytes, part, Channel::Brightness, &mut |row| {
            pixels.extend_from_slice(row);
            Ok(())
        })
        .unwrap();
        pixels
    }

    #[test]
    fn every_form_of_png_is_the_grey_that_another_reader_sees() {
        use BitDepth::{Eight, Four, One, Sixteen, Two};
        let forms: [(ColorType, &[BitDepth]); 5] = [
            (ColorType::Grayscale, &[One, Two, Four, Eight, Sixteen]),
            (ColorType::Indexed, &[One, Two, Four, Eight]),
            (ColorType::GrayscaleAlpha, &[Eight, Sixteen]),
            (ColorType::Rgb, &[Eight, Sixteen]),
            (ColorType::Rgba, &[Eight, Sixteen]),
        ];
        for (colour, depths) in forms {
            for &depth in depths {
                for clear in [false, true] {
                    if clear && matches!(colour, ColorType::GrayscaleAlpha | ColorType::Rgba) {
                        continue;
                    }
                    let bytes = png(colour, depth, clear);
                    let expected = whole::read(DocumentKind::Png, &bytes, Channel::Brightness).unwrap();
                    let all = Part { left: 0, top: 0, width: WIDTH, height: HEIGHT };
                    assert_eq!(read(&bytes, &all), expected.pixels, "{colour:?} {depth:?}, clear: {clear}");
                    let part = Part { left: 5, top: 2, width: 17, height: 4 };
                    let cut: Vec<u8> = (2..6).flat_map(|y| expected.row(y)[5..22].to_vec()).collect();
                    assert_eq!(read(&bytes, &part), cut, "{colour:?} {depth:?}, clear: {clear}, a part");
                }
            }
        }
    }

    #[test]
    fn the_header_tells_what_has_no_tones_and_how_large_a_pixel_is() {
        let nature = |colour, depth| head(&png(colour, depth, false)).unwrap().nature;
        assert_eq!(nature(ColorType::Grayscale, BitDepth::One), Some(Nature::Lines));
        assert_eq!(nature(ColorType::Grayscale, BitDepth::Two), None);
        assert_eq!(nature(ColorType::Indexed, BitDepth::Eight), None);
        assert_eq!(nature(ColorType::Rgb, BitDepth::Eight), None);
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 1, 1);
        let unit = png::Unit::Meter;
        encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: 11_811, yppu: 11_811, unit }));
        encoder.write_header().unwrap().write_image_data(&[0]).unwrap();
        assert_eq!(head(&bytes).unwrap().leaf().dpi.round(), 300.0);
        assert_eq!(head(&png(ColorType::Rgb, BitDepth::Eight, false)).unwrap().leaf().dpi, 96.0);
    }
}
