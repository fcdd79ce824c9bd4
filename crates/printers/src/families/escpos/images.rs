//! The three image commands, and the odd forms of them that other programs send.
//!
//! Source: section "How it is read" of `docs/protocols/escpos.md`. Deliberately absent: images kept in the printer's
//! permanent memory (logos): the stream does not hold them.

use super::column::Mode;
use super::paper::{Graphic, Paper};
use crate::families::listing::Row;
use crate::families::reader::{Arguments, Reader};
use crate::family::DecodeError;
use platen_model::Bitmap;

/// `GS v 0 m xL xH yL yH rows`.
pub(super) fn raster<'a>(mut arguments: Arguments<'_, 'a>, paper: &mut Paper<'a>) -> Result<Row, DecodeError> {
    arguments.name = "raster";
    let zero = arguments.byte()?;
    if zero != b'0' {
        return Ok(("unknown", format!("GS v {zero:02X}")));
    }
    let mode = arguments.byte()?;
    let scale = match mode {
        0 | b'0' => (1, 1),
        1 | b'1' => (2, 1),
        2 | b'2' => (1, 2),
        3 | b'3' => (2, 2),
        _ => return Ok(("unknown", format!("GS v 0 with mode {mode}"))),
    };
    let (stride, count) = (arguments.pair()?, arguments.pair()?);
    let rows = arguments.rows(stride.into(), count.into())?;
    paper.burn(arguments.offset, rows, u32::from(stride) * 8, scale)?;
    Ok(("raster", format!("mode {mode}, {stride} bytes × {count} rows")))
}

/// `ESC * m nL nH columns`: they wait for the end of the line.
pub(super) fn column<'a>(mut arguments: Arguments<'_, 'a>, paper: &mut Paper<'a>) -> Result<Row, DecodeError> {
    arguments.name = "column_image";
    let number = arguments.byte()?;
    let count = arguments.pair()?;
    let Some(mode) = Mode::of(number) else {
        arguments.bytes(count.into())?;
        return Ok(("column_image", format!("mode {number}, {count} columns, not drawn")));
    };
    let columns = arguments.bytes(usize::from(count) * mode.bytes)?;
    paper.line.push((mode, columns));
    Ok(("column_image", format!("mode {number}, {count} columns")))
}

/// `GS ( …` and `GS 8 …`: of all their functions only the store for images is obeyed.
pub(super) fn function<'a>(
    lead: &str,
    letter: u8,
    parameters: &'a [u8],
    offset: usize,
    paper: &mut Paper<'a>,
) -> Result<Row, DecodeError> {
    let length = parameters.len();
    let other = || Ok(("function", format!("{lead} {}, {length} bytes, not obeyed", letter.escape_ascii())));
    if letter != b'L' {
        return other();
    }
    match parameters {
        [b'0', 2 | 50] => {
            let images = paper.burn_store(offset)?;
            Ok(("graphics_print", format!("{images} from the store")))
        }
        [b'0', 112, image @ ..] => match graphic(image) {
            Some((graphic, text)) => {
                paper.store.push(graphic);
                Ok(("graphics_store", text))
            }
            None => Ok(("graphics_store", format!("{length} bytes, not of a known form, not drawn"))),
        },
        _ => other(),
    }
}

/// `a bx by c xL xH yL yH rows`.
fn graphic(image: &[u8]) -> Option<(Graphic<'_>, String)> {
    let mut reader = Reader::new(image);
    let (tone, wide, high, _colour) = (reader.next()?, reader.next()?, reader.next()?, reader.next()?);
    if tone != b'0' || !matches!((wide, high), (1 | 2, 1 | 2)) {
        return None;
    }
    let width = u16::from_le_bytes([reader.next()?, reader.next()?]);
    let count = u16::from_le_bytes([reader.next()?, reader.next()?]);
    let rows = reader.take(Bitmap::stride_of(width.into()) * usize::from(count))?;
    let graphic = Graphic { width: width.into(), rows, scale: (wide.into(), high.into()) };
    Some((graphic, format!("{width} × {count} dots, enlarged {wide} × {high}")))
}

#[cfg(test)]
mod tests {
    use super::super::GS;
    use super::super::decode::decode;

    fn rows(width: u32, rows: &[u8]) -> Bitmap {
        let height = rows.len() / (width as usize / 8);
        Bitmap::from_rows(width, u32::try_from(height).unwrap(), rows.to_vec()).unwrap()
    }

    use super::*;

