//! What comes back: bare, or wrapped in `{code, msg|message, data}` (rule C-4).

use super::wire::GrantBody;
use super::{CODE_REQUIRED, CODE_WRONG};
use crate::cloud::json::{self, DecodeError};
use crate::cloud::messages::StateReport;
use crate::cloud::profile::Owner;
use platen_model::segment::{SegmentError, is_invisible};
use platen_model::{Fault, HttpResponse, Retry, Secret, Segment};
use serde_json::{Map, Value};
use std::time::Duration;

/// A token without a lifetime is taken to live this long; a 401 corrects it.
pub const DEFAULT_TOKEN_LIFE: Duration = Duration::from_secs(3600);
/// No token is believed to live longer.
const MAX_TOKEN_LIFE: i64 = 366 * 24 * 3600;
/// The longest text in an answer, in bytes: tokens may be long.
const MAX_TEXT_BYTES: usize = 16 * 1024;
/// How much of the platform's words is shown, in characters.
const MAX_SHOWN: usize = 200;

/// The platform said no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the platform refused (HTTP {status}, code {code:?}): {}", text.as_deref().unwrap_or("no reason given"))]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The number in the body.
    pub code: Option<i64>,
    /// The words in the body: on one line, cut, without invisible characters.
    pub text: Option<String>,
}

impl Refusal {
    /// The token or credential is not accepted. Some platforms say so only in the body.
    pub fn is_unauthorised(&self) -> bool {
        self.status == 401 || self.code == Some(401)
    }

    /// The printer has printed a code that must be typed in.
    pub fn needs_code(&self) -> bool {
        self.code == Some(CODE_REQUIRED)
    }

    /// The code was not the one that the printer printed.
    pub fn wrong_code(&self) -> bool {
        self.code == Some(CODE_WRONG)
    }

    /// The platform cannot answer now: 5xx, 408, 425 or 429.
    pub fn is_temporary(&self) -> bool {
        self.status >= 500 || matches!(self.status, 408 | 425 | 429)
    }

    /// As it is told at the edge, with the platform's own words.
    pub fn fault(&self) -> Fault {
        if self.is_temporary() {
            return Fault::new("cloud_busy", self.sentence("The print platform cannot answer now"), "Try again later.")
                .with_retry(Retry::Later);
        }
        if self.is_unauthorised() {
            return Fault::new(
                "cloud_unauthorised",
                self.sentence("The print platform does not accept this device's access"),
                "Try again; if it stays, bind the printer again.",
            );
        }
        Fault::new(
            "cloud_refused",
            self.sentence("The print platform refused"),
            "Change what it complains about, then try again.",
        )
    }

    /// One sentence: `start` and the platform's own words.
    pub(crate) fn sentence(&self, start: &str) -> String {
        match &self.text {
            Some(text) if text.ends_with(['.', '!', '?', '…', '。']) => format!("{start}: {text}"),
            Some(text) => format!("{start}: {text}."),
            None => format!("{start} (HTTP {}).", self.status),
        }
    }
}

/// Why an answer is not what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// The platform said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The answer is not JSON, too deep, or of the wrong type.
    #[error("the platform's answer cannot be read: {0}")]
    Unreadable(#[from] DecodeError),
    /// A redirect or another status that no call of ours has.
    #[error("the platform answered with HTTP {0}")]
    Status(u16),
    /// A field that the call is for is missing.
    #[error("the platform's answer lacks {0}")]
    Missing(&'static str),
    /// The owner's name cannot be a part of a topic (promise MQ-1).
    #[error("the platform named an owner that cannot be used: {0}")]
    Owner(SegmentError),
}

impl AnswerError {
    /// As it is told at the edge.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Refused(refusal) => refusal.fault(),
            Self::Owner(error) => Fault::new(
                "owner_not_allowed",
                format!("The platform named an account that cannot be used: {error}."),
                "Ask the printer's seller to rename the account.",
            )
            .with_retry(Retry::No),
            Self::Unreadable(_) | Self::Status(_) | Self::Missing(_) => Fault::new(
                "cloud_answer_unreadable",
                "The print platform's answer was not understood.",
                "Check the address in the profile; it may belong to another kind of server.",
            ),
        }
    }
}

