//! The world's own HTTP calls, on the platform's port: for scripts, and for a person with `curl`.
//!
//! | Call | Does |
//! |---|---|
//! | `GET /world/printers` | all printers with everything about them |
//! | `POST /world/act` `{"sn", "act"}` | does something to a printer |
//! | `GET /world/sheets/{sn}` | the last sheets of a printer, newest first |
//! | `GET /world/sheets/{sn}/{jobId}/{page}` | one sheet as PNG |
//!
//! No platform has these. They are for this machine only: loopback, our own `Host`, and no call from a web page (a page
//! cannot send `application/json` without asking first, and nobody answers that question).

use crate::act::Act;
use crate::error::WorldError;
use crate::world::Inside;
use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

pub(crate) fn router(inside: Arc<Inside>) -> Router {
    Router::new()
        .route("/world/printers", get(async |State(inside): State<Arc<Inside>>| Json(inside.printers())))
        .route("/world/act", post(act))
        .route("/world/sheets/{sn}", get(sheets))
        .route("/world/sheets/{sn}/{job}/{page}", get(sheet))
        .layer(middleware::from_fn(own_host_only))
        .with_state(inside)
}

/// Refuses a foreign `Host`: a page could otherwise reach this port under a name of its own.
async fn own_host_only(headers: HeaderMap, request: Request, next: Next) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if matches!(name, "127.0.0.1" | "localhost") && !headers.contains_key(header::ORIGIN) {
        next.run(request).await
    } else {
        StatusCode::MISDIRECTED_REQUEST.into_response()
    }
}

fn refuse(error: &WorldError) -> Response {
    let status = match error {
        WorldError::NoPrinter(_) | WorldError::NoSheet => StatusCode::NOT_FOUND,
        WorldError::NoAct(_) => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (status, Json(error.fault())).into_response()
}

#[derive(Deserialize)]
struct ActBody {
    sn: String,
    act: String,
}

async fn act(State(inside): State<Arc<Inside>>, headers: HeaderMap, body: Bytes) -> Response {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().map(str::trim) != Some("application/json") {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let Ok(body) = serde_json::from_slice::<ActBody>(&body) else { return StatusCode::BAD_REQUEST.into_response() };
    let done = Act::from_name(&body.act).ok_or(WorldError::NoAct(body.act)).and_then(|act| inside.act(&body.sn, act));
    match done {
        Ok(()) => Json(json!({ "ok": true })).into_response(),
        Err(error) => refuse(&error),
    }
}

async fn sheets(State(inside): State<Arc<Inside>>, Path(sn): Path<String>) -> Response {
    match inside.device(&sn) {
        Ok(device) => Json(device.sheets()).into_response(),
        Err(error) => refuse(&error),
    }
}

async fn sheet(State(inside): State<Arc<Inside>>, Path((sn, job, page)): Path<(String, String, u32)>) -> Response {
    match inside.device(&sn).and_then(|device| device.sheet_png(&job, page)) {
        Ok(png) => ([(header::CONTENT_TYPE, "image/png")], png).into_response(),
        Err(error) => refuse(&error),
    }
}
