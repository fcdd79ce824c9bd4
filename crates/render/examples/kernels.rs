//! How long each tone takes for a pixel, from grey rows to packed rows: `cargo run --release --example kernels`.
//!
//! Each tone gets a page of a photo and a page of a receipt, in bands of 32 rows as the press gives them; the fastest and
//! the middle one of the runs are printed, in nanoseconds a pixel. With `--json` a line of JSON for each.
#![allow(clippy::disallowed_methods)] // a measurement reads the clock, the crate itself does not

use platen_model::Dither;
use platen_render::tones::{Setting, tone};
use std::hint::black_box;
use std::time::Instant;

/// Runs of each tone, after one that is not counted.
const RUNS: usize = 101;

/// A page: small, so that a run ends before a busy machine interrupts it.
const SIZE: (usize, usize) = (384, 512);

/// Rows that are given at a time.
const BAND: usize = 32;

fn main() {
    let json = std::env::args().any(|argument| argument == "--json");
    let pages = [("photo", photo()), ("receipt", receipt())];
    if !json {
        println!("{:16} {:8} {:>5} {:>8} {:>8}", "ns/pixel", "page", "bits", "min", "median");
    }
    for (dither, name) in Dither::ALL.into_iter().filter(|(dither, _)| *dither != Dither::Auto) {
        for depth in [1, 2] {
            for (page, grey) in &pages {
                let (min, median) = measure(&Setting { dither, width: SIZE.0, depth, threshold: 128 }, grey);
                if json {
                    println!(
                        r#"{{"kernel":"{name}","page":"{page}","depth":{depth},"min":{min:.4},"median":{median:.4}}}"#
                    );
                } else {
                    println!("{name:16} {page:8} {depth:5} {min:8.3} {median:8.3}");
                }
            }
        }
    }
}

/// The fastest and the middle run, in nanoseconds a pixel.
fn measure(setting: &Setting, grey: &[u8]) -> (f64, f64) {
    let mut dots = Vec::new();
    let mut run = || {
        let began = Instant::now();
        let mut tone = tone(setting);
        for band in black_box(grey).chunks(setting.width * BAND) {
            dots.clear();
            tone.push(band, &mut dots);
            black_box(&dots);
        }
        dots.clear();
        tone.finish(&mut dots);
        black_box(&dots);
        began.elapsed().as_secs_f64() * 1e9
    };
    run();
    let mut times: Vec<f64> = (0..RUNS).map(|_| run()).collect();
    times.sort_by(f64::total_cmp);
    #[allow(clippy::cast_precision_loss)] // a few million
    let pixels = grey.len() as f64;
    let at = |index: usize| times.get(index).copied().unwrap_or(f64::NAN) / pixels;
    (at(0), at(RUNS / 2))
}

/// Soft tones with some grain.
fn photo() -> Vec<u8> {
    let mut seed = 1_u32;
    (0..SIZE.0 * SIZE.1)
        .map(|at| {
            let (x, y) = (at % SIZE.0, at / SIZE.0);
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let tone = (x * 255 / SIZE.0 + y / 3) % 510;
            let tone = if tone > 255 { 510 - tone } else { tone } + usize::from(seed.to_be_bytes()[0] / 16);
            u8::try_from(tone.min(255)).unwrap_or(255)
        })
        .collect()
}

/// Lines of strokes with smoothed edges, and a photo in the middle.
fn receipt() -> Vec<u8> {
    let mut grey = photo();
    for (at, pixel) in grey.iter_mut().enumerate() {
        let (x, y) = (at % SIZE.0, at / SIZE.0);
        if !(200..300).contains(&y) {
            let stroke = [200, 40, 0, 90, 240].get((x * 7 + y / 32) % 11);
            *pixel = if y % 32 < 22 && x % 48 < 40 { stroke.copied().unwrap_or(255) } else { 255 };
        }
    }
    grey
}
