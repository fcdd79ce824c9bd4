//! The writer that every dialogue uses: pieces of bytes go out in writes no larger than the link takes, at the pace of
//! the plan, and stop while the printer asks for it.
//!
//! ```text
//!   add(piece) ─▶ queue ─▶ write ≤ min(chunk, payload − keep_free) ─▶ outstanding ─▶ written ─▶ pace ─▶ next write
//!                             ▲ hold(true) stops here
//! ```
//!
//! Source: section 2.0 of the family facts ("chunk = min(family cap, MTU − 3), default 20"; "write without response has no
//! back-pressure"). A write never spans two pieces, so what a printer wants in one write is one piece. Deliberately
//! absent: what the bytes mean, and how long a hold may last; both are the dialogue's.

use super::WritePlan;
use platen_model::gatt::{GattEvent, GattFailure, GattRequest, Properties};
use platen_model::{At, Moment};
use std::collections::VecDeque;
use std::time::Duration;

/// A payload that every link has.
const SMALLEST: usize = 20;

/// What the courier wants next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Make this write and tell its end with [`Courier::ended`].
    Write(GattRequest),
    /// Nothing before this moment.
    Until(Moment),
    /// Nothing before the outstanding write has ended or the hold is over.
    Waiting,
    /// Everything has gone out.
    Empty,
}

struct Piece {
    at: At,
    confirmed: bool,
    bytes: Vec<u8>,
    /// How much of it has gone out.
    from: usize,
    /// Whether it counts as progress of the job.
    counted: bool,
    /// Whether it goes out in spite of a hold.
    pressing: bool,
}

/// Bytes on their way.
pub struct Courier {
    chunk: usize,
    pace: Duration,
    queue: VecDeque<Piece>,
    /// Counted bytes of the outstanding write.
    outstanding: Option<usize>,
    next: Moment,
    held: bool,
    handed_over: usize,
    offered: usize,
}

impl Courier {
    /// A courier for a link that takes `payload` bytes a write. A payload of nothing means that nobody knows it.
    pub fn new(plan: &WritePlan, payload: usize) -> Self {
        let room = if payload == 0 { SMALLEST } else { payload };
        let room = room.saturating_sub(usize::from(plan.keep_free)).max(1);
        Self {
            chunk: usize::from(plan.chunk).clamp(1, room),
            pace: Duration::from_millis(plan.pace_ms.into()),
            queue: VecDeque::new(),
            outstanding: None,
            next: Moment::default(),
            held: false,
            handed_over: 0,
            offered: 0,
        }
    }

    /// Whether a write to a characteristic with these properties is one that is answered: as the plan wants it where it
    /// can be, else as it can be.
    pub const fn confirms(plan: &WritePlan, properties: Properties) -> bool {
        if plan.confirmed { properties.write } else { !properties.write_without_response }
    }

    /// The most bytes of a write.
    pub const fn chunk(&self) -> usize {
        self.chunk
    }

    /// Queues bytes of the job.
    pub fn add(&mut self, at: At, confirmed: bool, bytes: Vec<u8>) {
        self.push(at, confirmed, bytes, true);
    }

    /// Queues bytes that are no part of the job: questions, wishes, padding.
    pub fn add_aside(&mut self, at: At, confirmed: bool, bytes: Vec<u8>) {
        self.push(at, confirmed, bytes, false);
    }

    fn push(&mut self, at: At, confirmed: bool, bytes: Vec<u8>, counted: bool) {
        if !bytes.is_empty() {
            self.queue.push_back(Piece { at, confirmed, bytes, from: 0, counted, pressing: false });
        }
    }

    /// Puts bytes that are no part of the job before everything that has not begun, a hold or not.
    pub fn press(&mut self, at: At, confirmed: bool, bytes: Vec<u8>) {
        let begun = usize::from(self.queue.front().is_some_and(|piece| piece.from > 0));
        if !bytes.is_empty() {
            self.queue.insert(begun, Piece { at, confirmed, bytes, from: 0, counted: false, pressing: true });
        }
    }

    /// Stops, or goes on. The outstanding write ends as it may.
    pub fn hold(&mut self, held: bool) {
        self.held = held;
    }

    /// Whether it is stopped.
    pub const fn is_held(&self) -> bool {
        self.held
    }

    /// Forgets everything that has not gone out; says how much was left of the piece that has begun.
    pub fn drop_rest(&mut self) -> usize {
        let left = self.queue.front().filter(|piece| piece.from > 0).map_or(0, |piece| piece.bytes.len() - piece.from);
        self.queue.clear();
        left
    }

