//! The spool: each job's document and what was made of it, in a folder of its own.
//!
//! ```text
//! spool/jobs/<id>/document   what the user gave            spool/documents/<id>   an upload that is no job yet
//!                 job.json   what the caller said ("sidecar"): enough to rebuild the row
//!                 accepted   note: the row was committed
//!                 sending    note: the intent was committed; never resend silently
//!                 final      note: the last state, so that a rebuild does not print again
//!                 page.prn   what the printer eats
//!                 package    the same, packed for a platform, while it is sent
//!                 preview    what a person looks at
//! ```
//!
//! Everything here blocks. Deliberately absent: any path that came from outside; names are job and document ids of checked form.

use crate::durable::{self, Draft};
use crate::error::StoreError;
use crate::rows::NewJob;
use platen_model::{JobId, JobState, WallTime};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const ACCEPTED: &str = "accepted";
const SENDING: &str = "sending";
const FINAL: &str = "final";

/// What a row can be rebuilt from.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sidecar {
    pub(crate) job: NewJob,
    pub(crate) document_size: u64,
    pub(crate) document_sha256: String,
    pub(crate) content_hash: String,
    pub(crate) accepted_at: WallTime,
}

/// The folders under `spool/`.
#[derive(Clone, Debug)]
pub(crate) struct Spool {
    jobs: PathBuf,
    documents: PathBuf,
}

impl Spool {
    /// Opens the spool of the data directory `folder`, making what is missing.
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        let root = folder.join("spool");
        let spool = Self { jobs: root.join("jobs"), documents: root.join("documents") };
        durable::private_folder(&root)?;
        durable::private_folder(&spool.jobs)?;
        durable::private_folder(&spool.documents)?;
        durable::sync_folder(&root)?;
        Ok(spool)
    }

    pub(crate) fn jobs_folder(&self) -> &Path {
        &self.jobs
    }

    pub(crate) fn folder(&self, id: &JobId) -> PathBuf {
        self.jobs.join(id.as_str())
    }

    pub(crate) fn document(&self, id: &JobId) -> PathBuf {
        self.folder(id).join("document")
    }

    pub(crate) fn sidecar(&self, id: &JobId) -> PathBuf {
        self.folder(id).join("job.json")
    }

    pub(crate) fn prn(&self, id: &JobId) -> PathBuf {
        self.folder(id).join("page.prn")
    }

    pub(crate) fn package(&self, id: &JobId) -> PathBuf {
        self.folder(id).join("package")
    }

    pub(crate) fn preview(&self, id: &JobId) -> PathBuf {
        self.folder(id).join("preview")
    }

    /// The file of an upload; `id` must have the form that this store gives.
    pub(crate) fn upload(&self, id: &str) -> Option<PathBuf> {
        // The same form as a job's id: 128 random bits in hexadecimal digits. Anything else could be a path.
        JobId::parse(id).map(|id| self.documents.join(id.as_str()))
    }

    pub(crate) fn uploads_folder(&self) -> &Path {
        &self.documents
    }

    /// Notes that the row was committed and the caller is being told so.
    pub(crate) fn note_accepted(&self, id: &JobId) {
        self.note(id, ACCEPTED, "");
    }

    pub(crate) fn is_noted_accepted(&self, id: &JobId) -> bool {
        self.folder(id).join(ACCEPTED).exists()
    }

    /// Before the row goes: its folder must not bring it back.
    pub(crate) fn forget_accepted(&self, id: &JobId) -> Result<(), StoreError> {
        Ok(durable::remove_if_there(&self.folder(id).join(ACCEPTED))?)
    }

    /// After the intent was committed and before the first byte leaves.
    pub(crate) fn note_sending(&self, id: &JobId) {
        self.note(id, SENDING, "");
    }

    /// The other side provably does not have it, or the user wants it again.
    pub(crate) fn forget_sending(&self, id: &JobId) -> Result<(), StoreError> {
        Ok(durable::remove_if_there(&self.folder(id).join(SENDING))?)
    }

    pub(crate) fn is_noted_sending(&self, id: &JobId) -> bool {
        self.folder(id).join(SENDING).exists()
    }

    /// Notes the final state.
    pub(crate) fn note_final(&self, id: &JobId, state: JobState) {
        self.note(id, FINAL, state.name());
    }

    pub(crate) fn noted_final(&self, id: &JobId) -> Option<JobState> {
        let text = fs::read_to_string(self.folder(id).join(FINAL)).ok()?;
        JobState::from_name(text.trim()).filter(|state| state.is_final())
    }

    /// A note is a second witness to a committed row, for the day when the database is damaged. It survives `kill -9`; that it may not survive a power
    /// cut is why it needs no fsync: the row does.
    fn note(&self, id: &JobId, name: &str, text: &str) {
        let path = self.folder(id).join(name);
        let written = Draft::of(&path).and_then(|mut draft| {
            draft.write(text.as_bytes())?;
            draft.keep(&path)
        });
        if let Err(error) = written {
            tracing::debug!(%error, name, "a note was not written to the spool");
        }
    }

    /// The sidecar, when it is there and whole.
    pub(crate) fn read_sidecar(&self, id: &JobId) -> Option<Sidecar> {
        let bytes = fs::read(self.sidecar(id)).ok()?;
        let sidecar: Sidecar = serde_json::from_slice(&bytes).ok()?;
        (sidecar.job.id == *id).then_some(sidecar)
    }

    /// The jobs that have a folder.
    pub(crate) fn ids(&self) -> Result<Vec<JobId>, StoreError> {
        let mut ids = Vec::new();
        for entry in fs::read_dir(&self.jobs)? {
            if let Some(id) = entry?.file_name().to_str().and_then(JobId::parse) {
                ids.push(id);
            }
        }
        Ok(ids)
    }

    /// Deletes everything of a job. It may be gone already.
    pub(crate) fn remove(&self, id: &JobId) -> Result<(), StoreError> {
        match fs::remove_dir_all(self.folder(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

/// A job's folder that goes away again unless the row was committed.
pub(crate) struct Unclaimed {
    spool: Spool,
    id: Option<JobId>,
}

impl Unclaimed {
    pub(crate) fn new(spool: &Spool, id: &JobId) -> Self {
        Self { spool: spool.clone(), id: Some(id.clone()) }
    }

    /// The row is there: the folder stays.
    pub(crate) fn claim(mut self) {
        self.id = None;
    }
}

impl Drop for Unclaimed {
    fn drop(&mut self) {
        if let Some(id) = self.id.take()
            && let Err(error) = self.spool.remove(&id)
        {
            // The next start deletes folders without a row.
            tracing::warn!(%error, "the folder of a job that was not accepted was left behind");
        }
    }
}
