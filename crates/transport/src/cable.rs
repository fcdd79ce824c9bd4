//! Serial ports over USB: which there are, and a link that carries bytes.
//!
//! Source: section 1.7 of the provisioning facts (115,200 baud, 8N1). The system tells no news of ports without a library
//! of its own, so the list is asked for. A port blocks: two threads carry it, one for each direction.
//!
//! Deliberately absent: what the bytes mean, ports that are no USB devices (unless somebody names them), and control
//! lines: some boards start anew when those move.

use async_trait::async_trait;
use platen_model::{Fault, Retry};
use serial2::SerialPort;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc as blocking;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

/// The usual speed.
const BAUD: u32 = 115_200;
/// How long a read waits before it looks whether the link still is wanted.
const LOOK: Duration = Duration::from_millis(50);
/// Pieces that wait for a slow listener; more is lost, as on a real line.
const BACKLOG: usize = 256;

/// A serial port that is a USB device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsbPort {
    /// How the system names it: `/dev/ttyUSB0`, `COM3`.
    pub path: String,
    /// What the device calls itself.
    pub name: Option<String>,
}

/// The serial ports that are USB devices. Asks the system each time; may block for some milliseconds.
pub fn usb_ports() -> Vec<UsbPort> {
    let mut found: Vec<_> = system_ports();
    found.sort();
    found.dedup();
    found
}

/// The kernel's own tree tells which ports belong to a USB device, and what that is called.
#[cfg(target_os = "linux")]
fn system_ports() -> Vec<UsbPort> {
    let Ok(all) = std::fs::read_dir("/sys/class/tty") else { return Vec::new() };
    let usb = |entry: std::fs::DirEntry| {
        let place = entry.path().join("device").canonicalize().ok()?;
        let device = place.ancestors().find(|folder| folder.join("idVendor").is_file())?;
        let name = std::fs::read_to_string(device.join("product")).ok().map(|name| name.trim().to_owned());
        let path = format!("/dev/{}", entry.file_name().to_str()?);
        Some(UsbPort { path, name: name.filter(|name| !name.is_empty()) })
    };
    all.filter_map(Result::ok).filter_map(usb).collect()
}

/// Other systems tell names only: a Mac's say what is USB, and each port has two, of which one waits for a caller.
#[cfg(not(target_os = "linux"))]
fn system_ports() -> Vec<UsbPort> {
    let all = SerialPort::available_ports().unwrap_or_else(|error| {
        tracing::debug!(%error, "the system does not list its serial ports");
        Vec::new()
    });
    let paths = all.into_iter().filter_map(|path| path.to_str().map(str::to_owned));
    let usb = |path: &String| cfg!(windows) || path.starts_with("/dev/cu") && path.to_ascii_lowercase().contains("usb");
    paths.filter(usb).map(|path| UsbPort { path, name: None }).collect()
}

/// An open link that carries bytes.
#[async_trait]
pub trait ByteLink: Send + Sync {
    /// Hands bytes over, in order. What a broken link did not take is told by [`ByteLink::next`].
    fn send(&self, bytes: Vec<u8>);

    /// The next bytes, or `None` once and for all when the link is gone.
    async fn next(&self) -> Option<Vec<u8>>;

    /// Ends it; the port is free afterwards.
    async fn close(&self);
}

/// Why a port cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CableError {
    /// It is not there any more.
    #[error("the port is not there")]
    Gone,
    /// Another program has it.
    #[error("another program uses the port")]
    Taken,
    /// This user may not open it.
    #[error("this user may not open the port")]
    Denied,
    /// It is no serial port, or does not take its settings.
    #[error("the port does not work: {0}")]
    Failed(String),
}

impl CableError {
    /// How this is told at the edge.
    pub fn fault(&self) -> Fault {
        let (code, message, remedy) = match self {
            Self::Gone => ("cable_gone", "The port is not there any more.", "Plug the cable in again."),
            Self::Taken => ("cable_taken", "Another program uses the port.", "Close other programs that use the port."),
            Self::Denied => (
                "cable_denied",
                "This user may not open the port.",
                "On Linux, add yourself to the group that owns the port (often 'dialout') and log in again.",
            ),
            Self::Failed(_) => {
                ("cable_failed", "The port does not work.", "Plug the cable in again, or use another one.")
            }
        };
        Fault::new(code, message, remedy).with_retry(Retry::Later)
    }
}

