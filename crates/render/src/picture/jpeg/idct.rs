//! From coefficients to brightness, at full size or at a half, a quarter or an eighth of it.
//!
//! Source: ITU-T T.81 section A.3.3. A block of N × N pixels is made from the N × N lowest coefficients: the same sum
//! with N for 8, so that brightness stays and only what is finer than a pixel is left out. Whole numbers with 12 bits
//! after the point.

use super::huffman::BLOCK;

/// Place in the block, row by row, of each coefficient as they are stored.
pub(super) const ZIGZAG: [u8; BLOCK] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// Coefficients times their quantisation, row by row. None is beyond [`MOST`].
pub(super) type Block = [i32; BLOCK];

/// Far more than eight bits a sample can give: beyond it sums could leave 32 bits.
pub(super) const MOST: i32 = 4096;

/// Bits after the point of a cosine.
const POINT: u32 = 12;
/// Bits after the point between the two passes.
const BETWEEN: u32 = 3;

/// cos(kπ/16), for k from 1 to 7, with 12 bits after the point.
const C1: i32 = 4017;
const C2: i32 = 3784;
const C3: i32 = 3406;
const C4: i32 = 2896;
const C5: i32 = 2276;
const C6: i32 = 1567;
const C7: i32 = 799;

/// The last coefficient, as they are stored, that a block of `size` × `size` pixels needs.
pub(super) fn last_needed(size: usize) -> usize {
    match size {
        1 => 0,
        2 => 4,
        4 => 24,
        _ => 63,
    }
}

/// Writes `size` × `size` pixels to the left of `out`, whose rows are `stride` apart.
pub(super) fn pixels(block: &Block, size: usize, out: &mut [u8], stride: usize) {
    match size {
        1 => write(out, stride, &[[level(block[0], 3)]]),
        2 => {
            let [a, b, c, d] = [block[0], block[1], block[8], block[9]];
            let pixel = |sum| level(sum, 3);
            write(
                out,
                stride,
                &[[pixel(a + b + c + d), pixel(a - b + c - d)], [pixel(a + b - c - d), pixel(a - b - c + d)]],
            );
        }
        4 => write(out, stride, &both_ways(block, four)),
        _ => write(out, stride, &both_ways(block, eight)),
    }
}

/// All pixels of a block that has only its first coefficient.
pub(super) fn flat(first: i32, size: usize, out: &mut [u8], stride: usize) {
    let pixel = level(first, 3);
    for row in out.chunks_mut(stride.max(1)).take(size) {
        if let Some(row) = row.get_mut(..size) {
            row.fill(pixel);
        }
    }
}

fn write<const N: usize>(out: &mut [u8], stride: usize, pixels: &[[u8; N]; N]) {
    for (row, pixels) in out.chunks_mut(stride.max(1)).zip(pixels) {
        if let Some(row) = row.first_chunk_mut() {
            *row = *pixels;
        }
    }
}

/// Brightness from a sum with `point` bits after the point: zero is the middle.
fn level(sum: i32, point: u32) -> u8 {
    let rounded = (sum + (1 << (point - 1))) >> point;
    // Between 0 and 255.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let level = (rounded + 128).clamp(0, 255) as u8;
    level
}

/// Down the columns, then along the rows. `line` gives twice what it should, with [`POINT`] bits after the point.
fn both_ways<const N: usize>(block: &Block, line: impl Fn([i32; N]) -> [i32; N]) -> [[u8; N]; N] {
    let mut rows = [[0; N]; N];
    for (to, from) in rows.iter_mut().zip(block.chunks_exact(8)) {
        for (to, from) in to.iter_mut().zip(from) {
            *to = *from;
        }
    }
    let mut between = [[0; N]; N];
    for x in 0..N {
        let column = line(std::array::from_fn(|y| rows[y][x]));
        for y in 0..N {
            between[y][x] = (column[y] + (1 << (POINT - BETWEEN))) >> (POINT + 1 - BETWEEN);
        }
    }
    between.map(|row| line(row).map(|sum| level(sum, POINT + 1 + BETWEEN)))
}

