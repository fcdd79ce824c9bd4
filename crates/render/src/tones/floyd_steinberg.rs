//! Error diffusion that keeps every tone, in turns from left to right and from right to left.
//!
//! ```text
//!         ▶  ●  7/16
//!     3/16  5/16  1/16          mirrored on the way back
//! ```
//!
//! Source: R. W. Floyd, L. Steinberg, "An adaptive algorithm for spatial greyscale", 1976. Turning round at each row
//! avoids the diagonal worms. Error that would leave the page at a side stays at that side, so no tone is lost there.

use super::{MIDDLE, Tone};

/// For photos.
#[derive(Clone, Debug)]
pub struct FloydSteinberg {
    /// Error waiting for this row and for the next, in sixteenths of a grey level, with one place more at either side.
    here: Vec<i32>,
    below: Vec<i32>,
    leftwards: bool,
}

impl FloydSteinberg {
    /// For rows of `width` pixels.
    pub fn new(width: usize) -> Self {
        Self { here: vec![0; width + 2], below: vec![0; width + 2], leftwards: false }
    }
}

impl Tone for FloydSteinberg {
    fn row(&mut self, grey: &[u8], dots: &mut [u8]) {
        let width = grey.len().min(self.here.len().saturating_sub(2)).min(dots.len() * 8);
        dots.fill(0);
        if width == 0 {
            return;
        }
        self.below.fill(0);
        let mut ahead = 0;
        for step in 0..width {
            let x = if self.leftwards { width - 1 - step } else { step };
            // Places of the pixels below: x + 1 is the one under this.
            let (behind, front) = if self.leftwards { (x + 2, x) } else { (x, x + 2) };
            let wanted = i32::from(grey[x]) * 16 + self.here[x + 1] + ahead;
            let error = if wanted < i32::from(MIDDLE) * 16 {
                dots[x / 8] |= 0x80 >> (x % 8);
                wanted
            } else {
                wanted - 255 * 16
            };
            // The last share is the rest, so that rounding loses nothing.
            let (seven, three, five) = ((error * 7) >> 4, (error * 3) >> 4, (error * 5) >> 4);
            ahead = seven;
            self.below[behind] += three;
            self.below[x + 1] += five;
            self.below[front] += error - seven - three - five;
        }
        let last = if self.leftwards { 1 } else { width };
        self.below[last] += ahead;
        self.below[1] += self.below[0];
        self.below[width] += self.below[width + 1];
        std::mem::swap(&mut self.here, &mut self.below);
        self.leftwards = !self.leftwards;
    }
}
