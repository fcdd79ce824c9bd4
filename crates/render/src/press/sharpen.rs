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
    /// From a value to the same one of the next dot: 1 in grey, 3 in colour.
    step: usize,
    /// In 64ths: 128 at the most, which doubles a difference and adds it.
    amount: i32,
    above: Vec<u8>,
    here: Vec<u8>,
    /// The column sums `above + 2·here + below` with a dot more at either side.
    sums: Vec<i32>,
}

impl Sharpen {
    /// For rows of `width` values, `step` of them a dot; `sharpness` is that of the options, 0–100. None if there is nothing to do.
    pub(super) fn new(width: usize, step: usize, sharpness: u8) -> Option<Self> {
        let amount = i32::from(sharpness) * 128 / 100;
        (amount > 0 && width >= step).then(|| Self {
            width,
            step,
            amount,
            above: Vec::new(),
            here: Vec::new(),
            sums: vec![0; width + 2 * step],
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
        let Some((left, rest)) = self.sums.split_at_mut_checked(self.step) else { return };
        let Some((middle, right)) = rest.split_at_mut_checked(self.width) else { return };
        for (((sum, &above), &here), &below) in middle.iter_mut().zip(&self.above).zip(&self.here).zip(below) {
            *sum = i32::from(above) + 2 * i32::from(here) + i32::from(below);
        }
        left.iter_mut().zip(middle.iter()).for_each(|(beyond, edge)| *beyond = *edge);
        right.iter_mut().rev().zip(middle.iter().rev()).for_each(|(beyond, edge)| *beyond = *edge);
        let from = |place: usize| self.sums.get(place..).unwrap_or_default();
        let around = from(0).iter().zip(from(self.step)).zip(from(2 * self.step));
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
        let mut sharpen = Sharpen::new(width, 1, sharpness).unwrap();
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
    fn each_value_of_a_colour_is_sharpened_like_a_grey() {
        let greys: Vec<Vec<u8>> = (1..=3_u32)
            .map(|seed| (0..6 * 5_u32).map(|at| (at * at * 31 * seed % 251).to_le_bytes()[0]).collect())
            .collect();
        let together: Vec<u8> = (0..30).flat_map(|at| [greys[0][at], greys[1][at], greys[2][at]]).collect();
        let mut out = Vec::new();
        let mut sharpen = Sharpen::new(18, 3, 70).unwrap();
        sharpen.push(&together, &mut out);
        sharpen.finish(&mut out);
        for (place, grey) in greys.iter().enumerate() {
            let of_it: Vec<u8> = out.iter().skip(place).step_by(3).copied().collect();
            assert_eq!(of_it, sharpened(6, grey, 70), "{place}");
        }
    }

    #[test]
    fn every_row_comes_out_once_however_they_came_in() {
        let grey: Vec<u8> = (0..7 * 9_u32).map(|at| (at * at * 31 % 251).to_le_bytes()[0]).collect();
        let whole = sharpened(7, &grey, 80);
        assert_eq!(whole.len(), grey.len());
        let (mut out, mut sharpen) = (Vec::new(), Sharpen::new(7, 1, 80).unwrap());
        for row in grey.chunks(7) {
            sharpen.push(row, &mut out);
        }
        sharpen.finish(&mut out);
        assert_eq!(out, whole);
        assert_eq!(sharpened(1, &[9, 200], 100).len(), 2);
        assert!(sharpened(3, &[], 100).is_empty());
        assert!(Sharpen::new(7, 1, 0).is_none());
    }
}
