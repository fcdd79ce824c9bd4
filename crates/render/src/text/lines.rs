//! Paragraphs become lines of placed glyphs.
//!
//! `parley` shapes, orders both directions, finds fonts and breaks lines (Thai, Lao, Khmer and Burmese by dictionary).
//! Ours are the tabs, which it does not know, and the size of the type.

use super::glyphs::{Glyph, Placed};
use crate::fonts::{Fonts, SYMBOL_FAMILY};
use parley::{
    Alignment, AlignmentOptions, FontContext, FontFamily, InlineBox, InlineBoxKind, Layout, LayoutContext,
    OverflowWrap, PositionedLayoutItem, StyleProperty, VerticalAlign,
};
use std::borrow::Cow;

/// Longer paragraphs are set in parts: a megabyte without a line feed must not need a gigabyte of layout.
const MAX_PARAGRAPH: usize = 8_000;

/// Line height of the main font, in sizes of the font.
const LINE_HEIGHT: f32 = 1.362;

/// Distance of tab stops, in sizes of the font: about eight digits.
const TAB: f32 = 4.6;

/// A line, ready to be drawn.
pub(super) struct Line {
    /// Dots from its top to that of the next line. Scripts that are taller than Latin have taller lines.
    pub(super) height: u32,
    pub(super) glyphs: Vec<Placed>,
}

/// Sets paragraphs in one size.
pub(super) struct Typesetter {
    fonts: FontContext,
    layouts: LayoutContext<()>,
    families: FontFamily<'static>,
    line_height: u32,
    font_size: f32,
}

impl Typesetter {
    /// For lines of `line_height` dots.
    pub(super) fn new(line_height: u32) -> Self {
        // At most 96 dots at 1,200 dpi: exact in an f32.
        #[allow(clippy::cast_precision_loss)]
        let font_size = line_height as f32 / LINE_HEIGHT;
        let families = FontFamily::List(Cow::Owned(Fonts::families()));
        Self { fonts: Fonts::get().context(), layouts: LayoutContext::new(), families, line_height, font_size }
    }

    pub(super) fn font_size(&self) -> f32 {
        self.font_size
    }

    /// The lines of a paragraph, wrapped to `measure` dots.
    pub(super) fn set(&mut self, paragraph: &str, measure: u32) -> Vec<Line> {
        if paragraph.is_empty() {
            return vec![Line { height: self.line_height, glyphs: Vec::new() }];
        }
        let mut lines = Vec::new();
        for part in parts(paragraph) {
            let mut layout = self.layout(part, measure);
            layout.align(Alignment::Start, AlignmentOptions::default());
            lines.extend(layout.lines().map(|line| placed(&line)));
        }
        lines
    }

    /// The length of the longest line of `text` in dots, when it is wrapped to `measure`; at least 8.
    pub(super) fn longest_line(&mut self, text: &str, measure: u32) -> u32 {
        let mut longest = 8;
        for part in text.split('\n').flat_map(parts) {
            let width = self.layout(part, measure).width().ceil().max(0.0);
            // A line is never longer than the measure by more than a word; the cast saturates.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let width = width as u32;
            longest = longest.max(width);
        }
        longest.min(measure)
    }

    fn layout(&mut self, paragraph: &str, measure: u32) -> Layout<()> {
        let tabs: Vec<usize> = paragraph.match_indices('\t').map(|(at, _)| at).collect();
        // A tab leaves the text and becomes a box, whose width is known once the text before it has been measured.
        let text: Cow<'_, str> =
            if tabs.is_empty() { Cow::Borrowed(paragraph) } else { Cow::Owned(paragraph.replace('\t', "")) };
        let mut builder = self.layouts.ranged_builder(&mut self.fonts, &text, 1.0, true);
        builder.push_default(StyleProperty::FontFamily(self.families.clone()));
        builder.push_default(StyleProperty::FontSize(self.font_size));
        builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::Anywhere));
        for (start, sign) in text.match_indices(is_sign) {
            builder.push(StyleProperty::FontFamily(FontFamily::named(SYMBOL_FAMILY)), start..start + sign.len());
        }
        for (count, at) in tabs.iter().enumerate() {
            builder.push_inline_box(InlineBox {
                id: count as u64,
                kind: InlineBoxKind::InFlow,
                index: at - count,
                width: 0.0,
                height: 0.0,
                baseline: None,
                vertical_align: VerticalAlign::BASELINE,
            });
        }
        let mut layout: Layout<()> = builder.build(&text);
        if !tabs.is_empty() {
            self.widen_tabs(&mut layout);
        }
        #[allow(clippy::cast_precision_loss)] // at most 16,384
        layout.break_all_lines(Some(measure as f32));
        layout
    }

    /// Gives each tab the width up to its stop. Right for lines that are not wrapped, which is where tabs are used.
    fn widen_tabs(&self, layout: &mut Layout<()>) {
        layout.break_all_lines(None);
        let mut advances: Vec<(usize, f32)> = Vec::new();
        for line in layout.lines() {
            for run in line.runs() {
                advances.extend(run.clusters().map(|cluster| (cluster.text_range().start, cluster.advance())));
            }
        }
        advances.sort_by_key(|(start, _)| *start);
        let stop = (self.font_size * TAB).round().max(1.0);
        let mut advances = advances.into_iter().peekable();
        let mut x = 0.0_f32;
        for tab in layout.inline_boxes_mut() {
            while let Some((_, advance)) = advances.next_if(|(start, _)| *start < tab.index) {
                x += advance;
            }
            let next = ((x / stop).floor() + 1.0) * stop;
            tab.width = next - x;
            x = next;
        }
    }
}

