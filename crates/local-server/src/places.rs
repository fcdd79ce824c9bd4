//! Places for connections (promise LS-10): 256 in all, 32 for a peer, some kept free.
//!
//! Read for a door on loopback, where every program of the machine is one peer: the 32 are counted over connections
//! that have **not shown the token yet**. One too many closes the oldest of them, so a flood pushes itself out and
//! whoever comes next is served. A connection that has shown the token counts against the 256 only. Event streams,
//! which stay for hours, never take the last 16, so a call always finds a place.

use crate::limits::Limits;
use crate::pulse::Pulse;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Who is at the other end, as far as limits go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Peer {
    /// This machine: all of 127/8 and `::1` are one.
    Loopback,
    /// Another address.
    Address(IpAddr),
}

impl From<IpAddr> for Peer {
    fn from(address: IpAddr) -> Self {
        let address = address.to_canonical();
        if address.is_loopback() { Self::Loopback } else { Self::Address(address) }
    }
}

struct Place {
    peer: Peer,
    proven: bool,
    pulse: Arc<Pulse>,
}

#[derive(Default)]
struct Taken {
    next: u64,
    places: BTreeMap<u64, Place>,
    streams: usize,
}

/// All places of the door.
pub(crate) struct Places {
    most: usize,
    unproven_per_peer: usize,
    most_streams: usize,
    taken: Mutex<Taken>,
}

impl Places {
    pub(crate) fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            most: limits.connections,
            unproven_per_peer: limits.unproven_per_peer.max(1),
            most_streams: limits.connections.saturating_sub(limits.reserve),
            taken: Mutex::default(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a new connection a place, if need be that of the oldest one without a token. `None`: all are taken by
    /// holders of the token.
    pub(crate) fn admit(self: &Arc<Self>, peer: Peer, pulse: Arc<Pulse>) -> Option<Ticket> {
        let mut taken = self.lock();
        let unproven = |same: bool, taken: &Taken| -> Vec<u64> {
            let wanted = |place: &Place| !place.proven && (!same || place.peer == peer);
            taken.places.iter().filter(|(_, place)| wanted(place)).map(|(id, _)| *id).collect()
        };
        let mine = unproven(true, &taken);
        let leaves = if mine.len() >= self.unproven_per_peer {
            mine.first().copied()
        } else if taken.places.len() >= self.most {
            Some(*unproven(false, &taken).first()?)
        } else {
            None
        };
        if let Some(place) = leaves.and_then(|id| taken.places.remove(&id)) {
            place.pulse.end("place needed");
        }
        let id = taken.next;
        taken.next += 1;
        taken.places.insert(id, Place { peer, proven: false, pulse });
        Some(Ticket { id, places: Arc::clone(self) })
    }

    /// A place for an event stream, until the answer is dropped.
    pub(crate) fn admit_stream(self: &Arc<Self>) -> Option<StreamTicket> {
        let mut taken = self.lock();
        if taken.streams >= self.most_streams {
            return None;
        }
        taken.streams += 1;
        Some(StreamTicket(Arc::clone(self)))
    }

    #[cfg(test)]
    fn count(&self) -> usize {
        self.lock().places.len()
    }
}

/// A connection's place; free again when this is dropped.
pub(crate) struct Ticket {
    id: u64,
    places: Arc<Places>,
}

impl Ticket {
    /// This connection has shown the token.
    pub(crate) fn proven(&self) {
        if let Some(place) = self.places.lock().places.get_mut(&self.id) {
            place.proven = true;
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.places.lock().places.remove(&self.id);
    }
}

/// An event stream's place.
pub(crate) struct StreamTicket(Arc<Places>);

impl Drop for StreamTicket {
    fn drop(&mut self) {
        let mut taken = self.0.lock();
        taken.streams = taken.streams.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pulse() -> Arc<Pulse> {
        Pulse::new(&Limits::default())
    }

    #[tokio::test]
    async fn a_flood_of_one_peer_pushes_out_its_own_oldest_and_never_a_holder() {
        let places = Places::new(&Limits::default());
        let holder = pulse();
        let ticket = places.admit(Peer::Loopback, Arc::clone(&holder)).unwrap();
        ticket.proven();
        let flood: Vec<_> = (0..100).map(|_| pulse()).collect();
        let tickets: Vec<_> = flood.iter().map(|p| places.admit(Peer::Loopback, Arc::clone(p))).collect();
        assert!(tickets.iter().all(Option::is_some), "whoever comes next is served");
        assert_eq!(places.count(), 33);
        assert!(!holder.is_ended());
        assert_eq!(flood.iter().filter(|p| p.is_ended()).count(), 68);
        assert!(flood.iter().take(68).all(|p| p.is_ended()), "the oldest go first");
    }

    #[tokio::test]
    async fn when_all_places_belong_to_holders_a_new_one_is_turned_away() {
        let places = Places::new(&Limits { connections: 4, reserve: 1, ..Limits::default() });
        let tickets: Vec<_> = (0..4).map(|_| places.admit(Peer::Loopback, pulse()).unwrap()).collect();
        tickets.iter().for_each(Ticket::proven);
        assert!(places.admit(Peer::Loopback, pulse()).is_none());
        let streams: Vec<_> = (0..4).map(|_| places.admit_stream()).collect();
        assert_eq!(streams.iter().filter(|s| s.is_some()).count(), 3, "one place is kept for calls");
        drop((tickets, streams));
        assert_eq!(places.count(), 0);
        assert!(places.admit_stream().is_some());
    }
}
