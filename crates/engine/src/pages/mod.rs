//! From a document to the bytes that a printer eats, and back to the dots that it will burn.
//!
//! Every page that anybody sees is the *decoded* PRN: a preview equals the paper because both come from the same bytes.
//! Only the compare slider shows something else, the grey from which the dots were made, and says so.
//!
//! A preview holds PRN, not dots: pages are decoded when somebody looks. Grey is kept in [`Greys`], so that a slider
//! that changes tones does not open the document again.

mod greys;

pub(crate) use greys::{Greys, Wanted};

use crate::renderer::{Content, Given, press_page};
use crate::{Core, Engine};
use platen_model::{Bitmap, Dither, DocumentName, Fault, PageOptions};
use platen_printers::{Model, family};
use platen_render::{GreyPage, Window};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// How many previews are kept for their handles at most.
const KEPT_PREVIEWS: usize = 64;
/// And how many bytes of PRN; the newest preview is kept whatever its size.
const KEPT_BYTES: usize = 32 << 20;

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
    /// Characters that no font has, on the pages drawn so far.
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

/// Previews by handle; the oldest goes first.
#[derive(Default)]
pub(crate) struct Previews {
    kept: Mutex<VecDeque<(String, Arc<Kept>)>>,
}

/// What is behind the handles of a preview.
struct Kept {
    wanted: Wanted,
    model: Arc<Model>,
    /// Place of the first page among all pages of paper.
    first: u32,
    /// Each page in the printer's language.
    prns: Vec<Vec<u8>>,
}

impl Previews {
    fn keep(&self, handle: String, preview: Kept) {
        let size = |(_, preview): &(String, Arc<Kept>)| preview.prns.iter().map(Vec::len).sum::<usize>();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back((handle, Arc::new(preview)));
        while kept.len() > 1 && (kept.len() > KEPT_PREVIEWS || kept.iter().map(size).sum::<usize>() > KEPT_BYTES) {
            kept.pop_front();
        }
    }

    fn find(&self, handle: &str) -> Result<Arc<Kept>, Fault> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(name, _)| name == handle).map(|(_, pages)| pages.clone()).ok_or_else(preview_gone)
    }
}

impl Engine {
    /// Renders a preview of a document on a printer: the pages of paper in `window`.
    ///
    /// # Errors
    /// `document_unknown`, `document_locked`, `printer_unknown`, `option_invalid`, and the renderer's own faults.
    pub async fn preview(
        &self,
        document: &str,
        sn: &str,
        options: &PageOptions,
        window: Window,
    ) -> Result<Preview, Fault> {
        let core = &self.core;
        let row = core.printer_row(sn).await?;
        let model = core.model_of(&row)?;
        let wanted = Wanted::new(document, model.clone(), options);
        let (mut pages, mut prns) = (Vec::new(), Vec::new());
        let (mut dither, mut paper_dots) = (None, 0);
        let feed = u64::from(feed_dots(&model, options));
        let mut greys = core.greys(&wanted, window).await?;
        while let Some(grey) = greys.next(core).await? {
            let (prn, used, page) = pressed(grey, model.clone(), options).await?;
            dither.get_or_insert(used);
            paper_dots += u64::from(page.height) + feed;
            pages.push(page);
            prns.push(prn);
        }
        let laid = greys.laid()?;
        let handle = crate::random_hex()?;
        let preview = Preview {
            handle: handle.clone(),
            pages,
            first: window.first,
            page_count: laid.pages,
            leaves: laid.leaves,
            dpi: model.dpi,
            dither: dither.unwrap_or(options.dither),
            prn_bytes: prns.iter().map(|prn| prn.len() as u64).sum(),
            paper_dots,
            missing: laid.missing.clone(),
        };
        core.pages.keep(handle, Kept { wanted, model, first: window.first, prns });
        Ok(preview)
    }

    /// A page of a preview as PNG, as many bits a dot as the printer gets.
    ///
    /// # Errors
    /// `preview_unknown` when it is no longer kept.
    pub async fn preview_page(&self, handle: &str, page: usize) -> Result<Vec<u8>, Fault> {
        let preview = self.core.pages.find(handle)?;
        work(move || {
            let prn = preview.prns.get(page).ok_or_else(preview_gone)?;
            png(decode(&preview.model, prn)?.first().ok_or_else(preview_gone)?)
        })
        .await
    }

    /// A page of a preview before it became dots, as PNG of 8 bits, in colour if it is printed so.
    ///
    /// # Errors
    /// `preview_unknown` when it is no longer kept, and the renderer's own faults: a large page may have to be drawn
    /// again.
    pub async fn preview_grey(&self, handle: &str, page: usize) -> Result<Vec<u8>, Fault> {
        let preview = self.core.pages.find(handle)?;
        let place =
            u32::try_from(page).ok().and_then(|page| preview.first.checked_add(page)).ok_or_else(preview_gone)?;
        let window = Window { first: place, count: 1 };
        let grey = self.core.greys(&preview.wanted, window).await?.next(&self.core).await?.ok_or_else(preview_gone)?;
        work(move || grey_png(&grey)).await
    }

