//! The port through which a program that carries the simulated world offers it to the doors.

use crate::requests::WorldAct;
use crate::views::SheetView;
use platen_engine::Radio;
use platen_model::Fault;
use std::sync::Arc;

/// What a started world tells.
#[derive(Clone, Debug)]
pub struct WorldStart {
    /// The profile that reaches the world's cloud platform, as TOML.
    pub profile_toml: String,
    /// Its printers.
    pub printers: Vec<WorldPrinter>,
}

/// A simulated printer.
#[derive(Clone, Debug)]
pub struct WorldPrinter {
    /// Serial number.
    pub sn: String,
    /// Name on its label.
    pub name: String,
    /// Catalogue id of its model.
    pub model: String,
    /// It prints a verification code when somebody wants to bind it.
    pub wants_code: bool,
    /// The code that is on its paper now.
    pub printed_code: Option<String>,
    /// What is wrong with it on purpose.
    pub faults: Vec<String>,
}

/// A simulated world. The command line and the window provide one; a phone may not.
#[async_trait::async_trait]
pub trait World: Send + Sync {
    /// Starts it unless it runs, and tells how to reach it.
    async fn start(&self) -> Result<WorldStart, Fault>;
    /// Its printers now; `None` while it does not run.
    async fn printers(&self) -> Option<Vec<WorldPrinter>>;
    /// Does something to a printer.
    async fn act(&self, sn: &str, act: WorldAct) -> Result<(), Fault>;
    /// The sheets that came out of a printer, newest first, at most 100. `handle` is `<jobId>-<page>`.
    async fn paper(&self, sn: &str) -> Result<Vec<SheetView>, Fault>;
    /// One sheet as PNG.
    async fn sheet(&self, sn: &str, handle: &str) -> Result<Vec<u8>, Fault>;
    /// The air of the world, once it runs: its Bluetooth devices are near.
    fn radio(&self) -> Option<Arc<dyn Radio>> {
        None
    }
    /// Serial ports of the world, once it runs: path, and what is behind it.
    fn ports(&self) -> Vec<(String, String)> {
        Vec::new()
    }
    /// Calls `notify` after every change until it is dropped.
    fn watch(&self, notify: Arc<dyn Fn() + Send + Sync>);
}
