//! Error diffusion that keeps every tone, in turns from left to right and from right to left.
//!
//! ```text
//!         ▶  ●  7/16
//!     3/16  5/16  1/16          mirrored on the way back
//! ```
//!
//! Source: R. W. Floyd, L. Steinberg, "An adaptive algorithm for spatial greyscale", 1976. Turning round at each row
//! avoids the diagonal worms. Error that would leave at a side stays at that side, so no tone is lost there.
//!
//! Turning round also means that a row can only begin where the one above it ended, so rows cannot be worked on side by
//! side. Instead, what must go from pixel to pixel is kept as short as it can be, three steps of the processor, and
//! everything else (taking in the grey, the shares of the row below, the bits) is done for whole rows:
//!
//! ```text
//! grey, waiting ─gather─▶ row ─diffuse─▶ row: what each pixel wanted ─spread─▶ waiting of the next row
//!                                                                    └settle─▶ bits
//! ```
//!
//! Amounts are sixteenths of a grey level. They stay below 8,192 in size: a pixel brings up to 4,080, and errors up to
//! half of that arrive with weights that add up to 18/16 at the most.

mod chains;

use super::held::{self, BLOCK, Row, TONED};
use super::pack;
use super::{Setting, Tone, wide};
use std::ops::Range;

/// What is less is black.
const MIDDLE: i16 = 128 * 16;

/// What a white dot takes.
const WHITE: i16 = 255 * 16;

/// Seven sixteenths of it.
const WHITE_SEVEN: i16 = WHITE / 16 * 7;

/// For photos.
#[derive(Clone, Debug)]
pub struct FloydSteinberg {
    width: usize,
    /// What each pixel of this row wants, with a place more at either side that stays empty.
    row: Vec<i16>,
    /// Error that waits for the next row.
    waiting: Vec<i16>,
    /// The ranges that left it; elsewhere there is none.
    owing: Vec<Range<usize>>,
    lit: Vec<u8>,
    /// Of a row that came without its marks.
    marks: Vec<u8>,
    /// Neighbouring ranges, which are worked on together but for their chains.
    spans: Vec<Range<usize>>,
    leftwards: bool,
}

/// Pixels between two ranges that are worked on together rather than passed over.
const GAP: usize = 96;

impl FloydSteinberg {
    /// For rows of `setting.width` pixels and one bit a dot.
    pub fn new(setting: &Setting) -> Self {
        let width = setting.width;
        Self {
            width,
            row: vec![0; width + 2],
            waiting: vec![0; width],
            owing: Vec::new(),
            lit: vec![0; width],
            marks: vec![0; width.div_ceil(BLOCK)],
            spans: Vec::new(),
            leftwards: false,
        }
    }

