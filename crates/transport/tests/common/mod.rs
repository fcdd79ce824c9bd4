//! What the transport's tests share: a real Mosquitto, a cable that can be cut, and bounded waits.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use platen_model::Secret;
use platen_transport::{AckHandle, MqttConfig, MqttEvent, MqttLink, MqttVersion, Qos};
use std::net::{SocketAddr, TcpListener as StdListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};

/// No test asserts how long something takes; this only ends a test that hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

pub(crate) fn free_port() -> u16 {
    StdListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A Mosquitto of our own; it ends with the test.
pub(crate) struct Broker {
    child: Child,
    program: PathBuf,
    folder: tempfile::TempDir,
    pub(crate) port: u16,
}

impl Broker {
    /// With these lines of configuration; `{port}` and `{folder}` are filled in, `files` are written to the folder.
    pub(crate) fn start(lines: &str, files: &[(&str, &str)]) -> Self {
        let program = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto"]
            .into_iter()
            .map(PathBuf::from)
            .chain(
                std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).map(|path| path.join("mosquitto")),
            )
            .find(|path| path.is_file())
            .expect("the tests of MQTT need a real Mosquitto: install the package `mosquitto`");
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let lines = lines.replace("{port}", &port.to_string()).replace("{folder}", folder.path().to_str().unwrap());
        std::fs::write(folder.path().join("mosquitto.conf"), format!("{lines}\nuser root\n")).unwrap();
        let child = Self::run(&program, folder.path());
        let broker = Self { child, program, folder, port };
        broker.wait_until_it_listens();
        broker
    }

    /// Open to everybody on this machine.
    pub(crate) fn open() -> Self {
        Self::start("listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 10000", &[])
    }

    fn run(program: &Path, folder: &Path) -> Child {
        let log = std::fs::File::create(folder.join("log")).unwrap();
        Command::new(program)
            .arg("-c")
            .arg(folder.join("mosquitto.conf"))
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .unwrap()
    }

    fn wait_until_it_listens(&self) {
        let end = std::time::Instant::now() + PATIENCE;
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(std::time::Instant::now() < end, "{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    pub(crate) async fn until_it_logs(&self, text: &str) {
        let written = async {
            while !self.log().contains(text) {
                // A file has no event to wait for.
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, written).await.is_ok(), "not logged: {text}\n{}", self.log());
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn start_again(&mut self) {
        self.child = Self::run(&self.program, self.folder.path());
        self.wait_until_it_listens();
    }

    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A way to the broker that can be cut and mended.
pub(crate) struct Cable {
    pub(crate) port: u16,
    whole: Arc<AtomicBool>,
    cut: Arc<Notify>,
}

impl Cable {
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let cable = Self {
            port: listener.local_addr().unwrap().port(),
            whole: Arc::new(AtomicBool::new(true)),
            cut: Arc::default(),
        };
        let (whole, cut) = (Arc::clone(&cable.whole), Arc::clone(&cable.cut));
        tokio::spawn(async move {
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                let cut = Arc::clone(&cut);
                let notified = cut.clone().notified_owned();
                if !whole.load(Ordering::SeqCst) {
                    continue;
                }
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).await.unwrap();
                    tokio::select! {
                        // Either side may end as it likes.
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        () = notified => {}
                    }
                });
            }
        });
        cable
    }

    pub(crate) fn cut(&self) {
        self.whole.store(false, Ordering::SeqCst);
        self.cut.notify_waiters();
    }

    pub(crate) fn mend(&self) {
        self.whole.store(true, Ordering::SeqCst);
    }
}

pub(crate) fn config(port: u16, client_id: &str, filters: &[&str]) -> MqttConfig {
    MqttConfig {
        host: "127.0.0.1".to_owned(),
        port,
        tls: false,
        ca_pem: None,
        allow_plaintext: false,
        versions: vec![MqttVersion::V5, MqttVersion::V311],
        client_id: client_id.to_owned(),
        username: "user".to_owned(),
        password: Secret::from("password"),
        qos: Qos::AtLeastOnce,
        keep_alive: Duration::from_secs(20),
        clean_start: true,
        session_expiry: Duration::from_secs(3600),
        filters: filters.iter().map(|&filter| filter.to_owned()).collect(),
    }
}

/// A link with its events.
pub(crate) struct Ear {
    pub(crate) link: MqttLink,
    pub(crate) events: mpsc::Receiver<MqttEvent>,
}

impl Ear {
    pub(crate) fn open(config: MqttConfig) -> Self {
        let (on, events) = mpsc::channel(1000);
        Self { link: MqttLink::open(config, on), events }
    }

    pub(crate) async fn next(&mut self) -> MqttEvent {
        tokio::time::timeout(PATIENCE, self.events.recv()).await.expect("nothing happened").expect("the link ended")
    }

    /// Waits for what `wanted` recognises; everything before it is passed over, and waits between tries are cut short.
    pub(crate) async fn until<T>(&mut self, mut wanted: impl FnMut(&MqttEvent) -> Option<T>) -> T {
        loop {
            let event = self.next().await;
            if let Some(found) = wanted(&event) {
                return found;
            }
            match event {
                MqttEvent::Lost { .. } => self.link.wake(),
                MqttEvent::Stopped { reason } => panic!("stopped: {reason:?}"),
                _ => {}
            }
        }
    }

    /// Waits until everything is subscribed; whether the broker had forgotten us.
    pub(crate) async fn ready(&mut self) -> bool {
        self.until(|event| match event {
            MqttEvent::Ready { fresh } => Some(*fresh),
            _ => None,
        })
        .await
    }

    /// The next message, as text.
    pub(crate) async fn message(&mut self) -> (String, AckHandle) {
        self.until(|event| match event {
            MqttEvent::Message { payload, ack, .. } => {
                Some((String::from_utf8_lossy(payload).into_owned(), ack.clone()))
            }
            _ => None,
        })
        .await
    }
}
