//! Huffman codes, several of them at one look where they need not be kept.
//!
//! Source: ITU-T T.81 Annexes C (how codes are made from their lengths) and F.2.2 (how they are read). Most symbols are
//! found by the next [`LOOK`] bits; a longer code is found by its place among those of its length.

use super::bits::{Bits, extend};
use super::header::Codes;

/// Bits that are looked at together.
const LOOK: u32 = 11;
const PLACES: usize = 1 << LOOK;

/// Places of a block.
pub(super) const BLOCK: usize = 64;

/// A code that no table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unknown;

/// A table of codes.
pub(super) struct Table {
    /// Length and symbol of the code that the bits begin with; 0 for longer ones.
    short: Box<[u16; PLACES]>,
    /// For each length: what is above all of its codes when they are written with 16 bits.
    above: [u32; 17],
    /// For each length: what is added to a code of it to find its symbol.
    symbol: [i32; 17],
    symbols: Vec<u8>,
}

impl Table {
    /// `None` when the lengths are not those of a code.
    pub(super) fn new(codes: &Codes<'_>) -> Option<Self> {
        let mut short = Box::new([0; PLACES]);
        let (mut above, mut symbol) = ([0; 17], [0; 17]);
        let (mut code, mut index) = (0_u32, 0_usize);
        for (length, &count) in (1_u32..).zip(codes.lengths) {
            code <<= 1;
            let end = code + u32::from(count);
            if end > 1 << length {
                return None;
            }
            *symbol.get_mut(length as usize)? = i32::try_from(index).ok()? - i32::try_from(code).ok()?;
            *above.get_mut(length as usize)? = end << (16 - length);
            for _ in 0..count {
                if length <= LOOK {
                    let entry = u16::try_from(length).ok()? << 8 | u16::from(*codes.symbols.get(index)?);
                    let (from, to) = (code << (LOOK - length), (code + 1) << (LOOK - length));
                    short.get_mut(from as usize..to as usize)?.fill(entry);
                }
                code += 1;
                index += 1;
            }
        }
        Some(Self { short, above, symbol, symbols: codes.symbols.to_vec() })
    }

    /// The next symbol. At least 16 bits must be held.
    #[inline]
    pub(super) fn next(&self, bits: &mut Bits<'_>) -> Result<u8, Unknown> {
        let entry = self.short.get(bits.peek(LOOK)).copied().unwrap_or(0);
        if entry == 0 {
            return self.long(bits);
        }
        bits.skip(u32::from(entry >> 8));
        let [symbol, _] = entry.to_le_bytes();
        Ok(symbol)
    }

    #[cold]
    fn long(&self, bits: &mut Bits<'_>) -> Result<u8, Unknown> {
        let next = bits.peek(16);
        for length in LOOK + 1..=16 {
            let above = self.above.get(length as usize).copied().unwrap_or(0);
            if next < above as usize {
                let code = i32::try_from(next >> (16 - length)).map_err(|_| Unknown)?;
                let index = code + self.symbol.get(length as usize).copied().unwrap_or(0);
                bits.skip(length);
                return usize::try_from(index).ok().and_then(|index| self.symbols.get(index)).copied().ok_or(Unknown);
            }
        }
        Err(Unknown)
    }

    /// The symbol of a code that lies within the first `held` bits of `place`, and its length.
    fn within(&self, place: usize, held: u32) -> Option<(u8, u32)> {
        let [symbol, length] = self.short.get(place).copied()?.to_le_bytes();
        let length = u32::from(length);
        (length > 0 && length <= held).then_some((symbol, length))
    }
}

/// A table for the coefficients behind the first one.
pub(super) struct Coefficients {
    table: Table,
    /// A whole coefficient: its value, the zeros before it, its bits. 0 where they are too many.
    whole: Box<[Whole; PLACES]>,
    /// What to step over where coefficients are not wanted.
    steps: Box<[Steps; PLACES]>,
}

#[derive(Clone, Copy, Default)]
struct Whole {
    value: i16,
    zeros: u8,
    bits: u8,
}

/// Several symbols with their values, and the first of them alone.
#[derive(Clone, Copy, Default)]
struct Steps {
    all: Step,
    first: Step,
}

