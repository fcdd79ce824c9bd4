//! Paths become straight edges in dots.
//!
//! Lines along the rows and columns are put on whole dots: a rule of a table or the bar of a code then has the same
//! width wherever it falls, and no line is thinner than a dot (ISO 32000-2, 10.7.4 and 10.7.5). A dot is at most
//! half a dot away from where it would be.

use super::fill::Rule;
use super::list::{Area, Edge};
use hayro_interpret::StrokeProps;
use hayro_interpret::kurbo::{Affine, BezPath, Cap, PathEl, Point, Rect, Stroke, StrokeOpts, stroke};

/// How far a curve may be from its pieces, in dots.
const TOLERANCE: f64 = 0.1;

/// The most pieces of a dashed line; a line with more is drawn without gaps.
const MAX_DASHES: f64 = 50_000.0;

/// Adds the edges of `path`. `false` when a place in it is no number, or so far away that it must be nonsense.
pub(super) fn flatten(path: &BezPath, transform: Affine, edges: &mut Vec<Edge>) -> bool {
    let before = edges.len();
    let mut pen = Pen { edges, start: Point::ZERO, last: Point::ZERO, sound: true };
    for element in path.elements() {
        match *element {
            PathEl::MoveTo(to) => {
                pen.close();
                let to = transform * to;
                (pen.start, pen.last) = (to, to);
            }
            PathEl::LineTo(to) => pen.line(transform * to),
            PathEl::QuadTo(over, to) => pen.quad(transform * over, transform * to),
            PathEl::CurveTo(first, second, to) => pen.cubic(transform * first, transform * second, transform * to),
            PathEl::ClosePath => pen.close(),
        }
    }
    pen.close();
    let sound = pen.sound;
    if !sound {
        edges.truncate(before);
    }
    sound
}

/// Coordinates beyond this are nonsense, in dots: a page has at most 120,000.
const FAR: f64 = 1e7;

struct Pen<'e> {
    edges: &'e mut Vec<Edge>,
    start: Point,
    last: Point,
    sound: bool,
}

impl Pen<'_> {
    fn line(&mut self, to: Point) {
        let from = std::mem::replace(&mut self.last, to);
        if !(to.x.abs() < FAR && to.y.abs() < FAR && from.x.abs() < FAR && from.y.abs() < FAR) {
            self.sound = false;
            return;
        }
        if from.y == to.y {
            return;
        }
        // Bounded above; what is lost is far below a dot.
        #[allow(clippy::cast_possible_truncation)]
        let edge = Edge { x0: from.x as f32, y0: from.y as f32, x1: to.x as f32, y1: to.y as f32 };
        self.edges.push(edge);
    }

    fn close(&mut self) {
        if self.last != self.start {
            self.line(self.start);
        }
    }

    fn quad(&mut self, over: Point, to: Point) {
        let from = self.last;
        let pieces = pieces(bend(from, over, to));
        self.curve(pieces, to, |share| from.lerp(over, share).lerp(over.lerp(to, share), share));
    }

    fn cubic(&mut self, first: Point, second: Point, to: Point) {
        let from = self.last;
        let bend = bend(from, first, second).max(bend(first, second, to)) * 3.0;
        self.curve(pieces(bend), to, |share| {
            let middle = first.lerp(second, share);
            let (head, tail) = (from.lerp(first, share), second.lerp(to, share));
            head.lerp(middle, share).lerp(middle.lerp(tail, share), share)
        });
    }

    fn curve(&mut self, pieces: f64, to: Point, at: impl Fn(f64) -> Point) {
        let mut piece = 1.0;
        while piece < pieces {
            self.line(at(piece / pieces));
            piece += 1.0;
        }
        self.line(to);
    }
}

/// How far `middle` is from the middle of its neighbours, twice.
fn bend(before: Point, middle: Point, after: Point) -> f64 {
    (before.x - 2.0 * middle.x + after.x).abs() + (before.y - 2.0 * middle.y + after.y).abs()
}

/// Straight pieces that stay within the tolerance: a piece is off by an eighth of the bend over their number squared.
fn pieces(bend: f64) -> f64 {
    let pieces = (bend / (8.0 * TOLERANCE)).sqrt().ceil();
    if pieces > 1.0 { pieces.min(500.0) } else { 1.0 }
}

