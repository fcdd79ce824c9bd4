//! Printers in trouble over Bluetooth (JD, the row of Bluetooth; fault 25): paper that ends, heat, a counter, strangers,
//! printers that lie or say everything twice. The judge is the paper.

use crate::support::{FastClock, Stand, Walker, open_engine, photo};
use futures_util::future::join_all;
use platen_engine::{Clock, SystemClock};
use platen_model::JobState;
use platen_sim::air::printers::{
    Answers, CatPrinter, EscPosPrinter, Module, Nature, NiimbotFaults, NiimbotKind, NiimbotPrinter, V5xPrinter,
};
use platen_sim::air::{Air, LinkCut};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

const SERIAL: &str = "G121110123";
const NAME: &str = "B1-G121110123";

/// A language: a model of it, a place, and a printer of this nature there.
struct Language {
    model: &'static str,
    address: &'static str,
    put: fn(&Air, &str, Nature) -> Stand,
}

const ESCPOS: Language = Language {
    model: "pocket-escpos-384",
    address: "C0:00:00:00:04:01",
    put: |air, address, nature| {
        Stand::put(air, address, EscPosPrinter::new("MPT-II", Module::Pocket, Answers::All, nature))
    },
};
const CAT: Language = Language {
    model: "cat-384",
    address: "C0:00:00:00:04:02",
    put: |air, address, nature| Stand::put(air, address, CatPrinter::new("GT01", nature)),
};
const V5G: Language = Language {
    model: "cat-v5g-384",
    address: "C0:00:00:00:04:03",
    put: |air, address, nature| Stand::put(air, address, CatPrinter::new("MX06", nature)),
};
const V5X: Language = Language {
    model: "cat-v5x-mxw01",
    address: "C0:00:00:00:04:04",
    put: |air, address, nature| Stand::put(air, address, V5xPrinter::new("MXW01", nature)),
};
const NIIMBOT: Language = Language {
    model: "niimbot-b1",
    address: "C0:00:00:00:04:05",
    put: |air, address, nature| Stand::put(air, address, niimbot(NAME, nature)),
};
/// What V5X's errors mean nobody has published.
const UNNAMED: &str = "printer_refused";
const ALL: [Language; 5] = [ESCPOS, CAT, V5G, V5X, NIIMBOT];

fn niimbot(name: &str, nature: Nature) -> NiimbotPrinter {
    NiimbotPrinter::new(name, NiimbotKind::B1, nature, NiimbotFaults::default())
}

fn quick() -> Nature {
    Nature { bytes_per_second: 50_000, ..Nature::default() }
}

struct Street {
    walker: Walker,
    air: Air,
    _folder: TempDir,
}

impl Street {
    async fn open() -> Self {
        Self::with(Arc::new(SystemClock)).await
    }

    async fn with(clock: Arc<dyn Clock>) -> Self {
        let folder = TempDir::new().unwrap();
        let air = Air::new();
        let engine = open_engine(&folder.path().join("data"), clock).await.unwrap();
        engine.join_radio(Arc::new(air.clone()));
        Self { walker: Walker { engine }, air, _folder: folder }
    }

    /// A printer that was well when it was added and is of this nature now.
    async fn added(&self, language: &Language, nature: Nature) -> (Stand, String) {
        let Language { model, address, put } = language;
        put(&self.air, address, quick());
        let sn = self.walker.add(address, Some(model)).await;
        (put(&self.air, address, nature), sn)
    }
}

/// How often a page is on paper.
fn copies(paper: &[String], shown: &[String]) -> usize {
    paper.iter().filter(|page| **page == shown[0]).count()
}

/// Trouble in the middle of a job that nobody puts right: what the job says, and that neither it nor the next one comes
/// out twice.
async fn ends_as(street: &Street, language: &Language, nature: Nature, code: &str) {
    let (stand, sn) = street.added(language, nature).await;
    let (job, shown) = street.walker.submit(&sn, "a.png", &photo(1)).await;
    let failed = street.walker.settled(&job).await;
    let fault = failed.row.fault.as_ref().map(|fault| fault.code.to_string());
    let model = language.model;
    assert_eq!((failed.row.state, fault.as_deref()), (JobState::Failed, Some(code)), "{model}: {:?}", failed.row.fault);
    assert_eq!((failed.row.attempt, copies(&stand.paper(), &shown)), (1, 0), "{model}");
    // Somebody puts it right and prints something else: only that comes out.
    let stand = (language.put)(&street.air, language.address, quick());
    let (other, wanted) = street.walker.submit(&sn, "b.png", &photo(2)).await;
    assert_eq!(street.walker.settled(&other).await.row.state, JobState::Done, "{model}");
    assert_eq!(stand.paper(), wanted, "{model}");
}

