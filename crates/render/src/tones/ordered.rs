//! Fixed patterns: each pixel is compared with the limit at its place, whatever its neighbours are.
//!
//! Source: B. E. Bayer, "An optimum method for two-level rendition of continuous-tone pictures", 1973 (`bayer4`,
//! `bayer8`); the clustered dot is our own: two dots in an 8 × 8 cell, so a screen of 45°, whose places are ordered by
//! `cos(x + y) + cos(x − y)` from a dot's middle and then round it; `blue-noise` is in its own file.

use super::pack::{self, Limits};
use super::quantise::Quantise;
use super::{Setting, Tone, blue_noise};
use platen_model::Dither;

/// Any fixed pattern, and the fixed threshold, which is a pattern of one place.
#[derive(Clone, Debug)]
pub struct Ordered {
    width: usize,
    pattern: Vec<Limits>,
    row: usize,
    quantise: Option<Quantise>,
}

impl Ordered {
    /// The pattern that `setting` names, or its threshold.
    pub fn new(setting: &Setting) -> Self {
        let pattern = match setting.dither {
            // Steps of 16 and of 4 levels, the first at 8 and at 2: 0 is all black, 255 all white.
            Dither::Bayer4 => rows(&BAYER4.map(|row| row.map(|order| order * 16 + 8))),
            Dither::Bayer8 => rows(&BAYER8.map(|row| row.map(|order| order * 4 + 2))),
            Dither::Clustered => rows(&CLUSTERED.map(|row| row.map(|order| order * 4 + 2))),
            Dither::BlueNoise => blue_noise::limits(),
            // In the middle between two levels, where there are more than two.
            _ if setting.depth > 1 => vec![[128; 64]],
            _ => vec![[setting.threshold; 64]],
        };
        Self { width: setting.width, pattern, row: 0, quantise: Quantise::new(setting.depth) }
    }
}

/// A square pattern, repeated to the width of [`Limits`].
fn rows<const SIDE: usize>(pattern: &[[u8; SIDE]; SIDE]) -> Vec<Limits> {
    pattern.iter().map(|row| std::array::from_fn(|x| row.get(x % SIDE).copied().unwrap_or(128))).collect()
}

/// The order in which the places of a cell turn white as grey gets lighter.
const BAYER4: [[u8; 4]; 4] = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]];

const BAYER8: [[u8; 8]; 8] = [
    [0, 32, 8, 40, 2, 34, 10, 42],
    [48, 16, 56, 24, 50, 18, 58, 26],
    [12, 44, 4, 36, 14, 46, 6, 38],
    [60, 28, 52, 20, 62, 30, 54, 22],
    [3, 35, 11, 43, 1, 33, 9, 41],
    [51, 19, 59, 27, 49, 17, 57, 25],
    [15, 47, 7, 39, 13, 45, 5, 37],
    [63, 31, 55, 23, 61, 29, 53, 21],
];

const CLUSTERED: [[u8; 8]; 8] = [
    [39, 53, 51, 37, 25, 10, 12, 31],
    [55, 63, 61, 49, 17, 1, 7, 23],
    [41, 57, 59, 47, 15, 5, 3, 9],
    [33, 43, 45, 35, 29, 20, 18, 27],
    [24, 11, 13, 30, 38, 52, 50, 36],
    [16, 0, 6, 22, 54, 62, 60, 48],
    [14, 4, 2, 8, 40, 56, 58, 46],
    [28, 21, 19, 26, 32, 42, 44, 34],
];

impl Tone for Ordered {
    fn push(&mut self, grey: &[u8], dots: &mut Vec<u8>) {
        for row in grey.chunks_exact(self.width.max(1)) {
            let Some(limits) = self.pattern.get(self.row) else { return };
            self.row = (self.row + 1) % self.pattern.len();
            match &mut self.quantise {
                None => pack::bits(row, limits, dots),
                Some(quantise) => quantise.row(row, limits, dots),
            }
        }
    }

    fn finish(&mut self, _dots: &mut Vec<u8>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_a_pattern_has_its_own_order() {
        let sorted = |orders: &[u8]| {
            let mut orders = orders.to_vec();
            orders.sort_unstable();
            orders
        };
        assert_eq!(sorted(BAYER4.as_flattened()), (0..16).collect::<Vec<_>>());
        assert_eq!(sorted(BAYER8.as_flattened()), (0..64).collect::<Vec<_>>());
        assert_eq!(sorted(CLUSTERED.as_flattened()), (0..64).collect::<Vec<_>>());
    }
}