/// Reads an answer down to what it carries. Refusals are errors, also those inside HTTP 200.
fn payload(response: &HttpResponse) -> Result<Value, AnswerError> {
    let value = json::value(&response.body, usize::MAX, MAX_TEXT_BYTES);
    match response.status {
        200..=299 => {}
        400..=599 => {
            let (code, text) = value.as_ref().map_or((None, None), words);
            return Err(Refusal { status: response.status, code, text }.into());
        }
        other => return Err(AnswerError::Status(other)),
    }
    let mut value = value?;
    let Value::Object(map) = &mut value else { return Ok(value) };
    let wrapped = map.contains_key("data") && ["code", "msg", "message"].iter().any(|key| map.contains_key(*key));
    let code = map.get("code").and_then(number);
    if code.is_some_and(|code| code != 0 && !(200..300).contains(&code)) {
        let (code, text) = words(&value);
        return Err(Refusal { status: response.status, code, text }.into());
    }
    if wrapped { Ok(map.remove("data").unwrap_or(Value::Null)) } else { Ok(value) }
}

fn object(response: &HttpResponse) -> Result<Map<String, Value>, AnswerError> {
    match payload(response)? {
        Value::Object(map) => Ok(map),
        _ => Err(DecodeError::NotAnObject.into()),
    }
}

/// Code and text of an error body, in either spelling.
fn words(value: &Value) -> (Option<i64>, Option<String>) {
    let code = value.get("code").or_else(|| value.get("errCode")).and_then(|code| match code {
        Value::Array(list) => list.first().and_then(number),
        other => number(other),
    });
    let text = ["msg", "message", "error"].iter().find_map(|key| value.get(key).and_then(Value::as_str));
    (code, text.map(shown).filter(|text| !text.is_empty()))
}

fn number(value: &Value) -> Option<i64> {
    json::whole(value).or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()))
}

/// Foreign words, fit to be shown: one line, no invisible characters, not too long.
pub(crate) fn shown(text: &str) -> String {
    let mut clean: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|&c| !is_invisible(c))
        .take(MAX_SHOWN + 1)
        .collect();
    if clean.chars().count() > MAX_SHOWN {
        clean.pop();
        clean.push('…');
    }
    clean.trim().to_owned()
}

/// What bind gives: an authorisation code, or (via-tenant) a token at once, or both.
#[derive(Clone, Debug)]
pub struct BindAnswer {
    /// For later logins.
    pub app_auth_code: Option<Secret<String>>,
    /// A token, when login is not needed any more.
    pub login: Option<LoginAnswer>,
    /// Who owns the printer, when the platform tells.
    pub owner: Option<Owner>,
}

/// What login gives.
#[derive(Clone, Debug)]
pub struct LoginAnswer {
    /// The temporary device token.
    pub token: Secret<String>,
    /// How long it lives from receipt on.
    pub expires_in: Duration,
    /// Who owns the printer, when the platform tells.
    pub owner: Option<Owner>,
}

fn grant(response: &HttpResponse) -> Result<GrantBody, AnswerError> {
    Ok(json::typed(object(response)?)?)
}

fn owner_of(tenant: Option<String>, user: Option<String>) -> Result<Option<Owner>, AnswerError> {
    match (tenant, user) {
        (Some(tenant), Some(user)) => {
            let tenant_code = Segment::new(tenant).map_err(AnswerError::Owner)?;
            let user_name = Segment::new(user).map_err(AnswerError::Owner)?;
            Ok(Some(Owner { tenant_code, user_name }))
        }
        _ => Ok(None),
    }
}

