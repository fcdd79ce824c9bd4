//! The spool: each job's document and what was made of it, in a folder of its own.
//!
//! ```text
//! spool/jobs/<id>/document   what the user gave            spool/documents/<id>   an upload that is no job yet
//!                 job.json   what the caller said ("sidecar"): enough to rebuild the row
//!                 sending    there since before the first byte left: never resend silently
//!                 final      the last state, so that a rebuild does not print again
//!                 page.prn   what the printer eats
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

    /// Durable before the first byte leaves (JD): whoever finds it must not resend silently.
    pub(crate) fn mark_sending(&self, id: &JobId) -> Result<(), StoreError> {
        let path = self.folder(id).join("sending");
        if path.exists() {
            return Ok(());
        }
        match durable::write_file(&path, b"") {
            // No folder: nothing to resend from either.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => Ok(done?),
        }
    }

    /// The other side provably does not have it.
    pub(crate) fn unmark_sending(&self, id: &JobId) -> Result<(), StoreError> {
        Ok(durable::remove_if_there(&self.folder(id).join("sending"))?)
    }

    pub(crate) fn is_marked_sending(&self, id: &JobId) -> bool {
        self.folder(id).join("sending").exists()
    }

    /// Notes the final state. Not synced: it only helps a rebuild to say more than "uncertain".
    pub(crate) fn note_final(&self, id: &JobId, state: JobState) {
        let draft = Draft::of(&self.folder(id).join("final")).and_then(|mut draft| {
            draft.write(state.name().as_bytes())?;
            draft.keep(&self.folder(id).join("final"))
        });
        if let Err(error) = draft {
            tracing::debug!(%error, "a final state was not noted in the spool");
        }
    }

    pub(crate) fn noted_final(&self, id: &JobId) -> Option<JobState> {
        let text = fs::read_to_string(self.folder(id).join("final")).ok()?;
        JobState::from_name(text.trim()).filter(|state| state.is_final())
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
