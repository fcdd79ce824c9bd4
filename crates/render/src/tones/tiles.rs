//! Tells text and lines from tones, in tiles of 8 × 8 pixels.
//!
//! In text nearly every pixel is paper or ink, and the greys between are edges: paper (or the white core of a stroke on
//! black) is two pixels away at the most, and something much darker is too. A grey without such a reason is a tone.
//!
//! | A tile with | is |
//! |---|---|
//! | greys without a reason | tonal |
//! | edges only, most neighbours not tonal, and not the rim of one that is | crisp |
//! | paper or ink only | crisp if that reaches it from a crisp tile, tonal if not |
//!
//! The last line keeps paper clean around text, and leaves a page without text wholly tonal.

mod crisp;

use super::held::{BLOCK, GREY, Held, Row};
use super::wide;
use crisp::{Crisp, Kinds};
use std::ops::Range;

/// Pixels to a side.
pub(super) const SIDE: usize = 8;

/// How far an edge may reach.
const REACH: usize = 2;

/// From here on a pixel is paper, or may be paper that a camera or JPEG has soiled.
pub(super) const PAPER: u8 = 248;
const SOILED_PAPER: u8 = 232;

/// Up to here it is ink, or nearly.
pub(super) const INK: u8 = 16;
const FADED_INK: u8 = 32;

/// By how much the two sides of an edge differ.
const CONTRAST: u8 = 96;

/// Greys without a reason that do not make a tile tonal yet: plain ones, and those near to paper or ink.
const STRAYS: u8 = 1;
const SOILED: u8 = 10;

/// Greys along a side of a tile that make it a rim of what is there.
const RIM: u8 = 5;

/// Rows that are held: those of the tiles to answer for, and [`Tiles::LOOK_AHEAD`] more.
const HELD: usize = 2 * SIDE + REACH;

/// Looks at rows as they come; answers for rows of tiles, [`Tiles::LOOK_AHEAD`] rows later.
#[derive(Clone, Debug)]
pub(super) struct Tiles {
    held: Held,
    taken: usize,
    measured: usize,
    /// The blocks of the row to measure that have greys: all others count as nothing.
    greys: Vec<Range<usize>>,
    extremes: Extremes,
    counts: Counts,
    /// The blocks of the row of tiles under way that have greys, as counted so far.
    counted: Vec<bool>,
    /// Greys in each tile of the row under way: in its first row, and in all but its last.
    first: Vec<u8>,
    but_last: Vec<u8>,
    /// What the tiles of three rows are: already answered for, the next to answer for, and the one below it.
    above: Kinds,
    here: Kinds,
    below: Kinds,
    /// Rows of tiles that were measured, and answered for.
    known: usize,
    answered: usize,
    /// The last answer.
    crisp: Crisp,
}

/// A row of tiles that was answered for.
pub(super) struct Answer<'a> {
    /// Which of its tiles are crisp.
    pub(super) crisp: &'a Crisp,
    held: &'a Held,
    rows: Range<usize>,
}

impl<'a> Answer<'a> {
    /// The rows of those tiles.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'a>> + use<'a> {
        let held = self.held;
        self.rows.clone().map(|row| held.row(row))
    }
}

/// The lightest and darkest pixels around those of a row.
#[derive(Clone, Debug)]
pub(super) struct Extremes {
    column: Vec<u8>,
    lightest: Vec<u8>,
    darkest: Vec<u8>,
}

/// How many pixels of each column of a row of tiles are what.
#[derive(Clone, Debug)]
pub(super) struct Counts {
    tones: Vec<u8>,
    soiled: Vec<u8>,
    edges: Vec<u8>,
}

impl Tiles {
    /// Rows that must be pushed after the last row of a tile until it is answered for.
    #[cfg(test)]
    pub(super) const LOOK_AHEAD: usize = SIDE + REACH;

    pub(super) fn new(width: usize) -> Self {
        let tiles = width.div_ceil(SIDE);
        let blocks = width.div_ceil(BLOCK);
        // Whole blocks, so that none needs a look at where the row ends.
        let pixels = vec![0; blocks * BLOCK];
        Self {
            held: Held::new(width, REACH, HELD),
            taken: 0,
            measured: 0,
            greys: Vec::new(),
            extremes: Extremes {
                column: vec![0; width + 2 * REACH],
                lightest: pixels.clone(),
                darkest: pixels.clone(),
            },
            counts: Counts { tones: pixels.clone(), soiled: pixels.clone(), edges: pixels },
            counted: vec![false; blocks],
            first: vec![0; blocks * TILES],
            but_last: vec![0; blocks * TILES],
            above: Kinds::new(tiles),
            here: Kinds::new(tiles),
            below: Kinds::new(tiles),
            known: 0,
            answered: 0,
            crisp: Crisp::new(tiles),
        }
    }

