//! Writes the corpus into a folder, for programs that are not written in Rust.
//!
//!   corpus documents|hostile|peers|seeds DIR
//!
//! `documents` and `hostile` are the files themselves. `peers` are printer files of every model with the pages that they
//! must show, and pages with codes; see `xtask/peers`. `seeds` is a folder of beginnings for each target of the fuzzer.
#![allow(clippy::unwrap_used)] // as in the library: what cannot be made must not go unseen

use platen_corpus::codes::{BAR_TEXT, QR_TEXT};
use platen_corpus::{Document, documents, drawings, fuzz, hostile, pictures};
use platen_model::{Bitmap, Cut, Dither, DocumentName, PageOptions};
use platen_printers::{Finish, catalogue, families, family};
use platen_render::{Target, render};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [what, folder] = words.as_slice() else {
        eprintln!("usage: corpus documents|hostile|peers|seeds DIR");
        return ExitCode::from(2);
    };
    let folder = Path::new(folder);
    match what.as_str() {
        "documents" => write_all(folder, &documents()),
        "hostile" => write_all(folder, &hostile::documents()),
        "peers" => peers(folder),
        "seeds" => {
            for target in fuzz::TARGETS {
                write_all(&folder.join(target.name), &target.seeds());
            }
        }
        other => {
            eprintln!("there is no '{other}' here");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn write_all(folder: &Path, documents: &[Document]) {
    fs::create_dir_all(folder).unwrap();
    for document in documents {
        fs::write(folder.join(&document.name), &document.bytes).unwrap();
    }
}

/// A PBM that no code of the product has written.
fn pbm(page: &Bitmap) -> Vec<u8> {
    [format!("P4\n{} {}\n", page.width(), page.height()).as_bytes(), page.bytes()].concat()
}

/// The first page of a document.
fn page_of(document: &Document, width_dots: u32, dither: Dither) -> Bitmap {
    drawn(document, width_dots, &PageOptions { dither, ..PageOptions::default() })
}

/// A PPM that no code of the product has written.
fn ppm(page: &Bitmap) -> Vec<u8> {
    [format!("P6\n{} {}\n255\n", page.width(), page.height()).as_bytes(), page.bytes()].concat()
}

fn drawn(document: &Document, width_dots: u32, options: &PageOptions) -> Bitmap {
    let target = Target { width_dots, dpi: 203, dot_gain: 0, across: false };
    render(&document.bytes, &DocumentName::new(&document.name), &target, options).unwrap().pages.swap_remove(0)
}

fn peers(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let mut list = String::new();
    let finish = Finish { feed_dots: 24, cut: Cut::Partial };
    // Every seventh: foreign readers are slow, and the round trips have seen all of them.
    for (index, document) in documents().iter().enumerate().step_by(7) {
        let page = page_of(document, [576, 104, 384][index % 3], Dither::Auto);
        let shown = folder.join(format!("{}.pbm", document.name));
        fs::write(&shown, pbm(&page)).unwrap();
        for model in catalogue() {
            let prn = folder.join(format!("{}.{}", document.name, model.id));
            fs::write(&prn, family(model.family).unwrap().encode(model, &page, &finish).unwrap()).unwrap();
            writeln!(list, "{}\t{}\t{}\t{}", model.family, model.id, prn.display(), shown.display()).unwrap();
        }
    }
    let colour = PageOptions { depth: PageOptions::COLOUR_DEPTH, ..PageOptions::default() };
    for document in documents().iter().step_by(11) {
        let page = drawn(document, 384, &colour);
        let shown = folder.join(format!("{}.ppm", document.name));
        fs::write(&shown, ppm(&page)).unwrap();
        for model in catalogue().iter().filter(|model| model.depths.contains(&colour.depth)) {
            let prn = folder.join(format!("{}.{}-colours", document.name, model.id));
            fs::write(&prn, family(model.family).unwrap().encode(model, &page, &finish).unwrap()).unwrap();
            writeln!(list, "{}-colours\t{}\t{}\t{}", model.family, model.id, prn.display(), shown.display()).unwrap();
        }
    }
    fs::write(folder.join("list.tsv"), list).unwrap();
    fs::write(folder.join("codes.tsv"), codes(folder)).unwrap();
}

/// A code that cannot be read, and why. It fails the peers as soon as it can be.
const UNREAD: &str =
    "\ta photo of a code, asked for with `mixed`, which diffuses what it takes for tones; `auto` parts it";

/// Pages with codes as each language brings them to paper at 203 dpi.
fn codes(folder: &Path) -> String {
    let label = Document::new("label.svg", drawings::label());
    let all = documents();
    let named = |name: &str| all.iter().find(|document| document.name == name).unwrap().clone();
    let photo = Document::new("photo.png", pictures::photographed_code());
    let (qr, bar) = (("QRCode", QR_TEXT), ("Code128", BAR_TEXT));
    let mut list = String::new();
    for (document, width, says) in [
        (&label, 400, &[qr, bar][..]),
        (&named("code-qr.png"), 200, &[qr]),
        (&named("code-128.png"), 400, &[bar]),
        (&photo, 384, &[qr]),
    ] {
        for dither in [Dither::Auto, Dither::Threshold, Dither::Mixed] {
            let unread = if document.name == photo.name && dither == Dither::Mixed { UNREAD } else { "" };
            let page = page_of(document, width, dither);
            for language in families() {
                let model = catalogue().iter().find(|model| model.family == language.id()).unwrap();
                let prn = language.encode(model, &page, &Finish::default()).unwrap();
                let decoded = language.decode_for(model, &prn).unwrap().pages;
                let shown = folder.join(format!("code-{}-{dither}-{}.pbm", document.name, language.id()));
                fs::write(&shown, pbm(&decoded[0])).unwrap();
                for (kind, text) in says {
                    writeln!(list, "{}\t{kind}\t{text}{unread}", shown.display()).unwrap();
                }
            }
        }
    }
    list
}
