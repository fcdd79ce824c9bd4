//! `platen watch [SN]`: events as they happen.
//!
//! The first line has the shape of an event and the kind `watching`: whatever happens after its number is told, so a
//! program that waits for something begins to look once it has read this line. It comes again after a gap, when another
//! process has the engine or this one was too slow.

use super::interrupted;
use crate::doorway::{Seen, Session};
use crate::output::{Ending, Output, text};
use platen_model::Fault;
use serde_json::{Value, json};

pub(super) async fn run(session: &mut Session, sn: Option<&str>, output: Output) -> Result<Ending, Fault> {
    let end = interrupted();
    tokio::pin!(end);
    if let Some(sn) = sn {
        session.call("printer.show", json!({ "sn": sn })).await?;
    }
    let (snapshot, mut watch) = session.watch().await?;
    for printer in snapshot.get("printers").and_then(Value::as_array).into_iter().flatten() {
        output.say(&format!("{}  {}", text(printer, "sn"), text(printer, "connection")))?;
    }
    output.value(&beginning(&snapshot, sn))?;
    if session.is_visiting() {
        // The process with the engine may be a command that lets printers work only when somebody asks about them.
        for printer in snapshot.get("printers").and_then(Value::as_array).into_iter().flatten() {
            if let Err(fault) = session.call("printer.state", json!({ "sn": text(printer, "sn") })).await {
                tracing::debug!(code = %fault.code, "a printer gives no state");
            }
        }
    }
    loop {
        let seen = tokio::select! {
            () = &mut end => return Ok(Ending::Done),
            seen = session.next(&mut watch) => seen?,
        };
        match seen {
            Seen::Event(event) if sn.is_none_or(|sn| concerns(&event, sn)) => {
                output.value(&event)?;
                output.say(&told(&event))?;
            }
            Seen::Event(_) => {}
            Seen::Again(snapshot) => output.value(&beginning(&snapshot, sn))?,
        }
    }
}

/// The line that says from which number on everything is told.
fn beginning(snapshot: &Value, sn: Option<&str>) -> Value {
    json!({
        "epoch": snapshot.get("epoch"),
        "seq": snapshot.get("seq"),
        "at": now(),
        "body": { "kind": "watching", "sn": sn },
    })
}

/// Milliseconds since 1970 UTC.
fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn concerns(event: &Value, sn: &str) -> bool {
    ["/body/sn", "/body/printer/sn", "/body/job/printer"]
        .iter()
        .any(|place| event.pointer(place).and_then(Value::as_str) == Some(sn))
}

fn told(event: &Value) -> String {
    let body = event.get("body").unwrap_or(&Value::Null);
    let kind = text(body, "kind");
    match kind.as_str() {
        "printer-changed" => {
            let printer = body.get("printer").unwrap_or(&Value::Null);
            let read = |name: &str| printer.pointer(&format!("/state/{name}/value")).map(Value::to_string);
            let mut line = format!("{}  {}", text(printer, "sn"), text(printer, "connection"));
            for (name, unit) in [("battery", " %"), ("temperature", " °C")] {
                if let Some(value) = read(name) {
                    line.push_str(&format!("  {name} {value}{unit}"));
                }
            }
            if let Some(problem) = printer.pointer("/problems/0/message").and_then(Value::as_str) {
                line.push_str(&format!("  ! {problem}"));
            }
            line
        }
        "job-changed" => {
            let job = body.get("job").unwrap_or(&Value::Null);
            let percent = job.get("progress").and_then(Value::as_f64).unwrap_or(0.0) * 100.0;
            format!("{}  job {}  {}  {percent:.0} %", text(job, "printer"), text(job, "jobId"), text(job, "state"))
        }
        "printer-notice" => format!("{}  {}  {}", text(body, "sn"), text(body, "event"), text(body, "detail")),
        _ => format!("{kind}  {}{}", text(body, "sn"), text(body, "jobId")).trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printer_s_events_are_its_own_and_its_jobs() {
        assert!(concerns(&json!({"body": {"kind": "job-changed", "job": {"printer": "A"}}}), "A"));
        assert!(concerns(&json!({"body": {"kind": "printer-removed", "sn": "A"}}), "A"));
        assert!(!concerns(&json!({"body": {"kind": "printer-changed", "printer": {"sn": "B"}}}), "A"));
        assert!(!concerns(&json!({"body": {"kind": "settings-changed"}}), "A"));
    }
}
