//! Reading what the user names and writing what the user wants.

use bytes::Bytes;
use platen_model::{Fault, Retry, Secret};
use std::io::{self, BufRead, Read, Write};
use std::path::{Path, PathBuf};

/// The largest document that any door takes (promise LS-9).
const LARGEST: u64 = 100 * 1024 * 1024;

/// The file's content and the label it gets; `-` is standard input.
pub(super) fn read(path: &Path) -> Result<(String, Bytes), Fault> {
    if is_stdio(path) {
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

/// Whether a path stands for standard input or output.
pub(super) fn is_stdio(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// A password, from the first line of standard input.
pub(super) fn password() -> Result<Secret<String>, Fault> {
    let mut line = String::new();
    let read = io::stdin().lock().take(4096).read_line(&mut line);
    if let Err(error) = read {
        return Err(unreadable(Path::new("-"), &error));
    }
    let end = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(end);
    Ok(Secret::new(line))
}

/// A result that is written piece by piece, and is there whole or not at all; `-` is standard output, which cannot
/// take anything back.
pub(super) struct Fresh {
    path: PathBuf,
    /// Nothing for standard output.
    file: Option<(PathBuf, io::BufWriter<std::fs::File>)>,
}

impl Fresh {
    pub(super) fn begin(path: &Path) -> Result<Self, Fault> {
        let file = if is_stdio(path) {
            None
        } else {
            let fresh = path.with_added_extension("part");
            let file = std::fs::File::create(&fresh).map_err(|error| unwritable(path, &error))?;
            Some((fresh, io::BufWriter::new(file)))
        };
        Ok(Self { path: path.to_owned(), file })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let written = match &mut self.file {
            Some((_, file)) => file.write_all(bytes),
            None => io::stdout().lock().write_all(bytes),
        };
        written.map_err(|error| unwritable(&self.path, &error))
    }

    /// Gives the result its name.
    pub(super) fn finish(mut self) -> Result<(), Fault> {
        let Some((fresh, file)) = &mut self.file else {
            return io::stdout().lock().flush().map_err(|error| unwritable(&self.path, &error));
        };
        file.flush()
            .and_then(|()| std::fs::rename(&*fresh, &self.path))
            .map_err(|error| unwritable(&self.path, &error))?;
        self.file = None;
        Ok(())
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if let Some((fresh, _)) = self.file.take() {
            // What was not finished goes; if it cannot, its name says that it is a part.
            let _ = std::fs::remove_file(fresh);
        }
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Fault {
    Fault::new("file_unwritable", format!("{} cannot be written: {error}.", path.display()), "Name another place.")
}

/// Writes a result whole or not at all.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    let mut fresh = Fresh::begin(path)?;
    fresh.write(bytes)?;
    fresh.finish()
}
