//! One device in the air: its state machine with a clock, and the link to it.
//!
//! ```text
//!   request ──▶ queue ──(delay, rate, cut)──▶ device.written/read/listening
//!   next    ◀── (delay, repeat) ◀──────────── device.poll: Notify, HangUp
//! ```
//!
//! The queue is the host's: a write without response is done when it stands in it. Everything on a link keeps its order,
//! so the answer of one confirmed write says that all before it arrived. Hanging up gives the queue two seconds, as
//! BlueZ does; what is left then is lost.

use super::{Deed, Faults, Peripheral};
use platen_model::gatt::{GattEvent, GattFailure, GattRequest, Tree};
use platen_model::{At, Moment};
use platen_transport::{DeviceAddress, Heard};
use std::any::Any;
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long the queue may still empty itself after the host hung up.
const LINGER: Duration = Duration::from_secs(2);
/// How often a device may act by itself before its link has a turn again.
const DEEDS: usize = 1_000;

/// What has passed between the host and a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Figures {
    /// Connections made.
    pub connections: u32,
    /// Writes that reached the device.
    pub writes: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes that were written without response and never reached it.
    pub lost: u64,
}

/// An opened link, from the host's side.
pub(super) struct Opened {
    pub(super) link: u64,
    pub(super) station: Arc<Station>,
    pub(super) tree: Tree,
    pub(super) payload: usize,
    pub(super) up: mpsc::UnboundedReceiver<GattEvent>,
}

/// The end of a try to connect.
pub(super) enum Open {
    Done(Opened),
    Refused,
    After(Duration),
    NotNow,
}

pub(super) struct Station {
    address: DeviceAddress,
    started: Instant,
    state: Mutex<State>,
    woken: Notify,
    changed: watch::Sender<u64>,
}

struct State {
    device: Box<dyn Peripheral>,
    faults: Faults,
    in_range: bool,
    retired: bool,
    connecting: bool,
    link: Option<Link>,
    links: u64,
    figures: Figures,
}

struct Link {
    id: u64,
    payload: usize,
    tree: Tree,
    queue: VecDeque<Queued>,
    /// When the last delivery was due: the next one counts from there, so that a late clock slows nothing down.
    carried: Instant,
    written: u64,
    listening: BTreeSet<At>,
    waiting: VecDeque<(Instant, GattEvent)>,
    up: mpsc::UnboundedSender<GattEvent>,
    /// The host hung up; the link ends when the queue is empty, and at this time at the latest.
    leaving: Option<(Instant, oneshot::Sender<()>)>,
    /// The answer of a confirmed write that the device holds back.
    held: Option<(oneshot::Sender<GattEvent>, GattEvent)>,
}

struct Queued {
    what: What,
    since: Instant,
    done: Option<oneshot::Sender<GattEvent>>,
}

enum What {
    Request(GattRequest),
    Forget(At),
}

impl Queued {
    fn len(&self) -> usize {
        match &self.what {
            What::Request(GattRequest::Write { bytes, .. }) => bytes.len(),
            _ => 0,
        }
    }
}

impl Link {
    /// When the first of the queue reaches the device.
    fn due(&self, faults: &Faults) -> Option<Instant> {
        let first = self.queue.front()?;
        let air = faults.rate.map_or(Duration::ZERO, |rate| {
            Duration::from_secs_f64(u32::try_from(first.len()).map_or(0.0, f64::from) / f64::from(rate.get()))
        });
        Some(self.carried.max(first.since) + faults.delay + air)
    }

    /// Tells the host about the writes without response that have room in the queue.
    fn accept(&mut self, limit: Option<usize>) {
        let mut bytes = 0usize;
        for queued in &mut self.queue {
            bytes = bytes.saturating_add(queued.len());
            if limit.is_some_and(|limit| bytes > limit) {
                return;
            }
            if let What::Request(GattRequest::Write { confirmed: false, .. }) = queued.what
                && let Some(done) = queued.done.take()
            {
                // Nobody waits for it any more: the write stays in the queue all the same.
                let _ = done.send(GattEvent::Written(Ok(())));
            }
        }
    }
}

