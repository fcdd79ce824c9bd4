//! A page that becomes bytes while it is still being rendered.
//!
//! ```text
//! Family::begin ──▶ head of the PRN ─┐
//! Encoder::push ──▶ band, band, …   ─┼─▶ the caller's buffer, which may be sent and emptied at any time
//! Encoder::finish ─▶ the rest       ─┘
//! ```
//!
//! Source: section 2 of the architecture ("band by band"). However the rows are cut into pushes, the bytes are the
//! same. What is kept between two pushes is less than one band of the language. Deliberately absent: the same for
//! decoding; whoever decodes has the whole PRN.

use crate::family::{EncodeError, MAX_PAGE_ROWS};
use platen_model::{Bitmap, Duplex};

/// What has to be known of a page before its first row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Dots from left to right.
    pub width: u32,
    /// Rows from top to bottom.
    pub rows: u32,
    /// The place of the page in its PRN, from 0. Only languages with a frame around all pages look at it, or that print
    /// on both sides.
    pub index: u32,
    /// Bits a dot, as in [`Bitmap`].
    pub depth: u8,
    /// Which sides are printed. Only languages that can say it look at it.
    pub duplex: Duplex,
}

impl Sheet {
    /// A page of `width` × `rows` dots of one bit that stands alone.
    pub fn new(width: u32, rows: u32) -> Self {
        Self { width, rows, index: 0, depth: 1, duplex: Duplex::Off }
    }

    /// The sheet of a page that stands alone.
    pub fn of(page: &Bitmap) -> Self {
        Self { depth: page.depth(), ..Self::new(page.width(), page.height()) }
    }

    /// Bytes in a row.
    pub fn stride(&self) -> usize {
        Bitmap::row_bytes(self.width, self.depth)
    }

    /// Bits of the last byte of a row that dots use; 0 when they use all of them.
    fn used_bits(&self) -> usize {
        self.width as usize * usize::from(self.depth) % 8
    }

    /// Whether the page can travel in a language of one bit and at most `most` dots a row. With `whole`, rows are whole
    /// bytes.
    pub(crate) fn check(&self, most: u32, whole: bool) -> Result<(), EncodeError> {
        self.check_grey(most, whole, &[1])
    }

    /// As [`Sheet::check`], for a label of at most `most` rows.
    pub(crate) fn check_label(&self, wide: u32, most: u32) -> Result<(), EncodeError> {
        self.check(wide, true)?;
        if self.rows > most { Err(EncodeError::TooTall { rows: self.rows, most }) } else { Ok(()) }
    }

    /// As [`Sheet::check`], for a language that can carry any of these `depths`.
    pub(crate) fn check_grey(&self, most: u32, whole: bool, depths: &'static [u8]) -> Result<(), EncodeError> {
        let Self { width, rows, depth, .. } = *self;
        if !depths.contains(&depth) {
            return Err(EncodeError::DepthNotPossible { depth, possible: depths });
        }
        if width == 0 || rows == 0 {
            return Err(EncodeError::Empty);
        }
        if whole && width % 8 != 0 {
            return Err(EncodeError::WidthNotWhole { width });
        }
        if width > most {
            return Err(EncodeError::TooWide { width, most });
        }
        if rows > MAX_PAGE_ROWS {
            return Err(EncodeError::TooTall { rows, most: MAX_PAGE_ROWS });
        }
        Ok(())
    }
}

/// What a language does with the rows of one page.
pub(crate) trait Bands: Send {
    /// Writes one band. Every band has the same number of rows but the last, which may have fewer.
    fn band(&mut self, rows: &[u8], prn: &mut Vec<u8>) -> Result<(), EncodeError>;

    /// Writes what follows the last band.
    fn end(&mut self, prn: &mut Vec<u8>) -> Result<(), EncodeError>;
}

/// A page under way, from [`crate::Family::begin`].
pub struct Encoder {
    sheet: Sheet,
    /// Rows that came so far.
    came: usize,
    /// Bytes in a band.
    band: usize,
    /// The beginning of the next band.
    pending: Vec<u8>,
    /// Whether rows travel with black for white.
    reversed: bool,
    bands: Box<dyn Bands>,
}

impl Encoder {
    /// An encoder that hands `bands` so many rows at a time.
    pub(crate) fn new(sheet: Sheet, band_rows: usize, bands: impl Bands + 'static) -> Self {
        let band = sheet.stride().saturating_mul(band_rows.max(1));
        Self { sheet, came: 0, band, pending: Vec::new(), reversed: false, bands: Box::new(bands) }
    }

    /// The same, with black for white when `on`: see [`crate::Quirk::Reversed`].
    pub(crate) fn reversed(self, on: bool) -> Self {
        Self { reversed: on, ..self }
    }

