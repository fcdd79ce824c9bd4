//! HTTP exchanges, one request and one answer each.
//!
//! Source: MQ-12 (a request that may have arrived is told from one that did not), MQ-9 and C-22 (plain HTTP only to this machine or where the
//! profile says so). A redirect is an answer like any other and is never followed. Connections are not kept for later: a kept one that the server has
//! closed meanwhile would make the next POST ambiguous for no reason. A cookie is told, never kept: sending it back is
//! the machine's affair. Deliberately absent: retries, compression.

use crate::enclosed::{Told, body_of};
use crate::error::TransportError;
use crate::host::is_loopback;
use crate::tls::{client_config, is_certificate};
use platen_model::{HttpFailure, HttpMethod, HttpRequest, HttpResponse, HttpResult};
use reqwest::header::{CONTENT_LENGTH, DATE, SET_COOKIE};
use reqwest::{Client, Method, Response, redirect, retry};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use url::Url;

/// How long a connection may take to be made. Shorter than most requests' own bound, so that "not reached" can be told from "no answer".
const CONNECT: Duration = Duration::from_secs(10);

/// What a profile says about HTTP.
#[derive(Clone, Debug, Default)]
pub struct HttpConfig {
    /// The profile's own certificate authority, PEM; the system's roots when absent.
    pub ca_pem: Option<String>,
    /// Plain HTTP to other machines.
    pub allow_plaintext: bool,
}

/// Makes HTTP exchanges. Clones share everything.
#[derive(Clone, Debug)]
pub struct HttpLink {
    /// To other machines, through the system's proxy where there is one.
    far: Client,
    /// To this machine, never through a proxy.
    near: Client,
    allow_plaintext: bool,
}

impl HttpLink {
    /// A link with these settings.
    pub fn new(config: HttpConfig) -> Result<Self, TransportError> {
        let tls = client_config(config.ca_pem.as_deref())?;
        let builder = || {
            Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .redirect(redirect::Policy::none())
                .retry(retry::never())
                .pool_max_idle_per_host(0)
                .connect_timeout(CONNECT)
        };
        Ok(Self {
            far: builder().build().map_err(TransportError::Http)?,
            near: builder().no_proxy().build().map_err(TransportError::Http)?,
            allow_plaintext: config.allow_plaintext,
        })
    }

    /// A link to a device beside this machine, as a printer's own network has it: plain HTTP, and no proxy knows the way.
    pub fn beside() -> Result<Self, TransportError> {
        let Self { near, .. } = Self::new(HttpConfig::default())?;
        Ok(Self { far: near.clone(), near, allow_plaintext: true })
    }

    /// Makes one exchange. Any status is an answer.
    pub async fn exchange(&self, request: HttpRequest) -> HttpResult {
        self.exchange_told(request, Arc::new(|_, _| ())).await
    }

    /// The same. While a body with an enclosure is sent, `told` hears how many of its bytes were given to the
    /// connection, and how many there are.
    pub async fn exchange_told(&self, request: HttpRequest, told: Told) -> HttpResult {
        let url = self.checked(&request.url)?;
        let client = if url.host_str().is_some_and(is_loopback) { &self.near } else { &self.far };
        let method = match request.method {
            HttpMethod::Get => Method::GET,
            HttpMethod::Post => Method::POST,
            HttpMethod::Put => Method::PUT,
            HttpMethod::Delete => Method::DELETE,
        };
        let mut builder = client.request(method, url);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if let Some(bearer) = &request.bearer {
            builder = builder.bearer_auth(bearer.reveal());
        }
        if let Some(enclosure) = request.enclosure {
            let (body, length) = body_of(request.body, enclosure, told).await?;
            // Known, so that it is not sent in pieces of unknown number: not every server takes those.
            builder = builder.header(CONTENT_LENGTH, length).body(body);
        } else if !request.body.is_empty() || matches!(request.method, HttpMethod::Post | HttpMethod::Put) {
            builder = builder.body(request.body);
        }
        let whole = async {
            let response = builder.send().await.map_err(|error| failure(&error))?;
            read(response, request.limit).await
        };
        match tokio::time::timeout(request.timeout, whole).await {
            Ok(result) => result,
            // Whether it was sent is not known here, and "may have arrived" is the careful answer.
            Err(_) => Err(HttpFailure::TimedOut),
        }
    }

