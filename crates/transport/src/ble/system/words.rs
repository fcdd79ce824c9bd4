//! The library's words and ours.

use super::super::{BleError, DeviceAddress, Heard};
use btleplug::Error;
use btleplug::api::{CharPropFlags, Characteristic as TheirCharacteristic, PeripheralProperties};
use btleplug::platform::PeripheralId;
use platen_model::gatt::{Advertisement, Characteristic, Properties};
use platen_model::{At, GattFailure, Uuid};

pub(super) fn address(id: &PeripheralId) -> DeviceAddress {
    DeviceAddress(id.to_string())
}

fn uuid(theirs: uuid::Uuid) -> Uuid {
    Uuid::new(theirs.as_u128())
}

/// An observation; `None` for a device that the system merely remembers, which has neither a signal strength nor a link.
pub(super) fn heard(id: &PeripheralId, told: PeripheralProperties, connected: bool) -> Option<Heard> {
    let rssi = told.rssi;
    if rssi.is_none() && !connected {
        return None;
    }
    // What BlueZ gives as the local name of a nameless device is its address.
    let name = told.advertisement_name.or_else(|| told.local_name.filter(|_| !cfg!(target_os = "linux")));
    let mut advertisement = Advertisement {
        name: name.filter(|name| !name.is_empty()),
        services: told.services.into_iter().map(uuid).collect(),
        service_data: told.service_data.into_iter().map(|(service, data)| (uuid(service), data)).collect(),
        manufacturer_data: told.manufacturer_data.into_iter().collect(),
    };
    advertisement.service_data.sort();
    advertisement.manufacturer_data.sort();
    Some(Heard { address: address(id), advertisement, rssi })
}

/// The key of a characteristic.
pub(super) fn at(theirs: &TheirCharacteristic) -> At {
    At::new(uuid(theirs.service_uuid), uuid(theirs.uuid))
}

pub(super) fn row(theirs: &TheirCharacteristic, description: Option<String>) -> Characteristic {
    let can = |flag| theirs.properties.contains(flag);
    let properties = Properties {
        read: can(CharPropFlags::READ),
        write: can(CharPropFlags::WRITE),
        write_without_response: can(CharPropFlags::WRITE_WITHOUT_RESPONSE),
        notify: can(CharPropFlags::NOTIFY),
        indicate: can(CharPropFlags::INDICATE),
    };
    Characteristic { at: at(theirs), properties, description }
}

pub(super) fn notified(service: uuid::Uuid, characteristic: uuid::Uuid) -> At {
    At::new(uuid(service), uuid(characteristic))
}

/// Why the adapter cannot be asked.
pub(super) fn unusable(error: &Error) -> BleError {
    match error {
        Error::PermissionDenied => BleError::Denied,
        _ if is_named(error, "org.freedesktop.DBus.Error.AccessDenied") => BleError::Denied,
        // On every system the rest means that there is no adapter, or that nobody serves it.
        _ => BleError::None,
    }
}

/// Why a connection failed.
pub(super) fn unconnected(error: &Error) -> BleError {
    match error {
        Error::PermissionDenied => BleError::Denied,
        Error::NoAdapterAvailable => BleError::None,
        Error::DeviceNotFound => BleError::NotInRange,
        Error::TimedOut(_) => BleError::TimedOut,
        other => BleError::Failed(other.to_string()),
    }
}

/// Why a request failed. `connected` is what the system says after it.
pub(super) fn failure(error: &Error, connected: bool) -> GattFailure {
    match error {
        Error::NotConnected => GattFailure::Lost,
        _ if !connected || is_named(error, "org.freedesktop.DBus.Error.UnknownMethod") => GattFailure::Lost,
        _ if is_named(error, "org.freedesktop.DBus.Error.UnknownObject") => GattFailure::Lost,
        Error::TimedOut(_) => GattFailure::TimedOut,
        _ if is_named(error, "org.freedesktop.DBus.Error.NoReply") => GattFailure::TimedOut,
        Error::NotSupported(_) | Error::NoSuchCharacteristic | Error::UnexpectedCharacteristic => {
            GattFailure::NotPossible
        }
        // The systems fold the attribute protocol's numbers into a few names; the rest stands in their texts only.
        _ => GattFailure::Refused {
            code: [
                ("org.bluez.Error.NotPermitted", 0x03),
                ("org.bluez.Error.NotAuthorized", 0x08),
                ("org.bluez.Error.InvalidValueLength", 0x0d),
            ]
            .into_iter()
            .find(|(name, _)| is_named(error, name))
            .map(|(_, code)| code),
        },
    }
}

/// Whether the bus gave the error this name.
#[cfg(target_os = "linux")]
fn is_named(error: &Error, name: &str) -> bool {
    let Error::Other(inner) = error else { return false };
    match inner.downcast_ref::<bluez_async::BluetoothError>() {
        Some(bluez_async::BluetoothError::DbusError(bus)) => bus.name() == Some(name),
        _ => false,
    }
}

#[cfg(not(target_os = "linux"))]
fn is_named(_: &Error, _: &str) -> bool {
    false
}
