//! Framing of the Cat printers, from the facts: `mark mark cmd dir lenL lenH payload… crc FF`.

/// A frame that the head has taken whole.
pub(super) struct Frame {
    pub(super) command: u8,
    pub(super) payload: Vec<u8>,
    /// All of its bytes.
    pub(super) bytes: Vec<u8>,
}

/// Bytes become frames; what is between them is skipped, and a frame with a wrong check sum is not obeyed.
pub(super) struct Framer {
    mark: [u8; 2],
    bytes: Vec<u8>,
}

impl Framer {
    pub(super) fn new(mark: [u8; 2]) -> Self {
        Self { mark, bytes: Vec::new() }
    }

    pub(super) fn take(&mut self, byte: u8) -> Option<Frame> {
        self.bytes.push(byte);
        if self.bytes.len() <= 2 && !self.mark.starts_with(&self.bytes) {
            self.bytes.clear();
            if byte == self.mark[0] {
                self.bytes.push(byte);
            }
            return None;
        }
        let length = usize::from(*self.bytes.get(4)?) | usize::from(*self.bytes.get(5)?) << 8;
        if self.bytes.len() < length + 8 {
            return None;
        }
        let bytes = std::mem::take(&mut self.bytes);
        let command = *bytes.get(2)?;
        let payload = bytes.get(6..length + 6)?.to_vec();
        let end = bytes.get(length + 6..)?;
        // Only the other language leaves the check sum out.
        let sound = *end == [crc8(&payload), 0xFF] || self.mark == [0x22, 0x21] && *end == [0, 0];
        sound.then_some(Frame { command, payload, bytes })
    }
}

/// CRC-8, polynomial 07.
pub(super) fn crc8(bytes: &[u8]) -> u8 {
    bytes
        .iter()
        .fold(0, |crc, byte| (0..8).fold(crc ^ byte, |crc, _| if crc & 0x80 == 0 { crc << 1 } else { crc << 1 ^ 0x07 }))
}

/// A frame from the printer.
pub(super) fn answer(mark: [u8; 2], command: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap_or(u8::MAX);
    let mut bytes = vec![mark[0], mark[1], command, 1, length, 0];
    bytes.extend_from_slice(payload);
    bytes.extend([crc8(payload), 0xFF]);
    bytes
}
