//! The radio of this machine, through btleplug: BlueZ, CoreBluetooth, WinRT or Android.
//!
//! Source: "btleplug facts" of the stack notes, each of which is a line here: a scan is active and unfiltered; on Linux
//! a device that changes is never announced as updated, so every event asks for its properties; devices that the system
//! merely remembers have neither a signal strength nor a link and are not told; starting a scan on Linux would switch the adapter on by
//! itself, so its state is asked first. The library never runs on a runtime of ours, see `apart`.
//!
//! Deliberately absent: pairing, a filter, more than one adapter at a time (one that is on is preferred).

mod apart;
mod link;
mod words;

use super::{AdapterState, BleError, DeviceAddress, GattLink, Heard, Radio};
use async_trait::async_trait;
use btleplug::api::{Central, CentralEvent, CentralState, Manager as _, Peripheral as _, ScanFilter};
use btleplug::platform::{Adapter, Manager, Peripheral, PeripheralId};
use futures_util::StreamExt;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex as Blocking, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex, mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How often the adapter is asked how it is: no event that all systems have tells that one was plugged in.
const ASKING: Duration = Duration::from_secs(2);
/// How long a system may take to say how its adapter is.
const PATIENCE: Duration = Duration::from_secs(5);
/// Observations that wait for a slow listener; more are dropped, as they come again.
const BACKLOG: usize = 64;

/// This machine's Bluetooth. Clones are the same radio.
#[derive(Clone)]
pub struct SystemRadio(Arc<Inside>);

struct Inside {
    state: watch::Sender<AdapterState>,
    adapter: Mutex<Option<(Manager, Adapter)>>,
    known: Blocking<BTreeMap<DeviceAddress, PeripheralId>>,
    listeners: Blocking<Vec<mpsc::Sender<Heard>>>,
    /// Held while a scan begins or ends.
    scanning: Mutex<bool>,
    _stop: DropGuard,
}

impl Default for SystemRadio {
    fn default() -> Self {
        Self::new()
    }
}

impl SystemRadio {
    /// Begins to watch the adapter. Nothing is switched on and nobody is asked for permission before it is used, where
    /// the system leaves that choice.
    pub fn new() -> Self {
        let stop = CancellationToken::new();
        let inside = Arc::new(Inside {
            state: watch::Sender::new(AdapterState::Unknown),
            adapter: Mutex::default(),
            known: Blocking::default(),
            listeners: Blocking::default(),
            scanning: Mutex::default(),
            _stop: stop.clone().drop_guard(),
        });
        let watched = Arc::downgrade(&inside);
        apart::spawn(async move {
            while let Some(inside) = watched.upgrade() {
                // What it finds stands in the state.
                let _ = inside.usable().await;
                drop(inside);
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(ASKING) => {}
                }
            }
        });
        Self(inside)
    }
}

impl Inside {
    /// The adapter, if it can be used now.
    async fn usable(&self) -> Result<Adapter, BleError> {
        let found = match timeout(PATIENCE, self.probe()).await {
            Ok(found) => found,
            Err(_) => Err(BleError::None),
        };
        let state = match &found {
            Ok(_) => AdapterState::On,
            Err(BleError::Off) => AdapterState::Off,
            Err(BleError::Denied) => AdapterState::Denied,
            Err(_) => AdapterState::None,
        };
        self.state.send_if_modified(|known| std::mem::replace(known, state) != state);
        found
    }

    async fn probe(&self) -> Result<Adapter, BleError> {
        let mut held = self.adapter.lock().await;
        if let Some((_, adapter)) = held.as_ref()
            && let Ok(CentralState::PoweredOn) = adapter.adapter_state().await
        {
            return Ok(adapter.clone());
        }
        // Whatever was there is not on, or not there any more. On some systems an adapter is expensive: those are kept.
        let kept = held.take().filter(|_| !cfg!(target_os = "linux"));
        let (manager, adapters) = match kept {
            Some((manager, adapter)) => (manager, vec![adapter]),
            None => {
                let manager = Manager::new().await.map_err(|error| words::unusable(&error))?;
                let adapters = manager.adapters().await.map_err(|error| words::unusable(&error))?;
                (manager, adapters)
            }
        };
        let mut state = Err(BleError::None);
        for adapter in adapters {
            match adapter.adapter_state().await {
                Ok(CentralState::PoweredOn) => {
                    *held = Some((manager, adapter.clone()));
                    return Ok(adapter);
                }
                Ok(CentralState::PoweredOff) => state = Err(BleError::Off),
                // Android does not tell; elsewhere it is not known yet, or will not be told without permission.
                Ok(CentralState::Unknown) if cfg!(target_os = "android") => state = Ok(()),
                Ok(CentralState::Unknown) => state = Err(BleError::Denied),
                Err(error) => state = Err(words::unusable(&error)),
            }
            *held = Some((manager.clone(), adapter));
        }
        match (state, held.as_ref()) {
            (Ok(()), Some((_, adapter))) => Ok(adapter.clone()),
            (Err(error), _) => Err(error),
            (Ok(()), None) => Err(BleError::None),
        }
    }

