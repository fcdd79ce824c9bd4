//! Estimates the work of a drawing before it is drawn, and looks at what it shows.
//!
//! Source: promise CT-3 (ten seconds) and measurement M3. Counting parts is not enough: a single filter, pattern or
//! dashed line can take minutes, and each group with an opacity takes a canvas of its own. The figures are rough; they
//! separate drawings that take a second from those that take minutes.

use crate::error::{Excess, Refusal, RenderError};
use crate::leaf::Nature;
use crate::picture;
use platen_model::DocumentKind;
use resvg::tiny_skia::{PathSegment, Point, Transform};
use resvg::usvg::{self, Group, ImageKind, Node, NonZeroRect, Paint, filter};

/// The most work, in dots touched: about ten nanoseconds each at worst.
const MAX_WORK: f64 = 1e9;

/// The most memory for canvases within canvases, in bytes.
const MAX_LAYERS: f64 = 384e6;

/// The longest side of a line or shape, in dots. The library counts in whole numbers: beyond some 10 ^ 9 dots they
/// overflow, which ends in a panic inside of a panic where overflows are checked.
const MAX_SIDE: f64 = 1e7;

/// The most text that is looked through for missing letters, in bytes.
const MAX_TEXT: usize = 1 << 20;

/// What is in a drawing.
pub(super) struct Survey {
    /// Lines, unless there is a picture in it.
    pub(super) nature: Nature,
    /// Its text.
    pub(super) text: String,
    /// Whether it must be drawn in one piece: effects look around themselves, and pictures and patterns would be made
    /// anew for each piece.
    pub(super) whole: bool,
}

/// Looks through `tree`, to be drawn with `scale` dots a unit on a page of `canvas` dots.
///
/// # Errors
/// [`Refusal::TooCostly`], or the error of a picture inside of it.
pub(super) fn survey(tree: &usvg::Tree, scale: f64, canvas: f64) -> Result<Survey, RenderError> {
    let mut surveyor =
        Surveyor { canvas, work: 0.0, survey: Survey { nature: Nature::Lines, text: String::new(), whole: false } };
    surveyor.group(tree.root(), scale, canvas * 4.0)?;
    Ok(surveyor.survey)
}

/// The kind of an embedded picture, by its first bytes.
pub(super) fn picture_kind(data: &[u8]) -> Option<DocumentKind> {
    let webp = data.starts_with(b"RIFF") && data.get(8..12) == Some(b"WEBP");
    match data {
        [0x89, b'P', b'N', b'G', ..] => Some(DocumentKind::Png),
        [0xFF, 0xD8, 0xFF, ..] => Some(DocumentKind::Jpeg),
        [b'G', b'I', b'F', b'8', ..] => Some(DocumentKind::Gif),
        _ => webp.then_some(DocumentKind::Webp),
    }
}

struct Surveyor {
    /// Dots of the page.
    canvas: f64,
    work: f64,
    survey: Survey,
}

impl Surveyor {
    fn add(&mut self, work: f64) -> Result<(), RenderError> {
        self.work += work;
        // Anything that is not a number is refused too.
        if self.work <= MAX_WORK { Ok(()) } else { Err(RenderError::SvgRefused(Refusal::TooCostly)) }
    }

    /// `scale`: dots a unit, so far. `layers`: bytes of the canvases around.
    fn group(&mut self, group: &Group, scale: f64, mut layers: f64) -> Result<(), RenderError> {
        let scale = scale * stretch(group.transform());
        if group.should_isolate() {
            // The library bounds a layer by the page and twice its size around it.
            let area = area(group.layer_bounding_box(), scale).min(self.canvas * 25.0);
            // A mask takes canvases of its own.
            layers += area * if group.mask().is_some() || group.clip_path().is_some() { 8.0 } else { 4.0 };
            if layers > MAX_LAYERS {
                return Err(RenderError::SvgRefused(Refusal::TooCostly));
            }
            self.add(area * 4.0)?;
            for effect in group.filters() {
                self.survey.whole = true;
                for primitive in effect.primitives() {
                    self.add(area * effect_weight(primitive.kind(), scale))?;
                }
            }
        }
        for node in group.children() {
            // Small change, so that very many parts count even when they are tiny.
            self.add(50.0)?;
            match node {
                Node::Group(inner) => self.group(inner, scale, layers)?,
                Node::Path(path) => self.path(path, scale)?,
                Node::Image(image) => self.image(image)?,
                Node::Text(text) => {
                    if self.survey.text.len() < MAX_TEXT {
                        text.chunks().iter().for_each(|chunk| self.survey.text.push_str(chunk.text()));
                    }
                    self.group(text.flattened(), scale, layers)?;
                }
            }
            let mut result = Ok(());
            // Clip paths, masks, patterns, and what filters draw.
            node.subroots(|root| {
                if result.is_ok() {
                    result = self.group(root, scale, layers);
                }
            });
            result?;
        }
        Ok(())
    }

