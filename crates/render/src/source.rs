//! What is to be printed: bytes, what they are called, and what opens them.

use platen_model::DocumentName;
use std::fmt;

/// A document as it was given.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The whole file.
    pub bytes: &'a [u8],
    /// Its name: looked at where bytes alone do not tell what they are.
    pub name: &'a DocumentName,
    /// What opens it, if it is locked. Never stored with the options, and never shown.
    pub password: Option<&'a str>,
}

impl<'a> Source<'a> {
    /// A document without a password.
    pub fn new(bytes: &'a [u8], name: &'a DocumentName) -> Self {
        Self { bytes, name, password: None }
    }

    /// With the password that the user gave.
    #[must_use]
    pub fn with_password(self, password: Option<&'a str>) -> Self {
        Self { password, ..self }
    }
}

impl fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let password = self.password.map(|_| "***");
        f.debug_struct("Source").field("bytes", &self.bytes.len()).field("password", &password).finish_non_exhaustive()
    }
}
