//! From a document to its pages.
//!
//! Source: section 2 of the architecture. Leaves are drawn one at a time and become dots as their rows come, so memory
//! holds what the reader of the kind needs of one leaf, and a few rows.

use crate::error::{Excess, RenderError};
use crate::grey::Turn;
use crate::identify::kind_of;
use crate::leaf::{Leaf, Room, Shelf, View, open};
use crate::press::{PageSink, PageSize, Press, Stopped};
use crate::source::Source;
use crate::stages::{Greys, Laid, Window};
use platen_model::{Bitmap, Crop, Dither, DocumentKind, DocumentName, PageOptions};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The highest page, in dots: 3.75 m of paper at 203 dpi. Longer text goes on on the next page.
pub const MAX_PAGE_ROWS: u32 = 30_000;

/// The widest page, in dots.
const MAX_WIDTH: u32 = 4096;

/// The paper that a document is laid out for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Printable dots a row.
    pub width_dots: u32,
    /// Dots per inch: how large plain text becomes.
    pub dpi: u32,
    /// How much more black than wanted a half-black tone becomes on this paper, in percent of the area, −25 to 25. 0 for
    /// an ordinary thermal head: that dots spread there is in the coding of grey already.
    pub dot_gain: i8,
}

/// What was learnt while a document was rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Characters that none of the bundled fonts has, in order and once each. They are drawn as an empty box.
    pub missing: Vec<char>,
    /// How the grey of the first page became dots: never [`Dither::Auto`].
    pub dither: Dither,
    /// Pages of the document itself, whichever of them were wanted.
    pub leaves: u32,
}

/// The pages of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The pages in order, at least one. All have a width that is a multiple of 8.
    pub pages: Vec<Bitmap>,
    /// As in [`Summary`].
    pub missing: Vec<char>,
    /// As in [`Summary`].
    pub dither: Dither,
}

/// The printable width in dots, a multiple of 8.
fn width_of(target: &Target, options: &PageOptions) -> u32 {
    options.width.unwrap_or(target.width_dots).clamp(8, MAX_WIDTH) / 8 * 8
}

