//! What Platen must not forget: jobs and their documents, printers, profiles, settings, and secrets.
//!
//! Source: section 4 of the reliability promises ("job durability", JD) and SE-1 to SE-5. The promise in one sentence: an accepted job is
//! never lost, and no page comes out twice unless the user said so or was told so. Why it is built this way:
//! `docs/decisions/0005-store.md`.
//!
//! ```text
//! <data>/            0700      lock               held while a process uses the directory
//!   platen.db        0600      SQLite, WAL        rows: docs/schema.sql
//!   backup.db        0600      VACUUM INTO        what a damaged database is rebuilt from, with the sidecars
//!   running                    there while open   found at start: the last stop was unclean
//!   ballast                    8 MiB              given up when the disk is full, so that states can still be written
//!   secrets.bin, secrets.key   0600               only where there is no system keychain
//!   models.toml                a person's own models of printers; models.damaged-1.toml … could not be read
//!   spool/jobs/<id>/           document, job.json, notes, page.prn, preview
//!   spool/documents/<id>       uploads that are not jobs yet
//! ```
//!
//! Deliberately absent: any decision about printing (the engine's), any wire format, any clock (callers say what time it is).
#![warn(missing_docs)]

mod accept;
mod acks;
pub mod crash;
mod data_dir;
mod documents;
mod durable;
mod error;
mod jobs;
mod migrations;
mod open;
mod own_models;
mod printers;
mod profiles;
mod rebuild;
mod rows;
mod secrets;
mod settings;
mod space;
mod spool;
mod writer;

pub use accept::{AcceptOutcome, Accepted, DocumentSource};
pub use acks::AckApplied;
pub use data_dir::DataDir;
pub use documents::{DOCUMENT_LIMIT, DocumentRow, DocumentWriter};
pub use error::StoreError;
pub use jobs::{JobFilter, PrnWriter};
pub use open::{Recovery, Store, StoreOptions};
pub use own_models::{OwnModelsFile, Stamp};
pub use printers::{DirectRow, PrinterRow};
pub use profiles::ProfileRow;
pub use rows::{Carried, JobChange, JobRow, NewJob};
pub use secrets::{Secrets, SecretsChoice, SecretsKind};
