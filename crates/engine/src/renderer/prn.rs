//! Pages in a printer's language, while they are rendered.

use super::child::Out;
use super::frames::{BATCH, Begin, Kind};
use super::refused;
use crate::pages::feed_dots;
use platen_model::{Bitmap, Dither, Duplex, Fault, PageOptions};
use platen_printers::{Encoder, Family, Finish, Model, Sheet, family};
use platen_render::{GreyPage, PageSink, PageSize, RenderError, Stopped, order};

/// One page of grey in the printer's language, as a PRN of its own, and the dither that was used.
pub(crate) fn press_page(page: &GreyPage, model: &Model, options: &PageOptions) -> Result<(Vec<u8>, Dither), Fault> {
    /// Keeps the bytes.
    struct Keep(Vec<u8>);

    impl Out for Keep {
        fn frame(&mut self, kind: Kind, payload: &[u8]) -> Result<(), Stopped> {
            if kind == Kind::Bytes {
                self.0.extend_from_slice(payload);
            }
            Ok(())
        }
    }

    let mut kept = Keep(Vec::new());
    let once = PageOptions { copies: 1, ..options.clone() };
    let mut prn = Prn::new(&mut kept, model, &once)?;
    let dither = platen_render::press([page], &super::target(model), &once, &mut prn);
    let dither = prn.or_fault(dither)?;
    Ok((kept.0, dither))
}

/// Sends what waits when it is worth a frame: the first bytes of a page at once, for they are waited for.
pub(super) fn pass_on(out: &mut dyn Out, pending: &mut Vec<u8>, first: &mut bool, all: bool) -> Result<(), Stopped> {
    if pending.is_empty() || !(all || *first || pending.len() >= BATCH) {
        return Ok(());
    }
    *first = false;
    for piece in pending.chunks(BATCH) {
        out.frame(Kind::Bytes, piece)?;
    }
    pending.clear();
    Ok(())
}

/// Pages in the printer's language, in frames.
pub(super) struct Prn<'a> {
    out: &'a mut dyn Out,
    model: &'a Model,
    language: &'static dyn Family,
    finish: Finish,
    /// Off on a printer that has one side only.
    duplex: Duplex,
    encoder: Option<Encoder>,
    size: Option<PageSize>,
    pending: Vec<u8>,
    first: bool,
    /// Pages begun, repeated ones too: their place in the PRN.
    index: u32,
    pages: u32,
    /// Copies that are not collated: each sheet follows itself. Collated ones are whole PRNs again, and asked of whoever
    /// prints.
    copies: PageOptions,
    /// The sides of the sheet under way and their dots, where they are needed again.
    sheet: Vec<(PageSize, Vec<u8>)>,
    fault: Option<Fault>,
}

impl<'a> Prn<'a> {
    pub(super) fn new(out: &'a mut dyn Out, model: &'a Model, options: &PageOptions) -> Result<Self, Fault> {
        let language = family(model.family).ok_or_else(refused)?;
        let finish = Finish { feed_dots: feed_dots(model, options), cut: options.cut };
        Ok(Self {
            out,
            model,
            language,
            finish,
            duplex: if model.backs.is_some() { options.duplex } else { Duplex::Off },
            encoder: None,
            size: None,
            pending: Vec::new(),
            first: true,
            index: 0,
            pages: 0,
            copies: PageOptions {
                copies: if options.collate { 1 } else { options.copies },
                collate: false,
                ..options.clone()
            },
            sheet: Vec::new(),
            fault: None,
        })
    }

    /// Pages of one copy.
    pub(super) fn pages(&self) -> u32 {
        self.pages
    }

    /// The language's own reason goes before the renderer's, which only knows that it was stopped.
    pub(super) fn or_fault<T>(&mut self, rendered: Result<T, RenderError>) -> Result<T, Fault> {
        match self.fault.take() {
            Some(fault) => Err(fault),
            None => rendered.map_err(|error| error.fault()),
        }
    }

