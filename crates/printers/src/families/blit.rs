//! Rows of dots laid over other rows, at any column.

use platen_model::Bitmap;

/// How dots meet those that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blend {
    /// They replace them, white as well as black.
    Over,
    /// Black is added.
    Or,
    /// Black turns what is there.
    Xor,
}

/// Lays `source` over `row` from column `x` on. What does not fit is left out. With `inverted`, 0 is black in `source`.
pub(crate) fn blend(row: &mut [u8], x: u32, source: &[u8], inverted: bool, blend: Blend) {
    let (skip, shift) = ((x / 8) as usize, x % 8);
    let Some(target) = row.get_mut(skip..) else { return };
    let flip = if inverted { 0xFF } else { 0 };
    if shift == 0 {
        for (to, from) in target.iter_mut().zip(source) {
            *to = meet(*to, from ^ flip, 0xFF, blend);
        }
        return;
    }
    for (index, from) in source.iter().enumerate() {
        let dots = from ^ flip;
        if let Some(to) = target.get_mut(index) {
            *to = meet(*to, dots >> shift, 0xFF >> shift, blend);
        }
        if let Some(to) = target.get_mut(index + 1) {
            *to = meet(*to, dots << (8 - shift), 0xFF << (8 - shift), blend);
        }
    }
}

/// One byte of the result; `mask` has the bits that `from` really covers.
fn meet(to: u8, from: u8, mask: u8, blend: Blend) -> u8 {
    match blend {
        Blend::Over => (to & !mask) | from,
        Blend::Or => to | from,
        Blend::Xor => to ^ from,
    }
}

/// The page upside down, as after half a turn.
pub(crate) fn turned(page: &Bitmap) -> Bitmap {
    mirrored(page, true, true)
}

/// The page with its columns, its rows or both in reverse order.
pub(crate) fn mirrored(page: &Bitmap, columns: bool, rows: bool) -> Bitmap {
    let mut mirrored = page.clone();
    for y in 0..page.height() {
        let from = if rows { page.height() - 1 - y } else { y };
        let target = mirrored.row_mut(y);
        target.copy_from_slice(page.row(from));
        if columns {
            match page.depth() {
                8 => target.reverse(),
                24 => {
                    target.reverse();
                    target.as_chunks_mut::<3>().0.iter_mut().for_each(|dot| dot.reverse());
                }
                // Pages of 2 and 4 bits come from no language that turns them.
                _ => reverse_dots(target, page.width()),
            }
        }
    }
    mirrored
}

/// The `width` dots of a row in reverse order.
pub(crate) fn reverse_dots(row: &mut [u8], width: u32) {
    row.reverse();
    for byte in row.iter_mut() {
        *byte = byte.reverse_bits();
    }
    // What was padding on the right is on the left now.
    let padding = (8 - width % 8) % 8;
    if padding != 0 {
        let mut below = 0;
        for byte in row.iter_mut().rev() {
            let carried = *byte >> (8 - padding);
            *byte = *byte << padding | below;
            below = carried;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blended(x: u32, how: Blend, inverted: bool) -> [u8; 3] {
        let mut row = [0x0F, 0xFF, 0x00];
        blend(&mut row, x, &[0xAA], inverted, how);
        row
    }

    #[test]
    fn dots_meet_those_that_are_there_at_any_column() {
        assert_eq!(blended(8, Blend::Over, false), [0x0F, 0xAA, 0]);
        assert_eq!(blended(8, Blend::Over, true), [0x0F, 0x55, 0]);
        assert_eq!(blended(4, Blend::Over, false), [0x0A, 0xAF, 0]);
        assert_eq!(blended(4, Blend::Or, false), [0x0F, 0xFF, 0]);
        assert_eq!(blended(4, Blend::Xor, false), [0x05, 0x5F, 0]);
        assert_eq!(blended(20, Blend::Or, false), [0x0F, 0xFF, 0x0A]);
        assert_eq!(blended(24, Blend::Or, false), blended(4_000_000_000, Blend::Or, false));
    }

    #[test]
    fn turning_twice_changes_nothing_and_once_swaps_the_corners() {
        let mut page = Bitmap::white(13, 3);
        page.set_black(0, 0);
        page.set_black(4, 1);
        let once = turned(&page);
        assert!(once.is_black(12, 2) && once.is_black(8, 1) && once.black_dots() == 2);
        assert_eq!(turned(&once), page);
        assert!(mirrored(&page, true, false).is_black(12, 0) && mirrored(&page, false, true).is_black(0, 2));
    }
}
