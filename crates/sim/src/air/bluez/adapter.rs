//! The adapter, and the devices that it hears.

use super::call::Call;
use super::desk::{Desk, State};
use super::device::Known;
use super::objects::{ADAPTER, DEVICE, Properties};
use platen_transport::{AdapterState, Heard};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use zbus::zvariant::{ObjectPath, OwnedValue, Value};

pub(super) const PATH: &str = "/org/bluez/hci0";
/// How often a device is heard.
const INTERVAL: Duration = Duration::from_millis(250);
/// How long a device that nobody connected to is remembered.
const TEMPORARY: Duration = Duration::from_secs(30);

impl Desk {
    /// Shows the adapter as the air has it.
    pub(super) fn show_adapter(&self) {
        let air = *self.air.adapter().borrow();
        let powered = air == AdapterState::On;
        let mut state = self.state();
        if matches!(air, AdapterState::None | AdapterState::Unknown) {
            state.seekers.clear();
            let addresses: Vec<_> = state.devices.keys().cloned().collect();
            for address in addresses {
                self.forget_device(&mut state, &address);
            }
            let gone = state.objects.remove(PATH);
            if !gone.is_empty() {
                self.out.removed(PATH, &gone);
            }
            return;
        }
        if !state.objects.has(PATH, ADAPTER) {
            state.objects.insert("/org/bluez", "org.bluez.AgentManager1", Properties::new());
            state.objects.insert(PATH, ADAPTER, adapter(powered));
            self.out.added(&state.objects, PATH, ADAPTER);
            return;
        }
        if state.objects.set(PATH, ADAPTER, "Powered", powered.into()) {
            self.out.changed(PATH, ADAPTER, &[("Powered", &powered.into())], &[]);
        }
        if !powered {
            state.seekers.clear();
            self.show_discovering(&mut state);
        }
    }

    pub(super) async fn watch_adapter(self: Arc<Self>) {
        let mut adapter = self.air.adapter();
        while adapter.changed().await.is_ok() {
            self.show_adapter();
        }
    }

    pub(super) fn adapter_call(self: &Arc<Self>, call: Call) {
        match call.member.as_str() {
            // A filter by service or strength is not needed by whoever scans unfiltered, and is not kept.
            "SetDiscoveryFilter" => call.done(),
            "GetDiscoveryFilters" => {
                call.reply(&["UUIDs", "RSSI", "Pathloss", "Transport", "DuplicateData"].as_slice())
            }
            "StartDiscovery" => {
                let mut state = self.state();
                if *self.air.adapter().borrow() != AdapterState::On {
                    return call.refuse("org.bluez.Error.NotReady", "Resource Not Ready");
                }
                if !state.seekers.insert(call.sender.clone()) {
                    return call.refuse("org.bluez.Error.InProgress", "Operation already in progress");
                }
                call.done();
                self.show_discovering(&mut state);
            }
            "StopDiscovery" => {
                let mut state = self.state();
                if !state.seekers.remove(&call.sender) {
                    return call.refuse("org.bluez.Error.Failed", "No discovery started");
                }
                call.done();
                self.show_discovering(&mut state);
            }
            "RemoveDevice" => {
                let mut state = self.state();
                let path: Option<ObjectPath<'static>> =
                    call.arguments::<zbus::zvariant::OwnedObjectPath>().map(Into::into);
                match path.and_then(|path| state.device_of(path.as_str())) {
                    Some(address) => {
                        self.forget_device(&mut state, &address);
                        call.done();
                    }
                    None => call.refuse("org.bluez.Error.DoesNotExist", "Does Not Exist"),
                }
            }
            _ => call.unknown(),
        }
    }

    pub(super) fn set_powered(self: &Arc<Self>, call: Call, value: &OwnedValue) {
        match bool::try_from(value) {
            Ok(on) => {
                let wanted = if on { AdapterState::On } else { AdapterState::Off };
                if *self.air.adapter().borrow() != wanted {
                    self.air.set_adapter(wanted);
                }
                self.show_adapter();
                call.done();
            }
            Err(_) => call.refuse("org.bluez.Error.InvalidArguments", "Invalid arguments in method call"),
        }
    }

    pub(super) fn stop_seeking(&self, client: &str) {
        let mut state = self.state();
        if state.seekers.remove(client) {
            self.show_discovering(&mut state);
        }
    }

    fn show_discovering(&self, state: &mut State) {
        let seeking = !state.seekers.is_empty();
        if state.objects.set(PATH, ADAPTER, "Discovering", seeking.into()) {
            self.out.changed(PATH, ADAPTER, &[("Discovering", &seeking.into())], &[]);
        }
        if !seeking {
            // Without a scan nobody knows how strong anything is.
            let paths: Vec<_> = state.devices.values().map(|known| known.path.clone()).collect();
            for path in paths {
                if state.objects.unset(&path, DEVICE, "RSSI") {
                    self.out.changed(&path, DEVICE, &[], &["RSSI"]);
                }
            }
        }
        self.woken.notify_one();
    }

