//! Text on pages: wrapping, turning, further pages, and control characters that stay data.
#![allow(clippy::unwrap_used, clippy::panic)] // in helpers as in tests

mod common;

use common::{PAPER, name, render_text, try_render};
use platen_model::{Dither, DocumentKind, PageOptions, Rotation};
use platen_render::{Encoding, Source, Target, identify, render};

#[test]
fn text_is_as_wide_as_the_paper_and_as_high_as_its_lines() {
    let rendered = render_text("one\ntwo\nthree", &PageOptions::default());
    assert_eq!(rendered.dither, Dither::Threshold);
    assert_eq!((rendered.pages.len(), rendered.pages[0].width(), rendered.pages[0].height()), (1, 384, 3 * 28));
    assert!(rendered.pages[0].black_dots() > 300);
}

#[test]
fn type_grows_with_the_resolution() {
    let at = |dpi| {
        let target = Target { width_dots: 576, dpi, dot_gain: 0, across: false };
        render(b"one", &name("a"), &target, &PageOptions::default()).unwrap().pages[0].height()
    };
    assert_eq!((at(203), at(300), at(406)), (28, 41, 56));
}

#[test]
fn long_text_goes_on_on_the_next_page() {
    let rendered = render_text(&"line\n".repeat(2200), &PageOptions::default());
    let heights: Vec<u32> = rendered.pages.iter().map(|page| page.height()).collect();
    let longest = 30_000 / 28 * 28;
    assert_eq!(heights, [longest, longest, 2200 * 28 - 2 * longest]);
}

#[test]
fn control_characters_leave_nothing_on_paper() {
    let clean = render_text("Milk @V 1l\tok", &PageOptions::default());
    let hostile = try_render(b"M\x1bilk\x07 @\x1dV\x00 1l\tok\x7f", &PageOptions::default());
    assert!(hostile.is_err(), "a NUL is no text");
    let hostile = render_text("M\u{1b}ilk\u{7} @\u{1d}V 1l\tok\u{7f}\u{10}\u{4}", &PageOptions::default());
    assert_eq!(hostile, clean);
}

#[test]
fn turned_text_runs_along_the_paper() {
    let text = "A long line of text that would be wrapped on narrow paper, but runs along it here\nsecond";
    let turned = |rotate| render_text(text, &PageOptions { rotate, ..PageOptions::default() });
    let (right, left) = (turned(Rotation::Right), turned(Rotation::Left));
    assert_eq!(right.pages.len(), 1);
    let page = &right.pages[0];
    assert_eq!(page.width(), 384);
    assert!(page.height() > 600 && page.height() <= 4 * 384);
    assert_eq!(left.pages[0].black_dots(), page.black_dots());
    // Turned right, the first line is at the right edge.
    let dots = |from: u32, to: u32| {
        (0..page.height()).map(|y| (from..to).filter(|&x| page.is_black(x, y)).count()).sum::<usize>()
    };
    assert!(dots(356, 384) > dots(328, 356) && dots(328, 356) > 0 && dots(0, 328) == 0);

    let upright = turned(Rotation::None);
    let half = turned(Rotation::Half);
    let (first, last) = (&upright.pages[0], &half.pages[0]);
    assert_eq!((first.width(), first.height()), (last.width(), last.height()));
    for y in 0..first.height() {
        for x in 0..384 {
            assert_eq!(first.is_black(x, y), last.is_black(383 - x, first.height() - 1 - y));
        }
    }
}

#[test]
fn many_turned_lines_need_several_pages() {
    let options = PageOptions { rotate: Rotation::Right, ..PageOptions::default() };
    let rendered = render_text(&"line\n".repeat(30), &options);
    assert_eq!(rendered.pages.len(), 30_usize.div_ceil(384 / 28));
    assert!(rendered.pages.iter().all(|page| page.width() == 384));
}

#[test]
fn what_no_font_has_is_told_and_drawn_as_a_box() {
    let rendered = render_text("ok 𓀀 and 𝒳 and 𓀀", &PageOptions::default());
    assert_eq!(rendered.missing, ['𓀀', '𝒳']);
    let without = render_text("ok   and   and  ", &PageOptions::default());
    assert!(rendered.pages[0].black_dots() > without.pages[0].black_dots() + 60);
}

#[test]
fn the_encoding_is_told() {
    let told = |bytes: &[u8]| identify(&Source::new(bytes, &name("a.txt"))).unwrap();
    assert_eq!(told("ไทย".as_bytes()).encoding, Some(Encoding::Utf8));
    assert_eq!(told(b"\xff\xfea\0").encoding, Some(Encoding::Utf16));
    let legacy = told(b"Gr\xfc\xdfe");
    assert_eq!((legacy.kind, legacy.encoding, legacy.width), (DocumentKind::Text, Some(Encoding::Windows1252), None));
    assert_eq!(
        try_render(b"Gr\xfc\xdfe", &PageOptions::default()),
        try_render("Grüße".as_bytes(), &PageOptions::default())
    );
}

#[test]
fn inverted_text_is_white_on_black() {
    let page = render_text("Hi", &PageOptions { invert: true, ..PageOptions::default() }).pages.remove(0);
    assert!(page.black_dots() > 384 * 28 / 2 && page.is_black(383, 0));
}

#[test]
fn narrow_paper_still_gets_every_letter() {
    let target = Target { width_dots: 8, ..PAPER };
    let page = render(b"abc", &name("a"), &target, &PageOptions::default()).unwrap().pages.remove(0);
    assert_eq!((page.width(), page.height()), (8, 3 * 28));
}
