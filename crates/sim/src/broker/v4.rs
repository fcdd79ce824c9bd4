//! MQTT 3.1.1 on the wire, through the client library's codec.

use super::wire::{Answer, Bad, Connect, Granted, Incoming, Outgoing, Retained, Version, Will, Wish};
use bytes::BytesMut;
use rumqttc::mqttbytes::v4::{
    ConnAck, ConnectReturnCode, Packet, PingResp, PubAck, PubComp, PubRec, Publish, SubAck, SubscribeReasonCode,
    UnsubAck,
};
use rumqttc::mqttbytes::{QoS, qos};

/// How long a session without "clean session" lives after its connection, in seconds: 3.1.1 has no field for it.
const SESSION_SECONDS: u32 = 24 * 3600;

fn quality(level: u8) -> QoS {
    qos(level).unwrap_or(QoS::AtLeastOnce)
}

pub(super) fn read(mut frame: BytesMut) -> Result<Incoming, Bad> {
    let packet = Packet::read(&mut frame, usize::MAX).map_err(|_| Bad::Malformed)?;
    Ok(match packet {
        Packet::Connect(connect) => {
            let (username, password) = match connect.login {
                Some(login) => (Some(login.username), Some(login.password)),
                None => (None, None),
            };
            Incoming::Connect(Box::new(Connect {
                version: Version::V4,
                client_id: connect.client_id,
                clean_start: connect.clean_session,
                session_expiry: if connect.clean_session { 0 } else { SESSION_SECONDS },
                keep_alive: connect.keep_alive,
                receive_maximum: u16::MAX,
                max_packet: None,
                username,
                password,
                will: connect.last_will.map(|will| Will {
                    topic: will.topic,
                    payload: will.message,
                    qos: will.qos as u8,
                    retain: will.retain,
                }),
            }))
        }
        Packet::Publish(message) => Incoming::Publish {
            qos: message.qos as u8,
            retain: message.retain,
            pkid: message.pkid,
            topic: message.topic,
            payload: message.payload,
            alias: false,
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
                    no_local: false,
                    retain_as_published: false,
                    retained: Retained::Always,
                })
                .collect(),
        },
        Packet::Unsubscribe(unsubscribe) => {
            Incoming::Unsubscribe { pkid: unsubscribe.pkid, filters: unsubscribe.topics }
        }
        Packet::PingReq => Incoming::Ping,
        Packet::Disconnect => Incoming::Disconnect { with_will: false, session_expiry: None },
        Packet::PubRec(_) | Packet::PubComp(_) => Incoming::Nothing,
        Packet::ConnAck(_) | Packet::SubAck(_) | Packet::UnsubAck(_) | Packet::PingResp => return Err(Bad::Malformed),
    })
}

pub(super) fn write(packet: Outgoing, buffer: &mut BytesMut) -> bool {
    let written = match packet {
        Outgoing::ConnAck { answer, session_present, .. } => {
            let code = match answer {
                Answer::Welcome => ConnectReturnCode::Success,
                Answer::BadCredentials => ConnectReturnCode::BadUserNamePassword,
                Answer::NotAuthorised => ConnectReturnCode::NotAuthorized,
                Answer::BadClientId => ConnectReturnCode::BadClientId,
                Answer::Busy => ConnectReturnCode::ServiceUnavailable,
            };
            ConnAck::new(code, session_present).write(buffer)
        }
        Outgoing::Publish { dup, qos, retain, pkid, topic, payload } => {
            Publish { dup, qos: quality(qos), retain, topic, pkid, payload }.write(buffer)
        }
        // 3.1.1 has no negative acknowledgement: what may not be said is swallowed, as brokers do.
        Outgoing::PubAck { pkid, .. } => PubAck::new(pkid).write(buffer),
        Outgoing::PubRec { pkid, .. } => PubRec::new(pkid).write(buffer),
        Outgoing::PubComp(pkid) => PubComp::new(pkid).write(buffer),
        Outgoing::SubAck { pkid, granted } => {
            let codes = granted
                .into_iter()
                .map(|granted| match granted {
                    Granted::Qos(level) => SubscribeReasonCode::Success(quality(level)),
                    Granted::NotAuthorised | Granted::Invalid | Granted::Quota => SubscribeReasonCode::Failure,
                })
                .collect();
            SubAck::new(pkid, codes).write(buffer)
        }
        Outgoing::UnsubAck { pkid, .. } => UnsubAck::new(pkid).write(buffer),
        Outgoing::Pong => PingResp.write(buffer),
        // 3.1.1 lets only the client say goodbye: the connection is simply closed.
        Outgoing::Disconnect(_) => return false,
    };
    written.is_ok()
}
