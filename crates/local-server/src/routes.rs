//! From a request to an answer: who may ask, then what is asked.
//!
//! ```text
//! GET  /…                        the UI's files; no token
//! POST /api/call                 {"method", "params"} → {"result"} or {"error"}
//! POST /api/documents?name=…     a document's bytes → {"result": DocumentView}
//! GET  /api/blob/<handle>        a picture's bytes
//! GET  /api/events?epoch=&after= one JSON event a line, kept open; a blank line now and then
//! POST /api/handover             asks a command to leave the data folder to a program that stays
//! ```
//!
//! GET changes nothing (promise LS-7). No answer carries a CORS field, so even a page that could ask reads nothing.

use crate::answers::{self, Answer};
use crate::assets;
use crate::connection::Caller;
use crate::door::Shared;
use crate::host::HostRefusal;
use crate::intake::{self, Intake};
use crate::origin::{Origin, Provenance, provenance};
use crate::pace::Kind;
use crate::places::StreamTicket;
use crate::token::Proof;
use bytes::Bytes;
use futures_util::Stream;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderMap};
use hyper::{Method, Request, StatusCode};
use platen_api::EventStream;
use platen_api::views::EventView;
use platen_model::{Fault, Retry};
use serde::Deserialize;
use std::pin::Pin;
use std::sync::Arc;
use tokio::time::Instant;

/// Answers one request.
pub(crate) async fn answer(shared: &Arc<Shared>, caller: &Caller, request: Request<Incoming>) -> Answer {
    match admit(shared, caller, &request) {
        Ok(who) => route(shared, request, who).await,
        Err(refusal) => *refusal,
    }
}

/// Host, provenance, token and pace, in this order.
fn admit(shared: &Shared, caller: &Caller, request: &Request<Incoming>) -> Result<Kind, Box<Answer>> {
    let now = Instant::now();
    let stranger = |what: &'static str, answer: Answer| {
        let paced = shared.pace.take(caller.peer, Kind::Stranger, now);
        audit("stranger", what, answer.status());
        Box::new(paced.map_or_else(answers::too_often, |()| answer))
    };
    let host = match shared.hosts.check(request.headers(), request.uri().authority()) {
        Ok(host) => host,
        Err(HostRefusal::Malformed) => return Err(stranger("host", answers::empty(StatusCode::BAD_REQUEST))),
        Err(HostRefusal::Foreign) => return Err(stranger("host", answers::empty(StatusCode::MISDIRECTED_REQUEST))),
    };
    let from = provenance(request.headers(), Origin::of_host(&host).as_ref(), &[]);
    if matches!(from, Provenance::Foreign | Provenance::Approved) {
        let fault =
            Fault::new("origin_refused", "This page may not use Platen.", "Open Platen itself.").with_retry(Retry::No);
        return Err(stranger("origin", answers::error(&fault)));
    }
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target > shared.limits.target_bytes {
        let fault =
            Fault::new("target_too_long", "The address is too long.", "Send a shorter one.").with_retry(Retry::No);
        return Err(stranger("target", answers::error(&fault)));
    }
    let is_api = request.uri().path() == "/api" || request.uri().path().starts_with("/api/");
    let kind = match shared.gate.is_right(request.headers()) {
        true if from == Provenance::Program => Kind::Program,
        true => Kind::Page,
        false => Kind::Anonymous,
    };
    if let Err(wait) = shared.pace.take(caller.peer, kind, now) {
        audit(name_of(kind), "pace", StatusCode::TOO_MANY_REQUESTS);
        return Err(Box::new(answers::too_often(wait)));
    }
    if kind != Kind::Anonymous {
        caller.ticket.proven();
    } else if is_api {
        return Err(Box::new(match shared.gate.prove(caller.peer, request.headers(), now) {
            Proof::TooOften(wait) => {
                audit("anonymous", "token", StatusCode::TOO_MANY_REQUESTS);
                answers::too_often(wait)
            }
            Proof::Right | Proof::Wrong => {
                audit("anonymous", "token", StatusCode::UNAUTHORIZED);
                answers::unauthorised()
            }
        }));
    }
    Ok(kind)
}

