//! The two halves of rendering, apart: what reads the document, and what only computes.
//!
//! ```text
//! bytes ─lay_out_to─▶ GreySink … GreyPage ─press─▶ PageSink
//!        foreign: slow, guarded            ours: fast, harmless
//! ```
//!
//! Whoever keeps the grey pages can try other tones without opening the document again: a slider moves, only [`press`]
//! runs. Both halves together give the dots that [`crate::render_to`] gives. Deliberately absent: keeping; that is the
//! engine's.

use crate::error::{Excess, RenderError};
use crate::guard::guarded;
use crate::identify::kind_of;
use crate::layout::Area;
use crate::leaf::Nature;
use crate::page::{Target, lay_out};
use crate::press::{MAX_PAGES, PageSink, Press, Stopped};
use crate::source::Source;
use platen_model::{Dither, PageOptions};
use serde::{Deserialize, Serialize};

/// Which pages are wanted, counted from 0 among those that would be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The first.
    pub first: u32,
    /// At most so many.
    pub count: u32,
}

impl GreySize {
    /// Bytes of a row.
    pub fn stride(&self) -> usize {
        (self.width as usize).saturating_mul(if self.colour { 3 } else { 1 })
    }
}

impl Window {
    /// Every page.
    pub const ALL: Self = Self { first: 0, count: u32::MAX };

    /// Whether the page with this index is wanted.
    pub fn shows(&self, index: u32) -> bool {
        index.checked_sub(self.first).is_some_and(|place| place < self.count)
    }
}

/// The size of a page of grey, known before its first row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GreySize {
    /// Dots from left to right, a multiple of 8.
    pub width: u32,
    /// Dots from top to bottom.
    pub height: u32,
    /// Whether a dot has three bytes: red, green, blue.
    pub colour: bool,
    /// What it shows: how [`Dither::Auto`] chooses.
    pub nature: Nature,
    /// The part of the page that the document covers. What lies around it is paper, and stays white whatever the tones.
    pub content: Area,
}

/// Takes pages of grey while they are laid out.
pub trait GreySink {
    /// A page begins.
    fn begin(&mut self, size: GreySize) -> Result<(), Stopped>;

    /// The next rows, a byte a dot or three, 0 black, 255 white, coded as in sRGB: any number of whole rows.
    fn rows(&mut self, grey: &[u8]) -> Result<(), Stopped>;

    /// The page is complete.
    fn end(&mut self) -> Result<(), Stopped>;
}

/// A page of grey that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GreyPage {
    /// Its size.
    pub size: GreySize,
    /// `stride × height` bytes.
    pub rows: Vec<u8>,
}

/// What was learnt while a document was laid out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Laid {
    /// Pages of the document itself.
    pub leaves: u32,
    /// Pages that would be printed, in the window or not.
    pub pages: u32,
    /// Characters that none of the bundled fonts has, in order and once each, as far as pages were drawn.
    pub missing: Vec<char>,
}

/// The way from a laid out page to the press: one call a page, then rows, then the end.
pub(crate) trait Greys {
    fn begin(&mut self, size: GreySize) -> Result<(), RenderError>;
    fn rows(&mut self, grey: &[u8]) -> Result<(), RenderError>;
    fn end(&mut self) -> Result<(), RenderError>;
}

/// Lays a document out and gives the grey of the pages in `window`. Of `options`, only those that
/// [`layout_options`] keeps are looked at.
///
/// # Errors
/// As [`crate::render_to`].
pub fn lay_out_to(
    source: &Source<'_>,
    target: &Target,
    options: &PageOptions,
    window: Window,
    sink: &mut dyn GreySink,
) -> Result<Laid, RenderError> {
    options.check()?;
    let options = layout_options(options);
    let kind = kind_of(source.bytes, source.name)?;
    guarded(kind, || lay_out(kind, source, target, &options, window, &mut Out { sink, pages: 0 }))
}

/// Makes dots of grey pages for the dot gain of `target`. The answer is the dither of the first page, never [`Dither::Auto`].
///
/// # Errors
/// [`RenderError::Option`] for an option outside of its range, [`RenderError::Empty`] without pages,
/// [`RenderError::Stopped`] when the sink wants no more.
pub fn press<'a>(
    pages: impl IntoIterator<Item = &'a GreyPage>,
    target: &Target,
    options: &PageOptions,
    sink: &mut dyn PageSink,
) -> Result<Dither, RenderError> {
    options.check()?;
    let mut press = Press::new(options, target.dot_gain, sink);
    for GreyPage { size, rows } in pages {
        press.begin(*size)?;
        // As many whole rows as are there: a page that is kept short is the keeper's error, and is seen by the sink.
        press.rows(rows)?;
        press.end()?;
    }
    press.dither().ok_or(RenderError::Empty)
}

/// `options` with everything that only the tones or the job look at as it is by default: documents whose layout options
/// are equal have equal grey.
pub fn layout_options(options: &PageOptions) -> PageOptions {
    let usual = PageOptions::default();
    PageOptions {
        dither: usual.dither,
        depth: if options.is_colour() { options.depth } else { usual.depth },
        threshold: usual.threshold,
        auto_levels: usual.auto_levels,
        brightness: usual.brightness,
        contrast: usual.contrast,
        gamma: usual.gamma,
        sharpness: usual.sharpness,
        invert: usual.invert,
        copies: usual.copies,
        collate: usual.collate,
        cut: usual.cut,
        feed: usual.feed,
        ..options.clone()
    }
}

/// Hands pages to somebody outside of this crate.
struct Out<'a> {
    sink: &'a mut dyn GreySink,
    pages: usize,
}

impl Greys for Out<'_> {
    fn begin(&mut self, size: GreySize) -> Result<(), RenderError> {
        if self.pages >= MAX_PAGES {
            return Err(RenderError::TooLarge(Excess::Pages));
        }
        self.pages += 1;
        Ok(self.sink.begin(size)?)
    }

    fn rows(&mut self, grey: &[u8]) -> Result<(), RenderError> {
        Ok(self.sink.rows(grey)?)
    }

    fn end(&mut self) -> Result<(), RenderError> {
        Ok(self.sink.end()?)
    }
}
