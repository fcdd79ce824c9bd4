//! Large pictures leave row by row: what they take of memory, and how much of them is read for the first rows.
//!
//! A program of its own, with one test: the memory of all its threads is counted.
#![allow(clippy::unwrap_used)] // in helpers as in tests
// The allocator is the one place where what is handed out can be counted.
#![allow(unsafe_code)]

mod common;

use common::{PAPER, name};
use image::{GrayImage, ImageFormat, Luma};
use platen_model::PageOptions;
use platen_render::{PageSink, PageSize, RenderError, Source, Stopped, render_to};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system's allocator, with a count of what is in use and of the most that ever was.
struct Counted;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is handed on as it came.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(now, Ordering::Relaxed);
        // SAFETY: as it came.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as it came.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static COUNTED: Counted = Counted;

/// Counts rows, and wants no more after `most`.
struct Rows {
    came: usize,
    most: usize,
    bytes: usize,
}

impl PageSink for Rows {
    fn begin(&mut self, size: PageSize) -> Result<(), Stopped> {
        self.bytes = (size.width as usize * usize::from(size.depth)).div_ceil(8);
        Ok(())
    }

    fn rows(&mut self, packed: &[u8]) -> Result<(), Stopped> {
        self.came += packed.len() / self.bytes;
        if self.came >= self.most { Err(Stopped) } else { Ok(()) }
    }

    fn end(&mut self) -> Result<(), Stopped> {
        Ok(())
    }
}

/// Renders on 384 dots and gives the rows that came and the most memory that was taken for it, in bytes.
fn render(bytes: &[u8], most: usize) -> (usize, usize, Result<(), RenderError>) {
    let before = NOW.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let mut rows = Rows { came: 0, most, bytes: 1 };
    let name = name("photo");
    let result = render_to(&Source::new(bytes, &name), &PAPER, &PageOptions::default(), &mut rows);
    (rows.came, MOST.load(Ordering::Relaxed) - before, result.map(|_| ()))
}

/// The first `share` hundredths of a file, and nothing but `filler` behind them.
fn begun(bytes: &[u8], share: usize, filler: &[u8]) -> Vec<u8> {
    [&bytes[..bytes.len() * share / 100], filler].concat()
}

#[test]
fn twelve_megapixels_take_little_memory_and_their_first_band_leaves_at_once() {
    const MIB: usize = 1 << 20;
    let photo = GrayImage::from_fn(4000, 3000, |x, y| {
        let noise = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)).to_be_bytes()[0] >> 4;
        Luma([((x + y) / 32).to_le_bytes()[0] ^ noise])
    });
    let png = common::encode(&photo.clone().into(), ImageFormat::Png);
    let jpeg = common::encode(&photo.into(), ImageFormat::Jpeg);

    let (rows, most, result) = render(&png, usize::MAX);
    assert_eq!((rows, result), (288, Ok(())));
    assert!(most <= 20 * MIB, "PNG: {most} bytes");
    let (rows, most, result) = render(&jpeg, usize::MAX);
    assert_eq!((rows, result), (288, Ok(())));
    assert!(most <= 8 * MIB, "JPEG: {most} bytes");

    // 24 rows of 288 show a twelfth of the picture, and the filter looks a little further. The rest of the file is not
    // there, so whoever read on would find it damaged; the end that a JPEG must have is.
    for cut in [begun(&png, 14, &[]), begun(&jpeg, 14, &[0xFF, 0xD9])] {
        let (rows, _, result) = render(&cut, 24);
        assert_eq!((rows, result), (24, Err(RenderError::Stopped)));
        let (rows, _, result) = render(&cut, usize::MAX);
        assert!(rows < 60 && matches!(result, Err(RenderError::Damaged { .. })), "{rows} rows: {result:?}");
    }
}