async fn route(shared: &Arc<Shared>, request: Request<Incoming>, who: Kind) -> Answer {
    let path = request.uri().path().to_owned();
    let method = request.method().clone();
    if let Some(handle) = path.strip_prefix("/api/blob/") {
        return if method == Method::GET { blob(shared, handle).await } else { answers::wrong_method("GET") };
    }
    match (path.as_str(), &method) {
        ("/api/call", &Method::POST) => call(shared, request, who).await,
        ("/api/documents", &Method::POST) => documents(shared, request, who).await,
        ("/api/handover", &Method::POST) => handover(shared, who),
        ("/api/events", &Method::GET) => events(shared, request.uri().query().unwrap_or_default()),
        ("/api/call" | "/api/documents" | "/api/handover", _) => answers::wrong_method("POST"),
        ("/api/events", _) => answers::wrong_method("GET"),
        ("/api", _) => answers::empty(StatusCode::NOT_FOUND),
        (other, _) if other.starts_with("/api/") => answers::empty(StatusCode::NOT_FOUND),
        (other, &Method::GET | &Method::HEAD) if shared.ui => assets::answer(other, request.headers()),
        (_, &Method::GET | &Method::HEAD) => answers::empty(StatusCode::NOT_FOUND),
        _ => answers::wrong_method("GET, HEAD"),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    method: String,
    #[serde(default)]
    params: serde_json::Value,
}

async fn call(shared: &Arc<Shared>, request: Request<Incoming>, who: Kind) -> Answer {
    if !is_type(request.headers(), "application/json") {
        return answers::error(&wrong_type("application/json"));
    }
    let Call { method, params } = match intake::json(request.into_body(), &shared.limits).await {
        Ok(call) => call,
        Err(fault) => return answers::error(&fault),
    };
    let changes =
        platen_api::METHODS.iter().find(|info| info.name == method).is_some_and(|info| !info.changes.is_empty());
    let api = shared.api.clone();
    let name = method.clone();
    // On a task of its own: a call that has begun ends, though the peer has gone.
    let task = shared.calls.spawn(async move { api.dispatch(&platen_api::Caller::owner(), &name, params).await });
    let outcome = match task.await {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::error!(%error, method, "a call broke");
            Err(Fault::new("internal", "Platen made a mistake.", "Try again; if it stays, report it.")
                .with_retry(Retry::Later))
        }
    };
    let answer = match &outcome {
        Ok(value) => answers::result(value),
        Err(fault) => answers::error(fault),
    };
    if changes {
        let code = outcome.as_ref().err().map_or("ok", |fault| fault.code.as_ref());
        tracing::info!(target: "audit", who = name_of(who), what = method, result = code);
    }
    answer
}

async fn documents(shared: &Arc<Shared>, request: Request<Incoming>, who: Kind) -> Answer {
    if !is_type(request.headers(), "application/octet-stream") {
        return answers::error(&wrong_type("application/octet-stream"));
    }
    let name = query(request.uri().query().unwrap_or_default(), "name").unwrap_or_default();
    let outcome = take_document(shared, &name, request.into_body()).await;
    let code = outcome.as_ref().err().map_or("ok", |fault| fault.code.as_ref());
    tracing::info!(target: "audit", who = name_of(who), what = "document.add", result = code);
    match outcome {
        Ok(view) => answers::result(&view),
        Err(fault) => answers::error(&fault),
    }
}

async fn take_document(shared: &Shared, name: &str, body: Incoming) -> Result<serde_json::Value, Fault> {
    let mut intake = Intake::new(body, shared.limits.upload_bytes, &shared.limits)?;
    let mut upload = shared.api.upload(&platen_api::Caller::owner(), name).await?;
    while let Some(data) = intake.next().await? {
        upload.write(&data).await?;
    }
    upload.finish().await
}

async fn blob(shared: &Shared, handle: &str) -> Answer {
    let Some(handle) = decode(handle) else {
        return answers::error(&Fault::new("bad_request", "The handle is not text.", "Use a handle that Platen gave."));
    };
    match shared.api.blob(&platen_api::Caller::owner(), &handle).await {
        Ok(blob) => answers::bytes(StatusCode::OK, blob.mime, blob.bytes.into()),
        Err(fault) => answers::error(&fault),
    }
}

fn events(shared: &Arc<Shared>, asked: &str) -> Answer {
    let after = match (query(asked, "epoch"), query(asked, "after")) {
        (None, None) => None,
        (Some(epoch), Some(after)) => match after.parse() {
            Ok(after) => Some((epoch, after)),
            Err(_) => return answers::error(&bad_events()),
        },
        _ => return answers::error(&bad_events()),
    };
    let Some(place) = shared.places.admit_stream() else {
        let remedy = "Close a window or a program that watches.";
        return answers::error(
            &Fault::new("busy", "Too many programs watch already.", remedy).with_retry(Retry::Later),
        );
    };
    match shared.api.events(after) {
        Ok(events) => answers::lines(follow(events, Arc::clone(shared), place)),
        Err(fault) => answers::error(&fault),
    }
}

