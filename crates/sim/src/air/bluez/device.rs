//! One device: connecting, hanging up, and the objects of its attribute table while the link lasts.

use super::call::Call;
use super::desk::{Desk, State};
use super::objects::{CHARACTERISTIC, DESCRIPTOR, DEVICE, Properties, SERVICE};
use crate::air::radio::AirLink;
use platen_model::gatt::{Characteristic, GattEvent};
use platen_model::{At, Uuid};
use platen_transport::{DeviceAddress, GattLink};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use zbus::zvariant::{ObjectPath, Value};

/// How long bluetoothd tries to connect.
const CONNECTING: Duration = Duration::from_secs(20);
/// The descriptor that says in words what a characteristic is.
const DESCRIPTION: Uuid = Uuid::short(0x2901);

/// A device that has been heard.
pub(super) struct Known {
    pub(super) path: String,
    pub(super) link: Option<Arc<AirLink>>,
    /// Somebody connected to it once: it is not forgotten when it is gone.
    pub(super) kept: bool,
    pub(super) heard: Instant,
    /// By object path.
    pub(super) characteristics: BTreeMap<String, Row>,
    connecting: Option<CancellationToken>,
}

/// A characteristic of a connected device.
pub(super) struct Row {
    pub(super) row: Characteristic,
    /// The clients that listen to it.
    pub(super) listeners: BTreeSet<String>,
}

impl Known {
    pub(super) fn new(path: String) -> Self {
        Self {
            path,
            link: None,
            kept: false,
            heard: Instant::now(),
            characteristics: BTreeMap::new(),
            connecting: None,
        }
    }

    pub(super) fn at(&mut self, at: At) -> Option<(&String, &mut Row)> {
        self.characteristics.iter_mut().find(|(_, row)| row.row.at == at)
    }
}

impl Desk {
    pub(super) fn device_call(self: &Arc<Self>, call: Call) {
        let mut state = self.state();
        let Some(address) = state.device_of(&call.path) else { return call.unknown() };
        let Some(known) = state.devices.get_mut(&address) else { return call.unknown() };
        match call.member.as_str() {
            "Connect" => {
                if known.link.is_some() {
                    return call.done();
                }
                if known.connecting.is_some() {
                    return call.refuse("org.bluez.Error.InProgress", "Operation already in progress");
                }
                let abort = CancellationToken::new();
                known.connecting = Some(abort.clone());
                known.kept = true;
                drop(state);
                let desk = self.clone();
                self.spawn(async move { desk.connect(address, abort, call).await });
            }
            "Disconnect" => {
                if let Some(abort) = known.connecting.take() {
                    abort.cancel();
                    return call.done();
                }
                let Some(link) = known.link.clone() else {
                    return call.refuse("org.bluez.Error.NotConnected", "Not Connected");
                };
                drop(state);
                let desk = self.clone();
                self.spawn(async move {
                    // What went wrong is that it is gone already.
                    let _ = link.disconnect().await;
                    desk.lost(&address, &link);
                    call.done();
                });
            }
            _ => call.unknown(),
        }
    }

    async fn connect(self: Arc<Self>, address: DeviceAddress, abort: CancellationToken, call: Call) {
        let opened = abort.run_until_cancelled(self.air.open(&address, CONNECTING)).await;
        let mut guard = self.state();
        let state = &mut *guard;
        let known = state.devices.get_mut(&address);
        let (Some(known), Some(Ok(opened))) = (known, opened) else {
            if let Some(known) = state.devices.get_mut(&address) {
                known.connecting = None;
            }
            return call.refuse("org.bluez.Error.Failed", "le-connection-abort-by-local");
        };
        known.connecting = None;
        let link = Arc::new(AirLink::new(opened));
        known.link = Some(link.clone());
        let path = known.path.clone();
        state.objects.set(&path, DEVICE, "Connected", true.into());
        self.out.changed(&path, DEVICE, &[("Connected", &true.into())], &[]);
        self.show_tree(state, &address, &link);
        call.done();
        drop(guard);
        let desk = self.clone();
        self.spawn(async move { desk.pass_on(address, link).await });
    }

