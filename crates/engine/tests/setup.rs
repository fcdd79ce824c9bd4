//! Giving a printer its Wi-Fi, over the simulated air, a cable and its own network: the engine as a door sees it.
#![allow(clippy::unwrap_used, clippy::panic)] // a test that meets the unexpected stops

use platen_engine::wizard::Step;
use platen_engine::{Engine, EngineOptions, Obstacle, SetupAnswer, SetupStatus, SetupStep, Start};
use platen_model::{Channel, Secret, Security};
use platen_sim::air::Air;
use platen_sim::air::setup::{AccessPoint, EspDevice, EspPrinter, Faults, ImprovPrinter, JoinedPrinter, Unboxed};
#[cfg(target_os = "linux")]
use platen_sim::air::setup::{Line, SerialPrinter};
use platen_store::{DataDir, Secrets, SecretsChoice, StoreOptions};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::Notify;

const PATIENCE: Duration = Duration::from_secs(100);
const ADDRESS: &str = "C0:00:00:00:00:01";
const CANARY: &str = "canary horse battery";

struct Room {
    engine: Engine,
    air: Air,
    folder: TempDir,
    joined: Arc<Mutex<Vec<JoinedPrinter>>>,
    told: Arc<Notify>,
}

impl Room {
    async fn open() -> Self {
        let folder = TempDir::new().unwrap();
        let air = Air::new();
        let engine = open(&folder.path().join("data"), &air).await;
        Self { engine, air, folder, joined: Arc::default(), told: Arc::default() }
    }

    /// A printer fresh from the box, in a flat whose network has the canary for a password.
    fn unboxed(&self, faults: Faults) -> Unboxed {
        let mut printer = Unboxed::new("PROV_01B1E8", "SN0001");
        printer.faults = Faults { joining: Duration::from_millis(50), ..faults };
        printer.place.hotspots[0].passphrase = CANARY.as_bytes().to_vec();
        let (joined, told) = (self.joined.clone(), self.told.clone());
        printer.on_joined = Some(Box::new(move |printer| {
            joined.lock().unwrap().push(printer.clone());
            told.notify_one();
        }));
        printer
    }

    async fn answer(&self, answer: SetupAnswer) -> SetupStatus {
        self.engine.answer_setup(answer).await.unwrap()
    }

    async fn password(&self, password: &str) -> SetupStatus {
        self.answer(SetupAnswer::Password(Secret::from(password))).await
    }

    async fn choose(&self, ssid: &str) -> SetupStatus {
        self.answer(SetupAnswer::Network { ssid: ssid.as_bytes().to_vec(), security: Security::Wpa2 }).await
    }

    async fn until(&self, what: &str, wanted: impl Fn(&SetupStatus) -> bool) -> SetupStatus {
        let events = self.engine.events();
        let mut follower = events.follow(events.epoch(), events.last()).unwrap();
        let look = async {
            loop {
                if let Some(status) = self.engine.setup().filter(|status| wanted(status)) {
                    return status;
                }
                follower.next().await.unwrap();
            }
        };
        match tokio::time::timeout(PATIENCE, look).await {
            Ok(status) => status,
            Err(_) => panic!("waited for {what}, but it is {:?}", self.engine.setup()),
        }
    }
}

async fn open(data: &Path, air: &Air) -> Engine {
    // The keychain of whoever runs the tests is left alone.
    if !data.join("secrets.bin").exists() {
        let folder = DataDir::open(data).unwrap();
        let secrets = Secrets::open_in(&folder, SecretsChoice::File).await.unwrap();
        secrets.put("begun", &Secret::from("")).await.unwrap();
    }
    let options = EngineOptions {
        start: Start::OnDemand,
        radio: Some(Arc::new(air.clone())),
        store: StoreOptions { free_floor: 0, ballast: 0, readers: 2 },
        ..EngineOptions::new(data)
    };
    Engine::open(options).await.unwrap()
}

