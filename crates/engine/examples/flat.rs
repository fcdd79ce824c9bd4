//! How much memory the engine and its renderer take, when the first dot is there, and how fast a slider answers.
//!
//! ```text
//! cargo run --release -p platen-engine --example flat            every row below
//! cargo run --release -p platen-engine --example flat -- pdf300  one of them
//! ```
//!
//! One line of JSON for each row. The whole way is gone: a simulated world in a process of its own, a bound printer, a
//! document handed in, rendered in the confined child and sent over HTTP. `parentPeakKib` and `childPeakKib` are the
//! highest resident sizes of the engine's process (`parentBaseKib` of it before the document was there) and of the
//! largest renderer; times are of this process' clock, `firstBytesMs` and `allBytesMs` from handing the job in until its first
//! bytes, or all of them, lie in the spool. Linux only: it reads `/proc`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a measurement that cannot go on has to end

use platen_engine::{BindResult, Engine, EngineOptions, Mode, Renderer, Window, child_main};
use platen_model::{JobState, PageOptions, Secret};
use platen_sim::{World, WorldOptions};
use platen_store::{DataDir, Secrets, SecretsChoice, StoreOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const ROWS: [&str; 4] = ["pdf300", "banner10m", "text1mib", "slider12mp"];

fn main() {
    let word = std::env::args().nth(1).unwrap_or_default();
    if word == platen_engine::CHILD_COMMAND {
        std::process::exit(child_main());
    }
    let runtime = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    match word.as_str() {
        "__world" => runtime().block_on(world()),
        "" => {
            for row in ROWS {
                // A process of its own: what one row has taken must not be counted for the next.
                let program = std::env::current_exe().unwrap();
                assert!(Command::new(program).arg(row).status().unwrap().success(), "{row}");
            }
        }
        row => println!("{}", runtime().block_on(measured(row))),
    }
}

/// The world, until its input ends: a line of profile, serial number and model of a printer.
async fn world() {
    let folder = tempfile::tempdir().unwrap();
    let options = WorldOptions { speed: 1e6, ..WorldOptions::new(folder.path()) };
    let world = World::start(options).await.unwrap();
    let printer = world.hello().printers.iter().find(|printer| !printer.wants_code).unwrap();
    let profile = world.profile(Mode::Direct).to_toml();
    println!("{}", serde_json::to_string(&(profile, &printer.sn, &printer.model)).unwrap());
    std::io::stdout().flush().unwrap();
    tokio::task::spawn_blocking(|| std::io::stdin().lock().lines().count()).await.unwrap();
}

async fn measured(row: &str) -> serde_json::Value {
    let program = std::env::current_exe().unwrap();
    let mut outside = Command::new(&program);
    let mut outside = outside.arg("__world").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(outside.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let (profile, sn, model): (String, String, String) = serde_json::from_str(&line).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let data = DataDir::open(folder.path()).unwrap();
    let secrets = Secrets::open_in(&data, SecretsChoice::File).await.unwrap();
    secrets.put("begun", &Secret::from("")).await.unwrap();
    drop((data, secrets));
    let options = EngineOptions {
        renderer: Renderer::child(program),
        store: StoreOptions { free_floor: 0, ballast: 0, readers: 2 },
        ..EngineOptions::new(folder.path())
    };
    let engine = Engine::open(options).await.unwrap();
    engine.use_profile(&profile, None, true).await.unwrap();
    let bound = engine.bind(&sn, None, None, Some(&model)).await.unwrap();
    assert!(matches!(bound, BindResult::Bound(_)), "{bound:?}");

    let children = watch_children(outside.id());
    let result = match row {
        "pdf300" => printed(&engine, folder.path(), &sn, "300.pdf", pdf(300), &children).await,
        "banner10m" => printed(&engine, folder.path(), &sn, "banner.svg", banner(), &children).await,
        "text1mib" => printed(&engine, folder.path(), &sn, "long.txt", long_text(), &children).await,
        "slider12mp" => slider(&engine, &sn).await,
        other => panic!("there is no row {other}; there are {ROWS:?}"),
    };
    engine.close().await;
    drop(outside.stdin.take());
    outside.wait().unwrap();
    let mut all = serde_json::json!({ "row": row, "release": !cfg!(debug_assertions) });
    all.as_object_mut().unwrap().extend(result.as_object().unwrap().clone());
    all
}

/// Prints a document through the platform.
async fn printed(
    engine: &Engine,
    data: &Path,
    sn: &str,
    name: &str,
    document: Vec<u8>,
    children: &AtomicU64,
) -> serde_json::Value {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let document_bytes = document.len();
    std::fs::write(&path, document).unwrap();
    // What made the document is not the engine's.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let base = peak("self").unwrap();
    let mut upload = engine.upload(name).await.unwrap();
    for piece in read_pieces(&path) {
        upload.write(&piece).await.unwrap();
    }
    let (row, _) = upload.finish().await.unwrap();
    let options = PageOptions::default();

    let order = platen_engine::Submission {
        caller: "flat".to_owned(),
        document: row.id,
        printer: sn.to_owned(),
        options,
        reference: None,
    };
    let submitted = Instant::now();
    let spool = watch_spool(data.to_owned());
    let job = engine.submit(order).await.unwrap().row.id;
    let events = engine.events();
    let mut follower = events.follow(events.epoch(), events.last()).unwrap();
    let pages = loop {
        let job = engine.job(&job).await.unwrap().row;
        match job.state {
            JobState::Sent | JobState::Done => break job.pages,
            state if state.is_settled() => panic!("{state}: {:?}", job.fault),
            _ => {}
        }
        if follower.next().await.is_err() {
            follower = events.follow(events.epoch(), events.last()).unwrap();
        }
    };
    let sent = submitted.elapsed();
    let (first, whole, prn_bytes) = spool.join().unwrap();
    serde_json::json!({
        "documentBytes": document_bytes,
        "pages": pages,
        "prnBytes": prn_bytes,
        "firstBytesMs": milliseconds(first - submitted),
        "allBytesMs": milliseconds(whole - submitted),
        "submitToSentMs": milliseconds(sent),
        "parentBaseKib": base,
        "parentPeakKib": peak("self"),
        "childPeakKib": children.load(Ordering::Relaxed),
    })
}

/// Looks into the spool until the PRN of its job is whole: when its first bytes were there, when all, and how many.
fn watch_spool(folder: PathBuf) -> std::thread::JoinHandle<(Instant, Instant, u64)> {
    std::thread::spawn(move || {
        let mut first = None;
        loop {
            let jobs = std::fs::read_dir(folder.join("spool/jobs")).into_iter().flatten().flatten();
            for job in jobs.map(|job| job.path()) {
                let size = |name: &str| std::fs::metadata(job.join(name)).map_or(0, |file| file.len());
                if size("page.prn.tmp") > 0 {
                    first.get_or_insert_with(Instant::now);
                }
                let whole = size("page.prn");
                if whole > 0 {
                    let now = Instant::now();
                    return (first.unwrap_or(now), now, whole);
                }
            }
            std::thread::sleep(Duration::from_micros(200));
        }
    })
}

/// Moves the brightness of a 12-megapixel photo step by step.
async fn slider(engine: &Engine, sn: &str) -> serde_json::Value {
    let mut upload = engine.upload("photo.jpg").await.unwrap();
    upload.write(&photo()).await.unwrap();
    let (row, _) = upload.finish().await.unwrap();
    let window = Window { first: 0, count: 1 };
    let shown = async |brightness: i8| {
        let begun = Instant::now();
        let options = PageOptions { brightness, ..PageOptions::default() };
        let preview = engine.preview(&row.id, sn, &options, window).await.unwrap();
        let png = engine.preview_page(&preview.handle, 0).await.unwrap();
        (milliseconds(begun.elapsed()), png.len(), preview.pages[0].height)
    };
    let (opened, png_bytes, height) = shown(0).await;
    let mut steps = Vec::new();
    for step in 1..=25_i8 {
        steps.push(shown(step * 3).await.0);
    }
    steps.sort_by(f64::total_cmp);
    serde_json::json!({
        "openMs": opened,
        "stepMedianMs": steps[steps.len() / 2],
        "stepWorstMs": steps[steps.len() - 1],
        "pageRows": height,
        "pngBytes": png_bytes,
    })
}

fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}

/// The highest resident size of a process, in KiB.
fn peak(process: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// Looks at the children every few milliseconds; the highest resident size of any of them but `not`, in KiB.
fn watch_children(not: u32) -> Arc<AtomicU64> {
    let most = Arc::new(AtomicU64::new(0));
    let seen = most.clone();
    std::thread::spawn(move || {
        loop {
            let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
            let children = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
            for child in children.flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()) {
                // Until it has become the renderer it is a copy of us, and not to be counted.
                let is_renderer = std::fs::read_to_string(format!("/proc/{child}/cmdline"))
                    .is_ok_and(|line| line.contains(platen_engine::CHILD_COMMAND));
                if child != not.to_string() && is_renderer {
                    seen.fetch_max(peak(&child).unwrap_or(0), Ordering::Relaxed);
                }
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    });
    most
}

fn read_pieces(path: &std::path::Path) -> impl Iterator<Item = Vec<u8>> {
    let mut file = std::fs::File::open(path).unwrap();
    std::iter::from_fn(move || {
        let mut piece = Vec::new();
        std::io::Read::take(&mut file, 64 << 10).read_to_end_into(&mut piece);
        (!piece.is_empty()).then_some(piece)
    })
}

/// Reads to the end, or ends the measurement.
trait ReadToEnd {
    fn read_to_end_into(self, to: &mut Vec<u8>);
}

impl<R: std::io::Read> ReadToEnd for R {
    fn read_to_end_into(mut self, to: &mut Vec<u8>) {
        self.read_to_end(to).unwrap();
    }
}

/// Pages of text with a grey bar and a curve, A4.
fn pdf(pages: usize) -> Vec<u8> {
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    let mut object = |file: &mut Vec<u8>, body: String| {
        places.push(file.len());
        file.extend(format!("{} 0 obj\n{body}\nendobj\n", places.len()).bytes());
    };
    let kids: String = (0..pages).map(|page| format!("{} 0 R ", 4 + 2 * page)).collect();
    object(&mut file, "<</Type/Catalog/Pages 2 0 R>>".to_owned());
    object(&mut file, format!("<</Type/Pages/Kids[{kids}]/Count {pages}>>"));
    object(&mut file, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned());
    for page in 0..pages {
        let mut drawn = format!(
            "0.7 g 50 760 {} 20 re f 0 g 50 60 m 200 {} 400 10 550 60 c S BT /F 10 Tf 12 TL 50 740 Td ",
            100 + page,
            60 + page
        );
        for line in 0..54 {
            drawn += &format!(
                "(Page {page}, line {line}: the quick brown fox jumps over the lazy dog {}) Tj T* ",
                page * line
            );
        }
        drawn += "ET";
        let content = 5 + 2 * page;
        object(
            &mut file,
            format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>/Contents {content} 0 R>>"
            ),
        );
        object(&mut file, format!("<</Length {}>>stream\n{drawn}\nendstream", drawn.len()));
    }
    let start = file.len();
    file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1).bytes());
    for place in &places {
        file.extend(format!("{place:010} 00000 n \n").bytes());
    }
    file.extend(format!("trailer<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n", places.len() + 1).bytes());
    file
}

