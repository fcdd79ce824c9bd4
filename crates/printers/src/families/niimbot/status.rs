//! What a printer answers, as readings and troubles.
//!
//! Source: sections "Packets" and the list of errors of `docs/protocols/niimbot.md`. Deliberately absent: the roll's own
//! numbers beyond how many labels it has given; no reading needs them.

use super::packet::{command, packet, pair};
use crate::talk::{Readings, Trouble};

/// Models that say 1 for a closed lid; all others say 0.
const CLOSED_IS_ONE: [u16; 13] = [272, 273, 274, 512, 513, 514, 1792, 2304, 2560, 3584, 3840, 4352, 5120];

/// What was asked of `command 40`.
pub(super) mod info {
    pub(crate) const MODEL: u8 = 8;
    pub(crate) const SOFTWARE: u8 = 9;
    pub(crate) const BATTERY: u8 = 10;
    pub(crate) const SERIAL: u8 = 11;
    pub(crate) const HARDWARE: u8 = 12;
}

/// The answer to a question; `None` where nothing is answered.
pub(super) fn answer_to(asked: u8, data: &[u8]) -> Option<u8> {
    Some(match asked {
        command::PRINT_START => 0x02,
        command::PAGE_START => 0x04,
        command::PAGE_SIZE => 0x14,
        command::QUANTITY => 0x16,
        command::ROLL => 0x1B,
        command::CLEAR => 0x30,
        command::DENSITY => 0x31,
        command::LABEL_TYPE => 0x33,
        command::INFO => command::INFO | data.first().copied().unwrap_or(0),
        command::CHECK_LINE => 0xD3,
        command::STATUS => 0xB3,
        command::STATUS_DATA => 0xB5,
        command::CONNECT => 0xC2,
        command::CANCEL => 0xD0,
        command::HEARTBEAT => 0xDD,
        command::PAGE_END => 0xE4,
        command::PRINT_END => 0xF4,
        _ => return None,
    })
}

/// Whether `told` answers what [`answer_to`] says: a heartbeat is answered in four ways.
pub(super) fn answers(told: u8, expected: u8) -> bool {
    told == expected || expected == 0xDD && matches!(told, 0xD9 | 0xDE | 0xDF)
}

/// The version of the protocol, from the answers to C1 and A5.
pub(super) fn protocol(connected: u8, data: Option<&[u8]>) -> u8 {
    match (connected, data) {
        (2, _) => 1,
        (3, Some([.., eleven, twelve])) if data.is_some_and(|data| data.len() == 13) => version(*eleven, *twelve),
        (3, Some(data)) => match data.get(11..13) {
            Some([eleven, twelve]) => version(*eleven, *twelve),
            _ => 0,
        },
        _ => 0,
    }
}

fn version(eleven: u8, twelve: u8) -> u8 {
    match u32::from(eleven) * 100 + u32::from(twelve) {
        204..=299 => 3,
        300 | 301 => 4,
        302.. => 5,
        _ => 0,
    }
}

/// The question for a heartbeat that this version answers.
pub(super) fn heartbeat(protocol: u8) -> Vec<u8> {
    packet(command::HEARTBEAT, &[if protocol >= 3 { 4 } else { 1 }])
}

/// The number of the model: one byte is the high one.
pub(super) fn number(data: &[u8]) -> Option<u16> {
    match data {
        [high] => Some(u16::from_be_bytes([*high, 0])),
        _ => pair(data),
    }
}

/// Takes over what an answer says about the printer; `false` when it says nothing.
pub(super) fn read(readings: &mut Readings, number: Option<u16>, told: u8, data: &[u8]) -> bool {
    let at = |place: usize| data.get(place).copied();
    let (lid, battery, paper) = match (told, data.len()) {
        (0xDD, 10) => (at(8), at(9), None),
        (0xDD, 13) => (at(9), at(10), at(11)),
        (0xDD, 19) => (at(15), at(16), at(17)),
        (0xDD, 20) => (None, None, at(18)),
        (0xD9, 9..) => {
            readings.temperature = at(3).map(i16::from);
            (at(4), at(2), at(5))
        }
        (0x4A, _) => (None, at(0), None),
        (0x4B, 4..) => {
            let text = String::from_utf8_lossy(data).trim_matches(|letter: char| letter.is_control()).to_owned();
            readings.serial = Some(if data.len() >= 8 { text } else { digits(data.get(..4).unwrap_or(data)) });
            return true;
        }
        (0x49, 2) => {
            readings.firmware = Some(digits(data));
            return true;
        }
        (0x4C, 2) => {
            readings.hardware = Some(digits(data));
            return true;
        }
        (0x1B, 2..) => {
            readings.counter = used_labels(data);
            return true;
        }
        _ => return false,
    };
    let closed = u8::from(told == 0xDD && number.is_some_and(|number| CLOSED_IS_ONE.contains(&number)));
    readings.cover_open = lid.map(|lid| u8::from(lid != 0) != closed).or(readings.cover_open);
    // Quarters; a printer of another kind tells percent.
    let percent = |level: u8| if level <= 4 { level.saturating_mul(25) } else { level.min(100) };
    readings.battery = battery.map(percent).or(readings.battery);
    readings.paper = paper.map(|paper| paper == 0).or(readings.paper);
    true
}

