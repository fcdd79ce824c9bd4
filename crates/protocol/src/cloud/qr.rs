//! What a printer's label or QR code says (and what we put into one for sharing).
//!
//! Accepted, at most 2 KiB: a bare serial number; `SN:…`; a web address with `sn=` and perhaps `code=`; JSON
//! `{"sn":…,"code":…}`; our own `platen://add?sn=…`. The text is data: no address in it is ever opened (promise UP-4).

use super::json;
use platen_model::segment::{SegmentError, is_invisible};
use platen_model::{Fault, Retry, Secret, Segment};
use url::Url;

/// The longest text that is looked at, in bytes.
pub const MAX_BYTES: usize = 2048;
/// The longest code, in bytes.
const MAX_CODE_BYTES: usize = 64;

/// A printer, as its label names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrinterCode {
    /// Serial number.
    pub sn: Segment,
    /// Verification code, when the label has one.
    pub code: Option<Secret<String>>,
}

/// Why a text names no printer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QrError {
    /// More than [`MAX_BYTES`].
    #[error("the text is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// None of the known forms.
    #[error("the text has none of the known forms")]
    UnknownForm,
    /// A known form without a serial number, or with two.
    #[error("the text names no serial number, or more than one")]
    NoSerial,
    /// The serial number cannot be one (promise MQ-1).
    #[error("the serial number cannot be used: {0}")]
    BadSerial(#[from] SegmentError),
    /// The verification code cannot be one.
    #[error("the verification code cannot be used")]
    BadCode,
}

impl QrError {
    /// As it is told at the edge.
    pub fn fault(&self) -> Fault {
        Fault::new(
            "printer_code_invalid",
            format!("This is not a printer's code: {self}."),
            "Scan the label of the printer, or type in its serial number.",
        )
        .with_retry(Retry::AfterRemedy)
    }
}

/// Reads the text of a QR code or label.
pub fn parse(text: &str) -> Result<PrinterCode, QrError> {
    if text.len() > MAX_BYTES {
        return Err(QrError::TooLong);
    }
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
    if text.starts_with('{') {
        return from_json(text);
    }
    if text.contains("://") {
        return from_url(text);
    }
    let bare = match text.split_once(':') {
        Some((label, rest)) if label.eq_ignore_ascii_case("sn") || label.eq_ignore_ascii_case("s/n") => rest.trim(),
        _ => text,
    };
    // Any other label, contact card or Wi-Fi code has one of these.
    if bare.contains(|c: char| {
        c.is_whitespace() || matches!(c, ':' | ';' | ',' | '=' | '?' | '&' | '<' | '>' | '"' | '\\')
    }) {
        return Err(QrError::UnknownForm);
    }
    code(bare, None)
}

/// The text of a QR code that adds this printer in another Platen: never with a code or token.
pub fn share_text(sn: &Segment) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("sn", sn.as_str()).finish();
    format!("platen://add?{query}")
}

fn from_json(text: &str) -> Result<PrinterCode, QrError> {
    let map = json::object(text.as_bytes()).map_err(|_| QrError::UnknownForm)?;
    let sn = map.get("sn").and_then(serde_json::Value::as_str).ok_or(QrError::NoSerial)?;
    match map.get("code") {
        None | Some(serde_json::Value::Null) => code(sn, None),
        Some(serde_json::Value::String(given)) => code(sn, Some(given)),
        Some(_) => Err(QrError::BadCode),
    }
}

fn from_url(text: &str) -> Result<PrinterCode, QrError> {
    let url = Url::parse(text).map_err(|_| QrError::UnknownForm)?;
    let ours = url.scheme() == "platen";
    let known = matches!(url.scheme(), "http" | "https")
        || (ours && url.host_str() == Some("add") && matches!(url.path(), "" | "/") && url.fragment().is_none());
    if !known {
        return Err(QrError::UnknownForm);
    }
    let (mut sn, mut given) = (None, None);
    for (key, value) in url.query_pairs() {
        let slot = match key.as_ref() {
            "sn" => &mut sn,
            "code" => &mut given,
            _ if ours => return Err(QrError::UnknownForm),
            _ => continue,
        };
        if slot.replace(value.into_owned()).is_some() {
            return Err(QrError::NoSerial);
        }
    }
    code(sn.as_deref().ok_or(QrError::NoSerial)?, given.as_deref())
}

fn code(sn: &str, given: Option<&str>) -> Result<PrinterCode, QrError> {
    if sn.is_empty() {
        return Err(QrError::NoSerial);
    }
    let sn = Segment::new(sn)?;
    let given = given.map(str::trim).filter(|given| !given.is_empty());
    if given.is_some_and(|given| given.len() > MAX_CODE_BYTES || given.chars().any(is_invisible)) {
        return Err(QrError::BadCode);
    }
    Ok(PrinterCode { sn, code: given.map(Secret::from) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_form_names_the_printer() {
        for (text, sn, code) in [
            ("SN123456", "SN123456", None),
            ("  SN123456\r\n", "SN123456", None),
            ("SN:ABC-1", "ABC-1", None),
            ("s/n: ABC-1", "ABC-1", None),
            ("ร้าน-1", "ร้าน-1", None),
            ("https://x.example/p?a=1&sn=AB%2DC&code=4711", "AB-C", Some("4711")),
            ("http://x.example/?sn=A+B", "A B", None),
            (r#"{"sn":"A","code":"42","model":"x"}"#, "A", Some("42")),
            (r#"{"sn":"A","code":null}"#, "A", None),
            ("platen://add?sn=A&code=42", "A", Some("42")),
            ("PLATEN://add?sn=A", "A", None),
        ] {
            let read = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((read.sn.as_str(), read.code.as_ref().map(|c| c.reveal().as_str())), (sn, code), "{text}");
        }
    }

    #[test]
    fn what_names_no_printer_is_refused() {
        for text in [
            "",
            "WIFI:S:net;T:WPA;P:secret;;",
            "Hello world",
            "mailto:a@b.example",
            "ftp://x.example/?sn=A",
            "javascript://x?sn=A",
            "https://x.example/p",
            "https://x.example/?sn=A&sn=B",
            "https://x.example/?sn=",
            "https://x.example/?sn=a%2Fb",
            "https://x.example/?sn=%2B",
            "https://x.example/?sn=A&code=a%00b",
            "platen://add?sn=A&then=print",
            "platen://print?sn=A",
            "platen://add/x?sn=A",
            "SN:",
            "SN:+",
            "$SYS",
            "a/b",
            r#"{"sn":5}"#,
            r#"{"sn":"A","code":42}"#,
            r#"{"serial":"A"}"#,
            "{",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert_eq!(parse(&"x".repeat(MAX_BYTES + 1)), Err(QrError::TooLong));
        assert!(parse(&"x".repeat(129)).is_err());
        assert!(parse(&format!("https://x.example/?sn=A&code={}", "1".repeat(65))).is_err());
    }

    #[test]
    fn what_is_shared_is_read_back_without_a_code() {
        for sn in ["SN123456", "A B", "ร้าน&1=2", "a%2Fb"] {
            let sn = Segment::new(sn).unwrap();
            assert_eq!(parse(&share_text(&sn)), Ok(PrinterCode { sn, code: None }));
        }
    }
}
