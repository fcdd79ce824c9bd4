//! Grey into a few levels, each pixel by itself: for heads that burn tones.

use super::pack::{self, Limits};

/// What a pixel's grey is between two levels.
#[derive(Clone, Debug)]
pub(super) struct Quantise {
    depth: u8,
    /// For each grey: the level below it, and how far it is from there to the next, in 255ths.
    parts: [(u8, u8); 256],
    row: Vec<u8>,
}

impl Quantise {
    /// For `depth` bits a dot; none for one bit.
    pub(super) fn new(depth: u8) -> Option<Self> {
        let most: u16 = match depth {
            2 => 3,
            4 => 15,
            8 => 255,
            _ => return None,
        };
        let parts = std::array::from_fn(|grey| {
            let scaled = u16::try_from(grey).unwrap_or(255) * most;
            (u8::try_from(scaled / 255).unwrap_or(255), u8::try_from(scaled % 255).unwrap_or(0))
        });
        Some(Self { depth, parts, row: Vec::new() })
    }

    /// Appends a row: a pixel takes the level above it where it lies between two by as much as the limit there asks (at least 1).
    pub(super) fn row(&mut self, grey: &[u8], limits: &Limits, dots: &mut Vec<u8>) {
        self.row.clear();
        self.row.extend(grey.iter().zip(limits.iter().cycle()).map(|(&pixel, &limit)| {
            let (level, part) = self.parts[usize::from(pixel)];
            level + u8::from(part >= limit)
        }));
        pack::levels(&self.row, self.depth, dots);
    }
}
