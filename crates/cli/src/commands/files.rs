//! Reading what the user names and writing what the user wants.

use bytes::Bytes;
use platen_model::{Fault, Retry};
use std::io::{self, Read};
use std::path::Path;

/// The largest document that any door takes (promise LS-9).
const LARGEST: u64 = 100 * 1024 * 1024;

/// The file's content and the label it gets; `-` is standard input.
pub(super) fn read(path: &Path) -> Result<(String, Bytes), Fault> {
    if path.as_os_str() == "-" {
        return Ok(("standard input".to_owned(), take(io::stdin().lock())?));
    }
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let file = std::fs::File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            Fault::new("file_unknown", format!("There is no file {}.", path.display()), "Check its name.")
        }
        _ => unreadable(path, &error),
    })?;
    if file.metadata().is_ok_and(|about| about.is_dir()) {
        return Err(unreadable(path, &io::Error::from(io::ErrorKind::IsADirectory)));
    }
    Ok((name, take(file)?))
}

fn take(from: impl Read) -> Result<Bytes, Fault> {
    let mut all = Vec::new();
    let bytes = from.take(LARGEST + 1).read_to_end(&mut all).map_err(|error| unreadable(Path::new("-"), &error))?;
    if u64::try_from(bytes).unwrap_or(u64::MAX) > LARGEST {
        return Err(
            Fault::new("too_large", "The document is larger than 100 MiB.", "Print it in parts.").with_retry(Retry::No)
        );
    }
    Ok(all.into())
}

fn unreadable(path: &Path, error: &io::Error) -> Fault {
    Fault::new("file_unreadable", format!("{} cannot be read: {error}.", path.display()), "Check its rights.")
}

/// Writes a result whole or not at all.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    let fresh = path.with_added_extension("part");
    std::fs::write(&fresh, bytes).and_then(|()| std::fs::rename(&fresh, path)).map_err(|error| {
        Fault::new("file_unwritable", format!("{} cannot be written: {error}.", path.display()), "Name another place.")
    })
}
