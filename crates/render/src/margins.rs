//! Paper around the document stays white, whatever the tones do to white.

use crate::layout::Area;
use crate::press::{PageSink, PageSize, Stopped};

/// Keeps what lies around the document white, on its way to `inner`.
pub(crate) struct Margins<'a> {
    inner: &'a mut dyn PageSink,
    /// Of the page that begins next.
    content: Option<Area>,
    page: Option<Masked>,
}

/// A page that has white around its content.
struct Masked {
    content: Area,
    /// White of a byte.
    white: u8,
    stride: usize,
    /// The next row.
    row: u32,
    /// A row's content, as packed bits.
    mask: Vec<u8>,
    clean: Vec<u8>,
}

impl<'a> Margins<'a> {
    pub(crate) fn new(inner: &'a mut dyn PageSink) -> Self {
        Self { inner, content: None, page: None }
    }

    /// Says what of the page that begins next is the document. If nobody says it, all of the page is.
    pub(crate) fn around(&mut self, content: Area) {
        self.content = Some(content);
    }
}

impl PageSink for Margins<'_> {
    fn begin(&mut self, size: PageSize) -> Result<(), Stopped> {
        let content = self.content.take();
        self.page =
            content.filter(|content| content.width < size.width || content.height < size.height).map(|content| {
                let depth = usize::from(size.depth);
                let stride = (size.width as usize * depth).div_ceil(8).max(1);
                let mut mask = vec![0; stride];
                fill(&mut mask, content.left as usize * depth, content.right() as usize * depth);
                Masked { content, white: if depth == 1 { 0 } else { 0xFF }, stride, row: 0, mask, clean: Vec::new() }
            });
        self.inner.begin(size)
    }

    fn rows(&mut self, packed: &[u8]) -> Result<(), Stopped> {
        match &mut self.page {
            None => self.inner.rows(packed),
            Some(page) => {
                page.clean(packed);
                self.inner.rows(&page.clean)
            }
        }
    }

    fn end(&mut self) -> Result<(), Stopped> {
        self.page = None;
        self.inner.end()
    }
}

impl Masked {
    fn clean(&mut self, packed: &[u8]) {
        let white = self.white;
        self.clean.clear();
        for row in packed.chunks(self.stride) {
            if (self.content.top..self.content.bottom()).contains(&self.row) {
                self.clean.extend(row.iter().zip(&self.mask).map(|(dots, mask)| (dots & mask) | (white & !mask)));
            } else {
                self.clean.resize(self.clean.len() + row.len(), white);
            }
            self.row += 1;
        }
    }
}

/// Sets the bits from `start` up to `end`, the first bit of a byte being its highest.
fn fill(bits: &mut [u8], start: usize, end: usize) {
    for (index, byte) in bits.iter_mut().enumerate().skip(start / 8).take_while(|(index, _)| index * 8 < end) {
        let first = start.saturating_sub(index * 8).min(8);
        let last = (end - index * 8).min(8);
        // Bits `first` to `last` of eight, counted from the highest.
        let until = |bit: usize| if bit >= 8 { 0 } else { 0xFF_u8 >> bit };
        *byte |= until(first) & !until(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_filled_from_any_start_to_any_end() {
        for start in 0..=24 {
            for end in start..=24 {
                let mut bits = [0_u8; 3];
                fill(&mut bits, start, end);
                for bit in 0..24 {
                    let set = bits[bit / 8] & (0x80 >> (bit % 8)) != 0;
                    assert_eq!(set, (start..end).contains(&bit), "bit {bit} of {start}..{end}");
                }
            }
        }
    }
}
