//! Improv Wi-Fi: a small open protocol over Bluetooth (specification 2.4) and over a serial line.
//!
//! Source: section 1 of `docs/protocols/provisioning.md`.
//!
//! ```text
//! command and result   cmd(1) len(1) data(len) checksum(1)          the sum of all bytes before, modulo 256
//! strings of a result  len(1) bytes(len), one after another
//! serial               "IMPROV" 01 type(1) len(1) data(len) checksum(1) [0A]
//! ```
//!
//! Nothing is encrypted: whoever listens within range reads the pass phrase. Deliberately absent: the dialogue.

mod packet;
mod result;
mod serial;

pub use packet::{Command, MAX_PACKET, Reassembly, ResultPacket, chunks};
pub use result::{DeviceInfo, ResultError, device_info, networks, strings};
pub use serial::{SerialEvent, SerialReader, serial_rpc};

/// The service.
pub const SERVICE: &str = "00467768-6228-2272-4663-277478268000";
/// The characteristic of the current state: [`State`] in one byte.
pub const CURRENT_STATE: &str = "00467768-6228-2272-4663-277478268001";
/// The characteristic of the last error: [`ErrorState`] in one byte.
pub const ERROR_STATE: &str = "00467768-6228-2272-4663-277478268002";
/// The characteristic that takes commands.
pub const RPC_COMMAND: &str = "00467768-6228-2272-4663-277478268003";
/// The characteristic that answers them.
pub const RPC_RESULT: &str = "00467768-6228-2272-4663-277478268004";
/// The characteristic of [`Capabilities`].
pub const CAPABILITIES: &str = "00467768-6228-2272-4663-277478268005";
/// The service data of an advertisement: state, capabilities, four zeros.
pub const SERVICE_DATA: &str = "00004677-0000-1000-8000-00805f9b34fb";

/// Where a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Somebody must press its button first.
    AuthorizationRequired,
    /// It takes credentials.
    Authorized,
    /// It tries to join.
    Provisioning,
    /// It has joined.
    Provisioned,
    /// A value that this version does not know; 0 is seen while a device stops.
    Other(u8),
}

impl From<u8> for State {
    fn from(byte: u8) -> Self {
        match byte {
            1 => Self::AuthorizationRequired,
            2 => Self::Authorized,
            3 => Self::Provisioning,
            4 => Self::Provisioned,
            other => Self::Other(other),
        }
    }
}

/// The last thing that went wrong. Every new command sets it back to [`ErrorState::None`] first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names of the specification
pub enum ErrorState {
    None,
    InvalidRpc,
    UnknownRpc,
    UnableToConnect,
    NotAuthorized,
    BadHostname,
    /// `FF`, and every value that this version does not know.
    Unknown(u8),
}

impl From<u8> for ErrorState {
    fn from(byte: u8) -> Self {
        match byte {
            0 => Self::None,
            1 => Self::InvalidRpc,
            2 => Self::UnknownRpc,
            3 => Self::UnableToConnect,
            4 => Self::NotAuthorized,
            5 => Self::BadHostname,
            other => Self::Unknown(other),
        }
    }
}

/// What a device can do beside joining. It may grow by bytes; only the first is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Capabilities {
    /// It can blink or beep.
    pub identify: bool,
    /// It tells its firmware and name.
    pub device_info: bool,
    /// It lists networks.
    pub scan: bool,
    /// Its host name can be read and set; its name too, perhaps.
    pub hostname: bool,
}

impl Capabilities {
    /// Reads the characteristic; nothing is no capability.
    pub fn read(bytes: &[u8]) -> Self {
        let bits = bytes.first().copied().unwrap_or(0);
        Self { identify: bits & 1 != 0, device_info: bits & 2 != 0, scan: bits & 4 != 0, hostname: bits & 8 != 0 }
    }
}

/// State and capabilities from the service data of an advertisement; devices of version 1.0 send none.
pub fn advertised(service_data: &[u8]) -> Option<(State, Capabilities)> {
    match service_data {
        [state, capabilities, ..] => Some((State::from(*state), Capabilities::read(&[*capabilities]))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_values_are_kept() {
        assert_eq!(State::from(9), State::Other(9));
        assert_eq!(ErrorState::from(0xFF), ErrorState::Unknown(0xFF));
        assert_eq!(advertised(&[2, 0b1101, 0, 0, 0, 0]).unwrap().0, State::Authorized);
        let capabilities = Capabilities { identify: true, device_info: false, scan: true, hostname: true };
        assert_eq!(Capabilities::read(&[0b1101, 0xFF]), capabilities);
        assert_eq!(advertised(&[2]), None);
        assert_eq!(Capabilities::read(&[]), Capabilities::default());
    }
}
