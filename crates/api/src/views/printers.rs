//! Printers going out.

use serde::Serialize;
use std::collections::BTreeMap;
use ts_rs::TS;

/// A bound printer.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PrinterView {
    /// Serial number: its identity.
    pub sn: String,
    /// What the user calls it.
    pub name: String,
    /// Catalogue id of its model.
    pub model: String,
    /// The model's name for people.
    pub model_name: String,
    /// Family of its wire language, for example `escpos`.
    pub family: String,
    /// Head width in dots.
    pub width_dots: u32,
    /// Dots per inch.
    pub dpi: u32,
    /// `proven`, `captured` or `documented`.
    pub support: String,
    /// How it is best reached: `ble`, `lan`, `cloud` or `system`.
    pub channel: String,
    /// Name of the platform profile that it is bound through; empty for one that is reached over Bluetooth.
    pub profile: String,
    /// The Bluetooth device where it was last met, as `nearby.list` names it.
    pub device: Option<String>,
    /// It exists only in the simulated world.
    pub simulated: bool,
    /// `unknown`, `connecting`, `online` or `offline`.
    pub connection: String,
    /// False when messages travel without TLS; the UI shows a badge.
    pub encrypted: bool,
    /// When it was last heard, if ever.
    #[ts(type = "number | null")]
    pub last_heard: Option<i64>,
    /// When it was bound.
    #[ts(type = "number")]
    pub bound_at: i64,
    /// What it reported about itself.
    pub state: PrinterStateView,
    /// What stands in the way of printing, most important first.
    pub problems: Vec<ProblemView>,
    /// Jobs that are not finished.
    pub open_jobs: u32,
    /// True while an uncertain job holds the queue.
    pub held: bool,
}

/// A reported value and how old it is.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Reading<T> {
    /// As reported, never converted.
    pub value: T,
    /// When we received it.
    #[ts(type = "number")]
    pub at: i64,
    /// False for values from before this connection ("last known").
    pub live: bool,
}

/// What a printer reported about itself. Every field is optional: a missing one was never reported.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)] // the field names are the platform's
pub struct PrinterStateView {
    /// Percent.
    pub battery: Option<Reading<f64>>,
    pub charging: Option<Reading<bool>>,
    /// 0 = out, any other value = present (rule C-10).
    pub paper: Option<Reading<f64>>,
    pub paper_type: Option<Reading<String>>,
    pub temperature: Option<Reading<f64>>,
    pub humidity: Option<Reading<f64>>,
    /// Wi-Fi signal, dBm.
    pub rssi: Option<Reading<f64>>,
    /// Cellular signal, dBm.
    pub signal_strength: Option<Reading<f64>>,
    pub network_type: Option<Reading<String>>,
    pub ip_address: Option<Reading<String>>,
    pub print_count: Option<Reading<f64>>,
    /// Active device errors; empty means none.
    pub err_code: Option<Reading<Vec<f64>>>,
    pub firmware: Option<Reading<Vec<FirmwareView>>>,
    /// Everything else, as text, by the platform's name.
    pub more: BTreeMap<String, Reading<String>>,
}

/// One firmware part.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FirmwareView {
    /// `cloud`, `printer`, `bluetooth` or a word of the device.
    pub part: String,
    /// Dotted version.
    pub version: String,
}

/// Something that stands in the way.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProblemView {
    /// `offline`, `device_error`, `bind_again`, `taken_over`, `clock_off`, `refused`, `not_encrypted`, `job_uncertain`, …
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// `error` or `note`.
    pub severity: String,
}

/// How far binding got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum BindStage {
    /// The printer has printed a verification code: call again with it.
    CodeNeeded,
    /// Done.
    Bound,
}

/// The answer to `printer.bind`.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BindView {
    /// The printer's serial number.
    pub sn: String,
    /// How far it got.
    pub stage: BindStage,
    /// The printer, once bound.
    pub printer: Option<PrinterView>,
}

/// What a QR code or label says.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CodeView {
    /// Serial number.
    pub sn: String,
    /// Verification code, when the text holds one.
    pub code: Option<String>,
}

/// The printer's answer to a control command.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ControlView {
    /// The printer's serial number.
    pub sn: String,
    /// The command's literal.
    pub command: String,
    /// Our id of the command.
    pub control_id: String,
    /// The device's own word, for example `confirm`.
    pub status: String,
    /// The device's own text.
    pub detail: String,
}

/// How another person adds the same printer.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ShareView {
    /// The printer's serial number.
    pub sn: String,
    /// The text of the QR code. It holds the serial number only, never a token.
    pub text: String,
    /// Modules on a side of the QR code.
    pub size: u32,
    /// `size × size` characters, row by row: `1` is dark.
    pub modules: String,
}

/// A printer model of the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ModelView {
    /// Catalogue id.
    pub id: String,
    /// For people.
    pub name: String,
    /// Family of its wire language.
    pub family: String,
    /// Head width in dots.
    pub width_dots: u32,
    /// Dots per inch.
    pub dpi: u32,
    /// `proven`, `captured` or `documented`.
    pub support: String,
    /// It has a cutter.
    pub cut: bool,
    /// Bits a dot that it can print, the fewest first.
    pub depths: Vec<u8>,
    /// It prints on both sides.
    pub both_sides: bool,
    /// It is the user's own, from the file in the data folder.
    pub own: bool,
}
