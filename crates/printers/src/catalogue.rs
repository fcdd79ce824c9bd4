//! The models that Platen knows, as data.
//!
//! Source: rules 2 and 3 of the architecture: data before code, quirks with a story, and a level of support that is
//! shown to people. The rows live beside each family in `models.toml`, the models of a user in a file of the same columns
//!. Deliberately absent: services and characteristics; a family finds them on the device.

use crate::families::pwg::sides::SheetBack;
use crate::registry::{ENTRIES, Entry};
use crate::talk::facts::{Ble, BleRow, Defaults};
use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The model that is assumed when nobody says more: 58 mm paper at 203 dpi.
pub const DEFAULT_MODEL: &str = "cloud-escpos-384";

/// A model of printer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Model {
    /// Stable name: lower-case letters, digits and `-`.
    pub id: String,
    /// The name that people see.
    pub name: String,
    /// The family whose language it speaks, as in [`crate::Family::id`].
    pub family: &'static str,
    /// Printable dots a row, a multiple of 8.
    pub width_dots: u32,
    /// Dots per inch, in both directions.
    pub dpi: u32,
    /// Bits a dot that it can print, the fewest first: 1, more for levels of grey, 24 for colours.
    pub depths: Vec<u8>,
    /// How it feeds the backs of sheets that it turns by itself; nothing when it prints on one side.
    pub backs: Option<SheetBack>,
    /// Whether it has a cutter.
    pub cut: bool,
    /// How sure we are.
    pub support: Support,
    /// Whether this is a picture file rather than a printer: nothing to set up, only something to write.
    pub file: bool,
    /// Where its labels end.
    pub media: Media,
    /// Length of the gap or mark between two labels, in millimetres.
    pub gap_mm: u8,
    /// Whether its labels are read along the strip, so that pages lie across the head.
    pub across: bool,
    /// How much more black than wanted a half-black tone becomes, in percent of the area, −25 to 25: what rendering takes
    /// away beforehand. 0 where nobody has measured a print.
    pub dot_gain: i8,
    /// Darkness in the language's own steps; the printer's own setting when absent.
    pub density: Option<u8>,
    /// The language's own number for its labels, where `media` does not say it.
    pub label_type: Option<u8>,
    /// Speed in the language's own steps; the printer's own setting when absent.
    pub speed: Option<u8>,
    /// Where it differs from its family.
    pub quirks: Vec<Quirk>,
    /// Its Bluetooth side; absent on models without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ble: Option<Ble>,
}

impl Model {
    /// Whether it has this quirk.
    pub fn has(&self, quirk: Quirk) -> bool {
        self.quirks.contains(&quirk)
    }

    /// Whether a page becomes the same bytes for both.
    fn encodes_like(&self, other: &Self) -> bool {
        let facts = |model: &Self| {
            let ble = model.ble.as_ref().map(|ble| (ble.band_rows, ble.densities));
            let labels = (model.media, model.gap_mm, model.label_type);
            (model.family, model.dpi, model.cut, labels, model.density, model.speed, ble)
        };
        facts(self) == facts(other) && self.depths == other.depths && self.quirks == other.quirks
    }

    /// As it is spoken to over Bluetooth: with its family's usual facts when its row has none. PRNs for a Bluetooth link
    /// are encoded for this model, because image commands are shorter there.
    pub fn over_ble(&self) -> Self {
        let ble = self.ble.clone().or_else(|| usual_ble(self.family).cloned());
        Self { ble, ..self.clone() }
    }
}

/// What tells the printer where a label ends. Languages without labels ignore it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Media {
    /// Nothing: paper from a roll, as long as the page.
    #[default]
    Continuous,
    /// A gap between the labels.
    Gap,
    /// A black mark on the back.
    Mark,
}

/// How well a model is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Support {
    /// From a specification or from other programs only.
    Documented,
    /// A real printer's traffic was recorded and replayed.
    Captured,
    /// Seen on paper; the row's comment says by whom and when.
    Proven,
}

