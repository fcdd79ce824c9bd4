//! Answers: their bodies, statuses and the fields that every one of them carries.
//!
//! Promise LS-19: an error is a stable code and a short text. What went wrong inside is in our log, never here.

use bytes::Bytes;
use futures_util::Stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use hyper::{Response, StatusCode};
use platen_api::views::ErrorView;
use platen_model::{Fault, Retry};
use serde::Serialize;
use std::convert::Infallible;
use std::time::Duration;

/// The body of an answer.
pub(crate) type AnswerBody = UnsyncBoxBody<Bytes, Infallible>;
/// An answer.
pub(crate) type Answer = Response<AnswerBody>;

/// What the page may do: load from here, talk to here, show pictures that it made itself. Nothing inline, no frames.
const CONTENT_SECURITY: &str = "default-src 'self'; img-src 'self' blob: data:; style-src 'self'; connect-src 'self'; \
     object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const ALWAYS: [(&str, &str); 7] = [
    ("content-security-policy", CONTENT_SECURITY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(self), geolocation=(), microphone=()"),
];

/// Bytes with their type.
pub(crate) fn bytes(status: StatusCode, mime: &str, bytes: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(bytes).boxed_unsync());
    *answer.status_mut() = status;
    let mime = HeaderValue::from_str(mime).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    answer.headers_mut().insert(CONTENT_TYPE, mime);
    dress(answer)
}

/// A status without a word (promise LS-2).
pub(crate) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::new()).boxed_unsync());
    *answer.status_mut() = status;
    dress(answer)
}

/// Lines that come as they happen.
pub(crate) fn lines(stream: impl Stream<Item = Bytes> + Send + 'static) -> Answer {
    use futures_util::StreamExt;
    let frames = stream.map(|bytes| Ok::<_, Infallible>(Frame::data(bytes)));
    let mut answer = Response::new(StreamBody::new(frames).boxed_unsync());
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    dress(answer)
}

/// `{"result": …}`.
pub(crate) fn result(value: &impl Serialize) -> Answer {
    #[derive(Serialize)]
    struct Outcome<'a, T> {
        result: &'a T,
    }
    json(StatusCode::OK, &Outcome { result: value })
}

/// `{"error": …}` with the status that belongs to its code.
pub(crate) fn error(fault: &Fault) -> Answer {
    #[derive(Serialize)]
    struct Outcome {
        error: ErrorView,
    }
    let status = status_of(&fault.code);
    let mut answer = json(status, &Outcome { error: ErrorView::from(fault) });
    if matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE) || fault.code == "body_broken" {
        // The rest of the body is not read, so the next request cannot be found on this wire.
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

/// 401: the same whether a token is absent or wrong.
pub(crate) fn unauthorised() -> Answer {
    let remedy = "Open the address that Platen printed, with its token.";
    let mut answer = error(&Fault::new("unauthorised", "This needs the door's token.", remedy));
    answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    answer
}

/// 429 with the seconds to wait.
pub(crate) fn too_often(wait: Duration) -> Answer {
    let fault =
        Fault::new("too_many_requests", "Too many requests.", "Wait a moment, then go on.").with_retry(Retry::Later);
    let seconds = wait.as_millis().div_ceil(1000).max(1);
    let mut answer = error(&fault);
    answer
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_str(&seconds.to_string()).unwrap_or(HeaderValue::from_static("1")));
    answer
}

/// 405 with what is allowed.
pub(crate) fn wrong_method(allowed: &'static str) -> Answer {
    let mut answer =
        error(&Fault::new("wrong_method", "This address is asked in another way.", "Use the method that Allow names."));
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    answer
}

fn json(status: StatusCode, value: &impl Serialize) -> Answer {
    match serde_json::to_vec(value) {
        Ok(text) => bytes(status, "application/json", text.into()),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            empty(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

fn dress(mut answer: Answer) -> Answer {
    for (name, value) in ALWAYS {
        answer.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    answer.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    answer
}

/// The HTTP status of a fault. Codes are stable, so they may decide; sentences never do.
pub(crate) fn status_of(code: &str) -> StatusCode {
    match code {
        "bad_request" | "json_too_deep" | "body_broken" | "option_out_of_range" => StatusCode::BAD_REQUEST,
        "unauthorised" => StatusCode::UNAUTHORIZED,
        "forbidden" | "origin_refused" => StatusCode::FORBIDDEN,
        "wrong_method" => StatusCode::METHOD_NOT_ALLOWED,
        "too_slow" => StatusCode::REQUEST_TIMEOUT,
        "too_large" => StatusCode::PAYLOAD_TOO_LARGE,
        "target_too_long" => StatusCode::URI_TOO_LONG,
        "wrong_type" | "document_kind_unsupported" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "too_many_requests" => StatusCode::TOO_MANY_REQUESTS,
        "busy" | "closing" => StatusCode::SERVICE_UNAVAILABLE,
        "storage_full" => StatusCode::INSUFFICIENT_STORAGE,
        "internal" | "storage" => StatusCode::INTERNAL_SERVER_ERROR,
        _ if code.ends_with("_unknown") => StatusCode::NOT_FOUND,
        // Everything else was understood and cannot be done as things stand.
        _ => StatusCode::CONFLICT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_carries_the_protecting_fields_and_no_cors_field() {
        for answer in [empty(StatusCode::MISDIRECTED_REQUEST), unauthorised(), result(&1), wrong_method("GET")] {
            for (name, value) in ALWAYS {
                assert_eq!(answer.headers().get(name).unwrap(), value);
            }
            assert_eq!(answer.headers().get(CACHE_CONTROL).unwrap(), "no-store");
            assert!(answer.headers().keys().all(|name| !name.as_str().starts_with("access-control")));
        }
        assert!(CONTENT_SECURITY.contains("frame-ancestors 'none'") && !CONTENT_SECURITY.contains("unsafe"));
    }

    #[test]
    fn codes_have_their_statuses() {
        for (code, status) in [("printer_unknown", 404), ("event_gap", 409), ("too_large", 413), ("internal", 500)] {
            assert_eq!(status_of(code).as_u16(), status);
        }
        assert_eq!(too_often(Duration::from_millis(1200)).headers().get(RETRY_AFTER).unwrap(), "2");
    }
}
