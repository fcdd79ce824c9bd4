//! The platform's HTTP side (sections 3.1 and 11), and the same `bind` and `login` under `/tenant` for the via-tenant
//! mode (C-3). The paths are the guide's; who is called with which credential is in its section 3.1.

use super::Platform;
use super::accounts::Desk;
use super::answers::{Denial, answer};
use super::bind_tokens;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use platen_protocol::cloud::profile::Paths;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

/// A document of 64 MiB in base64, and room for the rest.
const MAX_BODY: usize = 96 << 20;
const MAX_PAGE: usize = 100;

type Shared = State<Arc<Platform>>;

/// All routes of the platform.
pub(crate) fn router(platform: Arc<Platform>) -> Router {
    let paths = Paths::default();
    let tenant = Router::new().route(&paths.bind, post(bind::<true>)).route(&paths.login, post(login::<true>));
    Router::new()
        .route(&paths.bind, post(bind::<false>))
        .route(&paths.login, post(login::<false>))
        .route(bind_tokens::PATH, post(bind_token))
        .nest("/tenant", tenant.route(bind_tokens::PATH, post(bind_token)))
        .route(&paths.create_job, post(create).get(list))
        .route(&paths.device_state, get(device_state))
        .route("/objects/{id}", get(object))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(platform)
}

const fn desk(tenant: bool) -> Desk {
    if tenant { Desk::Tenant } else { Desk::Platform }
}

async fn bind<const TENANT: bool>(State(platform): Shared, body: Bytes) -> Response {
    reply(&platform, &body, |body| platform.bind(desk(TENANT), &body))
}

async fn bind_token(State(platform): Shared) -> Response {
    answer(platform.settings.readings, &platform.give_bind_token())
}

async fn login<const TENANT: bool>(State(platform): Shared, body: Bytes) -> Response {
    reply(&platform, &body, |body| platform.login(desk(TENANT), &body))
}

/// Reads a body, acts, answers.
fn reply<B: DeserializeOwned, T: serde::Serialize>(
    platform: &Platform,
    body: &[u8],
    act: impl FnOnce(B) -> Result<T, Denial>,
) -> Response {
    let readings = platform.settings.readings;
    let parsed = serde_json::from_slice(body).map_err(|_| Denial::BadRequest("the body is not what this call takes"));
    match parsed.and_then(act) {
        Ok(data) => answer(readings, &data),
        Err(denial) => denial.response(readings),
    }
}

/// The printer of the bearer token.
fn device(platform: &Platform, headers: &HeaderMap) -> Result<String, Denial> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    platform.device_of(value.and_then(|value| value.strip_prefix("Bearer ")).ok_or(Denial::Unauthorised)?)
}

async fn create(State(platform): Shared, headers: HeaderMap, body: Bytes) -> Response {
    // Unpacking and packing a large document takes a while; other calls go on meanwhile.
    let work = platform.clone();
    let done = tokio::task::spawn_blocking(move || {
        let sn = device(&work, &headers);
        reply(&work, &body, |body| {
            let job_id = work.create(&sn?, body)?;
            Ok(platen_protocol::cloud::shapes::wire::CreatedBody { job_id })
        })
    });
    done.await.unwrap_or_else(|_| Denial::Trouble(500).response(platform.settings.readings))
}

async fn device_state(State(platform): Shared, headers: HeaderMap) -> Response {
    let readings = platform.settings.readings;
    match device(&platform, &headers) {
        Err(denial) => denial.response(readings),
        Ok(sn) => {
            let mut report = platform.lock().reports.get(&sn).cloned().unwrap_or_default();
            report.insert("online".to_owned(), Value::Bool(platform.is_online(&sn)));
            answer(readings, &report)
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListQuery {
    page: Option<usize>,
    size: Option<usize>,
    client_ref: Option<String>,
    sn: Option<String>,
}

async fn list(State(platform): Shared, headers: HeaderMap, Query(query): Query<ListQuery>) -> Response {
    let readings = platform.settings.readings;
    match device(&platform, &headers) {
        Err(denial) => denial.response(readings),
        // A device token sees its own device's jobs only.
        Ok(sn) if query.sn.as_ref().is_some_and(|asked| *asked != sn) => Denial::Unauthorised.response(readings),
        Ok(sn) => {
            let size = query.size.unwrap_or(20).clamp(1, MAX_PAGE);
            answer(readings, &platform.list(&sn, query.client_ref.as_deref(), query.page.unwrap_or(1), size))
        }
    }
}

async fn object(State(platform): Shared, Path(id): Path<String>) -> Response {
    let Some(path) = platform.object(&id) else {
        return Denial::UnknownDevice.response(platform.settings.readings);
    };
    match tokio::fs::read(path).await {
        Ok(bytes) => ([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response(),
        Err(_) => Denial::UnknownDevice.response(platform.settings.readings),
    }
}