    /// Forgets everything but the rest of the piece that has begun.
    pub fn keep_begun(&mut self) {
        let begun = usize::from(self.queue.front().is_some_and(|piece| piece.from > 0));
        self.queue.truncate(begun);
    }

    /// Bytes of the job whose write has ended well.
    pub const fn handed_over(&self) -> usize {
        self.handed_over
    }

    /// Bytes of the job that may have arrived: with those of the outstanding write, and of one that ended badly.
    pub const fn offered(&self) -> usize {
        self.offered
    }

    /// Whether nothing is queued and nothing outstanding.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.outstanding.is_none()
    }

    /// What to do next.
    pub fn poll(&mut self, now: Moment) -> Step {
        if self.outstanding.is_some() {
            return Step::Waiting;
        }
        let Some(piece) = self.queue.front_mut() else { return Step::Empty };
        if self.held && !piece.pressing {
            return Step::Waiting;
        }
        if now < self.next {
            return Step::Until(self.next);
        }
        let end = piece.from.saturating_add(self.chunk).min(piece.bytes.len());
        let bytes = piece.bytes.get(piece.from..end).unwrap_or_default().to_vec();
        let counted = if piece.counted { bytes.len() } else { 0 };
        let piece_confirmed = piece.confirmed;
        let request = GattRequest::Write { at: piece.at, bytes, confirmed: piece.confirmed };
        piece.from = end;
        if end == piece.bytes.len() {
            self.queue.pop_front();
        }
        self.outstanding = Some(counted);
        self.offered = self.offered.saturating_add(counted);
        if !piece_confirmed {
            self.next = now + self.pace;
        }
        Step::Write(request)
    }

    /// The outstanding write ended.
    ///
    /// # Errors
    /// The write's own failure: what has gone out is [`Courier::offered`].
    pub fn ended(&mut self, event: &GattEvent) -> Result<(), GattFailure> {
        let counted = self.outstanding.take().unwrap_or_default();
        match event {
            GattEvent::Written(Ok(())) => {
                self.handed_over = self.handed_over.saturating_add(counted);
                Ok(())
            }
            GattEvent::Written(Err(failure)) => {
                if *failure == GattFailure::NotPossible {
                    // That failure says that nothing was sent.
                    self.offered = self.offered.saturating_sub(counted);
                }
                Err(failure.clone())
            }
            GattEvent::Value(_) | GattEvent::Notified { .. } => Ok(()),
            GattEvent::Lost => Err(GattFailure::Lost),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platen_model::gatt::Uuid;

    const AT: At = At::new(Uuid::short(0xae30), Uuid::short(0xae01));
    const OK: GattEvent = GattEvent::Written(Ok(()));

    fn plan(chunk: u16, keep_free: u8, pace_ms: u16) -> WritePlan {
        WritePlan { confirmed: false, chunk, keep_free, pace_ms }
    }

    /// Everything that goes out, with its moments.
    fn run(courier: &mut Courier) -> Vec<(u64, Vec<u8>)> {
        let (mut now, mut out) = (Moment::default(), Vec::new());
        loop {
            match courier.poll(now) {
                Step::Write(GattRequest::Write { bytes, .. }) => {
                    out.push((now.as_millis(), bytes));
                    courier.ended(&OK).unwrap();
                }
                Step::Until(moment) => now = moment,
                Step::Empty => return out,
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_write_is_no_larger_than_plan_and_link_allow() {
        let job: Vec<u8> = (0..=255).cycle().take(1000).collect();
        for (payload, cap, keep_free, chunk) in [
            (20, 200, 0, 20),
            (182, 200, 0, 182),
            (244, 200, 0, 200),
            (244, 512, 5, 239),
            (20, 63, 5, 15),
            (0, 99, 0, 20),
            (3, 9, 9, 1),
        ] {
            let mut courier = Courier::new(&plan(cap, keep_free, 0), payload);
            assert_eq!(courier.chunk(), chunk);
            courier.add(AT, false, job.clone());
            let out = run(&mut courier);
            assert!(out.iter().all(|(_, bytes)| bytes.len() <= chunk));
            assert_eq!(out.len(), job.len().div_ceil(chunk), "writes are full");
            assert_eq!(out.into_iter().flat_map(|(_, bytes)| bytes).collect::<Vec<_>>(), job);
            assert_eq!((courier.handed_over(), courier.offered()), (1000, 1000));
        }
    }

    #[test]
    fn writes_keep_the_pace_of_the_plan() {
        let mut courier = Courier::new(&plan(10, 0, 30), 244);
        courier.add(AT, false, vec![0; 35]);
        let times: Vec<u64> = run(&mut courier).into_iter().map(|(at, _)| at).collect();
        assert_eq!(times, [0, 30, 60, 90]);
    }

    #[test]
    fn one_write_is_outstanding_and_a_write_never_spans_two_pieces() {
        let mut courier = Courier::new(&plan(100, 0, 0), 244);
        courier.add(AT, false, vec![1; 30]);
        courier.add_aside(AT, true, vec![2; 30]);
        let now = Moment::default();
        assert!(
            matches!(courier.poll(now), Step::Write(GattRequest::Write { bytes, confirmed: false, .. }) if bytes == [1; 30])
        );
        assert_eq!(courier.poll(now), Step::Waiting);
        assert_eq!((courier.handed_over(), courier.offered()), (0, 30));
        courier.ended(&OK).unwrap();
        assert!(matches!(courier.poll(now), Step::Write(GattRequest::Write { confirmed: true, .. })));
        courier.ended(&OK).unwrap();
        assert_eq!((courier.poll(now), courier.handed_over()), (Step::Empty, 30));
    }

    #[test]
    fn a_hold_stops_everything_but_what_is_pressing() {
        let mut courier = Courier::new(&plan(10, 0, 0), 244);
        courier.add(AT, false, vec![1; 20]);
        let now = Moment::default();
        assert!(matches!(courier.poll(now), Step::Write(_)));
        courier.hold(true);
        courier.ended(&OK).unwrap();
        assert_eq!(courier.poll(now), Step::Waiting);
        courier.hold(false);
        assert!(matches!(courier.poll(now), Step::Write(_)));
        courier.ended(&OK).unwrap();
        courier.hold(true);
        courier.add(AT, false, vec![1; 20]);
        courier.press(AT, false, vec![9]);
        assert!(matches!(courier.poll(now), Step::Write(GattRequest::Write { bytes, .. }) if bytes == [9]));
        courier.ended(&OK).unwrap();
        assert_eq!(courier.poll(now), Step::Waiting);
        assert_eq!(courier.drop_rest(), 0);
        assert_eq!(courier.poll(now), Step::Empty);
    }

    #[test]
    fn what_is_pressing_never_lands_inside_of_a_piece() {
        let mut courier = Courier::new(&plan(10, 0, 0), 244);
        courier.add(AT, false, vec![1; 15]);
        let now = Moment::default();
        assert!(matches!(courier.poll(now), Step::Write(_)));
        courier.press(AT, false, vec![9]);
        courier.ended(&OK).unwrap();
        let rest: Vec<u8> = run(&mut courier).into_iter().flat_map(|(_, bytes)| bytes).collect();
        assert_eq!(rest, [1, 1, 1, 1, 1, 9]);
    }

    #[test]
    fn a_failed_write_may_have_arrived_unless_it_was_not_possible() {
        for (failure, offered) in [(GattFailure::Lost, 10), (GattFailure::TimedOut, 10), (GattFailure::NotPossible, 0)]
        {
            let mut courier = Courier::new(&plan(10, 0, 0), 244);
            courier.add(AT, false, vec![1; 25]);
            assert!(matches!(courier.poll(Moment::default()), Step::Write(_)));
            assert_eq!(courier.ended(&GattEvent::Written(Err(failure.clone()))), Err(failure));
            assert_eq!((courier.handed_over(), courier.offered()), (0, offered));
        }
    }

    #[test]
    fn a_dropped_job_says_what_the_printer_still_waits_for() {
        let mut courier = Courier::new(&plan(10, 0, 0), 244);
        courier.add(AT, false, vec![1; 25]);
        courier.add(AT, false, vec![1; 25]);
        assert!(matches!(courier.poll(Moment::default()), Step::Write(_)));
        courier.ended(&OK).unwrap();
        assert_eq!(courier.drop_rest(), 15);
        assert!(courier.is_empty());
    }

    #[test]
    fn writes_are_answered_as_the_plan_wants_where_the_characteristic_can() {
        let properties =
            |write, write_without_response| Properties { write, write_without_response, ..Properties::default() };
        let confirmed = WritePlan { confirmed: true, ..plan(20, 0, 0) };
        assert!(Courier::confirms(&confirmed, properties(true, true)));
        assert!(!Courier::confirms(&confirmed, properties(false, true)));
        assert!(!Courier::confirms(&plan(20, 0, 0), properties(true, true)));
        assert!(Courier::confirms(&plan(20, 0, 0), properties(true, false)));
    }
}
