//! Reading JSON from a stranger (promise MQ-4).
//!
//! The limits are checked before any field is looked at: at most 256 KiB, 32 levels, 8 KiB a text, 4,096 entries a list.
//! A whole number may be written as `5` or `5.0`; anything else of the wrong type is an error, never a guess. Unknown
//! fields stay in the `extra` map of the message. When a key comes twice, the last one counts.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// The largest message, in bytes (promise MQ-3).
pub const MAX_PAYLOAD_BYTES: usize = 256 * 1024;
/// The deepest nesting; the outer object is level 1.
pub const MAX_DEPTH: usize = 32;
/// The longest text or key, in bytes.
pub const MAX_TEXT_BYTES: usize = 8 * 1024;
/// The longest list or object, in entries.
pub const MAX_ENTRIES: usize = 4096;

/// Fields that a message does not know, kept as they came.
pub type Extra = Map<String, Value>;

/// Why a message was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// More than [`MAX_PAYLOAD_BYTES`].
    #[error("the message has {0} bytes; at most {MAX_PAYLOAD_BYTES} are allowed")]
    TooLarge(usize),
    /// Not JSON.
    #[error("the message is not JSON (line {line}, column {column})")]
    Syntax {
        /// From 1.
        line: usize,
        /// From 1; 0 at the start of a line.
        column: usize,
    },
    /// JSON, but not an object.
    #[error("the message is not a JSON object")]
    NotAnObject,
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("the message is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// A text longer than [`MAX_TEXT_BYTES`].
    #[error("the message holds a text of more than {MAX_TEXT_BYTES} bytes")]
    TextTooLong,
    /// A list longer than [`MAX_ENTRIES`].
    #[error("the message holds a list of more than {MAX_ENTRIES} entries")]
    ListTooLong,
    /// A field has another type than the guide shows.
    #[error("the field {path} has the wrong type")]
    WrongType {
        /// Where, dotted; `.` when the place is not known.
        path: String,
    },
}

/// Reads bytes to an object within the limits.
pub fn object(payload: &[u8]) -> Result<Map<String, Value>, DecodeError> {
    match value(payload, MAX_PAYLOAD_BYTES, MAX_TEXT_BYTES)? {
        Value::Object(map) => Ok(map),
        _ => Err(DecodeError::NotAnObject),
    }
}

/// Reads bytes to any value within the limits, with the limits on size and texts given.
pub(crate) fn value(payload: &[u8], max_bytes: usize, max_text: usize) -> Result<Value, DecodeError> {
    if payload.len() > max_bytes {
        return Err(DecodeError::TooLarge(payload.len()));
    }
    // The parser itself stops at 128 levels; together with the size this bounds what it can allocate.
    let value: Value = serde_json::from_slice(payload)
        .map_err(|error| DecodeError::Syntax { line: error.line(), column: error.column() })?;
    check(&value, 1, max_text)?;
    Ok(value)
}

fn check(value: &Value, depth: usize, max_text: usize) -> Result<(), DecodeError> {
    let text = |text: &str| if text.len() > max_text { Err(DecodeError::TextTooLong) } else { Ok(()) };
    let deep = || if depth > MAX_DEPTH { Err(DecodeError::TooDeep) } else { Ok(()) };
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
        Value::String(string) => text(string),
        Value::Array(list) => {
            deep()?;
            if list.len() > MAX_ENTRIES {
                return Err(DecodeError::ListTooLong);
            }
            list.iter().try_for_each(|item| check(item, depth + 1, max_text))
        }
        Value::Object(map) => {
            deep()?;
            if map.len() > MAX_ENTRIES {
                return Err(DecodeError::ListTooLong);
            }
            map.iter().try_for_each(|(key, item)| text(key).and_then(|()| check(item, depth + 1, max_text)))
        }
    }
}

/// Gives an object its type.
pub fn typed<T: DeserializeOwned>(map: Map<String, Value>) -> Result<T, DecodeError> {
    serde_path_to_error::deserialize(Value::Object(map)).map_err(|error| {
        let path = error.path().to_string();
        DecodeError::WrongType { path }
    })
}

