//! Packets as pages and commands.
//!
//! Source: section "How it is read" of `docs/protocols/niimbot.md`; rule 4 (no panic, no allocation by a length that was
//! told). All dialects are read alike: what a packet means does not depend on them. Deliberately absent: answers of a printer;
//! see `talk`.

use super::names::name;
use super::packet::{HEAD, Packet, Reading, command, pair, read};
use crate::families::label::MOST_ROWS;
use crate::families::listing::{Listing, Row};
use crate::families::reader::excerpt;
use crate::family::{DecodeError, Decoded, MAX_RASTER_BYTES};
use platen_model::Bitmap;

pub(super) fn decode(prn: &[u8]) -> Result<Decoded, DecodeError> {
    let mut pages = Pages { width: None, rows: Vec::new(), budget: MAX_RASTER_BYTES, done: Vec::new() };
    let mut listing = Listing::default();
    let mut run: Option<Run> = None;
    let mut at = 0_usize;
    while let Some(rest) = prn.get(at..).filter(|rest| !rest.is_empty()) {
        let packet = match read(rest) {
            Reading::Whole(packet) => packet,
            Reading::Begun => {
                let number = if rest.first() == Some(&3) { rest.get(3) } else { rest.get(2) };
                return Err(DecodeError::Truncated {
                    offset: at,
                    command: number.map_or("packet", |number| name(*number)),
                });
            }
            Reading::Foreign => {
                Run::end(&mut run, &mut listing);
                let next = rest.windows(2).skip(1).position(|two| two == HEAD).map_or(rest.len(), |place| place + 1);
                listing.add(at, ("unknown", excerpt(rest.get(..next).unwrap_or(rest))));
                at = at.saturating_add(next);
                continue;
            }
        };
        if pages.row(&packet, at)? {
            run.get_or_insert(Run { offset: at, packets: 0, rows: 0 }).count(&packet);
        } else {
            Run::end(&mut run, &mut listing);
            let row = pages.obey(&packet, at)?;
            listing.add(at, row);
        }
        at = at.saturating_add(packet.length);
    }
    Run::end(&mut run, &mut listing);
    Ok(Decoded { pages: pages.done, commands: listing.finish() })
}

/// Row packets one after another: a person reads them as one image.
struct Run {
    offset: usize,
    packets: usize,
    rows: usize,
}

impl Run {
    fn count(&mut self, packet: &Packet<'_>) {
        let repeat = match packet.command {
            command::BLANK => packet.data.get(2),
            _ => packet.data.get(5),
        };
        self.packets = self.packets.saturating_add(1);
        self.rows = self.rows.saturating_add(repeat.map_or(0, |repeat| usize::from(*repeat)));
    }

    fn end(run: &mut Option<Self>, listing: &mut Listing) {
        if let Some(Self { offset, packets, rows }) = run.take() {
            listing.add(offset, ("rows", format!("{rows} rows in {packets} packets")));
        }
    }
}

