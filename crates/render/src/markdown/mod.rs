//! Markdown, set for the width of the paper.
//!
//! Source: CommonMark 0.31 with tables, strike-through and task lists, by `pulldown-cmark`. Promise CT-6: raw HTML is
//! text, nothing is looked up, nothing is run. Blocks are set one after the other as their events come. Deliberately
//! absent: pictures (their description is set), footnotes, mathematics, colours of code.

mod column;
mod inline;
mod table;

use crate::error::{Excess, RenderError};
use crate::fonts::Fonts;
use crate::leaf::Room;
use crate::text::{self, Composer, Composition, Frame, Line, Style, Styled, Typesetter};
use column::{Column, Sides};
use inline::{Inline, clean, text_of_html};
use parley::Alignment;
use platen_model::PageOptions;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use std::collections::BTreeSet;
use table::{Table, rule_across};

const EXTENSIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_YAML_STYLE_METADATA_BLOCKS);

/// How deep lists and quotations may stand in each other. Paper is too narrow for ten.
const MAX_NESTING: usize = 100;

/// How many paragraphs, headings, points of lists, and cells of tables there may be: each is measured and set on its own,
/// so a megabyte of the shortest ones would take a minute.
const MAX_BLOCKS: usize = 50_000;

/// Marks of lists inside of lists.
const BULLETS: [&str; 3] = ["•", "◦", "▪"];

/// Sets a document for its paper.
pub(crate) fn open(bytes: &[u8], room: Room, options: &PageOptions) -> Result<Composition, RenderError> {
    let source = text::read(bytes)?;
    check(&source)?;
    let mut typesetter = Typesetter::new(text::line_height(room, options));
    let mut frame = Frame::new(room, options.rotate);
    if frame.is_open(room) {
        frame.measure = typesetter.longest_line(&source, frame.measure);
    }
    let mut setter = Setter::new(typesetter, frame);
    for (event, range) in Parser::new_ext(&source, EXTENSIONS).into_offset_iter() {
        setter.event(event, source.get(range).unwrap_or(""));
    }
    setter.finish()
}

/// Refuses what would take too long to set.
fn check(source: &str) -> Result<(), RenderError> {
    let (mut depth, mut blocks) = (0_usize, 0_usize);
    for event in Parser::new_ext(source, EXTENSIONS) {
        match event {
            Event::Start(Tag::BlockQuote(_) | Tag::List(_)) => depth += 1,
            Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_)) => depth = depth.saturating_sub(1),
            Event::Start(Tag::Paragraph | Tag::Heading { .. } | Tag::Item | Tag::TableCell) => blocks += 1,
            _ => {}
        }
        if depth > MAX_NESTING {
            return Err(RenderError::TooLarge(Excess::Nesting { most: MAX_NESTING }));
        }
        if blocks > MAX_BLOCKS {
            return Err(RenderError::TooLarge(Excess::Blocks { most: MAX_BLOCKS }));
        }
    }
    Ok(())
}

/// Whether the first letter that has a direction is written from the right.
fn is_right_to_left(text: &str) -> bool {
    let is_right = |c| matches!(c, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}');
    text.chars().find(|c| c.is_alphabetic()).is_some_and(is_right)
}

/// What is open around a block.
enum Around {
    Quote { sides: Sides, ruled: bool },
    List { next: Option<u64>, loose: bool },
    Item { sides: Sides, place: Option<Place> },
}

/// Where the mark of an item stands.
#[derive(Clone, Copy)]
struct Place {
    /// Dots from the left of the page to the gutter.
    from: u32,
    gutter: u32,
    right_to_left: bool,
}

/// Sets the blocks of a document.
struct Setter {
    typesetter: Typesetter,
    column: Column,
    line_height: u32,
    em: f32,
    around: Vec<Around>,
    inline: Inline,
    code: Option<String>,
    html: Option<String>,
    table: Option<Table>,
    hidden: bool,
    after_heading: bool,
    seen: BTreeSet<char>,
}

impl Setter {
    fn new(typesetter: Typesetter, frame: Frame) -> Self {
        let (line_height, em) = (typesetter.line_height(), typesetter.font_size());
        Self {
            column: Column::new(Composer::new(frame), frame.measure, em),
            typesetter,
            line_height,
            em,
            around: Vec::new(),
            inline: Inline::default(),
            code: None,
            html: None,
            table: None,
            hidden: false,
            after_heading: false,
            seen: BTreeSet::new(),
        }
    }

    fn finish(mut self) -> Result<Composition, RenderError> {
        self.flush();
        if self.column.is_empty() {
            return Err(RenderError::Empty);
        }
        let missing = Fonts::get().missing(self.seen.into_iter()).into_iter().collect();
        Ok(self.column.into_composer().finish(self.typesetter.into_looks(), missing))
    }

