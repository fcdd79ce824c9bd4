//! Grey is scaled in linear light: half black dots and half white are the mean of light, not of codes.
//!
//! Source: IEC 61966-2-1 (sRGB). The filter is Catmull–Rom: sharp, and a plain polynomial, so its coefficients are the
//! same on every machine (a windowed sine would come from the platform's mathematics library). Deliberately absent:
//! several cores, and decoding at a reduced size.

use crate::grey::Grey;
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U16;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use std::sync::LazyLock;

/// sRGB codes as linear light, 65,535 for white.
const LINEAR: [u16; 256] = [
    0, 20, 40, 60, 80, 99, 119, 139, 159, 179, 199, 219, 241, 264, 288, 313, 340, 367, 396, 427, 458, 491, 526, 562,
    599, 637, 677, 718, 761, 805, 851, 898, 947, 997, 1048, 1101, 1156, 1212, 1270, 1330, 1391, 1453, 1517, 1583, 1651,
    1720, 1790, 1863, 1937, 2013, 2090, 2170, 2250, 2333, 2418, 2504, 2592, 2681, 2773, 2866, 2961, 3058, 3157, 3258,
    3360, 3464, 3570, 3678, 3788, 3900, 4014, 4129, 4247, 4366, 4488, 4611, 4736, 4864, 4993, 5124, 5257, 5392, 5530,
    5669, 5810, 5953, 6099, 6246, 6395, 6547, 6700, 6856, 7014, 7174, 7335, 7500, 7666, 7834, 8004, 8177, 8352, 8528,
    8708, 8889, 9072, 9258, 9445, 9635, 9828, 10022, 10219, 10417, 10619, 10822, 11028, 11235, 11446, 11658, 11873,
    12090, 12309, 12530, 12754, 12980, 13209, 13440, 13673, 13909, 14146, 14387, 14629, 14874, 15122, 15371, 15623,
    15878, 16135, 16394, 16656, 16920, 17187, 17456, 17727, 18001, 18277, 18556, 18837, 19121, 19407, 19696, 19987,
    20281, 20577, 20876, 21177, 21481, 21787, 22096, 22407, 22721, 23038, 23357, 23678, 24002, 24329, 24658, 24990,
    25325, 25662, 26001, 26344, 26688, 27036, 27386, 27739, 28094, 28452, 28813, 29176, 29542, 29911, 30282, 30656,
    31033, 31412, 31794, 32179, 32567, 32957, 33350, 33745, 34143, 34544, 34948, 35355, 35764, 36176, 36591, 37008,
    37429, 37852, 38278, 38706, 39138, 39572, 40009, 40449, 40891, 41337, 41785, 42236, 42690, 43147, 43606, 44069,
    44534, 45002, 45473, 45947, 46423, 46903, 47385, 47871, 48359, 48850, 49344, 49841, 50341, 50844, 51349, 51858,
    52369, 52884, 53401, 53921, 54445, 54971, 55500, 56032, 56567, 57105, 57646, 58190, 58737, 59287, 59840, 60396,
    60955, 61517, 62082, 62650, 63221, 63795, 64372, 64952, 65535,
];

/// Linear light as the nearest sRGB code.
static CODES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut codes = Vec::with_capacity(65_536);
    for (code, pair) in (0..=254_u8).zip(LINEAR.windows(2)) {
        let middle = (usize::from(pair[0]) + usize::from(pair[1])) / 2;
        codes.resize(middle + 1, code);
    }
    codes.resize(65_536, 255);
    codes
});

/// Rows that are made linear at a time: the whole picture in linear light would be twice its size.
const STRIP: usize = 64;

/// `grey` with `width` × `height` pixels.
pub(crate) fn scale(grey: Grey, width: u32, height: u32) -> Grey {
    if (grey.width, grey.height) == (width, height) {
        return grey;
    }
    let narrow = scale_rows(&grey, width);
    let source_height = grey.height;
    drop(grey);
    let light = resize(&mut Resizer::new(), narrow, (width, source_height), (width, height));
    let codes = &*CODES;
    let pixels = light.iter().map(|light| codes.get(usize::from(light.0)).copied().unwrap_or(255)).collect();
    Grey { width, height, pixels }
}

