//! A page as TSPL. Every line ends in CR LF.
//!
//! ```text
//! SIZE w mm,h mm                        the page's size from dots and dpi
//! GAP g mm,0 mm                         or BLINE g mm,0 mm for black marks, GAP 0 mm,0 mm for paper without gaps
//! DIRECTION d                           whichever is upright on the model
//! DENSITY n, SPEED n                    only if the model's row has them
//! CLS
//! BITMAP 0,0,bytes,rows,mode,<rows>     bit 7 left, 0 = black
//! PRINT 1
//! ```
//!
//! Source: section "What Platen sends" of `docs/protocols/tspl.md`. Deliberately absent: `SET …`, which outlives the job.

use super::Reading;
use crate::catalogue::{Media, Model, Quirk};
use crate::encoder::{Bands, Encoder, Sheet};
use crate::families::label::{BAND_ROWS, MOST_DOTS, MOST_ROWS, length, millimetres};
use crate::family::{EncodeError, Finish};

pub(super) fn begin(model: &Model, sheet: Sheet, finish: &Finish, prn: &mut Vec<u8>) -> Result<Encoder, EncodeError> {
    sheet.check_label(MOST_DOTS, MOST_ROWS)?;
    let mut line = |text: String| {
        prn.extend_from_slice(text.as_bytes());
        prn.extend(*b"\r\n");
    };
    let height = millimetres(length(model, sheet, finish), model.dpi);
    line(format!("SIZE {} mm,{height} mm", millimetres(sheet.width, model.dpi)));
    line(match model.media {
        Media::Continuous => "GAP 0 mm,0 mm".to_owned(),
        Media::Gap => format!("GAP {} mm,0 mm", model.gap_mm),
        Media::Mark => format!("BLINE {} mm,0 mm", model.gap_mm),
    });
    let reading = Reading::of(model);
    line(format!("DIRECTION {}", u8::from(reading.upright_is_one)));
    if let Some(density) = model.density {
        line(format!("DENSITY {density}"));
    }
    if let Some(speed) = model.speed {
        line(format!("SPEED {speed}"));
    }
    line("CLS".to_owned());
    let mode = u8::from(model.has(Quirk::OrImages));
    prn.extend_from_slice(format!("BITMAP 0,0,{},{},{mode},", sheet.stride(), sheet.rows).as_bytes());
    Ok(Encoder::new(sheet, BAND_ROWS, Page { flip: if reading.one_is_black { 0 } else { 0xFF } }))
}

struct Page {
    /// What turns our bits into the model's.
    flip: u8,
}

impl Bands for Page {
    fn band(&mut self, rows: &[u8], prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        prn.extend(rows.iter().map(|byte| byte ^ self.flip));
        Ok(())
    }

    fn end(&mut self, prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        prn.extend_from_slice(b"\r\nPRINT 1\r\n");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tspl;
    use super::*;
    use crate::catalogue::catalogue;
    use crate::family::Family;
    use platen_model::{Bitmap, Cut};

    fn encoded(change: impl Fn(&mut Model)) -> String {
        let mut model = catalogue().iter().find(|model| model.family == "tspl").unwrap().clone();
        model.quirks.clear();
        change(&mut model);
        let mut page = Bitmap::white(16, 2);
        page.set_black(0, 0);
        let prn = Tspl.encode(&model, &page, &Finish { feed_dots: 10, cut: Cut::Full }).unwrap();
        prn.escape_ascii().to_string().replace("\\r\\n", "|")
    }

    #[test]
    fn a_page_is_size_media_one_image_and_one_print() {
        let text = encoded(|model| {
            (model.dpi, model.media, model.gap_mm, model.density, model.speed) = (254, Media::Gap, 2, None, None);
        });
        let image = r"BITMAP 0,0,2,2,0,\x7f\xff\xff\xff|PRINT 1|";
        assert_eq!(text, format!("SIZE 1.6 mm,0.2 mm|GAP 2 mm,0 mm|DIRECTION 0|CLS|{image}"));
    }

    #[test]
    fn the_row_of_a_model_changes_media_settings_and_bits() {
        let text = encoded(|model| {
            (model.dpi, model.media, model.gap_mm, model.density, model.speed) =
                (254, Media::Mark, 3, Some(8), Some(4));
            model.quirks = vec![Quirk::OneIsBlack, Quirk::UprightIsOne, Quirk::OrImages];
        });
        let image = r"BITMAP 0,0,2,2,1,\x80\x00\x00\x00|PRINT 1|";
        assert_eq!(text, format!("SIZE 1.6 mm,0.2 mm|BLINE 3 mm,0 mm|DIRECTION 1|DENSITY 8|SPEED 4|CLS|{image}"));
        let long = encoded(|model| (model.dpi, model.media, model.gap_mm) = (254, Media::Continuous, 0));
        assert!(long.starts_with("SIZE 1.6 mm,1.2 mm|GAP 0 mm,0 mm|"), "{long}");
    }
}
