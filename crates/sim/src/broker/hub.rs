//! Sessions, retained messages, and the way of a message from one client to others.
//!
//! One lock around everything: the simulated world has a handful of clients, and a message is routed in microseconds.
//! Nothing here waits; connections are woken and fetch what is theirs.

use super::gate::{Gate, Grant, Visit};
use super::session::{Dispatch, Link, MAX_FILTERS, Message, Parcel, Session, Subscription};
use super::topics;
use super::wire::{Connect, Farewell, Granted, Retained, Version, Wish};
use super::{Asked, Figures};
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc};

/// QoS 1 and 2 messages that a client may have on their way to us.
pub(super) const RECEIVE_MAXIMUM: u16 = 200;
const MAX_SESSIONS: usize = 1_000;
const MAX_RETAINED: usize = 1_000;
const MAX_RETAINED_BYTES: usize = 8 << 20;
const MAX_ASKED: usize = 10_000;
const MAX_EXPIRY: Duration = Duration::from_secs(24 * 3600);

#[derive(Default)]
struct State {
    sessions: BTreeMap<String, Session>,
    retained: BTreeMap<String, Arc<Message>>,
    retained_bytes: usize,
    asked: VecDeque<Asked>,
    figures: Figures,
    last_number: u64,
}

pub(super) struct Hub {
    state: Mutex<State>,
    pub(super) gate: Arc<dyn Gate>,
    /// The largest packet taken, in bytes after the fixed header.
    pub(super) max_packet: u32,
}

/// What a connection holds of its session.
pub(super) struct Seat {
    pub(super) client_id: String,
    pub(super) number: u64,
    pub(super) session_present: bool,
    pub(super) grant: Grant,
    pub(super) wake: Arc<Notify>,
    pub(super) end: mpsc::Receiver<Farewell>,
}

