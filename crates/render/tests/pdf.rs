//! PDF documents: what they look like, where things are, what opens them, and what is refused.
//!
//! A golden picture that is missing is written, and the test fails on purpose: look at it, then run again.
//! `documents/pdf/README.md` says where the documents come from.
#![allow(clippy::unwrap_used, clippy::panic)] // in helpers as in tests

mod common;

use common::{PAPER, encode, name};
use image::{GrayImage, ImageFormat};
use platen_model::{Bitmap, Dither, DocumentKind, PageOptions, Rotation};
use platen_render::{
    Excess, GreySink, GreySize, PageSink, PageSize, RenderError, Rendered, Source, Stopped, Target, Window, identify,
    lay_out_to, render, render_to,
};
use std::path::PathBuf;

fn path(folder: &str, file: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", folder, file].iter().collect()
}

fn document(file: &str) -> Vec<u8> {
    std::fs::read(path("documents/pdf", file)).unwrap()
}

/// Pages at 203 dots per inch, as many dots wide as `width` points are.
fn at_203(bytes: &[u8], width: f64, options: &PageOptions) -> Result<Rendered, RenderError> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let target = Target { width_dots: (width * 203.0 / 72.0).ceil() as u32 / 8 * 8, dpi: 203, ..PAPER };
    render(bytes, &name("a.pdf"), &target, options)
}

/// A document of one page of 144 × 144 points with that content, and no compression.
fn page_with(content: &str, more: &str, objects: &[String]) -> Vec<u8> {
    let mut parts = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 144 144] /Contents 4 0 R {more} >>"),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
    ];
    parts.extend_from_slice(objects);
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        places.push(file.len());
        file.extend_from_slice(format!("{} 0 obj\n{part}\nendobj\n", number + 1).as_bytes());
    }
    let table = file.len();
    file.extend_from_slice(format!("xref\n0 {}\n0000000000 65535 f \n", parts.len() + 1).as_bytes());
    for place in places {
        file.extend_from_slice(format!("{place:010} 00000 n \n").as_bytes());
    }
    let end = format!("trailer << /Root 1 0 R /Size {} >>\nstartxref\n{table}\n%%EOF\n", parts.len() + 1);
    file.extend_from_slice(end.as_bytes());
    file
}

/// A page of 144 points as 144 dots.
fn small(bytes: &[u8], options: &PageOptions) -> Result<Bitmap, RenderError> {
    render(bytes, &name("a.pdf"), &Target { width_dots: 144, dpi: 72, ..PAPER }, options)
        .map(|mut done| done.pages.remove(0))
}

/// The first and the last column and row that have black: left, top, right, bottom.
fn extent(page: &Bitmap) -> (u32, u32, u32, u32) {
    let black = || (0..page.height()).flat_map(|y| (0..page.width()).map(move |x| (x, y)));
    let black = || black().filter(|&(x, y)| page.is_black(x, y));
    let (columns, rows) = (|| black().map(|(x, _)| x), || black().map(|(_, y)| y));
    (columns().min().unwrap(), rows().min().unwrap(), columns().max().unwrap(), rows().max().unwrap())
}

/// Pages of grey.
#[derive(Default)]
struct Greys(Vec<GrayImage>, u32, Vec<u8>);

impl GreySink for Greys {
    fn begin(&mut self, size: GreySize) -> Result<(), Stopped> {
        (self.1, self.2) = (size.width, Vec::new());
        Ok(())
    }

    fn rows(&mut self, grey: &[u8]) -> Result<(), Stopped> {
        self.2.extend_from_slice(grey);
        Ok(())
    }

    fn end(&mut self) -> Result<(), Stopped> {
        let height = u32::try_from(self.2.len()).unwrap() / self.1;
        self.0.push(GrayImage::from_raw(self.1, height, std::mem::take(&mut self.2)).unwrap());
        Ok(())
    }
}

