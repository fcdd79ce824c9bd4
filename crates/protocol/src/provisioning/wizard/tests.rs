//! The rows of the table, one by one, with a clock that only counts.

use super::*;
use crate::provisioning::machines::{Joined, Stage};

struct Desk {
    wizard: Wizard,
    now: Moment,
}

impl Desk {
    fn new() -> Self {
        Self { wizard: Wizard::new(Moment::default()), now: Moment::default() }
    }

    /// What shall be done after this, without the redrawing.
    fn tell(&mut self, happening: Happening) -> Vec<String> {
        self.wizard.handle(self.now, happening);
        self.effects()
    }

    fn effects(&mut self) -> Vec<String> {
        let mut all = Vec::new();
        loop {
            all.push(match self.wizard.poll() {
                Effect::WaitUntil(_) => return all,
                Effect::Changed => continue,
                Effect::Listen(on) => format!("listen {on}"),
                Effect::Connect(target) => format!("connect {}", target.id),
                Effect::Begin(means) => format!("begin{}", if means.already_sent { ", watching" } else { "" }),
                Effect::Answer(UserAnswer::Join(_)) => "join".to_owned(),
                Effect::Answer(UserAnswer::Text(_)) => "code".to_owned(),
                Effect::Answer(other) => format!("{other:?}"),
                Effect::HangUp => "hang up".to_owned(),
                Effect::Reach { host, port } => format!("reach {host} {port:?}"),
                Effect::Bind(serial) => format!("bind {serial:?}"),
                Effect::TestPrint(serial) => format!("print on {serial}"),
                Effect::UseDirectly(target) => format!("directly {}", target.id),
            });
        }
    }

    fn wait(&mut self) -> Vec<String> {
        let mut effects = Vec::new();
        while effects.is_empty() {
            let Effect::WaitUntil(Some(until)) = self.wizard.poll() else { panic!("nothing to wait for") };
            self.now = until;
            effects = self.tell(Happening::Tick);
            if self.wizard.hint() {
                break;
            }
        }
        effects
    }

    /// Up to the choice of a network.
    fn choosing() -> Self {
        let mut desk = Self::new();
        desk.effects();
        desk.tell(Happening::Pick(target()));
        desk.tell(Happening::Connected);
        desk.tell(Happening::Told(SetupEvent::Device(DeviceFacts { identify: true, ..DeviceFacts::default() })));
        desk.tell(Happening::Told(SetupEvent::Stage(Stage::Networks)));
        let home = Network { ssid: ssid(), rssi: Some(-50), security: Security::Wpa2, channel: Some(6), bssid: None };
        desk.tell(Happening::Told(SetupEvent::Networks { list: vec![home], listed: true }));
        desk.tell(Happening::Told(SetupEvent::Stage(Stage::Choose)));
        desk
    }

    /// Up to the joining printer.
    fn joining() -> Self {
        let mut desk = Self::choosing();
        desk.tell(Happening::Choose(ssid(), Security::Wpa2));
        assert_eq!(desk.tell(Happening::Passphrase(secret("correct horse"))), ["join"]);
        desk.tell(Happening::Told(SetupEvent::Stage(Stage::Joining)));
        desk.tell(Happening::Told(SetupEvent::Joining(Progress::Sent)));
        desk
    }

    fn ended(&mut self, outcome: SetupOutcome) -> Vec<String> {
        self.tell(Happening::Ended(Ok(outcome)))
    }
}

fn target() -> Target {
    Target { id: "d1".to_owned(), name: Some("PROV_1".to_owned()) }
}

fn ssid() -> Ssid {
    Ssid::new(b"home").unwrap()
}

fn secret(text: &str) -> Secret<Vec<u8>> {
    Secret::new(text.as_bytes().to_vec())
}

fn at(address: &str) -> SetupOutcome {
    SetupOutcome::Joined(Joined { address: Some(address.to_owned()), urls: Vec::new() })
}

#[test]
fn from_the_box_to_a_test_label() {
    let mut desk = Desk::joining();
    assert_eq!(desk.wizard.step(), Step::Join);
    assert_eq!(desk.ended(at("192.168.1.7")), ["hang up", "reach 192.168.1.7 None"]);
    assert!(desk.wizard.is_sent() && !desk.wizard.is_confirmed());
    assert_eq!(desk.tell(Happening::Reached(true)), ["bind None"]);
    assert!(desk.wizard.is_confirmed());
    assert_eq!(desk.tell(Happening::Bound(Ok("SN1".to_owned()))), ["print on SN1"]);
    desk.tell(Happening::Printed(Ok(())));
    assert_eq!(desk.wizard.step(), Step::Done);
}

