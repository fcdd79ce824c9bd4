//! The fence around rumqttc: both protocol versions as one [`Wire`], its errors as typed [`Failure`]s.
//!
//! Facts about rumqttc 0.25 that shape this file (read in its source, some measured): it never resubscribes (M7); its 3.1.1 default limit of 10 KiB
//! livelocks a persistent session (M8); setters panic on an empty client id without a clean session and on keep-alives under 5 s; its MQTT 5
//! reader waits for ever on the two-byte refusal of an MQTT 3.1.1 broker; a server keep-alive of 0 would make it ping without pause. One event loop
//! serves one connection here, so no state outlives it.

use super::{LostReason, MESSAGE_LIMIT, MqttConfig, MqttVersion, Qos};
use crate::host::is_loopback;
use crate::tls::{client_config, is_certificate};
use bytes::Bytes;
use rumqttc::v5::mqttbytes::v5 as packets5;
use rumqttc::{TlsConfiguration, Transport, v5};
use std::time::Duration;

/// Library limit on 3.1.1; larger messages cannot be skipped, only the session can (MQ-3).
const LARGEST_311: usize = 16 * 1024 * 1024;
/// How many messages the broker may send before we acknowledge.
const UNACKNOWLEDGED: u16 = 100;
/// How many of our messages may be under way.
pub(super) const WINDOW: u16 = 32;
/// More than the window, so that packet ids never collide.
const INFLIGHT: u16 = 64;
const REQUESTS: usize = 256;
const CONNECT_SECONDS: u64 = 10;

/// Something unreadable, by kind: the same kind three times is poison (M8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Poison {
    TooLarge,
    Unreadable,
    OutOfPlace,
    Panicked,
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) reason: LostReason,
    pub(super) poison: Option<Poison>,
    /// Before the connection was made this may mean that the broker does not speak the version.
    pub(super) version_suspect: bool,
}

impl Failure {
    pub(super) const fn of(reason: LostReason) -> Self {
        Self { reason, poison: None, version_suspect: false }
    }

    const fn suspect(reason: LostReason) -> Self {
        Self { reason, poison: None, version_suspect: true }
    }

    pub(super) const fn poison(kind: Poison) -> Self {
        Self { reason: LostReason::Malformed, poison: Some(kind), version_suspect: true }
    }
}

/// What can be decided before the first connect.
pub(super) struct Plan {
    transport: Transport,
    host: String,
    keep_alive: Duration,
    pub(super) encrypted: bool,
}

impl Plan {
    pub(super) fn of(config: &MqttConfig) -> Result<Self, LostReason> {
        if config.client_id.is_empty() || config.host.is_empty() {
            return Err(LostReason::Misconfigured);
        }
        if config.filters.iter().any(|filter| filter.contains('\0') || !rumqttc::valid_filter(filter)) {
            return Err(LostReason::Misconfigured);
        }
        if !config.tls && !config.allow_plaintext && !is_loopback(&config.host) {
            return Err(LostReason::Plaintext);
        }
        let transport = if config.tls {
            let tls = client_config(config.ca_pem.as_deref()).map_err(|error| {
                tracing::error!(%error, "the link's TLS cannot be set up");
                LostReason::Misconfigured
            })?;
            Transport::tls_with_config(TlsConfiguration::from(tls))
        } else {
            Transport::tcp()
        };
        // The library joins host and port with a colon.
        let bare_v6 = config.host.contains(':') && !config.host.starts_with('[') && !config.tls;
        let host = if bare_v6 { format!("[{}]", config.host) } else { config.host.clone() };
        let seconds = config.keep_alive.as_secs().clamp(5, u64::from(u16::MAX));
        Ok(Self { transport, host, keep_alive: Duration::from_secs(seconds), encrypted: config.tls })
    }

    pub(super) const fn keep_alive(&self) -> Duration {
        self.keep_alive
    }
}

/// What comes from the wire.
#[derive(Debug)]
pub(super) enum FromWire {
    /// `largest` is the largest packet that the broker takes.
    Accepted {
        session_present: bool,
        receive_maximum: u16,
        largest: usize,
    },
    Subscribed {
        granted: usize,
        refused: bool,
    },
    Message {
        topic: Option<String>,
        payload: Bytes,
        retained: bool,
        packet: u16,
    },
    /// One of our messages was written; 0 for QoS 0.
    Written(u16),
    Confirmed {
        packet: u16,
        refused: bool,
    },
    /// Our goodbye was written.
    SaidGoodbye,
    Alive,
}

/// One connection.
pub(super) enum Wire {
    V5(Box<v5::EventLoop>),
    V311(Box<rumqttc::EventLoop>),
}

/// The writing side of a connection. Nothing here waits: what does not fit is tried again later.
#[derive(Clone)]
pub(super) enum Writer {
    V5(v5::AsyncClient),
    V311(rumqttc::AsyncClient),
}

