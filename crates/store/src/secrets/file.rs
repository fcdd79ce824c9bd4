//! The protected file (SE-1): XChaCha20-Poly1305 under a key of its own in a 0600 file beside it.
//!
//! ```text
//! secrets.key   32 random bytes
//! secrets.bin   24 bytes nonce · ciphertext of {"name":"value",…} · 16 bytes tag; the installation's name is authenticated too
//! ```
//!
//! It keeps secrets out of backups of single files, logs and searches, not from somebody who reads as the same user; that is why it is shown as
//! "reduced protection". Deliberately absent: a pass phrase.

use crate::data_dir::DataDir;
use crate::durable;
use crate::error::StoreError;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use platen_model::Secret;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

const BIN: &str = "secrets.bin";
const KEY: &str = "secrets.key";

type Values = BTreeMap<String, Secret<String>>;

pub(super) struct ProtectedFile {
    path: PathBuf,
    installation: String,
    key: Zeroizing<[u8; 32]>,
    values: Mutex<Values>,
}

impl std::fmt::Debug for ProtectedFile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ProtectedFile(…)")
    }
}

impl ProtectedFile {
    pub(super) fn is_there(dir: &DataDir) -> bool {
        dir.join(BIN).exists()
    }

    /// Opens the file, or begins one. A file that its key does not open is set aside: the bindings must be renewed, but Platen starts.
    pub(super) fn open(dir: &DataDir) -> Result<Self, StoreError> {
        let path = dir.join(BIN);
        let key_path = dir.join(KEY);
        let known = durable::read_if_there(&key_path)?.map(Zeroizing::new);
        let key = match known.as_ref().and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok()) {
            Some(key) => Zeroizing::new(key),
            None => {
                let mut key = Zeroizing::new([0_u8; 32]);
                getrandom::fill(&mut *key)?;
                durable::write_file(&key_path, &*key)?;
                key
            }
        };
        let file = Self { path, installation: dir.installation(), key, values: Mutex::default() };
        if let Some(bytes) = durable::read_if_there(&file.path)? {
            match file.unseal(&bytes) {
                Ok(values) => *file.values() = values,
                Err(StoreError::SecretsLocked) => {
                    tracing::error!("the stored secrets cannot be opened; they are set aside");
                    std::fs::rename(&file.path, dir.join("secrets.damaged.bin"))?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(file)
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.values().keys().cloned().collect()
    }

    pub(super) fn get(&self, name: &str) -> Option<Secret<String>> {
        self.values().get(name).cloned()
    }

    pub(super) fn put(&self, name: String, secret: Secret<String>) -> Result<(), StoreError> {
        self.change(|values| {
            values.insert(name, secret);
        })
    }

    pub(super) fn remove(&self, names: &[String]) -> Result<(), StoreError> {
        if names.is_empty() {
            return Ok(());
        }
        self.change(|values| values.retain(|name, _| !names.contains(name)))
    }

    /// What is in memory changes only after it is on the disk.
    fn change(&self, change: impl FnOnce(&mut Values)) -> Result<(), StoreError> {
        let mut values = self.values();
        let mut next = values.clone();
        change(&mut next);
        durable::write_file(&self.path, &self.seal(&next)?)?;
        *values = next;
        Ok(())
    }

    fn values(&self) -> MutexGuard<'_, Values> {
        // A poisoned lock: the map is replaced whole, so it is never half changed.
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.key.as_slice().into())
    }

    fn seal(&self, values: &Values) -> Result<Vec<u8>, StoreError> {
        let plain: BTreeMap<&str, &str> =
            values.iter().map(|(name, secret)| (name.as_str(), secret.reveal().as_str())).collect();
        // Sized beforehand, so that growing leaves no copies behind in memory.
        let size = values.iter().map(|(name, secret)| (name.len() + secret.reveal().len()) * 6 + 8).sum::<usize>() + 2;
        let mut json = Zeroizing::new(Vec::with_capacity(size));
        serde_json::to_writer(&mut *json, &plain).map_err(io::Error::from)?;
        let mut nonce = [0_u8; 24];
        getrandom::fill(&mut nonce)?;
        let payload = Payload { msg: &json, aad: self.installation.as_bytes() };
        let sealed =
            self.cipher().encrypt(XNonce::from_slice(&nonce), payload).map_err(|_| StoreError::SecretsLocked)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    fn unseal(&self, bytes: &[u8]) -> Result<Values, StoreError> {
        let (nonce, sealed) = bytes.split_at_checked(24).ok_or(StoreError::SecretsLocked)?;
        let payload = Payload { msg: sealed, aad: self.installation.as_bytes() };
        let json = self.cipher().decrypt(XNonce::from_slice(nonce), payload).map_err(|_| StoreError::SecretsLocked)?;
        let json = Zeroizing::new(json);
        let plain: BTreeMap<String, String> = serde_json::from_slice(&json).map_err(|_| StoreError::SecretsLocked)?;
        Ok(plain.into_iter().map(|(name, value)| (name, Secret::new(value))).collect())
    }
}
