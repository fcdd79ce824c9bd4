//! Requests about what is near.

use serde::Deserialize;
use ts_rs::TS;

/// A device that is near.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeviceRequest {
    /// As `nearby.list` names it.
    pub id: String,
}

/// `nearby.add`.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddDevice {
    /// As `nearby.list` names it.
    pub id: String,
    /// Catalogue id of its model; this or `family` is needed when it is not recognised.
    #[serde(default)]
    #[ts(optional)]
    pub model: Option<String>,
    /// Family of its wire language, when no more is known.
    #[serde(default)]
    #[ts(optional)]
    pub family: Option<String>,
    /// What the user calls it.
    #[serde(default)]
    #[ts(optional)]
    pub name: Option<String>,
}

/// `nearby.ask`: a device that is near, or an added printer.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AskDevice {
    /// As `nearby.list` names it.
    #[serde(default)]
    #[ts(optional)]
    pub id: Option<String>,
    /// Serial number of an added printer.
    #[serde(default)]
    #[ts(optional)]
    pub sn: Option<String>,
    /// Catalogue id of its model; this or `family` is needed when it is not recognised.
    #[serde(default)]
    #[ts(optional)]
    pub model: Option<String>,
    /// Family of its wire language, when no more is known.
    #[serde(default)]
    #[ts(optional)]
    pub family: Option<String>,
}

/// `gatt.write`.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GattWrite {
    /// As `nearby.list` names it.
    pub id: String,
    /// UUID of the service; the first with that characteristic when absent.
    #[serde(default)]
    #[ts(optional)]
    pub service: Option<String>,
    /// UUID of the characteristic.
    pub characteristic: String,
    /// Bytes, hexadecimal; spaces are ignored.
    pub hex: String,
    /// Whether the device has to answer.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub confirmed: bool,
}

/// `gatt.read`, `gatt.subscribe`.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GattPlace {
    /// As `nearby.list` names it.
    pub id: String,
    /// UUID of the service; the first with that characteristic when absent.
    #[serde(default)]
    #[ts(optional)]
    pub service: Option<String>,
    /// UUID of the characteristic.
    pub characteristic: String,
}

/// `gatt.frames`.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GattFrames {
    /// As `nearby.list` names it.
    pub id: String,
    /// Only those after this number.
    #[serde(default)]
    #[ts(optional, as = "Option<u32>")]
    pub after: u64,
}

/// `trace.replay`.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplayTrace {
    /// Text of a `.case` file, at most 12 MiB.
    pub text: String,
    /// The family by which it is read, when the file does not say or is wrong.
    #[serde(default)]
    #[ts(optional)]
    pub family: Option<String>,
}
