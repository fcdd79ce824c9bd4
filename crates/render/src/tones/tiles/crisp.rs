//! Which tiles are crisp, decided for 64 of them at a time: a tile is a bit, the leftmost the lowest.
//!
//! What lies beyond the sides of a row, above the first and below the last one counts as paper. Deliberately absent: the
//! pixels; see the table in the file above for the rules.

use super::{BLOCK, RIM, SIDE, SOILED, STRAYS, TILES, sums};
use std::ops::Range;

/// Bits of a word.
const WORD: usize = 64;

/// What the tiles of a row are: tonal, edges between paper and ink, or neither, which is paper or ink alone.
#[derive(Clone, Debug)]
pub(super) struct Kinds {
    tonal: Vec<u64>,
    edges: Vec<u64>,
    /// Whether greys go along their top, bottom, left and right side: then they may be one thing with what is there.
    rims: [Vec<u64>; 4],
    /// Whether all tiles are paper or ink alone.
    plain: bool,
}

impl Kinds {
    pub(super) fn new(tiles: usize) -> Self {
        let none = vec![0; tiles.div_ceil(WORD)];
        Self { tonal: none.clone(), edges: none.clone(), rims: std::array::from_fn(|_| none.clone()), plain: true }
    }

    /// Paper again.
    pub(super) fn clear(&mut self) {
        if !std::mem::replace(&mut self.plain, true) {
            [&mut self.tonal, &mut self.edges].into_iter().chain(&mut self.rims).for_each(|bits| bits.fill(0));
        }
    }

    /// Says what the tiles of a block are, which were paper: by how often each of its columns has tones, soiled pixels and
    /// edges, and by the greys in the first row of each tile and in all but its last.
    pub(super) fn set(&mut self, block: usize, seen: [&[u8; BLOCK]; 3], first: &[u8; TILES], but_last: &[u8; TILES]) {
        let [tones, soiled, edges] = seen;
        let greys: [u8; BLOCK] = std::array::from_fn(|column| tones[column] + edges[column]);
        let (tones, soiled, edges, all) = (sums(tones), sums(soiled), sums(edges), sums(&greys));
        let bits = |is: &dyn Fn(usize) -> bool| (0..TILES).fold(0, |bits, tile| bits | u64::from(is(tile)) << tile);
        let tonal = bits(&|tile| tones[tile] > STRAYS || soiled[tile] > SOILED);
        let edges = bits(&|tile| edges[tile] > 0) & !tonal;
        let rims = [
            bits(&|tile| first[tile] >= RIM),
            bits(&|tile| all[tile].saturating_sub(but_last[tile]) >= RIM),
            bits(&|tile| greys[tile * SIDE] >= RIM),
            bits(&|tile| greys[tile * SIDE + SIDE - 1] >= RIM),
        ];
        self.plain &= tonal | edges == 0;
        let (word, shift) = (block * TILES / WORD, block * TILES % WORD);
        let all = [&mut self.tonal, &mut self.edges].into_iter().chain(&mut self.rims);
        for (all, bits) in all.zip([tonal, edges].into_iter().chain(rims)) {
            if let Some(all) = all.get_mut(word) {
                *all |= bits << shift;
            }
        }
    }

    /// Tiles that are crisp without doubt.
    fn text(&self, word: usize) -> u64 {
        self.rims.iter().fold(at(&self.edges, word), |text, rim| text & !at(rim, word))
    }

    /// Tonal tiles that have greys along that side.
    fn tonal_rim(&self, side: usize, word: usize) -> u64 {
        self.rims.get(side).map_or(0, |rim| at(rim, word)) & at(&self.tonal, word)
    }
}

/// Words beyond the sides have no tiles.
fn at(bits: &[u64], word: usize) -> u64 {
    bits.get(word).copied().unwrap_or(0)
}

/// Each tile's left neighbour, itself and its right neighbour.
fn beside(bits: impl Fn(usize) -> u64, word: usize) -> [u64; 3] {
    let (before, here, after) = (word.checked_sub(1).map_or(0, &bits), bits(word), bits(word + 1));
    [here << 1 | before >> (WORD - 1), here, here >> 1 | after << (WORD - 1)]
}

/// Adds bits: ones and twos.
fn sum([a, b, c]: [u64; 3]) -> (u64, u64) {
    (a ^ b ^ c, a & b | c & (a | b))
}

/// The tiles of a row that are crisp.
#[derive(Clone, Debug)]
pub(in crate::tones) struct Crisp {
    tiles: usize,
    bits: Vec<u64>,
}

impl Crisp {
    /// None is.
    pub(super) fn new(tiles: usize) -> Self {
        Self { tiles, bits: vec![0; tiles.div_ceil(WORD)] }
    }

