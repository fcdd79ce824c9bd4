//! CPCL as pages and commands.
//!
//! Source: section "How it is read" of `docs/protocols/cpcl.md`; rule 4 (no panic, no allocation by a length that was
//! told). Deliberately absent: drawing letters, lines and bar codes; they are listed.

use crate::families::blit::Blend;
use crate::families::canvas::{Canvas, Piece};
use crate::families::label::image_row;
use crate::families::listing::{Listing, Row};
use crate::families::reader::{Arguments, Reader, excerpt};
use crate::family::{DecodeError, Decoded};
use std::borrow::Cow;

pub(super) fn decode(prn: &[u8]) -> Result<Decoded, DecodeError> {
    let mut reader = Reader::new(prn);
    let mut canvas = Canvas::new();
    let mut listing = Listing::default();
    loop {
        reader.take_while(|byte| matches!(byte, b'\r' | b'\n' | b' ' | b'\t' | 0));
        let offset = reader.at();
        if reader.peek().is_none() {
            break;
        }
        let row = match image_word(&mut reader) {
            Some(form) => image(form, Arguments { reader: &mut reader, offset, name: "image" }, &mut canvas)?,
            None => obey(reader.line(), offset, &mut canvas)?,
        };
        listing.add(offset, row);
    }
    Ok(Decoded { pages: canvas.finish(), commands: listing.finish() })
}

/// The form of an image's data.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Form {
    word: &'static str,
    hex: bool,
    /// Turned by a quarter: stepped over.
    vertical: bool,
}

/// Reads the word of an image command.
fn image_word(reader: &mut Reader<'_>) -> Option<Form> {
    let words = [
        ("CG", false, false),
        ("COMPRESSED-GRAPHICS", false, false),
        ("EG", true, false),
        ("EXPANDED-GRAPHICS", true, false),
        ("VCG", false, true),
        ("VCOMPRESSED-GRAPHICS", false, true),
        ("VEG", true, true),
        ("VEXPANDED-GRAPHICS", true, true),
    ];
    let found = words.into_iter().find(|(word, ..)| reader.skip_word(word))?;
    Some(Form { word: found.0, hex: found.1, vertical: found.2 })
}

/// `CG bytes rows x y data`, of which the word is read.
fn image<'a>(form: Form, mut arguments: Arguments<'_, 'a>, canvas: &mut Canvas<'a>) -> Result<Row, DecodeError> {
    let mut ahead = *arguments.reader;
    let numbers = ahead.numbers::<4>(b' ');
    let Some([stride, rows, x, y]) = numbers.filter(|_| ahead.skip(b" ")) else {
        return match ahead.peek() {
            None => Err(arguments.truncated()),
            Some(_) => Ok(("unknown", format!("{}{}", form.word, excerpt(arguments.reader.line())))),
        };
    };
    *arguments.reader = ahead;
    let data = if form.hex {
        let digits = arguments.rows(stride.saturating_mul(2), rows)?;
        match hex::decode(digits) {
            Ok(data) => Cow::Owned(data),
            Err(_) => return Ok(("damaged", format!("{}: not hexadecimal digits, not drawn", form.word))),
        }
    } else {
        Cow::Borrowed(arguments.rows(stride, rows)?)
    };
    if form.vertical {
        return Ok(("not_drawn", format!("{} of {stride} bytes × {rows} rows", form.word)));
    }
    let stride_bytes = usize::try_from(stride).unwrap_or(0);
    let piece = Piece { x, y, stride: stride_bytes, rows: data, inverted: false, blend: Blend::Or };
    canvas.draw(arguments.offset, piece)?;
    Ok(image_row([x, y, stride, rows], if form.hex { "hexadecimal" } else { "binary" }))
}

