//! Free space: the floor below which nothing is accepted, and the ballast that is given up when the disk is full (measurement M13:
//! on a full disk SQLite cannot even delete, so room must be held back beforehand).

use crate::durable::{self, Draft};
use crate::error::StoreError;
use std::path::{Path, PathBuf};

/// The guard of one data directory's room.
#[derive(Debug)]
pub(crate) struct Space {
    folder: PathBuf,
    floor: u64,
    ballast: u64,
}

impl Space {
    pub(crate) fn new(folder: &Path, floor: u64, ballast: u64) -> Self {
        Self { folder: folder.to_owned(), floor, ballast }
    }

    /// Refuses with [`StoreError::StorageFull`] when writing `bytes` would leave less than the floor.
    pub(crate) fn check(&self, bytes: u64) -> Result<(), StoreError> {
        let free = fs4::available_space(&self.folder)?;
        if free < self.floor.saturating_add(bytes) { Err(StoreError::StorageFull) } else { Ok(()) }
    }

    /// Gives the ballast up. Whether there was any, that is, whether trying again makes sense.
    pub(crate) fn give_up_ballast(&self) -> bool {
        match std::fs::remove_file(self.path()) {
            Ok(()) => {
                tracing::warn!("the disk is full; the ballast was given up so that states can be written");
                true
            }
            Err(_) => false,
        }
    }

    /// Takes ballast on again when there is room beyond the floor. Not having any is no error.
    pub(crate) fn take_ballast(&self) -> Result<(), StoreError> {
        let path = self.path();
        if self.ballast == 0 || path.metadata().is_ok_and(|known| known.len() == self.ballast) {
            return Ok(());
        }
        if self.check(self.ballast).is_err() {
            return Ok(());
        }
        match fill(&path, self.ballast) {
            Err(StoreError::StorageFull) => Ok(()),
            done => done,
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.join("ballast")
    }
}

/// Real bytes, not a hole: a sparse file would hold nothing back. Not all zero either, some file systems compress.
fn fill(path: &Path, size: u64) -> Result<(), StoreError> {
    let mut block = [0_u8; 64 * 1024];
    getrandom::fill(&mut block)?;
    let mut draft = Draft::of(path)?;
    let mut left = size;
    while left > 0 {
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(block.len());
        draft.write(block.get(..count).unwrap_or(&block))?;
        left = left.saturating_sub(count as u64);
    }
    draft.sync()?;
    draft.keep(path)?;
    Ok(path.parent().map_or(Ok(()), durable::sync_folder)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ballast_is_given_up_once_and_taken_on_again() {
        let folder = tempfile::tempdir().unwrap();
        let space = Space::new(folder.path(), 0, 100_000);
        assert!(!space.give_up_ballast());
        space.take_ballast().unwrap();
        assert_eq!(folder.path().join("ballast").metadata().unwrap().len(), 100_000);
        assert!(space.give_up_ballast());
        assert!(!space.give_up_ballast());
        space.take_ballast().unwrap();
        assert!(folder.path().join("ballast").exists());
    }

    #[test]
    fn below_the_floor_nothing_is_accepted() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Space::new(folder.path(), 1, 0).check(1).is_ok());
        let space = Space::new(folder.path(), u64::MAX, 1);
        assert!(matches!(space.check(1), Err(StoreError::StorageFull)));
        space.take_ballast().unwrap();
        assert!(!folder.path().join("ballast").exists());
    }
}
