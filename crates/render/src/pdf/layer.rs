//! Planes of dots, and how colour comes onto them.
//!
//! A layer has a plane for grey, or three for colours where a page mixes colours in a way that grey cannot tell, and
//! behind those a plane of opacity unless it lies on paper. Colours are multiplied by their opacity, so that painting
//! is the same sum on every plane: what is there, less what is covered, plus the ink's share; on the plane of opacity
//! the ink is 255.

use super::list::{Area, Ink};
use crate::channel::Channel;
use hayro_interpret::BlendMode;

pub(super) struct Layer {
    pub(super) area: Area,
    /// What a single plane shows.
    channel: Channel,
    colours: usize,
    pub(super) planes: Vec<Vec<u8>>,
    /// For each row, from where to where something was painted.
    painted: Vec<(usize, usize)>,
}

/// Nothing was painted.
const UNTOUCHED: (usize, usize) = (usize::MAX, 0);

/// `a × b / 255`, rounded.
pub(super) fn times(a: u8, b: u8) -> u8 {
    mix(0, a, b)
}

/// Fits 16 bits at every step, so that eight and more dots are mixed at a time.
#[inline]
fn mix(below: u8, above: u8, cover: u8) -> u8 {
    let sum = u16::from(below) * u16::from(255 - cover) + u16::from(above) * u16::from(cover) + 128;
    #[allow(clippy::cast_possible_truncation)] // at most 255
    let mixed = ((sum + (sum >> 8)) >> 8) as u8;
    mixed
}

impl Layer {
    /// White paper.
    pub(super) fn paper(area: Area, channel: Channel, colours: usize) -> Self {
        Self::filled(area, channel, colours, 255)
    }

    /// An opaque ground of one grey.
    pub(super) fn filled(area: Area, channel: Channel, colours: usize, grey: u8) -> Self {
        let dots = area.width() * area.height();
        Self {
            area,
            channel,
            colours,
            planes: vec![vec![grey; dots]; colours],
            painted: vec![UNTOUCHED; area.height()],
        }
    }

    /// Nothing yet.
    pub(super) fn clear(area: Area, channel: Channel, colours: usize) -> Self {
        let dots = area.width() * area.height();
        Self {
            area,
            channel,
            colours,
            planes: vec![vec![0; dots]; colours + 1],
            painted: vec![UNTOUCHED; area.height()],
        }
    }

    /// White paper again, for other rows of the same width. Most of it is white still.
    pub(super) fn renew(&mut self, area: Area) {
        let width = area.width();
        for plane in &mut self.planes {
            for (row, (from, to)) in plane.chunks_mut(width.max(1)).zip(&self.painted) {
                row.get_mut(*from..*to).unwrap_or_default().fill(255);
            }
            plane.resize(width * area.height(), 255);
        }
        self.area = area;
        self.painted.clear();
        self.painted.resize(area.height(), UNTOUCHED);
    }

    /// What a single plane shows.
    pub(super) fn channel(&self) -> Channel {
        self.channel
    }

    /// Planes of colour.
    pub(super) fn colours(&self) -> usize {
        self.colours
    }

    fn values(&self, ink: Ink) -> [u8; 4] {
        if self.colours == 1 { [ink.on(self.channel), 255, 255, 255] } else { [ink.red, ink.green, ink.blue, 255] }
    }

    /// The place of a dot in each plane.
    fn place(&self, x: i32, y: i32) -> usize {
        let down = usize::try_from(y - self.area.top).unwrap_or(0);
        down * self.area.width() + usize::try_from(x - self.area.left).unwrap_or(0)
    }

    /// The place of the first of some dots that are about to be painted.
    fn touch(&mut self, x: i32, y: i32, length: usize) -> usize {
        let down = usize::try_from(y - self.area.top).unwrap_or(0);
        let across = usize::try_from(x - self.area.left).unwrap_or(0);
        if let Some((from, to)) = self.painted.get_mut(down) {
            (*from, *to) = ((*from).min(across), (*to).max(across + length));
        }
        down * self.area.width() + across
    }