    /// The tiles of a word that there are.
    fn all(&self, word: usize) -> u64 {
        let left = self.tiles.saturating_sub(word * WORD);
        if left >= WORD { u64::MAX } else { (1 << left) - 1 }
    }

    /// Decides for `here`. Until then it is the answer for `above`.
    pub(super) fn decide(&mut self, above: &Kinds, here: &Kinds, below: &Kinds) {
        if here.plain && below.plain {
            // Paper and ink alone: what reaches it from above reaches all of it.
            let reached = self.bits.iter().any(|bits| *bits != 0);
            for word in 0..self.bits.len() {
                let all = self.all(word);
                self.bits.get_mut(word).into_iter().for_each(|bits| *bits = if reached { all } else { 0 });
            }
            return;
        }
        for word in 0..self.bits.len() {
            let [over, level, under] = [above, here, below].map(|kinds| beside(|word| at(&kinds.tonal, word), word));
            let ((over_ones, over_twos), (under_ones, under_twos)) = (sum(over), sum(under));
            let (level_ones, level_twos) = sum([level[0], level[2], 0]);
            let (ones, more_twos) = sum([over_ones, under_ones, level_ones]);
            let (twos, fours) = sum([over_twos, under_twos, level_twos]);
            let (twos, more_fours) = (twos ^ more_twos, twos & more_twos);
            let (fours, eights) = (fours ^ more_fours, fours & more_fours);
            // Five tonal ones of the eight around make a crisp one doubtful.
            let doubtful = eights | fours & (ones | twos);
            let no_tones = !(ones | twos | fours | eights);

            let rim = |side: usize| here.rims.get(side).map_or(0, |rim| at(rim, word));
            let [before, ..] = beside(|word| here.tonal_rim(3, word), word);
            let [.., after] = beside(|word| here.tonal_rim(2, word), word);
            let is_rim = rim(0) & above.tonal_rim(1, word)
                | rim(1) & below.tonal_rim(0, word)
                | rim(2) & before
                | rim(3) & after;

            let text_below = beside(|word| below.text(word), word).into_iter().fold(0, |any, text| any | text);
            let edges = at(&here.edges, word);
            let plain = !(edges | level[1]);
            let all = self.all(word);
            if let Some(bits) = self.bits.get_mut(word) {
                *bits = (edges & !doubtful & !is_rim | plain & (*bits | no_tones & text_below)) & all;
            }
        }
        self.pass_on(here);
    }

    /// Plain tiles become crisp beside a crisp one: along the row, first to the right and then to the left.
    fn pass_on(&mut self, here: &Kinds) {
        let words = self.bits.len();
        let plain = |word: usize| !(at(&here.tonal, word) | at(&here.edges, word));
        let mut carried = 0;
        for word in 0..words {
            let mut open = plain(word) & self.all(word);
            let Some(bits) = self.bits.get_mut(word) else { continue };
            let mut crisp = *bits | carried & open;
            for step in [1, 2, 4, 8, 16, 32] {
                crisp |= crisp << step & open;
                open &= open << step;
            }
            *bits = crisp;
            carried = crisp >> (WORD - 1);
        }
        carried = 0;
        for word in (0..words).rev() {
            let mut open = plain(word) & self.all(word);
            let Some(bits) = self.bits.get_mut(word) else { continue };
            let mut crisp = *bits | carried << (WORD - 1) & open;
            for step in [1, 2, 4, 8, 16, 32] {
                crisp |= crisp >> step & open;
                open &= open >> step;
            }
            *bits = crisp;
            carried = crisp & 1;
        }
    }

    /// The pixels of neighbouring tiles that are not crisp, as ranges, in a row of `width` pixels.
    pub(in crate::tones) fn tonal_ranges(&self, width: usize, ranges: &mut Vec<Range<usize>>) {
        ranges.clear();
        for (word, bits) in self.bits.iter().enumerate() {
            let mut tonal = !bits & self.all(word);
            while tonal != 0 {
                let first = tonal.trailing_zeros();
                let length = (tonal >> first).trailing_ones();
                tonal &= u64::MAX.checked_shl(first + length).unwrap_or(0);
                let tile = |bit: u32| (word * WORD + bit as usize) * SIDE;
                let (from, to) = (tile(first), tile(first + length).min(width));
                match ranges.last_mut() {
                    Some(last) if last.end == from => last.end = to,
                    _ => ranges.push(from..to),
                }
            }
        }
    }

    /// Tile for tile.
    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = bool> + '_ {
        (0..self.tiles).map(|tile| at(&self.bits, tile / WORD) >> (tile % WORD) & 1 == 1)
    }
}
