//! What is known about a printer, field by field, each with its own age (rule C-11, promise MQ-11).

use super::state::{Firmware, StateReport};
use platen_model::WallTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A value and since when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Known<T> {
    /// The last value.
    pub value: T,
    /// When it was received, by our clock.
    pub at: WallTime,
    /// Heard from the printer itself in this session; `false` is "last known": retained, or from before.
    pub live: bool,
}

/// Everything that was ever reported, for the screen and for storage.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs)] // the fields of [`StateReport`]
pub struct KnownState {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rssi: Option<Known<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub battery: Option<Known<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paper: Option<Known<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paper_type: Option<Known<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub err_code: Option<Known<Vec<i64>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<Known<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub humidity: Option<Known<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<Known<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bluetooth_mac: Option<Known<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imei: Option<Known<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iccid: Option<Known<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal_strength: Option<Known<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_type: Option<Known<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub print_count: Option<Known<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avg_latency: Option<Known<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packet_loss_rate: Option<Known<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charging: Option<Known<bool>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sleep_time: Option<Known<i64>>,
    /// By `firmwareType`: a report about one part does not forget the others.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub firmware: BTreeMap<String, Known<Firmware>>,
}

/// At most so many parts of firmware are kept: a device cannot make us remember without end.
const MAX_PARTS: usize = 32;

macro_rules! each_field {
    ($apply:ident) => {
        $apply!(
            rssi,
            battery,
            paper,
            paper_type,
            err_code,
            temperature,
            humidity,
            ip_address,
            bluetooth_mac,
            imei,
            iccid,
            signal_strength,
            network_type,
            print_count,
            avg_latency,
            packet_loss_rate,
            charging,
            sleep_time
        )
    };
}

impl KnownState {
    /// Takes over every field that `report` has; a field that it has not keeps its value and age. `at` is when the
    /// report was received, whatever its own time says. A report that is not live never replaces a live value.
    pub fn merge(&mut self, report: &StateReport, at: WallTime, live: bool) {
        macro_rules! take {
            ($($field:ident),*) => { $( take(&mut self.$field, report.$field.as_ref(), at, live); )* };
        }
        each_field!(take);
        for part in report.firmware.iter().flatten() {
            if self.firmware.len() >= MAX_PARTS && !self.firmware.contains_key(&part.firmware_type) {
                continue;
            }
            let mut known = self.firmware.remove(&part.firmware_type);
            take(&mut known, Some(part), at, live);
            if let Some(known) = known {
                self.firmware.insert(part.firmware_type.clone(), known);
            }
        }
    }

    /// Everything becomes "last known": the session ended, or the printer went offline.
    pub fn forget_live(&mut self) {
        macro_rules! forget {
            ($($field:ident),*) => { $( if let Some(known) = &mut self.$field { known.live = false; } )* };
        }
        each_field!(forget);
        for known in self.firmware.values_mut() {
            known.live = false;
        }
    }

    /// Whether there is paper: 0 is out, any other value is present (rule C-10).
    pub fn has_paper(&self) -> Option<bool> {
        self.paper.as_ref().map(|known| known.value != 0)
    }
}

fn take<T: Clone>(slot: &mut Option<Known<T>>, value: Option<&T>, at: WallTime, live: bool) {
    let Some(value) = value else { return };
    if !live && slot.as_ref().is_some_and(|known| known.live) {
        return;
    }
    *slot = Some(Known { value: value.clone(), at, live });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(text: &str) -> StateReport {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn c_11_fields_are_merged_one_by_one_and_keep_their_own_age() {
        let mut known = KnownState::default();
        known.merge(
            &report(r#"{"battery":90,"paper":1,"firmware":[{"firmwareType":"cloud","firmwareVersion":"1"}]}"#),
            WallTime(10),
            true,
        );
        known.merge(
            &report(r#"{"paper":0,"firmware":[{"firmwareType":"printer","firmwareVersion":"2"}]}"#),
            WallTime(20),
            true,
        );
        assert_eq!(known.battery, Some(Known { value: 90, at: WallTime(10), live: true }));
        assert_eq!(known.paper, Some(Known { value: 0, at: WallTime(20), live: true }));
        assert_eq!(known.firmware["cloud"].at, WallTime(10));
        assert_eq!(known.firmware["printer"].value.firmware_version, "2");
        let stored = serde_json::to_string(&known).unwrap();
        assert_eq!(serde_json::from_str::<KnownState>(&stored).unwrap(), known);
        assert_eq!(serde_json::from_str::<KnownState>("{}").unwrap(), KnownState::default());
    }

    #[test]
    fn a_retained_report_is_last_known_and_never_replaces_a_live_value() {
        let mut known = KnownState::default();
        known.merge(&report(r#"{"battery":50}"#), WallTime(1), false);
        assert!(!known.battery.as_ref().unwrap().live);
        known.merge(&report(r#"{"battery":40}"#), WallTime(2), true);
        known.merge(&report(r#"{"battery":99,"rssi":-1}"#), WallTime(3), false);
        assert_eq!(known.battery, Some(Known { value: 40, at: WallTime(2), live: true }));
        assert_eq!(known.rssi, Some(Known { value: -1, at: WallTime(3), live: false }));
        known.forget_live();
        assert_eq!(known.battery, Some(Known { value: 40, at: WallTime(2), live: false }));
        known.merge(&report(r#"{"battery":30}"#), WallTime(4), false);
        assert_eq!(known.battery.unwrap().value, 30);
    }

    #[test]
    fn c_10_paper_zero_is_out_and_anything_else_is_present() {
        for (text, has) in [
            ("{}", None),
            (r#"{"paper":0}"#, Some(false)),
            (r#"{"paper":1}"#, Some(true)),
            (r#"{"paper":-7}"#, Some(true)),
        ] {
            let mut known = KnownState::default();
            known.merge(&report(text), WallTime(1), true);
            assert_eq!((known.has_paper(), report(text).has_paper()), (has, has), "{text}");
        }
    }
}
