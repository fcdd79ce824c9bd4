//! ESC/POS over Bluetooth.

use crate::bench::{Ran, let_it_work, run};
use crate::pages;
use platen_model::{Bitmap, Cut, Moment};
use platen_printers::talk::{Completion, LinkFacts, PrintEvent, PrintFailure, Trouble};
use platen_printers::{Finish, Model, family, model, talk_of};
use platen_sim::air::Peripheral as _;
use platen_sim::air::printers::{Answers, EscPosPrinter, Module, Nature};
use std::time::Duration;

const START: Moment = Moment::from_millis(1000);
/// When the next job of a test comes.
const LATER: Duration = Duration::from_secs(100);
const MODULES: [Module; 5] = [Module::Receipt, Module::Issc, Module::Pocket, Module::Clone, Module::Serial];

fn pocket() -> &'static Model {
    model("pocket-escpos-384").unwrap()
}

fn link(printer: &EscPosPrinter) -> LinkFacts {
    let route = talk_of("escpos").unwrap().route(&printer.tree()).unwrap();
    LinkFacts { route, payload: usize::from(printer.mtu()) - 3 }
}

fn prn(model: &Model, page: &Bitmap) -> Vec<u8> {
    family(model.family).unwrap().encode(model, page, &Finish { feed_dots: 24, cut: Cut::None }).unwrap()
}

fn print(printer: &mut EscPosPrinter, model: &Model, page: &Bitmap) -> Ran<PrintEvent, Completion, PrintFailure> {
    print_from(START, printer, model, page)
}

fn print_from(
    start: Moment,
    printer: &mut EscPosPrinter,
    model: &Model,
    page: &Bitmap,
) -> Ran<PrintEvent, Completion, PrintFailure> {
    let mut dialogue = talk_of(model.family).unwrap().print(model, &link(printer), prn(model, page));
    run(dialogue.as_mut(), printer, start, |_, _| false)
}

fn paper(printer: &mut EscPosPrinter) -> Vec<Bitmap> {
    printer.tear_off();
    printer.sheets().all()
}

fn slow() -> Nature {
    Nature { bytes_per_second: 2500, ..Nature::default() }
}

#[test]
fn paper_equals_preview_on_every_module_and_every_payload() {
    for module in MODULES {
        for mtu in [23, 185, 247] {
            for (name, page) in pages::all(384) {
                let mut printer = EscPosPrinter::new("MPT-II", module, Answers::All, Nature::default()).with_mtu(mtu);
                let ran = print(&mut printer, pocket(), &page);
                assert_eq!(ran.end, Ok(Completion::Idle), "{name} {module:?} {mtu}");
                assert_eq!(paper(&mut printer), [page], "{name} {module:?} {mtu}");
            }
        }
    }
}

#[test]
fn the_other_image_commands_travel_too() {
    for id in ["desk-escpos-graphics-576", "desk-escpos-column-576", "pocket-escpos-column-384", "pocket-escpos-576"] {
        let model = &model(id).unwrap().over_ble();
        let page = pages::text(model.width_dots);
        let mut printer = EscPosPrinter::new("x", Module::Receipt, Answers::All, slow());
        assert_eq!(print(&mut printer, model, &page).end, Ok(Completion::Idle), "{id}");
        assert_eq!(paper(&mut printer), [page], "{id}");
    }
}

#[test]
fn unpaced_writes_lose_rows_and_ours_do_not_at_2500_bytes_a_second() {
    let page = pages::photo(384);
    for module in [Module::Pocket, Module::Receipt, Module::Clone] {
        for mtu in [23, 185, 247] {
            // What other programs do: everything at once.
            let mut printer = EscPosPrinter::new("x", module, Answers::All, slow()).with_mtu(mtu);
            let confirmed = module == Module::Receipt;
            for piece in prn(pocket(), &page).chunks(usize::from(mtu) - 3) {
                printer.written(START, link(&printer).route.write, piece, confirmed).unwrap();
            }
            let_it_work(&mut printer, START, Duration::from_secs(60));
            assert!(printer.lost() > 0 && paper(&mut printer) != [page.clone()]);

            let mut printer = EscPosPrinter::new("x", module, Answers::All, slow()).with_mtu(mtu);
            let ran = print(&mut printer, pocket(), &page);
            assert_eq!((ran.end, printer.lost()), (Ok(Completion::Idle), 0), "{module:?} {mtu}");
            assert_eq!(paper(&mut printer), std::slice::from_ref(&page));
        }
    }
}