fn token_of(token: Option<String>, expires_in: Option<i64>, owner: Option<Owner>) -> Option<LoginAnswer> {
    let token = Secret::new(token.filter(|token| is_token(token))?);
    let expires_in = match expires_in {
        None => DEFAULT_TOKEN_LIFE,
        Some(seconds) => Duration::from_secs(u64::try_from(seconds.clamp(0, MAX_TOKEN_LIFE)).unwrap_or(0)),
    };
    (!expires_in.is_zero()).then_some(LoginAnswer { token, expires_in, owner })
}

/// A token must fit into a header line.
fn is_token(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| (0x21..=0x7E).contains(&byte))
}

/// Reads the answer to bind. At least one of code and token is there.
pub fn bind(response: &HttpResponse) -> Result<BindAnswer, AnswerError> {
    let body = grant(response)?;
    let owner = owner_of(body.tenant_code, body.user_name)?;
    let login = token_of(body.token, body.expires_in, owner.clone());
    let app_auth_code = body.app_auth_code.filter(|code| !code.is_empty()).map(Secret::new);
    if app_auth_code.is_none() && login.is_none() {
        return Err(AnswerError::Missing("appAuthCode"));
    }
    Ok(BindAnswer { app_auth_code, login, owner })
}

/// Reads the answer to the question for a bind token.
pub fn bind_token(response: &HttpResponse) -> Result<Secret<String>, AnswerError> {
    let body = grant(response)?;
    let token = token_of(body.token, body.expires_in, None);
    token.map(|answer| answer.token).ok_or(AnswerError::Missing("token"))
}

/// Reads the answer to login.
pub fn login(response: &HttpResponse) -> Result<LoginAnswer, AnswerError> {
    let body = grant(response)?;
    let owner = owner_of(body.tenant_code, body.user_name)?;
    token_of(body.token, body.expires_in, owner).ok_or(AnswerError::Missing("token"))
}

/// Reads the answer to a created job: the platform's id.
pub fn created(response: &HttpResponse) -> Result<String, AnswerError> {
    id(object(response)?.get("jobId")).ok_or(AnswerError::Missing("jobId"))
}

/// An opaque id: a text, or a number that is taken as text.
fn id(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}

/// The state of the printer as the platform knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct StateAnswer {
    /// As in section 7.1.
    pub report: StateReport,
    /// Whether the printer is connected to the platform.
    pub online: Option<bool>,
}

/// Reads the answer to a state query.
pub fn device_state(response: &HttpResponse) -> Result<StateAnswer, AnswerError> {
    let mut map = object(response)?;
    let online = map.remove("online").and_then(|value| value.as_bool());
    Ok(StateAnswer { report: json::typed(map)?, online })
}

/// One page of jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobList {
    /// The jobs of the page.
    pub items: Vec<JobItem>,
    /// Jobs on all pages, when the platform tells.
    pub total: Option<usize>,
}

/// A job as the platform lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobItem {
    /// The platform's id.
    pub job_id: Option<String>,
    /// Our reference.
    pub client_ref: Option<String>,
    /// A literal of section 7.2 or a word of the platform; read it with the profile's table.
    pub status: Option<String>,
    /// Error codes.
    pub codes: Vec<i64>,
}

/// Reads the answer to a look-up: `{items, total}`, or just the list.
pub fn job_list(response: &HttpResponse) -> Result<JobList, AnswerError> {
    let (items, total) = match payload(response)? {
        Value::Array(items) => (items, None),
        Value::Object(mut map) => {
            let total = map.get("total").and_then(number).and_then(|total| usize::try_from(total).ok());
            match map.remove("items") {
                Some(Value::Array(items)) => (items, total),
                _ => return Err(AnswerError::Missing("items")),
            }
        }
        _ => return Err(AnswerError::Missing("items")),
    };
    let text = |item: &Value, key: &str| item.get(key).and_then(Value::as_str).map(str::to_owned);
    let items = items
        .iter()
        .map(|item| JobItem {
            job_id: id(item.get("jobId")),
            client_ref: text(item, "clientRef"),
            status: text(item, "status"),
            codes: item.get("errCode").and_then(Value::as_array).into_iter().flatten().filter_map(number).collect(),
        })
        .collect();
    Ok(JobList { items, total })
}
