//! Documents that are broken or want to do harm end in a typed error.
#![allow(clippy::unwrap_used, clippy::panic)] // in helpers as in tests

mod common;

use common::{encode, name, try_render};
use image::{DynamicImage, GrayImage, ImageFormat, Luma, RgbImage};
use platen_model::{DocumentKind, PageOptions};
use platen_render::{Excess, Refusal, RenderError, Source, identify};

fn outcome(bytes: &[u8]) -> Result<(), RenderError> {
    try_render(bytes, &PageOptions::default()).map(|_| ())
}

fn svg(body: &str) -> Vec<u8> {
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' width='100' height='100'>{body}</svg>"
    )
    .into_bytes()
}

fn refusal(body: &str) -> Option<Refusal> {
    match outcome(&svg(body)) {
        Err(RenderError::SvgRefused(refusal)) => Some(refusal),
        _ => None,
    }
}

#[test]
fn a_file_cut_off_anywhere_is_damaged_and_never_half_a_picture() {
    let picture = DynamicImage::ImageRgb8(RgbImage::from_fn(40, 30, |x, y| {
        image::Rgb([(x * 6).to_le_bytes()[0], (y * 8).to_le_bytes()[0], (x * y).to_le_bytes()[0]])
    }));
    for (format, kind) in [
        (ImageFormat::Png, DocumentKind::Png),
        (ImageFormat::Jpeg, DocumentKind::Jpeg),
        (ImageFormat::WebP, DocumentKind::Webp),
        (ImageFormat::Gif, DocumentKind::Gif),
        (ImageFormat::Bmp, DocumentKind::Bmp),
    ] {
        let whole = encode(&picture, format);
        assert_eq!(outcome(&whole), Ok(()), "{format:?}");
        // What stands after the pixels may be missing: the checksums of a PNG's last chunk, the trailer of a GIF.
        let tail = match format {
            ImageFormat::Png => 12,
            ImageFormat::Gif => 4,
            _ => 1,
        };
        for end in (12..whole.len() - tail).step_by(7) {
            match outcome(&whole[..end]) {
                Err(RenderError::Damaged { kind: found, .. }) => assert_eq!(found, kind),
                other => panic!("{format:?} cut at {end} of {}: {other:?}", whole.len()),
            }
        }
        // A few bytes may be anything, even a short text: there only a panic would be wrong.
        for end in 0..12 {
            let _ = outcome(&whole[..end]);
        }
    }
}

#[test]
fn flipped_bytes_never_do_worse_than_an_error() {
    let picture = DynamicImage::ImageRgb8(RgbImage::from_fn(16, 16, |x, y| image::Rgb([(x * y).to_le_bytes()[0]; 3])));
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp] {
        let whole = encode(&picture, format);
        for place in 0..whole.len().min(400) {
            for flip in [0xFF, 0x01] {
                let mut bytes = whole.clone();
                bytes[place] ^= flip;
                // Either a page or an error; a panic of a reader is an error too.
                let _ = outcome(&bytes);
                let _ = identify(&Source::new(&bytes, &name("x")));
            }
        }
    }
}