/// Where a model differs from its family. Code asks [`Model::has`], never for a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quirk {
    /// Moves half a dot for each unit of `ESC J`. Makers disagree on the motion unit: many clones take one dot, models
    /// after the first maker's manuals take half a dot row (1/406 inch on a 203 dpi head), so the feed is doubled.
    HalfDotFeed,
    /// Knows the old cut `GS V 0|1` only and prints the newer "feed, then cut" form as letters.
    PlainCut,
    /// A unit of `ESC 3` is larger than a dot (1/180 or 1/144 inch): a line spacing of 24 units leaves white stripes
    /// between bands of 24 dots. It gets 16, and never feeds less than the band that it has just burned.
    CoarseLineUnit,
    /// In its images 1 is black, where the rest of its family has 0 for black: what others print comes out inverted.
    OneIsBlack,
    /// Burns what its language calls white and leaves what it calls black, so every page is sent as its reverse. Known by
    /// the families `escpos…` and `cat…`.
    Reversed,
    /// Prints upright after `DIRECTION 1`; the rest of its family does after `DIRECTION 0`.
    UprightIsOne,
    /// Has only been seen to draw images that are laid over what is there (mode 1), not images that replace it.
    OrImages,
    /// Cannot take compressed or binary images, or sits behind something that cannot: gets hexadecimal digits, with
    /// the language's own run lengths if it has any.
    HexImages,
    /// Gets plain hexadecimal digits: its firmware knows neither compressed images nor run lengths.
    PlainHex,
}

/// Every model, in the order of the families and their rows.
pub fn catalogue() -> &'static [Model] {
    static MODELS: LazyLock<Vec<Model>> = LazyLock::new(|| {
        // The rows are part of the program: one that cannot be read fails the tests below, so nothing is lost here.
        ENTRIES.iter().flat_map(|entry| rows(entry, entry.models).unwrap_or_default()).collect()
    });
    &MODELS
}

/// The model of that name.
pub fn model(id: &str) -> Option<&'static Model> {
    catalogue().iter().find(|model| model.id == id)
}

/// One model for each way in which a page can become bytes: those that differ in name and width only are one.
pub fn kinds() -> Vec<&'static Model> {
    let mut kinds: Vec<&Model> = Vec::new();
    for model in catalogue() {
        if !kinds.iter().any(|kind| kind.encodes_like(model)) {
            kinds.push(model);
        }
    }
    kinds
}

/// How a printer of this family is spoken to over Bluetooth when there is no row for it; `None` when its file does not
/// say.
pub fn usual_ble(family: &str) -> Option<&'static Ble> {
    static USUAL: LazyLock<BTreeMap<String, Ble>> = LazyLock::new(|| {
        // As above: a file that cannot be read fails the tests.
        let tables = ENTRIES.iter().filter_map(|entry| toml::from_str::<Table>(entry.models).ok());
        tables.flat_map(|table| table.ble).map(|(id, defaults)| (id, defaults.nameless())).collect()
    });
    USUAL.get(family)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    ble: Defaults,
    model: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    id: String,
    name: String,
    /// Which of the folder's families it speaks: what follows the folder's name and a `-`.
    dialect: Option<String>,
    width_dots: u32,
    dpi: u32,
    #[serde(default = "black_and_white")]
    depths: Vec<u8>,
    backs: Option<SheetBack>,
    #[serde(default)]
    cut: bool,
    support: Support,
    #[serde(default)]
    file: bool,
    #[serde(default)]
    media: Media,
    #[serde(default)]
    gap_mm: u8,
    #[serde(default)]
    across: bool,
    #[serde(default)]
    dot_gain: i8,
    density: Option<u8>,
    label_type: Option<u8>,
    speed: Option<u8>,
    #[serde(default)]
    quirks: Vec<Quirk>,
    ble: Option<BleRow>,
}

fn black_and_white() -> Vec<u8> {
    vec![1]
}

fn rows(entry: &Entry, text: &str) -> Result<Vec<Model>, toml::de::Error> {
    let table: Table = toml::from_str(text)?;
    let ours = |id: &str| entry.families.iter().any(|family| family.id() == id);
    if let Some(stranger) = table.ble.keys().find(|id| !ours(id)) {
        return Err(toml::de::Error::custom(format!("ble.{stranger}: '{}' has no such family", entry.folder)));
    }
    table.model.into_iter().map(|row| row.read(entry, &table.ble)).collect()
}

/// A folder's usual Bluetooth facts.
pub(crate) fn usual_of(entry: &Entry) -> Defaults {
    // A file that cannot be read fails the tests below.
    toml::from_str::<Table>(entry.models).map(|table| table.ble).unwrap_or_default()
}