/// What a row packet draws.
enum Dots<'a> {
    None,
    /// Packed, bit 7 left.
    Bits(&'a [u8]),
    /// Columns, two bytes each.
    Columns(&'a [u8]),
}

struct Pages<'a> {
    /// Columns, where `13` told them.
    width: Option<u16>,
    /// Number of the first row, how often it comes, and its dots. Painted when the page ends.
    rows: Vec<(u32, u32, Dots<'a>)>,
    /// Bytes of pages that may still come.
    budget: usize,
    done: Vec<Bitmap>,
}

impl<'a> Pages<'a> {
    /// Takes a row packet; `false` for every other.
    fn row(&mut self, packet: &Packet<'a>, offset: usize) -> Result<bool, DecodeError> {
        let (head, dots) = match (packet.command, packet.data) {
            (command::BLANK, [head @ .., repeat]) if head.len() == 2 => ((head, repeat), Dots::None),
            (command::BITS, [high, low, _, _, _, repeat, bits @ ..]) => {
                ((&[*high, *low][..], repeat), Dots::Bits(bits))
            }
            (command::DOTS, [high, low, _, _, _, repeat, columns @ ..]) => {
                ((&[*high, *low][..], repeat), Dots::Columns(columns))
            }
            _ => return Ok(false),
        };
        let first = u32::from(pair(head.0).unwrap_or(0));
        let repeat = u32::from(*head.1);
        if first.saturating_add(repeat) > MOST_ROWS {
            return Err(DecodeError::TooLarge { offset });
        }
        self.rows.push((first, repeat, dots));
        Ok(true)
    }

    fn obey(&mut self, packet: &Packet<'a>, offset: usize) -> Result<Row, DecodeError> {
        let data = packet.data;
        let mut text = hex(data);
        match packet.command {
            command::PAGE_SIZE => {
                let rows = pair(data).unwrap_or(0);
                self.width = data.get(2..).and_then(pair).filter(|columns| *columns > 0);
                self.rows.clear();
                text = match self.width {
                    Some(columns) => format!("{columns} columns × {rows} rows"),
                    None => format!("{rows} rows"),
                };
            }
            command::PAGE_END if !self.end_page(offset)? => text.push_str(", nothing on the page"),
            command::CLEAR => self.rows.clear(),
            _ => {}
        }
        Ok((name(packet.command), text))
    }

    /// Paints the page; `false` when no row came.
    fn end_page(&mut self, offset: usize) -> Result<bool, DecodeError> {
        let rows = std::mem::take(&mut self.rows);
        let wide = rows.iter().map(|(.., dots)| self.needs(dots)).max().unwrap_or(0);
        let width =
            self.width.map(u32::from).filter(|width| Bitmap::stride_of(*width).saturating_mul(8) >= wide as usize);
        let (width, height) = (
            width.unwrap_or(wide),
            rows.iter().map(|(first, repeat, _)| first.saturating_add(*repeat)).max().unwrap_or(0),
        );
        if width == 0 || height == 0 {
            return Ok(false);
        }
        let bytes = Bitmap::stride_of(width).saturating_mul(height as usize);
        self.budget = self.budget.checked_sub(bytes).ok_or(DecodeError::TooLarge { offset })?;
        let mut page = Bitmap::white(width, height);
        for (first, repeat, dots) in rows {
            for y in first..first.saturating_add(repeat) {
                match dots {
                    Dots::None => {}
                    Dots::Bits(bits) => {
                        for (to, from) in page.row_mut(y).iter_mut().zip(bits) {
                            *to = *from;
                        }
                        mask(page.row_mut(y), width);
                    }
                    Dots::Columns(columns) => {
                        for x in columns.chunks_exact(2).filter_map(pair).map(u32::from).filter(|x| *x < width) {
                            page.set_black(x, y);
                        }
                    }
                }
            }
        }
        self.done.push(page);
        Ok(true)
    }

    /// Columns that a row asks for.
    fn needs(&self, dots: &Dots<'_>) -> u32 {
        match dots {
            Dots::None => 0,
            Dots::Bits(bits) => u32::try_from(bits.len().saturating_mul(8)).unwrap_or(u32::MAX),
            // A head has no dots beyond its end; only where nobody told the width do they tell it.
            Dots::Columns(_) if self.width.is_some() => 0,
            Dots::Columns(columns) => {
                let last = columns.chunks_exact(2).filter_map(pair).max();
                last.map_or(0, |last| u32::from(last).saturating_add(1).next_multiple_of(8))
            }
        }
    }
}

/// White beyond the last column.
fn mask(row: &mut [u8], width: u32) {
    if let (Some(last), used @ 1..) = (row.last_mut(), width % 8) {
        *last &= !(0xFF_u8 >> used);
    }
}

/// Up to sixteen bytes in hexadecimal.
fn hex(data: &[u8]) -> String {
    let shown: Vec<String> = data.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{}{}", shown.join(" "), if data.len() > 16 { " …" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::super::B1;
    use super::super::packet::write;
    use super::*;
    use crate::family::Family;

    fn prn(packets: &[(u8, &[u8])]) -> Vec<u8> {
        let mut prn = Vec::new();
        packets.iter().for_each(|(command, data)| write(&mut prn, *command, data));
        prn
    }

    fn names(decoded: &Decoded) -> Vec<&'static str> {
        decoded.commands.iter().map(|command| command.name).collect()
    }

    #[test]
    fn a_strangers_print_is_read_and_its_questions_are_listed() {
        let mut bytes = vec![3];
        bytes.extend(prn(&[
            (0xC1, &[1]),
            (0x40, &[8]),
            (0x21, &[3]),
            (0x13, &[0, 3, 0, 10]),
            (0x83, &[0, 2, 1, 0, 0, 1, 0, 9, 0, 200]),
            (0x85, &[0, 0, 0, 0, 0, 2, 0xFF, 0xFF]),
            (0xE3, &[1]),
            (0x77, &[]),
        ]));
        bytes.extend(*b"??");
        let decoded = B1.decode(&bytes).unwrap();
        let expected =
            ["connect", "printer_info", "density", "page_size", "rows", "page_end", "unknown_command", "unknown"];
        assert_eq!(names(&decoded), expected);
        assert_eq!(decoded.pages, [Bitmap::from_rows(10, 3, vec![0xFF, 0xC0, 0xFF, 0xC0, 0, 0x40]).unwrap()]);
        assert_eq!(decoded.commands[4].text, "3 rows in 2 packets");
    }

    #[test]
    fn a_damaged_packet_is_stepped_over() {
        let mut bytes =
            prn(&[(0x13, &[0, 1, 0, 8]), (0x85, &[0, 0, 0, 0, 0, 1, 1]), (0x85, &[0, 1, 0, 0, 0, 1, 2]), (0xE3, &[1])]);
        bytes[17] ^= 0x40;
        let decoded = B1.decode(&bytes).unwrap();
        assert_eq!(names(&decoded), ["page_size", "unknown", "rows", "page_end"]);
        assert_eq!(decoded.pages[0].bytes(), [0, 2]);
    }

    #[test]
    fn where_nobody_told_the_width_the_rows_do() {
        let bytes = prn(&[(0x13, &[0, 2]), (0x84, &[0, 0, 1]), (0x83, &[0, 1, 1, 0, 0, 1, 0, 9]), (0xE3, &[1])]);
        assert_eq!(B1.decode(&bytes).unwrap().pages, [Bitmap::from_rows(16, 2, vec![0, 0, 0, 0x40]).unwrap()]);
        assert_eq!(
            B1.decode(&prn(&[(0x84, &[0, 0, 1]), (0xE3, &[1])])).unwrap().commands[1].text,
            "01, nothing on the page"
        );
    }

    #[test]
    fn announced_sizes_take_no_memory_and_rows_far_down_are_refused() {
        assert_eq!(B1.decode(&prn(&[(0x13, &[0xFF, 0xFF, 0xFF, 0xFF]), (0xE3, &[1])])).unwrap().pages, []);
        let far = prn(&[(0x84, &[0xFF, 0xFF, 1])]);
        assert_eq!(B1.decode(&far), Err(DecodeError::TooLarge { offset: 0 }));
        let large = prn(&[(0x13, &[1, 1, 0xFF, 0xFF]), (0x84, &[0x70, 0, 1]), (0xE3, &[1])]);
        assert_eq!(B1.decode(&large), Err(DecodeError::TooLarge { offset: large.len() - 8 }));
    }

    #[test]
    fn a_print_that_ends_inside_of_a_packet_says_which() {
        let bytes = prn(&[(0x21, &[3]), (0x23, &[1])]);
        let truncated = |end: usize, offset, command| {
            assert_eq!(B1.decode(&bytes[..end]), Err(DecodeError::Truncated { offset, command }));
        };
        truncated(1, 0, "packet");
        truncated(7, 0, "density");
        truncated(12, 8, "label_type");
    }
}
