//! `discover`, `gatt`, `trace`, `replay`, and devices that are near in `state` and `print`.
//!
//! A device is named by the id that `discover` gives. It is no identity: a printer that is printed to is added, and is
//! known by its serial number from then on.

use super::{files, interrupted};
use crate::args::{Discover, Trace};
use crate::doorway::{Seen, Session};
use crate::output::{Ending, Output, table, text};
use platen_model::Fault;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;

pub(super) async fn discover(session: &mut Session, args: &Discover, output: Output) -> Result<Ending, Fault> {
    let end = interrupted();
    tokio::pin!(end);
    let until = Instant::now() + Duration::from_secs(args.seconds.into());
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut seen = session.call("nearby.start", json!({})).await?;
    let (_, mut watch) = session.watch().await?;
    loop {
        for device in devices(&seen).filter(|device| args.wants(&text(device, "channel"))) {
            tell(device, &mut found, output)?;
        }
        let event = tokio::select! {
            () = &mut end => break,
            () = tokio::time::sleep_until(until) => break,
            event = session.next(&mut watch) => event?,
        };
        seen = match event {
            Seen::Event(event) => event.pointer("/body/nearby").cloned().unwrap_or_default(),
            Seen::Again(snapshot) => snapshot.get("nearby").cloned().unwrap_or_default(),
        };
    }
    let last = session.call("nearby.stop", json!({})).await?;
    for device in devices(&last).filter(|device| args.wants(&text(device, "channel"))) {
        tell(device, &mut found, output)?;
    }
    if found.is_empty() {
        let fault = last.pointer("/bluetooth/fault").filter(|fault| !fault.is_null() && args.wants("ble"));
        if let Some(fault) = fault {
            output.value(&json!({ "error": fault }))?;
            output.say(&format!("{} {}", text(fault, "message"), text(fault, "remedy")))?;
            return Ok(Ending::Failed);
        }
        output.say("Nothing was heard. Switch the printer on and bring it within a few metres.")?;
        return Ok(Ending::NothingFound);
    }
    Ok(Ending::Done)
}

fn devices(nearby: &Value) -> impl Iterator<Item = &Value> {
    nearby.get("devices").and_then(Value::as_array).into_iter().flatten()
}

/// A line when a device is seen for the first time, and when it said more than before.
fn tell(device: &Value, found: &mut BTreeMap<String, String>, output: Output) -> Result<(), Fault> {
    let names = ["name", "family", "model", "added"].map(|field| text(device, field));
    let setup = device.get("setup").map(|setup| text(setup, "state")).unwrap_or_default();
    let said = format!("{names:?} {setup}");
    let id = text(device, "id");
    if found.get(&id) == Some(&said) {
        return Ok(());
    }
    found.insert(id.clone(), said);
    output.value(device)?;
    let [name, family, model, added] = names;
    let what = [added, model, family].into_iter().find(|word| !word.is_empty()).unwrap_or_default();
    let setup = if setup == "none" { String::new() } else { format!("  set-up: {setup}") };
    let far = Some(text(device, "rssi")).filter(|rssi| !rssi.is_empty() && rssi != "-");
    let far = far.map_or_else(|| "cable".to_owned(), |rssi| format!("{rssi} dBm"));
    output.say(&format!("{id}  {far:>8}  {name:<20}  {what}{setup}"))
}

pub(super) async fn gatt(session: &mut Session, id: &str, output: Output) -> Result<Ending, Fault> {
    let id = device_of(session, id).await?;
    let tree = session.call("nearby.gatt", json!({ "id": id })).await?;
    output.value(&tree)?;
    let mut rows = Vec::new();
    for service in tree.get("services").and_then(Value::as_array).into_iter().flatten() {
        rows.push(vec![text(service, "uuid"), String::new(), String::new()]);
        for row in service.get("characteristics").and_then(Value::as_array).into_iter().flatten() {
            let words = row.get("properties").and_then(Value::as_array).into_iter().flatten();
            let words: Vec<&str> = words.filter_map(Value::as_str).collect();
            rows.push(vec![format!("  {}", text(row, "uuid")), words.join(" "), text(row, "description")]);
        }
    }
    output.say(&table(&["UUID", "CAN", "IS"], &rows))?;
    Ok(Ending::Done)
}

