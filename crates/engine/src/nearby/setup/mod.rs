//! Giving a printer its Wi-Fi: the wizard over real links.
//!
//! ```text
//! a door ─ answer ─▶ desk ─ happening ─▶ wizard ─ effect ─▶ desk ─▶ link: connect, dialogue      (talk)
//!   ▲                 │                                      └────▶ network, binding, test print
//!   └── status, saved ┘
//! ```
//!
//! One set-up at a time. Source: section 5.4 of the provisioning facts; promise BL-1 (what goes over a set-up's link is
//! never kept). Deliberately absent: mDNS (it has its own issue: a printer is looked for only where it said that it is),
//! and joining a printer's own access point for the user.

mod desk;
mod status;
mod talk;
mod token;
mod way;

pub use status::SetupStatus;
pub(super) use way::ACCESS_POINT;

use super::ports::PREFIX as PORT;
use crate::{Change, Core, Engine};
use desk::{Desk, Post};
use platen_model::{Fault, Retry, Secret, Security, Ssid};
use platen_protocol::provisioning::label::{self, Label};
use platen_protocol::provisioning::wizard::{Happening, Saved, Target, Wizard};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// The setting under which the state is kept.
const KEPT: &str = "setup";

/// The set-up of this engine, if there is one.
#[derive(Default)]
pub(crate) struct Setups {
    running: Mutex<Option<Running>>,
    /// Held while one begins or ends.
    turn: tokio::sync::Mutex<()>,
}

struct Running {
    post: mpsc::UnboundedSender<Post>,
    shown: Arc<Mutex<SetupStatus>>,
    stop: CancellationToken,
    desk: tokio::task::JoinHandle<()>,
}

/// What a person answers.
#[derive(Clone, Debug)]
pub enum SetupAnswer {
    /// This printer.
    Pick(String),
    /// The text of its label.
    Label(Secret<String>),
    /// The code that stands on it.
    Code(Secret<String>),
    /// This network.
    Network {
        /// Its name.
        ssid: Vec<u8>,
        /// Its protection.
        security: Security,
    },
    /// Its password.
    Password(Secret<String>),
    /// Look for networks again.
    Rescan,
    /// Let the printer blink.
    Blink,
    /// Try this step again.
    Again,
    /// Leave this step out.
    Skip,
    /// Use the printer without Wi-Fi.
    WithoutWifi,
}

impl Setups {
    fn running(&self) -> std::sync::MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Begins a set-up, or goes on with the one that was left; one that runs is ended first. `device` is as the list of
    /// things near names it, `label` the text of a code.
    ///
    /// # Errors
    /// `label_…` for a label that is no set-up code.
    pub async fn start_setup(
        &self,
        device: Option<String>,
        label: Option<Secret<String>>,
    ) -> Result<SetupStatus, Fault> {
        let core = &self.core;
        let label = label.as_ref().map(setup_label).transpose()?;
        let _turn = core.nearby.setups.turn.lock().await;
        core.end_setup().await;
        let target = device.map(|id| core.target(&id));
        let now = core.clock.now();
        let mut wizard = match core.kept_setup().await? {
            Some(saved) if target.as_ref().is_none_or(|target| same(&saved, target)) && label.is_none() => {
                Wizard::resume(now, saved)
            }
            _ => Wizard::new(now),
        };
        wizard.handle(now, Happening::Ready(core.bluetooth_trouble()));
        if let Some(label) = label {
            wizard.handle(now, Happening::Label(label));
        }
        if let Some(target) = target {
            wizard.handle(now, Happening::Pick(target));
        }
        let (post, inbox) = mpsc::unbounded_channel();
        let shown = Arc::new(Mutex::new(SetupStatus::of(&wizard, now)));
        let stop = core.stop.child_token();
        let desk = Desk::new(core.clone(), wizard, post.clone(), shown.clone(), stop.clone());
        let desk = core.tasks.spawn(desk.run(inbox));
        *core.nearby.setups.running() = Some(Running { post, shown, stop, desk });
        core.setup_now().await.ok_or_else(no_setup)
    }

