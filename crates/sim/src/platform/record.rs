//! What the platform must not forget: bindings, tokens, jobs. `DIR/platform.json`, replaced as a whole.
//!
//! Codes and tokens are kept as SHA-256 only: the file lies on a user's disk. Deliberately absent: an fsync; the world
//! survives a killed process, not a power cut.

use crate::chance::fresh_id;
use crate::error::WorldError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// Finished jobs that are remembered, for look-ups by reference.
const MAX_FINISHED: usize = 1_000;
/// Live authorisation codes of one printer: as many installations can be bound to it.
const MAX_CODES: usize = 8;
const MAX_TOKENS: usize = 1_000;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    /// Tells this world's platform from another one at the same broker.
    pub(crate) instance: String,
    /// Serial number → hashes of its authorisation codes, oldest first.
    pub(crate) bindings: BTreeMap<String, Vec<String>>,
    /// Hash of a token → what it is for.
    pub(crate) tokens: BTreeMap<String, Token>,
    /// In the order of creation.
    pub(crate) jobs: Vec<Job>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Token {
    pub(crate) sn: String,
    /// Milliseconds since 1970 UTC.
    pub(crate) expires_at: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Stage {
    Queued,
    Accepted,
    Printing,
    Done,
    Failed,
}

impl Stage {
    pub(crate) const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) sn: String,
    pub(crate) client_ref: Option<String>,
    pub(crate) title: String,
    pub(crate) created_at: i64,
    /// The id of the delivery, for acknowledgements without a job id.
    pub(crate) msg_id: String,
    pub(crate) stage: Stage,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) codes: Vec<i64>,
    /// One for each copy. All copies share an object.
    pub(crate) copies: u32,
    pub(crate) object: Object,
    /// The verification code that this sheet shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
}

/// Something to download.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Object {
    pub(crate) id: String,
    pub(crate) hash: String,
    pub(crate) size: u64,
    pub(crate) compression: String,
    pub(crate) prn_protocol: String,
}

/// How a code or token is kept.
pub(crate) fn fingerprint(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

impl Record {
    pub(crate) fn load(dir: &Path) -> Result<Self, WorldError> {
        match fs::read(dir.join("platform.json")) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(WorldError::Record),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Self { instance: fresh_id(), bindings: BTreeMap::new(), tokens: BTreeMap::new(), jobs: Vec::new() })
            }
            Err(error) => Err(WorldError::Folder(error)),
        }
    }

    pub(crate) fn save(&self, dir: &Path) -> io::Result<()> {
        let unfinished = dir.join("platform.json.part");
        fs::write(&unfinished, serde_json::to_vec(self)?)?;
        fs::rename(&unfinished, dir.join("platform.json"))
    }

    /// Remembers an authorisation code of a printer.
    pub(crate) fn bind(&mut self, sn: &str, code: &str) {
        let codes = self.bindings.entry(sn.to_owned()).or_default();
        if codes.len() >= MAX_CODES {
            codes.remove(0);
        }
        codes.push(fingerprint(code));
    }

    pub(crate) fn knows_code(&self, sn: &str, code: &str) -> bool {
        let print = fingerprint(code);
        self.bindings.get(sn).is_some_and(|codes| codes.contains(&print))
    }

    pub(crate) fn add_token(&mut self, token: &str, sn: &str, now: i64, expires_at: i64) {
        self.tokens.retain(|_, token| token.expires_at > now);
        while self.tokens.len() >= MAX_TOKENS {
            self.tokens.pop_first();
        }
        self.tokens.insert(fingerprint(token), Token { sn: sn.to_owned(), expires_at });
    }

    /// The printer that a token is for, while it lives.
    pub(crate) fn token_sn(&self, token: &str, now: i64) -> Option<&str> {
        self.tokens.get(&fingerprint(token)).filter(|token| token.expires_at > now).map(|token| token.sn.as_str())
    }

    pub(crate) fn job(&self, id: &str) -> Option<&Job> {
        self.jobs.iter().rev().find(|job| job.id == id)
    }

    pub(crate) fn job_mut(&mut self, id: &str) -> Option<&mut Job> {
        self.jobs.iter_mut().rev().find(|job| job.id == id)
    }

    /// The oldest job of a printer that is not finished.
    pub(crate) fn next_job(&self, sn: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.sn == sn && !job.stage.is_final())
    }

    /// Forgets the oldest finished jobs beyond the bound.
    pub(crate) fn trim(&mut self) {
        let finished = self.jobs.iter().filter(|job| job.stage.is_final()).count();
        let mut surplus = finished.saturating_sub(MAX_FINISHED);
        self.jobs.retain(|job| {
            let drop = surplus > 0 && job.stage.is_final();
            surplus -= usize::from(drop);
            !drop
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_is_there_again_without_the_secrets_themselves() {
        let dir = tempfile::tempdir().unwrap();
        let mut record = Record::load(dir.path()).unwrap();
        record.bind("SN1", "auth-code");
        record.add_token("the-token", "SN1", 0, 1000);
        record.save(dir.path()).unwrap();
        let text = fs::read_to_string(dir.path().join("platform.json")).unwrap();
        assert!(!text.contains("auth-code") && !text.contains("the-token"));
        let again = Record::load(dir.path()).unwrap();
        assert_eq!(again.instance, record.instance);
        assert!(again.knows_code("SN1", "auth-code") && !again.knows_code("SN2", "auth-code"));
        assert_eq!(again.token_sn("the-token", 999), Some("SN1"));
        assert_eq!(again.token_sn("the-token", 1000), None);
    }

    #[test]
    fn a_damaged_record_is_an_error_and_not_a_fresh_start() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("platform.json"), "{").unwrap();
        assert!(matches!(Record::load(dir.path()), Err(WorldError::Record(_))));
    }
}