    /// One row. Pixels outside of `tonal` (ranges in order, two pixels apart or more, each from a multiple of 8 to another
    /// or to the end of the row) are black below `limit`, and no error goes to them or comes from them.
    pub(super) fn row(&mut self, row: Row<'_>, tonal: &[Range<usize>], limit: u8, dots: &mut Vec<u8>) {
        let start = dots.len();
        dots.resize(start + self.width.div_ceil(8), 0);
        let dots = dots.get_mut(start..).unwrap_or_default();
        let Row { pixels: grey, marks } = row;
        let without_tones = |range: &Range<usize>| {
            let marks = marks.get(range.start / BLOCK..range.end.div_ceil(BLOCK)).unwrap_or_default();
            // A block that reaches beyond the range may have its tones there.
            marks.iter().all(|mark| mark & TONED == 0)
                || is_black_and_white(grey.get(range.clone()).unwrap_or_default())
        };
        // Without an error nothing but black and white comes of black and white.
        let plain = self.owing.is_empty() && tonal.iter().all(without_tones);
        if plain || tonal.first().is_none_or(|range| *range != (0..self.width)) {
            let mut inked = marks.iter().map(|mark| *mark != 0);
            let mut from = 0;
            while let Some(more) = inked.by_ref().position(|inked| inked) {
                let length = 1 + inked.by_ref().take_while(|inked| *inked).count();
                let pixels = (from + more) * BLOCK..((from + more + length) * BLOCK).min(self.width);
                let dots = dots.get_mut(pixels.start / 8..).unwrap_or_default();
                pack::bits_over(grey.get(pixels).unwrap_or_default(), limit, dots);
                // The one behind them is no ink.
                from += more + length + 1;
            }
        }
        let bytes = |range: &Range<usize>| range.start / 8..range.end.div_ceil(8);
        if !plain {
            self.diffuse(grey, tonal, limit);
            for span in &self.spans {
                let lit = self.lit.get(span.clone()).unwrap_or_default();
                pack::bits_over(lit, 128, dots.get_mut(bytes(span)).unwrap_or_default());
            }
        } else if limit == 0 {
            for range in tonal {
                let pixels = grey.get(range.clone()).unwrap_or_default();
                pack::bits_over(pixels, 128, dots.get_mut(bytes(range)).unwrap_or_default());
            }
        }
        self.leftwards = !self.leftwards;
    }

    /// Makes `lit` of the pixels in those ranges and between those that are near to each other.
    fn diffuse(&mut self, grey: &[u8], tonal: &[Range<usize>], limit: u8) {
        let Self { width, row, waiting, owing, spans, leftwards, .. } = self;
        spans.clear();
        for range in tonal {
            match spans.last_mut() {
                Some(last) if range.start <= last.end + GAP => last.end = range.end,
                _ => spans.push(range.clone()),
            }
        }
        for Range { start, end } in spans.iter().cloned() {
            // What is beside a span has no error. Beyond the sides of the row are places that stay empty.
            for place in [start.wrapping_sub(1), start, end + 1, end + 2] {
                row.get_mut(place).into_iter().for_each(|place| *place = 0);
            }
            if let (Some(grey), Some(waiting), Some(row)) =
                (grey.get(start..end), waiting.get(start..end), row.get_mut(start..end + 2))
            {
                wide::gather(grey, waiting, row);
            }
        }
        for pair in tonal.windows(2) {
            // What lies between two ranges is black or white already.
            if let [Range { end: from, .. }, Range { start: to, .. }] = pair
                && to - from <= GAP
                && let (Some(grey), Some(row)) = (grey.get(*from..*to), row.get_mut(from + 1..to + 1))
            {
                wide::decide(grey, limit, row);
            }
        }
        chains::run(row.get_mut(1..).unwrap_or_default(), tonal, *leftwards);
        // Error goes one pixel beyond a range, for the row below that may have another there.
        let with_sides = |range: &Range<usize>| range.start.saturating_sub(1)..(range.end + 1).min(*width);
        if owing != tonal {
            for range in &*owing {
                waiting.get_mut(with_sides(range)).unwrap_or_default().fill(0);
            }
            owing.clear();
            owing.extend_from_slice(tonal);
        }
        for span in &*spans {
            let sides = with_sides(span);
            let wanted = row.get(sides.start..sides.end + 2).unwrap_or_default();
            wide::spread(wanted, waiting.get_mut(sides).unwrap_or_default(), *leftwards);
            let wanted = row.get(span.start..span.end + 2).unwrap_or_default();
            wide::settle(wanted, self.lit.get_mut(span.clone()).unwrap_or_default());
        }
        for range in tonal {
            self.keep(range);
        }
    }

    /// Keeps the error of a range's ends that would leave it.
    fn keep(&mut self, range: &Range<usize>) {
        let Some(end) = range.end.checked_sub(1) else { return };
        let (first, last) = if self.leftwards { (end, range.start) } else { (range.start, end) };
        let shares = |place: usize| self.row.get(place + 1).map_or(Shares::default(), |wanted| Shares::of(*wanted));
        let (behind, ahead) = (shares(first).three, shares(last));
        if let Some(waiting) = self.waiting.get_mut(first) {
            *waiting += behind;
        }
        if let Some(waiting) = self.waiting.get_mut(last) {
            *waiting += ahead.seven + ahead.one;
        }
    }
}

