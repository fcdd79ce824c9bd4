//! How soon the first band of a document is there: `first_band FILE [WIDTH]` prints one JSON object with the time to the
//! first 24 rows and to the end, in milliseconds, least of 15 runs in one process.
#![allow(clippy::disallowed_methods)] // a measurement reads the clock, the crate itself does not

use platen_model::{Dither, DocumentName, PageOptions};
use platen_render::{PageSink, PageSize, Source, Stopped, Target, render_to};
use std::error::Error;
use std::time::{Duration, Instant};

/// Rows of the first band.
const BAND: usize = 24;

struct Watch {
    began: Instant,
    stride: usize,
    rows: usize,
    first: Option<Duration>,
}

impl PageSink for Watch {
    fn begin(&mut self, size: PageSize) -> Result<(), Stopped> {
        self.stride = (size.width as usize * usize::from(size.depth)).div_ceil(8).max(1);
        Ok(())
    }

    fn rows(&mut self, packed: &[u8]) -> Result<(), Stopped> {
        self.rows += packed.len() / self.stride;
        if self.rows >= BAND {
            self.first.get_or_insert_with(|| self.began.elapsed());
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Stopped> {
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("first_band FILE [WIDTH]")?;
    let width = std::env::args().nth(2).map_or(Ok(384), |width| width.parse())?;
    let bytes = std::fs::read(&file)?;
    let name = DocumentName::new(&file);
    let options = PageOptions { dither: Dither::FloydSteinberg, ..PageOptions::default() };
    let target = Target { width_dots: width, dpi: 203, dot_gain: 0, across: false };
    let (mut first, mut whole) = (f64::MAX, f64::MAX);
    for _ in 0..15 {
        let mut watch = Watch { began: Instant::now(), stride: 1, rows: 0, first: None };
        render_to(&Source::new(&bytes, &name), &target, &options, &mut watch)?;
        let end = watch.began.elapsed();
        first = first.min(watch.first.unwrap_or(end).as_secs_f64() * 1000.0);
        whole = whole.min(end.as_secs_f64() * 1000.0);
    }
    println!("{{\"first\": {first}, \"whole\": {whole}}}");
    Ok(())
}
