//! Why a document does not become a page.
//!
//! Source: promises CT-2, CT-3; rule 5 of the architecture (stable code, sentence, remedy, whether a retry helps).

use crate::page::MAX_PAGE_ROWS;
use crate::press::{MAX_PAGES, Stopped};
use platen_model::options::OptionOutOfRange;
use platen_model::{DocumentKind, Fault, Retry};

/// Why a document does not become a page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// No bytes, or nothing in them that would be seen.
    #[error("the document is empty")]
    Empty,
    /// Not a kind of document that can be printed.
    #[error("this kind of document cannot be printed{}", looks_like.map(|what| format!(": it looks like {what}")).unwrap_or_default())]
    Unknown {
        /// What it seems to be, for example "an office document".
        looks_like: Option<&'static str>,
    },
    /// Of a known kind, but not whole.
    #[error("the {} document is damaged: {detail}", kind_name(*kind))]
    Damaged {
        /// What it claims to be.
        kind: DocumentKind,
        /// What the reader of that kind said, for a technician.
        detail: String,
    },
    /// It is encrypted, and no password was given.
    #[error("the document needs a password")]
    Locked,
    /// It is encrypted, and what was given does not open it.
    #[error("the password does not open the document")]
    WrongPassword,
    /// Beyond a limit.
    #[error("the document is too large: {0}")]
    TooLarge(Excess),
    /// A drawing that wants what drawings may not have here.
    #[error("the drawing is refused: {0}")]
    SvgRefused(Refusal),
    /// Margins and cells leave nothing of the paper.
    #[error("nothing fits between the margins of this paper")]
    NoRoom,
    /// The list of pages names none that the document has.
    #[error("the document has {count} pages, and none of them was chosen")]
    NoSuchPage {
        /// Pages of the document.
        count: u32,
    },
    /// Nobody took the pages any more.
    #[error("the pages were not wanted any more")]
    Stopped,
    /// An option outside of its range.
    #[error(transparent)]
    Option(#[from] OptionOutOfRange),
}

impl From<Stopped> for RenderError {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

/// Which limit a document is beyond (promise CT-2: absolute limits, never ratios; honest white labels shrink a
/// thousandfold).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Excess {
    /// File size.
    #[error("it has {size} bytes; at most {most} are possible")]
    Bytes {
        /// Bytes of the document.
        size: usize,
        /// Bytes allowed.
        most: usize,
    },
    /// Announced dimensions.
    #[error("it has {width} × {height} pixels; at most 100 million, and 30,000 a side, are possible")]
    Pixels {
        /// Announced width.
        width: u32,
        /// Announced height.
        height: u32,
    },
    /// Memory for decoding or drawing.
    #[error("it needs more memory than is allowed")]
    Memory,
    /// Page height after scaling to the paper.
    #[error("at this width the page would be {rows} dots high; at most {MAX_PAGE_ROWS} are possible")]
    Rows {
        /// Rows that the page would have.
        rows: u64,
    },
    /// What would have to be drawn.
    #[error("drawing it would take too long")]
    Work,
    /// The size of a page.
    #[error("a page of it is {metres} m long; at most 5 m are possible")]
    Side {
        /// Whole metres.
        metres: u64,
    },
    /// Number of pages.
    #[error("it has more than {MAX_PAGES} pages")]
    Pages,
    /// Lines of a text.
    #[error("it has more than {most} lines")]
    Lines {
        /// Lines allowed.
        most: usize,
    },
    /// What a text consists of.
    #[error("it has more than {most} paragraphs, points of lists and cells of tables")]
    Blocks {
        /// How many are allowed.
        most: usize,
    },
    /// Lists and quotations inside of each other.
    #[error("its lists and quotations are nested more than {most} deep")]
    Nesting {
        /// Levels allowed.
        most: usize,
    },
}

/// Why a drawing is refused (promise CT-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// `<!DOCTYPE …>`.
    #[error("it has a document type definition")]
    Doctype,
    /// A picture that is not inside of the file.
    #[error("it refers to a picture outside of the file")]
    ForeignPicture,
    /// A picture inside of the file that is damaged, too large, or a drawing itself.
    #[error("a picture inside of it cannot be used")]
    BadPicture,
    /// More nodes than allowed, after all `use` references are followed.
    #[error("it has too many parts")]
    TooManyNodes,
    /// Parts inside of parts, deeper than allowed.
    #[error("its parts are nested too deeply")]
    TooDeep,
    /// A part that contains itself.
    #[error("a part of it contains itself")]
    Cycle,
    /// Effects that would take too long or too much memory at this size.
    #[error("drawing it would take too long")]
    TooCostly,
}

