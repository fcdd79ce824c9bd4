//! Switching a world's printers on: those that are there from the start, and those that arrive.

use crate::change::Change;
use crate::device::{Device, Setting};
use crate::error::WorldError;
use crate::label::Label;
use crate::platform::{Platform, device_client_id, prefix};
use crate::post::{Heard, Post, Sender};
use crate::readings::Readings;
use platen_protocol::cloud::Owner;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What every printer of a world has in common.
pub(crate) struct Assembly {
    pub(crate) dir: PathBuf,
    pub(crate) seed: u64,
    pub(crate) speed: f64,
    pub(crate) owner: Owner,
    pub(crate) readings: Readings,
    /// Base address of the platform.
    pub(crate) base_url: String,
    pub(crate) http: reqwest::Client,
    /// Host and port of the broker.
    pub(crate) broker: (String, u16),
    pub(crate) change: Change,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
}

impl Assembly {
    /// A connection to the broker.
    pub(crate) fn post(
        &self,
        (client_id, username, password): (String, String, String),
        filters: Vec<String>,
    ) -> (Post, mpsc::Receiver<Heard>) {
        let (host, port) = self.broker.clone();
        let sender = Sender { host, port, client_id, username, password, filters };
        Post::open(sender, &self.tasks, self.stop.clone())
    }

    /// Switches a printer on.
    pub(crate) fn start(&self, label: &Label, platform: &Arc<Platform>) -> Result<Arc<Device>, WorldError> {
        let Owner { tenant_code, user_name } = &self.owner;
        let root = format!("{}/{tenant_code}/{user_name}/{}", prefix(self.readings).name(), label.sn);
        let username = format!("{tenant_code}|{user_name}|{}", label.sn);
        let named = (device_client_id(label.sn.as_str()), username, label.key.clone());
        let about = platform.clone();
        let setting = Setting {
            dir: self.dir.clone(),
            seed: self.seed,
            speed: self.speed,
            owner: self.owner.clone(),
            readings: self.readings,
            object_root: format!("{}/objects/", self.base_url),
            http: self.http.clone(),
            about: Arc::new(move |job| about.about(job)),
            change: self.change.clone(),
        };
        let post = self.post(named, vec![format!("{root}/down/#")]);
        Device::start(label.clone(), setting, post, &self.tasks, self.stop.clone())
    }
}
