//! Pictures of every format become the same dots.
#![allow(clippy::unwrap_used, clippy::panic)] // in helpers as in tests

mod common;

use common::{PAPER, as_png, encode, name, try_render};
use image::{DynamicImage, GrayImage, ImageBuffer, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use platen_model::{Bitmap, Dither, DocumentKind, PageOptions, Rotation};
use platen_render::{GreySink, GreySize, RenderError, Rendered, Source, Stopped, Window, identify, lay_out_to};

fn options(change: impl FnOnce(&mut PageOptions)) -> PageOptions {
    let mut options = PageOptions::default();
    change(&mut options);
    options
}

fn rendered(bytes: &[u8], change: impl FnOnce(&mut PageOptions)) -> Rendered {
    try_render(bytes, &options(change)).unwrap()
}

fn page(bytes: &[u8], change: impl FnOnce(&mut PageOptions)) -> Bitmap {
    rendered(bytes, change).pages.remove(0)
}

/// A grey wedge with a black corner at the top left, so that every turn is told from every other.
fn wedge(width: u32, height: u32) -> GrayImage {
    GrayImage::from_fn(width, height, |x, y| {
        let corner = x < width / 4 && y < height / 8;
        Luma([if corner { 0 } else { u8::try_from(x * 255 / (width - 1)).unwrap() }])
    })
}

fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
    encode(&picture.into(), ImageFormat::Png)
}

#[test]
fn every_lossless_format_gives_the_same_page() {
    let picture = DynamicImage::ImageRgb8(DynamicImage::ImageLuma8(wedge(300, 200)).into_rgb8());
    let expected = page(&encode(&picture, ImageFormat::Png), |_| ());
    assert_eq!((expected.width(), expected.height()), (384, 256));
    for format in [ImageFormat::Bmp, ImageFormat::WebP] {
        assert_eq!(page(&encode(&picture, format), |_| ()), expected, "{format:?}");
    }
    // A GIF has 256 colours, which is all that grey needs, but its writer may choose neighbours of them.
    let gif = page(&encode(&picture, ImageFormat::Gif), |_| ());
    let (a, b) = (gif.black_dots(), expected.black_dots());
    assert!(a.abs_diff(b) * 100 < b, "{a} and {b} black dots");
}

#[test]
fn every_colour_type_of_png_gives_the_grey_it_means() {
    let grey = wedge(64, 16);
    let wide = |value: u8| u16::from(value) * 257;
    let pictures: [DynamicImage; 8] = [
        grey.clone().into(),
        DynamicImage::ImageLumaA8(DynamicImage::from(grey.clone()).into_luma_alpha8()),
        DynamicImage::ImageRgb8(DynamicImage::from(grey.clone()).into_rgb8()),
        DynamicImage::ImageRgba8(DynamicImage::from(grey.clone()).into_rgba8()),
        DynamicImage::ImageLuma16(ImageBuffer::from_fn(64, 16, |x, y| Luma([wide(grey.get_pixel(x, y).0[0])]))),
        DynamicImage::ImageLumaA16(DynamicImage::from(grey.clone()).into_luma_alpha16()),
        DynamicImage::ImageRgb16(DynamicImage::from(grey.clone()).into_rgb16()),
        // Black, with the darkness in its opacity: the same grey on white paper.
        DynamicImage::ImageRgba16(ImageBuffer::from_fn(64, 16, |x, y| {
            Rgba([0, 0, 0, 65_535 - wide(grey.get_pixel(x, y).0[0])])
        })),
    ];
    let expected = page(&png(grey.clone()), |options| options.width = Some(64));
    for picture in pictures {
        let colour = picture.color();
        assert_eq!(page(&png(picture), |options| options.width = Some(64)), expected, "{colour:?}");
    }
}

#[test]
fn what_is_transparent_is_paper() {
    let clear = RgbaImage::from_pixel(16, 16, Rgba([0, 0, 0, 0]));
    assert_eq!(page(&png(clear), |_| ()).black_dots(), 0);
}

