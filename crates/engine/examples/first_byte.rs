//! How long it takes from *Print* until the first byte of a photo is on its way to a printer over Bluetooth.
//!
//! ```text
//! cargo run --release -p platen-engine --example first_byte
//! {"runs":21,"medianMs":…,"worstMs":…,"release":true,"path":"bluez"}
//! ```
//!
//! The whole way: a photo for a head of 384 dots is submitted; the program's own renderer, confined, makes its dots; the
//! printer is found, connected, asked how it is, and written to through the system's Bluetooth library over the
//! simulated BlueZ (elsewhere than on Linux: straight at the link). The moment is that at which the simulated printer
//! gets its first write that is no question. What a radio adds (an advertisement to wait for, tens of milliseconds for a
//! connection) is not in it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // a measurement that cannot go on has to end

use platen_engine::{Chosen, Engine, EngineOptions, Renderer, Submission, child_main};
use platen_model::gatt::{Advertisement, Tree};
use platen_model::{At, JobState, Moment, PageOptions, Secret};
use platen_sim::air::printers::{Answers, EscPosPrinter, Module, Nature};
use platen_sim::air::{Air, Deed, Peripheral};
use platen_store::{DataDir, Secrets, SecretsChoice, StoreOptions};
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use tokio::sync::watch;

const RUNS: u32 = 21;
const ADDRESS: &str = "C0:00:00:00:00:07";
const FOLDER: &str = "PLATEN_BUS_FOLDER";
/// The longest question that this family asks; a write of a page is as long as the link takes.
const QUESTION: usize = 16;

/// A printer that tells when the first byte of a page came.
struct Watched {
    printer: EscPosPrinter,
    first: watch::Sender<Option<Instant>>,
}

impl Peripheral for Watched {
    fn advertisement(&self) -> Option<Advertisement> {
        self.printer.advertisement()
    }
    fn tree(&self) -> Tree {
        self.printer.tree()
    }
    fn connected(&mut self, now: Moment) {
        self.printer.connected(now);
    }
    fn disconnected(&mut self, now: Moment) {
        self.printer.disconnected(now);
    }
    fn listening(&mut self, now: Moment, at: At, on: bool) {
        self.printer.listening(now, at, on);
    }
    fn written(&mut self, now: Moment, at: At, bytes: &[u8], confirmed: bool) -> Result<(), u8> {
        if bytes.len() > QUESTION {
            self.first.send_if_modified(|first| first.is_none() && first.replace(Instant::now()).is_none());
        }
        self.printer.written(now, at, bytes, confirmed)
    }
    fn read(&mut self, now: Moment, at: At) -> Result<Vec<u8>, u8> {
        self.printer.read(now, at)
    }
    fn poll(&mut self, now: Moment) -> Deed {
        self.printer.poll(now)
    }
}

