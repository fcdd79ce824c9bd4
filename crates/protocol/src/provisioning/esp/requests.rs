//! What is asked inside of a session, and what the answers say.

use super::messages::{ConfigPayload, ControlPayload, Empty, ScanPayload, config, control, scan};
use crate::provisioning::{Network, Security, Ssid};
use platen_model::Secret;
use prost::Message;

/// Networks that are asked for in one answer: more do not fit into a value.
pub const PAGE: u32 = 4;
/// Networks that a device remembers.
const MOST_NETWORKS: u32 = 64;
/// How long a device listens on a channel, in milliseconds.
const PERIOD: u32 = 120;

/// Why an answer cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    /// It is none, or one to another question.
    #[error("the printer's answer is broken")]
    Broken,
    /// The device refused with a status of its own.
    #[error("the printer refused (status {0})")]
    Refused(i32),
}

/// Why a device did not join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The network refused it: usually a wrong password, but a weak signal or a filter look the same.
    Refused,
    /// There is no such network.
    NotFound,
    /// A reason that this version does not know.
    Other(i32),
}

/// Where joining is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JoinStatus {
    /// It has joined.
    Connected {
        /// Its address, as it wrote it; empty when it said none.
        address: String,
        /// The network.
        ssid: Option<Ssid>,
        /// Its channel.
        channel: Option<u32>,
    },
    /// It tries. May last for ever: the client's own clock ends it.
    Connecting {
        /// How many tries are left, when the device counts them.
        attempts_left: Option<u32>,
    },
    /// It does nothing.
    Disconnected,
    /// It has given up.
    Failed(Failure),
}

/// States of the station as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ConfigState {
    Connected,
    Connecting,
    Disconnected,
    ConnectionFailed,
    Other(i32),
}

impl From<i32> for ConfigState {
    fn from(number: i32) -> Self {
        match number {
            0 => Self::Connected,
            1 => Self::Connecting,
            2 => Self::Disconnected,
            3 => Self::ConnectionFailed,
            other => Self::Other(other),
        }
    }
}

/// Asks where joining is.
pub fn get_status() -> Vec<u8> {
    ConfigPayload { message: 0, content: Some(config::Content::GetStatus(Empty {})) }.encode_to_vec()
}

/// Hands credentials over. A secret, as it carries the pass phrase.
pub fn set_config(ssid: &Ssid, passphrase: &Secret<Vec<u8>>) -> Secret<Vec<u8>> {
    let config = config::SetConfig {
        ssid: ssid.bytes().to_vec(),
        passphrase: passphrase.reveal().clone(),
        bssid: Vec::new(),
        channel: 0,
    };
    let payload = ConfigPayload { message: 2, content: Some(config::Content::SetConfig(config)) };
    Secret::new(payload.encode_to_vec())
}

/// Asks to join with the credentials that were set.
pub fn apply_config() -> Vec<u8> {
    ConfigPayload { message: 4, content: Some(config::Content::Apply(Empty {})) }.encode_to_vec()
}

/// Reads the answer to [`get_status`].
///
/// # Errors
/// See [`ResponseError`].
pub fn read_status(response: &[u8]) -> Result<JoinStatus, ResponseError> {
    let status = match config_answer(response, 1)? {
        Some(config::Content::Status(status)) => status,
        None => config::Status::default(),
        Some(_) => return Err(ResponseError::Broken),
    };
    accepted(status.status)?;
    Ok(match (ConfigState::from(status.station), status.state) {
        (ConfigState::Connected, Some(config::State::Connected(connected))) => JoinStatus::Connected {
            address: String::from_utf8_lossy(&connected.ip4).trim_end_matches('\0').to_owned(),
            ssid: Ssid::new(&connected.ssid),
            channel: u32::try_from(connected.channel).ok().filter(|channel| *channel > 0),
        },
        (ConfigState::Connected, _) => JoinStatus::Connected { address: String::new(), ssid: None, channel: None },
        (ConfigState::Connecting, Some(config::State::AttemptFailed(failed))) => {
            JoinStatus::Connecting { attempts_left: Some(failed.attempts_remaining) }
        }
        (ConfigState::Connecting, _) => JoinStatus::Connecting { attempts_left: None },
        (ConfigState::ConnectionFailed, Some(config::State::FailReason(reason))) => JoinStatus::Failed(match reason {
            0 => Failure::Refused,
            1 => Failure::NotFound,
            other => Failure::Other(other),
        }),
        // The first reason is a zero, which may not have been written.
        (ConfigState::ConnectionFailed, _) => JoinStatus::Failed(Failure::Refused),
        _ => JoinStatus::Disconnected,
    })
}

