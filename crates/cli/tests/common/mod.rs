//! The real programs, started as a user starts them: `platen sim` and any number of `platen` on a data folder.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)] // each test file uses its part

use serde_json::Value;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

/// `platen`.
pub fn program() -> &'static str {
    env!("CARGO_BIN_EXE_platen")
}

/// A program that runs, line by line; killed when it is dropped.
pub struct Running {
    pub child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next line as JSON; `None` at the end.
    pub fn next(&mut self) -> Option<Value> {
        let line = self.lines.next()?.ok()?;
        // A killed process may leave half a line.
        serde_json::from_str(&line).ok()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// As `kill -9` does it.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
    }

    /// Asks it to end, and waits.
    pub fn end(mut self) -> ExitStatus {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap()
    }

    /// The rest of its lines and how it ended.
    pub fn finish(mut self) -> (Vec<Value>, Option<i32>) {
        let mut all = Vec::new();
        while let Some(line) = self.next() {
            all.push(line);
        }
        (all, self.child.wait().unwrap().code())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Ended already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A simulated world.
pub struct Sim {
    pub running: Running,
    pub hello: Value,
    pub dir: PathBuf,
}

impl Sim {
    pub fn start(dir: &Path, speed: &str) -> Self {
        Self::start_with(dir, &["--speed", speed])
    }

    /// One with Bluetooth devices behind a private bus.
    pub fn with_bluetooth(dir: &Path) -> Self {
        Self::start_with(dir, &["--bluez"])
    }

    fn start_with(dir: &Path, words: &[&str]) -> Self {
        let mut command = Command::new(program());
        command.args(["sim", "--seed", "7"]).args(words).args(["--json", "--dir"]).arg(dir);
        let mut running = Running::start(&mut command);
        let hello = running.next().expect("the world says hello");
        Self { running, hello, dir: dir.to_path_buf() }
    }

    pub fn profile(&self) -> &str {
        self.hello["profileFile"].as_str().expect("the path of the profile")
    }

    fn printers(&self) -> &Vec<Value> {
        self.hello["printers"].as_array().unwrap()
    }

    fn serial(&self, wants_code: bool) -> &str {
        let found = self.printers().iter().find(|printer| printer["wantsCode"] == wants_code).unwrap();
        found["sn"].as_str().unwrap()
    }

    /// Where its Bluetooth devices are.
    pub fn bus(&self) -> &str {
        self.hello["bluez"].as_str().expect("the address of the bus")
    }

    /// The printer that binds without a code.
    pub fn easy(&self) -> &str {
        self.serial(false)
    }

    /// The printer that prints a code first.
    pub fn careful(&self) -> &str {
        self.serial(true)
    }

    /// The lines of a printer's page log.
    pub fn paper(&self, sn: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(self.dir.join("paper").join(sn).join("log.jsonl")).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// The sheets in it.
    pub fn sheets(&self, sn: &str) -> Vec<Value> {
        self.paper(sn).into_iter().filter(|line| line.get("jobId").is_some()).collect()
    }

    /// The code on a printer's paper, once it has come out: the world tells each change of a printer.
    pub fn code(&mut self, sn: &str) -> String {
        loop {
            let line = self.running.next().expect("the world goes on");
            if line["printer"]["sn"] == sn
                && let Some(code) = line["printer"]["printedCode"].as_str()
            {
                return code.to_owned();
            }
        }
    }
}

/// A data folder and everything that is done in it.
pub struct Home {
    pub data: PathBuf,
    /// The bus that is the system's for it.
    bus: Option<String>,
}

/// What a command said and how it ended.
#[derive(Debug)]
pub struct Said {
    pub lines: Vec<Value>,
    pub code: i32,
    pub stderr: String,
}

impl Said {
    pub fn last(&self) -> &Value {
        self.lines.last().unwrap_or(&Value::Null)
    }

    pub fn error(&self) -> &str {
        self.last()["error"]["code"].as_str().unwrap_or_default()
    }
}

impl Home {
    pub fn new(data: &Path) -> Self {
        Self { data: data.to_path_buf(), bus: None }
    }

    /// One whose computer has this Bluetooth.
    pub fn near(data: &Path, bus: &str) -> Self {
        Self { data: data.to_path_buf(), bus: Some(bus.to_owned()) }
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.arg("--data").arg(&self.data).arg("--json").args(words);
        // Keys go into the protected file: a test must not touch the keychain of whoever runs it.
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent").env_remove("PLATEN_DATA");
        if let Some(bus) = &self.bus {
            command.env("DBUS_SYSTEM_BUS_ADDRESS", bus);
        }
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, words: &[&str]) -> Said {
        let output = self.command(words).stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Said { lines, code: output.status.code().unwrap_or(-1), stderr }
    }

    /// Runs a command that must succeed; its last line.
    pub fn done(&self, words: &[&str]) -> Value {
        let said = self.run(words);
        assert_eq!(said.code, 0, "{words:?}: {said:?}");
        said.last().clone()
    }

    pub fn start(&self, words: &[&str]) -> Running {
        Running::start(&mut self.command(words))
    }

    /// Uses the world's profile and binds its printer that wants no code.
    pub fn settle_in(&self, sim: &Sim) {
        self.done(&["profile", "use", sim.profile()]);
        self.done(&["bind", "--sn", sim.easy()]);
    }

    /// All jobs.
    pub fn jobs(&self) -> Vec<Value> {
        let said = self.run(&["jobs", "--limit", "1000"]);
        assert_eq!(said.code, 0, "{said:?}");
        said.lines
    }
}

/// A small picture with grey in it, different for every `seed`: a binary greymap would not be read, so a BMP.
pub fn picture(seed: u32) -> Vec<u8> {
    let (width, height) = (64_u32, 48_u32);
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let grey = ((x * 4) ^ (y * 5) ^ seed.wrapping_mul(2_654_435_761)) as u8;
            pixels.extend([grey, grey, grey]);
        }
    }
    let size = 54 + u32::try_from(pixels.len()).unwrap();
    let mut file = b"BM".to_vec();
    for number in [size, 0, 54, 40, width, height] {
        file.extend(number.to_le_bytes());
    }
    file.extend(1_u16.to_le_bytes());
    file.extend(24_u16.to_le_bytes());
    for number in [0, u32::try_from(pixels.len()).unwrap(), 2835, 2835, 0, 0] {
        file.extend(number.to_le_bytes());
    }
    file.extend(pixels);
    file
}

/// Writes `bytes` into `folder` and gives the path as text.
pub fn file(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}
