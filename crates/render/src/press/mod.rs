//! From rows of grey to bands of dots.
//!
//! ```text
//! rows of grey ─sharpen─▶ (whole page, if an option looks at it) ─levels─▶ ─tone─▶ packed rows ─▶ PageSink
//! ```
//!
//! Source: section 2 of the architecture. Nothing is held but what sharpness and the tone need of the rows around;
//! auto levels and Otsu's threshold look at the page before its first dot, so with them one page of grey is held.
//! Deliberately absent: several cores. Diffusion goes from dot to dot, and the other tones take less than handing out
//! their work would.

mod levels;
mod sharpen;

use crate::error::{Excess, RenderError};
use crate::leaf::Nature;
use crate::margins::Margins;
use crate::stages::{GreySize, Greys};
use crate::tones::{Setting, Tone, otsu, tone};
use levels::{Histogram, Levels, levels};
use platen_model::options::OptionOutOfRange;
use platen_model::{Dither, PageOptions};
use sharpen::Sharpen;

/// The size of a page, known before its first row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize {
    /// Dots from left to right, a multiple of 8.
    pub width: u32,
    /// Dots from top to bottom.
    pub height: u32,
    /// Bits a dot: 1, 2, 4 or 8 of grey, or 24 for red, green and blue. With 1 a dot is 1 for black; with more it is a level
    /// from 0 for black on.
    pub depth: u8,
}

/// Nobody wants the rest: the one who took the pages has gone, or failed for a reason that it knows itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

/// Takes the pages of a document while they are rendered.
pub trait PageSink {
    /// A page begins.
    fn begin(&mut self, size: PageSize) -> Result<(), Stopped>;

    /// The next rows of the page, packed from the left, the first dot in the highest bits: any number of whole rows.
    fn rows(&mut self, packed: &[u8]) -> Result<(), Stopped>;

    /// The page is complete.
    fn end(&mut self) -> Result<(), Stopped>;
}

/// Takes grey rows of page after page, gives dots.
pub(crate) struct Press<'a> {
    options: &'a PageOptions,
    dot_gain: i8,
    sink: Margins<'a>,
    dither: Option<Dither>,
    page: Option<Page>,
    pages: usize,
}

/// A page under way.
struct Page {
    setting: Setting,
    sharpen: Option<Sharpen>,
    /// The page so far, where it must be seen whole before the first dot.
    held: Option<Vec<u8>>,
    burner: Option<Burner>,
    sharp: Vec<u8>,
}

/// The most pages of one document (promise CT-4).
pub const MAX_PAGES: usize = 2_000;

/// Rows that are worked on at a time: they stay near the processor.
const BAND: usize = 32;

impl<'a> Press<'a> {
    /// `dot_gain` is that of the paper, [`crate::Target::dot_gain`].
    pub(crate) fn new(options: &'a PageOptions, dot_gain: i8, sink: &'a mut dyn PageSink) -> Self {
        Self { options, dot_gain, sink: Margins::new(sink), dither: None, page: None, pages: 0 }
    }

    /// The dither of the first page, once it began.
    pub(crate) fn dither(&self) -> Option<Dither> {
        self.dither
    }
}

