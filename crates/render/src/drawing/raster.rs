//! A drawing becomes rows of grey, some megabytes at a time.
//!
//! Crop and turn are part of the way from its units to dots: nothing is drawn that is cut off afterwards. Effects that
//! look around themselves, and parts that are costly to begin with, are drawn in one piece (`cost` says so).

use super::cost::{Survey, survey};
use super::plain::Plain;
use crate::channel::Channel;
use crate::error::{Excess, RenderError};
use crate::grey::{Grey, Turn};
use crate::leaf::{Rows, View, pour};
use platen_model::{Crop, Rotation};
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg;

/// The most dots of a page that is drawn in one piece: four bytes of memory each.
const MAX_DOTS: u64 = 64_000_000;

/// Dots that are drawn at a time when it can be done in pieces.
const BAND_DOTS: u32 = 4_000_000;

/// Dots whose grey is given at a time, as bytes of their colours.
const STRIP: usize = 64 << 10;

/// Draws the part of `tree` that is wanted.
pub(super) fn draw(tree: &usvg::Tree, channel: Channel, view: &View, rows: &mut Rows<'_>) -> Result<(), RenderError> {
    let (width, height) = (view.width, view.height);
    let across = if view.turn.swaps_sides() { height } else { width };
    let scale = f64::from(across) * share(Crop::WHOLE) / (f64::from(tree.size().width()) * share(view.crop.width));
    let dots = u64::from(width) * u64::from(height);
    let Survey { whole, .. } = survey(tree, scale, f64::from(width) * f64::from(height))?;
    if whole && dots > MAX_DOTS {
        return Err(RenderError::TooLarge(Excess::Memory));
    }
    let most = if whole { height } else { (BAND_DOTS / width.max(1)).max(1).min(height) };
    let no_memory = || RenderError::TooLarge(Excess::Memory);
    let place = place(tree.size(), view);
    if let Some(plain) = Plain::of(tree, place, channel) {
        return draw_plain(&plain, width, height, rows);
    }
    let mut pixmap = Pixmap::new(width, most).ok_or_else(no_memory)?;
    let mut grey = Vec::new();
    for top in (0..height).step_by(most as usize) {
        let count = most.min(height - top);
        if count < pixmap.height() {
            pixmap = Pixmap::new(width, count).ok_or_else(no_memory)?;
        }
        pixmap.fill(Color::WHITE);
        #[allow(clippy::cast_precision_loss)] // at most 120,000
        let place = place.post_translate(0.0, -(top as f32));
        resvg::render(tree, place, &mut pixmap.as_mut());
        let row = width as usize * 4;
        for strip in pixmap.data().chunks((STRIP / row.max(1)).max(1) * row.max(1)) {
            grey.clear();
            to_grey(strip, channel, &mut grey);
            rows(&grey)?;
        }
    }
    Ok(())
}

/// Draws a plain drawing.
fn draw_plain(plain: &Plain, width: u32, height: u32, rows: &mut Rows<'_>) -> Result<(), RenderError> {
    // A quarter of the memory that colours take.
    let most = (BAND_DOTS / width.max(1)).max(1).min(height);
    for top in (0..height).step_by(most as usize) {
        let mut sheet = Grey::white(width, most.min(height - top));
        plain.draw(&mut sheet, top);
        pour(&sheet, rows)?;
    }
    Ok(())
}

fn share(part: u16) -> f64 {
    f64::from(part) / f64::from(Crop::WHOLE)
}

