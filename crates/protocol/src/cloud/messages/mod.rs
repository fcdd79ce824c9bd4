//! The eleven messages of section 7, the two presence events of section 8 and the callback wrapper of section 5.
//!
//! Every body is read leniently and written as the guide shows it, because the app and the simulated world share these
//! types: unknown fields stay in `extra`, unknown literals stay texts, a missing field is `None` (rule C-11).
//! Deliberately absent: what a message means for a job; that is [`crate::cloud::status`] and the engine.

pub mod ack;
pub mod callback;
pub mod down;
pub mod known;
pub mod presence;
pub mod pull;
pub mod state;
pub mod time;

pub use ack::{ControlAck, PrintAck, PullAck, Report, Spelling, UpgradeAck};
pub use callback::Callback;
pub use down::{ControlCommand, Feature, PrintDelivery, Resource, ResourceAnswer, UpgradeTask};
pub use known::{Known, KnownState};
pub use presence::{Presence, PresenceData};
pub use pull::{Pull, PullParams};
pub use state::{DeviceEvent, Firmware, StateReport};
pub use time::WireTime;

use super::json::{self, DecodeError, Extra};
use super::topic::Tail;
use serde_json::{Map, Value};

/// Any message, by its tail.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// Section 7.1.
    State(Box<StateReport>),
    /// Section 7.2.
    PrintAck(PrintAck),
    /// Section 7.3.
    UpgradeAck(UpgradeAck),
    /// Section 7.4.
    ControlAck(ControlAck),
    /// Section 7.5.
    Event(DeviceEvent),
    /// Section 7.6.
    Pull(Pull),
    /// Section 7.7.
    Print(PrintDelivery),
    /// Section 7.8.
    Upgrade(UpgradeTask),
    /// Section 7.9.
    Control(ControlCommand),
    /// Section 7.10.
    PullAck(PullAck),
    /// Section 7.11.
    Resource(ResourceAnswer),
    /// A tail that the guide does not list.
    Other {
        /// The tail as it came.
        tail: String,
        /// The object as it came.
        fields: Extra,
    },
}

impl Message {
    /// Reads the payload of a topic with this tail, within the limits of promise MQ-4.
    pub fn decode(tail: &Tail, payload: &[u8]) -> Result<Self, DecodeError> {
        Self::from_object(tail, json::object(payload)?)
    }

    /// As [`Message::decode`], from an object that is within the limits already.
    pub fn from_object(tail: &Tail, map: Map<String, Value>) -> Result<Self, DecodeError> {
        Ok(match tail {
            Tail::State => Self::State(json::typed(map)?),
            Tail::PrintAck => Self::PrintAck(json::typed(map)?),
            Tail::UpgradeAck => Self::UpgradeAck(json::typed(map)?),
            Tail::ControlAck => Self::ControlAck(json::typed(map)?),
            Tail::Event => Self::Event(json::typed(map)?),
            Tail::Pull => Self::Pull(json::typed(map)?),
            Tail::Print => Self::Print(json::typed(map)?),
            Tail::Upgrade => Self::Upgrade(json::typed(map)?),
            Tail::Control => Self::Control(json::typed(map)?),
            Tail::PullAck => Self::PullAck(json::typed(map)?),
            Tail::Resource => Self::Resource(json::typed(map)?),
            Tail::Other(tail) => Self::Other { tail: tail.clone(), fields: map },
        })
    }

    /// The payload as it goes on the wire.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::State(body) => json::bytes(body),
            Self::PrintAck(body) => json::bytes(body),
            Self::UpgradeAck(body) => json::bytes(body),
            Self::ControlAck(body) => json::bytes(body),
            Self::Event(body) => json::bytes(body),
            Self::Pull(body) => json::bytes(body),
            Self::Print(body) => json::bytes(body),
            Self::Upgrade(body) => json::bytes(body),
            Self::Control(body) => json::bytes(body),
            Self::PullAck(body) => json::bytes(body),
            Self::Resource(body) => json::bytes(body),
            Self::Other { fields, .. } => json::bytes(fields),
        }
    }

    /// The tail that it belongs to.
    pub fn tail(&self) -> Tail {
        match self {
            Self::State(_) => Tail::State,
            Self::PrintAck(_) => Tail::PrintAck,
            Self::UpgradeAck(_) => Tail::UpgradeAck,
            Self::ControlAck(_) => Tail::ControlAck,
            Self::Event(_) => Tail::Event,
            Self::Pull(_) => Tail::Pull,
            Self::Print(_) => Tail::Print,
            Self::Upgrade(_) => Tail::Upgrade,
            Self::Control(_) => Tail::Control,
            Self::PullAck(_) => Tail::PullAck,
            Self::Resource(_) => Tail::Resource,
            Self::Other { tail, .. } => Tail::parse(tail),
        }
    }

    /// The message's own id, when it has one that is not empty. Opaque: never parse it.
    pub fn msg_id(&self) -> Option<&str> {
        let id = match self {
            Self::State(body) => body.msg_id.as_deref(),
            Self::PrintAck(body) => body.msg_id.as_deref(),
            Self::UpgradeAck(body) => body.msg_id.as_deref(),
            Self::ControlAck(body) => body.msg_id.as_deref(),
            Self::Event(body) => body.msg_id.as_deref(),
            Self::Pull(body) => body.msg_id.as_deref(),
            Self::Print(body) => body.msg_id.as_deref(),
            Self::Upgrade(body) => body.msg_id.as_deref(),
            Self::Control(body) => body.msg_id.as_deref(),
            Self::PullAck(body) => body.msg_id.as_deref(),
            Self::Resource(body) => body.msg_id.as_deref(),
            Self::Other { fields, .. } => fields.get("msgId").and_then(Value::as_str),
        };
        id.filter(|id| !id.is_empty())
    }

    /// When the sender says that it wrote the message (`ts` or `dateTime`).
    pub fn time(&self) -> Option<WireTime> {
        match self {
            Self::State(body) => body.ts,
            Self::PrintAck(body) => body.ts,
            Self::UpgradeAck(body) => body.ts,
            Self::ControlAck(body) => body.ts,
            Self::Event(body) => body.ts,
            Self::Pull(body) => body.ts,
            Self::Print(body) => body.date_time,
            Self::Upgrade(body) => body.date_time,
            Self::Control(body) => body.date_time,
            Self::PullAck(body) => body.date_time,
            Self::Resource(body) => body.date_time,
            Self::Other { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests;
