//! What the window is told when it starts: the data folder, and whether to bring the simulated world.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

const USAGE: &str = "platen-window [--data DIR] [--sim]\n\n\
     Opens Platen. PLATEN_DATA and PLATEN_SIM=1 say the same.";

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Where Platen keeps its state.
    pub data: PathBuf,
    /// Start the simulated world with its two printers.
    pub sim: bool,
}

impl Options {
    /// From this process's arguments and environment.
    ///
    /// # Errors
    /// What is wrong with them, for a person.
    pub fn from_environment() -> Result<Self, String> {
        Self::read(std::env::args_os().skip(1), |name| std::env::var_os(name))
    }

    fn read(
        arguments: impl IntoIterator<Item = OsString>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, String> {
        let mut data = variable("PLATEN_DATA").filter(|value| !value.is_empty()).map(PathBuf::from);
        let mut sim = variable("PLATEN_SIM").as_deref() == Some(OsStr::new("1"));
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match argument.to_str() {
                Some("--sim") => sim = true,
                Some("--data") => data = Some(arguments.next().ok_or(USAGE)?.into()),
                _ => return Err(USAGE.to_owned()),
            }
        }
        let data = data.or_else(platen_cli::place::default_data).ok_or("Name a folder with --data DIR.")?;
        let data = std::path::absolute(&data).map_err(|error| error.to_string())?;
        Ok(Self { data, sim })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str], variables: &[(&str, &str)]) -> Result<Options, String> {
        let variable = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).into());
        Options::read(arguments.iter().map(Into::into), variable)
    }

    #[test]
    fn arguments_win_over_the_environment_and_others_are_refused() {
        let options = read(&["--data", "/a", "--sim"], &[("PLATEN_DATA", "/b")]).unwrap();
        assert_eq!(options, Options { data: "/a".into(), sim: true });
        let options = read(&[], &[("PLATEN_DATA", "/b"), ("PLATEN_SIM", "1")]).unwrap();
        assert_eq!(options, Options { data: "/b".into(), sim: true });
        assert!(!read(&[], &[("PLATEN_DATA", "/b"), ("PLATEN_SIM", "0")]).unwrap().sim);
        assert!(read(&["--data"], &[]).is_err());
        assert!(read(&["platen://print"], &[]).is_err());
    }
}
