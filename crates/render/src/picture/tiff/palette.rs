//! Palettes: pages whose samples are places in a table of colours.
//!
//! ```text
//! directory: count (2 or 8) │ entries of 12 or 20: tag, type, count, value │ place of the next (4 or 8)
//! tag 262 = 3: the samples are places in the table of tag 320: all reds, all greens, all blues, 16 bits each
//! ```
//!
//! Source: TIFF 6.0, section 5 and page 37; BigTIFF. The library refuses these pages, but reads the places as grey when
//! the directory calls them so: that is done on a copy. Deliberately absent: palettes with samples of opacity.

use super::eight;
use crate::channel::Channel;
use crate::press::MAX_PAGES;
use std::borrow::Cow;

/// The tag that says what samples are; 3 for places in a palette, 1 for grey.
const PHOTOMETRIC: u16 = 262;

/// The file with its palette pages called grey, and which pages these are. Whatever is not as it should be stays: the
/// library says what is wrong with it.
pub(super) fn called_grey(bytes: &[u8]) -> (Cow<'_, [u8]>, Vec<u32>) {
    let places = palettes(bytes);
    if places.is_empty() {
        return (Cow::Borrowed(bytes), Vec::new());
    }
    let big_endian = bytes.starts_with(b"MM");
    let mut copy = bytes.to_vec();
    for (_, place) in &places {
        if let Some(value) = copy.get_mut(*place..*place + 2) {
            value.copy_from_slice(&if big_endian { 1_u16.to_be_bytes() } else { 1_u16.to_le_bytes() });
        }
    }
    (Cow::Owned(copy), places.into_iter().map(|(page, _)| page).collect())
}

/// The numbers of palette pages, and where in the file they are called so.
fn palettes(bytes: &[u8]) -> Vec<(u32, usize)> {
    let mut found = Vec::new();
    let Some(file) = File::of(bytes) else { return found };
    let mut next = file.first();
    // Directories in a circle end here too; the library refuses them.
    for page in (0..).take(MAX_PAGES) {
        let Some(directory) = next.filter(|directory| *directory > 0) else { break };
        let Some((count, entries)) = file.entries(directory) else { break };
        let size = if file.big { 20 } else { 12 };
        let entry = |index: usize| entries + index * size;
        let is_palette = |at: &usize| {
            // A value of two bytes stands in the front of its field.
            let value = at + if file.big { 12 } else { 8 };
            file.number(*at, 2) == Some(PHOTOMETRIC.into()) && file.number(value, 2) == Some(3)
        };
        if let Some(at) = (0..count).map(entry).find(is_palette) {
            found.push((page, at + if file.big { 12 } else { 8 }));
        }
        next = file.place(entry(count));
    }
    found
}

/// A file whose byte order and width of places are known.
struct File<'a> {
    bytes: &'a [u8],
    big_endian: bool,
    /// BigTIFF: places of 8 bytes.
    big: bool,
}

impl<'a> File<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let big_endian = match bytes.first_chunk()? {
            b"MM" => true,
            b"II" => false,
            _ => return None,
        };
        let file = Self { bytes, big_endian, big: false };
        let big = file.number(2, 2)? == 43;
        Some(Self { big, ..file })
    }

    /// A number of `size` bytes.
    fn number(&self, at: usize, size: usize) -> Option<usize> {
        let bytes = self.bytes.get(at..at.checked_add(size)?)?;
        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        let number = if self.big_endian { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) };
        usize::try_from(number).ok()
    }

    fn place(&self, at: usize) -> Option<usize> {
        self.number(at, if self.big { 8 } else { 4 })
    }

    fn first(&self) -> Option<usize> {
        self.place(if self.big { 8 } else { 4 })
    }

    /// How many entries a directory has, and where the first is; as many as the file has room for.
    fn entries(&self, directory: usize) -> Option<(usize, usize)> {
        let (wide, size) = if self.big { (8, 20) } else { (2, 12) };
        let (count, entries) = (self.number(directory, wide)?, directory.checked_add(wide)?);
        let room = self.bytes.len().checked_sub(entries)? / size;
        (count <= room).then_some((count, entries))
    }
}

/// The value of each place of a palette of `bits` bits. `None` for a table of another length.
pub(super) fn levels(table: &[u16], bits: u32, channel: Channel) -> Option<Vec<u8>> {
    let count = 1_usize.checked_shl(bits)?;
    if table.len() != count * 3 {
        return None;
    }
    // Some writers fill in 8 bits where 16 are due.
    let narrow = table.iter().all(|value| *value <= 255);
    let sample = |value: u16| if narrow { u8::try_from(value).unwrap_or(255) } else { eight(value) };
    let (reds, rest) = table.split_at_checked(count)?;
    let (greens, blues) = rest.split_at_checked(count)?;
    let colours = reds.iter().zip(greens).zip(blues);
    Some(colours.map(|((red, green), blue)| channel.of([*red, *green, *blue].map(sample))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_palette_becomes_its_greys() {
        let table = [0, 65_535, 0, 0, 0, 0, 65_535, 0, 0, 0, 0, 65_535];
        assert_eq!(levels(&table, 2, Channel::Brightness), Some(vec![0, 76, 150, 29]));
        assert_eq!(levels(&table.map(|value: u16| value >> 8), 2, Channel::Brightness), Some(vec![0, 76, 150, 29]));
        assert_eq!(levels(&table, 4, Channel::Brightness), None);
        assert_eq!(levels(&[], 64, Channel::Brightness), None);
    }

    #[test]
    fn files_that_end_anywhere_or_lead_in_circles_have_no_palette() {
        let circle = b"II\x2a\0\x08\0\0\0\x01\0\x06\x01\x03\0\x01\0\0\0\x01\0\0\0\x08\0\0\0";
        assert!(palettes(circle).is_empty());
        let palette = b"II\x2a\0\x08\0\0\0\x01\0\x06\x01\x03\0\x01\0\0\0\x03\0\0\0\0\0\0\0";
        assert_eq!(palettes(palette), [(0, 18)]);
        assert_eq!(called_grey(palette).0[18], 1);
        for end in 0..palette.len() - 4 {
            assert_eq!(palettes(&palette[..end]).len(), usize::from(end >= 22), "{end}");
        }
        let endless = b"MM\0\x2a\0\0\0\x08\xff\xff\x01\x06";
        assert!(palettes(endless).is_empty());
    }
}