fn four([a, b, c, d]: [i32; 4]) -> [i32; 4] {
    let (outer, inner) = ((a + c) * C4, (a - c) * C4);
    let (first, second) = (b * C2 + d * C6, b * C6 - d * C2);
    [outer + first, inner + second, inner - second, outer - first]
}

fn eight([a, b, c, d, e, f, g, h]: [i32; 8]) -> [i32; 8] {
    let (sum, difference) = ((a + e) * C4, (a - e) * C4);
    let (wide, narrow) = (c * C2 + g * C6, c * C6 - g * C2);
    let even = [sum + wide, difference + narrow, difference - narrow, sum - wide];
    let odd = [
        b * C1 + d * C3 + f * C5 + h * C7,
        b * C3 - d * C7 - f * C1 - h * C5,
        b * C5 - d * C1 + f * C7 + h * C3,
        b * C7 - d * C5 + f * C3 - h * C1,
    ];
    std::array::from_fn(|at| if at < 4 { even[at] + odd[at] } else { even[7 - at] - odd[7 - at] })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sum as it is written in the standard, in floating point.
    fn exact(block: &Block, size: usize, x: usize, y: usize) -> f64 {
        let term = |u: usize, at: usize| {
            let c = if u == 0 { 0.5_f64.sqrt() } else { 1.0 };
            c * ((2 * at + 1) as f64 * u as f64 * std::f64::consts::PI / (2 * size) as f64).cos()
        };
        let all = (0..size).flat_map(|v| (0..size).map(move |u| (u, v)));
        let sum: f64 = all.map(|(u, v)| f64::from(block[8 * v + u]) * term(u, x) * term(v, y)).sum();
        (sum / 4.0 + 128.0).clamp(0.0, 255.0)
    }

    #[test]
    fn every_size_is_the_sum_of_the_standard() {
        let mut seed = 1_u32;
        let mut random = |most: i32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            i32::try_from(seed >> 8).unwrap() % (2 * most + 1) - most
        };
        for round in 0..200 {
            let mut block = [0; BLOCK];
            for place in 0..=round % 64 {
                block[usize::from(ZIGZAG[place])] =
                    random(if place == 0 { 1000 } else { 300 / (1 + i32::try_from(place).unwrap() / 8) });
            }
            for size in [1, 2, 4, 8] {
                let mut out = vec![0; 10 * size];
                pixels(&block, size, &mut out, 10);
                for (y, x) in (0..size).flat_map(|y| (0..size).map(move |x| (y, x))) {
                    let (found, expected) = (f64::from(out[10 * y + x]), exact(&block, size, x, y));
                    assert!((found - expected).abs() < 0.6, "size {size}, {x}, {y}: {found} for {expected}");
                }
            }
        }
    }

    #[test]
    fn a_flat_block_is_flat_and_the_largest_sums_fit() {
        for first in [-1024, -500, 0, 3, 5, 1016] {
            for size in [1, 2, 4, 8] {
                let mut block = [0; BLOCK];
                block[0] = first;
                let (mut a, mut b) = (vec![0; 8 * size], vec![0; 8 * size]);
                pixels(&block, size, &mut a, 8);
                flat(first, size, &mut b, 8);
                assert_eq!(a, b, "{first} at size {size}");
            }
        }
        for signs in 0..64_u64 {
            let block = std::array::from_fn(|i| if signs.rotate_left(7) >> (i % 64) & 1 == 1 { MOST } else { -MOST });
            for size in [1, 2, 4, 8] {
                pixels(&block, size, &mut [0; 64], 8);
            }
        }
    }

    #[test]
    fn the_needed_coefficients_are_all_within_the_corner() {
        for size in [1, 2, 4, 8] {
            let inside = |place: &u8| usize::from(*place) % 8 < size && usize::from(*place) / 8 < size;
            assert_eq!(ZIGZAG.iter().rposition(inside), Some(last_needed(size)));
        }
    }
}