    /// The set-up as it is, running or over.
    pub fn setup(&self) -> Option<SetupStatus> {
        let running = self.core.nearby.setups.running();
        running.as_ref().map(|running| running.shown.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Tells the set-up what a person wants.
    ///
    /// # Errors
    /// `setup_unknown` when none runs; `label_…`; `network_name_invalid`.
    pub async fn answer_setup(&self, answer: SetupAnswer) -> Result<SetupStatus, Fault> {
        let core = &self.core;
        let happening = match answer {
            SetupAnswer::Pick(id) => Happening::Pick(core.target(&id)),
            SetupAnswer::Label(text) => Happening::Label(setup_label(&text)?),
            SetupAnswer::Code(code) => Happening::Code(code),
            SetupAnswer::Network { ssid, security } => Happening::Choose(
                Ssid::new(&ssid).filter(|ssid| !ssid.bytes().is_empty()).ok_or_else(bad_name)?,
                security,
            ),
            SetupAnswer::Password(password) => {
                Happening::Passphrase(Secret::new(password.reveal().as_bytes().to_vec()))
            }
            SetupAnswer::Rescan => Happening::Rescan,
            SetupAnswer::Blink => Happening::Identify,
            SetupAnswer::Again => Happening::Again,
            SetupAnswer::Skip => Happening::Skip,
            SetupAnswer::WithoutWifi => Happening::WithoutWifi,
        };
        core.post_setup(happening).await.ok_or_else(no_setup)
    }

    /// Gives the set-up up. None running is no fault.
    pub async fn cancel_setup(&self) -> Result<(), Fault> {
        let core = &self.core;
        let _turn = core.nearby.setups.turn.lock().await;
        core.post_setup(Happening::Cancel).await;
        core.end_setup().await;
        *core.nearby.setups.running() = None;
        core.store.set_setting(KEPT, "").await.map_err(|error| error.fault())?;
        core.tell(Change::Setup);
        Ok(())
    }

    /// What the text of a code says. Nothing in it is opened.
    ///
    /// # Errors
    /// `label_unreadable`, `label_too_long`, `label_damaged`, `label_not_wifi`.
    pub fn read_label(&self, text: &Secret<String>) -> Result<Label, Fault> {
        read(text)
    }
}

impl Core {
    fn target(&self, id: &str) -> Target {
        let on_air = self.nearby.air.device(id).and_then(|device| device.advertisement.name);
        let name = on_air.or_else(|| self.nearby.ports.name(id));
        Target { id: id.to_owned(), name }
    }

    async fn kept_setup(&self) -> Result<Option<Saved>, Fault> {
        let kept = self.store.setting(KEPT).await.map_err(|error| error.fault())?;
        // What another version wrote is no reason to stop.
        Ok(kept.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Tells the desk and waits until that is done.
    async fn post_setup(&self, happening: Happening) -> Option<SetupStatus> {
        let (done, end) = oneshot::channel();
        let post = self.nearby.setups.running().as_ref().map(|running| running.post.clone())?;
        // A desk that has ended says nothing more; what it showed last is the answer.
        if post.send(Post { turn: None, happening, done: Some(done) }).is_ok() {
            let _ = end.await;
        }
        self.shown_setup()
    }

    /// The status after all that is due by itself was done.
    async fn setup_now(&self) -> Option<SetupStatus> {
        self.post_setup(Happening::Tick).await
    }

    fn shown_setup(&self) -> Option<SetupStatus> {
        let running = self.nearby.setups.running();
        running.as_ref().map(|running| running.shown.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    async fn end_setup(&self) {
        let running = self.nearby.setups.running().take();
        if let Some(running) = running {
            running.stop.cancel();
            // A desk that panicked is gone as well.
            let _ = running.desk.await;
        }
    }
}

/// Whether a saved set-up is for this device. A port is a place where any printer may be, and its name is that of a chip:
/// a set-up by cable begins anew. A printer's own network is gone on with only at its address.
fn same(saved: &Saved, target: &Target) -> bool {
    let Some(kept) = &saved.target else { return false };
    let is = |prefix: &str| [kept, target].iter().any(|either| either.id.starts_with(prefix));
    match (is(PORT), is(ACCESS_POINT)) {
        (true, _) => false,
        (_, true) => kept.id == target.id,
        _ => kept.id == target.id || kept.name.is_some() && kept.name == target.name,
    }
}

fn read(text: &Secret<String>) -> Result<Label, Fault> {
    label::read(text.reveal()).map_err(|error| {
        let code = match error {
            label::LabelError::Unreadable => "label_unreadable",
            label::LabelError::TooLong => "label_too_long",
            label::LabelError::Damaged => "label_damaged",
            label::LabelError::NotWifi => "label_not_wifi",
        };
        let text = error.to_string();
        let mut letters = text.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        Fault::new(code, format!("{first}{}.", letters.as_str()), "Scan the label again, or type the code in.")
    })
}

/// A label that can be used here.
fn setup_label(text: &Secret<String>) -> Result<label::Setup, Fault> {
    match read(text)? {
        Label::Setup(setup) => Ok(setup),
        _ => Err(Fault::new(
            "label_not_setup",
            "This code does not set a printer up.",
            "Scan the code on the printer's own label.",
        )),
    }
}

fn no_setup() -> Fault {
    Fault::new("setup_unknown", "No set-up is under way.", "Start one from the list of printers near you.")
        .with_retry(Retry::No)
}

fn bad_name() -> Fault {
    Fault::new("network_name_invalid", "A network's name has 1 to 32 bytes.", "Check the name and type it in again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_up_is_gone_on_with_at_its_own_printer_only() {
        let target = |id: &str, name: Option<&str>| Target { id: id.to_owned(), name: name.map(str::to_owned) };
        let goes_on = |kept: &Target, now: &Target| {
            let saved = Saved { target: Some(kept.clone()), ..Saved::default() };
            same(&saved, now)
        };
        let air = target("AA", Some("PROV_1"));
        assert!(goes_on(&air, &air) && goes_on(&air, &target("BB", Some("PROV_1"))));
        assert!(!goes_on(&air, &target("BB", Some("PROV_2"))) && !goes_on(&target("AA", None), &target("BB", None)));
        // Every board with this chip has this name, and another printer may be at the same port by now.
        let port = target("usb:/dev/ttyUSB0", Some("CP2102N USB to UART"));
        assert!(!goes_on(&port, &target("usb:/dev/ttyUSB1", Some("CP2102N USB to UART"))) && !goes_on(&port, &port));
        let point = target("softap:192.168.4.1", None);
        assert!(goes_on(&point, &point) && !goes_on(&point, &target("softap:192.168.5.1", None)));
        assert!(!goes_on(&air, &point));
    }
}
