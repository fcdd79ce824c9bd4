//! Text and lines stay crisp, and tones beside them are diffused.
//!
//! ```text
//! rows ─tiles─▶ which 8 × 8 tiles are crisp ─▶ threshold there, Floyd–Steinberg elsewhere, no error across
//! ```
//!
//! A page without text gives the dots of `floyd-steinberg`. Text without speckles is also what compresses: a receipt with
//! a photo takes little more than the photo alone. Rows leave one tile and a few rows after they came.

use super::tiles::{Answer, Tiles};
use super::{FloydSteinberg, Setting, Tone};
use std::ops::Range;

/// For receipts and other pages of both kinds.
#[derive(Clone, Debug)]
pub struct Mixed {
    width: usize,
    threshold: u8,
    tiles: Tiles,
    diffused: FloydSteinberg,
    tonal: Vec<Range<usize>>,
}

impl Mixed {
    /// For one bit a dot.
    pub fn new(setting: &Setting) -> Self {
        Self {
            width: setting.width,
            threshold: setting.threshold,
            tiles: Tiles::new(setting.width),
            diffused: FloydSteinberg::new(setting),
            tonal: Vec::new(),
        }
    }
}

impl Tone for Mixed {
    fn push(&mut self, grey: &[u8], dots: &mut Vec<u8>) {
        let Self { width, threshold, tiles, diffused, tonal } = self;
        let mut give = |answer: Answer<'_>| {
            answer.crisp.tonal_ranges(*width, tonal);
            answer.rows().for_each(|row| diffused.row(row, tonal, *threshold, dots));
        };
        for row in grey.chunks_exact((*width).max(1)) {
            tiles.push(row).into_iter().for_each(&mut give);
        }
    }

    fn finish(&mut self, dots: &mut Vec<u8>) {
        let Self { width, threshold, tiles, diffused, tonal } = self;
        while let Some(answer) = tiles.finish() {
            answer.crisp.tonal_ranges(*width, tonal);
            answer.rows().for_each(|row| diffused.row(row, tonal, *threshold, dots));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tiles::{SIDE, slowly};
    use super::*;
    use platen_model::Dither;

    /// The pixels of neighbouring tiles that are not crisp, as ranges.
    fn tonal_ranges(crisp: &[bool], width: usize, ranges: &mut Vec<Range<usize>>) {
        ranges.clear();
        for (tile, _) in crisp.iter().enumerate().filter(|(_, crisp)| !**crisp) {
            let (from, to) = (tile * SIDE, ((tile + 1) * SIDE).min(width));
            match ranges.last_mut() {
                Some(last) if last.end == from => last.end = to,
                _ => ranges.push(from..to),
            }
        }
    }

    /// Every row and every pixel worked on.
    fn slowly(setting: &Setting, grey: &[u8]) -> Vec<u8> {
        let (width, mut tonal, mut dots) = (setting.width, Vec::new(), Vec::new());
        let (mut tiles, mut diffused) = (slowly::Tiles::new(width), FloydSteinberg::new(setting));
        let mut bands = grey.chunks(width * SIDE);
        let mut give = |crisp: &[bool]| {
            tonal_ranges(crisp, width, &mut tonal);
            for row in bands.next().unwrap().chunks(width) {
                diffused.row_slowly(row, &tonal, setting.threshold, &mut dots);
            }
        };
        grey.chunks(width).for_each(|row| tiles.push(row).into_iter().for_each(&mut give));
        while let Some(crisp) = tiles.finish() {
            give(crisp);
        }
        dots
    }

    /// A page of paper with blocks of what pages have.
    fn page(width: usize, height: usize, random: &mut impl FnMut() -> usize) -> Vec<u8> {
        let paper = [255, 255, 255, 250, 0][random() % 5];
        let mut grey = vec![paper; width * height];
        for _ in 0..random() % 7 {
            let (left, top) = (random() % width, random() % height);
            let (right, bottom) = ((left + 1 + random() % 200).min(width), (top + 1 + random() % 40).min(height));
            let (kind, level) = (random() % 8, random().to_le_bytes()[0]);
            for (y, x) in (top..bottom).flat_map(|y| (left..right).map(move |x| (y, x))) {
                grey[y * width + x] = match kind {
                    0 | 1 if y % 12 < 3 => continue,
                    0 => [255, 190, 20, 0, 60, 230, 255, 255, 255, 255, 255][x % 11],
                    1 => [255, 255, 0, 0, 0, 255, 255][x % 7],
                    2 => level,
                    3 => random().to_le_bytes()[0],
                    4 => (x * 3 + y).to_le_bytes()[0],
                    // Specks: a grey here and there.
                    5 if random().is_multiple_of(50) => level,
                    6 => [0, 255][random() % 2],
                    7 => [0, 16, 17, 32, 232, 247, 248, 255][random() % 8],
                    _ => continue,
                };
            }
        }
        grey
    }

    #[test]
    fn what_is_left_out_changes_no_dot() {
        let mut seed = 5_u32;
        let mut random = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            usize::from(seed.to_be_bytes()[0]) << 8 | usize::from(seed.to_be_bytes()[1])
        };
        for turn in 0..1_500 {
            let (width, height) = (1 + random() % 420, 1 + random() % 90);
            let grey = page(width, height, &mut random);
            let threshold = [128, 128, 0, 255, 90][random() % 5];
            for dither in [Dither::Mixed, Dither::FloydSteinberg] {
                let setting = Setting { dither, width, depth: 1, threshold };
                let (mut tone, mut dots) = (super::super::tone(&setting), Vec::new());
                tone.push(&grey, &mut dots);
                tone.finish(&mut dots);
                let expected = if dither == Dither::Mixed {
                    slowly(&setting, &grey)
                } else {
                    let (mut one, mut dots) = (FloydSteinberg::new(&setting), Vec::new());
                    let all = 0..width;
                    grey.chunks(width).for_each(|row| one.row_slowly(row, std::slice::from_ref(&all), 0, &mut dots));
                    dots
                };
                assert!(dots == expected, "{dither}, page {turn}: {width} × {height}, threshold {threshold}");
            }
        }
    }
}
