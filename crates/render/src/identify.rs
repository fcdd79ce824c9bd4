//! What a document is, told from its first bytes.
//!
//! Source: the signatures in the specifications of the formats. The name is looked at only to decide whether bytes that
//! have no signature are text. Deliberately absent: opening anything that is not a kind of ours.

use crate::error::RenderError;
use crate::guard::guarded;
use crate::source::Source;
use crate::{drawing, pdf, picture, text};
use platen_model::{DocumentKind, DocumentName};
use serde::{Deserialize, Serialize};

/// What is known about a document without rendering it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentInfo {
    /// Its kind.
    pub kind: DocumentKind,
    /// Width in pixels as it is seen (after the camera's turn); in user units for a drawing; `None` for text and for
    /// drawings that do not say.
    pub width: Option<u32>,
    /// Height, likewise.
    pub height: Option<u32>,
    /// How the bytes of a text are read; `None` for everything else.
    pub encoding: Option<Encoding>,
    /// It is encrypted, and no password was given: nothing more is known.
    #[serde(default)]
    pub locked: bool,
}

/// How the bytes of a text are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16 of either order, told by its byte order mark.
    Utf16,
    /// What is not UTF-8 is taken to be this, the usual single-byte set of Western Europe. It may be another one: what
    /// is drawn then has wrong letters, so a user should be told.
    Windows1252,
}

/// Says what a document is, from its content and without decoding it.
///
/// # Errors
/// [`RenderError::Empty`], [`RenderError::Unknown`], and for a header that is broken or announces more than the
/// limits, the same error that [`crate::render`] would give.
/// [`RenderError::WrongPassword`] where another password is needed; without any, the answer says that it is locked.
pub fn identify(source: &Source<'_>) -> Result<DocumentInfo, RenderError> {
    let bytes = source.bytes;
    let kind = kind_of(bytes, source.name)?;
    guarded(kind, || {
        let (size, encoding) = match kind {
            DocumentKind::Text | DocumentKind::Markdown => (None, Some(text::encoding(bytes))),
            DocumentKind::Svg => (drawing::announced_size(bytes), None),
            DocumentKind::Pdf => match pdf::size(source) {
                // What it is can be told all the same; whoever prints it asks for the password first.
                Err(RenderError::Locked) => {
                    return Ok(DocumentInfo { kind, width: None, height: None, encoding: None, locked: true });
                }
                size => (Some(size?), None),
            },
            _ => (Some(picture::size(kind, bytes)?), None),
        };
        let (width, height) = (size.map(|(width, _)| width), size.map(|(_, height)| height));
        Ok(DocumentInfo { kind, width, height, encoding, locked: false })
    })
}

/// Signatures at the start of a file.
const SIGNATURES: [(&[u8], DocumentKind); 7] = [
    (b"\x89PNG\r\n\x1a\n", DocumentKind::Png),
    (b"\xff\xd8\xff", DocumentKind::Jpeg),
    (b"GIF87a", DocumentKind::Gif),
    (b"GIF89a", DocumentKind::Gif),
    (b"BM", DocumentKind::Bmp),
    (b"II*\0", DocumentKind::Tiff),
    (b"MM\0*", DocumentKind::Tiff),
];

