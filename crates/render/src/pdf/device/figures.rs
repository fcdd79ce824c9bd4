//! Letters and pictures of a page as marks: what a stamp or an outline is for a letter, and what a picture may be.

use super::Recorder;
use crate::error::RenderError;
use crate::grey::Grey;
use crate::pdf::fill::Rule;
use crate::pdf::list::{Area, Ink, Kind, List, Mark, Mask};
use crate::pdf::path;
use crate::pdf::pictures::{self, Picture};
use crate::pdf::work::{CALL, enough};
use crate::picture::check_size;
use hayro_interpret::font::{OutlineGlyph, PositionedGlyph};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::hayro_syntax::object::{Dict, Stream};
use hayro_interpret::kurbo::{Affine, Rect};
use hayro_interpret::{BlendMode, DrawMode, DrawProps, Image, Paint};
use platen_model::DocumentKind;
use std::rc::Rc;
use std::sync::atomic::Ordering;

impl Recorder<'_> {
    fn is_space(&self, glyph: &OutlineGlyph) -> bool {
        // Told by the text behind the glyph, which takes a while: only where it matters.
        self.kept.hangul.load(Ordering::Relaxed)
            && matches!(glyph.as_unicode(), Some(BfString::Char(letter)) if letter.is_whitespace())
    }

    pub(super) fn glyph<'a>(
        &mut self,
        glyph: &PositionedGlyph<'a>,
        outline: &OutlineGlyph,
        props: &DrawProps<'a>,
        mode: &DrawMode,
    ) {
        self.work(CALL / 4);
        if self.is_space(outline) {
            return;
        }
        if let DrawMode::Fill(_) | DrawMode::FillAndStroke(..) = mode {
            let transform = props.transform * glyph.transform();
            let ink = self.ink(&props.paint);
            let placed = if ink.is_some() { self.kept.stamps.stamp(outline, transform) } else { None };
            match (ink, placed) {
                (Some(ink), Some(placed)) => {
                    let area = placed.stamp.area;
                    let (left, top) = (area.left + placed.x, area.top + placed.y);
                    let there = Area {
                        left,
                        top,
                        right: left + (area.right - area.left),
                        bottom: top + (area.bottom - area.top),
                    };
                    if ink.alpha > 0 {
                        self.work(there.dots() / 4);
                        self.push(there, Kind::Stamp(placed.stamp, left, top, ink));
                    }
                }
                _ => {
                    let path = self.kept.stamps.outline(outline);
                    let from = self.list.edges.len();
                    if path::flatten(&path, transform, &mut self.list.edges) {
                        self.paint(from, Rule::NonZero, &props.paint, false);
                    }
                }
            }
        }
        if let DrawMode::Stroke(stroke) | DrawMode::FillAndStroke(_, stroke) = mode {
            let path = glyph.transform() * self.kept.stamps.outline(outline).as_ref().clone();
            self.stroke(&path, props.transform, stroke, 0.5, &props.paint);
        }
    }

    pub(super) fn picture<'a>(&mut self, image: &Image<'a, '_>, transform: Affine) {
        let (width, height) = (image.width(), image.height());
        let stream = match image {
            Image::Stencil(stencil) => stencil.stream(),
            Image::Raster(raster) => raster.stream(),
        };
        if let Err(error) = check_picture(stream.dict(), width, height) {
            enough(error);
        }
        self.work(u64::from(width) * u64::from(height) * 4);
        let place = transform.transform_rect_bbox(Rect::new(0.0, 0.0, width.into(), height.into()));
        let wanted = path::snapped(place).map(|area| area.meet(self.clip_area()));
        let Some(wanted) = wanted.filter(|area| !area.is_empty()) else { return };
        self.work(wanted.dots() * 8);
        let unit = transform * Affine::scale_non_uniform(width.into(), height.into());
        let channel = self.channel;
        let mut read = false;
        let mut made = None;
        match image {
            Image::Raster(raster) => match self.brightness(raster.stream()) {
                Some(grey) => {
                    read = true;
                    made = Picture::new(grey, None, unit);
                }
                None => raster.with_rgba(
                    |data, alpha| {
                        read = true;
                        made = Picture::new(pictures::plane_of(data, channel), alpha.map(pictures::plane), unit);
                    },
                    None,
                ),
            },
            Image::Stencil(stencil) => {
                let mut pattern = None;
                let recorder = &mut *self;
                stencil.with_stencil(
                    |luma, paint| {
                        read = true;
                        let black = Ink { red: 0, green: 0, blue: 0, alpha: 255 };
                        let ink = recorder.ink(paint).unwrap_or(black);
                        pattern = matches!(paint, Paint::Pattern(_)).then(|| paint.clone());
                        made = Picture::stencil(pictures::plane(luma), ink, unit);
                    },
                    None,
                );
                if let Some(paint) = pattern {
                    return self.pattern_stencil(made, &paint);
                }
            }
        }
        if !read {
            let detail = "a picture in it cannot be read".to_owned();
            enough(RenderError::Damaged { kind: DocumentKind::Pdf, detail });
        }
        if let Some(picture) = made {
            self.push(picture.area, Kind::Picture(Rc::new(picture)));
        }
    }

    /// The grey of a plain JPEG, on a page that shows nothing else.
    fn brightness(&self, stream: &Stream<'_>) -> Option<Grey> {
        if self.channel.is_brightness() { pictures::jpeg(stream) } else { None }
    }

    /// A pattern through a stencil: the stencil is its mask.
    fn pattern_stencil<'a>(&mut self, made: Option<Picture>, paint: &Paint<'a>) {
        let Some(picture) = made else { return };
        let area = picture.area.meet(self.clip_area());
        if area.is_empty() {
            return;
        }
        let mut list = List::new(self.region);
        list.marks.push(Mark { area: picture.area, clip: 0, kind: Kind::Picture(Rc::new(picture)) });
        let mask = Rc::new(Mask { list, ground: None, curve: None });
        self.begin(1.0, None, BlendMode::Normal);
        if let Some(open) = self.open.last_mut() {
            open.mask = Some(mask);
        }
        let from = self.list.edges.len();
        path::push_block(area, &mut self.list.edges);
        self.paint(from, Rule::NonZero, paint, false);
        self.end();
    }
}

/// A picture's announced size, and that of what masks it (promise CT-2).
fn check_picture(dict: &Dict<'_>, width: u32, height: u32) -> Result<(), RenderError> {
    check_size(DocumentKind::Pdf, width, height)?;
    for key in [b"SMask".as_slice(), b"Mask".as_slice()] {
        if let Some(mask) = dict.get::<Stream<'_>>(key) {
            let side = |key: &[u8]| mask.dict().get::<u32>(key).unwrap_or(1);
            check_size(DocumentKind::Pdf, side(b"Width"), side(b"Height"))?;
        }
    }
    Ok(())
}
