//! The wrapper of the tenant callback (section 5): any message, forwarded over HTTP.
//!
//! Platen itself receives none; the simulated world sends them and a technician's tool may read them. Retry and
//! authentication are rule C-9 and belong to those two.

use super::Message;
use crate::cloud::json::{self, DecodeError, Extra};
use crate::cloud::topic::{Tail, message_type};
use serde::{Deserialize, Serialize};

/// A forwarded message.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Callback {
    /// The tail of the topic, with or without a slash in front (rule C-7).
    #[serde(default, deserialize_with = "json::or_default")]
    pub message_type: String,
    /// Serial number.
    #[serde(default, deserialize_with = "json::or_default")]
    pub device_id: String,
    /// Owner's tenant.
    #[serde(default, deserialize_with = "json::or_default")]
    pub tenant_code: String,
    /// Owner, in the spelling of section 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Owner, in the spelling of section 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// The device's message.
    #[serde(default, deserialize_with = "json::or_default")]
    pub data: Extra,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Callback {
    /// Reads a wrapper within the limits of promise MQ-4.
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        json::typed(json::object(payload)?)
    }

    /// What is inside (rule C-7).
    pub fn tail(&self) -> Tail {
        message_type(&self.message_type)
    }

    /// The message inside.
    pub fn message(&self) -> Result<Message, DecodeError> {
        Message::from_object(&self.tail(), self.data.clone())
    }

    /// The owner: `userName`, else `username` (rule C-8).
    pub fn owner(&self) -> Option<&str> {
        self.user_name.as_deref().or(self.username.as_deref()).filter(|name| !name.is_empty())
    }
}
