//! How a document becomes a page.

mod dither;
mod layout;

pub use dither::Dither;
pub use layout::{Crop, Cut, Duplex, Fit, Orientation, PageRanges, Paper, Rotation, tenths};

use serde::{Deserialize, Serialize};

/// Everything a person can choose about how a document is laid out and toned. Unknown fields are refused, so that a
/// misspelt option is an error and not a page that looks wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct PageOptions {
    /// Page width in dots; the printer's own width when absent. 8 to [`PageOptions::MAX_WIDTH`].
    pub width: Option<u32>,
    /// Size of the sheet or label, 5–5,000 mm a side; a roll, as long as the page, when absent.
    pub paper: Option<Paper>,
    /// White edge on all four sides, in tenths of a millimetre, 0–500.
    pub margin: u16,
    /// Which way up the paper is used.
    pub orientation: Orientation,
    /// How a page is scaled to its place.
    pub fit: Fit,
    /// The part of each page that is printed; all of it when absent.
    pub crop: Option<Crop>,
    /// Turn of the document on the page.
    pub rotate: Rotation,
    /// Which pages are printed.
    pub pages: PageRanges,
    /// Pages of the document on one page of paper: 1, 2, 4, 6, 8, 9 or 16.
    pub per_sheet: u8,
    /// Printing on both sides.
    pub duplex: Duplex,
    /// How often each page is printed, 1–99.
    pub copies: u8,
    /// With copies: the whole document again and again (1 2 1 2), not each page again and again (1 1 2 2).
    pub collate: bool,
    /// How grey becomes dots.
    pub dither: Dither,
    /// Bits a dot: 1, for printers that can burn tones 2, 4 or 8 of grey, for printers with colours
    /// [`PageOptions::COLOUR_DEPTH`]. With more than 1, `dither` spreads what lies between two levels.
    pub depth: u8,
    /// With `threshold`: what is darker than this level of grey is black. 1–255.
    pub threshold: u8,
    /// The darkest tone of the page becomes black and the lightest white.
    pub auto_levels: bool,
    /// −100 (black) to 100 (white).
    pub brightness: i8,
    /// −100 (flat grey) to 100 (black and white only).
    pub contrast: i8,
    /// Hundredths: below 100 the middle tones become darker, above lighter. 20–500.
    pub gamma: u16,
    /// How much edges are raised, 0–100.
    pub sharpness: u8,
    /// Black becomes white and white becomes black.
    pub invert: bool,
    /// What the cutter does after each copy.
    pub cut: Cut,
    /// Paper moved on after each copy, in millimetres, 0–100.
    pub feed: u8,
    /// Height of a line of plain text, in dots at 203 dpi. 12–96.
    pub text_size: u8,
}

impl Default for PageOptions {
    fn default() -> Self {
        Self {
            width: None,
            paper: None,
            margin: 0,
            orientation: Orientation::Auto,
            fit: Fit::Fit,
            crop: None,
            rotate: Rotation::None,
            pages: PageRanges::default(),
            per_sheet: 1,
            duplex: Duplex::Off,
            copies: 1,
            collate: true,
            dither: Dither::Auto,
            depth: 1,
            threshold: 128,
            auto_levels: false,
            brightness: 0,
            contrast: 0,
            gamma: 100,
            sharpness: 0,
            invert: false,
            cut: Cut::Partial,
            feed: 3,
            text_size: 28,
        }
    }
}

/// An option outside of its range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionOutOfRange {
    /// A number that is too small or too large.
    #[error("{option} is {value}; it must be from {least} to {most}")]
    Range {
        /// Name of the option in the contract.
        option: &'static str,
        /// What was given.
        value: i64,
        /// The smallest possible value.
        least: i64,
        /// The largest possible value.
        most: i64,
    },
    /// A number that is not one of a few.
    #[error("{option} is {value}; it must be one of {allowed}")]
    Choice {
        /// Name of the option in the contract.
        option: &'static str,
        /// What was given.
        value: i64,
        /// What is possible.
        allowed: &'static str,
    },
    /// A crop that is empty or reaches over the edge of the page.
    #[error("crop is not a part of the page")]
    Crop,
}

impl PageOptions {
    /// The widest page, in dots: A3 at 600 dpi.
    pub const MAX_WIDTH: u32 = 9_920;

    /// Red, green and blue, eight bits each.
    pub const COLOUR_DEPTH: u8 = 24;

    /// Whether pages have colours.
    pub const fn is_colour(&self) -> bool {
        self.depth == Self::COLOUR_DEPTH
    }

    /// Checks every range.
    pub fn check(&self) -> Result<(), OptionOutOfRange> {
        let within = |option, value: i64, least, most| {
            if (least..=most).contains(&value) {
                Ok(())
            } else {
                Err(OptionOutOfRange::Range { option, value, least, most })
            }
        };
        let one_of = |option, value: u8, choices: &[u8], allowed| {
            if choices.contains(&value) {
                Ok(())
            } else {
                Err(OptionOutOfRange::Choice { option, value: value.into(), allowed })
            }
        };
        if let Some(width) = self.width {
            within("width", width.into(), 8, Self::MAX_WIDTH.into())?;
        }
        if let Some(Paper { width, height }) = self.paper {
            within("paper.width", width.into(), 50, 50_000)?;
            within("paper.height", height.into(), 50, 50_000)?;
        }
        if self.crop.is_some_and(|crop| !crop.is_sound()) {
            return Err(OptionOutOfRange::Crop);
        }
        within("margin", self.margin.into(), 0, 500)?;
        one_of("perSheet", self.per_sheet, &[1, 2, 4, 6, 8, 9, 16], "1, 2, 4, 6, 8, 9, 16")?;
        one_of("depth", self.depth, &[1, 2, 4, 8, Self::COLOUR_DEPTH], "1, 2, 4, 8, 24")?;
        within("threshold", self.threshold.into(), 1, 255)?;
        within("brightness", self.brightness.into(), -100, 100)?;
        within("contrast", self.contrast.into(), -100, 100)?;
        within("gamma", self.gamma.into(), 20, 500)?;
        within("sharpness", self.sharpness.into(), 0, 100)?;
        within("copies", self.copies.into(), 1, 99)?;
        within("feed", self.feed.into(), 0, 100)?;
        within("textSize", self.text_size.into(), 12, 96)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_checked_and_unknown_options_refused() {
        assert!(PageOptions::default().check().is_ok());
        let wrong = PageOptions { copies: 0, ..PageOptions::default() };
        assert_eq!(wrong.check().unwrap_err().to_string(), "copies is 0; it must be from 1 to 99");
        let wrong = PageOptions { per_sheet: 3, ..PageOptions::default() };
        assert_eq!(wrong.check().unwrap_err().to_string(), "perSheet is 3; it must be one of 1, 2, 4, 6, 8, 9, 16");
        assert!(serde_json::from_str::<PageOptions>(r#"{"dithr":"auto"}"#).is_err());
        assert!(serde_json::from_str::<PageOptions>(r#"{"rotate":45}"#).is_err());
        assert!(serde_json::from_str::<PageOptions>(r#"{"pages":"3-1"}"#).is_err());
        let read: PageOptions = serde_json::from_str(
            r#"{"dither":"floyd-steinberg","rotate":90,"pages":"2-","paper":{"width":580,"height":400}}"#,
        )
        .unwrap();
        assert_eq!((read.dither, read.rotate), (Dither::FloydSteinberg, Rotation::Right));
        assert_eq!((read.pages.to_string(), read.paper), ("2-".to_owned(), Some(Paper { width: 580, height: 400 })));
    }
}
