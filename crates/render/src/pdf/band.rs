//! Paints the marks that touch a band.

use super::fill::Sums;
use super::layer::{Layer, times};
use super::list::{Area, Clip, Group, Ink, Kind, List, Mark, Mask, Outline};
use super::pictures::Picture;
use super::shade::Shade;
use super::stamps::Stamp;
use crate::channel::Channel;
use std::rc::Rc;

/// Rows of a band: enough that few marks lie in two, and few enough to stay in the nearest memory.
pub(super) const ROWS: i32 = 64;

/// The most clips that are remembered within a band.
const MAX_CLIPS: usize = 16;

/// Which marks touch which band, in the order of painting.
pub(super) fn order(list: &List, area: Area) -> Vec<Vec<u32>> {
    let bands = area.height().div_ceil(ROWS as usize);
    let mut order = vec![Vec::new(); bands];
    for (index, mark) in (0_u32..).zip(&list.marks) {
        let (first, last) = (mark.area.top.max(area.top) - area.top, mark.area.bottom.min(area.bottom) - 1 - area.top);
        if mark.area.is_empty() || last < first || matches!(mark.kind, Kind::Nothing) {
            continue;
        }
        let (first, last) = (usize::try_from(first / ROWS).unwrap_or(0), usize::try_from(last / ROWS).unwrap_or(0));
        for band in order.iter_mut().take(last + 1).skip(first) {
            band.push(index);
        }
    }
    order
}

/// How much of each dot of an area may be painted.
struct Cover {
    area: Area,
    cover: Vec<u8>,
}

impl Cover {
    /// From (`x`, `y`) on, inside of the area.
    fn row(&self, x: i32, y: i32, length: usize) -> &[u8] {
        let down = usize::try_from(y - self.area.top).unwrap_or(usize::MAX);
        let from = down.saturating_mul(self.area.width()) + usize::try_from(x - self.area.left).unwrap_or(0);
        self.cover.get(from..from.saturating_add(length)).unwrap_or(&[])
    }
}

/// What painting needs again and again.
#[derive(Default)]
pub(super) struct Painter {
    sums: Sums,
    clips: Vec<(usize, u32, Rc<Cover>)>,
    greys: Vec<u8>,
    covers: Vec<u8>,
}

impl Painter {
    /// Paints those marks of `list` that `order` names.
    pub(super) fn paint(&mut self, list: &List, order: &[u32], layer: &mut Layer) {
        self.clips.clear();
        self.marks(list, order, layer);
    }

    fn marks(&mut self, list: &List, order: &[u32], layer: &mut Layer) {
        let mark_at = |index: &u32| list.marks.get(*index as usize);
        let mut place = 0;
        while let Some(mark) = order.get(place).and_then(mark_at) {
            place += 1;
            if let Kind::Begin(group) = &mark.kind {
                let mut depth = 1;
                let length = order.get(place..).unwrap_or(&[]).iter().filter_map(mark_at).position(|mark| {
                    match mark.kind {
                        Kind::Begin(_) => depth += 1,
                        Kind::End => depth -= 1,
                        _ => {}
                    }
                    depth == 0
                });
                let inside = order.get(place..place + length.unwrap_or(0)).unwrap_or(&[]);
                self.group(list, inside, group, mark.area.meet(layer.area), layer);
                place += inside.len() + 1;
            } else {
                self.mark(list, mark, layer);
            }
        }
    }

    fn group(&mut self, list: &List, inside: &[u32], group: &Group, area: Area, layer: &mut Layer) {
        if area.is_empty() {
            return;
        }
        let mut apart = Layer::clear(area, layer.channel(), layer.colours());
        self.marks(list, inside, &mut apart);
        let mask = group.mask.as_ref().map(|mask| Cover { area, cover: self.mask(mask, area) });
        layer.lay(&apart, group.blend, |y, column| match &mask {
            Some(mask) => {
                let across = i32::try_from(column).unwrap_or(0);
                times(mask.row(area.left + across, y, 1).first().copied().unwrap_or(0), group.opacity)
            }
            None => group.opacity,
        });
    }

