//! Plain text of any script, wrapped to the width of the paper; and what sets text for other documents.
//!
//! Source: promise CT-6 (text is data: control characters are drawn as nothing and never reach a printer), Unicode
//! Standard Annexes 9 and 14 by way of `parley`. Deliberately absent: styles in plain text, and emoji in colours.

mod composition;
mod decode;
mod emoji;
mod glyphs;
mod lines;
mod outline;

use crate::error::{Excess, RenderError};
use crate::identify::Encoding;
use crate::leaf::Room;
pub(crate) use composition::{Composer, Composition, Frame};
pub(crate) use lines::{Bar, Line, Style, Styled, Typesetter};
pub(crate) use outline::Outline;
use platen_model::PageOptions;

/// The longest text, in bytes: more than a hundred metres of paper.
const MAX_BYTES: usize = 1 << 20;

/// The most lines of a text: each is set on its own, which costs the same whether it has a letter or a hundred. As paper
/// it is more than three hundred metres.
const MAX_LINES: usize = 100_000;

/// How the bytes of a text are read.
pub(crate) fn encoding(bytes: &[u8]) -> Encoding {
    decode::encoding(bytes)
}

/// The characters of a text, without those that would be commands.
pub(crate) fn read(bytes: &[u8]) -> Result<String, RenderError> {
    if bytes.len() > MAX_BYTES {
        return Err(RenderError::TooLarge(Excess::Bytes { size: bytes.len(), most: MAX_BYTES }));
    }
    let mut text = decode::decode(bytes);
    text.truncate(text.trim_end().len());
    if text.bytes().filter(|&byte| byte == b'\n').count() >= MAX_LINES {
        return Err(RenderError::TooLarge(Excess::Lines { most: MAX_LINES }));
    }
    if text.trim_start().is_empty() { Err(RenderError::Empty) } else { Ok(text) }
}

/// Dots from one line of Latin text to the next.
pub(crate) fn line_height(room: Room, options: &PageOptions) -> u32 {
    (u32::from(options.text_size) * room.dpi + 101) / 203
}

/// Sets a text for its paper, page by page as they are wanted.
pub(crate) fn open(bytes: &[u8], room: Room, options: &PageOptions) -> Result<Composition, RenderError> {
    let text = read(bytes)?;
    let mut typesetter = Typesetter::new(line_height(room, options));
    let mut frame = Frame::new(room, options.rotate);
    if frame.is_open(room) {
        frame.measure = typesetter.longest_line(&text, frame.measure);
    }
    Ok(Composition::gradual(Composer::new(frame), text, typesetter))
}
