//! The frames of the Cat family, both ways.
//!
//! ```text
//! 51 78 cmd dir lenL lenH payload… crc FF       dir 0: to the printer, 1: from it; crc over the payload
//! 12 51 78 …                                    `prefixed`: one byte before each frame to the printer
//! 22 21 cmd 00 lenL lenH payload… crc FF        `v5x`; some frames end behind the payload with 00 instead
//! ```
//!
//! Source: section 2.2 of the family facts; `docs/protocols/cat.md`. CRC-8 with polynomial 07, start 0, not reflected.
//! Deliberately absent: what the commands mean.

/// The first bytes of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// `51 78`.
    Cat,
    /// `22 21`.
    V5x,
}

impl Mark {
    const fn bytes(self) -> [u8; 2] {
        match self {
            Self::Cat => [0x51, 0x78],
            Self::V5x => [0x22, 0x21],
        }
    }
}

/// The most payload of a frame that is believed: rows of the widest head are 312 bytes, answers a few dozen.
pub(super) const MOST_PAYLOAD: usize = 1024;

/// A frame that arrived whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) mark: Mark,
    pub(super) command: u8,
    pub(super) payload: Vec<u8>,
    /// Whether the check sum holds. Some firmware leaves it out of its answers.
    pub(super) sound: bool,
}

/// The check sum of a payload.
pub(super) const fn crc8(bytes: &[u8]) -> u8 {
    let (mut crc, mut at) = (0_u8, 0);
    while at < bytes.len() {
        // `at` is below the length.
        crc ^= bytes[at];
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x80 == 0 { crc << 1 } else { crc << 1 ^ 0x07 };
            bit += 1;
        }
        at += 1;
    }
    crc
}

/// Appends a frame to the printer.
pub(super) fn put(out: &mut Vec<u8>, mark: Mark, command: u8, payload: &[u8]) {
    let [low, high] = u16::try_from(payload.len()).unwrap_or(u16::MAX).to_le_bytes();
    out.extend(mark.bytes());
    out.extend([command, 0, low, high]);
    out.extend_from_slice(payload);
    out.extend([crc8(payload), 0xFF]);
}

/// Cuts what arrives into frames; they come split or glued, and noise between them is left out.
#[derive(Default)]
pub(super) struct Ear {
    pending: Vec<u8>,
}

impl Ear {
    /// The frames that are whole now.
    pub(super) fn hear(&mut self, bytes: &[u8]) -> Vec<Frame> {
        self.pending.extend_from_slice(bytes);
        let mut frames = Vec::new();
        loop {
            match first(&self.pending) {
                First::Frame { frame, end } => {
                    frames.push(frame);
                    self.pending.drain(..end);
                }
                First::Noise(end) => {
                    self.pending.drain(..end);
                }
                First::More => return frames,
            }
        }
    }

    /// A rest that never became a frame: a short answer whose end the firmware leaves out. Called when a notification ends
    /// a while before the next.
    pub(super) fn rest(&mut self) -> Option<Frame> {
        let (mark, command) = head(&self.pending)?;
        let payload = self.pending.get(6..).unwrap_or_default().to_vec();
        self.pending.clear();
        Some(Frame { mark, command, payload, sound: false })
    }
}

enum First {
    Frame { frame: Frame, end: usize },
    Noise(usize),
    More,
}

/// Mark and command of the bytes, if they begin with them.
fn head(bytes: &[u8]) -> Option<(Mark, u8)> {
    let mark = [Mark::Cat, Mark::V5x].into_iter().find(|mark| bytes.starts_with(&mark.bytes()))?;
    Some((mark, *bytes.get(2)?))
}

fn first(bytes: &[u8]) -> First {
    let begins = |rest: &[u8]| match rest {
        [one] => matches!(one, 0x51 | 0x22),
        [one, two, ..] => matches!((one, two), (0x51, 0x78) | (0x22, 0x21)),
        [] => false,
    };
    let start = (0..bytes.len()).find(|&at| bytes.get(at..).is_some_and(begins)).unwrap_or(bytes.len());
    if start > 0 {
        return First::Noise(start);
    }
    let (Some((mark, command)), Some(&[low, high])) = (head(bytes), bytes.get(4..6).and_then(|two| two.first_chunk()))
    else {
        return First::More;
    };
    let length = usize::from(u16::from_le_bytes([low, high]));
    if length > MOST_PAYLOAD {
        // No frame of ours: the two bytes were chance.
        return First::Noise(2);
    }
    let Some(body) = bytes.get(6..length + 8) else { return First::More };
    let (payload, end) = body.split_at(length);
    match *end {
        [crc, end] if end == 0xFF || mark == Mark::V5x && (crc, end) == (0, 0) => {
            let sound = crc == crc8(payload);
            First::Frame { frame: Frame { mark, command, payload: payload.to_vec(), sound }, end: length + 8 }
        }
        _ => First::Noise(2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(mark: Mark, command: u8, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out, mark, command, payload);
        out
    }

    #[test]
    fn the_published_frames_come_out_byte_for_byte() {
        assert_eq!(frame(Mark::Cat, 0xA3, &[0]), [0x51, 0x78, 0xA3, 0, 1, 0, 0, 0, 0xFF]);
        assert_eq!(crc8(&[0x10]), 0x70);
        assert_eq!(crc8(&[0x32]), 0x9E);
        assert_eq!(frame(Mark::V5x, 0xB1, &[0]), [0x22, 0x21, 0xB1, 0, 1, 0, 0, 0, 0xFF]);
    }

    #[test]
    fn split_and_glued_frames_with_noise_between_are_all_found() {
        let one = frame(Mark::Cat, 0xA3, &[1, 2, 3]);
        let two = frame(Mark::V5x, 0xA1, &[0x51, 0x78]);
        let stream = [&[0xFF, 0x51, 0x00][..], &one, &[0x22], &two, &one].concat();
        for step in 1..stream.len() {
            let mut ear = Ear::default();
            let frames: Vec<Frame> = stream.chunks(step).flat_map(|piece| ear.hear(piece)).collect();
            let commands: Vec<u8> = frames.iter().map(|frame| frame.command).collect();
            assert_eq!(commands, [0xA3, 0xA1, 0xA3], "in pieces of {step}");
            assert!(frames.iter().all(|frame| frame.sound));
        }
    }

    #[test]
    fn a_length_that_cannot_be_does_not_stop_the_stream() {
        let mut ear = Ear::default();
        assert!(ear.hear(&[0x51, 0x78, 0xA3, 1, 0xFF, 0xFF, 0]).is_empty());
        assert_eq!(ear.hear(&frame(Mark::Cat, 0xA3, &[0])).len(), 1);
        assert!(ear.pending.len() <= MOST_PAYLOAD);
    }
}
