//! Tables: columns as wide as their content wants, if the paper allows.
//!
//! What does not fit is wrapped inside of its column. Where not even the longest words fit beside each other, a row is
//! set as a list of what its columns are called and what they say. Deliberately absent: rules between columns, which
//! cost width.

use super::column::Column;
use super::is_right_to_left;
use crate::text::{Bar, Line, Style, Styled, Typesetter};
use parley::Alignment;

/// More columns than this are never tried side by side.
const MAX_COLUMNS: usize = 16;

/// Between columns, in sizes of the type.
const GAP: f32 = 0.7;

/// A table whose cells are coming.
pub(super) struct Table {
    alignments: Vec<Alignment>,
    head: Vec<Styled>,
    rows: Vec<Vec<Styled>>,
    row: Vec<Styled>,
}

impl Table {
    /// An empty table, with an alignment for each column.
    pub(super) fn new(alignments: Vec<Alignment>) -> Self {
        Self { alignments, head: Vec::new(), rows: Vec::new(), row: Vec::new() }
    }

    pub(super) fn cell(&mut self, cell: Styled) {
        self.row.push(cell);
    }

    pub(super) fn end_head(&mut self) {
        self.head = std::mem::take(&mut self.row);
    }

    pub(super) fn end_row(&mut self) {
        let mut row = std::mem::take(&mut self.row);
        // A short row has been filled up.
        let used = row.iter().rposition(|cell| !cell.text.trim().is_empty()).map_or(0, |last| last + 1);
        row.truncate(used);
        self.rows.push(row);
    }

    /// Adds the table to `column`.
    pub(super) fn set(self, typesetter: &mut Typesetter, column: &mut Column) {
        // A few dots.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let gap = (typesetter.font_size() * GAP).round() as u32;
        match self.widths(typesetter, column.width(), gap) {
            Some(widths) => self.side_by_side(typesetter, column, &widths, gap),
            None => self.one_below_the_other(typesetter, column),
        }
    }

    /// The width of each column; `None` when they have no room beside each other.
    fn widths(&self, typesetter: &mut Typesetter, measure: u32, gap: u32) -> Option<Vec<u32>> {
        let count = self.head.len();
        if count > MAX_COLUMNS {
            return None;
        }
        let mut wanted = vec![(0, 0); count];
        for row in std::iter::once(&self.head).chain(&self.rows) {
            for (most, cell) in wanted.iter_mut().zip(row) {
                let (line, word) = typesetter.widths(cell);
                *most = (most.0.max(line), most.1.max(word));
            }
        }
        let gaps = gap * u32::try_from(count.saturating_sub(1)).unwrap_or(0);
        let room = measure.checked_sub(gaps)?;
        let sum = |width: fn(&(u32, u32)) -> u32| wanted.iter().map(width).sum::<u32>();
        let (lines, words) = (sum(|width| width.0), sum(|width| width.1));
        if lines <= room {
            return Some(wanted.into_iter().map(|(line, _)| line).collect());
        }
        // What is left after the longest words goes to the columns that would be wrapped, by how much they lack.
        let (left, lack) = (room.checked_sub(words)?, (lines - words).max(1));
        let share = |line: u32, word: u32| u64::from(line - word) * u64::from(left) / u64::from(lack);
        Some(wanted.into_iter().map(|(line, word)| word + u32::try_from(share(line, word)).unwrap_or(0)).collect())
    }

    fn side_by_side(self, typesetter: &mut Typesetter, column: &mut Column, widths: &[u32], gap: u32) {
        let total = widths.iter().sum::<u32>() + gap * u32::try_from(widths.len().saturating_sub(1)).unwrap_or(0);
        let right_to_left = self.head.iter().any(|cell| is_right_to_left(&cell.text));
        let from = if right_to_left { column.width().saturating_sub(total) } else { 0 };
        let thick = column.thickness();
        let rule = |thick: f32, line_height: u32| vec![rule(from, total, thick, line_height / 3)];
        let set = |typesetter: &mut Typesetter, row: &[Styled]| {
            let mut lines: Vec<Line> = Vec::new();
            let mut start = 0;
            for (place, (cell, width)) in row.iter().zip(widths).enumerate() {
                let left = from + if right_to_left { total - start - width } else { start };
                let alignment = self.alignments.get(place).copied().unwrap_or_default();
                for (count, mut line) in typesetter.set_styled(cell, *width, alignment).into_iter().enumerate() {
                    #[allow(clippy::cast_precision_loss)] // at most 120,000
                    line.shift(left as f32, 0.0);
                    match lines.get_mut(count) {
                        Some(beside) => beside.join(line),
                        None => lines.push(line),
                    }
                }
                start += width + gap;
            }
            if lines.is_empty() { vec![Line::empty(typesetter.line_height())] } else { lines }
        };
        let height = typesetter.line_height();
        let mut head = set(typesetter, &self.head);
        head.extend(rule(thick, height));
        // The head is not left alone at the end of a page.
        head.iter_mut().for_each(|line| line.keep = true);
        column.push(head);
        let rows: Vec<Vec<Line>> = self.rows.iter().map(|row| set(typesetter, row)).collect();
        let wrapped = rows.iter().any(|lines| lines.len() > 1);
        for (count, row) in rows.into_iter().enumerate() {
            if wrapped && count > 0 {
                column.push(rule(1.0, height));
            }
            column.push(row);
        }
        column.push(rule(1.0, height));
    }

    fn one_below_the_other(self, typesetter: &mut Typesetter, column: &mut Column) {
        let (width, height) = (column.width(), typesetter.line_height());
        let line = || vec![rule(0, width, 1.0, height / 3)];
        if self.rows.is_empty() {
            for cell in &self.head {
                column.push(typesetter.set_styled(cell, width, Alignment::Start));
            }
        }
        for row in &self.rows {
            column.push(line());
            for (place, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.text.trim().is_empty()) {
                let mut entry = self.head.get(place).cloned().unwrap_or_default();
                if !entry.text.is_empty() {
                    entry.push(": ", Style { bold: true, ..Style::default() });
                }
                entry.append(cell);
                column.push(typesetter.set_styled(&entry, width, Alignment::Start));
            }
        }
        column.push(line());
    }
}

/// A rule from `left` on in the middle of a line of its own.
fn rule(left: u32, width: u32, thick: f32, height: u32) -> Line {
    // Dots on a page: exact.
    #[allow(clippy::cast_precision_loss)]
    let (left, width, middle) = (left as f32, width as f32, height as f32 / 2.0);
    let top = (middle - thick / 2.0).max(0.0);
    Line { bars: vec![Bar { left, top, width, height: thick }], ..Line::empty(height.max(1)) }
}

/// A rule across the whole width.
pub(super) fn rule_across(column: &Column, height: u32) -> Line {
    rule(0, column.width(), column.thickness(), height)
}
