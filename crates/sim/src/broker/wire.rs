//! Packets without a version: the broker thinks in these, `v4` and `v5` put them on the wire.
//!
//! ```text
//! byte 1            bytes 2…5                       then
//! ┌──────┬───────┐ ┌──────────────────────────────┐ ┌───────────────────────────┐
//! │ type │ flags │ │ remaining length, 7 bits each│ │ remaining length bytes    │
//! └──────┴───────┘ └──────────────────────────────┘ └───────────────────────────┘
//! ```
//!
//! Framing is done here and not by the library, because its readers report a truncated property list inside of a whole
//! packet with the same error as a packet that has not arrived yet: a hostile packet would then stall the connection.

use super::{v4, v5};
use bytes::{Bytes, BytesMut};

/// The protocol level of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// 3.1.1
    V4,
    /// 5
    V5,
}

/// CONNECT.
#[derive(Debug)]
pub(super) struct Connect {
    pub(super) version: Version,
    pub(super) client_id: String,
    pub(super) clean_start: bool,
    /// Seconds; 0 = no longer than the connection.
    pub(super) session_expiry: u32,
    /// Seconds; 0 = no limit.
    pub(super) keep_alive: u16,
    pub(super) receive_maximum: u16,
    pub(super) max_packet: Option<u32>,
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
    pub(super) will: Option<Will>,
}

/// What the broker says for a client that vanishes.
#[derive(Clone, Debug)]
pub(super) struct Will {
    pub(super) topic: String,
    pub(super) payload: Bytes,
    pub(super) qos: u8,
    pub(super) retain: bool,
}

/// One wish of a SUBSCRIBE.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) filter: String,
    pub(super) qos: u8,
    pub(super) no_local: bool,
    pub(super) retain_as_published: bool,
    pub(super) retained: Retained,
}

/// Which retained messages a SUBSCRIBE wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retained {
    Always,
    WhenNew,
    Never,
}

/// From a client.
#[derive(Debug)]
pub(super) enum Incoming {
    Connect(Box<Connect>),
    Publish {
        qos: u8,
        retain: bool,
        pkid: u16,
        topic: String,
        payload: Bytes,
        alias: bool,
    },
    PubAck(u16),
    PubRel(u16),
    Subscribe {
        pkid: u16,
        wishes: Vec<Wish>,
    },
    Unsubscribe {
        pkid: u16,
        filters: Vec<String>,
    },
    Ping,
    Disconnect {
        with_will: bool,
        session_expiry: Option<u32>,
    },
    /// Legal and without meaning here.
    Nothing,
}

/// The answer to one wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Granted {
    Qos(u8),
    NotAuthorised,
    Invalid,
    Quota,
}

/// The answer to CONNECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Welcome,
    BadCredentials,
    NotAuthorised,
    BadClientId,
    Busy,
}

/// Why the broker ends a connection, for clients of version 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Farewell {
    Malformed,
    Protocol,
    TakenOver,
    KeepAlive,
    TooLarge,
    Kicked,
    AliasInvalid,
}

/// To a client.
#[derive(Debug)]
pub(super) enum Outgoing {
    ConnAck { answer: Answer, session_present: bool, assigned: Option<String>, max_packet: u32 },
    Publish { dup: bool, qos: u8, retain: bool, pkid: u16, topic: String, payload: Bytes },
    PubAck { pkid: u16, refused: bool },
    PubRec { pkid: u16, refused: bool },
    PubComp(u16),
    SubAck { pkid: u16, granted: Vec<Granted> },
    UnsubAck { pkid: u16, existed: Vec<bool> },
    Pong,
    Disconnect(Farewell),
}

/// A packet that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bad {
    Malformed,
    TooLarge,
    /// A protocol level that is neither 4 nor 5.
    Level,
}

/// Takes one whole packet off the front of `buffer`; `None` while it is not complete.
pub(super) fn frame(buffer: &mut BytesMut, max: u32) -> Result<Option<BytesMut>, Bad> {
    let max = usize::try_from(max).unwrap_or(usize::MAX);
    match rumqttc::mqttbytes::check(buffer.iter(), max) {
        Ok(header) => Ok(Some(buffer.split_to(header.frame_length()))),
        Err(rumqttc::mqttbytes::Error::InsufficientBytes(_)) => Ok(None),
        Err(rumqttc::mqttbytes::Error::PayloadSizeLimitExceeded(_)) => Err(Bad::TooLarge),
        Err(_) => Err(Bad::Malformed),
    }
}

