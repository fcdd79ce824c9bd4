//! TSPL as pages and commands.
//!
//! Source: section "How it is read" of `docs/protocols/tspl.md`; rule 4 (no panic, no allocation by a length that was
//! told). Deliberately absent: drawing letters, lines and bar codes; they are listed.

use super::Reading;
use crate::families::blit::Blend;
use crate::families::canvas::{Canvas, Piece};
use crate::families::label::image_row;
use crate::families::listing::{Listing, Row};
use crate::families::reader::{Arguments, Reader, excerpt};
use crate::family::{DecodeError, Decoded};
use std::borrow::Cow;

const ESC: u8 = 0x1B;

pub(super) fn decode(prn: &[u8], reading: Reading) -> Result<Decoded, DecodeError> {
    let mut reader = Reader::new(prn);
    let mut label = Label { canvas: Canvas::new(), reading, turned: false };
    let mut listing = Listing::default();
    loop {
        reader.take_while(|byte| matches!(byte, b'\r' | b'\n' | b' ' | b'\t' | 0));
        let offset = reader.at();
        let Some(first) = reader.peek() else { break };
        let row = match first {
            ESC => query(&mut reader),
            _ if reader.skip_word("BITMAP") => {
                label.bitmap(Arguments { reader: &mut reader, offset, name: "image" })?
            }
            _ => label.obey(reader.line(), offset)?,
        };
        listing.add(offset, row);
    }
    Ok(Decoded { pages: label.canvas.finish(), commands: listing.finish() })
}

/// `ESC ! x`: obeyed at once, even when the printer is busy.
fn query(reader: &mut Reader<'_>) -> Row {
    let bytes = reader.take(3).or_else(|| reader.take(reader.rest().len())).unwrap_or(&[]);
    match bytes {
        [ESC, b'!', b'?' | b'S' | b'F'] => ("status_query", excerpt(bytes)),
        [ESC, b'!', _] => ("realtime_action", excerpt(bytes)),
        _ => ("unknown", excerpt(bytes)),
    }
}

struct Label<'a> {
    canvas: Canvas<'a>,
    reading: Reading,
    /// Whether the next label comes out upside down.
    turned: bool,
}

impl<'a> Label<'a> {
    /// `BITMAP x,y,bytes,rows,mode,data`, of which the word is read.
    fn bitmap(&mut self, mut arguments: Arguments<'_, 'a>) -> Result<Row, DecodeError> {
        let mut ahead = *arguments.reader;
        let numbers = ahead.numbers::<5>(b',');
        let Some([x, y, stride, rows, mode]) = numbers.filter(|_| ahead.skip(b",")) else {
            return match ahead.peek() {
                None => Err(arguments.truncated()),
                Some(_) => Ok(("unknown", format!("BITMAP{}", excerpt(arguments.reader.line())))),
            };
        };
        *arguments.reader = ahead;
        let data = arguments.rows(stride, rows)?;
        let (blend, form) = match mode {
            1 => (Blend::Or, "laid over"),
            2 => (Blend::Xor, "turning what is there"),
            _ => (Blend::Over, "replacing what is there"),
        };
        let (stride_bytes, inverted) = (usize::try_from(stride).unwrap_or(0), !self.reading.one_is_black);
        let piece = Piece { x, y, stride: stride_bytes, rows: Cow::Borrowed(data), inverted, blend };
        self.canvas.draw(arguments.offset, piece)?;
        Ok(image_row([x, y, stride, rows], form))
    }

