//! The acknowledgements: sections 7.2, 7.3, 7.4 and 7.10.
//!
//! Most of them say `errCode` and `msg`, one says `code` and `message`; every one is read in both spellings (C-17).

use super::time::WireTime;
use crate::cloud::json::{self, Extra};
use serde::{Deserialize, Serialize};

/// Which pair of words an acknowledgement uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Spelling {
    /// `errCode` (a list) and `msg`.
    #[default]
    ErrCode,
    /// `code` (one number, 0 = fine) and `message`.
    Code,
}

/// Error codes and text of an acknowledgement, in either spelling.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
pub struct Report {
    /// Empty when all is fine. A `code` of 0 counts as no code.
    pub codes: Vec<i64>,
    /// What the sender says in words.
    pub text: String,
    /// How it came, and how it is written.
    pub spelling: Spelling,
}

impl Report {
    /// All is fine.
    pub fn ok() -> Self {
        Self { text: "ok".to_owned(), ..Self::default() }
    }

    /// Something is wrong.
    pub fn error(codes: Vec<i64>, text: impl Into<String>) -> Self {
        Self { codes, text: text.into(), spelling: Spelling::ErrCode }
    }

    /// The same in the other words.
    #[must_use]
    pub fn spelled(mut self, spelling: Spelling) -> Self {
        self.spelling = spelling;
        self
    }

    /// No error code.
    pub fn is_ok(&self) -> bool {
        self.codes.is_empty()
    }
}

#[derive(Default, Serialize, Deserialize)]
struct Wire {
    #[serde(rename = "errCode", default, deserialize_with = "json::opt_ints", skip_serializing_if = "Option::is_none")]
    err_code: Option<Vec<i64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    msg: Option<String>,
    #[serde(default, deserialize_with = "json::opt_ints", skip_serializing_if = "Option::is_none")]
    code: Option<Vec<i64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// `code` as a single number, the form of section 7.10.
#[derive(Serialize)]
struct CodeForm<'a> {
    code: i64,
    message: &'a str,
}

impl From<Wire> for Report {
    fn from(wire: Wire) -> Self {
        let spelling = if wire.err_code.is_none() && wire.code.is_some() { Spelling::Code } else { Spelling::ErrCode };
        let mut codes = wire.err_code.unwrap_or_default();
        for code in wire.code.unwrap_or_default() {
            if code != 0 && !codes.contains(&code) {
                codes.push(code);
            }
        }
        let text = wire.msg.filter(|text| !text.is_empty()).or(wire.message).unwrap_or_default();
        Self { codes, text, spelling }
    }
}

impl From<Report> for Wire {
    fn from(report: Report) -> Self {
        Self { err_code: Some(report.codes), msg: Some(report.text), code: None, message: None }
    }
}

mod report {
    //! Writes a [`Report`] in its own spelling; reading takes both.
    use super::{CodeForm, Report, Spelling};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(report: &Report, serializer: S) -> Result<S::Ok, S::Error> {
        match report.spelling {
            Spelling::ErrCode => report.serialize(serializer),
            Spelling::Code => {
                let code = report.codes.first().copied().unwrap_or(0);
                CodeForm { code, message: &report.text }.serialize(serializer)
            }
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Report, D::Error> {
        Report::deserialize(deserializer)
    }
}

/// `up/print/ack`, section 7.2.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PrintAck {
    /// Id of this message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msg_id: Option<String>,
    /// The platform's id of the job. Opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<String>,
    /// `msgId` of the delivery that is answered (rule C-21: only when `jobId` does not help).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ack_original_msg_id: Option<String>,
    /// The literal; its meaning is the profile's (rule C-12).
    #[serde(default, deserialize_with = "json::or_default")]
    pub status: String,
    /// Numbers of the resources that this is about, from 1.
    #[serde(default, deserialize_with = "json::ints")]
    pub seqs: Vec<i64>,
    /// How many resources the job has. Not in the guide: a placeholder of ours, so that progress can be a share.
    #[serde(default, deserialize_with = "json::opt_int", skip_serializing_if = "Option::is_none")]
    pub total_file_number: Option<i64>,
    /// Codes and text.
    #[serde(flatten, with = "report")]
    pub report: Report,
    /// Device time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ts: Option<WireTime>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

/// `up/upgrade/ack`, section 7.3.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpgradeAck {
    /// Id of this message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msg_id: Option<String>,
    /// The upgrade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_upgrade_id: Option<String>,
    /// `msgId` of the task that is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ack_original_msg_id: Option<String>,
    /// `upgrading` was seen.
    #[serde(default, deserialize_with = "json::or_default")]
    pub status: String,
    /// Codes and text.
    #[serde(flatten, with = "report")]
    pub report: Report,
    /// Device time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ts: Option<WireTime>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

/// `up/control/ack`, section 7.4.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ControlAck {
    /// Id of this message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msg_id: Option<String>,
    /// The command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control_id: Option<String>,
    /// `msgId` of the command that is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ack_original_msg_id: Option<String>,
    /// `confirm` was seen.
    #[serde(default, deserialize_with = "json::or_default")]
    pub status: String,
    /// Codes and text.
    #[serde(flatten, with = "report")]
    pub report: Report,
    /// Device time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ts: Option<WireTime>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

/// `down/pull/ack`, section 7.10: `code` 0 with `no_task` is "no error, nothing to print".
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PullAck {
    /// Id of this message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msg_id: Option<String>,
    /// `msgId` of the pull that is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ack_original_msg_id: Option<String>,
    /// Codes and text; the guide spells them `code` and `message` here.
    #[serde(flatten, with = "report")]
    pub report: Report,
    /// Platform time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_time: Option<WireTime>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

impl PullAck {
    /// The text that means "nothing to print".
    pub const NO_TASK: &'static str = "no_task";

    /// "Nothing to print", in the guide's words.
    pub fn no_task(msg_id: impl Into<String>, pull_msg_id: Option<String>, time: WireTime) -> Self {
        Self {
            msg_id: Some(msg_id.into()),
            ack_original_msg_id: pull_msg_id,
            report: Report { codes: Vec::new(), text: Self::NO_TASK.to_owned(), spelling: Spelling::Code },
            date_time: Some(time),
            extra: Extra::new(),
        }
    }

    /// Nothing is waiting.
    pub fn is_no_task(&self) -> bool {
        self.report.is_ok() && self.report.text == Self::NO_TASK
    }
}
