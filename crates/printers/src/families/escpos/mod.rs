//! ESC/POS: the language of receipt printers, and what our cloud printers eat.
//!
//! Source: `docs/protocols/escpos.md`. Printers of this language differ in the command that takes an image, so there are
//! three families: [`RASTER`] (`GS v 0`, which nearly every clone has), [`GRAPHICS`] (`GS ( L`, which the first maker
//! recommends) and [`COLUMN`] (`ESC *`, the oldest one). All of them read all three, also mixed in one stream.
//! Deliberately absent: text and bar codes of the printer itself: everything is dots, so that paper equals preview.

mod ask;
mod column;
mod decode;
mod encode;
mod images;
mod paper;
mod print;
mod settings;
mod status;
mod talk;

use crate::catalogue::{Model, Quirk};
use crate::encoder::{Encoder, Sheet};
use crate::family::{DecodeError, Decoded, EncodeError, Family, Finish};

const LF: u8 = 0x0A;
const DLE: u8 = 0x10;
const ESC: u8 = 0x1B;
const FS: u8 = 0x1C;
const GS: u8 = 0x1D;

/// The family `escpos`: images as rows.
pub static RASTER: EscPos = EscPos { image: Image::Raster };

/// The family `escpos-graphics`: images stored, then printed.
pub static GRAPHICS: EscPos = EscPos { image: Image::Graphics };

/// The family `escpos-column`: images as lines of columns, 24 dots high.
pub static COLUMN: EscPos = EscPos { image: Image::Column };

/// A family of this language.
#[derive(Clone, Copy, Debug)]
pub struct EscPos {
    image: Image,
}

/// The command that takes the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Image {
    Raster,
    Graphics,
    Column,
}

impl Family for EscPos {
    fn id(&self) -> &'static str {
        match self.image {
            Image::Raster => "escpos",
            Image::Graphics => "escpos-graphics",
            Image::Column => "escpos-column",
        }
    }

    fn prn_protocol(&self) -> &'static str {
        "esc"
    }

    fn begin(&self, model: &Model, sheet: Sheet, finish: &Finish, prn: &mut Vec<u8>) -> Result<Encoder, EncodeError> {
        let encoder = encode::begin(self.image, model, sheet, finish, prn)?;
        Ok(encoder.reversed(model.has(Quirk::Reversed)))
    }

    fn decode(&self, prn: &[u8]) -> Result<Decoded, DecodeError> {
        decode::decode(prn)
    }

    fn decode_for(&self, model: &Model, prn: &[u8]) -> Result<Decoded, DecodeError> {
        Ok(self.decode(prn)?.reversed(model.has(Quirk::Reversed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{DEFAULT_MODEL, model};
    use platen_model::Bitmap;

    #[test]
    fn a_cut_off_prn_says_where_it_ends() {
        let page = Bitmap::white(64, 300);
        let prn = RASTER.encode(model(DEFAULT_MODEL).unwrap(), &page, &Finish::default()).unwrap();
        for end in 3..prn.len() {
            match RASTER.decode(&prn[..end]) {
                Err(DecodeError::Truncated { offset, .. }) => assert!(offset < end),
                Ok(decoded) => assert!(decoded.pages.len() <= 1),
                Err(other) => panic!("{other}"),
            }
        }
        let mid_raster = RASTER.decode(&prn[..20]).unwrap_err();
        assert_eq!(mid_raster, DecodeError::Truncated { offset: 2, command: "raster" });
    }

    #[test]
    fn the_three_image_commands_may_be_mixed_in_one_stream() {
        let mut page = Bitmap::white(16, 30);
        page.set_black(3, 0);
        page.set_black(15, 29);
        let model = model(DEFAULT_MODEL).unwrap();
        let families = [RASTER, GRAPHICS, COLUMN];
        let prn = families.map(|family| family.encode(model, &page, &Finish::default()).unwrap()).concat();
        for family in families {
            assert_eq!(family.decode(&prn).unwrap().pages, [page.clone(), page.clone(), page.clone()]);
        }
    }
}
