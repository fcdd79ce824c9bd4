//! The simulated world going out.

use serde::Serialize;
use ts_rs::TS;

/// The simulated world: a cloud platform and printers that run here.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WorldView {
    /// It runs.
    pub running: bool,
    /// Its printers.
    pub printers: Vec<WorldPrinterView>,
}

/// A simulated printer.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WorldPrinterView {
    /// Serial number.
    pub sn: String,
    /// Its name on the label.
    pub name: String,
    /// Catalogue id of its model.
    pub model: String,
    /// It prints a verification code when somebody wants to bind it.
    pub wants_code: bool,
    /// The code that is on its paper now.
    pub printed_code: Option<String>,
    /// It is bound to this Platen.
    pub bound: bool,
    /// What is wrong with it on purpose: `paper-out`, `overheated`, `battery-empty`, `offline`.
    pub faults: Vec<String>,
}

/// A sheet that came out of a simulated printer.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SheetView {
    /// The platform's job id.
    pub job_id: String,
    /// Page within the job, from 1.
    pub page: u32,
    /// Blob handle (PNG).
    pub handle: String,
    /// Dots from left to right.
    pub width: u32,
    /// Dots from top to bottom.
    pub height: u32,
    /// SHA-256 of the packed rows, hexadecimal: equals the preview's.
    pub sha256: String,
    /// When it came out.
    #[ts(type = "number")]
    pub at: i64,
}
