//! Hostile files and hostile data against the readers themselves.
#![allow(clippy::unwrap_used)]

use platen_corpus::hostile::{commands, documents, prns};
use platen_model::{Bitmap, Cut};
use platen_printers::{DecodeError, Finish, Model, catalogue, families, family};
use std::collections::BTreeSet;

#[test]
fn there_are_more_than_60_hostile_files_of_every_kind_and_no_two_of_one_name() {
    let documents = documents();
    assert!(documents.len() >= 60, "{}", documents.len());
    let names: BTreeSet<_> = documents.iter().map(|document| &document.name).collect();
    assert_eq!(names.len(), documents.len());
    for ending in [".png", ".jpg", ".gif", ".webp", ".bmp", ".tif", ".svg", ".pdf", ".txt", ".md"] {
        assert!(names.iter().filter(|name| name.ends_with(ending)).count() >= 4, "{ending}");
    }
    assert!(families().all(|family| prns::damaged().iter().filter(|prn| prn.language == family.id()).count() >= 10));
}

#[test]
fn a_damaged_prn_ends_in_pages_or_an_error_that_says_where() {
    for prn in prns::damaged() {
        let Err(error) = family(prn.language).unwrap().decode(&prn.bytes) else { continue };
        let (DecodeError::Truncated { offset, .. }
        | DecodeError::TooLarge { offset }
        | DecodeError::Malformed { offset, .. }) = error;
        assert!(offset <= prn.bytes.len(), "{}", prn.name);
        assert!(!error.fault().message.is_empty() && !error.fault().remedy.is_empty(), "{}", prn.name);
    }
}

fn names(model: &Model, page: &Bitmap) -> (Vec<&'static str>, Vec<Bitmap>) {
    let finish = Finish { feed_dots: 40, cut: Cut::Full };
    let language = family(model.family).unwrap();
    let decoded = language.decode_for(model, &language.encode(model, page, &finish).unwrap()).unwrap();
    (decoded.commands.iter().map(|command| command.name).collect(), decoded.pages)
}

/// Fault 24: command injection. The strings stand in the dots themselves, which is the worst that a text could do.
#[test]
fn of_1000_hostile_strings_none_becomes_a_command_in_any_language() {
    let strings = commands();
    assert!(strings.len() >= 1000, "{}", strings.len());
    for model in catalogue() {
        let (usual, _) = names(model, &Bitmap::white(64, 20));
        for string in &strings {
            let rows = string.iter().copied().cycle().take(8 * 20).collect();
            let page = Bitmap::from_rows(64, 20, rows).unwrap();
            let (found, pages) = names(model, &page);
            assert_eq!(found, usual, "{}: {}", model.id, string.escape_ascii());
            assert_eq!(pages, [page], "{}: {}", model.id, string.escape_ascii());
        }
    }
}
