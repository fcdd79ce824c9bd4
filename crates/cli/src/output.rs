//! What a command says: JSON lines for programs, calm sentences for people. Every line is out before the next step.

use platen_api::views::ErrorView;
use platen_model::Fault;
use serde::Serialize;
use serde_json::{Value, json};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Done,
    Failed,
    Uncertain,
    NothingFound,
}

impl Ending {
    /// The ending that a fault is.
    pub(crate) fn of(fault: &Fault) -> Self {
        if fault.code.ends_with("_unknown") { Self::NothingFound } else { Self::Failed }
    }
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        Self::from(match ending {
            Ending::Done => 0,
            Ending::Failed => 1,
            // 2 is wrong usage; the argument parser gives it.
            Ending::Uncertain => 3,
            Ending::NothingFound => 4,
        })
    }
}

/// Where a command's words go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
    live: bool,
    aside: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json, live: !json && std::io::stderr().is_terminal(), aside: false }
    }

    /// On standard error, because standard output carries something else.
    pub(crate) fn aside(self) -> Self {
        Self { aside: true, ..self }
    }

    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// A line for programs; nothing for people.
    pub(crate) fn value(self, value: &impl Serialize) -> Result<(), Fault> {
        if !self.json {
            return Ok(());
        }
        self.write(&serde_json::to_string(value).map_err(|error| gone(&error))?)
    }

    /// A line for people; nothing for programs.
    pub(crate) fn say(self, text: &str) -> Result<(), Fault> {
        if self.json { Ok(()) } else { self.write(text) }
    }

    /// JSON in both: on one line for programs, indented for people.
    pub(crate) fn result(self, value: &Value) -> Result<(), Fault> {
        if self.json {
            return self.value(value);
        }
        self.write(&serde_json::to_string_pretty(value).map_err(|error| gone(&error))?)
    }

    fn write(self, text: &str) -> Result<(), Fault> {
        if self.aside {
            let mut err = std::io::stderr().lock();
            return writeln!(err, "{text}").map_err(|error| gone(&error));
        }
        let mut out = std::io::stdout().lock();
        writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|error| gone(&error))
    }

    /// Overwrites the line that shows how far something is; only on a terminal.
    pub(crate) fn progress(self, text: &str) {
        if self.live {
            let mut err = std::io::stderr().lock();
            // A terminal that went away shows no progress; nothing else is lost.
            let _ = write!(err, "\r\x1b[K{text}").and_then(|()| err.flush());
        }
    }

    /// An error, with what to do.
    pub(crate) fn fault(self, fault: &Fault) {
        if self.json {
            // When standard output is gone too, there is nobody left to tell.
            let _ = self.value(&json!({ "error": ErrorView::from(fault) }));
        } else {
            self.progress("");
            eprintln!("{}", sentence(&fault.message, &fault.remedy, &fault.code));
        }
    }
}

/// "message remedy (code)".
pub(crate) fn sentence(message: &str, remedy: &str, code: &str) -> String {
    let dotted = |text: &str| if text.is_empty() || text.ends_with(['.', '!', '?']) { "" } else { "." };
    let (stop, end) = (dotted(message), dotted(remedy));
    let gap = if remedy.is_empty() { "" } else { " " };
    format!("{message}{stop}{gap}{remedy}{end} [{code}]")
}

fn gone(error: &dyn std::fmt::Display) -> Fault {
    tracing::debug!(%error, "standard output");
    Fault::new("output_closed", "Nobody reads the output any more.", "")
}

/// Rows under headings, in columns as wide as they need to be.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = headings.iter().map(|heading| heading.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut line = String::new();
        for (cell, width) in cells.zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat((width + 2).saturating_sub(cell.chars().count())));
        }
        line.trim_end().to_owned()
    };
    let mut lines = vec![line(&mut headings.iter().copied())];
    lines.extend(rows.iter().map(|row| line(&mut row.iter().map(String::as_str))));
    lines.join("\n")
}

/// A field of a view as text; empty when it is missing or null.
pub(crate) fn text(value: &Value, field: &str) -> String {
    match value.get(field) {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => String::new(),
        Some(other) => other.to_string(),
    }
}

/// Twenty characters that fill up.
pub(crate) fn bar(progress: f64) -> String {
    let full = (0_u8..20).filter(|&step| f64::from(step) < progress.clamp(0.0, 1.0) * 20.0).count();
    format!("{}{} {:>3.0} %", "█".repeat(full), "░".repeat(20 - full), progress.clamp(0.0, 1.0) * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_sentences_end() {
        let rows = vec![vec!["PLT-1".into(), "Kitchen".into()], vec!["P".into(), "x".into()]];
        assert_eq!(table(&["sn", "name"], &rows), "sn     name\nPLT-1  Kitchen\nP      x");
        assert_eq!(
            sentence("No such printer", "Bind it", "printer_unknown"),
            "No such printer. Bind it. [printer_unknown]"
        );
        assert_eq!(sentence("Gone.", "", "gone"), "Gone. [gone]");
        assert_eq!(bar(0.5), "██████████░░░░░░░░░░  50 %");
    }

    #[test]
    fn faults_about_unknown_things_have_their_own_ending() {
        assert_eq!(Ending::of(&Fault::new("printer_unknown", "", "")), Ending::NothingFound);
        assert_eq!(Ending::of(&Fault::new("refused", "", "")), Ending::Failed);
    }
}
