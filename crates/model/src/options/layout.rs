//! Where a document's pages lie on the paper. Lengths are whole tenths of a millimetre: finer than any head, and exact.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

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

/// The size of a sheet or label, in tenths of a millimetre.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// Across the print head.
    pub width: u16,
    /// Along the paper's way.
    pub height: u16,
}

impl FromStr for Paper {
    type Err = String;

    /// Reads `58x100` or `101.6x152.4`, in millimetres.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is not a paper size; write WIDTHxHEIGHT in millimetres, for example 58x100");
        let (width, height) = text.trim_end_matches("mm").split_once(['x', '×']).ok_or_else(wrong)?;
        Ok(Self { width: tenths(width).ok_or_else(wrong)?, height: tenths(height).ok_or_else(wrong)? })
    }
}

/// Millimetres with at most one decimal, as tenths.
pub fn tenths(text: &str) -> Option<u16> {
    let (whole, tenth) = text.trim().split_once('.').unwrap_or((text.trim(), "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(tenth) || tenth.len() != 1 {
        return None;
    }
    whole.parse::<u16>().ok()?.checked_mul(10)?.checked_add(tenth.parse().ok()?)
}

/// Which way up the paper is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Orientation {
    /// Each page lies so that it becomes largest. On a roll: as it is.
    #[default]
    Auto,
    /// Upright.
    Portrait,
    /// Across: turned a quarter clockwise.
    Landscape,
}

/// How a page is scaled to its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// As large as possible with everything on the paper.
    #[default]
    Fit,
    /// The whole place is covered; what stands over is lost.
    Fill,
    /// As large as the document says it is, in millimetres; what stands over is lost.
    Actual,
}

/// Printing on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Duplex {
    /// One side only.
    #[default]
    Off,
    /// Turned like the page of a book.
    LongEdge,
    /// Turned like the page of a calendar.
    ShortEdge,
}

/// The part of a page that is printed, in hundredths of a percent of its width and height as it is seen upright.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crop {
    /// From the left edge.
    pub left: u16,
    /// From the top edge.
    pub top: u16,
    /// At least 1.
    pub width: u16,
    /// At least 1.
    pub height: u16,
}

impl Crop {
    /// The whole width or height.
    pub const WHOLE: u16 = 10_000;

    /// The whole page.
    pub const ALL: Self = Self { left: 0, top: 0, width: Self::WHOLE, height: Self::WHOLE };

    /// Whether it is a part of the page that has an area.
    pub fn is_sound(&self) -> bool {
        let inside = |from: u16, length: u16| length > 0 && u32::from(from) + u32::from(length) <= Self::WHOLE.into();
        inside(self.left, self.width) && inside(self.top, self.height)
    }
}

/// Pages that were chosen, for example `1-3,5,9-`. Empty: all of them. They are printed in the order of the list, each
/// as often as it stands there.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PageRanges(Vec<(u32, Option<u32>)>);

impl PageRanges {
    /// The most ranges in a list.
    pub const MOST: usize = 200;

    /// Whether no page was named, so that all are meant.
    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// The chosen pages of a document of `count` pages, counted from 0 and in the order of the list. Pages that the
    /// document does not have are left out.
    pub fn indices(&self, count: u32) -> impl Iterator<Item = u32> + '_ {
        let all = self.is_all().then_some(0..count);
        let named = self.0.iter().flat_map(move |&(first, last)| first - 1..last.unwrap_or(count).min(count));
        all.into_iter().flatten().chain(named)
    }
}

impl FromStr for PageRanges {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is not a list of pages; write for example 1-3,5,9-");
        let number = |text: &str| match text.trim().parse::<u32>() {
            Ok(page) if (1..=1_000_000).contains(&page) => Ok(page),
            _ => Err(wrong()),
        };
        let range = |part: &str| match part.split_once('-') {
            None => number(part).map(|page| (page, Some(page))),
            Some((first, last)) if last.trim().is_empty() => Ok((number(first)?, None)),
            Some((first, last)) => {
                let (first, last) = (number(first)?, number(last)?);
                if first <= last { Ok((first, Some(last))) } else { Err(wrong()) }
            }
        };
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let ranges: Vec<_> = text.split(',').map(range).collect::<Result<_, _>>()?;
        if ranges.len() > Self::MOST {
            Err(format!("the list of pages has more than {} parts", Self::MOST))
        } else {
            Ok(Self(ranges))
        }
    }
}

impl TryFrom<String> for PageRanges {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<PageRanges> for String {
    fn from(ranges: PageRanges) -> String {
        ranges.to_string()
    }
}

impl fmt::Display for PageRanges {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (first, last)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            match last {
                Some(last) if last == first => write!(formatter, "{comma}{first}")?,
                Some(last) => write!(formatter, "{comma}{first}-{last}")?,
                None => write!(formatter, "{comma}{first}-")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_chosen_in_the_order_of_the_list() {
        let chosen = |text: &str, count| text.parse::<PageRanges>().unwrap().indices(count).collect::<Vec<_>>();
        assert_eq!(chosen("", 3), [0, 1, 2]);
        assert_eq!(chosen("1-3,5,9", 9), [0, 1, 2, 4, 8]);
        assert_eq!(chosen("3, 1", 3), [2, 0]);
        assert_eq!(chosen("2-", 4), [1, 2, 3]);
        assert_eq!(chosen("7-9,4-", 5), [3, 4]);
        for wrong in ["0", "3-1", "a", "1,,2", "-", "-3", "1-2-3", "9999999999"] {
            assert!(wrong.parse::<PageRanges>().is_err(), "{wrong}");
        }
        assert_eq!(" 1 - 3 ,5,9-".parse::<PageRanges>().unwrap().to_string(), "1-3,5,9-");
    }

    #[test]
    fn paper_is_read_in_millimetres() {
        assert_eq!("58x100".parse(), Ok(Paper { width: 580, height: 1000 }));
        assert_eq!("101.6x152.4mm".parse(), Ok(Paper { width: 1016, height: 1524 }));
        for wrong in ["58", "x", "58x", "-1x5", "1.25x3", "70000x1", "58x100x2"] {
            assert!(wrong.parse::<Paper>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_crop_lies_on_the_page() {
        assert!(Crop::ALL.is_sound());
        assert!(!Crop { left: 1, ..Crop::ALL }.is_sound());
        assert!(!Crop { width: 0, ..Crop::ALL }.is_sound());
    }
}