fn listed(status: &SetupStatus) -> bool {
    status.step == Step::Network && !status.listing && status.networks.is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_printer_gets_its_wifi_after_a_wrong_password_and_no_secret_stays() {
    let room = Room::open().await;
    room.air.add(ADDRESS, ImprovPrinter::new(room.unboxed(Faults::default())));
    room.engine.start_setup(Some(ADDRESS.to_owned()), None).await.unwrap();
    let status = room.until("a list", listed).await;
    assert!(!status.facts.unwrap().encrypted);
    let names: Vec<_> = status.networks.unwrap().iter().map(|row| row.network.ssid.shown()).collect();
    assert_eq!(names, ["home", "cafe", "office"]);
    // Said before a password is asked for.
    let enterprise = SetupAnswer::Network { ssid: b"office".to_vec(), security: Security::Enterprise };
    assert_eq!(room.answer(enterprise).await.obstacle, Some(Obstacle::Enterprise));
    assert_eq!(room.choose("home").await.step, Step::Password);
    room.password("wrong horse battery").await;
    let status = room.until("a refusal", |status| status.obstacle.is_some()).await;
    assert_eq!((status.step, status.obstacle), (Step::Password, Some(Obstacle::Refused { weak: false })));
    room.password(CANARY).await;
    // It answers at its address, and nobody has told which serial number to bind.
    let status =
        room.until("the end of joining", |status| status.step == Step::Bind && status.obstacle.is_some()).await;
    assert!(status.confirmed && status.sent && !status.bound);
    assert_eq!(room.joined.lock().unwrap()[0].ssid, b"home");
    let status = room.answer(SetupAnswer::Skip).await;
    assert!(status.over && status.confirmed);
    assert_eq!(status.step, Step::Done);
    let shown = format!("{status:?}");
    room.engine.close().await;
    assert_nowhere(room.folder.path(), &shown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_label_finds_its_printer_and_brings_the_code_for_security_2() {
    let room = Room::open().await;
    let printer = EspPrinter::new(EspDevice::new(room.unboxed(Faults::default()), 2));
    let label = printer.label();
    room.air.add("C0:00:00:00:00:02", ImprovPrinter::new(Unboxed::new("OTHER", "SN0002")));
    room.air.add(ADDRESS, printer);
    room.engine.start_setup(None, Some(Secret::from(label))).await.unwrap();
    let status = room.until("a list", listed).await;
    assert_eq!(status.target.unwrap().id, ADDRESS);
    assert!(status.facts.unwrap().encrypted);
    room.choose("home").await;
    room.password(CANARY).await;
    let status = room.until("the end of joining", |status| status.confirmed).await;
    assert_eq!(status.address.as_deref(), Some("127.0.0.1"));
    room.engine.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_code_is_asked_for_again_and_cancelling_lets_go_of_the_printer() {
    let room = Room::open().await;
    let device = room.air.add(ADDRESS, EspPrinter::new(EspDevice::new(room.unboxed(Faults::default()), 1)));
    room.engine.start_setup(Some(ADDRESS.to_owned()), None).await.unwrap();
    room.until("the question", |status| status.wants_code).await;
    room.answer(SetupAnswer::Code(Secret::from("abcd1235"))).await;
    room.until("the refusal", |status| status.wants_code && status.obstacle == Some(Obstacle::WrongCode)).await;
    room.answer(SetupAnswer::Code(Secret::from("abcd1234"))).await;
    room.until("a list", listed).await;
    room.engine.cancel_setup().await.unwrap();
    assert!(room.engine.setup().is_none());
    // It can be connected to again at once.
    assert_eq!(room.air.figures(&device).unwrap().connections, 1);
    room.engine.start_setup(Some(ADDRESS.to_owned()), None).await.unwrap();
    room.until("the question", |status| status.wants_code).await;
    room.engine.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_is_lost_after_the_password_is_not_a_failure_and_survives_a_restart() {
    let mut room = Room::open().await;
    let faults = Faults { lost_after_apply: true, ..Faults::default() };
    room.air.add(ADDRESS, EspPrinter::new(EspDevice::new(room.unboxed(faults), 1)));
    room.engine.start_setup(Some(ADDRESS.to_owned()), None).await.unwrap();
    room.until("the question", |status| status.wants_code).await;
    room.answer(SetupAnswer::Code(Secret::from("abcd1234"))).await;
    room.until("a list", listed).await;
    room.choose("home").await;
    room.password(CANARY).await;
    let status = room.until("sent", |status| status.sent).await;
    assert!(!status.confirmed && !status.over);
    // It has joined all the same.
    tokio::time::timeout(PATIENCE, room.told.notified()).await.unwrap();
    assert_eq!(room.joined.lock().unwrap().len(), 1);
    room.engine.close().await;
    // The next run knows that the password is out: it does not ask for it again.
    room.engine = open(&room.folder.path().join("data"), &room.air).await;
    let status = room.engine.start_setup(Some(ADDRESS.to_owned()), None).await.unwrap();
    assert!(status.sent && status.step >= Step::Join, "{status:?}");
    room.engine.close().await;
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_printer_on_a_cable_gets_its_wifi_and_no_secret_stays() {
    let room = Room::open().await;
    let line =
        Line::plug(SerialPrinter::new(room.unboxed(Faults { names_itself: true, ..Faults::default() }))).unwrap();
    room.engine.join_port(line.path(), Some("Cable Printer"), true);
    let near = room.engine.nearby().await.unwrap().devices;
    let [port] = near.as_slice() else { panic!("one port, not {near:?}") };
    // Nothing was asked before somebody chose it.
    assert_eq!((port.channel, port.setup.unwrap().step), (Channel::Usb, SetupStep::Perhaps));
    room.engine.start_setup(Some(port.id.clone()), None).await.unwrap();
    let status = room.until("a list", listed).await;
    assert_eq!(status.target.unwrap().name.as_deref(), Some("Cable Printer"));
    room.choose("home").await;
    room.password("wrong horse battery").await;
    let status = room.until("a refusal", |status| status.obstacle.is_some()).await;
    assert_eq!((status.step, status.obstacle), (Step::Password, Some(Obstacle::Refused { weak: false })));
    room.password(CANARY).await;
    let status = room.until("the end of joining", |status| status.step == Step::Bind).await;
    assert_eq!((status.confirmed, status.serial.as_deref()), (true, Some("SN0001")));
    assert_eq!(status.address.as_deref(), Some("127.0.0.1"));
    assert_eq!(room.joined.lock().unwrap()[0].ssid, b"home");
    let shown = format!("{status:?}");
    room.engine.close().await;
    assert_nowhere(room.folder.path(), &shown);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cable_that_is_pulled_out_is_told_and_a_port_that_nobody_listed_is_not_opened() {
    let room = Room::open().await;
    let line = Line::plug(SerialPrinter::new(room.unboxed(Faults::default()))).unwrap();
    let unlisted = format!("usb:{}", line.path());
    for id in [unlisted.as_str(), "usb:/dev/null", "softap:8.8.8.8", "softap:example.com"] {
        room.engine.start_setup(Some(id.to_owned()), None).await.unwrap();
        let status = room.until("a refusal", |status| status.obstacle.is_some()).await;
        assert_eq!((status.step, status.obstacle), (Step::Connect, Some(Obstacle::NotInSetup)), "{id}");
    }
    room.engine.join_port(line.path(), None, true);
    room.engine.start_setup(Some(unlisted), None).await.unwrap();
    room.until("a list", listed).await;
    drop(line);
    let status = room.until("the end of the link", |status| status.obstacle.is_some()).await;
    assert_eq!((status.obstacle, status.sent), (Some(Obstacle::LinkLost), false));
    room.engine.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn through_the_printers_own_network_a_wrong_code_is_asked_for_again() {
    for scheme in [1, 2] {
        let room = Room::open().await;
        let point = AccessPoint::open(EspDevice::new(room.unboxed(Faults::default()), scheme)).await.unwrap();
        room.engine.start_setup(Some(format!("softap:{}", point.address())), None).await.unwrap();
        room.until("the question", |status| status.wants_code).await;
        room.answer(SetupAnswer::Code(Secret::from("abcd1235"))).await;
        room.until("the refusal", |status| status.wants_code && status.obstacle == Some(Obstacle::WrongCode)).await;
        room.answer(SetupAnswer::Code(Secret::from("abcd1234"))).await;
        room.until("a list", listed).await;
        room.choose("home").await;
        room.password("wrong horse battery").await;
        let status = room.until("a refusal", |status| status.obstacle.is_some()).await;
        assert_eq!(status.obstacle, Some(Obstacle::Refused { weak: false }), "security {scheme}");
        room.password(CANARY).await;
        let status = room.until("the end of joining", |status| status.confirmed).await;
        assert_eq!((status.address.as_deref(), status.facts.unwrap().encrypted), (Some("127.0.0.1"), true));
        assert_eq!(room.joined.lock().unwrap().len(), 1);
        let shown = format!("{:?}", room.engine.setup());
        room.engine.close().await;
        assert_nowhere(room.folder.path(), &shown);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_point_that_is_gone_after_the_password_is_sent_and_not_confirmed() {
    let room = Room::open().await;
    let faults = Faults { lost_after_apply: true, ..Faults::default() };
    let point = AccessPoint::open(EspDevice::new(room.unboxed(faults), 1)).await.unwrap();
    room.engine.start_setup(Some(format!("softap:{}", point.address())), None).await.unwrap();
    room.until("the question", |status| status.wants_code).await;
    room.answer(SetupAnswer::Code(Secret::from("abcd1234"))).await;
    room.until("a list", listed).await;
    room.choose("home").await;
    room.password(CANARY).await;
    let status = room.until("the end", |status| status.step == Step::Confirm && status.obstacle.is_some()).await;
    assert_eq!((status.obstacle, status.sent, status.confirmed), (Some(Obstacle::Unconfirmed), true, false));
    // It has joined all the same.
    tokio::time::timeout(PATIENCE, room.told.notified()).await.unwrap();
    room.engine.close().await;
}

/// Neither raw nor in hexadecimal digits nor in base 64.
fn assert_nowhere(folder: &Path, shown: &str) {
    let hex: String = CANARY.bytes().map(|byte| format!("{byte:02x}")).collect();
    // Three places of a word in base 64; its middle is the same wherever it begins.
    let needles =
        [CANARY.to_owned(), hex, "FuYXJ5IGhvcnNlIGJhdHRlcn".to_owned(), "YW5hcnkgaG9yc2UgYmF0dGVye".to_owned()];
    let mut texts = vec![shown.as_bytes().to_vec()];
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { texts.push(std::fs::read(path).unwrap()) }
        }
    }
    assert!(texts.len() > 2);
    for needle in needles {
        let found = texts.iter().any(|text| text.windows(needle.len()).any(|window| window == needle.as_bytes()));
        assert!(!found, "{needle} was written");
    }
}
