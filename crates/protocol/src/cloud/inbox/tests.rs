use super::*;
use crate::cloud::profile::{Owner, Profile};
use crate::cloud::topic::topics;
use proptest::prelude::*;

const NOW: WallTime = WallTime(1_740_000_000_000);
const STATE: &str = "devices/tenant_a/owner_user/SN1/up/state";
const ACK: &str = "devices/tenant_a/owner_user/SN1/up/print/ack";

fn inbox() -> Inbox {
    let profile = Profile::sample("t", "http://localhost", "localhost", 1883);
    let segment = |text| Segment::new(text).unwrap();
    let owner = Owner { tenant_code: segment("tenant_a"), user_name: segment("owner_user") };
    let mut inbox = Inbox::new(topics(&profile, &owner, &segment("SN1")));
    inbox.listen(topics(&profile, &owner, &segment("SN2")));
    inbox
}

fn arrival(verdict: Verdict) -> Arrival {
    match verdict {
        Verdict::Arrival(arrival) => *arrival,
        Verdict::Dropped(dropped) => panic!("{dropped:?}"),
    }
}

fn dropped(verdict: Verdict) -> Dropped {
    match verdict {
        Verdict::Dropped(dropped) => dropped,
        Verdict::Arrival(arrival) => panic!("{arrival:?}"),
    }
}

#[test]
fn mq_2_only_topics_that_were_asked_for_arrive_and_the_printer_is_the_topics() {
    let mut inbox = inbox();
    let body = br#"{"msgId":"a","sn":"SN9","deviceId":"SN9","battery":5}"#;
    assert_eq!(arrival(inbox.accept(STATE, body, false, NOW)).sn.as_str(), "SN1");
    for topic in [
        "device/tenant_a/owner_user/SN1/up/state",
        "devices/tenant_a/other/SN1/up/state",
        "devices/tenant_a/owner_user/SN9/up/state",
        "devices/tenant_a/owner_user/sn1/up/state",
        "devices/tenant_a/owner_user/SN1/up/pull",
        "devices/tenant_a/owner_user/SN1/down/print",
        "devices/tenant_a/owner_user/SN1/up/state/",
        "devices/+/+/+/up/state",
        "",
        "#",
    ] {
        assert_eq!(dropped(inbox.accept(topic, body, false, NOW)).reason, DropReason::ForeignTopic, "{topic}");
    }
    inbox.leave(&Segment::new("SN1").unwrap());
    assert_eq!(dropped(inbox.accept(STATE, b"{}", false, NOW)).reason, DropReason::ForeignTopic);
    assert_eq!(inbox.counters().foreign_topics, 11);
}

#[test]
fn mq_3_more_than_256_kib_is_dropped_and_counted() {
    let mut inbox = inbox();
    let large = vec![b' '; MAX_PAYLOAD_BYTES + 1];
    let reason = dropped(inbox.accept(STATE, &large, false, NOW)).reason;
    assert_eq!(reason, DropReason::Unreadable(DecodeError::TooLarge(MAX_PAYLOAD_BYTES + 1)));
    assert_eq!((inbox.counters().too_large, inbox.counters().unreadable), (1, 0));
}