#[test]
fn nothing_in_the_list_brings_a_hint_and_bluetooth_its_reason() {
    let mut desk = Desk::new();
    assert_eq!(desk.effects(), ["listen true"]);
    desk.tell(Happening::Ready(Some(Obstacle::BluetoothOff)));
    assert_eq!(desk.wizard.obstacle(), Some(Obstacle::BluetoothOff));
    desk.tell(Happening::Ready(None));
    assert_eq!((desk.wizard.obstacle(), desk.wizard.hint()), (None, false));
    desk.wait();
    assert!(desk.wizard.hint());
    assert_eq!(desk.now, Moment::from_millis(10_000));
}

#[test]
fn a_label_chooses_its_printer_and_brings_its_code() {
    let text = r#"{"ver":"v1","name":"PROV_1","pop":"canary","transport":"ble"}"#;
    let Ok(super::super::label::Label::Setup(label)) = super::super::label::read(text) else { panic!() };
    let mut desk = Desk::new();
    desk.effects();
    desk.tell(Happening::Label(label));
    let other = Target { id: "d2".to_owned(), name: Some("PROV_2".to_owned()) };
    assert!(desk.tell(Happening::Seen(other)).is_empty());
    assert_eq!(desk.tell(Happening::Seen(target())), ["listen false", "connect d1"]);
    desk.wizard.handle(desk.now, Happening::Connected);
    let means = loop {
        if let Effect::Begin(means) = desk.wizard.poll() {
            break means;
        }
    };
    assert_eq!(means.code.as_ref().unwrap().reveal(), b"canary");
    assert_eq!(means.promised, Some(Scheme::Two));
    assert!(!format!("{:?} {means:?}", desk.wizard).contains("canary"));
}

#[test]
fn a_lost_link_before_the_password_is_tried_three_times() {
    let mut desk = Desk::new();
    desk.effects();
    desk.tell(Happening::Pick(target()));
    let lost = || Happening::NotConnected(Obstacle::LinkLost);
    assert!(desk.tell(lost()).is_empty());
    assert_eq!(desk.wait(), ["connect d1"]);
    assert_eq!(desk.now, Moment::from_millis(500));
    desk.tell(Happening::Connected);
    // A link that breaks during the handshake counts too.
    assert_eq!(desk.tell(Happening::Ended(Err(Obstacle::LinkLost))), ["hang up"]);
    assert_eq!(desk.wait(), ["connect d1"]);
    assert_eq!(desk.now, Moment::from_millis(2_000));
    desk.tell(lost());
    assert_eq!(desk.wizard.obstacle(), Some(Obstacle::LinkLost));
    assert_eq!(desk.tell(Happening::Again), ["connect d1"]);
    // Switched off is not tried again.
    desk.tell(Happening::NotConnected(Obstacle::BluetoothOff));
    assert_eq!(desk.wizard.obstacle(), Some(Obstacle::BluetoothOff));
}

#[test]
fn a_wrong_code_is_asked_for_again_on_the_same_link() {
    let mut desk = Desk::new();
    desk.effects();
    desk.tell(Happening::Pick(target()));
    desk.tell(Happening::Connected);
    desk.tell(Happening::Told(SetupEvent::CodeNeeded { wrong: true }));
    assert_eq!((desk.wizard.obstacle(), desk.wizard.wants_code()), (Some(Obstacle::WrongCode), true));
    assert_eq!(desk.tell(Happening::Code(Secret::from("abcd1234"))), ["code"]);
    assert_eq!((desk.wizard.obstacle(), desk.wizard.wants_code()), (None, false));
}

#[test]
fn the_button_has_a_countdown_and_is_armed_again() {
    let mut desk = Desk::new();
    desk.effects();
    desk.tell(Happening::Pick(target()));
    desk.tell(Happening::Connected);
    desk.tell(Happening::Told(SetupEvent::Stage(Stage::Authorise)));
    let press = |again| Happening::Told(SetupEvent::PressButton { within: Duration::from_secs(60), again });
    desk.tell(press(false));
    assert_eq!((desk.wizard.step(), desk.wizard.press_until()), (Step::Authorise, Some(Moment::from_millis(60_000))));
    desk.tell(press(true));
    assert_eq!(desk.wizard.obstacle(), Some(Obstacle::NotAuthorised));
    desk.tell(Happening::Ended(Err(Obstacle::NotAuthorised)));
    assert_eq!(desk.tell(Happening::Again), ["connect d1"]);
}

