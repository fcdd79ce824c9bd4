//! Every hostile file of the corpus, given to `platen render` as a user would give it (fault 23): a page, or a code, a
//! sentence and a remedy; never a panic. Each may use ten seconds of processor time and four gibibytes of addresses (one
//! is room for a stack that is hardly used); the system ends whatever wants more, and that is a failure here.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Home, file, program};
use platen_corpus::{Document, hostile};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

/// Seconds of processor time, and kibibytes of addresses.
const LIMITS: (u32, u32) = (10, 4 << 20);

fn render(document: &str, output: &Path) -> Output {
    let (seconds, kibibytes) = LIMITS;
    Command::new("/bin/sh")
        .arg("-c")
        .arg(format!("ulimit -c 0 && ulimit -t {seconds} && ulimit -v {kibibytes} && exec \"$@\""))
        .args([
            "sh",
            program(),
            "render",
            document,
            "--width",
            "384",
            "--dpi",
            "203",
            "--lang",
            "escpos",
            "--json",
            "-o",
        ])
        .arg(output)
        .stdin(Stdio::null())
        // It must be silent for those, too, who want to hear everything.
        .env("RUST_BACKTRACE", "1")
        .output()
        .unwrap()
}

/// What is wrong with how the program took a document; how it ended otherwise.
fn judged(output: &Output, written: bool) -> Result<&'static str, String> {
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let all = format!("{said}{}", String::from_utf8_lossy(&output.stderr));
    for word in ["panic", "backtrace", "overflow", "registry", "src/"] {
        if all.contains(word) {
            return Err(format!("'{word}' in {all}"));
        }
    }
    let last: Value = said.lines().last().and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default();
    match output.status.code() {
        Some(0) if written && last["pages"].as_array().is_some_and(|pages| !pages.is_empty()) => Ok("a page"),
        Some(1) if !written => {
            let error = &last["error"];
            let [code, message, remedy] = ["code", "message", "remedy"].map(|key| error[key].as_str().unwrap_or(""));
            let stable = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            let told = stable && [message, remedy].iter().all(|words| words.ends_with('.') && words.contains(' '));
            if told { Ok("refused") } else { Err(format!("no code, sentence and remedy: {all}")) }
        }
        _ => Err(format!("{}, {} a file: {all}", output.status, if written { "with" } else { "without" })),
    }
}

#[test]
fn every_hostile_file_ends_as_a_page_or_in_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let documents: Vec<Document> = hostile::documents();
    assert!(documents.len() >= 60);
    let (queue, wrong) = (Mutex::new(documents.iter()), Mutex::new(Vec::new()));
    let (pages, refused) = (Mutex::new(0_u32), Mutex::new(0_u32));
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for worker in 0..cores {
            let (queue, wrong, pages, refused, folder) = (&queue, &wrong, &pages, &refused, folder.path());
            scope.spawn(move || {
                loop {
                    let Some(document) = queue.lock().unwrap().next() else { break };
                    let own = folder.join(format!("{worker}-{}", document.name));
                    std::fs::create_dir(&own).unwrap();
                    let out = own.join("out.prn");
                    let output = render(&file(&own, &document.name, &document.bytes), &out);
                    match judged(&output, out.exists()) {
                        Ok("a page") => *pages.lock().unwrap() += 1,
                        Ok(_) => *refused.lock().unwrap() += 1,
                        Err(what) => wrong.lock().unwrap().push(format!("{}: {what}", document.name)),
                    }
                    std::fs::remove_dir_all(&own).unwrap();
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let (pages, refused) = (pages.into_inner().unwrap(), refused.into_inner().unwrap());
    println!("{} hostile files: {pages} printed, {refused} refused", documents.len());
}

/// Promise CT-6, by the words of the command line: what stands in a text is in the picture and not among the commands.
#[test]
fn commands_in_a_text_are_not_among_those_that_decode_finds() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::new(&folder.path().join("data"));
    let order =
        b"2 x Tea\n\x1b@\x1dV1\x1bp0\x10\x14\x01\n^XA^PQ9^XZ~JR\nCLS\nPRINT 999,1\n! 0 200 200 9999 9\nN\nP999\nRaS2\n";
    let order = file(folder.path(), "order.txt", order);
    let (prn, png) = (folder.path().join("o.prn"), folder.path().join("o.png"));
    let (prn, png) = (prn.to_str().unwrap(), png.to_str().unwrap());
    let languages = ["escpos", "escpos-graphics", "escpos-column", "tspl", "cpcl", "zpl", "epl", "pwg", "pbm", "png"];
    for language in languages {
        let rendered = home.done(&["render", &order, "--width", "384", "--dpi", "203", "--lang", language, "-o", prn]);
        let decoded = home.run(&["decode", prn, "--lang", language, "-o", png]);
        assert_eq!(decoded.code, 0, "{decoded:?}");
        assert_eq!(decoded.last()["sha256"], rendered["pages"][0]["sha256"], "{language}");
        // Begin, set up, send, move, end: a language with more kinds of commands than this obeyed something.
        let names = decoded.lines.iter().filter_map(|line| line["name"].as_str());
        let once = ["init", "cut", "print", "clear", "label", "begin", "page", "picture", "head", "end"];
        for name in once {
            assert!(names.clone().filter(|other| *other == name).count() <= 1, "{language}: {name} twice");
        }
        assert_eq!(
            names.clone().find(|name| ["unknown", "text", "drawer", "status"].contains(name)),
            None,
            "{language}"
        );
    }
}
