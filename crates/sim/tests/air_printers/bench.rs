//! A link in one process, on a virtual clock: a dialogue on one side, a simulated printer on the other.

use platen_model::gatt::{GattEvent, GattFailure, GattRequest};
use platen_model::{Input, Machine, Moment, Output};
use platen_sim::air::{Deed, Peripheral};
use std::collections::VecDeque;
use std::time::Duration;

/// How long an answered request takes.
const ROUND_TRIP: Duration = Duration::from_millis(15);

/// How a dialogue ended, and everything on the way.
pub(crate) struct Ran<E, T, F> {
    pub(crate) end: Result<T, F>,
    pub(crate) events: Vec<E>,
    /// When it ended.
    pub(crate) at: Moment,
    /// Sizes of the writes.
    pub(crate) writes: Vec<usize>,
}

/// Runs a dialogue to its end; `each` sees the printer and the time after every step and may ask for a cancel.
pub(crate) fn run<E, T, F, P: Peripheral>(
    machine: &mut (impl Machine<Event = E, Outcome = T, Failure = F> + ?Sized),
    printer: &mut P,
    start: Moment,
    mut each: impl FnMut(&mut P, Moment) -> bool,
) -> Ran<E, T, F> {
    let mut now = start;
    let (mut events, mut writes) = (Vec::new(), Vec::new());
    let mut ending: VecDeque<(Moment, GattEvent)> = VecDeque::new();
    let (mut lost, mut cancelled) = (false, false);
    printer.connected(now);
    loop {
        let due = loop {
            match printer.poll(now) {
                Deed::Notify { at, bytes } if !lost => {
                    machine.handle(now, Input::Gatt(GattEvent::Notified { at, bytes }));
                }
                Deed::Notify { .. } | Deed::Readvertise => {}
                Deed::HangUp => {
                    lost = true;
                    ending.clear();
                    printer.disconnected(now);
                    machine.handle(now, Input::Gatt(GattEvent::Lost));
                }
                Deed::Wait(due) => break due,
            }
        };
        if !cancelled && each(printer, now) {
            cancelled = true;
            machine.handle(now, Input::Cancel);
        }
        let wait = match machine.poll(now) {
            Output::Event(event) => {
                events.push(event);
                continue;
            }
            Output::Gatt(request) => {
                assert!(ending.is_empty(), "two requests at a time");
                let (event, span) = ask(printer, now, &request, &mut writes);
                ending.push_back((now + span, event));
                continue;
            }
            Output::Done(end) => {
                if !lost {
                    printer.disconnected(now);
                }
                return Ran { end, events, at: now, writes };
            }
            Output::WaitUntil(moment) => moment,
            Output::Send { .. } | Output::Request(_) => panic!("no such channel"),
        };
        let next = [Some(wait), due, ending.front().map(|(at, _)| *at)].into_iter().flatten().min().unwrap();
        now = now.max(next);
        assert!(now.since(start) < Duration::from_secs(3600), "it never ends");
        match ending.front() {
            Some((at, _)) if *at <= now => {
                let event = ending.pop_front().map(|(_, event)| event).unwrap();
                machine.handle(now, Input::Gatt(event));
            }
            _ if wait <= now => machine.handle(now, Input::Tick),
            _ => {}
        }
    }
}

fn ask(
    printer: &mut impl Peripheral,
    now: Moment,
    request: &GattRequest,
    writes: &mut Vec<usize>,
) -> (GattEvent, Duration) {
    let refused = |code| GattFailure::Refused { code: Some(code) };
    match request {
        GattRequest::Write { at, bytes, confirmed } => {
            assert!(bytes.len() + 3 <= usize::from(printer.mtu()), "longer than the link takes");
            writes.push(bytes.len());
            let taken = printer.written(now, *at, bytes, *confirmed);
            // Nobody tells what became of an unanswered write; it has left when the system has it.
            let event = if *confirmed { taken.map_err(refused) } else { Ok(()) };
            (GattEvent::Written(event), if *confirmed { ROUND_TRIP } else { Duration::ZERO })
        }
        GattRequest::Read { at } => (GattEvent::Value(printer.read(now, *at).map_err(refused)), ROUND_TRIP),
        GattRequest::Subscribe { at } => {
            printer.listening(now, *at, true);
            (GattEvent::Written(Ok(())), ROUND_TRIP)
        }
    }
}

/// Lets a printer work on by itself for so long.
pub(crate) fn let_it_work(printer: &mut impl Peripheral, from: Moment, span: Duration) {
    let (mut now, end) = (from, from + span);
    while now <= end {
        match printer.poll(now) {
            Deed::Wait(Some(due)) => now = due.max(now + Duration::from_millis(1)),
            Deed::Wait(None) => return,
            _ => {}
        }
    }
}
