//! PWG raster: what network printers eat since about 2012.
//!
//! Source: `docs/protocols/pwg.md`. The family `pwg` carries pages of dots as `black_1`, pages of 256 greys as `sgray_8`
//! and pages in colour, for models that have it, as `srgb_8`, without an image box and at the top of the sheet. On models that print on both sides backs are turned as their row says.
//! Other colour types and pages read line by line are in [`write`] and [`read`].
//! Deliberately absent: Apple's and the other raster formats of CUPS.

pub mod color;
pub mod header;
pub mod read;
pub mod sides;
pub mod write;

use crate::catalogue::Model;
use crate::encoder::{Bands, Encoder, Sheet};
use crate::families::blit::mirrored;
use crate::families::listing::Listing;
use crate::family::{DecodeError, Decoded, EncodeError, Family, Finish, MAX_PAGE_ROWS, MAX_RASTER_BYTES};
use color::{ColorType, grey};
use header::{Header, MOST};
use platen_model::{Bitmap, Cut, Duplex};
use write::{LineWriter, Source};

/// What a stream begins with, once.
const SYNC: &[u8] = b"RaS2";

const BAND_ROWS: usize = 64;

/// The most raster that a stream decodes to: a sheet for a desk has far more of it than a receipt, and in colour three times
/// as much.
const MOST_RASTER: usize = 4 * MAX_RASTER_BYTES;

/// Paper is cut after every page.
const CUT_PAGE: u32 = 4;

/// The family `pwg`.
#[derive(Clone, Copy, Debug)]
pub struct Pwg;

impl Family for Pwg {
    fn id(&self) -> &'static str {
        "pwg"
    }

    fn prn_protocol(&self) -> &'static str {
        "pwg"
    }

    /// The feed is the sheet's own.
    fn begin(&self, model: &Model, sheet: Sheet, finish: &Finish, prn: &mut Vec<u8>) -> Result<Encoder, EncodeError> {
        sheet.check_grey(MOST, false, if model.depths.contains(&24) { &[1, 8, 24] } else { &[1, 8] })?;
        let color = match sheet.depth {
            24 => ColorType::SRGB_8,
            8 => ColorType::SGRAY_8,
            _ => ColorType::BLACK_1,
        };
        if sheet.index == 0 {
            prn.extend_from_slice(SYNC);
        }
        let cut = if model.cut && finish.cut != Cut::None { CUT_PAGE } else { 0 };
        let backs = model.backs.filter(|_| sheet.duplex != Duplex::Off);
        let (duplex, tumble) = (backs.is_some(), backs.is_some() && sheet.duplex == Duplex::ShortEdge);
        // Fronts are never turned.
        let transform = backs.filter(|_| sheet.index % 2 == 1).map(|backs| backs.transform(tumble)).unwrap_or_default();
        let header =
            Header { cut, duplex, tumble, transform, ..Header::new(sheet.width, sheet.rows, model.dpi, color) };
        prn.extend(header.to_bytes());
        let lines = LineWriter::new(color, Source::AsStored);
        Ok(Encoder::new(sheet, BAND_ROWS, Page { stride: sheet.stride(), header, lines, turned: Vec::new() }))
    }

    fn prints_both_sides(&self) -> bool {
        true
    }

    /// The word in front stands once, not before every page.
    fn append(&self, prn: &mut Vec<u8>, page: &[u8]) {
        let body = page.strip_prefix(SYNC).filter(|_| !prn.is_empty()).unwrap_or(page);
        prn.extend_from_slice(body);
    }

    /// Grey of eight bits stays grey and sRGB of eight bits colour, all others become black where they are darker than half, and turned pages are upright
    /// again.
    fn decode(&self, prn: &[u8]) -> Result<Decoded, DecodeError> {
        let mut reader = read::Reader::new(prn, u64::MAX)?;
        let mut listing = Listing::default();
        let mut pages = Vec::new();
        let mut budget = MOST_RASTER;
        loop {
            let offset = reader.offset();
            let Some(header) = reader.page()? else { break };
            listing.add(offset, ("page", described(&header)));
            let depth = match header.color {
                ColorType::SRGB_8 => 24,
                ColorType::SGRAY_8 => 8,
                _ => 1,
            };
            let stride = Bitmap::row_bytes(header.width, depth);
            let bytes = stride.saturating_mul(header.height as usize);
            budget = budget
                .checked_sub(bytes)
                .filter(|_| header.height <= MAX_PAGE_ROWS)
                .ok_or(DecodeError::TooLarge { offset })?;
            let mut rows = Vec::new();
            let mut row = vec![0; stride];
            loop {
                let fresh = !reader.repeats();
                let Some(line) = reader.line()? else { break };
                match depth {
                    _ if !fresh => {}
                    1 => dots(header.color, line, &mut row),
                    _ => row.iter_mut().zip(line).for_each(|(to, from)| *to = *from),
                }
                rows.extend_from_slice(&row);
            }
            let page = Bitmap::from_levels(header.width, header.height, depth, rows);
            let page = page.ok_or(DecodeError::Truncated { offset, command: "page" })?;
            let header::Header { transform, .. } = header;
            pages.push(if transform == sides::Transform::default() {
                page
            } else {
                mirrored(&page, transform.cross_feed, transform.feed)
            });
        }
        Ok(Decoded { pages, commands: listing.finish() })
    }
}

