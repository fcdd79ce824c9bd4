//! Leaves are drawn onto their page, row by row.
//!
//! ```text
//! white rows │ rows of the leaf, with white beside them │ white rows
//! ```
//!
//! A page with one leaf holds nothing but the rows that come. Leaves that lie beside each other are drawn into one band
//! of grey first: at most a page.

use crate::colour::{Alike, Plane, Together};
use crate::error::RenderError;
use crate::grey::Grey;
use crate::layout::{Place, Sheet};
use crate::leaf::{Document, Nature};
use crate::stages::{GreySize, Greys};

/// Rows of white that are given at a time.
const WHITE_ROWS: u32 = 64;

/// Draws a page: of one reading of its document, or of one for each of red, green and blue.
pub(crate) fn compose(
    sheet: &Sheet,
    readings: &mut [Box<dyn Document + '_>],
    colour: bool,
    greys: &mut dyn Greys,
) -> Result<(), RenderError> {
    match readings {
        [document] if colour => page(sheet, document.as_mut(), &mut Alike::new(greys)),
        [document] => page(sheet, document.as_mut(), greys),
        [first, second, third] => {
            let (mut red, mut green) = (Plane::default(), Plane::default());
            page(sheet, first.as_mut(), &mut red)?;
            page(sheet, second.as_mut(), &mut green)?;
            page(sheet, third.as_mut(), &mut Together::new(red, green, greys))
        }
        _ => Err(RenderError::Empty),
    }
}

fn page(sheet: &Sheet, document: &mut dyn Document, greys: &mut dyn Greys) -> Result<(), RenderError> {
    let mut nature = Nature::Lines;
    for place in sheet.bands.iter().flatten() {
        // What asks for more decides.
        nature = nature.max(document.nature(place.leaf, &place.view)?);
        if nature == Nature::Tones {
            break;
        }
    }
    let content = sheet.content();
    greys.begin(GreySize { width: sheet.width, height: sheet.height, colour: false, nature, content })?;
    let mut page = Page { width: sheet.width, height: sheet.height, row: 0, greys };
    for band in &sheet.bands {
        match band.as_slice() {
            [] => {}
            [place] => page.draw(document, place)?,
            places => page.draw_beside(document, places)?,
        }
    }
    page.white(sheet.height)?;
    greys.end()
}

/// A page under way.
struct Page<'a> {
    width: u32,
    height: u32,
    /// Rows that were given.
    row: u32,
    greys: &'a mut dyn Greys,
}

impl Page<'_> {
    /// White down to row `end`.
    fn white(&mut self, end: u32) -> Result<(), RenderError> {
        let end = end.min(self.height);
        if self.row >= end {
            return Ok(());
        }
        let rows = vec![255; self.width as usize * WHITE_ROWS.min(end - self.row) as usize];
        while self.row < end {
            let count = WHITE_ROWS.min(end - self.row);
            self.give(rows.get(..self.width as usize * count as usize).unwrap_or(&[]), count)?;
        }
        Ok(())
    }

    fn give(&mut self, grey: &[u8], rows: u32) -> Result<(), RenderError> {
        self.row += rows;
        self.greys.rows(grey)
    }

    /// The only leaf of a band: its rows go on as they come.
    fn draw(&mut self, document: &mut dyn Document, place: &Place) -> Result<(), RenderError> {
        let area = place.area;
        self.white(area.top)?;
        if area.left == 0 && place.view.width == self.width && place.view.height == area.height {
            // The usual case, a page that is all leaf: nothing is copied.
            return document.draw(place.leaf, &place.view, &mut |rows| {
                let count = whole_rows(rows, self.width).min(area.bottom().saturating_sub(self.row));
                self.give(rows.get(..self.width as usize * count as usize).unwrap_or(&[]), count)
            });
        }
        let mut clip = Clip::new(place);
        let mut wide = Vec::new();
        document.draw(place.leaf, &place.view, &mut |rows| {
            wide.clear();
            let mut count = 0;
            clip.take(rows, |row| {
                wide.resize(wide.len() + area.left as usize, 255);
                wide.extend_from_slice(row);
                count += 1;
                wide.resize(self.width as usize * count as usize, 255);
            });
            if count == 0 { Ok(()) } else { self.give(&wide, count) }
        })
    }

    /// Leaves beside each other.
    fn draw_beside(&mut self, document: &mut dyn Document, places: &[Place]) -> Result<(), RenderError> {
        let top = places.iter().map(|place| place.area.top).min().unwrap_or(0);
        let bottom = places.iter().map(|place| place.area.bottom()).max().unwrap_or(0);
        self.white(top)?;
        let mut band = Grey::white(self.width, bottom.saturating_sub(top));
        for place in places {
            let mut clip = Clip::new(place);
            let mut y = (place.area.top - top) as usize;
            document.draw(place.leaf, &place.view, &mut |rows| {
                clip.take(rows, |row| {
                    let left = place.area.left as usize;
                    if let Some(to) = band.row_mut(y).get_mut(left..left + row.len()) {
                        to.copy_from_slice(row);
                    }
                    y += 1;
                });
                Ok(())
            })?;
        }
        let rows = band.height;
        self.give(&band.pixels, rows)
    }
}

fn whole_rows(rows: &[u8], width: u32) -> u32 {
    u32::try_from(rows.len() / (width as usize).max(1)).unwrap_or(u32::MAX)
}

/// Cuts the rows of a view to what of it lies on the page.
struct Clip {
    view_width: usize,
    left: usize,
    width: usize,
    /// Rows that are still to be left out, then rows that are still wanted.
    skip: u32,
    wanted: u32,
}

impl Clip {
    fn new(place: &Place) -> Self {
        Self {
            view_width: (place.view.width as usize).max(1),
            left: place.lost.0 as usize,
            width: place.area.width as usize,
            skip: place.lost.1,
            wanted: place.area.height,
        }
    }

    fn take(&mut self, rows: &[u8], mut visible: impl FnMut(&[u8])) {
        for row in rows.chunks_exact(self.view_width) {
            if self.skip > 0 {
                self.skip -= 1;
            } else if self.wanted > 0 {
                self.wanted -= 1;
                visible(row.get(self.left..self.left + self.width).unwrap_or(&[]));
            }
        }
    }
}
