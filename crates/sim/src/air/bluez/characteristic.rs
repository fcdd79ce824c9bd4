//! Reading, writing and listening. A write stands in the link's queue before the next call is looked at.

use super::call::Call;
use super::desk::Desk;
use super::objects::CHARACTERISTIC;
use platen_model::gatt::{Characteristic, GattEvent, GattFailure, GattRequest};
use platen_transport::{DeviceAddress, GattLink};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::oneshot;
use zbus::zvariant::OwnedValue;

use crate::air::radio::AirLink;

/// The longest value of an attribute.
const LONGEST: usize = 512;
const FAILED: &str = "org.bluez.Error.Failed";

impl Desk {
    pub(super) fn characteristic_call(self: &Arc<Self>, call: Call) {
        let Some((address, link, row)) = self.find(&call.path) else { return call.unknown() };
        match call.member.as_str() {
            "ReadValue" => {
                if !row.properties.read {
                    return call.refuse("org.bluez.Error.NotSupported", "Operation is not supported");
                }
                self.answer(call, link.begin(GattRequest::Read { at: row.at }));
            }
            "WriteValue" => self.write(call, &link, &row),
            "StartNotify" => {
                if !row.properties.tells() {
                    return call.refuse("org.bluez.Error.NotSupported", "Operation is not supported");
                }
                if self.listener(&address, &call, true) {
                    self.answer(call, link.begin(GattRequest::Subscribe { at: row.at }));
                } else {
                    call.done();
                }
            }
            "StopNotify" => {
                if self.listener(&address, &call, false) {
                    self.answer(call, link.forget(row.at));
                } else {
                    call.done();
                }
            }
            _ => call.unknown(),
        }
    }

    pub(super) fn descriptor_call(self: &Arc<Self>, call: Call) {
        let above = call.path.rsplit_once('/').map(|(above, _)| above.to_owned()).unwrap_or_default();
        let description = self.find(&above).and_then(|(_, _, row)| row.description);
        match (call.member.as_str(), description) {
            ("ReadValue", Some(text)) => call.reply(&text.into_bytes()),
            _ => call.unknown(),
        }
    }

    fn find(&self, path: &str) -> Option<(DeviceAddress, Arc<AirLink>, Characteristic)> {
        let state = self.state();
        let address = state.device_of(path)?;
        let known = state.devices.get(&address)?;
        Some((address, known.link.clone()?, known.characteristics.get(path)?.row.clone()))
    }

    fn write(self: &Arc<Self>, call: Call, link: &AirLink, row: &Characteristic) {
        let Some((bytes, options)) = call.arguments::<(Vec<u8>, HashMap<String, OwnedValue>)>() else {
            return call.refuse("org.bluez.Error.InvalidArguments", "Invalid arguments in method call");
        };
        let kind = options.get("type").and_then(|kind| <&str>::try_from(kind).ok());
        let confirmed = match kind {
            Some("command") => false,
            Some(_) => true,
            None => row.properties.write,
        };
        let possible = if confirmed { row.properties.write } else { row.properties.write_without_response };
        if !possible {
            return call.refuse("org.bluez.Error.NotSupported", "Operation is not supported");
        }
        if bytes.len() > LONGEST {
            return call.refuse("org.bluez.Error.InvalidArguments", "Invalid arguments in method call");
        }
        if !confirmed && bytes.len() > link.payload() {
            return call.refuse(FAILED, "Failed to initiate write");
        }
        self.answer(call, link.begin(GattRequest::Write { at: row.at, bytes, confirmed }));
    }

    /// Answers a call when its request has ended.
    fn answer(&self, call: Call, mut end: oneshot::Receiver<GattEvent>) {
        match end.try_recv() {
            Ok(event) => finish(call, event),
            Err(oneshot::error::TryRecvError::Closed) => finish(call, GattEvent::Lost),
            Err(oneshot::error::TryRecvError::Empty) => {
                self.spawn(async move { finish(call, end.await.unwrap_or(GattEvent::Lost)) });
            }
        }
    }

    /// Notes who listens; whether that changed anything for the device.
    fn listener(&self, address: &DeviceAddress, call: &Call, on: bool) -> bool {
        let mut guard = self.state();
        let state = &mut *guard;
        let known = state.devices.get_mut(address);
        let Some(row) = known.and_then(|known| known.characteristics.get_mut(&call.path)) else { return false };
        let before = row.listeners.is_empty();
        if on {
            row.listeners.insert(call.sender.clone());
        } else {
            row.listeners.remove(&call.sender);
        }
        let after = row.listeners.is_empty();
        if before != after && state.objects.set(&call.path, CHARACTERISTIC, "Notifying", on.into()) {
            self.out.changed(&call.path, CHARACTERISTIC, &[("Notifying", &on.into())], &[]);
        }
        before != after
    }

    /// A client has left.
    pub(super) fn stop_listening(&self, client: &str) {
        let mut guard = self.state();
        for known in guard.devices.values_mut() {
            let Some(link) = known.link.clone() else { continue };
            for row in known.characteristics.values_mut() {
                if row.listeners.remove(client) && row.listeners.is_empty() {
                    // The client is gone: nobody waits for the end of this.
                    drop(link.forget(row.row.at));
                }
            }
        }
    }
}

fn finish(call: Call, event: GattEvent) {
    match event {
        GattEvent::Written(Ok(())) => call.done(),
        GattEvent::Value(Ok(bytes)) => call.reply(&bytes),
        GattEvent::Written(Err(failure)) | GattEvent::Value(Err(failure)) => match failure {
            GattFailure::Refused { code: Some(0x02 | 0x03) } => {
                call.refuse("org.bluez.Error.NotPermitted", "Not permitted");
            }
            GattFailure::Refused { code: Some(0x08) } => {
                call.refuse("org.bluez.Error.NotAuthorized", "Not Authorized");
            }
            GattFailure::Refused { code: Some(0x0d) } => {
                call.refuse("org.bluez.Error.InvalidValueLength", "Invalid value length");
            }
            GattFailure::Refused { code: Some(code) } => {
                call.refuse(FAILED, &format!("Operation failed with ATT error: {code:#04x}"));
            }
            other => call.refuse(FAILED, &other.to_string()),
        },
        _ => call.refuse(FAILED, "Not connected"),
    }
}
