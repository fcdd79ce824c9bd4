//! How much of each dot an outline covers, exactly.
//!
//! ```text
//!        column   c      c+1     c+2        An edge that crosses column c over the height h, at m of the column's
//!              ┌──────┬──────┬──────┐       width on average, covers h·(1−m) of the dot there and h of every dot to
//!        row   │   ╲██│██████│██████│       its right. So h·(1−m) is added at c and the rest, h·m, at c+1: the
//!              │    ╲█│██████│██████│       running sum along the row is what is covered. Edges upwards count with
//!              └──────┴──────┴──────┘       one sign, edges downwards with the other.
//! ```
//!
//! Only sums, products, divisions and square roots: the same on every machine. Deliberately absent: the even-odd rule,
//! strokes; glyphs have neither.

use skrifa::outline::OutlinePen;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Point {
    x: f32,
    y: f32,
}

impl Point {
    fn mix(self, other: Self, share: f32) -> Self {
        Self { x: self.x + (other.x - self.x) * share, y: self.y + (other.y - self.y) * share }
    }
}

/// Takes an outline with y upwards; keeps its edges, in dots, with y downwards.
#[derive(Default)]
pub(crate) struct Outline {
    /// How far to the right each point goes for each dot that it is high.
    lean: f32,
    start: Point,
    last: Point,
    edges: Vec<(Point, Point)>,
}

/// The dots that an outline covers.
#[derive(Debug, PartialEq)]
pub(crate) struct Coverage {
    /// Of the top left dot, from the origin.
    pub(crate) left: i64,
    pub(crate) top: i64,
    /// Dots a row.
    pub(crate) width: usize,
    /// Row by row, 255 for a dot that is covered whole.
    pub(crate) cover: Vec<u8>,
}

/// No glyph is larger, in dots; a broken font must not become gigabytes.
const MAX_SIDE: f32 = 4096.0;

impl Outline {
    /// An outline that leans to the right by `lean` dots for each dot of height.
    pub(crate) fn leaning(lean: f32) -> Self {
        Self { lean, ..Self::default() }
    }

    fn point(&self, x: f32, y: f32) -> Point {
        Point { x: x + y * self.lean, y: -y }
    }

    /// The coverage of the outline moved right by `shift` dots; `None` when it has no area.
    pub(crate) fn fill(&self, shift: f32) -> Option<Coverage> {
        let corners = || self.edges.iter().flat_map(|(from, to)| [from, to]);
        let left = corners().map(|point| point.x).fold(f32::INFINITY, f32::min) + shift;
        let right = corners().map(|point| point.x).fold(f32::NEG_INFINITY, f32::max) + shift;
        let top = corners().map(|point| point.y).fold(f32::INFINITY, f32::min);
        let bottom = corners().map(|point| point.y).fold(f32::NEG_INFINITY, f32::max);
        let (left, top) = (left.floor(), top.floor());
        let (wide, high) = (right.ceil() - left, bottom.ceil() - top);
        if !(wide > 0.0 && high > 0.0 && wide <= MAX_SIDE && high <= MAX_SIDE) {
            return None;
        }
        // Whole, and within 1 to 4,096; where the dot is, is far inside of what the cast can say.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let (width, height, left_dot, top_dot) = (wide as usize, high as usize, left as i64, top as i64);
        // One place more: what an edge at the right border adds to its neighbour.
        let mut sums = Sums { stride: width + 1, places: vec![0.0; (width + 1) * height] };
        for (from, to) in &self.edges {
            let moved = |point: &Point| Point { x: point.x + shift - left, y: point.y - top };
            sums.edge(moved(from), moved(to));
        }
        Some(Coverage { left: left_dot, top: top_dot, width, cover: sums.into_cover() })
    }

    fn edge_to(&mut self, to: Point) {
        self.edges.push((self.last, to));
        self.last = to;
    }

    /// A curve in as many straight pieces as keep it within about a fortieth of a dot. `bend`: how far its corners are from
    /// lying on a line.
    fn curve(&mut self, bend: f32, at: impl Fn(f32) -> Point) {
        let pieces = (bend * 8.0).sqrt().ceil().clamp(1.0, 64.0);
        let mut piece = 1.0;
        while piece < pieces {
            self.edge_to(at(piece / pieces));
            piece += 1.0;
        }
        self.edge_to(at(1.0));
    }
}

/// How far `middle` is from the middle of its neighbours, twice.
fn bend(before: Point, middle: Point, after: Point) -> f32 {
    (before.x - 2.0 * middle.x + after.x).abs() + (before.y - 2.0 * middle.y + after.y).abs()
}

impl OutlinePen for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.close();
        self.start = self.point(x, y);
        self.last = self.start;
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.edge_to(self.point(x, y));
    }

    fn quad_to(&mut self, cx0: f32, cy0: f32, x: f32, y: f32) {
        let (from, over, to) = (self.last, self.point(cx0, cy0), self.point(x, y));
        self.curve(bend(from, over, to), |share| from.mix(over, share).mix(over.mix(to, share), share));
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        let (from, first, second, to) = (self.last, self.point(cx0, cy0), self.point(cx1, cy1), self.point(x, y));
        let bend = bend(from, first, second).max(bend(first, second, to)) * 3.0;
        self.curve(bend, |share| {
            let middle = first.mix(second, share);
            let (head, tail) = (from.mix(first, share), second.mix(to, share));
            head.mix(middle, share).mix(middle.mix(tail, share), share)
        });
    }

    fn close(&mut self) {
        if self.last != self.start {
            self.edge_to(self.start);
        }
    }
}