impl RenderError {
    /// How this is told at the edge. What a library said is left out: it is for technicians, see `Display`.
    pub fn fault(&self) -> Fault {
        let fault = match self {
            Self::Empty => Fault::new(
                "document_empty",
                "The document has nothing in it to print.",
                "Choose a document with something on it.",
            ),
            Self::Unknown { looks_like } => Fault::new(
                "document_unsupported",
                match looks_like {
                    Some(what) => format!("This looks like {what}, which cannot be printed yet."),
                    None => "This kind of document cannot be printed.".to_owned(),
                },
                "Use a PDF document, a PNG, JPEG, WebP, GIF, BMP, TIFF or SVG picture, or plain text.",
            ),
            Self::Damaged { kind, .. } => Fault::new(
                "document_damaged",
                format!("The {} document is damaged or incomplete.", kind_name(*kind)),
                "Open it in another program, save it again, and choose the new file.",
            ),
            Self::Locked => Fault::new(
                "document_locked",
                "The document is locked with a password.",
                "Enter the password that opens the document.",
            ),
            Self::WrongPassword => Fault::new(
                "password_wrong",
                "This password does not open the document.",
                "Enter the password again; capital letters count.",
            ),
            Self::TooLarge(excess) => Fault::new(
                "document_too_large",
                format!("The document is too large: {excess}."),
                "Choose a smaller document, or split it.",
            ),
            Self::SvgRefused(refusal) => Fault::new(
                "svg_refused",
                format!("The drawing cannot be printed: {refusal}."),
                "Save it as a plain SVG with everything embedded, or as a PNG.",
            ),
            Self::NoRoom => Fault::new(
                "paper_no_room",
                "Nothing fits between the margins of this paper.",
                "Choose larger paper, a smaller margin or fewer pages per sheet.",
            ),
            Self::NoSuchPage { count } => Fault::new(
                "pages_not_there",
                match count {
                    1 => "The document has one page, which is not among the chosen ones.".to_owned(),
                    _ => format!("The document has {count} pages, and none of them is among the chosen ones."),
                },
                "Choose pages that the document has.",
            ),
            Self::Stopped => {
                Fault::new("render_stopped", "The document was not rendered to its end.", "Print it again.")
            }
            Self::Option(error) => {
                Fault::new("option_invalid", format!("{error}."), "Choose a value within the range.")
            }
        };
        fault.with_retry(Retry::AfterRemedy)
    }
}

fn kind_name(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Png => "PNG",
        DocumentKind::Jpeg => "JPEG",
        DocumentKind::Webp => "WebP",
        DocumentKind::Gif => "GIF",
        DocumentKind::Bmp => "BMP",
        DocumentKind::Tiff => "TIFF",
        DocumentKind::Svg => "SVG",
        DocumentKind::Pdf => "PDF",
        DocumentKind::Markdown => "Markdown",
        DocumentKind::Text => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_a_stable_code_and_no_library_words_for_people() {
        let damaged = RenderError::Damaged { kind: DocumentKind::Png, detail: "CRC error at 0x21".to_owned() };
        assert_eq!(damaged.fault().code, "document_damaged");
        assert_eq!(damaged.fault().message, "The PNG document is damaged or incomplete.");
        assert_eq!(damaged.to_string(), "the PNG document is damaged: CRC error at 0x21");
        let unknown = RenderError::Unknown { looks_like: Some("a TIFF picture") };
        assert_eq!(unknown.fault().message, "This looks like a TIFF picture, which cannot be printed yet.");
        assert_eq!(RenderError::SvgRefused(Refusal::Doctype).fault().code, "svg_refused");
        let rows = RenderError::TooLarge(Excess::Rows { rows: 40_000 });
        assert_eq!(rows.fault().code, "document_too_large");
        assert!(rows.fault().message.contains("40000 dots high"));
    }
}
