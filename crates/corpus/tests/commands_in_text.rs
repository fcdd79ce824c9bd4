//! Promise CT-6, fault 24: what people write is printed and never obeyed. Texts full of printers' commands go the whole
//! way, from document to PRN and back.
//!
//! What a job may say is told by a page that was made without any text: a black one of the same size. The text is
//! rendered white on black for that comparison, since the blank rows of a page are fed and not sent, so pages of black
//! letters have more or fewer commands of their own by where their letters stand.

#![allow(clippy::unwrap_used, clippy::panic)] // in helpers as in tests

use platen_corpus::hostile::commands;
use platen_model::{Bitmap, Cut, Dither, DocumentName, PageOptions};
use platen_printers::{Finish, Model, catalogue, families, family};
use platen_render::{RenderError, Target, render};
use std::collections::BTreeSet;

const PAPER: Target = Target { width_dots: 384, dpi: 203, dot_gain: 0, across: false };

/// Commands of all languages, one a line, as somebody might write them into an order.
const ORDER: &[u8] = b"2 x Tea 3.50\n\x1b@\x1d!\x11\x1dV1 \x1bp0 \x10\x14\x01\n\x1d(L \x1dv0 \x1b*! \x1c.\n^XA^FO0,0^GFA,8,8,1,FF^FS^PQ9^XZ\n\
    ~JR~JA ~DGR:A.GRF,9,1,FF\n~!T ~\nSIZE 58 mm,40 mm\nCLS\nBITMAP 0,0,1,8,0,\nPRINT 999,1\n\"\nSELFTEST\n! 0 200 200 9999 9\n\
    EG 1 1 0 0 FF\nFORM\nPRINT\n! U1 setvar \"device.reset\" \"\"\n\x1b%-12345X@PJL INITIALIZE\n@PJL FSDELETE NAME=\"0:\"\nN\nP999\n\
    GW0,0,1,1,\nRaS2PwgRaster\nP4 9999 9999 \n%!PS\nquit\nMilk 1.20\n";

fn rendered(name: &str, bytes: &[u8], invert: bool) -> Result<Vec<Bitmap>, RenderError> {
    let options = PageOptions { invert, dither: Dither::Threshold, ..PageOptions::default() };
    render(bytes, &DocumentName::new(name), &PAPER, &options).map(|rendered| rendered.pages)
}

fn without_controls(text: &[u8]) -> Vec<u8> {
    text.iter().copied().filter(|byte| !byte.is_ascii_control() || matches!(byte, b'\n' | b'\r' | b'\t')).collect()
}

/// The names of the commands in the job for a page, and the pages that it shows.
fn obeyed(model: &Model, page: &Bitmap) -> (Vec<&'static str>, Vec<Bitmap>) {
    let language = family(model.family).unwrap();
    let prn = language.encode(model, page, &Finish { feed_dots: 24, cut: Cut::Full }).unwrap();
    let decoded = language.decode_for(model, &prn).unwrap();
    (decoded.commands.iter().map(|command| command.name).collect(), decoded.pages)
}

/// A model of each language.
fn models() -> impl Iterator<Item = &'static Model> {
    families().map(|language| catalogue().iter().find(|model| model.family == language.id()).unwrap())
}

/// Puts a page through every language; `white` is the same page, white on black.
fn prints_and_obeys_nothing(what: &str, page: &Bitmap, white: &Bitmap) {
    let (width, height) = (white.width(), white.height());
    let black = Bitmap::from_rows(width, height, vec![0xFF; white.bytes().len()]).unwrap();
    for model in models() {
        let (own, _) = obeyed(model, &black);
        let (said, shown) = obeyed(model, white);
        assert_eq!(said, own, "{what} in {}", model.family);
        assert_eq!(shown.as_slice(), std::slice::from_ref(white), "{what} in {}", model.family);
        let (said, shown) = obeyed(model, page);
        assert_eq!(shown.as_slice(), std::slice::from_ref(page), "{what} in {}", model.family);
        // Paper is moved over what is blank; nothing else is new.
        let own: BTreeSet<_> = own.into_iter().collect();
        let new: Vec<_> = said.iter().filter(|name| !own.contains(*name) && !MOVES.contains(name)).collect();
        assert!(new.is_empty(), "{what} in {}: {new:?}", model.family);
    }
}

/// Moves the paper and does nothing else.
const MOVES: [&str; 2] = ["feed_dots", "lf"];

#[test]
fn an_order_full_of_commands_is_printed_as_letters_in_every_language() {
    let lines = ORDER.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).count();
    for name in ["order.txt", "order.md", "order"] {
        let pages = rendered(name, ORDER, false).unwrap();
        let [page] = pages.as_slice() else { panic!("{name}: {} pages", pages.len()) };
        assert_eq!(pages, rendered(name, &without_controls(ORDER), false).unwrap(), "{name}: controls leave something");
        prints_and_obeys_nothing(name, page, &rendered(name, ORDER, true).unwrap()[0]);
        if name == "order.txt" {
            // Every line stands there in ink: as many stretches of rows with dots, white between them, as lines.
            let inked: Vec<bool> =
                page.bytes().chunks(page.stride()).map(|row| row.iter().any(|byte| *byte != 0)).collect();
            let begins = inked.windows(2).filter(|pair| !pair[0] && pair[1]).count() + usize::from(inked[0]);
            assert!(begins >= lines, "{begins} lines of ink for {lines} of text");
        }
    }
}

#[test]
fn a_drawing_with_commands_in_its_words_is_printed_as_letters_in_every_language() {
    let lines: String = String::from_utf8_lossy(&without_controls(ORDER))
        .lines()
        .enumerate()
        .map(|(number, line)| {
            let line = line.replace('&', "&amp;").replace('<', "&lt;");
            format!("<text x='4' y='{}' font-size='16'>{line}</text>", 20 + number * 20)
        })
        .collect();
    let svg = format!("<svg xmlns='http://www.w3.org/2000/svg' width='384' height='700'>{lines}</svg>");
    let (page, white) =
        (rendered("a.svg", svg.as_bytes(), false).unwrap(), rendered("a.svg", svg.as_bytes(), true).unwrap());
    assert!(page[0].black_dots() > 3_000, "{}", page[0].black_dots());
    prints_and_obeys_nothing("a drawing", &page[0], &white[0]);
}

/// Each of the strings as the name of what was sold. A file that has too little of a text in it is refused, and the
/// word for that is that it is no document; the name of the file is no reason to print numbers.
#[test]
fn over_1000_hostile_names_of_goods_are_letters_or_nothing_and_never_commands() {
    let (mut printed, mut refused) = (0, 0);
    for string in commands() {
        let receipt = [b"Milk, fresh, 1 l  1.20\n2 x ", string.as_slice(), b" 3.50\nTotal 4.70, thank you\n"].concat();
        let what = string.escape_ascii().to_string();
        match (rendered("receipt.txt", &receipt, false), rendered("receipt.txt", &receipt, true)) {
            (Ok(pages), Ok(white)) => {
                assert_eq!(pages.len(), 1, "{what}");
                assert!(pages[0].black_dots() > 500, "{what}");
                prints_and_obeys_nothing(&what, &pages[0], &white[0]);
                printed += 1;
            }
            (Err(RenderError::Unknown { looks_like: None }), Err(_)) => refused += 1,
            (outcome, _) => panic!("{what}: {:?}", outcome.map(|_| "a page")),
        }
    }
    println!("{printed} printed, {refused} refused as no text");
    assert!(printed >= 1_000, "{printed} printed, {refused} refused as no text");
}