    #[test]
    fn all_modes_of_the_raster_command_scale() {
        for (mode, page) in [
            (0, rows(8, &[0x81])),
            (48, rows(8, &[0x81])),
            (1, rows(16, &[0xC0, 0x03])),
            (49, rows(16, &[0xC0, 0x03])),
            (2, rows(8, &[0x81, 0x81])),
            (50, rows(8, &[0x81, 0x81])),
            (3, rows(16, &[0xC0, 0x03, 0xC0, 0x03])),
            (51, rows(16, &[0xC0, 0x03, 0xC0, 0x03])),
        ] {
            let decoded = decode(&[GS, b'v', b'0', mode, 1, 0, 1, 0, 0x81]).unwrap();
            assert_eq!(decoded.pages, [page], "mode {mode}");
        }
    }

    #[test]
    fn stored_graphics_come_out_when_they_are_printed_and_only_once() {
        let store = b"\x1d(L\x0c\0\x30\x70\x30\x01\x01\x31\x09\0\x01\0\xff\xff";
        let (print, old_print) = (b"\x1d(L\x02\0\x30\x32", b"\x1d8L\x02\0\0\0\x30\x02");
        let decoded = decode(&[&store[..], print, print, store].concat()).unwrap();
        // Nine dots are nine dots, whatever the rest of the second byte says.
        assert_eq!(decoded.pages, [rows(16, &[0xFF, 0x80])]);
        assert_eq!(decoded.commands[2].text, "0 from the store");
        let twice = decode(&[&store[..], old_print, store, print].concat()).unwrap();
        assert_eq!(twice.pages, [rows(16, &[0xFF, 0x80, 0xFF, 0x80])]);
        let enlarged = b"\x1d(L\x0b\0\x30\x70\x30\x02\x02\x31\x02\0\x01\0\xff";
        assert_eq!(decode(&[&enlarged[..], print].concat()).unwrap().pages, [rows(8, &[0xF0, 0xF0])]);
    }

    #[test]
    fn two_colours_in_the_store_lie_over_one_another() {
        let store = |dots: u8| [&b"\x1d(L\x0b\0\x30\x70\x30\x01\x01\x31\x08\0\x01\0"[..], &[dots]].concat();
        let prn = [&store(0xF0)[..], &store(0x03), b"\x1d(L\x02\0\x30\x32\x1dv0\0\x01\0\x01\0\xaa"].concat();
        assert_eq!(decode(&prn).unwrap().pages, [rows(8, &[0xF3, 0xAA])]);
    }

    #[test]
    fn graphics_of_an_unknown_form_are_listed_and_not_drawn() {
        for image in
            [&b"\x30\x70\x34\x01\x01\x31\x08\0\x01\0\xff"[..], b"\x30\x70\x30\x01\x01\x31\x08\0\x02\0\xff", b"\x30\x70"]
        {
            let length = u8::try_from(image.len()).unwrap();
            let decoded = decode(&[&b"\x1d(L"[..], &[length, 0], image, b"\x1d(L\x02\0\x30\x32"].concat()).unwrap();
            assert_eq!((decoded.commands[0].name, decoded.pages.len()), ("graphics_store", 0));
        }
    }

    #[test]
    fn bands_of_columns_follow_without_a_gap_whatever_the_line_spacing_below_24() {
        let band = b"\x1b*\x21\x01\0\x80\0\x01";
        for spacing in [&b""[..], b"\x1b3\0", b"\x1b3\x10", b"\x1b3\x18"] {
            let decoded = decode(&[spacing, band, b"\n", band, b"\x1bJ\0"].concat()).unwrap();
            let page = &decoded.pages[0];
            // The default line spacing is 30 dots: 6 more than the band.
            let second = if spacing.is_empty() { 30 } else { 24 };
            assert_eq!(page.height(), second + 24);
            let black: Vec<u32> = (0..page.height()).filter(|&y| page.is_black(0, y)).collect();
            assert_eq!(black, [0, 23, second, second + 23]);
        }
    }

    #[test]
    fn columns_of_one_line_stand_side_by_side_and_those_never_ended_are_lost() {
        let two = b"\x1b*\x21\x01\0\x80\0\0\x1b*\0\x01\0\x80\x1bJ\x01";
        let page = decode(two).unwrap().pages.remove(0);
        assert_eq!((page.width(), page.bytes()), (8, &[0xE0, 0x60, 0x60][..]));
        for end in [&b"\x1b@"[..], b""] {
            assert_eq!(decode(&[&b"\x1b*\x21\x01\0\x80\0\0"[..], end].concat()).unwrap().pages, []);
        }
    }
}
