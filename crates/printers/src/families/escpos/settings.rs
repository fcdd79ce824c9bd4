//! Commands that change letters or the printer's behaviour, not the raster: read over by the number of their arguments.
//!
//! Source: the manuals named in `docs/protocols/escpos.md`. Deliberately absent: what they mean.

use crate::families::listing::Row;
use crate::families::reader::Arguments;
use crate::family::DecodeError;

/// Code and number of arguments.
type Table = [(u8, usize)];

pub(super) const AFTER_ESC: [(u8, usize); 22] = [
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

pub(super) const AFTER_GS: [(u8, usize); 18] = [
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

pub(super) const AFTER_FS: [(u8, usize); 8] =
    [(b'!', 1), (b'&', 0), (b'-', 1), (b'.', 0), (b'C', 1), (b'S', 2), (b'W', 1), (b'p', 2)];

/// A command of `table`, read over; one that is not there is taken to have no arguments.
pub(super) fn setting(
    mut arguments: Arguments<'_, '_>,
    lead: &str,
    code: u8,
    table: &Table,
) -> Result<Row, DecodeError> {
    arguments.name = "setting";
    let shown = format!("{lead} {}", code.escape_ascii());
    match table.iter().find(|(known, _)| *known == code) {
        Some((_, 0)) => Ok(("setting", shown)),
        Some((_, count)) => Ok(("setting", format!("{shown} {}", hex::encode(arguments.bytes(*count)?)))),
        None => Ok(("unknown", shown)),
    }
}
