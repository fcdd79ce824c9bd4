//! What levels and tones make of whole pages of grey.
#![allow(clippy::unwrap_used, clippy::panic)] // in helpers as in tests

mod common;

use common::{PAPER, render_text};
use flate2::Compression;
use flate2::write::GzEncoder;
use platen_model::{Dither, PageOptions};
use platen_render::{Area, GreyPage, GreySize, Nature, PageSink, PageSize, Stopped, Target, press};
use std::io::Write;

const WIDTH: usize = 384;

/// One page, and how many rows came at the most at a time.
#[derive(Default)]
struct Paper {
    size: Option<PageSize>,
    dots: Vec<u8>,
    largest: usize,
    ended: bool,
}

impl PageSink for Paper {
    fn begin(&mut self, size: PageSize) -> Result<(), Stopped> {
        self.size = Some(size);
        Ok(())
    }
    fn rows(&mut self, packed: &[u8]) -> Result<(), Stopped> {
        self.dots.extend_from_slice(packed);
        self.largest = self.largest.max(packed.len());
        Ok(())
    }
    fn end(&mut self) -> Result<(), Stopped> {
        self.ended = true;
        Ok(())
    }
}

fn pressed_for(target: &Target, grey: &[u8], change: impl FnOnce(&mut PageOptions)) -> Paper {
    let mut options = PageOptions::default();
    change(&mut options);
    let height = u32::try_from(grey.len() / WIDTH).unwrap();
    let content = Area { left: 0, top: 0, width: 384, height };
    let size = GreySize { width: 384, height, colour: false, nature: Nature::Tones, content };
    let mut paper = Paper::default();
    press(&[GreyPage { size, rows: grey.to_vec() }], target, &options, &mut paper).unwrap();
    let row = WIDTH * usize::from(options.depth) / 8;
    assert_eq!(paper.size, Some(PageSize { width: 384, height, depth: options.depth }));
    assert_eq!(paper.dots.len(), row * height as usize);
    assert!(paper.ended);
    paper
}

fn pressed(grey: &[u8], change: impl FnOnce(&mut PageOptions)) -> Vec<u8> {
    pressed_for(&PAPER, grey, change).dots
}

fn toned(grey: &[u8], dither: Dither) -> Vec<u8> {
    pressed(grey, |options| options.dither = dither)
}

fn is_black(dots: &[u8], x: usize, y: usize) -> bool {
    dots[y * WIDTH / 8 + x / 8] & (0x80 >> (x % 8)) != 0
}

/// Real text with smoothed edges: set three times as large, and averaged.
fn text() -> Vec<u8> {
    let lines =
        "2 x Espresso  4.40\n1 x Crème brûlée  5.90\n3 x ชาเย็น  7.50\n1 x 麻婆豆腐  9.80\nThank you, come again!\n";
    let options = PageOptions { width: Some(1152), text_size: 78, ..PageOptions::default() };
    let page = render_text(&lines.repeat(6), &options).pages.remove(0);
    let rows = page.height() / 3;
    (0..rows * 384)
        .map(|at| {
            let (x, y) = (at % 384 * 3, at / 384 * 3);
            let black = (0..9).filter(|place| page.is_black(x + place % 3, y + place / 3)).count();
            u8::try_from(255 - black * 255 / 9).unwrap()
        })
        .collect()
}

/// Soft tones, none of them as light as paper.
fn photo(rows: usize) -> Vec<u8> {
    (0..rows * WIDTH)
        .map(|at| {
            let (x, y) = (at % WIDTH, at / WIDTH);
            let slope = (x + 2 * y) % 400;
            u8::try_from(20 + if slope < 200 { slope } else { 400 - slope }).unwrap()
        })
        .collect()
}

/// Text, a photo, and text, with a little paper between.
fn receipt() -> (Vec<u8>, [usize; 2]) {
    let gap = vec![255; WIDTH * 8];
    let (text, photo) = (text(), photo(320));
    let top = (text.len() + gap.len()) / WIDTH;
    ([&text[..], &gap, &photo, &gap, &text].concat(), [top, top + 320])
}

