//! A real Mosquitto of our own, on a port of its own, killed by its own process id.

use super::PATIENCE;
use std::net::{Ipv4Addr, TcpListener};
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The running broker. It dies with this value.
pub(crate) struct Mosquitto {
    port: u16,
    folder: TempDir,
    child: Option<Child>,
}

impl Mosquitto {
    /// Starts one and waits until it listens. A machine without Mosquitto fails the test: nothing is skipped in silence.
    pub(crate) async fn start() -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let folder = TempDir::new().unwrap();
        let user = if rustix::process::geteuid().is_root() { "user root\n" } else { "" };
        let config = format!(
            "{user}listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nlog_dest stderr\nlog_type all\n"
        );
        std::fs::write(folder.path().join("mosquitto.conf"), config).unwrap();
        let mut broker = Self { port, folder, child: None };
        broker.up().await;
        broker
    }

    pub(crate) fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// Ends it as a power cut would.
    pub(crate) async fn down(&mut self) {
        let mut child = self.child.take().expect("the broker runs");
        child.kill().await.unwrap();
    }

    /// Starts it again, with an empty memory.
    pub(crate) async fn up(&mut self) {
        let config = self.folder.path().join("mosquitto.conf");
        let start = |program: &str| {
            Command::new(program)
                .arg("-c")
                .arg(&config)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .kill_on_drop(true)
                .spawn()
        };
        let mut child = start("mosquitto")
            .or_else(|_| start("/usr/sbin/mosquitto"))
            .expect("these tests need Mosquitto: install the package `mosquitto`");
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut last = String::new();
        let listening = async {
            while let Some(line) = log.next_line().await.unwrap() {
                if line.ends_with(" running") {
                    return true;
                }
                last = line;
            }
            false
        };
        let listening = tokio::time::timeout(PATIENCE, listening).await.unwrap_or(false);
        assert!(listening, "Mosquitto does not listen: {last}");
        // Read on, or it stops when the pipe is full.
        tokio::spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
        self.child = Some(child);
    }
}
