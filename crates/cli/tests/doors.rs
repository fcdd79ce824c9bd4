//! The same call gives equal JSON through every door: in this process, over HTTP, and as `platen call`. (The window's
//! door calls the same `dispatch`; its walk proves it in the real window.)
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Home, file, picture};
use platen_cli::door_file::{DoorFile, Role};
use platen_cli::doorway::{Attached, CallError, Doorway, Inside};
use platen_cli::keeper::{KeepOptions, Keeper};
use serde_json::{Value, json};

/// A test program cannot start itself as a renderer, so it decodes in this process.
fn keeping() -> KeepOptions {
    KeepOptions { isolated: false, ..KeepOptions::staying(Role::Serve, 0, false) }
}

/// What a door said: the result, or the error as every door shows it.
async fn ask(door: &dyn Doorway, method: &str, params: &Value) -> Value {
    match door.call(method, params).await {
        Ok(result) => result,
        Err(CallError::Fault(fault)) => json!({ "error": platen_api::views::ErrorView::from(&fault) }),
        Err(lost) => panic!("{method}: {lost:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_gives_equal_json_through_every_door() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let home = Home::new(&folder.path().join("data"));
    let keeper = Keeper::open(&home.data, keeping()).await.unwrap();
    let inside = Inside(keeper.api().clone());
    let attached = Attached::greet(DoorFile::read(&home.data).unwrap()).await.expect("a door");

    let world = ask(&inside, "world.start", &json!({})).await;
    let sn = world["printers"][0]["sn"].as_str().unwrap_or_else(|| panic!("{world}")).to_owned();
    let photo = file(folder.path(), "photo.bmp", &picture(3));
    let words = ["print", photo.as_str(), "--printer", sn.as_str(), "--ref", "doors"];
    let said = tokio::task::block_in_place(|| home.run(&words));
    assert_eq!(said.code, 0, "{said:?}");
    let id = said.last()["jobId"].clone();
    let document = attached.upload("photo.bmp", picture(3).into()).await.unwrap()["document"].clone();

    let (pocket, improv) = ("5C:B0:00:00:00:01", "C0:00:00:00:01:01");
    let calls = [
        ("app.doctor", json!({})),
        ("profile.show", json!({})),
        ("models.list", json!({})),
        ("models.own", json!({})),
        ("printers.list", json!({})),
        ("printer.show", json!({ "sn": sn })),
        ("printer.state", json!({ "sn": sn, "refresh": false })),
        ("printer.read-code", json!({ "text": format!("sn={sn}") })),
        ("printer.change", json!({ "sn": sn, "name": "Kitchen" })),
        ("printer.share", json!({ "sn": sn })),
        ("print.start", json!({ "document": document, "printer": sn, "ref": "doors" })),
        ("jobs.list", json!({ "limit": 10 })),
        ("job.show", json!({ "jobId": id })),
        ("settings.show", json!({})),
        ("settings.change", json!({ "theme": "dark", "language": "th" })),
        ("world.show", json!({})),
        ("world.start", json!({})),
        ("world.paper", json!({ "sn": sn })),
        ("state.snapshot", json!({})),
        ("nearby.list", json!({})),
        ("nearby.start", json!({})),
        ("nearby.stop", json!({})),
        ("gatt.frames", json!({ "id": "NOBODY" })),
        ("gatt.close", json!({ "id": "NOBODY" })),
        ("trace.start", json!({ "id": "NOBODY" })),
        ("trace.replay", json!({ "text": "family: escpos\n> write 18f0/2af1 1b40\n< ok\n" })),
        ("nearby.blink", json!({ "id": improv })),
        ("nearby.ask", json!({ "id": pocket })),
        ("nearby.add", json!({ "id": pocket, "name": "Pocket" })),
        ("nearby.gatt", json!({ "id": pocket })),
        ("gatt.open", json!({ "id": pocket })),
        ("gatt.write", json!({ "id": pocket, "characteristic": "2af1", "hex": "00", "confirmed": true })),
        ("gatt.read", json!({ "id": pocket, "characteristic": "2a00" })),
        ("gatt.subscribe", json!({ "id": pocket, "characteristic": "2af0" })),
        ("gatt.close", json!({ "id": pocket })),
        ("label.read", json!({ "text": "WIFI:T:WPA;S:home;P:correct horse;;" })),
        ("strip.show", json!({})),
        ("strip.cancel", json!({})),
        ("strip.start", json!({ "device": pocket })),
        ("strip.answer", json!({ "answer": "bars" })),
        ("setup.show", json!({})),
        ("setup.cancel", json!({})),
        // Refusals are equal too.
        ("setup.start", json!({ "label": " " })),
        ("setup.answer", json!({ "answer": "rescan" })),
        ("nearby.ask", json!({ "sn": sn })),
        ("nearby.ask", json!({})),
        ("gatt.write", json!({ "id": pocket, "characteristic": "2af1", "hex": "0" })),
        ("trace.stop", json!({ "id": "SOMEBODY" })),
        ("job.cancel", json!({ "jobId": id })),
        ("job.start", json!({ "jobId": id })),
        ("job.resolve", json!({ "jobId": id, "decision": "done" })),
        ("job.show", json!({ "jobId": "0" })),
        ("printer.show", json!({ "sn": "NOBODY" })),
        ("printer.control", json!({ "sn": "NOBODY", "command": "reboot" })),
        ("printer.unbind", json!({ "sn": "NOBODY" })),
        ("printer.bind", json!({ "sn": "a/b" })),
        ("preview.render", json!({ "document": "0", "printer": sn })),
        ("document.unlock", json!({ "document": "0", "password": "guess" })),
        ("profile.use", json!({ "toml": "nonsense" })),
        ("world.act", json!({ "sn": "NOBODY", "act": "paper-out" })),
        ("job.again", json!({ "jobId": "0" })),
        ("jobs.list", json!({ "limt": 1 })),
        ("no.such", json!({})),
    ];
    let asked: std::collections::BTreeSet<_> = calls.iter().map(|(method, _)| *method).collect();
    for info in platen_api::METHODS {
        assert!(asked.contains(info.name), "{} is not compared", info.name);
    }
    for (method, params) in &calls {
        // A live world moves on between two questions: what changed by itself is asked again.
        let mut tries = 0;
        loop {
            let before = still(method, ask(&inside, method, params).await);
            let over_http = still(method, ask(&attached, method, params).await);
            let words = ["call", method, &params.to_string()];
            let by_command = still(method, tokio::task::block_in_place(|| home.run(&words)).last().clone());
            let after = still(method, ask(&inside, method, params).await);
            if before == after {
                assert_eq!(over_http, before, "{method} over HTTP");
                assert_eq!(by_command, before, "{method} on the command line");
                break;
            }
            tries += 1;
            assert!(tries < 50, "{method} never stands still:\n{before}\n{after}");
        }
    }
    keeper.close().await;
}

/// An answer without the time of its own making: a printer that is added is asked, and that is stamped.
fn still(method: &str, mut answer: Value) -> Value {
    if method == "nearby.add" {
        answer["lastHeard"].take();
        for reading in answer["state"].as_object_mut().into_iter().flat_map(|state| state.values_mut()) {
            if reading.get("at").is_some() {
                reading["at"].take();
            }
        }
    }
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_pictures_and_events_are_equal_too() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let keeper = Keeper::open(&data, keeping()).await.unwrap();
    let inside = Inside(keeper.api().clone());
    let attached = Attached::greet(DoorFile::read(&data).unwrap()).await.expect("a door");
    let world = ask(&inside, "world.start", &json!({})).await;
    let sn = world["printers"][0]["sn"].as_str().unwrap().to_owned();

    let mut one = inside.upload("../photo.bmp", picture(4).into()).await.unwrap();
    let mut other = attached.upload("../photo.bmp", picture(4).into()).await.unwrap();
    let handle = one["document"].take();
    other["document"].take();
    assert_eq!((one["name"].as_str(), &one), (Some("photo.bmp"), &other));

    let preview = ask(&inside, "preview.render", &json!({ "document": handle, "printer": sn })).await;
    let page = preview["pages"][0]["dots"].as_str().unwrap();
    let (near, far) = (inside.blob(page).await.unwrap(), attached.blob(page).await.unwrap());
    assert!(near.starts_with(b"\x89PNG") && near == far);

    use futures_util::StreamExt;
    let snapshot = ask(&inside, "state.snapshot", &json!({})).await;
    let place = Some((snapshot["epoch"].as_str().unwrap().to_owned(), snapshot["seq"].as_u64().unwrap()));
    ask(&attached, "settings.change", &json!({ "theme": "light" })).await;
    let wanted = |event: &Value| event["body"]["kind"] == "settings-changed";
    let near =
        inside.events(place.clone()).await.unwrap().filter(|event| std::future::ready(wanted(event))).next().await;
    let far = attached.events(place).await.unwrap().filter(|event| std::future::ready(wanted(event))).next().await;
    assert!(near.is_some() && near == far);
    keeper.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_printer_becomes_an_own_model_for_every_word() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let home = Home::new(&folder.path().join("data"));
    let keeper = Keeper::open(&home.data, keeping()).await.unwrap();
    let inside = Inside(keeper.api().clone());
    ask(&inside, "world.start", &json!({})).await;
    let run = |words: &[&str]| tokio::task::block_in_place(|| home.run(words));
    let unknown = "5C:B0:00:00:00:03";

    let said = run(&["strip", unknown, "--answers", &file(folder.path(), "few.txt", b"bars\n")]);
    assert_eq!((said.code, said.error()), (1, "answer_needed"), "{said:?}");
    assert_eq!(ask(&inside, "strip.show", &json!({})).await, Value::Null);

    let said = run(&["strip", unknown, "--answers", &file(folder.path(), "all.txt", b"bars\n2\nblack\n")]);
    assert_eq!(said.code, 0, "{said:?}");
    let mut steps: Vec<_> = said.lines.iter().filter_map(|line| line["step"].as_str()).collect();
    steps.dedup();
    assert_eq!(steps, ["printing", "came-out", "whole-bars", "black-on-white", "adding", "done"]);
    let model = &said.last()["model"];
    assert_eq!((&model["id"], &model["widthDots"]), (&json!("own-no-name-58"), &json!(384)));

    // The same model everywhere: in the list, of the printer, and without an engine.
    assert!(run(&["models"]).lines.iter().any(|model| model["id"] == "own-no-name-58"));
    let sn = said.last()["printer"].as_str().unwrap().to_owned();
    let shown = run(&["printers"]).lines;
    let printer = shown.iter().find(|printer| printer["sn"] == sn.as_str()).unwrap();
    assert_eq!((&printer["modelName"], &printer["widthDots"]), (&json!("No name 58"), &json!(384)));
    let text = file(folder.path(), "a.txt", b"hello");
    let prn = folder.path().join("a.prn");
    let rendered = run(&["render", &text, "--model", "own-no-name-58", "-o", prn.to_str().unwrap()]);
    assert_eq!((rendered.code, &rendered.last()["model"]), (0, &json!("own-no-name-58")), "{rendered:?}");
    let printed = run(&["print", &text, "--printer", &sn]);
    assert_eq!((printed.code, printed.last()["state"].as_str()), (0, Some("done")), "{printed:?}");
    keeper.close().await;
}
