//! ZPL as pages and commands.
//!
//! Source: section "How it is read" of `docs/protocols/zpl.md`; rule 4 (no panic, no allocation by a length that was
//! told). Deliberately absent: drawing letters, lines and bar codes, recalling stored images, and other prefixes than
//! `^` and `~`; such commands are listed.

use super::{packed, run_lengths};
use crate::families::blit::Blend;
use crate::families::canvas::{Canvas, Piece};
use crate::families::label::image_row;
use crate::families::listing::{Listing, Row};
use crate::families::reader::{Arguments, Reader, excerpt};
use crate::family::{DecodeError, Decoded};
use std::borrow::Cow;

pub(super) fn decode(prn: &[u8]) -> Result<Decoded, DecodeError> {
    let mut reader = Reader::new(prn);
    let mut label = Label { canvas: Canvas::new(), home: (0, 0), origin: (0, 0), typeset: false, turned: false };
    let mut listing = Listing::default();
    loop {
        reader.take_while(|byte| byte.is_ascii_whitespace() || byte == 0);
        let offset = reader.at();
        let Some(prefix) = reader.peek() else { break };
        let row = if is_prefix(prefix) {
            reader.next();
            let word = reader.take(2).map(<[u8]>::to_ascii_uppercase).unwrap_or_default();
            let mut arguments = Arguments { reader: &mut reader, offset, name: "image" };
            if (prefix, word.as_slice()) == (b'^', b"GF") {
                label.field(&mut arguments)?
            } else {
                label.obey(prefix, &word, arguments.reader.take_while(|byte| !is_prefix(byte)), offset)?
            }
        } else {
            ("unknown", excerpt(reader.take_while(|byte| !is_prefix(byte))))
        };
        listing.add(offset, row);
    }
    Ok(Decoded { pages: label.canvas.finish(), commands: listing.finish() })
}

/// Whether a command begins here.
fn is_prefix(byte: u8) -> bool {
    matches!(byte, b'^' | b'~')
}

struct Label<'a> {
    canvas: Canvas<'a>,
    /// What every origin is counted from.
    home: (u32, u32),
    /// Where the next field is.
    origin: (u32, u32),
    /// Whether the origin is the field's lower left corner, not its upper one.
    typeset: bool,
    /// Whether labels come out upside down.
    turned: bool,
}

impl<'a> Label<'a> {
    /// `^GFf,sent,bytes,stride,data`, of which `^GF` is read.
    fn field(&mut self, arguments: &mut Arguments<'_, 'a>) -> Result<Row, DecodeError> {
        let mut ahead = *arguments.reader;
        let form = ahead.next().map(|form| form.to_ascii_uppercase());
        let numbers = if ahead.skip(b",") { ahead.numbers::<3>(b',') } else { None };
        let (Some(form @ b'A'..=b'C'), Some([sent, bytes, stride])) = (form, numbers.filter(|_| ahead.skip(b",")))
        else {
            return match ahead.peek() {
                None => Err(arguments.truncated()),
                Some(_) => {
                    Ok(("unknown", format!("^GF{}", excerpt(arguments.reader.take_while(|byte| !is_prefix(byte))))))
                }
            };
        };
        *arguments.reader = ahead;
        let data = if form == b'A' {
            let text = arguments.reader.take_while(|byte| !is_prefix(byte));
            // Without the next command nobody knows whether the field is whole.
            arguments.reader.peek().ok_or(arguments.truncated())?;
            text
        } else {
            arguments.bytes(usize::try_from(sent).unwrap_or(usize::MAX))?
        };
        self.draw(arguments.offset, form, data, bytes, stride)
    }

