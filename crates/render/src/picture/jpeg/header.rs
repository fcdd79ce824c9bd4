//! The segments before the scan of a JPEG that has its brightness: its size, tables and notes.
//!
//! Source: ITU-T T.81 Annex B; JFIF 1.02 (density); Exif 2.32 (turn, density); Adobe technical note 5116 (colour
//! transform). Tables are kept as they stand in the file, nothing is allocated by an announced length.

use crate::picture::notes::Notes;

/// Marker codes that this reader knows.
mod marker {
    pub(super) const SOF0: u8 = 0xC0;
    pub(super) const DHT: u8 = 0xC4;
    pub(super) const JPG: u8 = 0xC8;
    pub(super) const DAC: u8 = 0xCC;
    pub(super) const SOF15: u8 = 0xCF;
    pub(super) const RST0: u8 = 0xD0;
    pub(super) const RST7: u8 = 0xD7;
    pub(super) const SOI: u8 = 0xD8;
    pub(super) const EOI: u8 = 0xD9;
    pub(super) const SOS: u8 = 0xDA;
    pub(super) const DQT: u8 = 0xDB;
    pub(super) const DRI: u8 = 0xDD;
    pub(super) const APP0: u8 = 0xE0;
    pub(super) const APP1: u8 = 0xE1;
    pub(super) const APP14: u8 = 0xEE;
    pub(super) const TEM: u8 = 0x01;
}

/// A component of the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Component {
    pub(super) id: u8,
    /// Blocks of a unit, across and down.
    pub(super) across: u8,
    pub(super) down: u8,
    pub(super) quantisation: u8,
}

/// The frame header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// The marker: 0 baseline, 1 extended, 2 progressive, and so on.
    pub(super) process: u8,
    /// Bits a sample.
    pub(super) precision: u8,
    pub(super) width: u16,
    /// 0 when it comes only after the first scan.
    pub(super) height: u16,
    pub(super) components: Vec<Component>,
}

/// A Huffman table as it is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Codes<'a> {
    /// Codes of each length from 1 on.
    pub(super) lengths: &'a [u8; 16],
    pub(super) symbols: &'a [u8],
}

/// A component of the scan: its number in the frame, and its tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scanned {
    pub(super) component: usize,
    pub(super) dc: u8,
    pub(super) ac: u8,
}

/// All that stands before the first entropy-coded byte of the scan that matters: the first one, or, where components have
/// scans of their own in a sequential picture, the one with the first component.
#[derive(Clone, Debug, Default)]
pub(super) struct Header<'a> {
    pub(super) frame: Option<Frame>,
    /// In zigzag order.
    pub(super) quantisation: [Option<[u16; 64]>; 4],
    pub(super) dc: [Option<Codes<'a>>; 4],
    pub(super) ac: [Option<Codes<'a>>; 4],
    /// Units between two restart markers, 0 for none.
    pub(super) restart: u16,
    /// What Adobe's segment says of the colours, if it is there.
    pub(super) transform: Option<u8>,
    pub(super) notes: Notes,
    pub(super) scan: Vec<Scanned>,
    /// The bytes behind the scan's header.
    pub(super) data: &'a [u8],
}

impl<'a> Header<'a> {
    /// Reads up to the scan that matters. `None` when a segment that matters is not as it should be.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut header = Self::default();
        let mut density = None;
        let mut rest = bytes.strip_prefix(&[0xFF, marker::SOI])?;
        loop {
            let (code, body, after) = segment(rest)?;
            rest = after;
            match code {
                marker::SOS => {
                    header.scan = header.scanned(body)?;
                    if header.is_of_others() {
                        rest = behind_scan(rest)?;
                        continue;
                    }
                    header.data = rest;
                    header.notes.dpi = density.or(header.notes.dpi);
                    return Some(header);
                }
                marker::EOI => return None,
                marker::DHT => header.huffman(body)?,
                marker::DQT => header.quantise(body)?,
                marker::DRI => header.restart = short(body)?,
                marker::JPG | marker::DAC => {}
                marker::SOF0..=marker::SOF15 => {
                    if header.frame.is_some() {
                        return None;
                    }
                    header.frame = Some(frame(code - marker::SOF0, body)?);
                }
                marker::APP0 => density = density.or_else(|| jfif(body)),
                marker::APP1 => {
                    if let Some(exif) = body.strip_prefix(b"Exif\0\0") {
                        header.notes = Notes::of_exif(exif);
                    }
                }
                marker::APP14 => header.transform = adobe(body).or(header.transform),
                _ => {}
            }
        }
    }

    /// Whether this scan has only components that another one does not need: in a sequential picture each is whole.
    fn is_of_others(&self) -> bool {
        let sequential = self.frame.as_ref().is_some_and(|frame| frame.process <= 1);
        sequential && self.scan.iter().all(|scanned| scanned.component > 0)
    }

    fn huffman(&mut self, mut body: &'a [u8]) -> Option<()> {
        while let Some((&place, rest)) = body.split_first() {
            let (lengths, rest) = rest.split_first_chunk::<16>()?;
            let count = lengths.iter().map(|&length| usize::from(length)).sum();
            let (symbols, rest) = rest.split_at_checked(count)?;
            let tables = if place >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            *tables.get_mut(usize::from(place & 15))? = Some(Codes { lengths, symbols });
            body = rest;
        }
        Some(())
    }

    fn quantise(&mut self, mut body: &[u8]) -> Option<()> {
        while let Some((&place, rest)) = body.split_first() {
            let mut table = [0; 64];
            body = if place >> 4 == 0 {
                let (values, rest) = rest.split_first_chunk::<64>()?;
                table = values.map(u16::from);
                rest
            } else {
                let (values, rest) = rest.split_at_checked(128)?;
                for (entry, value) in table.iter_mut().zip(values.as_chunks::<2>().0) {
                    *entry = u16::from_be_bytes(*value);
                }
                rest
            };
            *self.quantisation.get_mut(usize::from(place & 15))? = Some(table);
        }
        Some(())
    }

    fn scanned(&self, body: &[u8]) -> Option<Vec<Scanned>> {
        let (&count, rest) = body.split_first()?;
        let frame = self.frame.as_ref()?;
        let (entries, _) = rest.get(..2 * usize::from(count))?.as_chunks::<2>();
        let scanned = entries.iter().map(|&[id, tables]| {
            let component = frame.components.iter().position(|component| component.id == id)?;
            Some(Scanned { component, dc: tables >> 4, ac: tables & 15 })
        });
        scanned.collect()
    }
}

