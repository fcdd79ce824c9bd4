//! What a reader gives of the colours that it meets: their brightness, or one of red, green and blue.
//!
//! ```text
//! page of grey     one reading     colours ─▶ brightness
//! page in colour   three readings  colours ─▶ red, then green, then blue, put together where the page is composed
//! ```
//!
//! Source: ITU-R BT.601 on coded values; a JPEG stores the same brightness, so a picture has the same grey in every
//! format. A reader never knows more than one value of a dot: everything between a document and its page stays rows of one
//! byte a dot, whatever is printed. Deliberately absent: colour profiles.

/// What a reader gives of a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channel {
    /// What a page of grey shows.
    Brightness,
    Red,
    Green,
    Blue,
}

impl Channel {
    /// The values of a colour, one after the other.
    pub(crate) const COLOURS: [Self; 3] = [Self::Red, Self::Green, Self::Blue];

    /// The value of a colour, rounded. What is chosen is the same for all of a row: the compiler takes it out of the loop.
    #[inline]
    pub(crate) fn of(self, [red, green, blue]: [u8; 3]) -> u8 {
        match self {
            Self::Brightness => {
                let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
                // At most 255.
                #[allow(clippy::cast_possible_truncation)]
                let grey = ((sum + 500) / 1000) as u8;
                grey
            }
            Self::Red => red,
            Self::Green => green,
            Self::Blue => blue,
        }
    }

    /// Whether this is what a page of grey shows.
    pub(crate) fn is_brightness(self) -> bool {
        self == Self::Brightness
    }

    /// The value of a colour that is stored as brightness and two differences from it (ITU-T T.871).
    pub(crate) fn of_differences(self, [brightness, blue, red]: [u8; 3]) -> u8 {
        if self.is_brightness() {
            return brightness;
        }
        let [y, blue, red] = [i32::from(brightness), i32::from(blue) - 128, i32::from(red) - 128];
        // In 65,536ths: 1.402, 0.344136, 0.714136 and 1.772.
        let sum = |more: i32| u8::try_from((y + ((more + 32_768) >> 16)).clamp(0, 255)).unwrap_or(255);
        self.of([sum(91_881 * red), sum(-22_553 * blue - 46_802 * red), sum(116_130 * blue)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_is_what_it_says() {
        let all = [Channel::Brightness, Channel::COLOURS[0], Channel::COLOURS[1], Channel::COLOURS[2]];
        let of = |colour| all.map(|channel| channel.of(colour));
        assert_eq!(of([0; 3]), [0; 4]);
        assert_eq!(of([255; 3]), [255; 4]);
        assert_eq!(of([255, 0, 0]), [76, 255, 0, 0]);
        assert_eq!(of([0, 255, 0]), [150, 0, 255, 0]);
        assert_eq!(of([1, 2, 255]), [31, 1, 2, 255]);
        for value in 0..=255 {
            assert_eq!(of([value, 255 - value, 7])[1..], [value, 255 - value, 7]);
        }
    }

    #[test]
    fn stored_differences_are_colours_again() {
        let of = |stored| Channel::COLOURS.map(|channel| channel.of_differences(stored));
        assert_eq!(of([200, 128, 128]), [200; 3]);
        assert_eq!(of([76, 85, 255]), [254, 0, 0]);
        assert_eq!(of([29, 255, 107]), [0, 0, 254]);
        assert_eq!(Channel::Brightness.of_differences([76, 85, 255]), 76);
    }
}
