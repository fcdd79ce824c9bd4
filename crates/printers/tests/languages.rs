//! What holds for every language and every model: pages come back dot for dot, nothing but dots goes in, and no bytes
//! make a reader panic or take memory that they only announce.

#![allow(clippy::unwrap_used)]

use platen_model::{Bitmap, Cut};
use platen_printers::{
    DecodeError, EncodeError, Encoder, Family, Finish, Model, Sheet, catalogue, families, family, kinds,
};
use proptest::prelude::*;

fn family_of(model: &Model) -> &'static dyn Family {
    family(model.family).unwrap()
}

/// Languages in which a page may be any number of dots wide.
fn takes_any_width(model: &Model) -> bool {
    ["pbm", "png", "pwg"].contains(&model.family)
}

/// Noise, white, black, and what labels are like: mostly white with some black and many equal rows.
fn any_page() -> impl Strategy<Value = Bitmap> {
    let dots = prop_oneof![
        3 => any::<u64>().prop_map(|seed| (seed, 0_u8)),
        1 => Just((0, 1)),
        1 => Just((0, 2)),
        2 => any::<u64>().prop_map(|seed| (seed, 3)),
    ];
    (1_u32..=160, 1_u32..=600, dots).prop_map(|(width, rows, (seed, kind))| drawing(width, rows, seed, kind))
}

fn drawing(width: u32, rows: u32, seed: u64, kind: u8) -> Bitmap {
    let stride = Bitmap::stride_of(width);
    let mut state = seed | 1;
    let mut noise = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[2]
    };
    let mut bytes = Vec::new();
    while bytes.len() < stride * rows as usize {
        let row: Vec<u8> = (0..stride)
            .map(|_| match kind {
                0 => noise(),
                1 => 0,
                2 => 0xFF,
                _ => [0, 0, 0, 0xFF, 0x0F, noise()][usize::from(noise() % 6)],
            })
            .collect();
        let repeats = if kind == 3 { usize::from(noise() % 40) + 1 } else { 1 };
        bytes.extend(row.repeat(repeats));
    }
    bytes.truncate(stride * rows as usize);
    Bitmap::from_rows(width, rows, bytes).unwrap()
}

/// The page as `model`'s language can carry it.
fn fitted(model: &Model, page: &Bitmap) -> Bitmap {
    if takes_any_width(model) || page.width().is_multiple_of(8) {
        return page.clone();
    }
    Bitmap::from_rows(page.width().next_multiple_of(8), page.height(), page.bytes().to_vec()).unwrap()
}

fn any_finish() -> impl Strategy<Value = Finish> {
    let cut = prop_oneof![Just(Cut::None), Just(Cut::Partial), Just(Cut::Full)];
    (0_u32..2000, cut).prop_map(|(feed_dots, cut)| Finish { feed_dots, cut })
}

