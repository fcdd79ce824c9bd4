//! Where tokens and authorisation codes live (SE-1): the system's keychain where there is one that works, else a protected file.
//!
//! `PLATEN_SECRETS=file` or `PLATEN_SECRETS=keychain` forces one of them. A keychain entry's service name holds the installation's name, so
//! two data directories never share a secret. Deliberately absent: secrets of people (Wi-Fi keys are never stored, BL-1).

mod file;
mod keychain;

use crate::data_dir::DataDir;
use crate::durable::blocking;
use crate::error::StoreError;
use file::ProtectedFile;
use keychain::Keychain;
use platen_model::Secret;
use std::sync::Arc;

/// Where secrets are kept, as it is shown to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretsKind {
    /// The system's keychain.
    Keychain,
    /// A file that a key beside it opens: "reduced protection".
    ProtectedFile,
}

/// Which place is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecretsChoice {
    /// The keychain where it works, else the file.
    #[default]
    Auto,
    /// The keychain, or an error.
    Keychain,
    /// The file.
    File,
}

/// The key store. Clones share everything.
#[derive(Clone, Debug)]
pub struct Secrets(Arc<Place>);

#[derive(Debug)]
enum Place {
    Keychain(Keychain),
    File(Arc<ProtectedFile>),
}

impl Secrets {
    /// Opens the key store as the environment says, or the best there is.
    pub async fn open(dir: &DataDir) -> Result<Self, StoreError> {
        let choice = match std::env::var("PLATEN_SECRETS").as_deref() {
            Ok("file") => SecretsChoice::File,
            Ok("keychain") => SecretsChoice::Keychain,
            Ok(other) if !other.is_empty() => {
                tracing::warn!("PLATEN_SECRETS is neither `file` nor `keychain`; it is not heeded");
                SecretsChoice::Auto
            }
            _ => SecretsChoice::Auto,
        };
        Self::open_in(dir, choice).await
    }

    /// Opens the key store in the wanted place.
    pub async fn open_in(dir: &DataDir, choice: SecretsChoice) -> Result<Self, StoreError> {
        let wanted = match choice {
            // What is in the file must stay readable, also when a keychain appears later.
            SecretsChoice::Auto if ProtectedFile::is_there(dir) || !keychain::may_be_there() => SecretsChoice::File,
            other => other,
        };
        if wanted != SecretsChoice::File {
            let keychain = Keychain::new(dir)?;
            match keychain.probe().await {
                Ok(()) => return Ok(Self(Arc::new(Place::Keychain(keychain)))),
                Err(error) if choice == SecretsChoice::Keychain => return Err(error),
                Err(error) => tracing::info!(%error, "no keychain works here; secrets go to the protected file"),
            }
        }
        let dir = dir.clone();
        let file = blocking(move || ProtectedFile::open(&dir)).await?;
        Ok(Self(Arc::new(Place::File(Arc::new(file)))))
    }

    /// Where secrets are kept.
    pub fn kind(&self) -> SecretsKind {
        match &*self.0 {
            Place::Keychain(_) => SecretsKind::Keychain,
            Place::File(_) => SecretsKind::ProtectedFile,
        }
    }

    /// The name of a printer's secret `what`, for example `token`. [`Secrets::forget_printer`] finds it again.
    pub fn of_printer(sn: &str, what: &str) -> String {
        format!("printer/{sn}/{what}")
    }

    /// Stores or replaces a secret; durable when this returns.
    pub async fn put(&self, name: &str, secret: &Secret<String>) -> Result<(), StoreError> {
        match &*self.0 {
            Place::Keychain(keychain) => keychain.put(name, secret).await,
            Place::File(file) => {
                let (file, name, secret) = (Arc::clone(file), name.to_owned(), secret.clone());
                blocking(move || file.put(name, secret)).await
            }
        }
    }

    /// The secret `name`, when there is one.
    pub async fn get(&self, name: &str) -> Result<Option<Secret<String>>, StoreError> {
        match &*self.0 {
            Place::Keychain(keychain) => keychain.get(name).await,
            Place::File(file) => Ok(file.get(name)),
        }
    }

    /// Forgets a secret. It may be gone already.
    pub async fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.remove_all(|known| known == name).await
    }

    /// Forgets everything of a printer (SE-5).
    pub async fn forget_printer(&self, sn: &str) -> Result<(), StoreError> {
        let prefix = Self::of_printer(sn, "");
        self.remove_all(move |known| known.starts_with(&prefix)).await
    }

    async fn remove_all(&self, which: impl Fn(&str) -> bool) -> Result<(), StoreError> {
        match &*self.0 {
            Place::Keychain(keychain) => keychain.remove(which).await,
            Place::File(file) => {
                let names: Vec<String> = file.names().into_iter().filter(|name| which(name)).collect();
                let file = Arc::clone(file);
                blocking(move || file.remove(&names)).await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn secrets_come_back_after_a_restart_and_never_in_clear() {
        let folder = tempfile::tempdir().unwrap();
        let name = Secrets::of_printer("SN1", "token");
        let canary = Secret::from("canary-7d1f-secret");
        {
            let dir = DataDir::open(folder.path()).unwrap();
            let secrets = Secrets::open_in(&dir, SecretsChoice::File).await.unwrap();
            secrets.put(&name, &Secret::from("older")).await.unwrap();
            secrets.put(&name, &canary).await.unwrap();
            secrets.put(&Secrets::of_printer("SN12", "token"), &canary).await.unwrap();
        }
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            assert!(!bytes.windows(11).any(|window| window == b"canary-7d1f"));
        }
        let dir = DataDir::open(folder.path()).unwrap();
        let secrets = Secrets::open_in(&dir, SecretsChoice::Auto).await.unwrap();
        assert_eq!(secrets.kind(), SecretsKind::ProtectedFile);
        assert_eq!(secrets.get(&name).await.unwrap(), Some(canary.clone()));
        secrets.forget_printer("SN1").await.unwrap();
        assert_eq!(secrets.get(&name).await.unwrap(), None);
        // A serial number that begins alike is another printer.
        assert_eq!(secrets.get(&Secrets::of_printer("SN12", "token")).await.unwrap(), Some(canary));
    }

    #[tokio::test]
    async fn a_lost_key_costs_the_secrets_and_not_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(folder.path()).unwrap();
        let secrets = Secrets::open_in(&dir, SecretsChoice::File).await.unwrap();
        secrets.put("a", &Secret::from("b")).await.unwrap();
        std::fs::remove_file(folder.path().join("secrets.key")).unwrap();
        let secrets = Secrets::open_in(&dir, SecretsChoice::File).await.unwrap();
        assert_eq!(secrets.get("a").await.unwrap(), None);
        secrets.put("a", &Secret::from("c")).await.unwrap();
        assert_eq!(secrets.get("a").await.unwrap(), Some(Secret::from("c")));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_the_owner_reads_the_file_and_its_key() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(folder.path()).unwrap();
        let secrets = Secrets::open_in(&dir, SecretsChoice::File).await.unwrap();
        secrets.put("a", &Secret::from("b")).await.unwrap();
        for name in ["secrets.bin", "secrets.key"] {
            let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }
}
