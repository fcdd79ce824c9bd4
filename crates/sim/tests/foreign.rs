//! Other people's devices, each its own process, are given their Wi-Fi through the unmodified Bluetooth library: the
//! package pyImprov, and a device with security 2 whose key agreement is the package srp.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A test may fail.

#[path = "common/apart.rs"]
mod apart;
#[path = "common/foreign.rs"]
mod foreign;

use apart::apart;
use foreign::Foreign;
use platen_model::gatt::GattRequest;
use platen_model::wifi::{Credentials, Security, Ssid};
use platen_model::{Input, Moment, Output, Secret, UserAnswer};
use platen_protocol::provisioning::machines::{EspSetup, ImprovSetup, Plan, SetupDialogue, SetupEvent, SetupOutcome};
use platen_sim::air::Air;
use platen_transport::ble::connect_patiently;
use platen_transport::{GattLink, Radio, SystemRadio};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// A bound for everything; nothing here waits for it.
const BOUND: Duration = Duration::from_secs(60);
const SSID: &str = "Home";
const PASSPHRASE: &str = "correct horse";
const CODE: &str = "abcd1234";

/// What became of a set-up: its end, the networks that were seen, and the class of each refusal.
#[derive(Debug, PartialEq)]
struct Course {
    end: Result<Option<String>, &'static str>,
    networks: Vec<String>,
    refused: Vec<&'static str>,
}

/// Connects to the one device in the air, and sets it up with the pass phrases in turn.
async fn set_up(
    radio: &SystemRadio,
    passphrases: &[&str],
    machine: impl FnOnce(&dyn GattLink, Plan) -> Box<SetupDialogue>,
    code: Option<&str>,
) -> Course {
    let mut scan = radio.scan().await.unwrap();
    let heard = timeout(BOUND, scan.recv()).await.unwrap().unwrap();
    drop(scan);
    let link = connect_patiently(radio, &heard.address, |_, _| {}).await.unwrap();
    let mut plan = Plan::new([7; 32]);
    plan.code = code.map(|code| Secret::new(code.as_bytes().to_vec()));
    let mut machine = machine(link.as_ref(), plan);
    let course = timeout(BOUND, run(link.as_ref(), machine.as_mut(), passphrases)).await.expect("it ends");
    link.disconnect().await.unwrap();
    course
}

async fn run(link: &dyn GattLink, machine: &mut SetupDialogue, passphrases: &[&str]) -> Course {
    let begun = Instant::now();
    let now = || Moment::from_millis(u64::try_from(begun.elapsed().as_millis()).unwrap());
    let mut passphrases = passphrases.iter();
    let mut join = |machine: &mut SetupDialogue| match passphrases.next() {
        Some(passphrase) => {
            let credentials = Credentials {
                ssid: Ssid::new(SSID.as_bytes()).unwrap(),
                security: Security::Wpa2,
                passphrase: Secret::new(passphrase.as_bytes().to_vec()),
            };
            machine.handle(now(), Input::Answer(UserAnswer::Join(credentials)));
        }
        None => machine.handle(now(), Input::Cancel),
    };
    let (mut networks, mut refused) = (Vec::new(), Vec::new());
    let mut asked: Option<GattRequest> = None;
    loop {
        match machine.poll(now()) {
            Output::Gatt(request) => asked = Some(request),
            Output::Event(SetupEvent::Networks { list, .. }) => {
                networks = list.iter().map(|network| network.ssid.shown()).collect();
                join(machine);
            }
            Output::Event(SetupEvent::NotJoined(obstacle)) => {
                refused.push(obstacle.class());
                join(machine);
            }
            Output::Event(SetupEvent::CodeNeeded { wrong }) => {
                refused.push(if wrong { "WRONG-CODE" } else { "CODE-MISSING" });
                machine.handle(now(), Input::Cancel);
            }
            Output::Event(_) => {}
            Output::WaitUntil(until) => {
                let until = begun + Duration::from_millis(until.as_millis());
                let event = match asked.take() {
                    // The machines keep what is told while a request is under way in the link, where it waits.
                    Some(request) => Some(link.request(&request).await),
                    None => tokio::time::timeout_at(until, link.next()).await.ok(),
                };
                machine.handle(now(), event.map_or(Input::Tick, Input::Gatt));
            }
            Output::Done(end) => {
                let end = match end {
                    Ok(SetupOutcome::Joined(joined)) => Ok(joined.address.or(joined.urls.first().cloned())),
                    Ok(SetupOutcome::Sent) => Err("SENT"),
                    Err(obstacle) => Err(obstacle.class()),
                };
                return Course { end, networks, refused };
            }
            Output::Send { .. } | Output::Request(_) => panic!("this is Bluetooth"),
        }
    }
}

fn improv(link: &dyn GattLink, plan: Plan) -> Box<SetupDialogue> {
    Box::new(ImprovSetup::over_ble(link.tree(), link.payload(), plan).unwrap())
}

fn security2(link: &dyn GattLink, plan: Plan) -> Box<SetupDialogue> {
    Box::new(EspSetup::over_ble(link.tree(), plan).unwrap())
}

/// As [`apart`]; what the devices need is installed before their tests have processes of their own.
fn apart_with_python<F: Future<Output = ()>>(name: &str, test: impl FnOnce(Air) -> F) {
    foreign::python();
    apart(name, test);
}

fn place(air: &Air, device: Foreign) {
    air.add("C0:00:00:00:00:0F", device);
}

#[test]
fn a_foreign_improv_device_refuses_a_wrong_pass_phrase_and_joins_with_the_right_one() {
    apart_with_python(
        "a_foreign_improv_device_refuses_a_wrong_pass_phrase_and_joins_with_the_right_one",
        async |air| {
            place(&air, Foreign::start("improv_device.py", &[SSID, PASSPHRASE]));
            let course = set_up(&SystemRadio::new(), &["wrong horse", PASSPHRASE], improv, None).await;
            assert_eq!(course.refused, ["REFUSED"]);
            assert_eq!(course.end, Ok(Some("http://192.0.2.7/".to_owned())));
        },
    );
}

#[test]
fn a_foreign_security_2_device_refuses_a_wrong_pass_phrase_and_joins_with_the_right_one() {
    apart_with_python(
        "a_foreign_security_2_device_refuses_a_wrong_pass_phrase_and_joins_with_the_right_one",
        async |air| {
            place(&air, Foreign::start("security2_device.py", &["wifiprov", CODE, SSID, PASSPHRASE]));
            let course = set_up(&SystemRadio::new(), &["wrong horse", PASSPHRASE], security2, Some(CODE)).await;
            assert_eq!(course.networks, [SSID]);
            assert_eq!(course.refused, ["REFUSED"]);
            assert_eq!(course.end, Ok(Some("192.0.2.9".to_owned())));
        },
    );
}

#[test]
fn a_foreign_security_2_device_refuses_a_wrong_code() {
    apart_with_python("a_foreign_security_2_device_refuses_a_wrong_code", async |air| {
        place(&air, Foreign::start("security2_device.py", &["wifiprov", CODE, SSID, PASSPHRASE]));
        let course = set_up(&SystemRadio::new(), &[PASSPHRASE], security2, Some("wrong")).await;
        assert_eq!(course.refused, ["WRONG-CODE"]);
        assert!(course.networks.is_empty(), "nothing was sent");
    });
}
