//! JPEG, read straight to grey: the brightness that it stores is the grey that is printed, so its colours are not computed
//! unless the page is in colour, and then by the library.
//!
//! ```text
//! segments ─header─▶ sequential: bits ─huffman─▶ coefficients of the brightness ─idct─▶ rows, 1, 2, 4 or 8 times smaller
//!                    all others: the library, whole
//! ```
//!
//! Source: ITU-T T.81. What nearly every camera writes (sequential, Huffman codes, eight bits) is read here by rows, in one
//! scan or in several. Deliberately absent here: progressive pictures, arithmetic codes, twelve bits, CMYK and RGB; `whole`
//! has them as far as anybody has.

mod bits;
mod header;
mod huffman;
mod idct;
mod rows;
mod whole;

use super::plan::Part;
use super::{Head, Way, check_size};
use crate::channel::Channel;
use crate::error::RenderError;
use crate::grey::Grey;
use crate::leaf::Rows;
use header::{Component, Header};
use platen_model::DocumentKind;
use rows::Sequential;

/// What stands before the picture data.
pub(super) fn head(bytes: &[u8]) -> Result<Head, RenderError> {
    let Some(header) = Header::read(bytes) else { return whole::head(bytes) };
    if let Some(frame) = &header.frame
        && rows::is_sequential(&header)
    {
        let (width, height) = (frame.width.into(), frame.height.into());
        check_size(DocumentKind::Jpeg, width, height)?;
        let notes = header.notes;
        let (turn, dpi) = (notes.turn, notes.dpi);
        return Ok(Head { width, height, turn, dpi, way: Way::Jpeg, nature: None, two_colours: false });
    }
    if !is_read_right(&header) {
        return Err(RenderError::Unknown { looks_like: Some("a JPEG picture in a form that is hardly ever met") });
    }
    Ok(Head { dpi: header.notes.dpi, ..whole::head(bytes)? })
}

/// Reads all of a picture that is not read by rows.
pub(super) fn read(bytes: &[u8], channel: Channel) -> Result<Grey, RenderError> {
    let header = Header::read(bytes).ok_or_else(|| damaged("it has no picture data"))?;
    if !has_end(&header) {
        // The library would fill the rest with grey, and nobody would know that half of the photo is missing.
        return Err(damaged("it ends too early"));
    }
    if let Some(frame) = &header.frame
        && let Some(picture) = Sequential::of(&header)
        && header.scan.len() < frame.components.len()
        && channel.is_brightness()
    {
        let (width, height) = (u32::from(frame.width), u32::from(frame.height));
        check_size(DocumentKind::Jpeg, width, height)?;
        let mut pixels = Vec::new();
        picture.rows(1, &Part { left: 0, top: 0, width, height }, &mut |row| {
            pixels.extend_from_slice(row);
            Ok(())
        })?;
        return Ok(Grey { width, height, pixels });
    }
    if !is_read_right(&header) {
        return Err(damaged("its colours come apart and in different sizes"));
    }
    whole::read(bytes, header.frame.is_some_and(|frame| frame.process == 2), channel)
}

/// Whether the library reads it as others do. It mixes up the blocks of a sequential picture whose components have both
/// scans of their own and sizes of their own.
fn is_read_right(header: &Header<'_>) -> bool {
    let Some(frame) = &header.frame else { return true };
    let apart = frame.process <= 1 && header.scan.len() < frame.components.len();
    let alike = |pair: &[Component]| matches!(pair, [a, b] if (a.across, a.down) == (b.across, b.down));
    !apart || frame.components.windows(2).all(alike)
}

/// Gives the rows of `part`, whose pixels are those of the picture when it is `by` (1, 2, 4 or 8) times smaller.
pub(super) fn rows(bytes: &[u8], by: u32, part: &Part, rows: &mut Rows<'_>) -> Result<(), RenderError> {
    let header = Header::read(bytes).ok_or_else(|| damaged("it has no picture data"))?;
    if !has_end(&header) {
        // Better told now than after half of the rows.
        return Err(damaged("it ends too early"));
    }
    let picture = Sequential::of(&header).ok_or_else(|| damaged("a table of it is missing or is none"))?;
    picture.rows(by, part, rows)
}

