//! Lines of pixels as PWG raster.
//!
//! ```text
//! count − 1   how often this line stands in a row, at most 256 times
//! n  value    n = 0…127: the value n + 1 times
//! n  values   n = 129…255: 257 − n values as they are
//! ```
//! A value is a pixel, or eight dots.
//!
//! Source: section "Bitmap" of `docs/protocols/pwg.md`. The choice of runs and literals is that of a well-known writer, so
//! its published hashes hold for us.

use super::SYNC;
use super::color::{ColorType, grey};
use super::header::{Header, MOST};
use crate::family::EncodeError;

/// What the lines hold that are handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Pixels as the header says.
    AsStored,
    /// Red, green, blue, for a header of `sgray_8`. Runs are those of the colours.
    Rgb,
}

/// Puts lines into runs and literals.
pub(super) struct LineWriter {
    /// Bytes of one value in the source.
    unit: usize,
    source: Source,
    line: Vec<u8>,
    /// How often `line` came; 0 before the first one.
    count: u32,
}

/// The longest run, the longest literal.
const LONGEST: usize = 128;

impl LineWriter {
    pub(super) fn new(color: ColorType, source: Source) -> Self {
        let unit = if source == Source::Rgb { 3 } else { color.unit() };
        Self { unit, source, line: Vec::new(), count: 0 }
    }

    pub(super) fn line(&mut self, line: &[u8], prn: &mut Vec<u8>) {
        if self.count > 0 && self.count < 256 && self.line == line {
            self.count += 1;
            return;
        }
        self.flush(prn);
        self.line.clear();
        self.line.extend_from_slice(line);
        self.count = 1;
    }

    pub(super) fn flush(&mut self, prn: &mut Vec<u8>) {
        let Some(repeats) = self.count.checked_sub(1) else { return };
        prn.push(u8::try_from(repeats).unwrap_or(u8::MAX));
        self.count = 0;
        if self.unit == 1 {
            return bytes(&self.line, prn);
        }
        let values: Vec<&[u8]> = self.line.chunks_exact(self.unit).collect();
        let mut rest = values.as_slice();
        while let Some(first) = rest.first() {
            let run = rest.iter().take(LONGEST).take_while(|value| *value == first).count();
            if run >= 2 {
                prn.push(u8::try_from(run - 1).unwrap_or(0));
                emit(self.source, first, prn);
                rest = rest.get(run..).unwrap_or(&[]);
                continue;
            }
            let differing =
                rest.windows(2).take(LONGEST - 1).take_while(|pair| matches!(pair, [a, b] if a != b)).count();
            let literal = literal(differing, rest);
            prn.push(literal_code(literal));
            for value in rest.iter().take(literal) {
                emit(self.source, value, prn);
            }
            rest = rest.get(literal..).unwrap_or(&[]);
        }
    }
}

/// How many values a literal has whose first `differing` values differ from the one behind each.
fn literal<T: PartialEq>(differing: usize, rest: &[T]) -> usize {
    // The last one begins a run if the next is equal.
    let gives_back = rest.get(differing + 1).is_some_and(|next| rest.get(differing) == Some(next));
    if gives_back { differing } else { differing + 1 }
}

fn literal_code(length: usize) -> u8 {
    if length == 1 { 0 } else { u8::try_from(257 - length).unwrap_or(0) }
}

/// A line whose values are bytes: nearly all of what is printed, so eight of them are looked at together.
fn bytes(line: &[u8], prn: &mut Vec<u8>) {
    let mut rest = line;
    while let Some(&first) = rest.first() {
        let run = alike(rest.get(..LONGEST).unwrap_or(rest), first);
        if run >= 2 {
            prn.extend([u8::try_from(run - 1).unwrap_or(0), first]);
            rest = rest.get(run..).unwrap_or(&[]);
            continue;
        }
        let literal = literal(differing(rest.get(..LONGEST).unwrap_or(rest)), rest);
        prn.push(literal_code(literal));
        let (now, later) = rest.split_at_checked(literal).unwrap_or((rest, &[]));
        prn.extend_from_slice(now);
        rest = later;
    }
}

/// How many bytes in front are `first`.
fn alike(bytes: &[u8], first: u8) -> usize {
    let all = u64::from_le_bytes([first; 8]);
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let other = u64::from_le_bytes(*word) ^ all;
        if other != 0 {
            return index * 8 + other.trailing_zeros() as usize / 8;
        }
    }
    words.len() * 8 + rest.iter().take_while(|byte| **byte == first).count()
}

