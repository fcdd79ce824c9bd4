//! Codes that a scanner has to read on the label: QR and Code 128 as modules, without a picture format.
//!
//! Source: ISO/IEC 15417 (the table of widths, code set B, the check sum) for Code 128; QR by a library. Deliberately
//! absent: code sets A and C; set B has every letter that the tests need.

use qrcode::{Color, EcLevel, QrCode};

/// What the codes of the corpus say.
pub const QR_TEXT: &str = "https://example.com/o/20240815-0042?t=7f3a";
/// Likewise.
pub const BAR_TEXT: &str = "PLT-0042-7F3A";

/// Square modules, row by row; `true` is dark. The quiet zone is not included.
pub struct Modules {
    /// Modules from left to right.
    pub width: usize,
    /// All rows.
    pub dark: Vec<bool>,
}

impl Modules {
    /// Whether the module is dark; outside of the code everything is light.
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.width && y < self.height() && self.dark.get(y * self.width + x).copied().unwrap_or(false)
    }

    /// Modules from top to bottom.
    pub fn height(&self) -> usize {
        self.dark.len() / self.width
    }
}

/// A QR code of middle strength.
pub fn qr(text: &str) -> Modules {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
    Modules { width: code.width(), dark: code.to_colors().into_iter().map(|color| color == Color::Dark).collect() }
}

/// A Code 128 in set B: one row of modules. `text` is printable ASCII.
pub fn code128(text: &str) -> Modules {
    const START_B: usize = 104;
    const STOP: usize = 106;
    let values: Vec<usize> = text.bytes().map(|letter| usize::from(letter - b' ')).collect();
    let weighted: usize = values.iter().enumerate().map(|(place, value)| (place + 1) * value).sum();
    let check = (START_B + weighted) % 103;
    let mut dark = Vec::new();
    for symbol in [START_B].into_iter().chain(values).chain([check, STOP]) {
        let mut widths = WIDTHS[symbol].to_string();
        if symbol == STOP {
            widths.push('2');
        }
        for (place, width) in widths.bytes().enumerate() {
            dark.extend(std::iter::repeat_n(place % 2 == 0, usize::from(width - b'0')));
        }
    }
    Modules { width: dark.len(), dark }
}

/// Widths of bars and spaces in turn, for each symbol. The stop sign has a last bar of 2 modules besides.
#[rustfmt::skip]
const WIDTHS: [u32; 107] = [
    212222, 222122, 222221, 121223, 121322, 131222, 122213, 122312, 132212, 221213, 221312, 231212, 112232, 122132,
    122231, 113222, 123122, 123221, 223211, 221132, 221231, 213212, 223112, 312131, 311222, 321122, 321221, 312212,
    322112, 322211, 212123, 212321, 232121, 111323, 131123, 131321, 112313, 132113, 132311, 211313, 231113, 231311,
    112133, 112331, 132131, 113123, 113321, 133121, 313121, 211331, 231131, 213113, 213311, 213131, 311123, 311321,
    331121, 312113, 312311, 332111, 314111, 221411, 431111, 111224, 111422, 121124, 121421, 141122, 141221, 112214,
    112412, 122114, 122411, 142112, 142211, 241211, 221114, 413111, 241112, 134111, 111242, 121142, 121241, 114212,
    124112, 124211, 411212, 421112, 421211, 212141, 214121, 412121, 111143, 111341, 131141, 114113, 114311, 411113,
    411311, 113141, 114131, 311141, 411131, 211412, 211214, 211232, 233111,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_symbol_is_eleven_modules_and_no_two_are_equal() {
        let mut seen = std::collections::BTreeSet::new();
        for (symbol, widths) in WIDTHS.iter().enumerate() {
            let sum: u32 = widths.to_string().bytes().map(|width| u32::from(width - b'0')).sum();
            assert_eq!(sum, 11, "{symbol}");
            assert!(seen.insert(widths), "{symbol}");
        }
        assert_eq!(code128("A").width, 4 * 11 + 2);
    }
}
