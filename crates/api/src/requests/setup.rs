//! Requests of a set-up. Codes, passwords and the text of labels are secrets from the first moment.

use super::Password;
use serde::Deserialize;
use ts_rs::TS;

/// `setup.start`: goes on with the one that was left, if it is for the same device.
#[derive(Clone, Debug, Default, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartSetup {
    /// As `nearby.list` names it; without, it is looked for.
    #[serde(default)]
    #[ts(optional)]
    pub device: Option<String>,
    /// Text of the code on its label.
    #[serde(default)]
    #[ts(optional, as = "Option<String>")]
    pub label: Option<Password>,
}

/// `label.read`.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadLabel {
    /// What the code says.
    #[ts(type = "string")]
    pub text: Password,
}

/// `setup.answer`.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "answer")]
pub enum SetupAnswer {
    /// This printer.
    Pick {
        /// As `nearby.list` names it.
        device: String,
    },
    /// The text of its label.
    Label {
        /// What the code says.
        #[ts(type = "string")]
        text: Password,
    },
    /// The code that stands on it.
    Code {
        /// As it was typed in.
        #[ts(type = "string")]
        code: Password,
    },
    /// The network to join, by its name as text or as bytes.
    Network {
        /// Its name.
        #[serde(default)]
        #[ts(optional)]
        ssid: Option<String>,
        /// Its name in hexadecimal digits: names need not be text.
        #[serde(default)]
        #[ts(optional)]
        ssid_hex: Option<String>,
        /// As in the list; `unknown` for one that was typed in.
        security: String,
    },
    /// Its password.
    Password {
        /// As it was typed in; nothing is cut off.
        #[ts(type = "string")]
        password: Password,
    },
    /// Look for networks again.
    Rescan,
    /// Let the printer blink.
    Blink,
    /// Try this step again.
    Again,
    /// Leave this step out.
    Skip,
    /// Use the printer without Wi-Fi.
    WithoutWifi,
}