/// Trouble in the middle of a job that somebody puts right in time: it is told, and the page is whole.
async fn goes_on(street: &Street, language: &Language, nature: Nature, code: &str) {
    let (stand, sn) = street.added(language, nature).await;
    let (job, shown) = street.walker.submit(&sn, "a.png", &photo(1)).await;
    let told = async || {
        let status = street.walker.engine.printer(&sn).await.unwrap();
        status.problems.iter().any(|problem| problem.fault.code == *code).then_some(())
    };
    street.walker.until(&format!("{} says {code}", language.model), told).await;
    let done = street.walker.settled(&job).await;
    assert_eq!((done.row.state, done.row.attempt), (JobState::Done, 1), "{}: {:?}", language.model, done.row.fault);
    assert_eq!((stand.paper(), stand.lost()), (shown, 0), "{}", language.model);
}

#[tokio::test]
async fn paper_that_ends_in_the_middle_fails_the_job_and_nothing_comes_out_twice() {
    // One that is waited for gives up after a minute of this clock.
    let street = Street::with(Arc::new(FastClock::times(20))).await;
    let nature = || Nature { paper_ends_after: Some(1700), ..quick() };
    let word = |language: &Language| if language.model == V5X.model { UNNAMED } else { "out_of_paper" };
    join_all(ALL.iter().map(|language| ends_as(&street, language, nature(), word(language)))).await;
}

#[tokio::test]
async fn paper_that_somebody_puts_in_goes_on_where_the_printer_waits_for_it() {
    let street = Street::with(Arc::new(FastClock::times(10))).await;
    let nature = Nature { paper_ends_after: Some(1500), remedied_after: Some(Duration::from_secs(2)), ..quick() };
    goes_on(&street, &ESCPOS, nature, "out_of_paper").await;
}

#[tokio::test]
async fn a_hot_head_is_waited_for_or_fails_the_job_as_overheated() {
    let street = Street::with(Arc::new(FastClock::times(10))).await;
    let hot = || Nature { overheats_after: Some(1500), ..quick() };
    let cools = || Nature { remedied_after: Some(Duration::from_secs(2)), ..hot() };
    tokio::join!(
        goes_on(&street, &ESCPOS, cools(), "overheated"),
        goes_on(&street, &CAT, cools(), "overheated"),
        goes_on(&street, &V5G, cools(), "overheated"),
        ends_as(&street, &V5X, hot(), UNNAMED),
        ends_as(&street, &NIIMBOT, hot(), "overheated"),
    );
}

#[tokio::test]
async fn printers_that_say_everything_twice_print_once() {
    let street = Street::open().await;
    let one = async |language: &Language| {
        let (stand, sn) = street.added(language, Nature { repeats: true, ..quick() }).await;
        street.air.fault(&stand.address, |faults| faults.repeat = 2);
        let (job, shown) = street.walker.submit(&sn, "a.png", &photo(3)).await;
        let done = street.walker.settled(&job).await;
        assert_eq!((done.row.state, done.row.attempt), (JobState::Done, 1), "{}: {:?}", language.model, done.row.fault);
        assert_eq!(stand.paper(), shown, "{}", language.model);
    };
    join_all(ALL.iter().map(one)).await;
}

#[tokio::test]
async fn a_lie_never_makes_a_page_come_out_twice() {
    let street = Street::with(Arc::new(FastClock::times(4))).await;
    // It takes in everything at once, prints for a second or two, and says all the while that it is done.
    let lies = || Nature { lies: true, buffer: 1 << 20, ..quick() };
    let one = async |language: &Language| {
        let model = language.model;
        let (stand, sn) = street.added(language, lies()).await;
        let (job, shown) = street.walker.submit(&sn, "a.png", &photo(4)).await;
        let done = street.walker.settled(&job).await;
        assert_eq!((done.row.state, done.row.attempt), (JobState::Done, 1), "{model}: {:?}", done.row.fault);
        // The link breaks in the middle of the next page; what it says afterwards is no proof that nothing came out.
        street.air.fault(&stand.address, |faults| faults.cut = Some(LinkCut { at: 2000, arrives: true }));
        let (broken, half) = street.walker.submit(&sn, "b.png", &photo(5)).await;
        let open = street.walker.settled(&broken).await;
        assert_eq!((open.row.state, open.row.attempt), (JobState::Uncertain, 1), "{model}: {:?}", open.row.fault);
        assert!(open.row.fault.unwrap().message.contains('%'), "{model}");
        street.walker.engine.resolve_done(&broken).await.unwrap();
        let (last, whole) = street.walker.submit(&sn, "c.png", &photo(6)).await;
        assert_eq!(street.walker.settled(&last).await.row.state, JobState::Done, "{model}");
        let paper = stand.paper();
        assert_eq!((copies(&paper, &shown), copies(&paper, &half), copies(&paper, &whole)), (1, 0, 1), "{model}");
    };
    join_all(ALL.iter().map(one)).await;
}