#[test]
fn text_beside_a_photo_is_as_crisp_as_without_it() {
    let (grey, photo) = receipt();
    let (mixed, crisp) = (toned(&grey, Dither::Mixed), toned(&grey, Dither::Threshold));
    let row = WIDTH / 8;
    assert_eq!(mixed, toned(&grey, Dither::Auto));
    // All but the tiles that the photo's edge lies in.
    assert!(mixed[..(photo[0] - 8) * row] == crisp[..(photo[0] - 8) * row], "the text above");
    assert!(mixed[(photo[1] + 8) * row..] == crisp[(photo[1] + 8) * row..], "the text below");
    assert_ne!(crisp, toned(&grey, Dither::FloydSteinberg));
}

/// By how many white dots the tiles of 16 × 16 are off, at the most and all together.
fn off(dots: &[u8], grey: &[u8]) -> (usize, usize) {
    let tiles = (0..grey.len() / WIDTH).step_by(16).flat_map(|y| (0..WIDTH).step_by(16).map(move |x| (x, y)));
    let off = tiles.map(|(left, top)| {
        let places = || (0..256).map(|at| (left + at % 16, top + at / 16));
        let wanted: usize = places().map(|(x, y)| usize::from(grey[y * WIDTH + x])).sum();
        places().filter(|(x, y)| !is_black(dots, *x, *y)).count().abs_diff(wanted / 255)
    });
    off.fold((0, 0), |(most, sum), off| (most.max(off), sum + off))
}

#[test]
fn a_photo_beside_text_keeps_its_tones_in_every_tile() {
    let (grey, [top, bottom]) = receipt();
    let (mixed, grey) = (toned(&grey, Dither::Mixed), &grey[top * WIDTH..bottom * WIDTH]);
    let beside = off(&mixed[top * WIDTH / 8..bottom * WIDTH / 8], grey);
    let alone = off(&toned(grey, Dither::FloydSteinberg), grey);
    assert!(beside.0 <= alone.0 + 2 && beside.1 <= alone.1 * 21 / 20, "{beside:?}, and alone {alone:?}");
    assert!(beside.1 < 480 * 4, "{beside:?} dots in 480 tiles");
}

#[test]
fn a_photo_alone_is_diffused_as_a_whole() {
    let grey = photo(200);
    assert_eq!(toned(&grey, Dither::Mixed), toned(&grey, Dither::FloydSteinberg));
}

#[test]
fn a_receipt_without_speckles_compresses_better() {
    let (grey, photo) = receipt();
    let size = |dots: &[u8]| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::new(6));
        gzip.write_all(dots).unwrap();
        gzip.finish().unwrap().len()
    };
    let mixed = toned(&grey, Dither::Mixed);
    let (whole, everywhere) = (size(&mixed), size(&toned(&grey, Dither::FloydSteinberg)));
    assert!(whole < everywhere * 3 / 4, "{whole} bytes, and {everywhere} when all is diffused");
    // What it takes is what its parts take: nothing but the photo is diffused.
    let photo = size(&mixed[photo[0] * WIDTH / 8..photo[1] * WIDTH / 8]);
    let text = size(&toned(&text(), Dither::Threshold)) * 2;
    assert!(whole < photo + text, "{whole} bytes for {photo} and {text}");
}

#[test]
fn rows_leave_in_bands_and_not_at_the_end() {
    let grey = photo(400);
    for dither in [Dither::Mixed, Dither::Adaptive, Dither::Jarvis, Dither::BlueNoise] {
        let paper = pressed_for(&PAPER, &grey, |options| options.dither = dither);
        assert!(paper.largest <= 48 * WIDTH / 8, "{dither}: {} bytes at a time", paper.largest);
    }
}

#[test]
fn otsu_finds_the_level_of_a_faint_scan() {
    // Paper of 180, ink of 140: half of the range would print nothing.
    let grey: Vec<u8> = text().iter().map(|pixel| 140 + pixel / 6).collect();
    let expected = toned(&text(), Dither::Otsu);
    assert_eq!(toned(&grey, Dither::Threshold).iter().filter(|byte| **byte != 0).count(), 0);
    let found = toned(&grey, Dither::Otsu);
    let differing: u32 = found.iter().zip(&expected).map(|(a, b)| (a ^ b).count_ones()).sum();
    assert!(differing < 800, "{differing} dots");
    let inverted = pressed(&grey, |options| {
        options.dither = Dither::Otsu;
        options.invert = true;
    });
    let black: u32 = inverted.iter().chain(&found).map(|byte| byte.count_ones()).sum();
    assert!((black as usize).abs_diff(grey.len()) < grey.len() / 50, "inversion comes before the level");
}

