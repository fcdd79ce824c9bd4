//! A shop: an app with its data folder, and a world with its printers.

use super::{FastClock, documents};
use futures_util::FutureExt;
use platen_engine::{
    BindResult, Clock, Engine, EngineOptions, Follower, HandClock, JobStatus, LinkState, Mode, PrinterStatus, Renderer,
    Start, Submission,
};
use platen_model::{Fault, JobId, JobState, PageOptions, Secret};
use platen_protocol::cloud::Profile;
use platen_sim::{World, WorldOptions};
use platen_store::{DataDir, Secrets, SecretsChoice, StoreOptions};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Handle;

/// How long anything may take before a test gives up. Generous: the machine may be busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(100);

/// How a shop is opened.
pub(crate) struct Plan {
    pub(crate) world: WorldOptions,
    pub(crate) mode: Mode,
    pub(crate) clock: Arc<dyn Clock>,
    /// The last word about the profile.
    pub(crate) profile: Box<dyn FnOnce(&mut Profile) + Send>,
}

pub(crate) struct Shop {
    pub(crate) engine: Engine,
    pub(crate) world: World,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) folder: TempDir,
}

impl Shop {
    /// Fast printers, a fast clock, everything else as usual.
    pub(crate) async fn open() -> Self {
        Self::with(|_| ()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Plan)) -> Self {
        let folder = TempDir::new().unwrap();
        let world = WorldOptions { speed: 1000.0, ..WorldOptions::new(folder.path().join("world")) };
        let clock = Arc::new(FastClock::times(10));
        let mut plan = Plan { world, mode: Mode::Direct, clock, profile: Box::new(|_| ()) };
        change(&mut plan);
        let world = World::start(plan.world).await.unwrap();
        let engine = open_engine(&folder.path().join("data"), plan.clock.clone()).await.unwrap();
        let mut profile = world.profile(plan.mode);
        (plan.profile)(&mut profile);
        engine.use_profile(&profile.to_toml(), None, true).await.unwrap();
        Self { engine, world, clock: plan.clock, folder }
    }

    /// The world's profile with a change, in use from now on.
    pub(crate) async fn change_profile(&self, change: impl FnOnce(&mut Profile)) {
        let mut profile = self.world.profile(Mode::Direct);
        change(&mut profile);
        self.engine.use_profile(&profile.to_toml(), None, true).await.unwrap();
    }

    /// The printer that is bound at once: serial number and model.
    pub(crate) fn plain(&self) -> (String, String) {
        let printer = self.world.hello().printers.iter().find(|printer| !printer.wants_code).unwrap();
        (printer.sn.clone(), printer.model.clone())
    }

    /// The printer that wants a code: serial number, model, code.
    pub(crate) fn coded(&self) -> (String, String, String) {
        let printer = self.world.hello().printers.iter().find(|printer| printer.wants_code).unwrap();
        (printer.sn.clone(), printer.model.clone(), printer.code.clone().unwrap())
    }

    /// Binds the plain printer and waits until its messages arrive.
    pub(crate) async fn bind(&self) -> String {
        let (sn, model) = self.plain();
        let bound = self.engine.bind(&sn, None, None, Some(&model)).await.unwrap();
        assert!(matches!(bound, BindResult::Bound(_)), "{bound:?}");
        self.until_ready(&sn).await;
        sn
    }

    /// Binds the other one.
    pub(crate) async fn bind_coded(&self) -> String {
        let (sn, model, code) = self.coded();
        let bound = self.engine.bind(&sn, Some(Secret::from(code)), None, Some(&model)).await.unwrap();
        assert!(matches!(bound, BindResult::Bound(_)), "{bound:?}");
        self.until_ready(&sn).await;
        sn
    }

    /// Hands a document in; its handle.
    pub(crate) async fn hand_in(&self, name: &str, bytes: &[u8]) -> String {
        hand_in(&self.engine, name, bytes).await
    }

    /// What is asked for when a document is printed.
    pub(crate) async fn order(&self, sn: &str, name: &str, bytes: &[u8]) -> Submission {
        Submission {
            caller: "test".to_owned(),
            document: self.hand_in(name, bytes).await,
            printer: sn.to_owned(),
            options: PageOptions::default(),
            reference: None,
        }
    }

    /// Prints the picture of that number.
    pub(crate) async fn print(&self, sn: &str, number: u32) -> JobId {
        let order = self.order(sn, &format!("{number}.png"), &documents::picture(number)).await;
        self.engine.submit(order).await.unwrap().row.id
    }

    pub(crate) async fn job(&self, id: &JobId) -> JobStatus {
        self.engine.job(id).await.unwrap()
    }

    pub(crate) async fn printer(&self, sn: &str) -> PrinterStatus {
        self.engine.printer(sn).await.unwrap()
    }

    pub(crate) async fn until_job(&self, id: &JobId, state: JobState) -> JobStatus {
        let what = format!("job {id} {state}");
        self.until(&what, async || Some(self.job(id).await).filter(|job| job.row.state == state)).await
    }

    /// Done, failed, cancelled or uncertain.
    pub(crate) async fn until_settled(&self, id: &JobId) -> JobStatus {
        let what = format!("job {id} settled");
        self.until(&what, async || Some(self.job(id).await).filter(|job| job.row.state.is_settled())).await
    }

    pub(crate) async fn until_printer(
        &self,
        sn: &str,
        what: &str,
        fits: impl Fn(&PrinterStatus) -> bool,
    ) -> PrinterStatus {
        self.until(what, async || Some(self.printer(sn).await).filter(&fits)).await
    }

    pub(crate) async fn until_ready(&self, sn: &str) -> PrinterStatus {
        self.until_printer(sn, "subscribed", |printer| printer.link == LinkState::Ready).await
    }

