//! "Why can I not see my printer?": causes that are true now, each with what to do about it.

use super::{DeviceStatus, NearbyStatus};
use platen_model::{Channel, Fault};

/// The causes, the most likely first. `missing` names added printers that are not near.
pub(super) fn of(status: &NearbyStatus, missing: &[String]) -> Vec<Fault> {
    let mut all = Vec::new();
    if let Some(fault) = &status.fault {
        all.push(fault.clone());
        return all;
    }
    if !status.scanning {
        all.push(Fault::new("not_searching", "Nobody is searching now.", "Start the search."));
        return all;
    }
    // A cable is here or it is not.
    let near: Vec<_> = status.devices.iter().filter(|device| device.channel == Channel::Ble).collect();
    let known = |device: &&DeviceStatus| !device.recognised.is_nothing() || device.setup.is_some();
    if near.is_empty() {
        all.push(Fault::new(
            "nothing_heard",
            "No Bluetooth device at all is heard.",
            "Wait ten seconds. If it stays, move away from metal and other radios, or switch Bluetooth off and on.",
        ));
    } else if !near.iter().any(known) {
        all.push(Fault::new(
            "no_printer_heard",
            "Devices are heard, but none of them says that it is a printer.",
            "Look at the other devices in the list: cheap printers often send no name.",
        ));
    }
    for name in missing {
        all.push(Fault::new(
            "printer_not_heard",
            format!("'{name}' was added and is not heard."),
            "Switch it on. Many printers sleep after some minutes: press their button.",
        ));
    }
    if let Some(device) = near.iter().filter(|device| known(device)).find(|device| device.signal <= 1) {
        let name = device.name.clone().unwrap_or_else(|| device.id.clone());
        all.push(Fault::new("signal_weak", format!("'{name}' is heard weakly."), "Bring it within two metres."));
    }
    // A connected printer is silent: the one cause that nothing on the air shows.
    all.push(Fault::new(
        "held_by_another",
        "A printer that another phone or computer is connected to is not heard by anybody else.",
        "Close the printer's app on other phones, or switch their Bluetooth off, then switch the printer off and on.",
    ));
    all
}
