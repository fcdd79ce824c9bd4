//! What every reader of documents gives: leaves that can be drawn at any size.
//!
//! ```text
//! bytes ─open─▶ Document ─leaf─▶ size, nature ─layout─▶ View ─draw─▶ rows of grey, from the top
//! ```
//!
//! Source: section 2 of the architecture. A new kind of document (HTML, office files, label templates) is a folder with
//! one type that implements [`Document`], an arm in [`open`] and a signature in `identify`; layout, tones and languages
//! stay as they are. Rows leave as soon as they are drawn: a reader holds at most one leaf.

use crate::channel::Channel;
use crate::error::RenderError;
use crate::grey::{Grey, Turn};
use crate::source::Source;
use crate::{drawing, markdown, pdf, picture, text};
use platen_model::{Crop, DocumentKind, PageOptions};
use serde::{Deserialize, Serialize};
use std::cell::OnceCell;

/// An opened document.
pub(crate) trait Document {
    /// How many leaves it has, at least one.
    fn leaves(&mut self) -> u32;

    /// Whether its leaves are made in their order while they are drawn: then how many there are is known only after the
    /// last one, and [`Document::has`] is the question to ask.
    fn is_gradual(&self) -> bool {
        false
    }

    /// Whether there is a leaf `index`.
    fn has(&mut self, index: u32) -> Result<bool, RenderError> {
        Ok(index < self.leaves())
    }

    /// Leaf `index` will not be wanted again.
    fn forget(&mut self, _: u32) {}

    /// The size of leaf `index`, counted from 0, from headers alone.
    fn leaf(&mut self, index: u32) -> Result<Leaf, RenderError>;

    /// What a leaf shows. May look at all of it where that is cheap; in doubt it has tones. `view` is the one that it will
    /// be drawn with, for readers that get both from one reading.
    fn nature(&mut self, index: u32, view: &View) -> Result<Nature, RenderError>;

    /// Draws a leaf and gives its rows.
    fn draw(&mut self, index: u32, view: &View, rows: &mut Rows<'_>) -> Result<(), RenderError>;

    /// Characters that none of the bundled fonts has, in order and once each, as far as leaves have been drawn.
    fn missing(&self) -> Vec<char> {
        Vec::new()
    }
}

/// Takes rows of grey, or of one value of colours, from the top to the bottom: any number of whole rows at a time, a byte a pixel, 0 black, 255 white.
pub(crate) type Rows<'a> = dyn FnMut(&[u8]) -> Result<(), RenderError> + 'a;

/// A page of a document before it lies on paper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Leaf {
    /// As it is seen upright, with the turn that the document itself asks for, in units of `dpi`.
    pub(crate) width: f64,
    /// Likewise.
    pub(crate) height: f64,
    /// Units per inch: what `Fit::Actual` goes by.
    pub(crate) dpi: f64,
    /// Whether it was set for this very paper: never scaled or cropped, and turned already as the user wants it.
    pub(crate) set: bool,
}

/// What a leaf shows: how `auto` chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Nature {
    /// Text, lines, pictures of two tones: sharp edges matter.
    Lines,
    /// The same in uneven light: two tones that a camera has seen, neither of them black or white.
    Shaded,
    /// Grey tones, perhaps with text among them.
    Tones,
}

/// How a leaf is to be drawn: first cropped, then turned, then scaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct View {
    /// Dots from left to right, after crop and turn.
    pub(crate) width: u32,
    /// Dots from top to bottom, likewise.
    pub(crate) height: u32,
    /// The part of the upright leaf that is wanted.
    pub(crate) crop: Crop,
    /// The user's turn.
    pub(crate) turn: Turn,
}

/// The room that text is set in, in dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Room {
    /// From left to right.
    pub(crate) width: u32,
    /// From top to bottom; without an end on a roll.
    pub(crate) height: Option<u32>,
    /// Dots per inch.
    pub(crate) dpi: u32,
}

/// Where an opened file stays while its [`Document`] borrows from it.
#[derive(Default)]
pub(crate) struct Shelf {
    pub(crate) pdf: OnceCell<hayro_interpret::hayro_syntax::Pdf>,
}

/// Whether a document of this kind can have colours. Text is black.
pub(crate) fn has_colours(kind: DocumentKind) -> bool {
    !matches!(kind, DocumentKind::Text | DocumentKind::Markdown)
}

/// Opens a document, to give that value of its colours. Limits on what may be opened are the readers' own.
pub(crate) fn open<'a>(
    kind: DocumentKind,
    source: &Source<'a>,
    room: Room,
    options: &PageOptions,
    channel: Channel,
    shelf: &'a Shelf,
) -> Result<Box<dyn Document + 'a>, RenderError> {
    let bytes = source.bytes;
    Ok(match kind {
        DocumentKind::Text => Box::new(text::open(bytes, room, options)?),
        DocumentKind::Svg => Box::new(drawing::open(bytes, channel)?),
        DocumentKind::Pdf => Box::new(pdf::open(source, channel, shelf)?),
        DocumentKind::Tiff => Box::new(picture::tiff::open(bytes, channel)?),
        DocumentKind::Markdown => Box::new(markdown::open(bytes, room, options)?),
        _ => Box::new(picture::open(kind, bytes, channel)?),
    })
}

/// Gives the rows of a leaf that was drawn whole.
pub(crate) fn pour(sheet: &Grey, rows: &mut Rows<'_>) -> Result<(), RenderError> {
    // Some rows at a time: whoever takes them may stop the drawing.
    const BAND: usize = 64;
    let band = (sheet.width as usize * BAND).max(1);
    sheet.pixels.chunks(band).try_for_each(rows)
}
