//! `up/pull`, section 7.6: the current form, and the legacy form with everything at the top level.

use super::state::Firmware;
use super::time::WireTime;
use crate::cloud::json::{self, Extra};
use serde::{Deserialize, Serialize};

/// A printer asks for something.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
pub struct Pull {
    /// Id of this message.
    pub msg_id: Option<String>,
    /// `print`, `feature_list`, `text_to_image` were seen; the legacy form asks for `print` without saying so.
    pub kind: String,
    /// What exactly.
    pub params: PullParams,
    /// Device time.
    pub ts: Option<WireTime>,
    /// It came, and is written, in the legacy form.
    pub legacy: bool,
    /// Everything else at the top level.
    pub extra: Extra,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PullParams {
    /// Empty: any next job; else the job to go on with (rule C-14).
    #[serde(default, deserialize_with = "json::or_default")]
    pub job_id: String,
    /// 0 with an empty job; else from which resource on (rule C-14).
    #[serde(default, deserialize_with = "json::opt_int", skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// As in the state report.
    #[serde(default, deserialize_with = "json::or_default", skip_serializing_if = "Vec::is_empty")]
    pub firmware: Vec<Firmware>,
    /// Everything else, for example a prompt, whose name the guide does not tell.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Pull {
    /// The literal that asks for print resources.
    pub const PRINT: &'static str = "print";
    /// The literal that asks for the list of features.
    pub const FEATURE_LIST: &'static str = "feature_list";
    /// The literal that asks for a picture.
    pub const TEXT_TO_IMAGE: &'static str = "text_to_image";
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    msg_id: Option<String>,
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    params: Option<PullParams>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    job_id: Option<String>,
    #[serde(default, deserialize_with = "json::opt_int", skip_serializing_if = "Option::is_none")]
    seq: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    firmware: Option<Vec<Firmware>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ts: Option<WireTime>,
    #[serde(flatten)]
    extra: Extra,
}

impl From<Wire> for Pull {
    fn from(wire: Wire) -> Self {
        let Wire { msg_id, kind, params, job_id, seq, firmware, ts, extra } = wire;
        let legacy = kind.is_none() && params.is_none();
        let mut params = params.unwrap_or_default();
        if params.job_id.is_empty() {
            params.job_id = job_id.unwrap_or_default();
        }
        params.seq = params.seq.or(seq);
        if params.firmware.is_empty() {
            params.firmware = firmware.unwrap_or_default();
        }
        Self { msg_id, kind: kind.unwrap_or_else(|| Self::PRINT.to_owned()), params, ts, legacy, extra }
    }
}

impl From<Pull> for Wire {
    fn from(pull: Pull) -> Self {
        let Pull { msg_id, kind, params, ts, legacy, mut extra } = pull;
        if !legacy {
            let (job_id, seq, firmware) = (None, None, None);
            return Self { msg_id, kind: Some(kind), params: Some(params), job_id, seq, firmware, ts, extra };
        }
        extra.extend(params.extra);
        Self {
            msg_id,
            kind: None,
            params: None,
            job_id: Some(params.job_id),
            seq: params.seq,
            firmware: Some(params.firmware),
            ts,
            extra,
        }
    }
}
