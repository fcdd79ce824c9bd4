//! What every family does: encode a page, decode a PRN.
//!
//! Source: section 4 of the architecture and rule 4 ("decoders never panic and never allocate by a length they were
//! told"). The limits here hold for all families. A family carries dots and nothing else: no title, no name and no other
//! text of a person ever enters a PRN (promise CT-6). Deliberately absent: copies, which are whole PRNs again and belong
//! to the queue; a language's own count of copies always stays 1.

use crate::catalogue::Model;
use crate::encoder::{Encoder, Sheet};
use platen_model::{Bitmap, Cut, Fault, Retry};
use serde::Serialize;

/// The highest page that is encoded or decoded, in rows: a banner of 15 m at 203 dpi, of 10 m at 300. Labels are shorter.
pub const MAX_PAGE_ROWS: u32 = 120_000;

/// The most raster that one PRN may decode to, in bytes over all its pages.
pub const MAX_RASTER_BYTES: usize = 64 << 20;

/// A group of models that share a wire language.
pub trait Family: Sync {
    /// The family's name in the catalogue and on the command line, for example `escpos`.
    fn id(&self) -> &'static str;

    /// The word that the cloud platform uses for this language in `prnProtocol`, for example `esc`.
    fn prn_protocol(&self) -> &'static str;

    /// Begins a page whose rows come later, and appends its head to `prn`. The caller may send and empty `prn` at any
    /// time.
    ///
    /// # Errors
    /// A page that the language cannot carry, see [`EncodeError`]. The width need not be the model's: the caller
    /// decides it.
    fn begin(&self, model: &Model, sheet: Sheet, finish: &Finish, prn: &mut Vec<u8>) -> Result<Encoder, EncodeError>;

    /// One page as one PRN: complete in itself, from initialisation to cut, without a query that would be answered.
    ///
    /// # Errors
    /// As [`Family::begin`].
    fn encode(&self, model: &Model, page: &Bitmap, finish: &Finish) -> Result<Vec<u8>, EncodeError> {
        let mut prn = Vec::with_capacity(page.bytes().len().saturating_add(256));
        let mut encoder = self.begin(model, Sheet::of(page), finish, &mut prn)?;
        encoder.push(page.bytes(), &mut prn)?;
        encoder.finish(&mut prn)?;
        Ok(prn)
    }

    /// Whether it can say that sheets are printed on both sides.
    fn prints_both_sides(&self) -> bool {
        false
    }

    /// Adds a page or copy that [`Family::encode`] wrote to a PRN of the same language. Most languages follow one
    /// another as they are.
    fn append(&self, prn: &mut Vec<u8>, page: &[u8]) {
        prn.extend_from_slice(page);
    }

    /// The pages and commands of a PRN, ours or somebody else's. What [`Family::encode`] wrote comes back as exactly
    /// one page with equal dots.
    ///
    /// # Errors
    /// Only a stream that ends inside of a command, or one that would need more than the limits of this module.
    /// Bytes that the family does not know are rows of [`Decoded::commands`], not errors.
    fn decode(&self, prn: &[u8]) -> Result<Decoded, DecodeError>;

    /// As [`Family::decode`], for a model that is known: what a stream itself does not say, such as which bit is black,
    /// is the model's.
    ///
    /// # Errors
    /// As [`Family::decode`].
    fn decode_for(&self, _model: &Model, prn: &[u8]) -> Result<Decoded, DecodeError> {
        self.decode(prn)
    }
}

/// What happens to the paper after the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Finish {
    /// Paper moved on, in dots of the model's resolution.
    pub feed_dots: u32,
    /// What the cutter does then. Models without a cutter ignore it.
    pub cut: Cut,
}

impl Finish {
    /// The finish for a feed in millimetres on a model of `dpi` dots per inch, rounded up: a cut must never hit the page.
    pub fn from_millimetres(feed: u8, cut: Cut, dpi: u32) -> Self {
        // 25.4 mm an inch; tenths of a millimetre keep it in whole numbers.
        let feed_dots = u32::from(feed).saturating_mul(10).saturating_mul(dpi).div_ceil(254);
        Self { feed_dots, cut }
    }
}

/// What a PRN says.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Decoded {
    /// The pages that have dots, in order.
    pub pages: Vec<Bitmap>,
    /// Everything found, in order, for people and for `decode --json`.
    pub commands: Vec<Command>,
}

impl Decoded {
    /// The same, with black for white on every page when `on`: see [`crate::Quirk::Reversed`].
    pub(crate) fn reversed(mut self, on: bool) -> Self {
        if on {
            for page in &mut self.pages {
                let rows = page.bytes().iter().map(|byte| !byte).collect();
                if let Some(turned) = Bitmap::from_levels(page.width(), page.height(), page.depth(), rows) {
                    *page = turned;
                }
            }
        }
        self
    }
}

/// One command of a PRN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Command {
    /// Where it begins, in bytes from the start of the PRN.
    pub offset: usize,
    /// A stable word, for example `raster`.
    pub name: &'static str,
    /// Its values, for a person.
    pub text: String,
}

