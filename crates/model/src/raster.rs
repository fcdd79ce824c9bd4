//! Black and white dots.

/// A page of dots, one bit each.
///
/// ```text
/// byte 0        byte 1            stride = ceil(width / 8) bytes a row
/// 7 6 5 4 3 2 1 0 7 6 5 …         bit 7 is the leftmost dot; 1 = black (burned), 0 = white
/// ```
///
/// The unused bits at the end of a row are always 0, so equal pictures are equal bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Bitmap {
    width: u32,
    height: u32,
    rows: Vec<u8>,
}

impl Bitmap {
    /// A white page of `width` × `height` dots.
    pub fn white(width: u32, height: u32) -> Self {
        let bytes = Self::stride_of(width).saturating_mul(height as usize);
        Self { width, height, rows: vec![0; bytes] }
    }

    /// Takes packed rows as they are; `None` when their length is not `stride × height`. Padding bits are cleared.
    pub fn from_rows(width: u32, height: u32, rows: Vec<u8>) -> Option<Self> {
        let stride = Self::stride_of(width);
        if rows.len() != stride.checked_mul(height as usize)? {
            return None;
        }
        let mut bitmap = Self { width, height, rows };
        bitmap.clear_padding();
        Some(bitmap)
    }

    /// Bytes in a row of `width` dots.
    pub const fn stride_of(width: u32) -> usize {
        width.div_ceil(8) as usize
    }

    /// Dots from left to right.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Dots from top to bottom.
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// Bytes in a row.
    pub const fn stride(&self) -> usize {
        Self::stride_of(self.width)
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

    /// Whether the dot at column `x`, row `y` is black. Outside of the page everything is white.
    pub fn is_black(&self, x: u32, y: u32) -> bool {
        x < self.width && self.row(y).get((x / 8) as usize).is_some_and(|byte| byte & (0x80 >> (x % 8)) != 0)
    }

    /// Burns the dot at column `x`, row `y`; outside of the page nothing happens.
    pub fn set_black(&mut self, x: u32, y: u32) {
        if x >= self.width {
            return;
        }
        if let Some(byte) = self.row_mut(y).get_mut((x / 8) as usize) {
            *byte |= 0x80 >> (x % 8);
        }
    }

    /// How many dots are black.
    pub fn black_dots(&self) -> u64 {
        self.rows.iter().map(|byte| u64::from(byte.count_ones())).sum()
    }

    fn clear_padding(&mut self) {
        let used = self.width % 8;
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
        write!(formatter, "Bitmap({}×{}, {} black)", self.width, self.height, self.black_dots())
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
}