    fn event(&mut self, event: Event<'_>, source: &str) {
        match event {
            Event::Start(tag) => self.start(tag, source),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => {
                self.seen.extend(text.chars());
                if let Some(code) = &mut self.code {
                    code.push_str(&text);
                } else if !self.hidden {
                    self.inline.text(&text);
                }
            }
            Event::Code(code) => {
                self.seen.extend(code.chars());
                self.inline.code(&code);
            }
            Event::Html(html) => {
                if let Some(block) = &mut self.html {
                    block.push_str(&html);
                }
            }
            Event::InlineHtml(tag) => {
                if tag.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("<br")) {
                    self.inline.hard_break();
                }
            }
            Event::SoftBreak => self.inline.soft_break(),
            Event::HardBreak => self.inline.hard_break(),
            Event::Rule => {
                self.part();
                let rule = rule_across(&self.column, self.line_height / 2);
                self.column.push(vec![rule]);
            }
            Event::TaskListMarker(done) => self.mark(if done { "☑" } else { "☐" }),
            // Extensions that are not asked for.
            Event::FootnoteReference(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, source: &str) {
        match tag {
            Tag::Paragraph => {
                if let [.., Around::List { loose, .. }, Around::Item { .. }] = self.around.as_mut_slice() {
                    *loose = true;
                }
                self.part();
            }
            Tag::Heading { level, .. } => {
                self.column.part(self.line_height * 3 / 4);
                self.typesetter.resize(heading_height(self.line_height, level));
                self.inline.bold(true);
            }
            Tag::BlockQuote(_) => self.quote(source),
            Tag::CodeBlock(_) => {
                self.part();
                self.code = Some(String::new());
            }
            Tag::HtmlBlock => self.html = Some(String::new()),
            Tag::List(next) => {
                self.flush();
                self.part();
                self.around.push(Around::List { next, loose: false });
            }
            Tag::Item => self.item(source),
            Tag::Table(alignments) => {
                self.part();
                self.table = Some(Table::new(alignments.into_iter().map(alignment).collect()));
            }
            Tag::TableHead => self.inline.bold(true),
            Tag::Emphasis => self.inline.italic(true),
            Tag::Strong => self.inline.bold(true),
            Tag::Strikethrough => self.inline.struck(true),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => self.inline.open(&dest_url),
            Tag::MetadataBlock(_) => self.hidden = true,
            // Table rows and cells are done at their ends; the rest is not asked for.
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.flush(),
            TagEnd::Heading(_) => {
                self.inline.bold(false);
                self.heading();
            }
            TagEnd::BlockQuote(_) => {
                self.flush();
                if let Some(Around::Quote { sides, ruled }) = self.around.pop() {
                    self.column.restore(sides);
                    if ruled {
                        self.column.close_rule();
                    }
                }
            }
            TagEnd::CodeBlock => self.code_block(),
            TagEnd::HtmlBlock => {
                let text = text_of_html(&self.html.take().unwrap_or_default());
                if !text.is_empty() {
                    self.part();
                    self.seen.extend(text.chars());
                    self.inline.text(&text);
                    self.flush();
                }
            }
            TagEnd::List(_) => {
                self.around.pop();
            }
            TagEnd::Item => {
                self.flush();
                self.column.flush_mark();
                if let Some(Around::Item { sides, .. }) = self.around.pop() {
                    self.column.restore(sides);
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    table.set(&mut self.typesetter, &mut self.column);
                    self.after_heading = false;
                }
            }
            TagEnd::TableHead => {
                self.inline.bold(false);
                self.table.iter_mut().for_each(Table::end_head);
            }
            TagEnd::TableRow => self.table.iter_mut().for_each(Table::end_row),
            TagEnd::TableCell => {
                let cell = self.inline.take();
                if let Some(table) = &mut self.table {
                    table.cell(cell);
                }
            }
            TagEnd::Emphasis => self.inline.italic(false),
            TagEnd::Strong => self.inline.bold(false),
            TagEnd::Strikethrough => self.inline.struck(false),
            TagEnd::Link => self.inline.close_link(),
            TagEnd::Image => self.inline.close_picture(),
            TagEnd::MetadataBlock(_) => self.hidden = false,
            _ => {}
        }
    }

    /// Keeps the next block away from the one before: not in a list that its author wrote without empty lines.
    fn part(&mut self) {
        let dense = self.around.iter().rev().find_map(|around| match around {
            Around::List { loose, .. } => Some(!loose),
            Around::Quote { .. } => Some(false),
            Around::Item { .. } => None,
        });
        let rows = match (dense, self.after_heading) {
            (Some(true), _) => 0,
            (_, true) => self.line_height / 4,
            _ => self.line_height / 2,
        };
        self.column.part(rows);
    }

    /// Sets the text collected so far as a paragraph.
    fn flush(&mut self) {
        if self.inline.is_blank() {
            self.inline.take();
            return;
        }
        let paragraph = self.inline.take();
        let lines = self.typesetter.set_styled(&paragraph, self.column.width(), Alignment::Start);
        self.column.push(lines);
        self.after_heading = false;
    }

    fn heading(&mut self) {
        let heading = self.inline.take();
        let mut lines = self.typesetter.set_styled(&heading, self.column.width(), Alignment::Start);
        lines.iter_mut().for_each(|line| line.keep = true);
        if !heading.text.trim().is_empty() {
            self.column.push(lines);
            self.after_heading = true;
        }
        self.typesetter.resize(self.line_height);
    }

    fn quote(&mut self, source: &str) {
        self.flush();
        self.part();
        let sides = self.column.sides();
        let right = is_right_to_left(source);
        let ruled = self.column.indent(right, dots(self.em * 0.8));
        if ruled {
            let from = if right { self.column.measure() - sides.right } else { sides.left };
            #[allow(clippy::cast_precision_loss)] // at most 120,000
            let x = from as f32 + self.em * if right { -0.35 } else { 0.2 };
            self.column.open_rule(x);
        }
        self.around.push(Around::Quote { sides, ruled });
    }

    fn item(&mut self, source: &str) {
        self.flush();
        let depth = self.around.iter().filter(|around| matches!(around, Around::List { .. })).count();
        let mut mark = BULLETS.get((depth.max(1) - 1) % BULLETS.len()).copied().unwrap_or("•").to_owned();
        let mut loose = false;
        if let Some(Around::List { next, loose: apart }) = self.around.last_mut() {
            loose = *apart;
            if let Some(number) = next {
                mark = format!("{number}.");
                *number = number.saturating_add(1);
            }
        }
        if loose {
            self.part();
        }
        let numbered = mark.ends_with('.');
        let right_to_left = is_right_to_left(source);
        // Two digits have room, so that up to 99 points begin at the same place.
        let (width, _) = self.typesetter.widths(&plain(if mark.len() < 3 { "00." } else { &mark }));
        let gutter = if numbered { width + dots(self.em * 0.45) } else { dots(self.em * 1.15) };
        let sides = self.column.sides();
        let from = if right_to_left {
            self.column.measure() - sides.right - gutter.min(self.column.width())
        } else {
            sides.left
        };
        let place = self.column.indent(right_to_left, gutter).then_some(Place { from, gutter, right_to_left });
        self.around.push(Around::Item { sides, place });
        self.mark(&mark);
    }

    /// Puts the mark of an item into its gutter, or before its text where there is no gutter.
    fn mark(&mut self, mark: &str) {
        let Some(Around::Item { place, .. }) = self.around.last() else { return };
        let Some(Place { from, gutter, right_to_left }) = *place else {
            self.inline.text(&format!("{mark} "));
            return;
        };
        let (width, _) = self.typesetter.widths(&plain(mark));
        let Some(mut line) = self.typesetter.set_styled(&plain(mark), gutter, Alignment::Left).into_iter().next()
        else {
            return;
        };
        let spare = gutter.saturating_sub(width + dots(self.em * 0.4));
        // Dots on a page: exact.
        #[allow(clippy::cast_precision_loss)]
        let left = if right_to_left { from as f32 + self.em * 0.4 } else { (from + spare) as f32 };
        line.shift(left, 0.0);
        self.column.set_mark(line);
    }

    fn code_block(&mut self) {
        let code = self.code.take().unwrap_or_default();
        let sides = self.column.sides();
        self.column.indent(false, dots(self.em * 0.8));
        for line in code.trim_end().split('\n') {
            let mut styled = Styled::default();
            styled.push(&clean(&line.replace('\t', "    ")), Style { mono: true, ..Style::default() });
            let lines = if styled.text.trim().is_empty() {
                vec![Line::empty(self.line_height)]
            } else {
                self.typesetter.set_styled(&styled, self.column.width(), Alignment::Left)
            };
            self.column.push(lines);
        }
        self.column.restore(sides);
        self.after_heading = false;
    }
}

fn plain(text: &str) -> Styled {
    Styled { text: text.to_owned(), spans: Vec::new() }
}

/// Whole dots.
fn dots(dots: f32) -> u32 {
    // A few sizes of the type; the cast saturates.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let dots = dots.round() as u32;
    dots
}

/// Dots from one line of a heading to the next, in line heights of the text: sixteenths.
fn heading_height(line_height: u32, level: HeadingLevel) -> u32 {
    let sixteenths = match level {
        HeadingLevel::H1 => 26,
        HeadingLevel::H2 => 22,
        HeadingLevel::H3 => 19,
        _ => 16,
    };
    line_height * sixteenths / 16
}

fn alignment(alignment: pulldown_cmark::Alignment) -> Alignment {
    match alignment {
        pulldown_cmark::Alignment::None => Alignment::Start,
        pulldown_cmark::Alignment::Left => Alignment::Left,
        pulldown_cmark::Alignment::Center => Alignment::Center,
        pulldown_cmark::Alignment::Right => Alignment::Right,
    }
}
