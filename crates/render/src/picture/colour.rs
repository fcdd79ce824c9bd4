//! Colours become grey: the weights of ITU-R BT.601 on coded values, and white paper below what is transparent.
//!
//! Source: ITU-R BT.601; a JPEG stores the same brightness, so a picture has the same grey in every format.

/// ITU-R BT.601 weights, in thousandths, rounded.
pub(super) fn luma([red, green, blue]: [u8; 3]) -> u8 {
    let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    // At most 255.
    #[allow(clippy::cast_possible_truncation)]
    let grey = ((sum + 500) / 1000) as u8;
    grey
}

/// `grey` with the opacity `alpha`, on white paper.
pub(super) fn on_white(grey: u8, alpha: u8) -> u8 {
    let (grey, alpha) = (u32::from(grey), u32::from(alpha));
    u8::try_from((grey * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(255)
}

/// A sample of 16 bits as one of 8, rounded.
pub(super) fn eight(sample: u16) -> u8 {
    u8::try_from((u32::from(sample) * 255 + 32_767) / 65_535).unwrap_or(255)
}

/// One byte of grey for each `N` samples.
pub(super) fn mapped<T: Copy, const N: usize>(samples: &[T], grey: impl Fn([T; N]) -> u8) -> Vec<u8> {
    let mut out = Vec::new();
    map_row(samples, &mut out, grey);
    out
}

/// Appends a byte of grey for each `N` samples.
pub(super) fn map_row<T: Copy, const N: usize>(samples: &[T], out: &mut Vec<u8>, grey: impl Fn([T; N]) -> u8) {
    let (pixels, _) = samples.as_chunks::<N>();
    out.extend(pixels.iter().map(|pixel| grey(*pixel)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_is_weighted_and_what_is_transparent_is_paper() {
        assert_eq!([luma([0; 3]), luma([255; 3])], [0, 255]);
        assert_eq!([luma([255, 0, 0]), luma([0, 255, 0]), luma([0, 0, 255])], [76, 150, 29]);
        assert_eq!([on_white(0, 0), on_white(0, 255), on_white(0, 128), on_white(200, 0)], [255, 0, 127, 255]);
        assert_eq!([eight(0), eight(65_535), eight(0x8080), eight(128)], [0, 255, 128, 0]);
    }
}
