//! From rows of grey to bands of dots.
//!
//! ```text
//! rows of grey ─levels─▶ ─tone─▶ packed rows ─▶ PageSink
//! ```
//!
//! Source: section 2 of the architecture. Nothing is held but what the tone needs of the rows around.

use crate::error::{Excess, RenderError};
use crate::leaf::Nature;
use crate::stages::Greys;
use crate::tones::{Tone, tone};
use platen_model::{Dither, PageOptions};

/// The size of a page, known before its first row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize {
    /// Dots from left to right, a multiple of 8.
    pub width: u32,
    /// Dots from top to bottom.
    pub height: u32,
    /// Bits of grey a dot: 1, 2, 4 or 8. With 1 a dot is 1 for black; with more it is a level from 0 for black on.
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
    sink: &'a mut dyn PageSink,
    levels: [u8; 256],
    dither: Option<Dither>,
    page: Option<Page>,
    pages: usize,
}

/// A page under way.
struct Page {
    width: usize,
    tone: Box<dyn Tone>,
    toned: Vec<u8>,
    dots: Vec<u8>,
}

/// The most pages of one document (promise CT-4).
pub const MAX_PAGES: usize = 2_000;

impl<'a> Press<'a> {
    pub(crate) fn new(options: &'a PageOptions, sink: &'a mut dyn PageSink) -> Self {
        Self { options, sink, levels: levels(options), dither: None, page: None, pages: 0 }
    }

    /// The dither of the first page, once it began.
    pub(crate) fn dither(&self) -> Option<Dither> {
        self.dither
    }
}

impl Greys for Press<'_> {
    fn begin(&mut self, width: u32, height: u32, nature: Nature) -> Result<(), RenderError> {
        if self.pages >= MAX_PAGES {
            return Err(RenderError::TooLarge(Excess::Pages));
        }
        self.pages += 1;
        let dither = match (self.options.dither, nature) {
            (Dither::Auto, Nature::Lines) => Dither::Threshold,
            (Dither::Auto, Nature::Tones) => Dither::FloydSteinberg,
            (chosen, _) => chosen,
        };
        self.dither.get_or_insert(dither);
        self.sink.begin(PageSize { width, height, depth: 1 })?;
        let width = width as usize;
        self.page =
            Some(Page { width, tone: tone(dither, width), toned: Vec::new(), dots: vec![0; width.div_ceil(8)] });
        Ok(())
    }

    fn rows(&mut self, grey: &[u8]) -> Result<(), RenderError> {
        let Some(page) = &mut self.page else { return Ok(()) };
        for row in grey.chunks(page.width.max(1)) {
            page.toned.clear();
            page.toned.extend(row.iter().map(|pixel| self.levels[usize::from(*pixel)]));
            page.tone.row(&page.toned, &mut page.dots);
            self.sink.rows(&page.dots)?;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), RenderError> {
        self.page = None;
        Ok(self.sink.end()?)
    }
}

/// What becomes of each level of grey: brightness, then contrast around the middle, then inversion.
fn levels(options: &PageOptions) -> [u8; 256] {
    let (brightness, contrast) = (i32::from(options.brightness), i32::from(options.contrast));
    std::array::from_fn(|level| {
        let lit = i32::try_from(level).unwrap_or(255) + brightness * 255 / 100;
        let from_middle = lit * 2 - 255;
        let stretched = match contrast {
            100.. => from_middle.signum() * 255,
            1.. => from_middle * 100 / (100 - contrast),
            _ => from_middle * (100 + contrast) / 100,
        };
        let level = u8::try_from(((stretched + 255) / 2).clamp(0, 255)).unwrap_or(255);
        if options.invert { 255 - level } else { level }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut PageOptions)) -> [u8; 256] {
        let mut options = PageOptions::default();
        change(&mut options);
        levels(&options)
    }

    #[test]
    fn levels_are_untouched_by_default_and_reach_their_ends() {
        let same: [u8; 256] = std::array::from_fn(|level| u8::try_from(level).unwrap());
        assert_eq!(with(|_| ()), same);
        assert_eq!(with(|options| options.brightness = -100), [0; 256]);
        assert_eq!(with(|options| options.brightness = 100), [255; 256]);
        assert_eq!(with(|options| options.contrast = -100), [127; 256]);
        let hard = with(|options| options.contrast = 100);
        assert!(hard[..128].iter().all(|&level| level == 0) && hard[128..].iter().all(|&level| level == 255));
        let inverted = with(|options| options.invert = true);
        assert_eq!((inverted[0], inverted[100], inverted[255]), (255, 155, 0));
    }

    #[test]
    fn more_contrast_never_turns_dark_into_lighter_than_light() {
        for contrast in -100..=100 {
            let levels = with(|options| options.contrast = contrast);
            assert!(levels.is_sorted(), "contrast {contrast}");
        }
    }
}
