//! Pictures: PNG, JPEG, WebP, GIF (its first frame), BMP and TIFF.
//!
//! ```text
//! header ─▶ Head ─▶ leaf
//! rows of grey, as they lie, perhaps reduced ─plan: part, scale, turn─▶ rows of the view
//! ```
//!
//! Source: promise CT-2 (the header first; at most 100 million pixels, 30,000 a side, 512 MiB). Everything becomes one
//! value a pixel as it is read, see `channel`. What is large leaves row by row where its format allows; what is small is read once and
//! looked at. Deliberately absent: colour profiles, and the other frames of a moving picture.

mod colour;
mod jpeg;
mod notes;
mod plan;
mod png;
mod shaded;
pub(crate) mod tiff;
mod whole;

use crate::channel::Channel;
use crate::error::{Excess, RenderError};
use crate::grey::{Grey, Turn};
use crate::leaf::{Document, Leaf, Nature, Rows, View, pour};
use plan::{Part, Plan};
use platen_model::DocumentKind;

/// The most pixels of a picture.
const MAX_PIXELS: u64 = 100_000_000;

/// The longest side of a picture, in pixels.
const MAX_SIDE: u32 = 30_000;

/// The most memory that a reader may take, in bytes.
const MAX_MEMORY: u64 = 512 << 20;

/// Pixels per inch of a picture that does not say.
const SCREEN_DPI: f64 = 96.0;

/// Pixels of a picture that is read and looked at before it is drawn. A larger one is told by its header alone, so that
/// its first rows leave before its last ones are read.
const LOOKED_AT: u64 = 2_000_000;

/// What is known of a picture before its pixels are read.
struct Head {
    /// As it is stored.
    width: u32,
    height: u32,
    /// How the camera was held.
    turn: Turn,
    /// Pixels per inch, as the picture says.
    dpi: Option<f64>,
    /// How it is read.
    way: Way,
    /// When the header alone tells.
    nature: Option<Nature>,
    /// Whether it cannot have more.
    two_colours: bool,
}

/// How a picture is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// All at once: its first row may come last, or its reader knows no other way.
    Whole,
    /// By rows.
    Png,
    /// By rows, and as small as is enough.
    Jpeg,
}

impl Head {
    fn of(kind: DocumentKind, bytes: &[u8]) -> Result<Self, RenderError> {
        match kind {
            DocumentKind::Jpeg => jpeg::head(bytes),
            DocumentKind::Png => png::head(bytes),
            _ => whole::head(kind, bytes),
        }
    }

    fn size(&self) -> (u32, u32) {
        self.turn.size(self.width, self.height)
    }

    fn leaf(&self) -> Leaf {
        let (width, height) = self.size();
        let dpi = sound_dpi(self.dpi);
        Leaf { width: width.into(), height: height.into(), dpi, set: false }
    }

    /// Whether the rows leave while the picture is read.
    fn streams(&self) -> bool {
        self.way != Way::Whole && u64::from(self.width) * u64::from(self.height) > LOOKED_AT
    }
}

/// Pixels per inch, where a picture says something that can be.
fn sound_dpi(said: Option<f64>) -> f64 {
    // Nobody scans at one pixel an inch: that is a note which was never filled in.
    said.filter(|dpi| (20.0..=10_000.0).contains(dpi)).unwrap_or(SCREEN_DPI)
}

/// A picture whose header was read.
pub(crate) struct Picture<'a> {
    kind: DocumentKind,
    bytes: &'a [u8],
    channel: Channel,
    head: Head,
    /// All of it, for what does not stream.
    held: Option<Held>,
}

/// A picture that was read whole.
struct Held {
    grey: Grey,
    tones: Tones,
}

impl Held {
    fn of(grey: Grey, channel: Channel) -> Self {
        let mut tones = Tones::of(&grey);
        if !channel.is_brightness() {
            // A channel may have two levels where the others have more: then their edges would not be alike.
            tones.colours = usize::MAX;
        }
        Self { grey, tones }
    }

    fn draw(&self, turn: Turn, view: &View, rows: &mut Rows<'_>) -> Result<(), RenderError> {
        let plan = Plan::new(self.grey.width, self.grey.height, turn, view);
        plan.run(1, self.tones.colours <= 2, rows, |rows| {
            let part = self.grey.rows().skip(plan.part.top as usize).take(plan.part.height as usize);
            part.map(|row| plan.part.of_row(row)).try_for_each(rows)
        })
    }
}