#[test]
fn what_cannot_be_joined_is_said_before_a_password_is_asked() {
    let mut desk = Desk::choosing();
    desk.tell(Happening::Choose(ssid(), Security::Enterprise));
    assert_eq!((desk.wizard.step(), desk.wizard.obstacle()), (Step::Network, Some(Obstacle::Enterprise)));
    let fast = Ssid::new(b"fast").unwrap();
    desk.tell(Happening::Computer(fast.clone(), 5_180));
    desk.tell(Happening::Choose(fast, Security::Wpa2));
    assert_eq!((desk.wizard.step(), desk.wizard.obstacle()), (Step::Network, Some(Obstacle::OtherBand)));
    // Open: no password, straight on.
    assert_eq!(desk.tell(Happening::Choose(Ssid::new(b"cafe").unwrap(), Security::Open)), ["join"]);
    // A length that cannot be right never reaches the printer.
    let mut desk = Desk::choosing();
    desk.tell(Happening::Choose(ssid(), Security::Wpa2));
    assert!(desk.tell(Happening::Passphrase(secret("short"))).is_empty());
    assert!(matches!(desk.wizard.obstacle(), Some(Obstacle::Passphrase(_))));
    assert_eq!(desk.tell(Happening::Rescan), ["Rescan"]);
    assert_eq!(desk.tell(Happening::Identify), ["Identify"]);
}

#[test]
fn no_networks_is_said_and_a_name_can_still_be_typed() {
    let mut desk = Desk::choosing();
    desk.tell(Happening::Told(SetupEvent::Networks { list: Vec::new(), listed: true }));
    assert_eq!(desk.wizard.obstacle(), Some(Obstacle::NoNetworks));
    desk.tell(Happening::Choose(ssid(), Security::Wpa2));
    assert_eq!(desk.wizard.step(), Step::Password);
}

#[test]
fn a_choice_made_while_it_still_looks_waits_for_the_list() {
    let mut desk = Desk::choosing();
    desk.tell(Happening::Told(SetupEvent::Stage(Stage::Networks)));
    assert!(desk.wizard.listing());
    desk.tell(Happening::Choose(ssid(), Security::Wpa2));
    assert!(desk.tell(Happening::Passphrase(secret("correct horse"))).is_empty());
    desk.tell(Happening::Told(SetupEvent::Networks { list: Vec::new(), listed: false }));
    assert_eq!(desk.tell(Happening::Told(SetupEvent::Stage(Stage::Choose))), ["join"]);
}

#[test]
fn another_password_goes_over_the_same_link() {
    let mut desk = Desk::joining();
    desk.tell(Happening::Told(SetupEvent::NotJoined(Obstacle::Refused { weak: false })));
    assert_eq!((desk.wizard.step(), desk.wizard.is_sent()), (Step::Password, false));
    desk.tell(Happening::Told(SetupEvent::Stage(Stage::Choose)));
    // The network that was chosen stays chosen.
    assert_eq!(desk.tell(Happening::Passphrase(secret("correct horse"))), ["join"]);
    let mut desk = Desk::joining();
    desk.tell(Happening::Told(SetupEvent::NotJoined(Obstacle::NetworkNotFound)));
    assert_eq!((desk.wizard.step(), desk.wizard.obstacle()), (Step::Network, Some(Obstacle::NetworkNotFound)));
}

#[test]
fn a_lost_link_after_the_password_is_looked_at_once_and_never_a_failure() {
    let mut desk = Desk::joining();
    assert_eq!(desk.ended(SetupOutcome::Sent), ["hang up", "connect d1"]);
    assert_eq!(desk.tell(Happening::Connected), ["begin, watching"]);
    // It says that it has joined, and where.
    let joined = Joined { address: None, urls: vec!["http://192.168.1.5/".to_owned()] };
    assert_eq!(desk.ended(SetupOutcome::Joined(joined)), ["hang up", "reach 192.168.1.5 Some(80)"]);
    assert_eq!(desk.tell(Happening::Reached(true)), ["bind None"]);

    let mut desk = Desk::joining();
    desk.ended(SetupOutcome::Sent);
    // It is gone from Bluetooth: nobody knows, and nobody says "failed".
    assert!(desk.tell(Happening::NotConnected(Obstacle::NotInSetup)).is_empty());
    assert_eq!((desk.wizard.step(), desk.wizard.obstacle()), (Step::Confirm, Some(Obstacle::Unconfirmed)));
    assert!(desk.wizard.is_sent() && !desk.wizard.is_confirmed());
}