    /// Takes the next rows, packed as in [`Bitmap`] and any number of them, and appends what can be sent to `prn`.
    ///
    /// # Errors
    /// [`EncodeError::BrokenRow`] when `rows` is not whole rows, [`EncodeError::WrongRows`] as soon as there are more than
    /// announced.
    pub fn push(&mut self, rows: &[u8], prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        let stride = self.sheet.stride();
        if stride == 0 || !rows.len().is_multiple_of(stride) {
            return Err(EncodeError::BrokenRow { bytes: rows.len(), stride });
        }
        self.came = self.came.saturating_add(rows.len() / stride);
        if self.came > self.sheet.rows as usize {
            return Err(self.wrong_rows());
        }
        let turned: Vec<u8>;
        let mut rows = rows;
        if self.reversed {
            turned = rows.iter().map(|byte| !byte).collect();
            rows = &turned;
        }
        if self.pending.is_empty() && self.sheet.used_bits() == 0 {
            // The usual case: whole bands go on without being copied.
            while let Some((band, rest)) = rows.split_at_checked(self.band) {
                self.bands.band(band, prn)?;
                rows = rest;
            }
        }
        while !rows.is_empty() {
            let room = self.band.saturating_sub(self.pending.len());
            let (now, later) = rows.split_at_checked(room).unwrap_or((rows, &[]));
            self.keep(now);
            rows = later;
            if self.pending.len() == self.band {
                self.bands.band(&self.pending, prn)?;
                self.pending.clear();
            }
        }
        Ok(())
    }

    /// Ends the page and appends the rest of its bytes to `prn`.
    ///
    /// # Errors
    /// [`EncodeError::WrongRows`] when there were fewer rows than announced: the printer would wait for them.
    pub fn finish(mut self, prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.came != self.sheet.rows as usize {
            return Err(self.wrong_rows());
        }
        if !self.pending.is_empty() {
            self.bands.band(&self.pending, prn)?;
        }
        self.bands.end(prn)
    }

    /// Keeps rows for the next band, with white in the bits beyond the last dot.
    fn keep(&mut self, rows: &[u8]) {
        let start = self.pending.len();
        self.pending.extend_from_slice(rows);
        let used = self.sheet.used_bits();
        if used != 0 {
            let mask = !(0xFF_u8 >> used);
            for row in self.pending.iter_mut().skip(start).skip(self.sheet.stride() - 1).step_by(self.sheet.stride()) {
                *row &= mask;
            }
        }
    }

    fn wrong_rows(&self) -> EncodeError {
        EncodeError::WrongRows { announced: self.sheet.rows, came: self.came }
    }
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Encoder({} of {} rows, {} dots wide)", self.came, self.sheet.rows, self.sheet.width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes the length of each band and the band, and `!` at the end.
    struct Plain;

    impl Bands for Plain {
        fn band(&mut self, rows: &[u8], prn: &mut Vec<u8>) -> Result<(), EncodeError> {
            prn.push(u8::try_from(rows.len()).unwrap());
            prn.extend_from_slice(rows);
            Ok(())
        }

        fn end(&mut self, prn: &mut Vec<u8>) -> Result<(), EncodeError> {
            prn.push(b'!');
            Ok(())
        }
    }

    fn pushed(width: u32, pushes: &[&[u8]]) -> Vec<u8> {
        let bytes: usize = pushes.iter().map(|rows| rows.len()).sum();
        let rows = u32::try_from(bytes / Bitmap::stride_of(width)).unwrap();
        let mut encoder = Encoder::new(Sheet::new(width, rows), 2, Plain);
        let mut prn = Vec::new();
        for rows in pushes {
            encoder.push(rows, &mut prn).unwrap();
        }
        encoder.finish(&mut prn).unwrap();
        prn
    }

    #[test]
    fn bands_do_not_depend_on_how_the_rows_come() {
        let whole = pushed(8, &[b"abcde"]);
        assert_eq!(whole, b"\x02ab\x02cd\x01e!");
        for pushes in [&[&b"a"[..], b"bcd", b"e"][..], &[b"abc", b"", b"de"], &[b"a", b"b", b"c", b"d", b"e"]] {
            assert_eq!(pushed(8, pushes), whole);
        }
    }

    #[test]
    fn bits_beyond_the_last_dot_are_white() {
        assert_eq!(pushed(4, &[&[0xFF, 0xFF], &[0xFF]]), [2, 0xF0, 0xF0, 1, 0xF0, b'!']);
    }

    #[test]
    fn rows_that_are_too_many_too_few_or_broken_are_refused() {
        let new = || Encoder::new(Sheet::new(16, 2), 8, Plain);
        let mut prn = Vec::new();
        assert_eq!(new().push(&[0; 3], &mut prn), Err(EncodeError::BrokenRow { bytes: 3, stride: 2 }));
        assert_eq!(new().push(&[0; 6], &mut prn), Err(EncodeError::WrongRows { announced: 2, came: 3 }));
        assert_eq!(new().finish(&mut prn), Err(EncodeError::WrongRows { announced: 2, came: 0 }));
    }
}
