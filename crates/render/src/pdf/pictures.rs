//! Pictures on a page.
//!
//! A picture that becomes smaller is scaled once, in linear light, to the dots that it covers. One that becomes larger
//! or lies askew is kept as it is and looked up dot by dot: smoothly when it has tones, else by the nearest pixel, so
//! that codes keep their edges.

use super::list::{Area, Ink};
use super::path::{is_upright, scale_of, snapped};
use crate::grey::Grey;
use crate::picture::jpeg_grey;
use crate::scale::scale;
use hayro_interpret::hayro_syntax::Filter;
use hayro_interpret::hayro_syntax::object::{Array, Name, Stream};
use hayro_interpret::kurbo::{Affine, Point, Rect};
use hayro_interpret::{ImageData, LumaData, RgbData};

/// What a picture paints with.
#[derive(Debug)]
enum Tone {
    Grey(Grey),
    Ink(Ink),
}

/// A picture and where it is.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) area: Area,
    pub(super) opacity: u8,
    tone: Tone,
    alpha: Option<Grey>,
    place: Place,
    smooth: bool,
}

/// How the planes of a picture lie on the page.
#[derive(Debug)]
enum Place {
    /// They have the size of the area.
    Exact,
    /// They fill the area.
    Upright,
    /// From dots to the unit square that the picture fills.
    Askew(Affine),
}

/// The grey of a picture that is a plain JPEG: its brightness is stored apart, so colours need not be computed. `None`
/// when it is anything else, or damaged in a way that another reader may forgive.
pub(super) fn jpeg(stream: &Stream<'_>) -> Option<Grey> {
    let dict = stream.dict();
    let special = [b"SMask".as_slice(), b"Mask", b"SMaskInData", b"Decode", b"DecodeParms", b"F", b"DP", b"D"];
    if stream.filters().as_slice() != [Filter::DctDecode] || special.into_iter().any(|key| dict.contains_key(key)) {
        return None;
    }
    let space = b"ColorSpace".as_slice();
    let kind = dict.get::<Name<'_>>(space).or_else(|| dict.get::<Array<'_>>(space)?.iter::<Name<'_>>().next())?;
    matches!(kind.as_ref(), b"DeviceRGB" | b"DeviceGray" | b"CalRGB" | b"CalGray" | b"ICCBased")
        .then(|| jpeg_grey(&stream.raw_data()).ok())
        .flatten()
}

/// The brightness of colours, in the same place.
pub(super) fn grey_of(data: ImageData) -> Grey {
    match data {
        ImageData::Luma(luma) => plane(luma),
        ImageData::Rgb(RgbData { mut data, width, height, .. }) => {
            let dots = data.len() / 3;
            for dot in 0..dots {
                if let Some(&[red, green, blue]) = data.get(dot * 3..dot * 3 + 3) {
                    data[dot] = Ink { red, green, blue, alpha: 255 }.grey();
                }
            }
            data.truncate(dots);
            data.shrink_to_fit();
            Grey { width, height, pixels: data }
        }
    }
}

/// A plane as it was read.
pub(super) fn plane(luma: LumaData) -> Grey {
    Grey { width: luma.width, height: luma.height, pixels: luma.data }
}

impl Picture {
    /// A picture whose unit square lies at `transform`.
    pub(super) fn new(grey: Grey, alpha: Option<Grey>, transform: Affine) -> Option<Self> {
        let two_tone = grey.pixels.iter().all(|&pixel| pixel == 0 || pixel == 255);
        Self::lay(Tone::Grey(grey), alpha, transform, !two_tone)
    }

    /// A stencil that lets `ink` through.
    pub(super) fn stencil(alpha: Grey, ink: Ink, transform: Affine) -> Option<Self> {
        Self::lay(Tone::Ink(ink), Some(alpha), transform, false)
    }