impl Station {
    pub(super) fn new(address: DeviceAddress, device: Box<dyn Peripheral>, changed: watch::Sender<u64>) -> Self {
        Self {
            address,
            started: Instant::now(),
            state: Mutex::new(State {
                device,
                faults: Faults::default(),
                in_range: true,
                retired: false,
                connecting: false,
                link: None,
                links: 0,
                figures: Figures::default(),
            }),
            woken: Notify::new(),
            changed,
        }
    }

    /// Keeps the device's time.
    pub(super) async fn run(self: Arc<Self>, stop: CancellationToken) {
        loop {
            let (until, retired) = {
                let mut state = self.state();
                (self.turn(&mut state), state.retired)
            };
            if retired {
                return;
            }
            let pause = async {
                match until {
                    Some(until) => tokio::time::sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => {
                    self.retire();
                    return;
                }
                () = self.woken.notified() => {}
                () = pause => {}
            }
        }
    }

    pub(super) fn heard(&self) -> Option<Heard> {
        let state = self.state();
        let advertisement = state.in_range.then(|| state.device.advertisement()).flatten()?;
        Some(Heard { address: self.address.clone(), advertisement, rssi: Some(state.device.rssi()) })
    }

    pub(super) fn with<P: Peripheral, T>(&self, look: impl FnOnce(&mut P) -> T) -> Option<T> {
        let mut state = self.state();
        let device: &mut dyn Any = state.device.as_mut();
        let seen = device.downcast_mut::<P>().map(look);
        self.act(&mut state);
        self.tell();
        seen
    }

    pub(super) fn fault(&self, change: impl FnOnce(&mut Faults)) {
        let mut state = self.state();
        change(&mut state.faults);
        self.act(&mut state);
    }

    pub(super) fn figures(&self) -> Figures {
        self.state().figures
    }

    pub(super) fn set_in_range(&self, near: bool) {
        let mut state = self.state();
        state.in_range = near;
        if !near {
            self.end(&mut state);
            self.act(&mut state);
        }
    }

    pub(super) fn break_link(&self) {
        let mut state = self.state();
        self.end(&mut state);
        self.act(&mut state);
    }

    pub(super) fn retire(&self) {
        let mut state = self.state();
        state.retired = true;
        state.in_range = false;
        self.end(&mut state);
        self.woken.notify_one();
    }

    /// A try to connect.
    pub(super) fn open(self: &Arc<Self>) -> Open {
        let mut state = self.state();
        let silent = state.device.advertisement().is_none();
        if !state.in_range || silent || state.link.is_some() {
            return Open::NotNow;
        }
        if state.faults.connecting > Duration::ZERO && !std::mem::replace(&mut state.connecting, true) {
            return Open::After(state.faults.connecting);
        }
        state.connecting = false;
        if state.faults.refuse > 0 {
            state.faults.refuse -= 1;
            return Open::Refused;
        }
        let offered = state.faults.mtu.unwrap_or_else(|| state.device.mtu());
        let payload = usize::from(offered.clamp(23, 517)) - 3;
        let tree = state.device.tree();
        let (sender, up) = mpsc::unbounded_channel();
        state.links += 1;
        state.figures.connections += 1;
        let id = state.links;
        state.link = Some(Link {
            id,
            payload,
            tree: tree.clone(),
            queue: VecDeque::new(),
            carried: Instant::now(),
            written: 0,
            listening: BTreeSet::new(),
            waiting: VecDeque::new(),
            up: sender,
            leaving: None,
            held: None,
        });
        state.device.connected(self.now());
        self.act(&mut state);
        self.tell();
        Open::Done(Opened { link: id, station: self.clone(), tree, payload, up })
    }

    /// Puts a request into the queue at once, so callers keep their order; the receiver fails when the link breaks.
    pub(super) fn begin(&self, link: u64, request: GattRequest) -> oneshot::Receiver<GattEvent> {
        self.queue(link, What::Request(request))
    }

    /// Stops listening.
    pub(super) fn forget(&self, link: u64, at: At) -> oneshot::Receiver<GattEvent> {
        self.queue(link, What::Forget(at))
    }

    fn queue(&self, link: u64, what: What) -> oneshot::Receiver<GattEvent> {
        let (done, end) = oneshot::channel();
        let mut state = self.state();
        let limit = state.faults.queue;
        if let Some(open) = state.link.as_mut().filter(|open| open.id == link && open.leaving.is_none()) {
            open.queue.push_back(Queued { what, since: Instant::now(), done: Some(done) });
            open.accept(limit);
            self.act(&mut state);
        }
        end
    }

    /// The host hangs up; the receiver ends when the link has.
    pub(super) fn leave(&self, link: u64) -> oneshot::Receiver<()> {
        let (done, end) = oneshot::channel();
        let mut state = self.state();
        if let Some(open) = state.link.as_mut().filter(|open| open.id == link && open.leaving.is_none()) {
            open.leaving = Some((Instant::now() + LINGER, done));
            self.act(&mut state);
        }
        end
    }

    /// The host is gone without a word.
    pub(super) fn abandon(&self, link: u64) {
        let mut state = self.state();
        if state.link.as_ref().is_some_and(|open| open.id == link) {
            self.end(&mut state);
            self.act(&mut state);
        }
    }

    fn act(&self, state: &mut State) {
        self.turn(state);
        self.woken.notify_one();
    }

    /// Does what is due; tells when the next thing is.
    fn turn(&self, state: &mut State) -> Option<Instant> {
        if state.retired {
            return None;
        }
        for _ in 0..DEEDS {
            self.carry(state);
            match state.device.poll(self.now()) {
                Deed::Notify { at, bytes } => Self::notify(state, at, bytes),
                Deed::HangUp => self.end(state),
                Deed::Readvertise => self.tell(),
                Deed::Wait(until) => return self.next_turn(state, until),
            }
        }
        Some(Instant::now())
    }

    fn next_turn(&self, state: &State, device: Option<Moment>) -> Option<Instant> {
        // A moment that has passed already would spin: the clock of a device counts milliseconds.
        let soonest = Instant::now() + Duration::from_millis(1);
        let device = device.map(|at| (self.started + Duration::from_millis(at.as_millis())).max(soonest));
        let link = state.link.as_ref();
        let queue = link.and_then(|link| link.due(&state.faults));
        let told = link.and_then(|link| link.waiting.front().map(|(due, _)| *due));
        let leaving = link.and_then(|link| link.leaving.as_ref().map(|(due, _)| *due));
        [device, queue, told, leaving].into_iter().flatten().min()
    }

    /// Carries what is due in both directions.
    fn carry(&self, state: &mut State) {
        let now = Instant::now();
        while let Some(link) = state.link.as_mut() {
            let Some(due) = link.due(&state.faults).filter(|due| *due <= now) else { break };
            link.carried = due;
            let Some(queued) = link.queue.pop_front() else { break };
            link.accept(state.faults.queue);
            self.deliver(state, queued);
        }
        let holds = state.device.holds_answer();
        let Some(link) = state.link.as_mut() else { return };
        if let Some((done, end)) = link.held.take_if(|_| !holds) {
            // Nobody waits for the answer any more; the device has done it all the same.
            let _ = done.send(end);
        }
        while link.waiting.front().is_some_and(|(due, _)| *due <= now) {
            if let Some((_, event)) = link.waiting.pop_front() {
                // The host is gone: `abandon` follows.
                let _ = link.up.send(event);
            }
        }
        if link.leaving.as_ref().is_some_and(|(due, _)| link.queue.is_empty() || *due <= now) {
            self.end(state);
        }
    }

    fn deliver(&self, state: &mut State, queued: Queued) {
        let Some(link) = state.link.as_mut() else { return };
        let now = self.now();
        let length = u64::try_from(queued.len()).unwrap_or(u64::MAX);
        let end = match queued.what {
            What::Request(GattRequest::Write { at, bytes, confirmed }) => {
                let before = link.written;
                link.written = before.saturating_add(length);
                let cut = state.faults.cut.take_if(|cut| before.saturating_add(length) > cut.at);
                let possible = link.tree.get(at).is_some_and(|row| match confirmed {
                    true => row.properties.write,
                    false => row.properties.write_without_response,
                });
                let arrives = cut.is_none_or(|cut| cut.arrives);
                let answer = if !arrives {
                    state.figures.lost += length;
                    Err(0)
                } else if possible {
                    state.figures.writes += 1;
                    state.figures.bytes += length;
                    state.device.written(now, at, &bytes, confirmed)
                } else {
                    Err(0x03)
                };
                if cut.is_some() {
                    self.end(state);
                    return;
                }
                GattEvent::Written(answer.map_err(|code| GattFailure::Refused { code: Some(code) }))
            }
            What::Request(GattRequest::Read { at }) => {
                let possible = link.tree.get(at).is_some_and(|row| row.properties.read);
                let answer = if possible { state.device.read(now, at) } else { Err(0x02) };
                GattEvent::Value(answer.map_err(|code| GattFailure::Refused { code: Some(code) }))
            }
            What::Request(GattRequest::Subscribe { at }) => {
                if link.tree.get(at).is_some_and(|row| row.properties.tells()) {
                    if link.listening.insert(at) {
                        state.device.listening(now, at, true);
                    }
                    GattEvent::Written(Ok(()))
                } else {
                    GattEvent::Written(Err(GattFailure::Refused { code: Some(0x06) }))
                }
            }
            What::Forget(at) => {
                if link.listening.remove(&at) {
                    state.device.listening(now, at, false);
                }
                GattEvent::Written(Ok(()))
            }
        };
        let held = matches!(end, GattEvent::Written(Ok(()))) && state.device.holds_answer();
        if let Some(done) = queued.done {
            if held && let Some(link) = state.link.as_mut() {
                link.held = Some((done, end));
                return;
            }
            // Nobody waits for the answer any more; the device has done it all the same.
            let _ = done.send(end);
        }
    }

    fn notify(state: &mut State, at: At, mut bytes: Vec<u8>) {
        let Some(link) = state.link.as_mut().filter(|link| link.listening.contains(&at)) else { return };
        // A notification is one packet: what does not fit is not sent.
        bytes.truncate(link.payload);
        let now = Instant::now();
        for _ in 0..=state.faults.repeat {
            let event = GattEvent::Notified { at, bytes: bytes.clone() };
            if state.faults.delay.is_zero() && link.waiting.is_empty() {
                // The host is gone: `abandon` follows.
                let _ = link.up.send(event);
            } else {
                let after = link.waiting.back().map_or(now, |(due, _)| *due);
                link.waiting.push_back((after.max(now) + state.faults.delay, event));
            }
        }
    }

    /// The link is over. Requests that wait learn it by their closed channel.
    fn end(&self, state: &mut State) {
        let Some(link) = state.link.take() else { return };
        let unsent = link.queue.iter().map(Queued::len).sum::<usize>();
        state.figures.lost += u64::try_from(unsent).unwrap_or(u64::MAX);
        // Both: nobody may be listening.
        let _ = link.up.send(GattEvent::Lost);
        if let Some((_, done)) = link.leaving {
            let _ = done.send(());
        }
        state.device.disconnected(self.now());
        self.tell();
    }

    fn tell(&self) {
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn now(&self) -> Moment {
        Moment::from_millis(u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
