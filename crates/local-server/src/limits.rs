//! Every limit of the door in one place (promises LS-5, LS-9, LS-10). Tests shorten the times; programs take the
//! default.

use std::time::Duration;

/// What the door takes from a peer, and how long it waits.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a request's head, line and fields together. At least 8192.
    pub head_bytes: usize,
    /// Fields in a head.
    pub head_fields: usize,
    /// Bytes of the request target.
    pub target_bytes: usize,
    /// Bytes of a JSON body.
    pub json_bytes: usize,
    /// Levels of arrays and objects in a JSON body.
    pub json_depth: usize,
    /// Bytes of a document.
    pub upload_bytes: u64,
    /// From accept, or from the first byte of a later request, to the end of the head.
    pub head_time: Duration,
    /// A kept-alive connection without a request.
    pub idle_time: Duration,
    /// Over each span of this length that we wait for a body…
    pub body_span: Duration,
    /// …at least so many bytes must arrive.
    pub body_span_bytes: u64,
    /// A body in all.
    pub body_time: Duration,
    /// A peer that takes nothing of our answer.
    pub stall_time: Duration,
    /// Connections in all.
    pub connections: usize,
    /// Connections of one peer that have not shown the token yet.
    pub unproven_per_peer: usize,
    /// Of `connections`, so many are never given to event streams.
    pub reserve: usize,
    /// Requests a second of one client.
    pub pace: u32,
    /// Requests that a client may make at once.
    pub burst: u32,
    /// Wrong tokens a minute before the door says 429.
    pub token_failures: u32,
    /// How long `close` waits for calls that have begun.
    pub close_time: Duration,
    /// A blank line on the event stream, so that a dead peer is noticed.
    pub heartbeat: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_bytes: 16 * 1024,
            head_fields: 100,
            target_bytes: 8 * 1024,
            json_bytes: 16 * 1024 * 1024,
            json_depth: 64,
            upload_bytes: 100 * 1024 * 1024,
            head_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(30),
            body_span: Duration::from_secs(10),
            body_span_bytes: 10 * 1024,
            body_time: Duration::from_secs(120),
            stall_time: Duration::from_secs(30),
            connections: 256,
            unproven_per_peer: 32,
            reserve: 16,
            pace: 50,
            burst: 200,
            token_failures: 5,
            close_time: Duration::from_secs(15),
            heartbeat: Duration::from_secs(20),
        }
    }
}