    fn lay(tone: Tone, alpha: Option<Grey>, transform: Affine, smooth: bool) -> Option<Self> {
        let place = transform.transform_rect_bbox(Rect::new(0.0, 0.0, 1.0, 1.0));
        let area = snapped(place)?;
        let opacity = 255;
        let shrinks = |plane: &Grey| area.dots() <= u64::from(plane.width) * u64::from(plane.height);
        let fits = match (&tone, &alpha) {
            (Tone::Grey(grey), Some(alpha)) => shrinks(grey) && shrinks(alpha),
            (Tone::Grey(grey), None) => shrinks(grey),
            (Tone::Ink(_), alpha) => alpha.as_ref().is_some_and(shrinks),
        };
        if is_upright(transform) && fits {
            let tone = match tone {
                Tone::Grey(grey) => Tone::Grey(fitted(grey, transform, area, true)),
                ink @ Tone::Ink(_) => ink,
            };
            let alpha = alpha.map(|alpha| fitted(alpha, transform, area, false));
            return Some(Self { area, opacity, tone, alpha, place: Place::Exact, smooth });
        }
        if is_upright(transform) {
            let tone = match tone {
                Tone::Grey(grey) => Tone::Grey(turned(grey, transform)),
                ink @ Tone::Ink(_) => ink,
            };
            let alpha = alpha.map(|alpha| turned(alpha, transform));
            return Some(Self { area, opacity, tone, alpha, place: Place::Upright, smooth });
        }
        // Within the bounds that `snapped` keeps; the casts saturate.
        #[allow(clippy::cast_possible_truncation)]
        let outer = |value: f64| value as i32;
        let area = Area {
            left: outer(place.x0.floor()),
            top: outer(place.y0.floor()),
            right: outer(place.x1.ceil()),
            bottom: outer(place.y1.ceil()),
        };
        let shrunk = |plane: Grey, light: bool| {
            let (width, height) = sides(transform);
            let smaller = |pixels: u32, dots: f64| {
                // At least 1, at most what it was.
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let dots = dots.ceil().max(1.0) as u32;
                pixels.min(dots)
            };
            let (width, height) = (smaller(plane.width, width), smaller(plane.height, height));
            if light { scale(plane, width, height) } else { averaged(&plane, width, height) }
        };
        let tone = match tone {
            Tone::Grey(grey) => Tone::Grey(shrunk(grey, true)),
            ink @ Tone::Ink(_) => ink,
        };
        let alpha = alpha.map(|alpha| shrunk(alpha, false));
        Some(Self { area, opacity, tone, alpha, place: Place::Askew(transform.inverse()), smooth })
    }

    /// Whether it has nothing between black and white.
    pub(super) fn ink(&self) -> Option<Ink> {
        match self.tone {
            Tone::Ink(ink) => Some(ink),
            Tone::Grey(_) => None,
        }
    }

    /// The dots of a row from `left` to `right`: what is painted, and how much each is covered.
    pub(super) fn row(&self, y: i32, left: i32, right: i32, greys: &mut Vec<u8>, covers: &mut Vec<u8>) {
        greys.clear();
        covers.clear();
        let length = usize::try_from(right - left).unwrap_or(0);
        match (&self.place, &self.tone) {
            (Place::Exact, tone) => {
                if let Tone::Grey(grey) = tone {
                    greys.extend_from_slice(self.part(grey, y, left, length));
                }
                if let Some(alpha) = &self.alpha {
                    covers.extend_from_slice(self.part(alpha, y, left, length));
                }
            }
            (Place::Upright, tone) => {
                if let Tone::Grey(grey) = tone {
                    self.stretch(grey, y, left, length, greys);
                }
                if let Some(alpha) = &self.alpha {
                    self.stretch(alpha, y, left, length, covers);
                }
            }
            (Place::Askew(inverse), tone) => {
                for x in left..right {
                    let at = *inverse * Point::new(f64::from(x) + 0.5, f64::from(y) + 0.5);
                    if at.x < 0.0 || at.y < 0.0 || at.x >= 1.0 || at.y >= 1.0 {
                        greys.push(255);
                        covers.push(0);
                        continue;
                    }
                    if let Tone::Grey(grey) = tone {
                        greys.push(look(grey, at, self.smooth));
                    }
                    covers.push(self.alpha.as_ref().map_or(255, |alpha| look(alpha, at, self.smooth)));
                }
            }
        }
        if self.opacity < 255 {
            covers.resize(length, 255);
            covers.iter_mut().for_each(|cover| *cover = super::layer::times(*cover, self.opacity));
        }
    }

    /// A row of a plane that is stretched over the area, in 256ths of a pixel.
    fn stretch(&self, plane: &Grey, y: i32, left: i32, length: usize, into: &mut Vec<u8>) {
        let step = |pixels: u32, dots: usize, dot: i32| {
            let dots = i64::try_from(dots).unwrap_or(1).max(1);
            // The middle of the dot, then from the middle of a pixel on.
            let at = (i64::from(dot) * 2 + 1) * i64::from(pixels) * 128 / dots;
            let at = if self.smooth { (at - 128).clamp(0, i64::from(pixels) * 256 - 256) } else { at };
            // Within the plane, 32,767 pixels at most.
            (usize::try_from(at >> 8).unwrap_or(0), u16::try_from(at & 255).unwrap_or(0))
        };
        let (row, down) = step(plane.height, self.area.height(), y - self.area.top);
        let upper = plane.row(row);
        let lower = if row + 1 < plane.height as usize { plane.row(row + 1) } else { upper };
        let pixel = |row: &[u8], column: usize| row.get(column).copied().unwrap_or(255);
        for x in (left..).take(length) {
            let (column, across) = step(plane.width, self.area.width(), x - self.area.left);
            if !self.smooth {
                into.push(pixel(upper, column));
                continue;
            }
            let next = (column + 1).min(plane.width as usize - 1);
            let between = |one: u8, two: u8, share: u16| {
                u32::from(one) * u32::from(256 - share) + u32::from(two) * u32::from(share)
            };
            let high = between(pixel(upper, column), pixel(upper, next), across);
            let low = between(pixel(lower, column), pixel(lower, next), across);
            let value = (high * u32::from(256 - down) + low * u32::from(down) + (1 << 15)) >> 16;
            into.push(u8::try_from(value).unwrap_or(255));
        }
    }

