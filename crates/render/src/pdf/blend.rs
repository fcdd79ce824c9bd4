//! The ways in which a colour meets the one below it (ISO 32000-2, 11.3.5).

use super::layer::times;
use hayro_interpret::BlendMode;

/// Three colours, or one grey and two places without meaning, multiplied by an opacity.
type Colour = ([u8; 3], u8);

/// What `above` over `below` gives, multiplied by the opacity of both together.
pub(super) fn over(blend: BlendMode, colours: usize, below: Colour, above: Colour) -> [u8; 3] {
    let plain = |(values, alpha): Colour| {
        values.map(|value| if alpha == 0 { 0.0 } else { (f32::from(value) / f32::from(alpha)).min(1.0) })
    };
    let (backdrop, source) = (plain(below), plain(above));
    let met = if colours == 1 {
        let grey = match blend {
            // Hue and saturation of a grey are those of every grey.
            BlendMode::Hue | BlendMode::Saturation | BlendMode::Color => backdrop[0],
            BlendMode::Luminosity => source[0],
            separable => meet(separable, backdrop[0], source[0]),
        };
        [grey; 3]
    } else {
        match blend {
            BlendMode::Hue => with_brightness(with_saturation(source, saturation(backdrop)), brightness(backdrop)),
            BlendMode::Saturation => {
                with_brightness(with_saturation(backdrop, saturation(source)), brightness(backdrop))
            }
            BlendMode::Color => with_brightness(source, brightness(backdrop)),
            BlendMode::Luminosity => with_brightness(backdrop, brightness(source)),
            separable => [0, 1, 2].map(|index: usize| meet(separable, backdrop[index], source[index])),
        }
    };
    let both = times(below.1, above.1);
    [0, 1, 2].map(|index: usize| {
        let only_above = times(above.0[index], 255 - below.1);
        let only_below = times(below.0[index], 255 - above.1);
        only_above.saturating_add(only_below).saturating_add(times(code(met[index]), both))
    })
}

fn code(value: f32) -> u8 {
    // 0 to 255; the cast saturates.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let code = (value * 255.0 + 0.5) as u8;
    code
}

fn meet(blend: BlendMode, below: f32, above: f32) -> f32 {
    match blend {
        BlendMode::Multiply => below * above,
        BlendMode::Screen => below + above - below * above,
        BlendMode::Overlay => meet(BlendMode::HardLight, above, below),
        BlendMode::Darken => below.min(above),
        BlendMode::Lighten => below.max(above),
        BlendMode::ColorDodge if below == 0.0 => 0.0,
        BlendMode::ColorDodge if above >= 1.0 => 1.0,
        BlendMode::ColorDodge => (below / (1.0 - above)).min(1.0),
        BlendMode::ColorBurn if below >= 1.0 => 1.0,
        BlendMode::ColorBurn if above == 0.0 => 0.0,
        BlendMode::ColorBurn => 1.0 - ((1.0 - below) / above).min(1.0),
        BlendMode::HardLight if above <= 0.5 => below * 2.0 * above,
        BlendMode::HardLight => meet(BlendMode::Screen, below, 2.0 * above - 1.0),
        BlendMode::SoftLight if above <= 0.5 => below - (1.0 - 2.0 * above) * below * (1.0 - below),
        BlendMode::SoftLight => {
            let bent = if below <= 0.25 { ((16.0 * below - 12.0) * below + 4.0) * below } else { below.sqrt() };
            below + (2.0 * above - 1.0) * (bent - below)
        }
        BlendMode::Difference => (below - above).abs(),
        BlendMode::Exclusion => below + above - 2.0 * below * above,
        _ => above,
    }
}

fn brightness(colour: [f32; 3]) -> f32 {
    0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]
}

fn saturation(colour: [f32; 3]) -> f32 {
    let most = colour[0].max(colour[1]).max(colour[2]);
    most - colour[0].min(colour[1]).min(colour[2])
}

fn with_brightness(colour: [f32; 3], wanted: f32) -> [f32; 3] {
    let more = wanted - brightness(colour);
    let moved = colour.map(|value| value + more);
    let light = brightness(moved);
    let least = moved[0].min(moved[1]).min(moved[2]);
    let most = moved[0].max(moved[1]).max(moved[2]);
    moved.map(|value| {
        if least < 0.0 {
            light + (value - light) * light / (light - least)
        } else if most > 1.0 {
            light + (value - light) * (1.0 - light) / (most - light)
        } else {
            value
        }
    })
}

fn with_saturation(colour: [f32; 3], wanted: f32) -> [f32; 3] {
    let least = colour[0].min(colour[1]).min(colour[2]);
    let range = saturation(colour);
    if range <= 0.0 { [0.0; 3] } else { colour.map(|value| (value - least) * wanted / range) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [BlendMode; 16] = [
        BlendMode::Normal,
        BlendMode::Multiply,
        BlendMode::Screen,
        BlendMode::Overlay,
        BlendMode::Darken,
        BlendMode::Lighten,
        BlendMode::ColorDodge,
        BlendMode::ColorBurn,
        BlendMode::HardLight,
        BlendMode::SoftLight,
        BlendMode::Difference,
        BlendMode::Exclusion,
        BlendMode::Hue,
        BlendMode::Saturation,
        BlendMode::Color,
        BlendMode::Luminosity,
    ];

    #[test]
    fn what_is_not_there_changes_nothing() {
        for blend in ALL {
            for colours in [1, 3] {
                let below = ([10, 100, 200], 255);
                assert_eq!(over(blend, colours, below, ([0; 3], 0)), below.0, "{blend:?}");
                let above = ([30, 60, 90], 90);
                assert_eq!(over(blend, colours, ([0; 3], 0), above), above.0, "{blend:?}");
            }
        }
    }

    #[test]
    fn modes_do_what_their_names_say() {
        let meet = |blend, below, above| over(blend, 1, ([below; 3], 255), ([above; 3], 255))[0];
        assert_eq!(meet(BlendMode::Multiply, 128, 128), 64);
        assert_eq!(meet(BlendMode::Screen, 128, 128), 192);
        assert_eq!(meet(BlendMode::Darken, 30, 90), 30);
        assert_eq!(meet(BlendMode::Difference, 200, 50), 150);
        assert_eq!(meet(BlendMode::Luminosity, 200, 50), 50);
        assert_eq!(meet(BlendMode::Color, 200, 50), 200);
    }
}
