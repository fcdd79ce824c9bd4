//! What is near: Bluetooth devices and cables, what they are, and what can be asked of them without a job.
//!
//! ```text
//! air    ── radios → devices → says: family, set-up        one task a radio, only while somebody wants to listen
//! link   ── find → connect → Tapped link                   one user of a device at a time
//! ports  ── serial ports                                  while somebody searches
//! tape   ◀─ every frame of every link                      diagnostics, recordings
//! ```
//!
//! Promises BL-1 and BL-2. Deliberately absent: printing, which is the queue's (`printer/direct`), and joining a network.

mod adding;
mod advice;
pub(crate) mod air;
mod diagnostics;
pub(crate) mod link;
mod ports;
pub(crate) mod readings;
mod replay;
mod says;
pub(crate) mod setup;
pub(crate) mod strip;
pub(crate) mod tape;

pub(crate) use readings::other_printer;

pub use diagnostics::Recorded;
pub use readings::Chosen;
pub use replay::{Replay, ReplayFrame, ReplayPage, replay};
pub use says::{Recognised, Setup, SetupKind, SetupStep};
pub use setup::{SetupAnswer, SetupStatus};
pub use strip::{StripAnswer, StripStatus, StripStep};
pub use tape::Frame;

use crate::{Change, Core, Engine};
use air::{Air, Listening};
use link::Purpose;
use platen_model::gatt::GattRequest;
use platen_model::{At, Channel, Fault, Moment};
use platen_protocol::provisioning::improv;
use platen_transport::{AdapterState, Radio};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tape::Tap;

/// A search that nobody asks about ends after this: a window may close without a word.
const FORGOTTEN: Duration = Duration::from_secs(60);
/// Changes are told to doors at most so often.
const TELL: Duration = Duration::from_millis(400);

/// Bluetooth of this engine.
pub(crate) struct Nearby {
    pub(crate) air: Arc<Air>,
    leases: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
    taps: Mutex<BTreeMap<String, Arc<Tap>>>,
    search: Mutex<Search>,
    opened: tokio::sync::Mutex<BTreeMap<String, diagnostics::Opened>>,
    recordings: Mutex<BTreeMap<String, String>>,
    pub(crate) setups: setup::Setups,
    pub(crate) ports: ports::Ports,
    pub(crate) strips: strip::Strips,
}

/// The search that doors asked for.
#[derive(Default)]
struct Search {
    starts: u32,
    asked: Moment,
    listening: Option<Listening>,
}

/// What is near, as a door shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearbyStatus {
    /// Whether Bluetooth can be used.
    pub bluetooth: AdapterState,
    /// Why not, and what to do.
    pub fault: Option<Fault>,
    /// Somebody searches now.
    pub scanning: bool,
    /// Devices, printers and those that want to be set up first, then by signal.
    pub devices: Vec<DeviceStatus>,
    /// Why a printer may be missing here.
    pub advice: Vec<Fault>,
}

/// A device that is near.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceStatus {
    /// How it is named in calls, while it is near. Not its identity.
    pub id: String,
    /// What it calls itself.
    pub name: Option<String>,
    /// How it was seen.
    pub channel: Channel,
    /// What it may be.
    pub recognised: Recognised,
    /// Smoothed signal in dBm.
    pub rssi: Option<i16>,
    /// Bars, 0 to 4.
    pub signal: u8,
    /// How long ago it was last heard.
    pub age: Duration,
    /// How it wants to be set up.
    pub setup: Option<Setup>,
    /// Serial number of the added printer that it was the last time.
    pub added: Option<String>,
    /// It exists only in the simulated world.
    pub simulated: bool,
}

impl Nearby {
    pub(crate) fn new() -> Self {
        Self {
            air: Arc::default(),
            leases: Mutex::default(),
            taps: Mutex::default(),
            search: Mutex::default(),
            opened: tokio::sync::Mutex::default(),
            recordings: Mutex::default(),
            setups: setup::Setups::default(),
            ports: ports::Ports::default(),
            strips: strip::Strips::default(),
        }
    }

