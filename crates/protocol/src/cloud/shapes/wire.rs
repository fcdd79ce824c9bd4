//! The bodies as they stand on the wire, one type each, read and written.
//!
//! Fields that hold secrets are plain texts here: these types live only between the parser and a `Secret`, and have no
//! `Debug` where they hold one.

use crate::cloud::json;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Asks to bind a printer.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct BindBody {
    pub sn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify_code: Option<String>,
    /// The token that the printer was given while it was set up: it shows the same one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bind_token: Option<String>,
}

/// Asks for a temporary device token.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct LoginBody {
    pub sn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_auth_code: Option<String>,
}

/// Answers bind (`appAuthCode`), login (`token`, `expiresIn`), or both in one (via-tenant). `tenantCode` and `userName`
/// name the owner when the platform tells it.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantBody {
    /// What login needs later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_auth_code: Option<String>,
    /// The temporary device token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Seconds.
    #[serde(default, deserialize_with = "json::opt_int", skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<i64>,
    /// Second level of the topics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_code: Option<String>,
    /// Third level of the topics.
    #[serde(default, alias = "username", skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
}

/// Asks to print.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateJobBody {
    /// The caller's own reference.
    pub client_ref: String,
    /// For people.
    #[serde(default)]
    pub title: String,
    /// `prn`, `pdf` or `png`.
    pub file_type: String,
    /// The document.
    pub file: FileBody,
    /// At least 1.
    #[serde(default = "one")]
    pub copies: u32,
}

const fn one() -> u32 {
    1
}

/// A document in a job.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileBody {
    /// Where to fetch it; the app does not use this form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The bytes themselves, in standard base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// `sha256:` and hexadecimal digits, of the bytes as they are carried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// Bytes as they are carried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// `esc` for ESC/POS; the word of section 7.7, here a placeholder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prn_protocol: Option<String>,
    /// `gzip` or `none`; the word of section 7.7, here a placeholder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression: Option<String>,
}

/// Answers a created job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct CreatedBody {
    pub job_id: String,
}

/// A job in a list.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobBody {
    /// The platform's id.
    pub job_id: String,
    /// The caller's reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_ref: Option<String>,
    /// The last literal of an acknowledgement, or a word of the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Error codes of the last acknowledgement.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub err_code: Vec<i64>,
    /// The printer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sn: Option<String>,
}

/// Answers a list of jobs.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobListBody {
    /// One page.
    pub items: Vec<JobBody>,
    /// On all pages.
    pub total: u64,
}

/// Any error: HTTP 4xx or 5xx with this body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The platform's number.
    pub code: i64,
    /// In words.
    pub msg: String,
}

/// `{code: 0, msg: "ok", data}` around a bare answer.
pub fn wrapped<T: Serialize>(data: &T) -> Value {
    let mut map = Map::new();
    map.insert("code".to_owned(), Value::from(0));
    map.insert("msg".to_owned(), Value::from("ok"));
    map.insert("data".to_owned(), serde_json::to_value(data).unwrap_or(Value::Null));
    Value::Object(map)
}
