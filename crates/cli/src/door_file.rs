//! `door.json`: how other programs of the same user find the door of the one that has the engine open.
//!
//! It holds the door's token, so it is written for the user alone (0600), whole or not at all. Only the program that
//! holds the data folder writes or removes it; one that was killed leaves it behind, and then nobody listens there or
//! the token is wrong, which both mean "look again".

use platen_model::{Fault, Retry, Secret};
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

const NAME: &str = "door.json";

/// What keeps the engine open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A command that will end by itself.
    Command,
    /// `platen serve`.
    Serve,
    /// The window.
    Window,
}

/// Where a door is and what opens it.
#[derive(Clone, Debug)]
pub struct DoorFile {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its token.
    pub token: Secret<String>,
    /// The process that keeps it open.
    pub pid: u32,
    /// What that process is.
    pub role: Role,
}

#[derive(Serialize, Deserialize)]
struct Written {
    address: SocketAddr,
    token: String,
    pid: u32,
    role: Role,
}

impl DoorFile {
    /// Reads it; `None` when there is none, or none that can be read yet.
    pub fn read(data: &Path) -> Option<Self> {
        let text = std::fs::read(data.join(NAME)).ok()?;
        let Written { address, token, pid, role } = serde_json::from_slice(&text).ok()?;
        Some(Self { address, token: Secret::new(token), pid, role })
    }

    /// Puts it into `data`, in place of an older one.
    ///
    /// # Errors
    /// `door_file` when it cannot be written.
    pub fn write(&self, data: &Path) -> Result<(), Fault> {
        self.replace(data).map_err(|error| {
            tracing::error!(%error, "door.json cannot be written");
            Fault::new(
                "door_file",
                "Platen cannot write into its data folder.",
                "Check who owns the folder and whether the disk is full.",
            )
            .with_retry(Retry::AfterRemedy)
        })
    }

    fn replace(&self, data: &Path) -> io::Result<()> {
        let written =
            Written { address: self.address, token: self.token.reveal().clone(), pid: self.pid, role: self.role };
        let text = serde_json::to_vec(&written).map_err(io::Error::other)?;
        let fresh = data.join(format!("{NAME}.{}", self.pid));
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&fresh)?;
        file.write_all(&text)?;
        drop(file);
        std::fs::rename(&fresh, path(data))
    }

    /// Takes it away, before the data folder is given up.
    pub fn remove(data: &Path) {
        if let Err(error) = std::fs::remove_file(path(data))
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "door.json stays behind");
        }
    }
}

fn path(data: &Path) -> PathBuf {
    data.join(NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_for_its_user_alone_and_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        assert!(DoorFile::read(folder.path()).is_none());
        let token = Secret::from("aa".repeat(32).as_str());
        let door = DoorFile { address: ([127, 0, 0, 1], 4711).into(), token, pid: 7, role: Role::Serve };
        door.write(folder.path()).unwrap();
        let read = DoorFile::read(folder.path()).unwrap();
        assert_eq!((read.address, read.pid, read.role), (door.address, 7, Role::Serve));
        assert!(read.token == door.token);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(path(folder.path())).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::write(path(folder.path()), b"{\"address\":").unwrap();
        assert!(DoorFile::read(folder.path()).is_none(), "a broken one is as good as none");
        DoorFile::remove(folder.path());
        DoorFile::remove(folder.path());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
