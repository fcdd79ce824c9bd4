//! Serial ports that a printer may hang on: those that are USB devices, and those that somebody named.
//!
//! A port says nothing of what is behind it, and is not asked before a person picks it: bytes that a printer takes for a
//! question may move something else. Only listed ports can be opened, so no door can open any file of this machine.
//! The system tells no news of ports; they are looked for while somebody searches.

use super::air::{Air, LONGEST_NAME};
use super::{DeviceStatus, Recognised, Setup, SetupKind, SetupStep};
use crate::{Core, Engine};
use platen_model::Channel;
use platen_model::segment::visible;
use platen_transport::usb_ports;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What stands before the path of a port in its id.
pub(crate) const PREFIX: &str = "usb:";
/// Between two looks at the system's list.
const LOOK: Duration = Duration::from_secs(2);

/// A port, by its path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Port {
    name: Option<String>,
    /// Somebody named it: it is no USB device, and stays.
    named: bool,
    simulated: bool,
}

/// See the module.
#[derive(Default)]
pub(crate) struct Ports(Mutex<BTreeMap<String, Port>>);

impl Ports {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Port>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The path behind an id, when that port is listed.
    pub(crate) fn path(&self, id: &str) -> Option<String> {
        let path = id.strip_prefix(PREFIX)?;
        self.lock().contains_key(path).then(|| path.to_owned())
    }

    /// What the device at a port calls itself.
    pub(crate) fn name(&self, id: &str) -> Option<String> {
        self.lock().get(id.strip_prefix(PREFIX)?)?.name.clone()
    }

    /// Asks the system. Whether anything changed.
    async fn refresh(&self) -> bool {
        // A look that panicked saw nothing.
        let found = tokio::task::spawn_blocking(usb_ports).await.unwrap_or_default();
        let mut ports = self.lock();
        let mut now: BTreeMap<String, Port> = found
            .into_iter()
            .map(|port| {
                let name = port.name.map(|name| visible(&name, LONGEST_NAME)).filter(|name| !name.is_empty());
                (port.path, Port { name, ..Port::default() })
            })
            .collect();
        now.extend(ports.iter().filter(|(_, port)| port.named).map(|(path, port)| (path.clone(), port.clone())));
        let news = *ports != now;
        *ports = now;
        news
    }

    pub(super) fn devices(&self) -> Vec<DeviceStatus> {
        let device = |(path, port): (&String, &Port)| DeviceStatus {
            id: format!("{PREFIX}{path}"),
            name: port.name.clone().or_else(|| Some(path.clone())),
            channel: Channel::Usb,
            recognised: Recognised::default(),
            rssi: None,
            // At the end of a cable.
            signal: 4,
            age: Duration::ZERO,
            setup: Some(Setup { kind: SetupKind::Improv, step: SetupStep::Perhaps, blinks: false }),
            added: None,
            simulated: port.simulated,
        };
        self.lock().iter().map(device).collect()
    }
}

impl Core {
    /// Looks for ports while somebody searches.
    pub(crate) async fn watch_ports(self: Arc<Self>) {
        let look = async {
            loop {
                self.nearby.air.until_listening().await;
                if self.nearby.ports.refresh().await {
                    self.nearby.air.changed();
                }
                self.clock.wait_until(self.clock.now() + LOOK).await;
            }
        };
        tokio::select! {
            () = look => {}
            () = self.stop.cancelled() => {}
        }
    }

    /// The path behind an id. A port that was not seen yet is looked for once.
    pub(crate) async fn port_of(&self, id: &str) -> Option<String> {
        if let Some(path) = self.nearby.ports.path(id) {
            return Some(path);
        }
        self.nearby.ports.refresh().await;
        self.nearby.ports.path(id)
    }
}

impl Engine {
    /// Lists a serial port that is no USB device: another kind of port, or one of the simulated world.
    pub fn join_port(&self, path: &str, name: Option<&str>, simulated: bool) {
        let port = Port { name: name.map(str::to_owned), named: true, simulated };
        self.core.nearby.ports.lock().insert(path.to_owned(), port);
        self.core.nearby.air.changed();
    }
}

impl Air {
    /// Waits until somebody searches.
    async fn until_listening(&self) {
        let mut wanted = self.wanted();
        // The sender lives in `self`.
        let _ = wanted.wait_for(|wanted| wanted.is_search()).await;
    }
}
