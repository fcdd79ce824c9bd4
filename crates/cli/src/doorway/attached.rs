//! The way in through the door of another process of the same user (`door.json`).

use super::{CallError, Doorway, Position};
use crate::door_file::{DoorFile, Role};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use platen_model::{Fault, Retry};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// A door says something at least every 20 s; this much silence means that its process is frozen or gone.
const SILENCE: Duration = Duration::from_secs(60);

/// How long a door may take to answer at all.
const GREETING: Duration = Duration::from_secs(10);

/// A client of somebody's door.
pub struct Attached {
    http: reqwest::Client,
    door: DoorFile,
}

impl Attached {
    /// Attaches to the door of `file`; `None` when nobody is there or the token is not the right one (any more).
    pub async fn greet(door: DoorFile) -> Option<Self> {
        // The door is on loopback: a proxy of the environment must never see its token.
        let http = reqwest::Client::builder().no_proxy().connect_timeout(Duration::from_secs(5)).build().ok()?;
        let attached = Self { http, door };
        let greeting = attached.call("settings.show", &Value::Null);
        // A frozen process answers nothing; whoever waits looks again.
        let answer = tokio::time::timeout(GREETING, greeting).await.ok()?;
        answer.ok().map(|_| attached)
    }

    /// Asks a command to leave the data folder to us, who stay.
    ///
    /// # Errors
    /// `data_in_use` when that process stays as well.
    pub async fn ask_handover(&self) -> Result<(), CallError> {
        self.send(self.http.post(self.url("/api/handover"))).await.map(|_| ())
    }

    /// What the other process is.
    pub fn role(&self) -> Role {
        self.door.role
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.door.pid
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.door.address)
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, CallError> {
        loop {
            let again = request.try_clone();
            let response =
                match again.unwrap_or_else(|| self.http.get("")).bearer_auth(self.door.token.reveal()).send().await {
                    Ok(response) => response,
                    Err(error) => {
                        return Err(CallError::Lost { perhaps_done: !error.is_connect() && !error.is_builder() });
                    }
                };
            match response.status() {
                StatusCode::OK => return Ok(response),
                // Somebody else's door by now: the one we knew has gone.
                StatusCode::UNAUTHORIZED | StatusCode::MISDIRECTED_REQUEST => {
                    return Err(CallError::Lost { perhaps_done: false });
                }
                StatusCode::TOO_MANY_REQUESTS => {
                    let seconds =
                        response.headers().get(RETRY_AFTER).and_then(|field| field.to_str().ok()?.parse().ok());
                    tokio::time::sleep(Duration::from_secs(seconds.unwrap_or(1))).await;
                }
                _ => return Err(refusal(response).await),
            }
        }
    }
}

#[derive(Deserialize)]
struct Refusal {
    error: ErrorLine,
}

#[derive(Deserialize)]
struct ErrorLine {
    code: String,
    message: String,
    remedy: String,
    retry: Retry,
}

async fn refusal(response: Response) -> CallError {
    let status = response.status();
    let Ok(body) = response.bytes().await else {
        return CallError::Lost { perhaps_done: true };
    };
    match serde_json::from_slice(&body) {
        Ok(Refusal { error: ErrorLine { code, message, remedy, retry } }) => {
            CallError::Fault(Fault { code: code.into(), message, remedy, retry })
        }
        Err(_) => CallError::Fault(Fault::new(
            "door_answer",
            format!("The running Platen gave an answer that cannot be read ({status})."),
            "Check that both programs have the same version.",
        )),
    }
}

async fn result(response: Response) -> Result<Value, CallError> {
    #[derive(Deserialize)]
    struct Outcome {
        result: Value,
    }
    let body = response.bytes().await.map_err(|_| CallError::Lost { perhaps_done: true })?;
    let outcome: Outcome = serde_json::from_slice(&body).map_err(|_| CallError::Lost { perhaps_done: true })?;
    Ok(outcome.result)
}

#[async_trait::async_trait]
impl Doorway for Attached {
    async fn call(&self, method: &str, params: &Value) -> Result<Value, CallError> {
        let body = serde_json::json!({ "method": method, "params": params });
        result(self.send(self.http.post(self.url("/api/call")).json(&body)).await?).await
    }

    async fn upload(&self, name: &str, document: Bytes) -> Result<Value, CallError> {
        let url = self.url(&format!("/api/documents?name={}", escape(name)));
        let request = self.http.post(url).header(CONTENT_TYPE, "application/octet-stream").body(document);
        result(self.send(request).await?).await
    }

    async fn blob(&self, handle: &str) -> Result<Bytes, CallError> {
        let path: Vec<_> = handle.split('/').map(escape).collect();
        let response = self.send(self.http.get(self.url(&format!("/api/blob/{}", path.join("/"))))).await?;
        response.bytes().await.map_err(|_| CallError::Lost { perhaps_done: false })
    }

    async fn events(&self, after: Option<Position>) -> Result<BoxStream<'static, Value>, CallError> {
        let query = after.map(|(epoch, seq)| format!("?epoch={}&after={seq}", escape(&epoch))).unwrap_or_default();
        let response = self.send(self.http.get(self.url(&format!("/api/events{query}")))).await?;
        Ok(stream::unfold((response, BytesMut::new()), next_event).boxed())
    }
}

/// The next event of the stream; `None` when it ended, broke, or was silent for too long.
async fn next_event((mut response, mut rest): (Response, BytesMut)) -> Option<(Value, (Response, BytesMut))> {
    loop {
        while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
            let line = rest.split_to(end + 1);
            if line.iter().any(|byte| !byte.is_ascii_whitespace()) {
                return Some((serde_json::from_slice(&line).ok()?, (response, rest)));
            }
        }
        let piece = tokio::time::timeout(SILENCE, response.chunk()).await.ok()?.ok()??;
        rest.extend_from_slice(&piece);
    }
}

/// Escapes everything but letters, digits and `-._~`.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => escaped.push(byte.into()),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_for_an_address() {
        assert_eq!(escape("a b/ก+&.png"), "a%20b%2F%E0%B8%81%2B%26.png");
    }
}
