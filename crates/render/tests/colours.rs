//! Pages in colour: the colours of the document, where its grey would lie.
#![allow(clippy::unwrap_used, clippy::panic)] // in helpers as in tests

mod common;

use common::{encode, render_text, try_render};
use image::{ImageFormat, Rgb, RgbImage};
use platen_model::{Bitmap, Dither, PageOptions, Paper, Rotation};

fn options(change: impl FnOnce(&mut PageOptions)) -> PageOptions {
    let mut options = PageOptions { depth: PageOptions::COLOUR_DEPTH, ..PageOptions::default() };
    change(&mut options);
    options
}

fn page(bytes: &[u8], change: impl FnOnce(&mut PageOptions)) -> Bitmap {
    try_render(bytes, &options(change)).unwrap().pages.remove(0)
}

/// Four fields: orange and blue above, green and grey below.
const FIELDS: [[u8; 3]; 4] = [[230, 120, 20], [20, 60, 200], [40, 160, 80], [128, 128, 128]];

fn fields(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb(FIELDS[usize::from(x >= width / 2) + 2 * usize::from(y >= height / 2)]))
}

/// The colours in the middle of the four fields of a page.
fn middles(page: &Bitmap) -> [[u8; 3]; 4] {
    let (width, height) = (page.width(), page.height());
    [(1, 1), (3, 1), (1, 3), (3, 3)].map(|(x, y)| page.colour(width * x / 4, height * y / 4))
}

fn near(is: [[u8; 3]; 4], expected: [[u8; 3]; 4], most: u8, what: &str) {
    let off = |a: &[u8; 3], b: &[u8; 3]| a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
    assert!(is.iter().zip(&expected).all(|(is, must)| off(is, must) <= most), "{what}: {is:?}, not {expected:?}");
}

#[test]
fn pictures_of_every_format_keep_their_colours_at_any_size() {
    for (format, most) in [(ImageFormat::Png, 0), (ImageFormat::Bmp, 0), (ImageFormat::WebP, 0), (ImageFormat::Jpeg, 4)]
    {
        let document = encode(&fields(200, 100).into(), format);
        for width in [96, 200, 384] {
            let page = page(&document, |options| options.width = Some(width));
            assert_eq!((page.width(), page.depth()), (width, 24), "{format:?}");
            near(middles(&page), FIELDS, most, &format!("{format:?}, {width} dots"));
        }
    }
    // More than is looked at before its first row leaves.
    let large = encode(&fields(2000, 1200).into(), ImageFormat::Png);
    near(middles(&page(&large, |_| ())), FIELDS, 0, "a large PNG");
}

#[test]
fn a_turned_and_inverted_picture_has_its_colours_in_their_places() {
    let document = encode(&fields(200, 100).into(), ImageFormat::Png);
    let [a, b, c, d] = FIELDS;
    near(middles(&page(&document, |options| options.rotate = Rotation::Right)), [c, a, d, b], 0, "turned");
    let inverted = FIELDS.map(|colour| colour.map(|value| 255 - value));
    near(middles(&page(&document, |options| options.invert = true)), inverted, 0, "inverted");
}

#[test]
fn a_photo_in_colour_is_the_photo() {
    let photo = RgbImage::from_fn(384, 240, |x, y| {
        let wave = |at: u32, long: u32| u8::try_from((at * 510 / long % 510).min(509 - at * 510 / long % 510)).unwrap();
        Rgb([wave(x, 96), wave(y, 60), wave(x + y, 200)])
    });
    let picture = encode(&photo.clone().into(), ImageFormat::Png);
    assert_eq!(page(&picture, |_| ()).bytes(), photo.as_raw(), "dot for pixel");
    let jpeg = encode(&photo.clone().into(), ImageFormat::Jpeg);
    let read = image::load_from_memory(&jpeg).unwrap().into_rgb8();
    let is = page(&jpeg, |_| ());
    let off = is.bytes().iter().zip(read.as_raw()).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(off <= Some(2), "{off:?}: another reader sees other colours");
    // The same photo in grey is the brightness of the one in colour.
    let grey = page(&picture, |options| options.depth = 8);
    let brightness = photo.pixels().map(|&Rgb([r, g, b])| {
        u8::try_from((299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b) + 500) / 1000).unwrap()
    });
    assert!(brightness.eq(grey.bytes().iter().copied()));
}

