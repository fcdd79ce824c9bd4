//! What can be wrong with a profile: a line, a sentence, and what to do.

use platen_model::{Fault, Retry};
use std::fmt;

/// A profile that was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ProfileError {
    /// Line in the file, counted from 1.
    pub line: usize,
    /// Which kind of mistake.
    pub problem: ProfileProblem,
    /// One sentence: what is wrong there.
    pub message: String,
    /// One sentence: what to do.
    pub remedy: String,
}

/// The kinds of mistakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileProblem {
    /// The text is not TOML.
    NotToml,
    /// A key that no profile has.
    UnknownKey,
    /// A key that this profile needs.
    MissingKey,
    /// Text where a number belongs, and the like.
    WrongType,
    /// The right type with a value that makes no sense.
    BadValue,
    /// No encryption towards another machine without the explicit permission (rule C-22).
    Plaintext,
}

impl fmt::Display for ProfileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {} {}", self.line, self.message, self.remedy)
    }
}

impl ProfileError {
    /// The mistake as it is told at the edge.
    pub fn fault(&self) -> Fault {
        Fault::new("profile_invalid", format!("Line {}: {}", self.line, self.message), self.remedy.clone())
            .with_retry(Retry::AfterRemedy)
    }
}

impl From<&ProfileError> for Fault {
    fn from(error: &ProfileError) -> Self {
        error.fault()
    }
}
