//! Text and lines stay crisp, and tones beside them are diffused.
//!
//! ```text
//! rows ─tiles─▶ which 8 × 8 tiles are crisp ─▶ threshold there, Floyd–Steinberg elsewhere, no error across
//! ```
//!
//! A page without text gives the dots of `floyd-steinberg`. Text without speckles is also what compresses: a receipt with
//! a photo takes little more than the photo alone. Rows leave one tile and a few rows after they came.

use super::tiles::{SIDE, Tiles};
use super::{FloydSteinberg, Setting, Tone};
use std::ops::Range;

/// For receipts and other pages of both kinds.
#[derive(Clone, Debug)]
pub struct Mixed {
    width: usize,
    threshold: u8,
    tiles: Tiles,
    diffused: FloydSteinberg,
    /// Rows that wait for their tiles.
    held: Vec<u8>,
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
            held: Vec::new(),
            tonal: Vec::new(),
        }
    }
}

/// Tones a row of tiles, the first rows of `held`.
fn give(
    held: &mut Vec<u8>,
    width: usize,
    tonal: &[Range<usize>],
    threshold: u8,
    diffused: &mut FloydSteinberg,
    dots: &mut Vec<u8>,
) {
    let band = held.len().min(width * SIDE);
    for row in held.chunks_exact(width.max(1)).take(SIDE) {
        diffused.row(row, tonal, threshold, dots);
    }
    held.drain(..band);
}

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

impl Tone for Mixed {
    fn push(&mut self, grey: &[u8], dots: &mut Vec<u8>) {
        let Self { width, threshold, tiles, diffused, held, tonal } = self;
        for row in grey.chunks_exact((*width).max(1)) {
            held.extend_from_slice(row);
            if let Some(crisp) = tiles.push(row) {
                tonal_ranges(crisp, *width, tonal);
                give(held, *width, tonal, *threshold, diffused, dots);
            }
        }
    }

    fn finish(&mut self, dots: &mut Vec<u8>) {
        let Self { width, threshold, tiles, diffused, held, tonal } = self;
        while let Some(crisp) = tiles.finish() {
            tonal_ranges(crisp, *width, tonal);
            give(held, *width, tonal, *threshold, diffused, dots);
        }
    }
}
