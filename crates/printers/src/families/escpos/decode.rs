//! ESC/POS as pages and commands: ours for preview and the simulated printer, other people's for technicians.
//!
//! Source: section "How it is read" of `docs/protocols/escpos.md`; rule 4 (no panic, no allocation by a length that was
//! told). Bytes that are not known become rows, never errors. Deliberately absent: drawing letters and bar codes; they
//! are listed and stepped over.

use super::images;
use super::paper::{Align, DEFAULT_LINE_SPACING, Paper};
use super::settings::{AFTER_ESC, AFTER_FS, AFTER_GS, setting};
use super::{DLE, ESC, FS, GS, LF};
use crate::families::listing::{Listing, Row};
use crate::families::reader::{Arguments, Reader, excerpt};
use crate::family::{DecodeError, Decoded};

pub(super) fn decode(prn: &[u8]) -> Result<Decoded, DecodeError> {
    let mut reader = Reader::new(prn);
    let mut paper = Paper::new();
    let mut listing = Listing::default();
    loop {
        let offset = reader.at();
        let Some(first) = reader.next() else { break };
        listing.add(offset, step(first, offset, &mut reader, &mut paper)?);
    }
    Ok(Decoded { pages: paper.finish(reader.at())?, commands: listing.finish() })
}

/// Obeys the command that begins with `first`.
fn step<'a>(first: u8, offset: usize, reader: &mut Reader<'a>, paper: &mut Paper<'a>) -> Result<Row, DecodeError> {
    let arguments = |reader, name| Arguments { reader, offset, name };
    match first {
        LF => {
            paper.end_line(offset, paper.line_spacing, None)?;
            Ok(("lf", format!("{} dots", paper.line_spacing)))
        }
        DLE => realtime(arguments(reader, "realtime")),
        ESC => escape(arguments(reader, "esc"), paper),
        FS => {
            let mut arguments = arguments(reader, "fs");
            let code = arguments.byte()?;
            setting(arguments, "FS", code, &AFTER_FS)
        }
        GS => group(arguments(reader, "gs"), paper),
        byte if is_text(byte) => Ok(("text", run(byte, reader.take_while(is_text)))),
        byte => Ok(("unknown", run(byte, reader.take_while(is_noise)))),
    }
}

/// `DLE …`: obeyed at once, even when the printer is busy.
fn realtime(mut arguments: Arguments<'_, '_>) -> Result<Row, DecodeError> {
    match arguments.byte()? {
        0x04 => {
            arguments.name = "status_query";
            Ok(("status_query", arguments.byte()?.to_string()))
        }
        0x05 => {
            arguments.name = "recover";
            Ok(("recover", arguments.byte()?.to_string()))
        }
        0x14 => {
            arguments.name = "realtime_action";
            let action = arguments.byte()?;
            let more = match action {
                1 | 2 => 2,
                8 => 7,
                _ => 0,
            };
            Ok(("realtime_action", format!("{action} {}", hex::encode(arguments.bytes(more)?))))
        }
        other => Ok(("unknown", format!("DLE {other:02X}"))),
    }
}

/// `ESC …`.
fn escape<'a>(mut arguments: Arguments<'_, 'a>, paper: &mut Paper<'a>) -> Result<Row, DecodeError> {
    let code = arguments.byte()?;
    let named = |mut arguments: Arguments<'_, '_>, name| {
        arguments.name = name;
        arguments.byte()
    };
    match code {
        b'@' => {
            paper.initialise(arguments.offset)?;
            Ok(("init", String::new()))
        }
        b'd' => {
            let offset = arguments.offset;
            let lines = u32::from(named(arguments, "feed_lines")?);
            paper.end_line(offset, lines.saturating_mul(paper.line_spacing), None)?;
            Ok(("feed_lines", format!("{lines} lines of {} dots", paper.line_spacing)))
        }
        b'J' => {
            let offset = arguments.offset;
            let dots = named(arguments, "feed_dots")?;
            paper.end_line(offset, dots.into(), Some(dots.into()))?;
            Ok(("feed_dots", format!("{dots} dots")))
        }
        b'2' => {
            paper.line_spacing = DEFAULT_LINE_SPACING;
            Ok(("line_spacing", format!("{DEFAULT_LINE_SPACING} dots, the default")))
        }
        b'3' => {
            paper.line_spacing = named(arguments, "line_spacing")?.into();
            Ok(("line_spacing", format!("{} dots", paper.line_spacing)))
        }
        b'a' => {
            let value = named(arguments, "align")?;
            let (align, text) = match value {
                0 | b'0' => (Align::Left, "left"),
                1 | b'1' => (Align::Centre, "centre"),
                2 | b'2' => (Align::Right, "right"),
                _ => return Ok(("align", format!("{value}, not a known place"))),
            };
            paper.align = align;
            Ok(("align", text.to_owned()))
        }
        b'p' => {
            arguments.name = "drawer";
            let (pin, on, off) = (arguments.byte()?, arguments.byte()?, arguments.byte()?);
            let [on, off] = [on, off].map(|time| u32::from(time) * 2);
            Ok(("drawer", format!("output {pin}, {on} ms on, {off} ms off")))
        }
        b't' => Ok(("code_table", named(arguments, "code_table")?.to_string())),
        b'*' => images::column(arguments, paper),
        b'D' => {
            arguments.name = "tabs";
            Ok(("tabs", hex::encode(arguments.until_nul()?)))
        }
        code => setting(arguments, "ESC", code, &AFTER_ESC),
    }
}

