//! The simulated world behind the contract's port, for every program that carries one.
//!
//! The world knows nothing of the contract and the contract nothing of the world; this is the adapter between them
//! (see `docs/decisions/0008-cli-renders-without-engine.md`). It starts when somebody asks for it, not before.

use platen_api::requests::WorldAct;
use platen_api::views::SheetView;
use platen_api::{Radio, World, WorldPrinter, WorldStart};
use platen_model::{Fault, Retry};
use platen_sim::air::{Air, standard};
#[cfg(target_os = "linux")]
use platen_sim::air::{setup::Line, standard_line};
use platen_sim::{Act, Arrivals, PrinterState, WorldError, WorldOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

type Notify = Arc<dyn Fn() + Send + Sync>;

/// A world in a folder, not started yet.
pub struct SimulatedWorld {
    dir: PathBuf,
    running: tokio::sync::RwLock<Option<platen_sim::World>>,
    listeners: Mutex<Vec<Notify>>,
    /// Furnished when the world first starts; it stays while the program runs.
    air: Mutex<Option<Air>>,
    /// A printer on a cable, likewise.
    #[cfg(target_os = "linux")]
    line: Mutex<Option<Line>>,
}

impl SimulatedWorld {
    /// A world whose memory and paper are in `dir`.
    pub fn new(dir: impl Into<PathBuf>) -> Arc<Self> {
        Arc::new(Self {
            dir: dir.into(),
            running: tokio::sync::RwLock::default(),
            listeners: Mutex::default(),
            air: Mutex::default(),
            #[cfg(target_os = "linux")]
            line: Mutex::default(),
        })
    }

    /// Ends it, if it runs: printers say goodbye.
    pub async fn stop(&self) {
        if let Some(world) = self.running.write().await.take() {
            world.stop().await;
        }
    }

    #[cfg(target_os = "linux")]
    fn plug(&self, arrivals: &Arrivals) {
        match standard_line(arrivals) {
            Ok(line) => *self.line.lock().unwrap_or_else(PoisonError::into_inner) = Some(line),
            // A system without lines has no printer on a cable; the rest of the world is there.
            Err(error) => tracing::warn!(%error, "no simulated printer on a cable"),
        }
    }

    fn listeners(&self) -> Vec<Notify> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Passes on every change of `world` until it ends.
    fn follow(&self, world: &platen_sim::World) {
        let mut changed = world.changed();
        let listeners = self.listeners();
        tokio::spawn(async move {
            while changed.changed().await.is_ok() {
                listeners.iter().for_each(|notify| notify());
            }
        });
    }
}

#[async_trait::async_trait]
impl World for SimulatedWorld {
    async fn start(&self) -> Result<WorldStart, Fault> {
        let mut running = self.running.write().await;
        let world = match running.take() {
            Some(world) => world,
            None => {
                let world = platen_sim::World::start(WorldOptions::new(&self.dir)).await.map_err(|error| {
                    tracing::error!(%error, "the simulated world does not start");
                    error.fault()
                })?;
                self.follow(&world);
                let mut air = self.air.lock().unwrap_or_else(PoisonError::into_inner);
                if air.is_none() {
                    *air = Some(furnished(&self.dir, world.arrivals()).map_err(|error| error.fault())?);
                    #[cfg(target_os = "linux")]
                    self.plug(world.arrivals());
                }
                world
            }
        };
        let start = WorldStart {
            profile_toml: world.hello().profile.clone(),
            printers: world.printers().into_iter().map(printer).collect(),
        };
        *running = Some(world);
        Ok(start)
    }

    async fn printers(&self) -> Option<Vec<WorldPrinter>> {
        let running = self.running.read().await;
        Some(running.as_ref()?.printers().into_iter().map(printer).collect())
    }

    async fn act(&self, sn: &str, act: WorldAct) -> Result<(), Fault> {
        let act = match act {
            WorldAct::PaperOut => Act::PaperOut,
            WorldAct::LoadPaper => Act::LoadPaper,
            WorldAct::Overheat => Act::Overheat,
            WorldAct::CoolDown => Act::CoolDown,
            WorldAct::BatteryEmpty => Act::BatteryEmpty,
            WorldAct::ChargeBattery => Act::ChargeBattery,
            WorldAct::GoOffline => Act::GoOffline,
            WorldAct::ComeOnline => Act::ComeOnline,
        };
        let running = self.running.read().await;
        running.as_ref().ok_or_else(not_running)?.act(sn, act).map_err(|error| error.fault())
    }

    async fn paper(&self, sn: &str) -> Result<Vec<SheetView>, Fault> {
        let running = self.running.read().await;
        let sheets = running.as_ref().ok_or_else(not_running)?.sheets(sn).map_err(|error| error.fault())?;
        let view = |sheet: platen_sim::Sheet| SheetView {
            handle: format!("{}-{}", sheet.job_id, sheet.page),
            job_id: sheet.job_id,
            page: sheet.page,
            width: sheet.width,
            height: sheet.height,
            sha256: sheet.sha256,
            at: sheet.at,
        };
        Ok(sheets.into_iter().map(view).collect())
    }

    async fn sheet(&self, sn: &str, handle: &str) -> Result<Vec<u8>, Fault> {
        let running = self.running.read().await;
        let world = running.as_ref().ok_or_else(not_running)?;
        let (job, page) = handle.rsplit_once('-').ok_or_else(no_sheet)?;
        let page = page.parse().map_err(|_| no_sheet())?;
        world.sheet_png(sn, job, page).map_err(|error| error.fault())
    }

    fn radio(&self) -> Option<Arc<dyn Radio>> {
        let air = self.air.lock().unwrap_or_else(PoisonError::into_inner);
        air.clone().map(|air| Arc::new(air) as Arc<dyn Radio>)
    }

    #[cfg(target_os = "linux")]
    fn ports(&self) -> Vec<(String, String)> {
        let line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        line.iter().map(|line| (line.path().to_owned(), "Cable Printer".to_owned())).collect()
    }

    fn watch(&self, notify: Notify) {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).push(notify);
    }
}

/// Air with one of each kind of device; the printers' paper is in the world's folder.
fn furnished(dir: &Path, arrivals: &Arrivals) -> Result<Air, WorldError> {
    let air = Air::new();
    for (address, device) in standard(&dir.join("bluetooth"), arrivals)? {
        air.put(address, device);
    }
    Ok(air)
}

fn printer(state: PrinterState) -> WorldPrinter {
    WorldPrinter {
        sn: state.printer.sn,
        name: state.printer.name,
        model: state.printer.model,
        wants_code: state.printer.wants_code,
        printed_code: state.printed_code,
        faults: state.faults,
    }
}

fn not_running() -> Fault {
    Fault::new("world_not_running", "The simulated world does not run.", "Start it with \"Try without a printer\".")
}

fn no_sheet() -> Fault {
    Fault::new("sheet_unknown", "This sheet is not there.", "Look at the list of sheets again.").with_retry(Retry::No)
}