/// Writes a message. Our own types always have a JSON form; should one not, nothing is written.
pub fn bytes<T: Serialize>(message: &T) -> Vec<u8> {
    serde_json::to_vec(message).unwrap_or_default()
}

/// A whole number: `5` or `5.0`.
pub(crate) fn whole(value: &Value) -> Option<i64> {
    if let Some(number) = value.as_i64() {
        return Some(number);
    }
    // 2^53: beyond it a float no longer tells neighbours apart.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let number = value.as_f64().filter(|number| value.is_f64() && number.fract() == 0.0 && number.abs() <= EXACT)?;
    #[allow(clippy::cast_possible_truncation)] // integral and within ±2^53
    Some(number as i64)
}

/// For `#[serde(deserialize_with)]`: an optional whole number.
pub(crate) fn opt_int<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        value => whole(&value).map(Some).ok_or_else(|| serde::de::Error::custom("not a whole number")),
    }
}

/// For `#[serde(deserialize_with)]`: a list of whole numbers; a single number counts as a list of one.
pub(crate) fn ints<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<i64>, D::Error> {
    Ok(opt_ints(deserializer)?.unwrap_or_default())
}

/// For `#[serde(deserialize_with)]`: as [`ints`], with absence told from emptiness.
pub(crate) fn opt_ints<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<i64>>, D::Error> {
    let wrong = || serde::de::Error::custom("not a list of whole numbers");
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::Array(list) => list.iter().map(whole).collect::<Option<Vec<_>>>().map(Some).ok_or_else(wrong),
        value => whole(&value).map(|number| Some(vec![number])).ok_or_else(wrong),
    }
}

/// For `#[serde(deserialize_with)]`: `null` counts as absent.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(d: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(d)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mq_4_the_limits_hold_exactly() {
        let nested = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
        assert!(object(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(object(nested(MAX_DEPTH + 1).as_bytes()), Err(DecodeError::TooDeep));
        assert!(matches!(object("[".repeat(200_000).as_bytes()), Err(DecodeError::Syntax { .. })));
        let text = |length: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(length));
        assert!(object(text(MAX_TEXT_BYTES).as_bytes()).is_ok());
        assert_eq!(object(text(MAX_TEXT_BYTES + 1).as_bytes()), Err(DecodeError::TextTooLong));
        let key = format!("{{\"{}\":1}}", "k".repeat(MAX_TEXT_BYTES + 1));
        assert_eq!(object(key.as_bytes()), Err(DecodeError::TextTooLong));
        let list = |length: usize| format!("{{\"a\":[{}]}}", vec!["1"; length].join(","));
        assert!(object(list(MAX_ENTRIES).as_bytes()).is_ok());
        assert_eq!(object(list(MAX_ENTRIES + 1).as_bytes()), Err(DecodeError::ListTooLong));
        assert_eq!(object(&vec![b' '; MAX_PAYLOAD_BYTES + 1]), Err(DecodeError::TooLarge(MAX_PAYLOAD_BYTES + 1)));
        for text in ["[1]", "1", "null", "\"a\""] {
            assert_eq!(object(text.as_bytes()), Err(DecodeError::NotAnObject));
        }
        for text in ["", "{", "{\"a\":\"\\ud800\"}", "\u{FEFF}{}", "{} {}", "{'a':1}", "\0"] {
            assert!(matches!(object(text.as_bytes()), Err(DecodeError::Syntax { .. })), "{text:?}");
        }
    }

    #[test]
    fn whole_numbers_may_be_written_as_floats_and_nothing_is_guessed() {
        for (text, read) in [
            ("5", Some(5)),
            ("5.0", Some(5)),
            ("1724040060000.0", Some(1_724_040_060_000)),
            ("-58", Some(-58)),
            ("5.5", None),
            ("1e300", None),
            ("18446744073709551615", None),
            ("\"5\"", None),
            ("true", None),
        ] {
            assert_eq!(whole(&serde_json::from_str(text).unwrap()), read, "{text}");
        }
    }

    #[test]
    fn the_last_of_two_equal_keys_counts() {
        assert_eq!(object(br#"{"a":1,"a":2}"#).unwrap()["a"], 2);
    }
}
