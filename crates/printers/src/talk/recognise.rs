//! Which model a device in the air may be.
//!
//! ```text
//!   user's own models ─┐   whole name ─▶ beginning ─▶ part, the longest pattern first
//!   catalogue         ─┴──▶ address ending (where the system tells addresses)
//!                           one left: the model.  several: said, never guessed
//! ```
//!
//! Source: section 2.0 of the family facts. A name proves nothing: the same one is used by printers of different
//! languages, so an answer in another language overrules what is found here ([`super::Trouble::OtherLanguage`]).
//! Deliberately absent: signal strength and age, which say where a device is and not what.

use super::facts::NamePattern;
use crate::catalogue::{Model, catalogue};
use crate::registry;
use platen_model::gatt::Advertisement;

/// How a name was found. The earlier is the surer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// The whole name, letter for letter.
    Whole,
    /// The beginning, or all but the tail that the maker appends.
    Beginning,
    /// A part of it.
    Part,
}

/// A model that a device may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate<'a> {
    /// The model.
    pub model: &'a Model,
    /// By what.
    pub likeness: Likeness,
    /// Whether it was told from its namesakes by the address.
    pub by_address: bool,
}

/// What a device may be.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Recognition<'a> {
    /// All models that fit equally well; the order means nothing more than that of the catalogue.
    pub candidates: Vec<Candidate<'a>>,
    /// Families one of whose services the device advertises, in the order of the registry. A hint, even with
    /// candidates: a service says as little as a name.
    pub families: Vec<&'static str>,
}

impl<'a> Recognition<'a> {
    /// The model, when there is no other possibility.
    pub fn model(&self) -> Option<&'a Model> {
        match self.candidates.as_slice() {
            [only] => Some(only.model),
            _ => None,
        }
    }

    /// Whether it is one of several and a person or the printer's answer has to decide.
    pub fn is_ambiguous(&self) -> bool {
        self.candidates.len() > 1
    }

    /// Whether there is any sign that it is a printer.
    pub fn is_printer(&self) -> bool {
        !self.candidates.is_empty() || !self.families.is_empty()
    }
}

/// What the device with this advertisement may be. `address` is how the radio names it: a hardware address is used, and
/// anything else (some systems make up a name) is no address. The user's own models win over the catalogue.
pub fn recognise<'a>(advertisement: &Advertisement, address: Option<&str>, own: &'a [Model]) -> Recognition<'a> {
    let services = &advertisement.services;
    let families = registry::talks()
        .filter(|talk| talk.services().iter().any(|service| services.contains(service)))
        .flat_map(|talk| talk.families().iter().copied())
        .collect();
    let Some(name) = advertisement.name.as_deref().map(str::trim).filter(|name| !name.is_empty()) else {
        return Recognition { candidates: Vec::new(), families };
    };
    let digits = address.and_then(hardware_address);
    let mut candidates = best(own, name, digits.as_deref());
    if candidates.is_empty() {
        candidates = best(catalogue(), name, digits.as_deref());
    }
    Recognition { candidates, families }
}

/// The models that fit best.
fn best<'a>(models: &'a [Model], name: &str, address: Option<&str>) -> Vec<Candidate<'a>> {
    let mut found: Vec<(Likeness, usize, Candidate<'a>)> = Vec::new();
    for model in models {
        let Some(ble) = &model.ble else { continue };
        let told = match (&ble.address_ends, address) {
            (Some(ends), Some(address)) if !address.ends_with(ends.as_str()) => continue,
            (Some(_), Some(_)) => true,
            // Without an address the rule can neither hold nor fail: the model stays possible beside its namesakes.
            (Some(_), None) | (None, _) => false,
        };
        let ranked = ble
            .names
            .iter()
            .filter_map(|pattern| like(pattern, name))
            .min_by_key(|(how, length)| (*how, std::cmp::Reverse(*length)));
        if let Some((likeness, length)) = ranked {
            found.push((likeness, length, Candidate { model, likeness, by_address: told }));
        }
    }
    let Some(best) = found.iter().map(|(how, length, _)| (*how, std::cmp::Reverse(*length))).min() else {
        return Vec::new();
    };
    found.retain(|(how, length, _)| (*how, std::cmp::Reverse(*length)) == best);
    if found.iter().any(|(_, _, candidate)| candidate.by_address) {
        found.retain(|(_, _, candidate)| candidate.by_address);
    }
    found.into_iter().map(|(_, _, candidate)| candidate).collect()
}

/// How `name` is like the pattern, and by how many bytes.
fn like(pattern: &NamePattern, name: &str) -> Option<(Likeness, usize)> {
    let text = pattern.text();
    let begins = |name: &str| name.get(..text.len()).is_some_and(|head| head.eq_ignore_ascii_case(text));
    let likeness = match pattern {
        NamePattern::Whole(_) if name.eq_ignore_ascii_case(text) => Likeness::Whole,
        NamePattern::Whole(_) if without_tail(name).eq_ignore_ascii_case(text) => Likeness::Beginning,
        NamePattern::Begins(_) if begins(name) => Likeness::Beginning,
        NamePattern::Within(_) if name.to_ascii_lowercase().contains(&text.to_ascii_lowercase()) => Likeness::Part,
        _ => return None,
    };
    Some((likeness, text.len()))
}

