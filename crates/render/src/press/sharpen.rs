//! Raises edges: what a pixel differs from its surroundings by is added to it.
//!
//! ```text
//!           1 2 1
//! blurred = 2 4 2 / 16      out = grey + amount · (grey − blurred)
//!           1 2 1
//! ```
//!
//! Holds two rows: a row leaves when the one below it is known. Beyond an edge lies what is on the edge.

/// Rows of one page, sharpened as they come.
#[derive(Clone, Debug)]
pub(super) struct Sharpen {
    width: usize,
    /// In 64ths: 128 at the most, which doubles a difference and adds it.
    amount: i32,
    above: Vec<u8>,
    here: Vec<u8>,
    /// The column sums `above + 2·here + below` with a place more at either side.
    sums: Vec<i32>,
}

impl Sharpen {
    /// For rows of `width` pixels; `sharpness` is that of the options, 0–100. None if there is nothing to do.
    pub(super) fn new(width: usize, sharpness: u8) -> Option<Self> {
        let amount = i32::from(sharpness) * 128 / 100;
        (amount > 0 && width > 0).then(|| Self {
            width,
            amount,
            above: Vec::new(),
            here: Vec::new(),
            sums: vec![0; width + 2],
        })
    }

    /// Takes whole rows and appends those that are finished to `out`.
    pub(super) fn push(&mut self, grey: &[u8], out: &mut Vec<u8>) {
        for row in grey.chunks_exact(self.width) {
            if self.here.is_empty() {
                self.above.extend_from_slice(row);
                self.here.extend_from_slice(row);
                continue;
            }
            self.row(row, out);
            std::mem::swap(&mut self.above, &mut self.here);
            self.here.copy_from_slice(row);
        }
    }

    /// Appends the last row.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        if !self.here.is_empty() {
            let below = self.here.clone();
            self.row(&below, out);
        }
    }

    fn row(&mut self, below: &[u8], out: &mut Vec<u8>) {
        let Some((left, [middle @ .., right])) = self.sums.split_first_mut() else { return };
        for (((sum, &above), &here), &below) in middle.iter_mut().zip(&self.above).zip(&self.here).zip(below) {
            *sum = i32::from(above) + 2 * i32::from(here) + i32::from(below);
        }
        *left = middle.first().copied().unwrap_or(0);
        *right = middle.last().copied().unwrap_or(0);
        let from = |place: usize| self.sums.get(place..).unwrap_or_default();
        let around = from(0).iter().zip(from(1)).zip(from(2));
        out.extend(self.here.iter().zip(around).map(|(&here, ((left, middle), right))| {
            let here = i32::from(here);
            let raised = here + (((here * 16 - (left + 2 * middle + right)) * self.amount) >> 10);
            u8::try_from(raised.clamp(0, 255)).unwrap_or(255)
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sharpened(width: usize, rows: &[u8], sharpness: u8) -> Vec<u8> {
        let mut out = Vec::new();
        let mut sharpen = Sharpen::new(width, sharpness).unwrap();
        sharpen.push(rows, &mut out);
        sharpen.finish(&mut out);
        out
    }

    #[test]
    fn flat_tones_stay_and_edges_rise() {
        for level in [0, 1, 77, 128, 254, 255] {
            assert_eq!(sharpened(5, &[level; 20], 100), [level; 20]);
        }
        let edge: Vec<u8> = [100, 100, 100, 150, 150, 150].repeat(4);
        let out = sharpened(6, &edge, 50);
        assert_eq!(out[..6], out[6..12]);
        assert_eq!((out[0], out[5]), (100, 150), "away from the edge");
        assert!(out[2] < 100 && out[3] > 150, "{out:?}");
        let more = sharpened(6, &edge, 100);
        assert!(more[2] < out[2] && more[3] > out[3]);
    }

    #[test]
    fn every_row_comes_out_once_however_they_came_in() {
        let grey: Vec<u8> = (0..7 * 9_u32).map(|at| (at * at * 31 % 251).to_le_bytes()[0]).collect();
        let whole = sharpened(7, &grey, 80);
        assert_eq!(whole.len(), grey.len());
        let (mut out, mut sharpen) = (Vec::new(), Sharpen::new(7, 80).unwrap());
        for row in grey.chunks(7) {
            sharpen.push(row, &mut out);
        }
        sharpen.finish(&mut out);
        assert_eq!(out, whole);
        assert_eq!(sharpened(1, &[9, 200], 100).len(), 2);
        assert!(sharpened(3, &[], 100).is_empty());
        assert!(Sharpen::new(7, 0).is_none());
    }
}
