//! What goes wrong, as it is told at the edge: a stable code, a sentence, what to do next, and whether a retry helps.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// Whether doing the same again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Retry {
    /// The same call will fail in the same way.
    No,
    /// The same call may succeed later without any change.
    Later,
    /// The same call may succeed once the user has done what the remedy says.
    AfterRemedy,
}

/// An error at the edge. Programs act on [`Fault::code`] only; the sentences are for people and may change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// Stable, lower case, words joined by `_`, for example `printer_unknown`.
    pub code: Cow<'static, str>,
    /// One sentence that says what happened, without paths, tokens or addresses (promise LS-19).
    pub message: String,
    /// One sentence that says what to do next.
    pub remedy: String,
    /// Whether doing the same again can help.
    pub retry: Retry,
}

impl Fault {
    /// A fault that the same call will meet again.
    pub fn new(code: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code: Cow::Borrowed(code), message: message.into(), remedy: remedy.into(), retry: Retry::AfterRemedy }
    }

    /// The same fault with another answer to "does a retry help?".
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({}) {}", self.message, self.code, self.remedy)
    }
}

impl std::error::Error for Fault {}
