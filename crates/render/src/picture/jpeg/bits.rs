//! The bits of an entropy-coded segment.
//!
//! Source: ITU-T T.81 sections F.1.2.3 (a zero byte after 0xFF) and F.2.2.5. Behind the end of a segment come zeros; the
//! reader knows how many of them were taken, so that a picture that ends too early is told.

/// Reads bits, the highest first.
pub(super) struct Bits<'a> {
    data: &'a [u8],
    /// The next byte to be read.
    at: usize,
    /// Bits that were read, from the top.
    held: u64,
    count: u32,
    /// Bits behind the end that are among those held, or were taken already.
    missing: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0, held: 0, count: 0, missing: 0 }
    }

    /// Makes sure that at least 32 bits are held.
    #[inline]
    pub(super) fn fill(&mut self) {
        if self.count > 32 {
            return;
        }
        if let Some(&word) = self.data.get(self.at..).and_then(|rest| rest.first_chunk::<4>()) {
            let word = u32::from_be_bytes(word);
            // Whether one of the bytes is 0xFF: then its complement has a byte of zero.
            let other = !word;
            if other.wrapping_sub(0x0101_0101) & word & 0x8080_8080 == 0 {
                self.held |= u64::from(word) << (32 - self.count);
                self.count += 32;
                self.at += 4;
                return;
            }
        }
        self.fill_slowly();
    }

    #[cold]
    fn fill_slowly(&mut self) {
        while self.count <= 56 {
            let byte = match (self.data.get(self.at), self.data.get(self.at + 1)) {
                (Some(0xFF), Some(0)) => {
                    self.at += 2;
                    0xFF
                }
                // A marker ends the segment, and so does the end of the file.
                (Some(0xFF), _) | (None, _) => {
                    self.missing = self.missing.saturating_add(8);
                    0
                }
                (Some(&byte), _) => {
                    self.at += 1;
                    byte
                }
            };
            self.held |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// The next `count` bits, 1 to 32, which must be held.
    #[inline]
    pub(super) fn peek(&self, count: u32) -> usize {
        // At most 32 bits.
        #[allow(clippy::cast_possible_truncation)]
        let bits = (self.held >> (64 - count)) as usize;
        bits
    }

    /// Steps over `count` bits, below 64, which must be held.
    #[inline]
    pub(super) fn skip(&mut self, count: u32) {
        self.held <<= count & 63;
        self.count = self.count.wrapping_sub(count);
    }

    /// A value of `size` bits, 0 to 15, as T.81 extends it.
    #[inline]
    pub(super) fn value(&mut self, size: u32) -> i32 {
        if size == 0 {
            return 0;
        }
        // At most 15 bits.
        #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
        let bits = self.peek(size) as i32;
        self.skip(size);
        extend(bits, size)
    }

    /// Whether bits were taken that are not there.
    pub(super) fn is_over(&self) -> bool {
        self.missing > self.count
    }

    /// Begins anew behind the restart marker with the number `number`, and says whether it was there.
    pub(super) fn restart(&mut self, number: u8) -> bool {
        if self.is_over() {
            return false;
        }
        // Whole bytes that are still held belong to no block; a marker was not stepped over.
        let mut at = self.at;
        while let Some(pair) = self.data.get(at..).and_then(|rest| rest.first_chunk::<2>()) {
            match *pair {
                [0xFF, 0xFF] => at += 1,
                [0xFF, code @ 0xD0..=0xD7] => {
                    *self = Self { data: self.data, at: at + 2, held: 0, count: 0, missing: 0 };
                    return code & 7 == number & 7;
                }
                // Filled up with bytes that mean nothing.
                [0xFF, 0] => at += 2,
                [0xFF, _] => return false,
                _ => at += 1,
            }
        }
        false
    }
}

/// Values whose first bit is 0 are negative.
#[inline]
pub(super) fn extend(bits: i32, size: u32) -> i32 {
    if bits < 1 << (size - 1) { bits - (1 << size) + 1 } else { bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stuffed_zero_is_no_data_and_the_end_is_noticed() {
        let mut bits = Bits::new(&[0xFF, 0x00, 0x12, 0x34, 0x56, 0xFF, 0xD9]);
        bits.fill();
        assert_eq!(bits.peek(16), 0xFF12);
        bits.skip(16);
        bits.fill();
        assert_eq!(bits.peek(16), 0x3456);
        bits.skip(16);
        assert!(!bits.is_over());
        bits.fill();
        bits.skip(1);
        assert!(bits.is_over());
    }

    #[test]
    fn values_have_their_sign() {
        let mut bits = Bits::new(&[0b1011_0010, 0b0110_0000, 0, 0]);
        bits.fill();
        assert_eq!([bits.value(1), bits.value(2), bits.value(0), bits.value(3), bits.value(3)], [1, -2, 0, 4, 4]);
    }

    #[test]
    fn a_restart_finds_its_marker_and_no_other() {
        let data = [0x12, 0x34, 0xFF, 0xFF, 0xD3, 0xAB, 0xCD, 0, 0];
        let mut bits = Bits::new(&data);
        bits.fill();
        bits.skip(5);
        assert!(bits.restart(3));
        bits.fill();
        assert_eq!(bits.peek(16), 0xABCD);
        assert!(!Bits::new(&data).restart(4));
        assert!(!Bits::new(&[1, 2, 3, 0xFF, 0xD9]).restart(0));
    }
}
