//! Several pages of a document on one page of paper.
//!
//! ```text
//! upright        turned a quarter clockwise: read from the right
//! 1 2 3          4 1
//! 4 5 6          5 2
//!                6 3
//! ```

use super::paper::LEAST;

/// Room between two cells, in tenths of a millimetre.
pub(super) const GUTTER: u16 = 20;

/// Cells in columns and rows, as they lie on the paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) columns: u32,
    pub(super) rows: u32,
    /// Whether it is read with the paper turned a quarter, so that its upper edge is on the right.
    pub(super) across: bool,
}

impl Grid {
    /// The whole paper for one page.
    pub(super) const ONE: Self = Self { columns: 1, rows: 1, across: false };

    /// The ways to lay so many pages on paper that has an end; better ones first where they are equally good.
    pub(super) fn choices(per_sheet: u8) -> &'static [(u32, u32)] {
        match per_sheet {
            2 => &[(1, 2), (2, 1)],
            4 => &[(2, 2)],
            6 => &[(2, 3), (3, 2)],
            8 => &[(2, 4), (4, 2)],
            9 => &[(3, 3)],
            16 => &[(4, 4)],
            _ => &[(1, 1)],
        }
    }

    /// Columns and rows on a roll.
    pub(super) fn on_roll(per_sheet: u8) -> (u32, u32) {
        match per_sheet {
            2 => (2, 1),
            other => Self::choices(other).first().copied().unwrap_or((1, 1)),
        }
    }

    /// Column and row of cell `number` in the order of reading.
    pub(super) fn place(self, number: u32) -> (u32, u32) {
        if self.across {
            (self.columns.saturating_sub(1 + number / self.rows), number % self.rows)
        } else {
            (number % self.columns, number / self.columns)
        }
    }
}

/// Where `count` equal cells lie on a length: the first begins at `start`, the next ones `step` later, each `size` long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Division {
    pub(super) start: u32,
    pub(super) step: u32,
    pub(super) size: u32,
}

impl Division {
    /// Divides `length` with gutters of `gutter`, less where they would take more than an eighth; `None` when the cells
    /// would be too small to draw in. What cannot be divided is left at both ends.
    pub(super) fn new(length: u32, count: u32, gutter: u32) -> Option<Self> {
        let gutter = gutter.min(length / (8 * count.max(1)));
        let size = length.checked_sub(gutter * (count.saturating_sub(1)))?.checked_div(count)?;
        let used = size * count + gutter * count.saturating_sub(1);
        (size >= LEAST).then_some(Self { start: (length - used) / 2, step: size + gutter, size })
    }

    pub(super) fn at(self, index: u32) -> u32 {
        self.start + index * self.step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_in_lines_whichever_way_the_paper_lies() {
        let upright = Grid { columns: 3, rows: 2, across: false };
        let places: Vec<_> = (0..6).map(|cell| upright.place(cell)).collect();
        assert_eq!(places, [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1)]);
        let across = Grid { columns: 2, rows: 3, across: true };
        let places: Vec<_> = (0..6).map(|cell| across.place(cell)).collect();
        assert_eq!(places, [(1, 0), (1, 1), (1, 2), (0, 0), (0, 1), (0, 2)]);
    }

    #[test]
    fn every_number_of_pages_has_that_many_cells() {
        for per_sheet in [1, 2, 4, 6, 8, 9, 16_u8] {
            for &(columns, rows) in Grid::choices(per_sheet).iter().chain([&Grid::on_roll(per_sheet)]) {
                assert_eq!(columns * rows, u32::from(per_sheet));
            }
        }
    }

    #[test]
    fn cells_and_gutters_fill_the_length_evenly() {
        let half = Division::new(384, 2, 16).unwrap();
        assert_eq!((half.at(0), half.at(1), half.size), (0, 200, 184));
        let odd = Division::new(100, 3, 4).unwrap();
        assert_eq!((odd.at(0), odd.at(2) + odd.size, odd.size), (1, 99, 30));
        assert_eq!(Division::new(100, 1, 16).unwrap(), Division { start: 0, step: 112, size: 100 });
        assert_eq!(Division::new(30, 4, 16), None);
    }
}
