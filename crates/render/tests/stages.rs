//! The two halves of rendering give what the whole gives, and the first half does not depend on the tones.
#![allow(clippy::unwrap_used, clippy::panic)] // in helpers as in tests

mod common;

use common::{PAPER, name};
use image::{DynamicImage, ImageFormat, RgbImage};
use platen_model::{Bitmap, Dither, PageOptions};
use platen_render::{
    GreyPage, GreySink, GreySize, PageSink, PageSize, Source, Stopped, Window, lay_out_to, layout_options, press,
    render,
};

#[derive(Default)]
struct Kept(Vec<GreyPage>);

impl GreySink for Kept {
    fn begin(&mut self, size: GreySize) -> Result<(), Stopped> {
        self.0.push(GreyPage { size, rows: Vec::new() });
        Ok(())
    }
    fn rows(&mut self, grey: &[u8]) -> Result<(), Stopped> {
        self.0.last_mut().unwrap().rows.extend_from_slice(grey);
        Ok(())
    }
    fn end(&mut self) -> Result<(), Stopped> {
        let page = self.0.last().unwrap();
        assert_eq!(page.rows.len(), page.size.width as usize * page.size.height as usize);
        Ok(())
    }
}

#[derive(Default)]
struct Pressed(Vec<(PageSize, Vec<u8>)>);

impl PageSink for Pressed {
    fn begin(&mut self, size: PageSize) -> Result<(), Stopped> {
        self.0.push((size, Vec::new()));
        Ok(())
    }
    fn rows(&mut self, packed: &[u8]) -> Result<(), Stopped> {
        self.0.last_mut().unwrap().1.extend_from_slice(packed);
        Ok(())
    }
    fn end(&mut self) -> Result<(), Stopped> {
        Ok(())
    }
}

fn photo() -> Vec<u8> {
    let picture = RgbImage::from_fn(300, 200, |x, y| {
        image::Rgb([u8::try_from(x * 255 / 300).unwrap(), u8::try_from(y * 255 / 200).unwrap(), 90])
    });
    common::encode(&DynamicImage::ImageRgb8(picture), ImageFormat::Png)
}

fn tones() -> Vec<PageOptions> {
    let plain = PageOptions::default();
    vec![
        plain.clone(),
        PageOptions { dither: Dither::Atkinson, brightness: 20, ..plain.clone() },
        PageOptions { dither: Dither::FloydSteinberg, contrast: -30, gamma: 70, ..plain.clone() },
        PageOptions { dither: Dither::Threshold, threshold: 90, invert: true, ..plain.clone() },
        PageOptions { auto_levels: true, sharpness: 60, ..plain },
    ]
}

fn grey(document: &[u8], options: &PageOptions, window: Window) -> (Vec<GreyPage>, platen_render::Laid) {
    let mut kept = Kept::default();
    let laid = lay_out_to(&Source::new(document, &name("a")), &PAPER, options, window, &mut kept).unwrap();
    (kept.0, laid)
}

#[test]
fn both_halves_together_give_the_dots_of_the_whole() {
    let text = "one line\n".repeat(1200).into_bytes();
    for document in [photo(), text] {
        let (pages, _) = grey(&document, &PageOptions::default(), Window::ALL);
        for options in tones() {
            let whole = render(&document, &name("a"), &PAPER, &options).unwrap();
            let mut pressed = Pressed::default();
            let dither = press(&pages, &PAPER, &options, &mut pressed).unwrap();
            assert_eq!(dither, whole.dither);
            let halves: Vec<_> = pressed
                .0
                .into_iter()
                .map(|(size, rows)| Bitmap::from_rows(size.width, size.height, rows).unwrap())
                .collect();
            assert_eq!(halves, whole.pages, "{options:?}");
        }
    }
}

#[test]
fn grey_does_not_depend_on_tones() {
    let document = photo();
    let usual = grey(&document, &PageOptions::default(), Window::ALL).0;
    for options in tones() {
        assert_eq!(layout_options(&options), PageOptions::default());
        assert_eq!(grey(&document, &options, Window::ALL).0, usual, "{options:?}");
    }
    let narrow = PageOptions { width: Some(200), ..PageOptions::default() };
    assert_ne!(layout_options(&narrow), PageOptions::default());
}

#[test]
fn a_window_shows_its_pages_and_counts_all() {
    let text = "one line\n".repeat(4000).into_bytes();
    let (all, laid) = grey(&text, &PageOptions::default(), Window::ALL);
    assert!(all.len() > 3 && laid.pages as usize == all.len() && laid.leaves == laid.pages);
    let (some, laid) = grey(&text, &PageOptions::default(), Window { first: 1, count: 2 });
    assert_eq!(some, all[1..3]);
    assert_eq!(laid.pages as usize, all.len());
    let (none, laid) = grey(&text, &PageOptions::default(), Window { first: 100, count: 2 });
    assert!(none.is_empty() && laid.pages as usize == all.len());
}
