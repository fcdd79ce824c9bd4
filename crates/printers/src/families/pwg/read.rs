//! PWG raster, line by line.
//!
//! Source: section "How it is read" of `docs/protocols/pwg.md`; rule 4 (no panic, no allocation by a length that was told).
//! Memory is one line, which grows as its bytes come. Stricter than libcups, which reads beyond the page's end without a
//! word. Deliberately absent: the other raster formats that begin alike (`2SaR`, `RaS3`, `UNIRAST`).

use super::SYNC;
use super::header::{HEADER_BYTES, Header};
use crate::families::reader::{Arguments, Reader as Bytes};
use crate::family::DecodeError;

/// A stream of pages.
pub struct Reader<'a> {
    bytes: Bytes<'a>,
    /// The most bytes of pixels in a page.
    most: u64,
    page: Option<Open>,
}

/// The page whose lines are being read.
struct Open {
    header: Header,
    /// Lines that are still to come.
    left: u32,
    /// How often `line` comes again.
    again: u32,
    line: Vec<u8>,
}

impl<'a> Reader<'a> {
    /// Begins to read. Pages of more than `most` bytes of pixels are refused.
    ///
    /// # Errors
    /// When the first four bytes are not those of PWG raster.
    pub fn new(bytes: &'a [u8], most: u64) -> Result<Self, DecodeError> {
        let mut bytes = Bytes::new(bytes);
        let mut arguments = Arguments { reader: &mut bytes, offset: 0, name: "start" };
        if arguments.bytes(SYNC.len())? != SYNC {
            return Err(arguments.malformed("this is not PWG raster"));
        }
        Ok(Self { bytes, most, page: None })
    }

    /// How far it has read.
    pub fn offset(&self) -> usize {
        self.bytes.at()
    }

    /// Goes on to the next page, over whatever is left of the one before. `None` after the last one.
    ///
    /// # Errors
    /// A damaged line of the page before, a short or unsound header, a page that is too large.
    pub fn page(&mut self) -> Result<Option<Header>, DecodeError> {
        while self.line()?.is_some() {}
        self.page = None;
        // Streams that were put one behind the other.
        self.bytes.skip(SYNC);
        if self.bytes.peek().is_none() {
            return Ok(None);
        }
        let offset = self.bytes.at();
        let mut arguments = Arguments { reader: &mut self.bytes, offset, name: "page" };
        let header = arguments.bytes(HEADER_BYTES)?;
        let header = Header::from_bytes(header).map_err(|problem| arguments.malformed(problem))?;
        let pixels = u64::from(header.height).saturating_mul(header.line_bytes() as u64);
        if pixels > self.most {
            return Err(DecodeError::TooLarge { offset });
        }
        self.page = Some(Open { header, left: header.height, again: 0, line: Vec::new() });
        Ok(Some(header))
    }

    /// Whether the next line is the last one once more.
    pub fn repeats(&self) -> bool {
        self.page.as_ref().is_some_and(|page| page.again > 0)
    }

    /// The next line of the page as it is stored; `None` after the last one.
    ///
    /// # Errors
    /// Data that ends in the page, or a line that is longer than it may be.
    pub fn line(&mut self) -> Result<Option<&[u8]>, DecodeError> {
        let Some(page) = self.page.as_mut().filter(|page| page.left > 0) else { return Ok(None) };
        if page.again == 0 {
            let offset = self.bytes.at();
            let mut arguments = Arguments { reader: &mut self.bytes, offset, name: "line" };
            page.again = u32::from(arguments.byte()?) + 1;
            if page.again > page.left {
                return Err(arguments.malformed("it is repeated beyond the end of the page"));
            }
            read_line(&mut arguments, &page.header, &mut page.line)?;
        }
        page.again -= 1;
        page.left -= 1;
        Ok(Some(&page.line))
    }
}