/// How many bytes in front differ from the one behind each.
fn differing(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(nine) = bytes.get(at..).and_then(|rest| rest.first_chunk::<9>()) {
        let [this @ .., _] = *nine;
        let [_, next @ ..] = *nine;
        let other = u64::from_le_bytes(this) ^ u64::from_le_bytes(next);
        // The lowest byte of zero, and no lower one, keeps its highest bit here.
        let equal = other.wrapping_sub(0x0101_0101_0101_0101) & !other & 0x8080_8080_8080_8080;
        if equal != 0 {
            return at + equal.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or(&[]);
    at + rest.windows(2).take_while(|pair| matches!(pair, [a, b] if a != b)).count()
}

fn emit(source: Source, value: &[u8], prn: &mut Vec<u8>) {
    match (source, value) {
        (Source::Rgb, &[red, green, blue]) => prn.push(grey([red, green, blue])),
        _ => prn.extend_from_slice(value),
    }
}

/// A page of any colour type under way, line by line.
pub struct PageWriter {
    lines: LineWriter,
    /// Bytes in a line of the source.
    bytes: usize,
    height: u32,
    came: usize,
}

impl PageWriter {
    /// Writes the header and waits for the lines, which come as they are stored: turned already, if the header says so.
    ///
    /// # Errors
    /// A page without pixels, or one that no reader would take.
    pub fn begin(header: &Header, source: Source, prn: &mut Vec<u8>) -> Result<Self, EncodeError> {
        let Header { width, height, color, .. } = *header;
        if width == 0 || height == 0 {
            return Err(EncodeError::Empty);
        }
        if width > MOST {
            return Err(EncodeError::TooWide { width, most: MOST });
        }
        if height > MOST {
            return Err(EncodeError::TooTall { rows: height, most: MOST });
        }
        let bytes = if source == Source::Rgb { ColorType::SRGB_8.line_bytes(width) } else { header.line_bytes() };
        prn.extend(header.to_bytes());
        Ok(Self { lines: LineWriter::new(color, source), bytes, height, came: 0 })
    }

    /// Takes the next line.
    ///
    /// # Errors
    /// [`EncodeError::BrokenRow`] when it has another length, [`EncodeError::WrongRows`] when there are too many.
    pub fn line(&mut self, line: &[u8], prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        if line.len() != self.bytes {
            return Err(EncodeError::BrokenRow { bytes: line.len(), stride: self.bytes });
        }
        self.came += 1;
        if self.came > self.height as usize {
            return Err(self.wrong_rows());
        }
        self.lines.line(line, prn);
        Ok(())
    }

    /// Ends the page.
    ///
    /// # Errors
    /// [`EncodeError::WrongRows`] when there were too few lines.
    pub fn finish(mut self, prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.came != self.height as usize {
            return Err(self.wrong_rows());
        }
        self.lines.flush(prn);
        Ok(())
    }

    fn wrong_rows(&self) -> EncodeError {
        EncodeError::WrongRows { announced: self.height, came: self.came }
    }
}

/// The bytes that stand once in front of all pages.
pub fn write_start(prn: &mut Vec<u8>) {
    prn.extend_from_slice(SYNC);
}

/// Writes a whole page whose lines are upright; they are turned as the header's transform says.
///
/// # Errors
/// As [`PageWriter`].
pub fn write_page(header: &Header, lines: &[u8], prn: &mut Vec<u8>) -> Result<(), EncodeError> {
    let mut writer = PageWriter::begin(header, Source::AsStored, prn)?;
    let stride = header.line_bytes();
    if !lines.len().is_multiple_of(stride) {
        return Err(EncodeError::BrokenRow { bytes: lines.len(), stride });
    }
    let mut turned = Vec::with_capacity(stride);
    let mut write = |line: &[u8]| {
        turned.clear();
        turned.extend_from_slice(line);
        header.transform.line(&mut turned, header.color, header.width);
        writer.line(&turned, prn)
    };
    if header.transform.feed {
        lines.chunks_exact(stride).rev().try_for_each(&mut write)?;
    } else {
        lines.chunks_exact(stride).try_for_each(&mut write)?;
    }
    writer.finish(prn)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(unit_color: ColorType, lines: &[&[u8]]) -> Vec<u8> {
        let mut writer = LineWriter::new(unit_color, Source::AsStored);
        let mut prn = Vec::new();
        for line in lines {
            writer.line(line, &mut prn);
        }
        writer.flush(&mut prn);
        prn
    }

    #[test]
    fn a_line_of_libcups_is_ours_byte_for_byte() {
        let differing: Vec<u8> = (0..100).collect();
        let line = [&[0xFF; 200][..], &differing].concat();
        let ramp: Vec<u8> = (0..=255).chain(0..=43).collect();
        let mut lines = vec![line.as_slice(); 299];
        lines.push(&ramp);
        let coded = [&[0x7F, 0xFF, 0x47, 0xFF, 0x9D][..], &differing].concat();
        let last = [&[0, 0x81][..], &ramp[..128], &[0x81], &ramp[128..256], &[0xD5], &ramp[256..]].concat();
        let expected = [&[0xFF][..], &coded, &[0x2A], &coded, &last].concat();
        assert_eq!(written(ColorType::SGRAY_8, &lines), expected);
    }

    #[test]
    fn runs_and_literals_meet_where_they_should() {
        let color = ColorType::SGRAY_8;
        assert_eq!(written(color, &[&[7]]), [0, 0, 7]);
        assert_eq!(written(color, &[&[1, 2, 2]]), [0, 0, 1, 1, 2]);
        assert_eq!(written(color, &[&[1, 2, 3, 3]]), [0, 255, 1, 2, 1, 3]);
        assert_eq!(written(ColorType::SRGB_8, &[&[1, 1, 2, 1, 1, 3]]), [0, 255, 1, 1, 2, 1, 1, 3]);
        // 128 differing values, the last equal to the next one: it is given back.
        let mut line: Vec<u8> = (0..128).collect();
        line.push(127);
        let expected = [&[0, 130][..], &line[..127], &[1, 127]].concat();
        assert_eq!(written(color, &[&line]), expected);
    }

    #[test]
    fn bytes_are_put_into_the_runs_of_all_other_values() {
        let mut seed = 3_u32;
        let mut random = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            usize::from(seed.to_be_bytes()[0])
        };
        for length in 0..700 {
            let (runs, levels) = (1 + random() % 140, 2 + random() % 3);
            let mut line = Vec::new();
            while line.len() < length {
                let byte = u8::try_from(random() % levels).unwrap();
                line.resize(length.min(line.len() + 1 + if random() < 128 { 0 } else { random() % runs }), byte);
            }
            // The same line with two bytes a value.
            let twice: Vec<u8> = line.iter().flat_map(|byte| [*byte, *byte]).collect();
            let (mut narrow, mut wide) = (Vec::new(), Vec::new());
            bytes(&line, &mut narrow);
            let mut writer = LineWriter { unit: 2, source: Source::AsStored, line: twice, count: 1 };
            writer.flush(&mut wide);
            let mut again = vec![0];
            let mut rest = narrow.as_slice();
            while let Some((code, values)) = rest.split_first() {
                let count = if *code < 128 { 1 } else { 257 - usize::from(*code) };
                again.push(*code);
                again.extend(values[..count].iter().flat_map(|byte| [*byte, *byte]));
                rest = &values[count..];
            }
            assert_eq!(again, wide, "{length} bytes");
        }
    }

    #[test]
    fn an_empty_white_a4_page_is_574_octets() {
        let header = Header::new(2480, 3507, 300, ColorType::SGRAY_8);
        let mut prn = Vec::new();
        write_page(&header, &vec![0xFF; 2480 * 3507], &mut prn).unwrap();
        assert_eq!(prn.len(), 1796 + 574);
    }

    #[test]
    fn lines_that_do_not_fit_are_refused() {
        let header = Header::new(8, 2, 300, ColorType::SGRAY_8);
        let page = |lines: &[u8]| write_page(&header, lines, &mut Vec::new());
        assert_eq!(page(&[0; 12]), Err(EncodeError::BrokenRow { bytes: 12, stride: 8 }));
        assert_eq!(page(&[0; 8]), Err(EncodeError::WrongRows { announced: 2, came: 1 }));
        assert_eq!(page(&[0; 24]), Err(EncodeError::WrongRows { announced: 2, came: 3 }));
        let none = Header { height: 0, ..header };
        assert_eq!(write_page(&none, &[], &mut Vec::new()), Err(EncodeError::Empty));
    }
}
