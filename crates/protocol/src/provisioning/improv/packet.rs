//! Commands as they are written, results as they come in pieces.

use crate::provisioning::Ssid;
use platen_model::Secret;

/// The longest packet: two bytes of head, 255 of data, the checksum.
pub const MAX_PACKET: usize = 258;

/// What a device is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Join this network. Never sent again by itself: a device that has joined refuses it, and would be reported as failed.
    SendWifi {
        /// Its name.
        ssid: Ssid,
        /// Its pass phrase; empty for an open one.
        passphrase: Secret<Vec<u8>>,
    },
    /// Blink. Not answered.
    Identify,
    /// Tell firmware, version, hardware and name.
    DeviceInfo,
    /// List networks.
    Scan,
    /// Tell the host name, or take this one.
    Hostname(Option<String>),
    /// Tell the device's name, or take this one. Set before the host name.
    DeviceName(Option<String>),
}

impl Command {
    /// Its number.
    pub fn id(&self) -> u8 {
        match self {
            Self::SendWifi { .. } => 1,
            Self::Identify => 2,
            Self::DeviceInfo => 3,
            Self::Scan => 4,
            Self::Hostname(_) => 5,
            Self::DeviceName(_) => 6,
        }
    }

    /// The packet, checksum included. It is a secret because the first command carries the pass phrase. `None` when the
    /// data does not fit into 255 bytes.
    pub fn packet(&self) -> Option<Secret<Vec<u8>>> {
        let mut packet = self.rpc()?;
        packet.push(checksum(&packet));
        Some(Secret::new(packet))
    }

    /// The packet without its checksum, as it travels inside of a serial frame.
    pub(super) fn rpc(&self) -> Option<Vec<u8>> {
        let mut data = Vec::new();
        match self {
            Self::SendWifi { ssid, passphrase } => {
                for part in [ssid.bytes(), passphrase.reveal()] {
                    data.push(u8::try_from(part.len()).ok()?);
                    data.extend_from_slice(part);
                }
            }
            Self::Hostname(Some(name)) | Self::DeviceName(Some(name)) => data.extend_from_slice(name.as_bytes()),
            _ => {}
        }
        let mut rpc = vec![self.id(), u8::try_from(data.len()).ok()?];
        rpc.append(&mut data);
        Some(rpc)
    }
}

pub(super) fn checksum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

/// A packet in pieces of what one write carries (`mtu` − 3), in order.
pub fn chunks(packet: &[u8], mtu: usize) -> impl Iterator<Item = &[u8]> {
    packet.chunks(mtu.saturating_sub(3).max(1))
}

/// A result that came whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultPacket {
    /// Number of the command that it answers.
    pub command: u8,
    /// Its data: strings, see [`super::strings`].
    pub data: Vec<u8>,
}

/// Puts results together from notifications of any size.
#[derive(Debug, Default)]
pub struct Reassembly {
    held: Vec<u8>,
}

impl Reassembly {
    /// Takes a notification and gives every result that is whole now. What has a wrong checksum is dropped with everything
    /// held: the next notification begins anew.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<ResultPacket> {
        // A device cannot make us hold more than a few packets.
        if self.held.len() + bytes.len() > MAX_PACKET * 4 {
            self.held.clear();
        }
        self.held.extend_from_slice(bytes);
        let mut whole = Vec::new();
        while let [command, length, rest @ ..] = self.held.as_slice() {
            let Some((data, [sum, ..])) = rest.split_at_checked(usize::from(*length)) else { break };
            let expected = checksum(data).wrapping_add(*command).wrapping_add(*length);
            if *sum != expected {
                self.held.clear();
                break;
            }
            whole.push(ResultPacket { command: *command, data: data.to_vec() });
            self.held.drain(..usize::from(*length) + 3);
        }
        whole
    }

    /// Whether a part of a result is held: then reading the characteristic may give all of it.
    pub fn is_waiting(&self) -> bool {
        !self.held.is_empty()
    }

    /// Forgets what is held: before a whole value is read.
    pub fn clear(&mut self) {
        self.held.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex::{decode, encode};

    fn packet(command: &Command) -> String {
        encode(command.packet().unwrap().reveal())
    }

    #[test]
    fn commands_are_the_vectors() {
        let wifi = Command::SendWifi {
            ssid: Ssid::new(b"MyWirelessAP").unwrap(),
            passphrase: Secret::new(b"mysecurepassword".to_vec()),
        };
        assert_eq!(packet(&wifi), "011e0c4d79576972656c6573734150106d7973656375726570617373776f7264c0");
        assert_eq!(packet(&Command::Identify), "020002");
        assert_eq!(packet(&Command::DeviceInfo), "030003");
        assert_eq!(packet(&Command::Scan), "040004");
        assert_eq!(packet(&Command::Hostname(None)), "050005");
        assert_eq!(packet(&Command::DeviceName(None)), "060006");
        assert_eq!(packet(&Command::Hostname(Some("printer-1".to_owned()))), "05097072696e7465722d3170");
    }

    #[test]
    fn an_open_network_has_an_empty_pass_phrase_and_too_much_is_refused() {
        let ssid = Ssid::new(b"a").unwrap();
        let open = Command::SendWifi { ssid: ssid.clone(), passphrase: Secret::new(Vec::new()) };
        assert_eq!(packet(&open), encode([1, 3, 1, b'a', 0, 1 + 3 + 1 + b'a']));
        let long = Command::SendWifi { ssid, passphrase: Secret::new(vec![b'x'; 254]) };
        assert!(long.packet().is_none());
        assert!(!format!("{long:?}").contains('x'));
    }

    #[test]
    fn results_come_whole_split_and_glued() {
        let url = decode("011413687474703a2f2f3139322e3136382e312e352fda").unwrap();
        let scan = decode("040d034e6574032d36300457504132ef").unwrap();
        for size in 1..=url.len() {
            let mut reassembly = Reassembly::default();
            let mut whole = Vec::new();
            for piece in [url.clone(), scan.clone()].concat().chunks(size) {
                whole.extend(reassembly.push(piece));
            }
            assert_eq!(whole.iter().map(|result| result.command).collect::<Vec<_>>(), [1, 4], "pieces of {size}");
            assert!(!reassembly.is_waiting());
        }
    }

    #[test]
    fn a_wrong_checksum_costs_one_result_and_memory_is_bounded() {
        let mut reassembly = Reassembly::default();
        assert!(reassembly.push(&decode("040005").unwrap()).is_empty());
        assert_eq!(reassembly.push(&decode("040004").unwrap()).len(), 1);
        for _ in 0..1000 {
            reassembly.push(&[4, 255]);
        }
        assert!(reassembly.held.len() <= MAX_PACKET * 4);
    }

    #[test]
    fn a_packet_is_cut_to_what_a_write_carries() {
        let packet = [7; 45];
        assert_eq!(chunks(&packet, 23).map(<[u8]>::len).collect::<Vec<_>>(), [20, 20, 5]);
        assert_eq!(chunks(&packet, 247).count(), 1);
        assert_eq!(chunks(&packet, 0).count(), 45);
    }
}
