//! Cat printers and what hides under their names.

use crate::bench::{Ran, let_it_work, run};
use crate::pages;
use platen_model::gatt::Advertisement;
use platen_model::{Bitmap, Cut, Moment};
use platen_printers::talk::{Completion, LinkFacts, PrintEvent, PrintFailure, Readings, Trouble};
use platen_printers::{Finish, Model, family, model, recognise, talk_of};
use platen_sim::air::Peripheral;
use platen_sim::air::printers::{CatPrinter, Nature, V5xPrinter};
use std::time::Duration;

const START: Moment = Moment::from_millis(1000);
/// When the next job of a test comes.
const LATER: Duration = Duration::from_secs(100);

fn prn(model: &Model, page: &Bitmap) -> Vec<u8> {
    family(model.family).unwrap().encode(model, page, &Finish { feed_dots: 48, cut: Cut::None }).unwrap()
}

fn link(model: &Model, printer: &impl Peripheral) -> LinkFacts {
    let route = talk_of(model.family).unwrap().route(&printer.tree()).unwrap();
    LinkFacts { route, payload: usize::from(printer.mtu()) - 3 }
}

fn print(printer: &mut impl Peripheral, model: &Model, page: &Bitmap) -> Ran<PrintEvent, Completion, PrintFailure> {
    print_from(START, printer, model, page)
}

fn print_from(
    start: Moment,
    printer: &mut impl Peripheral,
    model: &Model,
    page: &Bitmap,
) -> Ran<PrintEvent, Completion, PrintFailure> {
    let mut dialogue = talk_of(model.family).unwrap().print(model, &link(model, printer), prn(model, page));
    run(dialogue.as_mut(), printer, start, |_, _| false)
}

fn ask(printer: &mut impl Peripheral, model: &Model) -> Result<Readings, Trouble> {
    let mut dialogue = talk_of(model.family).unwrap().ask(model, &link(model, printer));
    run(dialogue.as_mut(), printer, START, |_, _| false).end
}

fn paper(printer: &mut CatPrinter) -> Vec<Bitmap> {
    printer.tear_off();
    printer.sheets().all()
}

fn slow() -> Nature {
    Nature { bytes_per_second: 2500, ..Nature::default() }
}

#[test]
fn paper_equals_preview_in_every_dialect_at_every_payload() {
    for id in ["cat-384", "cat-576", "cat-1664", "cat-prefixed-384", "cat-v5g-384"] {
        let model = model(id).unwrap();
        for mtu in [23, 185, 247] {
            for (name, page) in pages::all(model.width_dots) {
                let mut printer = CatPrinter::new("x", Nature::default()).with_mtu(mtu);
                let ran = print(&mut printer, model, &page);
                assert_eq!(ran.end, Ok(Completion::Idle), "{id} {name} {mtu}");
                assert_eq!(printer.lost(), 0);
                assert_eq!(paper(&mut printer), [page], "{id} {name} {mtu}");
            }
        }
    }
}

#[test]
fn paper_equals_preview_on_v5x_at_every_payload() {
    let model = model("cat-v5x-mxw01").unwrap();
    for mtu in [23, 185, 247] {
        for nature in [Nature::default(), slow(), Nature { repeats: true, ..slow() }] {
            for (name, page) in pages::all(384) {
                let mut printer = V5xPrinter::new("MXW01", nature.clone()).with_mtu(mtu);
                let ran = print(&mut printer, model, &page);
                assert_eq!(ran.end, Ok(Completion::Idle), "{name} {mtu}");
                assert_eq!((printer.lost(), printer.sheets().all()), (0, vec![page]), "{name} {mtu}");
            }
        }
    }
}

#[test]
fn unpaced_writes_lose_rows_and_ours_wait_while_the_printer_asks_for_it() {
    let (model, page) = (model("cat-384").unwrap(), pages::photo(384));
    for mtu in [23, 185, 247] {
        // What other programs do: everything at once.
        let mut printer = CatPrinter::new("x", slow()).with_mtu(mtu);
        let route = link(model, &printer).route;
        for piece in prn(model, &page).chunks(usize::from(mtu) - 3) {
            printer.written(START, route.write, piece, false).unwrap();
        }
        let_it_work(&mut printer, START, Duration::from_secs(60));
        assert!(printer.lost() > 0 && paper(&mut printer) != std::slice::from_ref(&page));

        let mut printer = CatPrinter::new("x", slow()).with_mtu(mtu);
        let ran = print(&mut printer, model, &page);
        assert_eq!((ran.end, printer.lost()), (Ok(Completion::Idle), 0), "{mtu}");
        assert_eq!(paper(&mut printer), std::slice::from_ref(&page));
        assert!(ran.events.contains(&PrintEvent::Paused(true)) && ran.events.contains(&PrintEvent::Paused(false)));
    }
}

