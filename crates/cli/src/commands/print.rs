//! `platen print`: hand in, accept, follow until the job is settled.
//!
//! The line that says `"accepted":true` is written after `print.start` has answered, and that answers only once the
//! job is durable. A command that is interrupted leaves its job where it is: whoever opens the data folder next
//! goes on with it.

use super::{files, interrupted, near};
use crate::args::{CutWord, DuplexWord, FitWord, Look, OrientationWord, Print};
use crate::doorway::{Seen, Session, Watch};
use crate::keeper::Start;
use crate::output::{Ending, Output, bar, sentence, text};
use bytes::Bytes;
use platen_model::{Crop, Fault, JobState};
use serde_json::{Map, Value, json};
use std::path::Path;

pub(super) async fn run(data: &Path, args: Print, output: Output) -> Result<Ending, Fault> {
    let (name, document) = files::read(&args.file)?;
    let mut session = Session::open(data, Start::OnDemand).await?;
    let outcome = print(&mut session, args, &name, document, output).await;
    session.close().await;
    outcome
}

async fn print(
    session: &mut Session,
    args: Print,
    name: &str,
    document: Bytes,
    output: Output,
) -> Result<Ending, Fault> {
    // Before a large document is handed in: is there such a printer, or such a device near?
    let printer = near::printer_of(session, &args.printer, args.family.as_deref()).await?;
    let mut options = options(&args.look);
    if let Some(width) = args.width {
        options.insert("width".to_owned(), width.into());
    }
    let mut request = json!({ "printer": printer, "options": options });
    let mut reference = args.reference;
    if reference.is_none() && session.is_visiting() {
        // When the process with the engine goes away before it answers, only a reference tells whether the job was
        // accepted; without one, asking again could print twice.
        reference = Some(own_reference()?);
    }
    let job = loop {
        let view = session.upload(name, document.clone()).await?;
        if let Some(fields) = request.as_object_mut() {
            fields.insert("document".to_owned(), view.get("document").cloned().unwrap_or_default());
            if let Some(reference) = &reference {
                fields.insert("ref".to_owned(), reference.as_str().into());
            }
        }
        match session.call("print.start", request.clone()).await {
            // Handed in to a process that has gone since: the next one may not know it.
            Err(fault) if fault.code == "document_unknown" && reference.is_some() => {}
            other => break other?,
        }
    };
    follow(session, job, output).await
}

/// Options that the user named, by their names in the contract.
pub(super) fn options(look: &Look) -> Map<String, Value> {
    let mut options = Map::new();
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            options.insert(name.to_owned(), value);
        }
    };
    set("paper", look.paper.map(|paper| json!({ "width": paper.width, "height": paper.height })));
    set("margin", look.margin.map(Into::into));
    let orientation = look.orientation.map(|orientation| match orientation {
        OrientationWord::Auto => "auto",
        OrientationWord::Portrait => "portrait",
        OrientationWord::Landscape => "landscape",
    });
    set("orientation", orientation.map(Into::into));
    set("pages", look.pages.as_ref().map(|pages| pages.to_string().into()));
    set("perSheet", look.nup.map(Into::into));
    let fit = look.fit.map(|fit| match fit {
        FitWord::Fit => "fit",
        FitWord::Fill => "fill",
        FitWord::Actual => "actual",
    });
    set("fit", fit.map(Into::into));
    let crop = look.crop;
    set(
        "crop",
        crop.map(
            |Crop { left, top, width, height }| json!({ "left": left, "top": top, "width": width, "height": height }),
        ),
    );
    let duplex = look.duplex.map(|duplex| match duplex {
        DuplexWord::Off => "off",
        DuplexWord::LongEdge => "long-edge",
        DuplexWord::ShortEdge => "short-edge",
    });
    set("duplex", duplex.map(Into::into));
    set("collate", (look.collate || look.no_collate).then_some(look.collate.into()));
    set("gamma", look.gamma.map(Into::into));
    set("sharpness", look.sharpness.map(Into::into));
    set("autoLevels", look.auto_levels.then_some(true.into()));
    set("threshold", look.threshold.map(Into::into));
    let colour = look.colour.then_some(platen_model::PageOptions::COLOUR_DEPTH);
    set("depth", colour.or(look.gray).map(Into::into));
    set("dither", look.dither.map(|dither| dither.name().into()));
    set("copies", look.copies.map(Into::into));
    set("rotate", look.rotate.map(Into::into));
    set("brightness", look.brightness.map(Into::into));
    set("contrast", look.contrast.map(Into::into));
    set("invert", look.invert.then_some(true.into()));
    let cut = look.cut.map(|cut| match cut {
        CutWord::None => "none",
        CutWord::Partial => "partial",
        CutWord::Full => "full",
    });
    set("cut", cut.map(Into::into));
    set("feed", look.feed.map(Into::into));
    set("textSize", look.text_size.map(Into::into));
    options
}