impl Row {
    /// The model that the row means, in a folder with these usual Bluetooth facts.
    pub(crate) fn read(self, entry: &Entry, usual: &Defaults) -> Result<Model, toml::de::Error> {
        let row = self;
        let wrong = |problem| toml::de::Error::custom(format!("{}: {problem}", row.id));
        let family = entry.dialect(row.dialect.as_deref()).ok_or_else(|| {
            let dialect = row.dialect.as_deref().unwrap_or_default();
            wrong(format!("'{}' has no dialect '{dialect}'", entry.folder))
        })?;
        let ble = row.ble.clone().map(|ble| ble.with(usual.get(family.id())).map_err(wrong)).transpose()?;
        Ok(Model {
            id: row.id,
            name: row.name,
            family: family.id(),
            width_dots: row.width_dots,
            dpi: row.dpi,
            depths: row.depths,
            backs: row.backs,
            cut: row.cut,
            support: row.support,
            file: row.file,
            media: row.media,
            gap_mm: row.gap_mm,
            across: row.across,
            dot_gain: row.dot_gain,
            density: row.density,
            label_type: row.label_type,
            speed: row.speed,
            quirks: row.quirks,
            ble,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_row_can_be_read() {
        for entry in &ENTRIES {
            let models = rows(entry, entry.models).unwrap();
            for family in entry.families {
                assert!(models.iter().any(|model| model.family == family.id()), "{} has no models", family.id());
            }
        }
    }

    #[test]
    fn every_row_is_sound() {
        let mut ids = BTreeSet::new();
        for model in catalogue() {
            let id = &model.id;
            assert!(ids.insert(id), "{id} is there twice");
            assert!(id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-')), "{id} is not a plain name");
            assert!(!model.name.trim().is_empty(), "{id} has no name");
            assert!(
                model.width_dots % 8 == 0 && (8..=platen_model::PageOptions::MAX_WIDTH).contains(&model.width_dots),
                "{id}: width"
            );
            assert!((100..=1200).contains(&model.dpi), "{id}: dpi");
            assert!(crate::family(model.family).is_some(), "{id}: family");
            assert!(model.depths.first() == Some(&1) && model.depths.is_sorted(), "{id}: depths");
            for depth in [1, 2, 4, 8, 24] {
                let family = crate::family(model.family).unwrap();
                let sheet = crate::Sheet { depth, ..crate::Sheet::new(8, 1) };
                let carried = family.begin(model, sheet, &crate::Finish::default(), &mut Vec::new()).is_ok();
                assert_eq!(carried, model.depths.contains(&depth), "{id}: {depth} bits");
            }
            let family = crate::family(model.family).unwrap();
            assert!(model.backs.is_none() || family.prints_both_sides(), "{id}: its language knows one side only");
            assert_eq!(model.media == Media::Continuous, model.gap_mm == 0, "{id}: a gap has a length");
            assert!((-25..=25).contains(&model.dot_gain), "{id}: dot gain");
            assert!(model.ble.is_none() || crate::registry::talk(model.family).is_some(), "{id}: nobody speaks to it");
            let quirks: BTreeSet<String> = model.quirks.iter().map(|quirk| format!("{quirk:?}")).collect();
            assert_eq!(quirks.len(), model.quirks.len(), "{id} names a quirk twice");
        }
    }

    #[test]
    fn the_default_model_exists_and_an_unknown_one_does_not() {
        assert_eq!(model(DEFAULT_MODEL).unwrap().width_dots, 384);
        assert_eq!(model("cloud-escpos-576").unwrap().width_dots, 576);
        assert!(model("no-such-model").is_none());
    }

    #[test]
    fn unknown_columns_and_quirks_are_refused() {
        let good = "[[model]]\nid='a'\nname='A'\nwidth_dots=8\ndpi=203\ncut=false\nsupport='documented'\n";
        assert_eq!(rows(&ENTRIES[0], good).unwrap().len(), 1);
        assert!(rows(&ENTRIES[0], &format!("{good}colour=true\n")).is_err());
        assert!(rows(&ENTRIES[0], &format!("{good}quirks=['sings']\n")).is_err());
    }

    #[test]
    fn a_row_names_the_dialect_that_its_model_speaks() {
        let row = |dialect: &str| {
            format!("[[model]]\nid='a'\nname='A'\ndialect='{dialect}'\nwidth_dots=8\ndpi=203\nsupport='documented'\n")
        };
        assert_eq!(rows(&ENTRIES[0], &row("column")).unwrap()[0].family, "escpos-column");
        assert!(rows(&ENTRIES[0], &row("colum")).unwrap_err().to_string().contains("no dialect 'colum'"));
    }
}
