//! PDF documents.
//!
//! ```text
//! bytes ─hayro-syntax─▶ pages ─hayro-interpret─▶ marks in the order of painting ─bands─▶ rows of grey
//! ```
//!
//! Source: ISO 32000-2, promise CT-4 (at most 2,000 pages, sides of at most 5 m). Scripts, actions, attachments and
//! references to other files are never followed: nothing here knows how. Permission flags are not looked at; what the
//! user can open, the user can print.
//!
//! A page is interpreted once and noted as marks in dots ([`list`]); then each band of rows is painted with the marks
//! that touch it, and given away. So a page takes as much memory as what is on it, and never that of all its dots.

mod band;
mod blend;
mod device;
mod fill;
mod fonts;
mod guard;
mod layer;
mod list;
mod path;
mod pictures;
mod shade;
mod stamps;
mod survey;
mod work;

use self::band::Painter;
use self::device::{Kept, Recorder};
use self::layer::Layer;
use self::list::{Area, List};
use self::work::stoppable;
use crate::channel::Channel;
use crate::error::{Excess, RenderError};
use crate::leaf::{Document, Leaf, Nature, Rows, Shelf, View};
use crate::press::MAX_PAGES;
use crate::source::Source;
use hayro_interpret::hayro_syntax::page::Page;
use hayro_interpret::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro_interpret::kurbo::{Affine, Rect};
use hayro_interpret::{Context, InterpreterCache, InterpreterSettings, TransformExt, interpret_page};
use platen_model::{Crop, DocumentKind};

/// Units of a page per inch.
const POINTS: f64 = 72.0;

/// The longest side of a page, in points: 5 m.
const MAX_SIDE: f64 = 5.0 / 0.0254 * POINTS;

/// An opened document.
pub(crate) struct Pages<'a> {
    pdf: &'a Pdf,
    channel: Channel,
    cache: InterpreterCache<'a>,
    settings: InterpreterSettings,
    kept: Kept,
    painter: Painter,
    /// The page that was read last and is not drawn yet.
    read: Option<Read>,
}

/// A page that was read for a view.
struct Read {
    index: u32,
    view: View,
    list: List,
    nature: Nature,
    /// Planes that it is painted in.
    colours: usize,
}

/// Opens a document.
pub(crate) fn open<'a>(source: &Source<'_>, channel: Channel, shelf: &'a Shelf) -> Result<Pages<'a>, RenderError> {
    let pdf = match shelf.pdf.get() {
        Some(pdf) => pdf,
        None => {
            let read = read(source)?;
            shelf.pdf.get_or_init(|| read)
        }
    };
    let kept = Kept::default();
    Ok(Pages {
        pdf,
        channel,
        cache: InterpreterCache::new(),
        settings: fonts::settings(&kept.hangul),
        kept,
        painter: Painter::default(),
        read: None,
    })
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
        0 => return Err(RenderError::Empty),
        1..=MAX_PAGES => {}
        _ => return Err(RenderError::TooLarge(Excess::Pages)),
    }
    guard::check(&pdf)?;
    Ok(pdf)
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
    fn leaves(&mut self) -> u32 {
        u32::try_from(self.pdf.pages().len()).unwrap_or(u32::MAX)
    }

    fn leaf(&mut self, index: u32) -> Result<Leaf, RenderError> {
        let (width, height) = extent(self.page(index)?)?;
        Ok(Leaf { width, height, dpi: POINTS, set: false })
    }

    fn nature(&mut self, index: u32, view: &View) -> Result<Nature, RenderError> {
        let read = self.read_page(index, view)?;
        Ok(self.read.insert(read).nature)
    }

    fn draw(&mut self, index: u32, view: &View, rows: &mut Rows<'_>) -> Result<(), RenderError> {
        let Read { list, colours, .. } = self.read_page(index, view)?;
        let region = region(view)?;
        let band = |top: i32| Area { top, bottom: (top + band::ROWS).min(region.bottom), ..region };
        let mut layer = Layer::paper(band(0), self.channel, colours);
        let mut grey = Vec::new();
        for (index, order) in (0_i32..).zip(band::order(&list, region)) {
            layer.renew(band(index * band::ROWS));
            self.painter.paint(&list, &order, &mut layer);
            rows(layer.greys_of_paper(&mut grey))?;
        }
        Ok(())
    }
}

/// All dots of a view.
fn region(view: &View) -> Result<Area, RenderError> {
    let side = |dots: u32| i32::try_from(dots).map_err(|_| RenderError::TooLarge(Excess::Memory));
    Ok(Area { left: 0, top: 0, right: side(view.width)?, bottom: side(view.height)? })
}

impl<'a> Pages<'a> {
    /// Reads a page, unless it was the last one that was read, and for the same view.
    fn read_page(&mut self, index: u32, view: &View) -> Result<Read, RenderError> {
        if let Some(read) = self.read.take().filter(|read| read.index == index && read.view == *view) {
            return Ok(read);
        }
        let page = self.page(index)?;
        let bounds = Rect::new(0.0, 0.0, view.width.into(), view.height.into());
        let mut context = self.context(page, placed(page, view), bounds);
        self.kept.stamps.tidy();
        let mut recorder = Recorder::new(region(view)?, self.channel, &mut self.kept);
        stoppable(|| interpret_page(page, &mut context, &mut recorder))?;
        let colours = if recorder.blends && recorder.colourful { 3 } else { 1 };
        let nature = if recorder.toned { Nature::Tones } else { Nature::Lines };
        Ok(Read { index, view: *view, list: recorder.list, nature, colours })
    }

    fn page(&self, index: u32) -> Result<&'a Page<'a>, RenderError> {
        self.pdf.pages().get(index as usize).ok_or(RenderError::Empty)
    }

    fn context(&self, page: &Page<'a>, transform: Affine, region: Rect) -> Context<'a> {
        Context::new(transform, region, &self.cache, page.xref(), self.settings.clone())
    }
}

/// From the page's own units to the dots of `view`.
fn placed(page: &Page<'_>, view: &View) -> Affine {
    let (width, height) = page.render_dimensions();
    let upright = Affine::scale_non_uniform(1.0 / f64::from(width), 1.0 / f64::from(height))
        * page.initial_transform(true).to_kurbo();
    let share = |part: u16| f64::from(part) / f64::from(Crop::WHOLE);
    let crop = Affine::scale_non_uniform(1.0 / share(view.crop.width), 1.0 / share(view.crop.height))
        * Affine::translate((-share(view.crop.left), -share(view.crop.top)));
    let (mirrored, quarters) = view.turn.parts();
    let mirror = if mirrored { Affine::new([-1.0, 0.0, 0.0, 1.0, 1.0, 0.0]) } else { Affine::IDENTITY };
    // Within the unit square, clockwise with y downwards.
    let turn = match quarters {
        0 => Affine::IDENTITY,
        1 => Affine::new([0.0, 1.0, -1.0, 0.0, 1.0, 0.0]),
        2 => Affine::new([-1.0, 0.0, 0.0, -1.0, 1.0, 1.0]),
        _ => Affine::new([0.0, -1.0, 1.0, 0.0, 0.0, 1.0]),
    };
    Affine::scale_non_uniform(view.width.into(), view.height.into()) * turn * mirror * crop * upright
}
