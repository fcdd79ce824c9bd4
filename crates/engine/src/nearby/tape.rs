//! What goes over a link, as a technician sees it: the last frames of each device, and a recording when somebody wants
//! one.
//!
//! Every link of the engine is [`Tapped`], so *Diagnostics* shows a print as well as what it sends itself. The frames of
//! a set-up carry a pass phrase, or what one could be guessed from: of those only the lengths are kept (promise BL-1).
//! Deliberately absent: writing files.

use crate::clock::Clock;
use async_trait::async_trait;
use platen_model::gatt::{GattEvent, GattFailure, GattRequest, Tree};
use platen_model::transcript::{Step, StepKind, Transcript, at_text, event_text, request_text};
use platen_model::{At, Moment, WallTime};
use platen_printers::Command;
use platen_printers::talk::Direction;
use platen_transport::GattLink;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many frames of a device are kept.
const KEPT: usize = 1000;
/// The largest recording, in bytes of its text.
const LONGEST: usize = 12 << 20;

/// Something that went over a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Grows by one.
    pub seq: u64,
    /// When.
    pub at: WallTime,
    /// Which way.
    pub direction: Direction,
    /// `write`, `write!`, `read`, `subscribe`, `ok`, `value`, `notify`, `lost`, `refused`, …
    pub kind: String,
    /// Which characteristic; absent for ends of requests.
    pub place: Option<At>,
    /// What; `None` when it is not kept.
    pub bytes: Option<Vec<u8>>,
    /// How many bytes there were.
    pub size: usize,
    /// What the family reads in it.
    pub named: Vec<Command>,
}

/// A device's frames.
pub(crate) struct Tap {
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    frames: VecDeque<Frame>,
    seq: u64,
    family: Option<String>,
    tape: Option<Tape>,
}

struct Tape {
    transcript: Transcript,
    last: Option<Moment>,
    size: usize,
    /// More happened than fits.
    full: bool,
}

impl Tap {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, inner: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Frames are named by this family from now on.
    pub(crate) fn speaks(&self, family: Option<&str>) {
        self.lock().family = family.map(str::to_owned);
    }

    /// The frames after a number, the oldest first.
    pub(crate) fn after(&self, seq: u64) -> Vec<Frame> {
        self.lock().frames.iter().filter(|frame| frame.seq > seq).cloned().collect()
    }

    /// Begins a recording; one that runs goes on.
    pub(crate) fn record(&self, header: Vec<(String, String)>) {
        let mut inner = self.lock();
        if inner.tape.is_none() {
            let transcript = Transcript { header, steps: Vec::new() };
            inner.tape = Some(Tape { transcript, last: None, size: 0, full: false });
        }
    }

    pub(crate) fn is_recording(&self) -> bool {
        self.lock().tape.is_some()
    }

    /// Ends the recording.
    pub(crate) fn stop(&self) -> Option<Transcript> {
        self.lock().tape.take().map(|tape| tape.transcript)
    }

    fn asked(&self, request: &GattRequest, secret: bool) {
        let (kind, place, bytes): (&str, At, &[u8]) = match request {
            GattRequest::Write { at, bytes, confirmed } => (if *confirmed { "write!" } else { "write" }, *at, bytes),
            GattRequest::Read { at } => ("read", *at, &[]),
            GattRequest::Subscribe { at } => ("subscribe", *at, &[]),
        };
        let text = match secret && !bytes.is_empty() {
            true => format!("{kind} {} ({} bytes, not kept)", at_text(place), bytes.len()),
            false => request_text(request),
        };
        self.keep(Direction::Down, kind, Some(place), bytes, secret, text);
    }

    fn came(&self, event: &GattEvent, secret: bool) {
        let text = event_text(event);
        let word = text.split(' ').next().unwrap_or_default().to_owned();
        let (place, bytes): (_, &[u8]) = match event {
            GattEvent::Notified { at, bytes } => (Some(*at), bytes),
            GattEvent::Value(Ok(bytes)) => (None, bytes),
            _ => (None, &[]),
        };
        let text = match (secret && !bytes.is_empty(), place) {
            (true, Some(at)) => format!("{word} {} ({} bytes, not kept)", at_text(at), bytes.len()),
            (true, None) => format!("{word} ({} bytes, not kept)", bytes.len()),
            _ => text,
        };
        self.keep(Direction::Up, &word, place, bytes, secret, text);
    }

