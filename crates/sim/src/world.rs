//! The world as a whole: a platform, a broker, printers.

use crate::act::Act;
use crate::air::setup::JoinedPrinter;
use crate::arrivals::Arrivals;
use crate::assembly::Assembly;
use crate::broker::{Asked, Broker, Figures, Keep};
use crate::chance::fresh_id;
use crate::change::Change;
use crate::device::Device;
use crate::error::WorldError;
use crate::label::{Label, Printer, labels, newcomers};
use crate::options::{MqttChoice, WorldOptions, broker_address};
use crate::paper::Sheet;
use crate::platform::{Forward, Platform, PlatformGate, Settings, prefix};
use crate::post::Post;
use crate::trouble::Troubles;
use crate::{control, device, door, platform};
use platen_model::Segment;
use platen_protocol::cloud::profile::Profile;
use platen_protocol::cloud::status::JobStatus;
use platen_protocol::cloud::{Mode, Owner};
use serde::Serialize;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const TENANT: &str = "sim_tenant";
const USER: &str = "sim_user";
/// How long a broker may take to answer.
const BROKER_PATIENCE: Duration = Duration::from_secs(10);
/// The largest MQTT packet of the embedded broker, in bytes.
const MAX_PACKET: u32 = 1 << 20;

/// How to reach a world: the first line of `platen sim --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Hello {
    /// Base address of the platform.
    pub http: String,
    /// Base address of the tenant's backend, for the via-tenant mode.
    pub tenant: String,
    /// Address of the broker.
    pub mqtt: String,
    /// Base address of the world's own calls.
    pub control: String,
    /// Folder with a folder of paper for each printer.
    pub paper: PathBuf,
    /// Tenant and user of the topics.
    pub owner: Owner,
    /// A profile that reaches this world, as TOML, with the name `simulated`.
    pub profile: String,
    /// The printers.
    pub printers: Vec<Printer>,
}

/// A printer of the world now.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PrinterState {
    /// What stands on its label.
    #[serde(flatten)]
    pub printer: Printer,
    /// The code that is on its paper.
    pub printed_code: Option<String>,
    /// Somebody is bound to it.
    pub bound: bool,
    /// It has a connection to the broker.
    pub online: bool,
    /// A job is being printed, or waits in the middle.
    pub printing: bool,
    /// Percent.
    pub battery: u8,
    /// °C.
    pub temperature: f64,
    /// What is wrong with it on purpose: `paper-out`, `overheated`, `battery-empty`, `offline`.
    pub faults: Vec<String>,
    /// Sheets that came out so far.
    pub sheets: usize,
}

/// What lives in a world.
pub(crate) struct Inside {
    devices: Mutex<Vec<Arc<Device>>>,
    /// Printers that have not arrived yet, and some that have.
    newcomers: Vec<Label>,
    assembly: Assembly,
    platform: Arc<Platform>,
}

impl Inside {
    fn devices(&self) -> MutexGuard<'_, Vec<Arc<Device>>> {
        self.devices.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn device(&self, sn: &str) -> Result<Arc<Device>, WorldError> {
        let devices = self.devices();
        let found = devices.iter().find(|device| device.label.sn.as_str() == sn);
        found.cloned().ok_or_else(|| WorldError::NoPrinter(sn.to_owned()))
    }

    /// Switches newcomers on as they arrive, until the world ends.
    async fn welcome(self: Arc<Self>, mut joined: mpsc::UnboundedReceiver<JoinedPrinter>) {
        let stop = self.assembly.stop.clone();
        while let Some(Some(printer)) = stop.run_until_cancelled(joined.recv()).await {
            let newcomer = self.newcomers.iter().find(|label| label.sn.as_str() == printer.serial);
            if let Some(label) = newcomer.filter(|_| self.device(&printer.serial).is_err()) {
                match self.assembly.start(label, &self.platform) {
                    Ok(device) => self.devices().push(device),
                    Err(error) => {
                        tracing::warn!(%error, sn = printer.serial, "a simulated printer did not come on line")
                    }
                }
            }
            // Like its key, this goes to the platform by the printer's own connection.
            if let Some(token) = newcomer.and(printer.token.as_deref()) {
                self.platform.show_bind_token(&printer.serial, token);
            }
            self.assembly.change.bump();
        }
    }

    pub(crate) fn act(&self, sn: &str, act: Act) -> Result<(), WorldError> {
        self.device(sn)?.act(act);
        Ok(())
    }

    pub(crate) fn printers(&self) -> Vec<PrinterState> {
        let state = |device: &Arc<Device>| PrinterState {
            printer: device.label.printer(),
            printed_code: device.printed_code(),
            bound: self.platform.is_bound(device.label.sn.as_str()),
            online: device.is_connected(),
            printing: device.is_printing(),
            battery: device.battery(),
            temperature: device.temperature(),
            faults: device.faults().into_iter().map(str::to_owned).collect(),
            sheets: device.sheet_count(),
        };
        self.devices().iter().map(state).collect()
    }
}

