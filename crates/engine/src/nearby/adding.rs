//! A device becomes a printer that is printed to directly.
//!
//! Its identity is the serial number that it tells (promise BL-2). One that tells none is known by what this radio calls
//! it, which is the best there is, and the printer says so by its name `BLE-…`.

use super::link::Purpose;
use super::readings::Chosen;
use crate::printer::{checked_name, segment};
use crate::{Change, Core, Engine, PrinterStatus};
use platen_model::{Fault, Retry};
use platen_printers::talk::Readings;
use platen_protocol::cloud::messages::{Firmware, KnownState, StateReport};
use platen_store::{DirectRow, PrinterRow, StoreError};
use sha2::{Digest, Sha256};

impl Engine {
    /// Adds a device that is near as a printer. One that is added already keeps its jobs and gets the new name and model.
    ///
    /// # Errors
    /// `model_needed`, `model_unknown`, `printer_bound`, `name_invalid`, those of connecting and of the printer.
    pub async fn add_device(&self, id: &str, chosen: Chosen<'_>, name: Option<&str>) -> Result<PrinterStatus, Fault> {
        let core = &self.core;
        let device = core.find_device(id, super::link::SEARCH).await?;
        let model = core.model_for(&device.recognised, chosen)?;
        let name = name.map(checked_name).transpose()?;
        let simulated = core.nearby.air.post_of(&device).is_some_and(|post| post.simulated);
        let connected = core.connect(id, Purpose::Look).await?;
        let told = core.ask_over(&connected, &model).await;
        connected.close().await;
        let told = told?;
        let serial = told.serial.clone().map(|serial| serial.trim().to_owned()).filter(|serial| !serial.is_empty());
        let sn = identity(serial.as_deref(), id);
        let known = match core.store.printer(&sn).await {
            Ok(row) => Some(row),
            Err(StoreError::UnknownPrinter) => None,
            Err(error) => return Err(error.fault()),
        };
        if known.as_ref().is_some_and(|row| row.direct.is_none()) {
            return Err(bound(&sn));
        }
        let heard = device.advertisement.name.clone().unwrap_or_default();
        let usual = checked_name(&heard).unwrap_or_else(|_| model.name.clone());
        let row = PrinterRow {
            name: name.or_else(|| known.as_ref().map(|row| row.name.clone())).unwrap_or(usual),
            model: model.id.clone(),
            simulated,
            bound_at: known.as_ref().map_or_else(|| core.clock.wall(), |row| row.bound_at),
            state_json: known.map(|row| row.state_json).unwrap_or_default(),
            direct: Some(DirectRow { serial, address: id.to_owned(), name: heard }),
            sn: sn.clone(),
            ..PrinterRow::default()
        };
        core.store.save_printer(&row).await.map_err(|error| error.fault())?;
        core.end_printer(&sn).await;
        core.nudge(&sn).await?;
        core.keep_readings(&sn, &told).await?;
        core.tell(Change::Printer(sn.clone()));
        core.nearby.air.changed();
        self.printer(&sn).await
    }
}

impl Core {
    /// Stores what a printer told of itself.
    pub(crate) async fn keep_readings(&self, sn: &str, told: &Readings) -> Result<(), Fault> {
        let now = self.clock.wall();
        let row = self.printer_row(sn).await?;
        let mut known: KnownState = serde_json::from_str(&row.state_json).unwrap_or_default();
        known.merge(&report(told), now, true);
        let json = serde_json::to_string(&known).map_err(|error| {
            Fault::new("internal", format!("The state could not be written: {error}."), "Report this.")
        })?;
        self.store.save_state(sn, Some(&json), None, Some(now)).await.map_err(|error| error.fault())
    }
}

/// Readings in the words of every printer's state.
fn report(told: &Readings) -> StateReport {
    let part = |kind: &str, version: &Option<String>| {
        version.clone().map(|version| Firmware { firmware_type: kind.to_owned(), firmware_version: version, nn: None })
    };
    StateReport {
        battery: told.battery.map(i64::from),
        charging: told.charging,
        paper: told.paper.map(i64::from),
        temperature: told.temperature.map(f64::from),
        print_count: told.counter.map(i64::from),
        firmware: Some(
            [part("printer", &told.firmware), part("hardware", &told.hardware)].into_iter().flatten().collect(),
        ),
        ..StateReport::default()
    }
}

/// What a printer is called here: its serial number where it has one that can be a name.
fn identity(serial: Option<&str>, id: &str) -> String {
    match serial.filter(|serial| segment(serial).is_ok()) {
        Some(serial) => serial.to_owned(),
        None => {
            let hash = hex::encode_upper(Sha256::digest(serial.unwrap_or(id)));
            format!("BLE-{}", hash.get(..12).unwrap_or_default())
        }
    }
}

fn bound(sn: &str) -> Fault {
    Fault::new(
        "printer_bound",
        format!("The printer '{sn}' is here already, through the cloud platform."),
        "Print to it as it is, or remove it first.",
    )
    .with_retry(Retry::No)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printer_is_its_serial_number_and_without_one_the_place_where_it_was_met() {
        assert_eq!(identity(Some("G326040091"), "AA:BB"), "G326040091");
        assert_ne!(identity(None, "AA:BB"), identity(None, "AA:BC"));
        assert_eq!(identity(Some("a/b#"), "AA:BB"), identity(Some("a/b#"), "AA:BC"));
        assert!(identity(Some("a/b#"), "AA:BB").starts_with("BLE-"));
    }
}
