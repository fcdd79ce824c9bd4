//! The rules C-1 to C-23 of the cloud platform, each with a test that bears its number. Most stand beside the code that
//! keeps them; this file has those that need several parts, and counts them all.
//!
//! | Rule | Kept here by | and by others |
//! |---|---|---|
//! | C-1 | no machine of the cloud sends on a local channel | engine: a cloud job never becomes a local one |
//! | C-2 | `machines::Login`, `token` | engine: single flight |
//! | C-3 | `shapes::request`, `machines::Bind` | |
//! | C-4 | `shapes::answer` | simulated world: plays both forms |
//! | C-5 | `profile`, `connect` | transport: tries the versions in order |
//! | C-6, C-7 | `topic` | simulated world: plays both prefixes |
//! | C-8, C-18 | `messages::presence`, `messages::callback` | |
//! | C-9 | `messages::callback` reads and writes the wrapper | simulated world: retries, secret path |
//! | C-10, C-11 | `messages::state`, `messages::known` | UI: neutral labels |
//! | C-12 | `status` | engine: final states never go back |
//! | C-13, C-21 | `correlate` | engine: passes in the open jobs |
//! | C-14 | `messages::pull` | simulated world: answers pulls |
//! | C-15 | `messages::down` | simulated world: verifies what it downloads |
//! | C-16 | `control` | simulated world: knows the two other words |
//! | C-17 | `messages::ack` | simulated world: plays both spellings |
//! | C-19 | `messages::time` | |
//! | C-20 | `platen_model::Segment`, `topic`, `shapes::answer`, `qr` | |
//! | C-22 | `profile` | transport: refuses plain text; UI: shows it; nobody flashes firmware |
//! | C-23 | `machines::SendJob` | engine: `uncertain` |
#![allow(clippy::unwrap_used)] // a test that meets the unexpected stops

