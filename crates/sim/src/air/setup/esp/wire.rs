//! Protocol buffers by hand: numbers and byte strings, by field number.

/// A message that was read.
pub(super) struct Message(Vec<(u64, Field)>);

enum Field {
    Number(u64),
    Bytes(Vec<u8>),
}

impl Message {
    /// `None` for what is no message.
    pub(super) fn read(mut bytes: &[u8]) -> Option<Self> {
        let mut fields = Vec::new();
        while !bytes.is_empty() {
            let key = varint(&mut bytes)?;
            let field = match key & 7 {
                0 => Field::Number(varint(&mut bytes)?),
                2 => {
                    let length = usize::try_from(varint(&mut bytes)?).ok()?;
                    let (inside, rest) = bytes.split_at_checked(length)?;
                    bytes = rest;
                    Field::Bytes(inside.to_vec())
                }
                _ => return None,
            };
            fields.push((key >> 3, field));
        }
        Some(Self(fields))
    }

    /// A number; what is not written is zero.
    pub(super) fn number(&self, tag: u64) -> u64 {
        self.0
            .iter()
            .rev()
            .find_map(|(own, field)| match field {
                Field::Number(number) if *own == tag => Some(*number),
                _ => None,
            })
            .unwrap_or(0)
    }

    /// Bytes; what is not written is nothing.
    pub(super) fn bytes(&self, tag: u64) -> Option<&[u8]> {
        self.0.iter().rev().find_map(|(own, field)| match field {
            Field::Bytes(bytes) if *own == tag => Some(bytes.as_slice()),
            _ => None,
        })
    }

    /// A message within; a device panics without it, and this one says so.
    pub(super) fn inner(&self, tag: u64) -> Option<Self> {
        Self::read(self.bytes(tag)?)
    }
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// A message that is written.
#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// A number; a zero is not written.
    pub(super) fn number(mut self, tag: u8, number: u64) -> Self {
        if number != 0 {
            self.varint(u64::from(tag) << 3);
            self.varint(number);
        }
        self
    }

    /// A negative number as the standard writes it: in ten bytes.
    pub(super) fn signed(self, tag: u8, number: i64) -> Self {
        self.number(tag, u64::from_ne_bytes(number.to_ne_bytes()))
    }

    pub(super) fn bytes(mut self, tag: u8, bytes: &[u8]) -> Self {
        self.varint(u64::from(tag) << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    pub(super) fn end(self) -> Vec<u8> {
        self.0
    }

    fn varint(&mut self, mut number: u64) {
        loop {
            let low = u8::try_from(number & 0x7f).unwrap_or(0);
            number >>= 7;
            if number == 0 {
                return self.0.push(low);
            }
            self.0.push(low | 0x80);
        }
    }
}