    /// Paints `length` dots from (`x`, `y`) on, all of them covered alike.
    pub(super) fn run(&mut self, x: i32, y: i32, length: usize, cover: u8, ink: Ink) {
        let cover = times(cover, ink.alpha);
        let (at, values) = (self.touch(x, y, length), self.values(ink));
        for (plane, value) in self.planes.iter_mut().zip(values) {
            let Some(dots) = plane.get_mut(at..at + length) else { continue };
            match cover {
                255 => dots.fill(value),
                _ => dots.iter_mut().for_each(|dot| *dot = mix(*dot, value, cover)),
            }
        }
    }

    /// Paints dots from (`x`, `y`) on, each with its own cover.
    pub(super) fn covers(&mut self, x: i32, y: i32, covers: &[u8], ink: Ink) {
        let (at, values) = (self.touch(x, y, covers.len()), self.values(ink));
        for (plane, value) in self.planes.iter_mut().zip(values) {
            let Some(dots) = plane.get_mut(at..at + covers.len()) else { continue };
            if ink.alpha == 255 {
                for (dot, &cover) in dots.iter_mut().zip(covers) {
                    *dot = mix(*dot, value, cover);
                }
            } else {
                for (dot, &cover) in dots.iter_mut().zip(covers) {
                    *dot = mix(*dot, value, times(cover, ink.alpha));
                }
            }
        }
    }

    /// Paints one dot.
    pub(super) fn dot(&mut self, x: i32, y: i32, cover: u8, ink: Ink) {
        self.run(x, y, 1, cover, ink);
    }

    /// Paints greys from (`x`, `y`) on, each with its own cover.
    pub(super) fn greys(&mut self, x: i32, y: i32, greys: &[u8], covers: Option<&[u8]>) {
        let at = self.touch(x, y, greys.len());
        let colours = self.colours;
        for (index, plane) in self.planes.iter_mut().enumerate() {
            let Some(dots) = plane.get_mut(at..at + greys.len()) else { continue };
            match (index < colours, covers) {
                (true, None) => dots.copy_from_slice(greys),
                (false, None) => dots.fill(255),
                (true, Some(covers)) => {
                    for ((dot, grey), cover) in dots.iter_mut().zip(greys).zip(covers) {
                        *dot = mix(*dot, *grey, *cover);
                    }
                }
                (false, Some(covers)) => {
                    for (dot, cover) in dots.iter_mut().zip(covers) {
                        *dot = mix(*dot, 255, *cover);
                    }
                }
            }
        }
    }

    /// What the page shows of all dots; `room` is for those that have colours.
    pub(super) fn greys_of_paper<'a>(&'a self, room: &'a mut Vec<u8>) -> &'a [u8] {
        match self.planes.as_slice() {
            [red, green, blue, ..] if self.colours > 1 => {
                let colours = red.iter().zip(green).zip(blue);
                room.clear();
                room.extend(colours.map(|((&red, &green), &blue)| self.channel.of([red, green, blue])));
                room
            }
            [grey, ..] => grey,
            [] => &[],
        }
    }

    /// The opacity of each dot; all of it on paper.
    pub(super) fn opacity(&self) -> Vec<u8> {
        self.planes.get(self.colours).cloned().unwrap_or_else(|| vec![255; self.area.width() * self.area.height()])
    }

