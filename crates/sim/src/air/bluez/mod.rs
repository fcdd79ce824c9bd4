//! The air as BlueZ: a service on a private D-Bus that speaks the interface of bluetoothd, so that an unmodified
//! Bluetooth library finds, connects and drives the simulated devices.
//!
//! ```text
//!   library ── D-Bus ──▶ desk ─┬─ adapter:         scan, power
//!                              ├─ device:          connect, hang up, what the tree looks like
//!                              └─ characteristic:  read, write, notify
//! ```
//!
//! Source: BlueZ's own description of its D-Bus interface and what was measured of bluetoothd (stack notes, "Bluetooth
//! without a radio"): calls are taken in their order, a write without response is done when it is queued, objects of a
//! device die with its link. Deliberately absent: pairing, agents, advertising, sockets (AcquireWrite), BR/EDR, and
//! bluetoothd's own timing.

mod adapter;
mod bus;
mod call;
mod characteristic;
mod desk;
mod device;
mod objects;

use super::Air;
use bus::PrivateBus;
use desk::Desk;
use platen_model::{Fault, Retry};
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use zbus::{MessageStream, connection};

/// The name under which bluetoothd is known.
const NAME: &str = "org.bluez";
/// Messages that wait for the service.
const QUEUE: usize = 4096;

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum BluezError {
    /// No folder for the socket.
    #[error("the folder of the private bus cannot be made: {0}")]
    Folder(#[source] io::Error),
    /// No `dbus-daemon`.
    #[error("dbus-daemon does not start: {0}")]
    Daemon(#[source] io::Error),
    /// The bus refuses us.
    #[error("the private bus cannot be used: {0}")]
    Bus(#[from] zbus::Error),
}

impl BluezError {
    /// How this is told at the edge.
    pub fn fault(&self) -> Fault {
        let (code, message, remedy) = match self {
            Self::Folder(_) => (
                "bluez_folder",
                "The folder of the simulated Bluetooth cannot be made.",
                "Free some space in the folder for temporary files.",
            ),
            Self::Daemon(_) => (
                "bluez_daemon",
                "The program dbus-daemon does not start.",
                "Install D-Bus (on Debian the package dbus-daemon), then try again.",
            ),
            Self::Bus(_) => ("bluez_bus", "The private D-Bus cannot be used.", "Try again; if it stays, report it."),
        };
        Fault::new(code, message, remedy).with_retry(Retry::AfterRemedy)
    }
}

/// A running service. Dropping it ends the service and its bus.
pub struct Bluez {
    bus: PrivateBus,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Bluez {
    /// Starts a private bus and the service on it.
    ///
    /// # Errors
    /// See [`BluezError`].
    pub async fn start(air: Air) -> Result<Self, BluezError> {
        Self::serve(air, PrivateBus::start(None).await?).await
    }

    /// As [`Bluez::start`], with the socket `bus` in a new folder of this name: for whoever must know the address
    /// before there is anything to talk to.
    ///
    /// # Errors
    /// See [`BluezError`].
    pub async fn start_in(air: Air, folder: &Path) -> Result<Self, BluezError> {
        Self::serve(air, PrivateBus::start(Some(folder)).await?).await
    }

    async fn serve(air: Air, bus: PrivateBus) -> Result<Self, BluezError> {
        let connection = connection::Builder::address(bus.address())?.max_queued(QUEUE).build().await?;
        let mut calls = MessageStream::from(&connection);
        calls.set_max_queued(QUEUE);
        let leaving = "type='signal',interface='org.freedesktop.DBus',member='NameOwnerChanged'";
        connection
            .call_method(
                Some("org.freedesktop.DBus"),
                "/org/freedesktop/DBus",
                Some("org.freedesktop.DBus"),
                "AddMatch",
                &leaving,
            )
            .await?;
        let (out, mut outgoing) = mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let desk = Arc::new(Desk::new(air, call::Out(out), tasks.clone(), stop.clone()));
        let sending = connection.clone();
        tasks.spawn(stop.clone().run_until_cancelled_owned(async move {
            while let Some(message) = outgoing.recv().await {
                if let Err(error) = sending.send(&message).await {
                    tracing::debug!(%error, "the private bus is gone");
                    return;
                }
            }
        }));
        tasks.spawn(stop.clone().run_until_cancelled_owned(desk.clone().serve(calls)));
        tasks.spawn(stop.clone().run_until_cancelled_owned(desk.clone().watch_adapter()));
        tasks.spawn(stop.clone().run_until_cancelled_owned(desk.listen()));
        tasks.close();
        connection.request_name(NAME).await?;
        Ok(Self { bus, stop, tasks })
    }

    /// Where the bus is, as `DBUS_SYSTEM_BUS_ADDRESS` wants it.
    pub fn address(&self) -> &str {
        self.bus.address()
    }

    /// Ends the service and its bus.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

impl Drop for Bluez {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
