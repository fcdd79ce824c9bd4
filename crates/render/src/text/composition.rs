//! Lines become pages, and pages become rows.
//!
//! ```text
//! Line, Line, … ─Composer─▶ pages: which lines, how high ─draw─▶ a band of rows at a time
//! ```
//!
//! What is kept are glyphs and where they stand, 12 bytes each; grey exists for one band at a time. Plain text is set while
//! its pages are drawn: a paragraph when there is room for it, and forgotten with its page. A page of several on
//! a sheet is drawn with smaller type, not drawn and then made smaller. Deliberately absent: margins, which are the
//! layout's.

use super::glyphs::{Look, Stamps};
use super::lines::{Bar, Line, Typesetter, first_part};
use crate::error::RenderError;
use crate::fonts::Fonts;
use crate::grey::{Grey, Turn};
use crate::leaf::{Document, Leaf, Nature, Room, Rows, View};
use platen_model::Rotation;
use std::ops::Range;

/// How often the width of a roll a line of turned text may be long: turned, it runs along the paper.
const TURNED_MEASURE: u32 = 4;

/// The highest page of text, in dots: 3.75 m at 203 dpi. Longer text goes on on the next page, and nothing is lost.
const LONGEST: u32 = 30_000;

/// Rows that are drawn at a time.
const BAND: u32 = 128;

/// The place that text is set in, as its reader sees it: upright.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    /// Dots that a line may be long.
    pub(crate) measure: u32,
    /// Dots that a page may be high.
    most_rows: u32,
    /// Whether every page is that high, however little is on it.
    full: bool,
    turn: Rotation,
    dpi: u32,
}

impl Frame {
    /// The frame for text that is turned by `turn` on paper with that room.
    pub(crate) fn new(room: Room, turn: Rotation) -> Self {
        let full = room.height.is_some();
        let (measure, most_rows, full) = match turn {
            Rotation::None | Rotation::Half => (room.width, room.height.unwrap_or(LONGEST), full),
            // All pages are as high as the paper is wide: the first line is at its edge.
            Rotation::Right | Rotation::Left => (room.height.unwrap_or(room.width * TURNED_MEASURE), room.width, true),
        };
        Self { measure: measure.max(1), most_rows: most_rows.clamp(1, LONGEST), full, turn, dpi: room.dpi }
    }

    /// Whether lines may be as long as the longest one wants, within the measure: the paper then ends with it.
    pub(crate) fn is_open(self, room: Room) -> bool {
        room.height.is_none() && Turn::from(self.turn).swaps_sides()
    }
}

/// Collects lines until a page is full.
pub(crate) struct Composer {
    frame: Frame,
    lines: Vec<Line>,
    pages: Vec<Page>,
    rows: u32,
}

struct Page {
    lines: Range<usize>,
    height: u32,
}

impl Composer {
    pub(crate) fn new(frame: Frame) -> Self {
        Self { frame, lines: Vec::new(), pages: Vec::new(), rows: 0 }
    }

    fn start(&self) -> usize {
        self.pages.last().map_or(0, |page| page.lines.end)
    }

    /// Adds a line, on the next page when there is no room left.
    pub(crate) fn add(&mut self, line: Line) {
        let start = self.start();
        if self.lines.len() > start && self.rows + line.height > self.frame.most_rows {
            let kept = self.lines.iter().skip(start).rev().take_while(|line| line.keep || line.gap).count();
            // A page of nothing but headings is broken anywhere.
            let end = if self.lines.len() - kept > start { self.lines.len() - kept } else { self.lines.len() };
            self.close(end);
            while self.lines.get(end).is_some_and(|line| line.gap) {
                self.lines.remove(end);
            }
            self.rows = self.lines.iter().skip(end).map(|line| line.height).sum();
        }
        if line.gap && self.lines.len() == self.start() {
            return;
        }
        self.rows += line.height;
        self.lines.push(line);
    }

    fn close(&mut self, end: usize) {
        let lines = self.start()..end;
        let rows: u32 = self.lines.get(lines.clone()).unwrap_or(&[]).iter().map(|line| line.height).sum();
        let height = if self.frame.full { self.frame.most_rows } else { rows.clamp(1, self.frame.most_rows) };
        self.pages.push(Page { lines, height });
    }

