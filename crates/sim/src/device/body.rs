//! A printer's body: charge, warmth, paper, and what it says about them (section 7.1).

use super::codes;
use crate::act::Act;
use crate::chance::{Chance, fresh_id};
use crate::label::Label;
use platen_protocol::cloud::messages::{Firmware, StateReport, WireTime};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Beyond this the head does not warm up by itself.
const WARM: f64 = 55.0;
const HOT: f64 = 71.5;
/// The battery is not emptied by printing alone: an empty one is an act.
const LAST_CHARGE: f64 = 5.0;

/// What is wrong with it, or was done to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) paper_out: bool,
    pub(crate) overheated: bool,
    pub(crate) battery_empty: bool,
    /// Out of reach.
    pub(crate) offline: bool,
    /// Switched off, or starting.
    pub(crate) dark: bool,
}

impl Condition {
    /// Whether the head may move on.
    pub(crate) const fn can_print(self) -> bool {
        !(self.paper_out || self.overheated || self.battery_empty || self.dark)
    }

    /// Whether it has a connection.
    pub(crate) const fn can_talk(self) -> bool {
        !(self.offline || self.dark)
    }

    /// The words that doors show.
    pub(crate) fn words(self) -> Vec<&'static str> {
        let words = [
            (self.paper_out, "paper-out"),
            (self.overheated, "overheated"),
            (self.battery_empty, "battery-empty"),
            (self.offline || self.dark, "offline"),
        ];
        words.into_iter().filter(|(holds, _)| *holds).map(|(_, word)| word).collect()
    }

    fn codes(self) -> Vec<i64> {
        let codes = [
            (self.paper_out, codes::PAPER_OUT),
            (self.overheated, codes::OVERHEATED),
            (self.battery_empty, codes::BATTERY_EMPTY),
        ];
        codes.into_iter().filter(|(holds, _)| *holds).map(|(_, code)| code).collect()
    }

    /// The condition after an act.
    pub(crate) const fn after(mut self, act: Act) -> Self {
        match act {
            Act::PaperOut => self.paper_out = true,
            Act::LoadPaper => self.paper_out = false,
            Act::Overheat => self.overheated = true,
            Act::CoolDown => self.overheated = false,
            Act::BatteryEmpty => self.battery_empty = true,
            Act::ChargeBattery => self.battery_empty = false,
            Act::GoOffline => self.offline = true,
            Act::ComeOnline => {
                self.offline = false;
                self.dark = false;
            }
            Act::StopPrint => {}
        }
        self
    }
}

/// What a power cut does not change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Body {
    battery: f64,
    temperature: f64,
    ambient: f64,
    print_count: i64,
    cloud_version: String,
}

impl Body {
    pub(crate) fn new(seed: u64, label: &Label) -> Self {
        let mut chance = Chance::new(seed, label.sn.as_str());
        let tenths = |number: u64| f64::from(u32::try_from(number).unwrap_or(0)) / 10.0;
        let ambient = 21.0 + tenths(chance.below(60));
        Self {
            battery: 70.0 + tenths(chance.below(300)),
            temperature: ambient,
            ambient,
            print_count: i64::try_from(chance.below(2000)).unwrap_or(0),
            cloud_version: "1.2.3".to_owned(),
        }
    }

    /// Rows were burned, `black` dots in all.
    pub(crate) fn burn(&mut self, rows: u32, black: u64) {
        let black = f64::from(u32::try_from(black).unwrap_or(u32::MAX));
        self.temperature = (self.temperature + 0.004 * f64::from(rows) + black * 2e-6).min(WARM.max(self.temperature));
        let used = 0.0002 * f64::from(rows) + black * 1e-7;
        self.battery = (self.battery - used).max(LAST_CHARGE.min(self.battery));
    }

    pub(crate) fn count_sheet(&mut self) {
        self.print_count += 1;
    }

    /// Some seconds pass.
    pub(crate) fn rest(&mut self) {
        self.temperature += (self.ambient - self.temperature) * 0.1;
    }

    pub(crate) fn act(&mut self, act: Act) {
        match act {
            Act::Overheat => self.temperature = HOT,
            Act::CoolDown => self.temperature = self.ambient + 3.0,
            Act::BatteryEmpty => self.battery = 0.0,
            Act::ChargeBattery => self.battery = 100.0,
            _ => {}
        }
    }

    pub(crate) fn upgraded(&mut self, version: &str) {
        version.clone_into(&mut self.cloud_version);
    }

    pub(crate) fn battery(&self) -> u8 {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped to 0–100
        let percent = self.battery.clamp(0.0, 100.0).round() as u8;
        percent
    }

