//! MQTT 5 on the wire, through the client library's codec.

use super::wire::{Answer, Bad, Connect, Farewell, Granted, Incoming, Outgoing, Retained, Version, Will, Wish};
use bytes::{Bytes, BytesMut};
use rumqttc::v5::mqttbytes::v5::{
    ConnAck, ConnAckProperties, ConnectReturnCode, DisconnectReasonCode, Packet, PingResp, PubAck, PubAckReason,
    PubComp, PubRec, PubRecReason, Publish, RetainForwardRule, SubAck, SubscribeReasonCode, UnsubAck, UnsubAckReason,
};
use rumqttc::v5::mqttbytes::{QoS, qos};

fn quality(level: u8) -> QoS {
    qos(level).unwrap_or(QoS::AtLeastOnce)
}

fn text(bytes: &Bytes) -> Result<String, Bad> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Bad::Malformed)
}

pub(super) fn read(mut frame: BytesMut) -> Result<Incoming, Bad> {
    if let Some(goodbye) = short_disconnect(&frame) {
        return goodbye;
    }
    let packet = Packet::read(&mut frame, None).map_err(|_| Bad::Malformed)?;
    Ok(match packet {
        Packet::Connect(connect, will, login) => {
            let (username, password) = match login {
                Some(login) => (Some(login.username), Some(login.password)),
                None => (None, None),
            };
            let properties = connect.properties.unwrap_or_default();
            if properties.receive_maximum == Some(0) || properties.max_packet_size == Some(0) {
                return Err(Bad::Malformed);
            }
            let will = match will {
                None => None,
                Some(will) => Some(Will {
                    topic: text(&will.topic)?,
                    payload: will.message,
                    qos: will.qos as u8,
                    retain: will.retain,
                }),
            };
            Incoming::Connect(Box::new(Connect {
                version: Version::V5,
                client_id: connect.client_id,
                clean_start: connect.clean_start,
                session_expiry: properties.session_expiry_interval.unwrap_or(0),
                keep_alive: connect.keep_alive,
                receive_maximum: properties.receive_maximum.unwrap_or(u16::MAX),
                max_packet: properties.max_packet_size,
                username,
                password,
                will,
            }))
        }
        Packet::Publish(message) => Incoming::Publish {
            qos: message.qos as u8,
            retain: message.retain,
            pkid: message.pkid,
            topic: text(&message.topic)?,
            payload: message.payload,
            alias: message.properties.is_some_and(|properties| properties.topic_alias.is_some()),
        },
        Packet::PubAck(ack) => Incoming::PubAck(ack.pkid),
        Packet::PubRel(release) => Incoming::PubRel(release.pkid),
        Packet::Subscribe(subscribe) => Incoming::Subscribe {
            pkid: subscribe.pkid,
            wishes: subscribe
                .filters
                .into_iter()
                .map(|wish| Wish {
                    filter: wish.path,
                    qos: wish.qos as u8,
                    no_local: wish.nolocal,
                    retain_as_published: wish.preserve_retain,
                    retained: match wish.retain_forward_rule {
                        RetainForwardRule::OnEverySubscribe => Retained::Always,
                        RetainForwardRule::OnNewSubscribe => Retained::WhenNew,
                        RetainForwardRule::Never => Retained::Never,
                    },
                })
                .collect(),
        },
        Packet::Unsubscribe(unsubscribe) => {
            Incoming::Unsubscribe { pkid: unsubscribe.pkid, filters: unsubscribe.filters }
        }
        Packet::PingReq(_) => Incoming::Ping,
        Packet::Disconnect(goodbye) => Incoming::Disconnect {
            with_will: goodbye.reason_code != DisconnectReasonCode::NormalDisconnection,
            session_expiry: goodbye.properties.and_then(|properties| properties.session_expiry_interval),
        },
        Packet::PubRec(_) | Packet::PubComp(_) => Incoming::Nothing,
        Packet::ConnAck(_) | Packet::SubAck(_) | Packet::UnsubAck(_) | Packet::PingResp(_) | Packet::Auth(_) => {
            return Err(Bad::Malformed);
        }
    })
}

/// A DISCONNECT may leave out its properties, or its reason too; the library's reader refuses both.
fn short_disconnect(frame: &[u8]) -> Option<Result<Incoming, Bad>> {
    match frame {
        [0xE0, 0] => Some(Ok(Incoming::Disconnect { with_will: false, session_expiry: None })),
        [0xE0, 1, reason] => Some(Ok(Incoming::Disconnect { with_will: *reason != 0, session_expiry: None })),
        _ => None,
    }
}

