//! Where the leaves of a document lie on paper.
//!
//! ```text
//! target, options ─▶ Stock ─▶ Layout ─┬─▶ Room for text
//!                                     └─ leaves ─▶ Sheets ─▶ Bands ─▶ Places: a View, and where its corner is
//! ```
//!
//! Source: the page options of `platen_model`; `docs/decisions/rendering.md`. Pure functions of sizes: nothing is drawn and
//! nothing is read here, so a page that is too long is refused before the first dot. Everything lies in the coordinates
//! of the paper as it leaves the printer; a page across is a leaf with a quarter turn more. Deliberately absent: backs of
//! sheets, which the languages turn that know them.

mod grid;
mod order;
mod paper;

pub use order::order;

use crate::error::{Excess, RenderError};
use crate::grey::Turn;
use crate::leaf::{Leaf, Room, View};
use crate::page::{MAX_PAGE_ROWS, Target};
use grid::{Division, GUTTER, Grid};
use paper::Stock;
use platen_model::{Crop, Fit, Orientation, PageOptions, Rotation};
use serde::{Deserialize, Serialize};

/// A rectangle of dots on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// Dots to the left of it.
    pub left: u32,
    /// Dots above it.
    pub top: u32,
    /// Dots from left to right.
    pub width: u32,
    /// Dots from top to bottom.
    pub height: u32,
}

impl Area {
    pub(crate) fn right(&self) -> u32 {
        self.left.saturating_add(self.width)
    }

    pub(crate) fn bottom(&self) -> u32 {
        self.top.saturating_add(self.height)
    }

    /// The smallest rectangle that holds both.
    fn with(self, other: Self) -> Self {
        let (left, top) = (self.left.min(other.left), self.top.min(other.top));
        let (right, bottom) = (self.right().max(other.right()), self.bottom().max(other.bottom()));
        Self { left, top, width: right - left, height: bottom - top }
    }
}

/// A leaf on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Which one, counted from 0.
    pub(crate) leaf: u32,
    /// How it is drawn.
    pub(crate) view: View,
    /// Columns and rows of the view that lie to the left of `area` and above it, and are lost.
    pub(crate) lost: (u32, u32),
    /// The dots of the page that the view covers.
    pub(crate) area: Area,
}

/// A page of paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sheet {
    /// In dots, a multiple of 8.
    pub(crate) width: u32,
    /// In dots, at most [`MAX_PAGE_ROWS`].
    pub(crate) height: u32,
    /// From the top to the bottom: places beside each other. Bands do not overlap.
    pub(crate) bands: Vec<Vec<Place>>,
}

impl Sheet {
    /// The smallest rectangle around all leaves.
    pub(crate) fn content(&self) -> Area {
        let nothing = Area { left: 0, top: 0, width: 0, height: 0 };
        self.bands.iter().flatten().map(|place| place.area).reduce(Area::with).unwrap_or(nothing)
    }
}

/// Paper, and what the user wants on it.
#[derive(Clone, Debug)]
pub(crate) struct Layout<'a> {
    stock: Stock,
    options: &'a PageOptions,
}

/// A cell of a grid; on a roll it has no lower end.
#[derive(Clone, Copy, Debug)]
struct Cell {
    width: u32,
    height: Option<u32>,
}

impl<'a> Layout<'a> {
    /// # Errors
    /// Paper that has no room, or is longer than a page may be.
    pub(crate) fn new(target: &Target, options: &'a PageOptions) -> Result<Self, RenderError> {
        let layout = Self { stock: Stock::new(target, options)?, options };
        for grid in layout.grids() {
            layout.cell(grid)?;
        }
        Ok(layout)
    }

    /// How many leaves lie on a page at most.
    pub(crate) fn per_sheet(&self) -> usize {
        usize::from(self.options.per_sheet.max(1))
    }