/// Bits, places and whether the block ends here: `e pppppp bbbbb`. No bits when the code is longer than what was looked at.
#[derive(Clone, Copy, Default)]
struct Step(u16);

impl Step {
    fn new(bits: u32, places: usize, end: bool) -> Option<Self> {
        // At most 11 + 15 bits, and 32 + 16 places.
        Some(Self(u16::try_from(bits).ok()? | u16::try_from(places).ok()? << 5 | u16::from(end) << 11))
    }

    #[inline]
    fn bits(self) -> u32 {
        u32::from(self.0 & 31)
    }

    #[inline]
    fn places(self) -> usize {
        usize::from(self.0 >> 5 & 63)
    }

    #[inline]
    fn is_end(self) -> bool {
        self.0 >> 11 != 0
    }
}

impl Coefficients {
    pub(super) fn new(codes: &Codes<'_>) -> Option<Self> {
        let table = Table::new(codes)?;
        let (mut whole, mut steps) = (Box::new([Whole::default(); PLACES]), Box::new([Steps::default(); PLACES]));
        for place in 0..PLACES {
            *steps.get_mut(place)? = look_ahead(&table, place)?;
            if let Some((symbol, length)) = table.within(place, LOOK) {
                let (zeros, size) = (symbol >> 4, u32::from(symbol & 15));
                if size > 0 && length + size <= LOOK {
                    let bits = i32::try_from(place >> (LOOK - length - size) & ((1 << size) - 1)).ok()?;
                    let value = i16::try_from(extend(bits, size)).ok()?;
                    *whole.get_mut(place)? = Whole { value, zeros, bits: u8::try_from(length + size).ok()? };
                }
            }
        }
        Some(Self { table, whole, steps })
    }

    /// Gives the coefficients from place 1 to `last` that are not zero, and says where the next one would stand.
    #[inline]
    pub(super) fn read(
        &self,
        bits: &mut Bits<'_>,
        last: usize,
        mut each: impl FnMut(usize, i32),
    ) -> Result<usize, Unknown> {
        let mut place = 1;
        while place <= last {
            bits.fill();
            let whole = self.whole.get(bits.peek(LOOK)).copied().unwrap_or_default();
            if whole.bits > 0 {
                bits.skip(whole.bits.into());
                place += usize::from(whole.zeros);
                if place >= BLOCK {
                    return Err(Unknown);
                }
                if place <= last {
                    each(place, whole.value.into());
                }
                place += 1;
                continue;
            }
            let symbol = self.table.next(bits)?;
            let (zeros, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            if size == 0 && zeros < 15 {
                return Ok(BLOCK);
            }
            place += zeros;
            if place >= BLOCK {
                return Err(Unknown);
            }
            let value = bits.value(size);
            if place <= last && size > 0 {
                each(place, value);
            }
            place += 1;
        }
        Ok(place)
    }

    /// Steps over the coefficients from `place` to the end of the block.
    #[inline]
    pub(super) fn pass(&self, bits: &mut Bits<'_>, mut place: usize) -> Result<(), Unknown> {
        while place < BLOCK {
            bits.fill();
            // Two looks take 26 bits each at the most.
            if self.step(bits, &mut place)? || (place < BLOCK && self.step(bits, &mut place)?) {
                return Ok(());
            }
        }
        if place > BLOCK { Err(Unknown) } else { Ok(()) }
    }

    /// Steps over what can be seen, and says whether the block ends there. At least 26 bits must be held.
    #[inline(always)]
    fn step(&self, bits: &mut Bits<'_>, place: &mut usize) -> Result<bool, Unknown> {
        let Steps { all, first } = self.steps.get(bits.peek(LOOK)).copied().unwrap_or_default();
        // A full block has no end of its own: what was seen ahead then belongs to the next one.
        let step = if *place + all.places() + usize::from(all.is_end()) <= BLOCK { all } else { first };
        if step.bits() > 0 {
            bits.skip(step.bits());
            *place += step.places();
            return Ok(step.is_end());
        }
        bits.fill();
        let symbol = self.table.next(bits)?;
        if symbol & 15 == 0 && symbol >> 4 < 15 {
            return Ok(true);
        }
        bits.skip(u32::from(symbol & 15));
        *place += usize::from(symbol >> 4) + 1;
        Ok(false)
    }
}

/// What can be stepped over when the next bits are `place`.
fn look_ahead(table: &Table, place: usize) -> Option<Steps> {
    let mut steps = Steps::default();
    let (mut taken, mut places, mut end) = (0, 0, false);
    while taken < LOOK
        && !end
        && places < 32
        && let Some((symbol, length)) = table.within(place << taken & (PLACES - 1), LOOK - taken)
    {
        taken += length + u32::from(symbol & 15);
        end = symbol & 15 == 0 && symbol >> 4 < 15;
        places += if end { 0 } else { usize::from(symbol >> 4) + 1 };
        steps.all = Step::new(taken, places, end)?;
        if steps.first.bits() == 0 {
            steps.first = steps.all;
        }
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// End of block 0, `01` 10, `12` 110, sixteen zeros 1110, `03` 11110, and `05` with thirteen bits.
    const LENGTHS: [u8; 16] = [1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0];
    const SYMBOLS: [u8; 6] = [0x00, 0x01, 0x12, 0xF0, 0x03, 0x05];

    fn codes() -> Codes<'static> {
        Codes { lengths: &LENGTHS, symbols: &SYMBOLS }
    }

    /// Bits as bytes, filled up with ones, and with a zero after each byte that is all ones.
    fn packed(text: &str) -> Vec<u8> {
        let bits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).map(|bit| bit - b'0').collect();
        let byte = |bits: &[u8]| (0..8).fold(0_u8, |sum, i| sum << 1 | bits.get(i).copied().unwrap_or(1));
        bits.chunks(8).map(byte).flat_map(|byte| [byte].into_iter().chain((byte == 0xFF).then_some(0))).collect()
    }