fn main() {
    let word = std::env::args().nth(1).unwrap_or_default();
    if word == platen_engine::CHILD_COMMAND {
        std::process::exit(child_main());
    }
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("bus");
    if cfg!(target_os = "linux") && std::env::var_os(FOLDER).is_none() {
        // The library looks for the bus in the environment, so it has to be there before anything begins.
        let status = Command::new(std::env::current_exe().unwrap())
            .env(FOLDER, &folder)
            .env("DBUS_SYSTEM_BUS_ADDRESS", format!("unix:path={}", folder.join("bus").display()))
            .status()
            .unwrap();
        assert!(status.success());
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    println!("{}", runtime.block_on(measured(scratch.path())));
}

async fn measured(scratch: &Path) -> serde_json::Value {
    let air = Air::new();
    let (first, mut heard) = watch::channel(None);
    let nature = Nature { buffer: 1 << 20, bytes_per_second: 10_000_000, ..Nature::default() };
    let printer = EscPosPrinter::new("MPT-II", Module::Receipt, Answers::All, nature);
    let engine = open(&scratch.join("data")).await;
    #[cfg(target_os = "linux")]
    let (bluez, path) = {
        let folder = std::path::PathBuf::from(std::env::var_os(FOLDER).unwrap());
        (platen_sim::air::Bluez::start_in(air.clone(), &folder).await.unwrap(), "bluez")
    };
    #[cfg(not(target_os = "linux"))]
    let path = "link";
    air.add(ADDRESS, Watched { printer, first: first.clone() });
    #[cfg(target_os = "linux")]
    engine.join_radio(std::sync::Arc::new(platen_transport::SystemRadio::new()));
    #[cfg(not(target_os = "linux"))]
    engine.join_radio(std::sync::Arc::new(air.clone()));

    let events = engine.events();
    let mut news = events.follow(events.epoch(), events.last()).unwrap();
    engine.start_search().await.unwrap();
    while engine.nearby().await.unwrap().devices.is_empty() {
        news.next().await.unwrap();
    }
    let id = engine.nearby().await.unwrap().devices[0].id.clone();
    let sn = engine.add_device(&id, Chosen::default(), None).await.unwrap().row.sn;

    let mut took = Vec::new();
    // The first one warms what a user has warm, too: the program's pages and the look of the Print screen.
    for run in 0..=RUNS {
        let mut upload = engine.upload("photo.jpg").await.unwrap();
        upload.write(&photo(run)).await.unwrap();
        let (document, _) = upload.finish().await.unwrap();
        first.send_replace(None);
        heard.mark_unchanged();
        let order = Submission {
            caller: "first_byte".to_owned(),
            document: document.id,
            printer: sn.clone(),
            options: PageOptions::default(),
            reference: None,
        };
        let pressed = Instant::now();
        let job = engine.submit(order).await.unwrap().row.id;
        let moment = heard.wait_for(Option::is_some).await.unwrap().unwrap();
        if run > 0 {
            took.push((moment - pressed).as_secs_f64() * 1000.0);
        }
        loop {
            match engine.job(&job).await.unwrap().row.state {
                JobState::Done => break,
                state => assert!(!state.is_settled(), "{state}"),
            }
            if news.next().await.is_err() {
                news = events.follow(events.epoch(), events.last()).unwrap();
            }
        }
    }
    engine.close().await;
    #[cfg(target_os = "linux")]
    bluez.stop().await;
    took.sort_by(f64::total_cmp);
    let tenths = |ms: f64| (ms * 10.0).round() / 10.0;
    serde_json::json!({
        "runs": RUNS,
        "medianMs": tenths(took[took.len() / 2]),
        "worstMs": tenths(took[took.len() - 1]),
        "release": !cfg!(debug_assertions),
        "path": path,
    })
}

async fn open(data: &Path) -> Engine {
    let dir = DataDir::open(data).unwrap();
    // A secrets file that is there is used; the keychain of whoever measures is left alone.
    let secrets = Secrets::open_in(&dir, SecretsChoice::File).await.unwrap();
    secrets.put("begun", &Secret::from("")).await.unwrap();
    drop((dir, secrets));
    let options = EngineOptions {
        renderer: Renderer::child(std::env::current_exe().unwrap()),
        store: StoreOptions { free_floor: 0, ballast: 0, readers: 2 },
        ..EngineOptions::new(data)
    };
    Engine::open(options).await.unwrap()
}

/// A photo of 1,600 × 1,200 pixels; each number is another one, so that nothing is taken from a store of pages.
fn photo(number: u32) -> Vec<u8> {
    let (width, height) = (1600_u16, 1200_u16);
    let mut pixels = Vec::new();
    let mut noise = number + 1;
    for y in 0..u32::from(height) {
        for x in 0..u32::from(width) {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let base = (x / 20 + y / 15 + number) % 200 + (noise >> 28);
            pixels.extend([base, base / 2 + 40, 255 - base].map(|sample| u8::try_from(sample.min(255)).unwrap()));
        }
    }
    let mut jpeg = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut jpeg, 88);
    encoder.encode(&pixels, width, height, jpeg_encoder::ColorType::Rgb).unwrap();
    jpeg
}
