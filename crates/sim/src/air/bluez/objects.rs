//! The objects that the service shows: one table of paths, interfaces and properties, from which introspection, the
//! object manager and the properties interface are answered alike.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use zbus::zvariant::{ObjectPath, Value};

pub(super) const OBJECT_MANAGER: &str = "org.freedesktop.DBus.ObjectManager";
pub(super) const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
pub(super) const INTROSPECTABLE: &str = "org.freedesktop.DBus.Introspectable";
pub(super) const ADAPTER: &str = "org.bluez.Adapter1";
pub(super) const DEVICE: &str = "org.bluez.Device1";
pub(super) const SERVICE: &str = "org.bluez.GattService1";
pub(super) const CHARACTERISTIC: &str = "org.bluez.GattCharacteristic1";
pub(super) const DESCRIPTOR: &str = "org.bluez.GattDescriptor1";

/// A method: its name, the signatures of the arguments that go in and of those that come out.
type Method = (&'static str, &'static [&'static str], &'static [&'static str]);

/// The methods of each interface.
const METHODS: &[(&str, &[Method])] = &[
    (INTROSPECTABLE, &[("Introspect", &[], &["s"])]),
    (PROPERTIES, &[("Get", &["s", "s"], &["v"]), ("Set", &["s", "s", "v"], &[]), ("GetAll", &["s"], &["a{sv}"])]),
    (OBJECT_MANAGER, &[("GetManagedObjects", &[], &["a{oa{sa{sv}}}"])]),
    (
        ADAPTER,
        &[
            ("StartDiscovery", &[], &[]),
            ("StopDiscovery", &[], &[]),
            ("SetDiscoveryFilter", &["a{sv}"], &[]),
            ("GetDiscoveryFilters", &[], &["as"]),
            ("RemoveDevice", &["o"], &[]),
        ],
    ),
    (DEVICE, &[("Connect", &[], &[]), ("Disconnect", &[], &[])]),
    (
        CHARACTERISTIC,
        &[
            ("ReadValue", &["a{sv}"], &["ay"]),
            ("WriteValue", &["ay", "a{sv}"], &[]),
            ("StartNotify", &[], &[]),
            ("StopNotify", &[], &[]),
        ],
    ),
    (DESCRIPTOR, &[("ReadValue", &["a{sv}"], &["ay"])]),
];

pub(super) type Properties = BTreeMap<&'static str, Value<'static>>;
type Interfaces = BTreeMap<&'static str, Properties>;

#[derive(Default)]
pub(super) struct Objects(BTreeMap<String, Interfaces>);

impl Objects {
    pub(super) fn insert(&mut self, path: &str, interface: &'static str, properties: Properties) {
        self.0.entry(path.to_owned()).or_default().insert(interface, properties);
    }

    /// Takes an object away, and tells which interfaces it had.
    pub(super) fn remove(&mut self, path: &str) -> Vec<&'static str> {
        self.0.remove(path).map(|interfaces| interfaces.into_keys().collect()).unwrap_or_default()
    }

    /// Changes a property; `false` when it had that value already or the object is gone.
    pub(super) fn set(&mut self, path: &str, interface: &str, name: &'static str, value: Value<'static>) -> bool {
        let Some(properties) = self.0.get_mut(path).and_then(|interfaces| interfaces.get_mut(interface)) else {
            return false;
        };
        if properties.get(name) == Some(&value) {
            return false;
        }
        properties.insert(name, value);
        true
    }

    /// Takes a property away; `false` when it was not there.
    pub(super) fn unset(&mut self, path: &str, interface: &str, name: &str) -> bool {
        let properties = self.0.get_mut(path).and_then(|interfaces| interfaces.get_mut(interface));
        properties.is_some_and(|properties| properties.remove(name).is_some())
    }

    pub(super) fn has(&self, path: &str, interface: &str) -> bool {
        self.properties(path, interface).is_some()
    }

    pub(super) fn properties(&self, path: &str, interface: &str) -> Option<&Properties> {
        self.0.get(path)?.get(interface)
    }

    /// The paths under a path.
    pub(super) fn under(&self, path: &str) -> Vec<String> {
        let start = format!("{path}/");
        self.0.keys().filter(|other| other.starts_with(&start)).cloned().collect()
    }

    /// What the object manager answers.
    pub(super) fn all(&self) -> BTreeMap<ObjectPath<'_>, &Interfaces> {
        let valid = |path: &String| ObjectPath::try_from(path.clone()).ok();
        self.0.iter().filter_map(|(path, interfaces)| Some((valid(path)?, interfaces))).collect()
    }

    /// The description of a node with its children; `None` where there is none.
    pub(super) fn introspect(&self, path: &str) -> Option<String> {
        let start = if path == "/" { "/".to_owned() } else { format!("{path}/") };
        let mut children: Vec<&str> = Vec::new();
        for other in self.0.keys() {
            let child = other.strip_prefix(&start).and_then(|rest| rest.split('/').next()).unwrap_or_default();
            if !child.is_empty() && children.last() != Some(&child) {
                children.push(child);
            }
        }
        let nothing = Interfaces::new();
        let own = self.0.get(path);
        if own.is_none() && children.is_empty() && path != "/" {
            return None;
        }
        let mut text = String::from("<node>");
        let standard = [(INTROSPECTABLE, None), (PROPERTIES, None)];
        let manager = (path == "/").then_some((OBJECT_MANAGER, None));
        let shown = own.unwrap_or(&nothing).iter().map(|(name, properties)| (*name, Some(properties)));
        for (name, properties) in standard.into_iter().chain(manager).chain(shown) {
            interface(&mut text, name, properties);
        }
        for child in children {
            // Writing into a string cannot fail.
            let _ = write!(text, "<node name=\"{child}\"/>");
        }
        text.push_str("</node>");
        Some(text)
    }
}

fn interface(text: &mut String, name: &str, properties: Option<&Properties>) {
    // Writing into a string cannot fail, here and below.
    let _ = write!(text, "<interface name=\"{name}\">");
    let methods = METHODS.iter().find(|(interface, _)| *interface == name).map_or(&[][..], |(_, methods)| methods);
    for (method, inward, outward) in methods {
        let _ = write!(text, "<method name=\"{method}\">");
        for (direction, signatures) in [("in", inward), ("out", outward)] {
            for signature in *signatures {
                let _ = write!(text, "<arg type=\"{signature}\" direction=\"{direction}\"/>");
            }
        }
        text.push_str("</method>");
    }
    for (property, value) in properties.into_iter().flatten() {
        let access = if *property == "Powered" { "readwrite" } else { "read" };
        let _ =
            write!(text, "<property name=\"{property}\" type=\"{}\" access=\"{access}\"/>", value.value_signature());
    }
    text.push_str("</interface>");
}