#[test]
fn done_is_said_only_after_the_last_row_is_out() {
    let page = pages::photo(384);
    // Large enough to swallow the job: the last write ends long before the paper.
    let nature = Nature { buffer: 1 << 20, ..slow() };
    let mut printer = EscPosPrinter::new("x", Module::Pocket, Answers::All, nature);
    let ran = print(&mut printer, pocket(), &page);
    assert_eq!(ran.end, Ok(Completion::Idle));
    // Nothing more comes out after "done".
    assert_eq!(paper(&mut printer), std::slice::from_ref(&page));
    let takes = Duration::from_millis(prn(pocket(), &page).len() as u64 * 1000 / 2500);
    assert!(ran.at.since(START) >= takes, "{:?} < {takes:?}", ran.at.since(START));
}

#[test]
fn a_silent_printer_is_assumed_to_be_done_when_its_paper_has_had_the_time() {
    let page = pages::text(384);
    let nature = Nature { bytes_per_second: 5000, buffer: 1 << 16, ..Nature::default() };
    let mut printer = EscPosPrinter::new("x", Module::Serial, Answers::Nothing, nature);
    let ran = print(&mut printer, pocket(), &page);
    assert_eq!(ran.end, Ok(Completion::Assumed));
    assert_eq!(paper(&mut printer), [page]);
    assert!(ran.at.since(START) >= Duration::from_millis(200 * 1000 / 80));
}

#[test]
fn a_printer_that_only_answers_at_once_is_idle_after_its_paper_had_the_time() {
    let page = pages::text(384);
    let nature = Nature { bytes_per_second: 5000, buffer: 1 << 16, ..Nature::default() };
    let mut printer = EscPosPrinter::new("x", Module::Serial, Answers::AtOnce, nature);
    assert_eq!(print(&mut printer, pocket(), &page).end, Ok(Completion::Idle));
    assert_eq!(paper(&mut printer), [page]);
}

#[test]
fn nothing_is_sent_to_a_printer_in_trouble() {
    let troubles = [
        (Nature { cover_open: true, ..Nature::default() }, Trouble::CoverOpen),
        (Nature { paper_ends_after: Some(0), ..Nature::default() }, Trouble::NoPaper),
        (Nature { overheats_after: Some(0), ..Nature::default() }, Trouble::Overheated),
    ];
    for (nature, why) in troubles {
        let mut printer = EscPosPrinter::new("x", Module::Receipt, Answers::All, nature);
        let failure = print(&mut printer, pocket(), &pages::text(384)).end.unwrap_err();
        assert_eq!(failure, PrintFailure { sent: 0, raster_begun: false, why });
        assert!(paper(&mut printer).is_empty());
    }
}

#[test]
fn paper_that_ends_mid_job_is_waited_for_and_the_page_is_whole() {
    for nature in [
        Nature { paper_ends_after: Some(5000), remedied_after: Some(Duration::from_secs(20)), ..slow() },
        Nature { overheats_after: Some(5000), remedied_after: Some(Duration::from_secs(20)), ..slow() },
    ] {
        let page = pages::photo(384);
        let mut printer = EscPosPrinter::new("x", Module::Pocket, Answers::All, nature);
        let ran = print(&mut printer, pocket(), &page);
        assert_eq!((ran.end, printer.lost()), (Ok(Completion::Idle), 0));
        assert_eq!(paper(&mut printer), [page]);
        let told = ran.events.iter().any(|event| matches!(event, PrintEvent::Readings(it) if it.trouble().is_some()));
        assert!(told, "the trouble was told");
    }
}

#[test]
fn paper_that_nobody_puts_in_ends_the_job_as_out_of_paper() {
    let nature = Nature { paper_ends_after: Some(5000), ..slow() };
    let mut printer = EscPosPrinter::new("x", Module::Pocket, Answers::All, nature);
    let failure = print(&mut printer, pocket(), &pages::photo(384)).end.unwrap_err();
    assert_eq!((failure.why, failure.raster_begun), (Trouble::NoPaper, true));
}

