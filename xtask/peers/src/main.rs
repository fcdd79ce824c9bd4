//! Reads our printer files with decoders that others wrote, and compares the dots.
//!
//!   peers LIST
//!
//! LIST has a line for each printer file: family, model, printer file, and the page that it must show (PBM), with tabs
//! between them. ESC/POS (`GS v 0`) is read by `hardless-escpos`; TSPL, CPCL, EPL and ZPL by `labelize`. Lines of other
//! families are left to `peers.py`. The last line is `N passed, N failed`.
//!
//! Three of `labelize`'s readings are not the printers': in EPL it takes 1 for black (Zebra's manual: 0 is black, and so do
//! Postek's and Intermec's), so there its picture must be the exact negative; it reads CPCL's binary `CG` as lines of
//! text, in which bytes from 0x80 on and line ends are lost, so of CPCL only `EG`, the same in hexadecimal, is compared;
//! and for ZPL's `!`, the rest of a row in ones (ZPL II manual, alternative data compression), it puts the hexadecimal
//! digit 1 and not ones, so files that use it are left to zebrafy, which reads all of ZPL in `peers.py`. What is left out
//! by these rules is counted and said. A language of which nothing is left to read fails.
//!
//! Deliberately absent: `GS ( L` and `ESC *`, which neither of the two draws.

use hardless_escpos::Node;
use labelize::Language;
use labelize::elements::label_element::LabelElement;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::read;
use std::process::ExitCode;

/// Packed rows, 1 is black.
#[derive(PartialEq)]
struct Page {
    stride: usize,
    rows: Vec<u8>,
}

fn main() -> ExitCode {
    let Some(list) = std::env::args().nth(1) else {
        eprintln!("usage: peers LIST");
        return ExitCode::from(2);
    };
    let (mut passed, mut failed) = (0, 0);
    let (mut seen, mut left) = (BTreeSet::new(), BTreeMap::new());
    for line in std::fs::read_to_string(&list).unwrap_or_default().lines() {
        let mut fields = line.split('\t');
        let (Some(family), Some(model), Some(prn), Some(pbm)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let dots = match family {
            "escpos" => receipt,
            "tspl" | "cpcl" | "epl" | "zpl" => label,
            _ => continue,
        };
        let bytes = read(prn).map_err(|error| error.to_string());
        if let Some(why) = bytes.as_ref().ok().and_then(|prn| beyond(family, prn)) {
            *left.entry(why).or_insert(0) += 1;
            continue;
        }
        seen.insert(family.to_owned());
        let outcome = bytes.and_then(|prn| dots(family, &prn)).and_then(|is| compare(&is, &expected(pbm)?));
        match outcome {
            Ok(()) => passed += 1,
            Err(what) => {
                failed += 1;
                println!("{model}: {prn}: {what}");
            }
        }
    }
    for (why, count) in left {
        println!("{count} files are not for these readers: {why}");
    }
    // A language that nobody read would be good news about nothing.
    for family in FAMILIES.iter().filter(|family| !seen.contains(**family)) {
        failed += 1;
        println!("there is no {family} file in {list}");
    }
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What is read here.
const FAMILIES: [&str; 5] = ["escpos", "tspl", "cpcl", "epl", "zpl"];

/// Why a file has something that the reader is known to get wrong, by what is in the file.
fn beyond(family: &str, prn: &[u8]) -> Option<&'static str> {
    match family {
        "cpcl" if prn.windows(4).any(|start| start == b"\nCG ") => Some("CPCL with a binary picture (CG)"),
        // It stands nowhere else in ZPL: neither in base64 nor in the words of commands.
        "zpl" if prn.contains(&b'!') => Some("ZPL with rows that end in ones (!), which zebrafy reads"),
        _ => None,
    }
}

/// A PBM of the binary kind, without comments.
fn expected(path: &str) -> Result<Page, String> {
    let bytes = read(path).map_err(|error| error.to_string())?;
    let mut words = bytes.splitn(4, |byte| byte.is_ascii_whitespace());
    let (kind, width, _, rows) = (words.next(), words.next(), words.next(), words.next());
    let width = width.and_then(|word| std::str::from_utf8(word).ok()?.parse::<usize>().ok());
    match (kind, width, rows) {
        (Some(b"P4"), Some(width), Some(rows)) => Ok(Page { stride: width.div_ceil(8), rows: rows.to_vec() }),
        _ => Err(format!("{path} is no PBM")),
    }
}

fn compare(is: &Page, must: &Page) -> Result<(), String> {
    if is == must {
        return Ok(());
    }
    let first = is.rows.iter().zip(&must.rows).position(|(is, must)| is != must);
    Err(format!(
        "{} bytes in rows of {}, not {} in rows of {}; first difference at {first:?}",
        is.rows.len(),
        is.stride,
        must.rows.len(),
        must.stride
    ))
}

fn receipt(_: &str, prn: &[u8]) -> Result<Page, String> {
    let mut page = Page { stride: 0, rows: Vec::new() };
    for node in hardless_escpos::parse(prn) {
        match node {
            Node::RasterImage { width_bytes, double_width: false, double_height: false, data, .. } => {
                page.stride = usize::from(width_bytes);
                page.rows.extend(data);
            }
            // Letters would be dots that were taken for text.
            Node::Text { .. } => return Err("it has text".to_owned()),
            Node::Unknown { bytes, command, .. } if command.is_none() => {
                return Err(format!("it has bytes that are no command: {}", bytes.escape_ascii()));
            }
            _ => {}
        }
    }
    Ok(page)
}

fn label(family: &str, prn: &[u8]) -> Result<Page, String> {
    let language = Language::from_name(family).ok_or("no such language")?;
    let labels = language.parse(prn, 8).map_err(|error| error.to_string())?;
    let [label] = labels.as_slice() else {
        return Err(format!("{} labels", labels.len()));
    };
    let mut fields = label.elements.iter().filter_map(|element| match element {
        LabelElement::GraphicField(field) => Some(field),
        _ => None,
    });
    let (Some(field), None) = (fields.next(), fields.next()) else {
        return Err("not one picture".to_owned());
    };
    let flip = if field.zero_bits_black || family == "epl" { 0xFF } else { 0 };
    let stride = usize::try_from(field.row_bytes).map_err(|error| error.to_string())?;
    Ok(Page { stride, rows: field.data.iter().map(|byte| byte ^ flip).collect() })
}
