//! Niimbot over Bluetooth.

use crate::bench::{Ran, run};
use crate::pages;
use platen_model::{Bitmap, Moment};
use platen_printers::talk::{Completion, LinkFacts, PrintEvent, PrintFailure, Readings, Trouble};
use platen_printers::{Finish, Model, family, model, talk_of};
use platen_sim::air::Peripheral as _;
use platen_sim::air::printers::{Nature, NiimbotFaults, NiimbotKind, NiimbotPrinter};
use std::time::Duration;

const START: Moment = Moment::from_millis(1000);

/// A model of each dialect and a printer that wants it.
const ALL: [(&str, NiimbotKind); 8] = [
    ("niimbot-b1", NiimbotKind::B1),
    ("niimbot-d110", NiimbotKind::D110),
    ("niimbot-d110-m", NiimbotKind::D110_M),
    ("niimbot-d110-m-v4", NiimbotKind::D110_M_V4),
    ("niimbot-d11", NiimbotKind::D11),
    ("niimbot-h1s", NiimbotKind::H1S),
    ("niimbot-b21", NiimbotKind::B21),
    ("niimbot-b21-l2b", NiimbotKind::B21_L2B),
];

type Printed = Ran<PrintEvent, Completion, PrintFailure>;

fn named(id: &str) -> &'static Model {
    model(id).unwrap()
}

fn link(printer: &NiimbotPrinter) -> LinkFacts {
    let route = talk_of("niimbot").unwrap().route(&printer.tree()).unwrap();
    LinkFacts { route, payload: usize::from(printer.mtu()) - 3 }
}

fn prn(model: &Model, page: &Bitmap) -> Vec<u8> {
    family(model.family).unwrap().encode(model, page, &Finish::default()).unwrap()
}

fn print_bytes(printer: &mut NiimbotPrinter, model: &Model, prn: Vec<u8>) -> Printed {
    let mut dialogue = talk_of(model.family).unwrap().print(model, &link(printer), prn);
    run(dialogue.as_mut(), printer, START, |_, _| false)
}

fn print(printer: &mut NiimbotPrinter, model: &Model, page: &Bitmap) -> Printed {
    print_bytes(printer, model, prn(model, page))
}

fn with(kind: NiimbotKind, nature: Nature, faults: NiimbotFaults) -> NiimbotPrinter {
    NiimbotPrinter::new("B1-G121110123", kind, nature, faults)
}

fn well(kind: NiimbotKind) -> NiimbotPrinter {
    with(kind, Nature::default(), NiimbotFaults::default())
}

/// Prints a label on a B1 with these faults, and says why it failed.
fn trouble(nature: Nature, faults: NiimbotFaults) -> (Trouble, NiimbotPrinter) {
    let mut printer = with(NiimbotKind::B1, nature, faults);
    let ran = print(&mut printer, named("niimbot-b1"), &pages::label(384));
    (ran.end.unwrap_err().why, printer)
}

#[test]
fn paper_equals_preview_in_every_dialect_on_every_payload() {
    for (id, kind) in ALL {
        let model = named(id);
        for mtu in [23, 185, 247] {
            for (name, page) in pages::all(model.width_dots) {
                let mut printer = well(kind).with_mtu(mtu);
                let ran = print(&mut printer, model, &page);
                assert_eq!(ran.end, Ok(Completion::Said), "{id} {mtu} {name}");
                assert_eq!(printer.sheets().all(), [page], "{id} {mtu} {name}");
                assert_eq!(printer.objections(), [""; 0], "{id} {mtu} {name}");
                assert!(!printer.is_printing(), "{id}: the print was not ended");
                assert!(matches!(ran.events.last(), Some(PrintEvent::OnPaper(1.0) | PrintEvent::Sent { .. })));
                assert_eq!(ran.writes.iter().max().map(|most| *most < usize::from(mtu) - 2), Some(true));
            }
        }
    }
}

#[test]
fn done_is_said_only_after_the_label_is_out() {
    for (id, kind) in ALL {
        // A label that takes far longer than its bytes; one of the printers counts it before it has begun.
        for lies in [false, true] {
            let nature = Nature { bytes_per_second: 500, lies, ..Nature::default() };
            let mut printer = with(kind, nature, NiimbotFaults::default());
            let model = named(id);
            let page = pages::label(model.width_dots);
            let ran = print(&mut printer, model, &page);
            assert_eq!((ran.end, printer.sheets().all()), (Ok(Completion::Said), vec![page]), "{id} {lies}");
        }
    }
}