/// A PNG header that announces what it does not have.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut body = b"IHDR".to_vec();
    body.extend(width.to_be_bytes());
    body.extend(height.to_be_bytes());
    body.extend([8, 2, 0, 0, 0]);
    let crc = body.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    });
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    png.extend(body);
    png.extend((!crc).to_be_bytes());
    png.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e\0\0\0\0IEND\xaeB`\x82");
    png
}

#[test]
fn announced_sizes_beyond_the_limits_are_refused_from_the_header() {
    for (width, height) in [(30_000, 30_000), (30_001, 1), (1, 30_001), (u32::MAX / 2, u32::MAX / 2), (10_001, 10_000)]
    {
        let png = png_header(width, height);
        let excess = match outcome(&png) {
            Err(RenderError::TooLarge(excess)) => excess,
            other => panic!("{width} × {height}: {other:?}"),
        };
        assert!(matches!(excess, Excess::Pixels { .. } | Excess::Memory), "{excess:?}");
        assert!(identify(&Source::new(&png, &name("x.png"))).is_err());
    }
    assert!(matches!(outcome(&png_header(0, 5)), Err(RenderError::Damaged { .. })));
    assert!(matches!(outcome(&png_header(5, 0)), Err(RenderError::Damaged { .. })));
}

#[test]
fn a_picture_too_long_for_a_page_is_refused_before_it_is_read() {
    let strip = encode(&GrayImage::from_pixel(1, 400, Luma([0])).into(), ImageFormat::Png);
    assert_eq!(outcome(&strip), Err(RenderError::TooLarge(Excess::Rows { rows: 153_600 })));
    // The header is enough to know it: there are no pixels here.
    assert_eq!(outcome(&png_header(2, 800)), Err(RenderError::TooLarge(Excess::Rows { rows: 153_600 })));
}

#[test]
fn a_single_pixel_is_a_page() {
    let pixel = encode(&GrayImage::from_pixel(1, 1, Luma([0])).into(), ImageFormat::Png);
    let page = try_render(&pixel, &PageOptions::default()).unwrap().pages.remove(0);
    assert_eq!((page.width(), page.height(), page.black_dots()), (384, 384, 384 * 384));
}

#[test]
fn nothing_and_nothing_visible_are_empty() {
    for bytes in [&b""[..], b" \n\t\r\n", b"\xef\xbb\xbf", b"\x07\x1b\x0c "] {
        assert_eq!(outcome(bytes), Err(RenderError::Empty), "{bytes:?}");
    }
}

#[test]
fn a_drawing_with_a_document_type_is_refused() {
    let svg = b"<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><text>&a;</text></svg>";
    assert_eq!(outcome(svg), Err(RenderError::SvgRefused(Refusal::Doctype)));
    let plain = b"<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'http://www.w3.org/x.dtd'><svg/>";
    assert_eq!(outcome(plain), Err(RenderError::SvgRefused(Refusal::Doctype)));
}

#[test]
fn a_drawing_never_reaches_outside_of_its_file() {
    let local = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/latin.png");
    let file = format!("file://{local}");
    for target in [local, &file, "http://127.0.0.1:9/x.png", "latin.png", "//host/x.png"] {
        let image = format!("<image width='90' height='90' xlink:href='{target}'/>");
        assert_eq!(refusal(&image), Some(Refusal::ForeignPicture), "{target}");
        let filter = format!(
            "<filter id='f'><feImage href='{target}'/></filter><rect width='50' height='50' filter='url(#f)'/>"
        );
        assert!(refusal(&filter).is_some(), "{target} in a filter");
    }
}

#[test]
fn embedded_pictures_must_be_pictures() {
    for data in [
        "data:image/svg+xml;base64,PHN2Zy8+",
        "data:image/png;base64,AAAA",
        "data:text/plain,hello",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAdTAAAHUwCAIAAAAAAAAA",
    ] {
        assert_eq!(
            refusal(&format!("<image width='9' height='9' href='{data}'/>")),
            Some(Refusal::BadPicture),
            "{data}"
        );
    }
}

#[test]
fn bombs_of_references_are_refused_before_they_go_off() {
    let mut body = "<g id='l0'><rect width='9' height='9'/></g>".to_owned();
    for level in 1..12 {
        body += &format!("<g id='l{level}'>{}</g>", format!("<use xlink:href='#l{}'/>", level - 1).repeat(10));
    }
    assert_eq!(refusal(&body), Some(Refusal::TooManyNodes));
    let deep = format!("{}{}", "<g>".repeat(100_000), "</g>".repeat(100_000));
    assert_eq!(refusal(&deep), Some(Refusal::TooDeep));
    assert_eq!(refusal("<g id='a'><use href='#a'/></g>"), Some(Refusal::Cycle));
    assert_eq!(refusal(&"<a/>".repeat(300_000)), Some(Refusal::TooManyNodes));
}

#[test]
fn bombs_of_work_are_refused_before_they_go_off() {
    let layers = format!("{}<rect width='99' height='99'/>{}", "<g opacity='.9'>".repeat(190), "</g>".repeat(190));
    let tall = |body: &str| {
        format!("<svg xmlns='http://www.w3.org/2000/svg' width='100' height='7000'>{body}</svg>").into_bytes()
    };
    let layers = layers.replace("height='99'", "height='7000'");
    assert_eq!(outcome(&tall(&layers)), Err(RenderError::SvgRefused(Refusal::TooCostly)));
    for body in [
        "<path d='M0 0 L100 100' stroke='red' stroke-dasharray='0.000001'/>",
        "<path d='M0 0q9 9 -9 8q9 9 -9 8' stroke='red' stroke-width='1e10'/>",
        "<filter id='f'><feMorphology radius='1000'/></filter><rect width='99' height='99' filter='url(#f)'/>",
        "<filter id='f'><feTurbulence numOctaves='100000' baseFrequency='9'/></filter><rect width='99' height='99' filter='url(#f)'/>",
        "<pattern id='p' width='90000' height='90000' patternUnits='userSpaceOnUse'><rect width='9' height='9'/></pattern><rect width='99' height='99' fill='url(#p)'/>",
    ] {
        assert_eq!(refusal(body), Some(Refusal::TooCostly), "{body}");
    }
    let rects = "<rect width='100' height='100' fill='white'/>".repeat(30_000);
    assert_eq!(refusal(&rects), Some(Refusal::TooCostly));
}

#[test]
fn broken_drawings_are_damaged() {
    for text in [
        "<svg",
        "<svg>",
        "<svg xmlns='http://www.w3.org/2000/svg'><g></svg>",
        "<svg width='0' height='0'/>",
        "<svg>\u{1}</svg>",
    ] {
        let result = outcome(text.as_bytes());
        assert!(matches!(result, Err(RenderError::Damaged { kind: DocumentKind::Svg, .. })), "{text}: {result:?}");
    }
    let mut latin1 = svg("<text>x</text>");
    latin1.push(0xFC);
    assert!(matches!(outcome(&latin1), Err(RenderError::Damaged { kind: DocumentKind::Svg, .. })));
    let big = svg(&" ".repeat(6 << 20));
    assert!(matches!(outcome(&big), Err(RenderError::TooLarge(Excess::Bytes { .. }))));
    let tower = b"<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1000'/>";
    assert!(matches!(outcome(tower), Err(RenderError::TooLarge(Excess::Rows { .. }))));
}

#[test]
fn a_drawing_with_a_book_in_it_is_refused() {
    let book = svg(&format!("<text>{}</text>", "ก\u{e49}".repeat(200_000)));
    assert_eq!(outcome(&book), Err(RenderError::SvgRefused(Refusal::TooManyNodes)));
}

#[test]
fn more_text_than_anybody_prints_is_refused() {
    let long = "line\n".repeat(1_000_000);
    assert!(matches!(outcome(long.as_bytes()), Err(RenderError::TooLarge(Excess::Bytes { .. }))));
    let short = "x\n".repeat(100_000) + "x";
    assert_eq!(outcome(short.as_bytes()), Err(RenderError::TooLarge(Excess::Lines { most: 100_000 })));
}

#[test]
fn options_out_of_range_are_refused() {
    let options = PageOptions { contrast: 101, ..PageOptions::default() };
    let error = try_render(b"text", &options).unwrap_err();
    assert_eq!(error.fault().code, "option_invalid");
}
