//! The frame that everything travels in, down and up.
//!
//! ```text
//!   55 55 │ command │ length │ data … │ xor of all from the command on │ AA AA
//!   55 55 │ command │ chunk u16 │ length │ data … │ CRC-32 of the same │ AA AA    firmware, commands 90–92 and 9A–9E
//!   03 in front of a whole packet: the first packet of a conversation (C1), and no other
//! ```
//!
//! Source: section "Packets" of `docs/protocols/niimbot.md`. Numbers are big-endian. Deliberately absent: writing firmware.

use flate2::Crc;

pub(super) const HEAD: [u8; 2] = [0x55, 0x55];
const TAIL: [u8; 2] = [0xAA, 0xAA];

/// The most data that one packet carries.
pub(super) const MOST_DATA: usize = 255;

/// Bytes of the longest packet: one of the firmware kind.
const LONGEST: usize = 12 + MOST_DATA;

/// Commands, by what they are asked for; an answer has a number of its own.
pub(super) mod command {
    pub(crate) const NOT_SUPPORTED: u8 = 0x00;
    pub(crate) const PRINT_START: u8 = 0x01;
    pub(crate) const PAGE_START: u8 = 0x03;
    pub(crate) const PAGE_SIZE: u8 = 0x13;
    pub(crate) const QUANTITY: u8 = 0x15;
    pub(crate) const ROLL: u8 = 0x1A;
    pub(crate) const CLEAR: u8 = 0x20;
    pub(crate) const DENSITY: u8 = 0x21;
    pub(crate) const LABEL_TYPE: u8 = 0x23;
    pub(crate) const INFO: u8 = 0x40;
    pub(crate) const DOTS: u8 = 0x83;
    pub(crate) const BLANK: u8 = 0x84;
    pub(crate) const BITS: u8 = 0x85;
    pub(crate) const CHECK_LINE: u8 = 0x86;
    pub(crate) const STATUS: u8 = 0xA3;
    pub(crate) const STATUS_DATA: u8 = 0xA5;
    pub(crate) const CONNECT: u8 = 0xC1;
    pub(crate) const CANCEL: u8 = 0xDA;
    pub(crate) const FAILED: u8 = 0xDB;
    pub(crate) const HEARTBEAT: u8 = 0xDC;
    pub(crate) const PAGE_INDEX: u8 = 0xE0;
    pub(crate) const PAGE_END: u8 = 0xE3;
    pub(crate) const PRINT_END: u8 = 0xF3;
}

/// A packet as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packet<'a> {
    pub(super) command: u8,
    /// The chunk's number, in the firmware kind.
    pub(super) chunk: Option<u16>,
    pub(super) data: &'a [u8],
    /// Bytes of the whole packet.
    pub(super) length: usize,
}

/// What stands at the beginning of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading<'a> {
    /// A packet with the right sum and end.
    Whole(Packet<'a>),
    /// The beginning of one.
    Begun,
    /// Something else.
    Foreign,
}

/// Appends a packet. What does not fit is left out; [`MOST_DATA`] is for the caller to keep.
pub(super) fn write(to: &mut Vec<u8>, command: u8, data: &[u8]) {
    write_parts(to, command, data, &[]);
}

/// As [`write`], for data that lies in two places.
pub(super) fn write_parts(to: &mut Vec<u8>, command: u8, first: &[u8], second: &[u8]) {
    let second = second.get(..MOST_DATA.saturating_sub(first.len())).unwrap_or(second);
    let length = u8::try_from(first.len().saturating_add(second.len())).unwrap_or(u8::MAX);
    let sum = first.iter().chain(second).fold(command ^ length, |sum, byte| sum ^ byte);
    to.extend(HEAD);
    to.extend([command, length]);
    to.extend_from_slice(first);
    to.extend_from_slice(second);
    to.push(sum);
    to.extend(TAIL);
}

/// A packet by itself, with the 03 in front where it belongs.
pub(super) fn packet(command: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(8_usize.saturating_add(data.len()));
    if command == command::CONNECT {
        bytes.push(3);
    }
    write(&mut bytes, command, data);
    bytes
}

/// Reads what stands at the beginning of `bytes`.
pub(super) fn read(bytes: &[u8]) -> Reading<'_> {
    let lead = usize::from(bytes.first() == Some(&3) && matches!(bytes.get(3), None | Some(&command::CONNECT)));
    let bytes = bytes.get(lead..).unwrap_or(&[]);
    if !HEAD.starts_with(bytes.get(..2).unwrap_or(bytes)) {
        return Reading::Foreign;
    }
    let Some(&command) = bytes.get(2) else { return Reading::Begun };
    let firmware = matches!(command, 0x90..=0x92 | 0x9A..=0x9E);
    let (head, sum) = if firmware { (6_usize, 4_usize) } else { (4, 1) };
    let Some(&length) = bytes.get(head.saturating_sub(1)) else { return Reading::Begun };
    let summed = head.saturating_add(usize::from(length));
    let end = summed.saturating_add(sum).saturating_add(TAIL.len());
    let Some(whole) = bytes.get(..end) else { return Reading::Begun };
    let (Some(covered), Some(data), Some(tail)) =
        (whole.get(2..summed), whole.get(head..summed), whole.get(summed..end))
    else {
        return Reading::Foreign;
    };
    let right = match tail {
        [sum, rest @ ..] if !firmware => covered.iter().fold(0, |sum, byte| sum ^ byte) == *sum && rest == TAIL,
        [a, b, c, d, rest @ ..] => crc32(covered) == u32::from_be_bytes([*a, *b, *c, *d]) && rest == TAIL,
        _ => false,
    };
    if !right {
        return Reading::Foreign;
    }
    let chunk = whole.get(3..5).filter(|_| firmware).and_then(pair);
    Reading::Whole(Packet { command, chunk, data, length: lead.saturating_add(end) })
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// The first two bytes as a number.
pub(super) fn pair(bytes: &[u8]) -> Option<u16> {
    match bytes {
        [high, low, ..] => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    }
}

