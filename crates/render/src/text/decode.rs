//! Bytes become characters.
//!
//! Source: the Unicode Standard (byte order marks), the WHATWG Encoding Standard (index windows-1252). Text without a
//! byte order mark that is not UTF-8 is taken to be Windows-1252; [`Encoding`] says so to whoever asks. Deliberately
//! absent: guessing between the legacy sets of other languages.

use crate::identify::Encoding;

pub(super) fn encoding(bytes: &[u8]) -> Encoding {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        Encoding::Utf16
    } else if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) || std::str::from_utf8(bytes).is_ok() {
        Encoding::Utf8
    } else {
        Encoding::Windows1252
    }
}

/// The characters that are drawn or break lines: LF ends a line; other control characters are gone, but for tabs.
pub(super) fn decode(bytes: &[u8]) -> String {
    let text = match (encoding(bytes), bytes) {
        (Encoding::Utf16, [0xFF, 0xFE, rest @ ..]) => utf16(rest, u16::from_le_bytes),
        (Encoding::Utf16, [_, _, rest @ ..]) => utf16(rest, u16::from_be_bytes),
        (Encoding::Windows1252, _) => bytes.iter().map(|&byte| windows_1252(byte)).collect(),
        _ => String::from_utf8_lossy(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).into_owned(),
    };
    clean(&text)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn windows_1252(byte: u8) -> char {
    /// 80–9F; the five places without a character are control characters.
    const UPPER: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
    ];
    byte.checked_sub(0x80).and_then(|place| UPPER.get(usize::from(place)).copied()).unwrap_or(char::from(byte))
}

fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '\r' => {
                letters.next_if_eq(&'\n');
                clean.push('\n');
            }
            '\u{2028}' | '\u{2029}' => clean.push('\n'),
            '\n' | '\t' => clean.push(c),
            c if c.is_control() => {}
            c => clean.push(c),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_thai_gives_the_same_text() {
        let thai = "ไทย€";
        let little: Vec<u8> = std::iter::once(0xFEFF).chain(thai.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = std::iter::once(0xFEFF).chain(thai.encode_utf16()).flat_map(u16::to_be_bytes).collect();
        for bytes in [thai.as_bytes(), format!("\u{FEFF}{thai}").as_bytes(), &little, &big] {
            assert_eq!(decode(bytes), thai);
        }
        assert_eq!(encoding(&big), Encoding::Utf16);
        assert_eq!(encoding(thai.as_bytes()), Encoding::Utf8);
    }

    #[test]
    fn what_is_not_utf8_is_read_as_windows_1252() {
        assert_eq!(decode(b"Gr\xFC\xDFe \x80\x34 \x93x\x94 \x81"), "Grüße €4 “x” ");
        assert_eq!(encoding(b"Gr\xFC\xDFe"), Encoding::Windows1252);
    }

    #[test]
    fn broken_text_is_read_as_far_as_it_goes() {
        assert_eq!(decode(b"\xFF\xFEa\0\0\xD8b"), "a\u{FFFD}");
        assert_eq!(decode(b"\xEF\xBB\xBFa\xFFb"), "a\u{FFFD}b");
    }

    #[test]
    fn control_characters_are_data_that_leaves_nothing() {
        assert_eq!(decode(b"Milk\x1b@\x1dV\0 \x07\x7f1l\r\nEggs\rTea\n\tend"), "Milk@V 1l\nEggs\nTea\n\tend");
        assert_eq!(decode("a\u{85}b\u{2028}c".as_bytes()), "ab\nc");
    }
}