type NextEvent = Pin<Box<dyn Future<Output = Option<(EventView, EventStream)>> + Send>>;

/// The next event, as a future that survives a heartbeat: dropped half-way, it could lose the event.
fn next_event(mut events: EventStream) -> NextEvent {
    Box::pin(async move { events.next().await.map(|event| (event, events)) })
}

/// Events as lines until the engine ends, the peer fell behind, or the door closes.
fn follow(events: EventStream, shared: Arc<Shared>, place: StreamTicket) -> impl Stream<Item = Bytes> + Send {
    // The first blank line sends the head at once: a client knows that it is heard before anything happens.
    let begin = futures_util::stream::once(async { Bytes::from_static(b"\n") });
    let rest =
        futures_util::stream::unfold((next_event(events), shared, place), |(mut next, shared, place)| async move {
            let happened = tokio::select! {
                biased;
                () = shared.closing.cancelled() => return None,
                happened = &mut next => Some(happened?),
                () = tokio::time::sleep(shared.limits.heartbeat) => None,
            };
            let Some((event, events)) = happened else {
                return Some((Bytes::from_static(b"\n"), (next, shared, place)));
            };
            match serde_json::to_vec(&event) {
                Ok(mut line) => {
                    line.push(b'\n');
                    Some((Bytes::from(line), (next_event(events), shared, place)))
                }
                Err(error) => {
                    tracing::error!(%error, "an event could not be written as JSON");
                    None
                }
            }
        });
    futures_util::StreamExt::chain(begin, rest)
}

/// Passes the wish on; whether and when it is followed is the keeper's business.
fn handover(shared: &Shared, who: Kind) -> Answer {
    let code = if shared.handover.is_some() { "ok" } else { "data_in_use" };
    tracing::info!(target: "audit", who = name_of(who), what = "handover", result = code);
    match &shared.handover {
        Some(wanted) => {
            wanted.notify_one();
            answers::result(&())
        }
        None => {
            let remedy = "End that program, or use it.";
            answers::error(&Fault::new("data_in_use", "Another Platen keeps this data folder.", remedy))
        }
    }
}

fn bad_events() -> Fault {
    Fault::new(
        "bad_request",
        "Events are asked for with epoch and after, or with neither.",
        "Take both from a snapshot.",
    )
    .with_retry(Retry::No)
}

fn wrong_type(wanted: &str) -> Fault {
    Fault::new("wrong_type", format!("This address takes {wanted} only."), "Set Content-Type.").with_retry(Retry::No)
}

fn is_type(headers: &HeaderMap, wanted: &str) -> bool {
    let mut fields = headers.get_all(CONTENT_TYPE).iter();
    let (Some(field), None) = (fields.next(), fields.next()) else {
        return false;
    };
    let text = field.to_str().unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(wanted)
}

/// The value of `name` in a query string.
fn query(text: &str, name: &str) -> Option<String> {
    text.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key == name).then(|| decode(&value.replace('+', " "))).flatten()
    })
}

/// Undoes percent-escapes; `None` for broken ones and for what is not UTF-8.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Stranger => "stranger",
        Kind::Anonymous => "anonymous",
        Kind::Page => "page",
        Kind::Program => "program",
    }
}

fn audit(who: &'static str, what: &'static str, result: StatusCode) {
    tracing::warn!(target: "audit", who, what, result = result.as_u16());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_once_and_broken_ones_refused() {
        assert_eq!(decode("a%2Fb%20c+d").as_deref(), Some("a/b c+d"));
        assert_eq!(decode("%252e").as_deref(), Some("%2e"));
        assert_eq!(decode("%E0%B8%81").as_deref(), Some("ก"));
        for broken in ["%", "%2", "%zz", "%ff", "%+1"] {
            assert_eq!(decode(broken), None, "{broken}");
        }
        assert_eq!(query("epoch=ab&after=3", "after").as_deref(), Some("3"));
        assert_eq!(query("name=my+photo.png", "name").as_deref(), Some("my photo.png"));
        assert_eq!(query("", "name"), None);
    }
}
