//! `provision` and `networks`: the wizard for scripts.
//!
//! Each line of `--json` is a stage: `{"stage": …}`, and the last one has `end`: `confirmed` (exit 0), `failed` with its
//! class (1), or `sent` (3): the printer has the password, and nobody knows whether it joined. A script answers no
//! questions: what a person would be asked again is a failure here.

use super::{files, interrupted};
use crate::args::{Networks, Proof, Provision};
use crate::doorway::{Seen, Session};
use crate::output::{Ending, Output, text};
use platen_model::{Fault, Secret};
use serde_json::{Value, json};

pub(super) async fn provision(session: &mut Session, args: &Provision, output: Output) -> Result<Ending, Fault> {
    let password = if args.password_stdin { Some(files::password()?) } else { None };
    let mut script = Script { args, password, code: args.proof.pop.clone(), chosen: false, typed: false };
    let result = follow(session, &args.id, &args.proof, output, |view| script.next(view)).await?;
    end(session, result, output).await
}

pub(super) async fn networks(session: &mut Session, args: &Networks, output: Output) -> Result<Ending, Fault> {
    let mut code = args.proof.pop.clone();
    let listed = follow(session, &args.id, &args.proof, output.aside(), |view| {
        if let Some(next) = proof(view, &mut code) {
            return next;
        }
        match (is(view, "listing"), text(view, "step").as_str(), class(view).as_str()) {
            (false, "network" | "password", "" | "NO-NETWORKS") => Next::End(End::Confirmed, view.clone()),
            (_, _, "" | "NO-NETWORKS") if !is(view, "over") => Next::Wait,
            // Nobody is there to put right what stands in the way.
            _ => Next::End(End::Failed, view.clone()),
        }
    })
    .await?;
    session.call("setup.cancel", json!({})).await?;
    let (found, view) = listed;
    if found != End::Confirmed {
        return tell_end(found, &view, output);
    }
    let rows = view.get("networks").and_then(Value::as_array).cloned().unwrap_or_default();
    for row in &rows {
        output.value(row)?;
        let advice = text(row, "advice");
        let note = if advice == "possible" { String::new() } else { format!("  {advice}") };
        output.say(&format!(
            "{:>4} dBm  {:<10}  {}{note}",
            text(row, "rssi"),
            text(row, "security"),
            text(row, "ssid")
        ))?;
    }
    Ok(if rows.is_empty() { Ending::NothingFound } else { Ending::Done })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Confirmed,
    Failed,
    Sent,
}

enum Next {
    Wait,
    Answer(Value),
    End(End, Value),
}

struct Script<'a> {
    args: &'a Provision,
    password: Option<Secret<String>>,
    code: Option<String>,
    chosen: bool,
    typed: bool,
}

impl Script<'_> {
    fn next(&mut self, view: &Value) -> Next {
        if let Some(next) = proof(view, &mut self.code) {
            return next;
        }
        let class = class(view);
        match (text(view, "step").as_str(), class.as_str()) {
            // Whatever comes after this is more than was asked for.
            ("done" | "test-print", _) => Next::End(End::Confirmed, view.clone()),
            ("bind", class) if !class.is_empty() => Next::End(End::Confirmed, view.clone()),
            ("confirm", class) if !class.is_empty() => Next::End(End::Sent, view.clone()),
            ("network", "" | "NO-NETWORKS") if !self.chosen && !is(view, "listing") => {
                self.chosen = true;
                Next::Answer(json!({ "answer": "network", "ssid": self.args.ssid, "security": self.security(view) }))
            }
            ("password", "") if self.chosen && !self.typed => {
                self.typed = true;
                // Without one the network should have been open: the wizard says so.
                let password = self.password.take().unwrap_or_else(|| Secret::from(""));
                Next::Answer(json!({ "answer": "password", "password": password.reveal() }))
            }
            (_, "") if is(view, "over") => Next::End(End::Failed, view.clone()),
            (_, "" | "NO-NETWORKS") => Next::Wait,
            (_, _) if is(view, "sent") => Next::End(End::Sent, view.clone()),
            (_, _) => Next::End(End::Failed, view.clone()),
        }
    }

    /// As the printer sees it; what it does not see is what the password says.
    fn security(&self, view: &Value) -> String {
        let rows = view.get("networks").and_then(Value::as_array).into_iter().flatten();
        let seen = rows.into_iter().find(|row| text(row, "ssid") == self.args.ssid).map(|row| text(row, "security"));
        let typed = if self.password.is_some() { "unknown" } else { "open" };
        seen.unwrap_or_else(|| typed.to_owned())
    }
}

