//! Which language and which model a command means, and `platen models`: all from the catalogue and the user's own file,
//! without an engine.

use crate::output::{Ending, Output, table};
use platen_model::{Fault, Retry};
use platen_printers::user_models::{self, UserModels};
use platen_printers::{DEFAULT_MODEL, Family, Model, catalogue, families, family, model};
use serde_json::{Value, json};
use std::io::Read as _;
use std::path::Path;

/// A language, and a model that speaks it.
pub(super) struct Chosen {
    pub(super) language: &'static dyn Family,
    pub(super) model: Model,
}

/// The language that was named, or that of the model, or ESC/POS. With both, the model says how wide and how fine, and
/// everything else is as usual in the language.
pub(super) fn choose(language: Option<&str>, named: Option<&str>, data: Option<&Path>) -> Result<Chosen, Fault> {
    let mine = named.is_some_and(|id| id.starts_with(user_models::PREFIX));
    let own = if mine { own(data) } else { UserModels::default() };
    let named = named.map(|id| user_models::find(id, &own.models).ok_or_else(|| no_model(id))).transpose()?;
    let id = language.or(named.map(|model| model.family)).unwrap_or("escpos");
    let usual = model(DEFAULT_MODEL).filter(|model| model.family == id);
    let usual = usual.or_else(|| catalogue().iter().find(|model| model.family == id));
    let (language, usual) = family(id).zip(usual).ok_or_else(|| no_language(id))?;
    let model = match named {
        Some(named) if named.family == id => named.clone(),
        Some(named) => Model { width_dots: named.width_dots, dpi: named.dpi, cut: named.cut, ..usual.clone() },
        None => usual.clone(),
    };
    Ok(Chosen { language, model })
}

/// The user's own models, and what is wrong with their file. No file is no problem.
fn own(data: Option<&Path>) -> UserModels {
    let folder = data.map(Path::to_owned).or_else(crate::place::default_data);
    let Some(file) = folder.and_then(|folder| std::fs::File::open(folder.join(user_models::FILE)).ok()) else {
        return UserModels::default();
    };
    let mut text = String::new();
    let limit = u64::try_from(user_models::MAX_FILE).unwrap_or(u64::MAX).saturating_add(1);
    match file.take(limit).read_to_string(&mut text) {
        Ok(_) => user_models::read(&text),
        Err(error) => UserModels { models: Vec::new(), problems: vec![format!("The file cannot be read: {error}.")] },
    }
}

fn no_language(id: &str) -> Fault {
    let known: Vec<_> = families().map(|family| family.id()).collect();
    let message = format!("There is no printer language '{id}'.");
    Fault::new("language_unknown", message, format!("Choose one of: {}.", known.join(", "))).with_retry(Retry::No)
}

fn no_model(id: &str) -> Fault {
    let message = format!("There is no printer model '{id}'.");
    Fault::new("model_unknown", message, "Choose one of those that 'platen models' shows.").with_retry(Retry::No)
}

/// Width, height and depth of a page, and the hash of its packed rows.
pub(super) fn facts((width, height, depth): (u32, u32, u8), sha256: &str) -> Value {
    json!({ "width": width, "height": height, "depth": depth, "sha256": sha256 })
}

pub(super) fn models(data: Option<&Path>, output: Output) -> Result<Ending, Fault> {
    let own = own(data);
    let mut rows = Vec::new();
    for model in own.models.iter().chain(catalogue()) {
        let mut line = serde_json::to_value(model)
            .map_err(|error| Fault::new("internal", format!("A model cannot be written: {error}."), "Report it."))?;
        if let Some(fields) = line.as_object_mut() {
            let protocol = family(model.family).map_or("", |family| family.prn_protocol());
            fields.insert("protocol".to_owned(), protocol.into());
            fields.insert("width".to_owned(), model.width_dots.into());
        }
        output.value(&line)?;
        let text = |field: &str| crate::output::text(&line, field);
        rows.push(["id", "name", "family", "widthDots", "dpi", "support"].map(text).to_vec());
    }
    output.say(&table(&["MODEL", "NAME", "LANGUAGE", "DOTS", "DPI", "SUPPORT"], &rows))?;
    for problem in &own.problems {
        // Beside the list, which programs read line by line.
        eprintln!("! {}: {problem}", user_models::FILE);
    }
    Ok(Ending::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_brings_its_language_and_a_language_its_usual_model() {
        let chosen = |language, model| {
            choose(language, model, None)
                .map(|chosen| (chosen.language.id(), chosen.model.width_dots, chosen.model.dpi))
        };
        assert_eq!(chosen(None, None).unwrap(), ("escpos", 384, 203));
        assert_eq!(chosen(None, Some("cloud-escpos-576")).unwrap(), ("escpos", 576, 203));
        assert_eq!(chosen(Some("pwg"), None).unwrap().0, "pwg");
        assert_eq!(chosen(Some("png"), Some("cloud-escpos-576")).unwrap(), ("png", 576, 203));
        assert_eq!(chosen(Some("nope"), None).unwrap_err().code, "language_unknown");
        assert_eq!(chosen(None, Some("nope")).unwrap_err().code, "model_unknown");
    }
}
