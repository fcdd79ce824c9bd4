//! The app's calls.

use super::hash;
use super::wire::{BindBody, CreateJobBody, FileBody, LoginBody};
use crate::cloud::json;
use crate::cloud::profile::{Mode, Profile};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platen_model::{Enclosure, HttpMethod, HttpRequest, Secret, Segment};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long a call without a document may take.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// The largest answer of a call.
pub const ANSWER_LIMIT: usize = json::MAX_PAYLOAD_BYTES;
/// Jobs asked for in one page of a look-up.
pub const PAGE_SIZE: usize = 50;

/// How the bytes of a document are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Compression {
    /// As they are.
    #[default]
    None,
    /// gzip.
    Gzip,
}

impl Compression {
    /// The word of section 7.7.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
        }
    }
}

/// What is sent of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Held in memory.
    Held(Arc<[u8]>),
    /// In a file, which is read while it is sent.
    Stored {
        /// Where it is.
        path: PathBuf,
        /// Its length in bytes.
        size: u64,
        /// Its hash, as [`hash`](super::hash) writes it.
        hash: String,
    },
}

impl Content {
    /// Length in bytes.
    pub fn size(&self) -> u64 {
        match self {
            Self::Held(bytes) => bytes.len() as u64,
            Self::Stored { size, .. } => *size,
        }
    }
}

/// A job for the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// Our reference: the id of the job in our store (promise MQ-12).
    pub client_ref: String,
    /// For people.
    pub title: String,
    /// `prn`, `pdf` or `png`.
    pub file_type: String,
    /// The printer's language for `prn`, for example `esc`.
    pub prn_protocol: Option<String>,
    /// How `content` is packed.
    pub compression: Compression,
    /// What is sent, packed.
    pub content: Content,
    /// At least 1.
    pub copies: u32,
}

impl NewJob {
    /// PRN bytes in the printer's language.
    pub fn prn(client_ref: impl Into<String>, title: impl Into<String>, protocol: &str, bytes: Arc<[u8]>) -> Self {
        Self {
            client_ref: client_ref.into(),
            title: title.into(),
            file_type: "prn".to_owned(),
            prn_protocol: Some(protocol.to_owned()),
            compression: Compression::None,
            content: Content::Held(bytes),
            copies: 1,
        }
    }

