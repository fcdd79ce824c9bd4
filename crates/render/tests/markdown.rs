//! Markdown on narrow paper: what is text stays text, and nothing in it is a command, a file or an address.
#![allow(clippy::unwrap_used, clippy::panic)] // in helpers as in tests

mod common;

use common::{PAPER, name, render_text};
use platen_model::{Bitmap, DocumentKind, PageOptions, Rotation};
use platen_render::{Excess, RenderError, Rendered, Source, Target, identify, render};

fn markdown(text: &str) -> Result<Rendered, RenderError> {
    render(text.as_bytes(), &name("a.md"), &PAPER, &PageOptions::default())
}

fn page(text: &str) -> Bitmap {
    markdown(text).unwrap().pages.remove(0)
}

#[test]
fn the_name_says_that_a_text_is_markdown() {
    for (file, kind) in [
        ("a.md", DocumentKind::Markdown),
        ("A.MARKDOWN", DocumentKind::Markdown),
        ("a.txt", DocumentKind::Text),
        ("md", DocumentKind::Text),
    ] {
        assert_eq!(identify(&Source::new(b"# Title", &name(file))).unwrap().kind, kind, "{file}");
    }
    assert_eq!(identify(&Source::new(b"\x89PNG\r\n\x1a\n", &name("a.md"))).ok().map(|info| info.kind), None);
    assert!(page("# Title").height() > render_text("Title", &PageOptions::default()).pages[0].height());
}

#[test]
fn a_plain_paragraph_is_the_same_dots_as_plain_text() {
    let text = "Milk, bread and tea from the shop at the corner; ไทย, 中文, עברית.";
    assert_eq!(markdown(text).unwrap(), render_text(text, &PageOptions::default()));
}

#[test]
fn references_to_control_characters_leave_nothing() {
    assert_eq!(page("a&#27;@&#29;V0 `b\u{1b}`"), page("a@V0 `b`"));
}

#[test]
fn html_is_text_and_what_is_hidden_stays_hidden() {
    assert_eq!(page("---\ntitle: x\n---\n<div>Hello <i>you</i></div>\n\n<!-- no -->\n"), page("Hello you"));
    assert_eq!(page("a <b>b</b> <img src='file:///etc/passwd'>c"), page("a b c"));
    assert_eq!(markdown("<!-- nothing -->\n"), Err(RenderError::Empty));
    assert_eq!(markdown("[link]: https://example.com\n"), Err(RenderError::Empty));
}

#[test]
fn what_no_font_has_is_told_wherever_it_stands() {
    assert_eq!(markdown("# 𓀀\n| `𝒳` |\n|--|\n| a |\n").unwrap().missing, ['𓀀', '𝒳']);
}

#[test]
fn documents_made_to_be_slow_or_deep_are_set_all_the_same() {
    let many = |text: &str, times: usize| text.repeat(times);
    let documents = [
        many("> ", 100) + "deep",
        (0..100).map(|depth| many("  ", depth) + "- item\n").collect(),
        many("[", 5_000) + &many("]", 5_000),
        many("*a **b ", 2_000),
        many("|a", 300) + "|\n" + &many("|-", 300) + "|\n" + &many("|b|\n", 150),
        many("a", 20_000),
        "# ".to_owned() + &many("heading ", 1_500),
    ];
    for (place, document) in documents.iter().enumerate() {
        let rendered = markdown(document).unwrap();
        assert!(rendered.pages[0].black_dots() > 10, "document {place}");
    }
    let narrow = Target { width_dots: 8, ..PAPER };
    let text = b"# a\n> - 1. b\n\n| c | d |\n|--|--|\n| e | f |\n";
    let page = render(text, &name("a.md"), &narrow, &PageOptions::default()).unwrap().pages.remove(0);
    assert!(page.width() == 8 && page.height() > 28 * 6);
}

#[test]
fn more_than_anybody_prints_is_refused_before_it_is_set() {
    let many = |text: &str, times: usize| text.repeat(times);
    let refused = |text: &str| match markdown(text) {
        Err(RenderError::TooLarge(excess)) => excess,
        other => panic!("{:.20}: {other:?}", text),
    };
    for deep in [many(">", 101) + "a", many("- ", 101) + "a", many("> - ", 100_000) + "a", many("- ", 500_000) + "a"] {
        assert_eq!(refused(&deep), Excess::Nesting { most: 100 });
    }
    let table = |rows| format!("|a|b|\n|-|-|\n{}", many("|c|d|\n", rows));
    for long in [many("- a\n", 50_001), many("# a\n", 50_001), table(25_000)] {
        assert_eq!(refused(&long), Excess::Blocks { most: 50_000 });
    }
    assert_eq!(refused(&format!("```\n{}", many("a\n", 100_001))), Excess::Lines { most: 100_000 });
    assert!(markdown(&table(500)).is_ok());
}

#[test]
fn turned_markdown_is_as_long_as_its_longest_line() {
    let options = PageOptions { rotate: Rotation::Right, ..PageOptions::default() };
    let turned = render(b"# A\n\n- b\n", &name("a.md"), &PAPER, &options).unwrap();
    assert_eq!(turned.pages.len(), 1);
    assert!(turned.pages[0].height() < 200 && turned.pages[0].black_dots() > 100);
}