/// Why a page cannot be put into a PRN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// Rows travel as whole bytes; a rest would come back as extra white dots.
    #[error("the page is {width} dots wide; the width must be a multiple of 8")]
    WidthNotWhole {
        /// The page's width in dots.
        width: u32,
    },
    /// More bytes a row than the command's length field can say.
    #[error("the page is {width} dots wide; at most {most} are possible")]
    TooWide {
        /// The page's width in dots.
        width: u32,
        /// The widest possible page in dots.
        most: u32,
    },
    /// Levels of grey that the language has no way to carry.
    #[error("this language carries {} a dot, and the page has {depth}", bits(possible))]
    DepthNotPossible {
        /// Bits a dot of the page.
        depth: u8,
        /// Bits a dot that are possible.
        possible: &'static [u8],
    },
    /// More than [`MAX_PAGE_ROWS`], or than a label can have.
    #[error("the page has {rows} rows; at most {most} are possible")]
    TooTall {
        /// The page's height in rows.
        rows: u32,
        /// The highest possible page in rows.
        most: u32,
    },
    /// No dots at all: nothing to print.
    #[error("the page is empty")]
    Empty,
    /// Not the number of rows that the page was begun with.
    #[error("the page was announced with {announced} rows and {came} came")]
    WrongRows {
        /// Rows of the [`Sheet`].
        announced: u32,
        /// Rows that were pushed.
        came: usize,
    },
    /// Bytes that are not whole rows.
    #[error("{bytes} bytes are not whole rows of {stride} bytes")]
    BrokenRow {
        /// Bytes that were pushed.
        bytes: usize,
        /// Bytes in a row.
        stride: usize,
    },
    /// The compressor failed, for example for want of memory.
    #[error("the page could not be compressed")]
    NotCompressed,
}

impl EncodeError {
    /// How this is told at the edge.
    pub fn fault(&self) -> Fault {
        let (code, remedy) = match self {
            Self::WidthNotWhole { .. } => ("page_width_invalid", "Choose a width that is a multiple of 8."),
            Self::TooWide { .. } => ("page_too_wide", "Choose a smaller width."),
            Self::DepthNotPossible { .. } => {
                ("depth_not_possible", "Choose black and white (1 bit), or a language that carries grey.")
            }
            Self::TooTall { .. } => ("page_too_tall", "Split the document or choose a smaller width."),
            Self::Empty => ("page_empty", "Choose a document with something on it."),
            Self::WrongRows { .. } | Self::BrokenRow { .. } => {
                ("page_rows_wrong", "Print again; if it stays, report it.")
            }
            Self::NotCompressed => ("page_not_compressed", "Close other programs and print again."),
        };
        Fault::new(code, format!("{}.", capitalised(&self.to_string())), remedy)
    }
}

/// "1 bit", "1 or 8 bits".
fn bits(depths: &[u8]) -> String {
    let words: Vec<String> = depths.iter().map(u8::to_string).collect();
    match words.split_last() {
        Some((last, [])) => format!("{last} bit{}", if last == "1" { "" } else { "s" }),
        Some((last, others)) => format!("{} or {last} bits", others.join(", ")),
        None => "no dots".to_owned(),
    }
}

/// Why a PRN cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end inside of a command.
    #[error("the data ends inside of the command '{command}' that begins at byte {offset}")]
    Truncated {
        /// Where the command begins.
        offset: usize,
        /// The command's name as in [`Command::name`].
        command: &'static str,
    },
    /// More rows than [`MAX_PAGE_ROWS`] on a page, or more raster than [`MAX_RASTER_BYTES`] in all.
    #[error(
        "the page that the command at byte {offset} adds to is larger than {MAX_PAGE_ROWS} rows or {MAX_RASTER_BYTES} bytes"
    )]
    TooLarge {
        /// Where the command begins that goes too far.
        offset: usize,
    },
    /// A format that has no commands to step over is not what it should be.
    #[error("the part '{command}' at byte {offset} is damaged or foreign: {problem}")]
    Malformed {
        /// Where the part begins.
        offset: usize,
        /// The part's name as in [`Command::name`].
        command: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl DecodeError {
    /// How this is told at the edge.
    pub fn fault(&self) -> Fault {
        let (code, remedy) = match self {
            Self::Truncated { .. } => ("prn_truncated", "Get the file again; a part of it is missing."),
            Self::TooLarge { .. } => ("prn_too_large", "Check that this is a printer file of the chosen language."),
            Self::Malformed { .. } => ("prn_malformed", "Check that this is a printer file of the chosen language."),
        };
        Fault::new(code, format!("{}.", capitalised(&self.to_string())), remedy).with_retry(Retry::No)
    }
}

/// `text` with a capital first letter: error texts are written without, sentences for people with.
pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_in_millimetres_becomes_the_next_whole_number_of_dots() {
        for (feed, dpi, dots) in [(0, 203, 0), (1, 203, 8), (3, 203, 24), (10, 203, 80), (100, 203, 800), (3, 300, 36)]
        {
            assert_eq!(Finish::from_millimetres(feed, Cut::None, dpi).feed_dots, dots);
        }
    }

    #[test]
    fn errors_become_sentences_with_stable_codes() {
        let fault = DecodeError::Truncated { offset: 2, command: "raster" }.fault();
        assert_eq!(fault.code, "prn_truncated");
        assert_eq!(fault.message, "The data ends inside of the command 'raster' that begins at byte 2.");
        assert_eq!(EncodeError::Empty.fault().code, "page_empty");
        let grey = |possible| EncodeError::DepthNotPossible { depth: 4, possible }.fault();
        assert_eq!(grey(&[1]).message, "This language carries 1 bit a dot, and the page has 4.");
        assert_eq!(grey(&[1, 8]).message, "This language carries 1 or 8 bits a dot, and the page has 4.");
    }
}
