//! ESC/POS as pages and commands: ours for preview and the simulated printer, other people's for technicians.
//!
//! Source: section "How it is read" of `docs/protocols/escpos.md`; rule 4 (no panic, no allocation by a length that was
//! told). Bytes that are not known become rows, never errors. Deliberately absent: drawing letters, bar codes and
//! column images; they are listed and stepped over.

use super::paper::{Align, DEFAULT_LINE_SPACING, Paper};
use super::reader::{Arguments, Reader, excerpt, is_noise, is_text};
use super::{DLE, ESC, FS, GS, LF};
use crate::family::{Command, DecodeError, Decoded};

/// Commands that are listed. More are still obeyed, but a person does not read further and memory stays small.
const MAX_LISTED: usize = 100_000;

pub(super) fn decode(prn: &[u8]) -> Result<Decoded, DecodeError> {
    let mut reader = Reader::new(prn);
    let mut paper = Paper::new();
    let mut commands = Vec::new();
    loop {
        let offset = reader.at();
        let Some(first) = reader.next() else { break };
        let (name, text) = step(first, offset, &mut reader, &mut paper)?;
        if commands.len() < MAX_LISTED {
            commands.push(Command { offset, name, text });
        } else if commands.len() == MAX_LISTED {
            let text = format!("more than {MAX_LISTED} commands");
            commands.push(Command { offset, name: "not_listed", text });
        }
    }
    Ok(Decoded { pages: paper.finish(reader.at())?, commands })
}

