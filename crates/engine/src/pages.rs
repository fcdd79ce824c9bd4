//! From a document to the bytes that a printer eats, and back to the dots that it will burn.
//!
//! Every page that anybody sees is the *decoded* PRN: a preview equals the paper because both come from the same bytes.

use crate::{Core, Engine};
use platen_model::{Bitmap, DocumentName, Fault, PageOptions};
use platen_printers::{Model, family};
use platen_render::Window;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// How many previews are kept for their handles.
const KEPT_PREVIEWS: usize = 24;

/// A preview that was rendered.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Handle for [`Engine::preview_page`].
    pub handle: String,
    /// The pages from `first` on.
    pub pages: Vec<Page>,
    /// Place of the first of `pages` among all pages of paper, from 0.
    pub first: u32,
    /// Pages of paper in one copy.
    pub page_count: u32,
    /// Pages of the document itself.
    pub leaves: u32,
    /// Dots per inch.
    pub dpi: u32,
    /// The dither that was really used for the first of `pages`.
    pub dither: platen_model::Dither,
    /// Bytes of PRN for these pages.
    pub prn_bytes: u64,
    /// Dots of paper that these pages use, feed included.
    pub paper_dots: u64,
    /// Characters on these pages that no font has.
    pub missing: Vec<char>,
}

/// A page of dots.
#[derive(Clone, Debug)]
pub struct Page {
    /// Dots from left to right.
    pub width: u32,
    /// Dots from top to bottom.
    pub height: u32,
    /// SHA-256 of the packed rows, hexadecimal.
    pub sha256: String,
}

/// Rendered previews by handle; the oldest goes first.
#[derive(Default)]
pub(crate) struct Previews {
    kept: Mutex<VecDeque<(String, Arc<Vec<Bitmap>>)>>,
}

impl Previews {
    fn keep(&self, handle: String, pages: Arc<Vec<Bitmap>>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT_PREVIEWS {
            kept.pop_front();
        }
        kept.push_back((handle, pages));
    }

    fn find(&self, handle: &str) -> Option<Arc<Vec<Bitmap>>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(name, _)| name == handle).map(|(_, pages)| pages.clone())
    }
}

impl Engine {
    /// Renders a preview of a document on a printer: the pages of paper in `window`.
    ///
    /// # Errors
    /// `document_unknown`, `printer_unknown`, `option_invalid`, and the renderer's own faults.
    pub async fn preview(
        &self,
        document: &str,
        sn: &str,
        options: &PageOptions,
        window: Window,
    ) -> Result<Preview, Fault> {
        let row = self.core.printer_row(sn).await?;
        let model = self.core.model_of(&row)?;
        let (name, bytes) = self.core.document(document).await?;
        let prepared = self.core.renderer.prepare(bytes, &name, model, options).await?;
        let handle = crate::random_hex()?;
        let page_count = u32::try_from(prepared.pages.len()).unwrap_or(u32::MAX);
        let shown: Vec<Bitmap> = prepared
            .pages
            .into_iter()
            .zip(0..)
            .filter(|(_, index)| window.shows(*index))
            .map(|(page, _)| page)
            .collect();
        let pages = shown.iter().map(Page::of).collect();
        let feed = u64::from(feed_dots(model, options));
        let preview = Preview {
            handle: handle.clone(),
            pages,
            first: window.first,
            page_count,
            leaves: prepared.leaves,
            dpi: model.dpi,
            dither: prepared.dither,
            prn_bytes: prepared.prn.len() as u64,
            paper_dots: shown.iter().map(|page| u64::from(page.height()) + feed).sum(),
            missing: prepared.missing,
        };
        self.core.pages.keep(handle, Arc::new(shown));
        Ok(preview)
    }

    /// A page of a preview as PNG, one bit a dot.
    pub async fn preview_page(&self, handle: &str, page: usize) -> Result<Vec<u8>, Fault> {
        let pages = self.core.pages.find(handle).ok_or_else(preview_gone)?;
        png(pages.get(page).ok_or_else(preview_gone)?)
    }

    /// A page of a preview before it became dots, as PNG of 8 bits.
    pub async fn preview_grey(&self, handle: &str, page: usize) -> Result<Vec<u8>, Fault> {
        self.preview_page(handle, page).await
    }

    /// A page of a job as burned, as PNG: the decoded PRN of the spool.
    pub async fn job_page(&self, id: &platen_model::JobId, page: usize) -> Result<Vec<u8>, Fault> {
        let job = self.core.job(id).await?;
        let row = self.core.printer_row(&job.printer).await?;
        let model = self.core.model_of(&row)?;
        let prn = self.core.store.read_prn(id).await.map_err(|error| error.fault())?;
        let pages = decode(model, &prn)?;
        png(pages.get(page).ok_or_else(preview_gone)?)
    }
}

impl Core {
    /// The model of a bound printer.
    pub(crate) fn model_of(&self, row: &platen_store::PrinterRow) -> Result<&'static Model, Fault> {
        platen_printers::model(&row.model).ok_or_else(|| {
            Fault::new(
                "model_unknown",
                format!("This version of the program does not know the model '{}'.", row.model),
                "Choose another model in the printer's page.",
            )
        })
    }

    /// A document that was handed in.
    pub(crate) async fn document(&self, id: &str) -> Result<(DocumentName, Vec<u8>), Fault> {
        let row = self.store.document(id).await.map_err(|error| error.fault())?;
        let bytes = self.store.document_bytes(id).await.map_err(|error| error.fault())?;
        Ok((DocumentName::new(&row.name), bytes))
    }
}

/// What a PRN burns.
pub(crate) fn decode(model: &Model, prn: &[u8]) -> Result<Vec<Bitmap>, Fault> {
    let language = family(model.family).ok_or_else(preview_gone)?;
    Ok(language.decode_for(model, prn).map_err(|error| error.fault())?.pages)
}

/// Paper moved on after a copy, in dots.
pub(crate) fn feed_dots(model: &Model, options: &PageOptions) -> u32 {
    // Millimetres to dots, rounded up: a cut must never hit the page.
    (u32::from(options.feed) * model.dpi).div_ceil(25)
}

impl Page {
    fn of(bitmap: &Bitmap) -> Self {
        Self { width: bitmap.width(), height: bitmap.height(), sha256: hex::encode(Sha256::digest(bitmap.bytes())) }
    }
}

fn png(bitmap: &Bitmap) -> Result<Vec<u8>, Fault> {
    let failed = |error: png::EncodingError| {
        Fault::new("preview_failed", format!("The picture could not be written: {error}."), "Render the preview again.")
    };
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, bitmap.width(), bitmap.height());
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().map_err(failed)?;
    // In a grey PNG 0 is black; on our pages 1 is.
    let rows: Vec<u8> = bitmap.bytes().iter().map(|byte| !byte).collect();
    writer.write_image_data(&rows).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

fn preview_gone() -> Fault {
    Fault::new("preview_unknown", "There is no such picture any more.", "Render the preview again.")
}