/// The dots that edges touch.
pub(super) fn bounds(edges: &[Edge]) -> Area {
    let (mut left, mut top) = (f32::INFINITY, f32::INFINITY);
    let (mut right, mut bottom) = (f32::NEG_INFINITY, f32::NEG_INFINITY);
    for edge in edges {
        left = left.min(edge.x0).min(edge.x1);
        right = right.max(edge.x0).max(edge.x1);
        top = top.min(edge.y0).min(edge.y1);
        bottom = bottom.max(edge.y0).max(edge.y1);
    }
    if edges.is_empty() {
        return Area::default();
    }
    // Within ±10 million.
    #[allow(clippy::cast_possible_truncation)]
    let area = Area {
        left: left.floor() as i32,
        top: top.floor() as i32,
        right: right.ceil() as i32,
        bottom: bottom.ceil() as i32,
    };
    area
}

/// A rectangle on whole dots, at least one wide and high; `None` when it is no number.
pub(super) fn snapped(rect: Rect) -> Option<Area> {
    let side = |from: f64, to: f64| {
        let (from, to) = (from.min(to), from.max(to));
        if !(from > -FAR && to < FAR) {
            return None;
        }
        let first = from.round();
        let last = if to.round() > first { to.round() } else { from.floor() + 1.0 };
        let first = if to.round() > first { first } else { from.floor() };
        // Within ±10 million.
        #[allow(clippy::cast_possible_truncation)]
        let pair = (first as i32, last as i32);
        Some(pair)
    };
    let ((left, right), (top, bottom)) = (side(rect.x0, rect.x1)?, side(rect.y0, rect.y1)?);
    Some(Area { left, top, right, bottom })
}

/// Whether lines along the rows and columns stay so.
pub(super) fn is_upright(transform: Affine) -> bool {
    let [a, b, c, d, _, _] = transform.as_coeffs();
    let small = 1e-6 * (a.abs() + b.abs() + c.abs() + d.abs());
    (b.abs() <= small && c.abs() <= small) || (a.abs() <= small && d.abs() <= small)
}

/// How much longer the longest of all directions becomes.
pub(super) fn scale_of(transform: Affine) -> f64 {
    let [a, b, c, d, _, _] = transform.as_coeffs();
    a.hypot(b).max(c.hypot(d))
}

/// Adds the edges of a line along `path`.
pub(super) fn outline(
    path: &BezPath,
    transform: Affine,
    props: &StrokeProps,
    thinnest: f64,
    edges: &mut Vec<Edge>,
) -> bool {
    let scale = scale_of(transform);
    if !(scale > 0.0 && scale.is_finite()) {
        return false;
    }
    let width = f64::from(props.line_width).abs().max(thinnest / scale);
    if props.dash_array.is_empty() && is_upright(transform) {
        let before = edges.len();
        if upright_lines(path, transform, width, props.line_cap, edges) {
            return true;
        }
        edges.truncate(before);
    }
    let thin = width * scale <= 1.5;
    let cap = if thin && props.line_cap == Cap::Round { Cap::Square } else { props.line_cap };
    let join = if thin { hayro_interpret::kurbo::Join::Bevel } else { props.line_join };
    let mut style = Stroke::new(width).with_caps(cap).with_join(join).with_miter_limit(f64::from(props.miter_limit));
    let dashes: Vec<f64> = props.dash_array.iter().map(|dash| f64::from(*dash).max(0.0)).collect();
    let round: f64 = dashes.iter().sum();
    let length = length_of(path);
    let pieces = length / round * count(dashes.len());
    if round > 0.0 && round.is_finite() && pieces < MAX_DASHES {
        style = style.with_dashes(f64::from(props.dash_offset), dashes);
    }
    let around = stroke(path.elements().iter().copied(), &style, &StrokeOpts::default(), TOLERANCE / scale);
    flatten(&around, transform, edges)
}

fn count(number: usize) -> f64 {
    #[allow(clippy::cast_precision_loss)] // a handful
    let count = number as f64;
    count
}

