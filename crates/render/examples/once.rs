//! Renders a document a number of times and tells the milliseconds of each: `once FILE [WIDTH [DPI [TIMES [OUT.pbm]]]]`.
//!
//! The first figure is what a fresh process pays, the others what a process pays that has its fonts open. With `OUT.pbm`
//! the first page is kept, to look at.
#![allow(clippy::disallowed_methods)] // a program beside the crate: it reads its arguments and looks at the clock

use platen_model::{DocumentName, PageOptions};
use platen_render::{Target, render};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("a file, please")?;
    let mut number = |otherwise: u32| {
        arguments.next().map_or(Ok(otherwise), |argument| argument.parse()).map_err(|_| "a number, please")
    };
    let target = Target { width_dots: number(384)?, dpi: number(203)?, dot_gain: 0, across: false };
    let times = number(1)?;
    let bytes = std::fs::read(&path)?;
    let name = DocumentName::new(&path);
    for time in 0..times {
        let start = Instant::now();
        let rendered = render(&bytes, &name, &target, &PageOptions::default())?;
        println!("{:.2} ms, {} pages", start.elapsed().as_secs_f64() * 1000.0, rendered.pages.len());
        if time == 0
            && let (Some(out), Some(page)) = (arguments.next(), rendered.pages.first())
        {
            let mut picture = format!("P4\n{} {}\n", page.width(), page.height()).into_bytes();
            picture.extend_from_slice(page.bytes());
            std::fs::write(out, picture)?;
        }
    }
    Ok(())
}