    fn mask(&mut self, mask: &Mask, area: Area) -> Vec<u8> {
        let list = &mask.list;
        let touching: Vec<u32> = (0_u32..)
            .zip(&list.marks)
            .filter(|(_, mark)| !mark.area.meet(area).is_empty() && !matches!(mark.kind, Kind::Nothing))
            .map(|(index, _)| index)
            .collect();
        let mut layer = match mask.ground {
            Some(grey) => Layer::filled(area, Channel::Brightness, 1, grey),
            None => Layer::clear(area, Channel::Brightness, 1),
        };
        self.marks(list, &touching, &mut layer);
        let mut cover = match mask.ground {
            Some(_) => layer.planes.swap_remove(0),
            None => layer.opacity(),
        };
        if let Some(curve) = &mask.curve {
            cover.iter_mut().for_each(|value| *value = curve[usize::from(*value)]);
        }
        cover
    }

    fn mark(&mut self, list: &List, mark: &Mark, layer: &mut Layer) {
        let Some(clip) = list.clips.get(mark.clip as usize) else { return };
        let area = mark.area.meet(clip.area).meet(layer.area);
        if area.is_empty() {
            return;
        }
        let cover = if clip.shaped { self.clip(list, mark.clip, layer.area) } else { None };
        let cover = cover.as_deref();
        match &mark.kind {
            Kind::Block(ink) => self.block(area, *ink, cover, layer),
            Kind::Path(outline, ink) => self.path(list, *outline, area, *ink, cover, layer),
            Kind::Stamp(stamp, x, y, ink) => self.stamp(stamp, (*x, *y), area, *ink, cover, layer),
            Kind::Picture(picture) => self.picture(picture, area, cover, layer),
            Kind::Shade(outline, shade) => self.shade(list, *outline, area, shade, cover, layer),
            Kind::Begin(_) | Kind::End | Kind::Nothing => {}
        }
    }

    /// The cover of a clip with an outline, over what `within` shows of it.
    fn clip(&mut self, list: &List, index: u32, within: Area) -> Option<Rc<Cover>> {
        let whose = std::ptr::from_ref(list) as usize;
        let clip = list.clips.get(index as usize)?;
        let area = clip.area.meet(within);
        if let Some((_, _, cover)) =
            self.clips.iter().find(|entry| entry.0 == whose && entry.1 == index && entry.2.area == area)
        {
            return Some(Rc::clone(cover));
        }
        let around = list.clips.get(clip.parent as usize).filter(|around| around.shaped && clip.parent < index);
        let around = if around.is_some() { self.clip(list, clip.parent, within) } else { None };
        let cover = Rc::new(self.covered(list, clip, area, around.as_deref()));
        if self.clips.len() >= MAX_CLIPS {
            self.clips.remove(0);
        }
        self.clips.push((whose, index, Rc::clone(&cover)));
        Some(cover)
    }

    fn covered(&mut self, list: &List, clip: &Clip, area: Area, around: Option<&Cover>) -> Cover {
        let width = area.width();
        let mut cover = vec![0; width * area.height()];
        match clip.outline {
            Some(outline) => {
                self.sums.over(area);
                self.sums.add(list.edges(outline));
                self.sums.read(outline.rule, |row, from, to, level| {
                    if let Some(dots) = cover.get_mut(row * width + from..row * width + to) {
                        dots.fill(level);
                    }
                });
            }
            None => cover.fill(255),
        }
        if let Some(around) = around {
            for (y, row) in (area.top..).zip(cover.chunks_mut(width.max(1))) {
                let outer = around.row(area.left, y, row.len());
                for (index, dot) in row.iter_mut().enumerate() {
                    *dot = times(*dot, outer.get(index).copied().unwrap_or(0));
                }
            }
        }
        Cover { area, cover }
    }