impl Greys for Press<'_> {
    fn begin(&mut self, size: GreySize) -> Result<(), RenderError> {
        let GreySize { width, height, colour, nature, content } = size;
        if colour != self.options.is_colour() {
            let (option, value) = ("depth", self.options.depth.into());
            return Err(OptionOutOfRange::Choice { option, value, allowed: "24 for pages in colour" }.into());
        }
        if self.pages >= MAX_PAGES {
            return Err(RenderError::TooLarge(Excess::Pages));
        }
        self.pages += 1;
        let options = self.options;
        let dither = match (options.dither, nature) {
            (Dither::Auto, Nature::Lines) => Dither::Threshold,
            (Dither::Auto, Nature::Shaded) => Dither::Otsu,
            (Dither::Auto, Nature::Tones) => Dither::Mixed,
            (chosen, _) => chosen,
        };
        self.dither.get_or_insert(dither);
        self.sink.around(content);
        self.sink.begin(PageSize { width, height, depth: options.depth })?;
        // Of a page in colour each value is toned like a grey.
        let width = size.stride();
        let setting = Setting { dither, width, depth: options.depth, threshold: options.threshold };
        let whole = options.auto_levels || (dither == Dither::Otsu && !colour);
        self.page = Some(Page {
            setting,
            sharpen: Sharpen::new(width, if colour { 3 } else { 1 }, options.sharpness),
            held: whole.then(Vec::new),
            burner: (!whole).then(|| Burner::new(levels(options, self.dot_gain, None), &setting)),
            sharp: Vec::new(),
        });
        Ok(())
    }

    fn rows(&mut self, grey: &[u8]) -> Result<(), RenderError> {
        let Some(page) = &mut self.page else { return Ok(()) };
        for band in grey.chunks(page.setting.width.max(1) * BAND) {
            page.sharp.clear();
            let band = match &mut page.sharpen {
                Some(sharpen) => {
                    sharpen.push(band, &mut page.sharp);
                    &page.sharp
                }
                None => band,
            };
            match (&mut page.held, &mut page.burner) {
                (Some(held), _) => held.extend_from_slice(band),
                (None, Some(burner)) => burner.rows(band, &mut self.sink)?,
                (None, None) => {}
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), RenderError> {
        let Some(page) = &mut self.page else { return Ok(()) };
        page.sharp.clear();
        if let Some(sharpen) = &mut page.sharpen {
            sharpen.finish(&mut page.sharp);
        }
        let mut rest = &page.sharp;
        if let Some(held) = &mut page.held {
            held.append(&mut page.sharp);
            let mut histogram = histogram(held);
            let levels = levels(self.options, self.dot_gain, Some(&histogram));
            if page.setting.dither == Dither::Otsu && !self.options.is_colour() {
                histogram = through(&levels, &histogram);
                page.setting.threshold = otsu(&histogram).unwrap_or(page.setting.threshold);
            }
            page.burner = Some(Burner::new(levels, &page.setting));
            rest = held;
        }
        if let Some(burner) = &mut page.burner {
            for band in rest.chunks(page.setting.width.max(1) * BAND) {
                burner.rows(band, &mut self.sink)?;
            }
            burner.finish(&mut self.sink)?;
        }
        self.page = None;
        Ok(self.sink.end()?)
    }
}

/// The last two steps: levels and tone.
struct Burner {
    levels: Levels,
    /// Whether the levels change nothing.
    plain: bool,
    tone: Box<dyn Tone>,
    levelled: Vec<u8>,
    dots: Vec<u8>,
}

impl Burner {
    fn new(levels: Levels, setting: &Setting) -> Self {
        let plain = levels.iter().enumerate().all(|(from, to)| from == usize::from(*to));
        Self { levels, plain, tone: tone(setting), levelled: Vec::new(), dots: Vec::new() }
    }

    fn rows(&mut self, grey: &[u8], sink: &mut dyn PageSink) -> Result<(), Stopped> {
        let grey = if self.plain {
            grey
        } else {
            self.levelled.clear();
            self.levelled.extend(grey.iter().map(|pixel| self.levels[usize::from(*pixel)]));
            &self.levelled
        };
        self.tone.push(grey, &mut self.dots);
        self.pass_on(sink)
    }

    fn finish(&mut self, sink: &mut dyn PageSink) -> Result<(), Stopped> {
        self.tone.finish(&mut self.dots);
        self.pass_on(sink)
    }

    fn pass_on(&mut self, sink: &mut dyn PageSink) -> Result<(), Stopped> {
        if !self.dots.is_empty() {
            sink.rows(&self.dots)?;
            self.dots.clear();
        }
        Ok(())
    }
}

fn histogram(grey: &[u8]) -> Histogram {
    let mut counts = [0; 256];
    for &pixel in grey {
        counts[usize::from(pixel)] += 1;
    }
    counts
}

/// The histogram of the same page after its levels.
fn through(levels: &Levels, histogram: &Histogram) -> Histogram {
    let mut counts = [0; 256];
    for (&count, &level) in histogram.iter().zip(levels) {
        counts[usize::from(level)] += count;
    }
    counts
}