impl Tone for FloydSteinberg {
    fn push(&mut self, grey: &[u8], dots: &mut Vec<u8>) {
        let all = 0..self.width;
        let mut marks = std::mem::take(&mut self.marks);
        for row in grey.chunks_exact(self.width.max(1)) {
            if self.owing.is_empty() {
                held::look(row, &mut marks);
            }
            self.row(Row { pixels: row, marks: &marks }, std::slice::from_ref(&all), 128, dots);
        }
        self.marks = marks;
    }

    fn finish(&mut self, _dots: &mut Vec<u8>) {}
}

/// Whether there is no grey. Given up at the first block that has one.
fn is_black_and_white(grey: &[u8]) -> bool {
    let no_grey = |block: &[u8]| block.iter().fold(true, |none, &pixel| none & matches!(pixel, 0 | 255));
    let (blocks, rest) = grey.as_chunks::<64>();
    blocks.iter().all(|block| no_grey(block)) && no_grey(rest)
}

/// What becomes of the error of a pixel.
#[derive(Clone, Copy, Default)]
struct Shares {
    seven: i16,
    three: i16,
    five: i16,
    one: i16,
}

impl Shares {
    /// Of a pixel that wanted so much. The last share is the rest, so that rounding loses nothing.
    #[inline(always)]
    fn of(wanted: i16) -> Self {
        let white = if wanted < MIDDLE { 0 } else { -1 };
        let error = wanted - (white & WHITE);
        let seven = (wanted >> 1) - (wanted >> 4) - (white & WHITE_SEVEN);
        let (three, five) = ((error * 3) >> 4, (error * 5) >> 4);
        Self { seven, three, five, one: error - seven - three - five }
    }
}

/// What pixels want before their neighbours in the row are known. `row` has a place more at either side.
#[inline(always)]
pub(super) fn gather(grey: &[u8], waiting: &[i16], row: &mut [i16]) {
    let places = row.get_mut(1..).unwrap_or_default();
    for ((place, grey), waiting) in places.iter_mut().zip(grey).zip(waiting) {
        *place = i16::from(*grey) * 16 + waiting;
    }
}

/// What pixels want that are black below `limit` and else white, and leave no error.
#[inline(always)]
pub(super) fn decide(grey: &[u8], limit: u8, row: &mut [i16]) {
    row.iter_mut().zip(grey).for_each(|(place, grey)| *place = if *grey < limit { 0 } else { WHITE });
}

/// The error for the row below: of the pixel above and of those at either side of it.
#[inline(always)]
pub(super) fn spread(row: &[i16], waiting: &mut [i16], leftwards: bool) {
    // One loop for each direction, so that neither asks at each pixel.
    if leftwards {
        spread_with(row, waiting, |left, right| left.three + right.one);
    } else {
        spread_with(row, waiting, |left, right| left.one + right.three);
    }
}

#[inline(always)]
fn spread_with(row: &[i16], waiting: &mut [i16], sides: impl Fn(Shares, Shares) -> i16) {
    let from = |place: usize| row.get(place..).unwrap_or_default();
    for (((waiting, left), above), right) in waiting.iter_mut().zip(row).zip(from(1)).zip(from(2)) {
        *waiting = Shares::of(*above).five + sides(Shares::of(*left), Shares::of(*right));
    }
}

/// 0 for what became black, 255 for white.
#[inline(always)]
pub(super) fn settle(row: &[i16], lit: &mut [u8]) {
    for (lit, wanted) in lit.iter_mut().zip(row.get(1..).unwrap_or_default()) {
        *lit = if *wanted < MIDDLE { 0 } else { 255 };
    }
}