/// `grey` with each pixel `factor` × `factor` large: art of two colours keeps its edges.
pub(crate) fn magnify(grey: &Grey, factor: u32) -> Grey {
    let times = factor as usize;
    let mut pixels = Vec::with_capacity(grey.pixels.len() * times * times);
    for row in grey.rows() {
        let wide: Vec<u8> = row.iter().flat_map(|&pixel| std::iter::repeat_n(pixel, times)).collect();
        for _ in 0..times {
            pixels.extend_from_slice(&wide);
        }
    }
    Grey { width: grey.width * factor, height: grey.height * factor, pixels }
}

/// Each row scaled to `width`, in linear light.
fn scale_rows(grey: &Grey, width: u32) -> Vec<U16> {
    let mut narrow = Vec::with_capacity(width as usize * grey.height as usize);
    let mut resizer = Resizer::new();
    for strip in grey.pixels.chunks((grey.width as usize * STRIP).max(1)) {
        let linear = strip.iter().map(|&code| U16::new(LINEAR[usize::from(code)])).collect();
        let rows = u32::try_from(strip.len() / (grey.width as usize).max(1)).unwrap_or(0);
        narrow.extend(resize(&mut resizer, linear, (grey.width, rows), (width, rows)));
    }
    narrow
}

fn resize(resizer: &mut Resizer, linear: Vec<U16>, from: (u32, u32), to: (u32, u32)) -> Vec<U16> {
    if from == to {
        return linear;
    }
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    let mut scaled = vec![U16::new(0); to.0 as usize * to.1 as usize];
    let source = TypedImageRef::new(from.0, from.1, &linear);
    let target = TypedImage::from_pixels_slice(to.0, to.1, &mut scaled);
    if let (Ok(source), Ok(mut target)) = (source, target) {
        // The whole source is used and both sizes fit their pixels: there is nothing that could fail.
        let _ = resizer.resize_typed(&source, &mut target, &options);
    }
    scaled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_srgb_curve_and_codes_come_back() {
        for code in 0..=255_u8 {
            let light = f64::from(code) / 255.0;
            let linear = if light <= 0.040_45 { light / 12.92 } else { ((light + 0.055) / 1.055).powf(2.4) };
            assert!((f64::from(LINEAR[usize::from(code)]) - linear * 65_535.0).abs() <= 0.51, "{code}");
            assert_eq!(CODES[usize::from(LINEAR[usize::from(code)])], code);
        }
        assert_eq!(CODES.len(), 65_536);
    }

    #[test]
    fn fine_black_and_white_become_the_grey_of_half_the_light() {
        let pixels: Vec<u8> = (0..64 * 64).map(|i| if (i / 64 + i % 64) % 2 == 0 { 0 } else { 255 }).collect();
        let small = scale(Grey { width: 64, height: 64, pixels }, 8, 8);
        for pixel in small.pixels {
            assert!(pixel.abs_diff(188) <= 2, "{pixel}: half the light has the code 188");
        }
    }

    #[test]
    fn flat_grey_stays_what_it_is_at_every_size() {
        for (width, height) in [(1, 1), (7, 3), (200, 50), (64, 300)] {
            let grey = scale(Grey { width: 40, height: 130, pixels: vec![77; 40 * 130] }, width, height);
            assert_eq!(grey, Grey { width, height, pixels: vec![77; (width * height) as usize] });
        }
    }

    #[test]
    fn strips_leave_no_seams() {
        let pixels: Vec<u8> = (0..100 * 200).map(|i| u8::try_from(i / 100 % 200).unwrap()).collect();
        let grey = Grey { width: 100, height: 200, pixels };
        let narrow = scale(grey.clone(), 50, 200);
        for (y, row) in narrow.rows().enumerate() {
            assert!(row.iter().all(|&pixel| usize::from(pixel) == y), "row {y}");
        }
        assert_eq!(scale(grey, 100, 100).rows().len(), 100);
    }

    #[test]
    fn magnified_art_has_the_same_two_colours() {
        let grey = Grey { width: 2, height: 1, pixels: vec![0, 255] };
        assert_eq!(magnify(&grey, 2).pixels, [0, 0, 255, 255, 0, 0, 255, 255]);
    }
}
