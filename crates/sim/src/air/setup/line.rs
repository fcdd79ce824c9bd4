//! A cable: the printer at one end of a line that the system makes, a port with a path at the other.
//!
//! The port is no USB device, so nobody finds it by itself: its path must be named. What the printer says while nobody
//! has the port open is lost, as on a real cable.

use super::SerialPrinter;
use platen_model::Moment;
use serial2::SerialPort;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long the printer listens before it looks what else is to do.
const TURN: Duration = Duration::from_millis(20);

/// A printer on a cable. Dropping it unplugs it.
pub struct Line {
    path: String,
    unplugged: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Line {
    /// Plugs a printer in.
    ///
    /// # Errors
    /// The system has no line to give.
    pub fn plug(printer: SerialPrinter) -> io::Result<Self> {
        let (mut printers, port) = SerialPort::pair()?;
        let path = std::fs::read_link(format!("/proc/self/fd/{}", port.as_fd().as_raw_fd()))?;
        let path = path.to_str().ok_or(ErrorKind::InvalidData)?.to_owned();
        printers.set_read_timeout(TURN)?;
        printers.set_write_timeout(TURN)?;
        let unplugged = Arc::new(AtomicBool::new(false));
        let stop = unplugged.clone();
        let thread = thread::Builder::new()
            .name("printer on a cable".to_owned())
            .spawn(move || live(printer, &printers, &stop))?;
        Ok(Self { path, unplugged, thread: Some(thread) })
    }

    /// The path of its port.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.unplugged.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It lasts a turn; one that panicked has let go of the line as well.
            let _ = thread.join();
        }
    }
}

fn live(mut printer: SerialPrinter, line: &SerialPort, unplugged: &AtomicBool) {
    let started = Instant::now();
    let mut buffer = [0; 512];
    while !unplugged.load(Ordering::Relaxed) {
        let now = Moment::from_millis(u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX));
        if let Ok(bytes) = printer.poll(now) {
            // Nobody may have the port open, and a printer does not know it.
            let _ = line.write_all(&bytes);
            continue;
        }
        match line.read(&mut buffer) {
            Ok(count) => printer.received(now, buffer.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::TimedOut => {}
            // Nobody has the port open, which nothing tells the end of.
            Err(_) => thread::sleep(TURN),
        }
    }
}