    /// Closes the last page.
    fn end(&mut self) {
        while self.lines.len() > self.start() + 1 && self.lines.last().is_some_and(|line| line.gap) {
            self.lines.pop();
        }
        if self.pages.is_empty() || self.lines.len() > self.start() {
            self.close(self.lines.len());
        }
    }

    /// The document. `missing`: what no font has.
    pub(crate) fn finish(mut self, looks: Vec<Look>, missing: Vec<char>) -> Composition {
        self.end();
        Composition { composer: self, text: Text::Set { looks, missing }, stamps: Stamps::new(1.0) }
    }
}

/// A text, set or on its way: its pages, ready to be drawn.
pub(crate) struct Composition {
    composer: Composer,
    text: Text,
    stamps: Stamps,
}

/// Where the lines come from.
enum Text {
    /// They are all there. `missing`: what no font has.
    Set { looks: Vec<Look>, missing: Vec<char> },
    /// They are there up to the paragraph, or the part of one, that begins at `next`; behind the end when all are.
    Gradual { text: String, next: usize, typesetter: Box<Typesetter> },
}

impl Composition {
    /// A text whose paragraphs are set when their pages are wanted.
    pub(super) fn gradual(composer: Composer, text: String, typesetter: Typesetter) -> Self {
        let text = Text::Gradual { text, next: 0, typesetter: Box::new(typesetter) };
        Self { composer, text, stamps: Stamps::new(1.0) }
    }

    /// Sets paragraphs until page `index` is complete, or all of them.
    fn set_until(&mut self, index: usize) {
        let Text::Gradual { text, next, typesetter } = &mut self.text else { return };
        while self.composer.pages.len() <= index
            && let Some(rest) = text.get(*next..)
        {
            let end = rest.find('\n').unwrap_or(rest.len());
            let part = first_part(rest.get(..end).unwrap_or(""));
            let lines = typesetter.set(rest.get(..part).unwrap_or(""), self.composer.frame.measure);
            lines.into_iter().for_each(|line| self.composer.add(line));
            *next += if part == end { end + 1 } else { part };
            if *next > text.len() {
                self.composer.end();
            }
        }
    }
}

impl Document for Composition {
    fn leaves(&mut self) -> u32 {
        self.set_until(usize::MAX);
        u32::try_from(self.composer.pages.len()).unwrap_or(u32::MAX)
    }

    fn is_gradual(&self) -> bool {
        matches!(self.text, Text::Gradual { .. })
    }

    fn has(&mut self, index: u32) -> Result<bool, RenderError> {
        self.set_until(index as usize);
        Ok((index as usize) < self.composer.pages.len())
    }

    fn forget(&mut self, index: u32) {
        if let Some(page) = self.composer.pages.get(index as usize) {
            self.composer.lines.get_mut(page.lines.clone()).unwrap_or_default().fill(Line::default());
        }
    }

    fn leaf(&mut self, index: u32) -> Result<Leaf, RenderError> {
        self.set_until(index as usize);
        let frame = self.composer.frame;
        let page = self.composer.pages.get(index as usize).ok_or(RenderError::Empty)?;
        let (width, height) = Turn::from(frame.turn).size(frame.measure, page.height);
        Ok(Leaf { width: width.into(), height: height.into(), dpi: frame.dpi.into(), set: true })
    }

    fn nature(&mut self, _: u32, _: &View) -> Result<Nature, RenderError> {
        Ok(Nature::Lines)
    }