#[test]
fn the_threshold_is_the_one_that_was_asked_for() {
    let grey = photo(64);
    for threshold in [1, 60, 128, 255] {
        let dots = pressed(&grey, |options| {
            options.dither = Dither::Threshold;
            options.threshold = threshold;
        });
        for (at, pixel) in grey.iter().enumerate() {
            assert_eq!(is_black(&dots, at % WIDTH, at / WIDTH), *pixel < threshold, "{pixel} at {threshold}");
        }
    }
}

#[test]
fn auto_levels_look_at_the_whole_page() {
    let faint: Vec<u8> = photo(100).iter().map(|pixel| 100 + pixel / 4).collect();
    let black =
        |change: fn(&mut PageOptions)| pressed(&faint, change).iter().map(|byte| byte.count_ones()).sum::<u32>();
    let (plain, levelled) = (black(|_| ()), black(|options| options.auto_levels = true));
    let half = u32::try_from(faint.len() / 2).unwrap();
    assert!(plain.abs_diff(half) < half / 3 && levelled.abs_diff(half) < half / 10, "{plain}, {levelled} of {half}");
    let flat = pressed(&faint, |options| {
        options.auto_levels = true;
        options.dither = Dither::Threshold;
    });
    assert!(flat.iter().any(|byte| *byte != 0) && flat.iter().any(|byte| *byte != 0xFF));
}

#[test]
fn a_head_that_spreads_its_dots_gets_fewer_of_them() {
    let grey = vec![128; WIDTH * 64];
    let black = |dot_gain| {
        let paper = pressed_for(&Target { dot_gain, ..PAPER }, &grey, |_| ());
        f64::from(paper.dots.iter().map(|byte| byte.count_ones()).sum::<u32>()) / (384.0 * 64.0)
    };
    assert!((black(0) - 0.5).abs() < 0.01);
    for gain in [10_i8, 20, -10] {
        let share = black(gain);
        let printed = share + f64::from(gain) / 25.0 * share * (1.0 - share);
        assert!((printed - 0.5).abs() < 0.01, "{gain} %: {share} burned prints as {printed}");
    }
}

#[test]
fn sharpness_raises_edges_and_holds_back_no_row() {
    let grey: Vec<u8> = (0..WIDTH * 50).map(|at| if at % 64 < 32 { 100 } else { 150 }).collect();
    let with = |sharpness| {
        pressed(&grey, |options| {
            options.sharpness = sharpness;
            options.depth = 8;
        })
    };
    assert_eq!(with(0), grey);
    let sharp = with(100);
    assert!(sharp[31] < 100 && sharp[32] > 150 && sharp[16] == 100, "{:?}", &sharp[28..36]);
}

#[test]
fn more_levels_are_spread_by_the_chosen_dither() {
    let grey = photo(96);
    for depth in [2_u8, 4] {
        let most = (1_u16 << depth) - 1;
        let levels = |dither| {
            let dots = pressed(&grey, |options| {
                options.dither = dither;
                options.depth = depth;
            });
            (0..grey.len())
                .map(|at| {
                    let first = at * usize::from(depth);
                    u16::from(dots[first / 8] >> (8 - usize::from(depth) - first % 8)) & most
                })
                .collect::<Vec<_>>()
        };
        let nearest: Vec<_> = grey.iter().map(|pixel| (u16::from(*pixel) * most + 127) / 255).collect();
        assert_eq!(levels(Dither::Threshold), nearest);
        for dither in [Dither::Auto, Dither::FloydSteinberg, Dither::Jarvis, Dither::Bayer8, Dither::BlueNoise] {
            let levels = levels(dither);
            assert_ne!(levels, nearest, "{dither}, {depth} bits");
            let (mut sum, mut wanted) = (0_u64, 0_u64);
            for (level, pixel) in levels.iter().zip(&grey) {
                let (low, high) = (u16::from(*pixel) * most / 255, (u16::from(*pixel) * most).div_ceil(255));
                let reach = u16::from(matches!(dither, Dither::Auto | Dither::FloydSteinberg | Dither::Jarvis));
                assert!((low.saturating_sub(reach)..=high + reach).contains(level), "{dither}: {pixel} became {level}");
                sum += u64::from(*level) * 255 / u64::from(most);
                wanted += u64::from(*pixel);
            }
            assert!(sum.abs_diff(wanted) * 100 < wanted, "{dither}, {depth} bits: {sum} for {wanted}");
        }
    }
    assert_eq!(pressed(&grey, |options| options.depth = 8), grey);
}
