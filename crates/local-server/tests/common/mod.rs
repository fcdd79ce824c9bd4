//! A door over a real engine, and a client that sends exactly the bytes it is told.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used)] // each test file uses its part

use platen_api::{Api, Engine, EngineOptions};
use platen_local_server::{Door, DoorOptions, Limits};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A door, its engine, and the folder under both.
pub struct House {
    pub door: Door,
    pub api: Api,
    pub _folder: tempfile::TempDir,
}

impl House {
    pub async fn open(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::open(EngineOptions::new(folder.path().join("data"))).await.unwrap();
        let api = Api::open(engine, None);
        let door = Door::open(api.clone(), DoorOptions { ui: true, limits, ..DoorOptions::default() }).await.unwrap();
        Self { door, api, _folder: folder }
    }

    pub fn port(&self) -> u16 {
        self.door.address().port()
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port())
    }

    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.door.token().reveal())
    }

    pub async fn wire(&self) -> Wire {
        Wire { stream: TcpStream::connect(self.door.address()).await.unwrap(), rest: Vec::new() }
    }

    /// The setting that the tests try to change.
    pub async fn theme(&self) -> String {
        let settings = self.api.dispatch(&platen_api::Caller::owner(), "settings.show", serde_json::Value::Null).await;
        settings.unwrap()["theme"].as_str().unwrap().to_owned()
    }

    /// A call with the token, on a wire of its own.
    pub async fn call(&self, body: &str) -> Answer {
        let head = format!(
            "POST /api/call HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.host(),
            self.bearer(),
            body.len()
        );
        self.wire().await.ask(head.as_bytes()).await.unwrap()
    }
}

/// Limits that no honest test meets, with times that a test need not wait for.
pub fn wide() -> Limits {
    Limits { pace: 1_000_000, burst: 1_000_000, ..Limits::default() }
}

/// The same limits with short times, for tests of peers that are slow.
pub fn hasty() -> Limits {
    Limits {
        head_time: Duration::from_millis(300),
        idle_time: Duration::from_millis(400),
        body_span: Duration::from_millis(300),
        stall_time: Duration::from_millis(500),
        heartbeat: Duration::from_millis(50),
        ..wide()
    }
}

pub struct Wire {
    pub stream: TcpStream,
    rest: Vec<u8>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Wire {
    pub async fn send(&mut self, bytes: &[u8]) {
        // The door may have closed already; what it answered is read afterwards.
        let _ = self.stream.write_all(bytes).await;
    }

    /// Sends and reads one answer; `None` when the door closes without one.
    pub async fn ask(&mut self, bytes: &[u8]) -> Option<Answer> {
        self.send(bytes).await;
        self.answer(!bytes.starts_with(b"HEAD ")).await
    }

    /// Reads one answer with its body.
    pub async fn answer(&mut self, has_body: bool) -> Option<Answer> {
        let head_end = loop {
            if let Some(end) = find(&self.rest, b"\r\n\r\n") {
                break end;
            }
            self.more().await?;
        };
        let head = String::from_utf8(self.rest[..head_end].to_vec()).unwrap();
        self.rest.drain(..head_end + 4);
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer { status, head, body: Vec::new() };
        if has_body && status != 304 {
            let length: usize = answer.field("content-length").map_or(0, |length| length.parse().unwrap());
            while self.rest.len() < length {
                self.more().await?;
            }
            answer.body = self.rest.drain(..length).collect();
        }
        Some(answer)
    }

    /// A line of a chunked stream, chunk frames left out.
    pub async fn line_with(&mut self, part: &str) -> Option<String> {
        loop {
            if let Some(end) = find(&self.rest, b"\n") {
                let line = String::from_utf8(self.rest.drain(..=end).collect()).unwrap();
                if line.contains(part) {
                    return Some(line);
                }
                continue;
            }
            self.more().await?;
        }
    }

    /// Waits until the door closes this wire; what it still says is thrown away.
    pub async fn closed(&mut self) {
        let closing = async {
            while self.more().await.is_some() {
                self.rest.clear();
            }
        };
        // Generous: it only keeps a door that never closes from holding up every other test.
        tokio::time::timeout(Duration::from_secs(60), closing).await.expect("the door closes the wire");
    }

    async fn more(&mut self) -> Option<()> {
        let mut piece = [0; 8192];
        match self.stream.read(&mut piece).await {
            Ok(0) | Err(_) => None,
            Ok(count) => {
                self.rest.extend_from_slice(&piece[..count]);
                Some(())
            }
        }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
