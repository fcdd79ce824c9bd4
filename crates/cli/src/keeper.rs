//! Keeping a data folder: the engine, the contract, and a door for every other program of the user.
//!
//! One engine per data folder. Whoever has it open keeps a door open on loopback and says so in `door.json`; whoever
//! comes later uses that door. The end is in this order: the file goes (nobody new comes), the door closes (calls that
//! have begun finish, watchers are told by the end of their stream), the engine ends in order and gives up the folder.

use crate::door_file::{DoorFile, Role};
use crate::world::SimulatedWorld;
use platen_api::{Api, Engine, EngineOptions, World};
use platen_local_server::{Door, DoorOptions};
use platen_model::{Fault, Secret};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Notify;

/// Names serial ports that are no USB devices and may be used all the same, as `PATH` lists folders.
const SERIAL_PORTS: &str = "PLATEN_SERIAL_PORTS";

/// Which printers begin to work when the engine opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// All of them, with the jobs that were left behind.
    All,
    /// Each when a call needs it: for a command that ends by itself.
    OnDemand,
}

/// How a data folder is kept.
#[derive(Clone, Debug)]
pub struct KeepOptions {
    /// What this program is.
    pub role: Role,
    /// The door's port; 0 takes a free one.
    pub port: u16,
    /// Whether the door serves the UI.
    pub ui: bool,
    /// Which printers begin to work at once.
    pub start: Start,
    /// Foreign documents are decoded in a child process, which is this program once more. Off only in programs that do
    /// not answer to [`platen_api::CHILD_COMMAND`].
    pub isolated: bool,
}

impl KeepOptions {
    /// A command: any port, no UI.
    pub fn command(start: Start) -> Self {
        Self { role: Role::Command, port: 0, ui: false, start, isolated: true }
    }

    /// A program that stays, on `port`, with every printer at work.
    pub fn staying(role: Role, port: u16, ui: bool) -> Self {
        Self { role, port, ui, start: Start::All, isolated: true }
    }
}

/// A data folder that is ours now.
pub struct Keeper {
    data: PathBuf,
    api: Api,
    door: Door,
    handover: Arc<Notify>,
    world: Arc<SimulatedWorld>,
}

impl Keeper {
    /// Opens the engine in `data`, with the simulated world on offer, and a door.
    ///
    /// # Errors
    /// `data_in_use` when another process keeps the folder; `port_taken` and the engine's own.
    pub async fn open(data: &Path, options: KeepOptions) -> Result<Self, Fault> {
        let engine = EngineOptions::new(data);
        let engine = if options.isolated { engine.isolated() } else { engine };
        let engine = if options.start == Start::OnDemand { engine.on_demand() } else { engine };
        let engine = Engine::open(engine).await?;
        for path in std::env::var_os(SERIAL_PORTS).iter().flat_map(std::env::split_paths) {
            if let Some(path) = path.to_str().filter(|path| !path.is_empty()) {
                engine.join_port(path, None, false);
            }
        }
        let world = SimulatedWorld::new(data.join("world"));
        let api = Api::open(engine, Some(Arc::clone(&world) as Arc<dyn World>));
        let handover = Arc::new(Notify::new());
        let door = DoorOptions {
            port: options.port,
            ui: options.ui,
            handover: (options.role == Role::Command).then(|| Arc::clone(&handover)),
            ..DoorOptions::default()
        };
        let door = match Door::open(api.clone(), door).await {
            Ok(door) => door,
            Err(error) => {
                tracing::warn!(%error, "no door");
                api.close().await;
                return Err(Fault::from(&error));
            }
        };
        let file = DoorFile {
            address: door.address(),
            token: door.token().clone(),
            pid: std::process::id(),
            role: options.role,
        };
        if let Err(fault) = file.write(data) {
            door.close().await;
            api.close().await;
            return Err(fault);
        }
        Ok(Self { data: data.to_path_buf(), api, door, handover, world })
    }

    /// The contract.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Where the door is.
    pub fn address(&self) -> std::net::SocketAddr {
        self.door.address()
    }

    /// What opens it.
    pub fn token(&self) -> &Secret<String> {
        self.door.token()
    }

    /// The address for a browser, with the token in its fragment, which a browser never sends anywhere.
    pub fn url(&self) -> String {
        format!("{}#token={}", self.door.url(), self.door.token().reveal())
    }

    /// Told when a program that stays asks a command for the folder.
    pub fn handover(&self) -> Arc<Notify> {
        Arc::clone(&self.handover)
    }

    /// Gives the folder up in order.
    pub async fn close(self) {
        DoorFile::remove(&self.data);
        self.door.close().await;
        self.api.close().await;
        self.world.stop().await;
    }
}
