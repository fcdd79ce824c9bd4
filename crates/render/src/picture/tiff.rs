//! TIFF: every page of it is a leaf.
//!
//! Source: TIFF 6.0; samples and compressions are those of the `tiff` library (none, LZW, Deflate, PackBits, fax, JPEG).
//! A fax has pixels that are higher than wide: its leaf is as high as it is on paper. Palettes are in
//! `palette`. Deliberately absent: Lab and floating point, which that library refuses or nobody prints, and rows that leave before a page was read.

mod palette;

use super::colour::{eight, mapped, on_white};
use super::notes::Notes;
use super::{Held, MAX_MEMORY, check_size, sound_dpi};
use crate::channel::Channel;
use crate::error::{Excess, RenderError};
use crate::grey::Grey;
use crate::leaf::{Document, Leaf, Nature, Rows, View};
use crate::press::MAX_PAGES;
use platen_model::DocumentKind;
use std::borrow::Cow;
use std::io::Cursor;
use tiff::ColorType;
use tiff::TiffError;
use tiff::decoder::ifd::Value;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;

/// The library with the bytes of a file.
type File<'a> = Decoder<Cursor<Cow<'a, [u8]>>>;

/// A file whose directories were counted.
pub(crate) struct Leaves<'a> {
    decoder: File<'a>,
    leaves: u32,
    /// Pages whose samples are places in a palette.
    palettes: Vec<u32>,
    channel: Channel,
    /// The page that was read last.
    held: Option<(u32, Held)>,
}

/// Reads the directories.
pub(crate) fn open(bytes: &[u8], channel: Channel) -> Result<Leaves<'_>, RenderError> {
    let (bytes, palettes) = palette::called_grey(bytes);
    let mut decoder = decoder(bytes)?;
    let mut leaves = 1;
    // The library notices directories that follow each other in a circle.
    while decoder.more_images() {
        decoder.next_image().map_err(|error| refused(&error))?;
        leaves += 1;
        if leaves as usize > MAX_PAGES {
            return Err(RenderError::TooLarge(Excess::Pages));
        }
    }
    Ok(Leaves { decoder, leaves, palettes, channel, held: None })
}

/// Width and height of the first page, as it is seen.
pub(super) fn size(bytes: &[u8]) -> Result<(u32, u32), RenderError> {
    let mut decoder = decoder(Cow::Borrowed(bytes))?;
    let (width, height) = dimensions(&mut decoder)?;
    Ok(notes(&mut decoder).turn.size(width, height))
}

fn decoder(bytes: Cow<'_, [u8]>) -> Result<File<'_>, RenderError> {
    let most = usize::try_from(MAX_MEMORY).unwrap_or(usize::MAX);
    let mut limits = Limits::default();
    limits.decoding_buffer_size = most;
    limits.intermediate_buffer_size = most;
    Ok(Decoder::new(Cursor::new(bytes)).map_err(|error| refused(&error))?.with_limits(limits))
}

fn dimensions(decoder: &mut File<'_>) -> Result<(u32, u32), RenderError> {
    let (width, height) = decoder.dimensions().map_err(|error| refused(&error))?;
    check_size(DocumentKind::Tiff, width, height)?;
    Ok((width, height))
}

/// A fraction of the directory that need not be there.
fn number(decoder: &mut File<'_>, tag: Tag) -> Option<f64> {
    match decoder.find_tag(tag) {
        Ok(Some(Value::Rational(above, below))) if below > 0 => Some(f64::from(above) / f64::from(below)),
        // Without it, or with one that cannot be read, a picture has the size of a screen's.
        _ => None,
    }
}

/// Turn, and pixels per inch across.
fn notes(decoder: &mut File<'_>) -> Notes {
    let turn = decoder.get_tag_u32(Tag::Orientation).ok().and_then(|turn| u8::try_from(turn).ok());
    let inches = match decoder.get_tag_u32(Tag::ResolutionUnit) {
        Ok(3) => Some(2.54),
        Ok(1) => None,
        _ => Some(1.0),
    };
    let dpi = number(decoder, Tag::XResolution).zip(inches).map(|(dots, inches)| dots * inches);
    Notes { turn: Notes::turn_of(turn), dpi }
}

/// The height of a pixel whose width is one: 1 for nearly all, 2 for a coarse fax.
fn height_of_a_pixel(decoder: &mut File<'_>) -> f64 {
    let sides = number(decoder, Tag::XResolution).zip(number(decoder, Tag::YResolution));
    let ratio = sides.filter(|(_, down)| *down > 0.0).map(|(across, down)| across / down);
    ratio.filter(|ratio| (0.4..=2.5).contains(ratio)).unwrap_or(1.0)
}

impl Leaves<'_> {
    fn seek(&mut self, index: u32) -> Result<(), RenderError> {
        self.decoder.seek_to_image(index as usize).map_err(|error| refused(&error))
    }

    fn held(&mut self, index: u32) -> Result<&Held, RenderError> {
        let held = match self.held.take() {
            Some((of, held)) if of == index => held,
            _ => {
                self.seek(index)?;
                Held::of(read(&mut self.decoder, self.palettes.contains(&index), self.channel)?, self.channel)
            }
        };
        Ok(&self.held.insert((index, held)).1)
    }
}

