//! The colour types of PWG raster.
//!
//! Source: table "Colour types" of `docs/protocols/pwg.md`.

/// How a pixel is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColorType {
    /// Bits of one channel: 1, 8 or 16.
    pub bits: u32,
    /// The standard's number for the colour space.
    pub space: u32,
    /// Channels of a pixel.
    pub channels: u32,
}

impl ColorType {
    /// `black_1`: 1 is black, the leftmost dot in the highest bit.
    pub const BLACK_1: Self = Self { bits: 1, space: 3, channels: 1 };
    /// `sgray_1`: 1 is white.
    pub const SGRAY_1: Self = Self { bits: 1, space: 18, channels: 1 };
    /// `black_8`: 255 is black.
    pub const BLACK_8: Self = Self { bits: 8, space: 3, channels: 1 };
    /// `sgray_8`: 255 is white.
    pub const SGRAY_8: Self = Self { bits: 8, space: 18, channels: 1 };
    /// `srgb_8`: red, green, blue.
    pub const SRGB_8: Self = Self { bits: 8, space: 19, channels: 3 };

    const KNOWN: [(&'static str, Self); 13] = [
        ("black_1", Self::BLACK_1),
        ("sgray_1", Self::SGRAY_1),
        ("black_8", Self::BLACK_8),
        ("sgray_8", Self::SGRAY_8),
        ("srgb_8", Self::SRGB_8),
        ("adobe-rgb_8", Self { bits: 8, space: 20, channels: 3 }),
        ("rgb_8", Self { bits: 8, space: 1, channels: 3 }),
        ("cmyk_8", Self { bits: 8, space: 6, channels: 4 }),
        ("black_16", Self { bits: 16, space: 3, channels: 1 }),
        ("sgray_16", Self { bits: 16, space: 18, channels: 1 }),
        ("srgb_16", Self { bits: 16, space: 19, channels: 3 }),
        ("adobe-rgb_16", Self { bits: 16, space: 20, channels: 3 }),
        ("cmyk_16", Self { bits: 16, space: 6, channels: 4 }),
    ];

    /// The type of a printer's keyword, in letters of either case.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase().replace("adobe_", "adobe-");
        Self::KNOWN.into_iter().find(|(known, _)| *known == name).map(|(_, color)| color)
    }

    /// The keyword, lower case; `deviceN_B` for the numbered spaces.
    pub fn name(self) -> String {
        let known = Self::KNOWN.into_iter().find(|(_, color)| *color == self);
        known.map_or_else(|| format!("device{}_{}", self.channels, self.bits), |(name, _)| name.to_owned())
    }

    /// Whether the three numbers belong together.
    pub(super) fn is_sound(self) -> bool {
        let device = (48..=62).contains(&self.space) && self.channels == self.space - 47 && self.bits > 1;
        let rgb_16 = self == Self { bits: 16, space: 1, channels: 3 };
        device && matches!(self.bits, 8 | 16) || rgb_16 || Self::KNOWN.into_iter().any(|(_, color)| color == self)
    }

    /// Bits of a pixel.
    pub const fn pixel_bits(self) -> u32 {
        self.bits * self.channels
    }

    /// Bytes of what runs and literals count: a pixel, or eight dots.
    pub(super) const fn unit(self) -> usize {
        (self.pixel_bits().div_ceil(8)) as usize
    }

    /// Bytes in a line of `width` pixels.
    pub fn line_bytes(self, width: u32) -> usize {
        let bits = u64::from(self.pixel_bits()) * u64::from(width);
        usize::try_from(bits.div_ceil(8)).unwrap_or(usize::MAX)
    }

    /// Whether a byte of zeros is white: ink counts up from paper.
    pub const fn zero_is_white(self) -> bool {
        !matches!(self.space, 1 | 18 | 19 | 20)
    }
}

/// Grey of a colour as Chrome computes it, rounded down.
pub fn grey([red, green, blue]: [u8; 3]) -> u8 {
    let sum = u32::from(red) * 2125 + u32::from(green) * 7154 + u32::from(blue) * 721;
    u8::try_from(sum / 10_000).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_of_both_worlds_are_known() {
        assert_eq!(ColorType::from_name("SRGB_8"), Some(ColorType::SRGB_8));
        assert_eq!(ColorType::from_name("ADOBE_RGB_8"), ColorType::from_name("adobe-rgb_8"));
        assert_eq!(ColorType::from_name("srgb_9"), None);
        for (name, color) in ColorType::KNOWN {
            assert_eq!((color.name().as_str(), color.is_sound()), (name, true));
        }
        let device = ColorType { bits: 8, space: 49, channels: 2 };
        assert_eq!((device.name().as_str(), device.is_sound()), ("device2_8", true));
        assert!(!ColorType { channels: 3, ..device }.is_sound());
        assert!(!ColorType { bits: 1, ..ColorType::SRGB_8 }.is_sound());
    }

    #[test]
    fn lines_are_whole_bytes_and_grey_is_chromes() {
        assert_eq!(ColorType::BLACK_1.line_bytes(613), 77);
        assert_eq!(ColorType::SRGB_8.line_bytes(613), 1839);
        assert_eq!((grey([255; 3]), grey([255, 0, 0]), grey([0, 255, 0]), grey([0, 0, 255])), (255, 54, 182, 18));
    }
}
