//! A page as EPL. Every line ends in LF, and one stands in front: it ends whatever was cut off before.
//!
//! ```text
//! qW                       label width in dots
//! Qh,g                     label length and gap in dots; g = 0 without gaps, Bg for a black mark
//! Dn, Sn                   density and speed, only if the model's row has them
//! N                        wipe
//! GW0,0,bytes,rows,<rows>  bit 7 left, 0 = black
//! P1
//! ```
//!
//! Source: section "What Platen sends" of `docs/protocols/epl.md`. `q` and `Q` wipe the image memory too, so they come first.

use crate::catalogue::{Media, Model};
use crate::encoder::{Bands, Encoder, Sheet};
use crate::families::label::{BAND_ROWS, MOST_DOTS, MOST_ROWS, gap_dots, length};
use crate::family::{EncodeError, Finish};
use std::fmt::Write as _;

pub(super) fn begin(model: &Model, sheet: Sheet, finish: &Finish, prn: &mut Vec<u8>) -> Result<Encoder, EncodeError> {
    sheet.check_label(MOST_DOTS, MOST_ROWS)?;
    let gap = match model.media {
        Media::Continuous => "0".to_owned(),
        Media::Gap => gap_dots(model).to_string(),
        Media::Mark => format!("B{}", gap_dots(model)),
    };
    let mut head = format!("\nq{}\nQ{},{gap}\n", sheet.width, length(model, sheet, finish));
    // Writing to a string cannot fail.
    let _ = model.density.map(|density| writeln!(head, "D{density}"));
    let _ = model.speed.map(|speed| writeln!(head, "S{speed}"));
    let _ = write!(head, "N\nGW0,0,{},{},", sheet.stride(), sheet.rows);
    prn.extend_from_slice(head.as_bytes());
    Ok(Encoder::new(sheet, BAND_ROWS, Page))
}

struct Page;

impl Bands for Page {
    fn band(&mut self, rows: &[u8], prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        prn.extend(rows.iter().map(|byte| !byte));
        Ok(())
    }

    fn end(&mut self, prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        prn.extend_from_slice(b"\nP1\n");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Epl;
    use super::*;
    use crate::catalogue::catalogue;
    use crate::family::Family;
    use platen_model::{Bitmap, Cut};

    fn encoded(change: impl Fn(&mut Model)) -> String {
        let mut model = catalogue().iter().find(|model| model.family == "epl").unwrap().clone();
        model.dpi = 254;
        change(&mut model);
        let mut page = Bitmap::white(16, 2);
        page.set_black(0, 0);
        let prn = Epl.encode(&model, &page, &Finish { feed_dots: 10, cut: Cut::Full }).unwrap();
        prn.escape_ascii().to_string().replace("\\n", "|")
    }

    #[test]
    fn a_page_is_size_wipe_one_image_and_one_print() {
        let image = r"GW0,0,2,2,\x7f\xff\xff\xff|P1|";
        let gap =
            encoded(|model| (model.media, model.gap_mm, model.density, model.speed) = (Media::Gap, 2, None, None));
        assert_eq!(gap, format!("|q16|Q2,20|N|{image}"));
        let mark = encoded(|model| {
            (model.media, model.gap_mm, model.density, model.speed) = (Media::Mark, 3, Some(8), Some(2))
        });
        assert_eq!(mark, format!("|q16|Q2,B30|D8|S2|N|{image}"));
        let roll = encoded(|model| (model.media, model.gap_mm) = (Media::Continuous, 0));
        assert!(roll.starts_with("|q16|Q12,0|"), "{roll}");
    }
}