#[test]
fn a_cancelled_job_leaves_nothing_that_spoils_the_next() {
    let page = pages::photo(384);
    for stop_at in [1500_u64, 1777, 2345, 3001] {
        let mut printer = EscPosPrinter::new("x", Module::Pocket, Answers::All, slow());
        let mut dialogue = talk_of("escpos").unwrap().print(pocket(), &link(&printer), prn(pocket(), &page));
        let ran = run(dialogue.as_mut(), &mut printer, START, |_, now| now.as_millis() >= stop_at);
        assert_eq!(ran.end.unwrap_err().why, Trouble::Cancelled);
        let_it_work(&mut printer, ran.at, Duration::from_secs(20));
        let before = paper(&mut printer).len();
        assert_eq!(print_from(ran.at + LATER, &mut printer, pocket(), &page).end, Ok(Completion::Idle));
        assert_eq!(paper(&mut printer)[before..], *std::slice::from_ref(&page), "cancelled at {stop_at} ms");
    }
}

#[test]
fn a_job_whose_link_broke_leaves_nothing_that_spoils_the_next() {
    let page = pages::photo(384);
    for end in (1300..9000).step_by(701) {
        let nature = Nature { hangs_up_after: Some(end), ..slow() };
        let mut printer = EscPosPrinter::new("x", Module::Pocket, Answers::All, nature);
        let ran = print(&mut printer, pocket(), &page);
        let failure = ran.end.unwrap_err();
        assert_eq!(failure.why, Trouble::Lost);
        // The printer must not have got more of the job than the failure admits (its padding comes on top).
        assert!(failure.sent + 2000 >= end && failure.raster_begun == (failure.sent > 2), "{failure:?} at {end}");
        let_it_work(&mut printer, ran.at, Duration::from_secs(20));
        printer.heal();
        let before = paper(&mut printer).len();
        assert_eq!(print_from(ran.at + LATER, &mut printer, pocket(), &page).end, Ok(Completion::Idle));
        assert_eq!(paper(&mut printer)[before..].last(), Some(&page), "link lost at {end}");
    }
}

#[test]
fn repeated_answers_change_nothing() {
    let page = pages::label(384);
    let nature = Nature { repeats: true, buffer: 1 << 16, ..Nature::default() };
    let mut printer = EscPosPrinter::new("x", Module::Issc, Answers::All, nature);
    assert_eq!(print(&mut printer, pocket(), &page).end, Ok(Completion::Idle));
    assert_eq!(paper(&mut printer), [page]);
}

#[test]
fn asking_tells_what_the_printer_says_and_prints_nothing() {
    let ask = |answers, nature| {
        let mut printer = EscPosPrinter::new("x", Module::Clone, answers, nature);
        let mut dialogue = talk_of("escpos").unwrap().ask(pocket(), &link(&printer));
        let end = run(dialogue.as_mut(), &mut printer, START, |_, _| false).end;
        assert!(paper(&mut printer).is_empty());
        end
    };
    let well = ask(Answers::All, Nature::default()).unwrap();
    assert_eq!(
        (well.paper, well.cover_open, well.overheated, well.busy),
        (Some(true), Some(false), Some(false), Some(false))
    );
    let open = ask(Answers::AtOnce, Nature { cover_open: true, ..Nature::default() }).unwrap();
    assert_eq!((open.cover_open, open.busy), (Some(true), Some(true)));
    assert_eq!(ask(Answers::Nothing, Nature::default()), Err(Trouble::Silent));
}

#[test]
fn what_is_no_escpos_is_refused_before_anything_is_sent() {
    let mut printer = EscPosPrinter::new("x", Module::Clone, Answers::All, Nature::default());
    let mut dialogue = talk_of("escpos").unwrap().print(pocket(), &link(&printer), b"Quite another language".to_vec());
    let ran = run(dialogue.as_mut(), &mut printer, START, |_, _| false);
    assert_eq!(ran.end.unwrap_err(), PrintFailure { sent: 0, raster_begun: false, why: Trouble::NotOurs });
    assert!(ran.writes.is_empty());
}

#[test]
fn the_characteristic_is_chosen_by_property_on_an_unknown_module() {
    let page = pages::label(384);
    let mut printer = EscPosPrinter::new("Never heard of", Module::Unknown, Answers::All, slow());
    assert_eq!(print(&mut printer, pocket(), &page).end, Ok(Completion::Idle));
    assert_eq!(paper(&mut printer), [page]);
}
