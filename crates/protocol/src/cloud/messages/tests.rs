//! The guide's samples, word by word, and what is unusual about them.

use super::*;
use platen_model::WallTime;
use serde_json::{Value, json};

const STATE: &str = r#"{ "msgId": "a1b2c3d4e5f6789012345678901234ab", "ts": 1724040060000, "rssi": -58, "battery": 90, "paper": 1,
  "paperType": "roll", "errCode": [], "temperature": 35.2, "humidity": 45, "ipAddress": "192.168.1.25",
  "bluetoothMac": "00:1A:7D:DA:71:13", "imei": "865123456789012", "iccid": "89860123456789012345",
  "signalStrength": -75, "networkType": "4G", "printCount": 12345, "avgLatency": 150, "packetLossRate": 2,
  "charging": false, "sleepTime": 10,
  "firmware": [
    { "firmwareType": "cloud", "firmwareVersion": "1.2.3", "nn": "NN-001" },
    { "firmwareType": "printer", "firmwareVersion": "3.4.5", "nn": "NN-002" },
    { "firmwareType": "bluetooth", "firmwareVersion": "0.9.8" } ] }"#;
const PRINT_ACK: &str = r#"{ "msgId": "b2c3d4e5f67890a1b2c3d4e5f67890a1", "jobId": "92ef08872ff906876071478274eec57b",
  "ackOriginalMsgId": "a1b2c3d4e5f6789012345678901234ab", "status": "confirm", "seqs": [1, 2, 3, 4, 5],
  "errCode": [], "msg": "ok", "ts": 1724040088000 }"#;
const UPGRADE_ACK: &str = r#"{ "msgId": "d4e5f6789012a3b4c5d6e7f89012a3b4", "deviceUpgradeId": "92ef08872ff906876071478274eec57b",
  "ackOriginalMsgId": "x", "status": "upgrading", "errCode": [], "msg": "ok", "ts": 1724041088000 }"#;
const CONTROL_ACK: &str = r#"{ "msgId": "g5h6i7j890k1l2m3n4o5p6q789r0s1t2", "controlId": "a351eff1b614d0c1f64227d0c4b28c99",
  "ackOriginalMsgId": "x", "status": "confirm", "errCode": [], "msg": "ok", "ts": 1724042088000 }"#;
const EVENT: &str = r#"{ "msgId": "h7i8j9k012l3m4n5o6p7q8r901s2t3u4", "eventType": "stop_print",
  "eventParams": { "reason": "user_action" }, "ts": 1724043088000 }"#;
const PULL: &str = r#"{ "msgId": "k1l2m3n4o5p6q7r8s9t0u1v2w3x4y5z6", "type": "print",
  "params": { "jobId": "", "seq": 0,
    "firmware": [ { "firmwareType": "cloud", "firmwareVersion": "1.2.3", "nn": "NN-001" },
                  { "firmwareType": "printer", "firmwareVersion": "3.4.5", "nn": "NN-002" } ] },
  "ts": 1724044088000 }"#;
const LEGACY_PULL: &str = r#"{ "msgId": "k1l2m3n4o5p6q7r8s9t0u1v2w3x4y5z6", "jobId": "", "seq": 0,
  "firmware": [ { "firmwareType": "cloud", "firmwareVersion": "1.2.3", "nn": "NN-001" } ], "ts": 1724044088000 }"#;
const PRINT: &str = r#"{ "msgId": "e5f6789012a3b4c5d6e7f89012a3b4c5", "jobId": "j-202408-0001", "totalFileNumber": 100,
  "resources": [
    { "seq": 1, "url": "https://obj.example.com/prints/j-202408-0001-part1.data", "hash": "sha256:ab12cd34ef56",
      "size": 102400, "fileType": "prn", "prnProtocol": "esc", "compression": "gzip" },
    { "seq": 2, "url": "https://obj.example.com/prints/j-202408-0001-part2.data", "hash": "sha256:cd34ef56ab78",
      "size": 102400, "fileType": "prn", "prnProtocol": "esc", "compression": "none" } ],
  "dateTime": 1724846400000 }"#;