    /// Looks again after every event of the engine and every change of the world.
    pub(crate) async fn until<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let mut follower = self.follow();
        let mut world = self.world.changed();
        let wait = async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                tokio::select! {
                    event = follower.next() => if event.is_err() { follower = self.follow() },
                    _ = world.changed() => {}
                }
                // Many events at once are one reason to look.
                while let Some(event) = follower.next().now_or_never() {
                    if event.is_err() {
                        follower = self.follow();
                    }
                }
            }
        };
        match tokio::time::timeout(PATIENCE, wait).await {
            Ok(found) => found,
            Err(_) => panic!("waited in vain until: {what}\n{}", self.tell().await),
        }
    }

    /// The same while the printer's link is woken again and again, as news of the network would.
    pub(crate) async fn until_awake<T>(&self, sn: &str, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let wait = async {
            loop {
                // The platform may be out of reach as well; the link is woken all the same.
                let _ = self.engine.refresh_printer(sn).await;
                let mut follower = self.follow();
                let round = async {
                    loop {
                        if let Some(found) = look().await {
                            return found;
                        }
                        if follower.next().await.is_err() {
                            follower = self.follow();
                        }
                    }
                };
                if let Ok(found) = tokio::time::timeout(Duration::from_millis(700), round).await {
                    return found;
                }
            }
        };
        match tokio::time::timeout(PATIENCE, wait).await {
            Ok(found) => found,
            Err(_) => panic!("waited in vain until: {what}\n{}", self.tell().await),
        }
    }

    /// Events from now on.
    pub(crate) fn follow(&self) -> Follower {
        let events = self.engine.events();
        events.follow(events.epoch(), events.last()).unwrap()
    }

    /// Everything, for whoever reads a failure.
    async fn tell(&self) -> String {
        let jobs = self.engine.jobs(None, 10).await.unwrap_or_default();
        let jobs: Vec<_> = jobs
            .iter()
            .map(|job| format!("{} {} {:?} {:?}", job.row.id, job.row.state, job.row.detail, job.row.fault))
            .collect();
        let printers: Vec<_> = self
            .engine
            .printers()
            .await
            .unwrap_or_default()
            .into_iter()
            .map(|printer| {
                format!("{} {:?} {:?} {:?}", printer.row.sn, printer.link, printer.connection, printer.problems)
            })
            .collect();
        format!("{}\n{}\n{:?}", jobs.join("\n"), printers.join("\n"), self.world.printers())
    }

    /// Closes the app in an orderly way and opens it again on the same data.
    pub(crate) async fn close_and_open(self) -> Self {
        let Self { engine, world, clock, folder } = self;
        engine.close().await;
        let engine = open_engine(&folder.path().join("data"), clock.clone()).await.unwrap();
        Self { engine, world, clock, folder }
    }

    /// The same while a hand-driven clock is turned on, step by step, until it happens.
    pub(crate) async fn until_turning<T>(
        &self,
        clock: &HandClock,
        step: Duration,
        what: &str,
        mut look: impl AsyncFnMut() -> Option<T>,
    ) -> T {
        let wait = async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                let mut follower = self.follow();
                clock.advance(step);
                // What the step set off shows as an event, or is nothing.
                let _ = tokio::time::timeout(Duration::from_millis(20), follower.next()).await;
            }
        };
        match tokio::time::timeout(PATIENCE, wait).await {
            Ok(found) => found,
            Err(_) => panic!("waited in vain until: {what}\n{}", self.tell().await),
        }
    }

    /// Only the app ends.
    pub(crate) async fn close(self) -> (World, Arc<dyn Clock>, TempDir) {
        self.engine.close().await;
        (self.world, self.clock, self.folder)
    }

    /// The app is let go of as it is; whoever holds its runtime ends it.
    pub(crate) fn let_go(self) -> (World, TempDir) {
        (self.world, self.folder)
    }

    /// Opens an app in a world that is there already, on a runtime of the caller's choice.
    pub(crate) async fn open_on(runtime: &Handle, world: World, clock: Arc<dyn Clock>, folder: TempDir) -> Self {
        let (data, hands) = (folder.path().join("data"), clock.clone());
        // Whoever was killed just now may still be on its way out.
        let open = async move {
            loop {
                match open_engine(&data, hands.clone()).await {
                    Err(fault) if fault.code == "data_in_use" => tokio::task::yield_now().await,
                    opened => return opened.unwrap(),
                }
            }
        };
        let engine = tokio::time::timeout(PATIENCE, runtime.spawn(open)).await.expect("the folder is free").unwrap();
        Self { engine, world, clock, folder }
    }
}

/// Hands a document in; its handle.
pub(crate) async fn hand_in(engine: &Engine, name: &str, bytes: &[u8]) -> String {
    let mut upload = engine.upload(name).await.unwrap();
    upload.write(bytes).await.unwrap();
    upload.finish().await.unwrap().0.id
}

/// Opens an engine whose secrets are in the protected file, on every machine.
pub(crate) async fn open_engine(data: &Path, clock: Arc<dyn Clock>) -> Result<Engine, Fault> {
    // A secrets file that is there is used; so the keychain of whoever runs the tests is left alone.
    if !data.join("secrets.bin").exists() {
        let dir = DataDir::open(data).map_err(|error| error.fault())?;
        let secrets = Secrets::open_in(&dir, SecretsChoice::File).await.unwrap();
        secrets.put("begun", &Secret::from("")).await.unwrap();
    }
    let options = EngineOptions {
        data: data.to_owned(),
        start: Start::All,
        clock,
        renderer: Renderer::InProcess,
        store: StoreOptions { free_floor: 0, ballast: 0, readers: 2 },
        radio: None,
    };
    Engine::open(options).await
}