use platen_model::{HttpFailure, HttpMethod, HttpResponse, Input, Machine, Moment, Output, Secret, Segment};
use platen_protocol::cloud::machines::{Bind, FetchState, Login, LookUpJob, SendJob};
use platen_protocol::cloud::messages::Callback;
use platen_protocol::cloud::profile::Profile;
use platen_protocol::cloud::shapes::{NewJob, answer};
use platen_protocol::cloud::{Tail, Topic, qr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

fn profile() -> Profile {
    Profile::sample("rules", "https://p.example", "localhost", 1883)
}

fn sn() -> Segment {
    Segment::new("SN1").unwrap()
}

fn job() -> Arc<NewJob> {
    Arc::new(NewJob::prn("r1", "Photo", "esc", b"abc".as_slice().into()))
}

#[test]
fn every_rule_has_a_test_that_bears_its_number() {
    let mut text = String::new();
    let mut folders =
        vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let missing: Vec<u32> = (1..=23).filter(|rule| !text.contains(&format!("fn c_{rule}_"))).collect();
    assert!(missing.is_empty(), "no test for the rules {missing:?}");
}

/// Drives a machine through every kind of answer and tells whether it ever sent bytes on a channel.
fn sends_bytes<M: Machine>(mut machine: M) -> bool {
    let bodies = [r#"{"appAuthCode":"a"}"#, r#"{"token":"t","expiresIn":60}"#, r#"{"items":[],"total":0}"#, "{", "{}"];
    let mut now = Moment::from_millis(0);
    for round in 0..64_usize {
        match machine.poll(now) {
            Output::Send { .. } | Output::Gatt(_) => return true,
            Output::Done(_) => return false,
            Output::Event(_) => {}
            Output::Request(_) => {
                let body = bodies[round % bodies.len()].as_bytes().to_vec();
                machine.handle(now, Input::Response(Ok(HttpResponse { status: 200, date: None, cookie: None, body })));
            }
            Output::WaitUntil(until) => {
                now = until;
                machine.handle(now, Input::Tick);
            }
        }
    }
    false
}

#[test]
fn c_1_no_dialogue_with_the_cloud_ever_uses_a_local_channel() {
    let (profile, token) = (profile(), Secret::from("tok"));
    assert!(!sends_bytes(Bind::new(&profile, &sn(), None)));
    assert!(!sends_bytes(Login::new(&profile, &sn(), None)));
    assert!(!sends_bytes(FetchState::new(&profile, &token)));
    assert!(!sends_bytes(LookUpJob::new(&profile, &token, &sn(), "r1")));
    assert!(!sends_bytes(SendJob::new(&profile, &token, &sn(), job())));
    assert!(!sends_bytes(SendJob::recover(&profile, &token, &sn(), job())));
}

#[test]
fn c_9_a_callback_is_written_as_the_guide_shows_it_and_read_back() {
    let callback = Callback {
        message_type: "up/state".to_owned(),
        device_id: "SN123456".to_owned(),
        tenant_code: "tenant_a".to_owned(),
        username: Some("owner_user".to_owned()),
        ..Callback::default()
    };
    let text = serde_json::to_string(&callback).unwrap();
    let sample =
        r#"{"messageType":"up/state","deviceId":"SN123456","tenantCode":"tenant_a","username":"owner_user","data":{}}"#;
    assert_eq!(text, sample);
    assert_eq!(Callback::decode(sample.as_bytes()).unwrap(), callback);
    assert_eq!(callback.tail(), Tail::State);
}

#[test]
fn c_23_nothing_is_sent_again_before_the_jobs_were_listed_by_our_reference() {
    for failure in [HttpFailure::TimedOut, HttpFailure::Broken(String::new()), HttpFailure::TooLarge] {
        let mut machine = SendJob::new(&profile(), &Secret::from("tok"), &sn(), job());
        let mut now = Moment::from_millis(0);
        let mut methods = Vec::new();
        // The platform never answers: whatever the machine does on its own must be look-ups.
        for _ in 0..200 {
            match machine.poll(now) {
                Output::Request(request) => {
                    assert!(methods.is_empty() || request.url.contains("clientRef=r1"), "{}", request.url);
                    methods.push(request.method);
                    machine.handle(now, Input::Response(Err(failure.clone())));
                }
                Output::WaitUntil(until) => {
                    now = until;
                    machine.handle(now, Input::Tick);
                }
                Output::Event(_) | Output::Send { .. } | Output::Gatt(_) => {}
                Output::Done(end) => {
                    assert!(matches!(end, Ok(platen_protocol::cloud::machines::SendOutcome::Uncertain { .. })));
                    break;
                }
            }
        }
        assert_eq!(methods.iter().filter(|method| **method == HttpMethod::Post).count(), 1);
        assert_eq!(methods.len(), 6, "one send, five looks");
        assert!(now.since(Moment::default()) <= Duration::from_secs(150));
    }
}

/// Names from the appendix of test vectors and every combination of them with honest text around.
fn hostile_names() -> Vec<String> {
    let cores = [
        "+",
        "#",
        "/",
        "|",
        "\0",
        "\u{1}",
        "\t",
        "\n",
        "\u{7F}",
        "\u{85}",
        "\u{200B}",
        "\u{200F}",
        "\u{202E}",
        "\u{2066}",
        "\u{2069}",
        "\u{FEFF}",
        "\u{AD}",
        "\u{E0001}",
    ];
    let around =
        [("", ""), ("tenant", ""), ("", "user"), ("a", "b"), ("../", ".."), ("ร้าน", "店"), ("%2F", "é"), ("$SYS", "")];
    let mut names: Vec<String> = ["", "$", "$SYS", "$share", "$SYS/broker"].map(str::to_owned).to_vec();
    for core in cores {
        for (before, after) in around {
            names.push(format!("{before}{core}{after}"));
            names.push(format!("{before}{core}{core}{after}"));
        }
    }
    names.extend([129, 1000, 65_536].map(|length| "x".repeat(length)));
    names
}

#[test]
fn c_20_two_hundred_hostile_names_are_refused_wherever_a_name_comes_in() {
    let names = hostile_names();
    assert!(names.len() >= 200, "{}", names.len());
    for name in &names {
        let quoted = serde_json::to_string(name).unwrap();
        for body in [
            format!(r#"{{"appAuthCode":"a","tenantCode":{quoted},"userName":"u"}}"#),
            format!(r#"{{"appAuthCode":"a","tenantCode":"t","userName":{quoted}}}"#),
        ] {
            let response = HttpResponse { status: 200, date: None, cookie: None, body: body.into_bytes() };
            assert!(answer::bind(&response).is_err(), "bind answer with {name:?}");
        }
        assert!(qr::parse(&format!(r#"{{"sn":{quoted}}}"#)).is_err(), "label with {name:?}");
        let mut profile = profile().to_toml();
        profile.push_str(&format!("\n[owner]\ntenantCode = {quoted}\nuserName = \"u\"\n"));
        assert!(Profile::parse(&profile).is_err(), "profile with {name:?}");
        let topic = Topic::parse(&format!("devices/{name}/u/SN1/up/state"));
        assert!(topic.map_or(true, |topic| topic.tail != Tail::State), "topic with {name:?}");
    }
    for honest in ["tenant_a", "SN123456", "a b", "ร้าน", "e\u{301}", "é", "%2F", "..", "sn", "SN"] {
        assert!(Segment::new(honest).is_ok(), "{honest:?}");
    }
}
