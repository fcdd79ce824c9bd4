//! Backs of two-sided pages, turned as the printer feeds them.
//!
//! Source: table "Two-sided printing" of `docs/protocols/pwg.md`. Header and pixels always agree: [`Transform`] is written
//! into the one and done to the other. Deliberately absent: which page is a back; that is the job's.

use super::color::ColorType;
use crate::families::blit::reverse_dots;
use serde::{Deserialize, Serialize};

/// How pixels are turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Transform {
    /// Each line is stored from right to left.
    pub cross_feed: bool,
    /// Lines are stored from the bottom up.
    pub feed: bool,
}

impl Transform {
    /// Half a turn more, for printers that want all pages upside down.
    #[must_use]
    pub const fn turned(self) -> Self {
        Self { cross_feed: !self.cross_feed, feed: !self.feed }
    }

    /// Turns the pixels of one line.
    pub(super) fn line(self, line: &mut [u8], color: ColorType, width: u32) {
        if !self.cross_feed {
            return;
        }
        if color.bits == 1 {
            reverse_dots(line, width);
            return;
        }
        line.reverse();
        for pixel in line.chunks_exact_mut(color.unit()) {
            pixel.reverse();
        }
    }
}

/// How a printer feeds the backs of its sheets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SheetBack {
    /// As the fronts.
    Normal,
    /// Turned by hand when bound on the short edge.
    ManualTumble,
    /// Turned by half when bound on the long edge.
    Rotated,
    /// Mirrored.
    Flipped,
}

impl SheetBack {
    /// The word of a printer's description, of IPP (`manual-tumble`) or CDD (`MANUAL_TUMBLE`).
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().replace('_', "-").as_str() {
            "normal" => Some(Self::Normal),
            "manual-tumble" => Some(Self::ManualTumble),
            "rotated" => Some(Self::Rotated),
            "flipped" => Some(Self::Flipped),
            _ => None,
        }
    }

    /// How a back is turned. `tumble` is binding on the short edge. Fronts are never turned.
    pub const fn transform(self, tumble: bool) -> Transform {
        let (cross_feed, feed) = match (self, tumble) {
            (Self::Normal, _) | (Self::ManualTumble, false) | (Self::Rotated, true) => (false, false),
            (Self::ManualTumble, true) | (Self::Rotated, false) => (true, true),
            (Self::Flipped, false) => (false, true),
            (Self::Flipped, true) => (true, false),
        };
        Transform { cross_feed, feed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backs_are_turned_as_the_table_says() {
        let cell = |name: &str, tumble| {
            let transform = SheetBack::from_name(name).unwrap().transform(tumble);
            (transform.cross_feed, transform.feed)
        };
        assert_eq!((cell("normal", false), cell("normal", true)), ((false, false), (false, false)));
        assert_eq!((cell("MANUAL_TUMBLE", false), cell("manual-tumble", true)), ((false, false), (true, true)));
        assert_eq!((cell("ROTATED", false), cell("rotated", true)), ((true, true), (false, false)));
        assert_eq!((cell("flipped", false), cell("flipped", true)), ((false, true), (true, false)));
        assert_eq!(SheetBack::from_name("sideways"), None);
        assert_eq!(SheetBack::Rotated.transform(false).turned(), Transform::default());
    }

    #[test]
    fn pixels_are_reversed_whole() {
        let transform = Transform { cross_feed: true, feed: false };
        let mut line = [1, 2, 3, 4, 5, 6];
        transform.line(&mut line, ColorType::SRGB_8, 2);
        assert_eq!(line, [4, 5, 6, 1, 2, 3]);
        let mut dots = [0b1000_0000, 0b0100_0000];
        transform.line(&mut dots, ColorType::BLACK_1, 10);
        assert_eq!(dots, [0b1000_0000, 0b0100_0000]);
    }
}