/// Reads the answer to [`set_config`].
///
/// # Errors
/// See [`ResponseError`].
pub fn read_config_set(response: &[u8]) -> Result<(), ResponseError> {
    match config_answer(response, 3)? {
        Some(config::Content::ConfigSet(answer)) => accepted(answer.status),
        None => Ok(()),
        Some(_) => Err(ResponseError::Broken),
    }
}

/// Reads the answer to [`apply_config`].
///
/// # Errors
/// See [`ResponseError`].
pub fn read_applied(response: &[u8]) -> Result<(), ResponseError> {
    match config_answer(response, 5)? {
        Some(config::Content::Applied(answer)) => accepted(answer.status),
        None => Ok(()),
        Some(_) => Err(ResponseError::Broken),
    }
}

fn config_answer(response: &[u8], message: i32) -> Result<Option<config::Content>, ResponseError> {
    let payload = ConfigPayload::decode(response).map_err(|_| ResponseError::Broken)?;
    if payload.message == message { Ok(payload.content) } else { Err(ResponseError::Broken) }
}

/// Asks to look for networks and to answer when done. Over its own access point a device listens in groups of channels, to
/// keep us connected meanwhile.
pub fn begin_scan(over_access_point: bool) -> Vec<u8> {
    let group_channels = if over_access_point { 5 } else { 0 };
    let start = scan::Start { blocking: true, passive: false, group_channels, period_ms: PERIOD };
    ScanPayload { message: 0, status: 0, content: Some(scan::Content::Start(start)) }.encode_to_vec()
}

/// Asks how many networks were found.
pub fn scan_status() -> Vec<u8> {
    ScanPayload { message: 2, status: 0, content: Some(scan::Content::GetStatus(Empty {})) }.encode_to_vec()
}

/// Asks for the networks from number `start` of `count` on; as many as fit into one answer.
pub fn scan_results(start: u32, count: u32) -> Vec<u8> {
    let result = scan::GetResult { start, count: count.saturating_sub(start).min(PAGE) };
    ScanPayload { message: 4, status: 0, content: Some(scan::Content::GetResult(result)) }.encode_to_vec()
}

/// Reads the answer to [`begin_scan`].
///
/// # Errors
/// See [`ResponseError`].
pub fn read_scan_started(response: &[u8]) -> Result<(), ResponseError> {
    match scan_answer(response, 1)? {
        Some(scan::Content::Started(_)) | None => Ok(()),
        Some(_) => Err(ResponseError::Broken),
    }
}

/// Reads the answer to [`scan_status`]: how many, or `None` while it still looks.
///
/// # Errors
/// See [`ResponseError`].
pub fn read_scan_count(response: &[u8]) -> Result<Option<u32>, ResponseError> {
    match scan_answer(response, 3)? {
        Some(scan::Content::Status(status)) => Ok(status.finished.then_some(status.count.min(MOST_NETWORKS))),
        None => Ok(None),
        Some(_) => Err(ResponseError::Broken),
    }
}

/// Reads the answer to [`scan_results`]. Names of more than 32 bytes are none and left out.
///
/// # Errors
/// See [`ResponseError`].
pub fn read_scan_results(response: &[u8]) -> Result<Vec<Network>, ResponseError> {
    let results = match scan_answer(response, 5)? {
        Some(scan::Content::Result(results)) => results,
        None => return Ok(Vec::new()),
        Some(_) => return Err(ResponseError::Broken),
    };
    let network = |entry: scan::Entry| {
        Some(Network {
            ssid: Ssid::new(&entry.ssid)?,
            rssi: i16::try_from(entry.rssi).ok(),
            security: security(entry.auth),
            channel: Some(entry.channel).filter(|channel| *channel > 0),
            bssid: entry.bssid.try_into().ok(),
        })
    };
    Ok(results.entries.into_iter().filter_map(network).collect())
}

fn scan_answer(response: &[u8], message: i32) -> Result<Option<scan::Content>, ResponseError> {
    let payload = ScanPayload::decode(response).map_err(|_| ResponseError::Broken)?;
    accepted(payload.status)?;
    if payload.message == message { Ok(payload.content) } else { Err(ResponseError::Broken) }
}

fn security(number: i32) -> Security {
    match number {
        0 => Security::Open,
        1 => Security::Wep,
        2 => Security::Wpa,
        3 => Security::Wpa2,
        4 => Security::WpaWpa2,
        5 => Security::Enterprise,
        6 => Security::Wpa3,
        7 => Security::Wpa2Wpa3,
        _ => Security::Unknown,
    }
}

/// After a failure, before other credentials.
pub fn reset() -> Vec<u8> {
    ControlPayload { message: 1, status: 0, content: Some(control::Content::Reset(Empty {})) }.encode_to_vec()
}

/// Asks a device that has joined to be set up anew.
pub fn reprovision() -> Vec<u8> {
    ControlPayload { message: 3, status: 0, content: Some(control::Content::Reprovision(Empty {})) }.encode_to_vec()
}

