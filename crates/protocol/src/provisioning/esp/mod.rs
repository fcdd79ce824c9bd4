//! Espressif's unified provisioning: the same messages over Bluetooth (a characteristic an endpoint) and over the
//! device's own access point (`POST /<endpoint>`).
//!
//! Source: section 2 of `docs/protocols/provisioning.md`.
//!
//! ```text
//! proto-ver     any bytes            → JSON: version, security, capabilities; not encrypted
//! prov-session  SessionData          → SessionData, two rounds           (security1, security2)
//! prov-scan     E(WiFiScanPayload)   → E(WiFiScanPayload)                E: what the session agreed on
//! prov-config   E(WiFiConfigPayload) → E(WiFiConfigPayload)
//! prov-ctrl     E(WiFiCtrlPayload)   → E(WiFiCtrlPayload)
//! ```
//!
//! A session's cipher runs on with every message in both directions: after a lost answer there is no second try, only a new
//! session. Deliberately absent: the dialogue, and networks that are not Wi-Fi.

mod endpoint;
mod messages;
mod requests;
mod security1;
mod security2;
mod version;

pub use endpoint::{DEFAULT_SERVICE, EXAMPLE_SERVICE, Endpoint, MAX_VALUE};
pub use requests::{
    ConfigState, Failure, JoinStatus, PAGE, ResponseError, apply_config, begin_scan, get_status, read_applied,
    read_config_set, read_reset, read_scan_count, read_scan_results, read_scan_started, read_status, reprovision,
    reset, scan_results, scan_status, set_config,
};
pub use security1::Security1;
pub use security2::{Security2, Stripped};
pub use version::{ProtoVersion, Scheme, VersionError};

use platen_model::Secret;

/// Why a session did not come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// The device's proof is not that of somebody who knows the code: the code is wrong, or the device is another one.
    #[error("the printer and Platen do not have the same code")]
    WrongCode,
    /// The device refused with a status of its own.
    #[error("the printer refused the session (status {0})")]
    Refused(i32),
    /// What came is no session message, or one that does not belong here.
    #[error("the printer's session message is broken")]
    Broken,
    /// A value that a sound device never sends: continuing would give the key away.
    #[error("the printer's session message is not safe")]
    Unsafe,
}

/// Why a message cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CipherError {
    /// It was changed on its way, belongs to another session, or an answer was lost.
    #[error("the message does not belong to this session")]
    NotOurs,
    /// More messages than a session may have.
    #[error("the session has come to its end")]
    Exhausted,
}

/// An agreed session: encrypts what goes and decrypts what comes, in the order of the exchange.
#[derive(Debug)]
pub enum Session {
    /// Nothing is encrypted: only behind a developer's switch.
    Plain,
    /// Security 1.
    Stream(security1::Stream),
    /// Security 2.
    Sealed(security2::Sealed),
}

impl Session {
    /// A request as it goes on the wire.
    ///
    /// # Errors
    /// [`CipherError::Exhausted`].
    pub fn encrypt(&mut self, request: &[u8]) -> Result<Vec<u8>, CipherError> {
        match self {
            Self::Plain => Ok(request.to_vec()),
            Self::Stream(stream) => Ok(stream.apply(request)),
            Self::Sealed(sealed) => sealed.seal(request),
        }
    }

    /// A response as it was meant.
    ///
    /// # Errors
    /// See [`CipherError`].
    pub fn decrypt(&mut self, response: &[u8]) -> Result<Secret<Vec<u8>>, CipherError> {
        match self {
            Self::Plain => Ok(Secret::new(response.to_vec())),
            Self::Stream(stream) => Ok(Secret::new(stream.apply(response))),
            Self::Sealed(sealed) => sealed.open(response).map(Secret::new),
        }
    }
}

/// The message of security 0 that begins a session, and whether its answer agrees. Only behind a developer's switch.
pub mod security0 {
    use super::messages::{Payload0, SessionData, Status, data, sec0};
    use super::{Session, SessionError};
    use prost::Message;

    /// The request.
    pub fn begin() -> Vec<u8> {
        let payload = Payload0 { message: 0, content: Some(sec0::Content::Command(sec0::Command {})) };
        SessionData { version: 0, proto: Some(data::Proto::Sec0(payload)) }.encode_to_vec()
    }

    /// The end.
    ///
    /// # Errors
    /// See [`SessionError`].
    pub fn finish(response: &[u8]) -> Result<Session, SessionError> {
        let data = SessionData::decode(response).map_err(|_| SessionError::Broken)?;
        let Some(data::Proto::Sec0(payload)) = data.proto else { return Err(SessionError::Broken) };
        let status = match payload.content {
            Some(sec0::Content::Response(response)) => response.status,
            // A success may be encoded as nothing at all.
            _ => Status::SUCCESS,
        };
        if status == Status::SUCCESS { Ok(Session::Plain) } else { Err(SessionError::Refused(status)) }
    }
}