    fn draw(&mut self, index: u32, view: &View, rows: &mut Rows<'_>) -> Result<(), RenderError> {
        self.set_until(index as usize);
        let Composer { frame, lines, pages, .. } = &self.composer;
        let Some(page) = pages.get(index as usize) else { return Err(RenderError::Empty) };
        let lines = lines.get(page.lines.clone()).unwrap_or(&[]);
        let looks = match &self.text {
            Text::Set { looks, .. } => looks,
            Text::Gradual { typesetter, .. } => typesetter.looks(),
        };
        let turn = Turn::from(frame.turn);
        let (width, height) = turn.size(view.width, view.height);
        // Both are at most 30,000: exact.
        #[allow(clippy::cast_precision_loss)]
        let scale = width as f32 / frame.measure as f32;
        #[allow(clippy::float_cmp)] // the same quotient of the same numbers
        if self.stamps.scale() != scale {
            self.stamps = Stamps::new(scale);
        }
        let mut sheet = Sheet { lines, looks, stamps: &mut self.stamps, width };
        match frame.turn {
            Rotation::None => {
                for top in (0..height).step_by(BAND as usize) {
                    rows(&sheet.band(top..height.min(top + BAND)).pixels)?;
                }
            }
            Rotation::Half => {
                for bottom in (1..=height).rev().step_by(BAND as usize) {
                    rows(&sheet.band(bottom.saturating_sub(BAND)..bottom).turned(turn).pixels)?;
                }
            }
            // As high as the paper is wide.
            Rotation::Right | Rotation::Left => rows(&sheet.band(0..height).turned(turn).pixels)?,
        }
        Ok(())
    }

    fn missing(&self) -> Vec<char> {
        match &self.text {
            Text::Set { missing, .. } => missing.clone(),
            Text::Gradual { text, .. } => Fonts::get().missing(text.chars()).into_iter().collect(),
        }
    }
}

/// A page that is being drawn.
struct Sheet<'a> {
    lines: &'a [Line],
    looks: &'a [Look],
    stamps: &'a mut Stamps,
    width: u32,
}

impl Sheet<'_> {
    /// Some rows of it.
    fn band(&mut self, wanted: Range<u32>) -> Grey {
        let mut band = Grey::white(self.width, wanted.end - wanted.start);
        let scale = self.stamps.scale();
        // Rows of a page: exact in an f32, and inside of what the cast can say.
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
        let scaled = |rows: u32| (rows as f32 * scale).round() as i64;
        let mut top = 0_u32;
        for line in self.lines {
            // Marks may stand out of their line, by as much as it is high.
            let (above, below) = (scaled(top.saturating_sub(line.height)), scaled(top + line.height * 2));
            if above > i64::from(wanted.end) {
                break;
            }
            if below >= i64::from(wanted.start) {
                let row = scaled(top) - i64::from(wanted.start);
                for glyph in &line.glyphs {
                    self.stamps.print(&mut band, glyph, self.looks, row);
                }
                for bar in &line.bars {
                    fill(&mut band, bar, scale, row);
                }
            }
            top += line.height;
        }
        band
    }
}

