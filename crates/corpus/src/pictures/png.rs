//! PNG files, written by hand so that every depth, colour type and order of rows can be had, and every part spoilt.
//!
//! ```text
//! signature   length  type  data  checksum   length  type  data  checksum   …
//! 8 bytes     u32 BE  4     length  u32 BE
//! ```
//!
//! Source: the PNG specification, third edition.

use crate::{Document, noise};
use flate2::{Compression, write::ZlibEncoder};
use std::io::Write;

/// The eight bytes that a PNG begins with.
pub const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// A chunk `IEND`.
pub const END: (&[u8; 4], &[u8]) = (b"IEND", b"");

/// `bytes` in a zlib stream.
pub fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The checksum of a chunk's type and data.
pub fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}

/// One chunk.
pub fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [kind, data].concat();
    [&(data.len() as u32).to_be_bytes()[..], &body, &crc(&body).to_be_bytes()].concat()
}

/// A file of these chunks.
pub fn file(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut png = SIGNATURE.to_vec();
    for (kind, data) in chunks {
        png.extend(chunk(kind, data));
    }
    png
}

/// What `IHDR` says.
#[derive(Clone, Copy)]
pub struct Header {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Bits a sample.
    pub depth: u8,
    /// 0 grey, 2 colours, 3 palette, 4 grey and alpha, 6 colours and alpha.
    pub color: u8,
    /// Rows in seven passes.
    pub interlaced: bool,
}

impl Header {
    /// The chunk's data.
    pub fn bytes(&self) -> Vec<u8> {
        let Self { width, height, depth, color, interlaced } = *self;
        [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, color, 0, 0, interlaced.into()]].concat()
    }

    fn samples(&self) -> usize {
        [1, 0, 3, 1, 2, 0, 4][usize::from(self.color)]
    }
}

/// The seven passes of an interlaced picture: first column, first row, step across, step down.
const PASSES: [(u32, u32, u32, u32); 7] =
    [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

/// A picture whose samples `sample(x, y, channel)` gives, from 0 to 255.
pub fn picture(header: Header, more: &[(&[u8; 4], &[u8])], sample: impl Fn(u32, u32, usize) -> u8) -> Vec<u8> {
    let passes: &[_] = if header.interlaced { &PASSES } else { &[(0, 0, 1, 1)] };
    let mut rows = Vec::new();
    for &(left, top, across, down) in passes {
        for y in (top..header.height).step_by(down as usize) {
            let xs = (left..header.width).step_by(across as usize);
            if xs.len() > 0 {
                rows.push(0);
                pack(
                    &header,
                    xs.flat_map(|x| (0..header.samples()).map(move |c| (x, c))),
                    |x, c| sample(x, y, c),
                    &mut rows,
                );
            }
        }
    }
    let (head, data) = (header.bytes(), deflated(&rows));
    let mut chunks: Vec<(&[u8; 4], &[u8])> = vec![(b"IHDR", &head)];
    chunks.extend(more);
    chunks.extend([(b"IDAT", &data[..]), END]);
    file(&chunks)
}

fn pack(
    header: &Header,
    samples: impl Iterator<Item = (u32, usize)>,
    level: impl Fn(u32, usize) -> u8,
    row: &mut Vec<u8>,
) {
    let (mut byte, mut used) = (0_u8, 0);
    for (x, channel) in samples {
        let level = level(x, channel);
        match header.depth {
            16 => row.extend([level, level.rotate_left(3)]),
            8 => row.push(level),
            depth => {
                byte = byte << depth | level >> (8 - depth);
                used += depth;
                if used == 8 {
                    row.push(byte);
                    (byte, used) = (0, 0);
                }
            }
        }
    }
    if used > 0 {
        row.push(byte << (8 - used));
    }
}

/// A slope with a disc on it: tones and an edge.
pub fn scene(width: u32, height: u32) -> impl Fn(u32, u32, usize) -> u8 {
    move |x, y, channel| {
        let (dx, dy) = (i64::from(x * 2) - i64::from(width), i64::from(y * 2) - i64::from(height));
        let side = i64::from(width.min(height));
        if (dx * dx + dy * dy) * 4 < side * side {
            [30, 90, 160, 255][channel % 4]
        } else {
            let slope = (x * 255 / width.max(1) + y * channel as u32) % 256;
            slope.to_le_bytes()[0]
        }
    }
}

pub(super) fn documents() -> Vec<Document> {
    let mut all = Vec::new();
    let kinds: [(&str, u8, &[u8]); 5] = [
        ("grey", 0, &[1, 2, 4, 8, 16]),
        ("colour", 2, &[8, 16]),
        ("palette", 3, &[1, 2, 4, 8]),
        ("grey-alpha", 4, &[8, 16]),
        ("alpha", 6, &[8, 16]),
    ];
    let palette: Vec<u8> = (0..=255_u8).flat_map(|i| [i, i.rotate_left(4), 255 - i]).collect();
    for (word, color, depths) in kinds {
        for &depth in depths {
            for interlaced in [false, true] {
                let header = Header { width: 67, height: 45, depth, color, interlaced };
                let colours = &palette[..3 << depth.min(8)];
                let more: &[(&[u8; 4], &[u8])] = if color == 3 { &[(b"PLTE", colours)] } else { &[] };
                let order = if interlaced { "-interlaced" } else { "" };
                all.push(Document::new(format!("{word}-{depth}{order}.png"), picture(header, more, scene(67, 45))));
            }
        }
    }
    let plain = |width, height| Header { width, height, depth: 8, color: 0, interlaced: false };
    for (width, height) in [(1, 1), (1, 30), (60, 1), (7, 9), (120, 3), (3, 120), (384, 40)] {
        let sample = scene(width, height);
        all.push(Document::new(format!("size-{width}x{height}.png"), picture(plain(width, height), &[], sample)));
    }
    for (word, level) in [("black", 0), ("white", 255), ("middle", 128), ("nearly-white", 254), ("nearly-black", 1)] {
        all.push(Document::new(format!("flat-{word}.png"), picture(plain(40, 30), &[], |_, _, _| level)));
    }
    let grains = noise(3, 90 * 70);
    all.push(Document::new("noise.png", picture(plain(90, 70), &[], |x, y, _| grains[(y * 90 + x) as usize])));
    let board = |x: u32, y: u32, _| if (x + y).is_multiple_of(2) { 0 } else { 255 };
    all.push(Document::new("chessboard.png", picture(plain(96, 40), &[], board)));
    let alpha = |color| Header { color, ..plain(40, 40) };
    all.push(Document::new("transparent.png", picture(alpha(6), &[], |_, _, _| 0)));
    all.push(Document::new("half-transparent.png", picture(alpha(4), &[], |_, _, channel| [0, 128][channel])));
    for (kind, data, word) in [
        (b"tRNS", &[0, 128][..], "one-grey-transparent"),
        (b"gAMA", &45_455_u32.to_be_bytes(), "gamma"),
        (b"pHYs", b"\0\0\x2e\x23\0\0\x2e\x23\x01", "resolution"),
        (b"tEXt", b"Comment\0hello", "comment"),
    ] {
        all.push(Document::new(format!("with-{word}.png"), picture(plain(40, 30), &[(kind, data)], scene(40, 30))));
    }
    all
}
