//! `platen render`: from a document to PRN, without an engine (`docs/decisions/0008-cli-renders-without-engine.md`).
//!
//! ```text
//! document ─render─▶ rows ─Encoder─▶ OUT.part ─rename─▶ OUT
//! ```
//!
//! Bytes are written while the document is rendered, so the memory of a long document is that of one page; only copies
//! and `--gzip` keep pages. A render that fails leaves no file.

use super::languages::{self, Chosen, facts};
use super::{files, print};
use crate::args::Render;
use crate::output::{Ending, Output};
use platen_model::{Bitmap, DocumentName, Duplex, Fault, PageOptions, Retry};
use platen_printers::package::{Compression, pack};
use platen_printers::{EncodeError, Encoder, Finish, Sheet};
use platen_render::{PageSink, PageSize, RenderError, Source, Stopped, Target, order};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;

pub(super) fn run(args: &Render, data: Option<&Path>, output: Output) -> Result<Ending, Fault> {
    let mut chosen = languages::choose(args.lang.as_deref(), args.model.as_deref(), data)?;
    if let Some(dpi) = args.dpi {
        chosen.model.dpi = dpi;
    }
    if let Some(width) = args.width {
        chosen.model.width_dots = width;
    }
    let mut options = print::options(&args.look);
    options.insert("width".to_owned(), chosen.model.width_dots.into());
    let options: PageOptions = serde_json::from_value(Value::Object(options)).map_err(|error| {
        Fault::new("option_invalid", format!("{error}."), "Choose a value within the range.").with_retry(Retry::No)
    })?;
    let (name, document) = files::read(&args.file)?;
    let password = if args.password_stdin { Some(files::password()?) } else { None };
    let name = DocumentName::new(&name);
    let source = Source::new(&document, &name).with_password(password.as_ref().map(|word| word.reveal().as_str()));
    let model = &chosen.model;
    let target =
        Target { width_dots: model.width_dots, dpi: model.dpi, dot_gain: model.dot_gain, across: model.across };

    let hash = Hash::wanted(output.is_json());
    let mut prn = Prn::new(&chosen, &options, files::Fresh::begin(&args.output)?, args.gzip, hash);
    let rendered = roomy(|| platen_render::render_to(&source, &target, &options, &mut prn))?;
    let summary = prn.or_fault(rendered)?;
    prn.copies()?;
    let written = prn.end()?;

    let missing: String = summary.missing.iter().collect();
    let about = json!({
        "file": args.output,
        "language": chosen.language.id(),
        "prnProtocol": chosen.language.prn_protocol(),
        "model": chosen.model.id,
        "width": written.pages.first().map_or(0, |page| page.size.width),
        "dpi": chosen.model.dpi,
        "depth": options.depth,
        "bytes": written.bytes,
        "sha256": written.sha256,
        "compression": written.compression.name(),
        "fileBytes": written.file_bytes,
        "dither": summary.dither.name(),
        "copies": options.copies,
        "documentPages": summary.leaves,
        "pages": written.pages.iter().map(PageFacts::json).collect::<Vec<_>>(),
        "missing": missing,
    });
    // Where the bytes go to standard output, nothing else may.
    let output = if files::is_stdio(&args.output) { output.aside() } else { output };
    output.value(&about)?;
    output.say(&format!(
        "{}: {} bytes of {}, {} page(s) of {} dots, {}.",
        args.output.display(),
        written.file_bytes,
        chosen.language.id(),
        written.pages.len(),
        written.pages.first().map_or(0, |page| page.size.width),
        summary.dither
    ))?;
    if !missing.is_empty() {
        output.say(&format!("No font has these characters; they are boxes: {missing}"))?;
    }
    Ok(Ending::Done)
}

/// Address space for the stack of a reader: documents nest as deeply as they like, and only what is used costs memory.
const STACK: usize = 1 << 30;

/// Runs `work` where there is room for it.
fn roomy<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Fault> {
    let refused = || {
        Fault::new("content_refused", "The document could not be rendered.", "Choose another document.")
            .with_retry(Retry::No)
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).map_err(|_| refused())?;
        thread.join().map_err(|_| refused())
    })
}

