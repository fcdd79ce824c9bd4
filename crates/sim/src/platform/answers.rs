//! HTTP answers in the shape of this world's reading (rule C-4): bare or wrapped, `msg` or `message`.

use crate::readings::Readings;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use platen_protocol::cloud::shapes::{CODE_REQUIRED, CODE_WRONG};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// A "no" of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denial {
    Unauthorised,
    UnknownDevice,
    CodeRequired,
    CodeWrong,
    /// The printer has not shown its bind token yet.
    TooEarly,
    BadRequest(&'static str),
    Unsupported(&'static str),
    /// Our own disk.
    Storage,
    Trouble(u16),
}

impl Denial {
    fn parts(self) -> (u16, i64, &'static str) {
        match self {
            Self::Unauthorised => (401, 401, "the credential is not accepted"),
            Self::UnknownDevice => (404, 4004, "no such device"),
            Self::CodeRequired => (403, CODE_REQUIRED, "the device has printed a verification code; send it"),
            Self::CodeWrong => (403, CODE_WRONG, "the verification code is wrong"),
            Self::TooEarly => (425, 4025, "the device has not shown its token yet"),
            Self::BadRequest(text) => (400, 4000, text),
            Self::Unsupported(text) => (422, 4022, text),
            Self::Storage => (507, 5007, "the platform's storage is full"),
            Self::Trouble(status) => (status, 5000, "trouble on purpose"),
        }
    }

    pub(super) fn response(self, readings: Readings) -> Response {
        let (status, code, text) = self.parts();
        let words = if readings.message_in_answers { "message" } else { "msg" };
        let body = Json(json!({ "code": code, words: text }));
        (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body).into_response()
    }
}

/// A "yes" with what was asked for.
pub(super) fn answer<T: Serialize>(readings: Readings, data: &T) -> Response {
    let data = serde_json::to_value(data).unwrap_or(Value::Null);
    if !readings.wrapped_answers {
        return Json(data).into_response();
    }
    let words = if readings.message_in_answers { "message" } else { "msg" };
    let mut map = Map::new();
    map.insert("code".to_owned(), Value::from(0));
    map.insert(words.to_owned(), Value::from("ok"));
    map.insert("data".to_owned(), data);
    Json(Value::Object(map)).into_response()
}
