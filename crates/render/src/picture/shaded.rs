//! Tells a photographed code or page of text from a photo.
//!
//! Diffused, a photographed code cannot be read; parted into black and white, a photo is spoilt. So nothing is left to
//! chance: a picture is cut into 16 × 16 cells, and nearly all of them must be one of
//!
//! | A cell is | when |
//! |---|---|
//! | flat | all of it is one tone, but for some noise, well on one side of the level that parts the whole picture |
//! | parted | two tones lie far apart, on either side of that level, and little is between them |
//!
//! and at least a fifth must be parted, and light must change slowly from cell to cell. Skies, faces and textures are
//! neither flat nor parted. Source of the measure: N. Otsu, see the tones. Deliberately absent: large pictures, whose first
//! rows leave before their last ones are read.

use crate::grey::Grey;
use crate::tones::otsu;

/// Cells to a side, and the least pixels to a side of a cell.
const CELLS: usize = 16;
const LEAST: usize = 8;

/// The most variance of a flat cell: noise of ten levels.
const FLAT: f64 = 100.0;

/// How far the tones of a parted cell are apart, and the share of all variance that is between them. Evenly spread tones
/// have three quarters.
const APART: f64 = 64.0;
const BETWEEN: f64 = 0.85;

/// The most variance of its lighter tone: noise, and the greys at edges. More is a texture.
const SMOOTH: f64 = 500.0;

/// How far from the level that parts the picture a tone must be.
const CLEAR: f64 = 16.0;

/// By how much light may differ between cells beside each other.
const UNEVEN: f64 = 24.0;

/// What was found in a cell: how light its lighter tone is, where it has one, and whether there is a darker one too.
#[derive(Clone, Copy)]
struct Cell {
    light: Option<f64>,
    parted: bool,
}

/// Whether a picture shows two tones in uneven light. `count` says how often it has each level.
pub(super) fn is_shaded(grey: &Grey, count: &[u64; 256]) -> bool {
    let (width, height) = (grey.width as usize, grey.height as usize);
    let Some(level) = otsu(count).map(f64::from) else { return false };
    if width < CELLS * LEAST || height < CELLS * LEAST {
        return false;
    }
    let mut cells = Vec::with_capacity(CELLS * CELLS);
    let mut others = 0;
    for (y, x) in (0..CELLS).flat_map(|y| (0..CELLS).map(move |x| (y, x))) {
        let (left, right) = (x * width / CELLS, (x + 1) * width / CELLS);
        let rows = y * height / CELLS..(y + 1) * height / CELLS;
        let mut levels = [0_u64; 256];
        for pixel in rows.flat_map(|row| grey.row(row).get(left..right).unwrap_or_default()) {
            levels[usize::from(*pixel)] += 1;
        }
        let cell = seen(&levels, level);
        others += usize::from(cell.is_none());
        if others > CELLS * CELLS / 32 {
            return false;
        }
        cells.push(cell.unwrap_or(Cell { light: None, parted: false }));
    }
    let parted = cells.iter().filter(|cell| cell.parted).count();
    parted * 5 >= cells.len() && is_even(&cells)
}

/// What a cell is; nothing where it is neither flat nor parted.
fn seen(levels: &[u64; 256], level: f64) -> Option<Cell> {
    let all = Side::of(levels, 0..256);
    let variance = all.variance();
    if variance <= FLAT {
        let light = all.mean() > level;
        return ((all.mean() - level).abs() > CLEAR)
            .then_some(Cell { light: light.then(|| all.mean()), parted: false });
    }
    let middle = usize::from(otsu(levels)?);
    let (dark, light) = (Side::of(levels, 0..middle), Side::of(levels, middle..256));
    let within = (dark.variance() * dark.count + light.variance() * light.count) / all.count;
    let is_parted = light.mean() - dark.mean() >= APART
        && within <= variance * (1.0 - BETWEEN)
        && light.variance() <= SMOOTH
        && dark.mean() + CLEAR < level
        && level < light.mean() - CLEAR;
    is_parted.then_some(Cell { light: Some(light.mean()), parted: true })
}