/// A serial port as a link.
pub struct Cable {
    down: std::sync::Mutex<Option<blocking::Sender<Vec<u8>>>>,
    up: Mutex<mpsc::Receiver<Vec<u8>>>,
    closed: Arc<AtomicBool>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Cable {
    /// Opens a port.
    ///
    /// # Errors
    /// See [`CableError`].
    pub async fn open(path: &str) -> Result<Self, CableError> {
        let path = path.to_owned();
        let opening = tokio::task::spawn_blocking(move || {
            let mut port = SerialPort::open(path, BAUD)?;
            port.set_read_timeout(LOOK)?;
            port.set_write_timeout(LOOK)?;
            let other = port.try_clone()?;
            Ok((port, other))
        });
        match opening.await {
            Ok(Ok((reading, writing))) => Ok(Self::carry(reading, writing)),
            Ok(Err(error)) => Err(refused(&error)),
            Err(_) => Err(CableError::Failed("opening it did not end".to_owned())),
        }
    }

    fn carry(reading: SerialPort, writing: SerialPort) -> Self {
        let closed = Arc::new(AtomicBool::new(false));
        let (heard, up) = mpsc::channel(BACKLOG);
        let (down, wanted) = blocking::channel();
        let stop = closed.clone();
        let reader = tokio::task::spawn_blocking(move || read(&reading, &heard, &stop));
        let stop = closed.clone();
        let writer = tokio::task::spawn_blocking(move || write(&writing, &wanted, &stop));
        Self {
            down: std::sync::Mutex::new(Some(down)),
            up: Mutex::new(up),
            closed,
            threads: Mutex::new(vec![reader, writer]),
        }
    }

    fn end(&self) {
        self.closed.store(true, Ordering::Relaxed);
        self.down.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.end();
    }
}

#[async_trait]
impl ByteLink for Cable {
    fn send(&self, bytes: Vec<u8>) {
        let down = self.down.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(down) = down.as_ref() {
            // A writer that has ended has taken the reader with it, which says so.
            let _ = down.send(bytes);
        }
    }

    async fn next(&self) -> Option<Vec<u8>> {
        self.up.lock().await.recv().await
    }

    async fn close(&self) {
        self.end();
        for thread in self.threads.lock().await.drain(..) {
            // One that panicked has let go of the port as well.
            let _ = thread.await;
        }
    }
}

fn read(port: &SerialPort, heard: &mpsc::Sender<Vec<u8>>, stop: &AtomicBool) {
    let mut buffer = [0; 512];
    while !stop.load(Ordering::Relaxed) {
        match port.read(&mut buffer) {
            // A port that has bytes and gives none has been unplugged.
            Ok(0) => break,
            Ok(count) => {
                let bytes = buffer.get(..count).unwrap_or_default().to_vec();
                match heard.try_send(bytes) {
                    Err(mpsc::error::TrySendError::Closed(_)) => break,
                    Ok(()) | Err(mpsc::error::TrySendError::Full(_)) => {}
                }
            }
            Err(error) if quiet(&error) => {}
            Err(error) => {
                tracing::debug!(%error, "a cable is gone");
                break;
            }
        }
    }
}

fn write(port: &SerialPort, wanted: &blocking::Receiver<Vec<u8>>, stop: &AtomicBool) {
    while let Ok(bytes) = wanted.recv() {
        let mut rest = bytes.as_slice();
        while !rest.is_empty() && !stop.load(Ordering::Relaxed) {
            match port.write(rest) {
                Ok(0) => break,
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(error) if quiet(&error) => {}
                Err(error) => {
                    tracing::debug!(%error, "a cable takes nothing any more");
                    stop.store(true, Ordering::Relaxed);
                    return;
                }
            }
        }
    }
}

/// Nothing came, or nothing could be taken, for a moment.
fn quiet(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted | ErrorKind::WouldBlock)
}

fn refused(error: &io::Error) -> CableError {
    match error.kind() {
        ErrorKind::NotFound => CableError::Gone,
        ErrorKind::ResourceBusy => CableError::Taken,
        ErrorKind::PermissionDenied => CableError::Denied,
        _ => CableError::Failed(error.to_string()),
    }
}
