//! What a printer says about itself: the state report (section 7.1) and events (section 7.5).

use super::time::WireTime;
use crate::cloud::json::{self, Extra};
use serde::{Deserialize, Serialize};

/// `up/state`, section 7.1. Every field may be missing; the guide does not say whether a report is whole or a delta
/// (rule C-11). Units are our reading unless the guide states them; nothing is converted (rule C-10).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StateReport {
    /// Id of this message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msg_id: Option<String>,
    /// Device time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ts: Option<WireTime>,
    /// Wi-Fi signal, dBm, negative.
    #[serde(default, deserialize_with = "json::opt_int", skip_serializing_if = "Option::is_none")]
    pub rssi: Option<i64>,
    /// Charge in percent.
    #[serde(default, deserialize_with = "json::opt_int", skip_serializing_if = "Option::is_none")]
    pub battery: Option<i64>,
    /// 0 = out, anything else = present (rule C-10).
    #[serde(default, deserialize_with = "json::opt_int", skip_serializing_if = "Option::is_none")]
    pub paper: Option<i64>,
    /// `roll` was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper_type: Option<String>,
    /// Active errors of the device; empty = none.
    #[serde(default, deserialize_with = "json::opt_ints", skip_serializing_if = "Option::is_none")]
    pub err_code: Option<Vec<i64>>,
    /// Presumably °C.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Presumably percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub humidity: Option<f64>,
    /// Address in its own network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
    /// `AA:BB:CC:DD:EE:FF`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bluetooth_mac: Option<String>,
    /// Cellular id: a text, never a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imei: Option<String>,
    /// SIM id: a text, never a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iccid: Option<String>,
    /// Cellular signal, presumably dBm.
    #[serde(default, deserialize_with = "json::opt_int", skip_serializing_if = "Option::is_none")]
    pub signal_strength: Option<i64>,
    /// `4G` was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_type: Option<String>,
    /// A lifetime counter of something (rule C-10).
    #[serde(default, deserialize_with = "json::opt_int", skip_serializing_if = "Option::is_none")]
    pub print_count: Option<i64>,
    /// Presumably milliseconds.
    #[serde(default, deserialize_with = "json::opt_int", skip_serializing_if = "Option::is_none")]
    pub avg_latency: Option<i64>,
    /// Presumably percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packet_loss_rate: Option<f64>,
    /// On the charger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charging: Option<bool>,
    /// Delay until it sleeps; the unit is not known (rule C-10).
    #[serde(default, deserialize_with = "json::opt_int", skip_serializing_if = "Option::is_none")]
    pub sleep_time: Option<i64>,
    /// One entry a part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware: Option<Vec<Firmware>>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

impl StateReport {
    /// Whether there is paper: 0 is out, any other value is present (rule C-10).
    pub fn has_paper(&self) -> Option<bool> {
        self.paper.map(|value| value != 0)
    }
}

/// A part of the firmware.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Firmware {
    /// `cloud`, `printer`, `bluetooth` were seen.
    #[serde(default, deserialize_with = "json::or_default")]
    pub firmware_type: String,
    /// Dotted.
    #[serde(default, deserialize_with = "json::or_default")]
    pub firmware_version: String,
    /// Its meaning is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nn: Option<String>,
}

/// `up/event`, section 7.5. No job id is carried (rule C-13).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceEvent {
    /// Id of this message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msg_id: Option<String>,
    /// `stop_print` was seen; the list is open.
    #[serde(default, deserialize_with = "json::or_default")]
    pub event_type: String,
    /// Depends on the type.
    #[serde(default, deserialize_with = "json::or_default")]
    pub event_params: Extra,
    /// Device time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ts: Option<WireTime>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

impl DeviceEvent {
    /// The literal of "somebody stopped the print".
    pub const STOP_PRINT: &'static str = "stop_print";

    /// Whether printing was stopped at the device.
    pub fn is_stop_print(&self) -> bool {
        self.event_type == Self::STOP_PRINT
    }

    /// The reason, when one is given.
    pub fn reason(&self) -> Option<&str> {
        self.event_params.get("reason").and_then(serde_json::Value::as_str)
    }
}
