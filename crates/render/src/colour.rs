//! Pages in colour, from readings that give one value of a dot each.
//!
//! ```text
//! red   ─▶ held ─┐
//! green ─▶ held ─┼─▶ rows of red, green, blue
//! blue  ─────────┘   as they come
//! ```
//!
//! Two thirds of a page are held while its last third is drawn. Deliberately absent: three readings side by side: they
//! would need three threads, and the child that reads foreign documents has one.

use crate::error::{Excess, RenderError};
use crate::stages::{GreySize, Greys};

/// The most dots of a page in colour: more than A3 at 600 dpi.
const MAX_DOTS: u64 = 128 << 20;

/// A third of a page.
#[derive(Default)]
pub(crate) struct Plane(Vec<u8>);

impl Greys for Plane {
    fn begin(&mut self, size: GreySize) -> Result<(), RenderError> {
        self.0.clear();
        if u64::from(size.width) * u64::from(size.height) > MAX_DOTS {
            return Err(RenderError::TooLarge(Excess::Memory));
        }
        Ok(())
    }

    fn rows(&mut self, values: &[u8]) -> Result<(), RenderError> {
        self.0.extend_from_slice(values);
        Ok(())
    }

    fn end(&mut self) -> Result<(), RenderError> {
        Ok(())
    }
}

/// Puts the last third to the others, and gives rows in colour.
pub(crate) struct Together<'a> {
    /// What is left of red and green.
    red: std::vec::IntoIter<u8>,
    green: std::vec::IntoIter<u8>,
    rows: Vec<u8>,
    greys: &'a mut dyn Greys,
}

impl<'a> Together<'a> {
    pub(crate) fn new(red: Plane, green: Plane, greys: &'a mut dyn Greys) -> Self {
        Self { red: red.0.into_iter(), green: green.0.into_iter(), rows: Vec::new(), greys }
    }
}

impl Greys for Together<'_> {
    fn begin(&mut self, size: GreySize) -> Result<(), RenderError> {
        self.greys.begin(GreySize { colour: true, ..size })
    }

    fn rows(&mut self, values: &[u8]) -> Result<(), RenderError> {
        self.rows.clear();
        let others = self.red.by_ref().zip(self.green.by_ref());
        self.rows.extend(values.iter().zip(others).flat_map(|(&blue, (red, green))| [red, green, blue]));
        self.greys.rows(&self.rows)
    }

    fn end(&mut self) -> Result<(), RenderError> {
        self.greys.end()
    }
}

/// Gives rows in colour of a document that has none.
pub(crate) struct Alike<'a> {
    rows: Vec<u8>,
    greys: &'a mut dyn Greys,
}

impl<'a> Alike<'a> {
    pub(crate) fn new(greys: &'a mut dyn Greys) -> Self {
        Self { rows: Vec::new(), greys }
    }
}

impl Greys for Alike<'_> {
    fn begin(&mut self, size: GreySize) -> Result<(), RenderError> {
        self.greys.begin(GreySize { colour: true, ..size })
    }

    fn rows(&mut self, values: &[u8]) -> Result<(), RenderError> {
        self.rows.clear();
        self.rows.extend(values.iter().flat_map(|&grey| [grey; 3]));
        self.greys.rows(&self.rows)
    }

    fn end(&mut self) -> Result<(), RenderError> {
        self.greys.end()
    }
}
