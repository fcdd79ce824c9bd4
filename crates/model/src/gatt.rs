//! Bluetooth Low Energy as words: what a device advertises, its attribute table, and the requests a machine makes of it.
//!
//! Source: section 2.0 of the family facts ("choose a characteristic by property, not only by UUID") and what the
//! systems' Bluetooth interfaces have in common. Deliberately absent: a device's address. It differs from system to
//! system and may change, so it identifies nothing outside of one running radio (promise BL-2).

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The last 96 bits of every UUID that the Bluetooth organisation gave out.
const BASE: u128 = 0x0000_0000_0000_1000_8000_0080_5f9b_34fb;

/// A UUID of a service, a characteristic or a descriptor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Uuid(u128);

impl Uuid {
    /// The UUID with these 128 bits.
    pub const fn new(bits: u128) -> Self {
        Self(bits)
    }

    /// The full form of a 16-bit UUID.
    pub const fn short(id: u16) -> Self {
        Self(BASE | ((id as u128) << 96))
    }

    /// All 128 bits.
    pub const fn bits(self) -> u128 {
        self.0
    }

    /// The 16-bit form, if it has one.
    pub fn as_short(self) -> Option<u16> {
        let rest = self.0 & !(0xffff_u128 << 96);
        (rest == BASE).then(|| u16::try_from(self.0 >> 96 & 0xffff).unwrap_or_default())
    }
}

/// Lower case, with hyphens: `0000ff02-0000-1000-8000-00805f9b34fb`.
impl fmt::Display for Uuid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.0;
        write!(
            formatter,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            bits >> 96,
            bits >> 80 & 0xffff,
            bits >> 64 & 0xffff,
            bits >> 48 & 0xffff,
            bits & 0xffff_ffff_ffff
        )
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A text that is no UUID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a UUID; write 16 bits as ff02 or all 128 as 0000ff02-0000-1000-8000-00805f9b34fb")]
pub struct UuidError(String);

/// Four hexadecimal digits, or the full form with its hyphens.
impl FromStr for Uuid {
    type Err = UuidError;

    fn from_str(text: &str) -> Result<Self, UuidError> {
        let wrong = || UuidError(text.chars().take(40).collect());
        if !text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
            return Err(wrong());
        }
        if text.len() == 4 && !text.contains('-') {
            return u16::from_str_radix(text, 16).map(Self::short).map_err(|_| wrong());
        }
        let parts: Vec<usize> = text.split('-').map(str::len).collect();
        if parts != [8, 4, 4, 4, 12] {
            return Err(wrong());
        }
        u128::from_str_radix(&text.replace('-', ""), 16).map(Self).map_err(|_| wrong())
    }
}

impl TryFrom<String> for Uuid {
    type Error = UuidError;

    fn try_from(text: String) -> Result<Self, UuidError> {
        text.parse()
    }
}

impl From<Uuid> for String {
    fn from(uuid: Uuid) -> Self {
        uuid.to_string()
    }
}

/// A characteristic of a device. Where a service has two of one UUID only the first can be meant: not every system can
/// tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct At {
    /// Its service.
    pub service: Uuid,
    /// Itself.
    pub characteristic: Uuid,
}

impl At {
    /// The characteristic of that service.
    pub const fn new(service: Uuid, characteristic: Uuid) -> Self {
        Self { service, characteristic }
    }
}

/// What may be done with a characteristic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Properties {
    /// Its value can be read.
    pub read: bool,
    /// It takes writes that are answered.
    pub write: bool,
    /// It takes writes that nobody answers.
    pub write_without_response: bool,
    /// It tells changes.
    pub notify: bool,
    /// It tells changes and waits until they were received.
    pub indicate: bool,
}

impl Properties {
    /// Whether it takes bytes in any way.
    pub const fn takes_bytes(self) -> bool {
        self.write || self.write_without_response
    }

    /// Whether it tells changes in any way.
    pub const fn tells(self) -> bool {
        self.notify || self.indicate
    }
}

/// A row of a device's attribute table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Characteristic {
    /// Which.
    #[serde(flatten)]
    pub at: At,
    /// What may be done with it.
    pub properties: Properties,
    /// What its descriptor 0x2901 says, where it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A device's attribute table, in the device's own order.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tree {
    /// All rows.
    pub characteristics: Vec<Characteristic>,
}

impl Tree {
    /// The row of a characteristic.
    pub fn get(&self, at: At) -> Option<&Characteristic> {
        self.characteristics.iter().find(|row| row.at == at)
    }

    /// The rows of a service.
    pub fn of(&self, service: Uuid) -> impl Iterator<Item = &Characteristic> {
        self.characteristics.iter().filter(move |row| row.at.service == service)
    }

    /// Whether the device has a service.
    pub fn has(&self, service: Uuid) -> bool {
        self.of(service).next().is_some()
    }
}

