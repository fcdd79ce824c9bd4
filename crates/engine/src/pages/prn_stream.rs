//! The bytes for a printer while they are made: for links that take a stream.
//!
//! A platform that wants length and hash first gets its bytes from the spool (`printer/queue`); a link that takes bytes
//! as they come need not wait for the last page. Whoever takes them sets the pace: the renderer waits. Deliberately
//! absent: which link, and what is told of a job that was given to one.

use crate::Engine;
use crate::renderer::{Done, Event, Rendering, refused};
use platen_model::{Fault, PageOptions};

/// A document on its way into a printer's language. Dropping it ends the work.
pub struct PrnStream {
    rendering: Rendering,
    pages: Option<u32>,
}

impl Engine {
    /// Begins to render a document for a printer.
    ///
    /// # Errors
    /// `document_unknown`, `printer_unknown`, `option_invalid`, `renderer_failed`.
    pub async fn begin_prn(&self, document: &str, sn: &str, options: &PageOptions) -> Result<PrnStream, Fault> {
        let core = &self.core;
        let row = core.printer_row(sn).await?;
        let model = core.model_of(&row)?;
        let given = core.document(document).await?;
        Ok(PrnStream { rendering: core.renderer.prn(given, model, options)?, pages: None })
    }
}

impl PrnStream {
    /// The next bytes; `None` after the last. Bytes that came before a fault are no whole PRN.
    ///
    /// # Errors
    /// The renderer's own faults.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        while self.pages.is_none() {
            match self.rendering.next().await? {
                Event::Begin(_) | Event::End => {}
                Event::Bytes(bytes) => return Ok(Some(bytes)),
                Event::Done(Done::Prepared { pages, .. }) => self.pages = Some(pages),
                Event::Done(_) => return Err(refused()),
            }
        }
        Ok(None)
    }

    /// Pages of one copy, after the last byte.
    pub fn pages(&self) -> Option<u32> {
        self.pages
    }
}