    /// A command that is a line of its own.
    fn obey(&mut self, line: &[u8], offset: usize) -> Result<Row, DecodeError> {
        let mut reader = Reader::new(line);
        let word =
            reader.take_while(|byte| byte.is_ascii_alphabetic() || byte == b'?' || byte == b'_').to_ascii_uppercase();
        let text = || excerpt(line.trim_ascii());
        Ok(match word.as_slice() {
            b"CLS" => {
                self.canvas.clear();
                ("clear", String::new())
            }
            b"PRINT" => {
                let copies = reader.number().unwrap_or(1);
                let printed = self.canvas.print(offset, self.turned)?;
                ("print", format!("{copies} times{}", if printed { "" } else { ", nothing on the label" }))
            }
            b"DIRECTION" => {
                let direction = reader.number().unwrap_or(0);
                self.turned = (direction == 1) != self.reading.upright_is_one;
                ("direction", format!("{direction}, {}", if self.turned { "upside down" } else { "upright" }))
            }
            b"SIZE" => ("size", text()),
            b"GAP" | b"BLINE" | b"OFFSET" => ("media", text()),
            b"DENSITY" | b"SPEED" | b"REFERENCE" | b"SHIFT" | b"SET" | b"CODEPAGE" | b"COUNTRY" => ("setting", text()),
            b"FEED" | b"BACKFEED" | b"FORMFEED" | b"HOME" | b"CUT" => ("feed", text()),
            b"TEXT" | b"BARCODE" | b"QRCODE" | b"BAR" | b"BOX" | b"BLOCK" | b"PUTBMP" | b"PUTPCX" | b"DMATRIX"
            | b"PDF" | b"REVERSE" | b"ERASE" | b"CIRCLE" | b"ELLIPSE" | b"LINE" => ("not_drawn", text()),
            b"CONFIG?" | b"BATTERY?" => ("status_query", text()),
            _ => ("unknown", text()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tspl;
    use super::*;
    use crate::family::Family;
    use platen_model::Bitmap;

    fn page(width: u32, rows: &[u8]) -> Bitmap {
        let height = rows.len() / Bitmap::stride_of(width);
        Bitmap::from_rows(width, u32::try_from(height).unwrap(), rows.to_vec()).unwrap()
    }

    fn names(decoded: &Decoded) -> Vec<&'static str> {
        decoded.commands.iter().map(|command| command.name).collect()
    }

    #[test]
    fn a_strangers_label_is_listed_and_its_images_are_drawn() {
        let prn = b"\x1b!?size 40 mm, 30 mm\nGAP 2 mm,0\r\nDENSITY 8\nCLS\nTEXT 1,1,\"3\",0,1,1,\"PRINT 9\"\nbitmap 8, 1, 1 ,2,0,\x0f\xf0\nBARCODE 1\nCONFIG?\nPRINT 2,1\nFROBNICATE\n";
        let decoded = Tspl.decode(prn).unwrap();
        let expected = [
            "status_query",
            "size",
            "media",
            "setting",
            "clear",
            "not_drawn",
            "image",
            "not_drawn",
            "status_query",
            "print",
            "unknown",
        ];
        assert_eq!(names(&decoded), expected);
        assert_eq!(decoded.pages, [page(16, &[0, 0, 0, 0xF0, 0, 0x0F])]);
        assert_eq!(decoded.commands[9].text, "2 times");
    }

    #[test]
    fn polarity_and_direction_are_the_models() {
        let prn = b"DIRECTION 1\r\nCLS\r\nBITMAP 0,0,1,1,0,\x01\r\nPRINT 1\r\n";
        let read = |one_is_black, upright_is_one| {
            decode(prn, Reading { one_is_black, upright_is_one }).unwrap().pages.remove(0).bytes().to_vec()
        };
        assert_eq!(read(false, false), [0x7F]);
        assert_eq!(read(false, true), [0xFE]);
        assert_eq!(read(true, false), [0x80]);
        assert_eq!(read(true, true), [0x01]);
    }

    #[test]
    fn images_meet_as_their_mode_says() {
        let two = |mode: &str| {
            let prn = [b"BITMAP 0,0,1,1,0,\x0f\nBITMAP 0,0,1,1,", mode.as_bytes(), b",\x33\nPRINT 1\n"].concat();
            Tspl.decode(&prn).unwrap().pages.remove(0).bytes()[0]
        };
        assert_eq!((two("0"), two("1"), two("2")), (0xCC, 0xFC, 0x3C));
    }

    #[test]
    fn a_label_is_printed_again_until_it_is_wiped() {
        let prn = b"BITMAP 0,0,1,1,0,\0\nPRINT 1\nPRINT 1\nCLS\nPRINT 1\n";
        let decoded = Tspl.decode(prn).unwrap();
        assert_eq!(decoded.pages, [page(8, &[0xFF]), page(8, &[0xFF])]);
        assert_eq!(decoded.commands.last().unwrap().text, "1 times, nothing on the label");
    }

    #[test]
    fn an_announced_size_without_the_bytes_is_an_error_and_no_allocation() {
        for prn in [&b"BITMAP 0,0,4294967295,4294967295,0,x"[..], b"BITMAP 0,0,2,2,0,xxx", b"BITMAP 0,0", b"BITMAP"] {
            assert_eq!(Tspl.decode(prn), Err(DecodeError::Truncated { offset: 0, command: "image" }));
        }
        assert_eq!(names(&Tspl.decode(b"BITMAP x\nBITMAPS\n").unwrap()), ["unknown", "unknown"]);
        assert_eq!(Tspl.decode(b"BITMAP 0,120000,1,1,0,x"), Err(DecodeError::TooLarge { offset: 0 }));
    }
}