#[test]
fn a_page_that_a_printer_names_says_which_serial_number_to_bind() {
    let named = |url: &str| {
        let mut desk = Desk::joining();
        desk.ended(SetupOutcome::Joined(Joined { address: None, urls: vec![url.to_owned()] }));
        desk.tell(Happening::Reached(true))
    };
    assert_eq!(named("http://192.168.1.5/?id=SN-7"), ["bind Some(\"SN-7\")"]);
    assert_eq!(named("http://192.168.1.5/?id=../x"), ["bind None"]);
}

#[test]
fn the_network_is_looked_at_for_thirty_seconds() {
    let mut desk = Desk::joining();
    desk.ended(at("192.168.1.7"));
    let mut looks = 1;
    while desk.wizard.obstacle().is_none() {
        desk.tell(Happening::Reached(false));
        if desk.wizard.obstacle().is_none() {
            assert_eq!(desk.wait(), ["reach 192.168.1.7 None"]);
            looks += 1;
        }
    }
    assert_eq!((desk.wizard.obstacle(), looks), (Some(Obstacle::NotVisible), 15));
    assert!(!desk.wizard.is_confirmed());
    assert_eq!(desk.tell(Happening::Again), ["reach 192.168.1.7 None"]);
}

#[test]
fn a_conflict_can_be_skipped_and_an_expired_bind_tried_again() {
    let mut desk = Desk::joining();
    desk.tell(Happening::Told(SetupEvent::HandedOver { taken: true, device_id: Some("SN1".to_owned()) }));
    desk.ended(at("192.168.1.7"));
    assert_eq!(desk.tell(Happening::Reached(true)), ["bind Some(\"SN1\")"]);
    desk.tell(Happening::Bound(Err(Obstacle::Expired)));
    assert_eq!(desk.tell(Happening::Again), ["bind Some(\"SN1\")"]);
    desk.tell(Happening::Bound(Err(Obstacle::BindConflict)));
    assert_eq!(desk.wizard.obstacle(), Some(Obstacle::BindConflict));
    desk.tell(Happening::Skip);
    assert_eq!((desk.wizard.step(), desk.wizard.is_confirmed()), (Step::Done, true));
}

#[test]
fn without_wifi_and_cancel_are_possible_everywhere_and_let_go_of_the_printer() {
    for mut desk in [Desk::choosing(), Desk::joining()] {
        assert_eq!(desk.tell(Happening::WithoutWifi), ["hang up", "directly d1"]);
        assert_eq!(desk.wizard.step(), Step::Offline);
    }
    let mut desk = Desk::choosing();
    assert_eq!(desk.tell(Happening::Cancel), ["hang up"]);
    assert!(desk.wizard.is_over());
    // The dialogue that ends afterwards changes nothing.
    assert!(desk.tell(Happening::Ended(Err(Obstacle::Cancelled))).is_empty());
    assert_eq!(desk.wizard.step(), Step::Stopped);
}

#[test]
fn a_restart_goes_on_where_it_was_and_holds_no_secret() {
    let resume = |desk: &Desk| {
        let text = serde_json::to_string(desk.wizard.saved()).unwrap();
        assert!(!text.contains("correct horse"), "{text}");
        let saved: Saved = serde_json::from_str(&text).unwrap();
        Desk { wizard: Wizard::resume(Moment::default(), saved), now: Moment::default() }
    };
    // Before the password: connect again.
    let mut desk = resume(&Desk::choosing());
    assert_eq!((desk.effects(), desk.wizard.step()), (vec!["connect d1".to_owned()], Step::Connect));
    // After it: only watch.
    let mut desk = resume(&Desk::joining());
    assert_eq!(desk.effects(), ["connect d1"]);
    assert_eq!(desk.tell(Happening::Connected), ["begin, watching"]);
    // With an address: look at the network.
    let mut desk = Desk::joining();
    desk.ended(at("192.168.1.7"));
    assert_eq!(resume(&desk).effects(), ["reach 192.168.1.7 None"]);
    desk.tell(Happening::Reached(true));
    assert_eq!(resume(&desk).effects(), ["bind None"]);
}
