//! A D-Bus of our own: a `dbus-daemon` as a child, with its own configuration and socket, open to this user.

use super::BluezError;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long the daemon may take to say where it listens.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs until it is dropped.
pub(super) struct PrivateBus {
    address: String,
    folder: PathBuf,
    // Ended by its handle when this is dropped.
    _daemon: Child,
}

impl PrivateBus {
    /// In a new folder, which goes with it.
    pub(super) async fn start(folder: Option<&Path>) -> Result<Self, BluezError> {
        let unnamed = || std::env::temp_dir().join(format!("platen-air-{}", crate::chance::fresh_id()));
        let folder = folder.map_or_else(unnamed, Path::to_owned);
        create_private(&folder).map_err(BluezError::Folder)?;
        match launch(&folder).await {
            Ok((daemon, address)) => Ok(Self { address, folder, _daemon: daemon }),
            Err(error) => {
                remove(&folder);
                Err(error)
            }
        }
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for PrivateBus {
    fn drop(&mut self) {
        remove(&self.folder);
    }
}

fn create_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().mode(0o700).create(folder)
}

fn remove(folder: &Path) {
    if let Err(error) = std::fs::remove_dir_all(folder) {
        tracing::debug!(%error, "the folder of the private bus stays behind");
    }
}

async fn launch(folder: &Path) -> Result<(Child, String), BluezError> {
    let file = folder.join("bus.conf");
    let socket = folder.join("bus");
    std::fs::write(&file, configuration(&socket)).map_err(BluezError::Folder)?;
    let mut daemon = Command::new("dbus-daemon")
        .arg(format!("--config-file={}", file.display()))
        .args(["--nofork", "--nopidfile", "--nosyslog", "--print-address=1"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(BluezError::Daemon)?;
    let silent = || BluezError::Daemon(std::io::Error::other("it does not say where it listens"));
    let out = daemon.stdout.take().ok_or_else(silent)?;
    let line = timeout(PATIENCE, BufReader::new(out).lines().next_line()).await;
    match line {
        Ok(Ok(Some(address))) if !address.trim().is_empty() => Ok((daemon, address.trim().to_owned())),
        Ok(Err(error)) => Err(BluezError::Daemon(error)),
        _ => Err(silent()),
    }
}

fn configuration(socket: &Path) -> String {
    format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow own="*"/>
    <allow send_destination="*" eavesdrop="false"/>
    <allow receive_sender="*"/>
    <allow user="*"/>
  </policy>
</busconfig>
"#,
        socket.display()
    )
}