    pub(crate) fn temperature(&self) -> f64 {
        (self.temperature * 10.0).round() / 10.0
    }

    pub(crate) fn firmware(&self) -> Vec<Firmware> {
        let part = |kind: &str, version: &str, nn: Option<&str>| Firmware {
            firmware_type: kind.to_owned(),
            firmware_version: version.to_owned(),
            nn: nn.map(str::to_owned),
        };
        vec![
            part("cloud", &self.cloud_version, Some("NN-001")),
            part("printer", "3.4.5", Some("NN-002")),
            part("bluetooth", "0.9.8", None),
        ]
    }

    /// A whole report.
    pub(crate) fn report(&self, seed: u64, label: &Label, condition: Condition, now: WireTime) -> StateReport {
        let mut chance = Chance::new(seed, &format!("{} facts", label.sn));
        let small = |number: u64| i64::try_from(number).unwrap_or(0);
        StateReport {
            msg_id: Some(fresh_id()),
            ts: Some(now),
            rssi: Some(-40 - small(chance.below(30))),
            battery: Some(self.battery().into()),
            paper: Some(i64::from(!condition.paper_out)),
            paper_type: Some("roll".to_owned()),
            err_code: Some(condition.codes()),
            temperature: Some(self.temperature()),
            humidity: Some(45.0),
            ip_address: Some(format!("192.168.1.{}", 20 + chance.below(200))),
            bluetooth_mac: Some(format!("00:1A:7D:DA:{:02X}:{:02X}", chance.below(256), chance.below(256))),
            imei: Some(format!("86{}", chance.digits(13))),
            iccid: Some(format!("8986{}", chance.digits(16))),
            signal_strength: Some(-60 - small(chance.below(30))),
            network_type: Some("4G".to_owned()),
            print_count: Some(self.print_count),
            avg_latency: Some(20 + small(chance.below(100))),
            packet_loss_rate: Some(0.0),
            charging: Some(false),
            sleep_time: Some(10),
            firmware: Some(self.firmware()),
            ..StateReport::default()
        }
    }
}

/// Of `report` only what is not in `last`, and the message's own id and time (rule C-11, the other reading).
pub(crate) fn delta(last: &mut Map<String, Value>, report: Map<String, Value>) -> Map<String, Value> {
    let own = |key: &str| key == "msgId" || key == "ts";
    let changed = report.iter().filter(|(key, value)| own(key) || last.get(*key) != Some(*value));
    let changed = changed.map(|(key, value)| (key.clone(), value.clone())).collect();
    *last = report;
    changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::labels;

    #[test]
    fn a_seed_decides_how_a_printer_feels() {
        let report = |seed| {
            let label = &labels(seed, false)[0];
            let mut report = Body::new(seed, label).report(seed, label, Condition::default(), WireTime(1));
            report.msg_id = None;
            report
        };
        assert_eq!(report(1), report(1));
        assert_ne!(report(1), report(2));
    }

    #[test]
    fn printing_warms_and_drains_but_never_to_the_limit() {
        let mut body = Body::new(1, &labels(1, false)[0]);
        let before = body.clone();
        body.burn(1000, 100_000);
        assert!(body.temperature > before.temperature && body.battery < before.battery);
        for _ in 0..10_000 {
            body.burn(1000, 384_000);
        }
        assert!(body.temperature() <= WARM && body.battery() >= 5);
        body.act(Act::BatteryEmpty);
        body.burn(10, 10);
        assert_eq!(body.battery(), 0);
    }

    #[test]
    fn acts_and_their_opposites_end_where_they_began() {
        let pairs = [
            (Act::PaperOut, Act::LoadPaper, "paper-out"),
            (Act::Overheat, Act::CoolDown, "overheated"),
            (Act::BatteryEmpty, Act::ChargeBattery, "battery-empty"),
            (Act::GoOffline, Act::ComeOnline, "offline"),
        ];
        for (act, opposite, word) in pairs {
            let condition = Condition::default().after(act);
            assert_eq!(condition.words(), [word]);
            assert_eq!(condition.after(opposite), Condition::default());
            assert_eq!(condition.can_print(), act == Act::GoOffline);
        }
    }

    #[test]
    fn a_delta_holds_what_changed_and_the_messages_own_fields() {
        let map = |text: &str| serde_json::from_str::<Map<String, Value>>(text).unwrap();
        let mut last = map(r#"{"msgId":"1","ts":1,"battery":90,"paper":1}"#);
        let changed = delta(&mut last, map(r#"{"msgId":"2","ts":2,"battery":89,"paper":1}"#));
        assert_eq!(changed, map(r#"{"msgId":"2","ts":2,"battery":89}"#));
        assert_eq!(last["battery"], 89);
    }
}