/// A label printer that takes two seconds for a label, whose link breaks when it has the whole label; `meanwhile`
/// happens before it is met again. The job, how often its page is on paper then, and the printer.
async fn broken_behind_the_last_byte(
    street: &Street,
    meanwhile: impl FnOnce(&mut NiimbotPrinter),
) -> (platen_engine::JobStatus, usize) {
    let (stand, sn) = street.added(&NIIMBOT, Nature { bytes_per_second: 4000, ..quick() }).await;
    let (job, shown) = street.walker.submit(&sn, "a.png", &photo(7)).await;
    let burning = |told: &platen_engine::JobStatus| {
        let carried = told.row.carried;
        carried.sent.zip(carried.total).is_some_and(|(sent, total)| sent + 16 >= total)
    };
    street.walker.until_job(&job, "it has the whole label", burning).await;
    street.air.with(&stand.address, meanwhile).unwrap();
    street.air.break_link(&stand.address);
    let settled = street.walker.settled(&job).await;
    (settled, copies(&stand.paper(), &shown))
}

#[tokio::test]
async fn a_counter_that_moved_by_exactly_this_job_says_that_it_is_done() {
    let street = Street::open().await;
    let (job, on_paper) = broken_behind_the_last_byte(&street, |_| ()).await;
    assert_eq!((job.row.state, job.row.attempt, on_paper), (JobState::Done, 1, 1), "{:?}", job.row.fault);
    assert!(job.row.detail.contains("by counter"), "{}", job.row.detail);
}

#[tokio::test]
async fn a_counter_that_moved_otherwise_says_nothing() {
    let street = Street::open().await;
    let (job, on_paper) =
        broken_behind_the_last_byte(&street, |printer| (0..2).for_each(|_| printer.print_for_another())).await;
    assert_eq!((job.row.state, job.row.attempt, on_paper), (JobState::Uncertain, 1, 0), "{:?}", job.row.detail);
    assert!(job.row.fault.unwrap().message.contains('%'));
}

#[tokio::test]
async fn a_counter_that_did_not_move_resends_only_what_never_began() {
    let street = Street::with(Arc::new(FastClock::times(10))).await;
    let (stand, sn) = street.added(&NIIMBOT, quick()).await;
    let cut = |at| street.air.fault(&stand.address, |faults| faults.cut = Some(LinkCut { at, arrives: true }));
    // Nothing of the page has left yet: questions and the beginning of a print.
    cut(90);
    let (job, shown) = street.walker.submit(&sn, "a.png", &photo(8)).await;
    let done = street.walker.settled(&job).await;
    assert_eq!((done.row.state, done.row.attempt), (JobState::Done, 2), "{:?}", done.row.fault);
    assert_eq!(stand.paper(), shown);
    // Rows have left: half a label may be on paper, which no counter tells.
    cut(3000);
    let (job, _) = street.walker.submit(&sn, "b.png", &photo(9)).await;
    let open = street.walker.settled(&job).await;
    assert_eq!((open.row.state, open.row.attempt), (JobState::Uncertain, 1), "{:?}", open.row.detail);
    let message = open.row.fault.unwrap().message;
    let percent: String =
        message.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    assert!((10..90).contains(&percent.parse::<u32>().unwrap()), "{message}");
    assert_eq!(stand.paper(), shown);
}

#[tokio::test]
async fn a_printer_that_does_not_come_back_leaves_the_job_uncertain() {
    let street = Street::with(Arc::new(FastClock::times(20))).await;
    let (stand, sn) = street.added(&NIIMBOT, Nature { bytes_per_second: 4000, ..quick() }).await;
    let (job, _) = street.walker.submit(&sn, "a.png", &photo(10)).await;
    street.walker.until_job(&job, "rows have left", |job| job.row.carried.sent > Some(500)).await;
    street.air.set_in_range(&stand.address, false);
    let open = street.walker.settled(&job).await;
    assert_eq!((open.row.state, open.row.attempt), (JobState::Uncertain, 1), "{:?}", open.row.detail);
}

#[tokio::test]
async fn another_printer_at_the_same_address_is_refused_and_prints_nothing() {
    let street = Street::open().await;
    let (_, sn) = street.added(&NIIMBOT, quick()).await;
    assert_eq!(sn, SERIAL);
    let stranger = Stand::put(&street.air, NIIMBOT.address, niimbot("B1-H999999999", quick()));
    let (job, shown) = street.walker.submit(&sn, "a.png", &photo(11)).await;
    let waits = street.walker.until_told(&job, "ble_other_printer").await;
    assert_eq!((waits.row.state, waits.row.attempt), (JobState::Ready, 0));
    // The right one is somewhere else: it is found by its name and known by its serial number.
    let right = Stand::put(&street.air, "C0:00:00:00:04:99", niimbot(NAME, quick()));
    let printed = street.walker.settled(&job).await;
    assert_eq!(printed.row.state, JobState::Done, "{:?}", printed.row.fault);
    assert_eq!((right.paper(), stranger.paper()), (shown, vec![]));
}