fn welcome(max_packet: u32, assigned: Option<String>) -> ConnAckProperties {
    ConnAckProperties {
        session_expiry_interval: None,
        receive_max: Some(super::hub::RECEIVE_MAXIMUM),
        max_qos: None,
        retain_available: None,
        max_packet_size: Some(max_packet),
        assigned_client_identifier: assigned,
        topic_alias_max: None,
        reason_string: None,
        user_properties: Vec::new(),
        wildcard_subscription_available: None,
        subscription_identifiers_available: Some(0),
        shared_subscription_available: Some(0),
        server_keep_alive: None,
        response_information: None,
        server_reference: None,
        authentication_method: None,
        authentication_data: None,
    }
}

pub(super) fn write(packet: Outgoing, buffer: &mut BytesMut) -> bool {
    let written = match packet {
        Outgoing::ConnAck { answer, session_present, assigned, max_packet } => {
            let code = match answer {
                Answer::Welcome => ConnectReturnCode::Success,
                Answer::BadCredentials => ConnectReturnCode::BadUserNamePassword,
                Answer::NotAuthorised => ConnectReturnCode::NotAuthorized,
                Answer::BadClientId => ConnectReturnCode::ClientIdentifierNotValid,
                Answer::Busy => ConnectReturnCode::ServerBusy,
            };
            let properties = (answer == Answer::Welcome).then(|| welcome(max_packet, assigned));
            ConnAck { session_present, code, properties }.write(buffer)
        }
        Outgoing::Publish { dup, qos, retain, pkid, topic, payload } => {
            let topic = Bytes::from(topic.into_bytes());
            Publish { dup, qos: quality(qos), retain, topic, pkid, payload, properties: None }.write(buffer)
        }
        Outgoing::PubAck { pkid, refused } => {
            let reason = if refused { PubAckReason::NotAuthorized } else { PubAckReason::Success };
            PubAck { pkid, reason, properties: None }.write(buffer)
        }
        Outgoing::PubRec { pkid, refused } => {
            let reason = if refused { PubRecReason::NotAuthorized } else { PubRecReason::Success };
            PubRec { pkid, reason, properties: None }.write(buffer)
        }
        Outgoing::PubComp(pkid) => PubComp::new(pkid, None).write(buffer),
        Outgoing::SubAck { pkid, granted } => {
            let return_codes = granted
                .into_iter()
                .map(|granted| match granted {
                    Granted::Qos(level) => SubscribeReasonCode::Success(quality(level)),
                    Granted::NotAuthorised => SubscribeReasonCode::NotAuthorized,
                    Granted::Invalid => SubscribeReasonCode::TopicFilterInvalid,
                    Granted::Quota => SubscribeReasonCode::QuotaExceeded,
                })
                .collect();
            SubAck { pkid, return_codes, properties: None }.write(buffer)
        }
        Outgoing::UnsubAck { pkid, existed } => {
            let reasons = existed
                .into_iter()
                .map(|existed| if existed { UnsubAckReason::Success } else { UnsubAckReason::NoSubscriptionExisted })
                .collect();
            UnsubAck { pkid, reasons, properties: None }.write(buffer)
        }
        Outgoing::Pong => PingResp::write(buffer),
        Outgoing::Disconnect(reason) => {
            let reason = match reason {
                Farewell::Malformed => DisconnectReasonCode::MalformedPacket,
                Farewell::Protocol => DisconnectReasonCode::ProtocolError,
                Farewell::TakenOver => DisconnectReasonCode::SessionTakenOver,
                Farewell::KeepAlive => DisconnectReasonCode::KeepAliveTimeout,
                Farewell::TooLarge => DisconnectReasonCode::PacketTooLarge,
                Farewell::Kicked => DisconnectReasonCode::AdministrativeAction,
                Farewell::AliasInvalid => DisconnectReasonCode::TopicAliasInvalid,
            };
            write_disconnect(reason, buffer)
        }
    };
    written.is_ok()
}

/// The library's writer of DISCONNECT counts one byte too few when there are no properties, so the two bytes that
/// section 3.14 asks for are written here.
fn write_disconnect(
    reason: DisconnectReasonCode,
    buffer: &mut BytesMut,
) -> Result<usize, rumqttc::v5::mqttbytes::Error> {
    buffer.extend_from_slice(&[0xE0, 2, reason as u8, 0]);
    Ok(4)
}