/// Records the device's answers to a question and everything else that goes over its links meanwhile.
pub(super) async fn trace(session: &mut Session, args: &Trace, output: Output) -> Result<Ending, Fault> {
    let end = interrupted();
    tokio::pin!(end);
    let id = device_of(session, &args.id).await?;
    // Its name and model stand at the head of the recording, so it is heard first.
    session.call("nearby.start", json!({})).await?;
    let tree = session.call("nearby.gatt", json!({ "id": id })).await;
    session.call("nearby.stop", json!({})).await?;
    tree?;
    session.call("trace.start", json!({ "id": id })).await?;
    let asked = session.call("nearby.ask", json!({ "id": id })).await;
    if let Err(fault) = &asked {
        // What it says by itself is worth recording, too.
        output.say(&format!("It was not asked: {}", fault.message))?;
        listen(session, &id).await?;
    }
    output.say(&format!("Recording for {} s; Ctrl-C ends it.", args.seconds))?;
    tokio::select! {
        () = &mut end => {}
        () = tokio::time::sleep(Duration::from_secs(args.seconds.into())) => {}
    }
    session.call("gatt.close", json!({ "id": id })).await?;
    let recorded = session.call("trace.stop", json!({ "id": id })).await?;
    let bytes = session.blob(&text(&recorded, "trace")).await?;
    files::write(&args.output, &bytes)?;
    output.value(&json!({ "file": args.output, "steps": recorded.get("steps") }))?;
    output.say(&format!("{} steps in {}.", text(&recorded, "steps"), args.output.display()))?;
    Ok(Ending::Done)
}

async fn listen(session: &mut Session, id: &str) -> Result<(), Fault> {
    let tree = session.call("gatt.open", json!({ "id": id })).await?;
    for service in tree.get("services").and_then(Value::as_array).into_iter().flatten() {
        for row in service.get("characteristics").and_then(Value::as_array).into_iter().flatten() {
            let words = row.get("properties").and_then(Value::as_array).into_iter().flatten();
            if !words.filter_map(Value::as_str).any(|word| word == "notify" || word == "indicate") {
                continue;
            }
            let place = json!({ "id": id, "service": text(service, "uuid"), "characteristic": text(row, "uuid") });
            if let Err(fault) = session.call("gatt.subscribe", place).await {
                tracing::debug!(code = %fault.code, "a characteristic does not tell changes");
            }
        }
    }
    Ok(())
}

/// The meaning of a recording. Needs no data folder.
pub(super) fn replay(file: &Path, family: Option<&str>, output: Output) -> Result<Ending, Fault> {
    let (_, bytes) = files::read(file)?;
    let text = String::from_utf8_lossy(&bytes);
    let replay = platen_api::replay(&text, family)?;
    output.value(&replay)?;
    for frame in &replay.frames {
        let sign = if frame.direction == "down" { '>' } else { '<' };
        let named: Vec<String> =
            frame.named.iter().map(|one| format!("{} {}", one.name, one.text).trim().to_owned()).collect();
        let short: String = frame.text.chars().take(64).collect();
        output.say(format!("{sign} {short:<64}  {}", named.join("; ")).trim_end())?;
    }
    for (number, page) in (1..).zip(&replay.pages) {
        output.say(&format!("Page {number}: {} x {} dots, {}", page.width, page.height, page.sha256))?;
    }
    if let Some(problem) = &replay.problem {
        output.say(&format!("No paper: {problem}"))?;
    }
    Ok(Ending::Done)
}

/// The serial number that a printer is called by in the other calls: its own, or that of the device that is near, which
/// is added now.
pub(super) async fn printer_of(session: &mut Session, id: &str, family: Option<&str>) -> Result<String, Fault> {
    match session.call("printer.show", json!({ "sn": id })).await {
        Ok(_) => Ok(id.to_owned()),
        Err(fault) if fault.code != "printer_unknown" && fault.code != "name_refused" => Err(fault),
        Err(unknown) => {
            let mut request = json!({ "id": id });
            if let (Some(family), Some(fields)) = (family, request.as_object_mut()) {
                fields.insert("family".to_owned(), family.into());
            }
            match session.call("nearby.add", request).await {
                Ok(printer) => Ok(text(&printer, "sn")),
                // No such device either: it was meant as a serial number.
                Err(fault) if matches!(&*fault.code, "device_unknown" | "bluetooth_none" | "bluetooth_off") => {
                    Err(unknown)
                }
                Err(fault) => Err(fault),
            }
        }
    }
}

/// The device of an added printer, or the device of that name.
async fn device_of(session: &mut Session, id: &str) -> Result<String, Fault> {
    match session.call("printer.show", json!({ "sn": id })).await {
        Ok(printer) => Ok(Some(text(&printer, "device")).filter(|device| !device.is_empty()).unwrap_or(id.to_owned())),
        Err(_) => Ok(id.to_owned()),
    }
}

/// What a device that is near says about itself.
pub(super) async fn readings(session: &mut Session, id: &str, output: Output) -> Result<Ending, Fault> {
    let told = session.call("nearby.ask", json!({ "id": id })).await?;
    output.value(&told)?;
    for (name, _) in told.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        output.say(&format!("  {name:<16} {}", text(&told, name)))?;
    }
    Ok(Ending::Done)
}