/// An upper bound of the length of a path.
fn length_of(path: &BezPath) -> f64 {
    let (mut last, mut start, mut length) = (Point::ZERO, Point::ZERO, 0.0);
    for element in path.elements() {
        let mut to = |point: Point| {
            length += last.distance(point);
            last = point;
        };
        match *element {
            PathEl::MoveTo(point) => (last, start) = (point, point),
            PathEl::LineTo(point) => to(point),
            PathEl::QuadTo(over, point) => [over, point].into_iter().for_each(to),
            PathEl::CurveTo(first, second, point) => [first, second, point].into_iter().for_each(to),
            PathEl::ClosePath => to(start),
        }
    }
    length
}

/// The line as rectangles on whole dots; `false` when a piece of it runs another way.
fn upright_lines(path: &BezPath, transform: Affine, width: f64, cap: Cap, edges: &mut Vec<Edge>) -> bool {
    let [a, b, c, d, _, _] = transform.as_coeffs();
    let (across, down) = (width * a.abs().max(c.abs()), width * b.abs().max(d.abs()));
    let (mut start, mut last) = (Point::ZERO, Point::ZERO);
    let elements = path.elements();
    for (index, element) in elements.iter().enumerate() {
        let to = match *element {
            PathEl::MoveTo(to) => {
                (start, last) = (to, to);
                continue;
            }
            PathEl::LineTo(to) => to,
            PathEl::ClosePath => start,
            PathEl::QuadTo(..) | PathEl::CurveTo(..) => return false,
        };
        let (from, onto) = (transform * last, transform * to);
        // An end that goes on with another piece is as long as a corner needs.
        let begins = matches!(elements.get(index.wrapping_sub(1)), Some(PathEl::MoveTo(_)));
        let ends = !matches!(elements.get(index + 1), Some(PathEl::LineTo(_) | PathEl::ClosePath));
        let alone = begins && ends && *element != PathEl::ClosePath;
        let closed = elements.get(index..).unwrap_or(&[]).iter().find(|next| !matches!(next, PathEl::LineTo(_)));
        let in_ring = matches!(closed, Some(PathEl::ClosePath)) || start == to;
        let open_start = begins && !in_ring;
        let open_end = ends && !in_ring;
        let reach = |open: bool| if (open || alone) && cap == Cap::Butt { 0.0 } else { 0.5 };
        let (head, tail) = (reach(open_start), reach(open_end));
        last = to;
        let level = (from.y - onto.y).abs() < 0.02;
        let upright = (from.x - onto.x).abs() < 0.02;
        let area = if level {
            let (left, right) = if from.x <= onto.x { (head, tail) } else { (tail, head) };
            let y = middle(from.y, down);
            Rect::new(from.x.min(onto.x) - left * across, y.0, from.x.max(onto.x) + right * across, y.1)
        } else if upright {
            let (top, bottom) = if from.y <= onto.y { (head, tail) } else { (tail, head) };
            let x = middle(from.x, across);
            Rect::new(x.0, from.y.min(onto.y) - top * down, x.1, from.y.max(onto.y) + bottom * down)
        } else {
            return false;
        };
        let Some(area) = snapped(area) else { return false };
        push_block(area, edges);
    }
    true
}

/// Where a line of that width around `at` begins and ends, on whole dots.
fn middle(at: f64, width: f64) -> (f64, f64) {
    let width = width.round().max(1.0);
    let first = (at - width / 2.0).round();
    (first, first + width)
}

/// The two sides of a rectangle.
pub(super) fn push_block(area: Area, edges: &mut Vec<Edge>) {
    #[allow(clippy::cast_precision_loss)] // places on a page
    let [left, top, right, bottom] = [area.left, area.top, area.right, area.bottom].map(|side| side as f32);
    edges.push(Edge { x0: left, y0: top, x1: left, y1: bottom });
    edges.push(Edge { x0: right, y0: bottom, x1: right, y1: top });
}

