//! A fixed 8 × 8 pattern.
//!
//! Source: B. E. Bayer, "An optimum method for two-level rendition of continuous-tone pictures", 1973.

use super::{Tone, pack};

/// For drawings with flat tones: equal greys become equal patterns, which also compress best.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ordered {
    row: usize,
}

/// The order in which the 64 places of a cell turn white as grey gets lighter.
const ORDER: [[u8; 8]; 8] = [
    [0, 32, 8, 40, 2, 34, 10, 42],
    [48, 16, 56, 24, 50, 18, 58, 26],
    [12, 44, 4, 36, 14, 46, 6, 38],
    [60, 28, 52, 20, 62, 30, 54, 22],
    [3, 35, 11, 43, 1, 33, 9, 41],
    [51, 19, 59, 27, 49, 17, 57, 25],
    [15, 47, 7, 39, 13, 45, 5, 37],
    [63, 31, 55, 23, 61, 29, 53, 21],
];

impl Tone for Ordered {
    fn row(&mut self, grey: &[u8], dots: &mut [u8]) {
        let order = ORDER[self.row % 8];
        self.row += 1;
        // Steps of four grey levels, the first at 2: 0 is all black, 255 all white.
        pack(grey, dots, |x, pixel| pixel < order[x % 8] * 4 + 2);
    }
}
