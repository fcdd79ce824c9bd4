//! The families that exist: one line each.
//!
//! Source: section 3 of the architecture. A folder is one language; where printers of the language differ in the command
//! that carries the image, the folder has a family for each, and a row of models names the one it takes. Deliberately
//! absent: registration at run time; what Platen speaks is fixed when it is built.

use crate::families::{cat, cpcl, epl, escpos, niimbot, pbm, png, pwg, tspl, zpl};
use crate::family::Family;
use crate::talk::Talk;

/// A folder with its families and its rows of models.
pub(crate) struct Entry {
    /// The folder's name, which is also that of its first family.
    pub(crate) folder: &'static str,
    /// The usual one first. The others are named after the folder, `-` and their dialect.
    pub(crate) families: &'static [&'static dyn Family],
    pub(crate) models: &'static str,
    /// How its families are spoken over Bluetooth: each in at most one of these.
    pub(crate) talks: &'static [&'static dyn Talk],
}

impl Entry {
    /// The family of a dialect; the first one without.
    pub(crate) fn dialect(&self, name: Option<&str>) -> Option<&'static dyn Family> {
        let of = |id: &str| id.strip_prefix(self.folder).and_then(|rest| rest.strip_prefix('-')) == name;
        self.families.iter().copied().find(|family| of(family.id()))
    }
}

/// Every family. The test below compares this table with the folders.
pub(crate) static ENTRIES: [Entry; 10] = [
    Entry {
        folder: "escpos",
        families: &[&escpos::RASTER, &escpos::GRAPHICS, &escpos::COLUMN],
        models: include_str!("families/escpos/models.toml"),
        talks: &[&escpos::RASTER],
    },
    Entry { folder: "tspl", families: &[&tspl::Tspl], models: include_str!("families/tspl/models.toml"), talks: &[] },
    Entry { folder: "cpcl", families: &[&cpcl::Cpcl], models: include_str!("families/cpcl/models.toml"), talks: &[] },
    Entry { folder: "zpl", families: &[&zpl::Zpl], models: include_str!("families/zpl/models.toml"), talks: &[] },
    Entry { folder: "epl", families: &[&epl::Epl], models: include_str!("families/epl/models.toml"), talks: &[] },
    Entry {
        folder: "cat",
        families: &[&cat::TINY, &cat::PREFIXED, &cat::V5G, &cat::V5X],
        models: include_str!("families/cat/models.toml"),
        talks: &[&cat::TINY, &cat::PREFIXED, &cat::V5G, &cat::V5X],
    },
    Entry {
        folder: "niimbot",
        families: &[
            &niimbot::B1,
            &niimbot::D110,
            &niimbot::D11,
            &niimbot::H1S,
            &niimbot::V4,
            &niimbot::B21,
            &niimbot::L2B,
        ],
        models: include_str!("families/niimbot/models.toml"),
        talks: &[&niimbot::B1],
    },
    Entry { folder: "pwg", families: &[&pwg::Pwg], models: include_str!("families/pwg/models.toml"), talks: &[] },
    Entry { folder: "pbm", families: &[&pbm::Pbm], models: include_str!("families/pbm/models.toml"), talks: &[] },
    Entry { folder: "png", families: &[&png::Png], models: include_str!("families/png/models.toml"), talks: &[] },
];

/// All families in the order of the table.
pub fn families() -> impl Iterator<Item = &'static dyn Family> {
    ENTRIES.iter().flat_map(|entry| entry.families.iter().copied())
}

/// The family of that name, for example `escpos`.
pub fn family(id: &str) -> Option<&'static dyn Family> {
    families().find(|family| family.id() == id)
}

/// All dialogues in the order of the table.
pub fn talks() -> impl Iterator<Item = &'static dyn Talk> {
    ENTRIES.iter().flat_map(|entry| entry.talks.iter().copied())
}

/// How the family of that name is spoken over Bluetooth; `None` when it is not.
pub fn talk(family: &str) -> Option<&'static dyn Talk> {
    talks().find(|talk| talk.families().contains(&family))
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
    fn each_dialogue_speaks_families_of_its_folder_and_no_family_has_two() {
        let mut spoken = BTreeSet::new();
        for entry in &ENTRIES {
            for id in entry.talks.iter().flat_map(|talk| talk.families()) {
                assert!(entry.families.iter().any(|family| family.id() == *id) && spoken.insert(*id), "{id}");
            }
        }
    }

    #[test]
    fn a_family_is_found_by_its_name_only() {
        assert_eq!(family("escpos").unwrap().prn_protocol(), "esc");
        assert!(family("esc").is_none() && family("").is_none());
    }
}
