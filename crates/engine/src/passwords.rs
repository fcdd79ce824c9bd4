//! Passwords of documents, as long as the program runs.
//!
//! They are in memory only: after a restart a job whose document is locked ends with `document_locked`, and the person
//! gives the password again. They belong to the content, so a job finds what was given for the upload. Deliberately
//! absent: the keychain; a document lives a day, and what is never stored cannot be left behind.

use platen_model::Secret;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// How many are kept; the oldest goes first.
const KEPT: usize = 64;

/// Passwords by the SHA-256 of the document that they open.
#[derive(Default)]
pub(crate) struct Passwords {
    kept: Mutex<VecDeque<(String, Secret<String>)>>,
}

impl Passwords {
    pub(crate) fn keep(&self, document_sha256: &str, password: Secret<String>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(sha256, _)| sha256 != document_sha256);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back((document_sha256.to_owned(), password));
    }

    pub(crate) fn find(&self, document_sha256: &str) -> Option<Secret<String>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(sha256, _)| sha256 == document_sha256).map(|(_, password)| password.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_password_of_a_document_counts_and_the_oldest_document_is_forgotten() {
        let passwords = Passwords::default();
        passwords.keep("a", "old".into());
        passwords.keep("a", "new".into());
        assert_eq!(passwords.find("a"), Some("new".into()));
        assert_eq!(passwords.find("b"), None);
        for number in 0..KEPT {
            passwords.keep(&number.to_string(), "x".into());
        }
        assert_eq!(passwords.find("a"), None);
    }
}
