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

use super::wide;
use std::ops::Range;

/// Pixels to a side.
pub(super) const SIDE: usize = 8;

/// How far an edge may reach.
const REACH: usize = 2;

/// From here on a pixel is paper, or may be paper that a camera or JPEG has soiled.
const PAPER: u8 = 248;
const SOILED_PAPER: u8 = 232;

/// Up to here it is ink, or nearly.
const INK: u8 = 16;
const FADED_INK: u8 = 32;

/// By how much the two sides of an edge differ.
const CONTRAST: u8 = 96;

/// Greys without a reason that do not make a tile tonal yet: plain ones, and those near to paper or ink.
const STRAYS: u32 = 1;
const SOILED: u32 = 10;

/// Greys along a side of a tile that make it a rim of what is there.
const RIM: u32 = 5;

/// Tonal tiles, of the eight around, that make a crisp one doubtful.
const DOUBTFUL: usize = 5;

/// What was seen in a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tile {
    kind: Kind,
    /// Whether greys go along its top, bottom, left and right side: then it may be one thing with what is there.
    rims: [bool; 4],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Tonal,
    /// Edges between paper and ink.
    Edges,
    /// Paper or ink alone.
    Plain,
}

impl Tile {
    const PAPER: Self = Self { kind: Kind::Plain, rims: [false; 4] };

    /// Whether it is crisp without doubt.
    fn is_text(&self) -> bool {
        self.kind == Kind::Edges && self.rims == [false; 4]
    }

    /// Whether greys go over from it to a tonal one of the tiles above, below, to the left and to the right.
    fn is_rim_of(&self, beside: &[Self; 4]) -> bool {
        let [top, bottom, left, right] = self.rims;
        let [above, below, before, after] = beside.map(|tile| tile.rims.map(|rim| rim && tile.kind == Kind::Tonal));
        (top && above[1]) || (bottom && below[0]) || (left && before[3]) || (right && after[2])
    }
}

/// Pixels of a row that are looked at, or passed over, together: paper and ink without a grey count as nothing.
const BLOCK: usize = 64;

