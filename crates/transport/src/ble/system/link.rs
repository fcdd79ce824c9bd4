//! A link through the system's Bluetooth.
//!
//! Notification streams do not end when the link does (measured on Linux): the adapter's own events tell that. After a
//! loss the objects are dead, so a link is never revived; connecting again finds everything anew. The rows of the
//! attribute table come in the order of their UUIDs: the library does not keep the device's.

use super::super::{BleError, GattLink};
use super::{apart, words};
use async_trait::async_trait;
use btleplug::api::{Central, CentralEvent, Characteristic, Peripheral as _, WriteType};
use btleplug::platform::{Adapter, Peripheral};
use futures_util::{Stream, StreamExt};
use platen_model::gatt::{GattEvent, GattFailure, GattRequest, Tree};
use platen_model::{At, Uuid};
use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};
use tokio::time::{Instant, MissedTickBehavior, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

/// The attribute protocol's own patience.
const ANSWER: Duration = Duration::from_secs(30);
/// BlueZ hangs up two seconds after it was told to.
const HANGING_UP: Duration = Duration::from_secs(5);
/// How often the system is asked whether the link stands.
const ASKING: Duration = Duration::from_secs(2);
/// Says in words what a characteristic is.
const DESCRIPTION: Uuid = Uuid::short(0x2901);
/// The longest such words that are kept, in bytes.
const LONGEST_DESCRIPTION: usize = 64;
/// The longest value of an attribute.
const LONGEST: usize = 512;

pub(super) struct SystemLink {
    peripheral: Peripheral,
    tree: Tree,
    payload: usize,
    rows: Arc<BTreeMap<At, Characteristic>>,
    up: Mutex<mpsc::Receiver<GattEvent>>,
    listening: Arc<Mutex<BTreeSet<At>>>,
    /// Cancelled once the link is over.
    over: CancellationToken,
    parted: AtomicBool,
}

/// Notifications that wait for the app; a device that tells more than anybody takes loses its link's latest words.
const BACKLOG: usize = 1024;

/// Connects, finds the attribute table and begins to listen. Runs apart.
pub(super) async fn connect(adapter: Adapter, peripheral: Peripheral, until: Instant) -> Result<SystemLink, BleError> {
    // A link that is there already is that of a program that was killed, as one of ours is used by one at a time: the
    // printer has to see its end, or it goes on in the middle of what it was told before.
    if peripheral.is_connected().await.unwrap_or(false) {
        tracing::info!("a link that nobody holds any more is hung up");
        give_up(&peripheral).await;
    }
    let events = adapter.events().await.map_err(|error| words::unusable(&error))?;
    let left = until.saturating_duration_since(Instant::now());
    let found = async {
        peripheral.connect_with_timeout(left).await?;
        let left = until.saturating_duration_since(Instant::now());
        peripheral.discover_services_with_timeout(left).await?;
        peripheral.notifications().await
    };
    let told = match timeout_at(until, found).await {
        Ok(Ok(told)) => told,
        Ok(Err(error)) => {
            give_up(&peripheral).await;
            return Err(words::unconnected(&error));
        }
        Err(_) => {
            give_up(&peripheral).await;
            return Err(BleError::TimedOut);
        }
    };
    let (mut rows, mut tree) = (BTreeMap::new(), Tree::default());
    for characteristic in peripheral.services().iter().flat_map(|service| &service.characteristics) {
        let description = description(&peripheral, characteristic, until).await;
        tree.characteristics.push(words::row(characteristic, description));
        rows.insert(words::at(characteristic), characteristic.clone());
    }
    let payload = usize::from(peripheral.mtu().max(23)) - 3;
    let (sender, up) = mpsc::channel(BACKLOG);
    let over = CancellationToken::new();
    let listening = Arc::new(Mutex::new(BTreeSet::new()));
    apart::spawn(pump(peripheral.clone(), told, events, sender, over.clone()));
    Ok(SystemLink {
        peripheral,
        tree,
        payload,
        rows: Arc::new(rows),
        up: Mutex::new(up),
        listening,
        over,
        parted: AtomicBool::new(false),
    })
}

/// Systems go on connecting when nobody waits any more, until they are told to stop.
async fn give_up(peripheral: &Peripheral) {
    if !matches!(timeout(HANGING_UP, peripheral.disconnect()).await, Ok(Ok(()))) {
        tracing::debug!("a connection that was given up could not be taken back");
    }
}

async fn description(peripheral: &Peripheral, of: &Characteristic, until: Instant) -> Option<String> {
    let wanted = |uuid: uuid::Uuid| uuid.as_u128() == DESCRIPTION.bits();
    let descriptor = of.descriptors.iter().find(|descriptor| wanted(descriptor.uuid))?;
    let mut bytes = timeout_at(until, peripheral.read_descriptor(descriptor)).await.ok()?.ok()?;
    bytes.truncate(LONGEST_DESCRIPTION);
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_matches(|letter: char| letter == '\0' || letter.is_whitespace());
    (!text.is_empty()).then(|| text.chars().filter(|letter| !letter.is_control()).collect())
}

type Told<T> = Pin<Box<dyn Stream<Item = T> + Send>>;

/// Passes on what the device tells until its link is over.
async fn pump(
    peripheral: Peripheral,
    mut told: Told<btleplug::api::ValueNotification>,
    mut events: Told<CentralEvent>,
    sender: mpsc::Sender<GattEvent>,
    over: CancellationToken,
) {
    let id = peripheral.id();
    let mut asking = tokio::time::interval(ASKING);
    asking.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            // Words that came before the end are told before it.
            value = told.next() => match value {
                Some(value) => {
                    let at = words::notified(value.service_uuid, value.uuid);
                    if sender.try_send(GattEvent::Notified { at, bytes: value.value }).is_err() {
                        tracing::warn!("a device tells more than anybody takes");
                    }
                }
                None => break,
            },
            event = events.next() => match event {
                // News of the link before this one may come late.
                Some(CentralEvent::DeviceDisconnected(gone)) if gone == id => {
                    if !peripheral.is_connected().await.unwrap_or(false) {
                        break;
                    }
                }
                Some(_) => {}
                None => break,
            },
            () = over.cancelled() => break,
            // An adapter that is pulled out takes its devices along without a word.
            _ = asking.tick() => if !peripheral.is_connected().await.unwrap_or(false) { break },
        }
    }
    over.cancel();
}