    fn keep(&self, direction: Direction, kind: &str, place: Option<At>, bytes: &[u8], secret: bool, text: String) {
        let (now, at) = (self.clock.now(), self.clock.wall());
        let mut inner = self.lock();
        let talk = inner.family.as_deref().and_then(platen_printers::registry::talk);
        let named = match (talk, place) {
            (Some(talk), Some(place)) if !secret && !bytes.is_empty() => talk.explain(place, direction, bytes),
            _ => Vec::new(),
        };
        inner.seq += 1;
        let seq = inner.seq;
        if inner.frames.len() == KEPT {
            inner.frames.pop_front();
        }
        inner.frames.push_back(Frame {
            seq,
            at,
            direction,
            kind: kind.to_owned(),
            place,
            bytes: (!secret).then(|| bytes.to_vec()),
            size: bytes.len(),
            named,
        });
        let kind = if direction == Direction::Down { StepKind::Send } else { StepKind::Receive };
        inner.step(now, kind, text);
    }
}

impl Inner {
    fn step(&mut self, now: Moment, kind: StepKind, text: String) {
        let Some(tape) = &mut self.tape else { return };
        if tape.size > LONGEST {
            if !tape.full {
                tape.full = true;
                tape.put(StepKind::Event, "the recording ends here: it is full".to_owned());
            }
            return;
        }
        let passed = tape.last.map_or(Duration::ZERO, |last| now.since(last));
        tape.last = Some(now);
        if !passed.is_zero() {
            tape.put(StepKind::Pass(passed), String::new());
        }
        tape.put(kind, text);
    }
}

impl Tape {
    fn put(&mut self, kind: StepKind, text: String) {
        self.size = self.size.saturating_add(text.len()).saturating_add(8);
        self.transcript.steps.push(Step { line: self.transcript.steps.len().saturating_add(1), kind, text });
    }
}

/// A link whose traffic is seen.
pub(crate) struct Tapped {
    pub(crate) inner: Arc<dyn GattLink>,
    pub(crate) tap: Arc<Tap>,
    /// Of its frames only the lengths are kept.
    pub(crate) secret: bool,
}

#[async_trait]
impl GattLink for Tapped {
    fn tree(&self) -> &Tree {
        self.inner.tree()
    }

    fn payload(&self) -> usize {
        self.inner.payload()
    }

    async fn request(&self, request: &GattRequest) -> GattEvent {
        self.tap.asked(request, self.secret);
        let event = self.inner.request(request).await;
        self.tap.came(&event, self.secret);
        event
    }

    async fn next(&self) -> GattEvent {
        let event = self.inner.next().await;
        self.tap.came(&event, self.secret);
        event
    }

    async fn disconnect(&self) -> Result<(), GattFailure> {
        self.inner.disconnect().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HandClock;
    use platen_model::gatt::Uuid;

    fn write() -> GattRequest {
        let at = At::new(Uuid::short(0xae30), Uuid::short(0xae01));
        GattRequest::Write { at, bytes: b"canary".to_vec(), confirmed: true }
    }

    #[test]
    fn a_recording_has_requests_answers_and_the_time_between() {
        let clock = HandClock::at(WallTime(0));
        let tap = Tap::new(Arc::new(clock.clone()));
        tap.record(vec![("device".to_owned(), "GB01".to_owned())]);
        tap.asked(&write(), false);
        clock.advance(Duration::from_millis(20));
        tap.came(&GattEvent::Written(Ok(())), false);
        let text = tap.stop().unwrap().write();
        assert_eq!(text, "device: GB01\n> write! ae30/ae01 63616e617279\n+ 20\n< ok\n");
        assert!(tap.stop().is_none());
    }

    #[test]
    fn of_a_set_up_only_lengths_are_kept() {
        let tap = Tap::new(Arc::new(HandClock::at(WallTime(0))));
        tap.record(Vec::new());
        tap.asked(&write(), true);
        tap.came(&GattEvent::Value(Ok(b"canary".to_vec())), true);
        let text = format!("{:?}{}", tap.after(0), tap.stop().unwrap().write());
        for canary in ["canary", "63616e617279", "99, 97"] {
            assert!(!text.contains(canary), "{text}");
        }
        assert!(text.contains("6 bytes, not kept"));
    }

    #[test]
    fn only_the_last_frames_are_kept() {
        let tap = Tap::new(Arc::new(HandClock::at(WallTime(0))));
        for _ in 0..KEPT + 5 {
            tap.asked(&write(), false);
        }
        assert_eq!((tap.after(0).len(), tap.after(0)[0].seq), (KEPT, 6));
        assert_eq!(tap.after(KEPT as u64).len(), 5);
    }
}