/// The rectangles on whole dots that a path is, if it is nothing else: such a path need not be summed up. `false` where it
/// is something else, or where it makes a difference that they lie over each other.
pub(super) fn blocks(edges: &[Edge], rule: Rule, alpha: u8, areas: &mut Vec<Area>) -> bool {
    areas.clear();
    let (pairs, rest) = edges.as_chunks::<2>();
    if pairs.is_empty() || !rest.is_empty() || (pairs.len() > 1 && (rule != Rule::NonZero || alpha < 255)) {
        return false;
    }
    let mut turns = None;
    for [one, two] in pairs {
        // Two sides of equal height, one down and one up.
        let is_block = one.x0 == one.x1 && two.x0 == two.x1 && one.y0 == two.y1 && one.y1 == two.y0;
        let sides = [one.x0.min(two.x0), one.y0.min(one.y1), one.x0.max(two.x0), one.y0.max(one.y1)];
        // What lies far outside is left to the sums.
        let is_whole = sides.iter().all(|side| side.abs() < 1e6 && side.fract() == 0.0);
        let turn = (one.x0 < two.x0) == (one.y0 < one.y1);
        if !is_block || !is_whole || *turns.get_or_insert(turn) != turn {
            return false;
        }
        #[allow(clippy::cast_possible_truncation)] // whole numbers within a million
        let [left, top, right, bottom] = sides.map(|side| side as i32);
        areas.push(Area { left, top, right, bottom });
    }
    true
}

/// Puts the corners of a path without slopes on whole dots, unless something would vanish.
pub(super) fn settle(edges: &mut [Edge]) {
    if edges.iter().any(|edge| (edge.x0 - edge.x1).abs() > 0.02) {
        return;
    }
    let thin = edges.iter().any(|edge| (edge.y0 - edge.y1).abs() < 1.0)
        || edges.windows(2).any(|pair| matches!(pair, [one, two] if (one.x0 - two.x0).abs() < 1.0));
    if !thin {
        for edge in edges {
            let x = edge.x0.round();
            *edge = Edge { x0: x, y0: edge.y0.round(), x1: x, y1: edge.y1.round() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fill::Sums;
    use super::*;

    #[test]
    fn rectangles_are_what_their_sums_would_be() {
        let page = Area { left: 0, top: 0, right: 12, bottom: 12 };
        let area = |left, top, right, bottom| Area { left, top, right, bottom };
        let up = |area: Area, edges: &mut Vec<Edge>| {
            push_block(area, edges);
            let last = edges.len() - 2;
            edges[last..].iter_mut().for_each(|edge| (edge.y0, edge.y1) = (edge.y1, edge.y0));
        };
        let filled = |edges: &[Edge], rule| {
            let (mut sums, mut dots) = (Sums::default(), vec![0; 144]);
            sums.over(page);
            sums.add(edges);
            sums.read(rule, |row, from, to, level| dots[row * 12 + from..row * 12 + to].fill(level));
            dots
        };
        let (mut over, mut ring, mut slanted) = (Vec::new(), Vec::new(), Vec::new());
        [area(1, 1, 6, 6), area(4, 3, 9, 20), area(-3, 5, 2, 7)]
            .into_iter()
            .for_each(|area| push_block(area, &mut over));
        push_block(area(1, 1, 9, 9), &mut ring);
        up(area(3, 3, 6, 6), &mut ring);
        push_block(area(1, 1, 9, 9), &mut slanted);
        slanted[0].x1 = 2.0;
        for (edges, rule, alpha, can) in [
            (&over, Rule::NonZero, 255, true),
            (&over, Rule::NonZero, 100, false),
            (&over, Rule::EvenOdd, 255, false),
            (&over[..2].to_vec(), Rule::EvenOdd, 100, true),
            (&ring, Rule::NonZero, 255, false),
            (&slanted, Rule::NonZero, 255, false),
        ] {
            let mut areas = Vec::new();
            assert_eq!(blocks(edges, rule, alpha, &mut areas), can, "{edges:?}");
            if can {
                let mut dots = vec![0; 144];
                for area in areas {
                    let area = area.meet(page);
                    for (x, y) in (area.top..area.bottom).flat_map(|y| (area.left..area.right).map(move |x| (x, y))) {
                        dots[usize::try_from(y * 12 + x).unwrap()] = 255;
                    }
                }
                assert_eq!(dots, filled(edges, rule));
            }
        }
    }
}
