//! Plain text of any script, wrapped to the width of the paper.
//!
//! Source: promise CT-6 (text is data: control characters are drawn as nothing and never reach a printer), Unicode
//! Standard Annexes 9 and 14 by way of `parley`. Deliberately absent: styles, and turning emoji into colours.

mod decode;
mod glyphs;
mod lines;
mod outline;

use crate::error::{Excess, RenderError};
use crate::fonts::Fonts;
use crate::grey::{Grey, Turn};
use crate::identify::Encoding;
use crate::leaf::{Document, Leaf, Nature, Room, Rows, View, pour};
use crate::page::MAX_PAGE_ROWS;
use glyphs::Stamps;
use lines::{Line, Typesetter};
use platen_model::{PageOptions, Rotation};

/// The longest text, in bytes: more than a hundred metres of paper.
const MAX_BYTES: usize = 1 << 20;

/// How often the width of the paper a line of turned text may be long: turned, it runs along the paper.
const TURNED_MEASURE: u32 = 4;

/// How the bytes of a text are read.
pub(crate) fn encoding(bytes: &[u8]) -> Encoding {
    decode::encoding(bytes)
}

/// A text that was set: its pages, ready to be drawn.
pub(crate) struct Composed {
    missing: Vec<char>,
    sheets: Vec<Grey>,
    dpi: u32,
}

/// Sets a text for its paper.
pub(crate) fn open(bytes: &[u8], room: Room, options: &PageOptions) -> Result<Composed, RenderError> {
    if bytes.len() > MAX_BYTES {
        return Err(RenderError::TooLarge(Excess::Bytes { size: bytes.len(), most: MAX_BYTES }));
    }
    let text = decode::decode(bytes);
    let text = text.trim_end();
    if text.trim_start().is_empty() {
        return Err(RenderError::Empty);
    }
    let missing = Fonts::get().missing(text.chars()).into_iter().collect();

    let mut typesetter = Typesetter::new(line_height(room, options));
    let turn = Turn::from(options.rotate);
    let (measure, most_rows) = match options.rotate {
        Rotation::None | Rotation::Half => (room.width, MAX_PAGE_ROWS),
        // The longest line decides how long the page is, and the paper's width how many lines it has.
        Rotation::Right | Rotation::Left => (typesetter.longest_line(text, room.width * TURNED_MEASURE), room.width),
    };
    let mut sheets =
        Sheets { measure, most_rows, stamps: Stamps::new(typesetter.font_size()), lines: Vec::new(), rows: 0 };
    let mut done = Vec::new();
    for paragraph in text.split('\n') {
        for line in typesetter.set(paragraph, measure) {
            if let Some(full) = sheets.add(line) {
                done.push(full.turned(turn));
            }
        }
    }
    done.push(sheets.take().turned(turn));
    Ok(Composed { missing, sheets: done, dpi: room.dpi })
}

impl Document for Composed {
    fn leaves(&self) -> u32 {
        u32::try_from(self.sheets.len()).unwrap_or(u32::MAX)
    }

    fn leaf(&mut self, index: u32) -> Result<Leaf, RenderError> {
        let sheet = self.sheets.get(index as usize).ok_or(RenderError::Empty)?;
        let (width, height) = (f64::from(sheet.width), f64::from(sheet.height));
        Ok(Leaf { width, height, dpi: f64::from(self.dpi), set: true })
    }

    fn nature(&mut self, _: u32) -> Result<Nature, RenderError> {
        Ok(Nature::Lines)
    }

    fn draw(&mut self, index: u32, _: &View, rows: &mut Rows<'_>) -> Result<(), RenderError> {
        pour(self.sheets.get(index as usize).ok_or(RenderError::Empty)?, rows)
    }

    fn missing(&self) -> Vec<char> {
        self.missing.clone()
    }
}

/// Dots from one line of Latin text to the next.
fn line_height(room: Room, options: &PageOptions) -> u32 {
    (u32::from(options.text_size) * room.dpi + 101) / 203
}

/// Collects lines until a page is full.
struct Sheets {
    measure: u32,
    most_rows: u32,
    stamps: Stamps,
    lines: Vec<Line>,
    rows: u32,
}

impl Sheets {
    /// Adds a line; gives the page before it when there is no room left.
    fn add(&mut self, line: Line) -> Option<Grey> {
        let full = (!self.lines.is_empty() && self.rows + line.height > self.most_rows).then(|| self.take());
        self.rows += line.height;
        self.lines.push(line);
        full
    }

    /// The page so far. When the text is turned, all pages are as high as the paper is wide.
    fn take(&mut self) -> Grey {
        let turned = self.most_rows < MAX_PAGE_ROWS;
        let height = if turned { self.most_rows } else { self.rows.clamp(1, self.most_rows) };
        self.rows = 0;
        let mut sheet = Grey::white(self.measure, height);
        let mut top = 0;
        for line in self.lines.drain(..) {
            for glyph in &line.glyphs {
                self.stamps.print(&mut sheet, glyph, top);
            }
            top += i64::from(line.height);
        }
        sheet
    }
}
