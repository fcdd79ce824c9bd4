//! A printer that nobody knows becomes one of the user's own: test strip, questions, file, print, restart. The judge is
//! the paper of the simulated printer.

use crate::support::{PATIENCE, hand_in, open_engine, picture};
use platen_engine::{
    CheckState, Engine, JobStatus, StripAnswer, StripQuestion, StripReply, StripStatus, StripStep, SystemClock, Window,
};
use platen_model::{Bitmap, JobState, PageOptions};
use platen_sim::air::Air;
use platen_sim::air::printers::{Answers, CatPrinter, EscPosPrinter, Module, Nature, Sheets};
use platen_transport::DeviceAddress;
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

const ADDRESS: &str = "C0:00:00:00:00:58";
const NAME: &str = "No name 58";

struct Bench {
    engine: Engine,
    air: Air,
    address: DeviceAddress,
    sheets: Sheets,
    folder: TempDir,
}

fn unknown() -> EscPosPrinter {
    let fast = Nature { buffer: 1 << 20, bytes_per_second: 10_000_000, ..Nature::default() };
    EscPosPrinter::new(NAME, Module::Unknown, Answers::All, fast).with_head(384)
}

fn reversed(page: &Bitmap) -> Bitmap {
    let rows = page.bytes().iter().map(|byte| !byte).collect();
    Bitmap::from_rows(page.width(), page.height(), rows).unwrap()
}

fn sha256(page: &Bitmap) -> String {
    hex::encode(Sha256::digest(page.bytes()))
}

impl Bench {
    async fn open() -> Self {
        let folder = TempDir::new().unwrap();
        let (air, printer) = (Air::new(), unknown());
        let sheets = printer.sheets();
        let address = air.add(ADDRESS, printer);
        let engine = open_engine(&folder.path().join("data"), Arc::new(SystemClock)).await.unwrap();
        engine.join_radio(Arc::new(air.clone()));
        Self { engine, air, address, sheets, folder }
    }

    /// The program ends and begins again.
    async fn restart(self) -> Self {
        let Self { engine, air, address, sheets, folder } = self;
        engine.close().await;
        let engine = open_engine(&folder.path().join("data"), Arc::new(SystemClock)).await.unwrap();
        engine.join_radio(Arc::new(air.clone()));
        Self { engine, air, address, sheets, folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("data").join(name)
    }

    async fn until<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let events = self.engine.events();
        let mut news = events.follow(events.epoch(), events.last()).unwrap();
        let found = async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                news.next().await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, found)
            .await
            .unwrap_or_else(|_| panic!("never: {what}; the strip is {:?}", self.engine.strip()))
    }

    async fn until_step(&self, step: StripStep) -> StripStatus {
        self.until("a step", async || self.engine.strip().filter(|strip| strip.step == step)).await
    }

    async fn reply(&self, reply: StripReply) -> StripStatus {
        self.engine.answer_strip(StripAnswer::Reply(reply)).await.unwrap()
    }

    /// Prints a strip and looks at the paper: how many bars are whole.
    async fn strip(&self) -> usize {
        self.engine.start_strip(ADDRESS).await.unwrap();
        self.until_step(StripStep::Ask(StripQuestion::CameOut)).await;
        let page = self.paper().pop().unwrap();
        let mut whole = 0;
        let mut y = 0;
        // A bar is whole when the rows below its line are black somewhere: there is nothing but the block.
        while y + 16 <= page.height() {
            whole += usize::from((0..page.width()).any(|x| page.is_black(x, y + 10)));
            y += 32;
        }
        whole
    }

    /// All that a person is asked, and the added printer's serial number.
    async fn find_out(&self, whole: usize, black: bool) -> String {
        assert_eq!(self.reply(StripReply::Bars).await.step, StripStep::Ask(StripQuestion::WholeBars));
        assert_eq!(self.reply(StripReply::Whole(whole)).await.step, StripStep::Ask(StripQuestion::BlackOnWhite));
        self.reply(StripReply::Black(black)).await;
        self.until_step(StripStep::Done).await.printer.unwrap()
    }

    fn paper(&self) -> Vec<Bitmap> {
        self.air.with(&self.address, EscPosPrinter::tear_off);
        self.sheets.all()
    }

    /// Prints a picture: what the preview showed and what came out.
    async fn print(&self, sn: &str) -> (Vec<String>, Vec<Bitmap>) {
        let before = self.paper().len();
        let document = hand_in(&self.engine, "a.png", &picture(3)).await;
        let options = PageOptions::default();
        let preview = self.engine.preview(&document, sn, &options, Window::ALL).await.unwrap();
        let order = platen_engine::Submission {
            caller: "test".to_owned(),
            document,
            printer: sn.to_owned(),
            options,
            reference: None,
        };
        let id = self.engine.submit(order).await.unwrap().row.id;
        let settled =
            async || Some(self.engine.job(&id).await.unwrap()).filter(|job: &JobStatus| job.row.state.is_settled());
        let job = self.until("a settled job", settled).await;
        assert_eq!((job.row.state, job.row.fault.as_ref()), (JobState::Done, None));
        let shown = preview.pages.iter().map(|page| page.sha256.clone()).collect();
        (shown, self.paper().split_off(before))
    }

    /// How the list shows the device, once it is heard.
    async fn listed(&self) -> Option<String> {
        self.engine.start_search().await.unwrap();
        let heard = async || {
            let near = self.engine.nearby().await.unwrap();
            near.devices.into_iter().find(|device| device.id == ADDRESS)
        };
        let device = self.until("the device", heard).await;
        self.engine.stop_search().await.unwrap();
        device.recognised.model
    }
}

