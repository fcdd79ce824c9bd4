//! EPL as pages and commands.
//!
//! Source: section "How it is read" of `docs/protocols/epl.md`; rule 4 (no panic, no allocation by a length that was
//! told). Deliberately absent: drawing letters, lines and bar codes, and stored forms; they are listed.

use crate::families::blit::Blend;
use crate::families::canvas::{Canvas, Piece};
use crate::families::label::image_row;
use crate::families::listing::{Listing, Row};
use crate::families::reader::{Arguments, Reader, excerpt};
use crate::family::{DecodeError, Decoded};
use std::borrow::Cow;

pub(super) fn decode(prn: &[u8]) -> Result<Decoded, DecodeError> {
    let mut reader = Reader::new(prn);
    let mut label = Label { canvas: Canvas::new(), turned: false };
    let mut listing = Listing::default();
    loop {
        reader.take_while(|byte| matches!(byte, b'\r' | b'\n' | b' ' | b'\t' | 0));
        let offset = reader.at();
        if reader.peek().is_none() {
            break;
        }
        let row = if reader.skip(b"GW") {
            label.image(Arguments { reader: &mut reader, offset, name: "image" })?
        } else {
            label.obey(reader.line(), offset)?
        };
        listing.add(offset, row);
    }
    Ok(Decoded { pages: label.canvas.finish(), commands: listing.finish() })
}

struct Label<'a> {
    canvas: Canvas<'a>,
    /// Whether the next label comes out upside down.
    turned: bool,
}

impl<'a> Label<'a> {
    /// `GWx,y,bytes,rows,data`, of which the word is read. A line end may stand in place of the last comma.
    fn image(&mut self, mut arguments: Arguments<'_, 'a>) -> Result<Row, DecodeError> {
        let mut ahead = *arguments.reader;
        let numbers = ahead.numbers::<4>(b',');
        let separator = |ahead: &mut Reader<'_>| {
            ahead.skip(b",") || {
                ahead.take_while(|byte| byte == b'\r');
                ahead.skip(b"\n")
            }
        };
        let Some([x, y, stride, rows]) = numbers.filter(|_| separator(&mut ahead)) else {
            return match ahead.peek() {
                None => Err(arguments.truncated()),
                Some(_) => Ok(("unknown", format!("GW{}", excerpt(arguments.reader.line())))),
            };
        };
        *arguments.reader = ahead;
        let data = arguments.rows(stride, rows)?;
        let stride_bytes = usize::try_from(stride).unwrap_or(0);
        let piece = Piece { x, y, stride: stride_bytes, rows: Cow::Borrowed(data), inverted: true, blend: Blend::Or };
        self.canvas.draw(arguments.offset, piece)?;
        Ok(image_row([x, y, stride, rows], "laid over"))
    }

    /// A command that is a line of its own.
    fn obey(&mut self, line: &[u8], offset: usize) -> Result<Row, DecodeError> {
        let text = || excerpt(line.trim_ascii());
        Ok(match line.trim_ascii_end() {
            b"N" => {
                self.canvas.clear();
                ("clear", String::new())
            }
            b"ZT" | b"ZB" => {
                self.turned = line.starts_with(b"ZB");
                ("direction", if self.turned { "upside down" } else { "upright" }.to_owned())
            }
            [b'P', rest @ ..] if rest.iter().all(|byte| byte.is_ascii_digit() || *byte == b',') => {
                let copies = Reader::new(rest).number().unwrap_or(1);
                let printed = self.canvas.print(offset, self.turned)?;
                ("print", format!("{copies} times{}", if printed { "" } else { ", nothing on the label" }))
            }
            // Setting the size wipes the label, as the manual warns.
            [b'q', b'0'..=b'9', ..] => {
                self.canvas.clear();
                ("size", text())
            }
            [b'Q', b'0'..=b'9', ..] => {
                self.canvas.clear();
                ("media", text())
            }
            [b'D' | b'S' | b'R', b'0'..=b'9', ..] | [b'O' | b'I' | b'J' | b'U', ..] => ("setting", text()),
            [b'A' | b'B' | b'b' | b'X', b'0'..=b'9' | b'-', ..]
            | [b'L', b'O' | b'S' | b'E' | b'W', ..]
            | [b'G', b'G', ..] => ("not_drawn", text()),
            _ => ("unknown", text()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Epl;
    use super::*;
    use crate::family::Family;
    use platen_model::Bitmap;

    fn names(decoded: &Decoded) -> Vec<&'static str> {
        decoded.commands.iter().map(|command| command.name).collect()
    }

    #[test]
    fn a_strangers_label_is_listed_and_its_images_are_drawn() {
        let prn = b"\r\nN\r\nq400\r\nQ200,24+0\r\nD8\r\nS2\r\nZT\r\nA50,0,0,1,1,1,N,\"P9\"\r\nGW8,1,1,2\r\n\x0f\xf0LO1,2,3,4\r\nP2,1\r\nwhat\r\n";
        let decoded = Epl.decode(prn).unwrap();
        let expected = [
            "clear",
            "size",
            "media",
            "setting",
            "setting",
            "direction",
            "not_drawn",
            "image",
            "not_drawn",
            "print",
            "unknown",
        ];
        assert_eq!(names(&decoded), expected);
        assert_eq!(decoded.pages, [Bitmap::from_rows(16, 3, vec![0, 0, 0, 0xF0, 0, 0x0F]).unwrap()]);
    }

    #[test]
    fn the_makers_own_example_is_a_square() {
        let rows = [&[0, 0][..], &[0x7F, 0xFE].repeat(14), &[0, 0]].concat();
        let prn = [b"N\r\nGW100,100,2,16,", &rows[..], b"P\r\n\r\n"].concat();
        let page = Epl.decode(&prn).unwrap().pages.remove(0);
        assert_eq!((page.width(), page.height(), page.black_dots()), (116, 116, 60));
        assert!(page.is_black(100, 100) && page.is_black(115, 115) && !page.is_black(101, 101));
    }

    #[test]
    fn a_label_may_be_upside_down_and_is_printed_again_until_it_is_wiped() {
        let decoded = Epl.decode(b"GW0,0,1,1,\xfe\nZB\nP1\nZT\nP1\nN\nP1\n").unwrap();
        let page = |dots| Bitmap::from_rows(8, 1, vec![dots]).unwrap();
        assert_eq!(decoded.pages, [page(0x80), page(0x01)]);
    }

    #[test]
    fn an_announced_size_without_the_bytes_is_an_error_and_no_allocation() {
        for prn in [&b"GW0,0,4294967295,4294967295,x"[..], b"GW0,0,2,2,xxx", b"GW0,0", b"GW"] {
            assert_eq!(Epl.decode(prn), Err(DecodeError::Truncated { offset: 0, command: "image" }));
        }
        assert_eq!(names(&Epl.decode(b"GWx\nPX\n").unwrap()), ["unknown", "unknown"]);
    }
}
