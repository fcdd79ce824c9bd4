//! `printers`, `state`, `control`, `unbind`, `doctor`.

use crate::doorway::Session;
use crate::output::{Ending, Output, sentence, table, text};
use platen_model::Fault;
use serde_json::{Value, json};

pub(super) async fn list(session: &mut Session, output: Output) -> Result<Ending, Fault> {
    let printers = session.call("printers.list", json!({})).await?;
    let rows = printers.as_array().map(Vec::as_slice).unwrap_or_default();
    for printer in rows {
        output.value(printer)?;
    }
    if rows.is_empty() {
        output.say("No printer is bound. Bind one with: platen bind --sn SN")?;
        return Ok(Ending::Done);
    }
    let cells = |printer: &Value| {
        let problem = printer.pointer("/problems/0/message").and_then(Value::as_str).unwrap_or("");
        vec![
            text(printer, "sn"),
            text(printer, "name"),
            text(printer, "modelName"),
            text(printer, "connection"),
            text(printer, "openJobs"),
            problem.to_owned(),
        ]
    };
    let rows: Vec<_> = rows.iter().map(cells).collect();
    output.say(&table(&["SN", "NAME", "MODEL", "CONNECTION", "JOBS", "PROBLEM"], &rows))?;
    Ok(Ending::Done)
}

pub(super) async fn state(session: &mut Session, sn: &str, output: Output) -> Result<Ending, Fault> {
    let printer = match session.call("printer.state", json!({ "sn": sn })).await {
        Err(fault) if fault.code == "printer_unknown" => {
            return match super::near::readings(session, sn, output).await {
                Err(none) if none.code.starts_with("bluetooth_") || none.code == "device_unknown" => Err(fault),
                other => other,
            };
        }
        other => other?,
    };
    output.value(&printer)?;
    if output.is_json() {
        return Ok(Ending::Done);
    }
    output.say(&format!(
        "{} ({sn}), {}: {}",
        text(&printer, "name"),
        text(&printer, "modelName"),
        text(&printer, "connection")
    ))?;
    for (name, reading) in printer.get("state").and_then(Value::as_object).into_iter().flatten() {
        if let Some(value) = reading.get("value") {
            let known = if reading.get("live") == Some(&Value::Bool(true)) { "" } else { "  (last known)" };
            output.say(&format!("  {name:<16} {}{known}", plain(value)))?;
        }
    }
    for problem in printer.get("problems").and_then(Value::as_array).into_iter().flatten() {
        let (message, remedy, code) = (text(problem, "message"), text(problem, "remedy"), text(problem, "code"));
        output.say(&format!("  ! {}", sentence(&message, &remedy, &code)))?;
    }
    Ok(Ending::Done)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

pub(super) async fn control(session: &mut Session, sn: &str, command: &str, output: Output) -> Result<Ending, Fault> {
    let answer = session.call("printer.control", json!({ "sn": sn, "command": command })).await?;
    output.value(&answer)?;
    output.say(format!("{sn} answered {}. {}", text(&answer, "status"), text(&answer, "detail")).trim_end())?;
    Ok(Ending::Done)
}

pub(super) async fn unbind(session: &mut Session, sn: &str, output: Output) -> Result<Ending, Fault> {
    session.call("printer.unbind", json!({ "sn": sn })).await?;
    output.value(&json!({ "sn": sn, "unbound": true }))?;
    output.say(&format!("{sn} is unbound. Its token and jobs are gone."))?;
    Ok(Ending::Done)
}

pub(super) async fn doctor(session: &mut Session, output: Output) -> Result<Ending, Fault> {
    let report = session.call("app.doctor", json!({})).await?;
    output.value(&report)?;
    let checks = report.get("checks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut ending = Ending::Done;
    for check in checks {
        let status = text(check, "status");
        if status == "missing" {
            ending = Ending::Failed;
        }
        let mark = match status.as_str() {
            "ok" => "✓",
            "warning" => "!",
            _ => "✗",
        };
        let remedy = text(check, "remedy");
        let remedy = if remedy.is_empty() { remedy } else { format!("\n    → {remedy}") };
        output.say(&format!("{mark} {:<14} {}{remedy}", text(check, "id"), text(check, "detail")))?;
    }
    Ok(ending)
}
