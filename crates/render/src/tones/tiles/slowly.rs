//! The same answers with nothing left out: every pixel of every row is looked at. The reference for what is quicker.

use super::{Counts, Extremes, REACH, RIM, SIDE, SOILED, STRAYS, count, extremes};

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

/// Looks at rows as they come; answers for rows of tiles, [`Tiles::LOOK_AHEAD`] rows later.
#[derive(Clone, Debug)]
pub(in crate::tones) struct Tiles {
    /// The last five rows with [`REACH`] places more at either side; row `n` at `n mod 5`.
    rows: [Vec<u8>; 2 * REACH + 1],
    taken: usize,
    measured: usize,
    extremes: Extremes,
    counts: Counts,
    /// Greys in each tile of the row under way: in its first row, and in all but its last.
    first: Vec<u32>,
    but_last: Vec<u32>,
    /// What the tiles of three rows are: already answered for, the next to answer for, and the one below it. With a tile of
    /// paper more at either side.
    above: Vec<Tile>,
    here: Vec<Tile>,
    below: Vec<Tile>,
    /// Rows of tiles that were measured, and answered for.
    known: usize,
    answered: usize,
    /// The last answer.
    crisp: Vec<bool>,
}

impl Tiles {
    pub(in crate::tones) fn new(width: usize) -> Self {
        let row = vec![0; width + 2 * REACH];
        let tiles = width.div_ceil(SIDE);
        let kinds = vec![Tile::PAPER; tiles + 2];
        let pixels = vec![0; width];
        Self {
            rows: std::array::from_fn(|_| row.clone()),
            taken: 0,
            measured: 0,
            extremes: Extremes { column: row, lightest: pixels.clone(), darkest: pixels.clone() },
            counts: Counts { tones: pixels.clone(), soiled: pixels.clone(), edges: pixels },
            first: vec![0; tiles],
            but_last: vec![0; tiles],
            above: kinds.clone(),
            here: kinds.clone(),
            below: kinds.clone(),
            known: 0,
            answered: 0,
            crisp: vec![false; tiles],
        }
    }

    /// Takes a row. Gives which tiles of the next row of tiles are crisp, once that is known.
    pub(in crate::tones) fn push(&mut self, grey: &[u8]) -> Option<&[bool]> {
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
    pub(in crate::tones) fn finish(&mut self) -> Option<&[bool]> {
        while self.measured < self.taken {
            self.measure();
        }
        if !self.measured.is_multiple_of(SIDE) {
            greys(&self.counts, &mut self.but_last);
            self.close();
            self.measured = self.measured.next_multiple_of(SIDE);
        }
        if self.known > self.answered {
            // Below the last row of tiles is paper, unless one more is known.
            if self.known == self.answered + 1 {
                self.below.fill(Tile::PAPER);
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
        extremes(&around, &mut self.extremes);
        let grey = slot(row).get(REACH..).unwrap_or_default();
        count(grey, &self.extremes, &mut self.counts, 0);
        self.measured += 1;
        match self.measured % SIDE {
            0 => self.close(),
            1 => greys(&self.counts, &mut self.first),
            7 => greys(&self.counts, &mut self.but_last),
            _ => {}
        }
    }

    /// Makes kinds of the counts of a row of tiles, which is then the lowest one known.
    fn close(&mut self) {
        let Counts { tones, soiled, edges } = &mut self.counts;
        // The first row is the one to answer for, those after it are below.
        let kinds = if self.known == self.answered { &mut self.here } else { &mut self.below };
        let columns = tones.chunks(SIDE).zip(soiled.chunks(SIDE)).zip(edges.chunks(SIDE));
        let rows = self.first.iter().zip(&self.but_last);
        for ((tile, ((tones, soiled), edges)), (first, but_last)) in kinds.iter_mut().skip(1).zip(columns).zip(rows) {
            tile.kind = if sum(tones) > STRAYS.into() || sum(soiled) > SOILED.into() {
                Kind::Tonal
            } else if sum(edges) > 0 {
                Kind::Edges
            } else {
                Kind::Plain
            };
            let last = (sum(tones) + sum(edges)).saturating_sub(*but_last);
            let left = sum(tones.get(..1).unwrap_or_default()) + sum(edges.get(..1).unwrap_or_default());
            let right = sum(tones.get(SIDE - 1..).unwrap_or_default()) + sum(edges.get(SIDE - 1..).unwrap_or_default());
            tile.rims = [*first, last, left, right].map(|greys| greys >= RIM.into());
        }
        [tones, soiled, edges].into_iter().for_each(|counts| counts.fill(0));
        self.known += 1;
    }

    /// Decides the row of tiles that is next, and moves on.
    fn answer(&mut self) -> &[bool] {
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
        self.answered += 1;
        std::mem::swap(&mut self.above, &mut self.here);
        std::mem::swap(&mut self.here, &mut self.below);
        &self.crisp
    }
}

fn sum(counts: &[u8]) -> u32 {
    counts.iter().copied().map(u32::from).sum()
}

/// The greys of each tile, with a reason or without.
fn greys(counts: &Counts, tiles: &mut [u32]) {
    let columns = counts.tones.chunks(SIDE).zip(counts.edges.chunks(SIDE));
    tiles.iter_mut().zip(columns).for_each(|(tile, (tones, edges))| *tile = sum(tones) + sum(edges));
}

/// Plain tiles become crisp beside a crisp one, in the order of the tiles.
fn pass_on<'a>(tiles: impl Iterator<Item = (&'a mut bool, &'a Tile)>) {
    let mut before = false;
    for (crisp, tile) in tiles {
        *crisp |= before && tile.kind == Kind::Plain;
        before = *crisp;
    }
}
