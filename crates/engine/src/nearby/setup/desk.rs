//! The desk between the wizard and the world: it carries effects out and brings back what happened.

use super::KEPT;
use super::status::SetupStatus;
use super::talk::Talk;
use super::token::Handed;
use crate::binding::Proof;
use crate::jobs::Submission;
use crate::nearby::air::Listening;
use crate::{BindResult, Change, Core, Engine};
use platen_model::{Fault, Moment, PageOptions, Secret, Ssid};
use platen_protocol::provisioning::Obstacle;
use platen_protocol::provisioning::wizard::{Effect, Happening, Target, Wizard};
use platen_transport::{AdapterState, own_network, reaches};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// One look at the network.
const REACH: Duration = Duration::from_secs(3);
/// Ports on which printers answer, after the one that they named.
const PORTS: [u16; 3] = [80, 631, 9100];

/// How often, and how far apart, a platform is asked to bind a printer that has not shown its token yet.
const SHOWN_TRIES: u32 = 8;
const SHOWN_PAUSE: Duration = Duration::from_secs(2);

/// Something that happened.
pub(super) struct Post {
    /// The link that it happened on; what an older one still says is not heard.
    pub(super) turn: Option<u64>,
    pub(super) happening: Happening,
    /// Told when all that followed from it was done.
    pub(super) done: Option<oneshot::Sender<()>>,
}

/// See the module.
pub(super) struct Desk {
    core: Arc<Core>,
    wizard: Wizard,
    post: mpsc::UnboundedSender<Post>,
    shown: Arc<Mutex<SetupStatus>>,
    stop: CancellationToken,
    listening: Option<Listening>,
    talk: Option<Talk>,
    turn: u64,
    kept: String,
    handed: Handed,
}