#[test]
fn all_eight_orientations_of_a_photo_are_put_upright() {
    let upright = wedge(160, 80);
    let expected = page(&jpeg_with_orientation(&upright, 1), |options| options.dither = Dither::Threshold);
    for exif in 1..=8 {
        // The camera stores the picture so that the orientation undoes it.
        let mut stored = DynamicImage::from(upright.clone());
        let undo = [1, 2, 3, 4, 5, 8, 7, 6][usize::from(exif) - 1];
        stored.apply_orientation(image::metadata::Orientation::from_exif(undo).unwrap());
        let photo = jpeg_with_orientation(&stored.into_luma8(), exif);
        let info = identify(&Source::new(&photo, &name("photo.jpg"))).unwrap();
        assert_eq!((info.width, info.height), (Some(160), Some(80)), "orientation {exif}");
        let page = page(&photo, |options| options.dither = Dither::Threshold);
        assert_eq!((page.width(), page.height()), (expected.width(), expected.height()), "orientation {exif}");
        let differing: u32 = page.bytes().iter().zip(expected.bytes()).map(|(a, b)| (a ^ b).count_ones()).sum();
        assert!(differing < 800, "orientation {exif}: {differing} dots differ\n{page:?}");
    }
}

/// A JPEG with an EXIF segment that holds nothing but the orientation.
fn jpeg_with_orientation(picture: &GrayImage, orientation: u8) -> Vec<u8> {
    let jpeg = encode(&picture.clone().into(), ImageFormat::Jpeg);
    let tiff = [
        &b"II*\0\x08\0\0\0\x01\0"[..],                         // little-endian, one entry
        &[0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0], // tag 0112, one short
        &[0; 4],
    ]
    .concat();
    let body = [b"Exif\0\0", &tiff[..]].concat();
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &length, &body, &jpeg[2..]].concat()
}

#[test]
fn the_users_turn_changes_what_is_the_width() {
    let bytes = png(wedge(160, 80));
    for (rotate, size, corner) in [
        (Rotation::None, (384, 192), (2, 2)),
        (Rotation::Right, (384, 768), (381, 2)),
        (Rotation::Half, (384, 192), (381, 189)),
        (Rotation::Left, (384, 768), (2, 765)),
    ] {
        let page = page(&bytes, |options| options.rotate = rotate);
        assert_eq!((page.width(), page.height()), size, "{rotate:?}");
        assert!(page.is_black(corner.0, corner.1), "{rotate:?}: the black corner");
    }
}

#[test]
fn levels_change_the_page_as_named() {
    let bytes = png(wedge(100, 20));
    let black = |change: fn(&mut PageOptions)| page(&bytes, change).black_dots();
    let all = 384 * 77;
    let plain = black(|_| ());
    assert!(black(|options| options.brightness = 40) < plain);
    assert!(black(|options| options.brightness = -40) > plain);
    assert_eq!(black(|options| options.brightness = 100), 0);
    let inverted = black(|options| options.invert = true);
    assert!((plain + inverted).abs_diff(all) < 200, "{plain} + {inverted} of {all}");
}

#[test]
fn auto_chooses_by_what_is_seen_and_says_what_it_chose() {
    let photo = png(wedge(100, 50));
    let two_tone = png(GrayImage::from_fn(100, 50, |x, _| Luma([if x % 7 == 0 { 0 } else { 255 }])));
    assert_eq!(rendered(&photo, |_| ()).dither, Dither::Mixed);
    assert_eq!(rendered(&two_tone, |_| ()).dither, Dither::Threshold);
    for (dither, _) in Dither::ALL.into_iter().skip(1) {
        assert_eq!(rendered(&photo, |options| options.dither = dither).dither, dither);
    }
}

#[test]
fn two_colour_art_is_enlarged_without_a_blur() {
    let checks = GrayImage::from_fn(48, 10, |x, y| Luma([if (x + y) % 2 == 0 { 0 } else { 255 }]));
    let page = page(&png(checks), |_| ());
    assert_eq!((page.width(), page.height()), (384, 80));
    for y in 0..80 {
        for x in 0..384 {
            assert_eq!(page.is_black(x, y), (x / 8 + y / 8) % 2 == 0, "{x}, {y}");
        }
    }
}

#[test]
fn a_page_of_our_own_comes_back_dot_for_dot() {
    let first = page(&png(wedge(200, 100)), |_| ());
    assert_eq!(page(&as_png(&first), |_| ()), first);
}

#[test]
fn the_page_of_a_photo_is_the_same_every_time() {
    let noise = RgbImage::from_fn(640, 480, |x, y| {
        let value = (x * 7919 + y * 104_729) ^ (x * y);
        Rgb(value.to_le_bytes()[..3].try_into().unwrap())
    });
    let bytes = encode(&noise.into(), ImageFormat::Jpeg);
    let first = page(&bytes, |_| ());
    assert_eq!(page(&bytes, |_| ()), first);
    assert_eq!(page(&bytes, |options| options.width = Some(391)), first);
}

