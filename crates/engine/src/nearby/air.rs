//! Listening: which devices are near, on every radio that this run has.
//!
//! A radio listens only while somebody wants it to ([`Air::listen`]), and not while somebody connects ([`Air::hush`]):
//! many adapters cannot do both well. Devices are merged by the radio's name for them; their signal is smoothed, and
//! they are forgotten when nothing was heard of them for a while *although* somebody listened.
//! Deliberately absent: what a device is for; see [`super::says`].

use super::says::{Recognised, Setup};
use crate::clock::Clock;
use platen_model::Moment;
use platen_model::gatt::Advertisement;
use platen_model::segment::visible;
use platen_printers::Model;
use platen_transport::{AdapterState, BleError, DeviceAddress, Heard, Radio};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// A device of which nothing was heard for so long while somebody listened is gone.
const GONE: Duration = Duration::from_secs(60);
/// After a radio refused to listen, it is asked again.
const AGAIN: Duration = Duration::from_secs(3);
/// The most devices that are kept: a hostile one may change its address with each packet.
const MOST: usize = 512;

/// The most letters of a name that a stranger has given itself.
pub(super) const LONGEST_NAME: usize = 80;

/// A radio of this run.
pub(crate) struct Post {
    pub(crate) radio: Arc<dyn Radio>,
    /// Its devices exist only in the simulated world.
    pub(crate) simulated: bool,
}

/// A device as it was heard.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub(crate) address: DeviceAddress,
    pub(crate) advertisement: Advertisement,
    /// Smoothed, in tenths of a dBm.
    strength: Option<i32>,
    pub(crate) heard: Moment,
    pub(crate) setup: Option<Setup>,
    pub(crate) recognised: Recognised,
    /// Place of its radio in [`Air::posts`].
    post: usize,
}

impl Device {
    /// Smoothed signal in dBm.
    pub(crate) fn rssi(&self) -> Option<i16> {
        self.strength.and_then(|tenths| i16::try_from((tenths - 5).div_euclid(10)).ok())
    }

    /// Bars, 0 to 4.
    pub(crate) fn signal(&self) -> u8 {
        match self.rssi() {
            Some(-55..) => 4,
            Some(-67..) => 3,
            Some(-78..) => 2,
            Some(-90..) => 1,
            _ => 0,
        }
    }
}

/// See the module.
#[derive(Default)]
pub(crate) struct Air {
    posts: Mutex<Vec<Arc<Post>>>,
    devices: Mutex<BTreeMap<String, Device>>,
    wanted: watch::Sender<Wanted>,
    /// Grows when something changed that a list would show.
    pub(crate) version: watch::Sender<u64>,
    /// Grows with every observation.
    pub(crate) heard: watch::Sender<u64>,
    /// The user's own models.
    own: Mutex<Vec<Model>>,
    /// Why a radio last refused to listen, by its place.
    refused: Mutex<BTreeMap<usize, BleError>>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    listeners: u32,
    hushed: u32,
}

impl Wanted {
    fn now(self) -> bool {
        self.is_search() && self.hushed == 0
    }

    /// Somebody searches, though perhaps not at this moment.
    pub(super) fn is_search(self) -> bool {
        self.listeners > 0
    }
}

/// Somebody wants to listen until this is dropped.
pub(crate) struct Listening(Arc<Air>);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.wanted.send_modify(|wanted| wanted.listeners = wanted.listeners.saturating_sub(1));
    }
}

/// Nobody listens until this is dropped.
pub(crate) struct Hush(Arc<Air>);