/// Reads the header of a picture.
pub(crate) fn open(kind: DocumentKind, bytes: &[u8], channel: Channel) -> Result<Picture<'_>, RenderError> {
    let mut head = Head::of(kind, bytes)?;
    if head.way == Way::Jpeg && !channel.is_brightness() {
        // By rows only its brightness is read.
        head.way = Way::Whole;
    }
    Ok(Picture { kind, bytes, channel, head, held: None })
}

impl Picture<'_> {
    fn held(&mut self) -> Result<&Held, RenderError> {
        let held = match self.held.take() {
            Some(held) => held,
            None => Held::of(self.read()?, self.channel),
        };
        Ok(self.held.insert(held))
    }

    fn read(&self) -> Result<Grey, RenderError> {
        let Head { width, height, way, .. } = self.head;
        match way {
            Way::Whole if self.kind == DocumentKind::Jpeg => jpeg::read(self.bytes, self.channel),
            Way::Whole => whole::read(self.kind, self.bytes, self.channel),
            Way::Png | Way::Jpeg => {
                // At most what is looked at, but for pictures inside of others: those grow as they come.
                let expected = u64::from(width) * u64::from(height);
                let mut pixels = Vec::with_capacity(usize::try_from(expected.min(LOOKED_AT)).unwrap_or(0));
                self.stream(&Part { left: 0, top: 0, width, height }, 1, &mut |row| {
                    pixels.extend_from_slice(row);
                    Ok(())
                })?;
                Ok(Grey { width, height, pixels })
            }
        }
    }

    /// Gives the rows of `part` of the picture as it is stored, `reduction` times smaller.
    fn stream(&self, part: &Part, reduction: u32, rows: &mut Rows<'_>) -> Result<(), RenderError> {
        match self.head.way {
            Way::Png => png::rows(self.bytes, part, self.channel, rows),
            Way::Jpeg => jpeg::rows(self.bytes, reduction, part, rows),
            Way::Whole => pour(&self.read()?, rows),
        }
    }
}

impl Document for Picture<'_> {
    fn leaves(&mut self) -> u32 {
        1
    }

    fn leaf(&mut self, _: u32) -> Result<Leaf, RenderError> {
        Ok(self.head.leaf())
    }

    fn nature(&mut self, _: u32, _: &View) -> Result<Nature, RenderError> {
        if self.head.streams() {
            return Ok(self.head.nature.unwrap_or(Nature::Tones));
        }
        Ok(self.held()?.tones.nature)
    }

    fn draw(&mut self, _: u32, view: &View, rows: &mut Rows<'_>) -> Result<(), RenderError> {
        let Head { width, height, turn, two_colours, .. } = self.head;
        if !self.head.streams() {
            return self.held()?.draw(turn, view, rows);
        }
        let plan = Plan::new(width, height, turn, view);
        let reduction = if self.head.way == Way::Jpeg { plan.reduction() } else { 1 };
        plan.run(reduction, two_colours, rows, |rows| self.stream(&plan.part.reduced(reduction), reduction, rows))
    }
}

/// Width and height as the picture is seen, from its header.
pub(crate) fn size(kind: DocumentKind, bytes: &[u8]) -> Result<(u32, u32), RenderError> {
    match kind {
        DocumentKind::Tiff => tiff::size(bytes),
        _ => Ok(Head::of(kind, bytes)?.size()),
    }
}

/// The grey of a JPEG inside of another document, as it lies there.
pub(crate) fn jpeg_grey(bytes: &[u8]) -> Result<Grey, RenderError> {
    jpeg::read(bytes, Channel::Brightness)
}

/// Whether a picture of that size may be read.
pub(crate) fn check_size(kind: DocumentKind, width: u32, height: u32) -> Result<(), RenderError> {
    if width == 0 || height == 0 {
        return Err(RenderError::Damaged { kind, detail: "it has no pixels".to_owned() });
    }
    if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(RenderError::TooLarge(Excess::Pixels { width, height }));
    }
    Ok(())
}

/// How the grey of a picture is spread.
struct Tones {
    /// Different levels of grey.
    colours: usize,
    nature: Nature,
}

