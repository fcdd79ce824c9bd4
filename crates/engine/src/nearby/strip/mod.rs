//! Trying an unknown printer with a test strip, until it is a printer like every other.
//!
//! ```text
//! start ─▶ printing ─▶ came-out ─ bars ─▶ whole-bars ─▶ black-on-white ─▶ adding ─▶ done
//!             ▲           └ nothing, letters: the next language ─▶ … ─▶ given-up
//!             └── again: from every question, and after a fault
//! ```
//!
//! One at a time; it belongs to the engine, so a dialog may be closed and opened again. Which question is next is
//! [`platen_printers::talk::strip`]'s. The link is open only while a strip is printed: nobody knows how long a person looks
//! at paper. Deliberately absent: going on after a restart; the paper in the hand is a new beginning away.

mod work;

use crate::{Change, Core, Engine};
use platen_model::{Fault, Retry};
use platen_printers::talk::WritePlan;
use platen_printers::talk::strip::{Next, Question, Reply, StripTest};
use platen_printers::{Model, user_models};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// Nothing is known of the device yet: replaced when its attributes are.
const UNSEEN: WritePlan = WritePlan { confirmed: true, chunk: 20, keep_free: 0, pace_ms: 10 };

/// Where a test strip is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StripStep {
    /// The strip is being printed, or was not because of [`StripStatus::fault`].
    Printing,
    /// A person is asked.
    Ask(Question),
    /// The model is known and is being added as a printer, or was not because of [`StripStatus::fault`].
    Adding,
    /// It is a printer like every other.
    Done,
    /// No language fits.
    GivenUp,
}

/// A test strip as a door shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StripStatus {
    /// The device, as the list of things near names it.
    pub device: String,
    /// What it calls itself.
    pub name: Option<String>,
    /// Where it is.
    pub step: StripStep,
    /// The family whose language was printed last, or is being tried.
    pub family: Option<&'static str>,
    /// Strips that came out of the printer, whatever is on them.
    pub strips: u32,
    /// Why it does not go on by itself.
    pub fault: Option<Fault>,
    /// The user's model, once it is known.
    pub model: Option<Arc<Model>>,
    /// Serial number of the printer, once it was added.
    pub printer: Option<String>,
}

/// What a person says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StripAnswer {
    /// To a question.
    Reply(Reply),
    /// Try this once more.
    Again,
}

/// The test strip of this engine, if there is one.
#[derive(Default)]
pub(crate) struct Strips {
    running: Mutex<Option<Running>>,
    /// Held while one begins or ends.
    turn: tokio::sync::Mutex<()>,
}

struct Running {
    test: StripTest,
    status: StripStatus,
    /// What the answers came to, kept or not.
    found: Option<Model>,
    stop: CancellationToken,
    task: Option<tokio::task::JoinHandle<()>>,
}

impl Strips {
    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Prints a test strip on a device that nobody knows, and begins to ask. One that runs is ended first.
    ///
    /// # Errors
    /// `device_unknown` and why Bluetooth cannot be used. What happens at the printer is told in the status.
    pub async fn start_strip(&self, id: &str) -> Result<StripStatus, Fault> {
        let core = &self.core;
        let _turn = core.nearby.strips.turn.lock().await;
        let device = core.find_device(id, super::link::SEARCH).await?;
        core.end_strip().await;
        let name = device.advertisement.name.clone();
        let status = StripStatus {
            device: id.to_owned(),
            step: StripStep::Printing,
            family: None,
            strips: 0,
            fault: None,
            model: None,
            printer: None,
            name: name.clone(),
        };
        let test = StripTest::new(user_models::PREFIX, name.as_deref().unwrap_or_default(), UNSEEN);
        let running = Running { test, status, found: None, stop: core.stop.child_token(), task: None };
        *core.nearby.strips.running() = Some(running);
        core.begin_print();
        self.strip().ok_or_else(no_strip)
    }

    /// The test strip as it is, running or over.
    pub fn strip(&self) -> Option<StripStatus> {
        self.core.nearby.strips.running().as_ref().map(|running| running.status.clone())
    }

    /// Tells what a person sees.
    ///
    /// # Errors
    /// `strip_unknown` when there is none; `strip_answer_unfit` for an answer to another question than the one that is
    /// asked.
    pub async fn answer_strip(&self, answer: StripAnswer) -> Result<StripStatus, Fault> {
        let core = &self.core;
        let _turn = core.nearby.strips.turn.lock().await;
        let next = {
            let mut running = core.nearby.strips.running();
            let running = running.as_mut().ok_or_else(no_strip)?;
            match (answer, running.status.step) {
                (StripAnswer::Reply(reply), StripStep::Ask(question)) if fits(question, reply) => {
                    Some(running.test.reply(reply))
                }
                (StripAnswer::Again, StripStep::Ask(_)) => None,
                (StripAnswer::Again, StripStep::Printing) if running.status.fault.is_some() => None,
                (StripAnswer::Again, StripStep::Adding) if running.status.fault.is_some() => {
                    running.found.clone().map(|model| Next::Done(Box::new(model)))
                }
                (StripAnswer::Again, StripStep::GivenUp) => {
                    let name = running.status.name.clone().unwrap_or_default();
                    running.test = StripTest::new(user_models::PREFIX, &name, UNSEEN);
                    None
                }
                _ => return Err(unfit()),
            }
        };
        match next {
            Some(Next::Ask(question)) => core.strip_is(|status| status.step = StripStep::Ask(question)),
            Some(Next::GiveUp) => core.strip_is(|status| status.step = StripStep::GivenUp),
            Some(Next::Done(model)) => core.begin_adding(*model),
            // The task asks the test itself what to print, once it knows how this device is written to.
            Some(Next::Print { .. }) | None => core.begin_print(),
        }
        self.strip().ok_or_else(no_strip)
    }

    /// Gives the test strip up. None running is no fault. A printer that was added stays.
    pub async fn cancel_strip(&self) {
        let core = &self.core;
        let _turn = core.nearby.strips.turn.lock().await;
        core.end_strip().await;
        core.tell(Change::Strip);
    }
}

impl Core {
    /// Changes what is shown and tells the doors.
    fn strip_is(&self, change: impl FnOnce(&mut StripStatus)) {
        if let Some(running) = self.nearby.strips.running().as_mut() {
            change(&mut running.status);
        }
        self.tell(Change::Strip);
    }

    /// Ends what is done for the test strip and waits for it.
    async fn end_strip(&self) {
        let running = self.nearby.strips.running().take();
        if let Some(running) = running {
            running.stop.cancel();
            if let Some(task) = running.task {
                // A task that panicked is gone as well.
                let _ = task.await;
            }
        }
    }
}

/// Whether a reply belongs to the question.
fn fits(question: Question, reply: Reply) -> bool {
    match (question, reply) {
        (Question::CameOut, Reply::NoBars | Reply::Bars) | (Question::BlackOnWhite, Reply::Black(_)) => true,
        (Question::WholeBars, Reply::Whole(count)) => count <= platen_printers::talk::strip::WIDTHS.len(),
        _ => false,
    }
}

fn no_strip() -> Fault {
    Fault::new("strip_unknown", "No test strip is under way.", "Start one from the list of devices near you.")
        .with_retry(Retry::No)
}

fn unfit() -> Fault {
    Fault::new(
        "strip_answer_unfit",
        "This answer does not belong to what is asked now.",
        "Look at the question again, then answer it.",
    )
    .with_retry(Retry::No)
}