/// Compares the greys at 101 dots per inch, before any tone.
#[track_caller]
fn check(file: &str, width: u32) {
    let (bytes, name, mut greys) = (document(&format!("{file}.pdf")), name("a.pdf"), Greys::default());
    let target = Target { width_dots: width * 101 / 72 / 8 * 8, dpi: 101, ..PAPER };
    lay_out_to(&Source::new(&bytes, &name), &target, &PageOptions::default(), Window::ALL, &mut greys).unwrap();
    let mut new = Vec::new();
    for (number, page) in (1..).zip(greys.0) {
        let golden = path("golden", &format!("pdf-{file}-{number}.png"));
        let found = encode(&page.clone().into(), ImageFormat::Png);
        if !golden.exists() {
            std::fs::write(&golden, found).unwrap();
            new.push(golden);
            continue;
        }
        let expected = image::load_from_memory(&std::fs::read(&golden).unwrap()).unwrap().into_luma8();
        assert_eq!(page.dimensions(), expected.dimensions());
        // Curves may be rounded another way on another kind of processor.
        let off = page.pixels().zip(expected.pixels()).filter(|(one, two)| one.0[0].abs_diff(two.0[0]) > 2).count();
        if off > 0 {
            let actual = std::env::temp_dir().join(format!("pdf-{file}-{number}.actual.png"));
            std::fs::write(&actual, found).unwrap();
            panic!("{file} has {off} other dots; what it looks like now is in {}", actual.display());
        }
    }
    assert!(new.is_empty(), "{new:?} were not there and have been written: look at them, then run again");
}

#[test]
fn text_with_and_without_fonts_turned_and_slanted() {
    check("text", 216);
}

#[test]
fn pictures_of_all_kinds() {
    check("pictures", 216);
}

#[test]
fn fields_of_a_form() {
    check("form", 216);
}

#[test]
fn lines_and_dashes() {
    check("lines", 300);
}

#[test]
fn patterns_and_pixels() {
    check("patterns", 300);
}

#[test]
fn clips_of_any_shape() {
    check("clips", 300);
}

#[test]
fn layers_that_shine_through() {
    check("layers", 300);
}

#[test]
fn shadings_of_three_kinds() {
    check("shadings", 300);
}

#[test]
fn text_is_within_an_eighth_of_a_millimetre_of_its_place() {
    // The letter I of Helvetica is a bar from 91 to 188 thousandths, and 718 high (its metrics by Adobe). At 203 dots
    // per inch a dot is an eighth of a millimetre.
    let font = "/Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>";
    let dots = |points: f64| points * 203.0 / 72.0;
    for (x, y, size) in [(10.0, 20.0, 36.0), (33.37, 41.93, 48.0), (71.01, 77.77, 20.0), (100.49, 11.11, 60.0)] {
        let content = format!("BT /F {size} Tf {x} {y} Td (I) Tj ET");
        // 144 points are 406 dots; the page is 400 wide, and everything on it a little smaller.
        let shrunk = 400.0 / dots(144.0);
        let page = at_203(&page_with(&content, font, &[]), 144.0, &PageOptions::default()).unwrap().pages.remove(0);
        assert_eq!(page.width(), 400);
        let (left, top, right, bottom) = extent(&page);
        let place = |points: f64| dots(points) * shrunk;
        let expected =
            [place(x + 0.091 * size), place(144.0 - y - 0.718 * size), place(x + 0.188 * size), place(144.0 - y)];
        let found = [f64::from(left), f64::from(top), f64::from(right + 1), f64::from(bottom + 1)];
        for (expected, found) in expected.into_iter().zip(found) {
            assert!((expected - found).abs() <= 1.0, "at {x}, {y}: {found} instead of {expected}");
        }
    }
}

#[test]
fn crop_and_turn_show_the_right_part() {
    // A black square in the upper left quarter.
    let square = page_with("18 90 36 36 re f", "", &[]);
    let whole = small(&square, &PageOptions::default()).unwrap();
    assert_eq!(extent(&whole), (18, 18, 53, 53));
    let turned = small(&square, &PageOptions { rotate: Rotation::Right, ..PageOptions::default() }).unwrap();
    assert_eq!(extent(&turned), (90, 18, 125, 53));
    let half = small(&square, &PageOptions { rotate: Rotation::Half, ..PageOptions::default() }).unwrap();
    assert_eq!(extent(&half), (90, 90, 125, 125));
    let left = small(&square, &PageOptions { rotate: Rotation::Left, ..PageOptions::default() }).unwrap();
    assert_eq!(extent(&left), (18, 90, 53, 125));
    // The document's own turn and box come before the user's.
    let own = small(&page_with("18 90 36 36 re f", "/Rotate 90", &[]), &PageOptions::default()).unwrap();
    assert_eq!(own, turned);
    let boxed = page_with("18 90 36 36 re f", "/CropBox [0 72 72 144]", &[]);
    assert_eq!(extent(&small(&boxed, &PageOptions::default()).unwrap()), (36, 36, 107, 107));
}

