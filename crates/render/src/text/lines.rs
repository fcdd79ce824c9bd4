//! Paragraphs become lines of placed glyphs.
//!
//! `parley` shapes, orders both directions, finds fonts and breaks lines (Thai, Lao, Khmer and Burmese by dictionary).
//! Ours are the tabs, which it does not know, the emoji, the size of the type, and the bars that strike text out.
use super::emoji;
use super::glyphs::{Look, Placed};
use crate::fonts::{EMOJI_FAMILY, Fonts, MONO_FAMILY, SYMBOL_FAMILY};
use parley::{
    Alignment, AlignmentOptions, FontContext, FontFamily, FontFamilyName, FontStyle, FontWeight, InlineBox,
    InlineBoxKind, Layout, LayoutContext, OverflowWrap, PositionedLayoutItem, RangedBuilder, StyleProperty,
    VerticalAlign,
};
use std::borrow::Cow;
use std::ops::Range;

/// Longer paragraphs are set in parts: a megabyte without a line feed must not need a gigabyte of layout.
const MAX_PARAGRAPH: usize = 8_000;

/// Line height of the main font, in sizes of the font.
const LINE_HEIGHT: f32 = 1.362;

/// Distance of tab stops, in sizes of the font: about eight digits.
const TAB: f32 = 4.6;

/// Size of letters of equal width among others, in sizes of the others: as high as they are.
const MONO_SIZE: f32 = 0.9;

/// A line, ready to be drawn.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    /// Dots from its top to that of the next line. Scripts that are taller than Latin have taller lines.
    pub(crate) height: u32,
    /// Dots from its top to the line that its letters stand on.
    pub(crate) baseline: f32,
    pub(crate) glyphs: Vec<Placed>,
    pub(crate) bars: Vec<Bar>,
    /// Whether it only keeps others apart: not wanted at the top of a page.
    pub(crate) gap: bool,
    /// Whether it must not be the last one on a page.
    pub(crate) keep: bool,
}

/// A black rectangle, in dots from the left of the page and from the top of its line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bar {
    pub(crate) left: f32,
    pub(crate) top: f32,
    pub(crate) width: f32,
    pub(crate) height: f32,
}

impl Line {
    /// An empty line.
    pub(crate) fn empty(height: u32) -> Self {
        Self { height, ..Self::default() }
    }

    /// Moves what is on the line.
    pub(crate) fn shift(&mut self, x: f32, y: f32) {
        for glyph in &mut self.glyphs {
            glyph.x += x;
            glyph.y += y;
        }
        for bar in &mut self.bars {
            bar.left += x;
            bar.top += y;
        }
    }

    /// Puts what is on `other` onto this line too, both standing on the same height.
    pub(crate) fn join(&mut self, mut other: Self) {
        let lower = (self.baseline - other.baseline).round();
        if lower < 0.0 {
            self.shift(0.0, -lower);
            self.baseline -= lower;
            self.height += whole(-lower);
        } else {
            other.shift(0.0, lower);
            other.height += whole(lower);
        }
        self.height = self.height.max(other.height);
        self.glyphs.append(&mut other.glyphs);
        self.bars.append(&mut other.bars);
    }
}

/// How a stretch of text differs from what is around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) bold: bool,
    pub(crate) italic: bool,
    pub(crate) mono: bool,
    pub(crate) struck: bool,
}

/// A text with stretches of their own style, which do not overlap.
#[derive(Clone, Debug, Default)]
pub(crate) struct Styled {
    pub(crate) text: String,
    pub(crate) spans: Vec<(Range<usize>, Style)>,
}

impl Styled {
    /// Appends text of one style.
    pub(crate) fn push(&mut self, text: &str, style: Style) {
        let start = self.text.len();
        self.text.push_str(text);
        if style == Style::default() || text.is_empty() {
            return;
        }
        match self.spans.last_mut() {
            Some((range, last)) if range.end == start && *last == style => range.end = self.text.len(),
            _ => self.spans.push((start..self.text.len(), style)),
        }
    }

    /// Puts a character of no style of its own at byte `at`.
    pub(crate) fn insert(&mut self, at: usize, c: char) {
        self.text.insert(at, c);
        for (range, _) in &mut self.spans {
            range.start += if range.start >= at { c.len_utf8() } else { 0 };
            range.end += if range.end > at { c.len_utf8() } else { 0 };
        }
    }

    /// Appends another text with its styles.
    pub(crate) fn append(&mut self, other: &Self) {
        let start = self.text.len();
        self.text.push_str(&other.text);
        self.spans.extend(other.spans.iter().map(|(range, style)| (range.start + start..range.end + start, *style)));
    }

    /// The part of it, with the styles that are in it.
    fn part(&self, range: Range<usize>) -> Self {
        let text = self.text.get(range.clone()).unwrap_or("").to_owned();
        let inside = |span: &Range<usize>| span.start.max(range.start)..span.end.min(range.end);
        let spans = self.spans.iter().map(|(span, style)| (inside(span), *style));
        let spans = spans.filter(|(span, _)| span.start < span.end);
        Self { text, spans: spans.map(|(s, style)| (s.start - range.start..s.end - range.start, style)).collect() }
    }
}