impl Wire {
    pub(super) fn open(config: &MqttConfig, plan: &Plan, version: MqttVersion, clean: bool) -> (Writer, Self) {
        match version {
            MqttVersion::V5 => {
                let (client, events) = v5::AsyncClient::new(options5(config, plan, clean), REQUESTS);
                (Writer::V5(client), Self::V5(Box::new(events)))
            }
            MqttVersion::V311 => {
                let (client, mut events) = rumqttc::AsyncClient::new(options311(config, plan, clean), REQUESTS);
                let mut network = events.network_options();
                network.set_connection_timeout(CONNECT_SECONDS);
                network.set_tcp_nodelay(true);
                events.set_network_options(network);
                (Writer::V311(client), Self::V311(Box::new(events)))
            }
        }
    }

    /// The next thing from the wire. Must be polled to its end: dropped half-way it may lose what it was about to write.
    pub(super) async fn next(&mut self) -> Result<FromWire, Failure> {
        match self {
            Self::V5(events) => match events.poll().await {
                Ok(event) => Ok(read5(event)),
                Err(error) => Err(failure5(error)),
            },
            Self::V311(events) => match events.poll().await {
                Ok(event) => Ok(read311(event)),
                Err(error) => Err(failure311(error)),
            },
        }
    }

    /// Undoes a server keep-alive that the library cannot live with.
    pub(super) fn settle(&mut self, plan: &Plan) {
        if let Self::V5(events) = self
            && events.options.keep_alive() < Duration::from_secs(1)
        {
            events.options.set_keep_alive(plan.keep_alive);
        }
    }
}

fn options5(config: &MqttConfig, plan: &Plan, clean: bool) -> v5::MqttOptions {
    let mut options = v5::MqttOptions::new(&config.client_id, &plan.host, config.port);
    options.set_transport(plan.transport.clone());
    options.set_keep_alive(plan.keep_alive);
    options.set_clean_start(clean);
    options.set_credentials(&config.username, config.password.reveal());
    options.set_manual_acks(true);
    options.set_connection_timeout(CONNECT_SECONDS);
    options.set_outgoing_inflight_upper_limit(INFLIGHT);
    options.set_session_expiry_interval(Some(u32::try_from(config.session_expiry.as_secs()).unwrap_or(u32::MAX)));
    options.set_max_packet_size(u32::try_from(MESSAGE_LIMIT).ok());
    options.set_receive_maximum(Some(UNACKNOWLEDGED));
    let mut network = rumqttc::NetworkOptions::new();
    network.set_tcp_nodelay(true);
    options.set_network_options(network);
    options
}

fn options311(config: &MqttConfig, plan: &Plan, clean: bool) -> rumqttc::MqttOptions {
    let mut options = rumqttc::MqttOptions::new(&config.client_id, &plan.host, config.port);
    options.set_transport(plan.transport.clone());
    options.set_keep_alive(plan.keep_alive);
    options.set_clean_session(clean);
    options.set_credentials(&config.username, config.password.reveal());
    options.set_manual_acks(true);
    options.set_inflight(INFLIGHT);
    options.set_max_packet_size(LARGEST_311, LARGEST_311);
    options
}

/// The library's queue is full, or a name is not valid.
#[derive(Debug)]
pub(super) struct NotNow;

impl Writer {
    pub(super) fn subscribe(&self, filters: &[String], qos: Qos) -> Result<(), NotNow> {
        match self {
            Self::V5(client) => {
                let filters = filters.iter().map(|filter| {
                    let mut filter = packets5::Filter::new(filter, qos5(qos));
                    // A renewed subscription brings no retained message that we have seen.
                    filter.retain_forward_rule = packets5::RetainForwardRule::OnNewSubscribe;
                    filter
                });
                client.try_subscribe_many(filters).map_err(|_| NotNow)
            }
            Self::V311(client) => {
                let filters = filters.iter().map(|filter| rumqttc::SubscribeFilter::new(filter.clone(), qos311(qos)));
                client.try_subscribe_many(filters).map_err(|_| NotNow)
            }
        }
    }

    pub(super) fn publish(&self, topic: &str, payload: &Bytes, qos: Qos) -> Result<(), NotNow> {
        match self {
            Self::V5(client) => client.try_publish(topic, qos5(qos), false, payload.clone()).map_err(|_| NotNow),
            Self::V311(client) => client.try_publish(topic, qos311(qos), false, payload.clone()).map_err(|_| NotNow),
        }
    }