    /// The room that text is set in, and the turn with which it is set there: in place of the user's own. Text lies as
    /// a page of the paper's own shape would.
    pub(crate) fn room(&self) -> (Room, Rotation) {
        let grid = self.best_grid(self.paper_shape());
        let cell = self.cell(grid).unwrap_or(Cell { width: paper::LEAST, height: None });
        let room = Room { width: cell.width, height: cell.height, dpi: self.stock.dpi };
        (room, self.rotation(grid))
    }

    /// Lays leaves on as many pages as they need. Each has its number in the document.
    ///
    /// # Errors
    /// A page that is higher than [`MAX_PAGE_ROWS`], a leaf without an area.
    pub(crate) fn sheets(&self, leaves: &[(u32, Leaf)]) -> Result<Vec<Sheet>, RenderError> {
        leaves.chunks(self.per_sheet()).map(|leaves| self.sheet(leaves)).collect()
    }

    fn sheet(&self, leaves: &[(u32, Leaf)]) -> Result<Sheet, RenderError> {
        let Some((_, first)) = leaves.first() else { return Err(RenderError::Empty) };
        let grid = if first.set { self.best_grid(self.paper_shape()) } else { self.best_grid(self.shape(first)) };
        let cell = self.cell(grid)?;
        let gutter = paper::dots(GUTTER, self.stock.dpi);
        let columns = Division::new(self.stock.across(), grid.columns, gutter).ok_or(RenderError::NoRoom)?;
        let rows = match self.stock.along() {
            Some(along) => Some(Division::new(along, grid.rows, gutter).ok_or(RenderError::NoRoom)?),
            None => None,
        };
        let turn = Turn::from(self.rotation(grid));
        let mut bands = Vec::new();
        let mut bottom = self.stock.ends;
        for row in 0..grid.rows {
            let top = match rows {
                Some(rows) => self.stock.ends + rows.at(row),
                None if row == 0 => self.stock.ends,
                None => bottom + gutter,
            };
            let mut band = Vec::new();
            for (number, (index, leaf)) in (0..).zip(leaves) {
                let (column, of_row) = grid.place(number);
                if of_row == row {
                    let left = self.stock.side + columns.at(column);
                    band.push(self.lay((left, top), cell, (*index, leaf), turn)?);
                }
            }
            if let Some(lowest) = band.iter().map(|place| place.area.bottom()).max() {
                bottom = lowest;
                bands.push(band);
            }
        }
        let height = self.stock.height.unwrap_or(bottom.saturating_add(self.stock.ends));
        if height > MAX_PAGE_ROWS {
            return Err(RenderError::TooLarge(Excess::Rows { rows: height.into() }));
        }
        Ok(Sheet { width: self.stock.width, height, bands })
    }

    /// Lays one leaf into the cell whose corner is given.
    fn lay(
        &self,
        (left, top): (u32, u32),
        cell: Cell,
        (index, leaf): (u32, &Leaf),
        turn: Turn,
    ) -> Result<Place, RenderError> {
        if leaf.set {
            let (width, height) = (whole(leaf.width)?, whole(leaf.height)?);
            let view = View { width, height, crop: Crop::ALL, turn: Turn::default() };
            let (across, along) = (width.min(cell.width), height.min(cell.height.unwrap_or(MAX_PAGE_ROWS)));
            // The corner in which the text begins lies in the same corner of its cell.
            let quarters = turn.quarters();
            let right = if matches!(quarters, 1 | 2) { cell.width - across } else { 0 };
            let down = if matches!(quarters, 2 | 3) { cell.height.map_or(0, |height| height - along) } else { 0 };
            let area = Area { left: left + right, top: top + down, width: across, height: along };
            return Ok(Place { leaf: index, view, lost: (0, 0), area });
        }
        let crop = self.options.crop.unwrap_or(Crop::ALL);
        let (across, along) = seen(leaf, crop, turn)?;
        let (full_width, full_height) = self.extent(cell, across, along, leaf.dpi);
        if cell.height.is_none() && full_height > MAX_PAGE_ROWS.into() {
            return Err(RenderError::TooLarge(Excess::Rows { rows: full_height }));
        }
        let (swapped_width, swapped_height) =
            if turn.swaps_sides() { (crop.height, crop.width) } else { (crop.width, crop.height) };
        let horizontal = Span::new(full_width, Some(cell.width), swapped_width)?;
        let vertical = Span::new(full_height, cell.height, swapped_height)?;
        let (x, y) = if turn.swaps_sides() { (vertical.cut, horizontal.cut) } else { (horizontal.cut, vertical.cut) };
        let crop =
            Crop { left: crop.left + x, top: crop.top + y, width: crop.width - 2 * x, height: crop.height - 2 * y };
        Ok(Place {
            leaf: index,
            view: View { width: horizontal.drawn, height: vertical.drawn, crop, turn },
            lost: (horizontal.lost, vertical.lost),
            area: Area {
                left: left + horizontal.start,
                top: top + vertical.start,
                width: horizontal.shown,
                height: vertical.shown,
            },
        })
    }

