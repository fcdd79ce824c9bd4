//! What becomes of each level of grey before it is toned: all point operations of the options in one table.
//!
//! ```text
//! auto levels ─▶ gamma ─▶ brightness ─▶ contrast ─▶ inversion ─▶ dot gain
//! ```
//!
//! What a person sets comes first and what the head needs last, so a setting looks the same on every model.
//! Fractions are `f64` with `+ − × ÷ √` alone: those are exact to the last bit on every machine, where `powf` is not.

use platen_model::PageOptions;

/// A level for each level.
pub(super) type Levels = [u8; 256];

/// How often each level occurs on a page.
pub(super) type Histogram = [u64; 256];

/// The largest dot gain or loss that the curve can undo, in percent: beyond, it would not rise everywhere.
const MOST_GAIN: i8 = 25;

/// The table of `options` for a head with `dot_gain`, as in [`crate::Target::dot_gain`]. `page` is what is on the page,
/// wanted for auto levels alone.
pub(super) fn levels(options: &PageOptions, dot_gain: i8, page: Option<&Histogram>) -> Levels {
    let (from, to) = match page {
        Some(page) if options.auto_levels => ends(page),
        _ => (0, 255),
    };
    let (brightness, contrast) = (i32::from(options.brightness), i32::from(options.contrast));
    std::array::from_fn(|level| {
        let level = i32::try_from(level).unwrap_or(255);
        let level = ((level - from) * 255 + (to - from) / 2) / (to - from);
        let lit = bend(level.clamp(0, 255), options.gamma) + brightness * 255 / 100;
        let from_middle = lit * 2 - 255;
        let stretched = match contrast {
            100.. => from_middle.signum() * 255,
            1.. => from_middle * 100 / (100 - contrast),
            _ => from_middle * (100 + contrast) / 100,
        };
        let level = u8::try_from(((stretched + 255) / 2).clamp(0, 255)).unwrap_or(255);
        thin(if options.invert { 255 - level } else { level }, dot_gain)
    })
}

/// The levels that become black and white: one dot in 256 may be darker and one lighter, so that specks do not decide.
/// A page of almost one tone stays as it is.
fn ends(page: &Histogram) -> (i32, i32) {
    const LEAST: i32 = 16;
    let specks = page.iter().sum::<u64>() / 256;
    let levels = || page.iter().zip(0..256);
    match (end(levels(), specks), end(levels().rev(), specks)) {
        (Some(from), Some(to)) if to - from >= LEAST => (from, to),
        _ => (0, 255),
    }
}

/// The first level with which more than `specks` dots have been seen.
fn end<'a>(mut levels: impl Iterator<Item = (&'a u64, i32)>, specks: u64) -> Option<i32> {
    let mut seen = 0;
    let end = levels.find(|(count, _)| {
        seen += **count;
        seen > specks
    });
    end.map(|(_, level)| level)
}

/// `level` with the gamma of the options: black and white stay, above 100 the middle becomes lighter.
fn bend(level: i32, gamma: u16) -> i32 {
    if gamma == 100 {
        return level;
    }
    let bent = power(f64::from(level) / 255.0, 100.0 / f64::from(gamma)) * 255.0;
    #[allow(clippy::cast_possible_truncation)] // within 0 to 255
    {
        bent.round() as i32
    }
}

/// `base` to the power of `exponent`, for a base from 0 to 1 and a positive exponent: the binary digits of the exponent
/// choose among the roots of roots.
fn power(base: f64, exponent: f64) -> f64 {
    const DIGITS: u32 = 30;
    let (mut result, mut rest) = (1.0, exponent);
    while rest >= 1.0 {
        result *= base;
        rest -= 1.0;
    }
    let mut root = base;
    for _ in 0..DIGITS {
        root = root.sqrt();
        rest *= 2.0;
        if rest >= 1.0 {
            result *= root;
            rest -= 1.0;
        }
    }
    result
}

