//! How much of each dot a path covers, exactly, within a strip of rows.
//!
//! The same sums as for the glyphs of plain text: an edge adds to the dots that it crosses what they and all dots to
//! their right are covered more, so the running sum along a row is the cover. Which places were touched is noted in
//! bits, so between two edges a row is one run, however long, and nothing else is looked at.
//!
//! Only sums, products and divisions: the same on every machine.

use super::list::{Area, Edge};

/// Which dots count as inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    NonZero,
    EvenOdd,
}

/// Sums up edges over an area; emptied again by reading it.
#[derive(Default)]
pub(super) struct Sums {
    area: Area,
    stride: usize,
    words: usize,
    places: Vec<f32>,
    touched: Vec<u64>,
}

impl Sums {
    /// Makes room for `area`. All sums are nought.
    pub(super) fn over(&mut self, area: Area) {
        self.area = area;
        self.stride = area.width() + 2;
        self.words = self.stride.div_ceil(64);
        let rows = area.height();
        // What is there is nought already: reading empties.
        if self.places.len() < self.stride * rows {
            self.places.resize(self.stride * rows, 0.0);
        }
        if self.touched.len() < self.words * rows {
            self.touched.resize(self.words * rows, 0);
        }
    }

    /// Adds edges; what lies outside of the area is cut off, and what is left of it counts at its left side.
    pub(super) fn add(&mut self, edges: &[Edge]) {
        #[allow(clippy::cast_precision_loss)] // places on a page
        let (left, top) = (self.area.left as f32, self.area.top as f32);
        #[allow(clippy::cast_precision_loss)]
        let (width, height) = (self.area.width() as f32, self.area.height() as f32);
        for edge in edges {
            let (x0, y0, x1, y1) = (edge.x0 - left, edge.y0 - top, edge.x1 - left, edge.y1 - top);
            let (sign, x0, y0, x1, y1) = if y0 < y1 { (1.0, x0, y0, x1, y1) } else { (-1.0, x1, y1, x0, y0) };
            if y1 <= 0.0 || y0 >= height || y0 == y1 || (x0 >= width && x1 >= width) {
                continue;
            }
            let slope = (x1 - x0) / (y1 - y0);
            let at = |y: f32| x0 + (y - y0) * slope;
            let (top_y, bottom_y) = (y0.max(0.0), y1.min(height));
            let (from, to) = (if y0 < 0.0 { at(0.0) } else { x0 }, if y1 > height { at(height) } else { x1 });
            self.cut(sign, from, top_y, to, bottom_y, width);
        }
    }

    /// Cuts at the left and the right side.
    fn cut(&mut self, sign: f32, x0: f32, y0: f32, x1: f32, y1: f32, width: f32) {
        if x0.min(x1) >= 0.0 && x0.max(x1) <= width {
            return self.line(sign, x0, y0, x1, y1);
        }
        if x0.max(x1) <= 0.0 {
            return self.line(sign, 0.0, y0, 0.0, y1);
        }
        if x0.min(x1) >= width {
            return;
        }
        let height = y1 - y0;
        let cross = |x: f32| (y0 + (x - x0) / (x1 - x0) * height).clamp(y0, y1);
        let (mut x, mut y) = (x0, y0);
        let (first, second) = if x0 < x1 { (0.0, width) } else { (width, 0.0) };
        for side in [first, second] {
            if (x < side && x1 > side) || (x > side && x1 < side) {
                let next = cross(side);
                self.within(sign, x, y, side, next, width);
                (x, y) = (side, next);
            }
        }
        self.within(sign, x, y, x1, y1, width);
    }

    fn within(&mut self, sign: f32, x0: f32, y0: f32, x1: f32, y1: f32, width: f32) {
        if x0.min(x1) < width {
            self.line(sign, x0.clamp(0.0, width), y0, x1.clamp(0.0, width), y1);
        }
    }

    /// A line that lies inside, from the top to the bottom.
    fn line(&mut self, sign: f32, x0: f32, y0: f32, x1: f32, y1: f32) {
        let rise = y1 - y0;
        if rise <= 0.0 {
            return;
        }
        let slope = (x1 - x0) / rise;
        let mut row = whole(y0);
        let mut y = y0;
        let mut x = x0;
        while y < y1 {
            let end = y1.min(row + 1.0);
            let next = if end >= y1 { x1 } else { x0 + (end - y0) * slope };
            self.in_row(row, x, next, sign * (end - y));
            (x, y) = (next, end);
            row += 1.0;
        }
    }

    /// A part of a line that stays within a row, column by column.
    fn in_row(&mut self, row: f32, from: f32, to: f32, height: f32) {
        let (left, right) = if from < to { (from, to) } else { (to, from) };
        let mut column = whole(left);
        if right <= column + 1.0 {
            let mean = (left + right) / 2.0 - column;
            self.add_at(row, column, height * (1.0 - mean), height * mean);
            return;
        }
        let share = height / (right - left);
        let mut x = left;
        while x < right {
            let end = right.min(column + 1.0);
            let part = share * (end - x);
            let mean = (x + end) / 2.0 - column;
            self.add_at(row, column, part * (1.0 - mean), part * mean);
            x = end;
            column += 1.0;
        }
    }

    fn add_at(&mut self, row: f32, column: f32, here: f32, next: f32) {
        // Both are whole and inside; rounding may lead a hair over a border, where the casts saturate.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let (row, column) = (row as usize, (column as usize).min(self.stride.saturating_sub(2)));
        if row >= self.area.height() {
            return;
        }
        let place = row * self.stride + column;
        if let Some([first, second]) = self.places.get_mut(place..place + 2) {
            *first += here;
            *second += next;
        }
        let word = row * self.words;
        for column in [column, column + 1] {
            if let Some(bits) = self.touched.get_mut(word + column / 64) {
                *bits |= 1 << (column % 64);
            }
        }
    }

