//! Takes what the interpreter of a page draws, and notes it as marks in dots.
//!
//! What is too much ends it ([`super::work`]): work, memory, or a picture beyond the limits.

mod figures;
mod patterns;

use super::fill::Rule;
use super::list::{Area, Clip, Group, Ink, Kind, List, Mark, Mask, Outline};
use super::path;
use super::stamps::Stamps;
use super::survey;
use super::work::{CALL, Work, enough};
use crate::channel::Channel;
use crate::error::{Excess, RenderError};
use hayro_interpret::font::{Glyph, GlyphRun};
use hayro_interpret::kurbo::{Affine, BezPath, Rect, Shape};
use hayro_interpret::{
    BlendMode, CacheKey, ClipPath, Device, DrawMode, DrawProps, FillRule, Image, ImageDrawProps, MaskType, Paint,
    SoftMask, StrokeProps,
};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The most that is noted of a page, in bytes.
const MAX_LIST: usize = 96 << 20;

/// The most groups within groups: each has planes of its own.
const MAX_DEPTH: usize = 48;

/// What lives as long as the document is open.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) stamps: Stamps,
    /// Whether Korean is drawn with our own font.
    pub(super) hangul: Arc<AtomicBool>,
}

/// A group that is not closed yet.
struct Open {
    /// Of its first mark.
    index: usize,
    opacity: f32,
    blend: BlendMode,
    mask: Option<Rc<Mask>>,
    /// Whether something in it meets what is below in another way than by covering it.
    blended: bool,
}

pub(super) struct Recorder<'k> {
    pub(super) list: List,
    kept: &'k mut Kept,
    /// What pictures are read for.
    channel: Channel,
    region: Area,
    clips: Vec<u32>,
    /// Rectangles of the path that is painted.
    blocks: Vec<Area>,
    open: Vec<Open>,
    masks: BTreeMap<u128, Rc<Mask>>,
    work: Work,
    depth: usize,
    /// Whether something is blended.
    pub(super) blends: bool,
    /// Whether something has a colour.
    pub(super) colourful: bool,
    /// Whether something has tones.
    pub(super) toned: bool,
}

impl<'k> Recorder<'k> {
    /// Notes what touches `region`.
    pub(super) fn new(region: Area, channel: Channel, kept: &'k mut Kept) -> Self {
        Self {
            list: List::new(region),
            kept,
            channel,
            region,
            clips: vec![0],
            blocks: Vec::new(),
            open: Vec::new(),
            masks: BTreeMap::new(),
            work: Work::default(),
            depth: 0,
            blends: false,
            colourful: false,
            toned: false,
        }
    }

    fn work(&mut self, work: u64) {
        self.work.add(work);
        if self.list.size() > MAX_LIST {
            enough(RenderError::TooLarge(Excess::Memory));
        }
    }

    fn clip(&self) -> u32 {
        self.clips.last().copied().unwrap_or(0)
    }

    fn clip_area(&self) -> Area {
        self.list.clips.get(self.clip() as usize).map_or(Area::default(), |clip| clip.area)
    }

    fn push(&mut self, area: Area, kind: Kind) {
        let area = area.meet(self.clip_area());
        if !area.is_empty() {
            let clip = self.clip();
            self.list.marks.push(Mark { area, clip, kind });
        }
    }

    /// The edges that were added since `from`, as an outline; cut off again where they miss the page.
    fn outline(&mut self, from: usize, rule: Rule) -> Option<(Outline, Area)> {
        let area = path::bounds(self.list.edges.get(from..).unwrap_or(&[])).meet(self.clip_area());
        if area.is_empty() {
            self.list.edges.truncate(from);
            return None;
        }
        let (low, high) = (as_float(area.top), as_float(area.bottom));
        let mut to = from;
        for index in from..self.list.edges.len() {
            // What passes above, below or to the right does not matter.
            let Some(&edge) = self.list.edges.get(index) else { break };
            if edge.y0.max(edge.y1) > low && edge.y0.min(edge.y1) < high && edge.x0.min(edge.x1) < as_float(area.right)
            {
                self.list.edges[to] = edge;
                to += 1;
            }
        }
        self.list.edges.truncate(to);
        let number = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        let steps: f32 = self
            .list
            .edges
            .get(from..)
            .unwrap_or(&[])
            .iter()
            .map(|edge| (edge.y1 - edge.y0).abs().min(high - low) + 1.0)
            .sum();
        // The cast saturates.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        self.work(steps as u64 * 4 + area.dots() / 8 + CALL / 2);
        Some((Outline { from: number(from), to: number(to), rule }, area))
    }

