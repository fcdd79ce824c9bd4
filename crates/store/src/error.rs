//! What can go wrong in the store, and how it is told at the edge.

use platen_model::{Fault, JobState, Retry};
use std::io;

/// Everything the store can refuse or fail at.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process works on the same data directory.
    #[error("the data directory is in use by another process")]
    InUse,
    /// Less room than a job needs, or the disk is full.
    #[error("there is not enough free space")]
    StorageFull,
    /// The same reference was used for other content within seven days.
    #[error("the reference is taken by a job with other content")]
    ReferenceTaken,
    /// The job is in another state than the caller thought, or may not go where the caller wants.
    #[error("the job is {is}")]
    StateConflict {
        /// What it is.
        is: JobState,
    },
    /// There is no such job.
    #[error("there is no such job")]
    UnknownJob,
    /// A job of that id exists already.
    #[error("a job of that id exists already")]
    JobExists,
    /// There is no such document, or it was deleted after its time.
    #[error("there is no such document")]
    UnknownDocument,
    /// There is no such printer.
    #[error("there is no such printer")]
    UnknownPrinter,
    /// There is no such profile.
    #[error("there is no such profile")]
    UnknownProfile,
    /// The document is larger than allowed.
    #[error("the document is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// A row or a file does not hold what we wrote there.
    #[error("stored data is damaged: {0}")]
    Damaged(&'static str),
    /// The database was written by a newer Platen.
    #[error("the database has version {found}; this program knows {known}")]
    TooNew {
        /// Version found.
        found: i64,
        /// Newest version known here.
        known: i64,
    },
    /// The key of the protected file does not open it.
    #[error("the stored secrets cannot be opened with their key")]
    SecretsLocked,
    /// The system's keychain refused.
    #[error("the keychain refused: {0}")]
    Keychain(#[source] Box<keyring::Error>),
    /// The system's keychain did not answer.
    #[error("the keychain did not answer in time")]
    KeychainSilent,
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    NoRandom,
    /// A file could not be read or written.
    #[error("a file could not be read or written: {0}")]
    Io(#[source] io::Error),
    /// SQLite refused.
    #[error("the database refused: {0}")]
    Database(#[source] sqlx::Error),
}

impl StoreError {
    /// The same as it is told at the edge.
    pub fn fault(&self) -> Fault {
        match self {
            Self::InUse => Fault::new(
                "data_in_use",
                "Another Platen is already using this data directory.",
                "Close the other window or program, or choose another directory with --data.",
            ),
            Self::StorageFull => Fault::new(
                "storage_full",
                "There is not enough free space on this device to accept the job.",
                "Free some space, then print again.",
            ),
            Self::ReferenceTaken => Fault::new(
                "reference_taken",
                "This reference was already used for a different document or other options.",
                "Use a new reference for a new job.",
            )
            .with_retry(Retry::No),
            Self::StateConflict { is } => Fault::new(
                "job_state_conflict",
                format!("The job is {is}, so this is not possible any more."),
                "Look at the job again.",
            )
            .with_retry(Retry::No),
            Self::UnknownJob => unknown("job_unknown", "There is no such job.", "Choose a job from the list."),
            Self::JobExists => unknown("job_exists", "A job of that id exists already.", "Use a new id."),
            Self::UnknownDocument => {
                unknown("document_unknown", "The document is not there any more.", "Choose the document again.")
            }
            Self::UnknownPrinter => {
                unknown("printer_unknown", "There is no such printer.", "Choose a printer from the list.")
            }
            Self::UnknownProfile => {
                unknown("profile_unknown", "There is no such profile.", "Choose a profile from the list.")
            }
            Self::TooLarge { limit } => Fault::new(
                "document_too_large",
                format!("The document is larger than {} MiB.", limit / (1024 * 1024)),
                "Choose a smaller document.",
            )
            .with_retry(Retry::No),
            Self::TooNew { .. } => Fault::new(
                "data_too_new",
                "The stored data was written by a newer version of Platen.",
                "Update Platen.",
            )
            .with_retry(Retry::No),
            Self::SecretsLocked | Self::Keychain(_) | Self::KeychainSilent => Fault::new(
                "keychain_unavailable",
                "The system's keychain could not be used.",
                "Unlock the keychain and try again, or bind the printer again.",
            ),
            Self::Damaged(_) | Self::NoRandom | Self::Io(_) | Self::Database(_) => Fault::new(
                "store_failed",
                "Platen could not read or write its own data.",
                "Start Platen again; it then checks and repairs its data.",
            )
            .with_retry(Retry::Later),
        }
    }

    /// Whether SQLite says that its file is not what it should be.
    pub(crate) fn is_damage(&self) -> bool {
        const CORRUPT: i64 = 11;
        const NOT_A_DATABASE: i64 = 26;
        match self {
            Self::Damaged(_) => true,
            // SQLite holds any bytes for text; what is none was not written by us.
            Self::Database(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => true,
            Self::Database(error) => matches!(primary_code(error), Some(CORRUPT | NOT_A_DATABASE)),
            _ => false,
        }
    }
}

fn unknown(code: &'static str, message: &str, remedy: &str) -> Fault {
    Fault::new(code, message, remedy).with_retry(Retry::No)
}

/// SQLite's primary result code; the upper bits only refine it.
fn primary_code(error: &sqlx::Error) -> Option<i64> {
    let code = error.as_database_error()?.code()?.parse::<i64>().ok()?;
    Some(code & 0xFF)
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        const FULL: i64 = 13;
        if primary_code(&error) == Some(FULL) { Self::StorageFull } else { Self::Database(error) }
    }
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::StorageFull
            }
            _ => Self::Io(error),
        }
    }
}

impl From<getrandom::Error> for StoreError {
    fn from(_: getrandom::Error) -> Self {
        Self::NoRandom
    }
}

impl From<keyring::Error> for StoreError {
    fn from(error: keyring::Error) -> Self {
        Self::Keychain(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_one_error_wherever_it_shows() {
        let full = StoreError::from(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(full.fault().code, "storage_full");
    }

    #[test]
    fn faults_show_no_paths() {
        let error = StoreError::from(io::Error::other("/var/lib/platen/platen.db"));
        let fault = error.fault();
        assert!(!format!("{fault}").contains('/'), "{fault}");
    }
}
