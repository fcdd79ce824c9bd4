//! The same dots with nothing left out: every row is worked on from side to side. The reference for what is quicker.

use super::chains::diffuse;
use super::{FloydSteinberg, WHITE, gather, settle, spread};
use std::ops::Range;

impl FloydSteinberg {
    /// One row. Pixels outside of `tonal` (ranges in order, apart from each other) are black below `limit`, and no error
    /// goes to them or comes from them.
    pub(in crate::tones) fn row_slowly(&mut self, grey: &[u8], tonal: &[Range<usize>], limit: u8, dots: &mut Vec<u8>) {
        let Self { width, row, waiting, leftwards, .. } = self;
        gather(grey, waiting, row);
        let mut from = 0;
        for crisp in tonal.iter().cloned().chain(std::iter::once(*width..*width)) {
            let between = from..crisp.start;
            let places = row.iter_mut().skip(1).zip(grey).take(between.end).skip(between.start);
            places.for_each(|(place, grey)| *place = if *grey < limit { 0 } else { WHITE });
            from = crisp.end;
        }
        for range in tonal {
            let places = row.get_mut(range.start + 1..range.end + 1).unwrap_or_default();
            if *leftwards {
                diffuse(places.iter_mut().rev());
            } else {
                diffuse(places.iter_mut());
            }
        }
        spread(row, waiting, *leftwards);
        for range in tonal {
            self.keep(range);
        }
        settle(&self.row, &mut self.lit);
        let packed =
            |eight: &[u8]| eight.iter().enumerate().map(|(x, lit)| u8::from(*lit < 128) << (7 - x)).sum::<u8>();
        dots.extend(self.lit.chunks(8).map(packed));
        self.leftwards = !self.leftwards;
    }
}
