//! Reading bodies: never more than the limit, never slower than the limit (promises LS-9, LS-10).
//!
//! Only the time spent *waiting for the peer* counts. When the disk is slow, that is not the peer's fault.

use crate::limits::Limits;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use platen_model::{Fault, Retry};
use std::time::Duration;
use tokio::time::Instant;

/// Takes a body frame by frame.
pub(crate) struct Intake<B> {
    body: B,
    most: u64,
    taken: u64,
    waited: Duration,
    in_span: u64,
    span_waited: Duration,
    span: Duration,
    span_bytes: u64,
    time: Duration,
}

impl<B: Body<Data = Bytes> + Unpin> Intake<B> {
    /// # Errors
    /// `too_large` when the peer already says that it will be.
    pub(crate) fn new(body: B, most: u64, limits: &Limits) -> Result<Self, Fault> {
        if body.size_hint().lower() > most {
            return Err(too_large(most));
        }
        Ok(Self {
            body,
            most,
            taken: 0,
            waited: Duration::ZERO,
            in_span: 0,
            span_waited: Duration::ZERO,
            span: limits.body_span,
            span_bytes: limits.body_span_bytes,
            time: limits.body_time,
        })
    }

    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    /// `too_large`, `too_slow`, or `body_broken` when the peer went away.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        loop {
            let left = self.time.saturating_sub(self.waited).min(self.span.saturating_sub(self.span_waited));
            let begun = Instant::now();
            let frame = tokio::time::timeout(left, self.body.frame()).await;
            let waited = begun.elapsed();
            self.waited = self.waited.saturating_add(waited);
            self.span_waited = self.span_waited.saturating_add(waited);
            match frame {
                Ok(None) => return Ok(None),
                Ok(Some(Err(_))) => return Err(broken()),
                Ok(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data() {
                        self.count(&data)?;
                        self.check_pace()?;
                        return Ok(Some(data));
                    }
                }
                Err(_) => self.check_pace()?,
            }
        }
    }

    fn count(&mut self, data: &Bytes) -> Result<(), Fault> {
        let bytes = u64::try_from(data.len()).unwrap_or(u64::MAX);
        self.taken = self.taken.saturating_add(bytes);
        self.in_span = self.in_span.saturating_add(bytes);
        if self.taken > self.most { Err(too_large(self.most)) } else { Ok(()) }
    }

    fn check_pace(&mut self) -> Result<(), Fault> {
        if self.waited >= self.time {
            return Err(too_slow());
        }
        if self.span_waited >= self.span {
            if self.in_span < self.span_bytes {
                return Err(too_slow());
            }
            self.span_waited = Duration::ZERO;
            self.in_span = 0;
        }
        Ok(())
    }
}

/// Takes a whole JSON body and reads it.
///
/// # Errors
/// Those of [`Intake`], `json_too_deep`, or `bad_request`.
pub(crate) async fn json<T: serde::de::DeserializeOwned>(body: Incoming, limits: &Limits) -> Result<T, Fault> {
    let most = u64::try_from(limits.json_bytes).unwrap_or(u64::MAX);
    let mut intake = Intake::new(body, most, limits)?;
    let mut all = Vec::new();
    while let Some(data) = intake.next().await? {
        all.extend_from_slice(&data);
    }
    if depth(&all) > limits.json_depth {
        let message = format!("The request is nested deeper than {} levels.", limits.json_depth);
        return Err(Fault::new("json_too_deep", message, "Send a flatter request.").with_retry(Retry::No));
    }
    serde_json::from_slice(&all).map_err(|error| {
        let message = format!("The request is not the JSON that was expected: {error}.");
        Fault::new("bad_request", message, "Send {\"method\": …, \"params\": {…}}.").with_retry(Retry::No)
    })
}

/// How deep arrays and objects are nested, told from brackets outside of strings; no allocation, no recursion.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let (mut in_string, mut escaped) = (false, false);
    for &byte in json {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn too_large(most: u64) -> Fault {
    let message = format!("The request is larger than {} KiB.", most / 1024);
    Fault::new("too_large", message, "Send less at once.").with_retry(Retry::No)
}

fn too_slow() -> Fault {
    Fault::new("too_slow", "The request came too slowly and was dropped.", "Send it again.").with_retry(Retry::Later)
}

fn broken() -> Fault {
    Fault::new("body_broken", "The request ended before it was complete.", "Send it again.").with_retry(Retry::Later)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;
    use http_body_util::StreamBody;
    use hyper::body::Frame;
    use std::convert::Infallible;

    fn dripping(bytes: usize, every: Duration) -> impl Body<Data = Bytes, Error = Infallible> + Unpin {
        let drops = futures_util::stream::repeat(()).then(move |()| async move {
            tokio::time::sleep(every).await;
            Ok(Frame::data(Bytes::from(vec![0; bytes])))
        });
        StreamBody::new(Box::pin(drops))
    }

    async fn drain(body: impl Body<Data = Bytes> + Unpin, most: u64) -> (u64, Fault) {
        let mut intake = Intake::new(body, most, &Limits::default()).unwrap();
        loop {
            match intake.next().await {
                Ok(data) => assert!(data.is_some()),
                Err(fault) => return (intake.waited.as_secs(), fault),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_slower_than_a_kibibyte_a_second_is_dropped_after_ten_seconds() {
        let (seconds, fault) = drain(dripping(100, Duration::from_secs(1)), 1 << 20).await;
        assert_eq!((fault.code.as_ref(), seconds), ("too_slow", 10));
        let (seconds, fault) = drain(dripping(1, Duration::from_secs(3600)), 1 << 20).await;
        assert_eq!((fault.code.as_ref(), seconds), ("too_slow", 10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_fast_enough_body_ends_after_two_minutes_or_at_its_limit() {
        let (seconds, fault) = drain(dripping(1500, Duration::from_secs(1)), 1 << 30).await;
        assert_eq!((fault.code.as_ref(), seconds), ("too_slow", 120));
        let (_, fault) = drain(dripping(1500, Duration::from_millis(1)), 1 << 20).await;
        assert_eq!(fault.code, "too_large");
    }

    #[test]
    fn depth_counts_brackets_outside_of_strings() {
        assert_eq!(depth(b"{}"), 1);
        assert_eq!(depth(br#"{"a":"[[[[\"[[","b":[[]]}"#), 3);
        assert_eq!(depth(&[b'['; 5000]), 5000);
    }
}