impl Desk {
    pub(super) fn new(
        core: Arc<Core>,
        wizard: Wizard,
        post: mpsc::UnboundedSender<Post>,
        shown: Arc<Mutex<SetupStatus>>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            core,
            wizard,
            post,
            shown,
            stop,
            listening: None,
            talk: None,
            turn: 0,
            kept: String::new(),
            handed: Handed::default(),
        }
    }

    pub(super) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Post>) {
        let mut air = self.core.nearby.air.version.subscribe();
        let mut done = Vec::new();
        self.ask_own_network();
        loop {
            let until = self.drain().await;
            for done in done.drain(..) {
                let done: oneshot::Sender<()> = done;
                // Who asked has gone away meanwhile.
                let _ = done.send(());
            }
            let clock = self.core.clock.clone();
            let due = async {
                match until {
                    Some(until) => clock.wait_until(until).await,
                    None => std::future::pending().await,
                }
            };
            let happening = tokio::select! {
                () = self.stop.cancelled() => break,
                post = inbox.recv() => {
                    // A sender lives in this desk.
                    let Some(post) = post else { break };
                    done.extend(post.done);
                    if post.turn.is_some_and(|turn| turn != self.turn) {
                        continue;
                    }
                    post.happening
                }
                // The sender lives in `nearby`.
                _ = air.changed(), if self.listening.is_some() => {
                    self.look();
                    continue;
                }
                () = due => Happening::Tick,
            };
            self.wizard.handle(self.core.clock.now(), happening);
        }
        if let Some(talk) = self.talk.take() {
            talk.end().await;
        }
    }

    /// Carries out all that is due; until when there is nothing to do.
    async fn drain(&mut self) -> Option<Moment> {
        let mut changed = false;
        let until = loop {
            match self.wizard.poll() {
                Effect::WaitUntil(until) => break until,
                Effect::Changed => changed = true,
                Effect::Listen(on) => {
                    self.listening = on.then(|| self.core.nearby.air.listen());
                    self.core.nearby.air.changed();
                }
                Effect::Connect(target) => self.connect(target),
                Effect::Begin(means) => {
                    if let Some(talk) = &mut self.talk {
                        talk.begin(means);
                    }
                }
                Effect::Answer(answer) => {
                    if let Some(talk) = &self.talk {
                        talk.answer(answer);
                    }
                }
                Effect::HangUp => {
                    if let Some(talk) = &self.talk {
                        talk.hang_up();
                    }
                }
                Effect::Reach { host, port } => self.reach(host, port),
                Effect::Bind(serial) => self.bind(serial),
                Effect::TestPrint(serial) => self.test_print(serial),
                // The door adds it as a printer: it may have to ask which model it is.
                Effect::UseDirectly(_) => {}
            }
        };
        let status = SetupStatus::of(&self.wizard, self.core.clock.now());
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = status;
        if changed {
            self.keep().await;
            self.core.tell(Change::Setup);
        }
        until
    }

    async fn keep(&mut self) {
        // What is over is not gone on with.
        let text = if self.wizard.is_over() {
            String::new()
        } else {
            serde_json::to_string(self.wizard.saved()).unwrap_or_default()
        };
        if text != self.kept {
            if let Err(error) = self.core.store.set_setting(KEPT, &text).await {
                // It goes on all the same; a restart would begin anew.
                tracing::warn!(%error, "the state of the set-up was not kept");
            }
            self.kept = text;
        }
    }

    /// What is heard while a printer is looked for.
    fn look(&mut self) {
        let now = self.core.clock.now();
        self.wizard.handle(now, Happening::Ready(self.core.bluetooth_trouble()));
        for device in self.core.nearby.air.devices().into_iter().filter(|device| device.setup.is_some()) {
            let target = Target { id: device.address.to_string(), name: device.advertisement.name.clone() };
            self.wizard.handle(now, Happening::Seen(target));
        }
    }

    fn connect(&mut self, target: Target) {
        self.turn = self.turn.wrapping_add(1);
        let (post, turn) = (self.post.clone(), self.turn);
        let tell = move |happening| {
            // A desk that has ended hears nothing more.
            let _ = post.send(Post { turn: Some(turn), happening, done: None });
        };
        let before = self.talk.take();
        self.talk = Some(Talk::open(self.core.clone(), target, before, self.handed.clone(), Box::new(tell)));
    }

    /// Does something beside the desk and brings back what came of it.
    fn beside(&self, work: impl Future<Output = Happening> + Send + 'static) {
        let (post, stop) = (self.post.clone(), self.stop.clone());
        self.core.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                happening = work => {
                    // A desk that has ended hears nothing more.
                    let _ = post.send(Post { turn: None, happening, done: None });
                }
            }
        });
    }

    /// What the computer itself is on stands first in the list; nobody waits for it.
    fn ask_own_network(&self) {
        let (post, stop) = (self.post.clone(), self.stop.clone());
        self.core.tasks.spawn(async move {
            if let Some(Some(own)) = stop.run_until_cancelled(own_network()).await
                && let Some(ssid) = Ssid::new(&own.ssid)
            {
                // A desk that has ended hears nothing more.
                let _ = post.send(Post { turn: None, happening: Happening::Computer(ssid, own.mhz), done: None });
            }
        });
    }

    fn reach(&self, host: String, port: Option<u16>) {
        self.beside(async move {
            let ports: Vec<u16> = port.into_iter().chain(PORTS).collect();
            Happening::Reached(reaches(&host, &ports, REACH).await)
        });
    }

    fn bind(&self, serial: Option<String>) {
        let (engine, token) = (Engine { core: self.core.clone() }, self.handed.get());
        self.beside(async move {
            let Some(serial) = serial else { return Happening::Bound(Err(Obstacle::NotBound)) };
            Happening::Bound(match bind(&engine, &serial, token).await {
                Ok(BindResult::Bound(_)) => Ok(serial),
                // The code is on paper by now: the list of printers asks for it.
                Ok(BindResult::CodeNeeded) => Err(Obstacle::NotBound),
                Err(fault) => Err(not_bound(&fault)),
            })
        });
    }

    fn test_print(&self, serial: String) {
        let engine = Engine { core: self.core.clone() };
        self.beside(async move {
            let printed = async {
                let mut upload = engine.upload("Test label.txt").await?;
                upload.write(format!("Platen\n\n{serial}\n").as_bytes()).await?;
                let (document, _) = upload.finish().await?;
                let submission = Submission {
                    caller: "setup".to_owned(),
                    document: document.id,
                    printer: serial,
                    options: PageOptions::default(),
                    reference: None,
                };
                engine.submit(submission).await
            };
            Happening::Printed(match printed.await {
                Ok(_) => Ok(()),
                Err(fault) => {
                    tracing::warn!(code = %fault.code, "the test label was not accepted: {}", fault.message);
                    Err(Obstacle::NoCloud)
                }
            })
        });
    }
}

impl Core {
    /// What keeps Bluetooth from being used, in the words of a set-up.
    pub(super) fn bluetooth_trouble(&self) -> Option<Obstacle> {
        match self.nearby.air.trouble() {
            (AdapterState::Off, _) => Some(Obstacle::BluetoothOff),
            (AdapterState::Denied, _) => Some(Obstacle::BluetoothDenied),
            (AdapterState::None, _) => Some(Obstacle::BluetoothNone),
            (AdapterState::On | AdapterState::Unknown, _) => None,
        }
    }
}

/// Binds, by its token where the printer has one. It shows that to the platform in its own time: "busy" is "not yet".
async fn bind(engine: &Engine, serial: &str, token: Option<Secret<String>>) -> Result<BindResult, Fault> {
    let Some(token) = token else { return engine.bind(serial, None, None, None).await };
    let mut left = SHOWN_TRIES;
    loop {
        left -= 1;
        match engine.bind_by(serial, Proof::Token(token.clone()), None, None).await {
            Err(fault) if fault.code == "cloud_busy" && left > 0 => {
                let clock = &engine.core.clock;
                clock.wait_until(clock.now() + SHOWN_PAUSE).await;
            }
            end => return end,
        }
    }
}

fn not_bound(fault: &Fault) -> Obstacle {
    match fault.code.as_ref() {
        "bind_refused" => Obstacle::BindConflict,
        "verification_code_missing" => Obstacle::Expired,
        _ => Obstacle::NotBound,
    }
}
