//! Where things are on paper, measured in dots on the pages themselves.
#![allow(clippy::unwrap_used)] // in helpers as in tests

mod common;

use common::{encode, name, try_render};
use image::{GrayImage, ImageFormat, Luma};
use platen_model::{Bitmap, Crop, Dither, Fit, Orientation, PageOptions, Paper, Rotation};
use platen_render::{RenderError, Source, Target, render};

/// 48 × 24 units: a black frame of one unit, and a black square of 12 units in the upper left corner.
const FRAME: &str = "<svg xmlns='http://www.w3.org/2000/svg' width='48' height='24'>\
    <rect width='48' height='24'/><rect x='1' y='1' width='46' height='22' fill='white'/>\
    <rect width='12' height='12'/></svg>";

fn page_of(document: &[u8], options: &PageOptions) -> Bitmap {
    let mut pages = try_render(document, options).unwrap().pages;
    assert_eq!(pages.len(), 1);
    pages.remove(0)
}

fn paper(width: u16, height: u16) -> PageOptions {
    PageOptions { paper: Some(Paper { width, height }), ..PageOptions::default() }
}

/// The smallest rectangle around all black dots: left, top, right, bottom, the last two not included.
fn ink(page: &Bitmap) -> Option<(u32, u32, u32, u32)> {
    let mut found: Option<(u32, u32, u32, u32)> = None;
    for y in 0..page.height() {
        for x in (0..page.width()).filter(|&x| page.is_black(x, y)) {
            let (left, top, right, bottom) = found.unwrap_or((x, y, x + 1, y + 1));
            found = Some((left.min(x), top.min(y), right.max(x + 1), bottom.max(y + 1)));
        }
    }
    found
}

/// Which corners of the ink's rectangle have the big square: upper left, upper right, lower left, lower right.
fn square(page: &Bitmap) -> &'static str {
    let (left, top, right, bottom) = ink(page).unwrap();
    let inset = (right - left).min(bottom - top) / 4;
    let (right, bottom) = (right - 1, bottom - 1);
    let corners = [
        ("upper left", left + inset, top + inset),
        ("upper right", right - inset, top + inset),
        ("lower left", left + inset, bottom - inset),
        ("lower right", right - inset, bottom - inset),
    ];
    let black: Vec<_> = corners.iter().filter(|(_, x, y)| page.is_black(*x, *y)).map(|(name, ..)| *name).collect();
    assert_eq!(black.len(), 1, "{black:?}");
    black[0]
}

#[test]
fn a_drawing_lies_where_the_options_say_to_the_dot() {
    let roll = PageOptions::default();
    let label = paper(481, 300);
    let cases = [
        (roll.clone(), (384, 192), (0, 0, 384, 192), "upper left"),
        (PageOptions { margin: 20, ..roll.clone() }, (384, 208), (16, 16, 368, 192), "upper left"),
        (PageOptions { rotate: Rotation::Right, ..roll.clone() }, (384, 768), (0, 0, 384, 768), "upper right"),
        (PageOptions { rotate: Rotation::Half, ..roll.clone() }, (384, 192), (0, 0, 384, 192), "lower right"),
        (PageOptions { rotate: Rotation::Left, ..roll.clone() }, (384, 768), (0, 0, 384, 768), "lower left"),
        (
            PageOptions { orientation: Orientation::Landscape, ..roll.clone() },
            (384, 768),
            (0, 0, 384, 768),
            "upper right",
        ),
        // Half an inch wide: 101.5 dots.
        (PageOptions { fit: Fit::Actual, ..roll }, (384, 51), (141, 0, 243, 51), "upper left"),
        (label.clone(), (384, 240), (0, 24, 384, 216), "upper left"),
        (PageOptions { margin: 20, ..label.clone() }, (384, 240), (16, 32, 368, 208), "upper left"),
        (
            PageOptions { orientation: Orientation::Landscape, ..label.clone() },
            (384, 240),
            (132, 0, 252, 240),
            "upper right",
        ),
        (PageOptions { fit: Fit::Actual, ..label.clone() }, (384, 240), (141, 94, 243, 145), "upper left"),
        (paper(400, 300), (312, 240), (0, 42, 312, 198), "upper left"),
    ];
    for (options, size, place, corner) in cases {
        let page = page_of(FRAME.as_bytes(), &options);
        let about = format!("{options:?}");
        assert_eq!((page.width(), page.height()), size, "{about}");
        assert_eq!(ink(&page), Some(place), "{about}");
        assert_eq!(square(&page), corner, "{about}");
    }
}

#[test]
fn what_stands_over_is_lost_at_both_ends() {
    // Eight stripes of 100 units, the third and the sixth black.
    let stripes = "<svg xmlns='http://www.w3.org/2000/svg' width='800' height='100'>\
        <rect x='200' width='100' height='100'/><rect x='500' width='100' height='100'/></svg>";
    let fill = PageOptions { fit: Fit::Fill, orientation: Orientation::Portrait, ..paper(481, 120) };
    // 96 rows: the leaf would be 768 dots wide, and 192 to 576 are seen.
    let page = page_of(stripes.as_bytes(), &fill);
    assert_eq!((page.width(), page.height()), (384, 96));
    let changes: Vec<u32> = (1..384).filter(|&x| page.is_black(x, 50) != page.is_black(x - 1, 50)).collect();
    assert_eq!((page.is_black(0, 50), changes), (true, vec![96, 288]));
}

