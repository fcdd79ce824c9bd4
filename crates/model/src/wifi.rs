//! Networks as a printer sees them, and what may be said about credentials before they are sent.
//!
//! Source: section 5.2 of `docs/protocols/provisioning.md`. Deliberately absent: what this computer's own Wi-Fi sees.

use crate::secret::Secret;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The name of a network: 0 to 32 bytes, not necessarily UTF-8. Compared byte for byte and never trimmed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ssid(Vec<u8>);

impl Ssid {
    /// The longest name, in bytes.
    pub const MOST: usize = 32;

    /// Takes the bytes of a name; `None` when there are more than [`Ssid::MOST`].
    pub fn new(bytes: &[u8]) -> Option<Self> {
        (bytes.len() <= Self::MOST).then(|| Self(bytes.to_vec()))
    }

    /// The bytes that go on the wire.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// For a person; bytes that are not UTF-8 become replacement characters.
    pub fn shown(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

/// A name is location data: logs say only how long it is.
impl fmt::Debug for Ssid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Ssid({} bytes)", self.0.len())
    }
}

/// How a network is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // the names of the standards say it
pub enum Security {
    Open,
    Wep,
    Wpa,
    Wpa2,
    WpaWpa2,
    /// Asks for a user name: a printer cannot join it.
    Enterprise,
    Wpa3,
    Wpa2Wpa3,
    Wapi,
    /// A number or word that this version does not know. It is kept, and the network can still be chosen.
    Unknown,
}

impl Security {
    /// Whether no password is asked for.
    pub fn is_open(self) -> bool {
        self == Self::Open
    }

    /// Whether a printer can join at all.
    pub fn is_possible(self) -> bool {
        self != Self::Enterprise
    }

    /// The word used in the contract and in transcripts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Wep => "wep",
            Self::Wpa => "wpa",
            Self::Wpa2 => "wpa2",
            Self::WpaWpa2 => "wpa-wpa2",
            Self::Enterprise => "enterprise",
            Self::Wpa3 => "wpa3",
            Self::Wpa2Wpa3 => "wpa2-wpa3",
            Self::Wapi => "wapi",
            Self::Unknown => "unknown",
        }
    }

    /// The protection of that word.
    pub fn named(word: &str) -> Option<Self> {
        const ALL: [Security; 10] = [
            Security::Open,
            Security::Wep,
            Security::Wpa,
            Security::Wpa2,
            Security::WpaWpa2,
            Security::Enterprise,
            Security::Wpa3,
            Security::Wpa2Wpa3,
            Security::Wapi,
            Security::Unknown,
        ];
        ALL.into_iter().find(|security| security.name() == word)
    }
}

/// The part of the spectrum that a channel lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Band {
    Ghz2,
    Ghz5,
}

/// A network that the printer's own scan found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its name.
    pub ssid: Ssid,
    /// Strength at the printer in dBm, when it said.
    pub rssi: Option<i16>,
    /// Its protection.
    pub security: Security,
    /// Its channel, when the printer said.
    pub channel: Option<u32>,
    /// The access point's address, when the printer said.
    pub bssid: Option<[u8; 6]>,
}

impl Network {
    /// The band of its channel: 1 to 14 is 2.4 GHz, 32 and above 5 GHz.
    pub fn band(&self) -> Option<Band> {
        match self.channel? {
            1..=14 => Some(Band::Ghz2),
            32.. => Some(Band::Ghz5),
            _ => None,
        }
    }
}

/// What is wrong with a pass phrase for a kind of network, before it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialProblem {
    /// An open network takes none.
    #[error("the network is open and takes no password")]
    NotWanted,
    /// A protected network needs one.
    #[error("the network needs a password")]
    Missing,
    /// Shorter than any such network allows.
    #[error("the password has {has} characters; such a network needs at least 8")]
    TooShort {
        /// Bytes that were given.
        has: usize,
    },
    /// Longer than a printer can take.
    #[error("the password has {has} bytes; the printer takes at most 63")]
    TooLong {
        /// Bytes that were given.
        has: usize,
    },
}

/// A network that somebody chose, and how to get in.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Its name.
    pub ssid: Ssid,
    /// Its protection, as far as it is known.
    pub security: Security,
    /// Its pass phrase; empty for an open network.
    pub passphrase: Secret<Vec<u8>>,
}

/// Checks a pass phrase by its length. Networks of WPA3 alone and unknown ones take other lengths: they are not blocked.
///
/// # Errors
/// See [`CredentialProblem`].
pub fn check_passphrase(security: Security, passphrase: &[u8]) -> Result<(), CredentialProblem> {
    let has = passphrase.len();
    match (security, has) {
        (Security::Open, 0) => Ok(()),
        (Security::Open, _) => Err(CredentialProblem::NotWanted),
        (_, 64..) => Err(CredentialProblem::TooLong { has }),
        (Security::Unknown, _) => Ok(()),
        (_, 0) => Err(CredentialProblem::Missing),
        (Security::Wpa | Security::Wpa2 | Security::WpaWpa2, 1..=7) => Err(CredentialProblem::TooShort { has }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_bytes_and_is_not_logged() {
        assert!(Ssid::new(&[0xFF; 32]).is_some() && Ssid::new(&[b'a'; 33]).is_none());
        let cafe = Ssid::new(b"caf\xe9 ").unwrap();
        assert_eq!((cafe.bytes(), cafe.shown().as_str()), (&b"caf\xe9 "[..], "caf\u{FFFD} "));
        assert_eq!(format!("{cafe:?}"), "Ssid(5 bytes)");
    }

    #[test]
    fn lengths_are_checked_where_they_are_certain() {
        use CredentialProblem::*;
        for (security, length, expected) in [
            (Security::Open, 0, Ok(())),
            (Security::Open, 8, Err(NotWanted)),
            (Security::Wpa2, 0, Err(Missing)),
            (Security::Wpa2, 7, Err(TooShort { has: 7 })),
            (Security::Wpa2, 8, Ok(())),
            (Security::Wpa2, 63, Ok(())),
            (Security::Wpa2, 64, Err(TooLong { has: 64 })),
            (Security::Wpa3, 3, Ok(())),
            (Security::Unknown, 0, Ok(())),
            (Security::Wep, 5, Ok(())),
        ] {
            assert_eq!(check_passphrase(security, &vec![b'a'; length]), expected, "{security:?} {length}");
        }
    }

    #[test]
    fn a_protection_is_found_by_its_word() {
        for security in [Security::Open, Security::WpaWpa2, Security::Enterprise, Security::Unknown] {
            assert_eq!(Security::named(security.name()), Some(security));
            assert_eq!(serde_json::to_value(security).unwrap(), security.name());
        }
        assert_eq!(Security::named("WPA2"), None);
    }

    #[test]
    fn the_channel_tells_the_band() {
        let network = |channel| Network {
            ssid: Ssid::new(b"a").unwrap(),
            rssi: None,
            security: Security::Wpa2,
            channel,
            bssid: None,
        };
        assert_eq!(network(Some(11)).band(), Some(Band::Ghz2));
        assert_eq!(network(Some(36)).band(), Some(Band::Ghz5));
        assert_eq!((network(Some(0)).band(), network(None).band()), (None, None));
    }
}
