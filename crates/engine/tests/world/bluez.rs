//! Direct print, the whole way: the engine, the unmodified Bluetooth library, BlueZ's interface on a private bus, and a
//! printer of each language behind it. A printer takes 2,500 bytes a second at most and has little memory.
//!
//! The paper is looked at in the moment in which a job says *done*: what comes out later was promised too early.

use crate::apart::apart;
use crate::support::{Stand, Walker, drawing, label, open_engine, photo};
use futures_util::future::join_all;
use platen_engine::{Frame, SystemClock};
use platen_model::{Channel, JobState};
use platen_sim::air::Air;
use platen_sim::air::printers::{
    Answers, CatPrinter, EscPosPrinter, Module, Nature, NiimbotFaults, NiimbotKind, NiimbotPrinter, V5xPrinter,
};
use std::sync::Arc;
use tempfile::TempDir;

/// A printer in the air, its name, and the model that it is.
struct Case {
    stand: Stand,
    name: &'static str,
    model: &'static str,
    /// It has a word for "wait", and has to use it at this speed.
    pauses: bool,
}

fn slow() -> Nature {
    Nature { bytes_per_second: 2500, ..Nature::default() }
}

fn escpos(air: &Air) -> Vec<Case> {
    let case = |number, name, model, module| Case {
        stand: Stand::put(
            air,
            &format!("C0:00:00:00:01:0{number}"),
            EscPosPrinter::new(name, module, Answers::All, slow()),
        ),
        name,
        model,
        pauses: false,
    };
    vec![
        case(1, "MPT-II", "pocket-escpos-384", Module::Receipt),
        case(2, "Clone", "pocket-escpos-column-384", Module::Clone),
        case(3, "Pocket", "pocket-escpos-384", Module::Pocket),
    ]
}

fn cat(air: &Air) -> Vec<Case> {
    // Its plan is slow as well: it has to be slower, and smaller, to have a reason to ask for a pause.
    let small = Nature { buffer: 1024, ..slow() };
    let case = |number, name, model, nature| Case {
        stand: Stand::put(air, &format!("C0:00:00:00:02:0{number}"), CatPrinter::new(name, nature)),
        name,
        model,
        pauses: true,
    };
    vec![
        case(1, "GT01", "cat-384", slow()),
        case(2, "LY10", "cat-prefixed-384", slow()),
        case(3, "MX06", "cat-v5g-384", Nature { bytes_per_second: 1500, ..small.clone() }),
        Case {
            stand: Stand::put(air, "C0:00:00:00:02:04", V5xPrinter::new("MXW01", small)),
            name: "MXW01",
            model: "cat-v5x-mxw01",
            pauses: true,
        },
    ]
}

fn niimbot(air: &Air) -> Vec<Case> {
    let all = [
        ("B1-G000000001", "niimbot-b1", NiimbotKind::B1),
        ("D110-G000000002", "niimbot-d110", NiimbotKind::D110),
        ("D110_M-G000000003", "niimbot-d110-m-v4", NiimbotKind::D110_M_V4),
        ("D11-G000000004", "niimbot-d11", NiimbotKind::D11),
        ("H1S-G000000005", "niimbot-h1s", NiimbotKind::H1S),
        ("B21-G000000006", "niimbot-b21", NiimbotKind::B21),
        ("B21_L2B-G000000007", "niimbot-b21-l2b", NiimbotKind::B21_L2B),
    ];
    let cases = all.into_iter().zip(1..).map(|((name, model, kind), number)| {
        let printer = NiimbotPrinter::new(name, kind, slow(), NiimbotFaults::default());
        Case { stand: Stand::put(air, &format!("C0:00:00:00:03:0{number}"), printer), name, model, pauses: false }
    });
    cases.collect()
}

/// Whether the printer asked to wait.
fn paused(frames: &[Frame]) -> bool {
    frames.iter().flat_map(|frame| &frame.named).any(|row| row.name == "flow" && row.text == "pause")
}

/// Everything on one printer: a photo, a text and a label, and every packet size.
async fn print_all(walker: &Walker, air: &Air, case: &Case) {
    let Case { stand, name, model, pauses } = case;
    let found = walker.find(name).await;
    assert_eq!((found.channel, found.simulated), (Channel::Ble, false), "the system's own radio");
    if *pauses {
        assert_eq!(found.recognised.model.as_deref(), Some(*model), "{name}: its name and its address say which it is");
    }
    let sn = walker.add(&found.id, Some(model)).await;
    let documents = [("photo.png", photo(7)), ("text.txt", label(8)), ("label.svg", drawing(9))];
    let (mut seen, mut held) = (0, false);
    for mtu in [23, 185, 247] {
        air.fault(&stand.address, |faults| faults.mtu = Some(mtu));
        // Each document where packets are smallest, and the largest everywhere.
        for (document, bytes) in documents.iter().take(if mtu == 23 { 3 } else { 1 }) {
            let before = stand.paper().len();
            let (job, shown) = walker.submit(&sn, document, bytes).await;
            let done = walker.settled(&job).await;
            let paper = stand.paper();
            assert_eq!((done.row.state, done.row.fault.as_ref()), (JobState::Done, None), "{name} {document} at {mtu}");
            assert_eq!(paper[before..], shown, "{name} {document} at {mtu}");
            assert!(done.row.detail.contains("says"), "it is done by its own word: {}", done.row.detail);
            assert_eq!((done.row.attempt, done.row.carried.sent), (1, done.row.carried.total));
            let (frames, _) = walker.engine.gatt_frames(&found.id, seen).await;
            seen = frames.last().map_or(seen, |frame| frame.seq);
            held |= paused(&frames);
            // Three bytes of each packet are not the value's.
            let widest = frames.iter().filter(|frame| frame.kind == "write").map(|frame| frame.size).max();
            assert!(widest.is_none_or(|widest| widest <= usize::from(mtu) - 3), "{name}: {widest:?} at {mtu}");
        }
    }
    assert_eq!(stand.lost(), 0, "{name} lost what it had no room for");
    assert_eq!(held, *pauses, "{name}: pause and resume");
}

async fn print_on(air: Air, cases: fn(&Air) -> Vec<Case>) {
    let folder = TempDir::new().unwrap();
    let cases = cases(&air);
    let engine = open_engine(&folder.path().join("data"), Arc::new(SystemClock)).await.unwrap();
    let walker = Walker { engine };
    join_all(cases.iter().map(|case| print_all(&walker, &air, case))).await;
    walker.engine.close().await;
}

#[test]
fn escpos_prints_what_the_preview_showed_through_the_systems_bluetooth() {
    let name = "bluez::escpos_prints_what_the_preview_showed_through_the_systems_bluetooth";
    apart(name, async |air| print_on(air, escpos).await);
}

#[test]
fn every_cat_dialect_prints_what_the_preview_showed_through_the_systems_bluetooth() {
    let name = "bluez::every_cat_dialect_prints_what_the_preview_showed_through_the_systems_bluetooth";
    apart(name, async |air| print_on(air, cat).await);
}

#[test]
fn every_niimbot_task_prints_what_the_preview_showed_through_the_systems_bluetooth() {
    let name = "bluez::every_niimbot_task_prints_what_the_preview_showed_through_the_systems_bluetooth";
    apart(name, async |air| print_on(air, niimbot).await);
}