/// A SHA-256 that only programs ask for: people are not told it, and all of a long document would pass through it twice.
#[derive(Clone)]
struct Hash(Option<Sha256>);

impl Hash {
    fn wanted(wanted: bool) -> Self {
        Self(wanted.then(Sha256::new))
    }

    /// Another one, wanted as this one is.
    fn fresh(&self) -> Self {
        Self::wanted(self.0.is_some())
    }

    fn update(&mut self, bytes: &[u8]) {
        if let Some(hash) = &mut self.0 {
            hash.update(bytes);
        }
    }

    /// In hexadecimal digits; nothing where nobody wanted it.
    fn finish(self) -> String {
        self.0.map(|hash| hex::encode(hash.finalize())).unwrap_or_default()
    }
}

/// What is told about a page.
struct PageFacts {
    size: PageSize,
    sha256: String,
}

impl PageFacts {
    fn json(&self) -> Value {
        facts((self.size.width, self.size.height, self.size.depth), &self.sha256)
    }
}

/// What was written.
struct Written {
    pages: Vec<PageFacts>,
    /// Of the PRN.
    bytes: u64,
    /// Of the PRN.
    sha256: String,
    compression: Compression,
    file_bytes: u64,
}

/// How many bytes are gathered before they are written.
const BATCH: usize = 64 << 10;

/// Takes pages, writes PRN.
struct Prn<'a> {
    chosen: &'a Chosen,
    options: &'a PageOptions,
    finish: Finish,
    file: files::Fresh,
    /// The whole PRN, where it is packed at the end.
    whole: Option<Vec<u8>>,
    /// Pages, where they are needed for further copies.
    kept: Option<Vec<Bitmap>>,
    page: Option<Page>,
    pages: Vec<PageFacts>,
    /// Bytes that were not written yet.
    pending: Vec<u8>,
    bytes: u64,
    hash: Hash,
    fault: Option<Fault>,
}

/// A page under way.
struct Page {
    size: PageSize,
    hash: Hash,
    /// Its rows, where they are needed again; otherwise they went to the encoder.
    rows: Vec<u8>,
    encoder: Option<Encoder>,
}

impl<'a> Prn<'a> {
    fn new(chosen: &'a Chosen, options: &'a PageOptions, file: files::Fresh, packed: bool, hash: Hash) -> Self {
        Self {
            chosen,
            options,
            finish: Finish::from_millimetres(options.feed, options.cut, chosen.model.dpi),
            file,
            whole: packed.then(Vec::new),
            kept: (options.copies > 1).then(Vec::new),
            page: None,
            pages: Vec::new(),
            pending: Vec::new(),
            bytes: 0,
            hash,
            fault: None,
        }
    }

    /// What stopped the pages is a better reason than that they were stopped.
    fn or_fault<T>(&mut self, rendered: Result<T, RenderError>) -> Result<T, Fault> {
        match self.fault.take() {
            Some(fault) => Err(fault),
            None => rendered.map_err(|error| error.fault()),
        }
    }

    fn encoder(&mut self, size: PageSize, index: u32) -> Result<Encoder, EncodeError> {
        let sheet =
            Sheet { index, depth: size.depth, duplex: self.options.duplex, ..Sheet::new(size.width, size.height) };
        self.chosen.language.begin(&self.chosen.model, sheet, &self.finish, &mut self.pending)
    }

    /// Writes what is pending, if it is worth it.
    fn write(&mut self, all: bool) -> Result<(), Fault> {
        if self.pending.is_empty() || (!all && self.pending.len() < BATCH) {
            return Ok(());
        }
        self.bytes += self.pending.len() as u64;
        self.hash.update(&self.pending);
        match &mut self.whole {
            Some(whole) => whole.extend_from_slice(&self.pending),
            None => self.file.write(&self.pending)?,
        }
        self.pending.clear();
        Ok(())
    }

