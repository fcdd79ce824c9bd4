//! `platen bind`: without a code the printer prints one; a person reads it off the paper.

use crate::args::Bind;
use crate::doorway::Session;
use crate::output::{Ending, Output, text};
use platen_model::Fault;
use serde_json::{Map, Value};
use std::io::{IsTerminal, Write};

pub(super) async fn run(session: &mut Session, args: Bind, output: Output) -> Result<Ending, Fault> {
    let mut params = Map::new();
    params.insert("sn".to_owned(), Value::String(args.sn.clone()));
    for (name, value) in [("code", args.code), ("name", args.name), ("model", args.model)] {
        if let Some(value) = value {
            params.insert(name.to_owned(), Value::String(value));
        }
    }
    let mut answer = session.call("printer.bind", Value::Object(params.clone())).await?;
    output.value(&answer)?;
    while text(&answer, "stage") == "code-needed" {
        if output.is_json() || !std::io::stdin().is_terminal() {
            return Err(Fault::new(
                "code_needed",
                "The printer has printed a verification code.",
                "Give it with --code CODE.",
            ));
        }
        params.insert("code".to_owned(), Value::String(ask().await?));
        answer = session.call("printer.bind", Value::Object(params.clone())).await?;
    }
    let printer = answer.get("printer").unwrap_or(&Value::Null);
    output.say(&format!("{} ({}) is bound: {}.", text(printer, "name"), args.sn, text(printer, "modelName")))?;
    Ok(Ending::Done)
}

async fn ask() -> Result<String, Fault> {
    let no_answer = || Fault::new("code_needed", "No code was given.", "Give it with --code CODE.");
    let asked = tokio::task::spawn_blocking(|| {
        eprint!("The printer has printed a verification code. Type it here: ");
        std::io::stderr().flush()?;
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line.trim().to_owned())
    });
    match asked.await {
        Ok(Ok(code)) if !code.is_empty() => Ok(code),
        _ => Err(no_answer()),
    }
}