    /// How large a leaf becomes, in dots, before anything of it is lost.
    fn extent(&self, cell: Cell, across: f64, along: f64, leaf_dpi: f64) -> (u64, u64) {
        let width = f64::from(cell.width);
        if self.options.fit == Fit::Actual {
            let scale = f64::from(self.stock.dpi) / leaf_dpi;
            return (nearest(across * scale), nearest(along * scale));
        }
        let as_wide = (u64::from(cell.width), nearest(along * width / across));
        let Some(rows) = cell.height else { return as_wide };
        let as_high = (nearest(across * f64::from(rows) / along), u64::from(rows));
        let is_wider = along * width <= across * f64::from(rows);
        if is_wider == (self.options.fit == Fit::Fit) { as_wide } else { as_high }
    }

    /// The turn of leaves in a grid.
    fn rotation(&self, grid: Grid) -> Rotation {
        let degrees = u16::from(self.options.rotate) + if grid.across { 90 } else { 0 };
        Rotation::try_from(degrees % 360).unwrap_or_default()
    }

    /// All ways to lie on the paper that the options leave open.
    fn grids(&self) -> impl Iterator<Item = Grid> + use<> {
        let per_sheet = self.options.per_sheet;
        let on_roll = [Grid::on_roll(per_sheet)];
        let choices: Vec<_> =
            if self.stock.height.is_none() { on_roll.to_vec() } else { Grid::choices(per_sheet).to_vec() };
        let ways: &[bool] = match (self.options.orientation, self.stock.height) {
            (Orientation::Landscape, _) => &[true],
            (Orientation::Auto, _) if self.stock.read_along => &[true, false],
            (Orientation::Portrait, _) | (Orientation::Auto, None) => &[false],
            (Orientation::Auto, Some(_)) => &[false, true],
        };
        let ways = ways.to_vec();
        ways.into_iter().flat_map(move |across| {
            choices.clone().into_iter().map(move |(columns, rows)| Grid { columns, rows, across })
        })
    }

    /// The grid in which a page of that shape, turned as the user wants it, becomes largest.
    fn best_grid(&self, (width, height): (f64, f64)) -> Grid {
        let mut best = (0.0, Grid::ONE);
        for grid in self.grids() {
            let Ok(cell) = self.cell(grid) else { continue };
            let (across, along) = if grid.across { (height, width) } else { (width, height) };
            let scale = f64::from(cell.width) / across;
            let scale = cell.height.map_or(scale, |height| scale.min(f64::from(height) / along));
            // By a hair is not larger: what lies upright stays.
            if scale > best.0 * 1.001 {
                best = (scale, grid);
            }
        }
        best.1
    }