/// The protocol level in a CONNECT frame.
pub(super) fn level(frame: &[u8]) -> Result<Version, Bad> {
    if frame.first().map(|byte| byte >> 4) != Some(1) {
        return Err(Bad::Malformed);
    }
    let header = 1 + frame.iter().skip(1).take(4).take_while(|&byte| byte & 0x80 != 0).count() + 1;
    let body = frame.get(header..).unwrap_or_default();
    match (body.get(..6), body.get(6)) {
        (Some([0, 4, b'M', b'Q', b'T', b'T']), Some(4)) => Ok(Version::V4),
        (Some([0, 4, b'M', b'Q', b'T', b'T']), Some(5)) => Ok(Version::V5),
        (Some([0, 4, b'M', b'Q', b'T', b'T'] | [0, 6, b'M', b'Q', b'I', b's']), _) => Err(Bad::Level),
        _ => Err(Bad::Malformed),
    }
}

/// Reads a whole frame.
pub(super) fn read(version: Version, frame: BytesMut) -> Result<Incoming, Bad> {
    match version {
        Version::V4 => v4::read(frame),
        Version::V5 => v5::read(frame),
    }
}

/// Appends `packet` to `buffer`. `false` when it is larger than the client takes, or does not exist in its version:
/// nothing is appended then.
pub(super) fn write(version: Version, packet: Outgoing, max: Option<u32>, buffer: &mut BytesMut) -> bool {
    let before = buffer.len();
    let written = match version {
        Version::V4 => v4::write(packet, buffer),
        Version::V5 => v5::write(packet, buffer),
    };
    let size = buffer.len().saturating_sub(before);
    let fits = max.is_none_or(|max| u32::try_from(size).is_ok_and(|size| size <= max));
    if !written || !fits {
        buffer.truncate(before);
    }
    written && fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_cut_only_when_it_is_whole() {
        let mut buffer = BytesMut::from(&[0xC0_u8][..]);
        assert!(frame(&mut buffer, 100).unwrap().is_none());
        buffer.extend_from_slice(&[0x00, 0xC0]);
        assert_eq!(&frame(&mut buffer, 100).unwrap().unwrap()[..], [0xC0, 0x00]);
        assert_eq!(&buffer[..], [0xC0]);
    }

    #[test]
    fn what_cannot_be_a_packet_is_refused_at_once() {
        assert_eq!(frame(&mut BytesMut::from(&[0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01][..]), 100), Err(Bad::Malformed));
        assert_eq!(frame(&mut BytesMut::from(&[0x30, 0xFF, 0x7F][..]), 100), Err(Bad::TooLarge));
    }

    #[test]
    fn the_level_decides_the_version() {
        let connect = |level| [0x10, 12, 0, 4, b'M', b'Q', b'T', b'T', level, 2, 0, 0, 0, 0];
        assert_eq!(level(&connect(4)), Ok(Version::V4));
        assert_eq!(level(&connect(5)), Ok(Version::V5));
        assert_eq!(level(&connect(6)), Err(Bad::Level));
        assert_eq!(level(b"GET / HTTP/1.1\r\n"), Err(Bad::Malformed));
        assert_eq!(level(&[0x10, 0]), Err(Bad::Malformed));
    }

    #[test]
    fn no_bytes_make_a_reader_break() {
        // Every type with short bodies of every small size: an error or a packet, never a panic.
        for version in [Version::V4, Version::V5] {
            for first in 0_u8..=255 {
                for size in 0_u8..12 {
                    for filler in [0_u8, 1, 0x7F, 0x80, 0xFF] {
                        let mut bytes = BytesMut::from(&[first, size][..]);
                        bytes.extend(std::iter::repeat_n(filler, usize::from(size)));
                        let _ = read(version, bytes);
                    }
                }
            }
        }
    }
}