/// Answers the question for the code, once.
fn proof(view: &Value, code: &mut Option<String>) -> Option<Next> {
    if !is(view, "wantsCode") {
        return None;
    }
    Some(match (class(view).as_str(), code.take()) {
        ("CODE-MISSING", Some(code)) => Next::Answer(json!({ "answer": "code", "code": code })),
        _ => Next::End(End::Failed, view.clone()),
    })
}

fn is(view: &Value, field: &str) -> bool {
    view.get(field).and_then(Value::as_bool).unwrap_or(false)
}

fn class(view: &Value) -> String {
    view.get("obstacle").map(|obstacle| text(obstacle, "class")).unwrap_or_default()
}

/// Follows the set-up and answers it until it ends for the script.
async fn follow(
    session: &mut Session,
    id: &str,
    proof: &Proof,
    output: Output,
    mut next: impl FnMut(&Value) -> Next,
) -> Result<(End, Value), Fault> {
    let stop = interrupted();
    tokio::pin!(stop);
    let (_, mut watch) = session.watch().await?;
    // A code that stands on the label is read from it; a set-up that was left is not gone on with.
    session.call("setup.cancel", json!({})).await?;
    let mut request = json!({ "device": id });
    if let (Some(label), Some(fields)) = (&proof.qr, request.as_object_mut()) {
        fields.insert("label".to_owned(), json!(label));
    }
    let mut view = session.call("setup.start", request).await?;
    let mut said = None;
    loop {
        let stage = stage(&view);
        if said.as_ref() != Some(&stage) {
            output.value(&stage)?;
            said = Some(stage);
            output.say(&words(&view))?;
        }
        match next(&view) {
            Next::Answer(answer) => {
                view = session.call("setup.answer", answer).await?;
                continue;
            }
            Next::End(end, view) => return Ok((end, view)),
            Next::Wait => {}
        }
        view = tokio::select! {
            () = &mut stop => {
                session.call("setup.cancel", json!({})).await?;
                return Ok((if is(&view, "sent") { End::Sent } else { End::Failed }, view));
            }
            seen = session.next(&mut watch) => match seen? {
                Seen::Event(event) if event.pointer("/body/kind").and_then(Value::as_str) == Some("setup-changed") => {
                    // Events come behind: what is true now is asked for.
                    session.call("setup.show", json!({})).await?
                }
                Seen::Event(_) => continue,
                Seen::Again(snapshot) => snapshot.get("setup").cloned().unwrap_or_default(),
            },
        };
    }
}

fn stage(view: &Value) -> Value {
    json!({
        "stage": view.get("step"),
        "joining": view.get("joining"),
        "listing": view.get("listing"),
        "press": view.get("pressSeconds").is_some_and(|seconds| !seconds.is_null()),
        "class": view.pointer("/obstacle/class"),
    })
}

fn words(view: &Value) -> String {
    let step = match text(view, "step").as_str() {
        "find" => "Looking for the printer.",
        "connect" => "Connecting.",
        "authorise" => "Press the button on the printer.",
        "network" => "Asking it for networks.",
        "password" => "Sending the password.",
        "join" => "It joins the network.",
        "confirm" => "Looking for it on the network.",
        "bind" => "Binding it.",
        _ => "",
    };
    let message = view.get("obstacle").map(|obstacle| text(obstacle, "message")).unwrap_or_default();
    format!("{step} {message}").trim().to_owned()
}

async fn end(session: &mut Session, result: (End, Value), output: Output) -> Result<Ending, Fault> {
    let (end, view) = result;
    session.call("setup.cancel", json!({})).await?;
    tell_end(end, &view, output)
}

fn tell_end(end: End, view: &Value, output: Output) -> Result<Ending, Fault> {
    let word = match end {
        End::Confirmed => "confirmed",
        End::Failed => "failed",
        End::Sent => "sent",
    };
    let obstacle = view.get("obstacle").cloned().unwrap_or_default();
    let class =
        if end == End::Failed && obstacle.is_null() { json!("CANCELLED") } else { json!(text(&obstacle, "class")) };
    output.value(&json!({
        "end": word,
        "class": class,
        "address": view.get("address"),
        "bound": view.get("bound"),
        "serial": view.get("serial"),
        "error": obstacle,
    }))?;
    let sentence = match end {
        End::Confirmed => format!("The printer is on the network at {}.", text(view, "address")),
        End::Sent => "The password was sent, but whether the printer joined is not confirmed.".to_owned(),
        End::Failed => format!("{} {}", text(&obstacle, "message"), text(&obstacle, "remedy")),
    };
    output.say(&sentence)?;
    Ok(match end {
        End::Confirmed => Ending::Done,
        End::Failed => Ending::Failed,
        End::Sent => Ending::Uncertain,
    })
}
