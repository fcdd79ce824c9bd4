//! SVG becomes sharp dots, and text in it uses the bundled fonts.
#![allow(clippy::unwrap_used, clippy::panic)] // in helpers as in tests

mod common;

use common::{encode, name, try_render};
use image::{GrayImage, ImageFormat, Luma};
use platen_model::{Bitmap, Dither, DocumentKind, PageOptions, Rotation};
use platen_render::{Rendered, Source, identify};

fn svg(head: &str, body: &str) -> Vec<u8> {
    format!("<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' {head}>{body}</svg>")
        .into_bytes()
}

fn rendered(bytes: &[u8]) -> Rendered {
    try_render(bytes, &PageOptions::default()).unwrap()
}

fn page(bytes: &[u8]) -> Bitmap {
    rendered(bytes).pages.remove(0)
}

#[test]
fn a_drawing_is_drawn_at_the_width_of_the_paper() {
    let bytes = svg("width='48' height='24'", "<rect x='12' y='6' width='12' height='6'/>");
    let info = identify(&Source::new(&bytes, &name("a.svg"))).unwrap();
    assert_eq!((info.kind, info.width, info.height), (DocumentKind::Svg, Some(48), Some(24)));
    let rendered = rendered(&bytes);
    assert_eq!(rendered.dither, Dither::Threshold);
    let page = &rendered.pages[0];
    assert_eq!((page.width(), page.height()), (384, 192));
    for y in 0..192 {
        for x in 0..384 {
            assert_eq!(page.is_black(x, y), (96..192).contains(&x) && (48..96).contains(&y), "{x}, {y}");
        }
    }
}

#[test]
fn a_turned_drawing_fills_the_width_with_its_height() {
    let bytes = svg("viewBox='0 0 40 20'", "<rect width='4' height='4'/>");
    let options = PageOptions { rotate: Rotation::Right, ..PageOptions::default() };
    let page = try_render(&bytes, &options).unwrap().pages.remove(0);
    assert_eq!((page.width(), page.height()), (384, 768));
    assert!(page.is_black(380, 3) && !page.is_black(3, 3));
}

#[test]
fn text_in_a_drawing_uses_the_bundled_fonts_and_tells_what_is_missing() {
    let text = |text: &str| {
        svg(
            "width='100' height='30'",
            &format!("<text y='20' font-family='Arial, Comic Sans MS' font-size='18'>{text}</text>"),
        )
    };
    for script in ["Latin", "ไทย", "中文", "한국", "عربي", "עברית", "हिन्दी"] {
        let rendered = rendered(&text(script));
        assert!(rendered.missing.is_empty(), "{script}: {:?}", rendered.missing);
        assert!(rendered.pages[0].black_dots() > 500, "{script} left nothing");
    }
    assert_eq!(rendered(&text("a𓀀b")).missing, ['𓀀']);
    let named = svg("width='100' height='30'", "<text y='20' font-family='Noto Sans' font-size='18'>Latin</text>");
    assert_eq!(page(&text("Latin")), page(&named));
}

#[test]
fn an_embedded_picture_is_drawn_with_its_tones() {
    let wedge = GrayImage::from_fn(64, 8, |x, _| Luma([u8::try_from(x * 4).unwrap()]));
    let data = base64(&encode(&wedge.into(), ImageFormat::Png));
    let bytes = svg(
        "width='64' height='8'",
        &format!("<image width='64' height='8' xlink:href='data:image/png;base64,{data}'/>"),
    );
    let rendered = rendered(&bytes);
    assert_eq!(rendered.dither, Dither::Mixed);
    let share = rendered.pages[0].black_dots() * 100 / (384 * 48);
    assert!((40..60).contains(&share), "{share} % black");
}

#[test]
fn the_background_is_paper_and_opacity_lets_it_through() {
    let bytes = svg("width='8' height='8'", "<rect width='8' height='8' opacity='0.3'/>");
    assert_eq!(page(&bytes).black_dots(), 0);
    let bytes = svg("width='8' height='8'", "<rect width='8' height='8' opacity='0.7'/>");
    assert_eq!(page(&bytes).black_dots(), 384 * 384);
}

#[test]
fn ordinary_effects_are_within_the_limits() {
    let body = "<defs><filter id='f'><feGaussianBlur stdDeviation='2'/></filter><clipPath id='c'><circle cx='50' cy='50' r='40'/></clipPath>
        <pattern id='p' width='4' height='4' patternUnits='userSpaceOnUse'><rect width='2' height='2'/></pattern>
        <mask id='m'><rect width='100' height='100' fill='white'/></mask></defs>
        <g clip-path='url(#c)' opacity='0.9'><rect width='100' height='100' fill='url(#p)' filter='url(#f)'/></g>
        <path d='M0 0 L100 100' stroke='black' stroke-dasharray='3 2' mask='url(#m)'/>";
    assert!(page(&svg("width='100' height='150'", body)).black_dots() > 100);
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let mut group = [0; 3];
        group[..three.len()].copy_from_slice(three);
        let bits = u32::from_be_bytes([0, group[0], group[1], group[2]]);
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= three.len() { char::from(digit) } else { '=' });
        }
    }
    text
}