/// Sets paragraphs.
pub(crate) struct Typesetter {
    fonts: FontContext,
    layouts: LayoutContext<()>,
    families: FontFamily<'static>,
    emoji: FontFamily<'static>,
    mono: FontFamily<'static>,
    line_height: u32,
    font_size: f32,
    looks: Vec<Look>,
}

impl Typesetter {
    /// For lines of `line_height` dots.
    pub(crate) fn new(line_height: u32) -> Self {
        let first = |family: &'static str| {
            let list: Vec<_> = std::iter::once(FontFamilyName::named(family)).chain(Fonts::families()).collect();
            FontFamily::List(Cow::Owned(list))
        };
        let mut typesetter = Self {
            fonts: Fonts::get().context(),
            layouts: LayoutContext::new(),
            families: FontFamily::List(Cow::Owned(Fonts::families())),
            emoji: first(EMOJI_FAMILY),
            mono: first(MONO_FAMILY),
            line_height: 1,
            font_size: 1.0,
            looks: Vec::new(),
        };
        typesetter.resize(line_height);
        typesetter
    }

    /// From now on for lines of `line_height` dots.
    pub(crate) fn resize(&mut self, line_height: u32) {
        self.line_height = line_height;
        // At most a few hundred dots: exact in an f32.
        #[allow(clippy::cast_precision_loss)]
        let font_size = line_height as f32 / LINE_HEIGHT;
        self.font_size = font_size;
    }

    /// Dots from one line to the next.
    pub(crate) fn line_height(&self) -> u32 {
        self.line_height
    }

    /// The size of the type, in dots.
    pub(crate) fn font_size(&self) -> f32 {
        self.font_size
    }

    /// All looks that glyphs of the lines set so far refer to.
    pub(crate) fn looks(&self) -> &[Look] {
        &self.looks
    }

    /// Likewise, when nothing more is to be set.
    pub(crate) fn into_looks(self) -> Vec<Look> {
        self.looks
    }

    /// The lines of a paragraph, wrapped to `measure` dots.
    pub(crate) fn set(&mut self, paragraph: &str, measure: u32) -> Vec<Line> {
        if paragraph.is_empty() {
            return vec![Line::empty(self.line_height)];
        }
        let mut lines = Vec::new();
        for range in parts(paragraph) {
            let part = paragraph.get(range).unwrap_or("");
            let mut layout = self.layout(part, &[], measure);
            layout.align(Alignment::Start, AlignmentOptions::default());
            lines.extend(layout.lines().map(|line| self.placed(&line)));
        }
        lines
    }

    /// Likewise, of a paragraph with styles and perhaps line feeds.
    pub(crate) fn set_styled(&mut self, paragraph: &Styled, measure: u32, alignment: Alignment) -> Vec<Line> {
        let mut lines = Vec::new();
        for range in parts(&paragraph.text) {
            let part = paragraph.part(range);
            let mut layout = self.layout(&part.text, &part.spans, measure);
            layout.align(alignment, AlignmentOptions::default());
            lines.extend(layout.lines().map(|line| self.placed(&line)));
        }
        lines
    }

    /// The length of the longest line of `text` in dots, when it is wrapped to `measure`; at least 8.
    pub(crate) fn longest_line(&mut self, text: &str, measure: u32) -> u32 {
        let mut longest = 8;
        for paragraph in text.split('\n') {
            for range in parts(paragraph) {
                let layout = self.layout(paragraph.get(range).unwrap_or(""), &[], measure);
                longest = longest.max(whole(layout.width()));
            }
        }
        longest.min(measure)
    }

    /// How wide a text with styles is when only its own line feeds break it, and how wide its longest word.
    pub(crate) fn widths(&mut self, text: &Styled) -> (u32, u32) {
        let (mut line, mut word) = (0, 0);
        for range in parts(&text.text) {
            let part = text.part(range);
            let layout = self.layout(&part.text, &part.spans, u32::from(u16::MAX));
            line = line.max(whole(layout.width()));
            word = word.max(whole(layout.calculate_content_widths().min));
        }
        (line, word)
    }

    fn layout(&mut self, paragraph: &str, spans: &[(Range<usize>, Style)], measure: u32) -> Layout<()> {
        // Text with styles has no tabs: what sets it has made spaces of them.
        let tabs: Vec<usize> = paragraph.match_indices('\t').map(|(at, _)| at).collect();
        // A tab leaves the text and becomes a box, whose width is known once the text before it has been measured.
        let text: Cow<'_, str> =
            if tabs.is_empty() { Cow::Borrowed(paragraph) } else { Cow::Owned(paragraph.replace('\t', "")) };
        let mut builder = self.layouts.ranged_builder(&mut self.fonts, &text, 1.0, true);
        builder.push_default(StyleProperty::FontFamily(self.families.clone()));
        builder.push_default(StyleProperty::FontSize(self.font_size));
        builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::BreakWord));
        for (range, style) in spans {
            push_style(&mut builder, range, *style, &self.mono, self.font_size);
        }
        if !text.is_ascii() {
            for (start, sign) in text.match_indices(is_sign) {
                let symbols = FontFamily::named(SYMBOL_FAMILY);
                builder.push(StyleProperty::FontFamily(symbols), start..start + sign.len());
            }
            for range in emoji::sequences(&text) {
                builder.push(StyleProperty::FontFamily(self.emoji.clone()), range);
            }
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
        #[allow(clippy::cast_precision_loss)] // at most 65,535
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

    fn placed(&mut self, line: &parley::Line<'_, ()>) -> Line {
        let metrics = line.metrics();
        let (top, bottom) = (metrics.block_min_coord, metrics.block_max_coord);
        let mut glyphs = Vec::new();
        let mut bars = Vec::new();
        for item in line.items() {
            let PositionedLayoutItem::GlyphRun(run) = item else { continue };
            let Some(font) = Fonts::place(run.run().font().data.data()) else { continue };
            let synthesis = run.run().synthesis();
            let size = run.run().font_size();
            // What is written from the right does not lean to the right.
            let slanted = synthesis.skew().is_some() && !run.run().is_rtl();
            let look = self.look(Look { size, bold: synthesis.embolden(), slanted });
            glyphs.extend(run.positioned_glyphs().map(|glyph| Placed {
                font,
                look,
                // Every glyph of these fonts has a number below 65,536; a test looks at the fonts.
                id: u16::try_from(glyph.id).unwrap_or(0),
                x: glyph.x,
                y: glyph.y - top,
            }));
            if run.style().strikethrough.is_some() {
                let thick = (size / 14.0).max(1.0);
                let middle = run.baseline() - top - size * 0.27;
                bars.push(Bar { left: run.offset(), top: middle - thick / 2.0, width: run.advance(), height: thick });
            }
        }
        glyphs.shrink_to_fit();
        // Whole already: the layout is told to keep to whole dots.
        let height = whole((bottom - top).round().clamp(1.0, 10_000.0));
        Line { height, baseline: metrics.baseline - top, glyphs, bars, gap: false, keep: false }
    }

    /// The place of a look in the list. Nobody uses 256 different ones; if so, the last one stands for the rest.
    fn look(&mut self, look: Look) -> u8 {
        let place = self.looks.iter().position(|known| *known == look).unwrap_or_else(|| {
            if self.looks.len() <= usize::from(u8::MAX) {
                self.looks.push(look);
            }
            self.looks.len() - 1
        });
        u8::try_from(place).unwrap_or(u8::MAX)
    }
}