    /// Fetches `url`; at most `limit` bytes within `timeout`. Any status is an answer.
    pub async fn download(&self, url: &str, limit: usize, timeout: Duration) -> HttpResult {
        let request = HttpRequest {
            method: HttpMethod::Get,
            url: url.to_owned(),
            headers: Vec::new(),
            bearer: None,
            body: Vec::new(),
            enclosure: None,
            limit,
            timeout,
        };
        self.exchange(request).await
    }

    fn checked(&self, text: &str) -> Result<Url, HttpFailure> {
        let refused = |why: &str| Err(HttpFailure::Refused(why.to_owned()));
        let Ok(url) = Url::parse(text) else { return refused("the address is not a URL") };
        let Some(host) = url.host_str() else { return refused("the address names no host") };
        if !url.username().is_empty() || url.password().is_some() {
            return refused("the address holds a user name");
        }
        match url.scheme() {
            "https" => Ok(url),
            "http" if self.allow_plaintext || is_loopback(host) => Ok(url),
            "http" => refused("the address is not encrypted"),
            _ => refused("the address is neither https nor http"),
        }
    }
}

async fn read(mut response: Response, limit: usize) -> HttpResult {
    if response.content_length().is_some_and(|length| length > limit as u64) {
        return Err(HttpFailure::TooLarge);
    }
    let status = response.status().as_u16();
    let date = response.headers().get(DATE).and_then(|value| value.to_str().ok()).and_then(millis);
    let cookie = response.headers().get(SET_COOKIE).and_then(|value| value.to_str().ok()).and_then(cookie);
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
        if body.len().saturating_add(chunk.len()) > limit {
            return Err(HttpFailure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(HttpResponse { status, date, cookie, body })
}

/// The longest cookie that is told, in bytes.
const MAX_COOKIE: usize = 256;

/// A cookie without its attributes.
fn cookie(field: &str) -> Option<String> {
    let pair = field.split(';').next()?.trim();
    (pair.contains('=') && pair.len() <= MAX_COOKIE).then(|| pair.to_owned())
}

fn millis(date: &str) -> Option<i64> {
    let since = httpdate::parse_http_date(date).ok()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}

/// The class of an error. Addresses stay out of the text (LS-19): only the innermost cause is told.
fn failure(error: &reqwest::Error) -> HttpFailure {
    if error.is_builder() {
        return HttpFailure::Refused("the request cannot be written as HTTP".to_owned());
    }
    if is_certificate(error) {
        return HttpFailure::Certificate(cause(error));
    }
    if error.is_connect() {
        return HttpFailure::Unreachable(cause(error));
    }
    HttpFailure::Broken(cause(error))
}

fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_needs_this_machine_or_leave() {
        let strict = HttpLink::new(HttpConfig::default()).unwrap();
        let lax = HttpLink::new(HttpConfig { allow_plaintext: true, ca_pem: None }).unwrap();
        assert!(strict.checked("http://127.0.0.1:80/x").is_ok());
        assert!(strict.checked("http://[::1]/x").is_ok());
        assert!(strict.checked("https://example.com").is_ok());
        assert!(lax.checked("http://example.com").is_ok());
        for url in ["http://example.com", "ftp://example.com", "file:///etc/passwd", "x", "https://u:p@example.com"] {
            assert!(matches!(strict.checked(url), Err(HttpFailure::Refused(_))), "{url}");
        }
    }

    #[test]
    fn a_cookie_is_told_without_its_attributes() {
        assert_eq!(cookie("session=4711; Path=/; HttpOnly").as_deref(), Some("session=4711"));
        assert_eq!(cookie("nonsense"), None);
        assert_eq!(cookie(&format!("a={}", "x".repeat(300))), None);
    }

    #[test]
    fn dates_are_read_as_milliseconds() {
        assert_eq!(millis("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777_000));
        assert_eq!(millis("soon"), None);
    }
}
