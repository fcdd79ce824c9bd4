//! Grey is scaled in linear light, row by row: half black dots and half white are the mean of light, not of codes.
//!
//! ```text
//! row of codes ─light─▶ scaled across ─▶ the rows that a filter reaches ─scaled down─▶ row of codes
//! ```
//!
//! Source: IEC 61966-2-1 (sRGB). The filter is Catmull–Rom, stretched over what a dot covers: sharp, and a plain
//! polynomial, so its weights are the same on every machine (a windowed sine would come from the platform's mathematics
//! library). Pixels are whole numbers. A row leaves as soon as the last row that it needs has come; held are the rows
//! that the filter reaches, at the width of the target. Deliberately absent: several cores.

use crate::error::RenderError;
use crate::grey::Grey;
use crate::leaf::Rows;
use std::collections::VecDeque;

/// sRGB codes as linear light, 65,535 for white.
const LINEAR: [u16; 256] = [
    0, 20, 40, 60, 80, 99, 119, 139, 159, 179, 199, 219, 241, 264, 288, 313, 340, 367, 396, 427, 458, 491, 526, 562,
    599, 637, 677, 718, 761, 805, 851, 898, 947, 997, 1048, 1101, 1156, 1212, 1270, 1330, 1391, 1453, 1517, 1583, 1651,
    1720, 1790, 1863, 1937, 2013, 2090, 2170, 2250, 2333, 2418, 2504, 2592, 2681, 2773, 2866, 2961, 3058, 3157, 3258,
    3360, 3464, 3570, 3678, 3788, 3900, 4014, 4129, 4247, 4366, 4488, 4611, 4736, 4864, 4993, 5124, 5257, 5392, 5530,
    5669, 5810, 5953, 6099, 6246, 6395, 6547, 6700, 6856, 7014, 7174, 7335, 7500, 7666, 7834, 8004, 8177, 8352, 8528,
    8708, 8889, 9072, 9258, 9445, 9635, 9828, 10022, 10219, 10417, 10619, 10822, 11028, 11235, 11446, 11658, 11873,
    12090, 12309, 12530, 12754, 12980, 13209, 13440, 13673, 13909, 14146, 14387, 14629, 14874, 15122, 15371, 15623,
    15878, 16135, 16394, 16656, 16920, 17187, 17456, 17727, 18001, 18277, 18556, 18837, 19121, 19407, 19696, 19987,
    20281, 20577, 20876, 21177, 21481, 21787, 22096, 22407, 22721, 23038, 23357, 23678, 24002, 24329, 24658, 24990,
    25325, 25662, 26001, 26344, 26688, 27036, 27386, 27739, 28094, 28452, 28813, 29176, 29542, 29911, 30282, 30656,
    31033, 31412, 31794, 32179, 32567, 32957, 33350, 33745, 34143, 34544, 34948, 35355, 35764, 36176, 36591, 37008,
    37429, 37852, 38278, 38706, 39138, 39572, 40009, 40449, 40891, 41337, 41785, 42236, 42690, 43147, 43606, 44069,
    44534, 45002, 45473, 45947, 46423, 46903, 47385, 47871, 48359, 48850, 49344, 49841, 50341, 50844, 51349, 51858,
    52369, 52884, 53401, 53921, 54445, 54971, 55500, 56032, 56567, 57105, 57646, 58190, 58737, 59287, 59840, 60396,
    60955, 61517, 62082, 62650, 63221, 63795, 64372, 64952, 65535,
];

/// White in linear light. The filter overshoots by at most a quarter, and that still fits into 16 bits with a sign: what
/// is brighter than white after the first pass may be needed by the second.
const WHITE: u16 = 26_000;

/// sRGB codes as linear light.
static LIGHT: [i16; 256] = {
    let mut light = [0; 256];
    let mut code = 0;
    while code < 256 {
        // At most `WHITE`.
        #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
        let value = ((LINEAR[code] as u32 * WHITE as u32 + 32_767) / 65_535) as i16;
        light[code] = value;
        code += 1;
    }
    light
};

/// Linear light as the nearest sRGB code.
static CODES: [u8; WHITE as usize + 1] = {
    let mut codes = [255; WHITE as usize + 1];
    let (mut light, mut code) = (0, 0);
    while light < codes.len() && code < 255 {
        if light * 2 <= LIGHT[code] as usize + LIGHT[code + 1] as usize {
            #[allow(clippy::cast_possible_truncation)] // below 255
            let nearest = code as u8;
            codes[light] = nearest;
            light += 1;
        } else {
            code += 1;
        }
    }
    codes
};