/// A running world. [`World::stop`] ends it in an orderly way; dropping it ends it at once.
pub struct World {
    inside: Arc<Inside>,
    hello: Hello,
    profile: Profile,
    broker: Option<Broker>,
    mail: Post,
    arrivals: Arrivals,
    troubles: Arc<Troubles>,
    change: Change,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl World {
    /// Starts a world and waits until its platform and printers are connected.
    pub async fn start(options: WorldOptions) -> Result<Self, WorldError> {
        // Taken already by the program around us: then that one is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        std::fs::create_dir_all(&options.dir).map_err(WorldError::Folder)?;
        let (tasks, stop, change) = (TaskTracker::new(), CancellationToken::new(), Change::new());
        // Whatever has begun ends when the start fails half-way.
        let guard = stop.clone().drop_guard();
        let listener = listen(options.http_port).await?;
        let port = listener.local_addr().map_err(|error| WorldError::Port { port: options.http_port, error })?.port();
        let base_url = format!("http://127.0.0.1:{port}");
        let owner = Owner { tenant_code: word(TENANT)?, user_name: word(USER)? };
        let (labels, newcomers) = (labels(options.seed, options.office), newcomers(options.seed));
        let (readings, speed) = (options.readings, options.sane_speed());

        let key = fresh_id();
        let gate = Arc::new(PlatformGate::new(key.clone()));
        let (broker, host, mqtt_port) = match &options.mqtt {
            MqttChoice::Embedded { port } => {
                let started = Broker::start(*port, MAX_PACKET, gate.clone()).await;
                let broker = started.map_err(|error| WorldError::Port { port: *port, error })?;
                let port = broker.port();
                (Some(broker), "127.0.0.1".to_owned(), port)
            }
            MqttChoice::Broker(url) => {
                let (host, port) = broker_address(url)?;
                (None, host, port)
            }
        };
        let mqtt = format!("mqtt://{host}:{mqtt_port}");

        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| WorldError::Folder(std::io::Error::other(error)))?;
        let troubles = Arc::new(Troubles::default());
        let forward = options.callback.map(|url| Forward::open(url, http.clone(), &tasks, stop.clone()));
        let settings = Settings {
            dir: options.dir.clone(),
            owner: owner.clone(),
            readings,
            labels: labels.iter().chain(&newcomers).cloned().collect(),
            token_life: Duration::from_secs(options.token_seconds),
            base_url: base_url.clone(),
            heard_within: broker.is_none().then(|| Duration::from_secs(2) + Duration::from_secs_f64(9.0 / speed)),
        };
        let platform = Platform::open(settings, forward, change.clone())?;
        gate.move_in(platform.clone());

        let assembly = Assembly {
            dir: options.dir.clone(),
            seed: options.seed,
            speed,
            owner: owner.clone(),
            readings,
            base_url: base_url.clone(),
            http,
            broker: (host.clone(), mqtt_port),
            change: change.clone(),
            tasks: tasks.clone(),
            stop: stop.clone(),
        };
        let named = (format!("platform-{}", platform.instance()), "platform".to_owned(), key);
        let (mail, heard) = assembly.post(named, platform.mail_filters());
        platform.attach(mail.clone());
        tasks.spawn(platform.clone().serve_mail(heard));
        connected(mail.watch(), &mqtt).await?;

        // Newcomers that arrived in an earlier run are at home here.
        let at_home = newcomers.iter().filter(|label| device::remembers(&options.dir, label));
        let devices: Vec<_> =
            labels.iter().chain(at_home).map(|label| assembly.start(label, &platform)).collect::<Result<_, _>>()?;
        let (arrivals, joined) = Arrivals::open();
        let inside =
            Arc::new(Inside { devices: Mutex::new(devices.clone()), newcomers, assembly, platform: platform.clone() });
        tasks.spawn(inside.clone().welcome(joined));
        let routes = platform::router(platform).merge(control::router(inside.clone()));
        tasks.spawn(door::serve(listener, routes, troubles.clone(), tasks.clone(), stop.clone()));
        for device in &devices {
            connected(device.connection(), &mqtt).await?;
        }

        let profile = profile(&base_url, &host, mqtt_port, &owner, readings);
        let hello = Hello {
            tenant: format!("{base_url}/tenant"),
            control: format!("{base_url}/world"),
            http: base_url,
            mqtt,
            paper: options.dir.join("paper"),
            owner,
            profile: profile.to_toml(),
            printers: labels.iter().map(Label::printer).collect(),
        };
        let stop = guard.disarm();
        Ok(Self { inside, hello, profile, broker, mail, arrivals, troubles, change, tasks, stop })
    }

    /// How to reach it.
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// A profile that reaches it, in either mode (rule C-3).
    pub fn profile(&self, mode: Mode) -> Profile {
        Profile { mode, ..self.profile.clone() }
    }

    /// Where printers of the simulated air that have joined a network are told.
    pub fn arrivals(&self) -> &Arrivals {
        &self.arrivals
    }

