//! Online and offline events of the broker, as the platform forwards them (section 8).

use super::time::WireTime;
use crate::cloud::json::{self, DecodeError, Extra};
use serde::{Deserialize, Serialize};

/// A device came or went.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Presence {
    /// `client_connected` or `client_disconnected`.
    #[serde(default, deserialize_with = "json::or_default")]
    pub message_type: String,
    /// Serial number.
    #[serde(default, deserialize_with = "json::or_default")]
    pub device_id: String,
    /// Owner's tenant.
    #[serde(default, deserialize_with = "json::or_default")]
    pub tenant_code: String,
    /// Owner, in the spelling of section 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// Owner, in the spelling of section 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The raw MQTT user name `tenantCode|userName|sn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_username: Option<String>,
    /// What the broker said.
    #[serde(default, deserialize_with = "json::or_default")]
    pub data: PresenceData,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The broker's own record. Its times are in seconds, unlike everything in section 7 (rule C-19).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct PresenceData {
    /// As `messageType`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// `{sn}|0.1`; what follows the bar is not known (rule C-18).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clientid: Option<String>,
    /// The raw MQTT user name, **not** the owner (rule C-8).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Offline only; `normal` was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `ip:port`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peername: Option<String>,
    /// `ip:port` of the broker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sockname: Option<String>,
    /// When it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected_at: Option<WireTime>,
    /// When it went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disconnected_at: Option<WireTime>,
    /// When the event was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<WireTime>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Presence {
    /// `messageType` of a device that came.
    pub const CONNECTED: &'static str = "client_connected";
    /// `messageType` of a device that went.
    pub const DISCONNECTED: &'static str = "client_disconnected";

    /// Reads an event within the limits of promise MQ-4.
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        json::typed(json::object(payload)?)
    }

    /// Came (`true`), went (`false`), or something else.
    pub fn is_online(&self) -> Option<bool> {
        match self.message_type.strip_prefix('/').unwrap_or(&self.message_type) {
            Self::CONNECTED => Some(true),
            Self::DISCONNECTED => Some(false),
            _ => None,
        }
    }

    /// The owner: `userName`, else the top-level `username`, never the one in `data` (rule C-8).
    pub fn owner(&self) -> Option<&str> {
        self.user_name.as_deref().or(self.username.as_deref()).filter(|name| !name.is_empty())
    }

    /// The client id without its suffix: everything from the first bar on is ignored (rule C-18).
    pub fn client_name(&self) -> Option<&str> {
        self.data.clientid.as_deref().map(client_name)
    }
}

/// A broker client id without the part after the first bar (rule C-18).
pub fn client_name(client_id: &str) -> &str {
    client_id.split_once('|').map_or(client_id, |(name, _)| name)
}
