//! A hostile document ends its child and nothing else (promise CT-1, fault 23).
//!
//! This program is tested from both sides: as the engine, and, started again by it, as a renderer that was taken over by
//! a document and tries what it must not be able to do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)] // a test with its own `main`

#[cfg(unix)]
fn main() {
    let word = std::env::args().nth(1).unwrap_or_default();
    match word.as_str() {
        platen_engine::CHILD_COMMAND => std::process::exit(platen_engine::child_main()),
        "__try" => inside::try_everything(),
        "__render-all" => inside::render_everything(),
        "__spin" => inside::spin(),
        "__eat" => inside::eat(),
        _ => outside::run(&word),
    }
}

#[cfg(not(unix))]
fn main() {}

/// In the child.
#[cfg(unix)]
mod inside {
    use platen_engine::{Limits, confine};
    use platen_model::{DocumentName, PageOptions};
    use platen_render::Target;
    use std::io::Read;

    fn limits() -> Limits {
        let mut words = std::env::args().skip(2);
        let mut next = || words.next().unwrap().parse().unwrap();
        Limits { memory: next(), cpu: next(), ..Limits::default() }
    }

    pub(super) fn try_everything() {
        let held = confine(&Limits::default());
        println!("limits {}, files {}, calls {}", held.limits, held.files, held.calls);
        let tell = |what: &str, done: bool| println!("{what}: {}", if done { "possible" } else { "refused" });
        tell("read a file", std::fs::File::open("/etc/passwd").is_ok());
        tell("write a file", std::fs::write("/tmp/platen-was-here", b"x").is_ok());
        tell("list a folder", std::fs::read_dir("/").is_ok());
        tell("see a file", std::fs::metadata("/etc/passwd").is_ok());
        tell("open a TCP socket", std::net::TcpListener::bind("127.0.0.1:0").is_ok());
        tell("open a UDP socket", std::net::UdpSocket::bind("127.0.0.1:0").is_ok());
        tell("open a local socket", std::os::unix::net::UnixStream::pair().is_ok());
        tell("start a program", std::process::Command::new("/bin/true").spawn().is_ok());
        tell("start a thread", std::thread::Builder::new().spawn(|| ()).is_ok());
        tell("become another program", {
            use std::os::unix::process::CommandExt;
            // Returns only when it failed.
            let _ = std::process::Command::new("/bin/true").exec();
            false
        });
        tell("take two gigabytes", Vec::<u8>::new().try_reserve_exact(2 << 30).is_ok());
        println!("end");
    }

    /// The readers need nothing that the filter refuses.
    pub(super) fn render_everything() {
        let held = confine(&Limits::default());
        let target = Target { width_dots: 384, dpi: 203, dot_gain: 0, across: false };
        for (name, bytes) in super::documents() {
            let name = DocumentName::new(name);
            let rendered = platen_render::render(&bytes, &name, &target, &PageOptions::default());
            println!(
                "{}: {}",
                name.as_str(),
                rendered.map_or_else(
                    |error| error.to_string(),
                    |done| { format!("{} dots", done.pages.iter().map(platen_model::Bitmap::black_dots).sum::<u64>()) }
                )
            );
        }
        println!("calls {}", held.calls);
    }

    pub(super) fn spin() {
        confine(&limits());
        let mut number = 0_u64;
        loop {
            number = std::hint::black_box(number.wrapping_add(1));
        }
    }

    pub(super) fn eat() {
        confine(&limits());
        let mut eaten = Vec::new();
        // The document is read first, as by the real one.
        let _ = std::io::stdin().read_to_end(&mut eaten);
        loop {
            eaten.extend_from_within(..);
            eaten.extend_from_slice(&[1; 4096]);
        }
    }
}

/// One document of each way to render: pixels, drawing, letters of several scripts.
#[cfg(unix)]
fn documents() -> Vec<(&'static str, Vec<u8>)> {
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 64, 64);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    let dots: Vec<u8> = (0..64_u32 * 64).map(|place| u8::try_from(place % 251).unwrap()).collect();
    writer.write_image_data(&dots).unwrap();
    writer.finish().unwrap();
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"120\" height=\"60\"><circle cx=\"40\" cy=\"30\" r=\"20\"/>\
               <text x=\"4\" y=\"50\">Text</text></svg>";
    let text = "Milk 1 l\nร้านกาแฟ\n打印机 한국어\nمرحبا שלום\n";
    vec![("a.png", png), ("a.svg", svg.into()), ("a.txt", text.into())]
}