    /// All pages in the order of their copies, where there are several.
    fn copies(&mut self) -> Result<(), Fault> {
        let Some(pages) = self.kept.take() else { return Ok(()) };
        let both_sides = self.chosen.model.backs.is_some() && self.options.duplex != Duplex::Off;
        let count = u32::try_from(pages.len()).unwrap_or(u32::MAX);
        let mut blank = None;
        for (index, number) in (0..).zip(order(count, self.options, both_sides)) {
            let page = match number.and_then(|number| pages.get(number as usize)).or(pages.last()) {
                Some(page) if number.is_some() => page,
                Some(last) => blank.insert(white(last)),
                None => break,
            };
            let size = PageSize { width: page.width(), height: page.height(), depth: page.depth() };
            let mut encoder = self.encoder(size, index).map_err(|error| error.fault())?;
            encoder.push(page.bytes(), &mut self.pending).map_err(|error| error.fault())?;
            encoder.finish(&mut self.pending).map_err(|error| error.fault())?;
            self.write(false)?;
        }
        Ok(())
    }

    fn end(mut self) -> Result<Written, Fault> {
        self.write(true)?;
        let mut written = Written {
            pages: self.pages,
            bytes: self.bytes,
            sha256: self.hash.finish(),
            compression: Compression::None,
            file_bytes: self.bytes,
        };
        if let Some(whole) = self.whole {
            let package = pack(&whole, Compression::Gzip);
            (written.compression, written.file_bytes) = (package.compression, package.size);
            self.file.write(&package.bytes)?;
        }
        self.file.finish()?;
        Ok(written)
    }

    fn took(&mut self, result: Result<(), Fault>) -> Result<(), Stopped> {
        result.map_err(|fault| {
            self.fault = Some(fault);
            Stopped
        })
    }

    fn take(&mut self, packed: &[u8]) -> Result<(), Fault> {
        let Some(page) = &mut self.page else { return Ok(()) };
        page.hash.update(packed);
        match &mut page.encoder {
            Some(encoder) => encoder.push(packed, &mut self.pending).map_err(|error| error.fault())?,
            None => page.rows.extend_from_slice(packed),
        }
        self.write(false)
    }

    fn close(&mut self) -> Result<(), Fault> {
        let Some(page) = self.page.take() else { return Ok(()) };
        let PageSize { width, height, depth } = page.size;
        if let Some(encoder) = page.encoder {
            encoder.finish(&mut self.pending).map_err(|error| error.fault())?;
        } else if let Some(kept) = &mut self.kept {
            let short = || EncodeError::WrongRows { announced: height, came: 0 }.fault();
            kept.push(Bitmap::from_levels(width, height, depth, page.rows).ok_or_else(short)?);
        }
        self.pages.push(PageFacts { size: page.size, sha256: page.hash.finish() });
        self.write(false)
    }
}

/// An empty page of the size of `page`.
fn white(page: &Bitmap) -> Bitmap {
    let byte = if page.depth() == 1 { 0 } else { 0xFF };
    let rows = vec![byte; page.bytes().len()];
    Bitmap::from_levels(page.width(), page.height(), page.depth(), rows)
        .unwrap_or_else(|| Bitmap::white(page.width(), page.height()))
}

impl PageSink for Prn<'_> {
    fn begin(&mut self, size: PageSize) -> Result<(), Stopped> {
        let encoder = if self.kept.is_some() {
            None
        } else {
            let index = u32::try_from(self.pages.len()).unwrap_or(u32::MAX);
            match self.encoder(size, index) {
                Ok(encoder) => Some(encoder),
                Err(error) => return self.took(Err(error.fault())),
            }
        };
        self.page = Some(Page { size, hash: self.hash.fresh(), rows: Vec::new(), encoder });
        Ok(())
    }

    fn rows(&mut self, packed: &[u8]) -> Result<(), Stopped> {
        let taken = self.take(packed);
        self.took(taken)
    }

    fn end(&mut self) -> Result<(), Stopped> {
        let closed = self.close();
        self.took(closed)
    }
}
