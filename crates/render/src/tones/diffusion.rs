//! Error diffusion over any neighbours, in turns from left to right and from right to left, to any number of levels.
//!
//! Sources: J. F. Jarvis, C. N. Judice, W. H. Ninke, "A survey of techniques for the display of continuous tone pictures
//! on bilevel displays", 1976; P. Stucki, "MECCA – a multiple-error correction computation algorithm", 1981;
//! F. Sierra's "filter lite", 1990; B. Atkinson's dither of the first Macintosh scanners. Floyd and Steinberg's way to
//! two levels has a file of its own, with the same dots faster.
//!
//! What must go from pixel to pixel is one loop over the row; the shares of the rows below follow for whole rows. Amounts
//! are sixteenths of a grey level. Error that would leave at a side stays at that side.

use super::{Setting, Tone, pack, wide};
use platen_model::Dither;

/// How far a share goes to the left and to the right.
const REACH: usize = 2;

/// The shares of a pixel's error, in 4,096ths, seen in the direction of the row: from two behind to two ahead.
#[derive(Clone, Copy, Debug)]
struct Shares {
    /// Of the next pixel and the one after it.
    ahead: [i32; 2],
    /// Of the row below.
    below: Taps,
    /// Of the row below that.
    second: Taps,
}

/// Shares of one row.
pub(super) type Taps = [i32; 2 * REACH + 1];

/// Shares that are written as numbers of `parts`.
const fn shares(parts: i32, ahead: [i32; 2], below: Taps, second: Taps) -> Shares {
    const fn scaled<const N: usize>(mut row: [i32; N], parts: i32) -> [i32; N] {
        let mut at = 0;
        while at < N {
            row[at] = (row[at] * 4096 + parts / 2) / parts;
            at += 1;
        }
        row
    }
    Shares { ahead: scaled(ahead, parts), below: scaled(below, parts), second: scaled(second, parts) }
}

const NONE: Taps = [0; 5];
const FLOYD_STEINBERG: Shares = shares(16, [7, 0], [0, 3, 5, 1, 0], NONE);
const ATKINSON: Shares = shares(8, [1, 1], [0, 1, 1, 1, 0], [0, 0, 1, 0, 0]);
const JARVIS: Shares = shares(48, [7, 5], [3, 5, 7, 5, 3], [1, 3, 5, 3, 1]);
const STUCKI: Shares = shares(42, [8, 4], [2, 4, 8, 4, 2], [1, 2, 4, 2, 1]);
const SIERRA_LITE: Shares = shares(4, [2, 0], [0, 1, 1, 0, 0], NONE);

/// That share of an error, rounded to the nearest so that none is lost in the long run.
#[inline(always)]
fn part(error: i32, share: i32) -> i32 {
    (error * share + 2048) >> 12
}

/// For pictures.
#[derive(Clone, Debug)]
pub struct Diffusion {
    width: usize,
    depth: u8,
    shares: Shares,
    /// The error that each pixel of this row is left with, with twice [`REACH`] places more at either side that stay
    /// empty.
    errors: Vec<i32>,
    /// Error that waits for this row and for the next, with [`REACH`] places more at either side.
    here: Vec<i32>,
    below: Vec<i32>,
    levels: Vec<u8>,
    leftwards: bool,
}

impl Diffusion {
    /// The diffusion that `setting` names; Floyd and Steinberg's for any other name.
    pub fn new(setting: &Setting) -> Self {
        let shares = match setting.dither {
            Dither::Atkinson => ATKINSON,
            Dither::Jarvis => JARVIS,
            Dither::Stucki => STUCKI,
            Dither::SierraLite => SIERRA_LITE,
            _ => FLOYD_STEINBERG,
        };
        let width = setting.width;
        Self {
            width,
            depth: setting.depth,
            shares,
            errors: vec![0; width + 4 * REACH],
            here: vec![0; width + 2 * REACH],
            below: vec![0; width + 2 * REACH],
            levels: vec![0; width],
            leftwards: false,
        }
    }

    fn row(&mut self, grey: &[u8], dots: &mut Vec<u8>) {
        // What leaves at the end of the row.
        let leaves = match self.depth {
            2 => self.along::<1360, 680>(grey),
            4 => self.along::<272, 136>(grey),
            _ => self.along::<4080, 2032>(grey),
        };
        let Shares { below: mut next, mut second, .. } = self.shares;
        let mut last = self.width + REACH - 1;
        if self.leftwards {
            next.reverse();
            second.reverse();
            last = REACH;
        }
        wide::share(&self.errors, &mut self.below, &next);
        fold(&mut self.below);
        if let Some(waiting) = self.below.get_mut(last) {
            *waiting += leaves;
        }
        self.here.fill(0);
        if second != NONE {
            wide::share(&self.errors, &mut self.here, &second);
            fold(&mut self.here);
        }
        std::mem::swap(&mut self.here, &mut self.below);
        self.leftwards = !self.leftwards;
        if self.depth == 1 {
            // 0 is black and 1 is white.
            pack::bits(&self.levels, &[1; 64], dots);
        } else {
            pack::levels(&self.levels, self.depth, dots);
        }
    }

