//! The system's keychain: Keychain, Credential Manager, or the Secret Service on Linux (SE-1).
//!
//! Keychains block, ask people, and sometimes never answer. So each call runs on a thread of its own with a bound, and the probe at the start takes
//! 3 s at most. Names are listed in `secrets.names`, because keychains cannot be asked for them; names are no secrets.
//! Deliberately absent: kernel keyutils, which forget at the next boot.

use crate::data_dir::{DataDir, random_hex};
use crate::durable;
use crate::error::StoreError;
use keyring::Entry;
use platen_model::Secret;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::Mutex;

const PROBE: Duration = Duration::from_secs(3);
// Long enough for a person to unlock it.
const CALL: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Keychain {
    service: String,
    names_path: PathBuf,
    // One call after another: the list of names follows the keychain.
    names: Mutex<BTreeSet<String>>,
}

/// Whether it makes sense to look for a keychain. On Linux it lives on the session bus, and looking for one without a session may start processes.
pub(super) fn may_be_there() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    ["DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

impl Keychain {
    pub(super) fn new(dir: &DataDir) -> Result<Self, StoreError> {
        let names_path = dir.join("secrets.names");
        let names = match durable::read_if_there(&names_path)? {
            // A damaged list costs only the tidying up of old entries.
            Some(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
            None => BTreeSet::new(),
        };
        Ok(Self { service: format!("platen.{}", dir.installation()), names_path, names: Mutex::new(names) })
    }

    /// Writes, reads and deletes a random entry.
    pub(super) async fn probe(&self) -> Result<(), StoreError> {
        let (service, name, value) = (self.service.clone(), random_hex::<8>()?, random_hex::<8>()?);
        on_thread(PROBE, move || {
            let entry = Entry::new(&service, &format!("probe.{name}"))?;
            entry.set_password(&value)?;
            let read = entry.get_password();
            entry.delete_credential()?;
            if read? == value { Ok(()) } else { Err(StoreError::Damaged("the keychain")) }
        })
        .await
    }

    pub(super) async fn put(&self, name: &str, secret: &Secret<String>) -> Result<(), StoreError> {
        let mut names = self.names.lock().await;
        // Listed first: a name too many is harmless, one too few leaves a secret behind at unbinding.
        if names.insert(name.to_owned()) {
            self.write_names(&names)?;
        }
        let (service, name, secret) = (self.service.clone(), name.to_owned(), secret.clone());
        on_thread(CALL, move || Ok(Entry::new(&service, &name)?.set_password(secret.reveal())?)).await
    }

    pub(super) async fn get(&self, name: &str) -> Result<Option<Secret<String>>, StoreError> {
        let (service, name) = (self.service.clone(), name.to_owned());
        on_thread(CALL, move || match Entry::new(&service, &name)?.get_password() {
            Ok(value) => Ok(Some(Secret::new(value))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(error.into()),
        })
        .await
    }

    pub(super) async fn remove(&self, which: impl Fn(&str) -> bool) -> Result<(), StoreError> {
        let mut names = self.names.lock().await;
        let going: Vec<String> = names.iter().filter(|name| which(name)).cloned().collect();
        for name in going {
            let (service, entry) = (self.service.clone(), name.clone());
            on_thread(CALL, move || match Entry::new(&service, &entry)?.delete_credential() {
                Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
                Err(error) => Err(error.into()),
            })
            .await?;
            names.remove(&name);
            self.write_names(&names)?;
        }
        Ok(())
    }

    fn write_names(&self, names: &BTreeSet<String>) -> Result<(), StoreError> {
        let json = serde_json::to_vec(names).map_err(std::io::Error::from)?;
        Ok(durable::write_file(&self.names_path, &json)?)
    }
}

/// Runs `work` on a thread that is left behind when it takes too long: a keychain that hangs must not hang the program's end.
async fn on_thread<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    std::thread::Builder::new().name("keychain".to_owned()).spawn(move || {
        // Nobody waits any more: the answer has no use.
        let _ = answer.send(work());
    })?;
    match tokio::time::timeout(limit, answered).await {
        Ok(Ok(result)) => result,
        _ => Err(StoreError::KeychainSilent),
    }
}