    fn part<'p>(&self, plane: &'p Grey, y: i32, left: i32, length: usize) -> &'p [u8] {
        let row = usize::try_from(y - self.area.top).map(|row| plane.row(row)).unwrap_or(&[]);
        let from = usize::try_from(left - self.area.left).unwrap_or(0);
        row.get(from..from + length).unwrap_or(&[])
    }
}

/// The lengths of the sides of the unit square.
fn sides(transform: Affine) -> (f64, f64) {
    let [a, b, c, d, _, _] = transform.as_coeffs();
    (a.hypot(b).min(scale_of(transform)), c.hypot(d).min(scale_of(transform)))
}

/// A plane scaled to the dots of an area and turned as it lies there.
fn fitted(plane: Grey, transform: Affine, area: Area, light: bool) -> Grey {
    let [a, b, c, d, _, _] = transform.as_coeffs();
    let swaps = a.abs() + d.abs() < b.abs() + c.abs();
    let across = u32::try_from(area.width()).unwrap_or(1);
    let down = u32::try_from(area.height()).unwrap_or(1);
    let (width, height) = if swaps { (down, across) } else { (across, down) };
    let scaled = if light { scale(plane, width, height) } else { averaged(&plane, width, height) };
    turned(scaled, transform)
}

/// A plane flipped and turned as an upright transformation has it.
fn turned(plane: Grey, transform: Affine) -> Grey {
    let [a, b, c, d, _, _] = transform.as_coeffs();
    let swaps = a.abs() + d.abs() < b.abs() + c.abs();
    let (flip_x, flip_y) = if swaps { (c < 0.0, b < 0.0) } else { (a < 0.0, d < 0.0) };
    if !swaps && !flip_x && !flip_y {
        return plane;
    }
    let (across, down) = if swaps { (plane.height, plane.width) } else { (plane.width, plane.height) };
    let mut pixels = Vec::with_capacity(plane.pixels.len());
    for y in 0..down {
        let y = if flip_y { down - 1 - y } else { y };
        for x in 0..across {
            let x = if flip_x { across - 1 - x } else { x };
            let (column, row) = if swaps { (y, x) } else { (x, y) };
            pixels.push(plane.row(row as usize).get(column as usize).copied().unwrap_or(255));
        }
    }
    Grey { width: across, height: down, pixels }
}

/// Opacities are averaged as they are: they are shares of an area, not light.
fn averaged(plane: &Grey, width: u32, height: u32) -> Grey {
    if (plane.width, plane.height) == (width, height) {
        return plane.clone();
    }
    let ends = |from: u32, to: u32, index: u32| {
        let first = u64::from(index) * u64::from(from) / u64::from(to);
        let last = (u64::from(index + 1) * u64::from(from)).div_ceil(u64::from(to)).max(first + 1);
        // Within the plane.
        (usize::try_from(first).unwrap_or(0), usize::try_from(last).unwrap_or(0))
    };
    let mut pixels = Vec::with_capacity(width as usize * height as usize);
    for y in 0..height {
        let (top, bottom) = ends(plane.height, height, y);
        for x in 0..width {
            let (left, right) = ends(plane.width, width, x);
            let (mut sum, mut count) = (0_u64, 0_u64);
            for row in top..bottom {
                for &pixel in plane.row(row).get(left..right.min(plane.width as usize)).unwrap_or(&[]) {
                    sum += u64::from(pixel);
                    count += 1;
                }
            }
            pixels.push(u8::try_from((sum + count / 2) / count.max(1)).unwrap_or(255));
        }
    }
    Grey { width, height, pixels }
}

/// The value at a place of the unit square.
fn look(plane: &Grey, at: Point, smooth: bool) -> u8 {
    let (x, y) = (at.x * f64::from(plane.width), at.y * f64::from(plane.height));
    let pixel = |x: f64, y: f64| {
        // Cut to the plane; the casts saturate.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let (x, y) = ((x as usize).min(plane.width as usize - 1), (y as usize).min(plane.height as usize - 1));
        plane.row(y).get(x).copied().unwrap_or(255)
    };
    if !smooth {
        return pixel(x, y);
    }
    let (x, y) = (x - 0.5, y - 0.5);
    let (left, top) = (x.floor(), y.floor());
    let (right_share, bottom_share) = (x - left, y - top);
    let row = |y: f64| {
        let (one, two) = (f64::from(pixel(left.max(0.0), y)), f64::from(pixel(left + 1.0, y)));
        one + (two - one) * right_share
    };
    let (upper, lower) = (row(top.max(0.0)), row(top + 1.0));
    // 0 to 255.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let value = (upper + (lower - upper) * bottom_share + 0.5) as u8;
    value
}
