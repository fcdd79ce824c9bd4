//! Topics: `devices/{tenantCode}/{userName}/{sn}` and one of eleven tails (section 6).
//!
//! Source: section 6, rules C-6 and C-7, promises MQ-1 and MQ-2. Levels are checked [`Segment`]s, so a topic can only
//! name one printer. Deliberately absent: wildcards.

use super::profile::{Owner, Profile};
use platen_model::Segment;
use std::fmt;

/// The longest topic that is looked at, in bytes: three levels of 128 and room for the rest.
const MAX_TOPIC_BYTES: usize = 1024;

/// The first level (rule C-6): the guide writes both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum TopicPrefix {
    /// `devices/…`, used everywhere but in one place of the guide.
    #[default]
    Devices,
    /// `device/…`, in the tenant-level filter.
    Device,
}

impl TopicPrefix {
    /// The level.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Devices => "devices",
            Self::Device => "device",
        }
    }

    /// The prefix of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Devices, Self::Device].into_iter().find(|prefix| prefix.name() == name)
    }
}

/// What a message is: the part of the topic after the printer, and the `messageType` of a callback.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tail {
    /// `up/state`, section 7.1.
    State,
    /// `up/print/ack`, section 7.2.
    PrintAck,
    /// `up/upgrade/ack`, section 7.3.
    UpgradeAck,
    /// `up/control/ack`, section 7.4.
    ControlAck,
    /// `up/event`, section 7.5.
    Event,
    /// `up/pull`, section 7.6.
    Pull,
    /// `down/print`, section 7.7.
    Print,
    /// `down/upgrade`, section 7.8.
    Upgrade,
    /// `down/control`, section 7.9.
    Control,
    /// `down/pull/ack`, section 7.10.
    PullAck,
    /// `down/resource`, section 7.11.
    Resource,
    /// Something that the guide does not list, as it came.
    Other(String),
}

impl Tail {
    /// The eleven tails of the guide.
    pub const ALL: [Tail; 11] = [
        Tail::State,
        Tail::PrintAck,
        Tail::UpgradeAck,
        Tail::ControlAck,
        Tail::Event,
        Tail::Pull,
        Tail::Print,
        Tail::Upgrade,
        Tail::Control,
        Tail::PullAck,
        Tail::Resource,
    ];

    /// The tail without a slash in front.
    pub fn as_str(&self) -> &str {
        match self {
            Self::State => "up/state",
            Self::PrintAck => "up/print/ack",
            Self::UpgradeAck => "up/upgrade/ack",
            Self::ControlAck => "up/control/ack",
            Self::Event => "up/event",
            Self::Pull => "up/pull",
            Self::Print => "down/print",
            Self::Upgrade => "down/upgrade",
            Self::Control => "down/control",
            Self::PullAck => "down/pull/ack",
            Self::Resource => "down/resource",
            Self::Other(text) => text,
        }
    }

    /// Reads a tail without a slash in front.
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|tail| tail.as_str() == text).unwrap_or_else(|| Self::Other(text.to_owned()))
    }

    /// From the printer to the platform.
    pub fn is_up(&self) -> bool {
        self.as_str().starts_with("up/")
    }
}

impl fmt::Display for Tail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Reads the `messageType` of a callback: at most one leading slash is dropped (rule C-7).
pub fn message_type(text: &str) -> Tail {
    Tail::parse(text.strip_prefix('/').unwrap_or(text))
}

/// A topic of one printer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic {
    /// First level.
    pub prefix: TopicPrefix,
    /// Second level.
    pub tenant: Segment,
    /// Third level.
    pub user: Segment,
    /// Fourth level.
    pub sn: Segment,
    /// The rest.
    pub tail: Tail,
}

/// A topic that is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    /// Longer than any topic of ours.
    #[error("the topic is too long")]
    TooLong,
    /// Begins with neither `devices` nor `device`.
    #[error("the topic does not begin with devices or device")]
    Prefix,
    /// Has fewer levels than a topic of ours.
    #[error("the topic has too few levels")]
    TooShort,
    /// A level that no name of ours can be (promise MQ-1).
    #[error("the topic has a level that is not allowed")]
    Level,
}

impl Topic {
    /// The topic of a printer.
    pub fn new(prefix: TopicPrefix, owner: &Owner, sn: &Segment, tail: Tail) -> Self {
        Self { prefix, tenant: owner.tenant_code.clone(), user: owner.user_name.clone(), sn: sn.clone(), tail }
    }

    /// Reads a topic under either prefix (rule C-6). Every level is checked, those of an unknown tail too.
    pub fn parse(text: &str) -> Result<Self, TopicError> {
        if text.len() > MAX_TOPIC_BYTES {
            return Err(TopicError::TooLong);
        }
        let mut levels = text.splitn(5, '/');
        let prefix = levels.next().and_then(TopicPrefix::from_name).ok_or(TopicError::Prefix)?;
        let mut level = || Segment::new(levels.next().ok_or(TopicError::TooShort)?).map_err(|_| TopicError::Level);
        let (tenant, user, sn) = (level()?, level()?, level()?);
        let tail = levels.next().ok_or(TopicError::TooShort)?;
        if tail.split('/').any(|level| Segment::new(level).is_err()) {
            return Err(TopicError::Level);
        }
        Ok(Self { prefix, tenant, user, sn, tail: Tail::parse(tail) })
    }

    /// Tenant and user.
    pub fn owner(&self) -> Owner {
        Owner { tenant_code: self.tenant.clone(), user_name: self.user.clone() }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}/{}/{}/{}", self.prefix.name(), self.tenant, self.user, self.sn, self.tail)
    }
}

/// The exact topics of one printer that the app listens to: the four of section 3.2 and `up/event` (promise MQ-2).
pub fn topics(profile: &Profile, owner: &Owner, sn: &Segment) -> [Topic; 5] {
    [Tail::State, Tail::PrintAck, Tail::UpgradeAck, Tail::ControlAck, Tail::Event]
        .map(|tail| Topic::new(profile.mqtt.prefix, owner, sn, tail))
}

/// [`topics`] as they go into a subscription; there is no wildcard in them.
pub fn filters(profile: &Profile, owner: &Owner, sn: &Segment) -> Vec<String> {
    topics(profile, owner, sn).iter().map(Topic::to_string).collect()
}

#[cfg(test)]
mod tests;
