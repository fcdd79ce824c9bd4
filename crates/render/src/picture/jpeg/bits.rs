//! The bits of an entropy-coded segment.
//!
//! ```text
//! data ─stuffed zeros taken out─▶ a few thousand bytes ─eight at a time─▶ bits
//! ```
//!
//! Source: ITU-T T.81 sections F.1.2.3 (a zero byte after 0xFF) and F.2.2.5. With the zeros taken out beforehand, taking
//! in bits needs no decision, which a processor could only guess. Behind the end of a segment come zeros; the reader
//! knows how many of them were taken, so that a picture that ends too early is told.

/// Bytes that are held without their stuffed zeros, and zeros behind them, so that eight can be read at each place.
const ROOM: usize = 8 << 10;
const BEHIND: usize = 8;

/// More than the longest block takes: 64 codes of 16 bits, with 15 bits behind each.
const BLOCK: usize = 256;

/// Reads bits, the highest first.
pub(super) struct Bits<'a> {
    data: &'a [u8],
    /// The next byte of `data` that is not in `room`.
    next: usize,
    /// Whether nothing more of the segment is to come.
    ended: bool,
    room: Box<[u8; ROOM + BEHIND]>,
    /// Bytes of the segment in `room`. Zeros follow where the segment has ended.
    filled: usize,
    /// The next byte of `room` to be read; may be beyond its end, where there are zeros.
    at: usize,
    /// Bits that were read, from the top. Behind them may be some of those that are read next.
    held: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        let room = Box::new([0; ROOM + BEHIND]);
        let mut new = Self { data, next: 0, ended: false, room, filled: 0, at: 0, held: 0, count: 0 };
        new.take_in();
        new
    }

    /// To be called before each block: makes sure that all of its bytes are at hand.
    #[inline]
    pub(super) fn begin_block(&mut self) {
        if self.at + BLOCK > self.filled && !self.ended {
            self.take_in();
        }
    }

    /// Fills the room behind what was not read yet.
    #[cold]
    fn take_in(&mut self) {
        self.room.copy_within(self.at.min(self.filled)..self.filled, 0);
        self.filled = self.filled.saturating_sub(self.at);
        self.at = 0;
        while self.filled + 8 <= ROOM
            && let Some(to) = self.room.get_mut(self.filled..self.filled + 8)
        {
            if let Some(&word) = self.data.get(self.next..).and_then(|rest| rest.first_chunk::<8>()) {
                // Whether one of the bytes is 0xFF: then its complement has a byte of zero.
                let ones = u64::from_ne_bytes(word);
                if (!ones).wrapping_sub(0x0101_0101_0101_0101) & ones & 0x8080_8080_8080_8080 == 0 {
                    to.copy_from_slice(&word);
                    self.next += 8;
                    self.filled += 8;
                    continue;
                }
            }
            for place in to {
                let byte = match (self.data.get(self.next), self.data.get(self.next + 1)) {
                    (Some(0xFF), Some(0)) => {
                        self.next += 2;
                        0xFF
                    }
                    // A marker ends the segment, and so does the end of the file.
                    (Some(0xFF), _) | (None, _) => {
                        self.ended = true;
                        self.room.get_mut(self.filled..).unwrap_or_default().fill(0);
                        return;
                    }
                    (Some(&byte), _) => {
                        self.next += 1;
                        byte
                    }
                };
                *place = byte;
                self.filled += 1;
            }
        }
    }

    /// Makes sure that at least 56 bits are held.
    #[inline]
    pub(super) fn fill(&mut self) {
        let word =
            self.room.get(self.at..).and_then(|rest| rest.first_chunk::<8>()).map_or(0, |w| u64::from_be_bytes(*w));
        self.held |= word >> self.count;
        self.at += ((63 - self.count) >> 3) as usize;
        self.count |= 56;
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
        self.count = self.count.wrapping_sub(count) & 63;
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
        self.ended && self.at * 8 > self.filled * 8 + self.count as usize
    }

    /// Begins anew behind the restart marker with the number `number`, and says whether it was there.
    pub(super) fn restart(&mut self, number: u8) -> bool {
        if self.is_over() {
            return false;
        }
        // Whole bytes that are still held belong to no block; a marker was not stepped over.
        let mut at = self.next;
        while let Some(pair) = self.data.get(at..).and_then(|rest| rest.first_chunk::<2>()) {
            match *pair {
                [0xFF, 0xFF] => at += 1,
                [0xFF, code @ 0xD0..=0xD7] => {
                    (self.next, self.ended) = (at + 2, false);
                    (self.filled, self.at, self.held, self.count) = (0, 0, 0, 0);
                    self.take_in();
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
    fn all_bytes_arrive_however_many_there_are_and_wherever_zeros_are_stuffed() {
        let mut seed = 1_u32;
        let mut random = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed.to_be_bytes()[0]
        };
        for length in [0, 1, 7, 8, 255, 256, 257, ROOM - 1, ROOM, ROOM + 1, 3 * ROOM + 5] {
            let bytes: Vec<u8> = (0..length).map(|_| random() | if random() < 200 { 0 } else { 0xFF }).collect();
            let stuffed = bytes.iter().flat_map(|&byte| [byte].into_iter().chain((byte == 0xFF).then_some(0)));
            let data: Vec<u8> = stuffed.chain([0xFF, 0xD9, 1, 2, 3]).collect();
            let mut bits = Bits::new(&data);
            for (at, byte) in bytes.iter().enumerate() {
                if at % 200 == 0 {
                    bits.begin_block();
                }
                bits.fill();
                assert_eq!(bits.peek(8), usize::from(*byte), "byte {at} of {length}");
                bits.skip(8);
                assert!(!bits.is_over());
            }
            bits.fill();
            bits.skip(1);
            assert!(bits.is_over());
        }
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
