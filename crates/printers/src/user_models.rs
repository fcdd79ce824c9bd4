//! A user's own models: a file in the data folder with the columns of `models.toml` and a `family` in each row.
//!
//! ```toml
//! [[model]]
//! id = "own-kitchen"
//! family = "escpos"
//! name = "Kitchen printer"
//! width_dots = 384
//! dpi = 203
//! support = "documented"
//! ble = { names = ["BT-58"], plan = { chunk = 20, pace_ms = 10 } }
//! ```
//!
//! Source: "user models are a validated file in the data folder" (issue of the Bluetooth channel). The file is a person's:
//! what is wrong with it is said by row, and one bad row spoils nothing but itself. Ids begin with `own-`, so a later
//! catalogue never takes one away. Deliberately absent: reading and writing the file itself.

use crate::catalogue::{Media, Model, Row, model, usual_of};
use crate::registry::{ENTRIES, Entry};
use crate::talk::Ble;
use platen_model::PageOptions;
use serde::Deserialize as _;
use std::collections::BTreeSet;

/// The file's name in the data folder.
pub const FILE: &str = "models.toml";

/// The largest file that is read, in bytes.
pub const MAX_FILE: usize = 1 << 20;

/// What the ids of users' models begin with.
pub const PREFIX: &str = "own-";

/// What the file holds.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct UserModels {
    /// The models that can be used.
    pub models: Vec<Model>,
    /// What is wrong with the others, a sentence each.
    pub problems: Vec<String>,
}

/// Whether the text as a whole can be read. One that cannot has no rows, and none can be added to it.
pub fn is_whole(text: &str) -> bool {
    text.len() <= MAX_FILE && toml::from_str::<toml::Table>(text).is_ok()
}

/// Reads the file's text.
pub fn read(text: &str) -> UserModels {
    let mut found = UserModels::default();
    if text.len() > MAX_FILE {
        found.problems.push(format!("The file is longer than {MAX_FILE} bytes."));
        return found;
    }
    let mut file: toml::Table = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            found.problems.push(format!("The file is no TOML: {}.", error.message()));
            return found;
        }
    };
    let rows = match file.remove("model") {
        Some(toml::Value::Array(rows)) => rows,
        None => Vec::new(),
        Some(_) => {
            found.problems.push("'model' is no list of tables; write [[model]] before each.".to_owned());
            return found;
        }
    };
    found.problems.extend(file.keys().map(|key| format!("'{key}' is nothing that the file may say.")));
    let mut ids = BTreeSet::new();
    for (number, row) in (1..).zip(rows) {
        match read_row(row) {
            Ok(model) if ids.insert(model.id.clone()) => found.models.push(model),
            Ok(model) => found.problems.push(format!("Model {number}: '{}' is there twice.", model.id)),
            Err(problem) => found.problems.push(format!("Model {number}: {problem}.")),
        }
    }
    found
}

/// The model of that name: the user's own or one of the catalogue.
pub fn find<'a>(id: &str, own: &'a [Model]) -> Option<&'a Model> {
    own.iter().find(|model| model.id == id).or_else(|| model(id))
}

/// Adds a model to the file's text, or puts it in the place of the one with its id. Comments of other rows stay.
pub fn put(text: &str, model: &Model) -> String {
    let mut kept = without(text, &model.id);
    if !kept.is_empty() && !kept.ends_with('\n') {
        kept.push('\n');
    }
    kept.push_str(&write_row(model));
    kept
}

/// `[[model]]`, with spaces and a comment wherever TOML allows them.
fn begins_row(line: &str) -> bool {
    let head = line.split('#').next().unwrap_or_default();
    head.split_whitespace().collect::<String>() == "[[model]]"
}

/// The text without the rows of that id.
fn without(text: &str, id: &str) -> String {
    let mut blocks: Vec<String> = vec![String::new()];
    for line in text.split_inclusive('\n') {
        if begins_row(line) {
            blocks.push(String::new());
        }
        if let Some(block) = blocks.last_mut() {
            block.push_str(line);
        }
    }
    let is = |block: &String| {
        let table: Option<toml::Table> = toml::from_str(block).ok();
        let row = table.and_then(|mut table| table.remove("model"));
        row.is_some_and(|row| row.get(0).and_then(|row| row.get("id")).and_then(toml::Value::as_str) == Some(id))
    };
    blocks.retain(|block| !is(block));
    blocks.concat()
}

