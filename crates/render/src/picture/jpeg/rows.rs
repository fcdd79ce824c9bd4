//! The brightness of a JPEG, unit row by unit row: colours are stepped over, and of the brightness only what the wanted
//! size needs is computed.
//!
//! Source: ITU-T T.81 sections A.2 (units), E.2.4 (restart) and F.2 (sequential decoding). Deliberately absent:
//! everything but eight-bit samples with Huffman codes, see [`is_sequential`]. Of a picture whose components come in scans of
//! their own, only the scan with the brightness is read.

use super::bits::Bits;
use super::damaged;
use super::header::{Component, Frame, Header, Scanned};
use super::huffman::{BLOCK, Coefficients, Table, Unknown};
use super::idct::{self, Block, MOST, ZIGZAG};
use crate::error::RenderError;
use crate::leaf::Rows;
use crate::picture::plan::Part;

/// A JPEG that can be read by rows.
pub(super) struct Sequential<'a> {
    width: usize,
    height: usize,
    planes: Vec<Plane>,
    quantisation: [u16; BLOCK],
    restart: usize,
    data: &'a [u8],
}

/// A component of the scan with its tables. The first one is the brightness.
struct Plane {
    /// Blocks of a unit.
    across: usize,
    down: usize,
    dc: Table,
    ac: Coefficients,
}

/// Whether a picture with this header is one that is read by rows.
pub(super) fn is_sequential(header: &Header<'_>) -> bool {
    let Some(frame) = &header.frame else { return false };
    let brightness_first = match (frame.components.as_slice(), header.transform) {
        ([_], _) => true,
        // Colours that are not told to be red, green and blue.
        ([a, b, c], None) => [a.id, b.id, c.id] != *b"RGB",
        ([_, _, _], Some(transform)) => transform == 1,
        _ => false,
    };
    let in_order = header.scan.first().is_some_and(|first| first.component == 0)
        && header.scan.is_sorted_by(|one, next| one.component < next.component);
    let plain = frame.process <= 1 && frame.precision == 8 && frame.width > 0 && frame.height > 0;
    plain && brightness_first && in_order && sampling_is_usual(frame)
}

/// Whether the brightness has the finest samples, so that a unit of it is a unit of the picture.
fn sampling_is_usual(frame: &Frame) -> bool {
    let Some(first) = frame.components.first() else { return false };
    let divides = |whole: u8, part: u8| (1..=4).contains(&part) && part <= whole && whole.is_multiple_of(part);
    let fits = |other: &Component| divides(first.across, other.across) && divides(first.down, other.down);
    frame.components.iter().all(fits)
}

impl<'a> Sequential<'a> {
    /// `None` for other forms, and where a table is missing or is none.
    pub(super) fn of(header: &Header<'a>) -> Option<Self> {
        if !is_sequential(header) {
            return None;
        }
        let frame = header.frame.as_ref()?;
        let alone = header.scan.len() == 1;
        let plane = |scanned: &Scanned| {
            let component = frame.components.get(scanned.component)?;
            Some(Plane {
                // A scan of a single component has units of one block.
                across: if alone { 1 } else { component.across.into() },
                down: if alone { 1 } else { component.down.into() },
                dc: Table::new(header.dc.get(usize::from(scanned.dc))?.as_ref()?)?,
                ac: Coefficients::new(header.ac.get(usize::from(scanned.ac))?.as_ref()?)?,
            })
        };
        let planes = header.scan.iter().map(plane).collect::<Option<Vec<_>>>()?;
        let first = usize::from(frame.components.first()?.quantisation);
        Some(Self {
            width: frame.width.into(),
            height: frame.height.into(),
            planes,
            quantisation: *header.quantisation.get(first)?.as_ref()?,
            restart: header.restart.into(),
            data: header.data,
        })
    }