/// `GS …`.
fn group<'a>(mut arguments: Arguments<'_, 'a>, paper: &mut Paper<'a>) -> Result<Row, DecodeError> {
    match arguments.byte()? {
        b'v' => images::raster(arguments, paper),
        b'V' => {
            arguments.name = "cut";
            let form = arguments.byte()?;
            let feed = match form {
                0x41 | 0x42 | 0x61 | 0x62 | 0x67 | 0x68 => Some(arguments.byte()?),
                0 | 1 | b'0' | b'1' => None,
                other => return Ok(("unknown", format!("GS V {other:02X}"))),
            };
            paper.cut(arguments.offset)?;
            let kind = if matches!(form, 0 | b'0' | 0x41 | 0x61 | 0x67) { "full" } else { "partial" };
            Ok(("cut", feed.map_or_else(|| kind.to_owned(), |dots| format!("{kind} after a feed of {dots}"))))
        }
        b'L' => {
            arguments.name = "left_margin";
            paper.margin = arguments.pair()?.into();
            Ok(("left_margin", format!("{} dots", paper.margin)))
        }
        b'W' => {
            arguments.name = "print_width";
            let width = u32::from(arguments.pair()?);
            paper.area = Some(width);
            Ok(("print_width", format!("{width} dots")))
        }
        b'(' => {
            arguments.name = "function";
            let letter = arguments.byte()?;
            let length = arguments.pair()?;
            let parameters = arguments.bytes(length.into())?;
            images::function("GS (", letter, parameters, arguments.offset, paper)
        }
        b'8' => {
            arguments.name = "function";
            let letter = arguments.byte()?;
            let (low, high) = (arguments.pair()?, arguments.pair()?);
            let length = u32::from(high) << 16 | u32::from(low);
            let parameters = arguments.bytes(usize::try_from(length).unwrap_or(usize::MAX))?;
            images::function("GS 8", letter, parameters, arguments.offset, paper)
        }
        b'k' => {
            arguments.name = "bar_code";
            let system = arguments.byte()?;
            let data = if system <= 6 {
                arguments.until_nul()?
            } else {
                let length = arguments.byte()?;
                arguments.bytes(length.into())?
            };
            Ok(("bar_code", format!("system {system}, not drawn: {}", excerpt(data))))
        }
        code => setting(arguments, "GS", code, &AFTER_GS),
    }
}

/// A run of bytes that begins with `first`, as text.
fn run(first: u8, more: &[u8]) -> String {
    excerpt(&[&[first], more].concat())
}

/// Whether `byte` is printed as a character or moves within the line.
fn is_text(byte: u8) -> bool {
    byte >= 0x20 || matches!(byte, b'\t' | b'\r')
}