impl Document for Leaves<'_> {
    fn leaves(&mut self) -> u32 {
        self.leaves
    }

    fn leaf(&mut self, index: u32) -> Result<Leaf, RenderError> {
        self.seek(index)?;
        let (width, height) = dimensions(&mut self.decoder)?;
        let (notes, tall) = (notes(&mut self.decoder), height_of_a_pixel(&mut self.decoder));
        let (width, height) = (f64::from(width), f64::from(height) * tall);
        let (width, height) = if notes.turn.swaps_sides() { (height, width) } else { (width, height) };
        Ok(Leaf { width, height, dpi: sound_dpi(notes.dpi), set: false })
    }

    fn nature(&mut self, index: u32, _: &View) -> Result<Nature, RenderError> {
        Ok(self.held(index)?.tones.nature)
    }

    fn draw(&mut self, index: u32, view: &View, rows: &mut Rows<'_>) -> Result<(), RenderError> {
        self.seek(index)?;
        let turn = notes(&mut self.decoder).turn;
        self.held(index)?.draw(turn, view, rows)
    }
}

/// Reads the page where the decoder stands.
fn read(decoder: &mut File<'_>, has_palette: bool, channel: Channel) -> Result<Grey, RenderError> {
    let luma = |colour| channel.of(colour);
    let (width, height) = dimensions(decoder)?;
    let colour = decoder.colortype().map_err(|error| refused(&error))?;
    let samples = match decoder.read_image().map_err(|error| refused(&error))? {
        DecodingResult::U8(samples) => samples,
        DecodingResult::U16(samples) => samples.into_iter().map(eight).collect(),
        _ => return Err(damaged("its samples have an unknown form")),
    };
    let pixels = match colour {
        ColorType::Gray(bits @ (1 | 2 | 4 | 8)) if has_palette => {
            let table = decoder.get_tag_u16_vec(Tag::ColorMap).map_err(|error| refused(&error))?;
            let bits = u32::from(bits);
            let greys =
                palette::levels(&table, bits, channel).ok_or_else(|| damaged("its palette has another length"))?;
            let grey = |place: u8| greys.get(usize::from(place)).copied().unwrap_or(255);
            if bits == 8 {
                mapped(&samples, |[place]: [u8; 1]| grey(place))
            } else {
                unpacked(&samples, width, bits, grey)
            }
        }
        _ if has_palette => return Err(damaged("its palette has an unknown form")),
        ColorType::Gray(bits @ (1 | 2 | 4)) => {
            let most = (1_u32 << bits) - 1;
            unpacked(&samples, width, bits.into(), |sample| u8::try_from(u32::from(sample) * 255 / most).unwrap_or(255))
        }
        ColorType::Gray(8 | 16) => samples,
        ColorType::GrayA(8 | 16) => mapped(&samples, |[grey, alpha]: [u8; 2]| on_white(grey, alpha)),
        ColorType::Multiband { bit_depth: 8 | 16, num_samples: 2 } => mapped(&samples, |[grey, _]: [u8; 2]| grey),
        ColorType::RGB(8 | 16) => mapped(&samples, luma),
        ColorType::RGBA(8 | 16) => mapped(&samples, |[r, g, b, alpha]: [u8; 4]| on_white(luma([r, g, b]), alpha)),
        ColorType::CMYK(8 | 16) => mapped(&samples, |inks| luma(ink(inks))),
        ColorType::YCbCr(8) => mapped(&samples, |stored| channel.of_differences(stored)),
        _ => return Err(damaged("its colours have an unknown form")),
    };
    if pixels.len() != width as usize * height as usize {
        return Err(damaged("it has another size than it says"));
    }
    Ok(Grey { width, height, pixels })
}