#[cfg(test)]
pub(super) mod slowly;

#[cfg(test)]
mod tests {
    use super::*;
    use platen_model::Dither;

    /// The same as a textbook would write it: the reference for every dot.
    fn simply(width: usize, grey: &[u8]) -> Vec<u8> {
        let rows = grey.len() / width;
        let mut error = vec![0_i32; width * (rows + 1)];
        let mut out = vec![0; width.div_ceil(8) * rows];
        for y in 0..rows {
            let leftwards = y % 2 == 1;
            for step in 0..width {
                let x = if leftwards { width - 1 - step } else { step };
                let wanted = i32::from(grey[y * width + x]) * 16 + error[y * width + x];
                let rest = if wanted < 128 * 16 {
                    out[y * width.div_ceil(8) + x / 8] |= 0x80 >> (x % 8);
                    wanted
                } else {
                    wanted - 255 * 16
                };
                let seven = (wanted >> 1) - (wanted >> 4) - if wanted < 128 * 16 { 0 } else { 255 * 7 };
                let (three, five) = ((rest * 3) >> 4, (rest * 5) >> 4);
                let one = rest - seven - three - five;
                let (behind, ahead) = if leftwards { (x + 1, x.wrapping_sub(1)) } else { (x.wrapping_sub(1), x + 1) };
                let below = (y + 1) * width;
                let inside = |x: usize| x < width;
                error[below + x] += five;
                error[below + if inside(behind) { behind } else { x }] += three;
                error[below + if inside(ahead) { ahead } else { x }] += one;
                error[if inside(ahead) { y * width + ahead } else { below + x }] += seven;
            }
        }
        out
    }

    #[test]
    fn the_fast_way_gives_the_dots_of_the_textbook() {
        let mut seed = 7_u32;
        let mut random = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed.to_be_bytes()[0]
        };
        for width in (1..=600).step_by(1 + usize::from(cfg!(debug_assertions))) {
            let rows = 3 + width % 5;
            // Noise, flat tones, and the extremes side by side, where errors are largest.
            let grey: Vec<u8> = match width % 3 {
                0 => (0..width * rows).map(|_| random()).collect(),
                1 => vec![random(); width * rows],
                _ => (0..width * rows).map(|_| if random() < 128 { 127 } else { 255 * (random() % 2) }).collect(),
            };
            let setting = Setting { dither: Dither::FloydSteinberg, width, depth: 1, threshold: 128 };
            let mut out = Vec::new();
            FloydSteinberg::new(&setting).push(&grey, &mut out);
            assert_eq!(out, simply(width, &grey), "width {width}");
        }
    }

    #[test]
    fn wide_and_narrow_registers_give_the_same_amounts() {
        for width in [1, 2, 15, 16, 17, 31, 33, 64, 100, 383] {
            let row: Vec<i16> = (0..width + 2).map(|x| i16::try_from((x * 7919) % 12_000).unwrap() - 4_000).collect();
            let grey: Vec<u8> = row.iter().map(|amount| amount.to_le_bytes()[0]).collect();
            for leftwards in [false, true] {
                let (mut narrow, mut wide_one) = (vec![0; width], vec![0; width]);
                spread(&row, &mut narrow, leftwards);
                wide::spread(&row, &mut wide_one, leftwards);
                assert_eq!(narrow, wide_one);
            }
            let (mut narrow, mut wide_one) = (vec![0; width + 2], vec![0; width + 2]);
            gather(&grey[..width], &row[..width], &mut narrow);
            wide::gather(&grey[..width], &row[..width], &mut wide_one);
            assert_eq!(narrow, wide_one);
            let (mut narrow, mut wide_one) = (vec![0; width], vec![0; width]);
            settle(&row, &mut narrow);
            wide::settle(&row, &mut wide_one);
            assert_eq!(narrow, wide_one);
        }
    }
}
