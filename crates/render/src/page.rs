//! From a document to its pages.
//!
//! Source: section 2 of the architecture. Leaves are drawn one at a time and become dots as their rows come, so memory
//! holds what the reader of the kind needs of one leaf, and a few rows.

use crate::channel::Channel;
use crate::compose::compose;
use crate::error::{Excess, RenderError};
use crate::guard::guarded;
use crate::identify::kind_of;
use crate::layout::{Layout, Sheet};
use crate::leaf::{Document, Shelf, has_colours, open};
use crate::press::{MAX_PAGES, PageSink, PageSize, Press, Stopped};
use crate::source::Source;
use crate::stages::{Greys, Laid, Window};
use platen_model::{Bitmap, Dither, DocumentKind, DocumentName, PageOptions};

/// The highest page, in dots: a banner of 15 m at 203 dpi, of 10 m at 300.
pub const MAX_PAGE_ROWS: u32 = 120_000;

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
    /// Whether this paper is read along the strip, as on label printers of 12 mm: unless the options say how a page lies,
    /// text lies across the head, and a picture where it becomes larger.
    pub across: bool,
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

/// Renders a document for `target` and gives its pages to `sink` while they are made.
///
/// `options.width` goes before `target.width_dots`; either is rounded down to a multiple of 8, and paper that is narrower
/// makes the page as narrow. Copies, collation (see [`crate::order`]), duplex, cut and feed are not looked at: they belong
/// to the job.
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
        let page = Bitmap::from_levels(size.width, size.height, size.depth, std::mem::take(&mut self.rows));
        let page = page.ok_or(Stopped)?;
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
    let layout = Layout::new(target, options)?;
    let (room, rotate) = layout.room();
    let set = PageOptions { rotate, ..options.clone() };
    let shelf = Shelf::default();
    let brightness = [Channel::Brightness];
    let channels = if options.is_colour() && has_colours(kind) { &Channel::COLOURS[..] } else { &brightness };
    let read = |channel: &Channel| open(kind, source, room, &set, *channel, &shelf);
    let mut readings = channels.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let first = readings.first_mut().ok_or(RenderError::Empty)?;
    let mut pages = 0;
    let mut draw = |sheets: &[Sheet], readings: &mut [Box<dyn Document + '_>]| {
        for sheet in sheets {
            if window.shows(pages) {
                compose(sheet, readings, options.is_colour(), greys)?;
            }
            pages += 1;
        }
        Ok(pages as usize)
    };
    if first.is_gradual() && options.pages.is_all() {
        gradually(&layout, &mut readings, &mut draw)?;
    } else {
        let sheets = plan(&layout, first.as_mut(), options)?;
        draw(&sheets, &mut readings)?;
    }
    let first = readings.first_mut().ok_or(RenderError::Empty)?;
    Ok(Laid { leaves: first.leaves(), pages, missing: first.missing() })
}

/// Draws sheets, and says how many pages there are so far.
type Draw<'d, 'a> = dyn FnMut(&[Sheet], &mut [Box<dyn Document + 'a>]) -> Result<usize, RenderError> + 'd;

/// Pages as soon as their leaves are there: the first one leaves before the last one is set.
fn gradually<'a>(
    layout: &Layout<'_>,
    readings: &mut [Box<dyn Document + 'a>],
    draw: &mut Draw<'_, 'a>,
) -> Result<(), RenderError> {
    let (mut next, mut pages) = (0, 0);
    loop {
        let mut leaves = Vec::new();
        let first = readings.first_mut().ok_or(RenderError::Empty)?;
        while leaves.len() < layout.per_sheet() && first.has(next)? {
            leaves.push((next, first.leaf(next)?));
            next += 1;
        }
        if leaves.is_empty() {
            return Ok(());
        }
        if pages >= MAX_PAGES {
            return Err(RenderError::TooLarge(Excess::Pages));
        }
        pages = draw(&layout.sheets(&leaves)?, readings)?;
        let first = readings.first_mut().ok_or(RenderError::Empty)?;
        leaves.iter().for_each(|(index, _)| first.forget(*index));
    }
}

/// All pages, before the first of them is drawn: one that cannot be printed is told at once.
fn plan(layout: &Layout<'_>, document: &mut dyn Document, options: &PageOptions) -> Result<Vec<Sheet>, RenderError> {
    let count = document.leaves();
    let mut leaves = Vec::new();
    for index in options.pages.indices(count) {
        if leaves.len() >= MAX_PAGES * layout.per_sheet() {
            return Err(RenderError::TooLarge(Excess::Pages));
        }
        leaves.push((index, document.leaf(index)?));
    }
    if leaves.is_empty() { Err(RenderError::NoSuchPage { count }) } else { layout.sheets(&leaves) }
}
