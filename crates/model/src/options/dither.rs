//! The ways in which grey becomes dots.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How grey becomes dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dither {
    /// Looks at the page: text and line art get `threshold`, everything with tones gets `mixed`.
    #[default]
    Auto,
    /// Text and lines stay crisp, and tones beside them are diffused as in `floyd-steinberg`.
    Mixed,
    /// Darker than a fixed level is black. For text and line art.
    Threshold,
    /// Darker than a level that the page itself decides (Otsu 1979). For scans of text.
    Otsu,
    /// Darker than its surroundings is black. For photographs of text, with shadows on the paper.
    Adaptive,
    /// Error diffusion that keeps every tone (Floyd and Steinberg 1976), to the left and to the right in turns.
    FloydSteinberg,
    /// Error diffusion that keeps contrast and loses the extremes (Atkinson). For small pictures.
    Atkinson,
    /// Error diffusion over twelve neighbours (Jarvis, Judice and Ninke 1976): smooth, and a little soft.
    Jarvis,
    /// Error diffusion over twelve neighbours (Stucki 1981): as smooth, and sharper.
    Stucki,
    /// Error diffusion over three neighbours (Sierra 1990).
    SierraLite,
    /// A fixed 4 × 4 pattern (Bayer 1973).
    Bayer4,
    /// A fixed 8 × 8 pattern. For drawings with flat tones; compresses best.
    #[serde(alias = "ordered")]
    Bayer8,
    /// Dots that grow with the tone, as in newspapers. For printers that lose single dots.
    Clustered,
    /// A fixed pattern without any visible order (void and cluster, Ulichney 1993).
    BlueNoise,
}

impl Dither {
    /// All of them with their names, in the order in which a person should see them.
    pub const ALL: [(Dither, &'static str); 14] = [
        (Dither::Auto, "auto"),
        (Dither::Mixed, "mixed"),
        (Dither::Threshold, "threshold"),
        (Dither::Otsu, "otsu"),
        (Dither::Adaptive, "adaptive"),
        (Dither::FloydSteinberg, "floyd-steinberg"),
        (Dither::Atkinson, "atkinson"),
        (Dither::Jarvis, "jarvis"),
        (Dither::Stucki, "stucki"),
        (Dither::SierraLite, "sierra-lite"),
        (Dither::Bayer4, "bayer4"),
        (Dither::Bayer8, "bayer8"),
        (Dither::Clustered, "clustered"),
        (Dither::BlueNoise, "blue-noise"),
    ];

    /// The name used on the command line and in the contract.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(dither, _)| *dither == self).map_or("auto", |(_, name)| name)
    }
}

impl fmt::Display for Dither {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Dither {
    type Err = String;

    /// Reads a name; `ordered` is an older word for `bayer8`.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = if text == "ordered" { "bayer8" } else { text };
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(dither, _)| *dither).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|(_, name)| *name).collect();
            format!("unknown dither '{text}'; one of {}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dither_reads_its_own_name() {
        for (dither, name) in Dither::ALL {
            assert_eq!(name.parse::<Dither>(), Ok(dither));
            assert_eq!(serde_json::to_value(dither).unwrap(), name);
        }
        assert_eq!("ordered".parse::<Dither>(), Ok(Dither::Bayer8));
        assert_eq!(serde_json::from_str::<Dither>("\"ordered\"").unwrap(), Dither::Bayer8);
    }
}