    fn path(&mut self, path: &usvg::Path, scale: f64) -> Result<(), RenderError> {
        let bounds = path.stroke_bounding_box();
        let side = f64::from(bounds.width().max(bounds.height())) * scale;
        if side.is_nan() || side > MAX_SIDE {
            return Err(RenderError::SvgRefused(Refusal::TooCostly));
        }
        let area = (f64::from(bounds.width()) * f64::from(bounds.height()) * scale * scale).min(self.canvas);
        self.add(area + f64::from(u32::try_from(path.data().len()).unwrap_or(u32::MAX)) * 20.0)?;
        for paint in [path.fill().map(usvg::Fill::paint), path.stroke().map(usvg::Stroke::paint)].into_iter().flatten()
        {
            if let Paint::Pattern(pattern) = paint {
                self.survey.whole = true;
                let tile = tile_area(pattern.rect(), scale * stretch(pattern.transform()));
                if tile * 4.0 > MAX_LAYERS {
                    return Err(RenderError::SvgRefused(Refusal::TooCostly));
                }
                self.add(tile * 4.0)?;
            }
        }
        if let Some(dashes) = path.stroke().and_then(usvg::Stroke::dasharray) {
            let pattern: f32 = dashes.iter().sum();
            let count = length(path) / f64::from(pattern.max(f32::MIN_POSITIVE)) * dashes.len() as f64;
            self.add(count * 200.0)?;
        }
        Ok(())
    }

    fn image(&mut self, image: &usvg::Image) -> Result<(), RenderError> {
        self.survey.nature = Nature::Tones;
        self.survey.whole = true;
        let data = match image.kind() {
            ImageKind::JPEG(data) | ImageKind::PNG(data) | ImageKind::GIF(data) | ImageKind::WEBP(data) => data,
            ImageKind::SVG(_) => return Err(RenderError::SvgRefused(Refusal::BadPicture)),
        };
        let kind = picture_kind(data).ok_or(RenderError::SvgRefused(Refusal::BadPicture))?;
        let (width, height) = picture::size(kind, data)?;
        let pixels = f64::from(width) * f64::from(height);
        if pixels * 8.0 > MAX_LAYERS {
            return Err(RenderError::TooLarge(Excess::Pixels { width, height }));
        }
        self.add(pixels * 4.0 + self.canvas)
    }
}

/// How much a transform enlarges, at most.
fn stretch(transform: Transform) -> f64 {
    let [sx, kx, ky, sy] = [transform.sx, transform.kx, transform.ky, transform.sy].map(f64::from);
    (sx * sx + ky * ky).max(kx * kx + sy * sy).sqrt()
}

fn area(bounds: NonZeroRect, scale: f64) -> f64 {
    f64::from(bounds.width()) * f64::from(bounds.height()) * scale * scale
}

fn tile_area(bounds: NonZeroRect, scale: f64) -> f64 {
    area(bounds, scale).max(1.0)
}

/// Work of an effect for each dot.
fn effect_weight(kind: &filter::Kind, scale: f64) -> f64 {
    match kind {
        filter::Kind::GaussianBlur(_) | filter::Kind::DropShadow(_) => 30.0,
        filter::Kind::Morphology(effect) => {
            let side = |radius: f32| (f64::from(radius) * scale * 2.0 + 1.0).max(1.0);
            side(effect.radius_x().get()) * side(effect.radius_y().get())
        }
        filter::Kind::ConvolveMatrix(effect) => {
            f64::from(effect.matrix().columns()) * f64::from(effect.matrix().rows()) * 4.0
        }
        filter::Kind::Turbulence(effect) => 60.0 * f64::from(effect.num_octaves()),
        filter::Kind::DiffuseLighting(_) | filter::Kind::SpecularLighting(_) => 40.0,
        filter::Kind::Merge(effect) => 10.0 + 4.0 * effect.inputs().len() as f64,
        _ => 10.0,
    }
}

/// Length of a path in units, its curves taken by their corners.
fn length(path: &usvg::Path) -> f64 {
    let mut sum = 0.0;
    let mut last = Point::default();
    let mut to = |point: Point| {
        sum += f64::from(point.distance(last));
        last = point;
    };
    for segment in path.data().segments() {
        match segment {
            PathSegment::MoveTo(point) | PathSegment::LineTo(point) => to(point),
            PathSegment::QuadTo(a, b) => [a, b].into_iter().for_each(&mut to),
            PathSegment::CubicTo(a, b, c) => [a, b, c].into_iter().for_each(&mut to),
            PathSegment::Close => {}
        }
    }
    sum
}
