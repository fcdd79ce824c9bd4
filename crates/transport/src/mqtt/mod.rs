//! MQTT: one connection to one broker that looks after itself.
//!
//! Source: MQ-3, MQ-6 to MQ-10; measurements M6 to M10; rule C-5. MQTT 5 first, 3.1.1 where the broker has no 5; resubscribed after every connect
//! (M7); a message is acknowledged to the broker only when the caller says so (MQ-6); a message that breaks the connection again and again costs one
//! clean session and not the link (M8).
//!
//! ```text
//! MqttLink::open ─▶ Connecting ─▶ Connected ─▶ Ready ─▶ Message …       Ready is the only moment to show "connected" (MQ-7)
//!                       ▲                                  │
//!                       └──── waits retry_in ◀── Lost ◀────┘            Stopped: nothing happens any more without a person
//! ```
//!
//! Deliberately absent: topics and messages of any system, conflating of states and de-duplication (the engine's), QoS 2 (nobody here uses it).

mod backoff;
mod connection;
mod link;
mod outbox;
mod run;
mod wire;

pub use link::MqttLink;

use bytes::Bytes;
use platen_model::{Fault, Retry, Secret};
use std::time::Duration;

/// The largest message that is taken or sent, in bytes (Appendix B; MQ-3).
pub const MESSAGE_LIMIT: usize = 256 * 1024;

/// A version of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MqttVersion {
    /// MQTT 5.
    V5,
    /// MQTT 3.1.1.
    V311,
}

impl MqttVersion {
    /// The version of that name, as profiles write it.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "5" | "5.0" => Some(Self::V5),
            "3.1.1" => Some(Self::V311),
            _ => None,
        }
    }

    /// As profiles write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V5 => "5",
            Self::V311 => "3.1.1",
        }
    }
}

/// How surely a message arrives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Qos {
    /// QoS 0.
    AtMostOnce,
    /// QoS 1.
    #[default]
    AtLeastOnce,
}

impl Qos {
    /// The level of that number; 2 is treated as 1.
    pub const fn from_number(number: u8) -> Self {
        match number {
            0 => Self::AtMostOnce,
            _ => Self::AtLeastOnce,
        }
    }
}

/// What a profile says about its broker.
#[derive(Clone, Debug)]
pub struct MqttConfig {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Encrypted.
    pub tls: bool,
    /// The profile's own certificate authority, PEM; the system's roots when absent.
    pub ca_pem: Option<String>,
    /// Without encryption to another machine.
    pub allow_plaintext: bool,
    /// Versions to try, in this order; both when empty.
    pub versions: Vec<MqttVersion>,
    /// Unique to this installation (MQ-10).
    pub client_id: String,
    /// User name.
    pub username: String,
    /// Password or token.
    pub password: Secret<String>,
    /// For the subscriptions.
    pub qos: Qos,
    /// Bounded to 5 s at least. A silent broker is noticed within twice this time.
    pub keep_alive: Duration,
    /// Whether the first connect forgets what the broker kept. Later ones never do, so that nothing is missed on a short break.
    pub clean_start: bool,
    /// How long the broker keeps the session without a connection.
    pub session_expiry: Duration,
    /// Exact topics or filters to subscribe to. Messages that match none of them are dropped (MQ-2).
    pub filters: Vec<String>,
}

/// Why a connection ended or could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LostReason {
    /// User name or password refused: get a new token, then [`MqttLink::set_password`] and [`MqttLink::wake`].
    BadCredentials,
    /// Known, but not allowed to connect or to subscribe.
    NotAuthorised,
    /// The broker refuses for another reason.
    Refused,
    /// The broker speaks none of the wanted versions.
    UnsupportedVersion,
    /// The broker is busy or shutting down.
    Unavailable,
    /// No connection, or it broke.
    Network,
    /// The broker did not answer in time.
    Silent,
    /// Another program with the same client id has taken the session.
    TakenOver,
    /// Something arrived that cannot be read.
    Malformed,
    /// The same unreadable thing arrived three times: the next connect starts with a clean session (M8). Messages may be missing.
    Poison,
    /// The broker's certificate was refused.
    Certificate,
    /// Not encrypted, and neither this machine nor allowed.
    Plaintext,
    /// The settings cannot work.
    Misconfigured,
    /// We were asked to end or renew the connection.
    Asked,
}

impl LostReason {
    /// The same as it is told at the edge.
    pub fn fault(self) -> Fault {
        let fault = |code, message: &str, remedy: &str| Fault::new(code, message, remedy);
        match self {
            Self::BadCredentials | Self::NotAuthorised => {
                fault("broker_refused_login", "The cloud refused this printer's binding.", "Bind the printer again.")
            }
            Self::Refused | Self::UnsupportedVersion | Self::Misconfigured => {
                fault("broker_refused", "The cloud's message service refused the connection.", "Check the profile.")
            }
            Self::Unavailable | Self::Network | Self::Silent | Self::Malformed | Self::Asked => fault(
                "broker_unreachable",
                "The cloud's message service cannot be reached just now.",
                "Check the network; Platen keeps trying.",
            )
            .with_retry(Retry::Later),
            Self::Poison => fault(
                "broker_session_reset",
                "The cloud sent a message that cannot be read, again and again; it was skipped.",
                "Nothing to do; messages from the last minutes may be missing.",
            )
            .with_retry(Retry::Later),
            Self::TakenOver => fault(
                "broker_taken_over",
                "Another program is connected in place of this one.",
                "Close the other copy of Platen, then connect again.",
            ),
            Self::Certificate => fault(
                "broker_certificate",
                "The certificate of the cloud's message service was refused.",
                "Check this device's clock and the profile's certificate authority.",
            ),
            Self::Plaintext => fault(
                "broker_not_encrypted",
                "The profile asks for an unencrypted connection to another machine.",
                "Use TLS, or allow it in the profile.",
            ),
        }
    }
}

/// What [`MqttLink::acknowledge`] needs to know about a message. It holds for the connection on which the message came; afterwards the broker sends
/// the message again, and an old handle does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AckHandle {
    pub(crate) connection: u64,
    /// 0 for messages that need no acknowledgement.
    pub(crate) packet: u16,
}

/// What happens on a link.
#[derive(Clone, Debug)]
pub enum MqttEvent {
    /// A connection is being made.
    Connecting,
    /// The broker took us in. Not yet the moment to show "connected".
    Connected {
        /// In this version.
        version: MqttVersion,
        /// The broker remembers us.
        session_present: bool,
        /// With TLS.
        encrypted: bool,
    },
    /// Every filter is subscribed.
    Ready {
        /// The broker had forgotten us: messages may have been missed, fetch state and open jobs (MQ-7).
        fresh: bool,
    },
    /// A message.
    Message {
        /// Its topic.
        topic: String,
        /// Its content, at most [`MESSAGE_LIMIT`] bytes.
        payload: Bytes,
        /// Kept by the broker from earlier: "last known", never live (MQ-11).
        retained: bool,
        /// For [`MqttLink::acknowledge`].
        ack: AckHandle,
    },
    /// The connection ended; another try follows.
    Lost {
        /// Why.
        reason: LostReason,
        /// When the next try begins, from now.
        retry_in: Duration,
    },
    /// Over: a person must do something, or we were closed.
    Stopped {
        /// Why.
        reason: LostReason,
    },
}
