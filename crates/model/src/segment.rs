//! A checked level of an MQTT topic (promise MQ-1, rule C-20).
//!
//! Tenant codes, user names and serial numbers travel in topics and in `|`-joined names. A name that holds a wildcard
//! or a separator would subscribe to somebody else's printer, so such a name is refused before any topic is built.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest level accepted, in bytes.
pub const MAX_SEGMENT_BYTES: usize = 128;

/// One level of a topic: 1–128 bytes, no `+ # / |`, no control, format or bidirectional characters, no leading `$`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Segment(String);

/// Why a name cannot be a topic level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SegmentError {
    /// Nothing there.
    #[error("the name is empty")]
    Empty,
    /// More than [`MAX_SEGMENT_BYTES`].
    #[error("the name has {0} bytes; at most {MAX_SEGMENT_BYTES} are allowed")]
    TooLong(usize),
    /// Begins with `$`, which brokers reserve.
    #[error("the name begins with '$'")]
    Reserved,
    /// A character with a meaning of its own in topics, or one that cannot be seen.
    #[error("the name contains the character U+{:04X}, which is not allowed", u32::from(*.0))]
    Forbidden(char),
}

impl Segment {
    /// Checks `text` and keeps it as it is: no trimming, no case folding, no normalisation.
    pub fn new(text: impl Into<String>) -> Result<Self, SegmentError> {
        let text = text.into();
        if text.is_empty() {
            return Err(SegmentError::Empty);
        }
        if text.len() > MAX_SEGMENT_BYTES {
            return Err(SegmentError::TooLong(text.len()));
        }
        if text.starts_with('$') {
            return Err(SegmentError::Reserved);
        }
        match text.chars().find(|&c| is_forbidden(c)) {
            Some(c) => Err(SegmentError::Forbidden(c)),
            None => Ok(Self(text)),
        }
    }

    /// The level as it goes on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether `c` is invisible or turns the direction of text: such characters make two different names look the same.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{061C}' | '\u{180E}'
            | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// What strangers call themselves, as it may be shown: without invisible characters, and no longer than `most`.
pub fn visible(text: &str, most: usize) -> String {
    let clean: String = text.chars().filter(|&c| !is_invisible(c)).take(most).collect();
    clean.trim().to_owned()
}

fn is_forbidden(c: char) -> bool {
    matches!(c, '+' | '#' | '/' | '|') || is_invisible(c)
}

impl fmt::Display for Segment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl AsRef<str> for Segment {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Segment {
    type Error = SegmentError;

    fn try_from(text: String) -> Result<Self, SegmentError> {
        Self::new(text)
    }
}

impl From<Segment> for String {
    fn from(segment: Segment) -> String {
        segment.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn honest_names_pass_unchanged() {
        for name in
            ["SN123456", "tenant_a", "owner.user@example.com", "ร้าน-1", "打印机", "a b", "a%2Fb", "..", "sn", "SN"]
        {
            assert_eq!(Segment::new(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn names_that_would_change_a_topic_are_refused() {
        for name in ["", "+", "#", "a/b", "a|b", "$SYS", "a\0b", "\u{FEFF}a", "a\u{202E}b", "tab\t", "a+", "x#"] {
            assert!(Segment::new(name).is_err(), "{name:?} was accepted");
        }
        assert_eq!(Segment::new("x".repeat(129)), Err(SegmentError::TooLong(129)));
        assert!(Segment::new("x".repeat(128)).is_ok());
        assert!(Segment::new("x".repeat(65_536)).is_err());
    }
}
