//! Dots: black and white, in levels of grey for the few printers that can burn them, or in colour.

/// A page of dots, one bit each, or 2, 4 or 8, or 24.
///
/// ```text
/// byte 0        byte 1            stride = ceil(width × depth / 8) bytes a row
/// 7 6 5 4 3 2 1 0 7 6 5 …         depth 1: bit 7 is the leftmost dot; 1 = black (burned), 0 = white
/// a a b b c c d d e e f …         depth 2: levels from 0 = black to 3 = white; 15 and 255 are white with 4 and 8 bits
/// r r r r r r r r g g g …         depth 24: red, green and blue, 255 for all of it
/// ```
///
/// The unused bits at the end of a row are always 0, so equal pictures are equal bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Bitmap {
    width: u32,
    height: u32,
    depth: u8,
    rows: Vec<u8>,
}

impl Bitmap {
    /// A white page of `width` × `height` dots.
    pub fn white(width: u32, height: u32) -> Self {
        let bytes = Self::stride_of(width).saturating_mul(height as usize);
        Self { width, height, depth: 1, rows: vec![0; bytes] }
    }

    /// Takes packed rows as they are, one bit a dot; `None` when their length is not `stride × height`. Padding bits are
    /// cleared.
    pub fn from_rows(width: u32, height: u32, rows: Vec<u8>) -> Option<Self> {
        Self::from_levels(width, height, 1, rows)
    }

    /// Takes packed rows of `depth` bits a dot as they are; `None` when that is not 1, 2, 4, 8 or 24, or their length is not
    /// `stride × height`. Padding bits are cleared.
    pub fn from_levels(width: u32, height: u32, depth: u8, rows: Vec<u8>) -> Option<Self> {
        let stride = Self::row_bytes(width, depth);
        if !matches!(depth, 1 | 2 | 4 | 8 | 24) || rows.len() != stride.checked_mul(height as usize)? {
            return None;
        }
        let mut bitmap = Self { width, height, depth, rows };
        bitmap.clear_padding();
        Some(bitmap)
    }

    /// Bytes in a row of `width` dots of one bit.
    pub const fn stride_of(width: u32) -> usize {
        width.div_ceil(8) as usize
    }

    /// Bytes in a row of `width` dots of `depth` bits.
    pub const fn row_bytes(width: u32, depth: u8) -> usize {
        (width as usize).saturating_mul(depth as usize).div_ceil(8)
    }

    /// Dots from left to right.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Dots from top to bottom.
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// Bits a dot: 1, 2, 4, 8 or 24.
    pub const fn depth(&self) -> u8 {
        self.depth
    }

    /// Bytes in a row.
    pub const fn stride(&self) -> usize {
        Self::row_bytes(self.width, self.depth)
    }

    /// All rows, packed, top to bottom.
    pub fn bytes(&self) -> &[u8] {
        &self.rows
    }

    /// The rows one by one.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, u8> {
        self.rows.chunks_exact(self.stride().max(1))
    }

    /// Row `y`, or an empty slice when there is no such row.
    pub fn row(&self, y: u32) -> &[u8] {
        let stride = self.stride();
        let start = (y as usize).saturating_mul(stride);
        self.rows.get(start..start.saturating_add(stride)).unwrap_or(&[])
    }

    /// Row `y` for writing. The caller keeps the padding bits at 0.
    pub fn row_mut(&mut self, y: u32) -> &mut [u8] {
        let stride = self.stride();
        let start = (y as usize).saturating_mul(stride);
        self.rows.get_mut(start..start.saturating_add(stride)).unwrap_or(&mut [])
    }

    /// Red, green and blue of the dot at column `x`, row `y`, 255 for all of it. Outside of the page everything is white.
    pub fn colour(&self, x: u32, y: u32) -> [u8; 3] {
        if self.depth != 24 {
            return [self.grey(x, y); 3];
        }
        let (dots, _) = self.row(y).as_chunks::<3>();
        dots.get(x as usize).copied().unwrap_or([255; 3])
    }

    /// The grey of the dot at column `x`, row `y`: 0 black, 255 white; of a colour its brightness (ITU-R BT.601). Outside
    /// of the page everything is white.
    pub fn grey(&self, x: u32, y: u32) -> u8 {
        if x >= self.width {
            return 255;
        }
        if self.depth == 24 {
            let [red, green, blue] = self.colour(x, y).map(u32::from);
            return u8::try_from((299 * red + 587 * green + 114 * blue + 500) / 1000).unwrap_or(255);
        }
        let bit = x as usize * usize::from(self.depth);
        let Some(byte) = self.row(y).get(bit / 8) else { return 255 };
        let most = 0xFF_u8 >> (8 - self.depth);
        let shift = 8_usize.saturating_sub(usize::from(self.depth) + bit % 8);
        let level = (byte >> shift) & most;
        // 255 is a multiple of 1, 3, 15 and 255.
        if self.depth == 1 { (1 - level) * 255 } else { level * (255 / most) }
    }

    /// Whether the dot at column `x`, row `y` is black, or nearer to black than to white. Outside of the page
    /// everything is white.
    pub fn is_black(&self, x: u32, y: u32) -> bool {
        self.grey(x, y) < 128
    }

    /// Burns the dot at column `x`, row `y`; outside of the page nothing happens.
    pub fn set_black(&mut self, x: u32, y: u32) {
        if x >= self.width {
            return;
        }
        let (bit, depth) = (x as usize * usize::from(self.depth), self.depth);
        if depth == 24 {
            if let Some(dot) = self.row_mut(y).get_mut(bit / 8..bit / 8 + 3) {
                dot.fill(0);
            }
            return;
        }
        if let Some(byte) = self.row_mut(y).get_mut(bit / 8) {
            let dot = !(0xFF_u16 >> depth).to_le_bytes()[0] >> (bit % 8);
            *byte = if depth == 1 { *byte | dot } else { *byte & !dot };
        }
    }

    /// How many dots are black, or nearer to black than to white.
    pub fn black_dots(&self) -> u64 {
        if self.depth == 1 {
            return self.rows.iter().map(|byte| u64::from(byte.count_ones())).sum();
        }
        let dark = |y| (0..self.width).filter(|&x| self.is_black(x, y)).count() as u64;
        (0..self.height).map(dark).sum()
    }

    fn clear_padding(&mut self) {
        let used = self.width as usize * usize::from(self.depth) % 8;
        let stride = self.stride();
        if used == 0 || stride == 0 {
            return;
        }
        let mask = !(0xFF_u8 >> used);
        for row in self.rows.chunks_exact_mut(stride) {
            if let Some(last) = row.last_mut() {
                *last &= mask;
            }
        }
    }
}

