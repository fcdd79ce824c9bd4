//! Pictures of every kind, depth and size.

pub mod bmp;
pub mod jpeg;
pub mod png;

use crate::Document;
use crate::codes::{BAR_TEXT, Modules, QR_TEXT, code128, qr};
use image::codecs::gif::{GifEncoder, Repeat};
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, Frame, GrayImage, ImageFormat, Luma, RgbImage, RgbaImage};
use std::io::Cursor;

/// All pictures.
pub fn documents() -> Vec<Document> {
    let mut all = png::documents();
    all.extend(jpeg::documents());
    all.extend(bmp::documents());
    all.extend(animations());
    all.extend(webps());
    all.extend(codes());
    all
}

fn colours(width: u32, height: u32) -> RgbImage {
    let sample = png::scene(width, height);
    RgbImage::from_fn(width, height, |x, y| image::Rgb([sample(x, y, 0), sample(x, y, 1), sample(x, y, 2)]))
}

/// Opaque in the middle.
fn veiled(width: u32, height: u32) -> RgbaImage {
    let sample = png::scene(width, height);
    RgbaImage::from_fn(width, height, |x, y| {
        image::Rgba([sample(x, y, 0), sample(x, y, 1), 200, if x * 3 > width { 255 } else { 0 }])
    })
}

/// A picture in a format of the library.
pub fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn animations() -> Vec<Document> {
    let mut animated = Vec::new();
    let mut encoder = GifEncoder::new(&mut animated);
    encoder.set_repeat(Repeat::Infinite).unwrap();
    encoder.encode_frames([30, 31].map(|width| Frame::new(veiled(width, 25)))).unwrap();
    drop(encoder);
    let gif = |picture: DynamicImage| encoded(&picture, ImageFormat::Gif);
    vec![
        Document::new("animated.gif", animated),
        Document::new("colours.gif", gif(DynamicImage::ImageRgba8(DynamicImage::from(colours(80, 50)).to_rgba8()))),
        Document::new("veiled.gif", gif(veiled(64, 64).into())),
        Document::new("size-1x1.gif", gif(veiled(1, 1).into())),
        Document::new("strip.gif", gif(veiled(200, 4).into())),
    ]
}

fn webps() -> Vec<Document> {
    let webp = |picture: DynamicImage| {
        let mut bytes = Vec::new();
        picture.write_with_encoder(WebPEncoder::new_lossless(&mut bytes)).unwrap();
        bytes
    };
    vec![
        Document::new("colours.webp", webp(colours(70, 44).into())),
        Document::new("veiled.webp", webp(veiled(70, 44).into())),
        Document::new("grey.webp", webp(DynamicImage::from(colours(33, 90)).to_luma8().into())),
        Document::new("size-1x1.webp", webp(colours(1, 1).into())),
        // Lossy, one grey block: the smallest that a writer makes.
        Document::new("lossy.webp", LOSSY.to_vec()),
    ]
}

/// A lossy WebP of one pixel.
const LOSSY: &[u8] =
    b"RIFF\x22\0\0\0WEBPVP8 \x16\0\0\0\x30\x01\0\x9d\x01\x2a\x01\0\x01\0\x0e\xc0\xfe\x25\xa4\0\x03p\0\0\0\0\0";

/// A picture of a code, `dots` pixels a module, in a quiet zone of `quiet` modules.
pub fn code_picture(code: &Modules, dots: u32, tall: u32, quiet: u32) -> GrayImage {
    let (width, height) = (code.width as u32 + 2 * quiet, code.height() as u32 * tall + 2 * quiet);
    GrayImage::from_fn(width * dots, height * dots, |x, y| {
        let (x, y) = ((x / dots).wrapping_sub(quiet), (y / dots).wrapping_sub(quiet) / tall);
        Luma([if code.is_dark(x as usize, y as usize) { 0 } else { 255 }])
    })
}

fn codes() -> Vec<Document> {
    let png = |picture: GrayImage| encoded(&picture.into(), ImageFormat::Png);
    vec![
        Document::new("code-qr.png", png(code_picture(&qr(QR_TEXT), 4, 1, 4))),
        Document::new("code-128.png", png(code_picture(&code128(BAR_TEXT), 2, 30, 10))),
    ]
}

/// A QR code as a phone sees it: grey, uneven light, a little noise, and modules that are no whole number of pixels.
pub fn photographed_code() -> Vec<u8> {
    let code = qr(crate::codes::QR_TEXT);
    let grains = crate::noise(21, 900 * 900);
    // Modules of 19.3 pixels, sampled at thirds of a pixel, so that edges are grey.
    let photo = GrayImage::from_fn(900, 900, |x, y| {
        let dark = (0..9_u32).filter(|third| {
            let at = |pixel: u32, part: u32| (((pixel * 3 + part) * 10 / 579) as usize).wrapping_sub(4);
            code.is_dark(at(x, third % 3), at(y, third / 3))
        });
        let light = 225 - (x + y) / 24;
        let tone = light - (light - 40) * dark.count() as u32 / 9;
        Luma([(tone + u32::from(grains[(y * 900 + x) as usize] % 13)).min(255).to_le_bytes()[0]])
    });
    encoded(&photo.into(), ImageFormat::Png)
}
