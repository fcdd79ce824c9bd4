//! The only part of Floyd–Steinberg where a pixel waits for the one before it.
//!
//! Ranges that pass no error to each other are worked on four at a time: a processor has room for that while it waits for
//! the pixels before. For a range alone, what must go from pixel to pixel is kept as short as it can be.

use super::{MIDDLE, WHITE_SEVEN};
use std::ops::Range;

/// Passes error along the ranges of a row.
pub(super) fn run(row: &mut [i16], ranges: &[Range<usize>], leftwards: bool) {
    let (fours, rest) = ranges.as_chunks::<4>();
    for four in fours {
        let places = four.each_ref().map(Range::clone);
        if let Ok(places) = row.get_disjoint_mut(places) {
            together(places, leftwards);
        }
    }
    for range in rest {
        let places = row.get_mut(range.clone()).unwrap_or_default();
        if leftwards {
            diffuse(places.iter_mut().rev());
        } else {
            diffuse(places.iter_mut());
        }
    }
}

/// Four ranges: side by side while all of them have pixels, and then one by one.
fn together(places: [&mut [i16]; 4], leftwards: bool) {
    let common = places.iter().map(|places| places.len()).min().unwrap_or(0);
    let mut wanted = [0; 4];
    if leftwards {
        let [a, b, c, d] = places.map(|places| places.split_at_mut(places.len() - common));
        if let (Some(a), Some(b), Some(c), Some(d)) =
            (a.1.get_mut(..common), b.1.get_mut(..common), c.1.get_mut(..common), d.1.get_mut(..common))
        {
            for at in (0..common).rev() {
                step([&mut a[at], &mut b[at], &mut c[at], &mut d[at]], &mut wanted);
            }
        }
        for (rest, wanted) in [a.0, b.0, c.0, d.0].into_iter().zip(wanted) {
            along(rest.iter_mut().rev(), wanted);
        }
    } else {
        let [a, b, c, d] = places.map(|places| places.split_at_mut(common));
        if let (Some(a), Some(b), Some(c), Some(d)) =
            (a.0.get_mut(..common), b.0.get_mut(..common), c.0.get_mut(..common), d.0.get_mut(..common))
        {
            for at in 0..common {
                step([&mut a[at], &mut b[at], &mut c[at], &mut d[at]], &mut wanted);
            }
        }
        for (rest, wanted) in [a.1, b.1, c.1, d.1].into_iter().zip(wanted) {
            along(rest.iter_mut(), wanted);
        }
    }
}

#[inline(always)]
fn step(places: [&mut i16; 4], wanted: &mut [i32; 4]) {
    for (place, wanted) in places.into_iter().zip(wanted) {
        *wanted = next(*place, *wanted);
        // See the head of the file above.
        #[allow(clippy::cast_possible_truncation)]
        {
            *place = *wanted as i16;
        }
    }
}

/// What a pixel wants when the one before it wanted `before`.
///
/// A pixel passes on `wanted / 2 − wanted / 16`, and `7/16 · 255` levels less if it is white. Written so that neither the
/// comparison nor the halves wait for one another.
#[inline(always)]
fn next(here: i16, before: i32) -> i32 {
    let here = i32::from(here);
    let here = if before < i32::from(MIDDLE) { here } else { here - i32::from(WHITE_SEVEN) };
    here + ((before >> 1) - (before >> 4))
}

/// Passes error along a row, in the order of `places`.
#[inline(always)]
pub(super) fn diffuse<'a>(places: impl Iterator<Item = &'a mut i16>) {
    along(places, 0);
}

#[inline(always)]
fn along<'a>(places: impl Iterator<Item = &'a mut i16>, mut wanted: i32) {
    for place in places {
        wanted = next(*place, wanted);
        #[allow(clippy::cast_possible_truncation)] // see the head of the file above
        {
            *place = wanted as i16;
        }
    }
}
