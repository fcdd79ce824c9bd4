//! What a printer gets is what was rendered: for every document of the corpus, in every language, for every kind of
//! model and with each quirk, `decode(encode(page)) == page`, dot for dot.

#![allow(clippy::unwrap_used, clippy::panic)] // in helpers as in tests

use platen_corpus::{Document, documents};
use platen_model::{Bitmap, Cut, Dither, DocumentName, PageOptions, Rotation};
use platen_printers::{Finish, Model, Quirk, Sheet, catalogue, families, family, kinds};
use platen_render::{Source, Target, identify, render};
use std::collections::BTreeSet;

/// Each document is rendered at one of these, and at [`WIDE`]. Bands and bytes of a row end differently in each.
const WIDTHS: [u32; 3] = [104, 48, 200];
/// What 80 mm paper has.
const WIDE: u32 = 576;
const QUIRKS: [Quirk; 9] = [
    Quirk::HalfDotFeed,
    Quirk::PlainCut,
    Quirk::CoarseLineUnit,
    Quirk::OneIsBlack,
    Quirk::UprightIsOne,
    Quirk::OrImages,
    Quirk::HexImages,
    Quirk::PlainHex,
    Quirk::Reversed,
];

/// The pages of the document at `index` of the corpus, with a way to make dots of its own.
fn pages(index: usize, document: &Document, width_dots: u32) -> Vec<Bitmap> {
    let turns = [Rotation::None, Rotation::Right, Rotation::Half, Rotation::Left];
    let options = PageOptions {
        dither: Dither::ALL[index % Dither::ALL.len()].0,
        // At full width what is long and thin would become too long a page.
        rotate: if width_dots == WIDE { Rotation::None } else { turns[index / 3 % turns.len()] },
        text_size: 16,
        ..PageOptions::default()
    };
    let target = Target { width_dots, dpi: 203, dot_gain: 0, across: false };
    let rendered = render(&document.bytes, &DocumentName::new(&document.name), &target, &options);
    rendered.unwrap_or_else(|error| panic!("{}: {error}", document.name)).pages
}

fn finish(index: usize) -> Finish {
    let cuts = [Cut::None, Cut::Partial, Cut::Full];
    Finish { feed_dots: [0, 24, 1000][index % 3], cut: cuts[index / 3 % 3] }
}

/// The PRN of `pages`, page after page, made a few rows at a time.
fn streamed(model: &Model, pages: &[Bitmap], finish: &Finish, step: usize) -> Vec<u8> {
    let language = family(model.family).unwrap();
    let mut prn = Vec::new();
    for (index, page) in (0..).zip(pages) {
        let mut encoder = language.begin(model, Sheet { index, ..Sheet::of(page) }, finish, &mut prn).unwrap();
        for rows in page.bytes().chunks(page.stride() * step) {
            encoder.push(rows, &mut prn).unwrap();
        }
        encoder.finish(&mut prn).unwrap();
    }
    prn
}

#[test]
fn the_corpus_has_150_documents_of_every_kind_and_no_two_of_one_name() {
    let documents = documents();
    assert!(documents.len() >= 150, "{}", documents.len());
    let names: BTreeSet<_> = documents.iter().map(|document| &document.name).collect();
    assert_eq!(names.len(), documents.len());
    let mut kinds = BTreeSet::new();
    for document in &documents {
        let info = identify(&Source::new(&document.bytes, &DocumentName::new(&document.name)));
        kinds.insert(format!("{:?}", info.unwrap_or_else(|error| panic!("{}: {error}", document.name)).kind));
    }
    let expected = ["Bmp", "Gif", "Jpeg", "Pdf", "Png", "Svg", "Text", "Webp"].map(str::to_owned);
    assert!(expected.iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
}

#[test]
fn documents_in_colour_come_back_dot_for_dot_from_every_model_that_has_it() {
    let models: Vec<&Model> = catalogue().iter().filter(|model| model.depths.contains(&24)).collect();
    let languages: BTreeSet<_> = models.iter().map(|model| model.family).collect();
    assert_eq!(languages.into_iter().collect::<Vec<_>>(), ["png", "pwg"]);
    let (mut coloured, mut trips) = (0, 0);
    for (index, document) in documents().iter().enumerate().step_by(5) {
        let options = PageOptions { depth: PageOptions::COLOUR_DEPTH, text_size: 16, ..PageOptions::default() };
        let target = Target { width_dots: WIDTHS[index % WIDTHS.len()], dpi: 203, dot_gain: 0, across: false };
        let rendered = render(&document.bytes, &DocumentName::new(&document.name), &target, &options);
        let pages = rendered.unwrap_or_else(|error| panic!("{}: {error}", document.name)).pages;
        let is_coloured = |page: &Bitmap| page.bytes().as_chunks::<3>().0.iter().any(|[r, g, b]| r != g || g != b);
        coloured += u32::from(pages.iter().any(is_coloured));
        for model in &models {
            let prn = streamed(model, &pages, &finish(index), index % 29 + 1);
            let decoded = family(model.family).unwrap().decode_for(model, &prn).unwrap();
            assert!(decoded.pages == pages, "{} for {}", document.name, model.id);
            trips += 1;
        }
    }
    assert!(coloured >= 10 && trips >= 80, "{coloured} in colour, {trips} round trips");
}

#[test]
fn every_document_comes_back_dot_for_dot_in_every_language_for_every_model_and_quirk() {
    let (mut documents_seen, mut trips, mut languages) = (0, 0_u32, BTreeSet::new());
    for (index, document) in documents().iter().enumerate() {
        let mut pages = pages(index, document, WIDTHS[index % WIDTHS.len()]);
        pages.extend(self::pages(index, document, WIDE));
        assert!(!pages.is_empty(), "{}", document.name);
        let finish = finish(index);
        let mut there_and_back = |model: &Model| {
            let language = family(model.family).unwrap();
            let prn = streamed(model, &pages, &finish, index % 29 + 1);
            let decoded = language
                .decode_for(model, &prn)
                .unwrap_or_else(|error| panic!("{} for {} {:?}: {error}", document.name, model.id, model.quirks));
            assert_eq!(decoded.pages, pages, "{} for {} {:?}", document.name, model.id, model.quirks);
            let unknown = decoded.commands.iter().find(|command| command.name == "unknown");
            assert_eq!(unknown, None, "{} for {} {:?}", document.name, model.id, model.quirks);
            let mut whole = Vec::new();
            for page in &pages {
                language.append(&mut whole, &language.encode(model, page, &finish).unwrap());
            }
            assert!(whole == prn, "{} for {}: in bands it is something else", document.name, model.id);
            languages.insert(model.family);
            trips += 1;
        };
        kinds().into_iter().for_each(&mut there_and_back);
        // Each quirk alone with each language, and all of them: a row of models may combine what it likes.
        for language in families() {
            let usual = catalogue().iter().find(|model| model.family == language.id()).unwrap();
            let alone = QUIRKS[index % QUIRKS.len()];
            for quirks in [vec![], vec![alone], QUIRKS.to_vec()] {
                there_and_back(&Model { quirks, ..usual.clone() });
            }
        }
        documents_seen += 1;
    }
    assert_eq!(languages.len(), families().count());
    println!("{documents_seen} documents, {} languages, {trips} round trips", languages.len());
}
