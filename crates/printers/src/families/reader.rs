//! Bytes read from left to right, never past their end.

use crate::family::DecodeError;

/// The rest of a PRN. A copy is a place to come back to.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes read so far.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// What is left.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or(&[])
    }

    /// The next byte, which stays the next one.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The next byte; `None` at the end.
    pub(crate) fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// Reads `wanted` if that is what comes next.
    pub(crate) fn skip(&mut self, wanted: &[u8]) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    /// Reads the word `wanted` in letters of either case, if it comes next and no letter follows it.
    pub(crate) fn skip_word(&mut self, wanted: &str) -> bool {
        let rest = self.rest();
        let found = rest.get(..wanted.len()).is_some_and(|word| word.eq_ignore_ascii_case(wanted.as_bytes()))
            && !rest.get(wanted.len()).is_some_and(u8::is_ascii_alphabetic);
        if found {
            self.at += wanted.len();
        }
        found
    }

    /// The next `count` bytes, or all or nothing.
    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(count)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    /// The next bytes that `wanted` accepts.
    pub(crate) fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let count = rest.iter().position(|&byte| !wanted(byte)).unwrap_or(rest.len());
        self.take(count).unwrap_or(&[])
    }

    /// The next line without its end, which is read too.
    pub(crate) fn line(&mut self) -> &'a [u8] {
        let line = self.take_while(|byte| !matches!(byte, b'\r' | b'\n'));
        self.skip(b"\r");
        self.skip(b"\n");
        line
    }

    /// A decimal number after any blanks; the highest there is when it has too many digits. `None` without a digit.
    pub(crate) fn number(&mut self) -> Option<u32> {
        self.take_while(|byte| byte == b' ');
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        let value = |value: u32, digit: &u8| value.saturating_mul(10).saturating_add(u32::from(digit - b'0'));
        (!digits.is_empty()).then(|| digits.iter().fold(0, value))
    }

    /// `N` numbers with `between` between them.
    pub(crate) fn numbers<const N: usize>(&mut self, between: u8) -> Option<[u32; N]> {
        let mut found = [0; N];
        for (index, number) in found.iter_mut().enumerate() {
            if index > 0 && between != b' ' {
                self.take_while(|byte| byte == b' ');
                if !self.skip(&[between]) {
                    return None;
                }
            }
            *number = self.number()?;
        }
        Some(found)
    }
}

/// The arguments of one command: reading past the end names the command and where it began.
pub(crate) struct Arguments<'r, 'a> {
    pub(crate) reader: &'r mut Reader<'a>,
    pub(crate) offset: usize,
    pub(crate) name: &'static str,
}

impl<'a> Arguments<'_, 'a> {
    pub(crate) fn byte(&mut self) -> Result<u8, DecodeError> {
        self.reader.next().ok_or(self.truncated())
    }

    /// A little-endian number of two bytes.
    pub(crate) fn pair(&mut self) -> Result<u16, DecodeError> {
        let low = self.byte()?;
        Ok(u16::from_le_bytes([low, self.byte()?]))
    }

    /// A big-endian number of four bytes.
    pub(crate) fn quad(&mut self) -> Result<u32, DecodeError> {
        let mut four = [0; 4];
        four.copy_from_slice(self.bytes(4)?);
        Ok(u32::from_be_bytes(four))
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        self.reader.take(count).ok_or(self.truncated())
    }

    /// `rows` times `stride` bytes, which may be more than there can be.
    pub(crate) fn rows(&mut self, stride: u32, rows: u32) -> Result<&'a [u8], DecodeError> {
        let bytes = u64::from(stride) * u64::from(rows);
        self.bytes(usize::try_from(bytes).unwrap_or(usize::MAX))
    }

    /// Everything up to the next NUL, which is read too.
    pub(crate) fn until_nul(&mut self) -> Result<&'a [u8], DecodeError> {
        let found = self.reader.take_while(|byte| byte != 0);
        self.byte()?;
        Ok(found)
    }

    pub(crate) fn truncated(&self) -> DecodeError {
        DecodeError::Truncated { offset: self.offset, command: self.name }
    }

    pub(crate) fn malformed(&self, problem: &'static str) -> DecodeError {
        DecodeError::Malformed { offset: self.offset, command: self.name, problem }
    }
}

/// `bytes` as a short text for a person: what is not plain ASCII is escaped, and a long rest is counted.
pub(crate) fn excerpt(bytes: &[u8]) -> String {
    const SHOWN: usize = 48;
    let shown = bytes.get(..SHOWN).unwrap_or(bytes).escape_ascii();
    match bytes.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => format!("{shown}… ({} bytes)", bytes.len()),
        _ => shown.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_where_the_digits_end_and_never_overflow() {
        let mut reader = Reader::new(b"1, 22 ,99999999999999,x");
        assert_eq!(reader.numbers::<3>(b','), Some([1, 22, u32::MAX]));
        assert_eq!(reader.rest(), b",x");
        assert_eq!(reader.numbers::<1>(b','), None);
        assert_eq!(Reader::new(b"1 2").numbers::<2>(b' '), Some([1, 2]));
        assert_eq!(Reader::new(b"1-2").numbers::<2>(b','), None);
    }

    #[test]
    fn a_word_is_not_the_beginning_of_a_longer_one() {
        let mut reader = Reader::new(b"prints");
        assert!(!reader.skip_word("PRINT"));
        assert!(reader.skip_word("PRINTS") && reader.rest().is_empty());
    }

    #[test]
    fn lines_end_in_any_of_the_three_ways() {
        let mut reader = Reader::new(b"a\r\nb\nc\rd");
        let lines: Vec<_> = std::iter::from_fn(|| (!reader.rest().is_empty()).then(|| reader.line())).collect();
        assert_eq!(lines, [b"a", b"b", b"c", b"d"]);
    }
}
