//! The engine: printers, jobs, flows, events and the clock that they share.
//!
//! It owns the truth. A door calls it through `api`; it reaches printers through `transport` and keeps everything that
//! must survive in `store`. Dialogues are machines from `protocol`, driven by the one [`runner`].
//! Deliberately absent: views and JSON (that is `api`), wire formats (that is `protocol`), sockets (that is `transport`).
#![forbid(unsafe_code)]

mod binding;
pub mod clock;
mod doctor;
pub mod events;
mod jobs;
mod nearby;
mod own_models;
mod pages;
mod passwords;
mod printer;
mod profiles;
mod renderer;
pub mod runner;
mod settings;

pub use binding::BindResult;
pub use clock::{Clock, HandClock, SystemClock};
pub use doctor::{Check, CheckState};
pub use events::{Change, Event, Events, Follower, Gap};
pub use jobs::{JobStatus, Submission, Upload};
pub use nearby::{
    Chosen, DeviceStatus, Frame, NearbyStatus, Recognised, Recorded, Replay, ReplayFrame, ReplayPage, Setup,
    SetupAnswer, SetupKind, SetupStatus, SetupStep, StripAnswer, StripStatus, StripStep, replay,
};
pub use own_models::OwnModels;
pub use pages::{Page, Preview};
pub use platen_printers::talk::strip::{Question as StripQuestion, Reply as StripReply, WIDTHS as STRIP_WIDTHS};
pub use platen_printers::talk::{Direction, Readings};
pub use platen_printers::{Command, Model, Support, catalogue};
pub use platen_protocol::cloud::Mode;
pub use platen_protocol::cloud::messages::{Known, KnownState};
pub use platen_protocol::cloud::qr::PrinterCode;
pub use platen_protocol::provisioning::label::{self, Label};
pub use platen_protocol::provisioning::machines::{Advice, Progress, Row};
pub use platen_protocol::provisioning::{Obstacle, wizard};
pub use platen_render::{DocumentInfo, Window};
pub use platen_store::{DocumentRow, SecretsKind};
pub use platen_transport::{AdapterState, Radio};
pub use printer::control::ControlAnswer;
pub use printer::{LinkState, PrinterStatus, Problem};
pub use profiles::ProfileStatus;
pub use renderer::{CHILD_COMMAND, Confinement, Limits, Renderer, child_main, confine};
pub use settings::Settings;

use platen_model::{Channel, Fault, JobId, Presence, Serial, Sighting, Sightings};
use platen_store::{DataDir, Secrets, Store, StoreOptions};
use printer::Printer;
use printer::direct::Direct;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Which printers begin to work when the engine opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Start {
    /// All bound printers: for doors that stay (window, `serve`, `watch`).
    #[default]
    All,
    /// A printer begins when a call needs it: for a command that ends by itself.
    OnDemand,
}

/// How to open an engine.
#[derive(Clone)]
pub struct EngineOptions {
    /// Where state lives. One engine at a time may have it open.
    pub data: PathBuf,
    /// Which printers begin to work at once.
    pub start: Start,
    /// Time; tests turn it by hand.
    pub clock: Arc<dyn Clock>,
    /// Where foreign documents are decoded.
    pub renderer: Renderer,
    /// Rules of the store, for example the free-space floor.
    pub store: StoreOptions,
    /// Bluetooth; the system's when absent.
    pub radio: Option<Arc<dyn Radio>>,
}

impl EngineOptions {
    /// The system's clock, the usual rules, all printers, documents decoded in this process.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            start: Start::All,
            clock: Arc::new(SystemClock),
            renderer: Renderer::InProcess,
            store: StoreOptions::default(),
            radio: None,
        }
    }

    /// The same, with foreign documents decoded in a child: this very program, which calls [`child_main`] when its
    /// first argument is [`CHILD_COMMAND`].
    #[must_use]
    pub fn isolated(mut self) -> Self {
        if let Ok(program) = std::env::current_exe() {
            self.renderer = Renderer::child(program);
        }
        self
    }

    /// The same, with printers that begin when they are needed.
    #[must_use]
    pub fn on_demand(mut self) -> Self {
        self.start = Start::OnDemand;
        self
    }
}

/// An open engine. Cheap to clone; all clones are the same engine.
#[derive(Clone)]
pub struct Engine {
    core: Arc<Core>,
}

/// What all parts of the engine share.
pub(crate) struct Core {
    pub(crate) store: Store,
    pub(crate) secrets: Secrets,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) events: Events,
    pub(crate) renderer: Renderer,
    pub(crate) installation: String,
    pub(crate) pages: pages::Previews,
    pub(crate) greys: pages::Greys,
    pub(crate) passwords: passwords::Passwords,
    /// Printers at work.
    pub(crate) printers: Mutex<BTreeMap<String, Arc<Printer>>>,
    /// Printers at work that are reached over Bluetooth.
    pub(crate) directs: Mutex<BTreeMap<String, Arc<Direct>>>,
    /// Where every printer was seen, on all channels.
    pub(crate) sightings: Mutex<Sightings>,
    /// Held while a printer begins or ends, so that no printer ever has two queues.
    pub(crate) lifecycle: tokio::sync::Mutex<()>,
    pub(crate) sends: jobs::Sends,
    pub(crate) nearby: nearby::Nearby,
    /// The user's own models.
    pub(crate) own: own_models::Shelf,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
    // Last, so that the lock on the folder is given up only when everything above is gone.
    _data: DataDir,
}

