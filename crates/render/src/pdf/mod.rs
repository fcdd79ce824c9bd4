//! PDF documents.
//!
//! ```text
//! bytes ─hayro-syntax─▶ pages ─hayro-interpret─▶ marks in the order of painting ─bands─▶ rows of grey
//! ```
//!
//! Source: ISO 32000-2, promise CT-4 (at most 2,000 pages, sides of at most 5 m). Scripts, actions, attachments and
//! references to other files are never followed: nothing here knows how. Permission flags are not looked at; what the
//! user can open, the user can print.

use crate::error::{Excess, RenderError};
use crate::leaf::{Document, Leaf, Nature, Rows, Shelf, View};
use crate::press::MAX_PAGES;
use crate::source::Source;
use hayro_interpret::hayro_syntax::page::Page;
use hayro_interpret::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use platen_model::DocumentKind;

/// Units of a page per inch.
const POINTS: f64 = 72.0;

/// The longest side of a page, in points: 5 m.
const MAX_SIDE: f64 = 5.0 / 0.0254 * POINTS;

/// An opened document.
pub(crate) struct Pages<'a> {
    pdf: &'a Pdf,
}

/// Opens a document.
pub(crate) fn open<'a>(source: &Source<'_>, shelf: &'a Shelf) -> Result<Pages<'a>, RenderError> {
    let read = read(source)?;
    Ok(Pages { pdf: shelf.pdf.get_or_init(|| read) })
}

/// Width and height of the first page in points.
pub(crate) fn size(source: &Source<'_>) -> Result<(u32, u32), RenderError> {
    let pdf = read(source)?;
    let (width, height) = extent(pdf.pages().first().ok_or(RenderError::Empty)?)?;
    // At most a few thousand, and only shown.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    Ok((width.round() as u32, height.round() as u32))
}

fn read(source: &Source<'_>) -> Result<Pdf, RenderError> {
    let bytes = source.bytes.to_vec();
    let pdf = Pdf::new_with_password(bytes, source.password.unwrap_or("")).map_err(|error| match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) if source.password.is_none() => {
            RenderError::Locked
        }
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => RenderError::WrongPassword,
        LoadPdfError::Decryption(_) => damaged("its encryption is not understood"),
        LoadPdfError::Invalid => damaged("its pages cannot be found"),
    })?;
    match pdf.pages().len() {
        0 => Err(RenderError::Empty),
        1..=MAX_PAGES => Ok(pdf),
        _ => Err(RenderError::TooLarge(Excess::Pages)),
    }
}

fn damaged(detail: &str) -> RenderError {
    RenderError::Damaged { kind: DocumentKind::Pdf, detail: detail.to_owned() }
}

/// Width and height of a page as it is seen, in points.
fn extent(page: &Page<'_>) -> Result<(f64, f64), RenderError> {
    let (width, height) = page.render_dimensions();
    let unit = f64::from(page.raw().get::<f32>(b"UserUnit".as_slice()).filter(|unit| *unit > 0.0).unwrap_or(1.0));
    let (width, height) = (f64::from(width) * unit, f64::from(height) * unit);
    let longest = width.max(height);
    if !longest.is_finite() || longest > MAX_SIDE {
        // The cast saturates, and the number is only shown.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let metres = (longest / POINTS * 0.0254).ceil() as u64;
        return Err(RenderError::TooLarge(Excess::Side { metres }));
    }
    Ok((width, height))
}

impl Document for Pages<'_> {
    fn leaves(&self) -> u32 {
        u32::try_from(self.pdf.pages().len()).unwrap_or(u32::MAX)
    }

    fn leaf(&mut self, index: u32) -> Result<Leaf, RenderError> {
        let (width, height) = extent(self.page(index)?)?;
        Ok(Leaf { width, height, dpi: POINTS, set: false })
    }

    fn nature(&mut self, _: u32) -> Result<Nature, RenderError> {
        Ok(Nature::Tones)
    }

    fn draw(&mut self, _: u32, _: &View, _: &mut Rows<'_>) -> Result<(), RenderError> {
        Err(RenderError::Unknown { looks_like: Some("a PDF document") })
    }
}

impl<'a> Pages<'a> {
    fn page(&self, index: u32) -> Result<&'a Page<'a>, RenderError> {
        self.pdf.pages().get(index as usize).ok_or(RenderError::Empty)
    }
}
