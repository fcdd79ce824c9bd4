//! The Wi-Fi that this computer is on, where the system tells it without asking anybody.
//!
//! Source: section 5.1 of the provisioning facts. On Linux NetworkManager tells it over D-Bus; it is not started for it.
//! A help and never a need: whoever is not told types the name. Deliberately absent: Windows and macOS, which ask the
//! user for the right to know the location first.

use std::time::Duration;

/// How long the system may take.
const WAIT: Duration = Duration::from_secs(2);

/// A network that this computer is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnNetwork {
    /// Its name: 1 to 32 bytes, not always text.
    pub ssid: Vec<u8>,
    /// Its frequency in MHz.
    pub mhz: u32,
}

/// The Wi-Fi of this computer. `None` when there is none, or nobody tells.
pub async fn own_network() -> Option<OwnNetwork> {
    tokio::time::timeout(WAIT, system::ask(None)).await.ok()?
}

/// The same, from the bus at this address.
pub async fn own_network_at(bus: &str) -> Option<OwnNetwork> {
    tokio::time::timeout(WAIT, system::ask(Some(bus))).await.ok()?
}

#[cfg(not(target_os = "linux"))]
mod system {
    pub(super) async fn ask(_: Option<&str>) -> Option<super::OwnNetwork> {
        None
    }
}

#[cfg(target_os = "linux")]
mod system {
    use super::OwnNetwork;
    use zbus::Connection;
    use zbus::connection::Builder;
    use zbus::zvariant::{OwnedValue, Value};

    const MANAGER: &str = "org.freedesktop.NetworkManager";
    const ACTIVE: &str = "org.freedesktop.NetworkManager.Connection.Active";
    const ACCESS_POINT: &str = "org.freedesktop.NetworkManager.AccessPoint";
    const ROOT: &str = "/org/freedesktop/NetworkManager";
    /// Connections that are looked at.
    const MOST: usize = 16;

    pub(super) async fn ask(address: Option<&str>) -> Option<OwnNetwork> {
        let bus = match address {
            Some(address) => Builder::address(address).ok()?.build().await.ok()?,
            None => Connection::system().await.ok()?,
        };
        if !runs(&bus).await? {
            return None;
        }
        let active = get(&bus, ROOT, MANAGER, "ActiveConnections").await?;
        for connection in paths(&active).into_iter().take(MOST) {
            if let Some(found) = of(&bus, &connection).await {
                return Some(found);
            }
        }
        None
    }

    /// A question to one that does not run would start it.
    async fn runs(bus: &Connection) -> Option<bool> {
        let (name, root) = ("org.freedesktop.DBus", "/org/freedesktop/DBus");
        let answer = bus.call_method(Some(name), root, Some(name), "NameHasOwner", &MANAGER).await.ok()?;
        answer.body().deserialize().ok()
    }

    async fn of(bus: &Connection, connection: &str) -> Option<OwnNetwork> {
        let kind = get(bus, connection, ACTIVE, "Type").await?;
        if !matches!(&*kind, Value::Str(kind) if kind.as_str() == "802-11-wireless") {
            return None;
        }
        let point = get(bus, connection, ACTIVE, "SpecificObject").await?;
        let Value::ObjectPath(point) = &*point else { return None };
        let ssid = match &*get(bus, point.as_str(), ACCESS_POINT, "Ssid").await? {
            Value::Array(bytes) => bytes.iter().filter_map(byte).collect::<Vec<u8>>(),
            _ => return None,
        };
        let mhz = match &*get(bus, point.as_str(), ACCESS_POINT, "Frequency").await? {
            Value::U32(mhz) => *mhz,
            _ => return None,
        };
        (1..=32).contains(&ssid.len()).then_some(OwnNetwork { ssid, mhz })
    }

    async fn get(bus: &Connection, path: &str, interface: &str, name: &str) -> Option<OwnedValue> {
        let properties = Some("org.freedesktop.DBus.Properties");
        let answer = bus.call_method(Some(MANAGER), path, properties, "Get", &(interface, name)).await.ok()?;
        answer.body().deserialize().ok()
    }

    fn paths(value: &Value<'_>) -> Vec<String> {
        let Value::Array(all) = value else { return Vec::new() };
        let path = |value: &Value<'_>| match value {
            Value::ObjectPath(path) => Some(path.to_string()),
            _ => None,
        };
        all.iter().filter_map(path).collect()
    }

    fn byte(value: &Value<'_>) -> Option<u8> {
        match value {
            Value::U8(byte) => Some(*byte),
            _ => None,
        }
    }
}