    pub(super) fn acknowledge(&self, packet: u16) -> Result<(), NotNow> {
        match self {
            Self::V5(client) => {
                let mut publish = packets5::Publish::new("", qos5(Qos::AtLeastOnce), Bytes::new(), None);
                publish.pkid = packet;
                client.try_ack(&publish).map_err(|_| NotNow)
            }
            Self::V311(client) => {
                let mut publish = rumqttc::Publish::new("", qos311(Qos::AtLeastOnce), Vec::new());
                publish.pkid = packet;
                client.try_ack(&publish).map_err(|_| NotNow)
            }
        }
    }

    pub(super) fn say_goodbye(&self) -> Result<(), NotNow> {
        match self {
            Self::V5(client) => client.try_disconnect().map_err(|_| NotNow),
            Self::V311(client) => client.try_disconnect().map_err(|_| NotNow),
        }
    }
}

const fn qos5(qos: Qos) -> v5::mqttbytes::QoS {
    match qos {
        Qos::AtMostOnce => v5::mqttbytes::QoS::AtMostOnce,
        Qos::AtLeastOnce => v5::mqttbytes::QoS::AtLeastOnce,
    }
}

const fn qos311(qos: Qos) -> rumqttc::QoS {
    match qos {
        Qos::AtMostOnce => rumqttc::QoS::AtMostOnce,
        Qos::AtLeastOnce => rumqttc::QoS::AtLeastOnce,
    }
}

fn written(outgoing: rumqttc::Outgoing) -> FromWire {
    match outgoing {
        rumqttc::Outgoing::Publish(packet) => FromWire::Written(packet),
        rumqttc::Outgoing::Disconnect => FromWire::SaidGoodbye,
        _ => FromWire::Alive,
    }
}

fn read5(event: v5::Event) -> FromWire {
    use packets5::{Packet, PubAckReason, SubscribeReasonCode};
    match event {
        v5::Event::Outgoing(outgoing) => written(outgoing),
        v5::Event::Incoming(Packet::ConnAck(accepted)) => {
            let known = accepted.properties.as_ref();
            FromWire::Accepted {
                session_present: accepted.session_present,
                receive_maximum: known.and_then(|known| known.receive_max).unwrap_or(u16::MAX),
                largest: known
                    .and_then(|known| known.max_packet_size)
                    .and_then(|size| usize::try_from(size).ok())
                    .unwrap_or(usize::MAX),
            }
        }
        v5::Event::Incoming(Packet::SubAck(answer)) => FromWire::Subscribed {
            granted: answer.return_codes.len(),
            refused: answer.return_codes.iter().any(|code| !matches!(code, SubscribeReasonCode::Success(_))),
        },
        v5::Event::Incoming(Packet::Publish(message)) => FromWire::Message {
            topic: String::from_utf8(message.topic.to_vec()).ok(),
            payload: message.payload,
            retained: message.retain,
            packet: if matches!(message.qos, v5::mqttbytes::QoS::AtMostOnce) { 0 } else { message.pkid },
        },
        v5::Event::Incoming(Packet::PubAck(answer)) => FromWire::Confirmed {
            packet: answer.pkid,
            refused: !matches!(answer.reason, PubAckReason::Success | PubAckReason::NoMatchingSubscribers),
        },
        v5::Event::Incoming(_) => FromWire::Alive,
    }
}

fn read311(event: rumqttc::Event) -> FromWire {
    use rumqttc::{Packet, SubscribeReasonCode};
    match event {
        rumqttc::Event::Outgoing(outgoing) => written(outgoing),
        rumqttc::Event::Incoming(Packet::ConnAck(accepted)) => FromWire::Accepted {
            session_present: accepted.session_present,
            receive_maximum: u16::MAX,
            largest: usize::MAX,
        },
        rumqttc::Event::Incoming(Packet::SubAck(answer)) => FromWire::Subscribed {
            granted: answer.return_codes.len(),
            refused: answer.return_codes.iter().any(|code| matches!(code, SubscribeReasonCode::Failure)),
        },
        rumqttc::Event::Incoming(Packet::Publish(message)) => FromWire::Message {
            topic: Some(message.topic),
            payload: message.payload,
            retained: message.retain,
            packet: if matches!(message.qos, rumqttc::QoS::AtMostOnce) { 0 } else { message.pkid },
        },
        rumqttc::Event::Incoming(Packet::PubAck(answer)) => FromWire::Confirmed { packet: answer.pkid, refused: false },
        rumqttc::Event::Incoming(_) => FromWire::Alive,
    }
}

