//! Pictures on a page.
//!
//! A picture that becomes smaller is scaled once, in linear light, to the dots that it covers. One that becomes larger
//! or lies askew is kept as it is and looked up dot by dot: smoothly when it has tones, else by the nearest pixel, so
//! that codes keep their edges.

use super::list::{Area, Ink};
use super::path::{is_upright, scale_of, snapped};
use crate::channel::Channel;
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
    /// They fill the area; where the columns of the tone and of the opacity are looked up.
    Upright(Vec<Step>, Vec<Step>),
    /// From dots to the unit square that the picture fills.
    Askew(Affine),
}

/// Where a dot is looked up: a pixel, and 256ths of the way to the next one.
#[derive(Clone, Copy, Debug)]
struct Step {
    pixel: u32,
    share: u32,
}

impl Step {
    fn of(pixels: u32, dots: usize, dot: usize, smooth: bool) -> Self {
        let (dots, dot) = (i64::try_from(dots).unwrap_or(1).max(1), i64::try_from(dot).unwrap_or(0));
        // The middle of the dot, then from the middle of a pixel on.
        let at = (dot * 2 + 1) * i64::from(pixels) * 128 / dots;
        let at = if smooth { (at - 128).clamp(0, i64::from(pixels) * 256 - 256) } else { at };
        // Within the plane, 32,767 pixels at most.
        Self { pixel: u32::try_from(at >> 8).unwrap_or(0), share: u32::try_from(at & 255).unwrap_or(0) }
    }

    /// For all columns of a plane that fills `area`.
    fn across(plane: &Grey, area: Area, smooth: bool) -> Vec<Self> {
        (0..area.width()).map(|dot| Self::of(plane.width, area.width(), dot, smooth)).collect()
    }
}

/// The grey of a picture that is a plain JPEG: its brightness is stored apart, so colours need not be computed. `None`
/// when it is anything else, or damaged in a way that another reader may forgive.
pub(super) fn jpeg(stream: &Stream<'_>) -> Option<Grey> {
    let dict = stream.dict();
    let special = [b"SMask".as_slice(), b"Mask", b"SMaskInData", b"Decode", b"DecodeParms", b"F", b"DP", b"D"];
    if special.into_iter().any(|key| dict.contains_key(key)) {
        return None;
    }
    let bytes = match stream.filters().as_slice() {
        [Filter::DctDecode] => stream.raw_data(),
        [Filter::Ascii85Decode, Filter::DctDecode] => ascii85(&stream.raw_data())?.into(),
        _ => return None,
    };
    let space = b"ColorSpace".as_slice();
    let kind = dict.get::<Name<'_>>(space).or_else(|| dict.get::<Array<'_>>(space)?.iter::<Name<'_>>().next())?;
    matches!(kind.as_ref(), b"DeviceRGB" | b"DeviceGray" | b"CalRGB" | b"CalGray" | b"ICCBased")
        .then(|| jpeg_grey(&bytes).ok())
        .flatten()
}

/// Bytes that were written as digits of base 85 (ISO 32000-2, 7.4.3). `None` for anything that is not as it should be: the
/// interpreter may forgive it.
fn ascii85(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 5 * 4 + 4);
    let (mut group, mut digits) = (0_u32, 0);
    for byte in text {
        match byte {
            b'!'..=b'u' => {
                group = group.checked_mul(85)?.checked_add(u32::from(byte - b'!'))?;
                digits += 1;
                if digits == 5 {
                    bytes.extend_from_slice(&group.to_be_bytes());
                    (group, digits) = (0, 0);
                }
            }
            b'z' if digits == 0 => bytes.extend_from_slice(&[0; 4]),
            b' ' | b'\t' | b'\n' | b'\r' | b'\x0C' | 0 => {}
            b'~' => break,
            _ => return None,
        }
    }
    if digits > 0 {
        // A short group is filled up with the highest digit, and is a byte shorter than its digits.
        for _ in digits..5 {
            group = group.checked_mul(85)?.checked_add(84)?;
        }
        bytes.extend_from_slice(group.to_be_bytes().get(..digits - 1).filter(|rest| !rest.is_empty())?);
    }
    Some(bytes)
}

