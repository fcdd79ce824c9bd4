//! Where emoji are in a text, so that a whole sequence is drawn by the emoji font.
//!
//! Source: Unicode Technical Standard 51, its definitions of emoji sequences, and `emoji-data.txt` 15.1 for the
//! characters that are emoji without being asked to. Such a character, or any other that U+FE0F follows, begins an
//! emoji; U+FE0E makes a sign of the text of it. Deliberately absent: which sequences have a picture of their own; the
//! font knows, and one that it does not know is drawn as its parts.

use std::ops::Range;

const TEXT: char = '\u{FE0E}';
const PICTURE: char = '\u{FE0F}';
const JOINER: char = '\u{200D}';
const KEYCAP: char = '\u{20E3}';

/// The places of the emoji in `text`, in order; neighbours are one range.
pub(super) fn sequences(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..)?;
            let length = emoji(rest);
            if length > 0 {
                let start = at;
                at += length;
                while let Some(more) = text.get(at..).map(emoji).filter(|more| *more > 0) {
                    at += more;
                }
                return Some(start..at);
            }
            at += rest.chars().next()?.len_utf8();
        }
    })
}

/// The length of the emoji that `text` begins with, in bytes; 0 when it begins with none.
fn emoji(text: &str) -> usize {
    let mut length = 0;
    loop {
        let part = part(text.get(length..).unwrap_or(""), length > 0);
        if part == 0 {
            // A joiner with nothing behind it joins nothing.
            return length.saturating_sub(if length > 0 { JOINER.len_utf8() } else { 0 });
        }
        length += part;
        if !text.get(length..).is_some_and(|rest| rest.starts_with(JOINER)) {
            return length;
        }
        length += JOINER.len_utf8();
    }
}

/// The length of one part of a sequence of joined parts: a picture, and what changes it. Behind a joiner every sign is
/// one.
fn part(text: &str, joined: bool) -> usize {
    let mut rest = text.chars().peekable();
    let Some(first) = rest.next() else { return 0 };
    let mut length = first.len_utf8();
    if is_flag_letter(first) {
        return length + rest.next_if(|&c| is_flag_letter(c)).map_or(0, char::len_utf8);
    }
    let (asked, refused) = (rest.next_if_eq(&PICTURE).is_some(), rest.peek() == Some(&TEXT));
    if asked {
        length += PICTURE.len_utf8();
    }
    if let Some(keycap) = rest.next_if_eq(&KEYCAP) {
        return if matches!(first, '0'..='9' | '#' | '*') { length + keycap.len_utf8() } else { 0 };
    }
    let coloured = rest.peek().is_some_and(|&c| is_skin(c));
    // A digit or a letter with a picture selector and no keycap is still a digit or a letter.
    if refused || first.is_ascii() || first.is_alphanumeric() && !is_picture(first) {
        return 0;
    }
    if !(asked || coloured || joined || is_picture(first)) {
        return 0;
    }
    while let Some(change) = rest.next_if(|&c| is_skin(c) || c == PICTURE || matches!(c, '\u{E0020}'..='\u{E007F}')) {
        length += change.len_utf8();
    }
    length
}

fn is_flag_letter(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}

fn is_skin(c: char) -> bool {
    matches!(c, '\u{1F3FB}'..='\u{1F3FF}')
}

/// Characters that are emoji without being asked to.
fn is_picture(c: char) -> bool {
    matches!(c,
        '\u{231A}' | '\u{231B}' | '\u{23E9}'..='\u{23EC}' | '\u{23F0}' | '\u{23F3}' | '\u{25FD}' | '\u{25FE}'
        | '\u{2614}' | '\u{2615}' | '\u{2648}'..='\u{2653}' | '\u{267F}' | '\u{2693}' | '\u{26A1}' | '\u{26AA}'
        | '\u{26AB}' | '\u{26BD}' | '\u{26BE}' | '\u{26C4}' | '\u{26C5}' | '\u{26CE}' | '\u{26D4}' | '\u{26EA}'
        | '\u{26F2}' | '\u{26F3}' | '\u{26F5}' | '\u{26FA}' | '\u{26FD}' | '\u{2705}' | '\u{270A}' | '\u{270B}'
        | '\u{2728}' | '\u{274C}' | '\u{274E}' | '\u{2753}'..='\u{2755}' | '\u{2757}' | '\u{2795}'..='\u{2797}'
        | '\u{27B0}' | '\u{27BF}' | '\u{2B1B}' | '\u{2B1C}' | '\u{2B50}' | '\u{2B55}' | '\u{1F004}' | '\u{1F0CF}'
        | '\u{1F18E}' | '\u{1F191}'..='\u{1F19A}' | '\u{1F201}' | '\u{1F21A}' | '\u{1F22F}' | '\u{1F232}'..='\u{1F236}'
        | '\u{1F238}'..='\u{1F23A}' | '\u{1F250}' | '\u{1F251}' | '\u{1F300}'..='\u{1F64F}' | '\u{1F680}'..='\u{1F6FF}'
        | '\u{1F7E0}'..='\u{1F7F0}' | '\u{1F90C}'..='\u{1F9FF}' | '\u{1FA70}'..='\u{1FAFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        sequences(text).map(|range| &text[range]).collect()
    }

    #[test]
    fn a_sequence_is_found_whole() {
        for whole in ["😀", "👍🏽", "👩‍👩‍👧‍👦", "👩🏾‍🚀", "🇩🇪", "1️⃣", "#⃣", "❤️", "❤️‍🔥", "🏳️‍🌈", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "☝🏻", "🧑‍⚖️", "🏃‍♂"]
        {
            assert_eq!(found(&format!("a {whole} b")), [whole], "{whole}");
        }
        assert_eq!(found("🇩🇪🇫🇷 und 😀😀"), ["🇩🇪🇫🇷", "😀😀"]);
    }

    #[test]
    fn signs_of_the_text_stay_what_they_are() {
        for text in
            ["", "0123 #*", "☎ ✓ ★ ♥ ☺ ① ™", "😀\u{FE0E}", "a\u{FE0F}", "1\u{FE0F}", "中\u{FE0F}", "a\u{200D}b", "a⃣"]
        {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
        assert_eq!(found("😀\u{200D}"), ["😀"]);
        assert_eq!(found("😀\u{200D} x"), ["😀"]);
    }
}