    /// Gives the rows of `part`, whose pixels are those of the picture when it is `by` (1, 2, 4 or 8) times smaller.
    pub(super) fn rows(&self, by: u32, part: &Part, rows: &mut Rows<'_>) -> Result<(), RenderError> {
        let size = 8 / (by as usize).clamp(1, 8);
        let Some(first) = self.planes.first() else { return Ok(()) };
        let units = self.width.div_ceil(8 * first.across);
        let unit_rows = self.height.div_ceil(8 * first.down);
        let [left, right, top, bottom] = [part.left, part.right(), part.top, part.bottom()].map(|at| at as usize);
        let stride = units * first.across * size;
        let mut strip = vec![0; stride * first.down * size];
        let mut reader = Reader { bits: Bits::new(self.data), before: [0; 3], block: [0; BLOCK] };
        let mut unit = 0;
        for (unit_row, above) in (0..unit_rows).map(|row| (row, row * first.down * size)) {
            let wanted_rows = above + first.down * size > top;
            for column in 0..units {
                if self.restart > 0 && unit > 0 && unit % self.restart == 0 {
                    let number = (unit / self.restart - 1) % 8;
                    reader.restart(number)?;
                }
                unit += 1;
                let at = column * first.across * size;
                let wanted = wanted_rows && at < right && at + first.across * size > left;
                reader
                    .unit(self, size, wanted.then(|| (strip.get_mut(at..).unwrap_or(&mut []), stride)))
                    .map_err(|Unknown| damaged("it has a code that is none"))?;
            }
            if reader.bits.is_over() {
                return Err(damaged("it ends too early"));
            }
            for (y, row) in (above..).zip(strip.chunks_exact(stride.max(1))) {
                if (top..bottom).contains(&y) {
                    rows(row.get(left..right).unwrap_or(&[]))?;
                }
            }
            if above + first.down * size >= bottom && unit_row + 1 < unit_rows {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Where the reading of a scan stands.
struct Reader<'a> {
    bits: Bits<'a>,
    /// The first coefficient of the block before, for each component.
    before: [i32; 3],
    block: Block,
}

impl Reader<'_> {
    fn restart(&mut self, number: usize) -> Result<(), RenderError> {
        self.before = [0; 3];
        if self.bits.restart(u8::try_from(number).unwrap_or(0)) {
            return Ok(());
        }
        Err(damaged(if self.bits.is_over() { "it ends too early" } else { "it has lost its place" }))
    }

    /// Reads a unit. Its brightness goes to the left of `out`, if that is wanted; rows are as far apart as it says.
    #[inline]
    fn unit(&mut self, from: &Sequential<'_>, size: usize, mut out: Option<(&mut [u8], usize)>) -> Result<(), Unknown> {
        for (index, plane) in from.planes.iter().enumerate() {
            for block in 0..plane.across * plane.down {
                self.bits.begin_block();
                self.bits.fill();
                let bits = u32::from(plane.dc.next(&mut self.bits)?);
                if index > 0 {
                    self.bits.skip(bits.min(15));
                    plane.ac.pass(&mut self.bits, 1)?;
                    continue;
                }
                let difference = self.bits.value(bits.min(15));
                self.before[0] = self.before[0].wrapping_add(difference);
                let Some((out, stride)) = &mut out else {
                    plane.ac.pass(&mut self.bits, 1)?;
                    continue;
                };
                let (x, y) = (block % plane.across, block / plane.across);
                let out = out.get_mut(y * size * *stride + x * size..).unwrap_or(&mut []);
                self.brightness(plane, &from.quantisation, size, out, *stride)?;
            }
        }
        Ok(())
    }

    #[inline]
    fn brightness(
        &mut self,
        plane: &Plane,
        quantisation: &[u16; BLOCK],
        size: usize,
        out: &mut [u8],
        stride: usize,
    ) -> Result<(), Unknown> {
        let first = scaled(self.before[0], quantisation[0]);
        let mut any = false;
        let block = &mut self.block;
        let next = plane.ac.read(&mut self.bits, idct::last_needed(size), |place, value| {
            any = true;
            if let (Some(&to), Some(&by)) = (ZIGZAG.get(place), quantisation.get(place))
                && let Some(to) = block.get_mut(usize::from(to))
            {
                *to = scaled(value, by);
            }
        })?;
        plane.ac.pass(&mut self.bits, next)?;
        if any {
            block[0] = first;
            idct::pixels(block, size, out, stride);
            block.fill(0);
        } else {
            idct::flat(first, size, out, stride);
        }
        Ok(())
    }
}

fn scaled(value: i32, by: u16) -> i32 {
    value.saturating_mul(by.into()).clamp(-MOST, MOST)
}