#[test]
fn done_is_said_only_after_the_printer_has_said_that_it_is_idle() {
    let (model, page) = (model("cat-384").unwrap(), pages::photo(384));
    let nature = Nature { buffer: 1 << 20, ..slow() };
    let mut printer = CatPrinter::new("x", nature.clone());
    let ran = print(&mut printer, model, &page);
    let takes = Duration::from_millis(prn(model, &page).len() as u64 * 1000 / 2500);
    assert_eq!(ran.end, Ok(Completion::Idle));
    assert!(ran.at.since(START) >= takes);
    assert_eq!(paper(&mut printer), std::slice::from_ref(&page));

    let v5x = self::model("cat-v5x-mxw01").unwrap();
    let mut printer = V5xPrinter::new("MXW01", nature);
    let ran = print(&mut printer, v5x, &page);
    let takes = Duration::from_millis(page.bytes().len() as u64 * 1000 / 2500);
    assert_eq!(ran.end, Ok(Completion::Idle));
    assert!(ran.at.since(START) >= takes);
    assert_eq!(printer.sheets().all(), [page]);
}

#[test]
fn one_idle_word_between_two_rows_is_not_the_end() {
    for id in ["cat-384", "cat-prefixed-384", "cat-v5g-384"] {
        let (model, page) = (model(id).unwrap(), pages::photo(384));
        // It has taken in everything, and prints on for seconds.
        let mut printer = CatPrinter::new("x", Nature { buffer: 1 << 20, ..slow() }).hasty();
        assert_eq!(print(&mut printer, model, &page).end, Ok(Completion::Idle), "{id}");
        assert_eq!(paper(&mut printer), [page], "{id}");
    }
}

#[test]
fn the_same_name_with_another_protocol_is_said_before_anything_is_printed() {
    let (tiny, v5x) = (model("cat-v5g-384").unwrap(), model("cat-v5x-namesake").unwrap());
    let page = pages::text(384);
    let mut printer = V5xPrinter::new("YT01", Nature::default());
    let failure = print(&mut printer, tiny, &page).end.unwrap_err();
    let other = Trouble::OtherLanguage { family: Some("cat-v5x") };
    assert_eq!(failure, PrintFailure { sent: 0, raster_begun: false, why: other });
    assert!(printer.sheets().all().is_empty());
    assert_eq!(print_from(START + LATER, &mut printer, v5x, &page).end, Ok(Completion::Idle));

    // The other way round: the route of the rows is there, the language is not.
    let mut printer = CatPrinter::new("YT01", Nature::default()).with_bulk();
    let failure = print(&mut printer, v5x, &page).end.unwrap_err();
    assert_eq!((failure.raster_begun, failure.why), (false, Trouble::OtherLanguage { family: Some("cat-v5g") }));
    assert!(paper(&mut printer).is_empty());
}

#[test]
fn the_name_alone_says_both_and_the_address_says_which() {
    let named = Advertisement { name: Some("YT01".to_owned()), ..Advertisement::default() };
    let found = |address| {
        let recognition = recognise(&named, address, &[]);
        recognition.candidates.iter().map(|candidate| candidate.model.family).collect::<Vec<_>>()
    };
    assert_eq!(found(None), ["cat-v5g", "cat-v5x"]);
    assert_eq!(found(Some("01:02:03:04:05:59")), ["cat-v5x"]);
    assert_eq!(found(Some("01:02:03:04:05:58")), ["cat-v5g"]);
}