    fn ink(&mut self, paint: &Paint<'_>) -> Option<Ink> {
        let Paint::Color(color) = paint else { return None };
        let [red, green, blue, alpha] = color.to_rgba().to_rgba8();
        self.colourful |= red != green || green != blue;
        Some(Ink { red, green, blue, alpha })
    }

    /// Paints the path whose edges were added since `from`.
    fn paint<'a>(&mut self, from: usize, rule: Rule, paint: &Paint<'a>, is_stroke: bool) {
        if let Paint::Color(_) = paint
            && let Some(ink) = self.ink(paint)
            && path::blocks(self.list.edges.get(from..).unwrap_or(&[]), rule, ink.alpha, &mut self.blocks)
        {
            self.list.edges.truncate(from);
            for area in std::mem::take(&mut self.blocks) {
                self.work(area.meet(self.clip_area()).dots() / 8 + CALL / 8);
                if ink.alpha > 0 {
                    self.push(area, Kind::Block(ink));
                }
            }
            return;
        }
        let Some((outline, area)) = self.outline(from, rule) else { return };
        match paint {
            Paint::Color(_) => {
                if let Some(ink) = self.ink(paint).filter(|ink| ink.alpha > 0) {
                    self.push(area, Kind::Path(outline, ink));
                }
            }
            Paint::Pattern(pattern) => self.pattern(outline, area, pattern, is_stroke),
        }
    }

    fn deeper(&mut self) {
        self.depth += 1;
        self.work(CALL);
        if self.depth > MAX_DEPTH {
            enough(RenderError::TooLarge(Excess::Memory));
        }
    }

    fn push_clip(&mut self, area: Area, outline: Option<Outline>) {
        let parent = self.clip();
        let around = self.list.clips.get(parent as usize);
        let shaped = outline.is_some() || around.is_some_and(|around| around.shaped);
        let area = around.map_or(area, |around| area.meet(around.area));
        // Clips without an outline of their own stand for their parents.
        let index = u32::try_from(self.list.clips.len()).unwrap_or(0);
        self.list.clips.push(Clip { parent, area, outline, shaped });
        self.clips.push(index);
        self.work(CALL * 2);
    }

    fn clip_path(&mut self, path: &BezPath, rule: FillRule) {
        if let Some(rect) = upright_rect(path) {
            return self.clip_rect(rect);
        }
        let from = self.list.edges.len();
        path::flatten(path, Affine::IDENTITY, &mut self.list.edges);
        match self.outline(from, rule_of(rule)) {
            Some((outline, area)) => self.push_clip(area, Some(outline)),
            None => self.push_clip(Area::default(), None),
        }
    }

    fn clip_rect(&mut self, rect: Rect) {
        let area = if rect.width() > 0.0 && rect.height() > 0.0 { path::snapped(rect) } else { None };
        self.push_clip(area.unwrap_or_default(), None);
    }

    /// Begins a group.
    fn begin<'a>(&mut self, opacity: f32, mask: Option<&SoftMask<'a>>, blend: BlendMode) {
        let mask = mask.map(|mask| self.soft_mask(mask));
        let opacity = opacity.clamp(0.0, 1.0);
        self.blends |= blend != BlendMode::Normal;
        let index = self.list.marks.len();
        self.list.marks.push(Mark { area: Area::default(), clip: 0, kind: Kind::Nothing });
        self.open.push(Open { index, opacity, blend, mask, blended: false });
        self.deeper();
    }

    /// Ends a group, and leaves it out where that makes no difference.
    fn end(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        let Some(group) = self.open.pop() else { return };
        let own = group.blend != BlendMode::Normal;
        if let Some(around) = self.open.last_mut() {
            around.blended |= own || group.blended;
        }
        let inside = self.list.marks.get(group.index + 1..).unwrap_or(&[]);
        let area = inside.iter().fold(Area::default(), |area, mark| area.join(mark.area));
        if area.is_empty() || group.opacity <= 0.0 {
            self.list.marks.truncate(group.index);
            return;
        }
        let opacity = code(group.opacity);
        let plain = group.mask.is_none() && !own;
        if plain && opacity == 255 && !group.blended {
            return;
        }
        if plain && inside.len() == 1 && self.fade_last(opacity) {
            return;
        }
        self.work(area.dots() * 8);
        if let Some(first) = self.list.marks.get_mut(group.index) {
            *first = Mark {
                area,
                clip: 0,
                kind: Kind::Begin(Box::new(Group { opacity, blend: group.blend, mask: group.mask })),
            };
        }
        self.list.marks.push(Mark { area, clip: 0, kind: Kind::End });
    }

    /// Makes the last mark less visible, where a single mark can be made so.
    fn fade_last(&mut self, opacity: u8) -> bool {
        let Some(mark) = self.list.marks.last_mut() else { return false };
        let fade = |alpha: &mut u8| *alpha = super::layer::times(*alpha, opacity);
        match &mut mark.kind {
            Kind::Block(ink) | Kind::Path(_, ink) | Kind::Stamp(_, _, _, ink) => fade(&mut ink.alpha),
            Kind::Picture(picture) => match Rc::get_mut(picture) {
                Some(picture) => fade(&mut picture.opacity),
                None => return false,
            },
            _ => return false,
        }
        true
    }

    fn soft_mask<'a>(&mut self, mask: &SoftMask<'a>) -> Rc<Mask> {
        let key = mask.cache_key();
        if let Some(known) = self.masks.get(&key) {
            return Rc::clone(known);
        }
        self.deeper();
        let ground = (mask.mask_type() == MaskType::Luminosity).then(|| {
            let [red, green, blue, alpha] = mask.background_color().to_rgba().to_rgba8();
            Ink { red, green, blue, alpha }.grey()
        });
        // A list of its own: the mask is painted apart from the page.
        let page = std::mem::replace(&mut self.list, List::new(self.region));
        let clips = std::mem::replace(&mut self.clips, vec![0]);
        let open = std::mem::take(&mut self.open);
        // How much a mask lets through is told by its brightness, whatever the page shows.
        let channel = std::mem::replace(&mut self.channel, Channel::Brightness);
        mask.interpret(self);
        self.channel = channel;
        while !self.open.is_empty() {
            self.end();
        }
        self.open = open;
        self.clips = clips;
        let list = std::mem::replace(&mut self.list, page);
        let curve = mask.transfer_function().map(|function| {
            let mut curve: Box<[u8; 256]> = Box::new(std::array::from_fn(|value| u8::try_from(value).unwrap_or(255)));
            function.apply_to(curve.as_mut_slice());
            curve
        });
        self.depth -= 1;
        self.work(self.region.dots() / 4);
        let made = Rc::new(Mask { list, ground, curve });
        self.masks.insert(key, Rc::clone(&made));
        made
    }

    /// Does something within a group of its own, where the way of drawing asks for one.
    fn apart<'a>(&mut self, mask: Option<&SoftMask<'a>>, blend: BlendMode, draw: impl FnOnce(&mut Self)) {
        if mask.is_none() && blend == BlendMode::Normal {
            return draw(self);
        }
        self.begin(1.0, mask, blend);
        draw(self);
        self.end();
    }

    fn fill<'a>(&mut self, path: &BezPath, transform: Affine, rule: Rule, paint: &Paint<'a>) {
        let from = self.list.edges.len();
        if path::flatten(path, transform, &mut self.list.edges) {
            if path::is_upright(transform)
                && let Some(edges) = self.list.edges.get_mut(from..)
            {
                path::settle(edges);
            }
            self.paint(from, rule, paint, false);
        }
    }

    fn stroke<'a>(&mut self, path: &BezPath, transform: Affine, props: &StrokeProps, thinnest: f64, paint: &Paint<'a>) {
        let from = self.list.edges.len();
        if path::outline(path, transform, props, thinnest, &mut self.list.edges) {
            self.paint(from, Rule::NonZero, paint, true);
        }
    }
}