async fn follow(session: &mut Session, mut job: Value, output: Output) -> Result<Ending, Fault> {
    let id = text(&job, "jobId");
    let mut said = None;
    say(&job, &mut said, output)?;
    if state(&job).is_some_and(JobState::is_settled) {
        return end(&job, output);
    }
    let (_, mut watch) = session.watch().await?;
    job = session.call("job.show", json!({ "jobId": id })).await?;
    let interrupt = interrupted();
    tokio::pin!(interrupt);
    loop {
        say(&job, &mut said, output)?;
        if state(&job).is_some_and(JobState::is_settled) {
            return end(&job, output);
        }
        job = tokio::select! {
            () = &mut interrupt => {
                let remedy = "Follow it with: platen jobs; finish it with: platen serve";
                return Err(Fault::new("interrupted", "The job stays accepted and goes on later.", remedy));
            }
            changed = change(session, &mut watch, &id) => changed?,
        };
    }
}

/// The job after its next change.
async fn change(session: &mut Session, watch: &mut Watch, id: &str) -> Result<Value, Fault> {
    loop {
        match session.next(watch).await? {
            Seen::Event(event) => {
                let body = event.get("body").unwrap_or(&Value::Null);
                if let Some(job) = body.get("job").filter(|job| text(job, "jobId") == id) {
                    return Ok(job.clone());
                }
                if text(body, "kind") == "job-removed" && text(body, "jobId") == id {
                    return Err(Fault::new("job_unknown", "The job was forgotten.", "Its printer was unbound."));
                }
            }
            Seen::Again(_) => return session.call("job.show", json!({ "jobId": id })).await,
        }
    }
}

fn state(job: &Value) -> Option<JobState> {
    JobState::from_name(job.get("state")?.as_str()?)
}

/// Says what is new about the job.
fn say(job: &Value, said: &mut Option<(String, String)>, output: Output) -> Result<(), Fault> {
    let now = (text(job, "state"), text(job, "progress"));
    if said.as_ref() == Some(&now) {
        return Ok(());
    }
    if said.is_none() {
        let twice = job.get("possibleDuplicate") == Some(&Value::Bool(true));
        let note = if twice { " (the same document was printed a moment ago)" } else { "" };
        output.say(&format!("Job {} accepted{note}.", text(job, "jobId")))?;
    }
    output.value(job)?;
    let progress = job.get("progress").and_then(Value::as_f64).unwrap_or(0.0);
    output.progress(&format!("{:<10} {}", now.0, bar(progress)));
    *said = Some(now);
    Ok(())
}

fn end(job: &Value, output: Output) -> Result<Ending, Fault> {
    output.progress("");
    let error = job.get("error").filter(|error| !error.is_null());
    let why = error.map(|error| sentence(&text(error, "message"), &text(error, "remedy"), &text(error, "code")));
    let why = why.unwrap_or_else(|| text(job, "detail"));
    let id = text(job, "jobId");
    match state(job) {
        Some(JobState::Done) => {
            output.say("Done: it is on paper.")?;
            Ok(Ending::Done)
        }
        Some(JobState::Uncertain) => {
            output.say(&format!(
                "Uncertain: it may be on paper. {why}\nLook at the printer, then: platen resolve {id} reprint|done"
            ))?;
            Ok(Ending::Uncertain)
        }
        other => {
            output.say(format!("{}. {why}", other.map_or("Failed", |state| state.name())).trim_end())?;
            Ok(Ending::Failed)
        }
    }
}

fn own_reference() -> Result<String, Fault> {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes)
        .map_err(|_| Fault::new("no_random", "This system gives no random numbers.", "Restart the machine."))?;
    Ok(format!("cli-{}", hex::encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_options_are_sent_and_by_their_contract_names() {
        assert!(options(&Look::default()).is_empty());
        let look =
            Look { invert: true, text_size: Some(20), rotate: Some(90), cut: Some(CutWord::Full), ..Look::default() };
        let sent = Value::Object(options(&look));
        assert_eq!(sent, json!({ "invert": true, "textSize": 20, "rotate": 90, "cut": "full" }));
        assert!(serde_json::from_value::<platen_model::PageOptions>(sent).is_ok());
    }
}
