//! Drawings of rectangles and letters only, as labels mostly are: filled straight into grey, exactly.
//!
//! One colour a shape, no strokes, no effects. Everything else goes the way of all drawings (`raster`), which knows more
//! and takes about four times as long. Letters are those of text: their outlines do not cross themselves.

use crate::channel::Channel;
use crate::grey::Grey;
use crate::text::Outline;
use resvg::tiny_skia::{PathSegment, Point, Transform};
use resvg::usvg::{self, Group, Node, Paint, Path};
use skrifa::outline::OutlinePen;

/// Letters on a line are filled at once, within this many dots.
const MAX_SIDE: f32 = 4000.0;

/// A filled shape on the page.
enum Shape {
    Rect { left: f32, top: f32, right: f32, bottom: f32 },
    Letters { top: f32, bottom: f32, outline: Outline },
}

/// The shapes of a plain drawing in dots, in the order in which they are drawn, each with its grey.
pub(super) struct Plain {
    shapes: Vec<(Shape, u8)>,
    channel: Channel,
}

impl Plain {
    /// The shapes of `tree`; `None` when it is not plain.
    pub(super) fn of(tree: &usvg::Tree, place: Transform, channel: Channel) -> Option<Self> {
        let mut plain = Self { shapes: Vec::new(), channel };
        plain.group(tree.root(), place, false)?;
        Some(plain)
    }

    fn group(&mut self, group: &Group, place: Transform, is_text: bool) -> Option<()> {
        if group.should_isolate() {
            return None;
        }
        group.children().iter().try_for_each(|node| match node {
            Node::Group(group) => self.group(group, place, is_text),
            Node::Text(text) => self.group(text.flattened(), place, true),
            Node::Path(path) => self.path(path, place, is_text),
            Node::Image(_) => None,
        })
    }

    fn path(&mut self, path: &Path, place: Transform, is_text: bool) -> Option<()> {
        if !path.is_visible() {
            return Some(());
        }
        let (None, Some(fill)) = (path.stroke(), path.fill()) else { return None };
        let Paint::Color(colour) = fill.paint() else { return None };
        if fill.opacity() != usvg::Opacity::ONE || !path.rendering_mode().use_shape_antialiasing() {
            return None;
        }
        let place = place.pre_concat(path.abs_transform());
        let shape = if is_text { letters(path, place)? } else { rect(path, place)? };
        self.shapes.push((shape, self.channel.of([colour.red, colour.green, colour.blue])));
        Some(())
    }

    /// Draws the shapes onto a sheet whose first row is row `top` of the page.
    pub(super) fn draw(&self, sheet: &mut Grey, top: u32) {
        #[allow(clippy::cast_precision_loss)] // at most 120,000
        let (above, below) = (top as f32, (top + sheet.height) as f32);
        for (shape, grey) in &self.shapes {
            match shape {
                Shape::Rect { top: first, bottom, left, right } => {
                    if *bottom > above && *first < below {
                        fill(sheet, [*left, first - above, *right, bottom - above], *grey);
                    }
                }
                Shape::Letters { top: first, bottom, outline } => {
                    if *bottom > above && *first < below {
                        stamp(sheet, outline, i64::from(top), *grey);
                    }
                }
            }
        }
    }
}

/// The corners of a path that is a rectangle with its sides along the paper's.
fn rect(path: &Path, place: Transform) -> Option<Shape> {
    let mut corners = [Point::zero(); 4];
    let mut count = 0;
    for segment in path.data().segments() {
        match segment {
            PathSegment::MoveTo(point) if count == 0 => {
                corners[0] = point;
                count = 1;
            }
            PathSegment::LineTo(point) if count > 0 => {
                if let Some(corner) = corners.get_mut(count) {
                    *corner = point;
                } else if count > 4 || point != corners[0] {
                    return None;
                }
                count += 1;
            }
            PathSegment::Close => {}
            _ => return None,
        }
    }
    if count < 4 {
        return None;
    }
    place.map_points(&mut corners);
    let [a, b, c, d] = corners;
    let near = |one: f32, other: f32| (one - other).abs() < 1e-3;
    let across_first = near(a.y, b.y) && near(b.x, c.x) && near(c.y, d.y) && near(d.x, a.x);
    let down_first = near(a.x, b.x) && near(b.y, c.y) && near(c.x, d.x) && near(d.y, a.y);
    let finite = corners.iter().all(|corner| corner.x.is_finite() && corner.y.is_finite());
    (finite && (across_first || down_first)).then(|| Shape::Rect {
        left: a.x.min(c.x),
        top: a.y.min(c.y),
        right: a.x.max(c.x),
        bottom: a.y.max(c.y),
    })
}

