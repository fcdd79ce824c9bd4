//! Darker than its surroundings is black: for photographs of text, where one level cannot part shadow from ink.
//!
//! ```text
//! limit = mean · (1 + k · (deviation / 128 − 1))        k = 1/4, over a square around the pixel
//! ```
//!
//! Source: J. Sauvola, M. Pietikäinen, "Adaptive document image binarization", 2000. Beside it one fixed rule: what is
//! darker than 48 is ink in any light, so that large black areas do not become hollow. Sums over the square are kept up
//! to date row by row. With more than two levels, dots are black or white all the same.

use super::{Setting, Tone, pack};

/// Darker than this is black in any light.
const INK: u8 = 48;

/// A threshold for each pixel.
#[derive(Clone, Debug)]
pub struct Adaptive {
    width: usize,
    depth: u8,
    /// How far the square reaches to each side.
    reach: usize,
    /// The last `2·reach + 1` rows; row `n` lies at `n mod (2·reach + 1)`.
    held: Vec<u8>,
    /// Sums over the held rows that lie in the square: of greys, and of their squares.
    columns: Vec<[u32; 2]>,
    /// Rows that came, rows that left, and the first row in the sums.
    taken: usize,
    given: usize,
    lowest: usize,
    lit: Vec<u8>,
}

impl Adaptive {
    /// The square is a sixteenth of the page wide, but from 17 to 65 pixels: some letters of usual type.
    pub fn new(setting: &Setting) -> Self {
        let width = setting.width;
        let reach = (width / 32).clamp(8, 32);
        Self {
            width,
            depth: setting.depth,
            reach,
            held: vec![0; width * (2 * reach + 1)],
            columns: vec![[0; 2]; width],
            taken: 0,
            given: 0,
            lowest: 0,
            lit: vec![0; width],
        }
    }

    /// Takes rows before `row` out of the sums.
    fn drop_before(&mut self, row: usize) {
        while self.lowest < row {
            let at = self.lowest % (2 * self.reach + 1) * self.width;
            for ([sum, squares], grey) in self.columns.iter_mut().zip(self.held.iter().skip(at)) {
                let grey = u32::from(*grey);
                *sum -= grey;
                *squares -= grey * grey;
            }
            self.lowest += 1;
        }
    }

    fn take(&mut self, row: &[u8]) {
        self.drop_before((self.taken + 1).saturating_sub(2 * self.reach + 1));
        let at = self.taken % (2 * self.reach + 1) * self.width;
        for ((place, [sum, squares]), &grey) in self.held.iter_mut().skip(at).zip(&mut self.columns).zip(row) {
            *place = grey;
            let grey = u32::from(grey);
            *sum += grey;
            *squares += grey * grey;
        }
        self.taken += 1;
    }

    /// Appends the next row; the rows of its square are in the sums.
    fn give(&mut self, dots: &mut Vec<u8>) {
        self.drop_before(self.given.saturating_sub(self.reach));
        let rows = self.taken - self.lowest;
        let at = self.given % (2 * self.reach + 1) * self.width;
        let (mut sum, mut squares, mut columns) = (0_i64, 0_i64, 0);
        let mut entering = self.columns.iter();
        let mut leaving = self.columns.iter();
        for _ in 0..self.reach {
            if let Some([a, b]) = entering.next() {
                (sum, squares, columns) = (sum + i64::from(*a), squares + i64::from(*b), columns + 1);
            }
        }
        for (x, (lit, &grey)) in self.lit.iter_mut().zip(self.held.iter().skip(at)).enumerate() {
            if let Some([a, b]) = entering.next() {
                (sum, squares, columns) = (sum + i64::from(*a), squares + i64::from(*b), columns + 1);
            }
            if x > self.reach
                && let Some([a, b]) = leaving.next()
            {
                (sum, squares, columns) = (sum - i64::from(*a), squares - i64::from(*b), columns - 1);
            }
            let count = i64::try_from(rows * columns).unwrap_or(1);
            *lit = if grey < INK || is_ink(grey, count, sum, squares) { 0 } else { 255 };
        }
        self.given += 1;
        if self.depth == 1 {
            pack::bits(&self.lit, &[128; 64], dots);
        } else {
            let most = u8::MAX >> (8 - self.depth.clamp(1, 8));
            self.lit.iter_mut().for_each(|lit| *lit &= most);
            pack::levels(&self.lit, self.depth, dots);
        }
    }
}