/// What edges add to the running sums of the rows.
struct Sums {
    stride: usize,
    places: Vec<f32>,
}

impl Sums {
    fn edge(&mut self, from: Point, to: Point) {
        let (sign, upper, lower) = if from.y < to.y { (1.0, from, to) } else { (-1.0, to, from) };
        let rise = lower.y - upper.y;
        if rise <= 0.0 {
            return;
        }
        let slope = (lower.x - upper.x) / rise;
        let mut row = upper.y.floor();
        while row < lower.y {
            let (begin, end) = (upper.y.max(row), lower.y.min(row + 1.0));
            let across = |y: f32| upper.x + (y - upper.y) * slope;
            self.within_row(row, across(begin), across(end), sign * (end - begin));
            row += 1.0;
        }
    }

    /// A part of an edge that stays within a row, column by column.
    fn within_row(&mut self, row: f32, from: f32, to: f32, height: f32) {
        let (left, right) = if from < to { (from, to) } else { (to, from) };
        let mut column = left.floor();
        let mut x = left;
        loop {
            let edge = right.min(column + 1.0);
            let part = if right > left { height * (edge - x) / (right - left) } else { height };
            let mean = (x + edge) / 2.0 - column;
            self.add(row, column, part * (1.0 - mean));
            self.add(row, column + 1.0, part * mean);
            if edge >= right {
                return;
            }
            x = edge;
            column += 1.0;
        }
    }

    fn add(&mut self, row: f32, column: f32, amount: f32) {
        // Rounding may lead a hair over a border; the casts saturate at 0, and beyond the end there is nothing.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let (row, column) = (row as usize, (column as usize).min(self.stride - 1));
        if let Some(place) = self.places.get_mut(row * self.stride + column) {
            *place += amount;
        }
    }

    fn into_cover(self) -> Vec<u8> {
        let mut cover = Vec::with_capacity(self.places.len());
        for row in self.places.chunks_exact(self.stride) {
            let mut sum = 0.0_f32;
            cover.extend(row.iter().take(self.stride - 1).map(|place| {
                sum += place;
                // 0 to 255; parts that overlap may sum up to more.
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let dot = (sum.abs().min(1.0) * 255.0 + 0.5) as u8;
                dot
            }));
        }
        cover
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(shift: f32, draw: impl FnOnce(&mut Outline)) -> Coverage {
        let mut outline = Outline::default();
        draw(&mut outline);
        outline.close();
        outline.fill(shift).unwrap()
    }

    fn square(outline: &mut Outline, left: f32, bottom: f32, side: f32) {
        outline.move_to(left, bottom);
        outline.line_to(left + side, bottom);
        outline.line_to(left + side, bottom + side);
        outline.line_to(left, bottom + side);
        outline.close();
    }

    #[test]
    fn a_square_covers_its_dots_and_shares_of_those_at_its_sides() {
        let whole = filled(0.0, |outline| square(outline, 2.0, 1.0, 2.0));
        assert_eq!(whole, Coverage { left: 2, top: -3, width: 2, cover: vec![255; 4] });
        let shifted = filled(0.25, |outline| square(outline, 0.0, 0.0, 2.0));
        assert_eq!((shifted.left, shifted.width), (0, 3));
        assert_eq!(shifted.cover, [191, 255, 64, 191, 255, 64]);
    }

    #[test]
    fn a_hole_is_not_covered() {
        let ring = filled(0.0, |outline| {
            square(outline, 0.0, 0.0, 3.0);
            outline.move_to(1.0, 1.0);
            outline.line_to(1.0, 2.0);
            outline.line_to(2.0, 2.0);
            outline.line_to(2.0, 1.0);
            outline.close();
        });
        assert_eq!(ring.cover, [255, 255, 255, 255, 0, 255, 255, 255, 255]);
    }

    #[test]
    fn a_slope_covers_what_lies_to_its_right() {
        let triangle = filled(0.0, |outline| {
            outline.move_to(0.0, 0.0);
            outline.line_to(4.0, 0.0);
            outline.line_to(4.0, 2.0);
        });
        assert_eq!(triangle.cover, [0, 0, 64, 191, 64, 191, 255, 255]);
    }

    #[test]
    fn a_round_outline_has_the_area_of_a_circle() {
        const ROUND: f32 = 0.552_284_8 * 10.0;
        let circle = filled(0.5, |outline| {
            outline.move_to(10.0, 0.0);
            outline.curve_to(10.0, ROUND, ROUND, 10.0, 0.0, 10.0);
            outline.curve_to(-ROUND, 10.0, -10.0, ROUND, -10.0, 0.0);
            outline.curve_to(-10.0, -ROUND, -ROUND, -10.0, 0.0, -10.0);
            outline.curve_to(ROUND, -10.0, 10.0, -ROUND, 10.0, 0.0);
        });
        let area: f64 = circle.cover.iter().map(|dot| f64::from(*dot) / 255.0).sum();
        assert!((area - 314.16).abs() < 1.0, "{area}");
    }

    #[test]
    fn what_has_no_area_and_what_is_no_number_is_nothing() {
        assert_eq!(Outline::default().fill(0.0), None);
        for wrong in [f32::NAN, f32::INFINITY, 1e9] {
            let mut outline = Outline::default();
            square(&mut outline, 0.0, 0.0, wrong);
            assert_eq!(outline.fill(0.0), None, "{wrong}");
        }
    }
}
