//! What is the same in every dialogue: subscribing, carrying out writes, telling events, waiting with a bound.
//!
//! ```text
//!   runner ── handle ─▶ Dialogue ── heard / moved / expired / cancelled ─▶ Script (a family's own steps)
//!          ◀─ poll ───            ◀─ say, wait, end ───────────────────── Line
//! ```
//!
//! A [`Script`] is told what happened and changes the [`Line`]; it never waits and never looks at a clock. Deliberately
//! absent: any byte of any language.

use super::courier::Step;
use super::{Courier, LinkFacts, PrintEvent, PrintFailure, Readings, Route, Trouble, WritePlan};
use platen_model::gatt::{GattEvent, GattFailure, GattRequest};
use platen_model::{At, Input, Machine, Moment, Output};
use std::collections::VecDeque;
use std::time::Duration;

/// The most bytes of one notification that are looked at; a device that sends more is not a printer of ours (BL-2).
const MOST_HEARD: usize = 512;

/// A family's own steps.
pub(crate) trait Script {
    /// What it reports on the way.
    type Event;
    /// What it ends with.
    type Outcome;
    /// Why it failed.
    type Failure;

    /// The line is ready: everything is subscribed.
    fn begin(&mut self, line: &mut Line<Self>, now: Moment);

    /// The printer told something.
    fn heard(&mut self, line: &mut Line<Self>, now: Moment, at: At, bytes: &[u8]);

    /// Writes went on; the queue may be empty.
    fn moved(&mut self, line: &mut Line<Self>, now: Moment);

    /// The moment of [`Line::wait`] has come.
    fn expired(&mut self, line: &mut Line<Self>, now: Moment);

    /// A person wants it to stop.
    fn cancelled(&mut self, line: &mut Line<Self>, now: Moment);

    /// The failure to end with for this reason.
    fn failure(&self, line: &Line<Self>, why: Trouble) -> Self::Failure;

    /// Ends it with a failure.
    fn fail(&self, line: &mut Line<Self>, why: Trouble) {
        let failure = self.failure(line, why);
        line.ended.get_or_insert(Err(failure));
    }
}

/// The link as a script uses it.
pub(crate) struct Line<S: Script + ?Sized> {
    /// What goes out.
    pub(crate) courier: Courier,
    /// Where it goes.
    pub(crate) route: Route,
    /// Whether writes to [`Route::write`] are answered.
    pub(crate) confirmed: bool,
    subscribe: VecDeque<At>,
    subscribing: bool,
    begun: bool,
    events: VecDeque<S::Event>,
    deadline: Moment,
    ended: Option<Result<S::Outcome, S::Failure>>,
}

impl<S: Script + ?Sized> Line<S> {
    /// Queues a part of the job for [`Route::write`].
    pub(crate) fn send(&mut self, bytes: Vec<u8>) {
        self.courier.add(self.route.write, self.confirmed, bytes);
    }

    /// Queues a part of the job whose last write is answered if the characteristic can do that: such a write is the only
    /// proof that what was sent before has left this machine.
    pub(crate) fn send_surely(&mut self, mut bytes: Vec<u8>) {
        let sure = self.confirmed || self.route.properties.write;
        let last = bytes.split_off(bytes.len().saturating_sub(self.courier.chunk()));
        self.courier.add(self.route.write, self.confirmed, bytes);
        self.courier.add(self.route.write, sure, last);
    }

    /// Queues bytes that are no part of the job.
    pub(crate) fn aside(&mut self, bytes: Vec<u8>) {
        self.courier.add_aside(self.route.write, self.confirmed, bytes);
    }

    /// Tells something.
    pub(crate) fn tell(&mut self, event: S::Event) {
        self.events.push_back(event);
    }

    /// Waits so long, counted from `now`; then [`Script::expired`].
    pub(crate) fn wait(&mut self, now: Moment, span: Duration) {
        self.deadline = now + span;
    }

    /// Ends it.
    pub(crate) fn end(&mut self, outcome: S::Outcome) {
        self.ended.get_or_insert(Ok(outcome));
    }

    /// Whether the end has come.
    pub(crate) const fn is_over(&self) -> bool {
        self.ended.is_some()
    }
}

/// A [`Script`] as a [`Machine`].
pub(crate) struct Dialogue<S: Script> {
    line: Line<S>,
    script: S,
}

impl<S: Script> Dialogue<S> {
    /// How long a subscription may take.
    const PATIENCE: Duration = Duration::from_secs(10);

    pub(crate) fn new(link: &LinkFacts, plan: &WritePlan, script: S) -> Self {
        let line = Line {
            courier: Courier::new(plan, link.payload),
            route: link.route,
            confirmed: Courier::confirms(plan, link.route.properties),
            subscribe: link.route.notify.into_iter().collect(),
            subscribing: false,
            begun: false,
            events: VecDeque::new(),
            // The first tick comes at once and begins.
            deadline: Moment::default(),
            ended: None,
        };
        Self { line, script }
    }

    fn fail(&mut self, why: Trouble) {
        self.script.fail(&mut self.line, why);
    }

