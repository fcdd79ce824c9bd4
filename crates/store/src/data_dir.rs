//! The one directory in which Platen keeps everything, and the lock that gives it one user at a time (JD: "one writer").
//!
//! Deliberately absent: waiting for the lock. A second process is told at once, so that it can hand its wish to the first.

use crate::durable::{self, private_options};
use crate::error::StoreError;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An open data directory. It stays locked until the last clone is gone.
#[derive(Clone, Debug)]
pub struct DataDir(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    installation: String,
    // Unlocked by the operating system when it is closed, also after `kill -9`.
    _lock: File,
}

impl DataDir {
    /// Creates `path` (0700) where it is missing, and locks it. [`StoreError::InUse`] when another process has it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        durable::private_folder(path)?;
        let lock = private_options().write(true).create(true).truncate(false).open(path.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::InUse),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let installation = installation(path)?;
        Ok(Self(Arc::new(Inner { path: path.to_owned(), installation, _lock: lock })))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// 16 random hexadecimal digits, made once: what tells this installation from others (promise MQ-10).
    pub fn installation(&self) -> String {
        self.0.installation.clone()
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.path.join(name)
    }
}

fn installation(folder: &Path) -> Result<String, StoreError> {
    let path = folder.join("installation");
    if let Some(bytes) = durable::read_if_there(&path)?
        && bytes.len() == 16
        && bytes.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    {
        return Ok(bytes.into_iter().map(char::from).collect());
    }
    let name = random_hex::<8>()?;
    durable::write_file(&path, name.as_bytes())?;
    Ok(name)
}

/// `N` random bytes of the operating system as hexadecimal digits.
pub(crate) fn random_hex<const N: usize>() -> Result<String, StoreError> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes)?;
    Ok(hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_user_is_refused_at_once_and_welcome_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        let first = DataDir::open(&path).unwrap();
        let clone = first.clone();
        drop(first);
        assert!(matches!(DataDir::open(&path), Err(StoreError::InUse)));
        let name = clone.installation();
        drop(clone);
        let again = DataDir::open(&path).unwrap();
        assert_eq!(again.installation(), name);
        assert_eq!(name.len(), 16);
    }
}
