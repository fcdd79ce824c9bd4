//! What may be said about a network before a password is asked for.
//!
//! Source: section 5.2 of `docs/protocols/provisioning.md`. What the device itself sees, it can join, whatever the band;
//! what only the computer sees may be out of the device's band. Deliberately absent: captive portals (nobody sees one
//! before the device is behind it).

use crate::provisioning::{Band, Credentials, Network, Obstacle, Security, Ssid, check_passphrase};

/// Below this many dBm a refusal may be the signal's fault.
const WEAK: i16 = -75;
/// From this frequency on, in MHz, the computer is in the 5 GHz band or above.
const FIVE_GHZ: u32 = 5_000;

/// Whether a printer can join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// As far as we know.
    Possible,
    /// Many printers cannot: WPA3 alone, WAPI. Not blocked.
    Doubtful,
    /// No, and why.
    Impossible(Obstacle),
}

/// A network as a list shows it: one row a name, whatever the number of access points and bands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its strongest access point.
    pub network: Network,
    /// The bands in which the device sees it, where it says.
    pub bands: Vec<Band>,
    /// Whether the device can join.
    pub advice: Advice,
    /// It was used before.
    pub saved: bool,
}

/// What may be said about a kind of protection.
pub fn advise(security: Security) -> Advice {
    match security {
        Security::Enterprise => Advice::Impossible(Obstacle::Enterprise),
        Security::Wpa3 | Security::Wapi => Advice::Doubtful,
        _ => Advice::Possible,
    }
}

/// The rows of a list: saved ones first, then by strength, the impossible ones last. Networks that hide their name have no
/// row; they are typed in.
pub fn rows(list: &[Network], saved: &[Ssid]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for network in list.iter().filter(|network| !network.ssid.bytes().is_empty()) {
        let same = |row: &&mut Row| {
            row.network.ssid == network.ssid && advise(row.network.security) == advise(network.security)
        };
        match rows.iter_mut().find(same) {
            Some(row) => {
                row.bands.extend(network.band().filter(|band| !row.bands.contains(band)));
                if network.rssi > row.network.rssi {
                    row.network = network.clone();
                }
            }
            None => rows.push(Row {
                network: network.clone(),
                bands: network.band().into_iter().collect(),
                advice: advise(network.security),
                saved: saved.contains(&network.ssid),
            }),
        }
    }
    rows.sort_by_key(|row| {
        let impossible = matches!(row.advice, Advice::Impossible(_));
        (impossible, !row.saved, std::cmp::Reverse(row.network.rssi))
    });
    rows
}

/// What may be said about a network that somebody chose or typed in. `list` is what the device sees, if it lists any;
/// `computer` is the network that the computer is on, with its frequency in MHz.
pub fn considered(ssid: &Ssid, security: Security, list: Option<&[Network]>, computer: Option<(&Ssid, u32)>) -> Advice {
    let advice = advise(security);
    if matches!(advice, Advice::Impossible(_)) {
        return advice;
    }
    // A list of an Improv device holds a dozen networks at most; but one that the computer stands next to would be in it.
    let unseen = list.is_some_and(|list| !list.is_empty() && list.iter().all(|network| network.ssid != *ssid));
    let far_band = computer.is_some_and(|(own, mhz)| own == ssid && mhz >= FIVE_GHZ);
    if unseen && far_band { Advice::Impossible(Obstacle::OtherBand) } else { advice }
}

/// Whether these credentials may be sent.
pub(super) fn acceptable(credentials: &Credentials) -> Result<(), Obstacle> {
    if let Advice::Impossible(obstacle) = advise(credentials.security) {
        return Err(obstacle);
    }
    if credentials.ssid.bytes().is_empty() {
        return Err(Obstacle::NetworkNotFound);
    }
    check_passphrase(credentials.security, credentials.passphrase.reveal()).map_err(Obstacle::Passphrase)
}