#[test]
fn lines_and_bars_have_whole_dots_wherever_they_fall() {
    // Bars of 2 dots, at places between dots; hairlines; both have no grey beside them and none is lost.
    let bars: String = (0..12).map(|bar| format!("{} 20 2 40 re f ", 10.0 + 10.3 * f64::from(bar))).collect();
    let lines = "0.1 w 10 80.4 m 130 80.4 l S 0 w 10 90.6 m 130 90.6 l S 10 100.5 120 0.2 re f";
    let page = small(&page_with(&format!("{bars}{lines}"), "", &[]), &PageOptions::default()).unwrap();
    let black_in = |y: u32| (0..144).filter(|&x| page.is_black(x, y)).count();
    assert_eq!(black_in(100), 24);
    assert_eq!((30..80).filter(|&y| black_in(y) >= 119).count(), 3);
}

#[test]
fn bands_have_no_seams() {
    // A disc over many bands, through a clip: every row is as wide as a circle has it.
    let round = "60 0 0 60 72 72 cm 1 0 m 1 .5523 .5523 1 0 1 c -.5523 1 -1 .5523 -1 0 c \
                 -1 -.5523 -.5523 -1 0 -1 c .5523 -1 1 -.5523 1 0 c";
    for content in [format!("{round} f"), format!("{round} W n -2 -2 4 4 re f")] {
        let options = PageOptions { width: Some(576), ..PageOptions::default() };
        let page = small(&page_with(&content, "", &[]), &options).unwrap();
        for y in 50..526_u32 {
            let from_middle = f64::from(y) + 0.5 - 288.0;
            let expected = 2.0 * (240.0_f64.powi(2) - from_middle.powi(2)).max(0.0).sqrt();
            let black = (0..576).filter(|&x| page.is_black(x, y)).count();
            #[allow(clippy::cast_precision_loss)]
            let off = (black as f64 - expected).abs();
            assert!(off <= 2.5, "row {y}: {black} instead of {expected}");
        }
    }
}

#[test]
fn what_has_tones_is_diffused_and_what_has_not_is_cut() {
    let dither = |content: &str| {
        let bytes = page_with(content, "", &[]);
        render(&bytes, &name("a.pdf"), &Target { width_dots: 144, dpi: 72, ..PAPER }, &PageOptions::default())
            .unwrap()
            .dither
    };
    assert_eq!(dither("0 0 72 72 re f"), Dither::Threshold);
    assert_ne!(dither("0.5 g 0 0 72 72 re f"), Dither::Threshold);
}

#[test]
fn a_locked_document_asks_for_its_password() {
    struct Count(u32);
    impl PageSink for Count {
        fn begin(&mut self, _: PageSize) -> Result<(), Stopped> {
            self.0 += 1;
            Ok(())
        }
        fn rows(&mut self, _: &[u8]) -> Result<(), Stopped> {
            Ok(())
        }
        fn end(&mut self) -> Result<(), Stopped> {
            Ok(())
        }
    }
    let (bytes, name) = (document("locked.pdf"), name("a.pdf"));
    let source = Source::new(&bytes, &name);
    assert!(identify(&source).unwrap().locked);
    assert_eq!(identify(&source.with_password(Some("other"))), Err(RenderError::WrongPassword));
    let known = identify(&source.with_password(Some("geheim"))).unwrap();
    assert_eq!((known.kind, known.locked), (DocumentKind::Pdf, false));
    assert_eq!(RenderError::Locked.fault().code, "document_locked");
    assert_eq!(RenderError::WrongPassword.fault().code, "password_wrong");
    let target = Target { width_dots: 96, dpi: 72, ..PAPER };
    let mut pages = Count(0);
    let opened = source.with_password(Some("geheim"));
    render_to(&opened, &target, &PageOptions::default(), &mut pages).unwrap();
    assert_eq!(pages.0, 1);
    assert!(!format!("{opened:?}").contains("geheim"));
    // Restrictions without a password are no business of a printer.
    assert!(render(&document("restricted.pdf"), &name, &target, &PageOptions::default()).is_ok());
}

