//! What `npm run fuzz` feeds with bytes: a target for each reader of printer files, for packages, for each kind of
//! document, and for the options that a door takes from outside.
//!
//! A target fails when one of our crates panics, when it takes too long, or too much memory. What a reader by others does
//! inside of `platen_render` is caught there and is a damaged document. Beginnings are the corpus and the hostile files,
//! so nothing has to lie in the tree but what once was a crash: `crates/corpus/crashes/<target>/`.

use crate::{Document, documents, hostile};
use platen_model::{DocumentName, PageOptions, PageRanges, Paper};
use platen_printers::{Compression, catalogue, family, pack, unpack, verify};
use platen_render::{Source, Target as Printer, identify, render};

/// What is fed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    /// The family of that name.
    Prn(&'static str),
    /// A package of the cloud.
    Package,
    /// A document whose name ends so, and what each of its kind begins with.
    Document(&'static str, &'static [u8]),
    /// Page ranges and paper sizes, as words.
    Words,
    /// The options of a page, as JSON from a door, and a page made with them.
    Options,
}

/// A thing that reads foreign bytes.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name on the command line and of its folders.
    pub name: &'static str,
    reader: Reader,
}

/// All targets.
pub const TARGETS: [Target; 24] = [
    target("escpos", Reader::Prn("escpos")),
    target("escpos-graphics", Reader::Prn("escpos-graphics")),
    target("escpos-column", Reader::Prn("escpos-column")),
    target("tspl", Reader::Prn("tspl")),
    target("cpcl", Reader::Prn("cpcl")),
    target("zpl", Reader::Prn("zpl")),
    target("epl", Reader::Prn("epl")),
    target("niimbot", Reader::Prn("niimbot")),
    target("pwg", Reader::Prn("pwg")),
    target("pbm", Reader::Prn("pbm")),
    target("png", Reader::Prn("png")),
    target("package", Reader::Package),
    target("document-png", Reader::Document("png", b"\x89PNG\r\n\x1a\n")),
    target("document-jpeg", Reader::Document("jpg", b"\xff\xd8\xff")),
    target("document-webp", Reader::Document("webp", b"RIFF\xff\xff\0\0WEBP")),
    target("document-gif", Reader::Document("gif", b"GIF89a")),
    target("document-bmp", Reader::Document("bmp", b"BM")),
    target("document-tiff", Reader::Document("tif", b"II*\0")),
    target("document-svg", Reader::Document("svg", b"<svg ")),
    target("document-pdf", Reader::Document("pdf", b"%PDF-")),
    target("document-text", Reader::Document("txt", b"")),
    target("document-markdown", Reader::Document("md", b"")),
    target("words", Reader::Words),
    target("page-options", Reader::Options),
];

const fn target(name: &'static str, reader: Reader) -> Target {
    Target { name, reader }
}

/// Options as doors send them, and as they should not.
const OPTIONS: [&str; 8] = [
    "{}",
    r#"{"dither":"floyd-steinberg","brightness":-20,"contrast":30,"gamma":120,"sharpness":5,"autoLevels":true}"#,
    r#"{"paper":{"width":580,"height":400},"margin":20,"orientation":"landscape","fit":"actual","perSheet":4,"pages":"1-3,5"}"#,
    r#"{"copies":99,"collate":false,"cut":"full","feed":100,"depth":4,"threshold":255,"duplex":"long-edge"}"#,
    r#"{"crop":{"left":1000,"top":1000,"width":6000,"height":9000},"rotate":270,"invert":true,"textSize":96,"width":384}"#,
    r#"{"width":9921}"#,
    r#"{"dither":"ordered","dither":"none"}"#,
    r#"{"paper":[[[[[[[[]]]]]]]],"copies":1e400,"margin":-1}"#,
];

/// Beginnings longer than this make a fuzzer slow and find no more.
const LONGEST_SEED: usize = 64 << 10;

impl Target {
    /// The target of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        static ALL: [Target; 24] = TARGETS;
        ALL.iter().find(|target| target.name == name)
    }

    /// Feeds it.
    pub fn run(&self, bytes: &[u8]) {
        match self.reader {
            Reader::Prn(language) => {
                let Some(family) = family(language) else { return };
                // Whether they can be read is the file's affair; that there is an answer is ours.
                let _ = family.decode(bytes);
                for model in catalogue().iter().filter(|model| model.family == language) {
                    let _ = family.decode_for(model, bytes);
                }
            }
            Reader::Package => {
                let _ = unpack(bytes, Compression::Gzip, 1 << 20);
                let _ = verify(bytes, Compression::Gzip, "sha256:00", bytes.len() as u64, 1 << 20);
            }
            Reader::Document(ending, head) => {
                let whole = if bytes.starts_with(head) { bytes.to_vec() } else { [head, bytes].concat() };
                let name = DocumentName::new(&format!("document.{ending}"));
                let _ = identify(&Source::new(&whole, &name));
                let printer = Printer { width_dots: 64, dpi: 203, dot_gain: 0, across: false };
                let _ = render(&whole, &name, &printer, &PageOptions::default());
            }
            Reader::Words => {
                let text = String::from_utf8_lossy(bytes);
                if let Ok(ranges) = text.parse::<PageRanges>() {
                    assert_eq!(ranges.to_string().parse(), Ok(ranges.clone()), "what is written can be read");
                    let _ = ranges.indices(2_000).take(10_000).count();
                }
                let _ = text.parse::<Paper>();
                let _ = DocumentName::new(&text);
            }
            Reader::Options => {
                let Ok(options) = serde_json::from_slice::<PageOptions>(bytes) else { return };
                let written = serde_json::to_string(&options).unwrap_or_default();
                assert_eq!(serde_json::from_str(&written).ok(), Some(options.clone()), "what is written can be read");
                let printer = Printer { width_dots: 64, dpi: 203, dot_gain: 0, across: false };
                let rendered = render(b"Milk 1.20\nTea 3.50", &DocumentName::new("a.txt"), &printer, &options);
                assert!(options.check().is_ok() || rendered.is_err(), "options out of range make no page");
            }
        }
    }

    /// Bytes that it reads well, and some that it does not.
    pub fn seeds(&self) -> Vec<Document> {
        let mut all = match self.reader {
            Reader::Prn(language) => hostile::prns::good()
                .into_iter()
                .chain(hostile::prns::damaged())
                .filter(|prn| prn.language == language)
                .map(|prn| Document::new(prn.name, prn.bytes))
                .collect(),
            Reader::Package => vec![Document::new("package", pack(&[7; 5000], Compression::Gzip).bytes)],
            Reader::Document(ending, _) => {
                let ending = format!(".{ending}");
                let all = documents().into_iter().chain(hostile::documents());
                all.filter(|document| document.name.ends_with(&ending)).collect()
            }
            Reader::Options => OPTIONS
                .iter()
                .enumerate()
                .map(|(number, json)| Document::new(format!("options-{number}"), *json))
                .chain([Document::new("options-all", serde_json::to_vec(&PageOptions::default()).unwrap())])
                .collect(),
            Reader::Words => ["1-3,5,9-", "2", "58x100", "101.6x152.4mm", "7-9,4-", " 1 - 3 ", "a/b\u{202e}c.pdf"]
                .iter()
                .enumerate()
                .map(|(number, words)| Document::new(format!("words-{number}"), *words))
                .collect::<Vec<_>>(),
        };
        all.retain(|document| document.bytes.len() <= LONGEST_SEED);
        all
    }
}
