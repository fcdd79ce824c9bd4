//! PNG as pages: grey pictures of 1, 2, 4 or 8 bits a dot and pictures of red, green and blue, one after another.
//!
//! Source: `docs/protocols/png.md`; rule 4 (no panic, no allocation by a length that was told). Unpacking stops at the size
//! that the head announces, and that has to be within the limits first.

use super::{SIGNATURE, checksum};
use crate::families::listing::Listing;
use crate::families::reader::{Arguments, Reader};
use crate::family::{DecodeError, Decoded, MAX_PAGE_ROWS, MAX_RASTER_BYTES};
use flate2::read::ZlibDecoder;
use platen_model::Bitmap;
use std::io::Read;

pub(super) fn decode(prn: &[u8]) -> Result<Decoded, DecodeError> {
    let mut reader = Reader::new(prn);
    let mut listing = Listing::default();
    let mut pages = Vec::new();
    let mut budget = MAX_RASTER_BYTES;
    while reader.peek().is_some() {
        let page = picture(&mut reader, &mut listing, budget)?;
        budget = budget.saturating_sub(page.bytes().len());
        pages.push(page);
    }
    Ok(Decoded { pages, commands: listing.finish() })
}

/// The picture's head.
struct Head {
    offset: usize,
    width: u32,
    height: u32,
    depth: u8,
}

fn picture(reader: &mut Reader<'_>, listing: &mut Listing, budget: usize) -> Result<Bitmap, DecodeError> {
    let mut arguments = Arguments { offset: reader.at(), reader, name: "signature" };
    if arguments.bytes(8)? != SIGNATURE {
        return Err(arguments.malformed("this is not a PNG picture"));
    }
    let mut head = None;
    let mut packed = Vec::new();
    loop {
        let mut arguments = Arguments { offset: arguments.reader.at(), reader: &mut *arguments.reader, name: "chunk" };
        let offset = arguments.offset;
        let length = arguments.quad()?;
        let name = arguments.bytes(4)?;
        let data = arguments.bytes(usize::try_from(length).unwrap_or(usize::MAX))?;
        if arguments.quad()? != checksum(name, data) {
            return Err(arguments.malformed("its checksum is wrong"));
        }
        match (name, &head) {
            (b"IHDR", None) => {
                let (read, text) =
                    self::head(&mut Arguments { reader: &mut Reader::new(data), offset, name: "head" }, budget)?;
                head = Some(read);
                listing.add(offset, ("head", text));
            }
            (_, None) | (b"IHDR", Some(_)) => return Err(arguments.malformed("one head has to come first")),
            (b"IDAT", Some(_)) => {
                packed.extend_from_slice(data);
                listing.add(offset, ("dots", format!("{length} bytes, compressed")));
            }
            (b"IEND", Some(head)) => {
                listing.add(offset, ("end", String::new()));
                return unpack(head, &packed);
            }
            // A small first letter says that the chunk may be left out.
            ([first, ..], Some(_)) if first.is_ascii_lowercase() => {
                listing.add(offset, ("chunk", format!("{}, {length} bytes", name.escape_ascii())));
            }
            _ => return Err(arguments.malformed("an unknown part that must not be left out")),
        }
    }
}

fn head(arguments: &mut Arguments<'_, '_>, budget: usize) -> Result<(Head, String), DecodeError> {
    let (width, height) = (arguments.quad()?, arguments.quad()?);
    let form = arguments.bytes(5)?;
    if width == 0 || height == 0 {
        return Err(arguments.malformed("the picture has no dots"));
    }
    let depth = match form {
        &[depth @ (1 | 2 | 4 | 8), 0, 0, 0, 0] => depth,
        [8, 2, 0, 0, 0] => 24,
        _ => {
            let problem = "only grey pictures of 1, 2, 4 or 8 bits a dot and colours of 24, not interlaced, are read";
            return Err(arguments.malformed(problem));
        }
    };
    let bytes = Bitmap::row_bytes(width, depth).saturating_mul(height as usize);
    if height > MAX_PAGE_ROWS || bytes > budget {
        return Err(DecodeError::TooLarge { offset: arguments.offset });
    }
    let bits = if depth == 1 { String::new() } else { format!(" of {depth} bits") };
    Ok((Head { offset: arguments.offset, width, height, depth }, format!("{width} × {height} dots{bits}")))
}

