//! BMP files of every depth, from the top and from the bottom, plain and by run lengths.
//!
//! ```text
//! BM  size  0  start   40  width  height  1  depth  method  …   palette   rows, each of whole 4 bytes
//! ```
//!
//! Source: the BITMAPINFOHEADER of Windows 3.

use super::png::scene;
use crate::Document;

/// A file with this header, palette and rows.
pub fn file(width: i32, height: i32, depth: u16, method: u32, palette: &[u8], rows: &[u8]) -> Vec<u8> {
    let start = 54 + palette.len() as u32;
    let mut bmp = b"BM".to_vec();
    bmp.extend((start + rows.len() as u32).to_le_bytes());
    bmp.extend([0; 4]);
    bmp.extend(start.to_le_bytes());
    bmp.extend(40_u32.to_le_bytes());
    bmp.extend(width.to_le_bytes());
    bmp.extend(height.to_le_bytes());
    bmp.extend(1_u16.to_le_bytes());
    bmp.extend(depth.to_le_bytes());
    bmp.extend(method.to_le_bytes());
    bmp.extend((rows.len() as u32).to_le_bytes());
    bmp.extend([0; 8]);
    bmp.extend((palette.len() as u32 / 4).to_le_bytes());
    bmp.extend([0; 4]);
    [&bmp[..], palette, rows].concat()
}

fn greys(depth: u16) -> Vec<u8> {
    let most = (1_u32 << depth) - 1;
    (0..=most).flat_map(|step| [(step * 255 / most).to_le_bytes()[0]; 3].into_iter().chain([0])).collect()
}

fn rows(width: u32, height: u32, depth: u16) -> Vec<u8> {
    let sample = scene(width, height);
    let mut all = Vec::new();
    for y in 0..height {
        let mut row = Vec::new();
        for x in 0..width {
            match depth {
                32 => row.extend([sample(x, y, 2), sample(x, y, 1), sample(x, y, 0), 255]),
                24 => row.extend([sample(x, y, 2), sample(x, y, 1), sample(x, y, 0)]),
                16 => row.extend([sample(x, y, 1), sample(x, y, 0) & 0x7F]),
                _ => {
                    let place = x as usize * usize::from(depth);
                    row.resize(place / 8 + 1, 0);
                    row[place / 8] |= sample(x, y, 0) >> (8 - depth) << (8 - usize::from(depth) - place % 8);
                }
            }
        }
        row.resize(row.len().next_multiple_of(4), 0);
        all.extend(row);
    }
    all
}

pub(super) fn documents() -> Vec<Document> {
    let mut all = Vec::new();
    for depth in [1, 4, 8, 16, 24, 32] {
        let palette = if depth <= 8 { greys(depth) } else { Vec::new() };
        let bmp = file(61, 40, depth, 0, &palette, &rows(61, 40, depth));
        all.push(Document::new(format!("depth-{depth}.bmp"), bmp));
    }
    all.push(Document::new("from-the-top.bmp", file(61, -40, 24, 0, &[], &rows(61, 40, 24))));
    // Runs of equal pixels, two a row; end of row, end of picture.
    let runs: Vec<u8> = (0..20).flat_map(|y| [20, y * 12, 12, 255 - y, 0, 0]).chain([0, 1]).collect();
    all.push(Document::new("runs.bmp", file(32, 20, 8, 1, &greys(8), &runs)));
    all
}