#[tokio::test]
async fn an_unknown_printer_becomes_an_own_model_prints_what_was_shown_and_is_known_after_a_restart() {
    let bench = Bench::open().await;
    assert_eq!(bench.listed().await, None);
    let whole = bench.strip().await;
    assert_eq!(whole, 2, "a head of 384 dots ends two of the bars");
    let told = bench.engine.strip().unwrap();
    assert_eq!((told.family, told.strips, told.name.as_deref()), (Some("escpos"), 1, Some(NAME)));
    let sn = bench.find_out(whole, true).await;

    let status = bench.engine.printer(&sn).await.unwrap();
    let model = status.model.unwrap();
    assert_eq!((model.id.as_str(), model.family, model.width_dots), ("own-no-name-58", "escpos", 384));
    assert_eq!((status.row.name.as_str(), status.row.model.as_str()), (NAME, "own-no-name-58"));
    let (shown, out) = bench.print(&sn).await;
    assert_eq!(out.iter().map(sha256).collect::<Vec<_>>(), shown);
    assert_eq!(bench.listed().await.as_deref(), Some("own-no-name-58"));

    let bench = bench.restart().await;
    assert_eq!(bench.engine.strip(), None);
    assert_eq!(bench.listed().await.as_deref(), Some("own-no-name-58"));
    let (shown, out) = bench.print(&sn).await;
    assert_eq!(out.iter().map(sha256).collect::<Vec<_>>(), shown);
}

#[tokio::test]
async fn a_printer_that_burns_white_gets_the_reverse_of_what_is_shown() {
    let bench = Bench::open().await;
    let whole = bench.strip().await;
    let sn = bench.find_out(whole, false).await;
    let (shown, out) = bench.print(&sn).await;
    // This one burns what it gets, so the reverse is on its paper; on one that burns white it is the page.
    assert_eq!(out.iter().map(|page| sha256(&reversed(page))).collect::<Vec<_>>(), shown);
}

#[tokio::test]
async fn without_bars_the_next_language_is_printed_and_a_wrong_answer_changes_nothing() {
    let bench = Bench::open().await;
    bench.strip().await;
    let unfit = bench.engine.answer_strip(StripAnswer::Reply(StripReply::Whole(2))).await.unwrap_err();
    assert_eq!(unfit.code, "strip_answer_unfit");
    bench.reply(StripReply::NoBars).await;
    let next = async || {
        let strip = bench.engine.strip()?;
        (strip.step != StripStep::Printing || strip.fault.is_some()).then_some(strip)
    };
    let strip = bench.until("the next language", next).await;
    // This printer has nothing that looks like the other language: it is asked about, or no language is left.
    assert!(matches!(strip.step, StripStep::Ask(StripQuestion::CameOut) | StripStep::GivenUp), "{strip:?}");
    bench.engine.cancel_strip().await;
    assert_eq!(bench.engine.strip(), None);
    let nothing = bench.engine.answer_strip(StripAnswer::Again).await.unwrap_err();
    assert_eq!(nothing.code, "strip_unknown");
    assert!(bench.engine.printers().await.unwrap().is_empty() && !bench.file("models.toml").exists());
}

#[tokio::test]
async fn a_printer_out_of_paper_range_is_told_and_the_strip_is_printed_again() {
    let bench = Bench::open().await;
    bench.listed().await;
    bench.air.fault(&bench.address, |faults| {
        faults.cut = Some(platen_sim::air::LinkCut { at: 3000, arrives: true });
    });
    bench.engine.start_strip(ADDRESS).await.unwrap();
    let strip = bench.until("a fault", async || bench.engine.strip().filter(|strip| strip.fault.is_some())).await;
    assert_eq!((strip.step, strip.fault.unwrap().code.as_ref()), (StripStep::Printing, "ble_link_lost"));
    bench.engine.answer_strip(StripAnswer::Again).await.unwrap();
    let strip = bench.until_step(StripStep::Ask(StripQuestion::CameOut)).await;
    assert_eq!(strip.fault, None);
}