    fn block(&mut self, area: Area, ink: Ink, cover: Option<&Cover>, layer: &mut Layer) {
        for y in area.top..area.bottom {
            match cover {
                None => layer.run(area.left, y, area.width(), 255, ink),
                Some(cover) => layer.covers(area.left, y, cover.row(area.left, y, area.width()), ink),
            }
        }
    }

    fn path(&mut self, list: &List, outline: Outline, area: Area, ink: Ink, cover: Option<&Cover>, layer: &mut Layer) {
        let covers = &mut self.covers;
        self.sums.over(area);
        self.sums.add(list.edges(outline));
        self.sums.read(outline.rule, |row, from, to, level| {
            let (x, y, length) = spot(area, row, from, to);
            match cover {
                None => layer.run(x, y, length, level, ink),
                Some(cover) => {
                    covers.clear();
                    covers.extend(cover.row(x, y, length).iter().map(|dot| times(*dot, level)));
                    layer.covers(x, y, covers, ink);
                }
            }
        });
    }

    fn stamp(&mut self, stamp: &Stamp, at: (i32, i32), area: Area, ink: Ink, cover: Option<&Cover>, layer: &mut Layer) {
        let width = stamp.area.width();
        let across = usize::try_from(area.left - at.0).unwrap_or(0);
        for y in area.top..area.bottom {
            let down = usize::try_from(y - at.1).unwrap_or(0);
            let from = down * width + across;
            let Some(dots) = stamp.cover.get(from..from + area.width()) else { continue };
            match cover {
                None => layer.covers(area.left, y, dots, ink),
                Some(cover) => {
                    self.covers.clear();
                    let both = cover.row(area.left, y, dots.len()).iter().zip(dots);
                    self.covers.extend(both.map(|(clip, dot)| times(*clip, *dot)));
                    layer.covers(area.left, y, &self.covers, ink);
                }
            }
        }
    }

    fn picture(&mut self, picture: &Picture, area: Area, cover: Option<&Cover>, layer: &mut Layer) {
        for y in area.top..area.bottom {
            picture.row(y, area.left, area.right, &mut self.greys, &mut self.covers);
            if let Some(cover) = cover {
                self.covers.resize(area.width(), 255);
                for (dot, clip) in self.covers.iter_mut().zip(cover.row(area.left, y, area.width())) {
                    *dot = times(*dot, *clip);
                }
            }
            match picture.ink() {
                Some(ink) => layer.covers(area.left, y, &self.covers, ink),
                None if self.covers.is_empty() => layer.greys(area.left, y, &self.greys, None),
                None => layer.greys(area.left, y, &self.greys, Some(&self.covers)),
            }
        }
    }

    fn shade(
        &mut self,
        list: &List,
        outline: Outline,
        area: Area,
        shade: &Shade,
        cover: Option<&Cover>,
        layer: &mut Layer,
    ) {
        self.sums.over(area);
        self.sums.add(list.edges(outline));
        self.sums.read(outline.rule, |row, from, to, level| {
            let (left, y, length) = spot(area, row, from, to);
            let clip = cover.map(|cover| cover.row(left, y, length));
            for (x, index) in (left..).zip(0..length) {
                let level = match clip {
                    Some(clip) => times(level, clip.get(index).copied().unwrap_or(0)),
                    None => level,
                };
                if level > 0 {
                    layer.dot(x, y, level, shade.ink(x, y));
                }
            }
        });
    }
}

/// Where a run of sums lies on the page.
fn spot(area: Area, row: usize, from: usize, to: usize) -> (i32, i32, usize) {
    let place = |start: i32, steps: usize| start.saturating_add(i32::try_from(steps).unwrap_or(i32::MAX));
    (place(area.left, from), place(area.top, row), to - from)
}