#[test]
fn nothing_is_sent_to_a_printer_in_trouble() {
    let model = model("cat-384").unwrap();
    for (nature, why) in [
        (Nature { battery: 2, ..Nature::default() }, Trouble::LowBattery),
        (Nature { cover_open: true, ..Nature::default() }, Trouble::CoverOpen),
        (Nature { paper_ends_after: Some(0), ..Nature::default() }, Trouble::NoPaper),
        (Nature { overheats_after: Some(0), ..Nature::default() }, Trouble::Overheated),
    ] {
        let mut printer = CatPrinter::new("x", nature);
        let failure = print(&mut printer, model, &pages::text(384)).end;
        assert_eq!(failure, Err(PrintFailure { sent: 0, raster_begun: false, why }));
        assert!(paper(&mut printer).is_empty());
    }
}

#[test]
fn paper_that_ends_mid_job_is_said_and_the_next_job_is_whole() {
    let (model, page) = (model("cat-384").unwrap(), pages::photo(384));
    let nature = Nature { paper_ends_after: Some(4000), remedied_after: Some(Duration::from_secs(30)), ..slow() };
    let mut printer = CatPrinter::new("x", nature);
    let ran = print(&mut printer, model, &page);
    let failure = ran.end.unwrap_err();
    assert_eq!((failure.why, failure.raster_begun), (Trouble::NoPaper, true));
    let_it_work(&mut printer, ran.at, Duration::from_secs(60));
    let before = paper(&mut printer).len();
    assert_eq!(print_from(ran.at + LATER, &mut printer, model, &page).end, Ok(Completion::Idle));
    assert_eq!(paper(&mut printer)[before..], *std::slice::from_ref(&page));
}

#[test]
fn a_cancelled_job_ends_behind_a_whole_frame_and_the_next_is_whole() {
    for id in ["cat-384", "cat-v5g-384", "cat-prefixed-384"] {
        let (model, page) = (model(id).unwrap(), pages::photo(384));
        for stop_at in [1100_u64, 1500, 2222, 3001] {
            let mut printer = CatPrinter::new("x", slow()).with_mtu(23);
            let mut dialogue = talk_of(model.family).unwrap().print(model, &link(model, &printer), prn(model, &page));
            let ran = run(dialogue.as_mut(), &mut printer, START, |_, now| now.as_millis() >= stop_at);
            assert_eq!(ran.end.unwrap_err().why, Trouble::Cancelled);
            let_it_work(&mut printer, ran.at, Duration::from_secs(20));
            let before = paper(&mut printer).len();
            assert_eq!(
                print_from(ran.at + LATER, &mut printer, model, &page).end,
                Ok(Completion::Idle),
                "{id} {stop_at}"
            );
            assert_eq!(paper(&mut printer)[before..], *std::slice::from_ref(&page), "{id} {stop_at}");
        }
    }
}

#[test]
fn a_job_whose_link_broke_leaves_no_garbage_in_front_of_the_next() {
    let (model, page) = (model("cat-384").unwrap(), pages::photo(384));
    for end in (60..9000).step_by(607) {
        let mut printer = CatPrinter::new("x", Nature { hangs_up_after: Some(end), ..slow() });
        let ran = print(&mut printer, model, &page);
        let failure = ran.end.unwrap_err();
        assert_eq!(failure.why, Trouble::Lost);
        assert!(failure.sent + 80 >= end, "it admits what may have arrived: {failure:?} at {end}");
        let_it_work(&mut printer, ran.at, Duration::from_secs(20));
        printer.heal();
        let before = paper(&mut printer).len();
        assert_eq!(print_from(ran.at + LATER, &mut printer, model, &page).end, Ok(Completion::Idle));
        assert_eq!(paper(&mut printer)[before..], *std::slice::from_ref(&page), "link lost at {end}");
    }
}

#[test]
fn a_link_that_breaks_on_v5x_cuts_the_job_off_and_the_failure_says_so() {
    let (model, page) = (model("cat-v5x-mxw01").unwrap(), pages::photo(384));
    for end in (1..9000).step_by(997) {
        let mut printer = V5xPrinter::new("MXW01", Nature { hangs_up_after: Some(end), ..slow() });
        let failure = print(&mut printer, model, &page).end.unwrap_err();
        assert_eq!((failure.why, failure.raster_begun), (Trouble::Lost, true));
        assert!(printer.sheets().all().iter().all(|sheet| sheet.height() < page.height()));
    }
}