#[test]
fn mq_3_the_same_unreadable_message_three_times_in_a_row_is_poison_once() {
    let mut inbox = inbox();
    let mut poison = |payload: &[u8]| match inbox.accept(ACK, payload, false, NOW) {
        Verdict::Dropped(dropped) => dropped.poison,
        Verdict::Arrival(_) => false,
    };
    assert!(!poison(b"{") && !poison(b"{") && poison(b"{"));
    assert!(!poison(b"{") && !poison(b"{"), "counted anew");
    assert!(!poison(b"[") && !poison(b"{"), "another message in between");
    assert!(!poison(b"{") && !poison(br#"{"msgId":"good"}"#) && !poison(b"{") && !poison(b"{") && poison(b"{"));
    assert_eq!(inbox.counters().poison, 2);
}

#[test]
fn mq_5_a_repeated_message_is_dropped_by_its_id_or_by_its_bytes() {
    let mut inbox = inbox();
    let first = arrival(inbox.accept(ACK, br#"{"msgId":"a","status":"confirm"}"#, false, NOW));
    let again = dropped(inbox.accept(ACK, br#"{"msgId":"a","status":"success"}"#, false, NOW));
    assert_eq!((again.reason, again.sn.unwrap().as_str()), (DropReason::Duplicate, "SN1"));
    let other = ACK.replace("SN1", "SN2");
    assert_ne!(arrival(inbox.accept(&other, br#"{"msgId":"a"}"#, false, NOW)).dedupe_key, first.dedupe_key);
    for nameless in [br#"{"msgId":"","n":1}"#.as_slice(), br#"{"n":1}"#] {
        arrival(inbox.accept(ACK, nameless, false, NOW));
        assert_eq!(dropped(inbox.accept(ACK, nameless, false, NOW)).reason, DropReason::Duplicate);
        arrival(inbox.accept(&other, nameless, false, NOW));
    }
    assert_eq!(first.dedupe_key.len(), 64);
    inbox.forget(&first.dedupe_key);
    arrival(inbox.accept(ACK, br#"{"msgId":"a","status":"confirm"}"#, false, NOW));
    inbox.forget("not a key");
}

#[test]
fn mq_5_ten_thousand_messages_are_remembered_and_no_more() {
    let mut inbox = inbox();
    let body = |n: usize| format!(r#"{{"msgId":"m{n}"}}"#).into_bytes();
    for n in 0..=REMEMBERED {
        arrival(inbox.accept(STATE, &body(n), false, NOW));
    }
    assert_eq!((inbox.order.len(), inbox.seen.len()), (REMEMBERED, REMEMBERED));
    assert_eq!(dropped(inbox.accept(STATE, &body(1), false, NOW)).reason, DropReason::Duplicate);
    arrival(inbox.accept(STATE, &body(0), false, NOW));
}

#[test]
fn mq_11_retained_messages_are_marked_and_a_wrong_clock_is_the_printers_fault() {
    let mut inbox = inbox();
    let old = br#"{"msgId":"a","ts":1000}"#;
    let retained = arrival(inbox.accept(STATE, old, true, NOW));
    assert!(retained.retained && !retained.clock_fault);
    let live = arrival(inbox.accept(STATE, br#"{"msgId":"b","ts":1000}"#, false, NOW));
    assert!(!live.retained && live.clock_fault);
    assert!(arrival(inbox.accept(STATE, br#"{"msgId":"c","ts":-5}"#, false, NOW)).clock_fault);
    assert!(!arrival(inbox.accept(STATE, br#"{"msgId":"d","ts":1740000000}"#, false, NOW)).clock_fault);
    assert!(!arrival(inbox.accept(STATE, br#"{"msgId":"e"}"#, false, NOW)).clock_fault);
}

#[test]
fn good_messages_arrive_among_ten_thousand_hostile_ones() {
    let mut inbox = inbox();
    let mut good = 0;
    for n in 0..10_000_u32 {
        let hostile = match n % 8 {
            0 => format!("{{\"a\":{n}"),
            1 => format!("{}{n}", "[".repeat(400)),
            2 => format!("{{\"battery\":\"{n}\"}}"),
            3 => format!("{{\"x{n}\":\"{}\"}}", "y".repeat(9000)),
            4 => format!("{{\"seqs\":[{}{n}]}}", "1,".repeat(4096)),
            5 => format!("\u{FEFF}{{\"n\":{n}}}"),
            6 => format!("{}{n}{}", "{\"a\":".repeat(40), "}".repeat(40)),
            _ => format!("{{\"ts\":1e999,\"n\":{n}}}"),
        };
        assert!(!dropped(inbox.accept(STATE, hostile.as_bytes(), false, NOW)).poison);
        if n % 100 == 0 {
            arrival(inbox.accept(ACK, format!(r#"{{"msgId":"good{n}"}}"#).as_bytes(), false, NOW));
            good += 1;
        }
    }
    assert_eq!((inbox.counters().arrived, inbox.counters().unreadable), (good, 10_000));
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    const NAMES: [&str; 11] =
        ["msgId", "ts", "battery", "errCode", "firmware", "status", "seqs", "code", "message", "eventParams", "x"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            proptest::collection::btree_map(proptest::sample::select(&NAMES[..]), inner, 0..8)
                .prop_map(|map| map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_on_any_topic_never_panic(topic in ".{0,80}", payload in proptest::collection::vec(any::<u8>(), 0..600)) {
        let mut inbox = inbox();
        for topic in [topic.as_str(), STATE, ACK] {
            let _ = inbox.accept(topic, &payload, false, NOW);
        }
        let _ = Topic::parse(&topic);
    }

    #[test]
    fn any_json_under_any_tail_never_panics_and_what_is_read_is_written_readably(value in any_json()) {
        let payload = serde_json::to_vec(&value).unwrap();
        for tail in Tail::ALL {
            if let Ok(message) = Message::decode(&tail, &payload) {
                let written = message.encode();
                prop_assert!(Message::decode(&tail, &written).is_ok(), "{}", String::from_utf8_lossy(&written));
            }
        }
        let mut inbox = inbox();
        let _ = inbox.accept(STATE, &payload, true, NOW);
        let _ = inbox.accept(ACK, &payload, false, NOW);
    }
}