/// Looks at rows as they come; answers for rows of tiles, [`Tiles::LOOK_AHEAD`] rows later.
#[derive(Clone, Debug)]
pub(super) struct Tiles {
    /// The last five rows with [`REACH`] places more at either side; row `n` at `n mod 5`.
    rows: [Vec<u8>; 2 * REACH + 1],
    taken: usize,
    measured: usize,
    /// Which blocks of the row to measure have greys, and those blocks together.
    blocks: Vec<u8>,
    greys: Vec<Range<usize>>,
    extremes: Extremes,
    counts: Counts,
    /// Whether anything was counted in the row of tiles under way.
    counted: bool,
    /// Greys in each tile of the row under way: in its first row, and in all but its last.
    first: Vec<u32>,
    but_last: Vec<u32>,
    /// What the tiles of three rows are: already answered for, the next to answer for, and the one below it. With a tile of
    /// paper more at either side.
    above: Vec<Tile>,
    here: Vec<Tile>,
    below: Vec<Tile>,
    /// Whether all tiles of `here` and of `below` are plain.
    here_plain: bool,
    below_plain: bool,
    /// Rows of tiles that were measured, and answered for.
    known: usize,
    answered: usize,
    /// The last answer.
    crisp: Vec<bool>,
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
        let row = vec![0; width + 2 * REACH];
        let tiles = width.div_ceil(SIDE);
        let kinds = vec![Tile::PAPER; tiles + 2];
        let pixels = vec![0; width];
        Self {
            rows: std::array::from_fn(|_| row.clone()),
            taken: 0,
            measured: 0,
            blocks: vec![0; width.div_ceil(BLOCK)],
            greys: Vec::new(),
            extremes: Extremes { column: row, lightest: pixels.clone(), darkest: pixels.clone() },
            counts: Counts { tones: pixels.clone(), soiled: pixels.clone(), edges: pixels },
            counted: false,
            first: vec![0; tiles],
            but_last: vec![0; tiles],
            above: kinds.clone(),
            here: kinds.clone(),
            below: kinds,
            here_plain: true,
            below_plain: true,
            known: 0,
            answered: 0,
            crisp: vec![false; tiles],
        }
    }

    /// Takes a row. Gives which tiles of the next row of tiles are crisp, once that is known.
    pub(super) fn push(&mut self, grey: &[u8]) -> Option<&[bool]> {
        let row = self.rows.get_mut(self.taken % (2 * REACH + 1))?;
        row.get_mut(REACH..)?.iter_mut().zip(grey).for_each(|(place, grey)| *place = *grey);
        // Beyond a side lies what is at the side.
        let (first, last) = (grey.first().copied()?, grey.last().copied()?);
        row.iter_mut().take(REACH).for_each(|place| *place = first);
        row.iter_mut().rev().take(REACH).for_each(|place| *place = last);
        self.taken += 1;
        if self.taken > REACH {
            self.measure();
        }
        if self.known > self.answered + 1 { Some(self.answer()) } else { None }
    }

    /// After the last row: gives the rows of tiles that remain, one at a time.
    pub(super) fn finish(&mut self) -> Option<&[bool]> {
        while self.measured < self.taken {
            self.measure();
        }
        if !self.measured.is_multiple_of(SIDE) {
            self.close();
            self.measured = self.measured.next_multiple_of(SIDE);
        }
        if self.known > self.answered {
            // Below the last row of tiles is paper, unless one more is known.
            if self.known == self.answered + 1 {
                self.below.fill(Tile::PAPER);
                self.below_plain = true;
            }
            Some(self.answer())
        } else {
            None
        }
    }

    /// Counts what the pixels of the next row are.
    fn measure(&mut self) {
        let row = self.measured;
        // Beyond the first and the last row lie those themselves.
        let lowest = self.taken.saturating_sub(1);
        let around = [row.saturating_sub(2), row.saturating_sub(1), row, (row + 1).min(lowest), (row + 2).min(lowest)];
        let slot = |row: usize| self.rows.get(row % (2 * REACH + 1)).map_or(&[][..], |row| row);
        let around = around.map(slot);
        let grey = slot(row).get(REACH..slot(row).len().saturating_sub(REACH)).unwrap_or_default();
        wide::mark_greys(grey, &mut self.blocks);
        join(&self.blocks, grey.len(), &mut self.greys);
        for range in &self.greys {
            let around = around.map(|row| row.get(range.start..range.end + 2 * REACH).unwrap_or_default());
            wide::extremes(&around, &mut self.extremes);
            wide::count(grey.get(range.clone()).unwrap_or_default(), &self.extremes, &mut self.counts, range.start);
        }
        self.counted |= !self.greys.is_empty();
        self.measured += 1;
        match self.measured % SIDE {
            0 => self.close(),
            1 => self.counts.greys(self.counted, &mut self.first),
            7 => self.counts.greys(self.counted, &mut self.but_last),
            _ => {}
        }
    }

    /// Makes kinds of the counts of a row of tiles, which is then the lowest one known.
    fn close(&mut self) {
        // The first row is the one to answer for, those after it are below.
        let (kinds, plain) = if self.known == self.answered {
            (&mut self.here, &mut self.here_plain)
        } else {
            (&mut self.below, &mut self.below_plain)
        };
        self.known += 1;
        *plain = true;
        if !std::mem::take(&mut self.counted) {
            kinds.fill(Tile::PAPER);
            return;
        }
        let Counts { tones, soiled, edges } = &mut self.counts;
        let columns = tones.chunks(SIDE).zip(soiled.chunks(SIDE)).zip(edges.chunks(SIDE));
        let rows = self.first.iter().zip(&self.but_last);
        for ((tile, ((tones, soiled), edges)), (first, but_last)) in kinds.iter_mut().skip(1).zip(columns).zip(rows) {
            let (tones, soiled, edges) = (eight(tones), eight(soiled), eight(edges));
            if tones | soiled | edges == 0 {
                *tile = Tile::PAPER;
                continue;
            }
            tile.kind = if sum(tones) > STRAYS || sum(soiled) > SOILED {
                Kind::Tonal
            } else if sum(edges) > 0 {
                Kind::Edges
            } else {
                Kind::Plain
            };
            *plain &= tile.kind == Kind::Plain;
            let greys = tones + edges;
            let last = sum(greys).saturating_sub(*but_last);
            let [left, .., right] = greys.to_le_bytes().map(u32::from);
            tile.rims = [*first, last, left, right].map(|greys| greys >= RIM);
        }
        [tones, soiled, edges].into_iter().for_each(|counts| counts.fill(0));
    }

    /// Decides the row of tiles that is next, and moves on.
    fn answer(&mut self) -> &[bool] {
        if self.here_plain && self.below_plain {
            // Paper and ink alone: what reaches it from above reaches all of it.
            let reached = self.crisp.contains(&true);
            self.crisp.fill(reached);
        } else {
            self.decide();
        }
        self.answered += 1;
        std::mem::swap(&mut self.above, &mut self.here);
        std::mem::swap(&mut self.here, &mut self.below);
        self.here_plain = self.below_plain;
        &self.crisp
    }

    /// Decides the row of tiles that is next, tile for tile.
    fn decide(&mut self) {
        let Self { above, here, below, crisp, .. } = self;
        let around = above.windows(3).zip(here.windows(3)).zip(below.windows(3));
        // What `crisp` holds is the answer for the row above until it is overwritten.
        for (crisp, ((above, here), below)) in crisp.iter_mut().zip(around) {
            let (&[_, top, _], &[left, tile, right], &[_, bottom, _]) = (above, here, below) else { continue };
            let is_tonal = |tile: &&Tile| tile.kind == Kind::Tonal;
            let tonal = above.iter().chain(below).chain([&left, &right]).filter(is_tonal).count();
            *crisp = match tile.kind {
                Kind::Tonal => false,
                Kind::Edges => tonal < DOUBTFUL && !tile.is_rim_of(&[top, bottom, left, right]),
                Kind::Plain => *crisp || (tonal == 0 && below.iter().any(Tile::is_text)),
            };
        }
        // Along the row, first to the right and then to the left.
        pass_on(crisp.iter_mut().zip(here.iter().skip(1)));
        pass_on(crisp.iter_mut().rev().zip(here.iter().rev().skip(1)));
    }
}

