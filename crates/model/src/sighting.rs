//! Sightings, and the printer that they add up to.
//!
//! One printer may be seen on several channels at once. Its serial number says that it is one; what each channel says
//! stays apart, with its own age, so that a printer that left the Bluetooth range is still known to be in the cloud.

use crate::machine::Channel;
use crate::moment::Moment;
use crate::printer::Serial;
use std::collections::BTreeMap;

/// One observation of a printer on one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Which printer.
    pub serial: Serial,
    /// Where it was seen.
    pub channel: Channel,
    /// When, on the clock that nobody can turn: a changed time of day must not make the new look old.
    pub at: Moment,
    /// Whether it can be reached there now; `None` when this observation does not say.
    pub reachable: Option<bool>,
    /// Signal strength in dBm, where the channel has one.
    pub rssi: Option<i16>,
}

/// What is known about a printer on one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Presence {
    /// When it was last seen there.
    pub at: Moment,
    /// Whether it could be reached then.
    pub reachable: Option<bool>,
    /// Signal strength in dBm.
    pub rssi: Option<i16>,
}

/// All sightings of all printers, merged by serial number.
#[derive(Clone, Debug, Default)]
pub struct Sightings {
    printers: BTreeMap<Serial, BTreeMap<Channel, Presence>>,
}

impl Sightings {
    /// Takes a sighting. What it does not say stays as it was; one that is older than what is known changes nothing.
    /// Returns whether the printer's reach changed.
    pub fn take(&mut self, sighting: &Sighting) -> bool {
        let presence = self.printers.entry(sighting.serial.clone()).or_default().entry(sighting.channel).or_default();
        if sighting.at < presence.at {
            return false;
        }
        let before = presence.reachable;
        presence.at = sighting.at;
        presence.reachable = sighting.reachable.or(before);
        presence.rssi = sighting.rssi.or(presence.rssi);
        presence.reachable != before
    }

    /// Where a printer is, channel by channel.
    pub fn of(&self, serial: &Serial) -> impl Iterator<Item = (Channel, Presence)> + '_ {
        self.printers.get(serial).into_iter().flatten().map(|(channel, presence)| (*channel, *presence))
    }

    /// The channel to use: one on which it can be reached, the nearest first; without one, the one seen last.
    pub fn best(&self, serial: &Serial) -> Option<(Channel, Presence)> {
        let reachable = self.of(serial).find(|(_, presence)| presence.reachable == Some(true));
        reachable.or_else(|| self.of(serial).max_by_key(|(_, presence)| presence.at))
    }

    /// When it was last seen anywhere.
    pub fn last(&self, serial: &Serial) -> Option<Moment> {
        self.of(serial).map(|(_, presence)| presence.at).max()
    }

    /// Forgets a printer.
    pub fn forget(&mut self, serial: &Serial) {
        self.printers.remove(serial);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(channel: Channel, at: u64, reachable: Option<bool>) -> Sighting {
        Sighting { serial: Serial::new("SN1").unwrap(), channel, at: Moment::from_millis(at), reachable, rssi: None }
    }

    #[test]
    fn sightings_of_one_serial_on_two_channels_are_one_printer() {
        let mut all = Sightings::default();
        assert!(all.take(&seen(Channel::Cloud, 10, Some(true))));
        assert!(all.take(&seen(Channel::Ble, 20, Some(true))));
        assert!(!all.take(&seen(Channel::Ble, 21, None)));
        let serial = Serial::new("SN1").unwrap();
        assert_eq!(all.of(&serial).count(), 2);
        assert_eq!(all.best(&serial).unwrap().0, Channel::Ble);
        assert_eq!(all.last(&serial), Some(Moment::from_millis(21)));

        assert!(all.take(&seen(Channel::Ble, 30, Some(false))));
        assert_eq!(all.best(&serial).unwrap().0, Channel::Cloud);
        all.forget(&serial);
        assert_eq!(all.best(&serial), None);
    }

    #[test]
    fn an_older_sighting_changes_nothing() {
        let mut all = Sightings::default();
        all.take(&seen(Channel::Cloud, 10, Some(true)));
        assert!(!all.take(&seen(Channel::Cloud, 9, Some(false))));
        assert_eq!(all.best(&Serial::new("SN1").unwrap()).unwrap().1.reachable, Some(true));
    }
}