fn begin(model: &Model, page: &Bitmap, prn: &mut Vec<u8>) -> Encoder {
    family_of(model).begin(model, Sheet::of(page), &Finish::default(), prn).unwrap()
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn a_page_comes_back_dot_for_dot(page in any_page(), finish in any_finish()) {
        for model in kinds() {
            let page = fitted(model, &page);
            let prn = family_of(model).encode(model, &page, &finish).unwrap();
            let decoded = family_of(model).decode_for(model, &prn).unwrap();
            prop_assert_eq!(&decoded.pages, &vec![page], "{}", model.id);
            prop_assert!(decoded.commands.iter().all(|command| command.name != "unknown"), "{}", model.id);
        }
    }

    #[test]
    fn grey_comes_back_level_for_level_or_is_refused(page in any_page(), depth in 1_u32..=3) {
        let depth = 1_u8 << depth;
        // The same bytes, read as levels.
        let width = page.width().next_multiple_of(8) / u32::from(depth);
        let grey = Bitmap::from_levels(width, page.height(), depth, page.bytes().to_vec()).unwrap();
        for model in kinds() {
            let encoded = family_of(model).encode(model, &grey, &Finish::default());
            if model.depths.contains(&depth) {
                let decoded = family_of(model).decode_for(model, &encoded.unwrap()).unwrap();
                prop_assert_eq!(&decoded.pages, &vec![grey.clone()], "{}", model.id);
            } else {
                prop_assert!(matches!(encoded, Err(EncodeError::DepthNotPossible { .. })), "{}", model.id);
            }
        }
    }

    #[test]
    fn quirks_come_back_dot_for_dot_too(page in any_page(), finish in any_finish(), chosen in any::<u16>()) {
        use platen_printers::{Media, Quirk};
        let all = [
            Quirk::HalfDotFeed, Quirk::PlainCut, Quirk::CoarseLineUnit, Quirk::OneIsBlack, Quirk::UprightIsOne,
            Quirk::OrImages, Quirk::HexImages, Quirk::PlainHex, Quirk::Reversed,
        ];
        let quirks: Vec<Quirk> =
            all.into_iter().enumerate().filter(|(bit, _)| chosen >> bit & 1 == 1).map(|(_, quirk)| quirk).collect();
        let media = [Media::Continuous, Media::Gap, Media::Mark][usize::from(chosen >> 9) % 3];
        for model in kinds() {
            let (density, speed) = (Some(7), Some(3));
            let quirky = Model { quirks: quirks.clone(), media, gap_mm: 2, density, speed, ..model.clone() };
            let page = fitted(model, &page);
            let prn = family_of(model).encode(&quirky, &page, &finish).unwrap();
            let decoded = family_of(model).decode_for(&quirky, &prn).unwrap();
            prop_assert_eq!(decoded.pages, vec![page], "{} {:?}", model.id, &quirky.quirks);
        }
    }

    #[test]
    fn a_page_that_comes_in_pieces_gives_the_same_bytes(page in any_page(), pieces in proptest::collection::vec(0_usize..70, 1..40)) {
        for model in kinds() {
            let page = fitted(model, &page);
            let mut prn = Vec::new();
            let mut encoder = begin(model, &page, &mut prn);
            let mut rows = page.bytes();
            for piece in &pieces {
                let (now, later) = rows.split_at((piece * page.stride()).min(rows.len()));
                encoder.push(now, &mut prn).unwrap();
                rows = later;
            }
            encoder.push(rows, &mut prn).unwrap();
            encoder.finish(&mut prn).unwrap();
            prop_assert!(prn == family_of(model).encode(model, &page, &Finish::default()).unwrap(), "{}", model.id);
        }
    }

    #[test]
    fn pages_in_one_prn_are_several_pages(pages in proptest::collection::vec(any_page(), 1..4)) {
        for model in kinds() {
            let pages: Vec<Bitmap> = pages.iter().map(|page| fitted(model, page)).collect();
            let mut prn = Vec::new();
            let mut streamed = Vec::new();
            for (index, page) in (0..).zip(&pages) {
                let family = family_of(model);
                family.append(&mut prn, &family.encode(model, page, &Finish::default()).unwrap());
                let sheet = Sheet { index, ..Sheet::of(page) };
                let mut encoder = family.begin(model, sheet, &Finish::default(), &mut streamed).unwrap();
                encoder.push(page.bytes(), &mut streamed).unwrap();
                encoder.finish(&mut streamed).unwrap();
            }
            prop_assert!(prn == streamed, "{}", model.id);
            prop_assert_eq!(family_of(model).decode_for(model, &prn).unwrap().pages, pages, "{}", model.id);
        }
    }
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn any_bytes_end_in_pages_or_a_typed_error(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for family in families() {
            let _ = family.decode(&bytes);
        }
    }

    #[test]
    fn a_damaged_prn_ends_in_pages_or_a_typed_error(
        which in any::<prop::sample::Index>(),
        page in (1_u32..=6, 1_u32..=40, any::<u64>(), 0_u8..4),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..6),
    ) {
        let model = kinds()[which.index(kinds().len())];
        let page = drawing(page.0 * 8, page.1, page.2, page.3);
        let mut prn = family_of(model).encode(model, &page, &Finish::default()).unwrap();
        for (place, byte, how) in damage {
            let at = place.index(prn.len());
            match how {
                0 => prn[at] = byte,
                1 => prn.insert(at, byte),
                2 => { prn.remove(at); }
                // A digit where a number may be: announces more than there is.
                _ => prn.insert(at, b'9'),
            }
            if prn.is_empty() {
                return Ok(());
            }
        }
        if let Err(error) = family_of(model).decode_for(model, &prn) {
            let (DecodeError::Truncated { offset, .. } | DecodeError::TooLarge { offset } | DecodeError::Malformed { offset, .. }) = error;
            prop_assert!(offset <= prn.len(), "{}", model.id);
        }
    }
}