/// Whether light changes slowly, but for a few places.
fn is_even(cells: &[Cell]) -> bool {
    let steps = |from: &Cell, to: &Cell| match (from.light, to.light) {
        (Some(from), Some(to)) => usize::from((from - to).abs() > UNEVEN),
        _ => 0,
    };
    let below = cells.iter().zip(cells.iter().skip(CELLS)).map(|(from, to)| steps(from, to)).sum::<usize>();
    let across = cells.chunks(CELLS).flat_map(|row| row.windows(2));
    let beside: usize = across.map(|pair| if let [from, to] = pair { steps(from, to) } else { 0 }).sum();
    (below + beside) * 32 <= cells.len()
}

/// The pixels of a range of levels.
struct Side {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Side {
    // Sums of whole numbers far below 2⁵³, and divisions: the same on every machine.
    #[allow(clippy::cast_precision_loss)]
    fn of(levels: &[u64; 256], range: std::ops::Range<usize>) -> Self {
        let (mut count, mut sum, mut squares) = (0, 0, 0);
        for (level, times) in levels.iter().enumerate().take(range.end).skip(range.start) {
            let level = level as u64;
            count += times;
            sum += level * times;
            squares += level * level * times;
        }
        Self { count: count.max(1) as f64, sum: sum as f64, squares: squares as f64 }
    }

    fn mean(&self) -> f64 {
        self.sum / self.count
    }

    fn variance(&self) -> f64 {
        self.squares / self.count - self.mean() * self.mean()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: u32 = 400;

    fn shaded(pixel: impl Fn(u32, u32) -> u32) -> bool {
        let mut seed = 1_u32;
        let pixels: Vec<u8> = (0..SIDE * SIDE)
            .map(|at| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (pixel(at % SIDE, at / SIDE) + (seed >> 24) % 13).min(255).to_le_bytes()[0]
            })
            .collect();
        let mut count = [0; 256];
        pixels.iter().for_each(|pixel| count[usize::from(*pixel)] += 1);
        is_shaded(&Grey { width: SIDE, height: SIDE, pixels }, &count)
    }

    /// Modules of a code.
    fn is_dark(x: u32, y: u32) -> bool {
        ((x / 9) * 7 + (y / 9) * 13 + (x / 9) * (y / 9) % 5).is_multiple_of(2)
    }

    #[test]
    fn a_code_in_uneven_light_is_found() {
        for (light, dark, slope) in [(225, 40, 12), (150, 30, 15), (240, 90, 12), (240, 10, 8)] {
            let code = |x, y| if is_dark(x, y) { dark } else { light - (x + y) / slope };
            assert!(shaded(code), "{light} and {dark}");
            // In a corner of paper.
            assert!(shaded(|x, y| if x < 250 && y < 250 { code(x, y) } else { light - (x + y) / slope }));
        }
    }

    #[test]
    fn what_has_tones_is_not() {
        assert!(!shaded(|x, y| (x + y) / 4), "a ramp");
        assert!(!shaded(|x, y| if (x / 100 + y / 100) % 2 == 0 { 40 } else { 100 + x / 4 }), "tones beside black");
        assert!(!shaded(|x, y| if is_dark(x, y) { 40 } else { 225 - (x * y) % 97 }), "a texture");
        assert!(!shaded(|x, _| if x < 200 { 40 } else { 210 }), "a roof before a sky");
        assert!(!shaded(|x, y| if is_dark(x, y) { 40 } else { [150, 190, 230][(x as usize / 60) % 3] }), "three tones");
        assert!(!shaded(|x, y| if y < 200 && is_dark(x, y) {
            40
        } else if y < 200 {
            220
        } else {
            100 + (x * 7 + y) % 60
        }));
        assert!(!shaded(|_, _| 128), "one tone");
    }
}
