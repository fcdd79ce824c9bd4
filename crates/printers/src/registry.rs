//! The families that exist: one line each.
//!
//! Source: section 3 of the architecture. Deliberately absent: registration at run time; what Platen speaks is fixed
//! when it is built.

use crate::families::escpos;
use crate::family::Family;

/// A family and its rows of models.
pub(crate) struct Entry {
    pub(crate) family: &'static dyn Family,
    pub(crate) models: &'static str,
}

/// Every family. The test below compares this table with the folders.
pub(crate) static ENTRIES: [Entry; 1] =
    [Entry { family: &escpos::EscPos, models: include_str!("families/escpos/models.toml") }];

/// All families in the order of the table.
pub fn families() -> impl Iterator<Item = &'static dyn Family> {
    ENTRIES.iter().map(|entry| entry.family)
}

/// The family of that name, for example `escpos`.
pub fn family(id: &str) -> Option<&'static dyn Family> {
    families().find(|family| family.id() == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_folder_with_models_is_registered_under_its_own_name() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/families");
        let on_disk: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.join("models.toml").is_file())
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        let registered: BTreeSet<String> = families().map(|family| family.id().to_owned()).collect();
        assert_eq!(on_disk, registered);
        for entry in &ENTRIES {
            let file = std::fs::read_to_string(format!("{folder}/{}/models.toml", entry.family.id())).unwrap();
            assert_eq!(file, entry.models, "the rows of another family are registered for {}", entry.family.id());
        }
    }

    #[test]
    fn a_family_is_found_by_its_name_only() {
        assert_eq!(family("escpos").unwrap().prn_protocol(), "esc");
        assert!(family("esc").is_none() && family("").is_none());
    }
}