fn as_float(place: i32) -> f32 {
    #[allow(clippy::cast_precision_loss)] // a place on a page
    let place = place as f32;
    place
}

fn code(share: f32) -> u8 {
    // 0 to 255.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let code = (share * 255.0 + 0.5) as u8;
    code
}

fn rule_of(rule: FillRule) -> Rule {
    match rule {
        FillRule::NonZero => Rule::NonZero,
        FillRule::EvenOdd => Rule::EvenOdd,
    }
}

/// A path that is a rectangle along rows and columns.
fn upright_rect(path: &BezPath) -> Option<Rect> {
    use hayro_interpret::kurbo::PathEl::{ClosePath, LineTo, MoveTo};
    let corners = match path.elements() {
        [MoveTo(a), LineTo(b), LineTo(c), LineTo(d), ClosePath] => [*a, *b, *c, *d],
        [MoveTo(a), LineTo(b), LineTo(c), LineTo(d), LineTo(e)] if a == e => [*a, *b, *c, *d],
        [MoveTo(a), LineTo(b), LineTo(c), LineTo(d), LineTo(e), ClosePath] if a == e => [*a, *b, *c, *d],
        _ => return None,
    };
    let [a, b, c, d] = corners;
    let near = |one: f64, two: f64| (one - two).abs() < 1e-3;
    let lies = near(a.y, b.y) && near(b.x, c.x) && near(c.y, d.y) && near(d.x, a.x);
    let stands = near(a.x, b.x) && near(b.y, c.y) && near(c.x, d.x) && near(d.y, a.y);
    (lies || stands).then(|| Rect::from_points(a, c))
}

