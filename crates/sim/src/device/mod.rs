//! A cloud printer that behaves like one.
//!
//! Source: sections 3, 6, 7 and 8 of the platform's guide. It knows the platform only through MQTT and the addresses of
//! its objects. Two tasks: [`talk`] listens, answers and reports; [`work`] downloads and prints, one job after another.
//! Its paper is its memory: what is in the log is never printed again.
//!
//! Deliberately absent: Bluetooth and the local network, and speech.

mod body;
pub(crate) mod codes;
mod queue;
mod talk;
mod work;

use crate::act::Act;
use crate::change::Change;
use crate::error::WorldError;
use crate::label::Label;
use crate::paper::{Paper, Sheet};
use crate::platform::{About, prefix, stamp};
use crate::post::{Heard, Post};
use crate::readings::Readings;
use body::{Body, Condition};
use platen_protocol::cloud::messages::WireTime;
use platen_protocol::cloud::{Message, Owner, Topic};
use queue::{Finished, Queue};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What a printer is told at the factory and by its surroundings.
pub(crate) struct Setting {
    pub(crate) dir: PathBuf,
    pub(crate) seed: u64,
    pub(crate) speed: f64,
    pub(crate) owner: Owner,
    pub(crate) readings: Readings,
    /// Objects are fetched from addresses that begin like this, and from no other.
    pub(crate) object_root: String,
    pub(crate) http: reqwest::Client,
    /// Tells what a job is about, for the log. A real printer does not know.
    pub(crate) about: Arc<dyn Fn(&str) -> About + Send + Sync>,
    pub(crate) change: Change,
}

pub(crate) struct Device {
    pub(crate) label: Label,
    setting: Setting,
    body: Mutex<Body>,
    condition: watch::Sender<Condition>,
    queue: Mutex<Queue>,
    paper: Mutex<Paper>,
    post: Post,
    /// Something came into the queue.
    arrived: Notify,
    /// The current job is over: ask for the next.
    free: Notify,
    /// Somebody pressed the button.
    stop_job: watch::Sender<bool>,
    /// The last pull for a part of the current job.
    part_pull: Mutex<PartPull>,
}

/// A pull for a part, and whether the platform has said that there is none.
#[derive(Default)]
struct PartPull {
    msg_id: Option<String>,
    refused: bool,
}

/// What is kept beside the paper.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Memory {
    body: Body,
    finished: Vec<Finished>,
}

fn memory_path(dir: &Path, label: &Label) -> PathBuf {
    dir.join("devices").join(format!("{}.json", label.sn))
}

/// Whether a printer has been on line in this world's folder.
pub(crate) fn remembers(dir: &Path, label: &Label) -> bool {
    memory_path(dir, label).exists()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Device {
    /// Switches the printer on.
    pub(crate) fn start(
        label: Label,
        setting: Setting,
        (post, heard): (Post, mpsc::Receiver<Heard>),
        tasks: &TaskTracker,
        stop: CancellationToken,
    ) -> Result<Arc<Self>, WorldError> {
        let path = memory_path(&setting.dir, &label);
        let memory: Option<Memory> = match fs::read(&path) {
            Ok(bytes) => Some(serde_json::from_slice(&bytes).map_err(WorldError::Record)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(WorldError::Folder(error)),
        };
        let fresh = || Memory { body: Body::new(setting.seed, &label), finished: Vec::new() };
        let memory = memory.unwrap_or_else(fresh);
        let device = Arc::new(Self {
            body: Mutex::new(memory.body),
            condition: watch::channel(Condition::default()).0,
            queue: Mutex::new(Queue::new(memory.finished)),
            paper: Mutex::new(Paper::open(&setting.dir, label.sn.as_str())?),
            label,
            setting,
            post,
            arrived: Notify::new(),
            free: Notify::new(),
            stop_job: watch::channel(false).0,
            part_pull: Mutex::default(),
        });
        device.remember().map_err(WorldError::Folder)?;
        tasks.spawn(device.clone().talk(heard, stop.clone()));
        tasks.spawn(device.clone().work(stop));
        Ok(device)
    }

    /// Does something to the printer.
    pub(crate) fn act(&self, act: Act) {
        if act == Act::StopPrint {
            self.stop_job.send_if_modified(|asked| {
                let printing = lock(&self.queue).current().is_some();
                *asked |= printing;
                printing
            });
        }
        lock(&self.body).act(act);
        self.change_condition(|condition| condition.after(act));
    }

    fn change_condition(&self, change: impl FnOnce(Condition) -> Condition) {
        let mut talks = true;
        self.condition.send_if_modified(|condition| {
            let after = change(*condition);
            talks = after.can_talk();
            let changed = after != *condition;
            *condition = after;
            changed
        });
        self.post.power(talks);
        self.setting.change.bump();
    }

    pub(crate) fn condition(&self) -> Condition {
        *self.condition.borrow()
    }

    pub(crate) fn faults(&self) -> Vec<&'static str> {
        self.condition().words()
    }

    pub(crate) fn is_connected(&self) -> bool {
        *self.post.watch().borrow()
    }

    /// Changes whenever it connects or loses its connection.
    pub(crate) fn connection(&self) -> watch::Receiver<bool> {
        self.post.watch()
    }

    pub(crate) fn is_printing(&self) -> bool {
        lock(&self.queue).current().is_some()
    }

    pub(crate) fn battery(&self) -> u8 {
        lock(&self.body).battery()
    }

    pub(crate) fn temperature(&self) -> f64 {
        lock(&self.body).temperature()
    }

    pub(crate) fn sheets(&self) -> Vec<Sheet> {
        lock(&self.paper).sheets()
    }

    pub(crate) fn sheet_count(&self) -> usize {
        lock(&self.paper).count()
    }

    pub(crate) fn sheet_png(&self, job_id: &str, page: u32) -> Result<Vec<u8>, WorldError> {
        lock(&self.paper).png(job_id, page)
    }

    pub(crate) fn printed_code(&self) -> Option<String> {
        lock(&self.paper).code()
    }

    /// Puts body and finished jobs on disk.
    fn remember(&self) -> io::Result<()> {
        let memory = Memory { body: lock(&self.body).clone(), finished: lock(&self.queue).finished() };
        let path = memory_path(&self.setting.dir, &self.label);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let unfinished = path.with_extension("part");
        fs::write(&unfinished, serde_json::to_vec(&memory)?)?;
        fs::rename(&unfinished, path)
    }

    fn topic(&self, message: &Message) -> String {
        let prefix = prefix(self.setting.readings);
        Topic::new(prefix, &self.setting.owner, &self.label.sn, message.tail()).to_string()
    }

    /// Says something, and keeps it until the broker has it.
    fn say(&self, message: &Message) {
        self.post.send(self.topic(message), message.encode());
    }

    /// Says something that is worth nothing later.
    fn say_now(&self, message: &Message) {
        self.post.send_now(self.topic(message), message.encode());
    }

    fn stamp(&self) -> Option<WireTime> {
        Some(stamp(self.setting.readings))
    }

    /// A span of the printer's own time.
    fn span(&self, seconds: f64, least: Duration) -> Duration {
        Duration::try_from_secs_f64(seconds / self.setting.speed).unwrap_or(Duration::MAX).max(least)
    }
}