/// Whether `byte` begins nothing that is known.
fn is_noise(byte: u8) -> bool {
    !is_text(byte) && !matches!(byte, LF | DLE | ESC | FS | GS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::listing::MAX_LISTED;
    use platen_model::Bitmap;

    fn rows(width: u32, rows: &[u8]) -> Bitmap {
        let height = rows.len() / (width as usize / 8);
        Bitmap::from_rows(width, u32::try_from(height).unwrap(), rows.to_vec()).unwrap()
    }

    fn names(decoded: &Decoded) -> Vec<&'static str> {
        decoded.commands.iter().map(|command| command.name).collect()
    }

    #[test]
    fn feeds_between_rasters_are_white_rows_and_those_at_the_end_are_not() {
        let prn = b"\x1b@\x1dv0\0\x01\0\x01\0\xff\x1bJ\x02\x1dv0\0\x01\0\x01\0\xff\x1bd\x05\n\x1dV\x01";
        let decoded = decode(prn).unwrap();
        assert_eq!(decoded.pages, [rows(8, &[0xFF, 0, 0, 0xFF])]);
        assert_eq!(names(&decoded), ["init", "raster", "feed_dots", "raster", "feed_lines", "lf", "cut"]);
    }

    #[test]
    fn line_spacing_sets_what_a_line_feed_moves() {
        let prn = b"\x1dv0\0\x01\0\x01\0\xff\x1b3\x02\n\x1b2\x1dv0\0\x01\0\x01\0\xff";
        assert_eq!(decode(prn).unwrap().pages, [rows(8, &[0xFF, 0, 0, 0xFF])]);
    }

    #[test]
    fn alignment_margin_and_area_move_the_raster() {
        let narrow = b"\x1dv0\0\x01\0\x01\0\xff";
        let wide = b"\x1dv0\0\x03\0\x01\0\x01\x01\x01";
        let with = |layout: &[u8]| decode(&[&wide[..], layout, narrow].concat()).unwrap().pages.remove(0);
        assert_eq!(with(b"\x1ba\x01"), rows(24, &[1, 1, 1, 0, 0xFF, 0]));
        assert_eq!(with(b"\x1ba2"), rows(24, &[1, 1, 1, 0, 0, 0xFF]));
        assert_eq!(with(b"\x1dL\x04\0"), rows(24, &[1, 1, 1, 0x0F, 0xF0, 0]));
        assert_eq!(with(b"\x1dW\x20\0\x1ba\x02"), rows(32, &[1, 1, 1, 0, 0, 0, 0, 0xFF]));
    }

    #[test]
    fn inits_and_cuts_of_every_form_end_a_page() {
        let dot = b"\x1dv0\0\x01\0\x01\0\xff";
        for end in [&b"\x1b@"[..], b"\x1dV\0", b"\x1dV\x01", b"\x1dV0", b"\x1dV1", b"\x1dVA\0", b"\x1dVB\x05"] {
            let decoded = decode(&[&dot[..], end, dot, end].concat()).unwrap();
            assert_eq!(decoded.pages.len(), 2, "after {}", end.escape_ascii());
        }
    }

    #[test]
    fn a_strangers_receipt_is_listed_and_stepped_over() {
        let prn = b"\x1b@\x1bt\x10\x1b!\x30Total\t9.99\n\x1dk\x04ABC\0\x1dkI\x02{B\x1d(k\x03\x00123\x1bp\0\x19\xfa\x10\x04\x01\x10\x14\x01\0\x01\x10\x05\x01\x1b*\x21\x01\0abc\0\0\x1dV\x42\0";
        let decoded = decode(prn).unwrap();
        assert_eq!(
            names(&decoded),
            [
                "init",
                "code_table",
                "setting",
                "text",
                "lf",
                "bar_code",
                "bar_code",
                "function",
                "drawer",
                "status_query",
                "realtime_action",
                "recover",
                "column_image",
                "unknown",
                "cut",
            ]
        );
        assert_eq!(decoded.commands[3].text, "Total\\t9.99");
        assert_eq!(decoded.commands[3].offset, 8);
        assert_eq!(decoded.commands[8].text, "output 0, 50 ms on, 500 ms off");
        // The one column that waited for the end of its line came out with the cut.
        assert_eq!(decoded.pages.len(), 1);
        assert_eq!(decoded.pages[0].black_dots(), 10);
    }

    #[test]
    fn an_announced_length_without_the_bytes_is_an_error_and_no_allocation() {
        for (prn, command) in [
            (&b"\x1dv0\0\xff\xff\xff\xffxx"[..], "raster"),
            (b"\x1d8L\xff\xff\xff\xffxx", "function"),
            (b"\x1b*\x21\xff\xff", "column_image"),
            (b"\x1dk\x04abc", "bar_code"),
            (b"\x1b", "esc"),
            (b"\x1d", "gs"),
            (b"\x10", "realtime"),
            (b"\x1b!", "setting"),
        ] {
            assert_eq!(decode(prn), Err(DecodeError::Truncated { offset: 0, command }));
        }
    }

    #[test]
    fn more_rows_than_a_page_may_have_are_refused() {
        let band = [&b"\x1dv0\0\x01\0\x30\x75"[..], &[0; 30_000]].concat();
        let page = band.repeat(4);
        assert_eq!(decode(&page).unwrap().pages[0].height(), 120_000);
        let more = [&page[..], b"\x1dv0\0\x01\0\x01\0\xff"].concat();
        assert_eq!(decode(&more), Err(DecodeError::TooLarge { offset: page.len() }));
        let fed = [b"\x1bJ\x01".as_slice(), &page].concat();
        assert_eq!(decode(&fed), Err(DecodeError::TooLarge { offset: 3 + 3 * band.len() }));
    }

    #[test]
    fn more_raster_than_the_limit_is_refused() {
        let band = [&b"\x1b@\x1dv03\xff\xff\x20\0"[..], &vec![0; 65_535 * 32]].concat();
        let prn: Vec<u8> = band.repeat(9);
        assert_eq!(decode(&prn), Err(DecodeError::TooLarge { offset: 8 * band.len() + 2 }));
    }

    #[test]
    fn a_flood_of_tiny_commands_is_obeyed_but_not_listed_without_end() {
        let prn = [&b"\x1b2".repeat(MAX_LISTED + 500)[..], b"\x1dv0\0\x01\0\x01\0\xff"].concat();
        let decoded = decode(&prn).unwrap();
        assert_eq!(decoded.commands.len(), MAX_LISTED + 1);
        assert_eq!(decoded.commands.last().unwrap().name, "not_listed");
        assert_eq!(decoded.pages.len(), 1);
    }
}