fn unpack(head: &Head, packed: &[u8]) -> Result<Bitmap, DecodeError> {
    let malformed = |problem| DecodeError::Malformed { offset: head.offset, command: "dots", problem };
    let stride = Bitmap::row_bytes(head.width, head.depth);
    let flip = if head.depth == 1 { 0xFF } else { 0 };
    let expected = (stride + 1).saturating_mul(head.height as usize);
    let mut filtered = Vec::new();
    // One byte more than expected shows that there are too many.
    let mut stream = ZlibDecoder::new(packed).take(expected as u64 + 1);
    stream.read_to_end(&mut filtered).map_err(|_| malformed("they are not compressed as they should be"))?;
    if filtered.len() != expected {
        return Err(malformed("there are not as many as the head says"));
    }
    let mut rows: Vec<u8> = Vec::with_capacity(filtered.len());
    let mut above = vec![0; stride];
    for line in filtered.chunks_exact_mut(stride + 1) {
        let Some((filter, row)) = line.split_first_mut() else { continue };
        let known =
            if head.depth == 24 { unfilter::<3>(*filter, row, &above) } else { unfilter::<1>(*filter, row, &above) };
        if !known {
            return Err(malformed("a row has an unknown filter"));
        }
        above.copy_from_slice(row);
        rows.extend(row.iter().map(|byte| byte ^ flip));
    }
    Bitmap::from_levels(head.width, head.height, head.depth, rows)
        .ok_or(malformed("there are not as many as the head says"))
}

/// Takes a row's filter away. Neighbours are `N` bytes apart: with at most eight bits a dot they are whole bytes.
fn unfilter<const N: usize>(filter: u8, row: &mut [u8], above: &[u8]) -> bool {
    let (mut left, mut corner) = ([0_u8; N], [0_u8; N]);
    for (dot, up) in row.as_chunks_mut::<N>().0.iter_mut().zip(above.as_chunks::<N>().0) {
        for (((byte, &up), left), corner) in dot.iter_mut().zip(up).zip(&left).zip(&corner) {
            let guess = match filter {
                0 => 0,
                1 => *left,
                2 => up,
                3 => left.midpoint(up),
                4 => paeth(*left, up, *corner),
                _ => return false,
            };
            *byte = byte.wrapping_add(guess);
        }
        (left, corner) = (*dot, *up);
    }
    true
}

/// Whichever of the three is nearest to left + up − corner.
fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let guess = i16::from(left) + i16::from(up) - i16::from(corner);
    let away = |byte: u8| (guess - i16::from(byte)).abs();
    if away(left) <= away(up) && away(left) <= away(corner) {
        left
    } else if away(up) <= away(corner) {
        up
    } else {
        corner
    }
}

#[cfg(test)]
mod tests {
    use super::super::Png;
    use super::*;
    use crate::catalogue::{Model, catalogue};
    use crate::family::{Family, Finish};

