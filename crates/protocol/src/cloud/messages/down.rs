//! From the platform to the printer: sections 7.7, 7.8, 7.9 and 7.11.
//!
//! Platen itself publishes only control commands. It never flashes firmware from an upgrade task (rule C-22): the type
//! is here so that the simulated world can send one.

use super::ack::Report;
use super::time::WireTime;
use crate::cloud::json::{self, Extra};
use serde::{Deserialize, Serialize};

/// `down/print`, section 7.7: a window of a job's resources.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PrintDelivery {
    /// Id; the printer answers with it as `ackOriginalMsgId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msg_id: Option<String>,
    /// The job.
    #[serde(default, deserialize_with = "json::or_default")]
    pub job_id: String,
    /// All resources of the job; more than are listed when this is a window.
    #[serde(default, deserialize_with = "json::opt_int", skip_serializing_if = "Option::is_none")]
    pub total_file_number: Option<i64>,
    /// To be printed in the order of `seq`.
    #[serde(default, deserialize_with = "json::or_default")]
    pub resources: Vec<Resource>,
    /// Platform time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_time: Option<WireTime>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Something to download and print.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Number within the job, from 1.
    #[serde(default, deserialize_with = "json::opt_int", skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// Where it is.
    #[serde(default, deserialize_with = "json::or_default")]
    pub url: String,
    /// `sha256:` and hexadecimal digits; of which bytes is not said (rule C-15).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// Bytes; before or after decompression is not said (rule C-15).
    #[serde(default, deserialize_with = "json::opt_int", skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// `prn` was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_type: Option<String>,
    /// `esc` was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prn_protocol: Option<String>,
    /// `gzip` or `none` were seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression: Option<String>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Resource {
    /// Whether `downloaded`, or else what it decompresses to, has the announced hash and size (rule C-15). Hash and
    /// size must fit the same bytes. An absent hash or size is not checked; with neither, nothing is proven and the
    /// answer is `false`. `decompressed` is only looked at when the resource says that it is compressed.
    pub fn matches(&self, downloaded: &[u8], decompressed: Option<&[u8]>) -> bool {
        let fits = |bytes: &[u8]| {
            let size = self.size.is_none_or(|size| usize::try_from(size).is_ok_and(|size| size == bytes.len()));
            let hash =
                self.hash.as_deref().is_none_or(|hash| hash.eq_ignore_ascii_case(&crate::cloud::shapes::hash(bytes)));
            size && hash
        };
        let compressed = self.compression.as_deref().is_some_and(|name| !name.is_empty() && name != "none");
        (self.hash.is_some() || self.size.is_some())
            && (fits(downloaded) || (compressed && decompressed.is_some_and(fits)))
    }
}

/// `down/upgrade`, section 7.8. There is no signature.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpgradeTask {
    /// Id; the printer answers with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msg_id: Option<String>,
    /// The upgrade.
    #[serde(default, deserialize_with = "json::or_default")]
    pub device_upgrade_id: String,
    /// Which part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware_type: Option<String>,
    /// To which version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware_version: Option<String>,
    /// Where it is.
    #[serde(default, deserialize_with = "json::or_default")]
    pub url: String,
    /// As in [`Resource::hash`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// As in [`Resource::size`].
    #[serde(default, deserialize_with = "json::opt_int", skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// As in [`Resource::compression`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression: Option<String>,
    /// Platform time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_time: Option<WireTime>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

/// `down/control`, section 7.9.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ControlCommand {
    /// Id; the printer answers with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msg_id: Option<String>,
    /// The command's own id.
    #[serde(default, deserialize_with = "json::or_default")]
    pub control_id: String,
    /// `reboot` was seen (rule C-16).
    #[serde(default, deserialize_with = "json::or_default")]
    pub command: String,
    /// Depends on the command.
    #[serde(default, deserialize_with = "json::or_default")]
    pub params: Extra,
    /// Platform time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_time: Option<WireTime>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

/// `down/resource`, section 7.11: the answer to a pull for something other than print data.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceAnswer {
    /// Id of this message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msg_id: Option<String>,
    /// `msgId` of the pull.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ack_original_msg_id: Option<String>,
    /// Echoes the pull's type.
    #[serde(rename = "type", default, deserialize_with = "json::or_default")]
    pub kind: String,
    /// Codes and text; 2002 = the prompt is missing.
    #[serde(flatten)]
    pub report: Report,
    /// Depends on the type.
    #[serde(default, deserialize_with = "json::or_default")]
    pub params: ResourceParams,
    /// Platform time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_time: Option<WireTime>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The `params` of a [`ResourceAnswer`].
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct ResourceParams {
    /// For `feature_list`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<Vec<Feature>>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Something that the platform offers to a printer.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)] // the guide gives names and samples only
pub struct Feature {
    #[serde(default, deserialize_with = "json::or_default")]
    pub feature_code: String,
    #[serde(default, deserialize_with = "json::or_default")]
    pub feature_name: String,
    /// `normal` or `ai` were seen.
    #[serde(default, deserialize_with = "json::or_default")]
    pub feature_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub biz_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub biz_name: Option<String>,
    #[serde(flatten)]
    pub extra: Extra,
}