    fn or_stop<T>(&mut self, result: Result<T, platen_printers::EncodeError>) -> Result<T, Stopped> {
        result.map_err(|error| {
            self.fault = Some(error.fault());
            Stopped
        })
    }

    fn open(&mut self, size: PageSize) -> Result<Encoder, Stopped> {
        let Self { index, duplex, .. } = *self;
        let sheet = Sheet { index, depth: size.depth, duplex, ..Sheet::new(size.width, size.height) };
        self.index = self.index.saturating_add(1);
        let encoder = self.language.begin(self.model, sheet, &self.finish, &mut self.pending);
        self.or_stop(encoder)
    }

    /// All pages have come: what is left to print is the last sheet once more, if its back is empty.
    pub(super) fn finish(&mut self) -> Result<(), Fault> {
        let Some((size, _)) = self.sheet.first() else { return Ok(()) };
        let begin = Begin::from(*size).payload();
        let written = self.out.frame(Kind::Begin, &begin).and_then(|()| self.print_again());
        let written = written.and_then(|()| self.out.frame(Kind::End, &[]));
        // Nobody listens any more, or the language has said why.
        written.map_err(|Stopped| self.fault.take().unwrap_or_else(refused))
    }

    /// The further copies of a sheet, its empty back among them.
    fn print_again(&mut self) -> Result<(), Stopped> {
        let sheet = std::mem::take(&mut self.sheet);
        let sides = u32::try_from(sheet.len()).unwrap_or(u32::MAX);
        for side in order(sides, &self.copies.clone(), self.duplex != Duplex::Off).skip(sheet.len()) {
            let printed = side.and_then(|side| sheet.get(side as usize));
            let Some((size, rows)) = printed.or(sheet.first()) else { return Ok(()) };
            let mut encoder = self.open(*size)?;
            let white = if size.depth == 1 { 0 } else { 0xFF };
            let pushed = match printed {
                Some(_) => encoder.push(rows, &mut self.pending),
                None => encoder.push(&vec![white; rows.len()], &mut self.pending),
            };
            self.or_stop(pushed)?;
            self.close(encoder)?;
        }
        Ok(())
    }

    fn close(&mut self, encoder: Encoder) -> Result<(), Stopped> {
        let finished = encoder.finish(&mut self.pending);
        self.or_stop(finished)?;
        pass_on(self.out, &mut self.pending, &mut self.first, true)
    }
}

impl PageSink for Prn<'_> {
    fn begin(&mut self, size: PageSize) -> Result<(), Stopped> {
        self.out.frame(Kind::Begin, &Begin::from(size).payload())?;
        self.first = true;
        self.size = Some(size);
        if self.copies.copies > 1 {
            let bytes = Bitmap::row_bytes(size.width, size.depth).saturating_mul(size.height as usize);
            self.sheet.push((size, Vec::with_capacity(bytes)));
        }
        self.encoder = Some(self.open(size)?);
        Ok(())
    }

    fn rows(&mut self, packed: &[u8]) -> Result<(), Stopped> {
        let Some(mut encoder) = self.encoder.take() else { return Err(Stopped) };
        let pushed = encoder.push(packed, &mut self.pending);
        self.or_stop(pushed)?;
        self.encoder = Some(encoder);
        if let Some((_, rows)) = self.sheet.last_mut() {
            rows.extend_from_slice(packed);
        }
        pass_on(self.out, &mut self.pending, &mut self.first, false)
    }

    fn end(&mut self) -> Result<(), Stopped> {
        let (Some(encoder), Some(_)) = (self.encoder.take(), self.size.take()) else { return Err(Stopped) };
        self.close(encoder)?;
        if self.duplex == Duplex::Off || self.sheet.len() == 2 {
            self.print_again()?;
        }
        self.pages = self.pages.saturating_add(1);
        self.out.frame(Kind::End, &[])
    }
}