    fn gatt(&mut self, now: Moment, event: GattEvent) {
        match event {
            GattEvent::Lost => self.fail(Trouble::Lost),
            GattEvent::Notified { at, bytes } => {
                let bytes = bytes.get(..MOST_HEARD).unwrap_or(&bytes);
                self.script.heard(&mut self.line, now, at, bytes);
            }
            GattEvent::Written(result) if self.line.subscribing => {
                self.line.subscribing = false;
                match result {
                    Err(GattFailure::Lost) => self.fail(Trouble::Lost),
                    // A printer that cannot be listened to is a silent one.
                    Ok(()) | Err(_) => self.begin(now),
                }
            }
            ended @ (GattEvent::Written(_) | GattEvent::Value(_)) => match self.line.courier.ended(&ended) {
                Ok(()) => self.script.moved(&mut self.line, now),
                Err(failure) => self.fail(match failure {
                    GattFailure::Lost => Trouble::Lost,
                    GattFailure::TimedOut => Trouble::Silent,
                    GattFailure::Refused { code } => {
                        Trouble::Refused(code.map_or("att".to_owned(), |code| format!("att {code:02x}")))
                    }
                    GattFailure::NotPossible => Trouble::OtherLanguage { family: None },
                }),
            },
        }
    }

    fn begin(&mut self, now: Moment) {
        if !self.line.begun && self.line.subscribe.is_empty() {
            self.line.begun = true;
            self.line.wait(now, Self::PATIENCE);
            self.script.begin(&mut self.line, now);
        }
    }
}

impl<S: Script> Machine for Dialogue<S> {
    type Event = S::Event;
    type Outcome = S::Outcome;
    type Failure = S::Failure;

    fn handle(&mut self, now: Moment, input: Input<'_>) {
        if self.line.is_over() {
            return;
        }
        match input {
            Input::Gatt(event) => self.gatt(now, event),
            Input::Tick if !self.line.begun && self.line.subscribing => {
                if now >= self.line.deadline {
                    self.fail(Trouble::Silent);
                }
            }
            Input::Tick if !self.line.begun => self.begin(now),
            Input::Tick => {
                if now >= self.line.deadline {
                    self.script.expired(&mut self.line, now);
                }
            }
            Input::Cancel if self.line.begun => self.script.cancelled(&mut self.line, now),
            Input::Cancel => self.fail(Trouble::Cancelled),
            Input::Received { .. } | Input::Response(_) | Input::Answer(_) => {}
        }
    }

    fn poll(&mut self, now: Moment) -> Output<S::Event, S::Outcome, S::Failure> {
        if let Some(event) = self.line.events.pop_front() {
            return Output::Event(event);
        }
        if let Some(result) = self.line.ended.take() {
            return Output::Done(result);
        }
        if !self.line.subscribing
            && let Some(at) = self.line.subscribe.pop_front()
        {
            self.line.subscribing = true;
            self.line.wait(now, Self::PATIENCE);
            return Output::Gatt(GattRequest::Subscribe { at });
        }
        if !self.line.begun {
            return Output::WaitUntil(self.line.deadline.max(now));
        }
        match self.line.courier.poll(now) {
            Step::Write(request) => Output::Gatt(request),
            Step::Until(moment) => Output::WaitUntil(moment.min(self.line.deadline)),
            Step::Waiting | Step::Empty => Output::WaitUntil(self.line.deadline),
        }
    }
}

/// What a print remembers beside its language: where the job stands, and what was last told.
pub(crate) struct Progress {
    /// Where in the PRN the first raster begins.
    pub(crate) first_raster: usize,
    told: usize,
    readings: Readings,
}

impl Progress {
    pub(crate) fn new(first_raster: usize) -> Self {
        Self { first_raster, told: 0, readings: Readings::default() }
    }

    /// Tells how far the writes have come. `acknowledged`: by the printer itself.
    pub(crate) fn tell<S>(&mut self, line: &mut Line<S>, acknowledged: bool)
    where
        S: Script<Event = PrintEvent> + ?Sized,
    {
        let bytes = line.courier.handed_over();
        if bytes > self.told {
            self.told = bytes;
            line.tell(PrintEvent::Sent { bytes, acknowledged });
        }
    }

    /// Tells readings that differ from the last ones.
    pub(crate) fn read<S>(&mut self, line: &mut Line<S>, readings: &Readings)
    where
        S: Script<Event = PrintEvent> + ?Sized,
    {
        if *readings != self.readings {
            self.readings = readings.clone();
            line.tell(PrintEvent::Readings(readings.clone()));
        }
    }

    /// The failure of a print at this point.
    pub(crate) fn failure<S: Script + ?Sized>(&self, line: &Line<S>, why: Trouble) -> PrintFailure {
        let offered = line.courier.offered();
        PrintFailure { sent: offered, raster_begun: offered > self.first_raster, why }
    }
}

impl Readings {
    /// What keeps this printer from printing, if anything does.
    pub fn trouble(&self) -> Option<Trouble> {
        let yes = Some(true);
        if self.cover_open == yes {
            Some(Trouble::CoverOpen)
        } else if self.paper == Some(false) {
            Some(Trouble::NoPaper)
        } else if self.overheated == yes {
            Some(Trouble::Overheated)
        } else {
            self.error.clone().map(Trouble::Refused)
        }
    }
}