    /// Gives the cover row by row, in runs of equal cover that is not nought: row, first column, column behind the
    /// last, cover. Columns count from the area's left side, rows from its top.
    pub(super) fn read(&mut self, rule: Rule, mut run: impl FnMut(usize, usize, usize, u8)) {
        let width = self.area.width();
        for row in 0..self.area.height() {
            let words = self.touched.get_mut(row * self.words..(row + 1) * self.words).unwrap_or(&mut []);
            let places = self.places.get_mut(row * self.stride..(row + 1) * self.stride).unwrap_or(&mut []);
            let (mut sum, mut from, mut level) = (0.0_f32, 0, 0_u8);
            for (index, word) in words.iter_mut().enumerate() {
                let mut bits = std::mem::take(word);
                while bits != 0 {
                    let column = index * 64 + bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    let Some(place) = places.get_mut(column) else { continue };
                    sum += std::mem::take(place);
                    let next = cover(sum, rule);
                    if next != level {
                        if level > 0 && from < width {
                            run(row, from, column.min(width), level);
                        }
                        (from, level) = (column, next);
                    }
                }
            }
            if level > 0 && from < width {
                run(row, from, width, level);
            }
        }
    }
}

/// The whole number below a place inside of the area: none is negative, and `floor` is a call into a library.
fn whole(place: f32) -> f32 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // a place on a page
    let whole = place as i32 as f32;
    whole
}

fn cover(sum: f32, rule: Rule) -> u8 {
    let inside = match rule {
        Rule::NonZero => sum.abs().min(1.0),
        Rule::EvenOdd => {
            let turn = sum.abs() % 2.0;
            if turn > 1.0 { 2.0 - turn } else { turn }
        }
    };
    // 0 to 255.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let cover = (inside * 255.0 + 0.5) as u8;
    cover
}

#[cfg(test)]
mod tests {
    use super::*;

    fn polygon(corners: &[(f32, f32)]) -> Vec<Edge> {
        let next = corners.iter().cycle().skip(1);
        corners.iter().zip(next).map(|(&(x0, y0), &(x1, y1))| Edge { x0, y0, x1, y1 }).collect()
    }

    fn filled(edges: &[Edge], area: Area, rule: Rule) -> Vec<u8> {
        let mut sums = Sums::default();
        sums.over(area);
        sums.add(edges);
        let mut dots = vec![0; area.width() * area.height()];
        sums.read(rule, |row, from, to, cover| dots[row * area.width() + from..row * area.width() + to].fill(cover));
        assert!(sums.places.iter().all(|place| *place == 0.0) && sums.touched.iter().all(|bits| *bits == 0));
        dots
    }

    #[test]
    fn dots_are_covered_by_their_share() {
        let area = Area { left: 0, top: 0, right: 3, bottom: 2 };
        let square = polygon(&[(0.5, 0.0), (2.0, 0.0), (2.0, 1.5), (0.5, 1.5)]);
        assert_eq!(filled(&square, area, Rule::NonZero), [128, 255, 0, 64, 128, 0]);
    }

    #[test]
    fn what_lies_outside_changes_nothing_inside() {
        let area = Area { left: 10, top: 10, right: 14, bottom: 12 };
        let around = polygon(&[(-50.0, -30.0), (90.0, -30.0), (90.0, 70.0), (-50.0, 70.0)]);
        assert_eq!(filled(&around, area, Rule::NonZero), [255; 8]);
        // A diamond around the area cuts through all four sides, far outside of it.
        let diamond = polygon(&[(12.0, -90.0), (112.0, 11.0), (12.0, 112.0), (-88.0, 11.0)]);
        assert_eq!(filled(&diamond, area, Rule::NonZero), [255; 8]);
        let beside = polygon(&[(20.0, 0.0), (30.0, 0.0), (30.0, 50.0), (20.0, 50.0)]);
        assert_eq!(filled(&beside, area, Rule::NonZero), [0; 8]);
    }

    #[test]
    fn a_slope_that_crosses_the_sides_covers_what_it_should() {
        // From (-4, 0) to (8, 4): inside of 4 × 4 dots it passes the left side at a third of the height.
        let area = Area { left: 0, top: 0, right: 4, bottom: 4 };
        let below = polygon(&[(-4.0, 0.0), (8.0, 4.0), (-4.0, 4.0)]);
        let wide = filled(&below, Area { left: -4, top: 0, right: 8, bottom: 4 }, Rule::NonZero);
        let inside: Vec<u8> = wide.chunks(12).flat_map(|row| row[4..8].to_vec()).collect();
        for (left, right) in filled(&below, area, Rule::NonZero).iter().zip(inside) {
            assert!(left.abs_diff(right) <= 1, "{left} {right}");
        }
    }

    #[test]
    fn the_rules_differ_where_a_path_covers_itself() {
        let area = Area { left: 0, top: 0, right: 4, bottom: 1 };
        let mut twice = polygon(&[(0.0, 0.0), (4.0, 0.0), (4.0, 1.0), (0.0, 1.0)]);
        twice.extend(polygon(&[(1.0, 0.0), (3.0, 0.0), (3.0, 1.0), (1.0, 1.0)]));
        assert_eq!(filled(&twice, area, Rule::NonZero), [255; 4]);
        assert_eq!(filled(&twice, area, Rule::EvenOdd), [255, 0, 0, 255]);
    }
}
