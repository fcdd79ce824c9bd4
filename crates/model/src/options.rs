//! How a document becomes a page.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How grey becomes dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dither {
    /// Looks at the document: text and drawings get `threshold`, pictures get `floyd-steinberg`.
    #[default]
    Auto,
    /// Darker than half is black. For text and line art.
    Threshold,
    /// Error diffusion that keeps every tone. For photos.
    FloydSteinberg,
    /// Error diffusion that keeps contrast and loses the extremes. For small pictures.
    Atkinson,
    /// A fixed 8 × 8 pattern. For drawings with flat tones; compresses best.
    Ordered,
}

impl Dither {
    /// All of them with their names, in the order in which a person should see them.
    pub const ALL: [(Dither, &'static str); 5] = [
        (Dither::Auto, "auto"),
        (Dither::Threshold, "threshold"),
        (Dither::FloydSteinberg, "floyd-steinberg"),
        (Dither::Atkinson, "atkinson"),
        (Dither::Ordered, "ordered"),
    ];

    /// The name used on the command line and in the contract.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(dither, _)| *dither == self).map_or("auto", |(_, name)| name)
    }
}

impl fmt::Display for Dither {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Dither {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(dither, _)| *dither).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|(_, name)| *name).collect();
            format!("unknown dither '{text}'; one of {}", names.join(", "))
        })
    }
}

/// A turn clockwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub enum Rotation {
    /// As given.
    #[default]
    None,
    /// A quarter turn clockwise.
    Right,
    /// Upside down.
    Half,
    /// A quarter turn anticlockwise.
    Left,
}

impl TryFrom<u16> for Rotation {
    type Error = String;

    fn try_from(degrees: u16) -> Result<Self, String> {
        match degrees {
            0 => Ok(Self::None),
            90 => Ok(Self::Right),
            180 => Ok(Self::Half),
            270 => Ok(Self::Left),
            other => Err(format!("cannot rotate by {other} degrees; one of 0, 90, 180, 270")),
        }
    }
}

impl From<Rotation> for u16 {
    fn from(rotation: Rotation) -> u16 {
        match rotation {
            Rotation::None => 0,
            Rotation::Right => 90,
            Rotation::Half => 180,
            Rotation::Left => 270,
        }
    }
}

/// What the cutter does after a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cut {
    /// Nothing.
    None,
    /// Leaves a bridge of paper.
    #[default]
    Partial,
    /// Cuts through.
    Full,
}

/// Everything a person can choose about how a document is laid out and toned. Unknown fields are refused, so that a
/// misspelt option is an error and not a page that looks wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct PageOptions {
    /// Page width in dots; the printer's own width when absent. 8–4096.
    pub width: Option<u32>,
    /// How grey becomes dots.
    pub dither: Dither,
    /// −100 (black) to 100 (white).
    pub brightness: i8,
    /// −100 (flat grey) to 100 (black and white only).
    pub contrast: i8,
    /// Turn of the document on the page.
    pub rotate: Rotation,
    /// Black becomes white and white becomes black.
    pub invert: bool,
    /// How often each page is printed, 1–99.
    pub copies: u8,
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
            dither: Dither::Auto,
            brightness: 0,
            contrast: 0,
            rotate: Rotation::None,
            invert: false,
            copies: 1,
            cut: Cut::Partial,
            feed: 3,
            text_size: 28,
        }
    }
}

/// An option outside of its range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{option} is {value}; it must be from {least} to {most}")]
pub struct OptionOutOfRange {
    option: &'static str,
    value: i64,
    least: i64,
    most: i64,
}

impl PageOptions {
    /// Checks every range.
    pub fn check(&self) -> Result<(), OptionOutOfRange> {
        let within = |option, value: i64, least, most| {
            if (least..=most).contains(&value) { Ok(()) } else { Err(OptionOutOfRange { option, value, least, most }) }
        };
        if let Some(width) = self.width {
            within("width", width.into(), 8, 4096)?;
        }
        within("brightness", self.brightness.into(), -100, 100)?;
        within("contrast", self.contrast.into(), -100, 100)?;
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
        assert!(serde_json::from_str::<PageOptions>(r#"{"dithr":"auto"}"#).is_err());
        assert!(serde_json::from_str::<PageOptions>(r#"{"rotate":45}"#).is_err());
        let read: PageOptions = serde_json::from_str(r#"{"dither":"floyd-steinberg","rotate":90}"#).unwrap();
        assert_eq!((read.dither, read.rotate), (Dither::FloydSteinberg, Rotation::Right));
    }

    #[test]
    fn every_dither_reads_its_own_name() {
        for (dither, name) in Dither::ALL {
            assert_eq!(name.parse::<Dither>(), Ok(dither));
            assert_eq!(serde_json::to_value(dither).unwrap(), name);
        }
    }
}