    /// The same with bytes that are packed.
    #[must_use]
    pub fn compressed(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// How long sending it may take: 30 s, and a second for every 64 KiB, at most 3 minutes.
    pub fn timeout(&self) -> Duration {
        let seconds = 30 + self.content.size() / (64 * 1024);
        Duration::from_secs(seconds.min(180))
    }
}

/// Binds a printer, with the code that it printed when there is one. In [`Mode::ViaTenant`] the tenant is asked (C-3).
pub fn bind(profile: &Profile, sn: &Segment, code: Option<&Secret<String>>) -> HttpRequest {
    let verify_code = code.map(|code| code.reveal().clone());
    post_bind(profile, &BindBody { sn: sn.to_string(), verify_code, bind_token: None })
}

/// Binds a printer that has shown the platform this token.
pub fn bind_by_token(profile: &Profile, sn: &Segment, token: &Secret<String>) -> HttpRequest {
    let bind_token = Some(token.reveal().clone());
    post_bind(profile, &BindBody { sn: sn.to_string(), verify_code: None, bind_token })
}

fn post_bind(profile: &Profile, body: &BindBody) -> HttpRequest {
    post(token_url(profile, &profile.http.paths.bind), None, body, CALL_TIMEOUT)
}

/// Asks for a token to hand to a printer. `None` when the deployment has no such way.
pub fn bind_token(profile: &Profile) -> Option<HttpRequest> {
    let path = profile.set_up.as_ref().map(|set_up| set_up.bind_token.as_str())?;
    Some(post(token_url(profile, path), None, &serde_json::json!({}), CALL_TIMEOUT))
}

/// Asks for a token. `app_auth_code` may be absent in [`Mode::ViaTenant`], where the tenant keeps it.
pub fn login(profile: &Profile, sn: &Segment, app_auth_code: Option<&Secret<String>>) -> HttpRequest {
    let body = LoginBody { sn: sn.to_string(), app_auth_code: app_auth_code.map(|code| code.reveal().clone()) };
    post(token_url(profile, &profile.http.paths.login), None, &body, CALL_TIMEOUT)
}

/// Creates a job. `hash` and `size` are those of the bytes as they are carried (rule C-15).
pub fn create_job(profile: &Profile, bearer: &Secret<String>, job: &NewJob) -> HttpRequest {
    let (base64, hash) = match &job.content {
        Content::Held(bytes) => (STANDARD.encode(bytes), hash(bytes)),
        Content::Stored { hash, .. } => (String::new(), hash.clone()),
    };
    let body = CreateJobBody {
        client_ref: job.client_ref.clone(),
        title: job.title.clone(),
        file_type: job.file_type.clone(),
        file: FileBody {
            url: None,
            base64: Some(base64),
            hash: Some(hash),
            size: Some(job.content.size()),
            prn_protocol: job.prn_protocol.clone(),
            compression: Some(job.compression.name().to_owned()),
        },
        copies: job.copies.max(1),
    };
    let address = url(&profile.http.base_url, &profile.http.paths.create_job);
    let mut request = post(address, Some(bearer), &body, job.timeout());
    if let Content::Stored { path, size, .. } = &job.content {
        // A quotation mark inside of a text has a backslash in front, so this stands in the body exactly once.
        const EMPTY: &[u8] = br#""base64":"""#;
        let at = request.body.windows(EMPTY.len()).position(|window| window == EMPTY).map(|at| at + EMPTY.len() - 1);
        request.enclosure = at.map(|at| Enclosure { path: path.clone(), size: *size, at });
    }
    request
}

/// Asks for the state of the printer that the token belongs to.
pub fn device_state(profile: &Profile, bearer: &Secret<String>) -> HttpRequest {
    get(url(&profile.http.base_url, &profile.http.paths.device_state), bearer)
}

/// Looks a job up by our reference, or lists the printer's jobs; `page` counts from 1. `None` when the platform has no
/// such call.
pub fn job_list(
    profile: &Profile,
    bearer: &Secret<String>,
    sn: &Segment,
    client_ref: Option<&str>,
    page: usize,
) -> Option<HttpRequest> {
    let path = profile.http.paths.job_list.as_deref()?;
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("page", &page.to_string()).append_pair("size", &PAGE_SIZE.to_string());
    query.append_pair("sn", sn.as_str());
    if let Some(client_ref) = client_ref {
        query.append_pair("clientRef", client_ref);
    }
    Some(get(format!("{}?{}", url(&profile.http.base_url, path), query.finish()), bearer))
}

fn token_url(profile: &Profile, path: &str) -> String {
    let base = match (profile.mode, &profile.http.tenant_url) {
        (Mode::ViaTenant, Some(tenant)) => tenant,
        _ => &profile.http.base_url,
    };
    url(base, path)
}

fn url(base: &str, path: &str) -> String {
    format!("{}{path}", base.trim_end_matches('/'))
}

fn post<T: Serialize>(url: String, bearer: Option<&Secret<String>>, body: &T, timeout: Duration) -> HttpRequest {
    HttpRequest {
        method: HttpMethod::Post,
        url,
        headers: vec![
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("Accept".to_owned(), "application/json".to_owned()),
        ],
        bearer: bearer.cloned(),
        body: json::bytes(body),
        enclosure: None,
        limit: ANSWER_LIMIT,
        timeout,
    }
}

fn get(url: String, bearer: &Secret<String>) -> HttpRequest {
    HttpRequest {
        method: HttpMethod::Get,
        url,
        headers: vec![("Accept".to_owned(), "application/json".to_owned())],
        bearer: Some(bearer.clone()),
        body: Vec::new(),
        enclosure: None,
        limit: ANSWER_LIMIT,
        timeout: CALL_TIMEOUT,
    }
}
