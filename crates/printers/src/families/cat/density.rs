//! How dark: one scale of 1 to 5 for all dialects, and what a hot head gets.
//!
//! Source: section 2.2 of the family facts. The steps between the published ends are ours (**1**), and a V5G printer
//! lowers its darkness by itself or asks for it from 50 °C on: too dark on a hot head, too light on none of them.
//! Deliberately absent: the curves of single models, which differ in the sources.

/// `A4`: 31 to 35.
pub(super) const fn quality(level: u8) -> u8 {
    0x30 + level
}

/// `AF`: energy of tiny printers, 5000 to 17,500 in the published drivers.
pub(super) const fn energy(level: u8) -> u16 {
    match level {
        1 => 6000,
        2 => 8000,
        3 => 10_000,
        4 => 13_000,
        _ => 17_000,
    }
}

/// `F2`: 1 to 200 on V5G.
pub(super) const fn v5g(level: u8) -> u8 {
    match level {
        1 => 70,
        2 => 100,
        3 => 130,
        4 => 150,
        _ => 180,
    }
}

/// `A2` on V5X, for black and white.
pub(super) const fn v5x(level: u8) -> u8 {
    match level {
        1 => 0x58,
        2 => 0x5A,
        3 => 0x5D,
        4 => 0x5F,
        _ => 0x62,
    }
}

/// What a V5G printer gets instead of `wanted` with a head of so many °C.
pub(super) fn cooled(wanted: u8, celsius: i16) -> u8 {
    let most = match celsius {
        ..50 => u8::MAX,
        50..55 => 110,
        55..60 => 95,
        60..65 => 85,
        _ => 70,
    };
    wanted.min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_level_is_darker_in_every_dialect() {
        for level in 1..5 {
            assert!(quality(level) < quality(level + 1) && energy(level) < energy(level + 1));
            assert!(v5g(level) < v5g(level + 1) && v5x(level) < v5x(level + 1));
        }
        assert_eq!((quality(1), quality(5), v5x(1), v5x(5)), (0x31, 0x35, 0x58, 0x62));
    }

    #[test]
    fn a_head_gets_less_from_50_degrees_on_and_never_more_than_wanted() {
        assert_eq!(cooled(130, 49), 130);
        assert_eq!([50, 55, 60, 65, 90].map(|celsius| cooled(180, celsius)), [110, 95, 85, 70, 70]);
        assert_eq!(cooled(60, 90), 60);
    }
}
