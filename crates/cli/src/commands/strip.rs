//! `strip`: an unknown printer becomes one of the user's own models.
//!
//! A person at a terminal is asked; a script gives its answers beforehand, a word a line: `bars` or `none`, a number of whole
//! bars, `black` or `white`, and `again` to print once more. With `--json` each state is a line. An answer that is missing
//! ends it: nobody looks at the paper.

use super::{files, interrupted};
use crate::args::Strip;
use crate::doorway::{Seen, Session};
use crate::output::{Ending, Output, sentence, text};
use platen_model::{Fault, Retry};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{IsTerminal, Write};

/// Where answers come from.
enum Answers {
    Given(VecDeque<String>),
    Typed,
}

pub(super) async fn run(session: &mut Session, args: &Strip, output: Output) -> Result<Ending, Fault> {
    let mut answers = match &args.answers {
        Some(file) => {
            let (_, bytes) = files::read(file)?;
            let text = String::from_utf8_lossy(&bytes);
            Answers::Given(text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect())
        }
        None if std::io::stdin().is_terminal() && !output.is_json() => Answers::Typed,
        None => Answers::Given(VecDeque::new()),
    };
    let (_, mut watch) = session.watch().await?;
    output.say("Printing a test strip. Keep the printer on and near.")?;
    let mut view = session.call("strip.start", json!({ "id": args.id })).await?;
    let stop = interrupted();
    tokio::pin!(stop);
    let mut said = Value::Null;
    loop {
        if view != said {
            output.value(&view)?;
            said = view.clone();
        }
        let step = text(&view, "step");
        let error = view.get("error").filter(|error| !error.is_null()).cloned();
        let question = match (step.as_str(), &error) {
            ("done", _) => {
                output.say(&done(&view))?;
                session.call("strip.cancel", json!({})).await?;
                return Ok(Ending::Done);
            }
            ("given-up", _) => {
                session.call("strip.cancel", json!({})).await?;
                return Err(given_up(error.as_ref()));
            }
            (_, Some(error)) => Some(
                sentence(&text(error, "message"), &text(error, "remedy"), &text(error, "code"))
                    + "\nType 'again' to try once more",
            ),
            (step, None) => question(step),
        };
        if let Some(question) = question {
            let answer = tokio::select! {
                answer = answers.next(&question) => answer,
                () = &mut stop => None,
            };
            // A script's next word answers a question; the printer's trouble is none.
            let answer = answer.filter(|word| error.is_none() || matches!(answers, Answers::Typed) || word == "again");
            let next = answer.as_deref().map(|word| (understood(word), word.to_owned()));
            match next {
                Some((Some(params), _)) => match session.call("strip.answer", params).await {
                    Ok(after) => view = after,
                    Err(fault) if matches!(answers, Answers::Typed) => output.say(&fault.message)?,
                    Err(fault) => {
                        session.call("strip.cancel", json!({})).await?;
                        return Err(fault);
                    }
                },
                Some((None, word)) if matches!(answers, Answers::Typed) => {
                    output.say(&format!("'{}' is no answer.", word.escape_default()))?;
                }
                _ => {
                    session.call("strip.cancel", json!({})).await?;
                    return Err(unanswered(&step, error.as_ref()));
                }
            }
            continue;
        }
        view = tokio::select! {
            () = &mut stop => {
                session.call("strip.cancel", json!({})).await?;
                return Ok(Ending::Failed);
            }
            seen = session.next(&mut watch) => match seen? {
                Seen::Event(event) if event.pointer("/body/kind").and_then(Value::as_str) == Some("strip-changed") => {
                    // Events come behind: what is true now is asked for.
                    session.call("strip.show", json!({})).await?
                }
                Seen::Event(_) => continue,
                Seen::Again(snapshot) => snapshot.get("strip").cloned().unwrap_or_default(),
            },
        };
        if view.is_null() {
            // Another door has ended it.
            return Err(unanswered("", None));
        }
    }
}

impl Answers {
    /// The next answer; `None` when there is none.
    async fn next(&mut self, question: &str) -> Option<String> {
        match self {
            Self::Given(words) => words.pop_front(),
            Self::Typed => {
                let question = format!("{question}: ");
                let asked = tokio::task::spawn_blocking(move || {
                    eprint!("{question}");
                    std::io::stderr().flush()?;
                    let mut line = String::new();
                    let read = std::io::stdin().read_line(&mut line)?;
                    Ok::<_, std::io::Error>((read > 0).then(|| line.trim().to_owned()))
                });
                // Nobody can type any more.
                asked.await.ok().and_then(Result::ok).flatten()
            }
        }
    }
}

/// The answer that a word means.
fn understood(word: &str) -> Option<Value> {
    Some(match word.to_ascii_lowercase().as_str() {
        "none" | "no" => json!({ "answer": "no-bars" }),
        "bars" | "yes" => json!({ "answer": "bars" }),
        "black" => json!({ "answer": "black", "black": true }),
        "white" => json!({ "answer": "black", "black": false }),
        "again" => json!({ "answer": "again" }),
        number => json!({ "answer": "whole", "count": number.parse::<u32>().ok()? }),
    })
}

fn question(step: &str) -> Option<String> {
    let words = match step {
        "came-out" => {
            "What came out of the printer? Thin lines that may end in a block: type 'bars'. Nothing, or letters: 'none'"
        }
        "whole-bars" => "How many lines, counted from the top, end in a block at the right? Type the number",
        "black-on-white" => "Are the lines black on white paper? Type 'black'. White lines on black: 'white'",
        _ => return None,
    };
    Some(words.to_owned())
}

fn done(view: &Value) -> String {
    let model = view.get("model").cloned().unwrap_or_default();
    format!(
        "It is the printer {} now: language {}, {} dots wide. Print with: platen print FILE --printer {}",
        text(view, "printer"),
        text(&model, "family"),
        text(&model, "widthDots"),
        text(view, "printer"),
    )
}

fn given_up(error: Option<&Value>) -> Fault {
    match error {
        Some(error) => told(error),
        None => Fault::new(
            "strip_given_up",
            "None of the languages that Platen can try fits this printer.",
            "Look whether its model is in `platen models`, and add it with `platen print --family`.",
        )
        .with_retry(Retry::No),
    }
}

fn unanswered(step: &str, error: Option<&Value>) -> Fault {
    match error {
        Some(error) => told(error),
        None => Fault::new(
            "answer_needed",
            format!("The strip was printed, and '{step}' was not answered."),
            "Look at the paper and type the answer at a terminal, or give it with --answers FILE.",
        )
        .with_retry(Retry::AfterRemedy),
    }
}

/// The fault that a view carries.
fn told(error: &Value) -> Fault {
    let code = text(error, "code").into();
    Fault { code, message: text(error, "message"), remedy: text(error, "remedy"), retry: Retry::AfterRemedy }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_one_answer_and_others_are_none() {
        assert_eq!(understood("Bars"), Some(json!({ "answer": "bars" })));
        assert_eq!(understood("none"), Some(json!({ "answer": "no-bars" })));
        assert_eq!(understood("2"), Some(json!({ "answer": "whole", "count": 2 })));
        assert_eq!(understood("white"), Some(json!({ "answer": "black", "black": false })));
        assert_eq!((understood("-1"), understood("two"), understood("")), (None, None, None));
    }
}
