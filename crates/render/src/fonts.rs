//! The bundled fonts, and nothing else: the same document gives the same dots on every machine.
//!
//! Source: `fonts/README.md` says where each comes from and under which licence. Deliberately absent: fonts of the
//! system, italic cuts, coloured emoji. Slanted letters, and bold ones of scripts without a bold cut, are made from the
//! regular ones (`text::glyphs`).

use parley::fontique::{Blob, Collection, CollectionOptions, SourceCache};
use parley::{FontContext, FontFamilyName};
use resvg::usvg::fontdb;
use skrifa::{FontRef, MetadataProvider};
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

/// A bundled font: its family name as in the file, and the file.
struct Bundled {
    family: &'static str,
    data: &'static [u8],
}

macro_rules! bundled {
    ($($family:literal from $file:literal,)*) => {
        [$(Bundled { family: $family, data: include_bytes!(concat!("../fonts/", $file)) },)*]
    };
}

/// In the order in which they are asked for a character. The first one also draws what no font has.
static BUNDLED: [Bundled; 16] = bundled![
    "Noto Sans" from "NotoSans-Regular.ttf",
    "Noto Sans Thai" from "NotoSansThai-Regular.ttf",
    "Noto Sans Lao" from "NotoSansLao-Regular.ttf",
    "Noto Sans Khmer" from "NotoSansKhmer-Regular.ttf",
    "Noto Sans Myanmar" from "NotoSansMyanmar-Regular.ttf",
    "Noto Naskh Arabic" from "NotoNaskhArabic-Regular.ttf",
    "Noto Sans Hebrew" from "NotoSansHebrew-Regular.ttf",
    "Noto Sans Devanagari" from "NotoSansDevanagari-Regular.ttf",
    "Noto Sans Bengali" from "NotoSansBengali-Regular.ttf",
    "Noto Sans Tamil" from "NotoSansTamil-Regular.ttf",
    "Noto Sans CJK KR" from "NotoSansCJKkr-Hangul.otf",
    "Droid Sans Fallback" from "DroidSansFallbackFull.ttf",
    "DejaVu Sans" from "DejaVuSans.ttf",
    "Noto Emoji" from "NotoEmoji-Regular.ttf",
    "Noto Sans" from "NotoSans-Bold.ttf",
    "DejaVu Sans Mono" from "DejaVuSansMono.ttf",
];

/// How many of them are asked, from the first one on; the others are asked for by name or by weight only.
const ASKED: usize = 14;

/// The family of plain text and of drawings that name no font, or one that is not here.
pub(crate) const MAIN_FAMILY: &str = "Noto Sans";

/// The family that has signs and symbols.
pub(crate) const SYMBOL_FAMILY: &str = "DejaVu Sans";

/// The family of emoji, in outlines.
pub(crate) const EMOJI_FAMILY: &str = "Noto Emoji";

/// The family whose letters are equally wide.
pub(crate) const MONO_FAMILY: &str = "DejaVu Sans Mono";

/// The fonts, opened.
pub(crate) struct Fonts {
    faces: Vec<FontRef<'static>>,
    /// Opened when text is set: a drawing has no use for it.
    collection: LazyLock<Collection>,
    /// Opened when a drawing has text in it.
    drawing: LazyLock<Arc<fontdb::Database>>,
}