    /// Takes a row. Answers for the next row of tiles, once that is known.
    pub(super) fn push(&mut self, grey: &[u8]) -> Option<Answer<'_>> {
        self.held.take(self.taken, grey);
        self.taken += 1;
        if self.taken > REACH {
            self.measure();
        }
        if self.known > self.answered + 1 { Some(self.answer()) } else { None }
    }

    /// After the last row: answers for the rows of tiles that remain, one at a time.
    pub(super) fn finish(&mut self) -> Option<Answer<'_>> {
        while self.measured < self.taken {
            self.measure();
        }
        if !self.measured.is_multiple_of(SIDE) {
            // Where the page ends, tiles have no bottom side.
            self.counts.greys(&self.counted, &mut self.but_last);
            self.close();
            self.measured = self.measured.next_multiple_of(SIDE);
        }
        if self.known > self.answered {
            // Below the last row of tiles is paper, unless one more is known.
            if self.known == self.answered + 1 {
                self.below.clear();
            }
            Some(self.answer())
        } else {
            None
        }
    }

    /// Counts what the pixels of the next row are.
    fn measure(&mut self) {
        let row = self.measured;
        let Row { pixels, marks } = self.held.row(row);
        join(marks, pixels.len(), &mut self.greys);
        if !self.greys.is_empty() {
            // Beyond the first and the last row lie those themselves.
            let lowest = self.taken.saturating_sub(1);
            let around =
                [row.saturating_sub(2), row.saturating_sub(1), row, (row + 1).min(lowest), (row + 2).min(lowest)];
            let around = around.map(|row| self.held.padded(row));
            for range in &self.greys {
                let around = around.map(|row| row.get(range.start..range.end + 2 * REACH).unwrap_or_default());
                wide::extremes(&around, &mut self.extremes);
                let pixels = pixels.get(range.clone()).unwrap_or_default();
                wide::count(pixels, &self.extremes, &mut self.counts, range.start);
            }
            let has_greys = marks.iter().map(|mark| mark & GREY != 0);
            self.counted.iter_mut().zip(has_greys).for_each(|(counted, greys)| *counted |= greys);
        }
        self.measured += 1;
        match self.measured % SIDE {
            0 => self.close(),
            1 => self.counts.greys(&self.counted, &mut self.first),
            7 => self.counts.greys(&self.counted, &mut self.but_last),
            _ => {}
        }
    }

    /// Makes kinds of the counts of a row of tiles, which is then the lowest one known.
    fn close(&mut self) {
        // The first row is the one to answer for, those after it are below.
        let kinds = if self.known == self.answered { &mut self.here } else { &mut self.below };
        self.known += 1;
        kinds.clear();
        let Counts { tones, soiled, edges } = &mut self.counts;
        let counts = blocks::<BLOCK>(tones).zip(blocks::<BLOCK>(soiled)).zip(blocks::<BLOCK>(edges));
        let rows = blocks::<TILES>(&mut self.first).zip(blocks::<TILES>(&mut self.but_last));
        let counted = self.counted.iter_mut().enumerate();
        for (((block, counted), ((tones, soiled), edges)), (first, but_last)) in counted.zip(counts).zip(rows) {
            if std::mem::take(counted) {
                let seen = [&*tones, &*soiled, &*edges];
                kinds.set(block, seen, first, but_last);
                [tones, soiled, edges].into_iter().for_each(|counts: &mut [u8; BLOCK]| counts.fill(0));
                [first, but_last].into_iter().for_each(|counts: &mut [u8; TILES]| counts.fill(0));
            }
        }
    }

    /// Decides the row of tiles that is next, and moves on.
    fn answer(&mut self) -> Answer<'_> {
        self.crisp.decide(&self.above, &self.here, &self.below);
        self.answered += 1;
        std::mem::swap(&mut self.above, &mut self.here);
        std::mem::swap(&mut self.here, &mut self.below);
        let end = self.answered * SIDE;
        Answer { crisp: &self.crisp, held: &self.held, rows: end - SIDE..end.min(self.taken) }
    }
}

/// Tiles of a block.
const TILES: usize = BLOCK / SIDE;

/// What is kept of each block.
fn blocks<const N: usize>(all: &mut [u8]) -> impl Iterator<Item = &mut [u8; N]> {
    all.as_chunks_mut().0.iter_mut()
}