#[test]
fn a_prn_that_is_cut_off_anywhere_does_not_show_dots_that_are_not_there() {
    let page = drawing(64, 70, 11, 3);
    for model in kinds() {
        let prn = family_of(model).encode(model, &page, &Finish::default()).unwrap();
        for end in 0..prn.len() {
            let Ok(decoded) = family_of(model).decode_for(model, &prn[..end]) else { continue };
            for (y, row) in (0..).zip(decoded.pages.iter().flat_map(Bitmap::rows)) {
                let same = row.iter().zip(page.row(y)).all(|(is, was)| is & !was == 0);
                assert!(same, "{} after {end} bytes, row {y}", model.id);
            }
        }
    }
}

#[test]
fn widths_that_are_not_whole_bytes_are_refused_where_rows_are() {
    for model in kinds() {
        let encoded = family_of(model).encode(model, &Bitmap::white(385, 2), &Finish::default());
        let expected = Err(EncodeError::WidthNotWhole { width: 385 });
        assert!(if takes_any_width(model) { encoded.is_ok() } else { encoded == expected }, "{}", model.id);
    }
}

#[test]
fn the_highest_page_and_one_row_travel_and_a_higher_one_does_not() {
    for model in kinds() {
        let is_label = ["tspl", "zpl", "cpcl", "epl"].contains(&model.family) || model.family.starts_with("niimbot");
        // V5X tells the height of a page in two bytes.
        let most = if is_label {
            30_000
        } else if model.family == "cat-v5x" {
            65_535
        } else {
            120_000
        };
        for rows in [1, most] {
            let page = drawing(8, rows, 5, 0);
            let prn = family_of(model).encode(model, &page, &Finish { feed_dots: 30_000, cut: Cut::Full }).unwrap();
            assert_eq!(family_of(model).decode_for(model, &prn).unwrap().pages, [page], "{}", model.id);
        }
        let higher = family_of(model).encode(model, &Bitmap::white(8, most + 1), &Finish::default());
        assert_eq!(higher, Err(EncodeError::TooTall { rows: most + 1, most }), "{}", model.id);
    }
}

/// The PRNs of one page, each with the language that it is of. A change here changes what printers get: look at the page
/// before taking it over. A new model whose bytes are like those of another needs no line.
const GOLDEN: &str = include_str!("golden.txt");

#[test]
fn every_model_gets_bytes_that_were_looked_at() {
    let page = drawing(208, 100, 7, 3);
    let finish = Finish { feed_dots: 24, cut: Cut::Partial };
    let mut unseen: Vec<&str> = GOLDEN.lines().collect();
    let mut wrong = String::new();
    for model in catalogue() {
        let prn = family_of(model).encode(model, &page, &finish).unwrap();
        let line = format!("{} {} {}", model.family, prn.len(), platen_printers::sha256(&prn));
        unseen.retain(|golden| *golden != line);
        if !GOLDEN.lines().any(|golden| golden == line) && !wrong.contains(&line) {
            wrong.push_str(&format!("{line}\n"));
        }
    }
    assert!(wrong.is_empty() && unseen.is_empty(), "not looked at:\n{wrong}no model has them:\n{unseen:#?}");
}
