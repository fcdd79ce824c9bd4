//! Which language and which model a command means, and `platen models`: all from the catalogue, without an engine.

use crate::output::{Ending, Output, table};
use platen_model::{Fault, Retry};
use platen_printers::{DEFAULT_MODEL, Family, Model, catalogue, families, family, model};
use serde_json::{Value, json};

/// A language, and a model that speaks it.
pub(super) struct Chosen {
    pub(super) language: &'static dyn Family,
    pub(super) model: Model,
}

/// The language that was named, or that of the model, or ESC/POS. With both, the model says how wide and how fine, and
/// everything else is as usual in the language.
pub(super) fn choose(language: Option<&str>, named: Option<&str>) -> Result<Chosen, Fault> {
    let named = named.map(|id| model(id).ok_or_else(|| no_model(id))).transpose()?;
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

pub(super) fn models(output: Output) -> Result<Ending, Fault> {
    let mut rows = Vec::new();
    for model in catalogue() {
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
    Ok(Ending::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_brings_its_language_and_a_language_its_usual_model() {
        let chosen = |language, model| {
            choose(language, model).map(|chosen| (chosen.language.id(), chosen.model.width_dots, chosen.model.dpi))
        };
        assert_eq!(chosen(None, None).unwrap(), ("escpos", 384, 203));
        assert_eq!(chosen(None, Some("cloud-escpos-576")).unwrap(), ("escpos", 576, 203));
        assert_eq!(chosen(Some("pwg"), None).unwrap().0, "pwg");
        assert_eq!(chosen(Some("png"), Some("cloud-escpos-576")).unwrap(), ("png", 576, 203));
        assert_eq!(chosen(Some("nope"), None).unwrap_err().code, "language_unknown");
        assert_eq!(chosen(None, Some("nope")).unwrap_err().code, "model_unknown");
    }
}
