//! What is near: signal strength smoothed, and how long ago each device was last heard. Pure: the caller says what time
//! it is.

use super::{DeviceAddress, Heard};
use platen_model::Moment;
use platen_model::gatt::Advertisement;
use std::collections::BTreeMap;
use std::time::Duration;

/// A device that was not heard for this long is not near any more. Printers that save power advertise every few seconds.
pub const GONE_AFTER: Duration = Duration::from_secs(15);
/// A device that was not heard for this long is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(120);
/// The most devices that are kept; in a crowd the one that has been silent longest goes.
const MOST: usize = 512;
/// The share of a new observation in the smoothed strength, in eighths.
const SHARE: i32 = 2;
/// Strengths are kept in 256ths of a dBm.
const SCALE: i32 = 256;

/// A device near, or near until lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearDevice {
    /// Which.
    pub address: DeviceAddress,
    /// Everything that it told so far.
    pub advertisement: Advertisement,
    /// Smoothed strength in dBm.
    pub rssi: Option<i16>,
    /// When it was last heard.
    pub heard: Moment,
    strength: Option<i32>,
}

impl NearDevice {
    /// How long ago it was last heard.
    pub const fn age(&self, now: Moment) -> Duration {
        now.since(self.heard)
    }

    /// Whether it is near now.
    pub fn is_near(&self, now: Moment) -> bool {
        self.age(now) < GONE_AFTER
    }
}

/// All that was heard lately.
#[derive(Clone, Debug, Default)]
pub struct NearDevices(BTreeMap<DeviceAddress, NearDevice>);

impl NearDevices {
    /// Takes an observation; whether the device is new, or was gone and is back.
    pub fn hear(&mut self, now: Moment, heard: Heard) -> bool {
        let back = self.0.get(&heard.address).is_none_or(|known| !known.is_near(now));
        let device = self.0.entry(heard.address.clone()).or_insert_with(|| NearDevice {
            address: heard.address,
            advertisement: Advertisement::default(),
            rssi: None,
            heard: now,
            strength: None,
        });
        device.heard = now;
        merge(&mut device.advertisement, heard.advertisement);
        if let Some(rssi) = heard.rssi {
            let fresh = i32::from(rssi) * SCALE;
            // What was measured before it went away says nothing about now.
            let before = device.strength.filter(|_| !back).unwrap_or(fresh);
            let smooth = before + (fresh - before) * SHARE / 8;
            device.strength = Some(smooth);
            device.rssi = i16::try_from((smooth - SCALE / 2) / SCALE).ok();
        }
        if self.0.len() > MOST
            && let Some(oldest) = self.0.values().min_by_key(|device| device.heard).map(|one| one.address.clone())
        {
            self.0.remove(&oldest);
        }
        back
    }

    /// Forgets what has been silent for long.
    pub fn forget(&mut self, now: Moment) {
        self.0.retain(|_, device| device.age(now) < FORGOTTEN_AFTER);
    }

    /// One device.
    pub fn get(&self, address: &DeviceAddress) -> Option<&NearDevice> {
        self.0.get(address)
    }

    /// What is near now, strongest first.
    pub fn near(&self, now: Moment) -> Vec<&NearDevice> {
        let mut near: Vec<_> = self.0.values().filter(|device| device.is_near(now)).collect();
        near.sort_by_key(|device| std::cmp::Reverse(device.rssi));
        near
    }
}

/// What was told stays valid until it is told anew: an advertisement and its scan response come apart.
fn merge(known: &mut Advertisement, told: Advertisement) {
    if told.name.is_some() {
        known.name = told.name;
    }
    for service in told.services {
        if !known.services.contains(&service) {
            known.services.push(service);
        }
    }
    replace(&mut known.service_data, told.service_data);
    replace(&mut known.manufacturer_data, told.manufacturer_data);
}

fn replace<K: PartialEq>(known: &mut Vec<(K, Vec<u8>)>, told: Vec<(K, Vec<u8>)>) {
    for (key, data) in told {
        match known.iter_mut().find(|(other, _)| *other == key) {
            Some((_, old)) => *old = data,
            None => known.push((key, data)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platen_model::Uuid;

    fn heard(name: Option<&str>, rssi: i16) -> Heard {
        Heard {
            address: DeviceAddress("a".to_owned()),
            advertisement: Advertisement { name: name.map(str::to_owned), ..Advertisement::default() },
            rssi: Some(rssi),
        }
    }

    fn at(seconds: u64) -> Moment {
        Moment::from_millis(seconds * 1000)
    }

    #[test]
    fn strength_is_smooth_and_settles() {
        let mut near = NearDevices::default();
        near.hear(at(0), heard(None, -60));
        near.hear(at(1), heard(None, -90));
        let first = near.near(at(1))[0].rssi.unwrap();
        assert!((-69..=-66).contains(&first), "one bad moment moves it a little: {first}");
        for second in 2..30 {
            near.hear(at(second), heard(None, -90));
        }
        let last = near.near(at(29))[0].rssi.unwrap();
        assert!((-90..=-89).contains(&last), "{last}");
    }

    #[test]
    fn a_silent_device_goes_and_comes_back_as_it_is_then() {
        let mut near = NearDevices::default();
        assert!(near.hear(at(0), heard(Some("P"), -40)));
        assert!(!near.hear(at(10), heard(None, -40)));
        assert_eq!(near.near(at(24)).len(), 1);
        assert!(near.near(at(25)).is_empty());
        assert!(near.hear(at(60), heard(None, -80)));
        let device = near.near(at(60))[0];
        assert_eq!((device.rssi, device.advertisement.name.as_deref()), (Some(-80), Some("P")));
        near.forget(at(200));
        assert!(near.get(&DeviceAddress("a".to_owned())).is_none());
    }

    #[test]
    fn advertisement_and_scan_response_come_together() {
        let mut near = NearDevices::default();
        near.hear(at(0), heard(Some("P"), -40));
        let mut response = heard(None, -40);
        response.advertisement.services = vec![Uuid::short(0x18f0)];
        response.advertisement.manufacturer_data = vec![(1, vec![1])];
        near.hear(at(0), response.clone());
        response.advertisement.manufacturer_data = vec![(1, vec![2])];
        near.hear(at(1), response);
        let told = &near.near(at(1))[0].advertisement;
        assert_eq!(told.name.as_deref(), Some("P"));
        assert_eq!(told.services, [Uuid::short(0x18f0)]);
        assert_eq!(told.manufacturer_data, [(1, vec![2])]);
    }

    #[test]
    fn a_crowd_is_bounded() {
        let mut near = NearDevices::default();
        for number in 0..2000u64 {
            let mut one = heard(None, -50);
            one.address = DeviceAddress(number.to_string());
            near.hear(Moment::from_millis(number), one);
        }
        assert_eq!(near.near(at(2)).len(), MOST);
        assert!(near.get(&DeviceAddress("0".to_owned())).is_none());
    }
}