    /// Lays `above` over this layer, `cover` telling how much of each of its dots counts.
    pub(super) fn lay(&mut self, above: &Self, blend: BlendMode, cover: impl Fn(i32, usize) -> u8) {
        let area = self.area.meet(above.area);
        let colours = self.colours;
        for y in area.top..area.bottom {
            let (to, from) = (self.touch(area.left, y, area.width()), above.place(area.left, y));
            for column in 0..area.width() {
                let share = cover(y, column);
                let read = |layer: &Self, at: usize, index: usize, without: u8| {
                    layer.planes.get(index).and_then(|plane| plane.get(at)).copied().unwrap_or(without)
                };
                let above_alpha = times(read(above, from + column, colours, 255), share);
                if above_alpha == 0 {
                    continue;
                }
                let below_alpha = read(self, to + column, colours, 255);
                let mut below = [0_u8; 3];
                let mut source = [0_u8; 3];
                for index in 0..colours.min(3) {
                    below[index] = read(self, to + column, index, 0);
                    source[index] = times(read(above, from + column, index, 0), share);
                }
                let mixed = if blend == BlendMode::Normal {
                    [0, 1, 2].map(|index: usize| source[index].saturating_add(times(below[index], 255 - above_alpha)))
                } else {
                    super::blend::over(blend, colours, (below, below_alpha), (source, above_alpha))
                };
                for (index, plane) in self.planes.iter_mut().enumerate() {
                    let Some(dot) = plane.get_mut(to + column) else { continue };
                    *dot = if index < colours {
                        mixed.get(index).copied().unwrap_or(0)
                    } else {
                        above_alpha.saturating_add(times(below_alpha, 255 - above_alpha))
                    };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Area = Area { left: 0, top: 0, right: 2, bottom: 1 };
    const BLACK: Ink = Ink { red: 0, green: 0, blue: 0, alpha: 255 };

    #[test]
    fn half_covered_dots_are_half_grey_on_paper_and_half_opaque_apart() {
        let mut paper = Layer::paper(AREA, Channel::Brightness, 1);
        paper.covers(0, 0, &[128, 255], BLACK);
        assert_eq!(paper.planes, [vec![127, 0]]);
        let mut apart = Layer::clear(AREA, Channel::Brightness, 1);
        apart.covers(0, 0, &[128, 255], BLACK);
        assert_eq!(apart.planes, [vec![0, 0], vec![128, 255]]);
    }

    #[test]
    fn painted_apart_and_laid_over_is_the_same_as_painted() {
        for blend in [BlendMode::Normal, BlendMode::Darken] {
            let mut paper = Layer::paper(AREA, Channel::Brightness, 1);
            let mut apart = Layer::clear(AREA, Channel::Brightness, 1);
            apart.covers(0, 0, &[128, 255], BLACK);
            paper.lay(&apart, blend, |_, _| 255);
            assert_eq!(paper.planes, [vec![127, 0]], "{blend:?}");
        }
    }

    #[test]
    fn paper_is_white_again_for_other_rows() {
        let area = |bottom| Area { left: 0, top: 0, right: 9, bottom };
        let mut paper = Layer::paper(area(3), Channel::Brightness, 1);
        for bottom in [3, 3, 2, 3] {
            paper.run(4, 1, 3, 255, BLACK);
            paper.covers(2, 1, &[1, 200], BLACK);
            paper.greys(0, 0, &[7; 9], None);
            paper.dot(8, bottom - 1, 9, BLACK);
            paper.renew(area(bottom));
            assert!(paper.planes == [vec![255; 9 * usize::try_from(bottom).unwrap()]]);
        }
    }

    #[test]
    fn colours_multiply_apart_and_not_as_grey() {
        let mut paper = Layer::paper(AREA, Channel::Brightness, 3);
        paper.run(0, 0, 2, 255, Ink { red: 255, green: 0, blue: 0, alpha: 255 });
        let mut apart = Layer::clear(AREA, Channel::Brightness, 3);
        apart.run(0, 0, 2, 255, Ink { red: 0, green: 255, blue: 255, alpha: 255 });
        paper.lay(&apart, BlendMode::Multiply, |_, _| 255);
        assert_eq!(paper.greys_of_paper(&mut Vec::new()), [0, 0]);
    }
}
