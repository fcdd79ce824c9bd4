//! Darker than half is black.

use super::{MIDDLE, Tone, pack};

/// For text and line art: no pattern, sharp edges.
#[derive(Clone, Copy, Debug, Default)]
pub struct Threshold;

impl Tone for Threshold {
    fn row(&mut self, grey: &[u8], dots: &mut [u8]) {
        pack(grey, dots, |_, pixel| pixel < MIDDLE);
    }
}