struct Page {
    stride: usize,
    header: Header,
    lines: LineWriter,
    /// Where the last line comes first: the page until its end. Otherwise a line.
    turned: Vec<u8>,
}

impl Bands for Page {
    fn band(&mut self, rows: &[u8], prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        let Header { transform, color, width, .. } = self.header;
        for row in rows.chunks_exact(self.stride) {
            if transform == sides::Transform::default() {
                self.lines.line(row, prn);
                continue;
            }
            if !transform.feed {
                self.turned.clear();
            }
            let start = self.turned.len();
            self.turned.extend_from_slice(row);
            let line = self.turned.get_mut(start..).unwrap_or_default();
            transform.line(line, color, width);
            if !transform.feed {
                self.lines.line(line, prn);
            }
        }
        Ok(())
    }

    fn end(&mut self, prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.header.transform.feed {
            for line in self.turned.rchunks_exact(self.stride) {
                self.lines.line(line, prn);
            }
        }
        self.lines.flush(prn);
        Ok(())
    }
}

fn described(header: &Header) -> String {
    let Header { width, height, color, resolution: (across, along), .. } = header;
    let sides = match (header.duplex, header.tumble) {
        (false, _) => "one side",
        (true, false) => "both sides, long edge",
        (true, true) => "both sides, short edge",
    };
    let turned = match (header.transform.cross_feed, header.transform.feed) {
        (false, false) => "",
        (true, true) => ", turned by half",
        _ => ", mirrored",
    };
    format!("{width} × {height} pixels, {}, {across} × {along} dpi, {sides}{turned}", color.name())
}

/// A line of pixels as dots: black where it is darker than half.
fn dots(color: ColorType, line: &[u8], row: &mut [u8]) {
    if color.bits == 1 {
        let flip = if color.zero_is_white() { 0 } else { 0xFF };
        for (to, from) in row.iter_mut().zip(line) {
            *to = from ^ flip;
        }
        return;
    }
    row.fill(0);
    for (x, pixel) in line.chunks_exact(color.unit()).enumerate() {
        if let Some(byte) = row.get_mut(x / 8).filter(|_| is_dark(color, pixel)) {
            *byte |= 0x80 >> (x % 8);
        }
    }
}