/// In the engine.
#[cfg(unix)]
mod outside {
    use platen_engine::{CheckState, Engine, EngineOptions, Limits, Renderer};
    use platen_model::Fault;
    use std::collections::BTreeMap;
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};
    use std::process::Command;

    pub(super) fn run(filter: &str) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        macro_rules! tests {
            ($($name:ident),*) => {$(
                if filter.starts_with('-') || stringify!($name).contains(filter) {
                    runtime.block_on($name());
                    println!("test {} ... ok", stringify!($name));
                }
            )*};
        }
        tests!(
            a_renderer_cannot_reach_anything,
            every_reader_works_inside,
            a_document_that_crashes_its_child_is_refused_and_the_engine_goes_on,
            time_and_memory_have_an_end_and_others_are_answered_meanwhile,
            the_doctor_says_what_holds
        );
    }

    fn this() -> PathBuf {
        std::env::current_exe().unwrap()
    }

    fn said(word: &str) -> BTreeMap<String, String> {
        let output = Command::new(this()).arg(word).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        println!("{text}");
        text.lines().filter_map(|line| line.split_once(": ")).map(|(what, how)| (what.into(), how.into())).collect()
    }

    async fn a_renderer_cannot_reach_anything() {
        let said = said("__try");
        assert_eq!(said.len(), 11, "it did not come to the end");
        for (what, how) in said {
            // Elsewhere the table in `confine` says what is left out.
            let held = cfg!(target_os = "linux") || ["write a file", "read a file"].contains(&what.as_str());
            assert!(!held || how == "refused", "a renderer can {what}");
        }
        assert!(!Path::new("/tmp/platen-was-here").exists());
    }

    async fn every_reader_works_inside() {
        let said = said("__render-all");
        assert_eq!(said.len(), super::documents().len());
        for (name, how) in said {
            let dots = how.strip_suffix(" dots").and_then(|dots| dots.parse::<u64>().ok());
            assert!(dots.is_some_and(|dots| dots > 100), "{name}: {how}");
        }
    }

    /// An engine whose renderer is a script.
    async fn engine(folder: &Path, script: &str, cpu: u64) -> Engine {
        let program = folder.join("renderer");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        let limits = Limits { memory: 256 << 20, cpu, ..Limits::default() };
        let renderer = Renderer::Child { program, limits };
        Engine::open(EngineOptions { renderer, ..EngineOptions::new(folder.join("data")) }).await.unwrap()
    }

    async fn hand_in(engine: &Engine) -> Result<(), Fault> {
        let mut upload = engine.upload("a.txt").await?;
        upload.write(b"hello").await?;
        upload.finish().await.map(|_| ())
    }

    async fn a_document_that_crashes_its_child_is_refused_and_the_engine_goes_on() {
        let nonsense = "printf 'D\\377\\377\\377\\377'";
        for script in ["kill -SEGV $$", "kill -ABRT $$", "exit 0", "exit 3", nonsense, "printf '+\\2\\0\\0\\0{}'"] {
            let folder = tempfile::tempdir().unwrap();
            let engine = engine(folder.path(), script, 60).await;
            for _ in 0..2 {
                let fault = hand_in(&engine).await.unwrap_err();
                assert_eq!(fault.code, "content_refused", "{script}");
            }
            assert!(engine.jobs(None, 10).await.unwrap().is_empty());
            engine.close().await;
        }
    }

    async fn time_and_memory_have_an_end_and_others_are_answered_meanwhile() {
        for word in ["__spin", "__eat"] {
            let folder = tempfile::tempdir().unwrap();
            let script = format!("shift; exec '{}' {word} \"$@\"", this().display());
            let engine = engine(folder.path(), &script, 1).await;
            let busy = tokio::spawn({
                let engine = engine.clone();
                async move { hand_in(&engine).await }
            });
            if word == "__spin" {
                // Whatever the machine does, these end before a second of processor time is used up.
                for _ in 0..20 {
                    engine.jobs(None, 10).await.unwrap();
                    engine.settings().await.unwrap();
                }
                assert!(!busy.is_finished(), "the child did not spin");
            }
            assert_eq!(busy.await.unwrap().unwrap_err().code, "content_refused", "{word}");
            engine.close().await;
        }
    }

    async fn the_doctor_says_what_holds() {
        let folder = tempfile::tempdir().unwrap();
        let options = EngineOptions { renderer: Renderer::child(this()), ..EngineOptions::new(folder.path()) };
        let engine = Engine::open(options).await.unwrap();
        hand_in(&engine).await.unwrap();
        let checks = engine.doctor().await.unwrap();
        let isolation = checks.iter().find(|check| check.id == "isolation").unwrap();
        println!("{isolation:?}");
        assert_ne!(isolation.state, CheckState::Missing);
        engine.close().await;
    }
}