    fn model() -> &'static Model {
        catalogue().iter().find(|model| model.family == "png").unwrap()
    }

    fn page() -> Bitmap {
        let rows = (0..13 * 40_u32).map(|i| (i * i / 7).to_le_bytes()[0]).collect();
        Bitmap::from_rows(100, 40, rows).unwrap()
    }

    #[test]
    fn another_reader_sees_the_same_dots_and_size() {
        let prn = Png.encode(model(), &page(), &Finish::default()).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&prn)).read_info().unwrap();
        let mut dots = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut dots).unwrap();
        assert_eq!(
            (info.width, info.height, info.bit_depth, info.color_type),
            (100, 40, png::BitDepth::One, png::ColorType::Grayscale)
        );
        let inverted = dots.iter().map(|byte| !byte).collect();
        assert_eq!(Bitmap::from_rows(100, 40, inverted), Some(page()));
        let size = reader.info().pixel_dims.unwrap();
        assert_eq!((size.xppu, size.yppu, size.unit), (7992, 7992, png::Unit::Meter));
    }

    #[test]
    fn pictures_of_another_writer_with_every_filter_are_read() {
        for filter in [png::Filter::NoFilter, png::Filter::Sub, png::Filter::Up, png::Filter::Avg, png::Filter::Paeth] {
            let mut bytes = Vec::new();
            let mut encoder = png::Encoder::new(&mut bytes, 100, 40);
            encoder.set_color(png::ColorType::Grayscale);
            encoder.set_depth(png::BitDepth::One);
            encoder.set_filter(filter);
            let inverted: Vec<u8> = page().bytes().iter().map(|byte| !byte).collect();
            let mut writer = encoder.write_header().unwrap();
            writer.write_image_data(&inverted).unwrap();
            writer.finish().unwrap();
            assert_eq!(Png.decode(&bytes).unwrap().pages, [page()], "{filter:?}");
        }
    }

    #[test]
    fn colours_of_another_writer_with_every_filter_are_read_and_ours_by_another_reader() {
        let rows: Vec<u8> = (0..3 * 31 * 17_u32).map(|at| (at * at / 7).to_le_bytes()[0]).collect();
        let page = Bitmap::from_levels(31, 17, 24, rows).unwrap();
        for filter in [png::Filter::NoFilter, png::Filter::Sub, png::Filter::Up, png::Filter::Avg, png::Filter::Paeth] {
            let mut bytes = Vec::new();
            let mut encoder = png::Encoder::new(&mut bytes, 31, 17);
            encoder.set_color(png::ColorType::Rgb);
            encoder.set_filter(filter);
            let mut writer = encoder.write_header().unwrap();
            writer.write_image_data(page.bytes()).unwrap();
            writer.finish().unwrap();
            assert_eq!(Png.decode(&bytes).unwrap().pages, std::slice::from_ref(&page), "{filter:?}");
        }
        let prn = Png.encode(model(), &page, &Finish::default()).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&prn)).read_info().unwrap();
        let mut dots = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut dots).unwrap();
        assert_eq!((info.bit_depth, info.color_type), (png::BitDepth::Eight, png::ColorType::Rgb));
        assert_eq!(dots, page.bytes());
    }

    #[test]
    fn what_is_no_picture_of_dots_is_refused() {
        let good = Png.encode(model(), &page(), &Finish::default()).unwrap();
        let with = |at: usize, byte: u8| {
            let mut prn = good.clone();
            prn[at] = byte;
            Png.decode(&prn).unwrap_err().to_string()
        };
        assert!(with(0, 0).contains("not a PNG"));
        assert!(with(20, 1).contains("checksum"));
        let chunk = |name: &[u8; 4], data: &[u8]| {
            let length = u32::try_from(data.len()).unwrap().to_be_bytes();
            [&length[..], name, data, &checksum(name, data).to_be_bytes()].concat()
        };
        let head = |width: u32, height: u32, form: [u8; 5]| {
            chunk(b"IHDR", &[&width.to_be_bytes()[..], &height.to_be_bytes(), &form].concat())
        };
        let read = |chunks: &[Vec<u8>]| Png.decode(&[&SIGNATURE[..], &chunks.concat()].concat()).unwrap_err();
        assert!(read(&[head(8, 1, [8, 6, 0, 0, 0])]).to_string().contains("only grey pictures"));
        assert!(read(&[head(0, 1, [1, 0, 0, 0, 0])]).to_string().contains("no dots"));
        assert!(read(&[chunk(b"IDAT", b"")]).to_string().contains("head has to come first"));
        let plain = || head(8, 1, [1, 0, 0, 0, 0]);
        assert!(read(&[plain(), plain()]).to_string().contains("head has to come first"));
        assert!(read(&[plain(), chunk(b"ABCD", b"")]).to_string().contains("must not be left out"));
        assert!(read(&[plain(), chunk(b"tEXt", b""), chunk(b"IEND", b"")]).to_string().contains("compressed"));
        assert_eq!(read(&[head(8, 120_001, [1, 0, 0, 0, 0])]), DecodeError::TooLarge { offset: 8 });
        assert_eq!(read(&[head(u32::MAX, 9, [1, 0, 0, 0, 0])]), DecodeError::TooLarge { offset: 8 });
        assert_eq!(read(&[plain(), vec![0xFF; 8]]), DecodeError::Truncated { offset: 33, command: "chunk" });
    }
}