fn write_row(model: &Model) -> String {
    let mut row = toml::Table::new();
    row.insert("id".to_owned(), model.id.as_str().into());
    row.insert("family".to_owned(), model.family.into());
    row.insert("name".to_owned(), model.name.as_str().into());
    row.insert("width_dots".to_owned(), i64::from(model.width_dots).into());
    row.insert("dpi".to_owned(), i64::from(model.dpi).into());
    row.insert("cut".to_owned(), model.cut.into());
    row.insert("across".to_owned(), model.across.into());
    let mut set = |key: &str, value: Option<toml::Value>| row.extend(value.map(|value| (key.to_owned(), value)));
    let number = |number: Option<u8>| number.map(|number| i64::from(number).into());
    set("support", said(&model.support));
    set("backs", model.backs.as_ref().and_then(said));
    set("media", said(&model.media));
    set("gap_mm", number(Some(model.gap_mm)));
    set("dot_gain", Some(i64::from(model.dot_gain).into()));
    set("density", number(model.density));
    set("label_type", number(model.label_type));
    set("speed", number(model.speed));
    set("quirks", said(&model.quirks));
    set("ble", model.ble.as_ref().map(|ble| write_ble(ble).into()));
    let mut file = toml::Table::new();
    file.insert("model".to_owned(), toml::Value::Array(vec![row.into()]));
    // Only keys, numbers and texts: there is nothing that cannot be written.
    toml::to_string(&file).unwrap_or_default()
}

fn write_ble(ble: &Ble) -> toml::Table {
    let mut plan = toml::Table::new();
    plan.insert("confirmed".to_owned(), ble.plan.confirmed.into());
    plan.insert("chunk".to_owned(), i64::from(ble.plan.chunk).into());
    plan.insert("keep_free".to_owned(), i64::from(ble.plan.keep_free).into());
    plan.insert("pace_ms".to_owned(), i64::from(ble.plan.pace_ms).into());
    let mut table = toml::Table::new();
    table.extend(said(&ble.names).map(|names| ("names".to_owned(), names)));
    table.insert("plan".to_owned(), plan.into());
    table.insert("rows_per_second".to_owned(), i64::from(ble.rows_per_second).into());
    table.extend(ble.address_ends.as_deref().map(|ends| ("address_ends".to_owned(), ends.into())));
    table.extend(ble.band_rows.map(|rows| ("band_rows".to_owned(), i64::from(rows).into())));
    table.extend(said(&ble.numbers).map(|numbers| ("numbers".to_owned(), numbers)));
    table.extend(ble.densities.as_ref().and_then(said).map(|steps| ("densities".to_owned(), steps)));
    table
}

/// As the file says it.
fn said<T: serde::Serialize>(value: &T) -> Option<toml::Value> {
    toml::Value::try_from(value).ok()
}

fn read_row(row: toml::Value) -> Result<Model, String> {
    let toml::Value::Table(mut row) = row else { return Err("it is no table".to_owned()) };
    let family = match row.remove("family") {
        Some(toml::Value::String(family)) => family,
        _ => return Err("it names no family".to_owned()),
    };
    let entry: &Entry = ENTRIES
        .iter()
        .find(|entry| entry.families.iter().any(|known| known.id() == family))
        .ok_or_else(|| format!("there is no family '{family}'"))?;
    if row.contains_key("dialect") {
        return Err("'family' already says the dialect".to_owned());
    }
    if let Some(dialect) = family.strip_prefix(entry.folder).and_then(|rest| rest.strip_prefix('-')) {
        row.insert("dialect".to_owned(), dialect.into());
    }
    let row = Row::deserialize(row).map_err(|error| error.message().trim_end_matches('.').to_owned())?;
    let model = row.read(entry, &usual_of(entry)).map_err(|error| error.message().to_owned())?;
    sound(&model)?;
    Ok(model)
}

