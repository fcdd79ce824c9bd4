//! A page as ZPL.
//!
//! ```text
//! ^XA ^PWdots ^LLdots ^FO0,0                    a label of that size; the field begins in its corner
//! ^GFA,bytes,bytes,stride,:Z64:…:crc            compressed, or
//! ^GFA,bytes,bytes,stride,digits                hexadecimal, with run lengths unless the model knows none
//! ^FS ^XZ
//! ```
//! Bit 7 is left, 1 is black. No `^PQ`: a format is printed once.
//!
//! Source: section "What Platen sends" of `docs/protocols/zpl.md`.

use super::packed::Packer;
use super::run_lengths;
use crate::catalogue::{Model, Quirk};
use crate::encoder::{Bands, Encoder, Sheet};
use crate::families::label::{BAND_ROWS, MOST_DOTS, MOST_ROWS, length};
use crate::family::{EncodeError, Finish};

pub(super) fn begin(model: &Model, sheet: Sheet, finish: &Finish, prn: &mut Vec<u8>) -> Result<Encoder, EncodeError> {
    sheet.check_label(MOST_DOTS, MOST_ROWS)?;
    let (width, height, stride) = (sheet.width, length(model, sheet, finish), sheet.stride());
    let bytes = stride * sheet.rows as usize;
    prn.extend_from_slice(format!("^XA^PW{width}^LL{height}^FO0,0^GFA,{bytes},{bytes},{stride},").as_bytes());
    let form = if model.has(Quirk::PlainHex) {
        Form::Plain
    } else if model.has(Quirk::HexImages) {
        Form::RunLengths { stride, above: Vec::new() }
    } else {
        prn.extend_from_slice(b":Z64:");
        Form::Packed(Box::new(Packer::new()))
    };
    Ok(Encoder::new(sheet, BAND_ROWS, form))
}

enum Form {
    Plain,
    RunLengths { stride: usize, above: Vec<u8> },
    Packed(Box<Packer>),
}

impl Bands for Form {
    fn band(&mut self, rows: &[u8], prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Self::Plain => prn.extend_from_slice(hex::encode_upper(rows).as_bytes()),
            Self::RunLengths { stride, above } => run_lengths::write(rows, *stride, above, prn),
            Self::Packed(packer) => packer.push(rows, prn)?,
        }
        Ok(())
    }

    fn end(&mut self, prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        if let Self::Packed(packer) = self {
            packer.finish(prn)?;
        }
        prn.extend_from_slice(b"^FS^XZ\r\n");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Zpl;
    use super::*;
    use crate::catalogue::{Media, catalogue};
    use crate::family::Family;
    use platen_model::{Bitmap, Cut};

    fn encoded(media: Media, quirks: &[Quirk]) -> String {
        let model = catalogue().iter().find(|model| model.family == "zpl").unwrap();
        let model = Model { media, quirks: quirks.to_vec(), ..model.clone() };
        let mut page = Bitmap::white(16, 3);
        page.set_black(0, 0);
        String::from_utf8(Zpl.encode(&model, &page, &Finish { feed_dots: 10, cut: Cut::Full }).unwrap()).unwrap()
    }

    #[test]
    fn a_page_is_one_format_with_one_field() {
        let plain = encoded(Media::Gap, &[Quirk::PlainHex]);
        assert_eq!(plain, "^XA^PW16^LL3^FO0,0^GFA,6,6,2,800000000000^FS^XZ\r\n");
        let short = encoded(Media::Continuous, &[Quirk::HexImages]);
        assert_eq!(short, "^XA^PW16^LL13^FO0,0^GFA,6,6,2,8,,:^FS^XZ\r\n");
        let packed = encoded(Media::Gap, &[]);
        assert!(
            packed.starts_with("^XA^PW16^LL3^FO0,0^GFA,6,6,2,:Z64:eJ") && packed.ends_with("^FS^XZ\r\n"),
            "{packed}"
        );
    }
}
