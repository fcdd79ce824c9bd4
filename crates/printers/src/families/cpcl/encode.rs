//! A page as CPCL. Every line ends in CR LF.
//!
//! ```text
//! ! 0 200 200 height 1          a label of that many dots, once
//! PAGE-WIDTH dots
//! CG bytes rows 0 0 <rows>      binary; or EG bytes rows 0 0 HEX for models that cannot take binary
//! FORM                          on to the gap or mark, if there are any
//! PRINT
//! ```
//! Bit 7 is left, 1 is black.
//!
//! Source: section "What Platen sends" of `docs/protocols/cpcl.md`.

use crate::catalogue::{Media, Model, Quirk};
use crate::encoder::{Bands, Encoder, Sheet};
use crate::families::label::{BAND_ROWS, MOST_DOTS, MOST_ROWS, length};
use crate::family::{EncodeError, Finish};

pub(super) fn begin(model: &Model, sheet: Sheet, finish: &Finish, prn: &mut Vec<u8>) -> Result<Encoder, EncodeError> {
    sheet.check_label(MOST_DOTS, MOST_ROWS)?;
    let hex = model.has(Quirk::HexImages) || model.has(Quirk::PlainHex);
    let (width, height) = (sheet.width, length(model, sheet, finish));
    let image = format!("{} {} {} 0 0 ", if hex { "EG" } else { "CG" }, sheet.stride(), sheet.rows);
    // The two numbers 200 are a part of the word, whatever the head's resolution is.
    prn.extend_from_slice(format!("! 0 200 200 {height} 1\r\nPAGE-WIDTH {width}\r\n{image}").as_bytes());
    Ok(Encoder::new(sheet, BAND_ROWS, Page { hex, form: model.media != Media::Continuous }))
}

struct Page {
    hex: bool,
    form: bool,
}

impl Bands for Page {
    fn band(&mut self, rows: &[u8], prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.hex {
            prn.extend_from_slice(hex::encode_upper(rows).as_bytes());
        } else {
            prn.extend_from_slice(rows);
        }
        Ok(())
    }

    fn end(&mut self, prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        prn.extend_from_slice(if self.form { b"\r\nFORM\r\nPRINT\r\n" } else { b"\r\nPRINT\r\n" });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Cpcl;
    use super::*;
    use crate::catalogue::catalogue;
    use crate::family::Family;
    use platen_model::{Bitmap, Cut};

    fn encoded(media: Media, quirks: &[Quirk]) -> String {
        let model = catalogue().iter().find(|model| model.family == "cpcl").unwrap();
        let model = Model { media, quirks: quirks.to_vec(), ..model.clone() };
        let mut page = Bitmap::white(16, 2);
        page.set_black(0, 0);
        let prn = Cpcl.encode(&model, &page, &Finish { feed_dots: 10, cut: Cut::Full }).unwrap();
        prn.escape_ascii().to_string().replace("\\r\\n", "|")
    }

    #[test]
    fn a_page_is_one_label_with_one_image() {
        let image = r"CG 2 2 0 0 \x80\x00\x00\x00";
        assert_eq!(encoded(Media::Gap, &[]), format!("! 0 200 200 2 1|PAGE-WIDTH 16|{image}|FORM|PRINT|"));
        assert_eq!(encoded(Media::Continuous, &[]), format!("! 0 200 200 12 1|PAGE-WIDTH 16|{image}|PRINT|"));
    }

    #[test]
    fn models_that_cannot_take_binary_get_digits() {
        let image = "EG 2 2 0 0 80000000";
        let text = encoded(Media::Mark, &[Quirk::HexImages]);
        assert_eq!(text, format!("! 0 200 200 2 1|PAGE-WIDTH 16|{image}|FORM|PRINT|"));
    }
}
