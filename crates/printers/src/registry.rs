//! The families that exist: one line each.
//!
//! Source: section 3 of the architecture. A folder is one language; where printers of the language differ in the command
//! that carries the image, the folder has a family for each, and a row of models names the one it takes. Deliberately
//! absent: registration at run time; what Platen speaks is fixed when it is built.

use crate::families::{cpcl, epl, escpos, pbm, png, pwg, tspl, zpl};
use crate::family::Family;

/// A folder with its families and its rows of models.
pub(crate) struct Entry {
    /// The folder's name, which is also that of its first family.
    pub(crate) folder: &'static str,
    /// The usual one first. The others are named after the folder, `-` and their dialect.
    pub(crate) families: &'static [&'static dyn Family],
    pub(crate) models: &'static str,
}

impl Entry {
    /// The family of a dialect; the first one without.
    pub(crate) fn dialect(&self, name: Option<&str>) -> Option<&'static dyn Family> {
        let of = |id: &str| id.strip_prefix(self.folder).and_then(|rest| rest.strip_prefix('-')) == name;
        self.families.iter().copied().find(|family| of(family.id()))
    }
}

/// Every family. The test below compares this table with the folders.
pub(crate) static ENTRIES: [Entry; 8] = [
    Entry {
        folder: "escpos",
        families: &[&escpos::RASTER, &escpos::GRAPHICS, &escpos::COLUMN],
        models: include_str!("families/escpos/models.toml"),
    },
    Entry { folder: "tspl", families: &[&tspl::Tspl], models: include_str!("families/tspl/models.toml") },
    Entry { folder: "cpcl", families: &[&cpcl::Cpcl], models: include_str!("families/cpcl/models.toml") },
    Entry { folder: "zpl", families: &[&zpl::Zpl], models: include_str!("families/zpl/models.toml") },
    Entry { folder: "epl", families: &[&epl::Epl], models: include_str!("families/epl/models.toml") },
    Entry { folder: "pwg", families: &[&pwg::Pwg], models: include_str!("families/pwg/models.toml") },
    Entry { folder: "pbm", families: &[&pbm::Pbm], models: include_str!("families/pbm/models.toml") },
    Entry { folder: "png", families: &[&png::Png], models: include_str!("families/png/models.toml") },
];

/// All families in the order of the table.
pub fn families() -> impl Iterator<Item = &'static dyn Family> {
    ENTRIES.iter().flat_map(|entry| entry.families.iter().copied())
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
        let registered: BTreeSet<String> = ENTRIES.iter().map(|entry| entry.folder.to_owned()).collect();
        assert_eq!(on_disk, registered);
        let mut ids = BTreeSet::new();
        for entry in &ENTRIES {
            let file = std::fs::read_to_string(format!("{folder}/{}/models.toml", entry.folder)).unwrap();
            assert_eq!(file, entry.models, "the rows of another folder are registered for {}", entry.folder);
            assert_eq!(entry.dialect(None).map(Family::id), Some(entry.folder));
            for family in entry.families {
                assert!(family.id().starts_with(entry.folder) && ids.insert(family.id()), "{}", family.id());
            }
        }
    }

    #[test]
    fn a_family_is_found_by_its_name_only() {
        assert_eq!(family("escpos").unwrap().prn_protocol(), "esc");
        assert!(family("esc").is_none() && family("").is_none());
    }
}