/// The way from the units of a drawing to the dots of the page.
fn place(size: usvg::Size, view: &View) -> Transform {
    let crop = view.crop;
    // Dots and units of a page: an f32 is what the drawing itself is kept in.
    #[allow(clippy::cast_possible_truncation)]
    let part = |of: f32, part: u16| (f64::from(of) * share(part)) as f32;
    let (left, top) = (part(size.width(), crop.left), part(size.height(), crop.top));
    let (wide, high) = (part(size.width(), crop.width), part(size.height(), crop.height));
    let is = |rotation| view.turn == Turn::from(rotation);
    let (turn, wide, high) = if is(Rotation::Right) {
        (Transform::from_row(0.0, 1.0, -1.0, 0.0, high, 0.0), high, wide)
    } else if is(Rotation::Half) {
        (Transform::from_row(-1.0, 0.0, 0.0, -1.0, wide, high), wide, high)
    } else if is(Rotation::Left) {
        (Transform::from_row(0.0, -1.0, 1.0, 0.0, 0.0, wide), high, wide)
    } else {
        (Transform::identity(), wide, high)
    };
    #[allow(clippy::cast_precision_loss)] // at most 120,000
    let (across, down) = (view.width as f32 / wide, view.height as f32 / high);
    Transform::from_translate(-left, -top).post_concat(turn).post_scale(across, down)
}

/// On white everything is opaque: the colours need no division by their opacity.
fn to_grey(colours: &[u8], channel: Channel, grey: &mut Vec<u8>) {
    // Most of a page is paper.
    const PAPER: [u8; 64] = [255; 64];
    for sixteen in colours.chunks(PAPER.len()) {
        if sixteen == PAPER {
            grey.extend_from_slice(&[255; 16]);
            continue;
        }
        grey.extend(sixteen.as_chunks::<4>().0.iter().map(|&[red, green, blue, _]| channel.of([red, green, blue])));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORNERS: &str = "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='20'>
        <rect width='10' height='5'/><rect x='30' width='10' height='5' fill='#999'/>
        <circle cx='7' cy='13' r='5'/><text y='19' x='20'>g</text></svg>";

    fn drawn(view: View) -> Grey {
        let tree = usvg::Tree::from_str(CORNERS, &usvg::Options::default()).unwrap();
        let mut pixels = Vec::new();
        draw(&tree, Channel::Brightness, &view, &mut |rows| {
            pixels.extend_from_slice(rows);
            Ok(())
        })
        .unwrap();
        assert_eq!(pixels.len(), view.width as usize * view.height as usize);
        Grey { width: view.width, height: view.height, pixels }
    }

    #[test]
    fn a_turned_drawing_is_the_drawing_turned() {
        let upright = View { width: 400, height: 200, crop: Crop::ALL, turn: Turn::default() };
        let sheet = drawn(upright);
        for rotation in [Rotation::Right, Rotation::Half, Rotation::Left] {
            let turn = Turn::from(rotation);
            let (width, height) = turn.size(400, 200);
            let turned = drawn(View { width, height, turn, ..upright });
            let expected = sheet.clone().turned(turn);
            let off = turned.pixels.iter().zip(&expected.pixels).filter(|(a, b)| a.abs_diff(**b) > 24).count();
            assert_eq!(off, 0, "{rotation:?}");
        }
    }

    #[test]
    fn a_part_of_a_drawing_is_what_the_whole_shows_there() {
        let sheet = drawn(View { width: 400, height: 200, crop: Crop::ALL, turn: Turn::default() });
        let crop = Crop { left: 5_000, top: 0, width: 5_000, height: 5_000 };
        let part = drawn(View { width: 200, height: 100, crop, turn: Turn::default() });
        for (y, row) in part.rows().enumerate() {
            assert_eq!(row, &sheet.row(y)[200..], "row {y}");
        }
        let turned = drawn(View { width: 100, height: 200, crop, turn: Turn::from(Rotation::Right) });
        assert_eq!(turned.pixels, part.turned(Turn::from(Rotation::Right)).pixels);
    }

    #[test]
    fn a_long_drawing_is_drawn_in_pieces_without_a_seam() {
        let view = View { width: 2000, height: 4001, crop: Crop::ALL, turn: Turn::default() };
        let long = drawn(view);
        // The left rectangle ends a quarter down, the bands after 2,000 rows.
        let black: Vec<usize> = (0..4001).filter(|&y| long.row(y)[50] == 0).collect();
        assert_eq!((black.first(), black.last(), black.len()), (Some(&0), Some(&999), 1000));
        let circle: Vec<usize> = (0..4001).filter(|&y| long.row(y)[350] == 0).collect();
        assert!(circle.windows(2).skip(1).all(|pair| pair[1] - pair[0] == 1 || pair[0] < 1000));
    }
}