impl Engine {
    /// Opens the data folder, repairs what an unclean stop left, and takes up unfinished jobs.
    ///
    /// # Errors
    /// `data_in_use` when another process has the folder open; the store's faults otherwise.
    pub async fn open(options: EngineOptions) -> Result<Self, Fault> {
        platen_transport::install_crypto();
        let data = DataDir::open(&options.data).map_err(|error| error.fault())?;
        let store = Store::open_with(&data, options.store).await.map_err(|error| error.fault())?;
        let secrets = Secrets::open(&data).await.map_err(|error| error.fault())?;
        let installation = data.installation();
        let core = Arc::new(Core {
            store,
            secrets,
            clock: options.clock,
            renderer: options.renderer,
            events: Events::new(random_hex()?),
            installation,
            pages: pages::Previews::default(),
            greys: pages::Greys::default(),
            passwords: passwords::Passwords::default(),
            printers: Mutex::new(BTreeMap::new()),
            directs: Mutex::default(),
            sightings: Mutex::default(),
            lifecycle: tokio::sync::Mutex::new(()),
            sends: jobs::Sends::default(),
            nearby: nearby::Nearby::new(),
            own: own_models::Shelf::open(&data),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            _data: data,
        });
        let engine = Self { core };
        engine.core.nearby.air.know(&engine.core.own_models().models);
        engine.core.join_radio(options.radio.unwrap_or_else(nearby::system_radio), false);
        engine.core.tasks.spawn(engine.core.clone().watch_nearby());
        engine.core.tasks.spawn(engine.core.clone().watch_ports());
        if options.start == Start::All {
            engine.start_all().await?;
        }
        engine.core.tasks.spawn(jobs::housekeeping(engine.core.clone()));
        Ok(engine)
    }

    /// Lets every bound printer begin to work; those that do are left alone.
    pub async fn start_all(&self) -> Result<(), Fault> {
        for row in self.core.store.printers().await.map_err(|error| error.fault())? {
            if let Err(fault) = self.core.nudge(&row.sn).await {
                // One printer whose profile is broken must not keep the others from working.
                tracing::warn!(code = %fault.code, "a printer cannot begin: {}", fault.message);
            }
        }
        Ok(())
    }

    /// The numbered events of this run.
    pub fn events(&self) -> &Events {
        &self.core.events
    }

    /// Tells every door that the simulated world changed.
    pub fn world_changed(&self) {
        self.core.tell(Change::World);
    }

    /// Stops in an orderly way: links say goodbye, the database is closed cleanly. Unfinished jobs stay as they are.
    pub async fn close(self) {
        self.core.stop.cancel();
        self.core.tasks.close();
        self.core.tasks.wait().await;
        self.core.printers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.core.directs.lock().unwrap_or_else(PoisonError::into_inner).clear();
        if let Err(error) = self.core.store.close().await {
            // The next start checks the database, as after a hard stop.
            tracing::warn!("the database was not closed cleanly: {error}");
        }
    }
}

impl Core {
    pub(crate) fn tell(&self, change: Change) {
        self.events.tell(self.clock.wall(), change);
    }

    /// A printer was heard of in the cloud. Returns whether its reach changed.
    pub(crate) fn saw(&self, serial: &Serial, reachable: Option<bool>) -> bool {
        let at = self.clock.now();
        let sighting = Sighting { serial: serial.clone(), channel: Channel::Cloud, at, reachable, rssi: None };
        self.sightings.lock().unwrap_or_else(PoisonError::into_inner).take(&sighting)
    }

    /// The channel on which a printer is best reached, and how it is there.
    pub(crate) fn reach(&self, serial: &Serial) -> Option<(Channel, Presence)> {
        self.sightings.lock().unwrap_or_else(PoisonError::into_inner).best(serial)
    }

    pub(crate) fn tell_job(&self, id: &JobId) {
        self.tell(Change::Job(id.clone()));
    }
}

/// 16 random bytes from the operating system.
pub(crate) fn random_bytes() -> Result<[u8; 16], Fault> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        Fault::new(
            "no_randomness",
            format!("The operating system gave no random numbers: {error}."),
            "Restart the computer.",
        )
    })?;
    Ok(bytes)
}

/// 32 random hexadecimal digits.
pub(crate) fn random_hex() -> Result<String, Fault> {
    Ok(hex::encode(random_bytes()?))
}