fn digits(data: &[u8]) -> String {
    data.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Labels that the roll has given, from its tag: two texts with their lengths stand in front.
fn used_labels(data: &[u8]) -> Option<u32> {
    let mut rest = data.get(8..)?;
    for _ in 0..2 {
        let (&length, text) = rest.split_first()?;
        rest = text.get(usize::from(length)..)?;
    }
    rest.get(2..).and_then(pair).map(u32::from)
}

/// What an error of the printer means.
pub(super) fn trouble(code: u8) -> Trouble {
    match code {
        0x01 => Trouble::CoverOpen,
        0x02 | 0x08 => Trouble::NoPaper,
        0x03 => Trouble::LowBattery,
        0x05 => Trouble::Cancelled,
        0x07 => Trouble::Overheated,
        0x09 => Trouble::Busy,
        0x0D..=0x10 => Trouble::WrongMedia,
        other => Trouble::Refused(format!("{other:02X}")),
    }
}

/// How far a print is, from B3: pages, percent printed, percent fed, and an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Far {
    pub(super) pages: u16,
    pub(super) printed: u8,
    pub(super) fed: u8,
    pub(super) error: u8,
}

pub(super) fn far(data: &[u8]) -> Option<Far> {
    let error = data.get(6).copied().filter(|_| data.len() == 10).unwrap_or(0);
    Some(Far { pages: pair(data)?, printed: *data.get(2)?, fed: *data.get(3)?, error })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(number: Option<u16>, told: u8, data: &str) -> Readings {
        let mut readings = Readings::default();
        assert!(read(&mut readings, number, told, &hex::decode(data.replace(' ', "")).unwrap()));
        readings
    }

    #[test]
    fn heartbeats_of_every_length_are_read() {
        let ten = heard(Some(2304), 0xDD, "1025 0065 0065 3251 01 04");
        assert_eq!((ten.cover_open, ten.battery, ten.paper), (Some(false), Some(100), None));
        assert_eq!(heard(Some(4096), 0xDD, "1025 0065 0065 3251 01 04").cover_open, Some(true));
        let thirteen = heard(Some(4096), 0xDD, "1fb2 005d 005d 0000 48 00 02 00 01");
        assert_eq!((thirteen.cover_open, thirteen.battery, thirteen.paper), (Some(false), Some(50), Some(true)));
        let nineteen = heard(None, 0xDD, &format!("{} 01 01 01 00", "00".repeat(15)));
        assert_eq!((nineteen.cover_open, nineteen.battery, nineteen.paper), (Some(true), Some(25), Some(false)));
        let twenty = heard(None, 0xDD, &format!("{} 01 00", "00".repeat(18)));
        assert_eq!((twenty.cover_open, twenty.battery, twenty.paper), (None, None, Some(false)));
        let newer = heard(Some(2320), 0xD9, "2ec3 03 1e 00 01 01 00 00");
        assert_eq!((newer.temperature, newer.battery, newer.paper), (Some(30), Some(75), Some(false)));
        assert!(!read(&mut Readings::default(), None, 0xDD, &[0; 7]));
    }

    #[test]
    fn versions_and_numbers_are_told_in_two_ways() {
        let data = |eleven, twelve| [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, eleven, twelve];
        for (eleven, twelve, version) in [(2, 3, 0), (2, 4, 3), (3, 1, 4), (3, 2, 5)] {
            assert_eq!(protocol(3, Some(&data(eleven, twelve))), version);
        }
        assert_eq!((protocol(2, None), protocol(1, None), protocol(3, Some(&[1]))), (1, 0, 0));
        assert_eq!((number(&[0x10]), number(&[9, 1])), (Some(4096), Some(2305)));
    }

    #[test]
    fn the_tag_of_a_roll_tells_how_many_labels_it_has_given() {
        let mut tag = vec![7; 8];
        tag.extend([3, b'a', b'b', b'c', 1, b'x', 0, 230, 0, 41, 1]);
        let mut readings = Readings::default();
        assert!(read(&mut readings, None, 0x1B, &tag));
        assert_eq!(readings.counter, Some(41));
        assert_eq!(used_labels(&tag[..12]), None);
    }

    #[test]
    fn errors_have_classes() {
        let all = [1, 2, 3, 5, 7, 8, 9, 0x0E, 0x10, 0x34].map(trouble);
        let refused = Trouble::Refused("34".to_owned());
        let expected = [
            Trouble::CoverOpen,
            Trouble::NoPaper,
            Trouble::LowBattery,
            Trouble::Cancelled,
            Trouble::Overheated,
            Trouble::NoPaper,
            Trouble::Busy,
            Trouble::WrongMedia,
            Trouble::WrongMedia,
            refused,
        ];
        assert_eq!(all, expected);
    }
}