/// What a printer tells, put together from pieces: notifications arrive split, glued and sometimes damaged.
#[derive(Default)]
pub(super) struct Stream {
    kept: Vec<u8>,
}

impl Stream {
    /// Takes the next piece.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.kept.extend_from_slice(bytes);
    }

    /// The next whole packet. Bytes that belong to none are stepped over.
    pub(super) fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        let mut at = 0_usize;
        let found = loop {
            let rest = self.kept.get(at..).unwrap_or(&[]);
            match read(rest) {
                _ if rest.is_empty() => break None,
                Reading::Whole(packet) => {
                    at = at.saturating_add(packet.length);
                    break Some((packet.command, packet.data.to_vec()));
                }
                // Longer than any packet: it will never become one.
                Reading::Begun if rest.len() < LONGEST => break None,
                Reading::Begun | Reading::Foreign => at = at.saturating_add(1),
            }
        };
        self.kept.drain(..at.min(self.kept.len()));
        found
    }

    /// Forgets the beginning of a packet whose end did not come in time.
    pub(super) fn clear(&mut self) {
        self.kept.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(bytes: &[u8]) -> Packet<'_> {
        match read(bytes) {
            Reading::Whole(packet) => packet,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn packets_are_written_as_the_examples_that_others_recorded() {
        for (command, data, text) in [
            (0x40, &[0x0B][..], "5555400 10b4aaaaa"),
            (0x1A, &[1], "55551a01011aaaaa"),
            (0x58, &[1, 1, 1], "5555580301 01015aaaaa"),
            (0xDC, &[4], "5555dc0104d9aaaa"),
            (0xC1, &[1], "035555c10101c1aaaa"),
            (
                0x83,
                &[0, 0x7E, 0, 4, 0, 1, 0, 0x27, 0, 0x28, 0, 0x29, 0, 0x2A],
                "5555830e007e000400010027002800290 02afaaaaa",
            ),
        ] {
            let expected = hex::decode(text.replace(' ', "")).unwrap();
            assert_eq!(packet(command, data), expected);
            let read = whole(&expected);
            assert_eq!((read.command, read.data, read.length), (command, data, expected.len()));
        }
    }

    #[test]
    fn firmware_packets_have_a_chunk_number_and_a_longer_sum() {
        let bytes = hex::decode("55559a00800101d2bdd2fbaaaa").unwrap();
        let read = whole(&bytes);
        assert_eq!((read.command, read.chunk, read.data), (0x9A, Some(0x80), &[1][..]));
    }

    #[test]
    fn what_is_damaged_or_unfinished_is_no_packet() {
        let good = packet(0x21, &[3]);
        for end in 0..good.len() {
            assert_eq!(read(&good[..end]), Reading::Begun, "{end}");
        }
        for at in [0, 1, 2, 4, 5, 6, 7] {
            let mut spoilt = good.clone();
            spoilt[at] ^= 1;
            assert_eq!(read(&spoilt), Reading::Foreign, "{at}");
        }
        assert_eq!(read(&[3, 0x55, 0x55, 0x21]), Reading::Foreign);
    }

    #[test]
    fn a_stream_finds_packets_that_come_split_glued_or_between_noise() {
        let (first, second) = (packet(0xB3, &[0, 1, 50, 0]), packet(0xF4, &[1]));
        let all = [&b"noise\x55"[..], &first, &[0x55, 0x55, 0x01], &second, &second].concat();
        for size in 1..all.len() {
            let mut stream = Stream::default();
            let mut found = Vec::new();
            for piece in all.chunks(size) {
                stream.push(piece);
                found.extend(std::iter::from_fn(|| stream.next()));
            }
            // The damaged one may swallow the next; the one after it is found in any case.
            stream.push(&[0; 300]);
            found.extend(std::iter::from_fn(|| stream.next()));
            assert_eq!(found, [(0xB3, vec![0, 1, 50, 0]), (0xF4, vec![1]), (0xF4, vec![1])], "{size}");
        }
    }

    #[test]
    fn a_stream_keeps_no_more_than_a_packet() {
        let mut stream = Stream::default();
        for _ in 0..1000 {
            stream.push(&[0x55, 0x55, 0x10, 0xFF, 9, 9, 9, 9, 9]);
            while stream.next().is_some() {}
        }
        assert!(stream.kept.len() <= LONGEST);
    }
}
