//! The Bluetooth devices of a simulated world that nobody furnished: one of each kind that there is.

use super::setup::{EspDevice, EspPrinter, ImprovPrinter, Unboxed};
use super::{Echo, Peripheral};

/// Addresses and devices. A further kind is a further row.
pub fn standard() -> Vec<(&'static str, Box<dyn Peripheral>)> {
    vec![
        ("C0:00:00:00:00:01", Box::new(Echo::new("Platen Echo"))),
        ("C0:00:00:00:01:01", Box::new(ImprovPrinter::new(Unboxed::new("Improv Printer", "SIM-IMPROV-1")))),
        ("C0:00:00:00:01:02", Box::new(EspPrinter::new(EspDevice::new(Unboxed::new("PROV_51A1E2", "SIM-ESP-2"), 2)))),
    ]
}