/// What a device tells everybody.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Advertisement {
    /// Its name; cheap devices send it rarely or never.
    pub name: Option<String>,
    /// The services that it names.
    pub services: Vec<Uuid>,
    /// Data of a service.
    pub service_data: Vec<(Uuid, Vec<u8>)>,
    /// Data of a maker, by the maker's number.
    pub manufacturer_data: Vec<(u16, Vec<u8>)>,
}

/// What a machine asks of a device. One is outstanding at a time; its end comes back as a [`GattEvent`].
#[derive(Clone, PartialEq, Eq)]
pub enum GattRequest {
    /// Puts bytes into a characteristic; ends with [`GattEvent::Written`].
    Write {
        /// Where.
        at: At,
        /// What: at most the link's payload when not `confirmed`, 512 otherwise.
        bytes: Vec<u8>,
        /// Whether the device has to answer. Without, "written" only says that the system has taken it.
        confirmed: bool,
    },
    /// Reads a characteristic; ends with [`GattEvent::Value`].
    Read {
        /// Which.
        at: At,
    },
    /// Begins to listen to a characteristic; ends with [`GattEvent::Written`].
    Subscribe {
        /// Which.
        at: At,
    },
}

/// A write may carry a pass phrase: `Debug` shows its length.
impl fmt::Debug for GattRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write { at, bytes, confirmed } => {
                write!(formatter, "Write({}, {} bytes, confirmed: {confirmed})", at.characteristic, bytes.len())
            }
            Self::Read { at } => write!(formatter, "Read({})", at.characteristic),
            Self::Subscribe { at } => write!(formatter, "Subscribe({})", at.characteristic),
        }
    }
}

/// What a device did.
#[derive(Clone, PartialEq, Eq)]
pub enum GattEvent {
    /// The outstanding write or subscription ended.
    Written(Result<(), GattFailure>),
    /// The outstanding read ended.
    Value(Result<Vec<u8>, GattFailure>),
    /// It told a change of a characteristic.
    Notified {
        /// Which.
        at: At,
        /// The value.
        bytes: Vec<u8>,
    },
    /// The link is gone; nothing comes any more, and an outstanding request has no other end.
    Lost,
}

/// Values may be secret: `Debug` shows their length.
impl fmt::Debug for GattEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Written(result) => write!(formatter, "Written({result:?})"),
            Self::Value(Ok(bytes)) => write!(formatter, "Value({} bytes)", bytes.len()),
            Self::Value(Err(failure)) => write!(formatter, "Value({failure:?})"),
            Self::Notified { at, bytes } => {
                write!(formatter, "Notified({}, {} bytes)", at.characteristic, bytes.len())
            }
            Self::Lost => formatter.write_str("Lost"),
        }
    }
}

/// Why a request of a device failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GattFailure {
    /// The link broke; the device may have got the request.
    #[error("the Bluetooth connection broke")]
    Lost,
    /// The device refused, with the attribute protocol's error number where the system tells it.
    #[error("the device refused ({})", code.map_or("no code".to_owned(), |code| format!("code {code:#04x}")))]
    Refused {
        /// The error number, for example 0x04 for "invalid PDU".
        code: Option<u8>,
    },
    /// The device did not answer in time.
    #[error("the device did not answer in time")]
    TimedOut,
    /// The device has no such characteristic, or it does not do that; nothing was sent.
    #[error("the device has no such characteristic, or it does not do that")]
    NotPossible,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_uuid_has_a_full_form_and_back() {
        let uuid: Uuid = "ff02".parse().unwrap();
        assert_eq!(uuid, Uuid::short(0xff02));
        assert_eq!(uuid.to_string(), "0000ff02-0000-1000-8000-00805f9b34fb");
        assert_eq!(uuid.to_string().parse::<Uuid>().unwrap(), uuid);
        assert_eq!(uuid.as_short(), Some(0xff02));
        let long: Uuid = "49535343-FE7D-4AE5-8FA9-9FAFD205E455".parse().unwrap();
        assert_eq!(long.to_string(), "49535343-fe7d-4ae5-8fa9-9fafd205e455");
        assert_eq!(long.as_short(), None);
    }

    #[test]
    fn what_is_no_uuid_is_refused() {
        for text in ["", "ff0", "ff022", "+f02", "0000ff02-0000-1000-8000", "0000ff0200001000800000805f9b34fb", "é"] {
            assert!(text.parse::<Uuid>().is_err(), "{text}");
        }
    }

    #[test]
    fn debug_shows_no_bytes() {
        let at = At::new(Uuid::short(1), Uuid::short(2));
        let write = GattRequest::Write { at, bytes: b"canary".to_vec(), confirmed: true };
        let told = GattEvent::Notified { at, bytes: b"canary".to_vec() };
        let shown = format!("{write:?} {told:?} {:?}", GattEvent::Value(Ok(b"canary".to_vec())));
        assert!(!shown.contains("canary") && !shown.contains("99, 97"), "{shown}");
    }
}
