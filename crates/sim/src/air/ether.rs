//! The air itself: which devices there are, and what a listener hears.

use super::station::{Open, Opened, Station};
use super::{Faults, Figures, Peripheral};
use platen_transport::{AdapterState, BleError, DeviceAddress, Heard};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Air with simulated devices in it. Clones are the same air; it ends with its last clone.
#[derive(Clone)]
pub struct Air(Arc<Inside>);

struct Inside {
    devices: Mutex<BTreeMap<DeviceAddress, Arc<Station>>>,
    adapter: watch::Sender<AdapterState>,
    /// Counts whatever may change what a listener hears or who can connect.
    changed: watch::Sender<u64>,
    stop: CancellationToken,
    _guard: DropGuard,
}

impl Default for Air {
    fn default() -> Self {
        Self::new()
    }
}

impl Air {
    /// Empty air, with an adapter that is on.
    pub fn new() -> Self {
        let stop = CancellationToken::new();
        Self(Arc::new(Inside {
            devices: Mutex::default(),
            adapter: watch::Sender::new(AdapterState::On),
            changed: watch::Sender::new(0),
            _guard: stop.clone().drop_guard(),
            stop,
        }))
    }

    /// Puts a device into the air, within a tokio runtime. `address` has the form `C0:00:00:00:00:01`; a device that
    /// had it is gone.
    pub fn add(&self, address: &str, peripheral: impl Peripheral) -> DeviceAddress {
        self.put(address, Box::new(peripheral))
    }

    /// As [`Air::add`].
    pub fn put(&self, address: &str, peripheral: Box<dyn Peripheral>) -> DeviceAddress {
        let address = DeviceAddress(address.to_owned());
        self.remove(&address);
        let station = Arc::new(Station::new(address.clone(), peripheral, self.0.changed.clone()));
        tokio::spawn(station.clone().run(self.0.stop.child_token()));
        self.devices().insert(address.clone(), station);
        self.tell();
        address
    }

    /// Takes a device away; its link breaks.
    pub fn remove(&self, address: &DeviceAddress) {
        let gone = self.devices().remove(address);
        if let Some(station) = gone {
            station.retire();
            self.tell();
        }
    }

    /// All devices, heard or not.
    pub fn addresses(&self) -> Vec<DeviceAddress> {
        self.devices().keys().cloned().collect()
    }

    /// Looks at a device, or does something to it; it acts on that at once. `None` when there is no such device or it
    /// is no `P`.
    pub fn with<P: Peripheral, T>(&self, address: &DeviceAddress, look: impl FnOnce(&mut P) -> T) -> Option<T> {
        self.station(address)?.with(look)
    }

    /// Changes the air around a device.
    pub fn fault(&self, address: &DeviceAddress, change: impl FnOnce(&mut Faults)) {
        if let Some(station) = self.station(address) {
            station.fault(change);
        }
    }

    /// Takes a device out of range, which breaks its link, or brings it back.
    pub fn set_in_range(&self, address: &DeviceAddress, near: bool) {
        if let Some(station) = self.station(address) {
            station.set_in_range(near);
            self.tell();
        }
    }

    /// Breaks the link of a device, if it has one.
    pub fn break_link(&self, address: &DeviceAddress) {
        if let Some(station) = self.station(address) {
            station.break_link();
        }
    }

    /// What has passed to a device so far.
    pub fn figures(&self, address: &DeviceAddress) -> Option<Figures> {
        Some(self.station(address)?.figures())
    }

    /// Switches the adapter; links break unless it is on.
    pub fn set_adapter(&self, state: AdapterState) {
        self.0.adapter.send_replace(state);
        if state != AdapterState::On {
            let stations: Vec<_> = self.devices().values().cloned().collect();
            for station in stations {
                station.break_link();
            }
        }
        self.tell();
    }

    pub(super) fn adapter(&self) -> watch::Receiver<AdapterState> {
        self.0.adapter.subscribe()
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    /// What a listener hears now.
    pub(super) fn heard(&self) -> Vec<Heard> {
        let stations: Vec<_> = self.devices().values().cloned().collect();
        stations.iter().filter_map(|station| station.heard()).collect()
    }

    /// Why the adapter cannot be used.
    pub(super) fn usable(&self) -> Result<(), BleError> {
        match *self.0.adapter.borrow() {
            AdapterState::On => Ok(()),
            AdapterState::Off => Err(BleError::Off),
            AdapterState::Denied => Err(BleError::Denied),
            AdapterState::None | AdapterState::Unknown => Err(BleError::None),
        }
    }

    /// Opens a link. A device that is silent, out of range or somebody else's is waited for.
    pub(super) async fn open(&self, address: &DeviceAddress, within: Duration) -> Result<Opened, BleError> {
        self.usable()?;
        let station = self.station(address).ok_or(BleError::NotInRange)?;
        let mut changed = self.changes();
        let attempt = async {
            loop {
                changed.borrow_and_update();
                match station.open() {
                    Open::Done(link) => return Ok(link),
                    Open::Refused => return Err(BleError::Failed("the device hung up".to_owned())),
                    Open::After(delay) => tokio::time::sleep(delay).await,
                    Open::NotNow => {
                        if changed.changed().await.is_err() {
                            return Err(BleError::NotInRange);
                        }
                    }
                }
                self.usable()?;
            }
        };
        tokio::time::timeout(within, attempt).await.unwrap_or(Err(BleError::TimedOut))
    }

    fn tell(&self) {
        self.0.changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn station(&self, address: &DeviceAddress) -> Option<Arc<Station>> {
        self.devices().get(address).cloned()
    }

    fn devices(&self) -> MutexGuard<'_, BTreeMap<DeviceAddress, Arc<Station>>> {
        self.0.devices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
