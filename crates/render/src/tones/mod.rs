//! Grey rows become rows of dots.
//!
//! Source: section 2 of the architecture ("tones"). Each tone is a pure function over rows with a memory of the rows
//! before: no allocation per row, whole numbers only, so the same grey gives the same dots on every machine. Grey is
//! taken as it is coded (gamma): on thermal paper dots spread by about as much as the coding darkens the middle tones.
//!
//! Deliberately absent: dot-gain curves per model, and several cores; a faster version must give the bits of this one.

mod atkinson;
mod floyd_steinberg;
mod ordered;
mod threshold;

pub use atkinson::Atkinson;
pub use floyd_steinberg::FloydSteinberg;
pub use ordered::Ordered;
pub use threshold::Threshold;

use platen_model::Dither;

/// Turns grey rows into dots, from the top of a page to its bottom.
pub trait Tone {
    /// One row: `grey` has a byte a pixel (0 black, 255 white), `dots` takes a bit each, the leftmost in bit 7, 1 for
    /// black, and has `ceil(grey.len() / 8)` bytes. Bits beyond the row become 0.
    fn row(&mut self, grey: &[u8], dots: &mut [u8]);
}

/// The tone of that name for rows of `width` pixels. `auto` is decided before; here it is Floyd–Steinberg.
pub fn tone(dither: Dither, width: usize) -> Box<dyn Tone> {
    match dither {
        Dither::Threshold => Box::new(Threshold),
        Dither::Auto | Dither::Mixed | Dither::FloydSteinberg => Box::new(FloydSteinberg::new(width)),
        Dither::Atkinson => Box::new(Atkinson::new(width)),
        // The other ones come with their own files.
        _ => Box::new(Ordered::default()),
    }
}

/// Darker than this is black where nothing else decides.
const MIDDLE: u8 = 128;

/// Packs what `is_black` says of each pixel.
#[inline]
fn pack(grey: &[u8], dots: &mut [u8], mut is_black: impl FnMut(usize, u8) -> bool) {
    for (index, (eight, byte)) in grey.chunks(8).zip(dots.iter_mut()).enumerate() {
        let mut bits = 0;
        for (place, &pixel) in eight.iter().enumerate() {
            bits |= u8::from(is_black(index * 8 + place, pixel)) << (7 - place);
        }
        *byte = bits;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grey wedge, dark to light, `rows` times.
    fn wedge(width: usize, rows: usize) -> Vec<Vec<u8>> {
        let row: Vec<u8> = (0..width).map(|x| u8::try_from(x * 255 / (width - 1)).unwrap()).collect();
        vec![row; rows]
    }

    fn dots(dither: Dither, grey: &[Vec<u8>]) -> Vec<u8> {
        let width = grey[0].len();
        let mut tone = tone(dither, width);
        grey.iter()
            .flat_map(|row| {
                let mut out = vec![0xFF; width.div_ceil(8)];
                tone.row(row, &mut out);
                out
            })
            .collect()
    }

    /// FNV-1a: a fingerprint that needs no library.
    fn fingerprint(bytes: &[u8]) -> u64 {
        bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3))
    }

    #[test]
    fn the_dots_of_a_wedge_are_known() {
        let grey = wedge(64, 32);
        let known = [
            (Dither::Threshold, THRESHOLD),
            (Dither::FloydSteinberg, FLOYD_STEINBERG),
            (Dither::Atkinson, ATKINSON),
            (Dither::Bayer8, ORDERED),
        ];
        for (dither, expected) in known {
            let found = fingerprint(&dots(dither, &grey));
            assert_eq!(found, expected, "{dither}: {found:#018x}");
        }
    }

    // Looked at once as pictures; a change here is a change of every print.
    const THRESHOLD: u64 = 0x499c_c65a_118d_eca5;
    const FLOYD_STEINBERG: u64 = 0xa25b_88a2_4b60_ffdf;
    const ATKINSON: u64 = 0xa6e5_1f96_0c98_df0a;
    const ORDERED: u64 = 0x27ec_be65_67b7_07c5;

    #[test]
    fn diffusion_and_ordered_dots_keep_the_mean_tone() {
        for (dither, bound) in [(Dither::FloydSteinberg, 0.003), (Dither::Bayer8, 0.008)] {
            for level in (0..=255_u8).step_by(5) {
                let out = dots(dither, &vec![vec![level; 128]; 128]);
                let black: u32 = out.iter().map(|byte| byte.count_ones()).sum();
                let printed = 1.0 - f64::from(black) / (128.0 * 128.0);
                let wanted = f64::from(level) / 255.0;
                assert!((printed - wanted).abs() < bound, "{dither} at {level}: {printed} for {wanted}");
            }
        }
    }

    #[test]
    fn black_stays_black_and_white_stays_white() {
        for (dither, _) in Dither::ALL {
            assert!(dots(dither, &vec![vec![0; 40]; 16]).iter().all(|&byte| byte == 0xFF), "{dither}");
            assert!(dots(dither, &vec![vec![255; 40]; 16]).iter().all(|&byte| byte == 0), "{dither}");
        }
    }

    #[test]
    fn bits_beyond_the_row_are_white() {
        for (dither, _) in Dither::ALL {
            assert_eq!(dots(dither, &[vec![0; 11]]), [0xFF, 0b1110_0000], "{dither}");
        }
    }
}
