//! One connection from accept to close: HTTP/1.1 over a watched wire.

use crate::answers::{Answer, AnswerBody};
use crate::door::Shared;
use crate::places::{Peer, Ticket};
use crate::pulse::{Pulse, Watched};
use crate::routes;
use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::net::TcpStream;

/// What the routes know about the connection that a request came on.
pub(crate) struct Caller {
    pub(crate) peer: Peer,
    pub(crate) ticket: Ticket,
}

/// Serves `wire` until it ends, is overdue, or the door closes.
pub(crate) async fn serve(shared: Arc<Shared>, wire: TcpStream, peer: Peer) {
    let pulse = Pulse::new(&shared.limits);
    let Some(ticket) = shared.places.admit(peer, Arc::clone(&pulse)) else {
        tracing::warn!(target: "audit", who = "unknown", what = "connect", result = "no place");
        return;
    };
    // Small answers must not wait for a peer's delayed acknowledgement.
    if let Err(error) = wire.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its default delay");
    }
    let caller = Arc::new(Caller { peer, ticket });
    let clock = Arc::clone(&pulse);
    let inner = Arc::clone(&shared);
    let service = service_fn(move |request: Request<Incoming>| {
        clock.busy();
        let shared = Arc::clone(&inner);
        let caller = Arc::clone(&caller);
        let clock = Arc::clone(&clock);
        async move {
            let answer = routes::answer(&shared, &caller, request).await;
            Ok::<_, Infallible>(until_gone(answer, clock))
        }
    });
    let mut builder = http1::Builder::new();
    // The watched wire keeps all the times; the library's own would only cover the head.
    builder.header_read_timeout(None).max_headers(shared.limits.head_fields).max_buf_size(shared.limits.head_bytes);
    let connection = builder.serve_connection(TokioIo::new(Watched::new(wire, Arc::clone(&pulse))), service);
    tokio::pin!(connection);
    let mut closing = false;
    loop {
        tokio::select! {
            ended = &mut connection => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended early");
                }
                return;
            }
            why = pulse.overdue() => {
                tracing::info!(target: "audit", who = ?peer, what = "connection", result = why);
                return;
            }
            () = shared.closing.cancelled(), if !closing => {
                closing = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// An answer that tells the connection's clock when it has gone.
fn until_gone(answer: Answer, pulse: Arc<Pulse>) -> Response<Gone> {
    answer.map(|body| Gone { body, pulse })
}

struct Gone {
    body: AnswerBody,
    pulse: Arc<Pulse>,
}

impl Body for Gone {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Gone {
    fn drop(&mut self) {
        self.pulse.idle();
    }
}