#[test]
fn a_crop_is_all_that_is_drawn() {
    let crop = |left, top, width, height| PageOptions {
        crop: Some(Crop { left, top, width, height }),
        ..PageOptions::default()
    };
    // The black square, whole and nothing else.
    let page = page_of(FRAME.as_bytes(), &crop(0, 0, 2500, 5000));
    assert_eq!((page.width(), page.height(), page.black_dots()), (384, 384, 384 * 384));
    // The inner white.
    let page = page_of(FRAME.as_bytes(), &crop(5000, 2500, 2500, 2500));
    assert_eq!((page.height(), page.black_dots()), (192, 0));
}

#[test]
fn pages_share_paper_in_the_order_of_reading() {
    // Two by two cells of 184 dots; the drawing is 92 dots high in each.
    let four = PageOptions { per_sheet: 4, pages: "1,1,1".parse().unwrap(), ..PageOptions::default() };
    let page = page_of(FRAME.as_bytes(), &four);
    assert_eq!((page.width(), page.height()), (384, 92 + 16 + 92));
    for (x, y, black) in
        [(20, 20, true), (220, 20, true), (20, 128, true), (220, 128, false), (190, 20, false), (20, 100, false)]
    {
        assert_eq!(page.is_black(x, y), black, "{x} {y}");
    }
}

#[test]
fn the_edge_of_the_paper_stays_white_whatever_the_tones() {
    for options in [
        PageOptions { invert: true, margin: 20, ..paper(481, 300) },
        PageOptions { brightness: -100, margin: 20, ..PageOptions::default() },
        PageOptions { contrast: -100, margin: 20, dither: Dither::FloydSteinberg, ..PageOptions::default() },
    ] {
        let page = page_of(FRAME.as_bytes(), &options);
        let (left, top, right, bottom) = ink(&page).unwrap();
        assert!(left >= 16 && top >= 16 && right <= 368 && bottom <= page.height() - 16, "{options:?}");
        // And the white of the document is not paper.
        assert!(page.black_dots() > 10_000, "{options:?}");
    }
}

#[test]
fn text_on_paper_has_margins_and_goes_on_on_the_next_page() {
    let text: String = (1..=20).map(|line| format!("line {line}\n")).collect();
    let options = PageOptions { margin: 20, ..paper(481, 300) };
    let rendered = render(text.as_bytes(), &name("a.txt"), &common::PAPER, &options).unwrap();
    // 208 rows of room: seven lines of 28.
    assert_eq!(rendered.pages.len(), 3);
    for page in &rendered.pages {
        let (left, top, right, bottom) = ink(page).unwrap();
        assert_eq!((page.width(), page.height()), (384, 240));
        assert!((16..24).contains(&left) && (16..30).contains(&top) && right <= 368 && bottom <= 224);
    }
    let across = PageOptions { orientation: Orientation::Landscape, ..options.clone() };
    let rendered = render(b"left\nsecond", &name("a.txt"), &common::PAPER, &across).unwrap();
    let (left, top, right, bottom) = ink(&rendered.pages[0]).unwrap();
    assert_eq!(rendered.pages[0].height(), 240);
    assert!(
        (355..=368).contains(&right) && left > 290 && (16..24).contains(&top) && bottom < 140,
        "{left} {top} {right} {bottom}"
    );
}

#[test]
fn chosen_pages_come_in_the_order_of_the_list() {
    let text: String = (1..=20).map(|line| format!("line {line}\n")).collect();
    let pages = |pages: &str| {
        let options = PageOptions { pages: pages.parse().unwrap(), ..paper(481, 300) };
        render(text.as_bytes(), &name("a.txt"), &common::PAPER, &options).map(|rendered| rendered.pages)
    };
    let all = pages("").unwrap();
    assert_eq!(pages("3,1-2,3").unwrap(), [&all[2], &all[0], &all[1], &all[2]].map(Clone::clone));
    assert_eq!(pages("9-").unwrap_err(), RenderError::NoSuchPage { count: 3 });
}

#[test]
fn narrow_paper_and_a_named_width_decide_before_the_head() {
    let pixel = encode(&GrayImage::from_pixel(8, 8, Luma([0])).into(), ImageFormat::Png);
    let width = |options: &PageOptions, head| {
        let target = Target { width_dots: head, dpi: 203, dot_gain: 0, across: false };
        render(&pixel, &name("a.png"), &target, options).unwrap().pages[0].width()
    };
    let named = PageOptions { width: Some(200), ..PageOptions::default() };
    assert_eq!(width(&named, 384), 200);
    assert_eq!(width(&PageOptions { width: Some(600), ..paper(300, 300) }, 384), 232);
    assert_eq!(width(&PageOptions { width: Some(100), ..paper(300, 300) }, 384), 96);
    assert_eq!(width(&PageOptions::default(), 390), 384);
}

#[test]
fn a_page_that_is_too_long_is_refused_before_the_first_is_drawn() {
    struct Nobody;
    impl platen_render::PageSink for Nobody {
        fn begin(&mut self, _: platen_render::PageSize) -> Result<(), platen_render::Stopped> {
            panic!("a page was begun")
        }
        fn rows(&mut self, _: &[u8]) -> Result<(), platen_render::Stopped> {
            Ok(())
        }
        fn end(&mut self) -> Result<(), platen_render::Stopped> {
            Ok(())
        }
    }
    let tower = encode(&GrayImage::from_pixel(1, 400, Luma([0])).into(), ImageFormat::Png);
    for options in [PageOptions::default(), paper(400, 50_000), PageOptions { per_sheet: 2, ..PageOptions::default() }]
    {
        let options = PageOptions { pages: "1,1".parse().unwrap(), ..options };
        let narrow = Target { width_dots: 800, dpi: 720, dot_gain: 0, across: false };
        let error =
            platen_render::render_to(&Source::new(&tower, &name("a.png")), &narrow, &options, &mut Nobody).unwrap_err();
        assert_eq!(error.fault().code, "document_too_large", "{options:?}");
    }
}