    /// Decides the pixels of a row. Levels lie `STEP` apart, and one is taken from `HALF` below it on. Gives the error
    /// that is left to go ahead after the last pixel.
    fn along<const STEP: i32, const HALF: i32>(&mut self, grey: &[u8]) -> i32 {
        let [one_ahead, two_ahead] = self.shares.ahead;
        let (mut next, mut after) = (0, 0);
        let decide = |(((grey, waiting), error), level): (((&u8, &i32), &mut i32), &mut u8)| {
            let wanted = i32::from(*grey) * 16 + waiting + next;
            let nearest = (wanted + HALF).clamp(0, 4080) / STEP;
            *error = wanted - nearest * STEP;
            *level = nearest.to_le_bytes()[0];
            next = after + part(*error, one_ahead);
            after = part(*error, two_ahead);
        };
        let width = self.width.min(grey.len());
        let waiting = self.here.get(REACH..).and_then(|here| here.get(..width)).unwrap_or_default();
        let errors = self.errors.get_mut(2 * REACH..).and_then(|errors| errors.get_mut(..width)).unwrap_or_default();
        let pixels = grey.iter().zip(waiting).zip(errors).zip(&mut self.levels);
        if self.leftwards {
            pixels.rev().for_each(decide)
        } else {
            pixels.for_each(decide)
        }
        next + after
    }
}

impl Tone for Diffusion {
    fn push(&mut self, grey: &[u8], dots: &mut Vec<u8>) {
        for row in grey.chunks_exact(self.width.max(1)) {
            self.row(row, dots);
        }
    }

    fn finish(&mut self, _dots: &mut Vec<u8>) {}
}

/// Adds the shares of `errors` to what waits. A place of `waiting` lies [`REACH`] to the left of the same place of
/// `errors`.
#[inline(always)]
pub(super) fn share(errors: &[i32], waiting: &mut [i32], taps: &Taps) {
    let [far_left, left, above, right, far_right] = *taps;
    for (waiting, around) in waiting.iter_mut().zip(errors.windows(5)) {
        // What comes from the right was sent to the left.
        if let [a, b, c, d, e] = *around {
            *waiting += part(a, far_right) + part(b, right) + part(c, above) + part(d, left) + part(e, far_left);
        }
    }
}

/// Keeps at the sides what would leave there.
fn fold(waiting: &mut [i32]) {
    fn side<'a>(mut from_edge: impl Iterator<Item = &'a mut i32>) {
        let outside: i32 = from_edge.by_ref().take(REACH).map(std::mem::take).sum();
        if let Some(first) = from_edge.next() {
            *first += outside;
        }
    }
    side(waiting.iter_mut());
    side(waiting.iter_mut().rev());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same as a textbook would write it, pixel by pixel.
    fn simply(setting: &Setting, shares: &Shares, grey: &[u8]) -> Vec<u8> {
        let width = setting.width;
        let most = (1 << setting.depth) - 1;
        let step = 4080 / most;
        let mut waiting = vec![0; grey.len() + 2 * width];
        let mut dots = Vec::new();
        for (y, row) in grey.chunks(width).enumerate() {
            let mut levels = vec![0_u8; width];
            for place in 0..width {
                let (x, side) = if y % 2 == 0 { (place, 1) } else { (width - 1 - place, -1) };
                let wanted = i32::from(row[x]) * 16 + waiting[y * width + x];
                let half = if most == 1 { 2032 } else { step / 2 };
                let level = ((wanted + half).clamp(0, 4080)) / step;
                let error = wanted - level * step;
                levels[x] = u8::try_from(level).unwrap();
                let mut give = |ahead: i32, down: usize, share: i32| {
                    let to = i32::try_from(x).unwrap() + ahead * side;
                    let inside = to.clamp(0, i32::try_from(width).unwrap() - 1);
                    // What leaves ahead has no place in this row any more.
                    let down = if down == 0 && inside != to { 1 } else { down };
                    waiting[(y + down) * width + usize::try_from(inside).unwrap()] += part(error, share);
                };
                for (ahead, share) in (1..).zip(shares.ahead) {
                    give(ahead, 0, share);
                }
                for (ahead, (below, second)) in (-2..).zip(shares.below.into_iter().zip(shares.second)) {
                    give(ahead, 1, below);
                    give(ahead, 2, second);
                }
            }
            if setting.depth == 1 {
                pack::bits(&levels, &[1; 64], &mut dots)
            } else {
                pack::levels(&levels, setting.depth, &mut dots)
            }
        }
        dots
    }

    #[test]
    fn rows_as_a_whole_give_the_dots_of_the_textbook() {
        let mut seed = 5_u32;
        let mut random = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed.to_be_bytes()[0]
        };
        let all = [Dither::FloydSteinberg, Dither::Atkinson, Dither::Jarvis, Dither::Stucki, Dither::SierraLite];
        for dither in all {
            for width in [1, 2, 3, 7, 8, 33, 64, 101] {
                for depth in [1, 2, 4] {
                    let setting = Setting { dither, width, depth, threshold: 128 };
                    let grey: Vec<u8> = (0..width * 9).map(|_| random()).collect();
                    let mut tone = Diffusion::new(&setting);
                    let expected = simply(&setting, &tone.shares, &grey);
                    let mut dots = Vec::new();
                    tone.push(&grey, &mut dots);
                    assert_eq!(dots, expected, "{dither}, {width} wide, {depth} bits");
                }
            }
        }
    }
}