/// The outline of text.
fn letters(path: &Path, place: Transform) -> Option<Shape> {
    let bounds = path.data().bounds().transform(place)?;
    if bounds.width() > MAX_SIDE || bounds.height() > MAX_SIDE {
        return None;
    }
    let mut outline = Outline::default();
    // The pen takes y upwards.
    let at = |mut point: Point| {
        place.map_point(&mut point);
        (point.x, -point.y)
    };
    for segment in path.data().segments() {
        match segment {
            PathSegment::MoveTo(to) => {
                let (x, y) = at(to);
                outline.move_to(x, y);
            }
            PathSegment::LineTo(to) => {
                let (x, y) = at(to);
                outline.line_to(x, y);
            }
            PathSegment::QuadTo(over, to) => {
                let ((cx, cy), (x, y)) = (at(over), at(to));
                outline.quad_to(cx, cy, x, y);
            }
            PathSegment::CubicTo(first, second, to) => {
                let ((ax, ay), (bx, by), (x, y)) = (at(first), at(second), at(to));
                outline.curve_to(ax, ay, bx, by, x, y);
            }
            PathSegment::Close => outline.close(),
        }
    }
    outline.close();
    Some(Shape::Letters { top: bounds.top(), bottom: bounds.bottom(), outline })
}

/// Mixes `grey` into a dot of which `cover` of 255 parts are covered.
fn mix(dot: &mut u8, grey: u8, cover: u8) {
    let (paper, ink, cover) = (u32::from(*dot), u32::from(grey), u32::from(cover));
    *dot = u8::try_from((paper * (255 - cover) + ink * cover + 127) / 255).unwrap_or(255);
}

fn stamp(sheet: &mut Grey, outline: &Outline, top: i64, grey: u8) {
    let Some(covered) = outline.fill(0.0) else { return };
    let skipped = usize::try_from(-covered.left).unwrap_or(0);
    let left = usize::try_from(covered.left).unwrap_or(0);
    for (row, cover) in (covered.top - top..).zip(covered.cover.chunks_exact(covered.width)) {
        let Ok(row) = usize::try_from(row) else { continue };
        let Some(target) = sheet.row_mut(row).get_mut(left..) else { continue };
        for (dot, cover) in target.iter_mut().zip(cover.iter().skip(skipped)).filter(|(_, cover)| **cover > 0) {
            mix(dot, grey, *cover);
        }
    }
}

/// Fills left, top, right, bottom: the dots at its sides by how much of them it covers.
fn fill(sheet: &mut Grey, [left, top, right, bottom]: [f32; 4], grey: u8) {
    // Sides of a page are at most 120,000 dots: exact.
    #[allow(clippy::cast_precision_loss)]
    let (wide, high) = (sheet.width as f32, sheet.height as f32);
    let (left, right) = (left.clamp(0.0, wide), right.clamp(0.0, wide));
    let (top, bottom) = (top.clamp(0.0, high), bottom.clamp(0.0, high));
    // Within the sheet.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let (columns, rows) = (left as usize..right.ceil() as usize, top as usize..bottom.ceil() as usize);
    #[allow(clippy::cast_precision_loss)]
    let part = |from: f32, to: f32, dot: usize| (to.min(dot as f32 + 1.0) - from.max(dot as f32)).max(0.0);
    let shares: Vec<f32> = columns.clone().map(|column| part(left, right, column)).collect();
    for row in rows {
        let down = part(top, bottom, row);
        let Some(dots) = sheet.row_mut(row).get_mut(columns.clone()) else { continue };
        for (dot, across) in dots.iter_mut().zip(&shares) {
            let covered = across * down;
            if covered >= 1.0 {
                *dot = grey;
            } else {
                // 0 to 255.
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let cover = (covered * 255.0 + 0.5) as u8;
                mix(dot, grey, cover);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(body: &str) -> usvg::Tree {
        let svg = format!("<svg xmlns='http://www.w3.org/2000/svg' width='40' height='20'>{body}</svg>");
        usvg::Tree::from_str(&svg, &usvg::Options::default()).unwrap()
    }

    #[test]
    fn only_filled_rectangles_are_plain() {
        let plain = |body| Plain::of(&tree(body), Transform::from_scale(2.0, 2.0), Channel::Brightness).is_some();
        assert!(plain(
            "<rect width='4' height='4'/><g transform='translate(3 3) rotate(90)'><path d='M0 0h3v2h-3z' fill='red'/></g>"
        ));
        for other in [
            "<rect width='4' height='4' rx='1'/>",
            "<rect width='4' height='4' stroke='black'/>",
            "<rect width='4' height='4' opacity='0.5'/>",
            "<rect width='4' height='4' fill-opacity='0.5'/>",
            "<rect width='4' height='4' transform='rotate(5)'/>",
            "<rect width='4' height='4' shape-rendering='crispEdges'/>",
            "<path d='M0 0h3v3l-1 -1z'/>",
            "<path d='M0 0h3v3h-3zM5 5h3v3h-3z'/>",
            "<circle r='3'/>",
        ] {
            assert!(!plain(other), "{other}");
        }
    }

    #[test]
    fn sides_between_dots_are_covered_by_their_share() {
        let plain = Plain::of(
            &tree("<rect x='1.5' y='1' width='2' height='1.25' fill='#333'/>"),
            Transform::identity(),
            Channel::Brightness,
        );
        let mut sheet = Grey::white(5, 4);
        plain.unwrap().draw(&mut sheet, 0);
        assert_eq!(sheet.row(0), [255; 5]);
        assert_eq!(sheet.row(1), [255, 153, 51, 153, 255]);
        assert_eq!(sheet.row(2), [255, 229, 204, 229, 255]);
        assert_eq!(sheet.row(3), [255; 5]);
    }
}
