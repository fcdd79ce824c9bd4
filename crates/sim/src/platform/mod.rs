//! The cloud-print platform: accounts, tokens, jobs and objects over HTTP, deliveries and reports over MQTT.
//!
//! Source: the vendor's tenant integration guide (sections 3 to 8 and 11) with rules C-1 to C-23; which reading of a
//! contradiction it plays is in [`Readings`]. Bodies come from `platen_protocol`. Deliberately absent: the tenant-level
//! API beyond `bind` and `login` for the via-tenant mode, AI modules, firmware files.
//!
//! Job creation is *not* idempotent (C-23): a second POST with the same `clientRef` makes a second job.

mod accounts;
mod answers;
mod bind_tokens;
mod forward;
mod gate;
mod http;
mod jobs;
mod mail;
mod record;

pub(crate) use bind_tokens::{ENDPOINT as BIND_ENDPOINT, set_up};
pub(crate) use forward::Forward;
pub(crate) use gate::{PlatformGate, device_client_id};
pub(crate) use http::router;

use crate::change::Change;
use crate::clock;
use crate::error::WorldError;
use crate::label::Label;
use crate::post::Post;
use crate::readings::Readings;
use bind_tokens::BindTokens;
use platen_protocol::cloud::messages::WireTime;
use platen_protocol::cloud::{Owner, Tail, Topic, TopicPrefix};
use record::Record;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// Everything that does not change while the platform runs.
pub(crate) struct Settings {
    pub(crate) dir: PathBuf,
    pub(crate) owner: Owner,
    pub(crate) readings: Readings,
    pub(crate) labels: Vec<Label>,
    pub(crate) token_life: Duration,
    /// Beginning of every address that it gives out, without a slash at the end.
    pub(crate) base_url: String,
    /// With a foreign broker nobody tells who is connected: a printer is online while it reports within this time.
    pub(crate) heard_within: Option<Duration>,
}

pub(crate) struct Platform {
    settings: Settings,
    state: Mutex<State>,
    post: OnceLock<Post>,
    forward: Option<Forward>,
    change: Change,
}

struct State {
    record: Record,
    /// What each printer last said of itself, field by field (rule C-11).
    reports: BTreeMap<String, Map<String, Value>>,
    heard_at: BTreeMap<String, i64>,
    connected: BTreeMap<String, bool>,
    bind_tokens: BindTokens,
}

/// What a printer's paper is about, for the log that judges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) client_ref: Option<String>,
    pub(crate) code: Option<String>,
}

impl Platform {
    pub(crate) fn open(settings: Settings, forward: Option<Forward>, change: Change) -> Result<Arc<Self>, WorldError> {
        std::fs::create_dir_all(settings.dir.join("objects")).map_err(WorldError::Folder)?;
        let record = Record::load(&settings.dir)?;
        record.save(&settings.dir).map_err(WorldError::Folder)?;
        jobs::sweep(&settings.dir, &record).map_err(WorldError::Folder)?;
        let state = State {
            record,
            reports: BTreeMap::new(),
            heard_at: BTreeMap::new(),
            connected: BTreeMap::new(),
            bind_tokens: BindTokens::default(),
        };
        let (state, post) = (Mutex::new(state), OnceLock::new());
        Ok(Arc::new(Self { settings, state, post, forward, change }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the record and puts it on disk before anybody is told.
    fn record<T>(&self, change: impl FnOnce(&mut Record) -> T) -> std::io::Result<T> {
        let mut state = self.lock();
        let result = change(&mut state.record);
        state.record.save(&self.settings.dir)?;
        drop(state);
        self.change.bump();
        Ok(result)
    }

    pub(crate) fn instance(&self) -> String {
        self.lock().record.instance.clone()
    }

    fn label(&self, sn: &str) -> Option<&Label> {
        self.settings.labels.iter().find(|label| label.sn.as_str() == sn)
    }

    fn prefix(&self) -> TopicPrefix {
        prefix(self.settings.readings)
    }

    fn topic(&self, label: &Label, tail: Tail) -> String {
        Topic::new(self.prefix(), &self.settings.owner, &label.sn, tail).to_string()
    }

    /// The time of a message, in the unit that this world's messages count in.
    fn stamp(&self) -> Option<WireTime> {
        Some(stamp(self.settings.readings))
    }

    /// Whether a printer is connected, as far as the platform can know.
    pub(crate) fn is_online(&self, sn: &str) -> bool {
        let state = self.lock();
        match self.settings.heard_within {
            None => state.connected.get(sn).copied().unwrap_or(false),
            Some(span) => {
                let span = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
                state.heard_at.get(sn).is_some_and(|at| clock::now().saturating_sub(*at) <= span)
            }
        }
    }

    /// Whether anybody is bound to a printer.
    pub(crate) fn is_bound(&self, sn: &str) -> bool {
        self.lock().record.bindings.contains_key(sn)
    }

    /// Takes back every authorisation code and token of a printer, as a platform may at any time (rule C-2).
    pub(crate) fn revoke(&self, sn: &str) -> std::io::Result<()> {
        self.record(|record| {
            record.bindings.remove(sn);
            record.tokens.retain(|_, token| token.sn != sn);
        })
    }

    /// Ends every token now; authorisation codes stay good.
    pub(crate) fn expire_tokens(&self) -> std::io::Result<()> {
        self.record(|record| record.tokens.clear())
    }

    /// What a job is about.
    pub(crate) fn about(&self, job_id: &str) -> About {
        let state = self.lock();
        let job = state.record.job(job_id);
        job.map(|job| About { client_ref: job.client_ref.clone(), code: job.code.clone() }).unwrap_or_default()
    }
}

/// The first level of this world's topics (rule C-6).
pub(crate) const fn prefix(readings: Readings) -> TopicPrefix {
    if readings.device_prefix { TopicPrefix::Device } else { TopicPrefix::Devices }
}

/// Now, in the unit that this world's messages count in (rule C-19).
pub(crate) fn stamp(readings: Readings) -> WireTime {
    let now = platen_model::WallTime(clock::now());
    if readings.seconds_in_messages { WireTime::seconds(now) } else { WireTime::millis(now) }
}
