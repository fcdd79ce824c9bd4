//! Pages in a printer's language, while they are rendered.

use super::child::Out;
use super::frames::{BATCH, Begin, Kind};
use super::refused;
use crate::pages::feed_dots;
use platen_model::{Dither, Duplex, Fault, PageOptions};
use platen_printers::{Encoder, Family, Finish, Model, Sheet, family};
use platen_render::{GreyPage, PageSink, PageSize, RenderError, Stopped};

/// One page of grey in the printer's language, as a PRN of its own, and the dither that was used.
pub(crate) fn press_page(
    page: &GreyPage,
    model: &'static Model,
    options: &PageOptions,
) -> Result<(Vec<u8>, Dither), Fault> {
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
    model: &'static Model,
    language: &'static dyn Family,
    finish: Finish,
    duplex: Duplex,
    encoder: Option<Encoder>,
    size: Option<PageSize>,
    pending: Vec<u8>,
    first: bool,
    /// Pages begun, repeated ones too: their place in the PRN.
    index: u32,
    pages: u32,
    /// How often each page follows itself: copies that are not collated.
    repeats: u8,
    /// The dots of the page, where it is needed again.
    again: Vec<u8>,
    fault: Option<Fault>,
}

impl<'a> Prn<'a> {
    pub(super) fn new(out: &'a mut dyn Out, model: &'static Model, options: &PageOptions) -> Result<Self, Fault> {
        let language = family(model.family).ok_or_else(refused)?;
        let finish = Finish { feed_dots: feed_dots(model, options), cut: options.cut };
        Ok(Self {
            out,
            model,
            language,
            finish,
            duplex: options.duplex,
            encoder: None,
            size: None,
            pending: Vec::new(),
            first: true,
            index: 0,
            pages: 0,
            repeats: if options.collate { 0 } else { options.copies.saturating_sub(1) },
            again: Vec::new(),
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
        self.again.clear();
        self.encoder = Some(self.open(size)?);
        Ok(())
    }

    fn rows(&mut self, packed: &[u8]) -> Result<(), Stopped> {
        let Some(mut encoder) = self.encoder.take() else { return Err(Stopped) };
        let pushed = encoder.push(packed, &mut self.pending);
        self.or_stop(pushed)?;
        self.encoder = Some(encoder);
        if self.repeats > 0 {
            self.again.extend_from_slice(packed);
        }
        pass_on(self.out, &mut self.pending, &mut self.first, false)
    }

    fn end(&mut self) -> Result<(), Stopped> {
        let (Some(encoder), Some(size)) = (self.encoder.take(), self.size.take()) else { return Err(Stopped) };
        self.close(encoder)?;
        for _ in 0..self.repeats {
            let mut encoder = self.open(size)?;
            let pushed = encoder.push(&self.again, &mut self.pending);
            self.or_stop(pushed)?;
            self.close(encoder)?;
        }
        self.pages = self.pages.saturating_add(1);
        self.out.frame(Kind::End, &[])
    }
}