/// The refusal of a network, with what the device heard of it.
pub(super) fn refused(ssid: Option<&Ssid>, list: &[Network]) -> Obstacle {
    let strongest = list.iter().filter(|network| Some(&network.ssid) == ssid).filter_map(|network| network.rssi).max();
    Obstacle::Refused { weak: strongest.is_some_and(|rssi| rssi < WEAK) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platen_model::{CredentialProblem, Secret};

    fn network(name: &str, rssi: i16, security: Security, channel: Option<u32>) -> Network {
        Network { ssid: Ssid::new(name.as_bytes()).unwrap(), rssi: Some(rssi), security, channel, bssid: None }
    }

    #[test]
    fn a_name_is_one_row_with_its_bands_and_the_impossible_come_last() {
        let list = [
            network("office", -30, Security::Enterprise, Some(1)),
            network("home", -70, Security::Wpa2, Some(6)),
            network("home", -50, Security::Wpa2, Some(36)),
            network("", -20, Security::Wpa2, Some(6)),
            network("loud", -40, Security::Open, None),
            network("new", -60, Security::Wpa3, None),
        ];
        let saved = [Ssid::new(b"home").unwrap()];
        let rows = rows(&list, &saved);
        let shown: Vec<_> = rows.iter().map(|row| (row.network.ssid.shown(), row.network.rssi.unwrap())).collect();
        assert_eq!(shown, [("home".into(), -50), ("loud".into(), -40), ("new".into(), -60), ("office".into(), -30)]);
        assert_eq!(rows[0].bands, [Band::Ghz2, Band::Ghz5]);
        assert_eq!(rows[2].advice, Advice::Doubtful);
        assert_eq!(rows[3].advice, Advice::Impossible(Obstacle::Enterprise));
    }

    #[test]
    fn the_five_gigahertz_half_is_explained_before_a_password_is_asked() {
        let home = Ssid::new(b"home").unwrap();
        let list = [network("other", -40, Security::Wpa2, Some(1))];
        let verdict = |list, computer| considered(&home, Security::Wpa2, list, computer);
        let other_band = Advice::Impossible(Obstacle::OtherBand);
        assert_eq!(verdict(Some(&list[..]), Some((&home, 5180))), other_band);
        // Seen by the device, on 2.4 GHz, another network of the computer, or no list: nothing to say.
        let seen = [network("home", -40, Security::Wpa2, Some(1))];
        assert_eq!(verdict(Some(&seen[..]), Some((&home, 5180))), Advice::Possible);
        assert_eq!(verdict(Some(&list[..]), Some((&home, 2412))), Advice::Possible);
        assert_eq!(verdict(Some(&list[..]), Some((&list[0].ssid, 5180))), Advice::Possible);
        assert_eq!(verdict(None, Some((&home, 5180))), Advice::Possible);
        let enterprise = considered(&home, Security::Enterprise, None, None);
        assert_eq!(enterprise, Advice::Impossible(Obstacle::Enterprise));
    }

    #[test]
    fn an_open_network_needs_no_password_and_a_short_one_is_stopped_here() {
        let join = |security, passphrase: &str| {
            let ssid = Ssid::new(b"net").unwrap();
            acceptable(&Credentials { ssid, security, passphrase: Secret::new(passphrase.as_bytes().to_vec()) })
        };
        assert_eq!(join(Security::Open, ""), Ok(()));
        assert_eq!(join(Security::Wpa3, "abc"), Ok(()));
        assert_eq!(join(Security::Wpa2, "1234567"), Err(Obstacle::Passphrase(CredentialProblem::TooShort { has: 7 })));
        assert_eq!(join(Security::Enterprise, "12345678"), Err(Obstacle::Enterprise));
    }

    #[test]
    fn a_refusal_far_away_says_so() {
        let list = [network("far", -80, Security::Wpa2, None), network("near", -50, Security::Wpa2, None)];
        assert_eq!(refused(Some(&list[0].ssid), &list), Obstacle::Refused { weak: true });
        assert_eq!(refused(Some(&list[1].ssid), &list), Obstacle::Refused { weak: false });
        assert_eq!(refused(None, &list), Obstacle::Refused { weak: false });
    }
}
