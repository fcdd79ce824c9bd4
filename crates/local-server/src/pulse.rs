//! The clock of one connection (promise LS-10): which part of an exchange it is in, and until when that may last.
//!
//! ```text
//! accept ─▶ head ──(head complete)──▶ busy ──(answer gone)──▶ idle ──(first byte)──▶ head
//!            └ head_time               └ stall_time while       └ idle_time
//!                                        the peer takes nothing
//! ```
//!
//! The server library knows only one of these waits, so the wire itself is watched here. How slowly a body may come
//! is measured where the body is read ([`crate::intake`]).

use crate::limits::Limits;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio::time::Instant;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Head { until: Instant },
    Busy,
    Idle { until: Instant },
}

#[derive(Debug)]
struct State {
    phase: Phase,
    stalled_until: Option<Instant>,
    ended: Option<&'static str>,
}

/// One connection's clock.
#[derive(Debug)]
pub(crate) struct Pulse {
    head_time: Duration,
    idle_time: Duration,
    stall_time: Duration,
    state: Mutex<State>,
    changed: Notify,
}

impl Pulse {
    pub(crate) fn new(limits: &Limits) -> Arc<Self> {
        let phase = Phase::Head { until: Instant::now() + limits.head_time };
        Arc::new(Self {
            head_time: limits.head_time,
            idle_time: limits.idle_time,
            stall_time: limits.stall_time,
            state: Mutex::new(State { phase, stalled_until: None, ended: None }),
            changed: Notify::new(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A whole head has come.
    pub(crate) fn busy(&self) {
        self.lock().phase = Phase::Busy;
        self.changed.notify_one();
    }

    /// The answer has gone.
    pub(crate) fn idle(&self) {
        self.lock().phase = Phase::Idle { until: Instant::now() + self.idle_time };
        self.changed.notify_one();
    }

    /// Ends the connection now.
    pub(crate) fn end(&self, why: &'static str) {
        self.lock().ended.get_or_insert(why);
        self.changed.notify_one();
    }

    #[cfg(test)]
    pub(crate) fn is_ended(&self) -> bool {
        self.lock().ended.is_some()
    }

    /// Returns when the connection has to be closed, with the reason.
    pub(crate) async fn overdue(&self) -> &'static str {
        loop {
            let changed = self.changed.notified();
            let (until, why) = {
                let state = self.lock();
                if let Some(why) = state.ended {
                    return why;
                }
                let phase = match state.phase {
                    Phase::Head { until } => Some((until, "slow head")),
                    Phase::Idle { until } => Some((until, "idle")),
                    Phase::Busy => None,
                };
                let stall = state.stalled_until.map(|until| (until, "peer takes nothing"));
                match (phase, stall) {
                    (Some(one), Some(other)) => {
                        (Some(one.0.min(other.0)), if one.0 <= other.0 { one.1 } else { other.1 })
                    }
                    (one, other) => one.or(other).map_or((None, ""), |(until, why)| (Some(until), why)),
                }
            };
            match until {
                Some(until) if until <= Instant::now() => return why,
                Some(until) => {
                    tokio::select! { () = changed => {}, () = tokio::time::sleep_until(until) => {} }
                }
                None => changed.await,
            }
        }
    }

    fn read(&self) {
        let mut state = self.lock();
        if matches!(state.phase, Phase::Idle { .. }) {
            state.phase = Phase::Head { until: Instant::now() + self.head_time };
            drop(state);
            self.changed.notify_one();
        }
    }

    fn wrote(&self, progress: bool) {
        let mut state = self.lock();
        if progress {
            state.stalled_until = None;
        } else if state.stalled_until.is_none() {
            state.stalled_until = Some(Instant::now() + self.stall_time);
            drop(state);
            self.changed.notify_one();
        }
    }
}

/// A wire that tells its clock about every byte.
pub(crate) struct Watched<W> {
    wire: W,
    pulse: Arc<Pulse>,
}

impl<W> Watched<W> {
    pub(crate) fn new(wire: W, pulse: Arc<Pulse>) -> Self {
        Self { wire, pulse }
    }
}

impl<W: AsyncRead + Unpin> AsyncRead for Watched<W> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let poll = Pin::new(&mut self.wire).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.pulse.read();
        }
        poll
    }
}

impl<W: AsyncWrite + Unpin> AsyncWrite for Watched<W> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.wire).poll_write(cx, buf);
        self.pulse.wrote(poll.is_ready());
        poll
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.wire).poll_write_vectored(cx, bufs);
        self.pulse.wrote(poll.is_ready());
        poll
    }

    fn is_write_vectored(&self) -> bool {
        self.wire.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_part_of_an_exchange_has_its_own_bound() {
        let limits = Limits::default();
        let start = Instant::now();
        let pulse = Pulse::new(&limits);
        assert_eq!(pulse.overdue().await, "slow head");
        assert_eq!(start.elapsed().as_secs(), 10);

        let pulse = Pulse::new(&limits);
        pulse.busy();
        let waited = tokio::time::timeout(Duration::from_secs(3600), pulse.overdue()).await;
        assert!(waited.is_err(), "an answer may take its time");
        pulse.wrote(false);
        assert_eq!(pulse.overdue().await, "peer takes nothing");

        let pulse = Pulse::new(&limits);
        pulse.busy();
        pulse.idle();
        let start = Instant::now();
        assert_eq!(pulse.overdue().await, "idle");
        assert_eq!(start.elapsed().as_secs(), 30);
        pulse.idle();
        pulse.read();
        assert_eq!(pulse.overdue().await, "slow head");
        pulse.end("place needed");
        assert_eq!(pulse.overdue().await, "place needed");
    }
}