/// Red, green and blue of four inks, 255 for all of one.
fn ink([cyan, magenta, yellow, black]: [u8; 4]) -> [u8; 3] {
    let paper = |ink: u8| {
        let left = u32::from(255 - ink) * u32::from(255 - black);
        u8::try_from((left + 127) / 255).unwrap_or(255)
    };
    [paper(cyan), paper(magenta), paper(yellow)]
}

/// Samples of 1, 2 or 4 bits; each row begins with a byte of its own.
fn unpacked(samples: &[u8], width: u32, bits: u32, grey: impl Fn(u8) -> u8) -> Vec<u8> {
    let (most, grey) = ((1_u8 << bits) - 1, &grey);
    let row = (width * bits).div_ceil(8) as usize;
    let rows = samples.chunks_exact(row.max(1));
    rows.flat_map(|row| {
        (0..width).map(move |x| {
            let byte = row.get((x * bits / 8) as usize).copied().unwrap_or(255);
            grey(byte >> (8 - bits - x * bits % 8) & most)
        })
    })
    .collect()
}

fn refused(error: &TiffError) -> RenderError {
    match error {
        TiffError::LimitsExceeded => RenderError::TooLarge(Excess::Memory),
        other => damaged(&other.to_string()),
    }
}

fn damaged(detail: &str) -> RenderError {
    RenderError::Damaged { kind: DocumentKind::Tiff, detail: detail.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiff::encoder::{Rational, TiffEncoder, colortype};

    #[test]
    fn pages_are_leaves_with_their_size_on_paper() {
        let mut bytes = Cursor::new(Vec::new());
        let mut encoder = TiffEncoder::new(&mut bytes).unwrap();
        encoder.write_image::<colortype::Gray8>(3, 2, &[0, 50, 100, 150, 200, 255]).unwrap();
        let mut second = encoder.new_image::<colortype::RGB8>(2, 1).unwrap();
        second.x_resolution(Rational { n: 204, d: 1 });
        second.y_resolution(Rational { n: 102, d: 1 });
        second.resolution_unit(tiff::tags::ResolutionUnit::Inch);
        second.write_data(&[255, 0, 0, 0, 0, 255]).unwrap();
        encoder.write_image::<colortype::CMYK8>(1, 1, &[0, 0, 0, 255]).unwrap();
        encoder.write_image::<colortype::Gray16>(1, 1, &[32_896]).unwrap();
        let bytes = bytes.into_inner();

        let mut leaves = open(&bytes, Channel::Brightness).unwrap();
        assert_eq!((leaves.leaves(), size(&bytes)), (4, Ok((3, 2))));
        let fax = leaves.leaf(1).unwrap();
        assert_eq!((fax.width, fax.height, fax.dpi), (2.0, 2.0, 204.0));
        let pixels = |leaves: &mut Leaves<'_>, index| leaves.held(index).unwrap().grey.pixels.clone();
        assert_eq!(pixels(&mut leaves, 3), [128]);
        assert_eq!(pixels(&mut leaves, 0), [0, 50, 100, 150, 200, 255]);
        assert_eq!(pixels(&mut leaves, 1), [76, 29]);
        assert_eq!(pixels(&mut leaves, 2), [0]);
        for end in 0..bytes.len() {
            // Some page is cut, or a directory: an error or fewer pixels, and never a panic.
            if let Ok(mut leaves) = open(&bytes[..end], Channel::Brightness) {
                let _ = leaves.held(0).map(|_| ());
            }
        }
    }

    #[test]
    fn small_samples_begin_anew_in_each_row() {
        assert_eq!(unpacked(&[0b1010_0000, 0b0110_0000], 3, 1, |one| one * 9), [9, 0, 9, 0, 9, 9]);
        assert_eq!(unpacked(&[0b0001_1011, 0b1100_0000], 5, 2, |one| one), [0, 1, 2, 3, 3]);
    }
}
