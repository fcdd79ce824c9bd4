//! Where a Wi-Fi password, a printer's code and the keys of its sessions do not go (promise BL-1, fault 28): printers are
//! set up over Bluetooth by the real program, with and without a program that stays, while everything is recorded, at
//! the most talkative level of the log, and with failures on the way. Then everything that was written is searched.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A test may fail.

mod common;

use common::{Home, Running};
use platen_cli::door_file::DoorFile;
use platen_cli::doorway::{Attached, Doorway};
use platen_sim::air::setup::{EspDevice, EspPrinter, Faults, ImprovPrinter, SessionKeys, Unboxed};
use platen_sim::air::{Air, Bluez};
use serde_json::Value;
use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const PASSPHRASE: &str = "canary+horse battery%staple";
const WRONG: &str = "canary+mule battery%staple";
const CODE: &str = "canary-code-4711";
const WRONG_CODE: &str = "canary-code-4712";

fn unboxed(name: &str, serial: &str) -> Unboxed {
    let mut printer = Unboxed::new(name, serial);
    printer.place.hotspots[0].passphrase = PASSPHRASE.as_bytes().to_vec();
    printer.code = CODE.as_bytes().to_vec();
    printer.with(Faults { joining: Duration::from_millis(50), ..Faults::default() })
}

/// Every way in which somebody may have written down a secret.
fn forms(secret: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let each = |write: fn(&u8) -> String| secret.iter().map(write).collect::<String>().into_bytes();
    let listed = |write: fn(&u8) -> String| secret.iter().map(write).collect::<Vec<_>>().join(", ").into_bytes();
    let mut forms = vec![
        ("as it is", secret.to_vec()),
        ("hexadecimal", each(|byte| format!("{byte:02x}"))),
        ("HEXADECIMAL", each(|byte| format!("{byte:02X}"))),
        ("percent", each(|byte| format!("%{byte:02x}"))),
        ("PERCENT", each(|byte| format!("%{byte:02X}"))),
        ("a list of numbers", listed(u8::to_string)),
        ("a list of hexadecimal numbers", listed(|byte| format!("{byte:02x}"))),
        ("escaped", secret.escape_ascii().to_string().into_bytes()),
        ("UTF-16", secret.iter().flat_map(|byte| [*byte, 0]).collect()),
        (
            "percent where it must",
            each(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(*byte).to_string(),
                byte => format!("%{byte:02X}"),
            }),
        ),
        (
            "a form's field",
            each(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(*byte).to_string(),
                b' ' => "+".to_owned(),
                byte => format!("%{byte:02X}"),
            }),
        ),
    ];
    // Where it begins in a longer text decides how its middle looks.
    for shift in 0..3 {
        for web in [false, true] {
            forms.push(("base 64", middle_in_base64(secret, shift, web)));
        }
    }
    forms
}

/// The letters that depend on nothing but the secret when `shift` bytes stand before it.
fn middle_in_base64(secret: &[u8], shift: usize, web: bool) -> Vec<u8> {
    let plain = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letters = |three: &[u8]| {
        let bits = three.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        [18, 12, 6, 0].map(|place| match plain[bits >> place & 63] {
            b'+' if web => b'-',
            b'/' if web => b'_',
            letter => letter,
        })
    };
    secret[(3 - shift) % 3..].chunks_exact(3).flat_map(letters).collect()
}

/// Everything that is looked for, by its first two bytes: megabytes are searched for hundreds of forms.
#[derive(Default)]
struct Wanted(HashMap<[u8; 2], Vec<(String, Vec<u8>)>>);

impl Wanted {
    fn add(&mut self, what: &str, secret: &[u8]) {
        for (how, form) in forms(secret) {
            self.0.entry([form[0], form[1]]).or_default().push((format!("{what}, {how}"), form));
        }
    }

    fn found(&self, text: &[u8]) -> Option<&str> {
        (0..text.len().saturating_sub(1)).find_map(|at| {
            let here = self.0.get(&[text[at], text[at + 1]])?;
            here.iter().find(|(_, form)| text[at..].starts_with(form)).map(|(what, _)| what.as_str())
        })
    }
}

/// Every file below a folder.
fn files(folder: &Path, all: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, all);
        } else if path.is_file() {
            all.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

#[test]
fn a_secret_that_was_written_down_is_found_in_every_form() {
    use std::fmt::Write;
    for secret in [PASSPHRASE.as_bytes(), CODE.as_bytes(), &[7_u8, 200, 0, 91, 33, 18, 250, 1]] {
        let mut wanted = Wanted::default();
        wanted.add("it", secret);
        for (how, form) in forms(secret) {
            assert!(wanted.found(&[b"before ", form.as_slice(), b" after"].concat()).is_some(), "{how}");
        }
        assert_eq!(wanted.found(b"nothing of the kind"), None);
        let hex = secret.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        });
        assert_eq!(wanted.found(format!("> write 1234/5678 00{hex}ff").as_bytes()), Some("it, hexadecimal"));
    }
    // RFC 4648: "foobar" is Zm9vYmFy.
    assert_eq!(middle_in_base64(b"foobar", 0, false), b"Zm9vYmFy");
    assert_eq!(middle_in_base64(b"xfoobar", 2, false), b"Zm9vYmFy");
}

/// The program, everything of whose output is kept.
struct Watched<'a> {
    home: &'a Home,
    notes: &'a Path,
    run: std::cell::Cell<u32>,
}