/// The counts of a tile's columns, the leftmost lowest. Each is [`SIDE`] at the most.
#[inline(always)]
fn eight(counts: &[u8]) -> u64 {
    let whole = |counts: &[u8; SIDE]| u64::from_le_bytes(*counts);
    counts.first_chunk().map_or_else(|| counts.iter().rev().fold(0, |all, &count| all << 8 | u64::from(count)), whole)
}

/// Their sum: eight times [`SIDE`] at the most, and twice that for two counts together, fits in the highest byte.
#[inline(always)]
fn sum(counts: u64) -> u32 {
    u32::from(counts.wrapping_mul(0x0101_0101_0101_0101).to_le_bytes()[SIDE - 1])
}

impl Counts {
    /// The greys of each tile, with a reason or without; none if nothing was counted.
    fn greys(&self, counted: bool, tiles: &mut [u32]) {
        if !counted {
            return tiles.fill(0);
        }
        let columns = self.tones.chunks(SIDE).zip(self.edges.chunks(SIDE));
        tiles.iter_mut().zip(columns).for_each(|(tile, (tones, edges))| *tile = sum(eight(tones) + eight(edges)));
    }
}

/// Whether a pixel is neither paper nor ink.
#[inline(always)]
fn is_grey(pixel: u8) -> bool {
    (pixel > INK) & (pixel < PAPER)
}

/// Not 0 for each block of a row that has a grey.
#[inline(always)]
pub(super) fn mark_greys(row: &[u8], blocks: &mut [u8]) {
    let any = |block: &[u8]| block.iter().fold(0, |any, &pixel| any | u8::from(is_grey(pixel)));
    let (whole, rest) = row.as_chunks::<BLOCK>();
    blocks.iter_mut().zip(whole).for_each(|(mark, block)| *mark = any(block));
    if let (Some(mark), false) = (blocks.last_mut(), rest.is_empty()) {
        *mark = any(rest);
    }
}

/// The pixels of neighbouring blocks that are marked, as ranges.
fn join(blocks: &[u8], width: usize, ranges: &mut Vec<Range<usize>>) {
    ranges.clear();
    for (block, _) in blocks.iter().enumerate().filter(|(_, mark)| **mark != 0) {
        let (from, to) = (block * BLOCK, ((block + 1) * BLOCK).min(width));
        match ranges.last_mut() {
            Some(last) if last.end == from => last.end = to,
            _ => ranges.push(from..to),
        }
    }
}

/// Plain tiles become crisp beside a crisp one, in the order of the tiles.
fn pass_on<'a>(tiles: impl Iterator<Item = (&'a mut bool, &'a Tile)>) {
    let mut before = false;
    for (crisp, tile) in tiles {
        *crisp |= before && tile.kind == Kind::Plain;
        before = *crisp;
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
