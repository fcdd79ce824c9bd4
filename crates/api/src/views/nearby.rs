//! What is near, going out: devices, their readings, their attribute tables and frames.

use super::{ErrorView, ProblemView};
use serde::Serialize;
use ts_rs::TS;

/// What is near now.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NearbyView {
    /// Whether Bluetooth can be used.
    pub bluetooth: BluetoothView,
    /// Somebody searches now.
    pub scanning: bool,
    /// Printers and devices that want to be set up first, then by signal.
    pub devices: Vec<DeviceView>,
    /// Why a printer may be missing here, the most likely cause first.
    pub advice: Vec<ProblemView>,
}

/// Bluetooth of this machine.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BluetoothView {
    /// `on`, `off`, `denied`, `none` or `unknown`.
    pub state: String,
    /// What is in the way.
    pub fault: Option<ErrorView>,
}

/// A device that is near.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DeviceView {
    /// How calls name it while it is near. Not its identity.
    pub id: String,
    /// What it calls itself; cheap devices often say nothing.
    pub name: Option<String>,
    /// `ble` or `usb`.
    pub channel: String,
    /// Family of its wire language, when all candidates agree.
    pub family: Option<String>,
    /// Catalogue id, when only one model fits.
    pub model: Option<String>,
    /// That model's name for people.
    pub model_name: Option<String>,
    /// Models that fit.
    pub candidates: Vec<CandidateView>,
    /// Several models fit and a person, or the printer's own answer, has to decide.
    pub ambiguous: bool,
    /// Smoothed, in dBm.
    pub rssi: Option<i16>,
    /// Bars, 0 to 4.
    pub signal: u8,
    /// Since it was last heard.
    pub age_seconds: u32,
    /// Whether it wants to be set up.
    pub setup: SetupView,
    /// Serial number of the added printer that was here the last time.
    pub added: Option<String>,
    /// It exists only in the simulated world.
    pub simulated: bool,
}

/// A model that a device may be.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CandidateView {
    /// Catalogue id.
    pub id: String,
    /// For people.
    pub name: String,
    /// Family of its wire language.
    pub family: String,
}

/// Set-up as a device offers it.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SetupView {
    /// `none`, `perhaps` (a cable), `new`, `authorise` (press its button), `ready`, `busy` or `done`.
    pub state: String,
    /// `improv` or `esp`.
    pub kind: Option<String>,
    /// `nearby.blink` would do something.
    pub can_blink: bool,
}

/// What a printer told about itself just now. A missing value was not told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReadingsView {
    /// Percent.
    pub battery: Option<u8>,
    /// On the charger.
    pub charging: Option<bool>,
    /// Paper is there.
    pub paper: Option<bool>,
    /// The cover is open.
    pub cover_open: Option<bool>,
    /// °C.
    pub temperature: Option<i16>,
    /// Too hot to print.
    pub overheated: Option<bool>,
    /// Printing or feeding.
    pub busy: Option<bool>,
    /// Its identity.
    pub serial: Option<String>,
    /// Firmware version.
    pub firmware: Option<String>,
    /// Hardware version.
    pub hardware: Option<String>,
    /// The maker's number or name of the model.
    pub model: Option<String>,
    /// Pages printed since some beginning.
    pub counter: Option<u32>,
    /// Its own error code.
    pub error: Option<String>,
}

/// A device's attribute table.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TreeView {
    /// Which device.
    pub id: String,
    /// In the device's own order.
    pub services: Vec<ServiceView>,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ServiceView {
    /// Short where it has a short form.
    pub uuid: String,
    /// Its characteristics.
    pub characteristics: Vec<CharacteristicView>,
}

/// A characteristic.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CharacteristicView {
    /// Short where it has a short form.
    pub uuid: String,
    /// `read`, `write`, `write-without-response`, `notify`, `indicate`.
    pub properties: Vec<String>,
    /// What the device says it is for.
    pub description: Option<String>,
}

/// What went over the links of a device.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FramesView {
    /// `gatt.open` holds a link.
    pub open: bool,
    /// A recording runs.
    pub recording: bool,
    /// The oldest first.
    pub frames: Vec<FrameView>,
}

/// Something that went over a link.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FrameView {
    /// Grows by one; `gatt.frames` gives those after a number.
    #[ts(type = "number")]
    pub seq: u64,
    /// When.
    #[ts(type = "number")]
    pub at: i64,
    /// `down` to the device, `up` from it.
    pub direction: String,
    /// `write`, `write!` (answered), `read`, `subscribe`, `ok`, `value`, `notify`, `refused`, `lost`, …
    pub kind: String,
    /// `service/characteristic`.
    pub place: Option<String>,
    /// Hexadecimal; absent when it is not kept (set-up).
    pub hex: Option<String>,
    /// Bytes.
    pub size: u32,
    /// What the family reads in it.
    pub named: Vec<NamedView>,
}

/// A command or answer within a frame.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NamedView {
    /// Where it begins, in bytes.
    pub offset: u32,
    /// A stable word, for example `raster`.
    pub name: String,
    /// Its values, for a person.
    pub text: String,
}

/// The answer of a raw request.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ValueView {
    /// What was read, hexadecimal.
    pub hex: Option<String>,
}

/// A recording that has ended.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TraceView {
    /// Blob handle of the `.case` file.
    pub trace: String,
    /// How many steps it has.
    pub steps: u32,
}

/// A recording with its meaning.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReplayView {
    /// The family by which it was read.
    pub family: Option<String>,
    /// Everything that happened.
    pub frames: Vec<ReplayFrameView>,
    /// What came out of the printer, when it holds a print.
    pub pages: Vec<ReplayPageView>,
    /// Why the writes make no paper.
    pub problem: Option<String>,
}

/// A step of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReplayFrameView {
    /// Its line in the file.
    pub line: u32,
    /// `down` to the device, `up` from it.
    pub direction: String,
    /// What the file says.
    pub text: String,
    /// What the family reads in it.
    pub named: Vec<NamedView>,
}

/// A page of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReplayPageView {
    /// Dots from left to right.
    pub width: u32,
    /// Dots from top to bottom.
    pub height: u32,
    /// SHA-256 of the packed rows, hexadecimal: the same as a preview's.
    pub sha256: String,
}