/// What a page that shows `channel` has of colours, in the same place.
pub(super) fn plane_of(data: ImageData, channel: Channel) -> Grey {
    match data {
        ImageData::Luma(luma) => plane(luma),
        ImageData::Rgb(RgbData { mut data, width, height, .. }) => {
            let dots = data.len() / 3;
            for dot in 0..dots {
                if let Some(&[red, green, blue]) = data.get(dot * 3..dot * 3 + 3) {
                    data[dot] = channel.of([red, green, blue]);
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
            let steps = |plane: &Grey| Step::across(plane, area, smooth);
            let columns = if let Tone::Grey(grey) = &tone { steps(grey) } else { Vec::new() };
            let place = Place::Upright(columns, alpha.as_ref().map(steps).unwrap_or_default());
            return Some(Self { area, opacity, tone, alpha, place, smooth });
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
            (Place::Upright(columns, alpha_columns), tone) => {
                if let Tone::Grey(grey) = tone {
                    self.stretch(grey, columns, y, left, length, greys);
                }
                if let Some(alpha) = &self.alpha {
                    self.stretch(alpha, alpha_columns, y, left, length, covers);
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
    fn stretch(&self, plane: &Grey, columns: &[Step], y: i32, left: i32, length: usize, into: &mut Vec<u8>) {
        let down = usize::try_from(y - self.area.top).unwrap_or(0);
        let down = Step::of(plane.height, self.area.height(), down, self.smooth);
        let upper = plane.row(down.pixel as usize);
        let from = usize::try_from(left - self.area.left).unwrap_or(0);
        let columns = columns.get(from..from + length).unwrap_or(&[]);
        if !self.smooth {
            into.extend(columns.iter().map(|column| upper.get(column.pixel as usize).copied().unwrap_or(255)));
            return;
        }
        let lower = if down.pixel + 1 < plane.height { plane.row(down.pixel as usize + 1) } else { upper };
        // First down, for each pixel, then across, for each dot: whole numbers, so the order does not matter.
        let weights = [256 - down.share, down.share];
        let mut between: Vec<u32> = upper
            .iter()
            .zip(lower)
            .map(|(upper, lower)| u32::from(*upper) * weights[0] + u32::from(*lower) * weights[1])
            .collect();
        // Beside the last pixel lies that itself.
        between.extend(between.last().copied());
        into.extend(columns.iter().map(|column| {
            let pair = between.get(column.pixel as usize..).and_then(|rest| rest.first_chunk::<2>());
            let &[one, two] = pair.unwrap_or(&[255 << 8; 2]);
            let value = (one * (256 - column.share) + two * column.share + (1 << 15)) >> 16;
            u8::try_from(value).unwrap_or(255)
        }));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_base_85_are_bytes_again() {
        assert_eq!(ascii85(b"87cURD]i,\"Ebo80~>").unwrap(), b"Hello World!");
        assert_eq!(ascii85(b"87 cUR\nD]i,\"Ebo7~>").unwrap(), b"Hello World");
        assert_eq!(ascii85(b"z!!*-'~>").unwrap(), [0, 0, 0, 0, 0, 1, 2, 3]);
        assert_eq!(ascii85(b"~>").unwrap(), b"");
        for broken in [&b"s8W-\"~>"[..], b"!~>", b"87z~>", b"87cUv~>"] {
            assert_eq!(ascii85(broken), None);
        }
    }

    #[test]
    fn a_picture_is_stretched_smoothly_to_its_sides() {
        let pixels = vec![0, 100, 200, 40, 80, 120];
        let place = Affine::new([7.0, 0.0, 0.0, 5.0, 3.0, 2.0]);
        let picture = Picture::new(Grey { width: 3, height: 2, pixels: pixels.clone() }, None, place).unwrap();
        let at =
            |dot: i64, pixels: i64, dots: i64| ((dot * 2 + 1) * pixels * 128 / dots - 128).clamp(0, pixels * 256 - 256);
        for y in 0..5_i32 {
            let (mut greys, mut covers) = (Vec::new(), Vec::new());
            picture.row(y + 2, 4, 10, &mut greys, &mut covers);
            assert_eq!((greys.len(), covers.len()), (6, 0));
            for (x, grey) in (1_i64..).zip(greys) {
                let (across, down) = (at(x, 3, 7), at(y.into(), 2, 5));
                let pixel = |x: i64, y: i64| i64::from(pixels[usize::try_from(y.min(1) * 3 + x.min(2)).unwrap()]);
                let row = |y: i64| {
                    pixel(across >> 8, y) * (256 - (across & 255)) + pixel((across >> 8) + 1, y) * (across & 255)
                };
                let value = row(down >> 8) * (256 - (down & 255)) + row((down >> 8) + 1) * (down & 255);
                assert_eq!(i64::from(grey), (value + (1 << 15)) >> 16, "{x}, {y}");
            }
        }
    }
}