impl Tones {
    fn of(grey: &Grey) -> Self {
        // Four counts in turn: equal pixels beside each other, as paper has them, need not wait for one another.
        let mut counts = [[0_u64; 256]; 4];
        let (fours, rest) = grey.pixels.as_chunks::<4>();
        for four in fours {
            for (count, pixel) in counts.iter_mut().zip(four) {
                count[usize::from(*pixel)] += 1;
            }
        }
        let mut count = [0_u64; 256];
        rest.iter().for_each(|pixel| count[usize::from(*pixel)] += 1);
        for some in &counts {
            count.iter_mut().zip(some).for_each(|(count, some)| *count += some);
        }
        let (all, middle) = (grey.pixels.len() as u64, count[40..216].iter().sum::<u64>());
        // Two-tone art may have a little grey at its edges, from smoothing or from a JPEG.
        let nature = if middle * 50 <= all {
            Nature::Lines
        } else if shaded::is_shaded(grey, &count) {
            Nature::Shaded
        } else {
            Nature::Tones
        };
        Self { colours: count.iter().filter(|&&pixels| pixels > 0).count(), nature }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platen_model::{Crop, Rotation};

    fn nature(pixels: Vec<u8>) -> Nature {
        Tones::of(&Grey { width: u32::try_from(pixels.len()).unwrap(), height: 1, pixels }).nature
    }

    /// A picture of `width` × `height` pixels of noise, as PNG.
    fn noise(width: u32, height: u32) -> (Vec<u8>, Grey) {
        let pixels: Vec<u8> = (0..width * height).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
        let mut bytes = Vec::new();
        let mut encoder = ::png::Encoder::new(&mut bytes, width, height);
        encoder.set_compression(::png::Compression::Fastest);
        encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
        (bytes, Grey { width, height, pixels })
    }

    fn drawn(picture: &mut Picture<'_>, view: &View) -> Vec<u8> {
        let mut pixels = Vec::new();
        picture
            .draw(0, view, &mut |rows| {
                pixels.extend_from_slice(rows);
                Ok(())
            })
            .unwrap();
        pixels
    }

    #[test]
    fn a_part_of_the_right_size_is_given_pixel_by_pixel_and_turned() {
        let (bytes, grey) = noise(40, 20);
        let mut picture = open(DocumentKind::Png, &bytes, Channel::Brightness).unwrap();
        let crop = Crop { left: 2500, top: 5000, width: 5000, height: 2500 };
        let part: Vec<u8> = (10..15).flat_map(|y| grey.row(y)[10..30].to_vec()).collect();
        let part = Grey { width: 20, height: 5, pixels: part };
        for rotation in [Rotation::None, Rotation::Right, Rotation::Half, Rotation::Left] {
            let turn = Turn::from(rotation);
            let (width, height) = turn.size(20, 5);
            let expected = part.clone().turned(turn).pixels;
            // Twice: a leaf may be printed more than once.
            for _ in 0..2 {
                assert_eq!(drawn(&mut picture, &View { width, height, crop, turn }), expected, "{rotation:?}");
            }
        }
    }

    #[test]
    fn what_streams_and_what_is_held_are_the_same_dots() {
        let (bytes, grey) = noise(2500, 1000);
        let mut picture = open(DocumentKind::Png, &bytes, Channel::Brightness).unwrap();
        assert!(picture.head.streams());
        assert_eq!(
            picture.nature(0, &View { width: 1, height: 1, crop: Crop::ALL, turn: Turn::default() }),
            Ok(Nature::Tones)
        );
        let held = Held::of(grey, Channel::Brightness);
        for (crop, rotation) in [
            (Crop::ALL, Rotation::None),
            (Crop { left: 1000, top: 3000, width: 3000, height: 2000 }, Rotation::None),
            (Crop { left: 1000, top: 3000, width: 3000, height: 2000 }, Rotation::Right),
        ] {
            let view = View { width: 96, height: 50, crop, turn: rotation.into() };
            let mut expected = Vec::new();
            let result = held.draw(Turn::default(), &view, &mut |rows| {
                expected.extend_from_slice(rows);
                Ok(())
            });
            assert_eq!(result, Ok(()));
            assert_eq!(drawn(&mut picture, &view), expected, "{view:?}");
            assert_eq!(expected.len(), 96 * 50);
        }
        assert!(picture.held.is_none());
    }

    #[test]
    fn two_tone_pictures_are_lines_and_all_others_tones() {
        assert_eq!(nature([0, 255].repeat(500)), Nature::Lines);
        assert_eq!(nature([vec![0; 500], vec![255; 490], vec![128; 10]].concat()), Nature::Lines);
        assert_eq!(nature([vec![255; 900], vec![128; 100]].concat()), Nature::Tones);
        assert_eq!(nature((0..=255).collect()), Nature::Tones);
        assert_eq!(nature([100, 180].repeat(500)), Nature::Tones);
    }
}