/// Blackens a bar of a line that begins at row `top`. It is at least a dot thick.
fn fill(sheet: &mut Grey, bar: &Bar, scale: f32, top: i64) {
    // Positions on a page; the casts saturate.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let dot = |at: f32| (at * scale).round() as i64;
    let (left, first) = (dot(bar.left), top + dot(bar.top));
    let (wide, high) = (dot(bar.width).max(1), dot(bar.height).max(1));
    let columns = usize::try_from(left).unwrap_or(0)..usize::try_from(left + wide).unwrap_or(0);
    for row in first..first + high {
        let Ok(row) = usize::try_from(row) else { continue };
        let row = sheet.row_mut(row);
        let end = columns.end.min(row.len());
        row.get_mut(columns.start.min(end)..end).unwrap_or(&mut []).fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn composed(room: Room, turn: Rotation, lines: impl IntoIterator<Item = Line>) -> Composition {
        let mut composer = Composer::new(Frame::new(room, turn));
        lines.into_iter().for_each(|line| composer.add(line));
        composer.finish(Vec::new(), Vec::new())
    }

    const ROLL: Room = Room { width: 80, height: None, dpi: 203 };
    const LABEL: Room = Room { width: 80, height: Some(50), dpi: 203 };

    fn heights(document: &mut Composition) -> Vec<f64> {
        (0..document.leaves()).map(|index| document.leaf(index).unwrap().height).collect()
    }

    #[test]
    fn pages_on_paper_with_an_end_are_as_high_as_the_paper() {
        let lines = || (0..5).map(|_| Line::empty(20));
        assert_eq!(heights(&mut composed(LABEL, Rotation::None, lines())), [50.0; 3]);
        assert_eq!(heights(&mut composed(ROLL, Rotation::None, lines())), [100.0]);
        let mut turned = composed(LABEL, Rotation::Right, lines());
        let leaf = turned.leaf(0).unwrap();
        assert_eq!((leaf.width, leaf.height, turned.leaves()), (80.0, 50.0, 2));
    }

    #[test]
    fn a_heading_goes_with_what_it_heads() {
        let heading = || Line { keep: true, ..Line::empty(10) };
        let gap = || Line { gap: true, ..Line::empty(5) };
        let text = || Line::empty(20);
        let pages = composed(LABEL, Rotation::None, [text(), gap(), heading(), gap(), text(), text()]);
        let pages: Vec<_> = pages.composer.pages.into_iter().map(|page| page.lines).collect();
        // The gap before the heading is gone, the one after it is not.
        assert_eq!(pages, [0..1, 1..4, 4..5]);
        let endless = composed(LABEL, Rotation::None, (0..9).map(|_| heading())).composer.pages;
        assert_eq!(endless.len(), 2);
    }

    #[test]
    fn a_page_is_there_before_the_text_behind_it_is_set() {
        let text = "one\n\nanother word\n".repeat(20) + &"long ".repeat(5000) + "\nend";
        let measure = 200;
        let room = Room { width: measure, height: Some(300), dpi: 203 };
        let mut composer = Composer::new(Frame::new(room, Rotation::None));
        let mut typesetter = Typesetter::new(28);
        for paragraph in text.split('\n') {
            typesetter.set(paragraph, measure).into_iter().for_each(|line| composer.add(line));
        }
        let mut whole = composer.finish(typesetter.into_looks(), Vec::new());
        let composer = Composer::new(Frame::new(room, Rotation::None));
        let mut gradual = Composition::gradual(composer, text.clone(), Typesetter::new(28));
        let view = View { width: measure, height: 300, crop: platen_model::Crop::ALL, turn: Turn::default() };
        let draw = |document: &mut Composition, index| {
            let mut pixels = Vec::new();
            let drawn = document.draw(index, &view, &mut |rows| {
                pixels.extend_from_slice(rows);
                Ok(())
            });
            drawn.map(|()| pixels)
        };
        let pages = whole.leaves();
        for index in 0..pages {
            assert_eq!(gradual.has(index), Ok(true));
            let Text::Gradual { next, .. } = &gradual.text else { panic!() };
            assert!(index + 1 >= pages || index > 3 || *next < text.len() / 2, "page {index} waits for {next}");
            let lines: usize = gradual.composer.lines.iter().filter(|line| !line.glyphs.is_empty()).count();
            assert!(lines < 600, "{lines} lines are kept");
            assert_eq!(draw(&mut gradual, index), draw(&mut whole, index), "page {index}");
            gradual.forget(index);
        }
        assert_eq!((gradual.has(pages), gradual.leaves()), (Ok(false), pages));
    }

    #[test]
    fn bands_meet_without_a_seam_and_small_pages_show_the_same() {
        let bar = |top| Bar { left: 10.0, top, width: 60.0, height: 2.0 };
        let lines = (0..40).map(|_| Line { bars: vec![bar(9.0), bar(-1.0)], ..Line::empty(20) });
        let mut document = composed(ROLL, Rotation::None, lines);
        let mut draw = |width, height| {
            let view = View { width, height, crop: platen_model::Crop::ALL, turn: Turn::default() };
            let mut pixels = Vec::new();
            document
                .draw(0, &view, &mut |rows| {
                    pixels.extend_from_slice(rows);
                    Ok(())
                })
                .unwrap();
            Grey { width, height, pixels }
        };
        let whole = draw(80, 800);
        assert_eq!(whole.rows().len(), 800);
        for (y, row) in whole.rows().enumerate().skip(2).take(790) {
            assert_eq!(row[30] == 0, matches!(y % 20, 9 | 10 | 19 | 0), "row {y}");
            assert_eq!((row[9], row[70]), (255, 255));
        }
        let half = draw(40, 400);
        for (y, row) in half.rows().enumerate().skip(2).take(390) {
            assert_eq!(row[15] == 0, matches!(y % 10, 5 | 9), "row {y}");
        }
    }
}