#[test]
fn a_drawing_has_the_colours_that_it_names() {
    let rects = "<rect width='50' height='50' fill='#e67814'/><rect x='50' width='50' height='50' fill='#143cc8'/>
        <rect y='50' width='50' height='50' fill='#28a050'/><rect x='50' y='50' width='50' height='50' fill='#808080'/>";
    let svg =
        |more: &str| format!("<svg xmlns='http://www.w3.org/2000/svg' width='100' height='100'>{rects}{more}</svg>");
    // Rectangles only are filled by code of their own; with a circle the library draws.
    for more in ["", "<circle cx='50' cy='50' r='5' fill='red'/>"] {
        near(middles(&page(svg(more).as_bytes(), |_| ())), FIELDS, 0, more);
    }
    let circle = page(svg("<circle cx='50' cy='50' r='5' fill='red'/>").as_bytes(), |_| ());
    assert_eq!(circle.colour(192, 192), [255, 0, 0]);
}

/// A PDF of one page with that content, 100 × 100 points.
fn pdf(content: &str, resources: &str) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in (1..).zip([
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]/Contents 4 0 R/Resources<<{resources}>>>>"),
        format!("<</Length {}>>\nstream\n{content}\nendstream", content.len()),
    ]) {
        places.push(bytes.len());
        bytes.extend(format!("{number} 0 obj\n{object}\nendobj\n").into_bytes());
    }
    let start = bytes.len();
    bytes.extend(b"xref\n0 5\n0000000000 65535 f \n");
    places.iter().for_each(|place| bytes.extend(format!("{place:010} 00000 n \n").into_bytes()));
    bytes.extend(format!("trailer<</Root 1 0 R/Size 5>>\nstartxref\n{start}\n%%EOF").into_bytes());
    bytes
}

#[test]
fn a_pdf_page_has_the_colours_of_its_shapes_and_pictures() {
    let fill = |[r, g, b]: [u8; 3], x, y| {
        let share = |value: u8| f64::from(value) / 255.0;
        format!("{} {} {} rg {x} {y} 50 50 re f\n", share(r), share(g), share(b))
    };
    let [a, b, c, d] = FIELDS;
    let shapes = fill(a, 0, 50) + &fill(b, 50, 50) + &fill(c, 0, 0) + &fill(d, 50, 0);
    near(middles(&page(&pdf(&shapes, ""), |_| ())), FIELDS, 1, "shapes");
    // Blending needs all three colours at once.
    let multiplied = format!("{shapes}/M gs 1 1 0 rg 0 0 100 100 re f");
    let resources = "/ExtGState<</M<</BM/Multiply>>>>";
    let without_blue = FIELDS.map(|[red, green, _]| [red, green, 0]);
    near(middles(&page(&pdf(&multiplied, resources), |_| ())), without_blue, 2, "blended");
    let hex: String = FIELDS.iter().flatten().map(|value| format!("{value:02x}")).collect();
    let picture = format!("100 0 0 100 0 0 cm BI /W 2 /H 2 /CS /RGB /BPC 8 /F /AHx ID {hex}> EI");
    let is = page(&pdf(&picture, ""), |_| ());
    let corners = [(8, 8), (375, 8), (8, 375), (375, 375)].map(|(x, y)| is.colour(x, y));
    near(corners, FIELDS, 2, "a picture");
}

#[test]
fn text_is_black_and_what_lies_around_a_page_is_white() {
    let black = render_text("Hello", &options(|_| ())).pages.remove(0);
    let grey = render_text("Hello", &options(|options| options.depth = 8)).pages.remove(0);
    let triple: Vec<u8> = grey.bytes().iter().flat_map(|&grey| [grey; 3]).collect();
    assert_eq!(black.bytes(), triple);
    let document = encode(&fields(200, 100).into(), ImageFormat::Png);
    let framed = page(&document, |options| {
        options.paper = Some(Paper { width: 480, height: 300 });
        options.margin = 50;
        options.invert = true;
        options.dither = Dither::Otsu;
    });
    assert_eq!([framed.colour(2, 2), framed.colour(framed.width() - 2, framed.height() - 2)], [[255; 3]; 2]);
}

#[test]
fn sharpening_and_levels_keep_colours_apart() {
    let document = encode(&fields(200, 100).into(), ImageFormat::Png);
    near(middles(&page(&document, |options| options.sharpness = 100)), FIELDS, 0, "flat colours stay");
    let levels = page(&document, |options| options.auto_levels = true);
    let [orange, _, _, [red, green, blue]] = middles(&levels);
    assert!(orange[0] > FIELDS[0][0] && orange[2] < FIELDS[0][2], "{orange:?} is not stretched");
    assert!(red == green && green == blue, "one stretch for all three: grey stays grey");
}
