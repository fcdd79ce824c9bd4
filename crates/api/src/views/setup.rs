//! A set-up, going out: never a code, never a password.

use super::ErrorView;
use serde::Serialize;
use ts_rs::TS;

/// A set-up as it is.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WizardView {
    /// `find`, `connect`, `authorise`, `network`, `password`, `join`, `confirm`, `bind`, `test-print`, `done`, `offline`
    /// or `stopped`.
    pub step: String,
    /// Which printer.
    pub device: Option<SetupDeviceView>,
    /// What stands in the way.
    pub obstacle: Option<ObstacleView>,
    /// Nothing was found for a while: say how to enter set-up mode.
    pub hint: bool,
    /// The code of the label is needed.
    pub wants_code: bool,
    /// What the printer is.
    pub facts: Option<SetupFactsView>,
    /// The networks that it sees; `null` when it cannot list them and the name must be typed in.
    pub networks: Option<Vec<NetworkView>>,
    /// The name of the network that the computer is on, where the system tells it and it is text: what a person would
    /// type in.
    pub computer: Option<String>,
    /// It looks for networks now.
    pub listing: bool,
    /// The network that was chosen.
    pub chosen: Option<ChosenView>,
    /// `sent`, `trying` or `still-trying`.
    pub joining: Option<String>,
    /// How many tries the printer has left, where it counts them.
    pub tries_left: Option<u32>,
    /// How many seconds its button may still be pressed.
    pub press_seconds: Option<u32>,
    /// It has the password.
    pub sent: bool,
    /// It was seen on the network: only then it is a success.
    pub confirmed: bool,
    /// It is bound.
    pub bound: bool,
    /// Where it said that it is.
    pub address: Option<String>,
    /// Its serial number, once known.
    pub serial: Option<String>,
    /// Nothing more will happen.
    pub over: bool,
}

/// The printer of a set-up.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SetupDeviceView {
    /// As `nearby.list` names it.
    pub id: String,
    /// What it calls itself.
    pub name: Option<String>,
}

/// What stands in the way, with the class that scripts rely on.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ObstacleView {
    /// For example `WRONG-CODE` or `REFUSED`.
    pub class: String,
    /// As every other error.
    #[serde(flatten)]
    #[ts(flatten)]
    pub error: ErrorView,
}

/// What a printer told of itself.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SetupFactsView {
    /// Its name.
    pub name: Option<String>,
    /// Its hardware.
    pub hardware: Option<String>,
    /// Its firmware.
    pub firmware: Option<String>,
    /// Whether what is sent to it is encrypted.
    pub encrypted: bool,
    /// It can blink.
    pub can_blink: bool,
}

/// A network that the printer sees.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NetworkView {
    /// Its name for people.
    pub ssid: String,
    /// Its name as it is, in hexadecimal digits.
    pub ssid_hex: String,
    /// Bars, 0 to 4.
    pub signal: u8,
    /// Strength at the printer in dBm.
    pub rssi: Option<i16>,
    /// `open`, `wpa2`, `enterprise`, …
    pub security: String,
    /// It takes no password.
    pub open: bool,
    /// `2.4` and `5`, where the printer says it.
    pub bands: Vec<String>,
    /// `possible`, `doubtful` or `impossible`.
    pub advice: String,
    /// Why it is impossible.
    pub problem: Option<ObstacleView>,
    /// The computer is on it.
    pub saved: bool,
}

/// The network that was chosen.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ChosenView {
    /// Its name for people.
    pub ssid: String,
    /// As in the list.
    pub security: String,
    /// It takes no password.
    pub open: bool,
}

/// What a code says, without what is secret in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LabelView {
    /// `setup`, `wifi`, `enterprise-wifi`, `device`, `address`, `foreign` or `serial`.
    pub kind: String,
    /// The name under which the printer is found.
    pub name: Option<String>,
    /// `ble` or `softap`.
    pub transport: Option<String>,
    /// A network's name.
    pub ssid: Option<String>,
    /// Its protection.
    pub security: Option<String>,
    /// A serial number.
    pub serial: Option<String>,
    /// The host of an address, which is never opened.
    pub host: Option<String>,
    /// Whose code it is: `matter`, `wifi-easy-connect`, `home-kit` or `we-com`.
    pub foreign: Option<String>,
}