    /// Hears what is near while somebody seeks, and forgets what has gone.
    pub(super) async fn listen(self: Arc<Self>) {
        let mut changed = self.air.changes();
        let mut wobble = 0i16;
        loop {
            changed.borrow_and_update();
            let seeking = !self.state().seekers.is_empty();
            if seeking {
                // A real signal is never twice the same, and bluetoothd tells only what changed.
                wobble = (wobble + 1) % 3;
                for heard in self.air.heard() {
                    self.hear(heard, wobble);
                }
            }
            self.forget_absent();
            tokio::select! {
                () = self.woken.notified() => {}
                told = changed.changed(), if seeking => if told.is_err() { return },
                () = tokio::time::sleep(INTERVAL), if seeking => {}
            }
        }
    }

    fn hear(&self, heard: Heard, wobble: i16) {
        let mut guard = self.state();
        let state = &mut *guard;
        let rssi = heard.rssi.map(|rssi| Value::from(rssi.saturating_sub(wobble)));
        let told = advertised(&heard);
        if let Some(known) = state.devices.get_mut(&heard.address) {
            known.heard = Instant::now();
            let path = known.path.clone();
            let mut changed = Vec::new();
            for (name, value) in told.into_iter().chain(rssi.map(|rssi| ("RSSI", rssi))) {
                // What the attribute table has told is more than what is advertised.
                let more = name == "UUIDs" && known.link.is_some();
                // Data of a maker and of a service is told each time, as the library asks for duplicates.
                let always = matches!(name, "ManufacturerData" | "ServiceData");
                if !more && (state.objects.set(&path, DEVICE, name, value.clone()) || always) {
                    changed.push((name, value));
                }
            }
            let changed: Vec<_> = changed.iter().map(|(name, value)| (*name, value)).collect();
            if !changed.is_empty() {
                self.out.changed(&path, DEVICE, &changed, &[]);
            }
            return;
        }
        let path = format!("{PATH}/dev_{}", heard.address.0.replace(':', "_"));
        let mut properties = blank_device(&heard.address.0);
        properties.extend(told);
        properties.extend(rssi.map(|rssi| ("RSSI", rssi)));
        state.objects.insert(&path, DEVICE, properties);
        self.out.added(&state.objects, &path, DEVICE);
        state.devices.insert(heard.address, Known::new(path));
    }

    fn forget_absent(&self) {
        let mut state = self.state();
        let absent = |known: &Known| !known.kept && known.link.is_none() && known.heard.elapsed() > TEMPORARY;
        let gone: Vec<_> =
            state.devices.iter().filter(|(_, known)| absent(known)).map(|(address, _)| address.clone()).collect();
        for address in gone {
            self.forget_device(&mut state, &address);
        }
    }
}

fn adapter(powered: bool) -> Properties {
    let text = |text: &str| Value::from(text.to_owned());
    Properties::from([
        ("Address", text("C0:FF:EE:00:00:00")),
        ("AddressType", text("public")),
        ("Name", text("simulated")),
        ("Alias", text("simulated")),
        ("Class", Value::from(0u32)),
        ("Powered", powered.into()),
        ("Discoverable", false.into()),
        ("Pairable", false.into()),
        ("Discovering", false.into()),
        ("UUIDs", Value::from(Vec::<String>::new())),
        ("Modalias", text("usb:v1D6Bp0246d0542")),
        ("Roles", Value::from(vec!["central".to_owned()])),
    ])
}

fn blank_device(address: &str) -> Properties {
    let text = |text: String| Value::from(text);
    let mut properties = Properties::from([
        ("Address", text(address.to_owned())),
        // The two highest bits say which kind of random address it is; makers' own addresses are told apart by them.
        ("AddressType", text("public".to_owned())),
        ("Alias", text(address.replace(':', "-"))),
        ("UUIDs", Value::from(Vec::<String>::new())),
    ]);
    for name in ["Paired", "Bonded", "Connected", "ServicesResolved", "Trusted", "Blocked", "LegacyPairing"] {
        properties.insert(name, false.into());
    }
    if let Ok(path) = ObjectPath::try_from(PATH) {
        properties.insert("Adapter", Value::from(path));
    }
    properties
}

/// What a device tells, as properties of its object.
fn advertised(heard: &Heard) -> Properties {
    let mut properties = Properties::new();
    let told = &heard.advertisement;
    if let Some(name) = &told.name {
        properties.insert("Name", Value::from(name.clone()));
        properties.insert("Alias", Value::from(name.clone()));
    }
    if !told.services.is_empty() {
        properties.insert("UUIDs", Value::from(told.services.iter().map(ToString::to_string).collect::<Vec<_>>()));
    }
    if !told.manufacturer_data.is_empty() {
        let data: HashMap<u16, Value<'static>> =
            told.manufacturer_data.iter().map(|(maker, bytes)| (*maker, Value::from(bytes.clone()))).collect();
        properties.insert("ManufacturerData", Value::from(data));
    }
    if !told.service_data.is_empty() {
        let data: HashMap<String, Value<'static>> = told
            .service_data
            .iter()
            .map(|(service, bytes)| (service.to_string(), Value::from(bytes.clone())))
            .collect();
        properties.insert("ServiceData", Value::from(data));
    }
    properties
}
