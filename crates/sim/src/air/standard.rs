//! The Bluetooth devices of a simulated world that nobody furnished: one of each kind that there is.

use super::printers::{Answers, EscPosPrinter, Module, Nature};
use super::setup::{EspDevice, EspPrinter, ImprovPrinter, Unboxed};
use super::{Echo, Peripheral};
use crate::error::WorldError;
use std::path::Path;

/// Addresses and devices; printers leave their sheets below `paper`. A further kind is a further row.
///
/// # Errors
/// The folder cannot be used.
pub fn standard(paper: &Path) -> Result<Vec<(&'static str, Box<dyn Peripheral>)>, WorldError> {
    let escpos = |name, module, answers| EscPosPrinter::new(name, module, answers, Nature::default()).with_paper(paper);
    Ok(vec![
        ("C0:00:00:00:00:01", Box::new(Echo::new("Platen Echo"))),
        ("C0:00:00:00:01:01", Box::new(ImprovPrinter::new(Unboxed::new("Improv Printer", "SIM-IMPROV-1")))),
        ("C0:00:00:00:01:02", Box::new(EspPrinter::new(EspDevice::new(Unboxed::new("PROV_51A1E2", "SIM-ESP-2"), 2)))),
        ("C0:00:00:00:02:01", Box::new(escpos("MTP-2", Module::Receipt, Answers::All)?)),
        ("C0:00:00:00:02:02", Box::new(escpos("PT-210", Module::Issc, Answers::AtOnce)?)),
    ])
}