#[test]
fn answers_in_pieces_and_answers_told_twice_are_understood() {
    for pieces in [1, 3, 7] {
        for repeats in [false, true] {
            for (id, kind) in ALL {
                let faults = NiimbotFaults { pieces: Some(pieces), ..NiimbotFaults::default() };
                let mut printer = with(kind, Nature { repeats, ..Nature::default() }, faults);
                let page = pages::text(named(id).width_dots);
                let ran = print(&mut printer, named(id), &page);
                assert_eq!((ran.end, printer.sheets().all()), (Ok(Completion::Said), vec![page]), "{id} {pieces}");
            }
        }
    }
}

#[test]
fn a_printer_that_loses_the_first_packet_after_beginning_and_end_loses_nothing_of_ours() {
    let faults = NiimbotFaults { loses_first: true, ..NiimbotFaults::default() };
    let mut printer = with(NiimbotKind::B21_PRO, Nature::default(), faults);
    let (model, page) = (named("niimbot-b21-pro"), pages::photo(584));
    // Two prints in one PRN: the second begins right after the end of the first.
    let both = [prn(model, &page), prn(model, &page)].concat();
    assert_eq!(print_bytes(&mut printer, model, both).end, Ok(Completion::Said));
    assert_eq!(printer.sheets().all(), [page.clone(), page]);
}

#[test]
fn every_error_has_its_class_and_the_print_is_ended() {
    let fails = |code| NiimbotFaults { fails: Some(code), ..NiimbotFaults::default() };
    let refuses = |code| NiimbotFaults { refuses: Some(code), ..NiimbotFaults::default() };
    let natures = [
        (Nature { cover_open: true, ..Nature::default() }, Trouble::CoverOpen),
        (Nature { paper_ends_after: Some(0), ..Nature::default() }, Trouble::NoPaper),
        (Nature { paper_ends_after: Some(9), ..Nature::default() }, Trouble::NoPaper),
        (Nature { overheats_after: Some(9), ..Nature::default() }, Trouble::Overheated),
        (Nature { battery: 1, ..Nature::default() }, Trouble::LowBattery),
    ];
    let codes = [
        (0x01, Trouble::CoverOpen),
        (0x02, Trouble::NoPaper),
        (0x03, Trouble::LowBattery),
        (0x07, Trouble::Overheated),
        (0x08, Trouble::NoPaper),
        (0x09, Trouble::Busy),
        (0x0D, Trouble::WrongMedia),
        (0x10, Trouble::WrongMedia),
        (0x34, Trouble::Refused("34".to_owned())),
    ];
    let faults = codes.into_iter().flat_map(|(code, why)| [(fails(code), why.clone()), (refuses(code), why)]);
    let natures = natures.into_iter().map(|(nature, why)| (nature, NiimbotFaults::default(), why));
    for (nature, faults, why) in natures.chain(faults.map(|(faults, why)| (Nature::default(), faults, why))) {
        let (is, printer) = trouble(nature.clone(), faults);
        assert_eq!(is, why, "{nature:?} {faults:?}");
        assert!(printer.sheets().all().is_empty() && !printer.is_printing(), "{nature:?} {faults:?}");
    }
}

#[test]
fn an_error_before_the_rows_says_that_nothing_can_be_on_paper() {
    let mut printer =
        with(NiimbotKind::D110, Nature { cover_open: true, ..Nature::default() }, NiimbotFaults::default());
    let failure = print(&mut printer, named("niimbot-d110"), &pages::label(96)).end.unwrap_err();
    assert!(!failure.raster_begun && failure.why == Trouble::CoverOpen, "{failure:?}");
}

#[test]
fn a_printer_that_falls_silent_is_not_done_and_one_that_never_spoke_is_of_another_kind() {
    let (silent, _) = trouble(Nature::default(), NiimbotFaults { falls_silent: true, ..NiimbotFaults::default() });
    assert_eq!(silent, Trouble::Silent);
    let (other, printer) = trouble(Nature::default(), NiimbotFaults { babbles: true, ..NiimbotFaults::default() });
    assert_eq!(other, Trouble::OtherLanguage { family: None });
    assert!(printer.sheets().all().is_empty());
}

#[test]
fn the_same_name_with_another_dialect_is_refused_before_anything_is_on_paper() {
    for (id, kind, wants) in [
        ("niimbot-d110-m", NiimbotKind::D110_M_V4, "niimbot-v4"),
        ("niimbot-d110-m-v4", NiimbotKind::D110_M, "niimbot"),
        ("niimbot-d11-new", NiimbotKind::D11, "niimbot-d11"),
    ] {
        let mut printer = well(kind);
        let failure = print(&mut printer, named(id), &pages::text(96)).end.unwrap_err();
        assert_eq!(failure.why, Trouble::OtherLanguage { family: Some(wants) }, "{id}");
        assert!(!failure.raster_begun && failure.sent == 0, "{id}");
    }
}

