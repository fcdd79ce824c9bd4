//! What is printed: a photo, a text and a label, as the dots that rendering makes of them.

use platen_model::Bitmap;

/// What a photo is after dithering: noise that is denser in some places.
pub(crate) fn photo(width: u32) -> Bitmap {
    drawn(width, 240, |x, y, noise| u32::from(noise) < (x * 255 / width + y) / 2)
}

/// Lines of small black shapes with white between them.
pub(crate) fn text(width: u32) -> Bitmap {
    drawn(width, 200, |x, y, _| y % 24 < 14 && (x / 3 * 7 + y / 24 * 5) % 11 < 4 && (x / 12) % 5 != 4)
}

/// A frame, a bar code, much white; the first rows are white.
pub(crate) fn label(width: u32) -> Bitmap {
    drawn(width, 160, |x, y, _| {
        let frame = y >= 8 && (!(12..156).contains(&y) || x < 4 || x >= width - 4);
        frame || (40..100).contains(&y) && x > 30 && x < width - 30 && (x * x / 97) % 3 == 0
    })
}

/// All three with their names.
pub(crate) fn all(width: u32) -> [(&'static str, Bitmap); 3] {
    [("photo", photo(width)), ("text", text(width)), ("label", label(width))]
}

fn drawn(width: u32, height: u32, black: impl Fn(u32, u32, u8) -> bool) -> Bitmap {
    let mut page = Bitmap::white(width, height);
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for y in 0..height {
        for x in 0..width {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            if black(x, y, state.to_le_bytes()[3]) {
                page.set_black(x, y);
            }
        }
    }
    page
}