fn is_dark(color: ColorType, pixel: &[u8]) -> bool {
    // Of 16 bits, the upper eight decide.
    let step = if color.bits == 16 { 2 } else { 1 };
    let channel = |index: usize| pixel.get(index * step).copied().unwrap_or(0);
    let lightness = match color.channels {
        1 if color.zero_is_white() => 255 - channel(0),
        1 => channel(0),
        3 if !color.zero_is_white() => grey([channel(0), channel(1), channel(2)]),
        4 if color.space == 6 => {
            let light = |ink: u8| 255 - ink.saturating_add(channel(3));
            grey([light(channel(0)), light(channel(1)), light(channel(2))])
        }
        // Inks of a device's own: the darkest decides.
        count => 255 - (0..count as usize).map(channel).max().unwrap_or(0),
    };
    lightness < 128
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::catalogue;
    use sha1::{Digest, Sha1};
    use sides::SheetBack;
    use write::{PageWriter, write_page};

    /// The page of Chrome's own test: white, a ramp of reds, stripes of green and blue.
    fn chrome(color: ColorType, source: Source) -> Vec<u8> {
        let header = Header {
            copies: 0,
            page_size: (0, 0),
            total_pages: 1,
            alternate_primary: 0,
            named: false,
            ..Header::new(612, 792, 72, color)
        };
        let mut prn = SYNC.to_vec();
        let mut writer = PageWriter::begin(&header, source, &mut prn).unwrap();
        for y in 0..792 {
            let line: Vec<u8> = (0..612_usize)
                .flat_map(|x| match y {
                    200..=299 => [(x * 255 / 612).to_le_bytes()[0], 0, 0],
                    400..=499 if (x / 40) % 2 == 0 => [0, 255, 0],
                    400..=499 => [0, 0, 255],
                    _ => [255; 3],
                })
                .collect();
            writer.line(&line, &mut prn).unwrap();
        }
        writer.finish(&mut prn).unwrap();
        prn
    }

    #[test]
    fn chromes_published_hashes_are_ours() {
        let colour = chrome(ColorType::SRGB_8, Source::AsStored);
        assert_eq!(
            (colour.len(), hex::encode(Sha1::digest(&colour))),
            (2970, "4ad7442998c8feae94bc9c8b177a7c94766cc9fb".to_owned())
        );
        let grey = chrome(ColorType::SGRAY_8, Source::Rgb);
        assert_eq!(
            (grey.len(), hex::encode(Sha1::digest(&grey))),
            (2388, "4e718b0a69ac26a366a2e23ae1eca6055079a1ff".to_owned())
        );
    }

    #[test]
    fn grey_and_colour_are_dark_in_the_same_places() {
        let page = Pwg.decode(&chrome(ColorType::SRGB_8, Source::AsStored)).unwrap().pages.remove(0);
        assert_eq!((page.width(), page.height()), (612, 792));
        assert_eq!((page.depth(), page.colour(611, 250), page.colour(45, 450)), (24, [254, 0, 0], [0, 0, 255]));
        assert!(!page.is_black(0, 0) && page.is_black(611, 250), "white is white, red is dark");
        assert!(!page.is_black(0, 450) && page.is_black(45, 450), "green is light, blue is dark");
        let same = Pwg.decode(&chrome(ColorType::SGRAY_8, Source::Rgb)).unwrap().pages.remove(0);
        assert_eq!(same.depth(), 8);
        assert!((0..792).all(|y| (0..612).all(|x| same.is_black(x, y) == page.is_black(x, y))));
        assert_eq!((same.grey(0, 0), same.grey(0, 450)), (255, grey([0, 255, 0])));
    }

    #[test]
    fn turned_backs_are_upright_again() {
        let mut page = Bitmap::white(13, 5);
        page.set_black(2, 1);
        for transform in [(false, false), (false, true), (true, false), (true, true)] {
            let transform = sides::Transform { cross_feed: transform.0, feed: transform.1 };
            let header = Header { transform, duplex: true, ..Header::new(13, 5, 300, ColorType::BLACK_1) };
            let mut prn = SYNC.to_vec();
            write_page(&header, page.bytes(), &mut prn).unwrap();
            assert_eq!(Pwg.decode(&prn).unwrap().pages, [page.clone()], "{transform:?}");
        }
    }

    #[test]
    fn every_colour_type_knows_dark_from_light() {
        for (name, dark, light) in [
            ("sgray_1", &[0x00][..], &[0xFF][..]),
            ("black_1", &[0xFF], &[0x00]),
            ("black_8", &[200], &[100]),
            ("sgray_8", &[127], &[128]),
            ("sgray_16", &[127, 255], &[128, 0]),
            ("rgb_8", &[255, 0, 0], &[0, 255, 0]),
            ("cmyk_8", &[0, 0, 0, 255], &[0, 0, 255, 0]),
            ("device2_8", &[0, 200], &[100, 100]),
        ] {
            let device = ColorType { bits: 8, space: 49, channels: 2 };
            let color = ColorType::from_name(name).unwrap_or(device);
            let black = |pixel: &[u8]| {
                let mut row = [0];
                dots(color, pixel, &mut row);
                row[0] & 0x80 != 0
            };
            assert_eq!((black(dark), black(light)), (true, false), "{name}");
        }
    }

    #[test]
    fn a_model_with_a_cutter_is_told_to_cut_after_the_page() {
        let model = catalogue().iter().find(|model| model.family == "pwg").unwrap();
        let page = Bitmap::white(16, 2);
        let cut = |model: &Model, cut| {
            let prn = Pwg.encode(model, &page, &Finish { feed_dots: 0, cut }).unwrap();
            Header::from_bytes(&prn[4..]).unwrap().cut
        };
        let with = Model { cut: true, ..model.clone() };
        let without = Model { cut: false, ..model.clone() };
        assert_eq!((cut(&with, Cut::Full), cut(&with, Cut::None), cut(&without, Cut::Full)), (4, 0, 0));
    }

    #[test]
    fn backs_are_announced_and_turned_as_the_model_wants_them() {
        let usual = catalogue().iter().find(|model| model.family == "pwg").unwrap();
        let mut page = Bitmap::white(613, 70);
        page.set_black(2, 1);
        page.set_black(600, 69);
        for depth in [1_u8, 8, 24] {
            let rows: Vec<u8> = match depth {
                1 => page.bytes().to_vec(),
                _ => {
                    (0..613 * 70 * u32::from(depth / 8)).map(|at| (at.wrapping_mul(at) / 97).to_le_bytes()[0]).collect()
                }
            };
            for name in ["normal", "manual-tumble", "rotated", "flipped"] {
                let backs = SheetBack::from_name(name);
                for duplex in [Duplex::Off, Duplex::LongEdge, Duplex::ShortEdge] {
                    let model = Model { backs, depths: vec![1, 8, 24], ..usual.clone() };
                    let mut prn = Vec::new();
                    let mut announced = Vec::new();
                    for index in 0..3 {
                        let sheet = Sheet { duplex, index, depth, ..Sheet::new(613, 70) };
                        let start = prn.len() + if index == 0 { SYNC.len() } else { 0 };
                        let mut encoder = Pwg.begin(&model, sheet, &Finish::default(), &mut prn).unwrap();
                        rows.chunks(sheet.stride() * 7).for_each(|rows| encoder.push(rows, &mut prn).unwrap());
                        encoder.finish(&mut prn).unwrap();
                        let header = Header::from_bytes(&prn[start..]).unwrap();
                        announced.push((header.duplex, header.tumble, header.transform));
                    }
                    let (both, tumble) = (duplex != Duplex::Off, duplex == Duplex::ShortEdge);
                    let upright = sides::Transform::default();
                    let back = if both { backs.unwrap().transform(tumble) } else { upright };
                    assert_eq!(announced, [(both, tumble, upright), (both, tumble, back), (both, tumble, upright)]);
                    // Whoever reads it sees every page upright again.
                    let read = Pwg.decode(&prn).unwrap().pages;
                    assert_eq!(read.len(), 3);
                    assert!(read.iter().all(|read| read.bytes() == rows), "{name}, {duplex:?}, {depth} bits");
                }
            }
        }
    }

    #[test]
    fn a_model_with_one_side_is_not_told_of_two() {
        let usual = catalogue().iter().find(|model| model.family == "pwg").unwrap();
        let model = Model { backs: None, ..usual.clone() };
        let sheet = Sheet { duplex: Duplex::ShortEdge, index: 1, ..Sheet::new(16, 2) };
        let mut prn = Vec::new();
        Pwg.begin(&model, sheet, &Finish::default(), &mut prn).unwrap();
        let header = Header::from_bytes(&prn).unwrap();
        assert_eq!((header.duplex, header.tumble, header.transform), (false, false, sides::Transform::default()));
    }

    #[test]
    fn giant_pages_are_refused() {
        let page = |width, height| [SYNC, &Header::new(width, height, 300, ColorType::SRGB_8).to_bytes()].concat();
        assert_eq!(Pwg.decode(&page(8, 120_001)), Err(DecodeError::TooLarge { offset: 4 }));
        assert_eq!(Pwg.decode(&page(200_000, 30_000)), Err(DecodeError::TooLarge { offset: 4 }));
    }
}
