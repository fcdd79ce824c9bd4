//! The page header of PWG raster: 1796 octets, all numbers big-endian.
//!
//! Source: table "Page header" of `docs/protocols/pwg.md`. Deliberately absent: every text field but the fixed first one.
//! Names of media and of page sizes are left to the print ticket, so no text of a person can get in (promise CT-6).

use super::color::ColorType;
use super::sides::Transform;

/// Octets in a header.
pub const HEADER_BYTES: usize = 1796;

/// The most pixels and lines that are read.
pub(super) const MOST: u32 = 200_000;

/// What is said of a page before its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Pixels in a line.
    pub width: u32,
    /// Lines.
    pub height: u32,
    /// Dots per inch: across, and along the paper's way.
    pub resolution: (u32, u32),
    /// How pixels are stored.
    pub color: ColorType,
    /// Whether both sides are printed.
    pub duplex: bool,
    /// Whether the back is turned over the short edge.
    pub tumble: bool,
    /// How the pixels were turned for the printer's way of feeding backs.
    pub transform: Transform,
    /// When the paper is cut: 0 never, 1 after the document, 2 the job, 3 the set, 4 the page.
    pub cut: u32,
    /// How often the page is printed; 0 leaves it to the printer.
    pub copies: u32,
    /// Page size in points of 1/72 inch; 0 is the printer's usual one.
    pub page_size: (u32, u32),
    /// Pages in the stream; 0 when not known.
    pub total_pages: u32,
    /// The colour that may stand in for the primary one, 0x00RRGGBB.
    pub alternate_primary: u32,
    /// 0 the printer's choice, 3 draft, 4 normal, 5 high.
    pub quality: u32,
    /// Whether the first field says `PwgRaster`. The standard wants it; one well-known writer leaves it empty.
    pub named: bool,
}

impl Header {
    /// A front page of that many pixels at `dpi`, once.
    pub fn new(width: u32, height: u32, dpi: u32, color: ColorType) -> Self {
        let points = |pixels: u32| {
            let points = u64::from(pixels) * 72 / u64::from(dpi.max(1));
            u32::try_from(points).unwrap_or(u32::MAX)
        };
        Self {
            width,
            height,
            resolution: (dpi, dpi),
            color,
            duplex: false,
            tumble: false,
            transform: Transform::default(),
            cut: 0,
            copies: 1,
            page_size: (points(width), points(height)),
            total_pages: 0,
            alternate_primary: 0x00FF_FFFF,
            quality: 0,
            named: true,
        }
    }

    /// Bytes in a line of pixels.
    pub fn line_bytes(&self) -> usize {
        self.color.line_bytes(self.width)
    }

    /// The header as it is sent.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; HEADER_BYTES];
        let mut put = |at: usize, value: &[u8]| {
            if let Some(field) = bytes.get_mut(at..at + value.len()) {
                field.copy_from_slice(value);
            }
        };
        if self.named {
            put(0, b"PwgRaster");
        }
        let line = u32::try_from(self.line_bytes()).unwrap_or(u32::MAX);
        let way = |reversed: bool| if reversed { u32::MAX } else { 1 };
        for (at, value) in [
            (268, self.cut),
            (272, u32::from(self.duplex)),
            (276, self.resolution.0),
            (280, self.resolution.1),
            (340, self.copies),
            (352, self.page_size.0),
            (356, self.page_size.1),
            (368, u32::from(self.tumble)),
            (372, self.width),
            (376, self.height),
            (384, self.color.bits),
            (388, self.color.pixel_bits()),
            (392, line),
            (400, self.color.space),
            (420, self.color.channels),
            (452, self.total_pages),
            (456, way(self.transform.cross_feed)),
            (460, way(self.transform.feed)),
            (480, self.alternate_primary),
            (484, self.quality),
        ] {
            put(at, &value.to_be_bytes());
        }
        bytes
    }

    /// The header in `bytes`. Lenient about fields that do not change the pixels, strict about those that do.
    ///
    /// # Errors
    /// What is wrong.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, &'static str> {
        let get = |at: usize| bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().map(u32::from_be_bytes);
        let get = |at: usize| get(at).ok_or("the header is short");
        let (width, height) = (get(372)?, get(376)?);
        if width == 0 || height == 0 {
            return Err("the page has no pixels");
        }
        if width > MOST || height > MOST {
            return Err("the page is too large to be meant");
        }
        let color = ColorType { bits: get(384)?, space: get(400)?, channels: get(420)? };
        if !color.is_sound() || get(388)? != color.pixel_bits() {
            return Err("the colour type is unknown");
        }
        if get(396)? != 0 {
            return Err("the colours are not stored pixel by pixel");
        }
        if usize::try_from(get(392)?).ok() != Some(color.line_bytes(width)) {
            return Err("the length of a line does not fit its pixels");
        }
        // 0 and whatever else is not −1 is an upright page.
        let reversed = |at: usize| get(at).map(|value| value == u32::MAX);
        Ok(Self {
            width,
            height,
            resolution: (get(276)?, get(280)?),
            color,
            duplex: get(272)? == 1,
            tumble: get(368)? == 1,
            transform: Transform { cross_feed: reversed(456)?, feed: reversed(460)? },
            cut: get(268)?,
            copies: get(340)?,
            page_size: (get(352)?, get(356)?),
            total_pages: get(452)?,
            alternate_primary: get(480)?,
            quality: get(484)?,
            named: bytes.starts_with(b"PwgRaster\0"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a4() -> Header {
        Header::new(2480, 3507, 300, ColorType::SRGB_8)
    }

    #[test]
    fn a_header_comes_back_and_knows_its_paper() {
        let header = Header {
            duplex: true,
            tumble: true,
            transform: Transform { cross_feed: true, feed: false },
            cut: 4,
            total_pages: 7,
            quality: 5,
            ..a4()
        };
        let bytes = header.to_bytes();
        assert_eq!((bytes.len(), header.page_size), (1796, (595, 841)));
        assert_eq!(bytes[456..464], [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1]);
        assert_eq!(Header::from_bytes(&bytes), Ok(header));
        // Nothing is written but the one fixed word and numbers.
        assert!(bytes[9..268].iter().chain(&bytes[488..]).all(|&byte| byte == 0));
    }

    #[test]
    fn fields_that_change_the_pixels_have_to_agree() {
        for (at, value, problem) in [
            (372, 0, "no pixels"),
            (376, 200_001, "too large"),
            (384, 2, "colour type"),
            (388, 8, "colour type"),
            (392, 2480, "length of a line"),
            (396, 1, "pixel by pixel"),
            (400, 99, "colour type"),
            (420, 4, "colour type"),
        ] {
            let mut bytes = a4().to_bytes();
            bytes[at..at + 4].copy_from_slice(&u32::to_be_bytes(value));
            let error = Header::from_bytes(&bytes).unwrap_err();
            assert!(error.contains(problem), "{at}: {error}");
        }
        assert_eq!(Header::from_bytes(&a4().to_bytes()[..400]), Err("the header is short"));
    }

    #[test]
    fn fields_that_do_not_are_taken_as_they_come() {
        let mut bytes = a4().to_bytes();
        bytes[..64].fill(b'x');
        bytes[456..480].fill(0);
        bytes[352..360].fill(0);
        bytes[600..700].fill(0xEE);
        let header = Header::from_bytes(&bytes).unwrap();
        assert_eq!((header.transform, header.page_size, header.named), (Transform::default(), (0, 0), false));
    }
}
