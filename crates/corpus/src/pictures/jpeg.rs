//! JPEG files: every subsampling, progressive, grey and CMYK, and the eight ways in which a camera may have been held.
//!
//! Source: ITU-T T.81; the Exif tag 0x0112.

use super::png::scene;
use crate::Document;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// How a file is written.
#[derive(Clone, Copy)]
pub struct How {
    /// 1 to 100.
    pub quality: u8,
    /// How coarse the colours are.
    pub sampling: SamplingFactor,
    /// In several passes.
    pub progressive: bool,
    /// Rows between two points from which a reader can go on, 0 for none.
    pub restart: u16,
}

impl Default for How {
    fn default() -> Self {
        Self { quality: 85, sampling: SamplingFactor::F_2_2, progressive: false, restart: 0 }
    }
}

/// A scene of `width` × `height` pixels.
pub fn picture(width: u16, height: u16, color: ColorType, how: How) -> Vec<u8> {
    let sample = scene(width.into(), height.into());
    let channels = match color {
        ColorType::Luma => 1,
        ColorType::Cmyk | ColorType::CmykAsYcck => 4,
        _ => 3,
    };
    let pixels: Vec<u8> = (0..u32::from(height))
        .flat_map(|y| (0..u32::from(width)).map(move |x| (x, y)))
        .flat_map(|(x, y)| (0..channels).map(move |channel| (x, y, channel)))
        .map(|(x, y, channel)| sample(x, y, channel))
        .collect();
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, how.quality);
    encoder.set_sampling_factor(how.sampling);
    encoder.set_progressive(how.progressive);
    if how.restart > 0 {
        encoder.set_restart_interval(how.restart);
    }
    encoder.encode(&pixels, width, height, color).unwrap();
    bytes
}

/// The same file with the camera's turn, 1 to 8, in either order of bytes.
pub fn turned(jpeg: &[u8], turn: u8, big_endian: bool) -> Vec<u8> {
    let mut exif = b"Exif\0\0".to_vec();
    if big_endian {
        exif.extend(b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0");
        exif.extend([turn, 0, 0]);
    } else {
        exif.extend(b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0");
        exif.extend([turn, 0, 0, 0]);
    }
    exif.extend([0; 4]);
    segment(jpeg, 0xE1, &exif)
}

/// The same file with one more segment at its beginning.
pub fn segment(jpeg: &[u8], marker: u8, data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xFF, marker], &length, data, &jpeg[2..]].concat()
}

pub(super) fn documents() -> Vec<Document> {
    let mut all = Vec::new();
    for (word, sampling) in [
        ("444", SamplingFactor::F_1_1),
        ("422", SamplingFactor::F_2_1),
        ("440", SamplingFactor::F_1_2),
        ("420", SamplingFactor::F_2_2),
        ("411", SamplingFactor::F_4_1),
    ] {
        for progressive in [false, true] {
            let how = How { sampling, progressive, ..How::default() };
            let order = if progressive { "-progressive" } else { "" };
            all.push(Document::new(format!("colour-{word}{order}.jpg"), picture(83, 61, ColorType::Rgb, how)));
        }
    }
    for (word, color) in [("grey", ColorType::Luma), ("cmyk", ColorType::Cmyk), ("ycck", ColorType::CmykAsYcck)] {
        for (order, progressive) in [("", false), ("-progressive", true)] {
            let how = How { progressive, sampling: SamplingFactor::F_1_1, ..How::default() };
            all.push(Document::new(format!("{word}{order}.jpg"), picture(50, 40, color, how)));
        }
    }
    for (word, quality) in [("worst", 1), ("coarse", 20), ("best", 100)] {
        let how = How { quality, ..How::default() };
        all.push(Document::new(format!("quality-{word}.jpg"), picture(64, 64, ColorType::Rgb, how)));
    }
    let restart = How { restart: 2, ..How::default() };
    all.push(Document::new("restart.jpg", picture(70, 50, ColorType::Rgb, restart)));
    for (width, height) in [(1, 1), (8, 8), (9, 17), (300, 5)] {
        all.push(Document::new(
            format!("size-{width}x{height}.jpg"),
            picture(width, height, ColorType::Rgb, How::default()),
        ));
    }
    let photo = picture(48, 32, ColorType::Rgb, How::default());
    for turn in 1..=8 {
        all.push(Document::new(format!("turn-{turn}.jpg"), turned(&photo, turn, turn % 2 == 0)));
    }
    all
}
