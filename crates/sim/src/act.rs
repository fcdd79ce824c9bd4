//! What can be done to a printer by hand.

use serde::{Deserialize, Serialize};

/// Something that a person does to a printer, or that happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// The roll is at its end: a job waits in the middle of its page.
    PaperOut,
    /// A new roll.
    LoadPaper,
    /// The head is too hot: printing pauses.
    Overheat,
    /// The head is cool again.
    CoolDown,
    /// No charge left for the head: printing pauses. The radio lives on its reserve, so that the state can be seen.
    BatteryEmpty,
    /// Charged again.
    ChargeBattery,
    /// Out of reach: the connection breaks without a goodbye. What was downloaded is still printed.
    GoOffline,
    /// In reach again, and switched on when it was shut down.
    ComeOnline,
    /// The button on the printer: the current job stops (section 7.5, `stop_print`).
    StopPrint,
}

impl Act {
    /// All acts with their words.
    pub const ALL: [(Act, &'static str); 9] = [
        (Act::PaperOut, "paper-out"),
        (Act::LoadPaper, "load-paper"),
        (Act::Overheat, "overheat"),
        (Act::CoolDown, "cool-down"),
        (Act::BatteryEmpty, "battery-empty"),
        (Act::ChargeBattery, "charge-battery"),
        (Act::GoOffline, "go-offline"),
        (Act::ComeOnline, "come-online"),
        (Act::StopPrint, "stop-print"),
    ];

    /// The act of that word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, word)| *word == name).map(|(act, _)| act)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_has_the_word_of_its_json_form() {
        for (act, word) in Act::ALL {
            assert_eq!(serde_json::to_value(act).unwrap(), word);
            assert_eq!(Act::from_name(word), Some(act));
        }
    }
}
