//! What the user gives us to print.

use crate::segment::is_invisible;
use serde::{Deserialize, Serialize};

/// What a document is, told from its content, never from its name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // the names of the formats say it
pub enum DocumentKind {
    Png,
    Jpeg,
    Webp,
    Gif,
    Bmp,
    Tiff,
    Svg,
    Pdf,
    Markdown,
    Text,
}

/// The name that a person gave a document: a label, never a path (promise LS-14). Directory parts, control and
/// invisible characters are gone, and it has at most 255 characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct DocumentName(String);

impl DocumentName {
    /// Keeps what is safe to show of `name`; an empty rest becomes `document`.
    pub fn new(name: &str) -> Self {
        let tail = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let clean: String = tail.chars().filter(|&c| !is_invisible(c)).take(255).collect();
        let clean = clean.trim();
        Self(if clean.is_empty() { "document".to_owned() } else { clean.to_owned() })
    }

    /// The label.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for DocumentName {
    fn from(name: String) -> Self {
        Self::new(&name)
    }
}

impl From<DocumentName> for String {
    fn from(name: DocumentName) -> String {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_label_and_never_a_path() {
        for (given, kept) in [
            ("../x.png", "x.png"),
            ("..\\x", "x"),
            ("/etc/passwd", "passwd"),
            ("", "document"),
            ("a\0b\u{202E}gnp.exe", "abgnp.exe"),
            ("รูป.jpg", "รูป.jpg"),
        ] {
            assert_eq!(DocumentName::new(given).as_str(), kept);
        }
        assert_eq!(DocumentName::new(&"x".repeat(5000)).as_str().len(), 255);
    }
}