impl SystemLink {
    async fn ask(&self, request: GattRequest) -> GattEvent {
        let lost = self.over.clone();
        let (peripheral, rows, listening) = (self.peripheral.clone(), self.rows.clone(), self.listening.clone());
        let work = async move {
            tokio::select! {
                event = carry_out(&peripheral, &rows, &listening, request) => event,
                () = lost.cancelled() => GattEvent::Lost,
            }
        };
        apart::run(work).await.unwrap_or(GattEvent::Lost)
    }
}

async fn carry_out(
    peripheral: &Peripheral,
    rows: &BTreeMap<At, Characteristic>,
    listening: &Mutex<BTreeSet<At>>,
    request: GattRequest,
) -> GattEvent {
    let at = match &request {
        GattRequest::Write { at, .. } | GattRequest::Read { at } | GattRequest::Subscribe { at } => *at,
    };
    let reading = matches!(request, GattRequest::Read { .. });
    let end = |failure| if reading { GattEvent::Value(Err(failure)) } else { GattEvent::Written(Err(failure)) };
    let Some(row) = rows.get(&at) else { return end(GattFailure::NotPossible) };
    let work = async {
        match request {
            GattRequest::Write { bytes, confirmed, .. } => {
                let kind = if confirmed { WriteType::WithResponse } else { WriteType::WithoutResponse };
                peripheral.write(row, &bytes, kind).await.map(|()| GattEvent::Written(Ok(())))
            }
            GattRequest::Read { .. } => peripheral.read(row).await.map(|bytes| GattEvent::Value(Ok(bytes))),
            GattRequest::Subscribe { .. } => {
                let mut listening = listening.lock().await;
                if !listening.contains(&at) {
                    peripheral.subscribe(row).await?;
                    listening.insert(at);
                }
                Ok(GattEvent::Written(Ok(())))
            }
        }
    };
    match timeout(ANSWER, work).await {
        Ok(Ok(event)) => event,
        Err(_) => end(GattFailure::TimedOut),
        Ok(Err(error)) => {
            let connected = peripheral.is_connected().await.unwrap_or(false);
            match words::failure(&error, connected) {
                GattFailure::Lost => GattEvent::Lost,
                failure => {
                    tracing::debug!(%error, "a device refused");
                    end(failure)
                }
            }
        }
    }
}

#[async_trait]
impl GattLink for SystemLink {
    fn tree(&self) -> &Tree {
        &self.tree
    }

    fn payload(&self) -> usize {
        self.payload
    }

    async fn request(&self, request: &GattRequest) -> GattEvent {
        let can = |at: &At| self.tree.get(*at).map(|row| row.properties).unwrap_or_default();
        let possible = match request {
            GattRequest::Write { at, bytes, confirmed: true } => can(at).write && bytes.len() <= LONGEST,
            GattRequest::Write { at, bytes, confirmed: false } => {
                can(at).write_without_response && bytes.len() <= self.payload
            }
            GattRequest::Read { at } => can(at).read,
            GattRequest::Subscribe { at } => can(at).tells(),
        };
        match (possible, request) {
            (true, _) => self.ask(request.clone()).await,
            (false, GattRequest::Read { .. }) => GattEvent::Value(Err(GattFailure::NotPossible)),
            (false, _) => GattEvent::Written(Err(GattFailure::NotPossible)),
        }
    }

    async fn next(&self) -> GattEvent {
        // The pump holds the sender: nothing comes any more once it has ended.
        self.up.lock().await.recv().await.unwrap_or(GattEvent::Lost)
    }

    async fn disconnect(&self) -> Result<(), GattFailure> {
        if self.over.is_cancelled() || self.parted.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        let (peripheral, over) = (self.peripheral.clone(), self.over.clone());
        let work = async move {
            let end = timeout(HANGING_UP, peripheral.disconnect()).await;
            over.cancel();
            match end {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => match words::failure(&error, true) {
                    GattFailure::Lost => Ok(()),
                    failure => Err(failure),
                },
                Err(_) => Err(GattFailure::TimedOut),
            }
        };
        apart::run(work).await.unwrap_or(Err(GattFailure::Lost))
    }
}

/// Nobody holds the link any more: systems keep it up for ever unless told otherwise.
impl Drop for SystemLink {
    fn drop(&mut self) {
        if self.over.is_cancelled() || *self.parted.get_mut() {
            return;
        }
        let (peripheral, over) = (self.peripheral.clone(), self.over.clone());
        apart::spawn(async move {
            give_up(&peripheral).await;
            over.cancel();
        });
    }
}