impl Hub {
    pub(super) fn new(gate: Arc<dyn Gate>, max_packet: u32) -> Self {
        Self { state: Mutex::default(), gate, max_packet }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a client its session, taking it from an older connection. `None` when there are too many sessions.
    pub(super) fn seat(&self, connect: &Connect, client_id: String, grant: Grant) -> Option<Seat> {
        let mut state = self.lock();
        state.drop_expired();
        state.last_number += 1;
        let number = state.last_number;
        let username = connect.username.clone().unwrap_or_default();
        if let Some(old) = state.sessions.get_mut(&client_id) {
            if let Some(link) = old.link.take() {
                let _ = link.end.try_send(Farewell::TakenOver);
            }
            // A session belongs to its user: another one must not inherit what waits in it.
            if connect.clean_start || old.username != username {
                state.sessions.remove(&client_id);
            }
        }
        let session_present = state.sessions.contains_key(&client_id);
        if !session_present && state.sessions.len() >= MAX_SESSIONS && !state.drop_one_absent() {
            return None;
        }
        let session = state.sessions.entry(client_id.clone()).or_insert_with(|| Session::new(username));
        session.resume(&grant);
        session.expiry = Duration::from_secs(connect.session_expiry.into()).min(MAX_EXPIRY);
        session.expires_at = None;
        let (sender, end) = mpsc::channel(1);
        let wake = Arc::new(Notify::new());
        session.link = Some(Link {
            number,
            version: connect.version,
            wake: wake.clone(),
            end: sender,
            receive_maximum: connect.receive_maximum,
        });
        state.figures.connections += 1;
        Some(Seat { client_id, number, session_present, grant, wake, end })
    }

    /// The connection is over. `session_expiry` is what a DISCONNECT said last.
    pub(super) fn leave(&self, client_id: &str, number: u64, session_expiry: Option<u32>) {
        let mut state = self.lock();
        state.figures.connections = state.figures.connections.saturating_sub(1);
        let Some(session) = state.sessions.get_mut(client_id) else { return };
        if session.link.as_ref().is_some_and(|link| link.number != number) {
            return; // Taken over meanwhile.
        }
        session.link = None;
        if let Some(seconds) = session_expiry {
            session.expiry = Duration::from_secs(seconds.into()).min(MAX_EXPIRY);
        }
        if session.expiry.is_zero() {
            state.sessions.remove(client_id);
        } else {
            session.expires_at = Some(Instant::now() + session.expiry);
        }
    }

    /// Runs `act` on the session, unless another connection has taken it.
    pub(super) fn with<T>(&self, client_id: &str, number: u64, act: impl FnOnce(&mut Session) -> T) -> Option<T> {
        let mut state = self.lock();
        let session = state.sessions.get_mut(client_id)?;
        if session.link.as_ref()?.number != number {
            return None;
        }
        Some(act(session))
    }

    /// The next message for a connection.
    pub(super) fn next(&self, client_id: &str, number: u64) -> Option<Dispatch> {
        self.with(client_id, number, Session::next)?
    }

    /// Passes a message to everybody who asked for it; `sender` is the client id it came from.
    pub(super) fn route(&self, sender: Option<&str>, topic: &str, payload: Bytes, qos: u8, retain: bool) {
        let mut state = self.lock();
        state.figures.published += 1;
        let message = Arc::new(Message { topic: topic.to_owned(), payload });
        if retain {
            state.retain(&message);
        }
        let mut dropped = 0;
        for (client_id, session) in &mut state.sessions {
            let Some((granted, keep_flag)) = session.interest(topic, sender == Some(client_id)) else { continue };
            let parcel = Parcel { message: message.clone(), qos: qos.min(granted).min(1), retain: retain && keep_flag };
            if !session.enqueue(parcel) {
                dropped += 1;
            }
        }
        state.figures.dropped += dropped;
    }

    /// Answers the wishes of a SUBSCRIBE and queues the retained messages that come with them.
    pub(super) fn subscribe(&self, client_id: &str, number: u64, grant: &Grant, wishes: Vec<Wish>) -> Vec<Granted> {
        let mut state = self.lock();
        let State { sessions, retained, asked, .. } = &mut *state;
        let Some(session) = sessions.get_mut(client_id) else { return vec![Granted::Quota; wishes.len()] };
        if session.link.as_ref().is_none_or(|link| link.number != number) {
            return vec![Granted::Quota; wishes.len()];
        }
        let mut answers = Vec::new();
        for wish in wishes {
            let known = session.filters.contains_key(&wish.filter);
            let answer = if !topics::is_filter(&wish.filter) {
                Granted::Invalid
            } else if !grant.hear.iter().any(|allowed| topics::covers(allowed, &wish.filter)) {
                Granted::NotAuthorised
            } else if !known && session.filters.len() >= MAX_FILTERS {
                Granted::Quota
            } else {
                Granted::Qos(wish.qos.min(1))
            };
            if asked.len() >= MAX_ASKED {
                asked.pop_front();
            }
            let granted = matches!(answer, Granted::Qos(_));
            asked.push_back(Asked { client_id: client_id.to_owned(), filter: wish.filter.clone(), granted });
            answers.push(answer);
            let Granted::Qos(qos) = answer else { continue };
            let subscription =
                Subscription { qos, no_local: wish.no_local, retain_as_published: wish.retain_as_published };
            session.filters.insert(wish.filter.clone(), subscription);
            if wish.retained == Retained::Never || (wish.retained == Retained::WhenNew && known) {
                continue;
            }
            for message in retained.values().filter(|message| topics::matches(&wish.filter, &message.topic)) {
                session.enqueue(Parcel { message: message.clone(), qos, retain: true });
            }
        }
        answers
    }

    pub(super) fn unsubscribe(&self, client_id: &str, number: u64, filters: &[String]) -> Vec<bool> {
        self.with(client_id, number, |session| {
            filters.iter().map(|filter| session.filters.remove(filter).is_some()).collect()
        })
        .unwrap_or_else(|| vec![false; filters.len()])
    }

    /// Ends the connection of a client, if it has one.
    pub(super) fn kick(&self, client_id: &str, farewell: Farewell) -> bool {
        let state = self.lock();
        let link = state.sessions.get(client_id).and_then(|session| session.link.as_ref());
        link.is_some_and(|link| link.end.try_send(farewell).is_ok())
    }

    /// Forgets every session and retained message.
    pub(super) fn forget(&self) {
        let mut state = self.lock();
        state.sessions.clear();
        state.retained.clear();
        state.retained_bytes = 0;
    }

    pub(super) fn figures(&self) -> Figures {
        let state = self.lock();
        Figures { sessions: state.sessions.len(), ..state.figures }
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.lock().asked.iter().cloned().collect()
    }

    /// Counts a message that a client could not take.
    pub(super) fn count_dropped(&self) {
        self.lock().figures.dropped += 1;
    }

    pub(super) fn came(&self, visit: &Visit) {
        self.gate.connected(visit);
    }

    pub(super) fn went(&self, visit: &Visit, reason: &'static str) {
        self.gate.disconnected(visit, reason);
    }

    /// The versions of the live connections, for tests and diagnostics.
    pub(super) fn versions(&self) -> BTreeMap<String, u8> {
        let level = |version| if version == Version::V4 { 4 } else { 5 };
        let state = self.lock();
        let live = state.sessions.iter().filter_map(|(id, session)| Some((id, session.link.as_ref()?.version)));
        live.map(|(id, version)| (id.clone(), level(version))).collect()
    }
}

impl State {
    fn drop_expired(&mut self) {
        let now = Instant::now();
        self.sessions.retain(|_, session| session.expires_at.is_none_or(|at| at > now));
    }

    fn drop_one_absent(&mut self) -> bool {
        let absent = self.sessions.iter().filter_map(|(id, session)| Some((session.expires_at?, id.clone())));
        let Some((_, id)) = absent.min() else { return false };
        self.sessions.remove(&id).is_some()
    }

    fn retain(&mut self, message: &Arc<Message>) {
        if let Some(old) = self.retained.remove(&message.topic) {
            self.retained_bytes = self.retained_bytes.saturating_sub(old.weight());
        }
        let full = self.retained.len() >= MAX_RETAINED
            || self.retained_bytes.saturating_add(message.weight()) > MAX_RETAINED_BYTES;
        if message.payload.is_empty() || full {
            return;
        }
        self.retained_bytes += message.weight();
        self.retained.insert(message.topic.clone(), message.clone());
    }
}
