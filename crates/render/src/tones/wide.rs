//! The same arithmetic with the wide registers of the processor that runs it. The only place with `unsafe` here.
//!
//! All but [`bits`] and [`look`] is the portable code itself, compiled a second time with AVX2: equal by construction. Which of the two
//! runs is decided at run time, and no dot depends on it.
#![allow(unsafe_code)] // a function compiled for AVX2 may be called only where AVX2 is, which is asked before each call

use super::held::{self, BLOCK};
use super::pack::{self, Limits};

/// Declares functions that run `body` compiled for AVX2 where it is there, and as it is elsewhere.
macro_rules! widened {
    ($($(#[$doc:meta])* fn $name:ident($($argument:ident: $type:ty),* $(,)?) = $body:path;)*) => {$(
        $(#[$doc])*
        pub(super) fn $name($($argument: $type),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn avx2($($argument: $type),*) {
                    $body($($argument),*);
                }
                if std::arch::is_x86_feature_detected!("avx2") {
                    // SAFETY: AVX2 is there.
                    return unsafe { avx2($($argument),*) };
                }
            }
            $body($($argument),*);
        }
    )*};
}

widened! {
    /// See [`super::floyd_steinberg::gather`].
    fn gather(grey: &[u8], waiting: &[i16], row: &mut [i16]) = super::floyd_steinberg::gather;
    /// See [`super::floyd_steinberg::decide`].
    fn decide(grey: &[u8], limit: u8, row: &mut [i16]) = super::floyd_steinberg::decide;
    /// See [`super::floyd_steinberg::spread`].
    fn spread(row: &[i16], waiting: &mut [i16], leftwards: bool) = super::floyd_steinberg::spread;
    /// See [`super::floyd_steinberg::settle`].
    fn settle(row: &[i16], lit: &mut [u8]) = super::floyd_steinberg::settle;
    /// See [`super::tiles::extremes`].
    fn extremes(rows: &[&[u8]; 5], out: &mut super::tiles::Extremes) = super::tiles::extremes;
    /// See [`super::tiles::count`].
    fn count(grey: &[u8], extremes: &super::tiles::Extremes, counts: &mut super::tiles::Counts, from: usize)
        = super::tiles::count;
    /// See [`super::diffusion::share`].
    fn share(errors: &[i32], waiting: &mut [i32], taps: &super::diffusion::Taps) = super::diffusion::share;
}

/// Whole blocks of 64 pixels: 1 where a pixel is darker than its limit.
pub(super) fn bits(grey: &[[u8; 64]], limits: &Limits, dots: &mut [[u8; 8]]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2 is there.
        return unsafe { avx2::bits(grey, limits, dots) };
    }
    pack::bits_portable(grey, limits, dots);
}

/// See [`super::held::look_portable`].
pub(super) fn look(blocks: &[[u8; BLOCK]], marks: &mut [u8]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2 is there.
        return unsafe { avx2::look(blocks, marks) };
    }
    held::look_portable(blocks, marks);
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::Limits;
    use crate::tones::held::{BLOCK, GREY, INKED, TONED};
    use crate::tones::tiles::{INK, PAPER};
    use std::arch::x86_64::{
        __m256i, _mm256_add_epi8, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_max_epu8,
        _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_setr_epi8,
        _mm256_shuffle_epi8, _mm256_sub_epi8, _mm256_testz_si256,
    };

    #[target_feature(enable = "avx2")]
    pub(super) fn look(blocks: &[[u8; BLOCK]], marks: &mut [u8]) {
        let all = |byte: u8| _mm256_set1_epi8(byte.cast_signed());
        let (white, one, even) = (all(255), all(1), all(!1));
        let (first_grey, greys) = (all(INK + 1), all(PAPER - INK - 2));
        for (block, mark) in blocks.iter().zip(marks) {
            let (halves, _) = block.as_chunks::<32>();
            let [left, right] = halves else { continue };
            let (left, right) = (load(left), load(right));
            if _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_and_si256(left, right), white)) == -1 {
                *mark = 0;
                continue;
            }
            let next = _mm256_or_si256(_mm256_add_epi8(left, one), _mm256_add_epi8(right, one));
            let is_grey = |pixels| {
                let above = _mm256_sub_epi8(pixels, first_grey);
                _mm256_cmpeq_epi8(_mm256_min_epu8(above, greys), above)
            };
            let grey = _mm256_movemask_epi8(_mm256_or_si256(is_grey(left), is_grey(right))) != 0;
            let toned = _mm256_testz_si256(next, even) == 0;
            *mark = INKED | if toned { TONED } else { 0 } | if grey { GREY } else { 0 };
        }
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn bits(grey: &[[u8; 64]], limits: &Limits, dots: &mut [[u8; 8]]) {
        // The mask has the first pixel lowest, and dots have it highest in their byte: each eight turns round.
        let turned = _mm256_setr_epi8(
            7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8,
        );
        let (limits, _) = limits.as_chunks::<32>();
        for (block, out) in grey.iter().zip(dots) {
            let halves = block.as_chunks::<32>().0.iter().zip(limits).zip(out.as_chunks_mut::<4>().0);
            for ((half, limit), out) in halves {
                let (pixels, limit) = (load(half), load(limit));
                let white = _mm256_cmpeq_epi8(_mm256_max_epu8(pixels, limit), pixels);
                let mask = _mm256_movemask_epi8(_mm256_shuffle_epi8(white, turned));
                *out = (!mask).to_le_bytes();
            }
        }
    }

    #[target_feature(enable = "avx2")]
    fn load(bytes: &[u8; 32]) -> __m256i {
        // SAFETY: 32 bytes can be read there, and this load takes any alignment.
        unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
    }
}
