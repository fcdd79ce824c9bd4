//! A test strip and a user's own models, going out.

use super::{ErrorView, ModelView, SetupDeviceView};
use serde::Serialize;
use ts_rs::TS;

/// A test strip as it is: what was printed, and what a person is asked about it.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StripView {
    /// Which device.
    pub device: SetupDeviceView,
    /// `printing`, `came-out`, `whole-bars`, `black-on-white`, `adding`, `done` or `given-up`. The three in the middle are
    /// questions: did bars come out, how many of them end in a block, are they black on white.
    pub step: String,
    /// The family whose language was printed last.
    pub family: Option<String>,
    /// The bars of the strip from the top, by their width in dots.
    pub bars: Vec<u32>,
    /// Strips that were printed so far.
    pub strips: u32,
    /// Why it does not go on by itself; `again` tries once more.
    pub error: Option<ErrorView>,
    /// The model, once it is known and kept.
    pub model: Option<ModelView>,
    /// Serial number of the printer, once it was added.
    pub printer: Option<String>,
}

/// The file of a user's own models.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OwnModelsView {
    /// Where it is, or would be.
    pub file: String,
    /// The models that can be used.
    pub models: Vec<ModelView>,
    /// What is wrong with it, a sentence each.
    pub problems: Vec<String>,
}