    fn draw(&mut self, offset: usize, form: u8, data: &'a [u8], bytes: u32, stride: u32) -> Result<Row, DecodeError> {
        let most = usize::try_from(bytes).unwrap_or(usize::MAX);
        let stride_bytes = usize::try_from(stride).unwrap_or(usize::MAX);
        if stride == 0 || bytes < stride {
            return Ok(("damaged", format!("a field of {bytes} bytes in rows of {stride}, not drawn")));
        }
        if most > self.canvas.room() {
            return Err(DecodeError::TooLarge { offset });
        }
        let (unpacked, how) = match (form, data.trim_ascii_start().first()) {
            (b'A', Some(b':')) if !data.starts_with(b"::") => (packed::unpack(data.trim_ascii_start(), most), "packed"),
            (b'A', _) => (run_lengths::read(data, stride_bytes, most), "hexadecimal"),
            (b'B', _) => (Ok(data.get(..most).unwrap_or(data).to_vec()), "binary"),
            _ => return Ok(("not_drawn", format!("a field of {bytes} bytes, compressed in a way of the maker's own"))),
        };
        let mut rows = match unpacked {
            Ok(rows) => rows,
            Err(problem) => return Ok(("damaged", format!("a field {problem}, not drawn"))),
        };
        rows.resize(rows.len().next_multiple_of(stride_bytes), 0);
        let count = u32::try_from(rows.len() / stride_bytes).unwrap_or(u32::MAX);
        let (x, y) = (self.home.0.saturating_add(self.origin.0), self.home.1.saturating_add(self.origin.1));
        let y = if self.typeset { y.saturating_sub(count) } else { y };
        let piece = Piece { x, y, stride: stride_bytes, rows: Cow::Owned(rows), inverted: false, blend: Blend::Or };
        self.canvas.draw(offset, piece)?;
        Ok(image_row([x, y, stride, count], how))
    }

    /// Every other command: two letters and whatever stands before the next prefix.
    fn obey(&mut self, prefix: u8, word: &[u8], rest: &[u8], offset: usize) -> Result<Row, DecodeError> {
        let text = || format!("{}{}{}", char::from(prefix), word.escape_ascii(), excerpt(rest.trim_ascii_end()));
        if prefix == b'~' {
            return Ok(match word {
                b"DG" | b"DY" | b"DB" | b"DE" | b"DS" | b"DT" | b"DU" => ("not_drawn", text()),
                b"HS" | b"HI" | b"HM" | b"HQ" | b"HU" | b"HD" => ("status_query", text()),
                _ => ("setting", text()),
            });
        }
        Ok(match word {
            b"XA" => {
                self.canvas.clear();
                ("begin", String::new())
            }
            b"XZ" => {
                let printed = self.canvas.print(offset, self.turned)?;
                self.canvas.clear();
                ("print", if printed { "" } else { "nothing on the label" }.to_owned())
            }
            b"FO" | b"FT" | b"LH" => {
                let (x, y) = place(rest);
                if word == b"LH" {
                    self.home = (x, y);
                } else {
                    self.origin = (x, y);
                    self.typeset = word == b"FT";
                }
                ("origin", text())
            }
            b"FS" => {
                self.origin = (0, 0);
                self.typeset = false;
                ("separator", String::new())
            }
            b"PO" => {
                self.turned = rest.first().is_some_and(|letter| letter.eq_ignore_ascii_case(&b'I'));
                ("direction", if self.turned { "upside down" } else { "upright" }.to_owned())
            }
            b"PW" | b"LL" => ("size", text()),
            b"PQ" => ("quantity", text()),
            b"FX" => ("comment", excerpt(rest)),
            [b'F' | b'G' | b'B' | b'A' | b'X', _] => ("not_drawn", text()),
            [b'M' | b'P' | b'L' | b'C' | b'S' | b'J' | b'T' | b'I' | b'D' | b'H' | b'K' | b'N' | b'R' | b'W', _] => {
                ("setting", text())
            }
            _ => ("unknown", text()),
        })
    }
}

/// `x,y`, each of which may be missing.
fn place(text: &[u8]) -> (u32, u32) {
    let mut reader = Reader::new(text);
    let x = reader.number().unwrap_or(0);
    let y = if reader.skip(b",") { reader.number().unwrap_or(0) } else { 0 };
    (x, y)
}

#[cfg(test)]
mod tests {
    use super::super::Zpl;
    use super::*;
    use crate::family::Family;
    use platen_model::Bitmap;