fn read_line(arguments: &mut Arguments<'_, '_>, header: &Header, line: &mut Vec<u8>) -> Result<(), DecodeError> {
    let (bytes, unit) = (header.line_bytes(), header.color.unit());
    line.clear();
    while line.len() < bytes {
        let code = arguments.byte()?;
        let (values, times) = match code {
            0..=127 => (1, usize::from(code) + 1),
            128 => return Err(arguments.malformed("it has the code that is not used")),
            129..=255 => (257 - usize::from(code), 1),
        };
        if values * times * unit > bytes - line.len() {
            return Err(arguments.malformed("it is longer than the page is wide"));
        }
        let value = arguments.bytes(values * unit)?;
        for _ in 0..times {
            line.extend_from_slice(value);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::color::ColorType;
    use super::super::sides::Transform;
    use super::super::write::{write_page, write_start};
    use super::*;

    fn stream(header: &Header, bitmap: &[u8]) -> Vec<u8> {
        [SYNC, &header.to_bytes()[..], bitmap].concat()
    }

    fn lines(prn: &[u8]) -> Result<Vec<Vec<u8>>, DecodeError> {
        let mut reader = Reader::new(prn, 1 << 20)?;
        let mut lines = Vec::new();
        while reader.page()?.is_some() {
            while let Some(line) = reader.line()? {
                lines.push(line.to_vec());
            }
        }
        Ok(lines)
    }

    fn grey(width: u32, height: u32) -> Header {
        Header::new(width, height, 300, ColorType::SGRAY_8)
    }

    #[test]
    fn pages_of_every_colour_type_come_back() {
        for name in ["black_1", "sgray_1", "black_8", "sgray_8", "srgb_8", "adobe-rgb_8", "cmyk_8", "srgb_16"] {
            let color = ColorType::from_name(name).unwrap();
            let header = Header::new(613, 40, 300, color);
            let mut pixels: Vec<u8> =
                (0..header.line_bytes() * 40).map(|i| (i * i / 97).to_le_bytes()[0] & 0xF0).collect();
            pixels.chunks_exact_mut(header.line_bytes()).for_each(|line| *line.last_mut().unwrap() = 0);
            let mut prn = Vec::new();
            write_start(&mut prn);
            write_page(&header, &pixels, &mut prn).unwrap();
            write_page(&header, &pixels, &mut prn).unwrap();
            assert!(lines(&prn).unwrap().concat() == pixels.repeat(2), "{name}");
        }
    }

    #[test]
    fn turned_pages_are_stored_turned() {
        let header = Header { transform: Transform { cross_feed: true, feed: true }, ..grey(3, 2) };
        let mut prn = SYNC.to_vec();
        write_page(&header, &[1, 2, 3, 4, 5, 6], &mut prn).unwrap();
        assert_eq!(lines(&prn).unwrap(), [[6, 5, 4], [3, 2, 1]]);
    }

    #[test]
    fn a_page_may_be_left_before_its_end() {
        let prn = [stream(&grey(2, 2), &[1, 1, 9]), grey(2, 1).to_bytes(), vec![0, 1, 7]].concat();
        let mut reader = Reader::new(&prn, 100).unwrap();
        reader.page().unwrap();
        assert_eq!(reader.line().unwrap(), Some(&[9, 9][..]));
        assert!(reader.repeats());
        assert_eq!(reader.page().unwrap().unwrap().height, 1);
        assert_eq!(reader.line().unwrap(), Some(&[7, 7][..]));
        assert_eq!(reader.line().unwrap(), None);
        assert_eq!(reader.page().unwrap(), None);
    }

    #[test]
    fn what_libcups_reads_without_a_word_is_refused() {
        let problem = |bitmap: &[u8]| lines(&stream(&grey(4, 2), bitmap)).unwrap_err().to_string();
        assert!(problem(&[2, 3, 9]).contains("beyond the end of the page"));
        assert!(problem(&[1, 128]).contains("not used"));
        assert!(problem(&[1, 4, 9]).contains("longer than the page is wide"));
        assert!(problem(&[1, 252, 1, 2, 3, 4, 5]).contains("longer than the page is wide"));
    }

    #[test]
    fn short_foreign_and_giant_streams_are_refused_before_memory_is_taken() {
        assert!(matches!(lines(b"2SaR"), Err(DecodeError::Malformed { offset: 0, .. })));
        assert_eq!(lines(b"RaS"), Err(DecodeError::Truncated { offset: 0, command: "start" }));
        assert_eq!(lines(b"RaS2x"), Err(DecodeError::Truncated { offset: 4, command: "page" }));
        assert_eq!(lines(&stream(&grey(4, 2), &[0])), Err(DecodeError::Truncated { offset: 1800, command: "line" }));
        assert_eq!(lines(&stream(&grey(200_000, 200_000), &[])), Err(DecodeError::TooLarge { offset: 4 }));
    }
}