    /// Its printers now, those that arrived last.
    pub fn printers(&self) -> Vec<PrinterState> {
        self.inside.printers()
    }

    /// Does something to a printer.
    pub fn act(&self, sn: &str, act: Act) -> Result<(), WorldError> {
        self.inside.act(sn, act)
    }

    /// Does what a line `SN act` says.
    pub fn command(&self, line: &str) -> Result<(), WorldError> {
        let (sn, word) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
        self.inside.device(sn)?;
        let act = Act::from_name(word.trim()).ok_or_else(|| WorldError::NoAct(word.trim().to_owned()))?;
        self.act(sn, act)
    }

    /// The last sheets of a printer, newest first, at most 100.
    pub fn sheets(&self, sn: &str) -> Result<Vec<Sheet>, WorldError> {
        Ok(self.inside.device(sn)?.sheets())
    }

    /// A sheet as PNG, one bit a dot.
    pub fn sheet_png(&self, sn: &str, job_id: &str, page: u32) -> Result<Vec<u8>, WorldError> {
        self.inside.device(sn)?.sheet_png(job_id, page)
    }

    /// A number that grows with every change.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.change.subscribe()
    }

    /// Trouble on purpose on the HTTP side, and a count of its calls.
    pub fn troubles(&self) -> &Troubles {
        &self.troubles
    }

    /// Takes back every authorisation code and token of a printer (rule C-2).
    pub fn revoke(&self, sn: &str) -> Result<(), WorldError> {
        self.inside.platform.revoke(sn).map_err(WorldError::Folder)
    }

    /// Ends every token now; authorisation codes stay good.
    pub fn expire_tokens(&self) -> Result<(), WorldError> {
        self.inside.platform.expire_tokens().map_err(WorldError::Folder)
    }

    /// Publishes anything under any topic, as a hostile or broken peer would.
    pub fn publish_raw(&self, topic: &str, payload: &[u8]) -> Result<(), WorldError> {
        match &self.broker {
            Some(broker) => broker.publish(topic, payload.to_vec(), 1, false).map_err(|_| WorldError::Topic),
            None => {
                self.mail.send(topic.to_owned(), payload.to_vec());
                Ok(())
            }
        }
    }

    /// Cuts every connection of the embedded broker and listens again on the same port.
    pub async fn restart_broker(&self, keep: Keep) -> Result<(), WorldError> {
        let broker = self.embedded()?;
        broker.restart(keep).await.map_err(|error| WorldError::Port { port: broker.port(), error })
    }

    /// Switches the embedded broker off until [`World::broker_up`].
    pub async fn broker_down(&self, keep: Keep) -> Result<(), WorldError> {
        self.embedded()?.down(keep).await;
        Ok(())
    }

    /// Switches the embedded broker on again.
    pub async fn broker_up(&self) -> Result<(), WorldError> {
        let broker = self.embedded()?;
        broker.up().await.map_err(|error| WorldError::Port { port: broker.port(), error })
    }

    /// Every filter that anybody asked the embedded broker for.
    pub fn asked(&self) -> Result<Vec<Asked>, WorldError> {
        Ok(self.embedded()?.asked())
    }

    /// What the embedded broker does and holds.
    pub fn broker_figures(&self) -> Result<Figures, WorldError> {
        Ok(self.embedded()?.figures())
    }

    fn embedded(&self) -> Result<&Broker, WorldError> {
        self.broker.as_ref().ok_or(WorldError::NotEmbedded)
    }

    /// Ends the world: printers say goodbye, ports are free afterwards.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        if let Some(broker) = &self.broker {
            broker.stop().await;
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn word(text: &str) -> Result<Segment, WorldError> {
    Segment::new(text).map_err(|error| WorldError::Folder(std::io::Error::other(error)))
}

async fn listen(port: u16) -> Result<TcpListener, WorldError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| WorldError::Port { port, error })
}

async fn connected(mut connection: watch::Receiver<bool>, mqtt: &str) -> Result<(), WorldError> {
    match timeout(BROKER_PATIENCE, connection.wait_for(|up| *up)).await {
        Ok(Ok(_)) => Ok(()),
        _ => Err(WorldError::BrokerUnreachable(mqtt.to_owned())),
    }
}

fn profile(base_url: &str, host: &str, port: u16, owner: &Owner, readings: crate::Readings) -> Profile {
    let mut profile = Profile::sample("simulated", base_url, host, port)
        .with_owner(owner.tenant_code.clone(), owner.user_name.clone());
    profile.set_up = Some(platform::set_up());
    profile.http.tenant_url = Some(format!("{base_url}/tenant"));
    profile.mqtt.prefix = prefix(readings);
    let literals = readings.literals();
    for (literal, status) in [
        (literals.accepted, JobStatus::Accepted),
        (literals.progress, JobStatus::Progress),
        (literals.done, JobStatus::Done),
        (literals.failed, JobStatus::Failed),
    ] {
        profile.jobs.status.set(literal, status);
    }
    profile
}
