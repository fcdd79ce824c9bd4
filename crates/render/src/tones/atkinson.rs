//! Error diffusion that passes on three quarters of the error: more contrast, clean highlights, lost extremes.
//!
//! ```text
//!        ●  1/8 1/8
//!   1/8 1/8 1/8
//!       1/8
//! ```
//!
//! Source: B. Atkinson's dither of the first Macintosh scanners, as published in many places.

use super::{MIDDLE, Tone};

/// For small pictures.
#[derive(Clone, Debug)]
pub struct Atkinson {
    /// Error waiting for this row and the two below, in grey levels, with one place more at the left and two at the
    /// right.
    rows: [Vec<i32>; 3],
}

impl Atkinson {
    /// For rows of `width` pixels.
    pub fn new(width: usize) -> Self {
        Self { rows: std::array::from_fn(|_| vec![0; width + 3]) }
    }
}

impl Tone for Atkinson {
    fn row(&mut self, grey: &[u8], dots: &mut [u8]) {
        let [here, below, second] = &mut self.rows;
        let width = grey.len().min(here.len().saturating_sub(3)).min(dots.len() * 8);
        dots.fill(0);
        for x in 0..width {
            let wanted = i32::from(grey[x]) + here[x + 1];
            let error = if wanted < i32::from(MIDDLE) {
                dots[x / 8] |= 0x80 >> (x % 8);
                wanted
            } else {
                wanted - 255
            };
            let share = error / 8;
            here[x + 2] += share;
            here[x + 3] += share;
            below[x] += share;
            below[x + 1] += share;
            below[x + 2] += share;
            second[x + 1] += share;
        }
        here.fill(0);
        self.rows.rotate_left(1);
    }
}
