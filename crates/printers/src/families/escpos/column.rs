//! Rows of dots as columns and back: what `ESC *` carries.
//!
//! ```text
//! rows     0 ─ ─ ─ ─ ─      columns   0    1    2
//!          1 ─ ─ ─ ─ ─                │    │    │     byte 0: rows 0–7, bit 7 on top
//!          …                          │    │    │     byte 1: rows 8–15
//!         23 ─ ─ ─ ─ ─                │    │    │     byte 2: rows 16–23
//! ```

/// Rows in a band of 24-dot columns.
pub(super) const BAND: usize = 24;

/// Appends up to 24 rows of `stride` bytes as columns of three bytes; missing rows are white.
pub(super) fn columns(rows: &[u8], stride: usize, columns: &mut Vec<u8>) {
    let byte = |y: usize, x: usize| rows.get(y * stride + x).copied().unwrap_or(0);
    for x in 0..stride {
        let [top, middle, bottom] = [0, 8, 16].map(|first| transposed(std::array::from_fn(|row| byte(first + row, x))));
        for ((top, middle), bottom) in top.into_iter().zip(middle).zip(bottom) {
            columns.extend([top, middle, bottom]);
        }
    }
}

/// Eight rows of eight dots as eight columns; bit 7 is the first of each.
pub(super) fn transposed(rows: [u8; 8]) -> [u8; 8] {
    // Three rounds of swapping blocks: 1 × 1, 2 × 2, 4 × 4 dots.
    let mut x = u64::from_be_bytes(rows);
    for (shift, mask) in [(7, 0x00AA_00AA_00AA_00AA), (14, 0x0000_CCCC_0000_CCCC), (28, 0x0000_0000_F0F0_F0F0)] {
        let swap = (x ^ (x >> shift)) & mask;
        x ^= swap ^ (swap << shift);
    }
    x.to_be_bytes()
}

/// The form of columns in one `ESC *`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mode {
    /// Bytes in a column: 1 or 3.
    pub(super) bytes: usize,
    /// Dots that one column is wide on paper.
    wide: usize,
    /// Rows that one bit is high on paper.
    high: usize,
}

impl Mode {
    /// The mode of that number: 8 or 24 dots high, single or double density.
    pub(super) fn of(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self { bytes: 1, wide: 2, high: 3 }),
            1 => Some(Self { bytes: 1, wide: 1, high: 3 }),
            32 => Some(Self { bytes: 3, wide: 2, high: 1 }),
            33 => Some(Self { bytes: 3, wide: 1, high: 1 }),
            _ => None,
        }
    }

    /// Dots that `bytes` of columns are wide.
    pub(super) fn width(&self, bytes: usize) -> usize {
        bytes / self.bytes * self.wide
    }

    /// Draws columns into 24 rows of `stride` bytes, from dot `x` on.
    pub(super) fn draw(&self, columns: &[u8], rows: &mut [u8], stride: usize, x: usize) {
        for (index, column) in columns.chunks_exact(self.bytes).enumerate() {
            for (bit, dot) in column.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).enumerate() {
                if dot == 0 {
                    continue;
                }
                for y in bit * self.high..(bit + 1) * self.high {
                    for x in x + index * self.wide..x + (index + 1) * self.wide {
                        if let Some(byte) = rows.get_mut(y * stride + x / 8) {
                            *byte |= 0x80 >> (x % 8);
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_row_becomes_the_first_bit_of_every_column() {
        assert_eq!(transposed([0xFF, 0, 0, 0, 0, 0, 0, 0]), [0x80; 8]);
        assert_eq!(transposed([1, 0, 0, 0, 0, 0, 0, 0x80]), [1, 0, 0, 0, 0, 0, 0, 0x80]);
        let rows = [0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE, 0xF0];
        for (x, column) in transposed(rows).into_iter().enumerate() {
            for (y, row) in rows.into_iter().enumerate() {
                assert_eq!(column >> (7 - y) & 1, row >> (7 - x) & 1, "column {x}, row {y}");
            }
        }
    }

    #[test]
    fn rows_come_back_from_their_columns() {
        let rows: Vec<u8> = (0..48_u8).map(|byte| byte.wrapping_mul(37)).collect();
        let mut sent = Vec::new();
        columns(&rows, 2, &mut sent);
        assert_eq!(sent.len(), 48);
        let mut back = vec![0; 48];
        Mode::of(33).unwrap().draw(&sent, &mut back, 2, 0);
        assert_eq!(back, rows);
    }

    #[test]
    fn coarse_modes_make_larger_dots() {
        let mut rows = vec![0; 24];
        Mode::of(0).unwrap().draw(&[0x80, 0x01], &mut rows, 1, 2);
        let mut expected = [0; 24];
        expected[..3].fill(0x30);
        expected[21..].fill(0x0C);
        assert_eq!(rows, expected);
    }
}