#[test]
fn what_is_behind_other_bytes_or_cut_off_is_still_found() {
    let square = page_with("18 90 36 36 re f", "", &[]);
    let expected = small(&square, &PageOptions::default()).unwrap();
    let wrapped = [b"\x1b%-12345X@PJL\r\n".as_slice(), &square].concat();
    assert_eq!(small(&wrapped, &PageOptions::default()).unwrap(), expected);
    // Without its table the objects are looked for.
    let cut = &square[..square.windows(4).position(|window| window == b"xref").unwrap()];
    assert_eq!(small(cut, &PageOptions::default()).unwrap(), expected);
}

#[test]
fn too_much_is_refused_and_not_tried() {
    let huge = |bytes: &[u8]| small(bytes, &PageOptions::default()).unwrap_err();
    // Ten forms, each drawn ten times by the one before: ten thousand million in all.
    let form = |next: usize| {
        let content = format!("/X{next} Do ").repeat(10);
        format!(
            "<< /Type /XObject /Subtype /Form /BBox [0 0 144 144] /Resources << /XObject << /X{next} {next} 0 R >> >> \
             /Length {} >>\nstream\n{content}\nendstream",
            content.len()
        )
    };
    let forms: Vec<String> = (6..16).map(form).collect();
    let nested = page_with("/X5 Do", "/Resources << /XObject << /X5 5 0 R >> >>", &forms);
    let error = huge(&nested);
    assert_eq!(error, RenderError::TooLarge(Excess::Work));
    assert_eq!(error.fault().code, "document_too_large");
    // A picture that says it has ten thousand million pixels.
    let picture = "<< /Type /XObject /Subtype /Image /Width 100000 /Height 100000 /BitsPerComponent 1 \
                   /ColorSpace /DeviceGray /Length 1 >>\nstream\n0\nendstream";
    let image = page_with("/I Do", "/Resources << /XObject << /I 5 0 R >> >>", &[picture.to_owned()]);
    assert!(matches!(huge(&image), RenderError::TooLarge(Excess::Pixels { .. })));
    // Six metres of paper, and a unit that makes them of sixty centimetres.
    let long = page_with("0 0 1 1 re f", "/MediaBox [0 0 144 17008]", &[]);
    assert!(matches!(huge(&long), RenderError::TooLarge(Excess::Side { metres: 6..=7 } | Excess::Rows { .. })));
    let unit = page_with("0 0 1 1 re f", "/UserUnit 200", &[]);
    assert!(matches!(huge(&unit), RenderError::TooLarge(Excess::Side { .. })));
    // Cells of a fiftieth of a point.
    let pattern = "<< /Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 .02 .02] /XStep .02 \
                   /YStep .02 /Resources << >> /Length 16 >>\nstream\n0 0 .02 .02 re f \nendstream";
    let tiny = page_with(
        "/Pattern cs /P scn 0 0 144 144 re f",
        "/Resources << /Pattern << /P 5 0 R >> >>",
        &[pattern.to_owned()],
    );
    assert_eq!(huge(&tiny), RenderError::TooLarge(Excess::Work));
}

#[test]
fn nonsense_ends_in_an_error_or_a_page_and_never_in_a_panic() {
    for content in [
        "1e30 0 0 1e30 0 0 cm 0 0 1 1 re f",
        "0 0 0 0 0 0 cm 0 0 1 1 re f 5 w 0 0 m 1 1 l S",
        "[0.00001 0.00001] 0 d 0 0 m 144 144 l S",
        "[0 0] 0 d 0 0 m 144 144 l S",
        "-5 w 0 0 m 10 10 l S 0 0 m 0 0 l S 1 J 20 w 50 50 m 50 50 l S",
        "q q q q Q Q Q Q Q Q Q Q 0 0 9 9 re W n W n f",
        "(text without a font) Tj BT (more) Tj ET /None Do /None gs /None sh",
        "99999999999999999999 0 m 0 99999999999999999999 l 5 5 l f",
    ] {
        let page = small(&page_with(content, "", &[]), &PageOptions::default());
        assert!(page.is_ok(), "{content}: {page:?}");
    }
    assert!(matches!(small(b"%PDF-1.4 and nothing else", &PageOptions::default()), Err(RenderError::Damaged { .. })));
}