    /// Tells all listeners, and whether there are any.
    fn tell(&self, heard: Option<&Heard>) -> bool {
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| match heard {
            // A full listener has enough; it hears of this device again.
            Some(heard) => !matches!(listener.try_send(heard.clone()), Err(mpsc::error::TrySendError::Closed(_))),
            None => !listener.is_closed(),
        });
        !listeners.is_empty()
    }

    fn silence(&self) {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn know(&self, id: &PeripheralId) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(words::address(id), id.clone());
    }

    async fn observe(&self, adapter: &Adapter, id: &PeripheralId) {
        let Ok(peripheral) = adapter.peripheral(id).await else { return };
        // A device may vanish between its event and this question.
        let Ok(Some(told)) = peripheral.properties().await else { return };
        // What cannot be asked is not taken for a link.
        let connected = peripheral.is_connected().await.unwrap_or(false);
        if let Some(heard) = words::heard(id, told, connected) {
            self.know(id);
            self.tell(Some(&heard));
        }
    }

    /// A device with a link does not advertise: it is near all the same. On Linux a link outlives a program that was
    /// killed, and nobody would ever hear of that device again.
    async fn observe_connected(&self, adapter: &Adapter) {
        // The next round asks again.
        let Ok(all) = adapter.peripherals().await else { return };
        for peripheral in all {
            if peripheral.is_connected().await.unwrap_or(false) {
                self.observe(adapter, &peripheral.id()).await;
            }
        }
    }

    async fn find(&self, adapter: &Adapter, address: &DeviceAddress) -> Result<Peripheral, BleError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(address).cloned();
        if let Some(id) = known
            && let Ok(peripheral) = adapter.peripheral(&id).await
        {
            return Ok(peripheral);
        }
        let all = adapter.peripherals().await.map_err(|error| words::unusable(&error))?;
        all.into_iter().find(|one| words::address(&one.id()) == *address).ok_or(BleError::NotInRange)
    }
}

/// Scans for as long as anybody listens.
async fn listen(
    inside: Arc<Inside>,
    adapter: Adapter,
    mut events: impl futures_util::Stream<Item = CentralEvent> + Unpin,
) {
    let mut asking = tokio::time::interval(ASKING);
    asking.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            // A listener that left is noticed between two devices, or here when nothing is near.
            _ = asking.tick() => {
                inside.observe_connected(&adapter).await;
                if inside.tell(None) { continue } else { break }
            }
        };
        match event {
            Some(
                CentralEvent::DeviceDiscovered(id)
                | CentralEvent::DeviceUpdated(id)
                | CentralEvent::ManufacturerDataAdvertisement { id, .. }
                | CentralEvent::ServiceDataAdvertisement { id, .. }
                | CentralEvent::ServicesAdvertisement { id, .. }
                | CentralEvent::RssiUpdate { id, .. },
            ) => inside.observe(&adapter, &id).await,
            Some(CentralEvent::StateUpdate(CentralState::PoweredOff)) | None => {
                inside.silence();
                break;
            }
            Some(_) => {}
        }
        if !inside.tell(None) {
            break;
        }
    }
    let mut scanning = inside.scanning.lock().await;
    // The adapter may be gone: then there is nothing to stop.
    if let Err(error) = adapter.stop_scan().await {
        tracing::debug!(%error, "the scan was over already");
    }
    *scanning = false;
    drop(scanning);
    // Somebody may have come in the meantime: without a scan their channel has to close.
    inside.silence();
    if inside.usable().await.is_err() {
        tracing::debug!("the adapter is not on any more");
    }
}

async fn begin(inside: Arc<Inside>, sender: mpsc::Sender<Heard>) -> Result<(), BleError> {
    let adapter = inside.usable().await?;
    let mut scanning = inside.scanning.lock().await;
    if !*scanning {
        let events = adapter.events().await.map_err(|error| words::unusable(&error))?;
        adapter.start_scan(ScanFilter::default()).await.map_err(|error| words::unusable(&error))?;
        *scanning = true;
        inside.listeners.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
        tokio::spawn(listen(inside.clone(), adapter, events));
    } else {
        inside.listeners.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
    }
    Ok(())
}

#[async_trait]
impl Radio for SystemRadio {
    fn state(&self) -> watch::Receiver<AdapterState> {
        self.0.state.subscribe()
    }

    async fn scan(&self) -> Result<mpsc::Receiver<Heard>, BleError> {
        let (sender, heard) = mpsc::channel(BACKLOG);
        let inside = self.0.clone();
        apart::run(begin(inside, sender)).await.unwrap_or(Err(BleError::None))?;
        Ok(heard)
    }

    async fn connect(&self, address: &DeviceAddress, within: Duration) -> Result<Arc<dyn GattLink>, BleError> {
        let until = Instant::now() + within;
        let (inside, address) = (self.0.clone(), address.clone());
        let work = async move {
            let adapter = inside.usable().await?;
            let peripheral = inside.find(&adapter, &address).await?;
            link::connect(adapter, peripheral, until).await
        };
        let failed = || Err(BleError::Failed("the Bluetooth library broke".to_owned()));
        let link = apart::run(work).await.unwrap_or_else(failed)?;
        Ok(Arc::new(link))
    }
}
