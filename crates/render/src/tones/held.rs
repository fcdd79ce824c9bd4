//! The last rows of a page, and what was seen in each block of them.
//!
//! Most of a page is paper. A block of paper is looked at once, when it comes, and never copied: its place is white
//! already, unless something else was there before.

use super::tiles::is_grey;
use super::wide;

/// Pixels that are looked at, or passed over, together.
pub(super) const BLOCK: usize = 64;

/// What is seen in a block, beside nothing but white: something else,
pub(super) const INKED: u8 = 1;
/// something that is neither black nor white,
pub(super) const TONED: u8 = 2;
/// something that is neither paper nor ink.
pub(super) const GREY: u8 = 4;

/// A row of pixels, and a mark for each of its blocks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row<'a> {
    pub(super) pixels: &'a [u8],
    pub(super) marks: &'a [u8],
}

/// The last rows that came, with a few places more at either side, which repeat what is at the side.
#[derive(Clone, Debug)]
pub(super) struct Held {
    width: usize,
    reach: usize,
    rows: usize,
    blocks: usize,
    /// Row `n` at `n mod rows`.
    pixels: Vec<u8>,
    marks: Vec<u8>,
    /// Of the row that comes.
    seen: Vec<u8>,
}

impl Held {
    /// Holds so many `rows` of `width` pixels, `reach` places more at either side.
    pub(super) fn new(width: usize, reach: usize, rows: usize) -> Self {
        let blocks = width.div_ceil(BLOCK);
        Self {
            width,
            reach,
            rows,
            blocks,
            pixels: vec![255; (width + 2 * reach) * rows],
            marks: vec![0; blocks * rows],
            seen: vec![0; blocks],
        }
    }

    /// Takes row `n` in the place of the oldest one. It has at least one pixel.
    pub(super) fn take(&mut self, n: usize, row: &[u8]) {
        let (slot, stride) = (n % self.rows.max(1), self.width + 2 * self.reach);
        let (Some(to), Some(marks), Some(first), Some(last)) = (
            self.pixels.get_mut(slot * stride..(slot + 1) * stride),
            self.marks.get_mut(slot * self.blocks..(slot + 1) * self.blocks),
            row.first(),
            row.last(),
        ) else {
            return;
        };
        look(row, &mut self.seen);
        if let Some(left) = to.get_mut(..self.reach) {
            left.fill(*first);
        }
        if let Some(right) = to.get_mut(stride - self.reach..) {
            right.fill(*last);
        }
        let to = to.get_mut(self.reach..stride - self.reach).unwrap_or_default();
        let ((whole, rest), (from, from_rest)) = (to.as_chunks_mut::<BLOCK>(), row.as_chunks::<BLOCK>());
        let (last, last_seen) = (marks.len().checked_sub(1), self.seen.last().copied().unwrap_or(0));
        for (((to, from), was), is) in whole.iter_mut().zip(from).zip(&mut *marks).zip(&self.seen) {
            if *is != 0 {
                *to = *from;
            } else if *was != 0 {
                *to = [255; BLOCK];
            }
            *was = *is;
        }
        if let (false, Some(was)) = (rest.is_empty(), last.and_then(|last| marks.get_mut(last))) {
            rest.iter_mut().zip(from_rest).for_each(|(to, from)| *to = *from);
            *was = last_seen;
        }
    }

    /// Row `n`, one of the last that came.
    pub(super) fn row(&self, n: usize) -> Row<'_> {
        let padded = self.padded(n);
        let pixels = padded.get(self.reach..padded.len().saturating_sub(self.reach)).unwrap_or_default();
        let slot = n % self.rows.max(1);
        Row { pixels, marks: self.marks.get(slot * self.blocks..(slot + 1) * self.blocks).unwrap_or_default() }
    }

    /// Row `n` with the places beside it.
    pub(super) fn padded(&self, n: usize) -> &[u8] {
        let (slot, stride) = (n % self.rows.max(1), self.width + 2 * self.reach);
        self.pixels.get(slot * stride..(slot + 1) * stride).unwrap_or_default()
    }
}

/// What each block of a row shows.
pub(super) fn look(row: &[u8], marks: &mut [u8]) {
    look_with(row, marks, wide::look);
}

fn look_with(row: &[u8], marks: &mut [u8], seen: fn(&[[u8; BLOCK]], &mut [u8])) {
    let (whole, rest) = row.as_chunks::<BLOCK>();
    seen(whole, marks);
    if let (Some(mark), false) = (marks.get_mut(whole.len()..), rest.is_empty()) {
        let mut padded = [255; BLOCK];
        padded.iter_mut().zip(rest).for_each(|(place, pixel)| *place = *pixel);
        seen(&[padded], mark);
    }
}

/// What whole blocks show, in plain arithmetic.
pub(super) fn look_portable(blocks: &[[u8; BLOCK]], marks: &mut [u8]) {
    for (block, mark) in blocks.iter().zip(marks) {
        let inked = block.iter().fold(255, |all, pixel| all & pixel) != 255;
        // 0 and 255 have nothing but their lowest bit when one is added.
        let toned = block.iter().fold(0, |any, pixel| any | pixel.wrapping_add(1)) & !1 != 0;
        let grey = block.iter().fold(false, |any, pixel| any | is_grey(*pixel));
        *mark = [(inked, INKED), (toned, TONED), (grey, GREY)]
            .into_iter()
            .map(|(is, mark)| if is { mark } else { 0 })
            .sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_has_its_mark_in_every_place() {
        let wanted = |level| match level {
            255 => 0,
            0 => INKED,
            1..=16 | 248..=254 => INKED | TONED,
            _ => INKED | TONED | GREY,
        };
        for level in 0..=255 {
            for place in 0..150 {
                let mut row = [255; 150];
                row[place] = level;
                let (mut narrow, mut wide_one) = ([9; 3], [9; 3]);
                look_with(&row, &mut narrow, look_portable);
                look(&row, &mut wide_one);
                let mut expected = [0; 3];
                expected[place / BLOCK] = wanted(level);
                assert_eq!((narrow, wide_one), (expected, expected), "{level} at {place}");
            }
        }
    }

    #[test]
    fn rows_are_what_came_last_in_their_place() {
        let width = 150;
        let mut held = Held::new(width, 2, 3);
        let row = |n: usize| -> Vec<u8> {
            (0..width).map(|x| if (x / 40 + n).is_multiple_of(3) { 255 } else { (x * n).to_le_bytes()[0] }).collect()
        };
        for n in 0..20 {
            let pixels = row(n);
            held.take(n, &pixels);
            for old in n.saturating_sub(2)..=n {
                let expected = row(old);
                assert_eq!(held.row(old).pixels, expected);
                let (first, last) = (expected[0], expected[width - 1]);
                assert_eq!(held.padded(old), [&[first; 2][..], &expected, &[last; 2]].concat());
                let mut marks = [0; 3];
                look(&expected, &mut marks);
                assert_eq!(held.row(old).marks, marks);
            }
        }
    }
}
