//! A printer fresh from the box, from the list of things near to a printed test label: the air hands it over to the
//! platform when it has joined.

use crate::support::{PATIENCE, Shop, paper};
use platen_engine::wizard::Step;
use platen_engine::{BindResult, Obstacle, SetupAnswer, SetupStatus, SystemClock, Window};
use platen_model::{JobState, Secret, Security};
use platen_sim::air::{Air, standard, standard_access_point};
use std::sync::Arc;

const IMPROV: &str = "C0:00:00:00:01:01";
const ESP: &str = "C0:00:00:00:01:02";

/// A shop that hears the air of its world.
async fn shop() -> (Shop, Air) {
    let shop = Shop::with(|plan| plan.clock = Arc::new(SystemClock)).await;
    let air = Air::new();
    for (address, device) in standard(&shop.folder.path().join("bluetooth"), shop.world.arrivals()).unwrap() {
        air.put(address, device);
    }
    shop.engine.join_radio(Arc::new(air.clone()));
    (shop, air)
}

async fn until(shop: &Shop, what: &str, fits: impl Fn(&SetupStatus) -> bool) -> SetupStatus {
    shop.until(what, async || shop.engine.setup().filter(&fits)).await
}

/// Gives it the flat's network, and waits for the end.
async fn through(shop: &Shop) -> SetupStatus {
    until(shop, "a list", |status| status.step == Step::Network && !status.listing && status.networks.is_some()).await;
    let home = SetupAnswer::Network { ssid: b"home".to_vec(), security: Security::Wpa2 };
    shop.engine.answer_setup(home).await.unwrap();
    shop.engine.answer_setup(SetupAnswer::Password(Secret::from("correct horse"))).await.unwrap();
    until(shop, "the end", |status| status.over || status.step == Step::Bind && status.obstacle.is_some()).await
}

/// One sheet came out of it, for the one job that it was given, as a preview shows it.
async fn printed_once(shop: &Shop, sn: &str) {
    let job = shop.engine.jobs(Some(sn.to_owned()), 10).await.unwrap().remove(0);
    shop.until_job(&job.row.id, JobState::Done).await;
    let sheets = paper(&shop.world, sn);
    let label = shop.order(sn, "label.txt", format!("Platen\n\n{sn}\n").as_bytes()).await;
    let preview = shop.engine.preview(&label.document, sn, &label.options, Window::ALL).await.unwrap();
    let shown: Vec<_> = preview.pages.iter().map(|page| (job.row.id.as_str(), page.sha256.as_str())).collect();
    assert_eq!(sheets.iter().map(|sheet| (sheet.reference.as_str(), sheet.sha256.as_str())).collect::<Vec<_>>(), shown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_printer_with_improv_names_itself_and_prints_its_test_label() {
    let (shop, _air) = shop().await;
    assert_eq!(shop.world.printers().len(), 2, "it is not on line before it has a network");
    shop.engine.start_setup(Some(IMPROV.to_owned()), None).await.unwrap();
    let end = through(&shop).await;
    assert_eq!((end.step, end.obstacle, end.bound), (Step::Done, None, true), "{end:?}");
    assert_eq!(end.serial.as_deref(), Some("SIM-IMPROV-1"));
    printed_once(&shop, "SIM-IMPROV-1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_printer_that_takes_a_bind_token_needs_no_code() {
    let (shop, _air) = shop().await;
    let point = standard_access_point(shop.world.arrivals()).await.unwrap();
    for id in [ESP.to_owned(), format!("softap:{}", point.address())] {
        shop.engine.start_setup(Some(id), None).await.unwrap();
        until(&shop, "the question", |status| status.wants_code).await;
        shop.engine.answer_setup(SetupAnswer::Code(Secret::from("abcd1234"))).await.unwrap();
        let end = through(&shop).await;
        assert_eq!((end.step, end.obstacle, end.bound), (Step::Done, None, true), "{end:?}");
        let serial = end.serial.unwrap();
        let state = shop.world.printers().into_iter().find(|one| one.printer.sn == serial).unwrap();
        assert!(state.printer.wants_code, "without the token it wants a code");
        assert_eq!(state.printed_code, None, "and no code was printed");
        printed_once(&shop, &serial).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_way_for_a_token_the_printer_prints_its_code() {
    let (shop, _air) = shop().await;
    shop.change_profile(|profile| profile.set_up = None).await;
    shop.engine.start_setup(Some(ESP.to_owned()), None).await.unwrap();
    until(&shop, "the question", |status| status.wants_code).await;
    shop.engine.answer_setup(SetupAnswer::Code(Secret::from("abcd1234"))).await.unwrap();
    let end = through(&shop).await;
    // It has named no serial number either: that goes with the token.
    assert_eq!((end.step, end.obstacle, end.confirmed), (Step::Bind, Some(Obstacle::NotBound), true));
    assert!(matches!(shop.engine.bind("SIM-ESP-2", None, None, None).await.unwrap(), BindResult::CodeNeeded));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_printer_that_has_joined_is_on_line_after_a_restart_of_the_world() {
    let (shop, air) = shop().await;
    drop(air);
    let arrived = platen_sim::air::setup::JoinedPrinter {
        serial: "SIM-ESP-2".to_owned(),
        address: None,
        ssid: b"home".to_vec(),
        token: None,
    };
    shop.world.arrivals().joined(&arrived);
    // Twice is once.
    shop.world.arrivals().joined(&arrived);
    shop.world.arrivals().joined(&platen_sim::air::setup::JoinedPrinter { serial: "NOBODY".to_owned(), ..arrived });
    let on_line = async || shop.world.printers().into_iter().find(|one| one.printer.sn == "SIM-ESP-2" && one.online);
    shop.until("it is on line", on_line).await;
    assert_eq!(shop.world.printers().len(), 3);
    shop.world.stop().await;
    let folder = shop.folder.path().join("world");
    let again = platen_sim::World::start(platen_sim::WorldOptions::new(folder));
    let world = tokio::time::timeout(PATIENCE, again).await.unwrap().unwrap();
    assert!(world.printers().iter().any(|one| one.printer.sn == "SIM-ESP-2" && one.online));
    world.stop().await;
}
