//! The devices of a simulated world that nobody furnished: one of each kind that there is, on the air, on a cable and
//! with a network of its own.

use super::setup::{AccessPoint, EspDevice, EspPrinter, Faults, ImprovPrinter, Unboxed};
#[cfg(target_os = "linux")]
use super::setup::{Line, SerialPrinter};
use super::{Echo, Placed, printers};
use crate::arrivals::Arrivals;
use crate::error::WorldError;
#[cfg(target_os = "linux")]
use crate::label::CABLE;
use crate::label::{ACCESS_POINT, ESP, IMPROV};
use crate::platform::BIND_ENDPOINT;
use std::path::Path;

/// Addresses and devices; printers leave their sheets below `paper`, and `arrivals` hears of those that have joined a
/// network. A further kind is a further row, here or among the printers.
///
/// # Errors
/// The folder cannot be used.
pub fn standard(paper: &Path, arrivals: &Arrivals) -> Result<Vec<Placed>, WorldError> {
    let unboxed = |name, serial, faults| arrivals.expect(Unboxed::new(name, serial).with(faults));
    let improv = unboxed("Improv Printer", IMPROV, Faults { names_itself: true, ..Faults::default() });
    let esp = unboxed("PROV_51A1E2", ESP, binding());
    let mut all: Vec<Placed> = vec![
        ("C0:00:00:00:00:01", Box::new(Echo::new("Platen Echo"))),
        ("C0:00:00:00:01:01", Box::new(ImprovPrinter::new(improv))),
        ("C0:00:00:00:01:02", Box::new(EspPrinter::new(EspDevice::new(esp, 2)))),
    ];
    all.extend(printers::standard(Some(paper))?);
    Ok(all)
}

/// A printer that takes a bind token with its Wi-Fi.
fn binding() -> Faults {
    Faults { bind_endpoint: Some(BIND_ENDPOINT.to_owned()), ..Faults::default() }
}

/// A printer with Improv on a cable.
///
/// # Errors
/// The system has no line to give.
#[cfg(target_os = "linux")]
pub fn standard_line(arrivals: &Arrivals) -> Result<Line, WorldError> {
    let faults = Faults { names_itself: true, ..Faults::default() };
    let printer = arrivals.expect(Unboxed::new("Cable Printer", CABLE).with(faults));
    Line::plug(SerialPrinter::new(printer)).map_err(WorldError::Line)
}

/// A printer with Espressif's unified provisioning that has a network of its own; its code is `abcd1234`.
///
/// # Errors
/// There is no port.
pub async fn standard_access_point(arrivals: &Arrivals) -> Result<AccessPoint, WorldError> {
    let printer = arrivals.expect(Unboxed::new("PROV_50F7A9", ACCESS_POINT).with(binding()));
    AccessPoint::open(EspDevice::new(printer, 2)).await.map_err(|error| WorldError::Port { port: 0, error })
}