/// The sum of the columns of each tile. They are [`SIDE`] each at the most, or twice that for two counts together: a sum
/// fits in the highest byte of their product.
#[inline(always)]
fn sums(columns: &[u8; BLOCK]) -> [u8; TILES] {
    let mut sums = [0; TILES];
    for (sum, columns) in sums.iter_mut().zip(columns.as_chunks::<SIDE>().0) {
        *sum = u64::from_le_bytes(*columns).wrapping_mul(0x0101_0101_0101_0101).to_le_bytes()[SIDE - 1];
    }
    sums
}

impl Counts {
    /// The greys of each tile, with a reason or without, in blocks that were counted.
    fn greys(&mut self, counted: &[bool], tiles: &mut [u8]) {
        let counts = blocks::<BLOCK>(&mut self.tones).zip(blocks::<BLOCK>(&mut self.edges));
        let tiles = blocks::<TILES>(tiles).zip(counts).zip(counted).filter(|(_, counted)| **counted);
        for ((tiles, (tones, edges)), _) in tiles {
            let both: [u8; BLOCK] = std::array::from_fn(|column: usize| tones[column] + edges[column]);
            *tiles = sums(&both);
        }
    }
}

/// Whether a pixel is neither paper nor ink.
#[inline(always)]
pub(super) fn is_grey(pixel: u8) -> bool {
    (pixel > INK) & (pixel < PAPER)
}

/// The pixels of neighbouring blocks that have greys, as ranges.
fn join(marks: &[u8], width: usize, ranges: &mut Vec<Range<usize>>) {
    ranges.clear();
    for (block, _) in marks.iter().enumerate().filter(|(_, mark)| **mark & GREY != 0) {
        let (from, to) = (block * BLOCK, ((block + 1) * BLOCK).min(width));
        match ranges.last_mut() {
            Some(last) if last.end == from => last.end = to,
            _ => ranges.push(from..to),
        }
    }
}

/// The lightest and the darkest of the 5 × 5 pixels around each; rows have [`REACH`] places more at either side. What
/// `out` has beyond the length of those rows has no meaning.
#[inline(always)]
pub(super) fn extremes(rows: &[&[u8]; 2 * REACH + 1], out: &mut Extremes) {
    #[inline(always)]
    fn over(rows: &[&[u8]; 2 * REACH + 1], column: &mut [u8], out: &mut [u8], pick: impl Fn(u8, u8) -> u8 + Copy) {
        let [a, b, c, d, e] = *rows;
        let column = column.get_mut(..a.len()).unwrap_or_default();
        for (((((place, a), b), c), d), e) in column.iter_mut().zip(a).zip(b).zip(c).zip(d).zip(e) {
            *place = pick(pick(pick(*a, *b), pick(*c, *d)), *e);
        }
        let from = |place: usize| column.get(place..).unwrap_or_default();
        let around = from(0).iter().zip(from(1)).zip(from(2)).zip(from(3)).zip(from(4));
        for (place, ((((a, b), c), d), e)) in out.iter_mut().zip(around) {
            *place = pick(pick(pick(*a, *b), pick(*c, *d)), *e);
        }
    }
    over(rows, &mut out.column, &mut out.lightest, u8::max);
    over(rows, &mut out.column, &mut out.darkest, u8::min);
}

/// Adds what the pixels of a part of a row are, to the counts from that place on.
#[inline(always)]
pub(super) fn count(grey: &[u8], extremes: &Extremes, counts: &mut Counts, from: usize) {
    let [tones, soiled, edges] =
        [&mut counts.tones, &mut counts.soiled, &mut counts.edges].map(|all| all.get_mut(from..).unwrap_or_default());
    let counts = tones.iter_mut().zip(soiled).zip(edges);
    for (((&grey, &lightest), &darkest), ((tones, soiled), edges)) in
        grey.iter().zip(&extremes.lightest).zip(&extremes.darkest).zip(counts)
    {
        let middle = is_grey(grey);
        let on_edge = (lightest.saturating_sub(darkest) >= CONTRAST) & (lightest >= PAPER);
        let near = (grey <= FADED_INK) | (grey >= SOILED_PAPER);
        // A tile has eight rows: no count overflows, and nothing need watch for it.
        *tones = tones.wrapping_add(u8::from(middle & !on_edge & !near));
        *soiled = soiled.wrapping_add(u8::from(middle & !on_edge & near));
        *edges = edges.wrapping_add(u8::from(middle & on_edge));
    }
}

#[cfg(test)]
pub(super) mod slowly;

#[cfg(test)]
mod tests;