/// Ten metres of paper at 203 dpi and 384 dots: 79,921 rows.
fn banner() -> Vec<u8> {
    let mut svg = String::from(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 384 79921'><rect width='384' height='79921' fill='#ddd'/>",
    );
    for step in 0..400 {
        let y = step * 200;
        svg += &format!(
            "<circle cx='192' cy='{}' r='80' fill='#{:x}{:x}{:x}'/><path d='M10 {y} L374 {}' stroke='black' stroke-width='3'/>",
            y + 100,
            step % 16,
            step % 16,
            step % 16,
            y + 190
        );
    }
    (svg + "</svg>").into_bytes()
}

fn long_text() -> Vec<u8> {
    "The quick brown fox jumps over the lazy dog, again and again and again.\n".bytes().cycle().take(1 << 20).collect()
}

/// 4000 × 3000 pixels with soft and hard edges and some noise.
fn photo() -> Vec<u8> {
    let (width, height) = (4000_u16, 3000_u16);
    let mut pixels = Vec::with_capacity(36_000_000);
    let mut noise = 1_u32;
    for y in 0..u32::from(height) {
        for x in 0..u32::from(width) {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let base = (x / 20 + y / 15) % 200 + (noise >> 28);
            let edge = if (x / 400 + y / 300) % 3 == 0 { 40 } else { 0 };
            pixels.extend([base + edge, base, 255 - base].map(|sample| u8::try_from(sample.min(255)).unwrap()));
        }
    }
    let mut jpeg = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut jpeg, 88);
    encoder.encode(&pixels, width, height, jpeg_encoder::ColorType::Rgb).unwrap();
    jpeg
}