    fn cell(&self, grid: Grid) -> Result<Cell, RenderError> {
        let gutter = paper::dots(GUTTER, self.stock.dpi);
        let size = |length, count| Division::new(length, count, gutter).map(|division| division.size);
        let width = size(self.stock.across(), grid.columns).ok_or(RenderError::NoRoom)?;
        let height = match self.stock.along() {
            Some(along) => Some(size(along, grid.rows).ok_or(RenderError::NoRoom)?),
            None => None,
        };
        Ok(Cell { width, height })
    }

    fn shape(&self, leaf: &Leaf) -> (f64, f64) {
        let turn = Turn::from(self.options.rotate);
        seen(leaf, self.options.crop.unwrap_or(Crop::ALL), turn).unwrap_or((1.0, 1.0))
    }

    /// The shape of the area as its reader holds it, for what is set for it.
    fn paper_shape(&self) -> (f64, f64) {
        let Some(along) = self.stock.along() else { return (1.0, 1.0) };
        let (width, height) = (self.stock.across().into(), along.into());
        if self.stock.read_along { (height, width) } else { (width, height) }
    }
}

/// One direction of a leaf in a cell.
struct Span {
    /// Dots from the cell's edge to the first that is covered.
    start: u32,
    /// Dots that are covered.
    shown: u32,
    /// Dots of the view.
    drawn: u32,
    /// Dots of the view before the first that is covered.
    lost: u32,
    /// What the crop loses on either side, so that little is drawn that nobody sees. In units of the crop.
    cut: u16,
}

impl Span {
    /// A leaf of `full` dots in the middle of `room` dots. `crop` is how much of the leaf is wanted in this direction.
    fn new(full: u64, room: Option<u32>, crop: u16) -> Result<Self, RenderError> {
        let full = full.max(1);
        let Some(room) = room.filter(|room| u64::from(*room) < full) else {
            let shown = u32::try_from(full).unwrap_or(u32::MAX);
            let start = room.map_or(0, |room| (room - shown) / 2);
            return Ok(Self { start, shown, drawn: shown, lost: 0, cut: 0 });
        };
        let beside = (full - u64::from(room)) / 2;
        let cut = u16::try_from(u64::from(crop) * beside / full).unwrap_or(0).min((crop - 1) / 2);
        let kept = u64::from(crop - 2 * cut);
        let drawn = ((full * kept + u64::from(crop) / 2) / u64::from(crop)).max(room.into());
        // What is left to lose is a few dots, unless a tiny part of something huge is wanted.
        let drawn = u32::try_from(drawn).ok().filter(|drawn| *drawn <= MAX_PAGE_ROWS);
        let drawn = drawn.ok_or(RenderError::TooLarge(Excess::Rows { rows: full }))?;
        Ok(Self { start: 0, shown: room, drawn, lost: (drawn - room) / 2, cut })
    }
}

/// Width and height of what is seen of a leaf, in its own units: after crop and turn.
fn seen(leaf: &Leaf, crop: Crop, turn: Turn) -> Result<(f64, f64), RenderError> {
    let width = leaf.width * f64::from(crop.width) / f64::from(Crop::WHOLE);
    let height = leaf.height * f64::from(crop.height) / f64::from(Crop::WHOLE);
    let is_length = |length: f64| length.is_finite() && length > 0.0;
    if !is_length(width) || !is_length(height) || !is_length(leaf.dpi) {
        return Err(RenderError::Empty);
    }
    Ok(if turn.swaps_sides() { (height, width) } else { (width, height) })
}

/// The nearest whole number, at least 1.
fn nearest(dots: f64) -> u64 {
    // The cast saturates; what is not a number would be 0.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let dots = dots.round() as u64;
    // Far beyond every page, and far enough from where sums overflow.
    dots.clamp(1, 1 << 40)
}

/// A side of a leaf that was set, in dots.
fn whole(side: f64) -> Result<u32, RenderError> {
    let rows = nearest(side);
    u32::try_from(rows).ok().filter(|rows| *rows <= MAX_PAGE_ROWS).ok_or(RenderError::TooLarge(Excess::Rows { rows }))
}

#[cfg(test)]
mod tests;
