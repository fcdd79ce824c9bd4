//! `platen render` and `platen decode`: from a document to PRN and from PRN to a picture, without an engine.
//!
//! Both are pure functions of their files, so they need no data folder and lock nothing (see
//! `docs/decisions/0008-cli-renders-without-engine.md`).

use super::{files, print};
use crate::args::{Decode, Render};
use crate::output::{Ending, Output};
use platen_model::{Bitmap, DocumentName, Fault, PageOptions, Retry};
use platen_printers::{DEFAULT_MODEL, Family, Finish, Model, catalogue, families, family, model};
use platen_render::Target;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

pub(super) fn render(args: &Render, output: Output) -> Result<Ending, Fault> {
    let (language, model) = language(&args.lang)?;
    let (name, document) = files::read(&args.file)?;
    let mut options = print::options(&args.look);
    options.insert("width".to_owned(), args.width.into());
    let options: PageOptions = serde_json::from_value(Value::Object(options)).map_err(|error| {
        Fault::new("option_invalid", format!("{error}."), "Choose a value within the range.").with_retry(Retry::No)
    })?;
    let target = Target { width_dots: args.width, dpi: model.dpi, dot_gain: model.dot_gain };
    let rendered = platen_render::render(&document, &DocumentName::new(&name), &target, &options)
        .map_err(|error| error.fault())?;
    let finish = Finish::from_millimetres(options.feed, options.cut, model.dpi);
    let mut copy = Vec::new();
    for page in &rendered.pages {
        copy.extend(language.encode(model, page, &finish).map_err(|error| error.fault())?);
    }
    let prn = copy.repeat(usize::from(options.copies));
    files::write(&args.output, &prn)?;
    let missing: String = rendered.missing.iter().collect();
    output.value(&json!({
        "file": args.output,
        "bytes": prn.len(),
        "sha256": hex::encode(Sha256::digest(&prn)),
        "dither": rendered.dither.name(),
        "copies": options.copies,
        "pages": rendered.pages.iter().map(facts).collect::<Vec<_>>(),
        "missing": missing,
    }))?;
    output.say(&format!(
        "{}: {} bytes of {}, {} page(s) of {} dots, {}.",
        args.output.display(),
        prn.len(),
        args.lang,
        rendered.pages.len(),
        rendered.pages.first().map_or(0, Bitmap::width),
        rendered.dither
    ))?;
    if !missing.is_empty() {
        output.say(&format!("No font has these characters; they are boxes: {missing}"))?;
    }
    Ok(Ending::Done)
}

pub(super) fn decode(args: &Decode, output: Output) -> Result<Ending, Fault> {
    let (language, _) = language(&args.lang)?;
    let (_, prn) = files::read(&args.file)?;
    let decoded = language.decode(&prn).map_err(|error| error.fault())?;
    for command in &decoded.commands {
        output.value(command)?;
    }
    if decoded.pages.is_empty() {
        return Err(Fault::new("page_unknown", "There is no page in this file.", "Check that it is of this language.")
            .with_retry(Retry::No));
    }
    for (index, page) in decoded.pages.iter().enumerate() {
        let file = numbered(&args.output, index + 1);
        files::write(&file, &png(page)?)?;
        let mut line = facts(page);
        if let Some(fields) = line.as_object_mut() {
            fields.insert("page".to_owned(), (index + 1).into());
            fields.insert("file".to_owned(), file.to_string_lossy().into());
        }
        output.value(&line)?;
        output.say(&format!("{}: {} × {} dots", file.display(), page.width(), page.height()))?;
    }
    Ok(Ending::Done)
}

/// The language of that name, and the model that stands for it.
fn language(name: &str) -> Result<(&'static dyn Family, &'static Model), Fault> {
    let language = family(name);
    let usual = model(DEFAULT_MODEL).filter(|model| model.family == name);
    let model = usual.or_else(|| catalogue().iter().find(|model| model.family == name));
    language.zip(model).ok_or_else(|| {
        let known: Vec<_> = families().map(|family| family.id()).collect();
        Fault::new(
            "language_unknown",
            format!("There is no printer language '{name}'."),
            format!("Choose one of: {}.", known.join(", ")),
        )
        .with_retry(Retry::No)
    })
}

fn facts(page: &Bitmap) -> Value {
    json!({ "width": page.width(), "height": page.height(), "sha256": hex::encode(Sha256::digest(page.bytes())) })
}

/// The name for page `number`: the first has the name itself.
fn numbered(path: &Path, number: usize) -> PathBuf {
    if number == 1 {
        return path.to_path_buf();
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map(|ending| format!(".{}", ending.to_string_lossy())).unwrap_or_default();
    path.with_file_name(format!("{stem}-{number}{extension}"))
}

fn png(page: &Bitmap) -> Result<Vec<u8>, Fault> {
    let failed = |error: png::EncodingError| {
        Fault::new("picture_failed", format!("The picture cannot be written: {error}."), "Report this.")
    };
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, page.width(), page.height());
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().map_err(failed)?;
    // In a grey PNG 0 is black; on our pages 1 is.
    let rows: Vec<u8> = page.bytes().iter().map(|byte| !byte).collect();
    writer.write_image_data(&rows).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn further_pages_get_numbers_before_the_extension() {
        assert_eq!(numbered(Path::new("/a/b.png"), 1), Path::new("/a/b.png"));
        assert_eq!(numbered(Path::new("/a/b.c.png"), 2), Path::new("/a/b.c-2.png"));
        assert_eq!(numbered(Path::new("out"), 3), Path::new("out-3"));
    }

    #[test]
    fn the_usual_language_is_there_and_others_are_named() {
        assert!(language("escpos").is_ok());
        assert!(language("zpl9").err().unwrap().remedy.contains("escpos"));
    }
}