impl std::fmt::Debug for Bitmap {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bits = if self.depth == 1 { String::new() } else { format!(" of {} bits", self.depth) };
        write!(formatter, "Bitmap({}×{}{bits}, {} black)", self.width, self.height, self.black_dots())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_leftmost_dot_is_bit_seven_and_padding_stays_white() {
        let mut page = Bitmap::white(10, 2);
        page.set_black(0, 0);
        page.set_black(9, 1);
        page.set_black(10, 1);
        page.set_black(0, 2);
        assert_eq!(page.bytes(), [0x80, 0, 0, 0x40]);
        assert!(page.is_black(9, 1) && !page.is_black(10, 1) && !page.is_black(0, 5));
    }

    #[test]
    fn rows_of_another_length_are_refused_and_padding_is_cleared() {
        assert_eq!(Bitmap::from_rows(10, 2, vec![0; 3]), None);
        let page = Bitmap::from_rows(10, 1, vec![0xFF, 0xFF]).unwrap();
        assert_eq!(page.bytes(), [0xFF, 0xC0]);
        assert_eq!(page.black_dots(), 10);
    }

    #[test]
    fn grey_has_levels_from_black_to_white() {
        for (depth, row, greys) in [
            (1, vec![0b1010_0000], [0, 255, 0]),
            (2, vec![0b0001_1011], [0, 85, 170]),
            (4, vec![0x0F, 0x7F], [0, 255, 119]),
            (8, vec![1, 127, 255], [1, 127, 255]),
        ] {
            let page = Bitmap::from_levels(3, 1, depth, row).unwrap();
            assert_eq!([0, 1, 2].map(|x| page.grey(x, 0)), greys, "{depth}");
            assert_eq!((page.grey(3, 0), page.grey(0, 1)), (255, 255));
            let black = greys.iter().filter(|grey| **grey < 128).count() as u64;
            assert_eq!(page.black_dots(), black, "{depth}");
            let mut burned = page.clone();
            burned.set_black(2, 0);
            assert_eq!([0, 1, 2].map(|x| burned.grey(x, 0)), [greys[0], greys[1], 0], "{depth}");
        }
        assert_eq!(Bitmap::from_levels(3, 1, 4, vec![0xFF, 0xFF]).unwrap().bytes(), [0xFF, 0xF0]);
        assert_eq!(Bitmap::from_levels(3, 1, 3, vec![0; 2]), None);
        assert_eq!(Bitmap::from_levels(3, 1, 8, vec![0; 2]), None);
    }

    #[test]
    fn colours_are_three_bytes_a_dot() {
        let mut page = Bitmap::from_levels(2, 2, 24, vec![255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7]).unwrap();
        assert_eq!(page.stride(), 6);
        assert_eq!([page.colour(1, 0), page.colour(1, 1), page.colour(2, 0)], [[0, 255, 0], [9, 8, 7], [255; 3]]);
        assert_eq!([page.grey(0, 0), page.grey(1, 0), page.grey(0, 1), page.grey(0, 2)], [76, 150, 29, 255]);
        assert_eq!(page.black_dots(), 3);
        page.set_black(1, 0);
        assert_eq!((page.colour(1, 0), page.colour(0, 0)), ([0; 3], [255, 0, 0]));
        assert_eq!(Bitmap::from_levels(2, 2, 24, vec![0; 11]), None);
        assert_eq!(Bitmap::white(3, 1).colour(0, 0), [255; 3]);
    }
}
