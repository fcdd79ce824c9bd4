//! Renders a document and throws the dots away, so that nothing but rendering is measured:
//! `cargo run --release -p platen-render --example pages -- FILE WIDTH [first]`. With `first` it stops after 24 rows.
#![allow(clippy::disallowed_methods)] // a program, not a part of the crate

use platen_model::{DocumentName, PageOptions};
use platen_render::{PageSink, PageSize, Source, Stopped, Target, render_to};

struct Nowhere {
    rows: usize,
    most: usize,
    width: usize,
}

impl PageSink for Nowhere {
    fn begin(&mut self, size: PageSize) -> Result<(), Stopped> {
        self.width = (size.width as usize * usize::from(size.depth) / 8).max(1);
        Ok(())
    }

    fn rows(&mut self, packed: &[u8]) -> Result<(), Stopped> {
        self.rows += packed.len() / self.width;
        if self.rows >= self.most { Err(Stopped) } else { Ok(()) }
    }

    fn end(&mut self) -> Result<(), Stopped> {
        Ok(())
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, file, width, rest @ ..] = arguments.as_slice() else {
        eprintln!("pages FILE WIDTH [first]");
        return;
    };
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) => return eprintln!("{error}"),
    };
    let target = Target { width_dots: width.parse().unwrap_or(384), dpi: 203, dot_gain: 0, across: false };
    let most = if rest.is_empty() { usize::MAX } else { 24 };
    let mut sink = Nowhere { rows: 0, most, width: 1 };
    let result = render_to(&Source::new(&bytes, &DocumentName::new(file)), &target, &PageOptions::default(), &mut sink);
    println!("{} rows, {:?}", sink.rows, result.map(|summary| summary.dither));
}