    /// The frames of a device.
    pub(crate) fn tap_of(&self, core: &Core, id: &str) -> Arc<Tap> {
        let mut taps = self.taps.lock().unwrap_or_else(PoisonError::into_inner);
        taps.entry(id.to_owned()).or_insert_with(|| Arc::new(Tap::new(core.clock.clone()))).clone()
    }
}

/// The system's Bluetooth.
pub(crate) fn system_radio() -> Arc<dyn Radio> {
    Arc::new(platen_transport::SystemRadio::new())
}

impl Core {
    /// Adds a radio to listen and connect with.
    pub(crate) fn join_radio(self: &Arc<Self>, radio: Arc<dyn Radio>, simulated: bool) {
        let air = self.nearby.air.clone();
        let (place, post) = air.join(radio, simulated);
        let stop = self.stop.clone();
        let (clock, listening) = (self.clock.clone(), air.clone());
        self.tasks.spawn(async move {
            tokio::select! {
                () = listening.attend(clock, place, post) => {}
                () = stop.cancelled() => {}
            }
        });
        air.changed();
    }

    /// How Bluetooth is, once it has said so.
    pub(crate) async fn bluetooth(&self, within: Duration) -> (AdapterState, Option<platen_transport::BleError>) {
        let known = async {
            for post in self.nearby.air.posts() {
                // A radio that ended will not say it any more.
                let _ = post.radio.state().wait_for(|state| *state != AdapterState::Unknown).await;
            }
        };
        tokio::select! {
            () = known => {}
            () = self.clock.wait_until(self.clock.now() + within) => {}
        }
        self.nearby.air.trouble()
    }

    /// Tells doors what changed, at most every [`TELL`], and ends a search that was forgotten.
    pub(crate) async fn watch_nearby(self: Arc<Self>) {
        let mut version = self.nearby.air.version.subscribe();
        loop {
            tokio::select! {
                // The sender lives in `nearby`.
                _ = version.changed() => {}
                () = self.stop.cancelled() => return,
            }
            self.tell(Change::Nearby);
            tokio::select! {
                () = self.clock.wait_until(self.clock.now() + TELL) => {}
                () = self.stop.cancelled() => return,
            }
            let mut search = self.nearby.search.lock().unwrap_or_else(PoisonError::into_inner);
            if search.listening.is_some() && self.clock.now().since(search.asked) >= FORGOTTEN {
                *search = Search::default();
                drop(search);
                self.nearby.air.changed();
            }
        }
    }

    pub(crate) async fn nearby_status(&self) -> Result<NearbyStatus, Fault> {
        // A file that changed makes other printers of what is near.
        self.own_models();
        let air = &self.nearby.air;
        let (bluetooth, error) = air.trouble();
        let printers = self.store.printers().await.map_err(|error| error.fault())?;
        let now = self.clock.now();
        let mut devices: Vec<_> = air
            .devices()
            .into_iter()
            .map(|device| {
                let id = device.address.to_string();
                let met =
                    |row: &&platen_store::PrinterRow| row.direct.as_ref().is_some_and(|direct| direct.address == id);
                DeviceStatus {
                    name: device.advertisement.name.clone(),
                    channel: Channel::Ble,
                    rssi: device.rssi(),
                    signal: device.signal(),
                    age: now.since(device.heard),
                    setup: device.setup,
                    added: printers.iter().find(met).map(|row| row.sn.clone()),
                    simulated: air.post_of(&device).is_some_and(|post| post.simulated),
                    recognised: device.recognised,
                    id,
                }
            })
            .chain(self.nearby.ports.devices())
            .collect();
        let rank = |device: &DeviceStatus| {
            let printer = device.added.is_some() || !device.recognised.is_nothing();
            (!printer, device.setup.is_none(), std::cmp::Reverse(device.signal), device.id.clone())
        };
        devices.sort_by_cached_key(rank);
        let missing: Vec<String> = printers
            .iter()
            .filter(|row| row.direct.is_some() && !devices.iter().any(|device| device.added.as_ref() == Some(&row.sn)))
            .map(|row| row.name.clone())
            .collect();
        let scanning = air.is_listening();
        let fault = error.map(|error| error.fault());
        let mut status = NearbyStatus { bluetooth, fault, scanning, devices, advice: Vec::new() };
        status.advice = advice::of(&status, &missing);
        Ok(status)
    }
}

