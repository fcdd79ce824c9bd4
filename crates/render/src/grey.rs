//! A sheet of grey, and the ways to turn it.

use image::metadata::Orientation;
use platen_model::{Crop, Rotation};

/// Grey pixels, one byte each, row by row: 0 black, 255 white, gamma-coded as in sRGB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grey {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// `width × height` bytes.
    pub(crate) pixels: Vec<u8>,
}

impl Grey {
    pub(crate) fn white(width: u32, height: u32) -> Self {
        Self { width, height, pixels: vec![255; width as usize * height as usize] }
    }

    pub(crate) fn rows(&self) -> std::slice::ChunksExact<'_, u8> {
        self.pixels.chunks_exact((self.width as usize).max(1))
    }

    /// Row `y`, or an empty slice when there is no such row.
    pub(crate) fn row(&self, y: usize) -> &[u8] {
        let width = self.width as usize;
        self.pixels.get(y * width..(y + 1) * width).unwrap_or(&[])
    }

    pub(crate) fn row_mut(&mut self, y: usize) -> &mut [u8] {
        let width = self.width as usize;
        self.pixels.get_mut(y * width..(y + 1) * width).unwrap_or(&mut [])
    }

    /// The sheet turned.
    pub(crate) fn turned(self, turn: Turn) -> Self {
        if turn == Turn::default() {
            return self;
        }
        let (width, height) = turn.size(self.width, self.height);
        let (right, bottom) = ((self.width as usize).saturating_sub(1), (self.height as usize).saturating_sub(1));
        let mut pixels = Vec::with_capacity(self.pixels.len());
        for y in 0..height as usize {
            for x in 0..width as usize {
                let (from_x, from_y) = match turn.quarters {
                    0 => (x, y),
                    1 => (y, bottom - x),
                    2 => (right - x, bottom - y),
                    _ => (right - y, x),
                };
                let from_x = if turn.mirrored { right - from_x } else { from_x };
                pixels.push(self.row(from_y).get(from_x).copied().unwrap_or(255));
            }
        }
        Self { width, height, pixels }
    }
}

/// How a sheet is turned: first mirrored left to right, then turned clockwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Turn {
    mirrored: bool,
    /// 0–3 quarter turns clockwise.
    quarters: u8,
}

impl Turn {
    /// This turn, and then the one that the user asked for.
    pub(crate) fn then(self, rotation: Rotation) -> Self {
        let more = match rotation {
            Rotation::None => 0,
            Rotation::Right => 1,
            Rotation::Half => 2,
            Rotation::Left => 3,
        };
        Self { quarters: (self.quarters + more) % 4, ..self }
    }

    /// This turn, and then a second one that does not mirror.
    pub(crate) fn and(self, second: Self) -> Self {
        Self { mirrored: self.mirrored ^ second.mirrored, quarters: (self.quarters + second.quarters) % 4 }
    }

    /// Whether it mirrors, and the quarter turns clockwise after that.
    pub(crate) fn parts(self) -> (bool, u8) {
        (self.mirrored, self.quarters)
    }

    /// Quarter turns clockwise, 0–3.
    pub(crate) fn quarters(self) -> u8 {
        self.quarters
    }

    /// Whether width and height change places.
    pub(crate) fn swaps_sides(self) -> bool {
        self.quarters % 2 == 1
    }

    /// The part of a sheet that becomes `crop` of the turned sheet.
    pub(crate) fn before(self, crop: Crop) -> Crop {
        let Crop { left, top, width, height } = crop;
        let (right, bottom) = [(left, width), (top, height)]
            .map(|(from, length)| Crop::WHOLE.saturating_sub(from.saturating_add(length)))
            .into();
        let turned = match self.quarters {
            0 => crop,
            1 => Crop { left: top, top: right, width: height, height: width },
            2 => Crop { left: right, top: bottom, width, height },
            _ => Crop { left: bottom, top: left, width: height, height: width },
        };
        if !self.mirrored {
            return turned;
        }
        Crop { left: Crop::WHOLE.saturating_sub(turned.left.saturating_add(turned.width)), ..turned }
    }

    /// Whether rows can be turned one by one: they stay, or are only mirrored.
    pub(crate) fn keeps_rows(self) -> bool {
        self.quarters == 0
    }

    /// Turns a row of a sheet whose turn keeps rows.
    pub(crate) fn row(self, row: &mut [u8]) {
        if self.mirrored {
            row.reverse();
        }
    }

    /// The size of a sheet of `width` × `height` after the turn.
    pub(crate) fn size(self, width: u32, height: u32) -> (u32, u32) {
        if self.swaps_sides() { (height, width) } else { (width, height) }
    }
}

impl From<Rotation> for Turn {
    fn from(rotation: Rotation) -> Self {
        Self::default().then(rotation)
    }
}

impl From<Orientation> for Turn {
    fn from(orientation: Orientation) -> Self {
        let (mirrored, quarters) = match orientation {
            Orientation::NoTransforms => (false, 0),
            Orientation::Rotate90 => (false, 1),
            Orientation::Rotate180 => (false, 2),
            Orientation::Rotate270 => (false, 3),
            Orientation::FlipHorizontal => (true, 0),
            Orientation::FlipVertical => (true, 2),
            // Turned, then mirrored: the same as mirrored, then turned the other way.
            Orientation::Rotate90FlipH => (true, 3),
            Orientation::Rotate270FlipH => (true, 1),
        };
        Self { mirrored, quarters }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, GrayImage};

    #[test]
    fn all_eight_orientations_agree_with_the_image_library() {
        let pixels: Vec<u8> = (0..6).collect();
        for exif in 1..=8 {
            let orientation = Orientation::from_exif(exif).unwrap();
            let mut expected = DynamicImage::ImageLuma8(GrayImage::from_raw(3, 2, pixels.clone()).unwrap());
            expected.apply_orientation(orientation);
            let turned = Grey { width: 3, height: 2, pixels: pixels.clone() }.turned(orientation.into());
            assert_eq!((turned.width, turned.height), (expected.width(), expected.height()), "{orientation:?}");
            assert_eq!(turned.pixels, expected.into_luma8().into_raw(), "{orientation:?}");
        }
    }

    #[test]
    fn a_part_is_found_again_before_every_turn() {
        let sheet = Grey { width: 10, height: 10, pixels: (0..100).collect() };
        let cut = |sheet: &Grey, crop: Crop| -> Vec<u8> {
            let [left, top, width, height] =
                [crop.left, crop.top, crop.width, crop.height].map(|share| usize::from(share) / 1000);
            (top..top + height).flat_map(|y| sheet.row(y)[left..left + width].to_vec()).collect()
        };
        let crop = Crop { left: 1000, top: 2000, width: 3000, height: 7000 };
        for exif in 1..=8 {
            let turn = Turn::from(Orientation::from_exif(exif).unwrap());
            let before = turn.before(crop);
            let (width, height) = (u32::from(before.width) / 1000, u32::from(before.height) / 1000);
            let part = Grey { width, height, pixels: cut(&sheet, before) };
            assert_eq!(part.turned(turn).pixels, cut(&sheet.clone().turned(turn), crop), "orientation {exif}");
        }
    }

    #[test]
    fn the_users_turn_comes_after_the_cameras() {
        let sheet = Grey { width: 2, height: 1, pixels: vec![1, 2] };
        let turn = Turn::from(Orientation::Rotate90).then(Rotation::Left);
        assert_eq!(sheet.clone().turned(turn), sheet);
        let right = sheet.turned(Rotation::Right.into());
        assert_eq!((right.width, right.height, right.pixels), (1, 2, vec![1, 2]));
    }
}
