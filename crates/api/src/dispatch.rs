//! What a door holds: calls, documents in, pictures out, events.

use crate::convert;
use crate::table;
use crate::views::EventView;
use crate::world::World;
use platen_engine::{Engine, Follower, Upload as EngineUpload};
use platen_model::{Fault, JobId, Retry};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    name: String,
}

impl Caller {
    /// The person at this machine: window, command line, holder of our own door's token. They are one caller, so a
    /// reference that was given at one door is known at all of them.
    pub fn owner() -> Self {
        Self { name: "owner".to_owned() }
    }

    /// The name that references belong to.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// The contract, open for calls. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    pub(crate) engine: Engine,
    pub(crate) world: Option<Arc<dyn World>>,
}

/// Bytes with their type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Media type.
    pub mime: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// A document on its way in.
pub struct Upload {
    inner: EngineUpload,
}

/// A client's place in the events.
pub struct EventStream {
    api: Api,
    follower: Follower,
}

impl Api {
    /// Opens the contract over an engine, with the simulated world if this program carries one.
    pub fn open(engine: Engine, world: Option<Arc<dyn World>>) -> Self {
        if let Some(world) = &world {
            let engine = engine.clone();
            world.watch(Arc::new(move || engine.world_changed()));
        }
        Self { engine, world }
    }

    /// Calls a method. The same call gives equal JSON through every door.
    ///
    /// # Errors
    /// `method_unknown`, `bad_request` (with the path of the wrong field), and each method's own faults.
    pub async fn dispatch(&self, caller: &Caller, method: &str, params: Value) -> Result<Value, Fault> {
        table::call(self, caller, method, params).await
    }

    /// Begins to take in a document. `name` is a label, never a path.
    pub async fn upload(&self, _caller: &Caller, name: &str) -> Result<Upload, Fault> {
        Ok(Upload { inner: self.engine.upload(name).await? })
    }

    /// The bytes behind a handle: `preview/<handle>/<page>`, `grey/<handle>/<page>`, `job/<jobId>/<page>`, `sheet/<sn>/<sheet>`,
    /// `trace/<handle>`.
    ///
    /// # Errors
    /// `blob_unknown`, `preview_unknown`, `job_unknown`.
    pub async fn blob(&self, _caller: &Caller, handle: &str) -> Result<Blob, Fault> {
        let parts: Vec<&str> = handle.split('/').collect();
        let bytes = match parts.as_slice() {
            ["preview", handle, page] => self.engine.preview_page(handle, page_number(page)?).await?,
            ["grey", handle, page] => self.engine.preview_grey(handle, page_number(page)?).await?,
            ["job", id, page] => {
                let id = JobId::parse(id).ok_or_else(blob_unknown)?;
                self.engine.job_page(&id, page_number(page)?).await?
            }
            ["sheet", sn, sheet] => match &self.world {
                Some(world) => world.sheet(sn, sheet).await?,
                None => return Err(blob_unknown()),
            },
            ["trace", handle] => {
                let text = self.engine.trace_text(handle)?;
                return Ok(Blob { mime: "text/plain; charset=utf-8", bytes: text.into_bytes() });
            }
            _ => return Err(blob_unknown()),
        };
        Ok(Blob { mime: "image/png", bytes })
    }

    /// Follows the events: after a number of an epoch, or from now on.
    ///
    /// # Errors
    /// `event_gap`: the client takes a new snapshot.
    pub fn events(&self, after: Option<(String, u64)>) -> Result<EventStream, Fault> {
        let events = self.engine.events();
        let (epoch, seq) = after.unwrap_or_else(|| (events.epoch().to_owned(), events.last()));
        let follower = events.follow(&epoch, seq).map_err(|_| {
            Fault::new("event_gap", "The events asked for are no longer kept.", "Take a new snapshot.")
                .with_retry(Retry::No)
        })?;
        Ok(EventStream { api: self.clone(), follower })
    }

    /// The engine, for a door's own start and end.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Ends in an orderly way.
    pub async fn close(self) {
        self.engine.close().await;
    }
}

impl Upload {
    /// Adds bytes.
    ///
    /// # Errors
    /// `document_too_large`, `storage_full`.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.inner.write(bytes).await
    }

    /// Ends the document; the answer is a `DocumentView`.
    ///
    /// # Errors
    /// The renderer's faults when it is nothing that can be printed.
    pub async fn finish(self) -> Result<Value, Fault> {
        let (row, info) = self.inner.finish().await?;
        write(&convert::document(row, info))
    }
}

impl EventStream {
    /// The next event; `None` when this client was too slow or the engine ended: take a new snapshot.
    pub async fn next(&mut self) -> Option<EventView> {
        let event = self.follower.next().await.ok()?;
        let epoch = self.api.engine.events().epoch().to_owned();
        let body = crate::methods::event_body(&self.api, event.change).await?;
        Some(EventView { epoch, seq: event.seq, at: event.at.as_millis(), body })
    }
}

/// Reads a request; `null` counts as no parameters.
pub(crate) fn read<T: DeserializeOwned>(params: Value) -> Result<T, Fault> {
    let params = if params.is_null() { Value::Object(serde_json::Map::new()) } else { params };
    serde_path_to_error::deserialize(params).map_err(|error| {
        let path = error.path().to_string();
        let what = error.into_inner();
        let place = if path == "." { String::new() } else { format!(" at {path}") };
        Fault::new("bad_request", format!("The request cannot be read{place}: {what}."), "Correct the request.")
            .with_retry(Retry::No)
    })
}

pub(crate) fn write<T: Serialize>(view: &T) -> Result<Value, Fault> {
    serde_json::to_value(view).map_err(|error| {
        Fault::new("internal", format!("An answer could not be written: {error}."), "Report this.")
            .with_retry(Retry::No)
    })
}

pub(crate) fn unknown_method(method: &str) -> Fault {
    let shown: String = method.chars().take(60).collect();
    Fault::new(
        "method_unknown",
        format!("There is no method '{}'.", shown.escape_default()),
        "Look at the list of methods.",
    )
    .with_retry(Retry::No)
}

fn page_number(text: &str) -> Result<usize, Fault> {
    text.parse().map_err(|_| blob_unknown())
}

fn blob_unknown() -> Fault {
    Fault::new("blob_unknown", "There is nothing behind this handle.", "Ask for a new one.").with_retry(Retry::No)
}
