//! PBM: the plainest picture file there is, for looking at pages and for other programs.
//!
//! ```text
//! P4 LF width blank height LF rows      bit 7 left, 1 = black; pictures may follow one another
//! ```
//!
//! Source: `docs/protocols/pbm.md`. Deliberately absent: comments, which would be text, and the forms P1 to P6 that are
//! not black and white dots.

use crate::catalogue::Model;
use crate::encoder::{Bands, Encoder, Sheet};
use crate::families::listing::Listing;
use crate::families::reader::{Arguments, Reader};
use crate::family::{DecodeError, Decoded, EncodeError, Family, Finish, MAX_PAGE_ROWS};
use platen_model::Bitmap;

/// The family `pbm`.
#[derive(Clone, Copy, Debug)]
pub struct Pbm;

const BAND_ROWS: usize = 64;
const MOST_DOTS: u32 = 200_000;

impl Family for Pbm {
    fn id(&self) -> &'static str {
        "pbm"
    }

    fn prn_protocol(&self) -> &'static str {
        "pbm"
    }

    /// Feed and cut have no place in a picture.
    fn begin(&self, _: &Model, sheet: Sheet, _: &Finish, prn: &mut Vec<u8>) -> Result<Encoder, EncodeError> {
        sheet.check(MOST_DOTS, false)?;
        prn.extend_from_slice(format!("P4\n{} {}\n", sheet.width, sheet.rows).as_bytes());
        Ok(Encoder::new(sheet, BAND_ROWS, Page))
    }

    fn decode(&self, prn: &[u8]) -> Result<Decoded, DecodeError> {
        let mut reader = Reader::new(prn);
        let mut listing = Listing::default();
        let mut pages = Vec::new();
        loop {
            reader.take_while(|byte| byte.is_ascii_whitespace());
            let offset = reader.at();
            if reader.peek().is_none() {
                break;
            }
            let page = picture(Arguments { reader: &mut reader, offset, name: "picture" })?;
            listing.add(offset, ("picture", format!("{} × {} dots", page.width(), page.height())));
            pages.push(page);
        }
        Ok(Decoded { pages, commands: listing.finish() })
    }
}

struct Page;

impl Bands for Page {
    fn band(&mut self, rows: &[u8], prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        prn.extend_from_slice(rows);
        Ok(())
    }

    fn end(&mut self, _: &mut Vec<u8>) -> Result<(), EncodeError> {
        Ok(())
    }
}

fn picture(mut arguments: Arguments<'_, '_>) -> Result<Bitmap, DecodeError> {
    if arguments.bytes(2)? != b"P4" {
        return Err(arguments.malformed("it does not begin with P4"));
    }
    let (width, height) = (number(&mut arguments)?, number(&mut arguments)?);
    if !arguments.byte()?.is_ascii_whitespace() {
        return Err(arguments.malformed("no blank stands before the dots"));
    }
    if width == 0 || height == 0 {
        return Err(arguments.malformed("it has no dots"));
    }
    if height > MAX_PAGE_ROWS {
        return Err(DecodeError::TooLarge { offset: arguments.offset });
    }
    let rows = arguments.rows(width.div_ceil(8), height)?;
    Bitmap::from_rows(width, height, rows.to_vec()).ok_or(arguments.malformed("its size does not fit its dots"))
}

/// A number after blanks and comments.
fn number(arguments: &mut Arguments<'_, '_>) -> Result<u32, DecodeError> {
    loop {
        let blanks = arguments.reader.take_while(|byte| byte.is_ascii_whitespace());
        if arguments.reader.peek() != Some(b'#') {
            if blanks.is_empty() && arguments.reader.peek().is_some() {
                return Err(arguments.malformed("a blank is missing in its head"));
            }
            break;
        }
        arguments.reader.take_while(|byte| byte != b'\n');
    }
    match (arguments.reader.number(), arguments.reader.peek()) {
        (Some(number), Some(_)) => Ok(number),
        (_, None) => Err(arguments.truncated()),
        (None, _) => Err(arguments.malformed("its size is not a number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::catalogue;

    #[test]
    fn a_page_is_a_head_and_its_rows() {
        let model = catalogue().iter().find(|model| model.family == "pbm").unwrap();
        let mut page = Bitmap::white(10, 2);
        page.set_black(9, 1);
        assert_eq!(Pbm.encode(model, &page, &Finish::default()).unwrap(), b"P4\n10 2\n\0\0\0\x40");
    }

    #[test]
    fn comments_blanks_and_several_pictures_are_read() {
        let prn = b"P4 # P1\n#x\n 4\t# y\n1 \xFFP4\n8 1\n\x0f\n";
        let pages = Pbm.decode(prn).unwrap().pages;
        let page = |width, row: u8| Bitmap::from_rows(width, 1, vec![row]).unwrap();
        assert_eq!(pages, [page(4, 0xF0), page(8, 0x0F)]);
    }

    #[test]
    fn what_is_no_picture_is_refused_with_its_place() {
        let malformed = |prn: &[u8]| match Pbm.decode(prn).unwrap_err() {
            DecodeError::Malformed { offset, problem, .. } => (offset, problem),
            other => panic!("{other}"),
        };
        assert_eq!(malformed(b"P5 1 1 \0"), (0, "it does not begin with P4"));
        assert_eq!(malformed(b"P4 8 1 \0junk"), (8, "it does not begin with P4"));
        assert_eq!(malformed(b"P4 0 1 \0"), (0, "it has no dots"));
        assert_eq!(malformed(b"P41 1 \0"), (0, "a blank is missing in its head"));
        assert_eq!(malformed(b"P4 x 1 \0"), (0, "its size is not a number"));
        for prn in [&b"P"[..], b"P4", b"P4 1", b"P4 1 1", b"P4 1 1 ", b"P4 4294967295 30000 x"] {
            assert_eq!(Pbm.decode(prn), Err(DecodeError::Truncated { offset: 0, command: "picture" }));
        }
        assert_eq!(Pbm.decode(b"P4 1 120001 x"), Err(DecodeError::TooLarge { offset: 0 }));
    }
}
