//! What a Cat printer says about itself.
//!
//! Source: section 2.2 of the family facts; `docs/protocols/cat.md`. The bits of the state byte: 04 and 08 from two sources,
//! the others from one. Deliberately absent: `D2`, whose meaning nobody has written down.

use super::frame::{Frame, Mark};
use super::v5x;
use crate::talk::Readings;

/// Whether a frame asks to wait (`true`) or to go on.
pub(super) fn flow(frame: &Frame) -> Option<bool> {
    match (frame.mark, frame.command, frame.payload.first()?) {
        (_, 0xAE, 0x10) | (Mark::V5x, 0xA8, 0x20) => Some(true),
        (_, 0xAE, 0x00) | (Mark::V5x, 0xA8, 0x30) => Some(false),
        _ => None,
    }
}

/// The same for the forms that are no frames: all that such a notification holds.
pub(super) fn flow_of_notification(bytes: &[u8]) -> Option<bool> {
    match bytes {
        // The second form of this pair has the two numbers the other way round, and no check sum: as recorded.
        [0xAA, 0x01] | [0x22, 0x21, 0xAE, 0, 1, 0, 0, 0] => Some(true),
        [0xAA, 0x00] | [0x22, 0x21, 0xAE, 0, 1, 0, 0x10, 0] => Some(false),
        _ => None,
    }
}

/// Whether a `51 78` printer says that it is printing.
pub(super) fn is_busy(state: u8) -> bool {
    state & 0x80 != 0
}

/// Whether it says that its battery is too low.
pub(super) fn is_low(state: u8) -> bool {
    state & 0x08 != 0
}

/// Puts what a frame says into the readings.
pub(super) fn read(readings: &mut Readings, frame: &Frame) {
    let payload = frame.payload.as_slice();
    match (frame.mark, frame.command, payload) {
        (Mark::Cat, 0xA3, [state, ..]) => {
            readings.paper = Some(state & 0x01 == 0);
            readings.cover_open = Some(state & 0x02 != 0);
            readings.overheated = Some(state & 0x04 != 0);
            readings.busy = Some(is_busy(*state));
        }
        (Mark::Cat, 0xD3, [celsius, ..]) if *celsius != 0xFF => readings.temperature = Some(i16::from(*celsius)),
        (Mark::Cat, 0xA8, [_, ..]) | (Mark::V5x, 0xB1, [_, _, ..]) => readings.firmware = text(payload),
        (Mark::V5x, 0xA1, [state, _, _, battery, celsius, _, group, code, ..]) => {
            readings.busy = Some(*state != 0);
            readings.battery = Some(*battery).filter(|percent| *percent <= 100);
            readings.temperature = Some(i16::from(*celsius));
            readings.error = ((*group, *code) != (0, 0)).then(|| format!("{group:02x}/{code:02x}"));
        }
        (Mark::V5x, 0xA7, [serial @ .., _]) if payload.len() == 7 => readings.serial = number(serial),
        (Mark::V5x, 0xA7, [_, _, _, _, _, _]) => readings.serial = number(payload),
        _ => {}
    }
}

/// A serial number that was given out: neither all 00 nor all FF.
fn number(bytes: &[u8]) -> Option<String> {
    let given = bytes.iter().any(|byte| *byte != 0) && bytes.iter().any(|byte| *byte != 0xFF);
    given.then(|| hex::encode(bytes))
}

fn text(bytes: &[u8]) -> Option<String> {
    let plain: String = bytes.iter().copied().filter(u8::is_ascii_graphic).map(char::from).take(40).collect();
    (!plain.is_empty()).then_some(plain)
}

/// A frame for a technician.
pub(super) fn describe(frame: &Frame) -> (&'static str, String) {
    if let Some(held) = flow(frame) {
        return ("flow", if held { "pause" } else { "resume" }.to_owned());
    }
    if frame.mark == Mark::V5x {
        return v5x::describe(frame.command, &frame.payload);
    }
    let payload = hex::encode(&frame.payload);
    match frame.command {
        0xA3 => {
            let mut readings = Readings::default();
            read(&mut readings, frame);
            let trouble = readings.trouble().map_or("well".into(), |trouble| trouble.fault().code);
            ("state", format!("{payload} {trouble}"))
        }
        0xA8 => ("info", text(&frame.payload).unwrap_or(payload)),
        0xD2 => ("status", payload),
        0xD3 => ("temperature", payload),
        other => ("other", format!("{other:02X} {payload}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::talk::Trouble;

    fn frame(mark: Mark, command: u8, payload: &[u8]) -> Frame {
        Frame { mark, command, payload: payload.to_vec(), sound: true }
    }

    fn readings(mark: Mark, command: u8, payload: &[u8]) -> Readings {
        let mut readings = Readings::default();
        read(&mut readings, &frame(mark, command, payload));
        readings
    }

    #[test]
    fn all_published_forms_of_pause_and_resume_are_known() {
        for (mark, command, payload, held) in [
            (Mark::Cat, 0xAE, 0x10, true),
            (Mark::Cat, 0xAE, 0x00, false),
            (Mark::V5x, 0xAE, 0x10, true),
            (Mark::V5x, 0xAE, 0x00, false),
            (Mark::V5x, 0xA8, 0x20, true),
            (Mark::V5x, 0xA8, 0x30, false),
        ] {
            assert_eq!(flow(&frame(mark, command, &[payload])), Some(held));
        }
        assert_eq!(flow(&frame(Mark::Cat, 0xA3, &[0x10])), None);
        assert_eq!(flow_of_notification(&[0xAA, 1]), Some(true));
        assert_eq!(flow_of_notification(&[0xAA, 0]), Some(false));
        assert_eq!(flow_of_notification(&[0x22, 0x21, 0xAE, 0, 1, 0, 0x10, 0]), Some(false));
    }

    #[test]
    fn states_become_readings() {
        assert_eq!(readings(Mark::Cat, 0xA3, &[0, 0, 0]).trouble(), None);
        assert_eq!(readings(Mark::Cat, 0xA3, &[1]).trouble(), Some(Trouble::NoPaper));
        assert_eq!(readings(Mark::Cat, 0xA3, &[2]).trouble(), Some(Trouble::CoverOpen));
        assert_eq!(readings(Mark::Cat, 0xA3, &[4]).trouble(), Some(Trouble::Overheated));
        assert_eq!(readings(Mark::Cat, 0xD3, &[52]).temperature, Some(52));
        assert_eq!(readings(Mark::Cat, 0xD3, &[0xFF]).temperature, None);
        let printing = readings(Mark::V5x, 0xA1, &[1, 0, 0, 66, 41, 0, 0, 0]);
        assert_eq!((printing.busy, printing.battery, printing.temperature), (Some(true), Some(66), Some(41)));
        assert_eq!(printing.trouble(), None);
        assert_eq!(
            readings(Mark::V5x, 0xA1, &[0, 0, 0, 66, 41, 0, 1, 9]).trouble(),
            Some(Trouble::Refused("01/09".into()))
        );
        assert_eq!(readings(Mark::V5x, 0xA7, &[1, 2, 3, 4, 5, 6]).serial.as_deref(), Some("010203040506"));
        assert_eq!(readings(Mark::V5x, 0xA7, &[0; 6]).serial, None);
        assert_eq!(readings(Mark::V5x, 0xB1, b"1.0.2").firmware.as_deref(), Some("1.0.2"));
    }
}