impl Fonts {
    /// The fonts; opened at the first call.
    pub(crate) fn get() -> &'static Self {
        static FONTS: LazyLock<Fonts> = LazyLock::new(|| Fonts {
            // The files are part of the program; a test opens each of them.
            faces: BUNDLED.iter().filter_map(|font| FontRef::new(font.data).ok()).collect(),
            collection: LazyLock::new(collection),
            drawing: LazyLock::new(|| Arc::new(database())),
        });
        &FONTS
    }

    /// What the layout of plain text asks for fonts.
    pub(crate) fn context(&self) -> FontContext {
        FontContext { collection: self.collection.clone(), source_cache: SourceCache::default() }
    }

    /// All families, in the order of preference.
    pub(crate) fn families() -> Vec<FontFamilyName<'static>> {
        BUNDLED.iter().take(ASKED).map(|font| FontFamilyName::named(font.family)).collect()
    }

    /// What drawings ask for fonts.
    pub(crate) fn drawing(&self) -> Arc<fontdb::Database> {
        Arc::clone(&self.drawing)
    }

    /// The file of the first family of that name.
    pub(crate) fn file(family: &str) -> Option<&'static [u8]> {
        BUNDLED.iter().find(|font| font.family == family).map(|font| font.data)
    }

    /// The place of a font among ours, told by where its bytes are.
    pub(crate) fn place(data: &[u8]) -> Option<u8> {
        let place = BUNDLED.iter().position(|font| std::ptr::eq(font.data.as_ptr(), data.as_ptr()))?;
        u8::try_from(place).ok()
    }

    /// The font at that place.
    pub(crate) fn face(&self, place: usize) -> Option<&FontRef<'static>> {
        self.faces.get(place)
    }

    /// The visible characters of `text` that no font has.
    pub(crate) fn missing(&self, text: impl Iterator<Item = char>) -> BTreeSet<char> {
        let wanted: BTreeSet<char> = text.filter(|&c| is_drawn(c)).collect();
        let charmaps: Vec<_> = self.faces.iter().map(MetadataProvider::charmap).collect();
        wanted.into_iter().filter(|&c| !charmaps.iter().any(|charmap| charmap.map(c).is_some())).collect()
    }
}

fn collection() -> Collection {
    let mut collection = Collection::new(CollectionOptions { shared: false, system_fonts: false });
    for font in &BUNDLED {
        collection.register_fonts(Blob::new(Arc::new(font.data)), None);
    }
    collection
}

fn database() -> fontdb::Database {
    let mut database = fontdb::Database::new();
    for font in &BUNDLED {
        database.load_font_source(fontdb::Source::Binary(Arc::new(font.data)));
    }
    database.set_serif_family(MAIN_FAMILY);
    database.set_sans_serif_family(MAIN_FAMILY);
    database.set_monospace_family(MONO_FAMILY);
    database.set_cursive_family(MAIN_FAMILY);
    database.set_fantasy_family(MAIN_FAMILY);
    database
}

/// Whether a character leaves dots of its own: not spaces, not what only steers others.
fn is_drawn(c: char) -> bool {
    let steers =
        matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' | '\u{034F}' | '\u{115F}' | '\u{1160}');
    !(c.is_whitespace() || steers || platen_model::segment::is_invisible(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_font_opens_and_has_the_name_that_it_is_asked_for_by() {
        let fonts = Fonts::get();
        assert_eq!(fonts.faces.len(), BUNDLED.len());
        for face in &fonts.faces {
            assert!(face.outline_glyphs().iter().all(|(glyph, _)| glyph.to_u32() <= 0xFFFF));
        }
        let mut collection = fonts.collection.clone();
        for font in &BUNDLED {
            assert!(collection.family_id(font.family).is_some(), "{}", font.family);
        }
        let names: BTreeSet<String> =
            fonts.drawing.faces().flat_map(|face| face.families.iter().map(|(name, _)| name.clone())).collect();
        for font in &BUNDLED {
            assert!(names.contains(font.family), "{}", font.family);
        }
    }

    #[test]
    fn every_font_file_is_used_and_has_its_licence_beside_it() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fonts");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let (fonts, rest): (Vec<_>, Vec<_>) = files.partition(|name| name.ends_with(".ttf") || name.ends_with(".otf"));
        assert_eq!(fonts.len(), BUNDLED.len());
        assert_eq!(rest.iter().filter(|name| name.starts_with("LICENSE-")).count(), 3);
    }

    #[test]
    fn what_no_font_has_is_listed_once_and_in_order() {
        let text = "aกم中한ไทยक\u{200D}\n\t\u{FE0F} 𓀀𝒳𓀀";
        let missing: Vec<char> = Fonts::get().missing(text.chars()).into_iter().collect();
        assert_eq!(missing, ['𓀀', '𝒳'].into_iter().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>());
    }
}