fn sound(model: &Model) -> Result<(), String> {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    let wrong = |what: &str| Err(format!("'{}': {what}", model.id));
    if !model.id.starts_with(PREFIX) || model.id.len() > 64 || !model.id.bytes().all(plain) {
        return wrong("an id begins with 'own-' and has lower-case letters, digits and '-' only, 64 at most");
    }
    if model.name.trim().is_empty() || model.name.chars().count() > 80 || model.name.chars().any(char::is_control) {
        return wrong("a name has 1 to 80 letters");
    }
    if !model.width_dots.is_multiple_of(8) || !(8..=PageOptions::MAX_WIDTH).contains(&model.width_dots) {
        return wrong("the width is a multiple of 8 dots that a page can have");
    }
    if !(100..=1200).contains(&model.dpi) {
        return wrong("dots per inch are 100 to 1200");
    }
    if model.depths != [1] || !(-25..=25).contains(&model.dot_gain) {
        return wrong("depths and dot gain of own models cannot be set to this");
    }
    if model.file {
        return wrong("a picture file is no printer");
    }
    if (model.media == Media::Continuous) != (model.gap_mm == 0) {
        return wrong("a gap or mark has a length, and a roll has none");
    }
    if model.ble.is_some() && crate::registry::talk(model.family).is_none() {
        return wrong("this family is not spoken over Bluetooth");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::talk::NamePattern;

    const ROW: &str = "[[model]]\nid = 'own-a'\nfamily = 'cat-v5g'\nname = 'A'\nwidth_dots = 384\ndpi = 203\nsupport = 'documented'\n";

    #[test]
    fn a_row_is_a_model_of_its_family_with_the_familys_usual_plan() {
        let text = format!("{ROW}ble = {{ names = ['Kitchen*'] }}\n");
        let found = read(&text);
        assert_eq!(found.problems, [""; 0]);
        let model = find("own-a", &found.models).unwrap();
        assert_eq!(model.family, "cat-v5g");
        assert_eq!(model.ble.as_ref().unwrap().plan, crate::usual_ble("cat-v5g").unwrap().plan);
        assert!(find("cloud-escpos-384", &found.models).is_some() && find("own-b", &found.models).is_none());
    }

    #[test]
    fn a_bad_row_is_said_and_spoils_no_other() {
        let bad = [
            ROW.replace("own-a", "cat-384"),
            ROW.replace("384", "383"),
            ROW.replace("384", "99999992"),
            ROW.replace("cat-v5g", "klingon"),
            ROW.replace("dpi = 203", "dpi = 2"),
            ROW.replace("family = 'cat-v5g'\n", ""),
            format!("{ROW}colour = true\n"),
            format!("{ROW}dialect = 'v5x'\n"),
            ROW.replace("'A'", "'A\\u0007'").replace('\'', "\""),
            ROW.to_owned() + "ble = { names = ['**'] }\n",
            ROW.to_owned() + "file = true\n",
            ROW.to_owned() + "media = 'gap'\n",
            ROW.replace("cat-v5g", "tspl") + "ble = { names = ['a'], plan = { chunk = 20 } }\n",
        ];
        for row in bad {
            let good = ROW.replace("own-a", "own-good");
            let found = read(&format!("{row}{good}"));
            assert_eq!((found.models.len(), found.problems.len()), (1, 1), "{row}\n{:?}", found.problems);
        }
        assert_eq!(read(&format!("{ROW}{ROW}")).problems.len(), 1);
        for text in ["x", "model = 3", "[[printer]]\nid = 1"] {
            let found = read(text);
            assert!(found.models.is_empty() && found.problems.len() == 1, "{text}");
        }
        assert_eq!(read(""), UserModels::default());
    }

    #[test]
    fn a_model_that_is_put_comes_back_and_replaces_only_itself() {
        let mut own = crate::model("pocket-escpos-384").unwrap().clone();
        own.id = "own-mine".to_owned();
        own.ble.as_mut().unwrap().names = vec![NamePattern::Whole("No name \"58\"".to_owned())];
        let text = put(&format!("# my printers\n{ROW}# the other\n"), &own);
        let found = read(&text);
        assert_eq!(found.problems, [""; 0]);
        assert_eq!(found.models.len(), 2);
        assert_eq!(found.models[1], own);
        own.width_dots = 576;
        let again = put(&text, &own);
        assert!(again.contains("# my printers"));
        assert_eq!(read(&again).models[1].width_dots, 576);
        assert_eq!(read(&again).models.len(), 2);
    }
    #[test]
    fn every_column_of_a_model_that_is_put_comes_back() {
        let usual = crate::model("pocket-escpos-384").unwrap().clone();
        let ble = Ble {
            names: vec![NamePattern::Begins("Mine".to_owned())],
            address_ends: Some("59".to_owned()),
            plan: crate::talk::WritePlan { confirmed: true, chunk: 33, keep_free: 2, pace_ms: 7 },
            band_rows: Some(17),
            rows_per_second: 123,
            numbers: vec![7, 900],
            densities: Some((2, 6)),
        };
        let own = Model {
            id: "own-all".to_owned(),
            name: "All".to_owned(),
            cut: true,
            support: crate::Support::Proven,
            media: Media::Gap,
            gap_mm: 3,
            across: true,
            dot_gain: -5,
            density: Some(4),
            label_type: Some(2),
            speed: Some(9),
            quirks: vec![crate::Quirk::Reversed, crate::Quirk::HalfDotFeed],
            ble: Some(ble),
            ..usual
        };
        let found = read(&put("", &own));
        assert_eq!((found.problems, found.models), (vec![], vec![own]));
    }

    #[test]
    fn a_row_is_replaced_however_its_head_is_written() {
        let kitchen = read(ROW).models.remove(0);
        let own = |id: &str, width_dots| Model { id: id.to_owned(), width_dots, ..kitchen.clone() };
        let (bar, wide) = (own("own-bar", 384), own("own-bar", 576));
        let text = put(ROW, &bar).replace("[[model]]", " [[ model ]] # behind the counter");
        let both = read(&put(&text, &wide));
        assert_eq!((both.models, both.problems), (vec![kitchen, wide], vec![]));
    }

    #[test]
    fn a_text_that_is_no_toml_is_not_whole() {
        assert!(is_whole("") && is_whole(ROW) && is_whole("[[model]]\nid = 1"));
        assert!(!is_whole("[[model]\n") && !is_whole(&format!("{ROW}name =")));
    }
}