#[test]
fn a_page_that_may_not_begin_yet_begins_later_or_is_busy() {
    let faults = |not_yet| NiimbotFaults { not_yet, ..NiimbotFaults::default() };
    let mut printer = with(NiimbotKind::B21_L2B, Nature::default(), faults(3));
    let page = pages::label(384);
    assert_eq!(print(&mut printer, named("niimbot-b21-l2b"), &page).end, Ok(Completion::Said));
    assert_eq!(printer.sheets().all(), [page]);
    assert_eq!(trouble(Nature::default(), faults(99)).0, Trouble::Busy);
}

#[test]
fn the_link_may_break_at_any_byte() {
    let (model, page) = (named("niimbot-d110"), pages::label(96));
    let whole = prn(model, &page).len();
    for at in (1..whole + 40).step_by(37) {
        let nature = Nature { hangs_up_after: Some(at), ..Nature::default() };
        let mut printer = with(NiimbotKind::D110, nature, NiimbotFaults::default());
        let ran = print(&mut printer, model, &page);
        let failure = ran.end.unwrap_err();
        assert_eq!(failure.why, Trouble::Lost, "{at}");
        assert!(failure.sent <= whole && printer.sheets().all().is_empty(), "{at}");
        // Nothing of the page may have been handed over unless the failure says so.
        assert!(failure.raster_begun || at < 90, "{at}");
    }
}

#[test]
fn a_cancel_is_told_to_the_printer() {
    for (id, kind) in ALL {
        let model = named(id);
        let mut printer = with(kind, Nature { bytes_per_second: 200, ..Nature::default() }, NiimbotFaults::default());
        let mut dialogue =
            talk_of(model.family).unwrap().print(model, &link(&printer), prn(model, &pages::photo(model.width_dots)));
        let when = START + Duration::from_millis(900);
        let ran = run(dialogue.as_mut(), &mut printer, START, |_, now| now >= when);
        assert_eq!(ran.end.unwrap_err().why, Trouble::Cancelled, "{id}");
        assert!(printer.was_cancelled() && printer.sheets().all().is_empty() && !printer.is_printing(), "{id}");
    }
}

#[test]
fn seven_single_dots_switch_a_printer_off_and_ours_never_send_them() {
    let mut printer = well(NiimbotKind::B1);
    let model = named("niimbot-b1");
    let mut bad = prn(model, &Bitmap::white(384, 8));
    let row = [0x55, 0x55, 0x83, 20, 0, 0, 7, 0, 0, 1, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7];
    let sum = row[2..].iter().fold(0, |sum, byte| sum ^ byte);
    let at = bad.windows(3).position(|three| three == [0x55, 0x55, 0x84]).unwrap();
    bad.splice(at..at, row.into_iter().chain([sum, 0xAA, 0xAA]));
    assert_eq!(print_bytes(&mut printer, model, bad).end.unwrap_err().why, Trouble::Lost);
    assert!(!printer.is_on());
    // Rows of every number of dots.
    let mut page = Bitmap::white(384, 40);
    (0..40).for_each(|y| (0..y).for_each(|x| page.set_black(x * 9, y)));
    let mut printer = well(NiimbotKind::B1);
    assert_eq!(print(&mut printer, model, &page).end, Ok(Completion::Said));
    assert!(printer.is_on() && printer.sheets().all() == [page]);
}

#[test]
fn a_foreign_prn_is_refused_before_a_byte_is_sent() {
    let mut printer = well(NiimbotKind::B1);
    let ran = print_bytes(&mut printer, named("niimbot-b1"), b"\x1b@hello".to_vec());
    assert_eq!(ran.end.unwrap_err().why, Trouble::NotOurs);
    assert!(ran.writes.is_empty());
}

#[test]
fn a_printer_says_how_it_is() {
    let ask = |kind, nature| -> Readings {
        let mut printer = with(kind, nature, NiimbotFaults { pieces: Some(5), ..NiimbotFaults::default() });
        let mut dialogue = talk_of("niimbot").unwrap().ask(named("niimbot-b1"), &link(&printer));
        run(dialogue.as_mut(), &mut printer, START, |_, _| false).end.unwrap()
    };
    for (kind, name) in [
        (NiimbotKind::B1, "B1"),
        (NiimbotKind::D110, "D110"),
        (NiimbotKind::B21, "B21"),
        (NiimbotKind::D110_M_V4, "D110_M"),
    ] {
        for cover_open in [false, true] {
            let readings = ask(kind, Nature { cover_open, battery: 50, temperature: 41, ..Nature::default() });
            assert_eq!((readings.cover_open, readings.battery), (Some(cover_open), Some(50)), "{name}");
            assert_eq!(readings.temperature, (name == "D110_M").then_some(41));
            assert_eq!((readings.model.as_deref(), readings.serial.as_deref()), (Some(name), Some("G121110123")));
            assert_eq!((readings.firmware.as_deref(), readings.counter), (Some("050C"), Some(17)));
        }
    }
}