/// The next segment: its marker, its body, and what follows.
fn segment(mut rest: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    loop {
        let (&[first, code], after) = rest.split_first_chunk::<2>()?;
        match (first, code) {
            // Filling before a marker, and bytes between segments that do not belong to any.
            (0xFF, 0xFF) => rest = rest.get(1..)?,
            (0xFF, marker::TEM | marker::RST0..=marker::SOI) => rest = after,
            (0xFF, marker::EOI) => return Some((code, &[], after)),
            (0xFF, 1..) => {
                let length = usize::from(short(after)?);
                let body = after.get(2..length)?;
                return Some((code, body, after.get(length..)?));
            }
            _ => rest = rest.get(1..)?,
        }
    }
}

/// What follows the data of a scan: the next marker that is not one of its own.
fn behind_scan(data: &[u8]) -> Option<&[u8]> {
    let ends = |pair: &[u8]| matches!(pair, [0xFF, code] if !matches!(code, 0 | marker::RST0..=marker::RST7 | 0xFF));
    data.get(data.windows(2).position(ends)?..)
}

fn frame(process: u8, body: &[u8]) -> Option<Frame> {
    let (&[precision, a, b, c, d, count], rest) = body.split_first_chunk::<6>()?;
    let (entries, _) = rest.get(..3 * usize::from(count))?.as_chunks::<3>();
    let component = |&[id, sampling, quantisation]: &[u8; 3]| Component {
        id,
        across: sampling >> 4,
        down: sampling & 15,
        quantisation,
    };
    Some(Frame {
        process,
        precision,
        height: u16::from_be_bytes([a, b]),
        width: u16::from_be_bytes([c, d]),
        components: entries.iter().map(component).collect(),
    })
}

/// Pixels per inch.
fn jfif(body: &[u8]) -> Option<f64> {
    let &[_, _, unit, a, b, c, d] = body.strip_prefix(b"JFIF\0")?.first_chunk()?;
    let across = u16::from_be_bytes([a, b]);
    let inches = match unit {
        1 => 1.0,
        2 => 2.54,
        _ => return None,
    };
    (across == u16::from_be_bytes([c, d])).then(|| f64::from(across) * inches)
}

fn adobe(body: &[u8]) -> Option<u8> {
    body.strip_prefix(b"Adobe")?.get(6).copied()
}

fn short(bytes: &[u8]) -> Option<u16> {
    bytes.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
}