const UPGRADE: &str = r#"{ "msgId": "f6789012a3b4c5d6e7f89012a3b4c5d6", "deviceUpgradeId": "u-202408-0001", "firmwareType": "cloud",
  "firmwareVersion": "1.2.4", "url": "https://obj.example.com/fw/p5802-1.2.4.bin", "hash": "sha256:cd34ef56ab78",
  "size": 5242880, "compression": "gzip", "dateTime": 1724846400000 }"#;
const CONTROL: &str = r#"{ "msgId": "h6i7j890k1l2m3n4o5p6q789r0s1t2u3", "controlId": "a351eff1b614d0c1f64227d0c4b28c99",
  "command": "reboot", "params": {}, "dateTime": 1724846400000 }"#;
const PULL_ACK: &str = r#"{ "msgId": "m3n4o5p6q7r8s9t0u1v2w3x4y5z6a7b8", "ackOriginalMsgId": "k1l2m3n4o5p6q7r8s9t0u1v2w3x4y5z6",
  "code": 0, "message": "no_task", "dateTime": 1724044188000 }"#;
const FEATURES: &str = r#"{ "msgId": "r1s2t3u4v5w6x7y8z9a0b1c2d3e4f5g6", "ackOriginalMsgId": "k1l2m3n4o5p6q7r8s9t0u1v2w3x4y5z6",
  "type": "feature_list", "errCode": [], "msg": "",
  "params": { "features": [
    { "featureCode": "print_basic", "featureName": "Basic Printing", "featureType": "normal" },
    { "featureCode": "ai_text_to_image", "featureName": "Text-to-Image Printing", "featureType": "ai",
      "bizCode": "ai_doodle_swarmui_marker", "bizName": "Text-to-Image" } ] },
  "dateTime": 1724044288000 }"#;
const NO_PROMPT: &str = r#"{ "msgId": "r1s2t3u4v5w6x7y8z9a0b1c2d3e4f5g7", "ackOriginalMsgId": "k1l2m3n4o5p6q7r8s9t0u1v2w3x4y5z7",
  "type": "text_to_image", "errCode": [2002], "msg": "Missing prompt for text_to_image", "params": {},
  "dateTime": 1724044289000 }"#;

fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => left == right,
    }
}

#[test]
fn every_sample_of_the_guide_is_read_and_written_back_unchanged() {
    for (tail, text) in [
        (Tail::State, STATE),
        (Tail::PrintAck, PRINT_ACK),
        (Tail::UpgradeAck, UPGRADE_ACK),
        (Tail::ControlAck, CONTROL_ACK),
        (Tail::Event, EVENT),
        (Tail::Pull, PULL),
        (Tail::Pull, LEGACY_PULL),
        (Tail::Print, PRINT),
        (Tail::Upgrade, UPGRADE),
        (Tail::Control, CONTROL),
        (Tail::PullAck, PULL_ACK),
        (Tail::Resource, FEATURES),
        (Tail::Resource, NO_PROMPT),
    ] {
        let message = Message::decode(&tail, text.as_bytes()).unwrap();
        assert_eq!(message.tail(), tail);
        assert!(message.msg_id().is_some() && message.time().is_some());
        let written: Value = serde_json::from_slice(&message.encode()).unwrap();
        let sample: Value = serde_json::from_str(text).unwrap();
        assert!(same(&written, &sample), "{written}\n{sample}");
        assert_eq!(Message::decode(&tail, &message.encode()).unwrap(), message);
    }
}