type Row = (&'static str, String);

/// Obeys the command that begins with `first`.
fn step(first: u8, offset: usize, reader: &mut Reader<'_>, paper: &mut Paper) -> Result<Row, DecodeError> {
    let arguments = |reader, name| Arguments { reader, offset, name };
    match first {
        LF => {
            paper.feed(paper.line_spacing);
            Ok(("lf", format!("{} dots", paper.line_spacing)))
        }
        DLE => realtime(arguments(reader, "realtime")),
        ESC => escape(arguments(reader, "esc"), paper),
        FS => plain_command(arguments(reader, "fs"), "FS", &AFTER_FS),
        GS => group(arguments(reader, "gs"), paper),
        byte if is_text(byte) => {
            let more = reader.take_while(is_text);
            Ok(("text", excerpt(&[&[byte], more].concat())))
        }
        byte => {
            let more = reader.take_while(is_noise);
            Ok(("unknown", excerpt(&[&[byte], more].concat())))
        }
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
fn escape(mut arguments: Arguments<'_, '_>, paper: &mut Paper) -> Result<Row, DecodeError> {
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
            let lines = u32::from(named(arguments, "feed_lines")?);
            paper.feed(lines.saturating_mul(paper.line_spacing));
            Ok(("feed_lines", format!("{lines} lines of {} dots", paper.line_spacing)))
        }
        b'J' => {
            let dots = named(arguments, "feed_dots")?;
            paper.feed(dots.into());
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
        b'*' => {
            arguments.name = "column_image";
            let mode = arguments.byte()?;
            let columns = usize::from(arguments.pair()?);
            let bytes = if matches!(mode, 32 | 33) { 3 } else { 1 };
            arguments.bytes(columns * bytes)?;
            Ok(("column_image", format!("mode {mode}, {columns} columns, not drawn")))
        }
        b'D' => {
            arguments.name = "tabs";
            Ok(("tabs", hex::encode(arguments.until_nul()?)))
        }
        code => setting(arguments, "ESC", code, &AFTER_ESC),
    }
}

/// `GS …`.
fn group(mut arguments: Arguments<'_, '_>, paper: &mut Paper) -> Result<Row, DecodeError> {
    match arguments.byte()? {
        b'v' => raster(arguments, paper),
        b'V' => {
            arguments.name = "cut";
            let form = arguments.byte()?;
            let feed = match form {
                0x41 | 0x42 | 0x61 | 0x62 | 0x67 | 0x68 => Some(arguments.byte()?),
                0 | 1 | b'0' | b'1' => None,
                other => return Ok(("unknown", format!("GS V {other:02X}"))),
            };
            paper.end_page(arguments.offset)?;
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
            arguments.bytes(length.into())?;
            Ok(("function", format!("GS ( {}, {length} bytes, not obeyed", letter.escape_ascii())))
        }
        b'8' => {
            arguments.name = "function";
            let letter = arguments.byte()?;
            let (low, high) = (arguments.pair()?, arguments.pair()?);
            let length = u32::from(high) << 16 | u32::from(low);
            arguments.bytes(usize::try_from(length).unwrap_or(usize::MAX))?;
            Ok(("function", format!("GS 8 {}, {length} bytes, not obeyed", letter.escape_ascii())))
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

/// `GS v 0 m xL xH yL yH rows`.
fn raster(mut arguments: Arguments<'_, '_>, paper: &mut Paper) -> Result<Row, DecodeError> {
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
    let stride = usize::from(arguments.pair()?);
    let count = usize::from(arguments.pair()?);
    let rows = arguments.bytes(stride * count)?;
    paper.burn(arguments.offset, rows, stride, scale)?;
    Ok(("raster", format!("mode {mode}, {stride} bytes × {count} rows")))
}

/// Code and number of arguments of commands that change letters or the printer's behaviour, not the raster.
type Table = [(u8, usize)];

const AFTER_ESC: [(u8, usize); 22] = [
    (b' ', 1),
    (b'!', 1),
    (b'$', 2),
    (b'%', 1),
    (b'-', 1),
    (b'=', 1),
    (b'?', 1),
    (b'E', 1),
    (b'G', 1),
    (b'K', 1),
    (b'L', 0),
    (b'M', 1),
    (b'R', 1),
    (b'S', 0),
    (b'T', 1),
    (b'V', 1),
    (b'W', 8),
    (b'\\', 2),
    (b'c', 2),
    (b'e', 1),
    (b'{', 1),
    (b'r', 1),
];

const AFTER_GS: [(u8, usize); 18] = [
    (b'!', 1),
    (b'$', 2),
    (b'/', 1),
    (b':', 0),
    (b'B', 1),
    (b'E', 1),
    (b'H', 1),
    (b'I', 1),
    (b'P', 2),
    (b'T', 1),
    (b'\\', 2),
    (b'^', 3),
    (b'a', 1),
    (b'b', 1),
    (b'f', 1),
    (b'h', 1),
    (b'r', 1),
    (b'w', 1),
];

const AFTER_FS: [(u8, usize); 8] =
    [(b'!', 1), (b'&', 0), (b'-', 1), (b'.', 0), (b'C', 1), (b'S', 2), (b'W', 1), (b'p', 2)];

fn plain_command(mut arguments: Arguments<'_, '_>, lead: &str, table: &Table) -> Result<Row, DecodeError> {
    let code = arguments.byte()?;
    setting(arguments, lead, code, table)
}

/// A command of `table`, read over; one that is not there is taken to have no arguments.
fn setting(mut arguments: Arguments<'_, '_>, lead: &str, code: u8, table: &Table) -> Result<Row, DecodeError> {
    arguments.name = "setting";
    let shown = format!("{lead} {}", code.escape_ascii());
    match table.iter().find(|(known, _)| *known == code) {
        Some((_, 0)) => Ok(("setting", shown)),
        Some((_, count)) => Ok(("setting", format!("{shown} {}", hex::encode(arguments.bytes(*count)?)))),
        None => Ok(("unknown", shown)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platen_model::Bitmap;

    fn rows(width: u32, rows: &[u8]) -> Bitmap {
        let height = rows.len() / (width as usize / 8);
        Bitmap::from_rows(width, u32::try_from(height).unwrap(), rows.to_vec()).unwrap()
    }

    fn names(decoded: &Decoded) -> Vec<&'static str> {
        decoded.commands.iter().map(|command| command.name).collect()
    }

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
        assert_eq!(decoded.pages, []);
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
        assert_eq!(decode(&band).unwrap().pages[0].height(), 30_000);
        let more = [&band[..], b"\x1dv0\0\x01\0\x01\0\xff"].concat();
        assert_eq!(decode(&more), Err(DecodeError::TooLarge { offset: band.len() }));
        let fed = [b"\x1bJ\x01".as_slice(), &band].concat();
        assert_eq!(decode(&fed), Err(DecodeError::TooLarge { offset: 3 }));
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
