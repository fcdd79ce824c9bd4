//! Shadings: colour that changes from place to place.

use super::list::{Area, Ink};
use hayro_interpret::encode::EncodedShadingPattern;
use hayro_interpret::kurbo::{Affine, Point};
use hayro_interpret::pattern::ShadingPattern;
use hayro_interpret::shading::ShadingType;

/// Meshes are worked out on a grid of at most so many places a side before they are drawn.
const MESH_SIDE: f64 = 1000.0;

/// A shading on a page.
pub(super) struct Shade {
    pattern: EncodedShadingPattern,
    /// From dots to the places of the shading.
    to_pattern: Affine,
}

impl Shade {
    /// `area`: the dots that it will be asked for.
    pub(super) fn new(pattern: &ShadingPattern, area: Area) -> Self {
        let mut pattern = pattern.clone();
        let mut grid = Affine::IDENTITY;
        let is_mesh = !matches!(
            pattern.shading.shading_type.as_ref(),
            ShadingType::FunctionBased { .. } | ShadingType::RadialAxial { .. } | ShadingType::Dummy
        );
        if is_mesh {
            let longest = f64::from(area.right.max(area.bottom).max(1));
            grid = Affine::scale((MESH_SIDE / longest).min(1.0));
            pattern.matrix = grid * pattern.matrix;
        }
        let pattern = pattern.encode();
        let to_pattern = pattern.base_transform * grid;
        Self { pattern, to_pattern }
    }

    /// The colour of a dot.
    pub(super) fn ink(&self, x: i32, y: i32) -> Ink {
        let at = self.to_pattern * Point::new(f64::from(x) + 0.5, f64::from(y) + 0.5);
        let code = |value: f32| {
            // 0 to 255; the cast saturates.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let code = (value * 255.0 + 0.5) as u8;
            code
        };
        let [red, green, blue, alpha] = self.pattern.sample(at).map(code);
        Ink { red, green, blue, alpha }
    }
}