fn failure5(error: v5::ConnectionError) -> Failure {
    use packets5::ConnectReturnCode as Code;
    use v5::ConnectionError as E;
    match error {
        E::MqttState(error) => state5(error),
        E::Timeout(_) => Failure::suspect(LostReason::Silent),
        E::Tls(error) => tls_failure(&error),
        E::Io(_) | E::RequestsDone => Failure::of(LostReason::Network),
        E::NotConnAck(_) => Failure::poison(Poison::OutOfPlace),
        E::ConnectionRefused(code) => match code {
            Code::BadUserNamePassword | Code::BadAuthenticationMethod => Failure::of(LostReason::BadCredentials),
            Code::NotAuthorized | Code::Banned => Failure::of(LostReason::NotAuthorised),
            Code::UnsupportedProtocolVersion | Code::RefusedProtocolVersion => {
                Failure::suspect(LostReason::UnsupportedVersion)
            }
            Code::ProtocolError | Code::MalformedPacket => Failure::suspect(LostReason::Refused),
            Code::ServerUnavailable | Code::ServerBusy | Code::ServiceUnavailable | Code::ConnectionRateExceeded => {
                Failure::of(LostReason::Unavailable)
            }
            _ => Failure::of(LostReason::Refused),
        },
    }
}

fn state5(error: v5::StateError) -> Failure {
    use packets5::DisconnectReasonCode as Code;
    use v5::StateError as E;
    use v5::mqttbytes::Error as Wrong;
    match error {
        E::AwaitPingResp | E::CollisionTimeout => Failure::of(LostReason::Silent),
        E::ConnectionAborted | E::Io(_) | E::Deserialization(Wrong::Io(_)) => Failure::suspect(LostReason::Network),
        E::ServerDisconnect { reason_code, .. } => Failure::of(match reason_code {
            Code::SessionTakenOver => LostReason::TakenOver,
            Code::NotAuthorized => LostReason::NotAuthorised,
            Code::ServerBusy | Code::ServerShuttingDown | Code::ConnectionRateExceeded | Code::MessageRateTooHigh => {
                LostReason::Unavailable
            }
            Code::KeepAliveTimeout => LostReason::Silent,
            _ => LostReason::Refused,
        }),
        E::IncomingPacketTooLarge { .. } | E::Deserialization(Wrong::PayloadSizeLimitExceeded { .. }) => {
            Failure::poison(Poison::TooLarge)
        }
        E::OutgoingPacketTooLarge { .. } | E::Deserialization(Wrong::OutgoingPacketTooLarge { .. }) => {
            Failure::of(LostReason::Refused)
        }
        E::Deserialization(_) | E::Coversion(_) => Failure::poison(Poison::Unreadable),
        E::Unsolicited(_) | E::WrongPacket | E::InvalidState | E::EmptySubscription | E::InvalidAlias { .. } => {
            Failure::poison(Poison::OutOfPlace)
        }
        E::ConnFail { .. } => Failure::of(LostReason::Refused),
    }
}

fn failure311(error: rumqttc::ConnectionError) -> Failure {
    use rumqttc::ConnectReturnCode as Code;
    use rumqttc::ConnectionError as E;
    use rumqttc::StateError as S;
    use rumqttc::mqttbytes::Error as Wrong;
    match error {
        E::NetworkTimeout => Failure::suspect(LostReason::Silent),
        E::FlushTimeout => Failure::of(LostReason::Silent),
        E::Tls(error) => tls_failure(&error),
        E::Io(_) | E::RequestsDone => Failure::of(LostReason::Network),
        E::NotConnAck(_) => Failure::poison(Poison::OutOfPlace),
        E::ConnectionRefused(code) => match code {
            Code::BadUserNamePassword => Failure::of(LostReason::BadCredentials),
            Code::NotAuthorized => Failure::of(LostReason::NotAuthorised),
            Code::RefusedProtocolVersion => Failure::suspect(LostReason::UnsupportedVersion),
            Code::ServiceUnavailable => Failure::of(LostReason::Unavailable),
            Code::Success | Code::BadClientId => Failure::of(LostReason::Refused),
        },
        E::MqttState(error) => match error {
            S::AwaitPingResp | S::CollisionTimeout => Failure::of(LostReason::Silent),
            S::ConnectionAborted | S::Io(_) | S::Deserialization(Wrong::Io(_)) => Failure::suspect(LostReason::Network),
            S::Deserialization(Wrong::PayloadSizeLimitExceeded(_)) => Failure::poison(Poison::TooLarge),
            S::Deserialization(Wrong::OutgoingPacketTooLarge { .. }) => Failure::of(LostReason::Refused),
            S::Deserialization(_) => Failure::poison(Poison::Unreadable),
            S::Unsolicited(_) | S::WrongPacket | S::InvalidState | S::EmptySubscription => {
                Failure::poison(Poison::OutOfPlace)
            }
        },
    }
}

fn tls_failure(error: &rumqttc::TlsError) -> Failure {
    let certificate = match error {
        rumqttc::TlsError::TLS(error) => is_certificate(error),
        rumqttc::TlsError::Io(error) => is_certificate(error),
        rumqttc::TlsError::WebPki(_) | rumqttc::TlsError::DNSName(_) => true,
        _ => false,
    };
    Failure::of(if certificate { LostReason::Certificate } else { LostReason::Network })
}