/// Lightens `level` by what the head's dots spread. A share of black `a` is taken to print as `a + 4·g·a·(1 − a)`, with
/// the gain `g` largest in the middle and none at the ends; this is the `a` that prints as the share that is wanted.
fn thin(level: u8, dot_gain: i8) -> u8 {
    if dot_gain == 0 {
        return level;
    }
    let four_gains = f64::from(dot_gain.clamp(-MOST_GAIN, MOST_GAIN)) / 25.0;
    let wanted = 1.0 - f64::from(level) / 255.0;
    let linear = 1.0 + four_gains;
    let under = linear + (linear * linear - 4.0 * four_gains * wanted).max(0.0).sqrt();
    let share = if under > 0.0 { 2.0 * wanted / under } else { 0.0 };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a share of 255
    {
        ((1.0 - share.clamp(0.0, 1.0)) * 255.0).round() as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut PageOptions)) -> Levels {
        let mut options = PageOptions::default();
        change(&mut options);
        levels(&options, 0, None)
    }

    fn same() -> Levels {
        std::array::from_fn(|level| u8::try_from(level).unwrap())
    }

    #[test]
    fn levels_are_untouched_by_default_and_reach_their_ends() {
        assert_eq!(with(|_| ()), same());
        assert_eq!(with(|options| options.brightness = -100), [0; 256]);
        assert_eq!(with(|options| options.brightness = 100), [255; 256]);
        assert_eq!(with(|options| options.contrast = -100), [127; 256]);
        let hard = with(|options| options.contrast = 100);
        assert!(hard[..128].iter().all(|&level| level == 0) && hard[128..].iter().all(|&level| level == 255));
        let inverted = with(|options| options.invert = true);
        assert_eq!((inverted[0], inverted[100], inverted[255]), (255, 155, 0));
    }

    #[test]
    fn no_option_turns_dark_into_lighter_than_light() {
        for contrast in -100..=100 {
            assert!(with(|options| options.contrast = contrast).is_sorted(), "contrast {contrast}");
        }
        for gamma in 20..=500 {
            let levels = with(|options| options.gamma = gamma);
            assert!(levels.is_sorted() && levels[0] == 0 && levels[255] == 255, "gamma {gamma}");
        }
        for gain in i8::MIN..=i8::MAX {
            let levels = levels(&PageOptions::default(), gain, None);
            assert!(levels.is_sorted() && levels[0] == 0 && levels[255] == 255, "dot gain {gain}");
        }
    }

    #[test]
    fn gamma_bends_the_middle_as_the_formula_says() {
        for gamma in [20_u16, 45, 99, 101, 180, 220, 500] {
            let levels = with(|options| options.gamma = gamma);
            for (level, &bent) in levels.iter().enumerate() {
                #[allow(clippy::cast_precision_loss)]
                let exact = (level as f64 / 255.0).powf(100.0 / f64::from(gamma)) * 255.0;
                assert!((f64::from(bent) - exact).abs() < 0.501, "gamma {gamma}: {level} became {bent}, not {exact}");
            }
        }
        assert!(with(|options| options.gamma = 220)[128] > 128 && with(|options| options.gamma = 50)[128] < 128);
    }

    #[test]
    fn what_the_head_adds_is_what_the_curve_takes_away() {
        for gain in [-20_i8, -5, 5, 12, 20, 25] {
            let levels = levels(&PageOptions::default(), gain, None);
            for (level, &burned) in levels.iter().enumerate() {
                let share = 1.0 - f64::from(burned) / 255.0;
                let printed = share + f64::from(gain) / 25.0 * share * (1.0 - share);
                #[allow(clippy::cast_precision_loss)]
                let wanted = 1.0 - level as f64 / 255.0;
                // Half a level, times the slope of the curve, which is steepest at its ends.
                assert!((printed - wanted).abs() < 2.01 * 0.5 / 255.0, "{gain} %: {level} prints as {printed}");
            }
        }
        let thinned = levels(&PageOptions::default(), 20, None);
        assert!(thinned[128] > 128 + 30, "{}", thinned[128]);
    }

    #[test]
    fn auto_levels_stretch_what_is_there_and_ignore_specks() {
        let auto =
            |page: &Histogram| levels(&PageOptions { auto_levels: true, ..PageOptions::default() }, 0, Some(page));
        let mut page = [0; 256];
        page[60..=200].fill(1000);
        (page[0], page[255]) = (100, 100);
        let stretched = auto(&page);
        assert_eq!(
            (stretched[0], stretched[60], stretched[130], stretched[200], stretched[255]),
            (0, 0, 128, 255, 255)
        );
        let mut flat = [0; 256];
        flat[90..100].fill(1000);
        assert_eq!((auto(&flat), auto(&[0; 256])), (same(), same()));
        assert_eq!(levels(&PageOptions::default(), 0, Some(&page)), same());
    }
}