#[test]
fn imei_and_iccid_stay_texts_and_fractions_stay_fractions() {
    let Message::State(state) = Message::decode(&Tail::State, STATE.as_bytes()).unwrap() else { panic!() };
    assert_eq!(
        (state.imei.as_deref(), state.iccid.as_deref()),
        (Some("865123456789012"), Some("89860123456789012345"))
    );
    assert_eq!((state.temperature, state.humidity, state.packet_loss_rate), (Some(35.2), Some(45.0), Some(2.0)));
    assert!(Message::decode(&Tail::State, br#"{"imei":865123456789012}"#).is_err());
}

#[test]
fn every_field_of_a_state_may_be_missing_or_null_and_unknown_ones_are_kept() {
    assert_eq!(Message::decode(&Tail::State, b"{}").unwrap(), Message::State(Box::default()));
    let nulls = br#"{"msgId":null,"ts":null,"battery":null,"errCode":null,"firmware":null,"temperature":null}"#;
    assert_eq!(Message::decode(&Tail::State, nulls).unwrap(), Message::State(Box::default()));
    let text = br#"{"paperType":"fanfold","networkType":"7G","lid":{"open":true}}"#;
    let Message::State(state) = Message::decode(&Tail::State, text).unwrap() else { panic!() };
    assert_eq!((state.paper_type.as_deref(), state.network_type.as_deref()), (Some("fanfold"), Some("7G")));
    assert_eq!(state.extra["lid"], json!({"open": true}));
}

#[test]
fn mq_4_wrong_types_are_errors_that_name_the_field() {
    for (tail, text, path) in [
        (Tail::State, r#"{"battery":"90"}"#, "battery"),
        (Tail::State, r#"{"battery":90.5}"#, "battery"),
        (Tail::State, r#"{"charging":1}"#, "charging"),
        (Tail::State, r#"{"firmware":[{"firmwareType":3}]}"#, "firmware[0].firmwareType"),
        (Tail::PrintAck, r#"{"seqs":["1"]}"#, "seqs"),
        (Tail::PrintAck, r#"{"status":7}"#, "status"),
        (Tail::Event, r#"{"eventParams":[]}"#, "eventParams"),
        (Tail::PrintAck, r#"{"ts":"now"}"#, "ts"),
    ] {
        let error = Message::decode(&tail, text.as_bytes()).unwrap_err();
        assert_eq!(error, DecodeError::WrongType { path: path.to_owned() }, "{text}");
    }
    assert!(Message::decode(&Tail::PrintAck, br#"{"msg":5}"#).is_err());
    assert!(Message::decode(&Tail::State, br#"{"battery":90.0,"ts":1724040060000.0}"#).is_ok());
}

#[test]
fn c_17_both_spellings_are_accepted_in_every_acknowledgement() {
    for tail in [Tail::PrintAck, Tail::UpgradeAck, Tail::ControlAck, Tail::PullAck, Tail::Resource] {
        let report = |text: &str| match Message::decode(&tail, text.as_bytes()).unwrap() {
            Message::PrintAck(ack) => ack.report,
            Message::UpgradeAck(ack) => ack.report,
            Message::ControlAck(ack) => ack.report,
            Message::PullAck(ack) => ack.report,
            Message::Resource(ack) => ack.report,
            other => panic!("{other:?}"),
        };
        for text in [
            r#"{"errCode":[7],"msg":"bad"}"#,
            r#"{"code":7,"message":"bad"}"#,
            r#"{"errCode":7,"message":"bad"}"#,
            r#"{"errCode":[7],"code":7,"msg":"","message":"bad"}"#,
        ] {
            let report = report(text);
            assert_eq!((report.codes.as_slice(), report.text.as_str()), ([7].as_slice(), "bad"), "{tail} {text}");
        }
        assert!(report(r#"{"code":0,"message":"ok"}"#).is_ok());
        assert!(report("{}").is_ok());
    }
    let ack = PrintAck { report: Report::error(vec![7], "bad").spelled(Spelling::Code), ..PrintAck::default() };
    let written = serde_json::to_value(&ack).unwrap();
    assert_eq!(
        (written["code"].clone(), written["message"].clone(), written.get("errCode")),
        (json!(7), json!("bad"), None)
    );
}

#[test]
fn c_17_code_zero_with_no_task_is_not_an_error() {
    let Message::PullAck(ack) = Message::decode(&Tail::PullAck, PULL_ACK.as_bytes()).unwrap() else { panic!() };
    assert!(ack.is_no_task());
    let ours = PullAck::no_task("m", None, WireTime(1));
    assert_eq!(serde_json::to_value(&ours).unwrap(), json!({"msgId":"m","code":0,"message":"no_task","dateTime":1}));
}

#[test]
fn c_14_the_legacy_pull_reads_as_the_current_one() {
    let pull = |text: &str| match Message::decode(&Tail::Pull, text.as_bytes()).unwrap() {
        Message::Pull(pull) => pull,
        other => panic!("{other:?}"),
    };
    let (current, legacy) = (pull(PULL), pull(LEGACY_PULL));
    assert!(legacy.legacy && !current.legacy);
    assert_eq!((legacy.kind.as_str(), legacy.params.seq, legacy.params.job_id.as_str()), ("print", Some(0), ""));
    assert_eq!(legacy.params.firmware[0], current.params.firmware[0]);
    let next = pull(r#"{"jobId":"j-1","seq":3}"#);
    assert_eq!((next.params.job_id.as_str(), next.params.seq), ("j-1", Some(3)));
    assert_eq!(pull(r#"{"type":"text_to_image","params":{"prompt":"a cat"}}"#).params.extra["prompt"], "a cat");
}

#[test]
fn c_8_the_owner_is_never_taken_from_the_raw_mqtt_user() {
    let owner = |text: &str| Presence::decode(text.as_bytes()).unwrap().owner().map(str::to_owned);
    assert_eq!(owner(r#"{"userName":"a","username":"b","data":{"username":"t|c|s"}}"#).as_deref(), Some("a"));
    assert_eq!(owner(r#"{"username":"b","data":{"username":"t|c|s"}}"#).as_deref(), Some("b"));
    assert_eq!(owner(r#"{"data":{"username":"t|c|s"}}"#), None);
    let wrapper = Callback::decode(br#"{"messageType":"up/state","username":"b","data":{"username":"c"}}"#).unwrap();
    assert_eq!(wrapper.owner(), Some("b"));
}

#[test]
fn c_18_everything_after_the_first_bar_of_a_client_id_is_ignored() {
    for (id, name) in [("SN123456|0.1", "SN123456"), ("SN|a|b", "SN"), ("SN", "SN"), ("|x", "")] {
        assert_eq!(presence::client_name(id), name);
    }
}

#[test]
fn presence_events_are_read_with_times_in_seconds() {
    let online = r#"{ "messageType": "client_connected", "deviceId": "SN123456", "tenantCode": "tenant_a", "userName": "owner_user",
      "sourceUsername": "tenant_a|owner_user|SN123456",
      "data": { "event": "client_connected", "clientid": "SN123456|0.1", "username": "tenant_a|owner_user|SN123456",
        "peername": "10.0.0.10:53721", "sockname": "10.0.0.1:1883", "connected_at": 1740000000, "timestamp": 1740000000 } }"#;
    let event = Presence::decode(online.as_bytes()).unwrap();
    assert_eq!((event.is_online(), event.client_name()), (Some(true), Some("SN123456")));
    assert_eq!(event.data.connected_at.unwrap().wall(), Some(WallTime(1_740_000_000_000)));
    assert_eq!(serde_json::to_value(&event).unwrap(), serde_json::from_str::<Value>(online).unwrap());
    let offline = Presence::decode(br#"{"messageType":"/client_disconnected","data":{"reason":"normal"}}"#).unwrap();
    assert_eq!((offline.is_online(), offline.data.reason.as_deref()), (Some(false), Some("normal")));
}

#[test]
fn c_7_a_callback_carries_any_message_with_or_without_the_slash() {
    for kind in ["up/print/ack", "/up/print/ack"] {
        let text = format!(
            r#"{{"messageType":"{kind}","deviceId":"SN1","tenantCode":"t","username":"u","data":{PRINT_ACK}}}"#
        );
        let wrapper = Callback::decode(text.as_bytes()).unwrap();
        assert!(matches!(wrapper.message().unwrap(), Message::PrintAck(_)));
    }
}

#[test]
fn c_15_hash_and_size_may_mean_the_bytes_before_or_after_unpacking() {
    let (packed, plain) = (b"packed".as_slice(), b"the plain bytes".as_slice());
    let resource = |bytes: &[u8], compression: &str| Resource {
        hash: Some(crate::cloud::shapes::hash(bytes)),
        size: i64::try_from(bytes.len()).ok(),
        compression: Some(compression.to_owned()),
        ..Resource::default()
    };
    assert!(resource(packed, "gzip").matches(packed, Some(plain)));
    assert!(resource(plain, "gzip").matches(packed, Some(plain)));
    assert!(!resource(plain, "none").matches(packed, Some(plain)), "not packed: only the bytes as they came");
    assert!(!resource(b"other", "gzip").matches(packed, Some(plain)));
    let mixed = Resource { size: Some(6), ..resource(plain, "gzip") };
    assert!(!mixed.matches(packed, Some(plain)), "hash and size must fit the same bytes");
    assert!(!Resource::default().matches(packed, None), "nothing to check against proves nothing");
}