/// A command that is a line of its own.
fn obey(line: &[u8], offset: usize, canvas: &mut Canvas<'_>) -> Result<Row, DecodeError> {
    let text = || excerpt(line.trim_ascii());
    let mut reader = Reader::new(line);
    if reader.skip(b"!") {
        reader.take_while(|byte| byte == b' ');
        if reader.peek().is_some_and(|byte| byte.is_ascii_alphabetic()) {
            return Ok(("setting", text()));
        }
        let Some([_, _, _, height, copies]) = reader.numbers::<5>(b' ') else { return Ok(("unknown", text())) };
        canvas.clear();
        return Ok(("label", format!("{height} dots high, {copies} times")));
    }
    let word = reader.take_while(|byte| byte.is_ascii_alphabetic() || byte == b'-').to_ascii_uppercase();
    Ok(match word.as_slice() {
        b"PRINT" | b"POPRINT" => {
            let upside_down = word.starts_with(b"PO");
            let printed = canvas.print(offset, upside_down)?;
            canvas.clear();
            let how = if upside_down { "upside down" } else { "upright" };
            ("print", format!("{how}{}", if printed { "" } else { ", nothing on the label" }))
        }
        b"PAGE-WIDTH" | b"PW" => ("size", text()),
        b"FORM" | b"GAP-SENSE" | b"BAR-SENSE" => ("media", text()),
        b"PREFEED" | b"POSTFEED" | b"PRESENT-AT" | b"REVERSE" => ("feed", text()),
        b"TONE" | b"CONTRAST" | b"SPEED" | b"COUNTRY" | b"JOURNAL" | b"LEFT" | b"CENTER" | b"RIGHT" | b"ON-FEED"
        | b"NO-PACE" | b"PACE" | b"WAIT" | b"BEEP" | b"END" | b"ABORT" | b"ENCODING" | b"IN-MILLIMETERS"
        | b"IN-DOTS" => ("setting", text()),
        b"TEXT" | b"T" | b"VTEXT" | b"VT" | b"BARCODE" | b"B" | b"VBARCODE" | b"VB" | b"BOX" | b"LINE" | b"L"
        | b"INVERSE-LINE" | b"IL" | b"PCX" | b"CONCAT" | b"SCALE-TEXT" => ("not_drawn", text()),
        _ => ("unknown", text()),
    })
}

#[cfg(test)]
mod tests {
    use super::super::Cpcl;
    use super::*;
    use crate::family::Family;
    use platen_model::Bitmap;

    fn names(decoded: &Decoded) -> Vec<&'static str> {
        decoded.commands.iter().map(|command| command.name).collect()
    }

    #[test]
    fn a_strangers_label_is_listed_and_its_images_are_drawn() {
        let prn = b"! U1 setvar \"x\" \"y\"\r\n! 0 200 200 210 2\r\nPW 384\r\nTEXT 4 0 30 40 PRINT\r\nEG 1 2 8 1 f00F\r\nCG 1 1 0 0 \x80\r\nVCG 1 1 0 0 \r\r\nEG 1 1 0 0 zz\r\nFORM\r\nPRINT\r\n";
        let decoded = Cpcl.decode(prn).unwrap();
        let expected =
            ["setting", "label", "size", "not_drawn", "image", "image", "not_drawn", "damaged", "media", "print"];
        assert_eq!(names(&decoded), expected);
        assert_eq!(decoded.pages, [Bitmap::from_rows(16, 3, vec![0x80, 0, 0, 0xF0, 0, 0x0F]).unwrap()]);
        assert_eq!(decoded.commands[1].text, "210 dots high, 2 times");
    }

    #[test]
    fn a_new_label_is_empty_and_one_may_be_printed_upside_down() {
        let prn = b"! 0 200 200 1 1\nCG 1 1 0 0 \x01\n! 0 200 200 1 1\nCG 1 1 0 0 \x02\nPOPRINT\nPRINT\n";
        let decoded = Cpcl.decode(prn).unwrap();
        assert_eq!(decoded.pages, [Bitmap::from_rows(8, 1, vec![0x40]).unwrap()]);
        assert_eq!(decoded.commands.last().unwrap().text, "upright, nothing on the label");
    }

    #[test]
    fn an_announced_size_without_the_bytes_is_an_error_and_no_allocation() {
        for prn in
            [&b"CG 4294967295 4294967295 0 0 x"[..], b"EG 4294967295 2 0 0 00", b"CG 2 2 0 0 xxx", b"CG 2 2", b"EG"]
        {
            assert_eq!(Cpcl.decode(prn), Err(DecodeError::Truncated { offset: 0, command: "image" }));
        }
        assert_eq!(names(&Cpcl.decode(b"CG x\nCGS\n! 0\n").unwrap()), ["unknown", "unknown", "unknown"]);
    }
}