#[test]
fn a_warm_head_gets_less_darkness_and_a_cold_one_what_was_wanted() {
    let page = pages::text(384);
    let dark = |id: &str, celsius| {
        let nature = Nature { temperature: celsius, ..Nature::default() };
        let model = model(id).unwrap();
        if model.family == "cat-v5x" {
            let mut printer = V5xPrinter::new("x", nature);
            // It tells its warmth while it prints: the second job knows it.
            print(&mut printer, model, &page).end.unwrap();
            return printer.darkness();
        }
        let mut printer = CatPrinter::new("x", nature);
        print(&mut printer, model, &page).end.unwrap();
        printer.darkness()
    };
    assert_eq!([30, 49, 50, 58, 70].map(|celsius| dark("cat-v5g-384", celsius)), [130, 130, 110, 95, 70].map(Some));
    assert_eq!(dark("cat-v5x-mxw01", 30), Some(0x5D));
}

#[test]
fn a_hot_head_makes_the_printer_slow_and_loses_nothing() {
    let (model, page) = (model("cat-384").unwrap(), pages::photo(384));
    let nature = Nature { overheats_after: Some(4000), remedied_after: Some(Duration::from_secs(25)), ..slow() };
    let mut printer = CatPrinter::new("x", nature);
    let ran = print(&mut printer, model, &page);
    assert_eq!((ran.end, printer.lost()), (Ok(Completion::Idle), 0));
    assert_eq!(paper(&mut printer), [page]);
    let hot = |event: &PrintEvent| matches!(event, PrintEvent::Readings(Readings { overheated: Some(true), .. }));
    assert!(ran.events.iter().any(hot));
}

#[test]
fn a_silent_printer_is_assumed_to_be_done_when_its_paper_has_had_the_time() {
    let (model, page) = (model("cat-384").unwrap(), pages::text(384));
    let mut printer = CatPrinter::new("x", Nature { buffer: 1 << 20, ..Nature::default() }).silent();
    let ran = print(&mut printer, model, &page);
    assert_eq!(ran.end, Ok(Completion::Assumed));
    assert!(ran.at.since(START) >= Duration::from_millis(200 * 1000 / 80));
    assert_eq!(paper(&mut printer), [page]);
}

#[test]
fn repeated_and_split_answers_change_nothing() {
    let (model, page) = (model("cat-v5g-384").unwrap(), pages::label(384));
    let mut printer = CatPrinter::new("x", Nature { repeats: true, ..slow() }).with_mtu(23);
    assert_eq!(print(&mut printer, model, &page).end, Ok(Completion::Idle));
    assert_eq!(paper(&mut printer), [page]);
}

#[test]
fn asking_tells_what_the_printer_says_and_moves_no_paper() {
    let mut printer = CatPrinter::new("x", Nature { temperature: 44, ..Nature::default() });
    let readings = ask(&mut printer, model("cat-v5g-384").unwrap()).unwrap();
    assert_eq!((readings.paper, readings.cover_open, readings.temperature), (Some(true), Some(false), Some(44)));
    assert_eq!(readings.firmware.as_deref(), Some("V1.7.2"));
    assert!(paper(&mut printer).is_empty());

    let mut printer = V5xPrinter::new("MXW01", Nature::default());
    let readings = ask(&mut printer, model("cat-v5x-mxw01").unwrap()).unwrap();
    assert_eq!((readings.firmware.as_deref(), readings.serial.as_deref()), (Some("1.0.9.2"), Some("590102030405")));
    assert!(printer.sheets().all().is_empty());
    assert_eq!(
        ask(&mut CatPrinter::new("x", Nature::default()).silent(), model("cat-384").unwrap()),
        Err(Trouble::Silent)
    );
}

#[test]
fn a_label_job_starts_at_its_first_row() {
    // White rows at the top are rows: nothing is left out, so the picture does not start mid-label.
    let (model, page) = (model("cat-384").unwrap(), pages::label(384));
    assert!(page.row(0).iter().all(|byte| *byte == 0));
    let gap = Model { media: platen_printers::Media::Gap, gap_mm: 2, ..model.clone() };
    let mut printer = CatPrinter::new("x", Nature::default());
    for start in [START, START + LATER] {
        assert_eq!(print_from(start, &mut printer, &gap, &page).end, Ok(Completion::Idle));
    }
    assert_eq!(paper(&mut printer), [page.clone(), page]);
}
