//! The one command. JSON in, JSON out; a document comes in as a raw body and a picture goes out as raw bytes.
//!
//! ```text
//! {"method": "jobs.list", "params": {…}}                        → the method's answer
//! {"method": "blob.read", "params": {"handle": "…"}}            → bytes
//! raw body, platen-method: document.add, platen-name: photo.png → DocumentView
//! ```
//!
//! Types and scope are checked by the contract, as for every other door (promise UP-2).

use crate::engine::WindowEngine;
use platen_api::Caller;
use platen_api::views::ErrorView;
use platen_model::{Fault, Retry};
use serde::Deserialize;
use serde_json::Value;
use tauri::State;
use tauri::ipc::{InvokeBody, Request, Response};

/// The largest document that any door takes (promise LS-9).
const LARGEST: usize = 100 * 1024 * 1024;

/// See the module.
#[tauri::command]
pub(crate) async fn call(engine: State<'_, WindowEngine>, request: Request<'_>) -> Result<Response, ErrorView> {
    answer(&engine, &request).await.map_err(|fault| ErrorView::from(&fault))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    method: String,
    #[serde(default)]
    params: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadBlob {
    handle: String,
}

async fn answer(engine: &WindowEngine, request: &Request<'_>) -> Result<Response, Fault> {
    let api = engine.api().await?;
    match request.body() {
        InvokeBody::Json(body) => {
            let Call { method, params } = read(body.clone())?;
            if method == "blob.read" {
                let ReadBlob { handle } = read(params)?;
                return Ok(Response::new(api.blob(&Caller::owner(), &handle).await?.bytes));
            }
            json(&api.dispatch(&Caller::owner(), &method, params).await?)
        }
        InvokeBody::Raw(bytes) => {
            let field = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
            if field("platen-method") != Some("document.add") {
                return Err(bad_request("a raw body is a document".to_owned()));
            }
            if bytes.len() > LARGEST {
                let fault = Fault::new("too_large", "The document is larger than 100 MiB.", "Print it in parts.");
                return Err(fault.with_retry(Retry::No));
            }
            let name = field("platen-name").and_then(unescape).unwrap_or_default();
            let mut upload = api.upload(&Caller::owner(), &name).await?;
            upload.write(bytes).await?;
            json(&upload.finish().await?)
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Fault> {
    serde_json::from_value(value).map_err(|error| bad_request(error.to_string()))
}

fn json(value: &Value) -> Result<Response, Fault> {
    serde_json::to_string(value).map(Response::new).map_err(|error| bad_request(error.to_string()))
}

fn bad_request(what: String) -> Fault {
    Fault::new("bad_request", format!("The call cannot be read: {what}."), "Report this.").with_retry(Retry::No)
}

/// Undoes what `encodeURIComponent` did; a field of a request holds plain characters only.
fn unescape(text: &str) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_script_come_through_a_header() {
        assert_eq!(unescape("%E0%B8%A3%E0%B8%B9%E0%B8%9B.png").as_deref(), Some("รูป.png"));
        assert_eq!(unescape("%E0"), None);
    }

    #[test]
    fn a_misspelt_call_is_refused() {
        assert!(read::<Call>(serde_json::json!({ "method": "jobs.list" })).is_ok());
        assert_eq!(read::<Call>(serde_json::json!({ "metod": "x" })).err().unwrap().code, "bad_request");
    }
}