/// Files that people will try, and that are not text although some of them begin with letters.
const NOT_OURS: [(&[u8], &str); 13] = [
    (b"%!PS", "a PostScript document"),
    (b"PK\x03\x04", "an office document or a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x1f\x8b", "a compressed file"),
    (b"7z\xbc\xaf", "a compressed file"),
    (b"Rar!", "a compressed file"),
    (b"8BPS", "a Photoshop picture"),
    (b"\0\0\x01\0", "an icon"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\x1b@", "a printer file"),
];

/// How much of a file decides whether it is text.
const SAMPLE: usize = 64 << 10;

pub(crate) fn kind_of(bytes: &[u8], name: &DocumentName) -> Result<DocumentKind, RenderError> {
    if bytes.is_empty() {
        return Err(RenderError::Empty);
    }
    let bmp_is_text = |kind| kind == DocumentKind::Bmp && !looks_like_bmp(bytes);
    let signature = SIGNATURES.iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, kind)| *kind);
    if let Some(kind) = signature.filter(|&kind| !bmp_is_text(kind)) {
        return Ok(kind);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Ok(DocumentKind::Webp);
    }
    if is_pdf(bytes) {
        return Ok(DocumentKind::Pdf);
    }
    let unknown = |looks_like| Err(RenderError::Unknown { looks_like });
    if bytes.get(4..8) == Some(b"ftyp") {
        return unknown(Some("a HEIC or AVIF picture, or a film"));
    }
    let not_ours = NOT_OURS.iter().find(|(start, _)| bytes.starts_with(start));
    if let Some((start, what)) = not_ours
        && !(*start == b"MZ" && is_text(bytes, name))
    {
        return unknown(Some(what));
    }
    if drawing::is_svg(bytes) {
        return Ok(DocumentKind::Svg);
    }
    if is_web_page(bytes) {
        return unknown(Some("a web page"));
    }
    match is_text(bytes, name) {
        true if is_markdown(name) => Ok(DocumentKind::Markdown),
        true => Ok(DocumentKind::Text),
        false => unknown(None),
    }
}

/// Markdown is any text whose author says that it is: only the name tells.
fn is_markdown(name: &DocumentName) -> bool {
    let extension = name.as_str().rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    matches!(extension.as_deref(), Some("md" | "markdown"))
}

/// A text may begin with "BM": a BMP also has its header's length, 12 to 124, where a text has a letter.
fn looks_like_bmp(bytes: &[u8]) -> bool {
    bytes.get(14..18).is_none_or(|length| matches!(length, [12..=124, 0, 0, 0]))
}

/// The mark may stand behind other bytes, which mail programs and old printers' wrappers leave there. A text that only
/// speaks of it has it in the middle of a line, or has no other mark.
fn is_pdf(bytes: &[u8]) -> bool {
    const MARK: &[u8] = b"%PDF-";
    let head = bytes.get(..1024).unwrap_or(bytes);
    let found = head.windows(MARK.len()).position(|window| window == MARK);
    found.is_some_and(|at| at == 0 || (head.get(at + MARK.len()).is_some_and(u8::is_ascii_digit) && has_pdf_end(bytes)))
}

fn has_pdf_end(bytes: &[u8]) -> bool {
    let tail = bytes.get(bytes.len().saturating_sub(2048)..).unwrap_or(bytes);
    tail.windows(5).any(|window| window == b"%%EOF")
}

fn is_web_page(bytes: &[u8]) -> bool {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    [&b"<!doctype html"[..], b"<html"]
        .iter()
        .any(|tag| start.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag)))
}

/// Whether bytes without a signature are text: no NUL, and few control characters. A name that says so allows more of
/// them, for logs with colours and the like, and even NUL where most of the rest is plain letters, for logs of what went
/// to a printer: on paper they leave nothing.
fn is_text(bytes: &[u8], name: &DocumentName) -> bool {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return true;
    }
    let sample = bytes.get(..SAMPLE).unwrap_or(bytes);
    if sample.contains(&0) && !(is_named_text(name) && is_mostly_letters(sample)) {
        return false;
    }
    let controls = sample.iter().filter(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace()).count();
    // A character cut in two at the end of the sample is no fault of the text.
    let is_utf8 = match std::str::from_utf8(sample) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && error.valid_up_to() > 0,
    };
    let allowed = match (is_named_text(name), is_utf8) {
        (true, _) => sample.len() / 4,
        // Bytes that keep to the rules of UTF-8 are hardly anything else, so a short text may have a few.
        (false, true) => sample.len() / 20,
        (false, false) => sample.len() / 50,
    };
    controls <= allowed.max(if is_utf8 { 16 } else { 0 })
}

