//! What is known of a model's Bluetooth side, as data: the columns `ble` of a `models.toml`.
//!
//! ```toml
//! [ble.cat]                       # how a family is spoken to, unless a row says otherwise
//! plan = { chunk = 180, pace_ms = 4 }
//!
//! [[model]]                       # a row without `ble` has no Bluetooth
//! ble = { names = ["YT01", "MX0*"], address_ends = "59", plan = { chunk = 63, pace_ms = 6 } }
//! ```
//!
//! Source: sections 2.0 and 2.1 of the family facts. Deliberately absent: services and characteristics; they belong to
//! the family ([`super::Talk::route`]) because printers of one model differ in them.

use super::WritePlan;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Bluetooth facts of a model, with everything that its row leaves out filled in from its family.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ble {
    /// What it calls itself.
    pub names: Vec<NamePattern>,
    /// Hexadecimal digits that its address ends in, where the same name means two kinds of printers. Some systems do not
    /// tell addresses.
    pub address_ends: Option<String>,
    /// How bytes are put on the air.
    pub plan: WritePlan,
    /// The most rows that one image command may carry; the language's own number when absent.
    pub band_rows: Option<u16>,
    /// The slowest that paper comes out, in rows a second: what is waited for when a printer says nothing.
    pub rows_per_second: u16,
    /// The maker's numbers of the model, where the printer tells one.
    pub numbers: Vec<u16>,
    /// The lightest and the darkest step that the printer takes.
    pub densities: Option<(u8, u8)>,
}

/// How a device name is compared, without regard to the case of ASCII letters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum NamePattern {
    /// `YT01`: the whole name, with or without the tail that makers append (`_BLE`, `-1A2B`).
    Whole(String),
    /// `M02*`: the beginning.
    Begins(String),
    /// `*Printer*`: anywhere.
    Within(String),
}

impl fmt::Display for NamePattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(text) => formatter.write_str(text),
            Self::Begins(text) => write!(formatter, "{text}*"),
            Self::Within(text) => write!(formatter, "*{text}*"),
        }
    }
}

impl From<NamePattern> for String {
    fn from(pattern: NamePattern) -> Self {
        pattern.to_string()
    }
}

/// A text that is no pattern of names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no pattern of names; write NAME, BEGINNING* or *PART*, of 1 to 64 characters")]
pub struct PatternError(String);

impl TryFrom<String> for NamePattern {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        let pattern = match (text.strip_prefix('*'), text.strip_suffix('*')) {
            (Some(rest), Some(_)) => rest.strip_suffix('*').map(|part| Self::Within(part.to_owned())),
            (None, Some(beginning)) => Some(Self::Begins(beginning.to_owned())),
            (None, None) => Some(Self::Whole(text.clone())),
            (Some(_), None) => None,
        };
        let sound = |part: &str| {
            (1..=64).contains(&part.chars().count()) && !part.contains('*') && !part.chars().any(char::is_control)
        };
        pattern.filter(|pattern| sound(pattern.text())).ok_or(PatternError(text))
    }
}

impl NamePattern {
    /// The letters that are compared.
    pub fn text(&self) -> &str {
        match self {
            Self::Whole(text) | Self::Begins(text) | Self::Within(text) => text,
        }
    }
}

/// The column `ble` of a row.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BleRow {
    names: Vec<NamePattern>,
    address_ends: Option<String>,
    plan: Option<WritePlan>,
    band_rows: Option<u16>,
    rows_per_second: Option<u16>,
    #[serde(default)]
    numbers: Vec<u16>,
    densities: Option<(u8, u8)>,
}

/// A table `ble.<family>` at the head of a file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BleDefaults {
    plan: WritePlan,
    band_rows: Option<u16>,
    #[serde(default = "slow_paper")]
    rows_per_second: u16,
    densities: Option<(u8, u8)>,
}

/// By family.
pub(crate) type Defaults = BTreeMap<String, BleDefaults>;

/// 10 mm a second on a 203 dpi head: slower than anything in the facts.
const fn slow_paper() -> u16 {
    80
}

impl BleDefaults {
    /// How a printer of this family is spoken to when there is no row for it.
    pub(crate) fn nameless(&self) -> Ble {
        Ble {
            names: Vec::new(),
            address_ends: None,
            plan: self.plan,
            band_rows: self.band_rows,
            rows_per_second: self.rows_per_second.max(1),
            numbers: Vec::new(),
            densities: self.densities,
        }
    }
}

impl BleRow {
    /// The facts, or what is wrong with the row.
    pub(crate) fn with(self, defaults: Option<&BleDefaults>) -> Result<Ble, String> {
        let ends_well =
            |ends: &String| (1..=12).contains(&ends.len()) && ends.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !self.address_ends.as_ref().is_none_or(ends_well) {
            return Err("address_ends is not 1 to 12 hexadecimal digits".to_owned());
        }
        let defaults = defaults.map(BleDefaults::nameless);
        let plan = self.plan.or(defaults.as_ref().map(|usual| usual.plan));
        let plan = plan.ok_or("neither the row nor its family says how it is written to")?;
        if plan.chunk == 0 {
            return Err("a chunk has at least one byte".to_owned());
        }
        let rows_per_second = self.rows_per_second.or(defaults.as_ref().map(|usual| usual.rows_per_second));
        Ok(Ble {
            names: self.names,
            address_ends: self.address_ends.map(|ends| ends.to_ascii_uppercase()),
            plan,
            band_rows: self.band_rows.or(defaults.as_ref().and_then(|usual| usual.band_rows)),
            rows_per_second: rows_per_second.unwrap_or_else(slow_paper).max(1),
            numbers: self.numbers,
            densities: self.densities.or(defaults.as_ref().and_then(|usual| usual.densities)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_come_back_as_they_were_written() {
        for text in ["YT01", "M02*", "*Printer*"] {
            assert_eq!(NamePattern::try_from(text.to_owned()).unwrap().to_string(), text);
        }
        for text in ["", "*", "**", "*a", "a*b", "a\nb", &"x".repeat(65)] {
            assert!(NamePattern::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
