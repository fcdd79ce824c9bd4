//! Samples become one value a pixel, with white paper below what is transparent. What that value is of a colour, its
//! [`crate::channel::Channel`] says.

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
    fn what_is_transparent_is_paper() {
        assert_eq!([on_white(0, 0), on_white(0, 255), on_white(0, 128), on_white(200, 0)], [255, 0, 127, 255]);
        assert_eq!([eight(0), eight(65_535), eight(0x8080), eight(128)], [0, 255, 128, 0]);
    }
}
