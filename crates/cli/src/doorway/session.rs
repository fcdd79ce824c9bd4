//! A command's stay in a data folder: with its own engine or through another process's door, and from the one to the
//! other when that process ends or is killed.
//!
//! What may be asked again after a loss: reads, and calls that change nothing the second time. Everything else is not
//! repeated, because it may have been carried out; the user is told instead.

use super::{Attached, CallError, Doorway, Inside, Position};
use crate::door_file::{DoorFile, Role};
use crate::keeper::{KeepOptions, Keeper, Start};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use platen_model::{Fault, Retry};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::Instant;

/// How long a folder may be held by a process that opens no door, before we give up.
const PATIENCE: Duration = Duration::from_secs(30);
/// Nothing tells another process that a file lock is free or a door open, so this is how often we look.
const LOOK_AGAIN: Duration = Duration::from_millis(40);
/// How long a command that was asked for the folder waits for the one who asked to take it.
const YIELD: Duration = Duration::from_secs(5);
/// How long a command that has finished waits for a moment in which nothing is being sent, before it hands over.
const HANDOVER: Duration = Duration::from_secs(20);

enum Standing {
    Keeping { keeper: Keeper, inside: Inside },
    Visiting(Attached),
}

/// See the module.
pub struct Session {
    data: PathBuf,
    start: Start,
    /// Somebody who stays has asked for the folder: it is theirs first, until this moment.
    yields_until: Option<Instant>,
    standing: Option<Standing>,
}

/// A place in the stream of events.
pub struct Watch {
    events: Option<BoxStream<'static, Value>>,
}

/// What [`Session::next`] saw.
#[derive(Debug)]
pub enum Seen {
    /// The next `EventView`.
    Event(Value),
    /// Events were lost, or another process has the engine now: begin from this `Snapshot`.
    Again(Value),
}

impl Session {
    /// Opens the engine in `data`, or attaches to the process that has it open. `start` says which printers begin to
    /// work when the engine opens here.
    ///
    /// # Errors
    /// `data_in_use` when a process holds the folder and opens no door in 30 s; the engine's own.
    pub async fn open(data: &Path, start: Start) -> Result<Self, Fault> {
        let mut session = Self { data: data.to_path_buf(), start, yields_until: None, standing: None };
        session.settle().await?;
        Ok(session)
    }

    /// Makes sure that there is a way in.
    async fn settle(&mut self) -> Result<&dyn Doorway, Fault> {
        if self.standing.is_none() {
            self.standing = Some(find(&self.data, self.start, self.yields_until.take()).await?);
        }
        match &self.standing {
            Some(Standing::Keeping { inside, .. }) => Ok(inside),
            Some(Standing::Visiting(attached)) => Ok(attached),
            None => Err(Fault::new("internal", "Platen made a mistake.", "Try again; if it stays, report it.")),
        }
    }

    /// Whether the engine is in another process.
    pub fn is_visiting(&self) -> bool {
        matches!(self.standing, Some(Standing::Visiting(_)))
    }

    /// Calls a method of the table.
    ///
    /// # Errors
    /// The engine's; `connection_lost` when the process with the engine went away and the call may have been done.
    pub async fn call(&mut self, method: &str, params: Value) -> Result<Value, Fault> {
        let again = may_repeat(method, &params);
        loop {
            match self.settle().await?.call(method, &params).await {
                Ok(value) => return Ok(value),
                Err(error) => self.after(error, again)?,
            }
        }
    }

    /// Hands in a document. A document that was handed in twice is one too many in the spool, never on paper.
    ///
    /// # Errors
    /// The engine's.
    pub async fn upload(&mut self, name: &str, document: Bytes) -> Result<Value, Fault> {
        loop {
            match self.settle().await?.upload(name, document.clone()).await {
                Ok(value) => return Ok(value),
                Err(error) => self.after(error, true)?,
            }
        }
    }

    /// Large data by handle.
    ///
    /// # Errors
    /// The engine's.
    pub async fn blob(&mut self, handle: &str) -> Result<Bytes, Fault> {
        loop {
            match self.settle().await?.blob(handle).await {
                Ok(bytes) => return Ok(bytes),
                Err(error) => self.after(error, true)?,
            }
        }
    }

    /// A snapshot, and the events from there on.
    ///
    /// # Errors
    /// The engine's.
    pub async fn watch(&mut self) -> Result<(Value, Watch), Fault> {
        loop {
            let snapshot = self.call("state.snapshot", Value::Null).await?;
            let position = position(&snapshot);
            match self.settle().await?.events(position).await {
                Ok(events) => return Ok((snapshot, Watch { events: Some(events) })),
                Err(CallError::Fault(fault)) if fault.code == "event_gap" => {}
                Err(error) => self.after(error, true)?,
            }
        }
    }