/// Bits of a weight after the point.
const POINT: u32 = 14;

/// Weights that are worked on together.
const LANES: usize = 8;

/// One side of a picture and what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Side {
    /// Pixels that come.
    pub(crate) source: u32,
    /// Where among them the picture begins and ends. Not whole pixels where the source was made smaller by its reader.
    pub(crate) span: (f64, f64),
    /// Dots that are wanted.
    pub(crate) target: u32,
}

impl Side {
    /// All of `source` pixels as `target` dots.
    pub(crate) fn whole(source: u32, target: u32) -> Self {
        Self { source, span: (0.0, source.into()), target }
    }

    fn is_identity(&self) -> bool {
        *self == Self::whole(self.target, self.target)
    }

    /// The first pixel and the weights of each dot in turn.
    fn taps(self) -> impl Iterator<Item = (usize, Vec<i16>)> {
        let (begin, end) = self.span;
        let step = (end - begin) / f64::from(self.target.max(1));
        let stretch = step.max(1.0);
        let last = end.ceil().min(f64::from(self.source)) - 1.0;
        (0..self.target).map(move |dot| {
            let centre = begin + (f64::from(dot) + 0.5) * step;
            let from = (centre - 2.0 * stretch - 0.5).ceil().max(begin.floor()).min(last).max(0.0);
            let to = (centre + 2.0 * stretch - 0.5).floor().min(last).max(from);
            // Both are pixels of the source.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let (first, count) = (from as usize, (to - from) as u32 + 1);
            let curve = (0..count).map(|tap| catmull_rom((from + f64::from(tap) + 0.5 - centre) / stretch));
            (first, fixed(&curve.collect::<Vec<_>>()))
        })
    }
}