impl<'a> Device<'a> for Recorder<'_> {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.toned |= props.soft_mask.is_some() || survey::is_toned(&props.paint);
        self.apart(props.soft_mask.as_ref(), props.blend_mode, |recorder| {
            if let DrawMode::Fill(rule) | DrawMode::FillAndStroke(rule, _) = mode {
                recorder.fill(path, props.transform, rule_of(*rule), &props.paint);
            }
            if let DrawMode::Stroke(stroke) | DrawMode::FillAndStroke(_, stroke) = mode {
                recorder.stroke(path, props.transform, stroke, 1.0, &props.paint);
            }
        });
    }

    fn draw_rect(&mut self, rect: &Rect, props: DrawProps<'a>, mode: &DrawMode) {
        let plain = props.soft_mask.is_none() && props.blend_mode == BlendMode::Normal;
        if let (DrawMode::Fill(_), Paint::Color(_), true) =
            (mode, &props.paint, plain && path::is_upright(props.transform))
        {
            self.toned |= survey::is_toned(&props.paint);
            let area = path::snapped(props.transform.transform_rect_bbox(*rect));
            if let (Some(area), Some(ink)) = (area, self.ink(&props.paint).filter(|ink| ink.alpha > 0)) {
                self.work(area.meet(self.clip_area()).dots() / 8 + 64);
                self.push(area, Kind::Block(ink));
            }
            return;
        }
        self.draw_path(&rect.to_path(0.1), props, mode);
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.clip_path(&clip.path, clip.fill);
    }

    fn push_clip_rect(&mut self, rect: &Rect) {
        self.clip_rect(*rect);
    }

    fn pop_clip(&mut self) {
        if self.clips.len() > 1 {
            self.clips.pop();
        }
    }

    fn push_transparency_group(&mut self, opacity: f32, mask: Option<SoftMask<'a>>, blend: BlendMode) {
        self.toned |= opacity < 1.0 || mask.is_some();
        self.begin(opacity, mask.as_ref(), blend);
    }

    fn pop_transparency_group(&mut self) {
        self.end();
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        if matches!(mode, DrawMode::Invisible) {
            return;
        }
        self.toned |= props.soft_mask.is_some() || survey::is_toned(&props.paint);
        self.apart(props.soft_mask.as_ref(), props.blend_mode, |recorder| {
            for glyph in run.glyphs() {
                match &**glyph {
                    Glyph::Outline(outline) => recorder.glyph(glyph, outline, &props, mode),
                    Glyph::Type3(drawn) => {
                        recorder.deeper();
                        recorder.work(512);
                        drawn.interpret(recorder, props.transform, glyph.transform(), &props.paint);
                        recorder.depth -= 1;
                    }
                }
            }
        });
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.toned |= survey::has_tones(&image);
        self.apart(props.soft_mask.as_ref(), props.blend_mode, |recorder| {
            recorder.picture(&image, props.transform);
        });
    }
}
