//! What the tests of this crate share.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)] // each test file is a program of its own and uses its part

use image::{GrayImage, ImageFormat, Luma};
use platen_model::{Bitmap, DocumentName, PageOptions};
use platen_render::{RenderError, Rendered, Target, render};
use std::io::Cursor;

pub const PAPER: Target = Target { width_dots: 384, dpi: 203, dot_gain: 0, across: false };

pub fn name(name: &str) -> DocumentName {
    DocumentName::new(name)
}

pub fn try_render(bytes: &[u8], options: &PageOptions) -> Result<Rendered, RenderError> {
    render(bytes, &name("document"), &PAPER, options)
}

pub fn render_text(text: &str, options: &PageOptions) -> Rendered {
    render(text.as_bytes(), &name("text.txt"), &PAPER, options).unwrap()
}

/// A page as a PNG, black on white.
pub fn as_png(page: &Bitmap) -> Vec<u8> {
    let picture =
        GrayImage::from_fn(page.width(), page.height(), |x, y| Luma([if page.is_black(x, y) { 0 } else { 255 }]));
    encode(&picture.into(), ImageFormat::Png)
}

/// A PNG, black on white, as a page.
pub fn page_of(png: &[u8]) -> Bitmap {
    let picture = image::load_from_memory(png).unwrap().into_luma8();
    let mut page = Bitmap::white(picture.width(), picture.height());
    for (x, y, pixel) in picture.enumerate_pixels() {
        if pixel.0[0] < 128 {
            page.set_black(x, y);
        }
    }
    page
}

pub fn encode(picture: &image::DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}
