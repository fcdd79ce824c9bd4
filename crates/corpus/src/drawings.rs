//! Drawings: each of the usual elements of SVG once, and a label as shops print it.
//!
//! Source: SVG 1.1. A line of the table below is the inside of one file.

use crate::Document;
use crate::codes::{BAR_TEXT, Modules, QR_TEXT, code128, qr};
use std::fmt::Write;

/// A drawing of 120 × 80 units with this inside.
pub fn svg(inside: &str) -> Vec<u8> {
    sized("width='120' height='80'", inside)
}

/// A drawing with these attributes and this inside.
pub fn sized(attributes: &str, inside: &str) -> Vec<u8> {
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' {attributes}>{inside}</svg>"
    )
    .into_bytes()
}

/// A code as squares of `dots` units, its corner at `x`, `y`.
pub fn code(code: &Modules, x: usize, y: usize, dots: usize, tall: usize) -> String {
    let mut path = String::new();
    for row in 0..code.height() {
        for column in (0..code.width).filter(|&column| code.is_dark(column, row)) {
            let (left, top) = (x + column * dots, y + row * tall);
            write!(path, "M{left} {top}h{dots}v{tall}h-{dots}z").unwrap();
        }
    }
    format!("<path d='{path}'/>")
}

/// A label of 400 × 300 dots at 203 dpi with both codes.
pub fn label() -> Vec<u8> {
    let inside = format!(
        "<rect x='2' y='2' width='396' height='296' fill='none' stroke='black' stroke-width='3'/>\
         <text x='20' y='44' font-size='30' font-weight='bold'>PLATEN № 0042</text>{}{}",
        code(&qr(QR_TEXT), 24, 64, 4, 4),
        code(&code128(BAR_TEXT), 20, 210, 2, 60)
    );
    sized("width='400' height='300'", &inside)
}

const INSIDES: [(&str, &str); 28] = [
    ("rect", "<rect x='9' y='9' width='90' height='50'/>"),
    ("rounded", "<rect x='9' y='9' width='90' height='50' rx='14' ry='9' fill='#777'/>"),
    ("circle", "<circle cx='60' cy='40' r='33'/>"),
    ("ellipse", "<ellipse cx='60' cy='40' rx='55' ry='12' fill='none' stroke='black'/>"),
    ("line", "<line x1='3' y1='77' x2='117' y2='3' stroke='black' stroke-width='.4'/>"),
    (
        "polyline",
        "<polyline points='5,70 30,9 55,70 80,9 115,70' fill='none' stroke='black' stroke-width='5' stroke-linejoin='round'/>",
    ),
    ("star", "<polygon points='60,4 84,76 9,31 111,31 36,76' fill-rule='evenodd'/>"),
    ("curves", "<path d='M5 40C30-30 60 110 115 40S20 90 5 40z' fill='none' stroke='black' stroke-width='3'/>"),
    ("arcs", "<path d='M20 40a30 20 15 1 1 40 20q9 9 40-50t9 60' fill='silver' stroke='black'/>"),
    (
        "dashes",
        "<path d='M0 40h120' stroke='black' stroke-width='8' stroke-dasharray='12 5 2' stroke-linecap='round'/>",
    ),
    ("group", "<g transform='rotate(12) scale(.7 1.4) skewX(9)'><rect x='20' y='9' width='70' height='30'/></g>"),
    ("use", "<defs><path id='a' d='M0 0h18v18z'/></defs><use href='#a' x='9'/><use xlink:href='#a' x='50' y='40'/>"),
    (
        "symbol",
        "<symbol id='s' viewBox='0 0 9 9'><circle cx='4.5' cy='4.5' r='4'/></symbol><use href='#s' width='40' height='70'/>",
    ),
    (
        "linear-gradient",
        "<linearGradient id='g'><stop stop-color='#fff'/><stop offset='1'/></linearGradient><rect width='120' height='80' fill='url(#g)'/>",
    ),
    (
        "radial-gradient",
        "<radialGradient id='g' spreadMethod='reflect' r='.2'><stop/><stop offset='1' stop-color='#fff'/></radialGradient><rect width='120' height='80' fill='url(#g)'/>",
    ),
    (
        "pattern",
        "<pattern id='p' width='9' height='9' patternUnits='userSpaceOnUse'><path d='M0 0l9 9' stroke='black'/></pattern><rect width='120' height='80' fill='url(#p)'/>",
    ),
    (
        "clip",
        "<clipPath id='c'><circle cx='60' cy='40' r='38'/></clipPath><rect width='99' height='60' clip-path='url(#c)'/>",
    ),
    (
        "mask",
        "<mask id='m'><rect width='60' height='80' fill='#999'/></mask><rect width='120' height='80' mask='url(#m)'/>",
    ),
    (
        "blur",
        "<filter id='f'><feGaussianBlur stdDeviation='4'/></filter><rect x='30' y='20' width='60' height='40' filter='url(#f)'/>",
    ),
    (
        "shadow",
        "<filter id='f'><feDropShadow dx='5' dy='5' stdDeviation='1'/></filter><circle cx='50' cy='40' r='25' filter='url(#f)'/>",
    ),
    (
        "opacity",
        "<g opacity='.5'><rect width='80' height='60'/><rect x='40' y='20' width='80' height='60' fill='gray'/></g>",
    ),
    (
        "marker",
        "<marker id='m' markerWidth='6' markerHeight='6' refX='3' refY='3'><circle cx='3' cy='3' r='3'/></marker><path d='M9 70l50-60 50 60' fill='none' stroke='black' marker-mid='url(#m)' marker-end='url(#m)'/>",
    ),
    (
        "style",
        "<style>.k{fill:none;stroke:#000;stroke-width:6px}rect:first-child{opacity:1}</style><rect class='k' x='9' y='9' width='90' height='50'/>",
    ),
    ("text", "<text x='4' y='40' font-size='26'>Öl 2,50 €</text>"),
    (
        "text-path",
        "<path id='t' d='M9 60q50-60 100 0' fill='none'/><text font-size='14'><textPath href='#t'>around the corner</textPath></text>",
    ),
    ("text-right-to-left", "<text x='110' y='40' font-size='22' direction='rtl' text-anchor='start'>שלום مرحبا</text>"),
    (
        "tspan",
        "<text x='60' y='30' font-size='16' text-anchor='middle'>Gin <tspan font-weight='bold'>ไทย</tspan><tspan x='60' dy='20'>中文</tspan></text>",
    ),
    (
        "picture",
        "<image width='60' height='60' href='data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=='/><circle cx='90' cy='40' r='20'/>",
    ),
];

/// All drawings.
pub fn documents() -> Vec<Document> {
    let mut all: Vec<Document> =
        INSIDES.iter().map(|(name, inside)| Document::new(format!("{name}.svg"), svg(inside))).collect();
    let square = "<rect x='10' y='10' width='30' height='30'/>";
    for (name, attributes) in [
        ("view-box-only", "viewBox='0 0 50 50'"),
        ("millimetres", "width='30mm' height='20mm' viewBox='0 0 60 40'"),
        ("percent", "width='100%' height='50%' viewBox='0 0 60 60'"),
        ("without-size", ""),
        ("not-in-proportion", "width='90' height='30' viewBox='0 0 50 50' preserveAspectRatio='none'"),
    ] {
        all.push(Document::new(format!("{name}.svg"), sized(attributes, square)));
    }
    let head = b"\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?><!-- drawn by hand -->\n";
    all.push(Document::new("with-declaration.svg", [&head[..], &svg(square)].concat()));
    all.push(Document::new("label.svg", label()));
    all
}
