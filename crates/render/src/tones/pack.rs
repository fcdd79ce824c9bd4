//! Grey or levels into packed rows: the innermost loops of the tones without a memory.
//!
//! Portable code, eight pixels at a time in one 64-bit word; where the processor has more, [`super::wide`] does the same
//! with it. A pattern of limits is 64 pixels wide, which every pattern of ours divides.

use super::wide;

/// A row of a pattern: a pixel darker than its limit is black.
pub(super) type Limits = [u8; 64];

/// Packs whole blocks of 64 pixels.
type Blocks = fn(&[[u8; 64]], &Limits, &mut [[u8; 8]]);

/// Appends a row of bits: 1 where `grey` is darker than the limit at that place. Bits beyond the row are 0.
pub(super) fn bits(grey: &[u8], limits: &Limits, dots: &mut Vec<u8>) {
    let start = dots.len();
    dots.resize(start + grey.len().div_ceil(8), 0);
    if let Some(dots) = dots.get_mut(start..) {
        bits_into(grey, limits, dots, wide::bits);
    }
}

/// Writes such a row, with one limit everywhere, over `dots`: a byte for eight pixels.
pub(super) fn bits_over(grey: &[u8], limit: u8, dots: &mut [u8]) {
    bits_into(grey, &[limit; 64], dots, wide::bits);
}

/// Cuts a row into whole blocks for `blocks`, and a last one that is padded with white.
fn bits_into(grey: &[u8], limits: &Limits, dots: &mut [u8], blocks: Blocks) {
    let (whole, rest) = grey.as_chunks::<64>();
    let (out, last) = dots.as_chunks_mut::<8>();
    blocks(whole, limits, out);
    if !rest.is_empty() {
        let mut padded = [255; 64];
        padded.iter_mut().zip(rest).for_each(|(place, pixel)| *place = *pixel);
        let mut packed = [[0; 8]];
        blocks(&[padded], limits, &mut packed);
        // A rest of 57 pixels or more fills a whole block of dots.
        let last = if last.is_empty() { out.last_mut().map_or(&mut [][..], |block| block) } else { last };
        last.iter_mut().zip(packed.as_flattened()).for_each(|(place, byte)| *place = *byte);
    }
}

/// Whole blocks of 64 pixels, in plain arithmetic.
pub(super) fn bits_portable(grey: &[[u8; 64]], limits: &Limits, dots: &mut [[u8; 8]]) {
    let (limits, _) = limits.as_chunks::<8>();
    for (block, out) in grey.iter().zip(dots) {
        for ((eight, limit), byte) in block.as_chunks::<8>().0.iter().zip(limits).zip(out) {
            *byte = gather(darker(u64::from_le_bytes(*eight), u64::from_le_bytes(*limit)));
        }
    }
}

const HIGH: u64 = 0x8080_8080_8080_8080;

/// The highest bit of each byte: whether that byte of `a` is less than that of `b`.
#[inline]
fn darker(a: u64, b: u64) -> u64 {
    // The low seven bits compare without borrowing from a neighbour; the highest bits decide where they differ.
    let low = (b | HIGH) - (a & !HIGH);
    let above = !a & b;
    let equal = !(a ^ b);
    // `low` has its high bit where b's low bits ≥ a's; "less" needs >, so equality of all low bits is taken out.
    let same = (b & !HIGH) ^ (a & !HIGH);
    let unequal = (same + !HIGH) & HIGH;
    (above | (equal & low & unequal)) & HIGH
}

/// The highest bits of the bytes, that of the first byte highest.
#[inline]
fn gather(high: u64) -> u8 {
    ((high >> 7).wrapping_mul(0x8040_2010_0804_0201) >> 56).to_le_bytes()[0]
}

/// Appends a row of levels, `depth` bits each (2, 4 or 8). Places beyond the row are white.
pub(super) fn levels(levels: &[u8], depth: u8, dots: &mut Vec<u8>) {
    match depth {
        2 => dots.extend(levels.chunks(4).map(|four| {
            let at = |place: usize| four.get(place).copied().unwrap_or(3);
            at(0) << 6 | at(1) << 4 | at(2) << 2 | at(3)
        })),
        4 => dots.extend(levels.chunks(2).map(|two| two.first().unwrap_or(&15) << 4 | two.get(1).unwrap_or(&15))),
        _ => dots.extend_from_slice(levels),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn simply(grey: &[u8], limits: &Limits) -> Vec<u8> {
        let mut out = vec![0; grey.len().div_ceil(8)];
        for (x, pixel) in grey.iter().enumerate() {
            out[x / 8] |= u8::from(*pixel < limits[x % 64]) << (7 - x % 8);
        }
        out
    }

    #[test]
    fn every_way_of_packing_gives_the_same_bits() {
        let mut seed = 1_u32;
        let mut random = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed.to_be_bytes()[0]
        };
        for width in 0..=600 {
            let limits: Limits = std::array::from_fn(|_| random());
            // Many pixels lie at their limit or beside it, where an error would show.
            let grey: Vec<u8> =
                (0..width)
                    .map(|x| {
                        if random() < 128 {
                            random()
                        } else {
                            limits[x % 64].wrapping_add(random() % 3).wrapping_sub(1)
                        }
                    })
                    .collect();
            let expected = simply(&grey, &limits);
            let mut fast = vec![0xAA];
            bits(&grey, &limits, &mut fast);
            assert_eq!(fast[1..], expected, "width {width}");
            let mut portable = vec![0; width.div_ceil(8)];
            bits_into(&grey, &limits, &mut portable, bits_portable);
            assert_eq!(portable, expected, "width {width}, portable");
        }
    }

    #[test]
    fn all_pairs_of_grey_and_limit_compare() {
        for limit in 0..=255 {
            for grey in 0..=255 {
                let mut out = Vec::new();
                bits(&[grey], &[limit; 64], &mut out);
                assert_eq!(out, [if grey < limit { 0x80 } else { 0 }], "{grey} {limit}");
            }
        }
    }

    #[test]
    fn levels_are_packed_from_the_left() {
        let packed = |row: &[u8], depth| {
            let mut out = Vec::new();
            levels(row, depth, &mut out);
            out
        };
        assert_eq!(packed(&[0, 1, 2, 3, 1], 2), [0b00_01_10_11, 0b01_11_11_11]);
        assert_eq!(packed(&[1, 14, 3], 4), [0x1E, 0x3F]);
        assert_eq!(packed(&[7, 200], 8), [7, 200]);
    }
}