/// The name without what makers append: `_BLE` and the end of the address (`-1A2B`, `_1A2B3C`).
fn without_tail(name: &str) -> &str {
    let mut rest = name;
    for mark in ["_BLE", "-BLE", " BLE"] {
        let cut = rest.len().saturating_sub(mark.len());
        if let Some((head, tail)) = rest.split_at_checked(cut)
            && tail.eq_ignore_ascii_case(mark)
        {
            rest = head;
        }
    }
    if let Some((head, tail)) = rest.rsplit_once(['-', '_', '+', ' '])
        && matches!(tail.len(), 4 | 6)
        && tail.bytes().all(|digit| digit.is_ascii_hexdigit())
        && !head.is_empty()
    {
        rest = head;
    }
    rest
}

/// The twelve digits of a hardware address, upper case; `None` for what some systems give instead.
fn hardware_address(text: &str) -> Option<String> {
    // Linux names a device by its adapter and its place on the bus: `hci0/dev_00_11_22_33_44_55`.
    let text = text.rsplit_once("/dev_").map_or(text, |(_, address)| address);
    let parts: Vec<&str> = text.split([':', '-', '_']).collect();
    let pairs = parts.len() == 6 && parts.iter().all(|part| part.len() == 2);
    let digits = parts.concat().to_ascii_uppercase();
    let whole = pairs || parts.len() == 1;
    (whole && digits.len() == 12 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::model;
    use crate::talk::WritePlan;
    use crate::talk::facts::Ble;
    use platen_model::gatt::Uuid;

    fn named(name: &str) -> Advertisement {
        Advertisement { name: Some(name.to_owned()), ..Advertisement::default() }
    }

    fn row(id: &str, names: &[&str], ends: Option<&str>) -> Model {
        let plan = WritePlan { confirmed: false, chunk: 20, keep_free: 0, pace_ms: 0 };
        let ble = Ble {
            names: names.iter().map(|name| NamePattern::try_from((*name).to_owned()).unwrap()).collect(),
            address_ends: ends.map(str::to_owned),
            plan,
            band_rows: None,
            rows_per_second: 80,
            numbers: Vec::new(),
            densities: None,
        };
        Model { id: id.to_owned(), ble: Some(ble), ..model(crate::DEFAULT_MODEL).unwrap().clone() }
    }

    fn ids(recognition: &Recognition<'_>) -> Vec<String> {
        recognition.candidates.iter().map(|candidate| candidate.model.id.clone()).collect()
    }

    #[test]
    fn the_whole_name_wins_over_a_beginning_and_a_beginning_over_a_part() {
        let own = [
            row("part", &["*Zz9*"], None),
            row("short", &["Zz*"], None),
            row("long", &["Zz9*"], None),
            row("whole", &["Zz9x"], None),
        ];
        let found = |name: &str| ids(&recognise(&named(name), None, &own));
        assert_eq!(found("zZ9X"), ["whole"]);
        assert_eq!(found("Zz9x-1A2B"), ["whole"]);
        assert_eq!(found("Zz9x_1A2B_BLE"), ["whole"]);
        assert_eq!(found("Zz9y"), ["long"]);
        assert_eq!(found("Zz8"), ["short"]);
        assert_eq!(found("my Zz9"), ["part"]);
        assert!(found("nothing of the kind").is_empty());
        assert_eq!(recognise(&named("Zz9y"), None, &own).candidates[0].likeness, Likeness::Beginning);
    }

    #[test]
    fn two_of_one_name_are_ambiguous_and_never_guessed() {
        let own = [row("a", &["Qq1"], None), row("b", &["Qq1"], None)];
        let recognition = recognise(&named("Qq1"), None, &own);
        assert!(recognition.is_ambiguous() && recognition.model().is_none());
        assert_eq!(ids(&recognition), ["a", "b"]);
    }

    #[test]
    fn the_address_tells_namesakes_apart_where_the_system_tells_it() {
        let own = [row("plain", &["Qq1"], None), row("other", &["Qq1"], Some("59"))];
        let found = |address: Option<&str>| ids(&recognise(&named("Qq1"), address, &own));
        assert_eq!(found(Some("AA:BB:CC:DD:EE:59")), ["other"]);
        assert_eq!(found(Some("aabbccddee58")), ["plain"]);
        assert_eq!(found(Some("hci0/dev_AA_BB_CC_DD_EE_59")), ["other"]);
        // A made-up identifier that happens to end in the same digits is no address.
        for no_address in [None, Some("6ba7b810-9dad-11d1-80b4-00c04fd43059"), Some("dev_59"), Some("")] {
            assert_eq!(found(no_address), ["plain", "other"], "{no_address:?}");
        }
    }

    #[test]
    fn the_users_own_models_win() {
        let own = [row("mine", &["MPT-II"], None)];
        assert_eq!(ids(&recognise(&named("MPT-II"), None, &own)), ["mine"]);
        assert_eq!(ids(&recognise(&named("MPT-II"), None, &[])), ["pocket-escpos-384"]);
    }

    #[test]
    fn a_nameless_device_is_known_by_its_service_only() {
        let advertisement = Advertisement { services: vec![Uuid::short(0x18f0)], ..Advertisement::default() };
        let recognition = recognise(&advertisement, None, &[]);
        assert!(recognition.candidates.is_empty() && recognition.is_printer());
        assert!(recognition.families.contains(&"escpos"));
    }

    #[test]
    fn a_device_that_says_nothing_is_no_printer() {
        assert!(!recognise(&Advertisement::default(), None, &[]).is_printer());
    }
}
