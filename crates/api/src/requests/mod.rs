//! What comes in. Unknown fields are refused with their path, so a misspelt one is never ignored.

mod nearby;
mod setup;
mod strip;

pub use nearby::{AddDevice, AskDevice, DeviceRequest, GattFrames, GattPlace, GattWrite, ReplayTrace};
pub use setup::{ReadLabel, SetupAnswer, StartSetup};
pub use strip::StripAnswer;

use platen_model::{PageOptions, Secret};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// No parameters.
#[derive(Clone, Debug, Default, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A printer by serial number.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrinterRequest {
    /// Serial number.
    pub sn: String,
}

/// `printer.state`.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StateRequest {
    /// Serial number.
    pub sn: String,
    /// Ask the platform now instead of answering with what is known. Default true.
    #[serde(default = "yes")]
    #[ts(optional, as = "Option<bool>")]
    pub refresh: bool,
}

fn yes() -> bool {
    true
}

/// `printer.bind`.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BindRequest {
    /// Serial number.
    pub sn: String,
    /// Verification code from the printer's paper.
    #[serde(default)]
    #[ts(optional)]
    pub code: Option<String>,
    /// What the user calls it.
    #[serde(default)]
    #[ts(optional)]
    pub name: Option<String>,
    /// Catalogue id of its model.
    #[serde(default)]
    #[ts(optional)]
    pub model: Option<String>,
}

/// `printer.change`.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangePrinter {
    /// Serial number.
    pub sn: String,
    /// A new name.
    #[serde(default)]
    #[ts(optional)]
    pub name: Option<String>,
    /// Another model.
    #[serde(default)]
    #[ts(optional)]
    pub model: Option<String>,
}

/// `printer.read-code`.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadCode {
    /// Text of a QR code or label, at most 2 KiB.
    pub text: String,
}

/// `printer.control`.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ControlRequest {
    /// Serial number.
    pub sn: String,
    /// The command's literal, for example `reboot`.
    pub command: String,
}

/// `document.unlock`: the password is kept in memory until the program ends, never on disk.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UnlockDocument {
    /// Handle of the document.
    pub document: String,
    /// What opens it.
    #[ts(type = "string")]
    pub password: Password,
}

/// `preview.render`.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RenderPreview {
    /// Handle of the document.
    pub document: String,
    /// Serial number of the printer.
    pub printer: String,
    /// How it becomes a page.
    #[serde(default)]
    #[ts(type = "Partial<PageOptions>")]
    pub options: PageOptions,
    /// The first page of paper that is wanted, from 0; 0 when absent.
    #[serde(default)]
    #[ts(optional, as = "Option<u32>")]
    pub first: u32,
    /// At most so many pages, 1–48; 12 when absent.
    #[serde(default)]
    #[ts(optional)]
    pub count: Option<u32>,
}

/// `print.start`.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartPrint {
    /// Handle of the document.
    pub document: String,
    /// Serial number of the printer.
    pub printer: String,
    /// How it becomes a page.
    #[serde(default)]
    #[ts(type = "Partial<PageOptions>")]
    pub options: PageOptions,
    /// The caller's own reference: the same one twice within 7 days gives the same job.
    #[serde(default, rename = "ref")]
    #[ts(optional)]
    pub reference: Option<String>,
}

/// A job by id.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JobRequest {
    /// 32 hexadecimal digits.
    pub job_id: String,
}

/// `job.again`.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrintAgain {
    /// 32 hexadecimal digits.
    pub job_id: String,
    /// What opens its document, after `document_locked`.
    #[serde(default)]
    #[ts(optional, as = "Option<String>")]
    pub password: Option<Password>,
}

/// A password on its way in. It is never shown and never written.
#[derive(Clone, Debug)]
pub struct Password(pub(crate) Secret<String>);

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Secret::new(text)))
    }
}

/// `jobs.list`.
#[derive(Clone, Debug, Default, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListJobs {
    /// Only this printer's.
    #[serde(default)]
    #[ts(optional)]
    pub printer: Option<String>,
    /// At most so many, 1–1000; 200 when absent.
    #[serde(default)]
    #[ts(optional)]
    pub limit: Option<u32>,
}

/// `job.start`.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartJob {
    /// 32 hexadecimal digits.
    pub job_id: String,
    /// True: it begins as soon as its printer is met, whenever that is; also now. False: not by itself once it has had
    /// to wait. Default true.
    #[serde(default = "yes")]
    #[ts(optional, as = "Option<bool>")]
    pub by_itself: bool,
}

/// What the user says about an uncertain job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// It is not on paper, or not well: print it again.
    Reprint,
    /// It is on paper.
    Done,
}

/// `job.resolve`.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResolveJob {
    /// 32 hexadecimal digits.
    pub job_id: String,
    /// What the user says.
    pub decision: Decision,
}

/// `settings.change`: absent fields stay as they are.
#[derive(Clone, Debug, Default, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeSettings {
    /// `en`, `zh-CN`, `th`, or empty for the system's.
    #[serde(default)]
    #[ts(optional)]
    pub language: Option<String>,
    /// `light`, `dark`, or empty for the system's.
    #[serde(default)]
    #[ts(optional)]
    pub theme: Option<String>,
    /// Whether jobs behind an uncertain one wait for the decision.
    #[serde(default)]
    #[ts(optional)]
    pub hold_uncertain: Option<bool>,
    /// Hours after which finished documents are deleted, 1–720.
    #[serde(default)]
    #[ts(optional)]
    pub keep_documents_hours: Option<u32>,
}

/// `profile.use`.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UseProfile {
    /// The profile as TOML.
    pub toml: String,
    /// The certificate that `caFile` names, as PEM.
    #[serde(default)]
    #[ts(optional)]
    pub ca: Option<String>,
}

/// What to do to a simulated printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // the names say it
pub enum WorldAct {
    PaperOut,
    LoadPaper,
    Overheat,
    CoolDown,
    BatteryEmpty,
    ChargeBattery,
    GoOffline,
    ComeOnline,
}

/// `world.act`.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ActInWorld {
    /// Serial number of the simulated printer.
    pub sn: String,
    /// What to do to it.
    pub act: WorldAct,
}