/// The rule at the head of the file, times `4 · count` and without its root:
/// `4·grey·n − 3·S < S / 128 · √(Q·n − S²) / n`.
fn is_ink(grey: u8, count: i64, sum: i64, squares: i64) -> bool {
    let above = 4 * i64::from(grey) * count - 3 * sum;
    if above < 0 {
        return true;
    }
    // Each factor is whole and below 2⁵³; what their product rounds away is the same on every machine.
    #[allow(clippy::cast_precision_loss)]
    {
        let left = (above * 128 * count) as f64;
        let right = sum as f64;
        left * left < right * right * (squares * count - sum * sum) as f64
    }
}

impl Tone for Adaptive {
    fn push(&mut self, grey: &[u8], dots: &mut Vec<u8>) {
        for row in grey.chunks_exact(self.width.max(1)) {
            self.take(row);
            if self.taken > self.reach {
                self.give(dots);
            }
        }
    }

    fn finish(&mut self, dots: &mut Vec<u8>) {
        while self.given < self.taken {
            self.give(dots);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platen_model::Dither;

    /// The rule as it is written, with a root, over all pixels of the square.
    fn simply(width: usize, reach: usize, grey: &[u8], x: usize, y: usize) -> f64 {
        let rows = grey.len() / width;
        let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
        for v in y.saturating_sub(reach)..=(y + reach).min(rows - 1) {
            for u in x.saturating_sub(reach)..=(x + reach).min(width - 1) {
                let grey = f64::from(grey[v * width + u]);
                (count, sum, squares) = (count + 1.0, sum + grey, squares + grey * grey);
            }
        }
        let mean: f64 = sum / count;
        let deviation = (squares / count - mean * mean).max(0.0).sqrt();
        mean * (1.0 + 0.25 * (deviation / 128.0 - 1.0))
    }

    #[test]
    fn sums_kept_row_by_row_give_the_rule_as_it_is_written() {
        for (width, rows) in [(1, 1), (5, 40), (40, 5), (50, 37)] {
            let grey: Vec<u8> =
                (0..width * rows).map(|at: usize| ((at * at * 31 + at * 7) % 251).to_le_bytes()[0]).collect();
            let setting = Setting { dither: Dither::Adaptive, width, depth: 1, threshold: 128 };
            let (mut tone, mut dots) = (Adaptive::new(&setting), Vec::new());
            tone.push(&grey, &mut dots);
            tone.finish(&mut dots);
            assert_eq!(dots.len(), width.div_ceil(8) * rows);
            for (at, &pixel) in grey.iter().enumerate() {
                let (x, y) = (at % width, at / width);
                let limit = simply(width, 8, &grey, x, y);
                let black = dots[y * width.div_ceil(8) + x / 8] & (0x80 >> (x % 8)) != 0;
                if (f64::from(pixel) - limit).abs() > 1e-6 {
                    assert_eq!(black, pixel < INK || f64::from(pixel) < limit, "{x}, {y}: {pixel} at {limit}");
                }
            }
        }
    }

    #[test]
    fn text_in_a_shadow_is_read_where_one_level_fails() {
        // Paper that goes from 240 to 110, strokes at 45 % of it: the lightest stroke is as light as the darkest paper.
        let width = 384;
        let paper = |x: usize| 240 - x * 130 / width;
        let stroke = |x: usize, y: usize| x % 16 < 3 && y % 24 < 16;
        let grey: Vec<u8> = (0..width * 96)
            .map(|at| (at % width, at / width))
            .map(|(x, y)| if stroke(x, y) { paper(x) * 45 / 100 } else { paper(x) })
            .map(|level| u8::try_from(level).unwrap())
            .collect();
        let setting = Setting { dither: Dither::Adaptive, width, depth: 1, threshold: 128 };
        let (mut tone, mut dots) = (Adaptive::new(&setting), Vec::new());
        tone.push(&grey, &mut dots);
        tone.finish(&mut dots);
        let wrong = (0..width * 96)
            .filter(|at| {
                let (x, y) = (at % width, at / width);
                (dots[y * width / 8 + x / 8] & (0x80 >> (x % 8)) != 0) != stroke(x, y)
            })
            .count();
        assert_eq!(wrong, 0);
    }
}
