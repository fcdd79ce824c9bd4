//! `platen profile use FILE` and `platen profile show`.

use super::files;
use crate::args::Profile;
use crate::doorway::Session;
use crate::output::{Ending, Output, text};
use platen_model::{Fault, Retry};
use serde_json::{Value, json};
use std::path::Path;

pub(super) async fn run(session: &mut Session, words: Profile, output: Output) -> Result<Ending, Fault> {
    match words {
        Profile::Use { file } => {
            let (_, bytes) = files::read(&file)?;
            let toml = String::from_utf8(bytes.into()).map_err(|_| {
                Fault::new("profile_invalid", "The profile is not text.", "Name a TOML file.").with_retry(Retry::No)
            })?;
            let mut params = json!({ "toml": toml });
            if let (Some(ca), Some(fields)) = (certificates(&toml, &file)?, params.as_object_mut()) {
                fields.insert("ca".to_owned(), Value::String(ca));
            }
            let profile = session.call("profile.use", params).await?;
            show(&profile, output)?;
            Ok(Ending::Done)
        }
        Profile::Show => {
            let profile = session.call("profile.show", json!({})).await?;
            if profile.is_null() {
                return Err(Fault::new(
                    "profile_unknown",
                    "No platform profile is in use.",
                    "Install one with: platen profile use FILE.toml",
                ));
            }
            show(&profile, output)?;
            Ok(Ending::Done)
        }
    }
}

fn show(profile: &Value, output: Output) -> Result<(), Fault> {
    output.value(profile)?;
    let closed = if profile.get("encrypted") == Some(&Value::Bool(true)) { "encrypted" } else { "not encrypted" };
    output.say(&format!(
        "Profile {} ({}): {} and {}, {closed}.",
        text(profile, "name"),
        text(profile, "mode"),
        text(profile, "httpHost"),
        text(profile, "mqttHost")
    ))
}

/// The PEM text of the files that `caFile` names, beside the profile. A profile that is no TOML names none: the engine
/// says what is wrong with it, with the line.
fn certificates(toml: &str, file: &Path) -> Result<Option<String>, Fault> {
    let Ok(profile) = toml.parse::<toml::Table>() else {
        return Ok(None);
    };
    let mut named: Vec<&str> =
        ["http", "mqtt"].iter().filter_map(|section| profile.get(*section)?.get("caFile")?.as_str()).collect();
    named.dedup();
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut all = String::new();
    for name in named {
        let (_, pem) = files::read(&folder.join(name))?;
        all.push_str(&String::from_utf8_lossy(&pem));
        all.push('\n');
    }
    Ok((!all.is_empty()).then_some(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_certificate_beside_the_profile_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), "PEM").unwrap();
        let file = folder.path().join("p.toml");
        let both = "[http]\ncaFile = \"ca.pem\"\n[mqtt]\ncaFile = \"ca.pem\"\n";
        assert_eq!(certificates(both, &file).unwrap().as_deref(), Some("PEM\n"));
        assert_eq!(certificates("[http]\n", &file).unwrap(), None);
        assert_eq!(certificates("[http", &file).unwrap(), None);
        assert_eq!(certificates("[mqtt]\ncaFile = \"absent.pem\"\n", &file).unwrap_err().code, "file_unknown");
    }
}
