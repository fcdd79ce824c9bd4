//! A page as PNG.
//!
//! ```text
//! 89 50 4E 47 0D 0A 1A 0A
//! IHDR  width height depth 0 0 0 0    1, 2, 4 or 8 bits a dot, grey: 0 is black, all ones are white
//!       width height 8 2 0 0 0        three times 8 bits a dot: red, green, blue
//! pHYs  dots a metre, both ways       so that other programs know the page's size
//! IDAT  zlib(0 row, 0 row, …)         one or more; no row filter helps dots
//! IEND
//! ```
//!
//! Source: `docs/protocols/png.md`.

use super::{SIGNATURE, checksum};
use crate::catalogue::Model;
use crate::encoder::{Bands, Encoder, Sheet};
use crate::families::deflate::deflate;
use crate::family::EncodeError;
use flate2::{Compress, Compression, FlushCompress};

const BAND_ROWS: usize = 64;
const MOST_DOTS: u32 = 200_000;
/// Compressed bytes that make a chunk.
const CHUNK: usize = 32 << 10;

pub(super) fn begin(model: &Model, sheet: Sheet, prn: &mut Vec<u8>) -> Result<Encoder, EncodeError> {
    sheet.check_grey(MOST_DOTS, false, &[1, 2, 4, 8, 24])?;
    prn.extend_from_slice(SIGNATURE);
    let size = [sheet.width.to_be_bytes(), sheet.rows.to_be_bytes()].concat();
    chunk(
        b"IHDR",
        &[&size[..], &if sheet.depth == 24 { [8, 2, 0, 0, 0] } else { [sheet.depth, 0, 0, 0, 0] }].concat(),
        prn,
    );
    let metre = ((model.dpi * 10_000 + 127) / 254).to_be_bytes();
    chunk(b"pHYs", &[&metre[..], &metre[..], &[1]].concat(), prn);
    let page = Page {
        stride: sheet.stride(),
        // With one bit, 1 is black on our pages.
        flip: if sheet.depth == 1 { 0xFF } else { 0 },
        filtered: Vec::new(),
        compress: Box::new(Compress::new(Compression::new(6), true)),
        waiting: Vec::new(),
    };
    Ok(Encoder::new(sheet, BAND_ROWS, page))
}

fn chunk(name: &[u8; 4], data: &[u8], prn: &mut Vec<u8>) {
    prn.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes());
    prn.extend_from_slice(name);
    prn.extend_from_slice(data);
    prn.extend(checksum(name, data).to_be_bytes());
}

struct Page {
    stride: usize,
    flip: u8,
    /// The band as the file has it; kept for its room.
    filtered: Vec<u8>,
    compress: Box<Compress>,
    /// Compressed bytes that do not make a chunk yet.
    waiting: Vec<u8>,
}

impl Bands for Page {
    fn band(&mut self, rows: &[u8], prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.filtered.clear();
        for row in rows.chunks_exact(self.stride) {
            self.filtered.push(0);
            self.filtered.extend(row.iter().map(|byte| byte ^ self.flip));
        }
        deflate(&mut self.compress, &self.filtered, FlushCompress::None, &mut self.waiting)?;
        if self.waiting.len() >= CHUNK {
            chunk(b"IDAT", &self.waiting, prn);
            self.waiting.clear();
        }
        Ok(())
    }

    fn end(&mut self, prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        deflate(&mut self.compress, &[], FlushCompress::Finish, &mut self.waiting)?;
        chunk(b"IDAT", &self.waiting, prn);
        chunk(b"IEND", &[], prn);
        Ok(())
    }
}