fn catmull_rom(x: f64) -> f64 {
    let x = x.abs();
    if x < 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        ((2.5 - 0.5 * x) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
}

/// Weights as whole numbers whose sum is exactly one: flat grey stays what it is. The sums are rounded and not each
/// weight, so that a thousand small weights do not lose a hundred times as much.
fn fixed(curve: &[f64]) -> Vec<i16> {
    let all: f64 = curve.iter().sum();
    let (mut sum, mut before) = (0.0, 0_i32);
    let weights = curve.iter().map(|weight| {
        sum += weight;
        #[allow(clippy::cast_possible_truncation)] // at most a quarter above one
        let now = (sum / all * f64::from(1_u32 << POINT)).round() as i32;
        let weight = now - before;
        before = now;
        i16::try_from(weight).unwrap_or(i16::MAX)
    });
    weights.collect()
}

/// A sum of products as what it means.
fn rounded(sum: i32) -> i32 {
    (sum + (1 << (POINT - 1))) >> POINT
}

/// Scales each row.
struct Across {
    /// A row in linear light, with room behind it for the lanes of the last dots.
    light: Vec<i16>,
    pixels: usize,
    starts: Vec<usize>,
    /// The same number of groups for each dot.
    weights: Vec<[i16; LANES]>,
    groups: usize,
}

impl Across {
    fn new(side: Side) -> Self {
        let taps: Vec<_> = side.taps().collect();
        let groups = taps.iter().map(|(_, weights)| weights.len().div_ceil(LANES)).max().unwrap_or(1).max(1);
        let mut weights = Vec::with_capacity(groups * taps.len());
        for (_, dot) in &taps {
            let mut lanes = dot.iter().copied();
            weights.extend((0..groups).map(|_| [0; LANES].map(|_: i16| lanes.next().unwrap_or(0))));
        }
        let pixels = side.source as usize;
        let starts = taps.iter().map(|(start, _)| *start).collect();
        Self { light: vec![0; pixels + groups * LANES], pixels, starts, weights, groups }
    }

    fn row(&mut self, codes: &[u8], scaled: &mut Vec<i16>) {
        for (light, code) in self.light.iter_mut().take(self.pixels).zip(codes) {
            *light = LIGHT[usize::from(*code)];
        }
        scaled.clear();
        let dots = self.starts.iter().zip(self.weights.chunks_exact(self.groups));
        scaled.extend(dots.map(|(&start, weights)| {
            let (pixels, _) = self.light.get(start..).unwrap_or(&[]).as_chunks::<LANES>();
            let mut sums = [0_i32; LANES / 2];
            for (pixels, weights) in pixels.iter().zip(weights) {
                for (lane, sum) in sums.iter_mut().enumerate() {
                    *sum += i32::from(pixels[2 * lane]) * i32::from(weights[2 * lane])
                        + i32::from(pixels[2 * lane + 1]) * i32::from(weights[2 * lane + 1]);
                }
            }
            let sum = rounded(sums.iter().sum());
            i16::try_from(sum).unwrap_or(if sum < 0 { i16::MIN } else { i16::MAX })
        }));
    }
}

/// Rows come in, rows of the wanted size go out.
pub(crate) struct Scaler {
    /// Nothing, when the rows have the right size already.
    work: Option<Work>,
}

struct Work {
    across: Across,
    down: Box<dyn Iterator<Item = (usize, Vec<i16>)>>,
    /// The first row and the weights of the row that leaves next.
    next: Option<(usize, Vec<i16>)>,
    /// Rows that came, at their new width, the oldest first.
    rows: VecDeque<Vec<i16>>,
    /// The number of the oldest one.
    oldest: usize,
    sums: Vec<i32>,
    codes: Vec<u8>,
}

impl Scaler {
    pub(crate) fn new(across: Side, down: Side) -> Self {
        if across.is_identity() && down.is_identity() {
            return Self { work: None };
        }
        let mut taps = Box::new(down.taps());
        let next = taps.next();
        let (sums, codes) = (vec![0; across.target as usize], vec![0; across.target as usize]);
        let across = Across::new(across);
        Self { work: Some(Work { across, down: taps, next, rows: VecDeque::new(), oldest: 0, sums, codes }) }
    }

    /// Takes the next row of the source and gives the rows that are complete with it.
    pub(crate) fn row(&mut self, codes: &[u8], out: &mut Rows<'_>) -> Result<(), RenderError> {
        match &mut self.work {
            Some(work) => work.row(codes, out),
            None => out(codes),
        }
    }
}

impl Work {
    fn row(&mut self, codes: &[u8], out: &mut Rows<'_>) -> Result<(), RenderError> {
        let first = self.next.as_ref().map_or(usize::MAX, |(first, _)| *first);
        let mut row = Vec::new();
        while self.oldest < first
            && let Some(used) = self.rows.pop_front()
        {
            self.oldest += 1;
            row = used;
        }
        if self.rows.is_empty() && self.oldest < first {
            // No row that is still to come needs this one.
            self.oldest += 1;
            return Ok(());
        }
        self.across.row(codes, &mut row);
        self.rows.push_back(row);
        while let Some((first, weights)) = self.next.take() {
            let skip = first.saturating_sub(self.oldest);
            if self.rows.len() < skip + weights.len() {
                self.next = Some((first, weights));
                break;
            }
            self.sums.fill(0);
            for (row, weight) in self.rows.iter().skip(skip).zip(weights) {
                let weight = i32::from(weight);
                for (sum, light) in self.sums.iter_mut().zip(row) {
                    *sum += i32::from(*light) * weight;
                }
            }
            for (code, sum) in self.codes.iter_mut().zip(&self.sums) {
                let light = rounded(*sum).clamp(0, WHITE.into());
                *code = usize::try_from(light).ok().and_then(|light| CODES.get(light)).copied().unwrap_or(255);
            }
            out(&self.codes)?;
            self.next = self.down.next();
        }
        Ok(())
    }
}

/// `grey` with `width` × `height` pixels, for what is not read by rows.
pub(crate) fn scale(grey: Grey, width: u32, height: u32) -> Grey {
    if (grey.width, grey.height) == (width, height) {
        return grey;
    }
    let mut scaler = Scaler::new(Side::whole(grey.width, width), Side::whole(grey.height, height));
    let mut scaled = Grey::white(width, height);
    let mut free = scaled.pixels.chunks_exact_mut((width as usize).max(1));
    for row in grey.rows() {
        // Whoever takes the rows never refuses one.
        let _ = scaler.row(row, &mut |codes| {
            if let Some(free) = free.next() {
                free.copy_from_slice(codes);
            }
            Ok(())
        });
    }
    scaled
}

/// `row` with each pixel `factor` times: art of two colours keeps its edges.
pub(crate) fn magnify(row: &[u8], factor: usize, wide: &mut Vec<u8>) {
    wide.clear();
    wide.extend(row.iter().flat_map(|&pixel| std::iter::repeat_n(pixel, factor)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_srgb_curve_and_codes_come_back() {
        for code in 0..=255_u8 {
            let light = f64::from(code) / 255.0;
            let linear = if light <= 0.040_45 { light / 12.92 } else { ((light + 0.055) / 1.055).powf(2.4) };
            assert!((f64::from(LINEAR[usize::from(code)]) - linear * 65_535.0).abs() <= 0.51, "{code}");
            let light = LIGHT[usize::from(code)];
            assert!((f64::from(light) - linear * f64::from(WHITE)).abs() <= 0.8, "{code}");
            assert_eq!(CODES[usize::try_from(light).unwrap()], code);
        }
        assert!(CODES.is_sorted());
    }

    #[test]
    fn fine_black_and_white_become_the_grey_of_half_the_light() {
        let pixels: Vec<u8> = (0..64 * 64).map(|i| if (i / 64 + i % 64) % 2 == 0 { 0 } else { 255 }).collect();
        let small = scale(Grey { width: 64, height: 64, pixels }, 8, 8);
        for pixel in small.pixels {
            assert!(pixel.abs_diff(188) <= 2, "{pixel}: half the light has the code 188");
        }
    }

    #[test]
    fn flat_grey_stays_what_it_is_at_every_size() {
        for (width, height) in [(1, 1), (7, 3), (200, 50), (64, 300), (40, 131), (39, 130)] {
            let grey = scale(Grey { width: 40, height: 130, pixels: vec![77; 40 * 130] }, width, height);
            assert_eq!(grey, Grey { width, height, pixels: vec![77; (width * height) as usize] });
        }
    }

    #[test]
    fn a_ramp_stays_a_ramp_in_light() {
        // Equal steps of light, as codes: the filter must neither shift nor bend them.
        let light = |i: i32| usize::try_from(i * 25_000 / 600).unwrap();
        let pixels: Vec<u8> = (0..600).map(|i| CODES[light(i)]).collect();
        let small = scale(Grey { width: 600, height: 1, pixels }, 100, 1);
        for (x, pixel) in small.pixels.iter().enumerate().skip(2).take(96) {
            let expected = CODES[light(6 * i32::try_from(x).unwrap() + 2)]
                .midpoint(CODES[light(6 * i32::try_from(x).unwrap() + 3)]);
            assert!(pixel.abs_diff(expected) <= 1, "{x}: {pixel} for {expected}");
        }
    }

    #[test]
    fn both_sides_are_scaled_alike() {
        let noise = |i: u32| (i.wrapping_mul(2_654_435_761) >> 24).to_le_bytes()[0];
        let grey = Grey { width: 60, height: 60, pixels: (0..3600).map(noise).collect() };
        let turned = Grey { pixels: (0..3600).map(|i| noise(i % 60 * 60 + i / 60)).collect(), ..grey };
        for (size, other) in [(17, 23), (90, 61)] {
            let (a, b) = (scale(grey.clone(), size, other), scale(turned.clone(), other, size));
            for (i, pixel) in a.pixels.iter().enumerate() {
                let (x, y) = (i % size as usize, i / size as usize);
                assert!(pixel.abs_diff(b.pixels[x * other as usize + y]) <= 1, "{x}, {y}");
            }
        }
    }

    #[test]
    fn rows_leave_as_soon_as_their_filter_is_complete() {
        let mut scaler = Scaler::new(Side::whole(10, 5), Side::whole(1000, 100));
        let mut left = 0;
        for came in 1..=1000_usize {
            scaler
                .row(&[100; 10], &mut |_| {
                    left += 1;
                    Ok(())
                })
                .unwrap();
            // Row 0 has its middle at 5 and reaches 20 rows further; those at the end have less below them.
            assert_eq!(left, if came == 1000 { 100 } else { came.saturating_sub(15) / 10 }, "after {came} rows");
        }
    }

    #[test]
    fn a_part_of_a_pixel_at_the_end_counts_as_a_part() {
        // The first of three dots on one and a half pixels is the first of four dots on two.
        let side = Side { source: 2, span: (0.0, 1.5), target: 3 };
        let whole = Side::whole(2, 4);
        assert_eq!(side.taps().next(), whole.taps().next());
    }

    #[test]
    fn magnified_art_has_the_same_two_colours() {
        let mut wide = vec![9];
        magnify(&[0, 255], 2, &mut wide);
        assert_eq!(wide, [0, 0, 255, 255]);
    }
}
