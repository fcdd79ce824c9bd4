//! What holds for every tone.

use super::*;

/// Every tone that gives dots, at one bit.
fn all() -> impl Iterator<Item = Dither> {
    Dither::ALL.into_iter().map(|(dither, _)| dither).filter(|dither| *dither != Dither::Auto)
}

fn toned(setting: &Setting, grey: &[u8]) -> Vec<u8> {
    let (mut tone, mut dots) = (tone(setting), Vec::new());
    tone.push(grey, &mut dots);
    tone.finish(&mut dots);
    dots
}

fn dots(dither: Dither, width: usize, grey: &[u8]) -> Vec<u8> {
    toned(&Setting { dither, width, depth: 1, threshold: 128 }, grey)
}

/// A generator of numbers that are always the same.
fn random(mut seed: u32) -> impl FnMut() -> u8 {
    move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed.to_be_bytes()[0]
    }
}

/// A grey wedge, dark to light.
fn wedge(width: usize, rows: usize) -> Vec<u8> {
    let row: Vec<u8> = (0..width).map(|x| u8::try_from(x * 255 / (width - 1)).unwrap()).collect();
    row.repeat(rows)
}

/// FNV-1a: a fingerprint that needs no library.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3))
}

#[test]
fn the_dots_of_a_wedge_are_known() {
    // Looked at once as pictures; a change here is a change of every print.
    let known = [
        (Dither::Mixed, 0xd99a_0d16_b65a_e47d_u64),
        (Dither::Threshold, 0x499c_c65a_118d_eca5_u64),
        (Dither::Adaptive, 0xee33_879e_81eb_5925_u64),
        (Dither::FloydSteinberg, 0xd99a_0d16_b65a_e47d_u64),
        (Dither::Atkinson, 0xc958_7e32_5f23_027a_u64),
        (Dither::Jarvis, 0x98a1_84ac_c4d1_68be_u64),
        (Dither::Stucki, 0x30df_33d1_8fd5_9a21_u64),
        (Dither::SierraLite, 0x4c3f_9d18_8c25_178d_u64),
        (Dither::Bayer4, 0x2920_ef7f_96cd_4b25_u64),
        (Dither::Bayer8, 0x27ec_be65_67b7_07c5_u64),
        (Dither::Clustered, 0xdaa3_f23e_4a7b_e3b5_u64),
        (Dither::BlueNoise, 0x20b8_4535_f87b_5579_u64),
    ];
    let found = known.map(|(dither, _)| (dither, fingerprint(&dots(dither, 64, &wedge(64, 32)))));
    assert!(found == known, "{found:#018x?}");
}

#[test]
fn tones_are_kept() {
    // Atkinson loses a quarter of the error by design; thresholds keep no tones.
    let patterns = [Dither::Bayer4, Dither::Bayer8, Dither::Clustered, Dither::BlueNoise];
    let diffusions = [Dither::Mixed, Dither::FloydSteinberg, Dither::Jarvis, Dither::Stucki, Dither::SierraLite];
    for (dither, bound) in
        patterns.map(|dither| (dither, 0.034)).into_iter().chain(diffusions.map(|dither| (dither, 0.006)))
    {
        for level in (0..=255_u8).step_by(5) {
            let out = dots(dither, 128, &[level; 128 * 128]);
            let black: u32 = out.iter().map(|byte| byte.count_ones()).sum();
            let printed = 1.0 - f64::from(black) / (128.0 * 128.0);
            let wanted = f64::from(level) / 255.0;
            assert!((printed - wanted).abs() < bound, "{dither} at {level}: {printed} for {wanted}");
        }
    }
}

#[test]
fn black_stays_black_and_white_stays_white() {
    for dither in all() {
        for depth in [1, 2, 4, 8] {
            let setting = Setting { dither, width: 40, depth, threshold: 128 };
            let (ink, paper) = if depth == 1 { (0xFF, 0) } else { (0, 0xFF) };
            let rows = 16 * 40 * usize::from(depth) / 8;
            assert_eq!(toned(&setting, &[0; 40 * 16]), vec![ink; rows], "{dither}, {depth} bits");
            assert_eq!(toned(&setting, &[255; 40 * 16]), vec![paper; rows], "{dither}, {depth} bits");
        }
    }
}

#[test]
fn bits_beyond_the_row_are_white() {
    for dither in all() {
        assert_eq!(dots(dither, 11, &[0; 11]), [0xFF, 0b1110_0000], "{dither}");
        let setting = Setting { dither, width: 3, depth: 2, threshold: 128 };
        assert_eq!(toned(&setting, &[0; 3]), [0b00_00_00_11], "{dither}");
    }
}

#[test]
fn how_rows_are_cut_changes_no_dot() {
    let mut random = random(3);
    for dither in all() {
        for (width, rows, depth) in [(1, 70, 1), (37, 33, 1), (64, 50, 2), (101, 20, 4), (24, 9, 8)] {
            let setting = Setting { dither, width, depth, threshold: 100 };
            let grey: Vec<u8> = (0..width * rows).map(|_| random()).collect();
            let whole = toned(&setting, &grey);
            assert_eq!(whole.len(), (width * usize::from(depth)).div_ceil(8) * rows, "{dither}, {depth} bits");
            for _ in 0..4 {
                let (mut tone, mut dots, mut rest) = (tone(&setting), Vec::new(), &grey[..]);
                while !rest.is_empty() {
                    let cut = (usize::from(random() % 12) * width).min(rest.len());
                    tone.push(&rest[..cut], &mut dots);
                    rest = &rest[cut..];
                }
                tone.finish(&mut dots);
                assert!(dots == whole, "{dither}, {width} × {rows}, {depth} bits");
            }
        }
    }
}

#[test]
fn no_rows_give_no_dots() {
    for dither in all() {
        for width in [0, 8] {
            assert!(dots(dither, width, &[]).is_empty(), "{dither}");
        }
    }
}