/// The rows of a page of `width` dots that shows something of the leaf's proportions.
fn rows_for(width: u32, leaf: &Leaf, turn: Turn) -> Result<u32, RenderError> {
    let (across, down) = if turn.swaps_sides() { (leaf.height, leaf.width) } else { (leaf.width, leaf.height) };
    let rows = (down * f64::from(width) / across).round().max(1.0);
    if rows <= f64::from(MAX_PAGE_ROWS) {
        // Within 1 to 30,000: nothing is lost.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        return Ok(rows as u32);
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates, and is only shown
    let rows = rows as u64;
    Err(RenderError::TooLarge(Excess::Rows { rows }))
}

/// Renders a document for `target` and gives its pages to `sink` while they are made.
///
/// `options.width` goes before `target.width_dots`; either is rounded down to a multiple of 8. Copies, collation, cut and
/// feed are not looked at: they belong to the job.
///
/// # Errors
/// See [`RenderError`]. Nothing in a document makes it panic: a reader that did is reported as
/// [`RenderError::Damaged`]. Pages that were given before an error must not be used.
pub fn render_to(
    source: &Source<'_>,
    target: &Target,
    options: &PageOptions,
    sink: &mut dyn PageSink,
) -> Result<Summary, RenderError> {
    options.check()?;
    let kind = kind_of(source.bytes, source.name)?;
    let mut press = Press::new(options, target.dot_gain, sink);
    let laid = guarded(kind, || lay_out(kind, source, target, options, Window::ALL, &mut press))?;
    let dither = press.dither().ok_or(RenderError::Empty)?;
    Ok(Summary { missing: laid.missing, dither, leaves: laid.leaves })
}

/// Renders a document for `target` and keeps all pages: for tests and small documents.
///
/// # Errors
/// As [`render_to`].
pub fn render(
    bytes: &[u8],
    name: &DocumentName,
    target: &Target,
    options: &PageOptions,
) -> Result<Rendered, RenderError> {
    let mut pages = Pages::default();
    let summary = render_to(&Source::new(bytes, name), target, options, &mut pages)?;
    Ok(Rendered { pages: pages.done, missing: summary.missing, dither: summary.dither })
}

/// A sink that keeps pages of dots.
#[derive(Default)]
struct Pages {
    done: Vec<Bitmap>,
    size: Option<PageSize>,
    rows: Vec<u8>,
}

impl PageSink for Pages {
    fn begin(&mut self, size: PageSize) -> Result<(), Stopped> {
        if size.depth != 1 {
            return Err(Stopped);
        }
        self.size = Some(size);
        self.rows.clear();
        Ok(())
    }

    fn rows(&mut self, packed: &[u8]) -> Result<(), Stopped> {
        self.rows.extend_from_slice(packed);
        Ok(())
    }

    fn end(&mut self) -> Result<(), Stopped> {
        let size = self.size.take().ok_or(Stopped)?;
        let page = Bitmap::from_rows(size.width, size.height, std::mem::take(&mut self.rows)).ok_or(Stopped)?;
        self.done.push(page);
        Ok(())
    }
}

/// Lays a document out and gives those of its pages that `window` shows.
pub(crate) fn lay_out(
    kind: DocumentKind,
    source: &Source<'_>,
    target: &Target,
    options: &PageOptions,
    window: Window,
    greys: &mut dyn Greys,
) -> Result<Laid, RenderError> {
    let width = width_of(target, options);
    let room = Room { width, height: None, dpi: target.dpi.clamp(50, 1200) };
    let shelf = Shelf::default();
    let mut document = open(kind, source, room, options, &shelf)?;
    let leaves = document.leaves();
    let mut pages = 0;
    for index in options.pages.indices(leaves) {
        pages += 1;
        if !window.shows(pages - 1) {
            continue;
        }
        let leaf = document.leaf(index)?;
        let turn = Turn::from(options.rotate);
        let (width, height) = if leaf.set {
            (width, rows_for(width, &leaf, Turn::default())?)
        } else {
            (width, rows_for(width, &leaf, turn)?)
        };
        let view = View { width, height, crop: Crop::ALL, turn };
        greys.begin(width, height, document.nature(index)?)?;
        document.draw(index, &view, &mut |rows| greys.rows(rows))?;
        greys.end()?;
    }
    if pages == 0 {
        return Err(RenderError::Empty);
    }
    Ok(Laid { leaves, pages, missing: document.missing() })
}

/// Runs a reader of foreign data. The readers are other people's code, tested well but not by us: if one of them
/// panics over a document, that document is damaged and nothing else is.
pub(crate) fn guarded<T>(kind: DocumentKind, work: impl FnOnce() -> Result<T, RenderError>) -> Result<T, RenderError> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(RenderError::Damaged { kind, detail: "its reader gave up".to_owned() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_width_is_a_multiple_of_eight_within_bounds() {
        let width = |wanted, target| {
            let options = PageOptions { width: wanted, ..PageOptions::default() };
            width_of(&Target { width_dots: target, dpi: 203, dot_gain: 0 }, &options)
        };
        assert_eq!(width(None, 384), 384);
        assert_eq!(width(Some(391), 384), 384);
        assert_eq!(width(Some(8), 384), 8);
        assert_eq!(width(None, 3), 8);
        assert_eq!(width(None, u32::MAX), 4096);
    }

    #[test]
    fn a_reader_that_panics_is_a_damaged_document() {
        let result: Result<(), _> = guarded(DocumentKind::Gif, || panic!("index out of bounds"));
        assert!(matches!(result, Err(RenderError::Damaged { kind: DocumentKind::Gif, .. })));
    }
}