/// Whether the picture's own end is there. A preview inside of the notes has one too, so only what follows the header is
/// looked at.
fn has_end(header: &Header<'_>) -> bool {
    header.data.windows(2).rev().any(|pair| pair == [0xFF, 0xD9])
}

fn damaged(detail: &str) -> RenderError {
    RenderError::Damaged { kind: DocumentKind::Jpeg, detail: detail.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

    /// Soft shapes with some noise, as in a photo.
    fn samples(width: u16, height: u16, colours: usize) -> Vec<u8> {
        let mut seed = 9_u32;
        let mut pixels = Vec::new();
        for (y, x) in (0..u32::from(height)).flat_map(|y| (0..u32::from(width)).map(move |x| (y, x))) {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = seed >> 28;
            for colour in 0..u32::try_from(colours).unwrap() {
                let wave = (x * (3 + colour) + y * 2) % 256;
                pixels.push(u8::try_from((wave.min(255 - wave) * 2 + noise).min(255)).unwrap());
            }
        }
        pixels
    }

    struct Form {
        width: u16,
        height: u16,
        colour: ColorType,
        sampling: SamplingFactor,
        restart: u16,
        optimised: bool,
        quality: u8,
    }

    fn jpeg(form: &Form) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, form.quality);
        encoder.set_sampling_factor(form.sampling);
        encoder.set_restart_interval(form.restart);
        encoder.set_optimized_huffman_tables(form.optimised);
        let colours = if form.colour == ColorType::Luma { 1 } else { 3 };
        let pixels = samples(form.width, form.height, colours);
        encoder.encode(&pixels, form.width, form.height, form.colour).unwrap();
        bytes
    }

    fn read(bytes: &[u8], by: u32, part: &Part) -> Result<Vec<u8>, RenderError> {
        let mut pixels = Vec::new();
        rows(bytes, by, part, &mut |row| {
            assert_eq!(row.len(), part.width as usize);
            pixels.extend_from_slice(row);
            Ok(())
        })?;
        Ok(pixels)
    }

    fn all(width: u16, height: u16) -> Part {
        Part { left: 0, top: 0, width: width.into(), height: height.into() }
    }

    #[test]
    fn every_form_is_the_brightness_that_another_reader_sees() {
        use SamplingFactor::{F_1_1, F_1_2, F_2_1, F_2_2, F_4_1};
        let mut forms = 0;
        for (width, height) in [(64, 48), (1, 1), (131, 77), (17, 200)] {
            for sampling in [F_1_1, F_2_1, F_1_2, F_2_2, F_4_1] {
                for (restart, optimised, quality) in [(0, false, 90), (0, true, 60), (3, false, 100), (1, false, 20)] {
                    for colour in [ColorType::Rgb, ColorType::Luma] {
                        let form = Form { width, height, colour, sampling, restart, optimised, quality };
                        let bytes = jpeg(&form);
                        if head(&bytes).unwrap().way == Way::Whole {
                            assert!(sampling == F_4_1, "{width} × {height}, {sampling:?}");
                            continue;
                        }
                        let found = read(&bytes, 1, &all(width, height)).unwrap();
                        // The library mixes up what comes in scans of its own and in sizes of its own.
                        let header = Header::read(&bytes).unwrap();
                        if !is_read_right(&header) {
                            continue;
                        }
                        let expected = whole::read(&bytes, false, Channel::Brightness).unwrap();
                        assert_eq!(found.len(), expected.pixels.len());
                        let most = found.iter().zip(&expected.pixels).map(|(a, b)| a.abs_diff(*b)).max();
                        let what = (width, height, sampling, restart, optimised, quality, colour);
                        assert!(most <= Some(2), "{what:?}: {most:?} levels");
                        forms += 1;
                    }
                }
            }
        }
        assert!(forms >= 120, "{forms}");
    }

    #[test]
    fn a_smaller_picture_is_the_mean_of_the_larger_one() {
        let form = Form {
            width: 150,
            height: 101,
            colour: ColorType::Rgb,
            sampling: SamplingFactor::F_2_2,
            restart: 4,
            optimised: false,
            quality: 95,
        };
        // A smooth picture, of which all sizes show the same.
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, form.quality);
        encoder.set_sampling_factor(form.sampling);
        encoder.set_restart_interval(form.restart);
        let pixels: Vec<u8> =
            (0..101_u32).flat_map(|y| (0..150_u32).map(move |x| u8::try_from(20 + x + y / 2).unwrap())).collect();
        encoder.encode(&pixels, form.width, form.height, ColorType::Luma).unwrap();
        for by in [2_u32, 4, 8] {
            let part = all(form.width, form.height).reduced(by);
            let small = read(&bytes, by, &part).unwrap();
            for (y, x) in (0..101 / by).flat_map(|y| (0..150 / by).map(move |x| (y, x))) {
                let mean = 20.0
                    + f64::from(x * by)
                    + f64::from(by - 1) / 2.0
                    + (f64::from(y * by) + f64::from(by - 1) / 2.0) / 2.0;
                let found = f64::from(small[(y * part.width + x) as usize]);
                assert!((found - mean).abs() <= 2.5, "{by} times smaller, {x}, {y}: {found} for {mean}");
            }
        }
    }

    #[test]
    fn a_part_is_cut_out_of_the_whole_at_every_size() {
        let sampling = SamplingFactor::F_2_2;
        let form = Form {
            width: 203,
            height: 99,
            colour: ColorType::Rgb,
            sampling,
            restart: 5,
            optimised: false,
            quality: 90,
        };
        let bytes = jpeg(&form);
        for by in [1, 2, 4, 8] {
            let whole = all(203, 99).reduced(by);
            let grey = Grey { width: whole.width, height: whole.height, pixels: read(&bytes, by, &whole).unwrap() };
            let part = Part { left: 70, top: 40, width: 51, height: 33 }.reduced(by);
            let rows = grey.rows().skip(part.top as usize).take(part.height as usize);
            let cut: Vec<u8> = rows.flat_map(|row| part.of_row(row).to_vec()).collect();
            assert_eq!(read(&bytes, by, &part).unwrap(), cut, "{by} times smaller");
        }
    }

    #[test]
    fn what_is_broken_is_an_error_and_never_more() {
        let sampling = SamplingFactor::F_2_2;
        let form =
            Form { width: 80, height: 60, colour: ColorType::Rgb, sampling, restart: 3, optimised: false, quality: 80 };
        let bytes = jpeg(&form);
        let data = bytes.len() - Header::read(&bytes).unwrap().data.len();
        for by in [1, 2, 8] {
            let part = all(80, 60).reduced(by);
            // Cut off, but with an end: what a broken transfer and a repair of it leave behind.
            for end in (data..bytes.len() - 12).step_by(5) {
                let short = [&bytes[..end], &[0xFF, 0xD9]].concat();
                assert!(matches!(read(&short, by, &part), Err(RenderError::Damaged { .. })), "cut at {end}");
            }
            for place in 2..bytes.len() {
                let mut flipped = bytes.clone();
                flipped[place] ^= 0x5A;
                // Whatever comes: rows or an error.
                if head(&flipped).is_ok_and(|head| head.way == Way::Jpeg) {
                    let _ = rows(&flipped, by, &part, &mut |_| Ok(()));
                }
            }
        }
    }

    #[test]
    fn other_forms_are_left_to_the_library() {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 90);
        encoder.set_progressive(true);
        encoder.encode(&samples(30, 20, 3), 30, 20, ColorType::Rgb).unwrap();
        let found = head(&bytes).unwrap();
        assert_eq!((found.way, found.width, found.height), (Way::Whole, 30, 20));
        assert_eq!(super::read(&bytes, Channel::Brightness).unwrap().pixels.len(), 600);
    }
}