/// Reads the answer to [`reset`] or [`reprovision`].
///
/// # Errors
/// See [`ResponseError`].
pub fn read_reset(response: &[u8]) -> Result<(), ResponseError> {
    let payload = ControlPayload::decode(response).map_err(|_| ResponseError::Broken)?;
    accepted(payload.status)?;
    if matches!(payload.message, 2 | 4) { Ok(()) } else { Err(ResponseError::Broken) }
}

fn accepted(status: i32) -> Result<(), ResponseError> {
    if status == 0 { Ok(()) } else { Err(ResponseError::Refused(status)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex::encode;

    #[test]
    fn an_empty_question_still_has_its_member() {
        // The zero of its number is not written; the empty member is, and some devices need it.
        assert_eq!(encode(get_status()), "5200");
        assert_eq!(encode(apply_config()), "08047200");
        assert_eq!(encode(reset()), "08015a00");
        assert_eq!(encode(begin_scan(false)), "520408012078");
        assert_eq!(encode(scan_results(4, 9)), "08047204080410 04".replace(' ', ""));
    }

    fn status(station: i32, state: Option<config::State>) -> Result<JoinStatus, ResponseError> {
        let status = config::Status { status: 0, station, state };
        read_status(&ConfigPayload { message: 1, content: Some(config::Content::Status(status)) }.encode_to_vec())
    }

    #[test]
    fn every_status_is_understood_with_and_without_its_member() {
        let connected = config::Connected { ip4: b"192.168.1.7".to_vec(), channel: 6, ..Default::default() };
        let Ok(JoinStatus::Connected { address, channel, .. }) = status(0, Some(config::State::Connected(connected)))
        else {
            panic!()
        };
        assert_eq!((address.as_str(), channel), ("192.168.1.7", Some(6)));
        assert!(matches!(read_status(&[8, 1]), Ok(JoinStatus::Connected { .. })));
        assert_eq!(status(1, None), Ok(JoinStatus::Connecting { attempts_left: None }));
        let failed = config::State::AttemptFailed(config::AttemptFailed { attempts_remaining: 2 });
        assert_eq!(status(1, Some(failed)), Ok(JoinStatus::Connecting { attempts_left: Some(2) }));
        assert_eq!(status(2, None), Ok(JoinStatus::Disconnected));
        assert_eq!(status(3, None), Ok(JoinStatus::Failed(Failure::Refused)));
        assert_eq!(status(3, Some(config::State::FailReason(1))), Ok(JoinStatus::Failed(Failure::NotFound)));
        assert_eq!(status(3, Some(config::State::FailReason(9))), Ok(JoinStatus::Failed(Failure::Other(9))));
        assert_eq!(read_status(b"\xff"), Err(ResponseError::Broken));
        assert_eq!(read_status(&[8, 3]), Err(ResponseError::Broken));
    }

    #[test]
    fn networks_keep_their_bytes_and_unknown_protections() {
        let entry =
            |ssid: &[u8], auth| scan::Entry { ssid: ssid.to_vec(), channel: 11, rssi: -40, bssid: vec![1; 6], auth };
        let entries = vec![entry(b"caf\xe9", 3), entry(&[b'a'; 33], 0), entry(b"new", 12)];
        let content = Some(scan::Content::Result(scan::Results { entries }));
        let found = read_scan_results(&ScanPayload { message: 5, status: 0, content }.encode_to_vec()).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].ssid.bytes(), found[0].security, found[0].rssi),
            (&b"caf\xe9"[..], Security::Wpa2, Some(-40))
        );
        assert_eq!((found[1].security, found[1].bssid), (Security::Unknown, Some([1; 6])));
        let refused = ScanPayload { message: 5, status: 2, content: None }.encode_to_vec();
        assert_eq!(read_scan_results(&refused), Err(ResponseError::Refused(2)));
        let many = scan::Content::Status(scan::Status { finished: true, count: u32::MAX });
        let many = ScanPayload { message: 3, status: 0, content: Some(many) }.encode_to_vec();
        assert_eq!(read_scan_count(&many), Ok(Some(MOST_NETWORKS)));
    }

    #[test]
    fn credentials_are_bytes_and_are_not_shown() {
        let (ssid, phrase) = (Ssid::new(b"net").unwrap(), Secret::new(b"canary-phrase".to_vec()));
        let message = set_config(&ssid, &phrase);
        assert!(message.reveal().windows(13).any(|window| window == b"canary-phrase"));
        assert!(!format!("{message:?}").contains("canary"));
        assert_eq!(read_config_set(&[8, 3]), Ok(()));
        assert_eq!(read_applied(&[8, 5, 0x7A, 2, 8, 4]), Err(ResponseError::Refused(4)));
        assert_eq!(read_reset(&[8, 2]), Ok(()));
    }
}
