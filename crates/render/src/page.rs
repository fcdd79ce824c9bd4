//! From a document to its pages.
//!
//! Source: section 2 of the architecture. Sheets of grey come one at a time from the reader of the document's kind and
//! become dots before the next one is laid out, so memory holds one grey page. Deliberately absent: bands that leave
//! before the page is done.

use crate::error::{Excess, RenderError};
use crate::grey::Grey;
use crate::identify::kind_of;
use crate::tones::tone;
use crate::{drawing, picture, text};
use platen_model::{Bitmap, Dither, DocumentKind, DocumentName, PageOptions};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The highest page, in dots: 3.75 m of paper at 203 dpi. Longer text goes on on the next page.
pub const MAX_PAGE_ROWS: u32 = 30_000;

/// The most pages of one document.
pub const MAX_PAGES: usize = 100;

/// The widest page, in dots.
const MAX_WIDTH: u32 = 4096;

/// The paper that a document is laid out for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Printable dots a row.
    pub width_dots: u32,
    /// Dots per inch: how large plain text becomes.
    pub dpi: u32,
}

/// The pages of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The pages in order, at least one. All have the same width, a multiple of 8.
    pub pages: Vec<Bitmap>,
    /// Characters that none of the bundled fonts has, in order and once each. They are drawn as an empty box.
    pub missing: Vec<char>,
    /// How grey became dots: never [`Dither::Auto`].
    pub dither: Dither,
}

/// What a sheet shows: how `auto` chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    /// Text, lines, pictures of two tones: sharp edges matter.
    Lines,
    /// Grey tones matter.
    Tones,
}

/// The room that a document is laid out in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    /// Page width in dots, a multiple of 8.
    pub(crate) width: u32,
    /// Dots per inch.
    pub(crate) dpi: u32,
}

impl Frame {
    fn new(target: &Target, options: &PageOptions) -> Self {
        let wanted = options.width.unwrap_or(target.width_dots).clamp(8, MAX_WIDTH);
        Self { width: wanted / 8 * 8, dpi: target.dpi.clamp(50, 1200) }
    }

    /// The rows of a page that shows something of `width` × `height`, of any unit, at the page's width.
    pub(crate) fn rows_for(self, width: f64, height: f64) -> Result<u32, RenderError> {
        let rows = (height * f64::from(self.width) / width).round().max(1.0);
        if rows <= f64::from(MAX_PAGE_ROWS) {
            // Within 1 to 30,000: nothing is lost.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            return Ok(rows as u32);
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates, and is only shown
        let rows = rows as u64;
        Err(RenderError::TooLarge(Excess::Rows { rows }))
    }
}

/// Takes grey sheets, gives pages of dots.
pub(crate) struct Press<'a> {
    options: &'a PageOptions,
    levels: [u8; 256],
    dither: Option<Dither>,
    pages: Vec<Bitmap>,
}

impl<'a> Press<'a> {
    fn new(options: &'a PageOptions) -> Self {
        Self { options, levels: levels(options), dither: None, pages: Vec::new() }
    }

    /// Adds a page. The first one decides what `auto` means.
    pub(crate) fn print(&mut self, mut sheet: Grey, nature: Nature) -> Result<(), RenderError> {
        if self.pages.len() >= MAX_PAGES {
            return Err(RenderError::TooLarge(Excess::Pages));
        }
        let dither = *self.dither.get_or_insert(match (self.options.dither, nature) {
            (Dither::Auto, Nature::Lines) => Dither::Threshold,
            (Dither::Auto, Nature::Tones) => Dither::FloydSteinberg,
            (chosen, _) => chosen,
        });
        for pixel in &mut sheet.pixels {
            *pixel = self.levels[usize::from(*pixel)];
        }
        let mut tone = tone(dither, sheet.width as usize);
        let mut page = Bitmap::white(sheet.width, sheet.height);
        for (y, row) in (0..sheet.height).zip(sheet.rows()) {
            tone.row(row, page.row_mut(y));
        }
        self.pages.push(page);
        Ok(())
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

/// Renders a document for `target`.
///
/// `options.width` goes before `target.width_dots`; either is rounded down to a multiple of 8. Pictures and drawings
/// fill the width; text is wrapped to it. Copies, cut and feed are not looked at: they belong to the job.
///
/// # Errors
/// See [`RenderError`]. Nothing in a document makes it panic: a reader that did is reported as
/// [`RenderError::Damaged`].
pub fn render(
    bytes: &[u8],
    name: &DocumentName,
    target: &Target,
    options: &PageOptions,
) -> Result<Rendered, RenderError> {
    options.check()?;
    let kind = kind_of(bytes, name)?;
    guarded(kind, || lay_out(kind, bytes, Frame::new(target, options), options))
}

fn lay_out(kind: DocumentKind, bytes: &[u8], frame: Frame, options: &PageOptions) -> Result<Rendered, RenderError> {
    let mut press = Press::new(options);
    let missing = match kind {
        DocumentKind::Text => text::lay_out(bytes, frame, options, &mut press)?,
        DocumentKind::Svg => drawing::lay_out(bytes, frame, options, &mut press)?,
        _ => {
            picture::lay_out(kind, bytes, frame, options, &mut press)?;
            Vec::new()
        }
    };
    match press.dither {
        Some(dither) => Ok(Rendered { pages: press.pages, missing, dither }),
        None => Err(RenderError::Empty),
    }
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

    #[test]
    fn the_width_is_a_multiple_of_eight_within_bounds() {
        let width = |wanted, target| {
            let options = PageOptions { width: wanted, ..PageOptions::default() };
            Frame::new(&Target { width_dots: target, dpi: 203 }, &options).width
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