    /// The next event, or a new beginning.
    ///
    /// # Errors
    /// The engine's.
    pub async fn next(&mut self, watch: &mut Watch) -> Result<Seen, Fault> {
        if let Some(events) = &mut watch.events {
            let wanted = match &self.standing {
                Some(Standing::Keeping { keeper, .. }) => Some(keeper.handover()),
                _ => None,
            };
            let asked = async {
                match &wanted {
                    Some(wanted) => wanted.notified().await,
                    None => std::future::pending().await,
                }
            };
            let event = tokio::select! {
                event = events.next() => event,
                () = asked => {
                    watch.events = None;
                    self.hand_over().await;
                    self.yields_until = Some(Instant::now() + YIELD);
                    None
                }
            };
            if let Some(event) = event {
                return Ok(Seen::Event(event));
            }
        }
        watch.events = None;
        let (snapshot, fresh) = self.watch().await?;
        *watch = fresh;
        Ok(Seen::Again(snapshot))
    }

    fn after(&mut self, error: CallError, may_repeat: bool) -> Result<(), Fault> {
        match error {
            CallError::Fault(fault) => Err(fault),
            CallError::Lost { perhaps_done } => {
                tracing::info!("the process with the engine went away");
                self.standing = None;
                // What that process was doing for others is ours to finish.
                self.start = Start::All;
                if perhaps_done && !may_repeat { Err(connection_lost()) } else { Ok(()) }
            }
        }
    }

    /// Ends the stay. With the engine in this process: first waits for a moment in which nothing is being sent, so
    /// that whoever takes over finds no job half-way.
    pub async fn close(mut self) {
        self.hand_over().await;
    }

    async fn hand_over(&mut self) {
        if let Some(Standing::Keeping { keeper, inside }) = self.standing.take() {
            if tokio::time::timeout(HANDOVER, quiet(&inside)).await.is_err() {
                tracing::warn!("handing over while a job is being sent");
            }
            drop(inside);
            keeper.close().await;
        }
    }
}

/// Returns in a moment in which no job is being sent.
async fn quiet(inside: &Inside) {
    let Ok(mut events) = inside.events(None).await else { return };
    loop {
        let Ok(jobs) = inside.call("jobs.list", &json!({})).await else { return };
        let sending = |job: &Value| job.get("state").is_some_and(|state| state == "sending");
        if !jobs.as_array().is_some_and(|jobs| jobs.iter().any(sending)) || events.next().await.is_none() {
            return;
        }
    }
}

async fn find(data: &Path, start: Start, yields_until: Option<Instant>) -> Result<Standing, Fault> {
    let give_up = Instant::now() + PATIENCE;
    loop {
        if let Some(door) = DoorFile::read(data)
            && let Some(attached) = Attached::greet(door).await
        {
            return Ok(Standing::Visiting(attached));
        }
        if yields_until.is_some_and(|until| Instant::now() < until) {
            tokio::time::sleep(LOOK_AGAIN).await;
            continue;
        }
        match Keeper::open(data, KeepOptions::command(start)).await {
            Ok(keeper) => {
                let inside = Inside(keeper.api().clone());
                return Ok(Standing::Keeping { keeper, inside });
            }
            Err(fault) if fault.code == "data_in_use" && Instant::now() < give_up => {}
            Err(fault) => return Err(fault),
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Opens the engine in `data` for a program that stays: waits for commands to hand over, but not for one that stays
/// as well.
///
/// # Errors
/// `data_in_use` when another program stays there, or a command does not end in 30 s.
pub async fn keep(data: &Path, options: KeepOptions) -> Result<Keeper, Fault> {
    let give_up = Instant::now() + PATIENCE;
    loop {
        let fault = match Keeper::open(data, options.clone()).await {
            Err(fault) if fault.code == "data_in_use" => fault,
            other => return other,
        };
        let other = match DoorFile::read(data) {
            Some(door) => Attached::greet(door).await,
            None => None,
        };
        let stays = other.as_ref().is_some_and(|other| other.role() != Role::Command);
        if let Some(other) = other.filter(|_| !stays)
            && let Err(error) = other.ask_handover().await
        {
            tracing::debug!(?error, "the command that keeps the folder does not hear");
        }
        if stays || Instant::now() >= give_up {
            return Err(fault);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Whether the same call twice is as good as once.
fn may_repeat(method: &str, params: &Value) -> bool {
    match method {
        "print.start" => params.get("ref").is_some_and(Value::is_string),
        "job.cancel" | "settings.change" | "profile.use" | "printer.change" | "printer.state" | "printer.bind" => true,
        _ => platen_api::METHODS.iter().any(|info| info.name == method && info.changes.is_empty()),
    }
}

fn position(snapshot: &Value) -> Option<Position> {
    Some((snapshot.get("epoch")?.as_str()?.to_owned(), snapshot.get("seq")?.as_u64()?))
}

fn connection_lost() -> Fault {
    Fault::new(
        "connection_lost",
        "The Platen that was asked ended before it answered; it may have done what was asked.",
        "Look at the jobs and printers before you ask again.",
    )
    .with_retry(Retry::AfterRemedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_harmless_twice_is_repeated() {
        assert!(may_repeat("jobs.list", &json!({})));
        assert!(may_repeat("print.start", &json!({ "ref": "R1" })));
        assert!(!may_repeat("print.start", &json!({ "ref": null })));
        for method in ["job.again", "job.resolve", "printer.control", "printer.unbind", "world.act", "no.such"] {
            assert!(!may_repeat(method, &json!({})), "{method}");
        }
    }
}