/// Three quarters of ASCII that is printed: noise and numbers of a program have half of that.
fn is_mostly_letters(sample: &[u8]) -> bool {
    let letters = sample.iter().filter(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()).count();
    letters * 4 >= sample.len() * 3
}

fn is_named_text(name: &DocumentName) -> bool {
    let extension = name.as_str().rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let known = ["txt", "text", "log", "csv", "tsv", "md", "markdown", "json", "xml", "ini", "toml", "yaml", "yml"];
    extension.is_some_and(|extension| known.contains(&extension.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(bytes: &[u8], name: &str) -> Result<DocumentKind, RenderError> {
        kind_of(bytes, &DocumentName::new(name))
    }

    #[test]
    fn the_content_decides_and_not_the_name() {
        assert_eq!(kind(b"\x89PNG\r\n\x1a\nxx", "photo.jpg"), Ok(DocumentKind::Png));
        assert_eq!(kind(b"\xff\xd8\xff\xe0", "a.txt"), Ok(DocumentKind::Jpeg));
        assert_eq!(kind(b"RIFF\x10\0\0\0WEBPVP8 ", "a"), Ok(DocumentKind::Webp));
        assert_eq!(kind(b"GIF89a", "a.svg"), Ok(DocumentKind::Gif));
        assert_eq!(kind(b"<svg/>", "a.txt"), Ok(DocumentKind::Svg));
        assert_eq!(kind(b"Hello", "a.png"), Ok(DocumentKind::Text));
        assert_eq!(kind(b"", "a.txt"), Err(RenderError::Empty));
    }

    #[test]
    fn a_text_that_begins_like_a_signature_is_text() {
        assert_eq!(kind(b"BMW, 3 series, for sale: call us", "a.txt"), Ok(DocumentKind::Text));
        assert_eq!(kind(b"MZ is a prefix", "a.txt"), Ok(DocumentKind::Text));
        let mut bmp = b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
        assert_eq!(kind(&bmp, "a"), Ok(DocumentKind::Bmp));
        bmp.truncate(10);
        assert_eq!(kind(&bmp, "a"), Ok(DocumentKind::Bmp));
    }

    #[test]
    fn what_cannot_be_printed_is_named() {
        for (bytes, what) in [
            (&b"PK\x03\x04rest"[..], Some("an office document or a ZIP archive")),
            (b"\0\0\0\x18ftypheic", Some("a HEIC or AVIF picture, or a film")),
            (b"  <!DOCTYPE HTML><html>", Some("a web page")),
            (b"\x1b@\x1dv0", Some("a printer file")),
            (b"\0\x01\x02\x03", None),
            (b"\x01\x02\x03\x04\x05\x06\x07\x08\x80\x81", None),
        ] {
            assert_eq!(kind(bytes, "x.txt"), Err(RenderError::Unknown { looks_like: what }), "{bytes:?}");
        }
    }

    #[test]
    fn control_characters_do_not_make_a_text_something_else() {
        assert_eq!(kind(b"Total \x1b@\x1d 9.99", "receipt"), Ok(DocumentKind::Text));
        let coloured = b"\x1b[1mbold\x1b[0m ".repeat(50);
        assert_eq!(kind(&coloured, "build.log"), Ok(DocumentKind::Text));
        assert_eq!(kind(&coloured, "build"), Err(RenderError::Unknown { looks_like: None }));
        assert_eq!(kind(b"Gr\xfc\xdfe aus K\xf6ln", "a"), Ok(DocumentKind::Text));
        let drawer = b"Total 9.99, drawer \x1bp\0\x19\xfa opened";
        assert_eq!(kind(drawer, "printer.log"), Ok(DocumentKind::Text));
        assert_eq!(kind(drawer, "printer"), Err(RenderError::Unknown { looks_like: None }));
    }
}
