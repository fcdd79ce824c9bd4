//! The Bluetooth devices of a simulated world that nobody furnished: one of each kind that there is.

use super::setup::{EspDevice, EspPrinter, ImprovPrinter, Unboxed};
use super::{Echo, Placed, printers};
use crate::error::WorldError;
use std::path::Path;

/// Addresses and devices; printers leave their sheets below `paper`. A further kind is a further row, here or among the
/// printers.
///
/// # Errors
/// The folder cannot be used.
pub fn standard(paper: &Path) -> Result<Vec<Placed>, WorldError> {
    let mut all: Vec<Placed> = vec![
        ("C0:00:00:00:00:01", Box::new(Echo::new("Platen Echo"))),
        ("C0:00:00:00:01:01", Box::new(ImprovPrinter::new(Unboxed::new("Improv Printer", "SIM-IMPROV-1")))),
        ("C0:00:00:00:01:02", Box::new(EspPrinter::new(EspDevice::new(Unboxed::new("PROV_51A1E2", "SIM-ESP-2"), 2)))),
    ];
    all.extend(printers::standard(Some(paper))?);
    Ok(all)
}
