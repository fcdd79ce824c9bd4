//! What a camera or a scanner noted about a picture: how it was held, and how large a pixel is.
//!
//! Source: TIFF 6.0 section 2 (directories) and Exif 2.32 section 4.6.4 (tags 0112, 011A, 011B, 0128). Only the first
//! directory is looked at. Notes that cannot be read are no notes: the picture is shown as it lies.

use crate::grey::Turn;
use image::metadata::Orientation;

/// Turn and size.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Notes {
    pub(super) turn: Turn,
    /// Pixels per inch, when it is the same both ways.
    pub(super) dpi: Option<f64>,
}

/// More entries than any camera writes.
const MOST_ENTRIES: usize = 1_000;

impl Notes {
    /// Reads a TIFF directory, which is what Exif notes are.
    pub(super) fn of_exif(bytes: &[u8]) -> Self {
        Reader::new(bytes).and_then(|reader| reader.notes()).unwrap_or_default()
    }

    /// The turn that a number from 1 to 8 stands for.
    pub(super) fn turn_of(number: Option<u8>) -> Turn {
        number.and_then(Orientation::from_exif).map(Turn::from).unwrap_or_default()
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    little: bool,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Option<Self> {
        let little = match bytes.first_chunk()? {
            b"II*\0" => true,
            b"MM\0*" => false,
            _ => return None,
        };
        Some(Self { bytes, little })
    }

    fn short(&self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    /// A fraction that an entry at `at` points to.
    fn fraction(&self, at: usize) -> Option<f64> {
        let place = usize::try_from(self.long(at + 8)?).ok()?;
        let (above, below) = (self.long(place)?, self.long(place.checked_add(4)?)?);
        (below != 0).then(|| f64::from(above) / f64::from(below))
    }

    fn notes(&self) -> Option<Notes> {
        let directory = usize::try_from(self.long(4)?).ok()?;
        let count = usize::from(self.short(directory)?).min(MOST_ENTRIES);
        let mut turn = Turn::default();
        let (mut across, mut down, mut unit) = (None, None, 2);
        for entry in (0..count).filter_map(|index| directory.checked_add(2 + 12 * index)) {
            // A directory that is cut off ends where it ends.
            let (Some(tag), Some(value)) = (self.short(entry), self.short(entry + 8)) else { break };
            match tag {
                0x0112 => turn = Notes::turn_of(u8::try_from(value).ok()),
                0x011A => across = self.fraction(entry),
                0x011B => down = self.fraction(entry),
                0x0128 => unit = value,
                _ => {}
            }
        }
        let inches = match unit {
            2 => Some(1.0),
            3 => Some(2.54),
            _ => None,
        };
        let alike = across.filter(|across| down.is_none_or(|down| down == *across));
        Some(Notes { turn, dpi: alike.zip(inches).map(|(dots, inches)| dots * inches) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory with a turn, 300 pixels a unit both ways, and that unit.
    fn exif(turn: u8, unit: u8) -> Vec<u8> {
        let entry =
            |tag: u16, kind: u8, value: u8| [&tag.to_le_bytes()[..], &[kind, 0, 1, 0, 0, 0, value, 0, 0, 0]].concat();
        [
            b"II*\0\x08\0\0\0\x04\0".to_vec(),
            entry(0x0112, 3, turn),
            entry(0x011A, 5, 62),
            entry(0x011B, 5, 62),
            entry(0x0128, 3, unit),
            vec![0; 4],
            [300_u32.to_le_bytes(), 1_u32.to_le_bytes()].concat(),
        ]
        .concat()
    }

    #[test]
    fn turn_and_size_are_read() {
        assert_eq!(Notes::of_exif(&exif(6, 2)), Notes { turn: Orientation::Rotate90.into(), dpi: Some(300.0) });
        assert_eq!(Notes::of_exif(&exif(1, 3)), Notes { turn: Turn::default(), dpi: Some(762.0) });
        assert_eq!(Notes::of_exif(&exif(9, 1)), Notes::default());
    }

    #[test]
    fn notes_cut_off_anywhere_are_no_fault() {
        let whole = exif(6, 2);
        for end in 0..whole.len() {
            let notes = Notes::of_exif(&whole[..end]);
            assert!(notes.dpi.is_none(), "cut at {end}");
        }
    }
}
