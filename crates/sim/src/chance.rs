//! Chance that repeats itself: serial numbers, codes and temperatures depend on the seed alone.
//!
//! The generator is SplitMix64 (public domain algorithm of Vigna and Steele). Ids of messages, jobs and tokens are
//! *not* from here: a restarted world with the same seed must never use an id twice, because the other side drops
//! repeated messages by their id.

/// A small generator.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    /// A stream of its own for each purpose, so that a new purpose does not change the others.
    pub(crate) fn new(seed: u64, purpose: &str) -> Self {
        let mut state = seed ^ 0x5AD1_51E7_0F0E_57A1;
        for byte in purpose.bytes() {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
        let mut chance = Self(state);
        chance.next();
        chance
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end` (which is at least 1).
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// `count` decimal digits.
    pub(crate) fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + u8::try_from(self.below(10)).unwrap_or(0))).collect()
    }
}

/// A new id of 32 hexadecimal digits that no other run has.
pub(crate) fn fresh_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_give_equal_digits_and_other_seeds_or_purposes_others() {
        assert_eq!(Chance::new(1, "sn").digits(8), Chance::new(1, "sn").digits(8));
        assert_ne!(Chance::new(1, "sn").digits(8), Chance::new(2, "sn").digits(8));
        assert_ne!(Chance::new(1, "sn").digits(8), Chance::new(1, "code").digits(8));
        assert_eq!(Chance::new(7, "x").digits(6).len(), 6);
    }

    #[test]
    fn fresh_ids_are_32_hexadecimal_digits() {
        let id = fresh_id();
        assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(id, fresh_id());
    }
}