/// `paragraph` in parts that are not too long, broken at a space where there is one.
fn parts(paragraph: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(paragraph);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        if text.len() <= MAX_PARAGRAPH {
            return Some(text);
        }
        let limit = text.floor_char_boundary(MAX_PARAGRAPH);
        let (head, _) = text.split_at(limit);
        let cut = head.rfind(' ').map_or(limit, |space| space + 1);
        let (head, tail) = text.split_at(cut);
        rest = Some(tail);
        Some(head)
    })
}

/// Arrows and mathematical signs. Some of them could also be put together from two characters of the main font, whose
/// parts do not fit: they are asked for where they are whole.
fn is_sign(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{22FF}')
}

fn placed(line: &parley::Line<'_, ()>) -> Line {
    let metrics = line.metrics();
    let (top, bottom) = (metrics.block_min_coord, metrics.block_max_coord);
    let mut glyphs = Vec::new();
    for item in line.items() {
        let PositionedLayoutItem::GlyphRun(run) = item else { continue };
        let Some(font) = Fonts::place(run.run().font().data.data()) else { continue };
        glyphs.extend(run.positioned_glyphs().map(|glyph| Placed {
            glyph: Glyph { font, id: glyph.id },
            x: glyph.x,
            y: glyph.y - top,
        }));
    }
    // Whole already: the layout is told to keep to whole dots. The cast saturates.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let height = (bottom - top).round().clamp(1.0, 10_000.0) as u32;
    Line { height, glyphs }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, measure: u32) -> Vec<Line> {
        Typesetter::new(28).set(text, measure)
    }

    #[test]
    fn latin_lines_have_the_height_that_was_asked_for() {
        for height in [12, 20, 28, 41, 96] {
            assert_eq!(Typesetter::new(height).set("Hello", 384)[0].height, height);
        }
    }

    #[test]
    fn text_is_wrapped_and_long_words_are_broken() {
        let wrapped = lines("The quick brown fox jumps over the lazy dog, again and again.", 200);
        assert!(wrapped.len() >= 3);
        let broken = lines(&"x".repeat(200), 200);
        assert!(broken.len() > 5);
        for line in wrapped.iter().chain(&broken) {
            assert!(line.glyphs.iter().all(|glyph| glyph.x >= 0.0 && glyph.x < 200.0));
        }
    }

    #[test]
    fn thai_is_broken_between_words_although_it_has_no_spaces() {
        // "the good food is very tasty", four words.
        let text = "อาหารดีอร่อยมาก".repeat(4);
        let wrapped = lines(&text, 150);
        assert!(wrapped.len() >= 2);
        // No line begins with a vowel or tone mark that belongs to the letter before it.
        let mut typesetter = Typesetter::new(28);
        let layout = typesetter.layout(&text, 150);
        for line in layout.lines() {
            let first = text[line.text_range()].chars().next().unwrap();
            assert!(!('\u{0E30}'..='\u{0E3A}').contains(&first) && !('\u{0E47}'..='\u{0E4E}').contains(&first));
        }
    }

    #[test]
    fn right_to_left_text_begins_at_the_right() {
        let hebrew = &lines("שלום", 384)[0];
        assert!(hebrew.glyphs.iter().all(|glyph| glyph.x > 300.0));
    }

    #[test]
    fn tabs_make_columns() {
        let first = lines("a\tb", 384);
        let second = lines("iii\tb", 384);
        let column = |lines: &[Line]| lines[0].glyphs.last().unwrap().x;
        assert_eq!(column(&first), column(&second));
        assert!(column(&lines("a\t\tb", 384)) > column(&first) * 1.9);
    }

    #[test]
    fn an_empty_paragraph_is_an_empty_line() {
        let empty = lines("", 384);
        assert_eq!((empty.len(), empty[0].height, empty[0].glyphs.len()), (1, 28, 0));
    }

    #[test]
    fn endless_paragraphs_are_set_in_parts() {
        let text = "word ".repeat(4000);
        let all: Vec<&str> = parts(&text).collect();
        assert!(all.len() > 2 && all.iter().all(|part| part.len() <= MAX_PARAGRAPH));
        assert_eq!(all.concat(), text);
        let thai = "ก".repeat(9000);
        assert_eq!(parts(&thai).collect::<String>(), thai);
    }

    #[test]
    fn the_longest_line_decides_the_length_of_turned_text() {
        let mut typesetter = Typesetter::new(28);
        let short = typesetter.longest_line("a\nabc", 1536);
        let long = typesetter.longest_line("a\nabcdefgh", 1536);
        assert!((8..60).contains(&short) && long > short);
        assert_eq!(typesetter.longest_line(&"word ".repeat(500), 1536).min(1500), 1500);
    }
}