    /// A page of a job as burned, as PNG: the decoded PRN of the spool.
    pub async fn job_page(&self, id: &platen_model::JobId, page: usize) -> Result<Vec<u8>, Fault> {
        let job = self.core.job(id).await?;
        let row = self.core.printer_row(&job.printer).await?;
        let model = self.core.model_of(&row)?;
        let prn = self.core.store.read_prn(id).await.map_err(|error| error.fault())?;
        work(move || png(decode(&model, &prn)?.get(page).ok_or_else(preview_gone)?)).await
    }
}

impl Core {
    /// The model of a bound printer.
    pub(crate) fn model_of(&self, row: &platen_store::PrinterRow) -> Result<Arc<Model>, Fault> {
        self.model(&row.model).ok_or_else(|| crate::own_models::unknown_here(&row.model))
    }

    /// A document that was handed in, with its password if somebody gave it.
    pub(crate) async fn document(&self, id: &str) -> Result<Given, Fault> {
        let row = self.store.document(id).await.map_err(|error| error.fault())?;
        let file = self.store.open_upload(id).await.map_err(|error| error.fault())?;
        Ok(Given {
            content: Content::File(file),
            name: DocumentName::new(&row.name),
            password: self.passwords.find(&row.sha256),
        })
    }
}

/// A page of grey in the printer's language, the dither that was used, and what the bytes burn.
async fn pressed(
    grey: Arc<GreyPage>,
    model: Arc<Model>,
    options: &PageOptions,
) -> Result<(Vec<u8>, Dither, Page), Fault> {
    let options = options.clone();
    work(move || {
        let (prn, dither) = press_page(&grey, &model, &options)?;
        let page = decode(&model, &prn)?.first().map(Page::of).ok_or_else(preview_gone)?;
        Ok((prn, dither, page))
    })
    .await
}

/// Computes on a thread that may take its time.
async fn work<T: Send + 'static>(work: impl FnOnce() -> Result<T, Fault> + Send + 'static) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        tracing::error!("a page ended without a result: {error}");
        Err(preview_gone())
    })
}

/// What a PRN burns.
pub(crate) fn decode(model: &Model, prn: &[u8]) -> Result<Vec<Bitmap>, Fault> {
    let language = family(model.family).ok_or_else(preview_gone)?;
    Ok(language.decode_for(model, prn).map_err(|error| error.fault())?.pages)
}

/// Paper moved on after a copy, in dots.
pub(crate) fn feed_dots(model: &Model, options: &PageOptions) -> u32 {
    platen_printers::Finish::from_millimetres(options.feed, options.cut, model.dpi).feed_dots
}

impl Page {
    fn of(bitmap: &Bitmap) -> Self {
        Self { width: bitmap.width(), height: bitmap.height(), sha256: hex::encode(Sha256::digest(bitmap.bytes())) }
    }
}

fn png(bitmap: &Bitmap) -> Result<Vec<u8>, Fault> {
    let depth = match bitmap.depth() {
        24 => {
            return write_png(
                (bitmap.width(), bitmap.height()),
                png::ColorType::Rgb,
                png::BitDepth::Eight,
                bitmap.bytes(),
            );
        }
        1 => png::BitDepth::One,
        2 => png::BitDepth::Two,
        4 => png::BitDepth::Four,
        _ => png::BitDepth::Eight,
    };
    if bitmap.depth() > 1 {
        return write_png((bitmap.width(), bitmap.height()), png::ColorType::Grayscale, depth, bitmap.bytes());
    }
    // In a grey PNG 0 is black; on our pages of dots 1 is.
    let rows: Vec<u8> = bitmap.bytes().iter().map(|byte| !byte).collect();
    write_png((bitmap.width(), bitmap.height()), png::ColorType::Grayscale, depth, &rows)
}

fn grey_png(page: &GreyPage) -> Result<Vec<u8>, Fault> {
    let colour = if page.size.colour { png::ColorType::Rgb } else { png::ColorType::Grayscale };
    write_png((page.size.width, page.size.height), colour, png::BitDepth::Eight, &page.rows)
}

fn write_png(
    (width, height): (u32, u32),
    colour: png::ColorType,
    depth: png::BitDepth,
    rows: &[u8],
) -> Result<Vec<u8>, Fault> {
    let failed = |error: png::EncodingError| {
        Fault::new("preview_failed", format!("The picture could not be written: {error}."), "Render the preview again.")
    };
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    // It is looked at once, on this machine: quick goes before small.
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(rows).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

fn preview_gone() -> Fault {
    Fault::new("preview_unknown", "There is no such picture any more.", "Render the preview again.")
}
