//! Pages of grey that are kept, so that other tones can be tried without opening the document again.
//!
//! Kept by everything that the grey depends on, see [`platen_render::layout_options`]; the page that nobody looked at
//! for longest goes first. Deliberately absent: the disk; a page is drawn again when it is gone.

use super::preview_gone;
use crate::Core;
use crate::renderer::{Done, Event, Rendering};
use platen_model::{Fault, PageOptions};
use platen_printers::Model;
use platen_render::{GreyPage, Laid, Window, layout_options};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// How many bytes of grey are kept: some pages for a desk, or one label sheet at 600 dpi.
const KEPT_BYTES: usize = 96 << 20;
/// Of how many documents it is remembered how many pages they have.
const KEPT_LAYOUTS: usize = 64;

/// What somebody wants the grey of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wanted {
    document: String,
    model: Arc<Model>,
    options: PageOptions,
}

impl Wanted {
    pub(crate) fn new(document: &str, model: Arc<Model>, options: &PageOptions) -> Self {
        Self { document: document.to_owned(), model, options: layout_options(options) }
    }
}

/// The pages that are kept.
#[derive(Default)]
pub(crate) struct Greys {
    kept: Mutex<Shelf>,
}

#[derive(Default)]
struct Shelf {
    /// Those that were looked at last are at the end.
    pages: VecDeque<(Wanted, u32, Arc<GreyPage>)>,
    bytes: usize,
    laid: VecDeque<(Wanted, Arc<Laid>)>,
}

impl Greys {
    fn page(&self, wanted: &Wanted, place: u32) -> Option<Arc<GreyPage>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.pages.iter().position(|(for_what, index, _)| *index == place && for_what == wanted)?;
        let entry = kept.pages.remove(at)?;
        let page = entry.2.clone();
        kept.pages.push_back(entry);
        Some(page)
    }

    fn keep(&self, wanted: &Wanted, place: u32, page: Arc<GreyPage>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if page.rows.len() > KEPT_BYTES || kept.pages.iter().any(|(what, index, _)| *index == place && what == wanted) {
            return;
        }
        kept.bytes += page.rows.len();
        kept.pages.push_back((wanted.clone(), place, page));
        while kept.bytes > KEPT_BYTES {
            let Some((_, _, oldest)) = kept.pages.pop_front() else { return };
            kept.bytes -= oldest.rows.len();
        }
    }

    fn laid(&self, wanted: &Wanted) -> Option<Arc<Laid>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.laid.iter().find(|(for_what, _)| for_what == wanted).map(|(_, laid)| laid.clone())
    }

    /// Keeps what was learnt, with what was learnt before of other pages.
    fn learn(&self, wanted: &Wanted, mut laid: Laid) -> Arc<Laid> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = kept.laid.iter().position(|(for_what, _)| for_what == wanted) {
            let before = kept.laid.remove(at).map(|(_, before)| before.missing.clone()).unwrap_or_default();
            let more: Vec<char> = laid.missing.iter().copied().filter(|letter| !before.contains(letter)).collect();
            laid.missing = [before, more].concat();
        }
        let laid = Arc::new(laid);
        if kept.laid.len() == KEPT_LAYOUTS {
            kept.laid.pop_front();
        }
        kept.laid.push_back((wanted.clone(), laid.clone()));
        laid
    }
}

/// Pages of grey, kept ones or fresh ones.
pub(crate) struct GreyPages {
    wanted: Wanted,
    /// Place of the next page.
    place: u32,
    kept: VecDeque<Arc<GreyPage>>,
    fresh: Option<Rendering>,
    laid: Option<Arc<Laid>>,
}

impl Core {
    /// The grey of the pages in `window`.
    ///
    /// # Errors
    /// `document_unknown`, `option_invalid`. What the renderer says comes with the pages.
    pub(crate) async fn greys(&self, wanted: &Wanted, window: Window) -> Result<GreyPages, Fault> {
        let mut pages = GreyPages {
            wanted: wanted.clone(),
            place: window.first,
            kept: VecDeque::new(),
            fresh: None,
            laid: self.greys.laid(wanted),
        };
        if let Some(laid) = &pages.laid {
            let places = window.first..laid.pages.min(window.first.saturating_add(window.count));
            if let Some(kept) = places.map(|place| self.greys.page(wanted, place)).collect() {
                pages.kept = kept;
                return Ok(pages);
            }
        }
        let given = self.document(&wanted.document).await?;
        pages.fresh = Some(self.renderer.grey(given, &wanted.model, &wanted.options, window)?);
        Ok(pages)
    }
}

impl GreyPages {
    /// The next page; `None` after the last.
    pub(crate) async fn next(&mut self, core: &Core) -> Result<Option<Arc<GreyPage>>, Fault> {
        let Some(rendering) = &mut self.fresh else { return Ok(self.kept.pop_front()) };
        let mut page = None;
        loop {
            match rendering.next().await? {
                Event::Begin(begin) => {
                    let size = begin.grey_size().ok_or_else(preview_gone)?;
                    page = Some(GreyPage { size, rows: Vec::new() });
                }
                Event::Bytes(bytes) => {
                    if let Some(page) = &mut page {
                        page.rows.extend_from_slice(&bytes);
                    }
                }
                Event::End => {
                    let page = Arc::new(page.take().ok_or_else(preview_gone)?);
                    core.greys.keep(&self.wanted, self.place, page.clone());
                    self.place = self.place.saturating_add(1);
                    return Ok(Some(page));
                }
                Event::Done(Done::Laid(laid)) => {
                    self.laid = Some(core.greys.learn(&self.wanted, laid));
                    self.fresh = None;
                    return Ok(None);
                }
                Event::Done(_) => return Err(preview_gone()),
            }
        }
    }

    /// What was learnt, once all pages were taken.
    pub(crate) fn laid(&self) -> Result<Arc<Laid>, Fault> {
        self.laid.clone().ok_or_else(preview_gone)
    }
}
