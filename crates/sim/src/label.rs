//! The printers that exist in a world: what stands on their labels, decided by the seed.

use crate::chance::Chance;
use platen_model::Segment;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// A printer as it leaves the factory.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) sn: Segment,
    pub(crate) name: &'static str,
    /// Id in the model catalogue.
    pub(crate) model: &'static str,
    /// Dots a row.
    pub(crate) width: u32,
    /// The code that must be read from its paper before it can be bound.
    pub(crate) code: Option<String>,
    /// Its password at the broker; in a real one it is burned in.
    pub(crate) key: String,
}

/// A printer for the first line of `platen sim` and for scripts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Printer {
    /// Serial number.
    pub sn: String,
    /// Name on its label.
    pub name: String,
    /// Id in the model catalogue.
    pub model: String,
    /// It prints a verification code when somebody wants to bind it.
    pub wants_code: bool,
    /// That code. A person reads it from the paper; a script takes it from here.
    pub code: Option<String>,
}

impl Label {
    pub(crate) fn printer(&self) -> Printer {
        Printer {
            sn: self.sn.to_string(),
            name: self.name.to_owned(),
            model: self.model.to_owned(),
            wants_code: self.code.is_some(),
            code: self.code.clone(),
        }
    }
}

/// The printers of the simulated air that are unboxed: the platform knows what its maker has sold, and they come on line
/// when somebody has given them a network.
pub(crate) fn newcomers(seed: u64) -> Vec<Label> {
    let label = |number: &str, name, wants_code: bool| {
        let key = hex::encode(Sha256::digest(format!("{seed} {number}")));
        let code = wants_code.then(|| Chance::new(seed, number).digits(6));
        let sn = Segment::new(number).ok()?;
        Some(Label { sn, name, model: "cloud-escpos-384", width: 384, code, key })
    };
    // Those with Espressif's protocol take a bind token, and are asked for a code without it.
    [
        label(IMPROV, "Simulated Improv printer", false),
        label(ESP, "Simulated Espressif printer", true),
        label(CABLE, "Simulated printer on a cable", false),
        label(ACCESS_POINT, "Simulated printer with its own network", true),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Serial number of the printer with Improv.
pub(crate) const IMPROV: &str = "SIM-IMPROV-1";
/// Serial number of the printer with Espressif's unified provisioning.
pub(crate) const ESP: &str = "SIM-ESP-2";
/// Serial number of the printer with Improv on a cable.
pub(crate) const CABLE: &str = "SIM-CABLE-1";
/// Serial number of the printer that is set up through its own network.
pub(crate) const ACCESS_POINT: &str = "SIM-SOFTAP-2";

/// The printers of a world: one of 58 mm that is bound at once, one of 80 mm that wants a code, and one for an `office`.
pub(crate) fn labels(seed: u64, office: bool) -> Vec<Label> {
    let label = |name, model, width: u32, wants_code: bool| {
        let mut chance = Chance::new(seed, model);
        let number = format!("SIM{width}{}", chance.digits(6));
        let code = wants_code.then(|| chance.digits(6));
        let key = hex::encode(Sha256::digest(format!("{seed} {number}")));
        // Letters and digits only: always a valid level.
        Segment::new(number).ok().map(|sn| Label { sn, name, model, width, code, key })
    };
    [
        label("Simulated 58 mm printer", "cloud-escpos-384", 384, false),
        label("Simulated 80 mm printer", "cloud-escpos-576", 576, true),
        label("Simulated office printer", "office-pwg-a4-300-colour", 2480, false).filter(|_| office),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_the_printers() {
        let printers = |seed| labels(seed, false).iter().map(Label::printer).collect::<Vec<_>>();
        assert_eq!(printers(1), printers(1));
        assert_ne!(printers(1), printers(2));
        let [plain, coded] = &printers(1)[..] else { panic!("two printers") };
        assert!(plain.sn.starts_with("SIM384") && !plain.wants_code && plain.code.is_none());
        assert!(coded.sn.starts_with("SIM576") && coded.wants_code && coded.code.as_ref().unwrap().len() == 6);
        for label in labels(1, true).into_iter().chain(newcomers(1)) {
            assert_eq!(platen_printers::model(label.model).unwrap().width_dots, label.width);
        }
    }
}
