//! Where Platen keeps its data when nobody says otherwise: where the system keeps such things.

use std::path::PathBuf;

/// The data folder of this user; `None` when the environment does not tell where the user's home is.
pub fn default_data() -> Option<PathBuf> {
    let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if cfg!(target_os = "windows") {
        from("APPDATA").map(|roaming| roaming.join("Platen"))
    } else if cfg!(target_os = "macos") {
        from("HOME").map(|home| home.join("Library/Application Support/app.platen.desktop"))
    } else {
        from("XDG_DATA_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| from("HOME").map(|home| home.join(".local/share")))
            .map(|share| share.join("platen"))
    }
}