impl Engine {
    /// Adds a radio beside the system's: the simulated world's. Once.
    pub fn join_radio(&self, radio: Arc<dyn Radio>) {
        if !self.core.nearby.air.posts().iter().any(|post| post.simulated) {
            self.core.join_radio(radio, true);
        }
    }

    /// Begins to search. Each start has its stop; a search that nobody asks about for a minute ends by itself.
    ///
    /// # Errors
    /// `storage` faults only: that Bluetooth is off is part of the answer.
    pub async fn start_search(&self) -> Result<NearbyStatus, Fault> {
        {
            let mut search = self.core.nearby.search.lock().unwrap_or_else(PoisonError::into_inner);
            search.starts = search.starts.saturating_add(1);
            search.asked = self.core.clock.now();
            if search.listening.is_none() {
                search.listening = Some(self.core.nearby.air.listen());
            }
        }
        self.core.nearby.air.changed();
        self.core.nearby_status().await
    }

    /// Ends one search.
    ///
    /// # Errors
    /// As [`Engine::start_search`].
    pub async fn stop_search(&self) -> Result<NearbyStatus, Fault> {
        {
            let mut search = self.core.nearby.search.lock().unwrap_or_else(PoisonError::into_inner);
            search.starts = search.starts.saturating_sub(1);
            if search.starts == 0 {
                search.listening = None;
            }
        }
        self.core.nearby.air.changed();
        self.core.nearby_status().await
    }

    /// What is near.
    ///
    /// # Errors
    /// As [`Engine::start_search`].
    pub async fn nearby(&self) -> Result<NearbyStatus, Fault> {
        self.core.nearby.search.lock().unwrap_or_else(PoisonError::into_inner).asked = self.core.clock.now();
        self.core.nearby_status().await
    }

    /// The same, for somebody who does not ask for it: a forgotten search still ends.
    ///
    /// # Errors
    /// As [`Engine::start_search`].
    pub async fn nearby_quietly(&self) -> Result<NearbyStatus, Fault> {
        self.core.nearby_status().await
    }

    /// Lets a device show which one it is.
    ///
    /// # Errors
    /// `cannot_blink`, and those of connecting.
    pub async fn blink(&self, id: &str) -> Result<(), Fault> {
        let connected = self.core.connect(id, Purpose::Setup).await?;
        let ended = identify(connected.link.as_ref()).await;
        connected.close().await;
        ended
    }
}

/// Sends Improv's "identify"; it has no answer.
async fn identify(link: &dyn platen_transport::GattLink) -> Result<(), Fault> {
    let place = improv::SERVICE.parse().ok().zip(improv::RPC_COMMAND.parse().ok());
    let at = place.map(|(service, characteristic)| At::new(service, characteristic)).ok_or_else(cannot_blink)?;
    let properties = link.tree().get(at).map(|row| row.properties).ok_or_else(cannot_blink)?;
    let packet = improv::Command::Identify.packet().ok_or_else(cannot_blink)?;
    let request = GattRequest::Write { at, bytes: packet.reveal().clone(), confirmed: properties.write };
    match link.request(&request).await {
        platen_model::gatt::GattEvent::Written(Ok(())) => Ok(()),
        platen_model::gatt::GattEvent::Written(Err(failure)) => Err(not_done(&failure)),
        _ => Err(not_done(&platen_model::gatt::GattFailure::Lost)),
    }
}

pub(crate) fn not_done(failure: &platen_model::gatt::GattFailure) -> Fault {
    let text = failure.to_string();
    let mut letters = text.chars();
    let sentence: String =
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
    Fault::new("gatt_failed", format!("{sentence}."), "Bring the device closer, then try again.")
        .with_retry(platen_model::Retry::Later)
}

fn cannot_blink() -> Fault {
    Fault::new(
        "cannot_blink",
        "This device has no way to show which one it is.",
        "Switch the others off, or go closer: the one with the strongest signal is the nearest.",
    )
    .with_retry(platen_model::Retry::No)
}