impl Drop for Hush {
    fn drop(&mut self) {
        self.0.wanted.send_modify(|wanted| wanted.hushed = wanted.hushed.saturating_sub(1));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Air {
    /// Wants to listen.
    pub(crate) fn listen(self: &Arc<Self>) -> Listening {
        self.wanted.send_modify(|wanted| wanted.listeners = wanted.listeners.saturating_add(1));
        Listening(self.clone())
    }

    /// Wants nobody to listen, for as long as a connection is being made.
    pub(crate) fn hush(self: &Arc<Self>) -> Hush {
        self.wanted.send_modify(|wanted| wanted.hushed = wanted.hushed.saturating_add(1));
        Hush(self.clone())
    }

    pub(crate) fn is_listening(&self) -> bool {
        self.wanted.borrow().listeners > 0
    }

    pub(super) fn wanted(&self) -> watch::Receiver<Wanted> {
        self.wanted.subscribe()
    }

    pub(crate) fn posts(&self) -> Vec<Arc<Post>> {
        lock(&self.posts).clone()
    }

    /// Adds a radio; its task is the caller's to spawn: [`Air::attend`].
    pub(crate) fn join(&self, radio: Arc<dyn Radio>, simulated: bool) -> (usize, Arc<Post>) {
        let post = Arc::new(Post { radio, simulated });
        let mut posts = lock(&self.posts);
        posts.push(post.clone());
        (posts.len() - 1, post)
    }

    /// All devices that are near.
    pub(crate) fn devices(&self) -> Vec<Device> {
        lock(&self.devices).values().cloned().collect()
    }

    pub(crate) fn device(&self, id: &str) -> Option<Device> {
        lock(&self.devices).get(id).cloned()
    }

    /// The radio that hears a device.
    pub(crate) fn post_of(&self, device: &Device) -> Option<Arc<Post>> {
        lock(&self.posts).get(device.post).cloned()
    }

    pub(crate) fn changed(&self) {
        self.version.send_modify(|version| *version = version.wrapping_add(1));
    }

    /// Listens on one radio whenever somebody wants it. Ends when it is dropped.
    pub(crate) async fn attend(self: Arc<Self>, clock: Arc<dyn Clock>, place: usize, post: Arc<Post>) {
        let mut wanted = self.wanted.subscribe();
        let mut state = post.radio.state();
        loop {
            // Both senders live as long as this task: `self` and `post` hold them. A radio that closed its own is mute.
            if wanted.wait_for(|wanted| wanted.now()).await.is_err() {
                return;
            }
            match post.radio.scan().await {
                Ok(mut heard) => {
                    if lock(&self.refused).remove(&place).is_some() {
                        self.changed();
                    }
                    loop {
                        tokio::select! {
                            one = heard.recv() => match one {
                                Some(one) => self.take(clock.now(), place, one),
                                None => break,
                            },
                            stopped = wanted.wait_for(|wanted| !wanted.now()) => {
                                if stopped.is_err() {
                                    return;
                                }
                                break;
                            }
                        }
                    }
                    if !wanted.borrow().now() {
                        continue;
                    }
                }
                Err(error) => {
                    if lock(&self.refused).insert(place, error.clone()) != Some(error) {
                        self.changed();
                    }
                }
            }
            // It refused, or stopped by itself: again when it says something new, or after a while.
            let due = clock.now() + AGAIN;
            tokio::select! {
                changed = state.changed() => {
                    if changed.is_err() {
                        clock.wait_until(due).await;
                    }
                }
                () = clock.wait_until(due) => {}
            }
        }
    }

    /// The user's own models are these from now on; what is near may be one of them.
    pub(crate) fn know(&self, own: &[Arc<Model>]) {
        let own: Vec<Model> = own.iter().map(|model| Model::clone(model)).collect();
        let mut known = lock(&self.own);
        for device in lock(&self.devices).values_mut() {
            device.recognised = Recognised::of(&device.advertisement, &device.address.0, &own);
        }
        *known = own;
        drop(known);
        self.changed();
    }

    fn take(&self, now: Moment, place: usize, heard: Heard) {
        let id = heard.address.to_string();
        let own = lock(&self.own);
        let mut devices = lock(&self.devices);
        let before = devices.len();
        devices.retain(|_, device| now.since(device.heard) < GONE);
        let mut news = devices.len() != before;
        let room = devices.len() < MOST;
        match devices.get_mut(&id) {
            Some(device) => news |= device.hear(now, heard, &own),
            None if room => {
                let mut device = Device {
                    address: heard.address.clone(),
                    advertisement: Advertisement::default(),
                    strength: None,
                    heard: now,
                    setup: None,
                    recognised: Recognised::default(),
                    post: place,
                };
                device.hear(now, heard, &own);
                devices.insert(id, device);
                news = true;
            }
            None => {}
        }
        drop(devices);
        drop(own);
        self.heard.send_modify(|heard| *heard = heard.wrapping_add(1));
        if news {
            self.changed();
        }
    }

    /// Why Bluetooth cannot be used, of the radio that is best off.
    pub(crate) fn trouble(&self) -> (AdapterState, Option<BleError>) {
        let refused = lock(&self.refused);
        let order = |state: &AdapterState| match state {
            AdapterState::On => 0,
            AdapterState::Unknown => 1,
            AdapterState::Off => 2,
            AdapterState::Denied => 3,
            AdapterState::None => 4,
        };
        let all = self.posts().into_iter().enumerate().map(|(place, post)| {
            let state = *post.radio.state().borrow();
            let said = match state {
                AdapterState::Off => Some(BleError::Off),
                AdapterState::Denied => Some(BleError::Denied),
                AdapterState::None => Some(BleError::None),
                AdapterState::On | AdapterState::Unknown => refused.get(&place).cloned(),
            };
            (state, said)
        });
        all.min_by_key(|(state, said)| (order(state), said.is_some()))
            .unwrap_or((AdapterState::None, Some(BleError::None)))
    }
}

impl Device {
    /// Takes an observation. Returns whether a list would show a difference.
    fn hear(&mut self, now: Moment, heard: Heard, own: &[Model]) -> bool {
        let bars = self.signal();
        self.heard = now;
        if let Some(rssi) = heard.rssi {
            let new = i32::from(rssi) * 10;
            self.strength = Some(match self.strength {
                // A third of the way: two packets of noise do not move a bar, a walk across the room does.
                Some(old) => old + (new - old) / 3,
                None => new,
            });
        }
        let told = self.merge(heard.advertisement);
        if told {
            self.setup = Setup::of(&self.advertisement);
            self.recognised = Recognised::of(&self.advertisement, &self.address.0, own);
        }
        told || bars != self.signal()
    }

    /// What was told before stays valid until it is told anew.
    fn merge(&mut self, new: Advertisement) -> bool {
        let before = self.advertisement.clone();
        let known = &mut self.advertisement;
        let name = new.name.map(|name| visible(&name, LONGEST_NAME)).filter(|name| !name.is_empty());
        known.name = name.or(known.name.take());
        for service in new.services {
            if !known.services.contains(&service) && known.services.len() < 32 {
                known.services.push(service);
            }
        }
        for (uuid, data) in new.service_data {
            known.service_data.retain(|(old, _)| *old != uuid);
            known.service_data.push((uuid, data));
        }
        for (maker, data) in new.manufacturer_data {
            known.manufacturer_data.retain(|(old, _)| *old != maker);
            known.manufacturer_data.push((maker, data));
        }
        *known != before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(rssi: i16, name: Option<&str>) -> Heard {
        Heard {
            address: DeviceAddress("A".to_owned()),
            advertisement: Advertisement { name: name.map(str::to_owned), ..Advertisement::default() },
            rssi: Some(rssi),
        }
    }

    #[test]
    fn a_signal_is_smoothed_and_a_name_stays_when_it_is_not_repeated() {
        let air = Air::default();
        let at = Moment::from_millis;
        air.take(at(1), 0, heard(-50, Some("GB01")));
        air.take(at(2), 0, heard(-80, None));
        let device = air.device("A").unwrap();
        assert_eq!(device.advertisement.name.as_deref(), Some("GB01"));
        assert_eq!(device.rssi(), Some(-61), "one weak packet does not make it weak");
        for moment in 3..20 {
            air.take(at(moment), 0, heard(-80, None));
        }
        assert_eq!(air.device("A").unwrap().signal(), 1);
    }

    #[test]
    fn a_name_says_nothing_to_a_terminal_and_is_not_endless() {
        let air = Air::default();
        let name = format!("\u{1b}]0;owned\u{7}GB\u{202e}01{}", "x".repeat(200));
        air.take(Moment::from_millis(1), 0, heard(-50, Some(&name)));
        let shown = air.device("A").unwrap().advertisement.name.unwrap();
        assert!(shown.starts_with("]0;ownedGB01xx") && shown.chars().count() == LONGEST_NAME, "{shown}");
    }

    #[test]
    fn a_device_that_is_silent_while_others_are_heard_is_forgotten() {
        let air = Air::default();
        air.take(Moment::from_millis(1), 0, heard(-50, None));
        let other = Heard { address: DeviceAddress("B".to_owned()), ..heard(-50, None) };
        air.take(Moment::from_millis(1 + 61_000), 0, other);
        assert!(air.device("A").is_none() && air.device("B").is_some());
    }

    #[test]
    fn a_flood_of_addresses_is_bounded() {
        let air = Air::default();
        for number in 0..2 * MOST {
            air.take(
                Moment::from_millis(1),
                0,
                Heard { address: DeviceAddress(number.to_string()), ..heard(-5, None) },
            );
        }
        assert_eq!(air.devices().len(), MOST);
    }
}
