//! Bytes read from left to right, never past their end.

use super::{DLE, ESC, FS, GS};
use crate::family::DecodeError;

/// The rest of a PRN.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes read so far.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The next byte; `None` at the end.
    pub(super) fn next(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied()?;
        self.at += 1;
        Some(byte)
    }

    /// The next `count` bytes, or all or nothing.
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(count)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    /// The next bytes that `wanted` accepts.
    pub(super) fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let count = rest.iter().position(|&byte| !wanted(byte)).unwrap_or(rest.len());
        self.take(count).unwrap_or(&[])
    }
}

/// The arguments of one command: reading past the end names the command and where it began.
pub(super) struct Arguments<'r, 'a> {
    pub(super) reader: &'r mut Reader<'a>,
    pub(super) offset: usize,
    pub(super) name: &'static str,
}

impl<'a> Arguments<'_, 'a> {
    pub(super) fn byte(&mut self) -> Result<u8, DecodeError> {
        self.reader.next().ok_or(self.truncated())
    }

    /// A little-endian number of two bytes.
    pub(super) fn pair(&mut self) -> Result<u16, DecodeError> {
        let low = self.byte()?;
        Ok(u16::from_le_bytes([low, self.byte()?]))
    }

    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        self.reader.take(count).ok_or(self.truncated())
    }

    /// Everything up to the next NUL, which is read too.
    pub(super) fn until_nul(&mut self) -> Result<&'a [u8], DecodeError> {
        let found = self.reader.take_while(|byte| byte != 0);
        self.byte()?;
        Ok(found)
    }

    fn truncated(&self) -> DecodeError {
        DecodeError::Truncated { offset: self.offset, command: self.name }
    }
}

/// Whether `byte` is printed as a character or moves within the line.
pub(super) fn is_text(byte: u8) -> bool {
    byte >= 0x20 || matches!(byte, b'\t' | b'\r')
}

/// Whether `byte` begins nothing that is known.
pub(super) fn is_noise(byte: u8) -> bool {
    !is_text(byte) && !matches!(byte, super::LF | DLE | ESC | FS | GS)
}

/// `bytes` as a short text for a person: what is not plain ASCII is escaped, and a long rest is counted.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    const SHOWN: usize = 48;
    let shown = bytes.get(..SHOWN).unwrap_or(bytes).escape_ascii();
    match bytes.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => format!("{shown}… ({} bytes)", bytes.len()),
        _ => shown.to_string(),
    }
}