#[test]
fn a_photo_of_twelve_megapixels_becomes_a_page() {
    let photo = RgbImage::from_fn(4000, 3000, |x, y| {
        Rgb([(x / 16).to_le_bytes()[0], (y / 12).to_le_bytes()[0], ((x + y) / 28).to_le_bytes()[0]])
    });
    let bytes = encode(&photo.into(), ImageFormat::Jpeg);
    let info = identify(&Source::new(&bytes, &name("photo.jpg"))).unwrap();
    assert_eq!((info.kind, info.width, info.height), (DocumentKind::Jpeg, Some(4000), Some(3000)));
    let page =
        platen_render::render(&bytes, &name("photo.jpg"), &PAPER, &PageOptions::default()).unwrap().pages.remove(0);
    assert_eq!((page.width(), page.height()), (384, 288));
    let share = page.black_dots() * 100 / (384 * 288);
    assert!((35..65).contains(&share), "{share} % black");
}

/// The grey of the first page of a picture, dot for pixel.
fn grey(bytes: &[u8]) -> Result<Vec<u8>, RenderError> {
    struct Rows(Vec<u8>);
    impl GreySink for Rows {
        fn begin(&mut self, _: GreySize) -> Result<(), Stopped> {
            Ok(())
        }
        fn rows(&mut self, grey: &[u8]) -> Result<(), Stopped> {
            self.0.extend_from_slice(grey);
            Ok(())
        }
        fn end(&mut self) -> Result<(), Stopped> {
            Ok(())
        }
    }
    let (name, mut rows) = (name("picture"), Rows(Vec::new()));
    let options = options(|options| options.width = Some(32));
    let window = Window { first: 0, count: 1 };
    lay_out_to(&Source::new(bytes, &name), &PAPER, &options, window, &mut rows)?;
    Ok(rows.0)
}

/// Written by Pillow, ImageMagick and jpegtran; the grey beside each is what Pillow reads in it.
#[test]
fn rare_forms_written_by_others_are_what_others_read_in_them() {
    macro_rules! pictures {
        ($($name:literal),*) => {[$(($name,
            &include_bytes!(concat!("documents/pictures/", $name))[..],
        )),*]};
    }
    let greys = [
        &include_bytes!("documents/pictures/cmyk-444.grey")[..],
        include_bytes!("documents/pictures/cmyk-420-progressive.grey"),
        include_bytes!("documents/pictures/cmyk-422-progressive.grey"),
        include_bytes!("documents/pictures/scans-420.grey"),
        include_bytes!("documents/pictures/scans-420.grey"),
        include_bytes!("documents/pictures/scans-422-pair.grey"),
        include_bytes!("documents/pictures/scans-rgb.grey"),
        include_bytes!("documents/pictures/scans-cmyk.grey"),
        include_bytes!("documents/pictures/palette-8.grey"),
        include_bytes!("documents/pictures/palette-4.grey"),
        include_bytes!("documents/pictures/palette-2.grey"),
    ];
    let pictures = pictures!(
        "cmyk-444.jpg",
        "cmyk-420-progressive.jpg",
        "cmyk-422-progressive.jpg",
        "scans-420.jpg",
        "scans-420-brightness-last.jpg",
        "scans-422-pair.jpg",
        "scans-rgb.jpg",
        "scans-cmyk.jpg",
        "palette-8.tif",
        "palette-4.tif",
        "palette-2.tif"
    );
    for ((name, bytes), expected) in pictures.into_iter().zip(greys) {
        let is = grey(bytes).unwrap();
        assert_eq!(is.len(), expected.len(), "{name}");
        let off: Vec<u8> = is.iter().zip(expected).map(|(one, other)| one.abs_diff(*other)).collect();
        let (most, sum) = (off.iter().max().unwrap(), off.iter().map(|off| u32::from(*off)).sum::<u32>());
        assert!(*most <= 3 && sum <= 768, "{name}: {most}, {sum}");
    }
}

/// Red, green and blue in scans and in sizes of their own: jpegtran made it of a picture of `cjpeg -rgb`.
#[test]
fn colours_apart_and_in_different_sizes_are_refused_when_there_is_no_brightness() {
    let refused = grey(include_bytes!("documents/pictures/scans-rgb-sizes.jpg")).unwrap_err();
    assert_eq!(refused.fault().code, "document_unsupported");
}

#[test]
fn a_palette_cut_anywhere_is_an_error_or_a_page() {
    let whole = include_bytes!("documents/pictures/palette-4.tif");
    for end in 0..whole.len() {
        // Whatever it is taken for, it does not panic.
        drop(grey(&whole[..end]));
    }
}