#[tokio::test]
async fn a_spoiled_file_is_told_kept_and_stops_nothing_and_a_good_one_is_read_while_running() {
    let bench = Bench::open().await;
    let row = "[[model]]\nid = 'own-kitchen'\nfamily = 'escpos'\nname = 'Kitchen'\nwidth_dots = 384\ndpi = 203\n\
               support = 'documented'\nble = { names = ['No name 58'] }\n";
    let bad_row = row.replace("own-kitchen", "own-wide").replace("384", "383");
    std::fs::write(bench.file("models.toml"), format!("{row}{bad_row}")).unwrap();
    assert_eq!(bench.listed().await.as_deref(), Some("own-kitchen"), "read while the program runs");
    let doctor = async |bench: &Bench| {
        let checks = bench.engine.doctor().await.unwrap();
        checks.into_iter().find(|check| check.id == "models").unwrap()
    };
    let check = doctor(&bench).await;
    assert_eq!(check.state, CheckState::Warning);
    assert!(check.detail.contains("own-wide") && check.remedy.contains("models.toml"), "{check:?}");

    let spoiled = "[[model]\nid = ";
    std::fs::write(bench.file("models.toml"), spoiled).unwrap();
    assert_eq!(bench.listed().await.as_deref(), Some("own-kitchen"), "what was known goes on until the file is right");
    assert!(doctor(&bench).await.detail.contains("no TOML"));
    let bench = bench.restart().await;
    assert_eq!(bench.listed().await, None);
    let whole = bench.strip().await;
    let sn = bench.find_out(whole, true).await;
    assert_eq!(std::fs::read_to_string(bench.file("models.damaged-1.toml")).unwrap(), spoiled);
    assert!(doctor(&bench).await.detail.contains("models.damaged-1.toml"));
    let bench = bench.restart().await;
    let (shown, out) = bench.print(&sn).await;
    assert_eq!(out.iter().map(sha256).collect::<Vec<_>>(), shown);
}

#[tokio::test]
async fn a_job_waits_while_its_printers_model_is_not_in_the_file() {
    let bench = Bench::open().await;
    let whole = bench.strip().await;
    let sn = bench.find_out(whole, true).await;
    let rows = std::fs::read_to_string(bench.file("models.toml")).unwrap();
    std::fs::write(bench.file("models.toml"), "").unwrap();
    let order = platen_engine::Submission {
        caller: "test".to_owned(),
        document: hand_in(&bench.engine, "a.png", &picture(3)).await,
        printer: sn,
        options: PageOptions::default(),
        reference: None,
    };
    let job = bench.engine.submit(order).await.unwrap().row.id;
    let waits = async || {
        let row = bench.engine.job(&job).await.unwrap().row;
        row.fault.filter(|_| row.state == JobState::Waiting)
    };
    assert_eq!(bench.until("why it waits", waits).await.code, "model_unknown");
    std::fs::write(bench.file("models.toml"), rows).unwrap();
    let done = async || Some(bench.engine.job(&job).await.unwrap()).filter(|job| job.row.state == JobState::Done);
    assert_eq!(bench.until("the job", done).await.row.fault, None);
}

#[tokio::test]
async fn a_printer_of_the_second_language_is_found_too() {
    let folder = TempDir::new().unwrap();
    let air = Air::new();
    let fast = Nature { buffer: 1 << 20, bytes_per_second: 10_000_000, ..Nature::default() };
    let printer = CatPrinter::new("Nobody knows me", fast);
    let sheets = printer.sheets();
    air.add(ADDRESS, printer);
    let engine = open_engine(&folder.path().join("data"), Arc::new(SystemClock)).await.unwrap();
    engine.join_radio(Arc::new(air.clone()));
    let events = engine.events();
    let mut news = events.follow(events.epoch(), events.last()).unwrap();
    engine.start_strip(ADDRESS).await.unwrap();
    let found = async {
        loop {
            let strip = engine.strip().unwrap();
            match strip.step {
                StripStep::Ask(StripQuestion::CameOut) if sheets.all().is_empty() => {
                    engine.answer_strip(StripAnswer::Reply(StripReply::NoBars)).await.unwrap();
                }
                StripStep::Ask(StripQuestion::CameOut) => return strip,
                _ => {
                    assert_eq!(strip.fault, None);
                    news.next().await.unwrap();
                }
            }
        }
    };
    let strip = tokio::time::timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("{:?}", engine.strip()));
    assert_eq!(strip.family, Some("cat"));
}
