//! `jobs`, `cancel`, `resolve`, `again`.

use crate::args::Decision;
use crate::doorway::Session;
use crate::output::{Ending, Output, table, text};
use platen_model::Fault;
use serde_json::{Value, json};

pub(super) async fn list(
    session: &mut Session,
    printer: Option<&str>,
    limit: u32,
    output: Output,
) -> Result<Ending, Fault> {
    let mut params = json!({ "limit": limit });
    if let (Some(printer), Some(fields)) = (printer, params.as_object_mut()) {
        fields.insert("printer".to_owned(), printer.into());
    }
    let jobs = session.call("jobs.list", params).await?;
    let jobs = jobs.as_array().map(Vec::as_slice).unwrap_or_default();
    for job in jobs {
        output.value(job)?;
    }
    if jobs.is_empty() {
        output.say("No jobs.")?;
        return Ok(Ending::Done);
    }
    let cells = |job: &Value| {
        let percent = job.get("progress").and_then(Value::as_f64).unwrap_or(0.0) * 100.0;
        vec![
            text(job, "jobId"),
            text(job, "printer"),
            text(job, "state"),
            format!("{percent:.0} %"),
            text(job, "title"),
        ]
    };
    let rows: Vec<_> = jobs.iter().map(cells).collect();
    output.say(&table(&["JOB", "PRINTER", "STATE", "PROGRESS", "DOCUMENT"], &rows))?;
    Ok(Ending::Done)
}

pub(super) async fn cancel(session: &mut Session, id: &str, output: Output) -> Result<Ending, Fault> {
    let job = session.call("job.cancel", json!({ "jobId": id })).await?;
    tell(&job, output)
}

pub(super) async fn resolve(
    session: &mut Session,
    id: &str,
    decision: Decision,
    output: Output,
) -> Result<Ending, Fault> {
    let decision = match decision {
        Decision::Reprint => "reprint",
        Decision::Done => "done",
    };
    let job = session.call("job.resolve", json!({ "jobId": id, "decision": decision })).await?;
    tell(&job, output)
}

pub(super) async fn again(session: &mut Session, id: &str, output: Output) -> Result<Ending, Fault> {
    let job = session.call("job.again", json!({ "jobId": id })).await?;
    tell(&job, output)
}

fn tell(job: &Value, output: Output) -> Result<Ending, Fault> {
    output.value(job)?;
    output.say(&format!("Job {} is {}.", text(job, "jobId"), text(job, "state")))?;
    Ok(Ending::Done)
}