    #[test]
    fn coefficients_are_read_and_passed_alike() {
        // 1, then one zero and -2, sixteen zeros and 5, a long code and 17, the end, and a bit that belongs to others.
        let data = packed("10 1  110 01  1110 11110 101  1111100000000 10001  0  0111");
        let table = Coefficients::new(&codes()).unwrap();
        let mut found = Vec::new();
        let mut bits = Bits::new(&data);
        assert_eq!(table.read(&mut bits, 63, |place, value| found.push((place, value))), Ok(BLOCK));
        assert_eq!(found, [(1, 1), (3, -2), (20, 5), (21, 17)]);
        bits.fill();
        assert_eq!(bits.peek(4), 0b0111);
        for last in [0, 1, 2, 3, 5, 20, 21] {
            let mut some = Vec::new();
            let mut bits = Bits::new(&data);
            let place = table.read(&mut bits, last, |place, value| some.push((place, value))).unwrap();
            table.pass(&mut bits, place).unwrap();
            assert_eq!(some, found.iter().copied().filter(|&(place, _)| place <= last).collect::<Vec<_>>());
            bits.fill();
            assert_eq!(bits.peek(4), 0b0111, "read up to {last}");
        }
    }

    #[test]
    fn a_full_block_has_no_end_and_the_next_one_is_left_alone() {
        // 63 ones; then bits of the next block that would be an end of this one.
        let data = packed(&("10 1".repeat(63) + "0 1011 0000"));
        let table = Coefficients::new(&codes()).unwrap();
        let mut bits = Bits::new(&data);
        assert_eq!(table.pass(&mut bits, 1), Ok(()));
        bits.fill();
        assert_eq!(bits.peek(5), 0b01011);
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let mut lengths = LENGTHS;
        lengths[0] = 3;
        assert!(Table::new(&Codes { lengths: &lengths, symbols: &[0; 8] }).is_none());
        let table = Coefficients::new(&codes()).unwrap();
        let data = packed(&"1".repeat(64));
        assert_eq!(table.read(&mut Bits::new(&data), 63, |_, _| ()), Err(Unknown));
        assert_eq!(table.pass(&mut Bits::new(&data), 1), Err(Unknown));
        let zeros = packed(&"1110".repeat(20));
        assert_eq!(table.pass(&mut Bits::new(&zeros), 1), Err(Unknown));
        assert_eq!(table.read(&mut Bits::new(&zeros), 63, |_, _| ()), Err(Unknown));
    }
}
