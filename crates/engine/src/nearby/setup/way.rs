//! The three ways to a printer without Wi-Fi: Bluetooth, a cable, and the printer's own network.
//!
//! ```text
//! as the list names it    Bluetooth   Espressif where it is offered, else Improv
//! usb:PATH                cable       Improv; only ports that are listed (see `nearby/ports`)
//! softap:[ADDRESS[:PORT]] HTTP        Espressif; the computer has joined the printer's network, which it names `PROV_…`
//! ```
//!
//! Source: sections 1.7 and 2.5 of the provisioning facts. Deliberately absent: joining the printer's network for the
//! user.

use crate::Core;
use crate::clock::Clock;
use crate::nearby::link::{Connected, Purpose};
use crate::nearby::ports::PREFIX as CABLE;
use crate::runner::Links;
use platen_model::Fault;
use platen_protocol::provisioning::Obstacle;
use platen_protocol::provisioning::machines::{EspSetup, ImprovSetup, Plan, SetupDialogue};
use platen_transport::{ByteLink, Cable, CableError, HttpLink, accepts};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;
use tokio_util::sync::CancellationToken;

/// What stands before the address in the id of a printer's own network.
pub(in crate::nearby) const ACCESS_POINT: &str = "softap:";
/// Where a printer's own network has it, as a rule.
const USUAL: (IpAddr, u16) = (IpAddr::V4(Ipv4Addr::new(192, 168, 4, 1)), 80);
/// How long the printer may take to be there.
const ANSWERS: Duration = Duration::from_secs(5);

/// An open way.
pub(super) enum Way {
    Air(Connected),
    Cable { cable: Cable, _lease: OwnedMutexGuard<()> },
    AccessPoint { http: HttpLink, base: String },
}

impl Way {
    /// Opens the way that an id names; one try.
    pub(super) async fn open(core: &Core, id: &str) -> Result<Self, Obstacle> {
        if id.starts_with(CABLE) {
            let lease = core.nearby.lease_of(id).try_lock_owned().map_err(|_| Obstacle::Busy)?;
            let path = core.port_of(id).await.ok_or(Obstacle::NotInSetup)?;
            let cable = Cable::open(&path).await.map_err(|error| cable_trouble(id, &error))?;
            return Ok(Self::Cable { cable, _lease: lease });
        }
        if let Some(text) = id.strip_prefix(ACCESS_POINT) {
            let (address, port) = access_point(text).ok_or(Obstacle::NotInSetup)?;
            if !accepts(&address.to_string(), port, ANSWERS).await {
                return Err(Obstacle::NotInSetup);
            }
            let http = HttpLink::beside().map_err(|_| Obstacle::Broken)?;
            return Ok(Self::AccessPoint { http, base: format!("http://{}", SocketAddr::new(address, port)) });
        }
        core.connect(id, Purpose::Setup).await.map(Self::Air).map_err(|fault| not_connected(&fault))
    }

    /// The dialogue that is spoken on it.
    pub(super) fn machine(&self, plan: Plan) -> Result<Box<SetupDialogue>, Obstacle> {
        Ok(match self {
            Self::Air(connected) => {
                let (tree, payload) = (connected.link.tree(), connected.link.payload());
                if EspSetup::is_offered(tree) {
                    Box::new(EspSetup::over_ble(tree, plan)?)
                } else {
                    Box::new(ImprovSetup::over_ble(tree, payload, plan)?)
                }
            }
            Self::Cable { .. } => Box::new(ImprovSetup::over_serial(plan)),
            Self::AccessPoint { base, .. } => Box::new(EspSetup::over_access_point(base, plan)),
        })
    }

    /// Whether the dialogue may have a place for a bind token.
    pub(super) fn takes_token(&self) -> bool {
        match self {
            Self::Air(connected) => EspSetup::is_offered(connected.link.tree()),
            Self::Cable { .. } => false,
            Self::AccessPoint { .. } => true,
        }
    }

    /// What carries it.
    pub(super) fn links<'a>(&'a self, clock: &'a dyn Clock, cancel: &'a CancellationToken) -> Links<'a> {
        match self {
            Self::Air(connected) => Links::gatt(connected.link.as_ref(), clock, cancel),
            Self::Cable { cable, .. } => Links::cable(cable, clock, cancel),
            Self::AccessPoint { http, .. } => Links::http(http, clock, cancel),
        }
    }

    /// Hangs up: a printer that stays connected vanishes from everybody's list.
    pub(super) async fn close(self) {
        match self {
            Self::Air(connected) => connected.close().await,
            Self::Cable { cable, .. } => cable.close().await,
            Self::AccessPoint { .. } => {}
        }
    }
}

/// The address in an id: only one that can be a printer's own network, so that no door can have a call made elsewhere.
fn access_point(text: &str) -> Option<(IpAddr, u16)> {
    if text.is_empty() {
        return Some(USUAL);
    }
    let whole = text.parse::<SocketAddr>().ok().map(|place| (place.ip(), place.port()));
    let (address, port) = match whole {
        Some(place) => place,
        None => (text.parse().ok()?, USUAL.1),
    };
    let beside = match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_loopback() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unicast_link_local() || v6.is_unique_local(),
    };
    beside.then_some((address, port))
}

fn cable_trouble(id: &str, error: &CableError) -> Obstacle {
    tracing::warn!(id, %error, "the port was not opened");
    match error {
        CableError::Gone => Obstacle::NotInSetup,
        CableError::Taken => Obstacle::Busy,
        CableError::Denied => Obstacle::CableDenied,
        CableError::Failed(_) => Obstacle::LinkLost,
    }
}

fn not_connected(fault: &Fault) -> Obstacle {
    match fault.code.as_ref() {
        "bluetooth_off" => Obstacle::BluetoothOff,
        "bluetooth_denied" => Obstacle::BluetoothDenied,
        "bluetooth_none" => Obstacle::BluetoothNone,
        "ble_busy" => Obstacle::Busy,
        "device_unknown" | "ble_not_in_range" => Obstacle::NotInSetup,
        _ => Obstacle::LinkLost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_place_beside_this_machine_is_a_printers_own_network() {
        let read = |text| access_point(text).map(|(address, port)| SocketAddr::new(address, port).to_string());
        for (text, place) in [
            ("", "192.168.4.1:80"),
            ("192.168.4.1", "192.168.4.1:80"),
            ("10.0.0.1:8080", "10.0.0.1:8080"),
            ("[fe80::1]:81", "[fe80::1]:81"),
        ] {
            assert_eq!(read(text).as_deref(), Some(place));
        }
        for text in ["8.8.8.8", "example.com", "192.168.4.1/x", "user@192.168.4.1", "192.168.4.1:0x50", "169.0.0.1"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