impl Watched<'_> {
    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.home.command(words);
        self.run.set(self.run.get() + 1);
        let log = File::create(self.notes.join(format!("{:02}-{}.log", self.run.get(), words[0]))).unwrap();
        command.env("PLATEN_LOG", "trace").stderr(log);
        command
    }

    fn keep(&self, name: &str, said: &[u8]) {
        std::fs::write(self.notes.join(format!("{:02}-{name}.out", self.run.get())), said).unwrap();
    }

    /// Runs a command that reads this; how it ended, and its last line.
    fn run(&self, words: &[&str], input: &str) -> (i32, Value) {
        let mut command = self.command(words);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(format!("{input}\n").as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        self.keep(words[0], &output.stdout);
        let text = String::from_utf8(output.stdout).unwrap();
        let last = text.lines().last().map(|line| serde_json::from_str(line).unwrap()).unwrap_or_default();
        (output.status.code().unwrap_or(-1), last)
    }

    fn provision(&self, id: &str, password: &str, code: Option<&str>) -> (i32, Value) {
        let mut words = vec!["provision", id, "--ssid", "home", "--password-stdin"];
        words.extend(code.map(|code| ["--pop", code]).into_iter().flatten());
        self.run(&words, password)
    }

    fn ids(&self, names: [&str; 3]) -> [String; 3] {
        let said = self.command(&["discover", "--seconds", "4"]).output().unwrap();
        let text = String::from_utf8(said.stdout).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        names.map(|name| {
            let found = lines.iter().find(|line| line["name"] == name);
            found.unwrap_or_else(|| panic!("{name} is not near: {text}"))["id"].as_str().unwrap().to_owned()
        })
    }
}

#[test]
fn neither_password_nor_code_nor_session_key_is_written_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("notes");
    std::fs::create_dir_all(&notes).unwrap();
    // As the program does it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let air = Air::new();
    let (one, two) =
        (EspDevice::new(unboxed("PROV_000001", "SN0001"), 1), EspDevice::new(unboxed("PROV_000002", "SN0002"), 2));
    let keys: [SessionKeys; 2] = [one.session_keys(), two.session_keys()];
    let bluez = runtime.block_on(async {
        air.add("C0:00:00:00:00:01", EspPrinter::new(one));
        air.add("C0:00:00:00:00:02", EspPrinter::new(two));
        air.add("C0:00:00:00:00:03", ImprovPrinter::new(unboxed("Improv", "SN0003")));
        Bluez::start(air.clone()).await.unwrap()
    });
    let home = Home::near(&folder.path().join("data"), bluez.address());
    let platen = Watched { home: &home, notes: &notes, run: std::cell::Cell::new(0) };
    let ids = platen.ids(["PROV_000001", "PROV_000002", "Improv"]);

    // A program that ends by itself: a wrong code, then a wrong password.
    assert_eq!(platen.provision(&ids[1], PASSPHRASE, Some(WRONG_CODE)).0, 1);
    assert_eq!(platen.provision(&ids[1], WRONG, Some(CODE)).0, 1);

    // A program that stays, and records; others come through its door.
    let mut serve = Running::start(&mut platen.command(&["serve"]));
    serve.next().expect("serve opens");
    for (number, id) in ids.iter().enumerate() {
        let device = serde_json::json!({ "id": id }).to_string();
        assert_eq!(platen.run(&["call", "trace.start", &device], "").0, 0);
        let code = (number < 2).then_some(CODE);
        if number == 2 {
            assert_eq!(platen.provision(id, WRONG, code).0, 1, "{id}");
        }
        let (ended, last) = platen.provision(id, PASSPHRASE, code);
        assert_eq!(ended, 0, "{id}: {last}");
        let frames = platen.run(&["call", "gatt.frames", &device], "");
        assert_eq!(frames.0, 0, "{frames:?}");
        let recorded = platen.run(&["call", "trace.stop", &device], "").1;
        let handle = recorded["trace"].as_str().unwrap();
        let text = runtime.block_on(async {
            let door = Attached::greet(DoorFile::read(&home.data).unwrap()).await.expect("a door");
            door.blob(handle).await.unwrap()
        });
        std::fs::write(notes.join(format!("{number}.case")), &text).unwrap();
        let text = String::from_utf8(text.to_vec()).unwrap();
        assert!(text.lines().filter(|line| line.contains("bytes, not kept")).count() > 3, "{text}");
    }
    platen.run(&["doctor"], "");
    // A copy while it runs: what is gone after an orderly end was written all the same.
    let mut written = Vec::new();
    files(folder.path(), &mut written);
    assert!(serve.end().success());
    files(folder.path(), &mut written);
    runtime.block_on(bluez.stop());

    let logged = written.iter().filter(|(name, text)| name.ends_with(".log") && text.windows(5).any(|w| w == b"TRACE"));
    assert!(logged.count() > 3, "the log was talkative");
    let keys: Vec<Vec<u8>> = keys.iter().flat_map(|keys| keys.lock().unwrap().clone()).collect();
    assert!(keys.len() >= 3, "{} sessions", keys.len());
    let mut wanted = Wanted::default();
    for word in [PASSPHRASE, WRONG, CODE, WRONG_CODE] {
        wanted.add(word, word.as_bytes());
    }
    for key in &keys {
        // Of a longer key the first half is what protects messages.
        wanted.add("a key", &key[..32]);
    }
    for (place, text) in &written {
        if let Some(what) = wanted.found(text) {
            panic!("{what}, stands in {place}");
        }
    }
}