/// Dots as a whole number, rounded up.
fn whole(dots: f32) -> u32 {
    // Not negative, and a line is never longer than a few ten thousand dots; the cast saturates.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = dots.ceil().max(0.0) as u32;
    whole
}

fn push_style(
    builder: &mut RangedBuilder<'_, ()>,
    range: &Range<usize>,
    style: Style,
    mono: &FontFamily<'static>,
    font_size: f32,
) {
    if style.bold {
        builder.push(StyleProperty::FontWeight(FontWeight::BOLD), range.clone());
    }
    if style.italic {
        builder.push(StyleProperty::FontStyle(FontStyle::Italic), range.clone());
    }
    if style.mono {
        builder.push(StyleProperty::FontFamily(mono.clone()), range.clone());
        builder.push(StyleProperty::FontSize(font_size * MONO_SIZE), range.clone());
    }
    if style.struck {
        builder.push(StyleProperty::Strikethrough(true), range.clone());
    }
}

/// How many bytes of a paragraph are set first.
pub(super) fn first_part(paragraph: &str) -> usize {
    parts(paragraph).next().map_or(paragraph.len(), |part| part.end)
}

/// `paragraph` in parts that are not too long, broken at a space where there is one.
fn parts(paragraph: &str) -> impl Iterator<Item = Range<usize>> {
    let mut rest = Some(0);
    std::iter::from_fn(move || {
        let start = rest.take()?;
        let text = paragraph.get(start..)?;
        if text.len() <= MAX_PARAGRAPH {
            return Some(start..paragraph.len());
        }
        let limit = text.floor_char_boundary(MAX_PARAGRAPH);
        let head = text.get(..limit).unwrap_or("");
        let cut = start + head.rfind(' ').map_or(limit, |space| space + 1);
        rest = Some(cut);
        Some(start..cut)
    })
}

/// Arrows and mathematical signs. Some of them could also be put together from two characters of the main font, whose
/// parts do not fit: they are asked for where they are whole.
fn is_sign(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{22FF}')
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
        let layout = typesetter.layout(&text, &[], 150);
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
        let all: Vec<&str> = parts(&text).map(|range| &text[range]).collect();
        assert!(all.len() > 2 && all.iter().all(|part| part.len() <= MAX_PARAGRAPH));
        assert_eq!(all.concat(), text);
        let thai = "ก".repeat(9000);
        assert_eq!(parts(&thai).map(|range| &thai[range]).collect::<String>(), thai);
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