    /// The objects of the attribute table: handles count on as on a device.
    fn show_tree(&self, state: &mut State, address: &DeviceAddress, link: &AirLink) {
        let Some(known) = state.devices.get_mut(address) else { return };
        let (path, tree) = (known.path.clone(), link.tree().clone());
        let mut services: BTreeMap<Uuid, String> = BTreeMap::new();
        let mut order = Vec::new();
        for row in &tree.characteristics {
            if !order.contains(&row.at.service) {
                order.push(row.at.service);
            }
        }
        let mut handle = 0x000bu16;
        for service in &order {
            handle = handle.saturating_add(1);
            let service_path = format!("{path}/service{handle:04x}");
            state.objects.insert(&service_path, SERVICE, service_object(*service, &path));
            self.out.added(&state.objects, &service_path, SERVICE);
            services.insert(*service, service_path.clone());
            for row in tree.of(*service) {
                handle = handle.saturating_add(2);
                let row_path = format!("{service_path}/char{handle:04x}");
                let properties = characteristic_object(row, &service_path, link.payload());
                state.objects.insert(&row_path, CHARACTERISTIC, properties);
                self.out.added(&state.objects, &row_path, CHARACTERISTIC);
                if row.description.is_some() {
                    handle = handle.saturating_add(1);
                    let descriptor = format!("{row_path}/desc{handle:04x}");
                    state.objects.insert(&descriptor, DESCRIPTOR, descriptor_object(&row_path));
                    self.out.added(&state.objects, &descriptor, DESCRIPTOR);
                }
                known.characteristics.insert(row_path, Row { row: row.clone(), listeners: BTreeSet::new() });
            }
        }
        let uuids = Value::from(order.iter().map(ToString::to_string).collect::<Vec<_>>());
        state.objects.set(&path, DEVICE, "UUIDs", uuids.clone());
        state.objects.set(&path, DEVICE, "ServicesResolved", true.into());
        self.out.changed(&path, DEVICE, &[("UUIDs", &uuids), ("ServicesResolved", &true.into())], &[]);
    }

    /// Passes on what the device tells until its link is over.
    async fn pass_on(self: Arc<Self>, address: DeviceAddress, link: Arc<AirLink>) {
        loop {
            match link.next().await {
                GattEvent::Notified { at, bytes } => self.tell_value(&address, at, bytes),
                GattEvent::Lost => return self.lost(&address, &link),
                _ => {}
            }
        }
    }

    fn tell_value(&self, address: &DeviceAddress, at: At, bytes: Vec<u8>) {
        let mut guard = self.state();
        let state = &mut *guard;
        let Some((path, row)) = state.devices.get_mut(address).and_then(|known| known.at(at)) else { return };
        if row.listeners.is_empty() {
            return;
        }
        let value = Value::from(bytes);
        state.objects.set(path, CHARACTERISTIC, "Value", value.clone());
        // Told even when it is the same: each notification is an event.
        self.out.changed(path, CHARACTERISTIC, &[("Value", &value)], &[]);
    }

    /// The link is over: the objects of the attribute table die with it.
    fn lost(&self, address: &DeviceAddress, link: &Arc<AirLink>) {
        let mut guard = self.state();
        let state = &mut *guard;
        let Some(known) = state.devices.get_mut(address) else { return };
        // Another link may stand in its place.
        if !known.link.as_ref().is_some_and(|open| Arc::ptr_eq(open, link)) {
            return;
        }
        known.link = None;
        known.characteristics.clear();
        known.heard = Instant::now();
        let path = known.path.clone();
        for below in state.objects.under(&path).into_iter().rev() {
            let gone = state.objects.remove(&below);
            self.out.removed(&below, &gone);
        }
        state.objects.set(&path, DEVICE, "ServicesResolved", false.into());
        state.objects.set(&path, DEVICE, "Connected", false.into());
        let off = Value::from(false);
        self.out.changed(&path, DEVICE, &[("ServicesResolved", &off), ("Connected", &off)], &[]);
        self.woken.notify_one();
    }

    pub(super) fn forget_device(&self, state: &mut State, address: &DeviceAddress) {
        let Some(known) = state.devices.remove(address) else { return };
        if let Some(abort) = known.connecting {
            abort.cancel();
        }
        let mut paths = state.objects.under(&known.path);
        paths.insert(0, known.path);
        for path in paths.into_iter().rev() {
            let gone = state.objects.remove(&path);
            self.out.removed(&path, &gone);
        }
    }
}

fn service_object(uuid: Uuid, device: &str) -> Properties {
    let mut properties = Properties::from([("UUID", Value::from(uuid.to_string())), ("Primary", true.into())]);
    link_to(&mut properties, "Device", device);
    properties
}

fn characteristic_object(row: &Characteristic, service: &str, payload: usize) -> Properties {
    let can = row.properties;
    let flags: Vec<String> = [
        ("read", can.read),
        ("write-without-response", can.write_without_response),
        ("write", can.write),
        ("notify", can.notify),
        ("indicate", can.indicate),
    ]
    .into_iter()
    .filter(|(_, can)| *can)
    .map(|(name, _)| name.to_owned())
    .collect();
    let mut properties = Properties::from([
        ("UUID", Value::from(row.at.characteristic.to_string())),
        ("Value", Value::from(Vec::<u8>::new())),
        ("Flags", Value::from(flags)),
        ("MTU", Value::from(u16::try_from(payload.saturating_add(3)).unwrap_or(u16::MAX))),
    ]);
    if can.tells() {
        properties.insert("Notifying", false.into());
    }
    link_to(&mut properties, "Service", service);
    properties
}

fn descriptor_object(characteristic: &str) -> Properties {
    let mut properties =
        Properties::from([("UUID", Value::from(DESCRIPTION.to_string())), ("Value", Value::from(Vec::<u8>::new()))]);
    link_to(&mut properties, "Characteristic", characteristic);
    properties
}

fn link_to(properties: &mut Properties, name: &'static str, path: &str) {
    if let Ok(path) = ObjectPath::try_from(path.to_owned()) {
        properties.insert(name, Value::from(path));
    }
}