    fn names(decoded: &Decoded) -> Vec<&'static str> {
        decoded.commands.iter().map(|command| command.name).collect()
    }

    fn page(width: u32, rows: &[u8]) -> Bitmap {
        let height = rows.len() / Bitmap::stride_of(width);
        Bitmap::from_rows(width, u32::try_from(height).unwrap(), rows.to_vec()).unwrap()
    }

    #[test]
    fn a_strangers_label_is_listed_and_its_images_are_drawn() {
        let prn = b"noise~SD10\r\n^XA\r\n^MMT^PW400^LL0200^LS0\r\n^FT8,3^GFA,2,2,1,0ff0^FS\r\n^FO0,0^GFB,2,2,2,^~^FS^FO,1^GFA,10,2,1,:Z64:eJxbFQoAAasBAA==:B023^FS^FO1,1^A0N,1,1^FDwhat ever^FS^GB9,9^PQ2\r\n^XZ\r\n";
        let decoded = Zpl.decode(prn).unwrap();
        let expected = [
            "unknown",
            "setting",
            "begin",
            "setting",
            "size",
            "size",
            "setting",
            "origin",
            "image",
            "separator",
            "origin",
            "image",
            "separator",
            "origin",
            "image",
            "separator",
            "origin",
            "not_drawn",
            "not_drawn",
            "separator",
            "not_drawn",
            "quantity",
            "print",
        ];
        assert_eq!(names(&decoded), expected);
        assert_eq!(decoded.pages, [page(16, &[0x5E, 0x7E, 0xAA, 0x0F, 0x55, 0xF0])]);
    }

    #[test]
    fn fields_in_all_forms_are_the_same_dots() {
        for field in [
            "A,8,8,2,AA00AA00FFFF0000",
            "A,8,8,2,HA,:!,",
            "a,8,8,2,\r\nHa,\r\n:\r\n!\r\n,",
            "A,8,8,2,:B64:qgCqAP//AAA=:EE9E",
        ] {
            let decoded = Zpl.decode(format!("^XA^GF{field}^FS^XZ").as_bytes()).unwrap();
            assert_eq!(decoded.pages, [page(16, &[0xAA, 0, 0xAA, 0, 0xFF, 0xFF, 0, 0])], "{field}: {decoded:?}");
        }
    }

    #[test]
    fn damaged_fields_are_named_and_not_drawn() {
        for field in
            ["A,8,8,0,00", "A,8,0,2,00", "A,8,8,2,0*", "A,8,8,2,:Z64:eJw=:0000", "C,2,8,2,ab", "D,2,8,2,ab", "A"]
        {
            let decoded = Zpl.decode(format!("^XA^GF{field}^FS^XZ").as_bytes()).unwrap();
            assert_eq!(decoded.pages, [], "{field}");
            assert!(["damaged", "not_drawn", "unknown"].contains(&decoded.commands[1].name), "{field}");
        }
    }

    #[test]
    fn labels_may_be_upside_down_and_have_a_home() {
        let decoded = Zpl.decode(b"^XA^POI^LH8,1^GFA,1,1,1,01^FS^XZ^XA^PON^LH0,0^GFA,1,1,1,01^FS^XZ").unwrap();
        assert_eq!(decoded.pages, [page(16, &[0x80, 0, 0, 0]), page(8, &[0x01])]);
    }

    #[test]
    fn an_announced_size_without_the_bytes_is_an_error_and_no_allocation() {
        for prn in [&b"^GFB,4294967295,1,1,x"[..], b"^GFA,2,2,1,00", b"^GFA,2,2,1,", b"^GFA,2", b"^GF"] {
            assert_eq!(Zpl.decode(prn), Err(DecodeError::Truncated { offset: 0, command: "image" }));
        }
        let bomb = b"^XA^GFA,1,4294967295,1,!^FS";
        assert_eq!(Zpl.decode(bomb), Err(DecodeError::TooLarge { offset: 3 }));
        let many = [&b"^XA"[..], &b"^GFA,9,30000000,1000,!^FS".repeat(2)].concat();
        assert!(Zpl.decode(&many).is_ok());
        let rows = [&b"^XA^GFA,9,30000,1,"[..], &b"!".repeat(30_001)[..], b"^FS^XZ"].concat();
        assert_eq!(Zpl.decode(&rows).unwrap().pages[0].height(), 30_000);
    }
}
