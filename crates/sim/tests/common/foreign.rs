//! A device whose behaviour is another program: each thing that happens to it is a line to that process, and its
//! answer a line back.

use platen_model::gatt::{Advertisement, Characteristic, Properties, Tree};
use platen_model::{At, Moment, Uuid};
use platen_sim::air::{Deed, Peripheral};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

/// One test at a time installs.
static INSTALLING: Mutex<()> = Mutex::new(());

/// A Python with other people's packages, installed once under the target folder.
pub(crate) fn python() -> PathBuf {
    let _one = INSTALLING.lock().unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("foreign-devices");
    let python = folder.join("bin/python");
    let have = folder.join("installed.txt");
    let wanted = scripts().join("requirements.txt");
    let wish = std::fs::read_to_string(&wanted).unwrap();
    if std::fs::read_to_string(&have).is_ok_and(|text| text == wish) {
        return python;
    }
    let run = |program: &Path, arguments: &[&str]| {
        let status = Command::new(program).args(arguments).status().expect("python3 with venv is there");
        assert!(status.success(), "{} {arguments:?}", program.display());
    };
    run(Path::new("python3"), &["-m", "venv", "--clear", &folder.to_string_lossy()]);
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement"];
    run(&python, &[&install[..], &[&*wanted.to_string_lossy()]].concat());
    std::fs::write(have, wish).unwrap();
    python
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign")
}

pub(crate) struct Foreign {
    process: Child,
    down: ChildStdin,
    up: BufReader<ChildStdout>,
    advertisement: Advertisement,
    tree: Tree,
    connected: bool,
    telling: VecDeque<(Uuid, Vec<u8>)>,
}

impl Foreign {
    pub(crate) fn start(script: &str, arguments: &[&str]) -> Self {
        let mut process = Command::new(python())
            .arg(scripts().join(script))
            .args(arguments)
            // No compiled files in the tree.
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let down = process.stdin.take().unwrap();
        let up = BufReader::new(process.stdout.take().unwrap());
        let (advertisement, tree) = (Advertisement::default(), Tree::default());
        let telling = VecDeque::new();
        let mut device = Self { process, down, up, advertisement, tree, connected: false, telling };
        device.introduce();
        device
    }

    fn introduce(&mut self) {
        let hello = self.tell(&json!({ "op": "hello" }));
        let service = uuid(&hello["service"]);
        self.advertisement = Advertisement {
            name: hello["name"].as_str().map(str::to_owned),
            services: vec![service],
            service_data: hello["data"].as_array().map(|data| (uuid(&data[0]), bytes(&data[1]))).into_iter().collect(),
            manufacturer_data: Vec::new(),
        };
        let row = |row: &Value| {
            let can = |letter| row[1].as_str().unwrap().contains(letter);
            let properties = Properties { read: can('r'), write: can('w'), notify: can('n'), ..Properties::default() };
            let description = row[2].as_str().map(str::to_owned);
            Characteristic { at: At::new(service, uuid(&row[0])), properties, description }
        };
        self.tree.characteristics = hello["rows"].as_array().unwrap().iter().map(row).collect();
    }

    fn tell(&mut self, happening: &Value) -> Value {
        writeln!(self.down, "{happening}").unwrap();
        let mut line = String::new();
        self.up.read_line(&mut line).unwrap();
        serde_json::from_str(&line).expect("the foreign device answers with a line")
    }

    fn ask(&mut self, op: &str, at: At, bytes: &[u8]) -> Value {
        self.tell(&json!({ "op": op, "at": at.characteristic.to_string(), "hex": hex::encode(bytes) }))
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        // It may have ended by itself already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn uuid(value: &Value) -> Uuid {
    value.as_str().unwrap().parse().unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

impl Peripheral for Foreign {
    fn advertisement(&self) -> Option<Advertisement> {
        Some(self.advertisement.clone())
    }

    fn tree(&self) -> Tree {
        self.tree.clone()
    }

    fn connected(&mut self, _: Moment) {
        self.connected = true;
        self.tell(&json!({ "op": "connected" }));
    }

    fn disconnected(&mut self, _: Moment) {
        self.connected = false;
        self.telling.clear();
    }

    fn listening(&mut self, _: Moment, at: At, on: bool) {
        if on && self.connected {
            self.ask("listening", at, &[]);
        }
    }

    fn written(&mut self, _: Moment, at: At, written: &[u8], _: bool) -> Result<(), u8> {
        let answer = self.ask("written", at, written);
        let told = answer["tell"].as_array().unwrap().iter().map(|row| (uuid(&row[0]), bytes(&row[1])));
        self.telling.extend(told);
        answer["error"].as_u64().map_or(Ok(()), |code| Err(u8::try_from(code).unwrap()))
    }

    fn read(&mut self, _: Moment, at: At) -> Result<Vec<u8>, u8> {
        Ok(bytes(&self.ask("read", at, &[])["hex"]))
    }

    fn poll(&mut self, _: Moment) -> Deed {
        match self.telling.pop_front() {
            Some((characteristic, bytes)) => {
                let at = self.tree.characteristics.iter().map(|row| row.at);
                let at = at.into_iter().find(|at| at.characteristic == characteristic).unwrap();
                Deed::Notify { at, bytes }
            }
            None => Deed::Wait(None),
        }
    }
}
