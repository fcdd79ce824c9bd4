//! The file of a user's own models in the data folder.
//!
//! It is a person's file: it is replaced whole or not at all, and one that cannot be read is put aside under another name
//! before a new one is written, never overwritten. Deliberately absent: what stands in it, which `printers` reads.

use crate::data_dir::DataDir;
use crate::durable;
use crate::error::StoreError;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The most files that are put aside; a further one takes the place of the last.
const MOST_ASIDE: u32 = 9;

/// The file.
#[derive(Clone, Debug)]
pub struct OwnModelsFile {
    path: PathBuf,
}

/// What tells that the file is another one than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
}

impl OwnModelsFile {
    /// The file of that name in the data folder; it need not be there.
    pub fn of(data: &DataDir, name: &str) -> Self {
        Self { path: data.join(name) }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its stamp; `None` when there is none.
    pub fn stamp(&self) -> Option<Stamp> {
        let facts = fs::metadata(&self.path).ok()?;
        Some(Stamp { modified: facts.modified().ok(), length: facts.len() })
    }

    /// Its first `most` bytes and one more, if it has them; nothing when there is no file.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn read(&self, most: usize) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::new();
        if let Some(file) = durable::open_if_there(&self.path)? {
            let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
            file.take(limit).read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    }

    /// Replaces it: afterwards it holds all of the old or all of the new.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub async fn write(&self, text: String) -> Result<(), StoreError> {
        let path = self.path.clone();
        durable::blocking(move || Ok(durable::write_file(&path, text.as_bytes())?)).await
    }

    /// Gives it another name, so that a new one can be written. Returns that name.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub async fn put_aside(&self) -> Result<String, StoreError> {
        let file = self.clone();
        durable::blocking(move || {
            let free = (1..MOST_ASIDE).find(|number| !file.aside(*number).exists()).unwrap_or(MOST_ASIDE);
            let to = file.aside(free);
            fs::rename(&file.path, &to)?;
            if let Some(folder) = to.parent() {
                durable::sync_folder(folder)?;
            }
            Ok(name(&to))
        })
        .await
    }

    /// Names of the files that were put aside and are still there.
    pub fn put_aside_before(&self) -> Vec<String> {
        (1..=MOST_ASIDE).map(|number| self.aside(number)).filter(|path| path.exists()).map(|path| name(&path)).collect()
    }

    fn aside(&self, number: u32) -> PathBuf {
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        let end = self.path.extension().unwrap_or_default().to_string_lossy();
        self.path.with_file_name(format!("{stem}.damaged-{number}.{end}"))
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_replaced_whole_and_a_damaged_one_is_kept_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::open(folder.path()).unwrap();
        let file = OwnModelsFile::of(&data, "models.toml");
        assert_eq!((file.stamp(), file.read(9).unwrap()), (None, vec![]));
        file.write("first".to_owned()).await.unwrap();
        let stamp = file.stamp();
        assert_eq!((file.read(9).unwrap(), file.read(2).unwrap()), (b"first".to_vec(), b"fir".to_vec()));
        assert_eq!(file.put_aside().await.unwrap(), "models.damaged-1.toml");
        file.write("second one".to_owned()).await.unwrap();
        assert_ne!(file.stamp(), stamp);
        assert_eq!(file.put_aside().await.unwrap(), "models.damaged-2.toml");
        assert_eq!(file.put_aside_before(), ["models.damaged-1.toml", "models.damaged-2.toml"]);
        assert_eq!(fs::read(folder.path().join("models.damaged-1.toml")).unwrap(), b"first");
    }
}
