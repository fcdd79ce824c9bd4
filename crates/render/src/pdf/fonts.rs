//! Which font draws text whose own font is not in the document.
//!
//! The library has substitutes of its own for the fourteen standard fonts. Chinese, Japanese and Korean come from ours;
//! the same fonts on every machine, and never one of the system.

use crate::fonts::Fonts;
use hayro_interpret::InterpreterSettings;
use hayro_interpret::font::{FontData, FontQuery};
use hayro_interpret::hayro_cmap::CidFamily;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The interpreter's settings: no font but ours, warnings unheard.
/// `hangul` is set when the font for Korean is asked for, which has no space.
pub(super) fn settings(hangul: &Arc<AtomicBool>) -> InterpreterSettings {
    let hangul = Arc::clone(hangul);
    InterpreterSettings { font_resolver: Arc::new(move |query| find(query, &hangul)), ..InterpreterSettings::default() }
}

fn find(query: &FontQuery, hangul: &AtomicBool) -> Option<(FontData, u32)> {
    match query {
        FontQuery::Standard(font) => Some(font.get_font_data()),
        FontQuery::Fallback(wanted) => {
            let family = match wanted.character_collection.as_ref().map(|collection| &collection.family) {
                Some(CidFamily::AdobeKorea1) => {
                    hangul.store(true, Ordering::Relaxed);
                    Some("Noto Sans CJK KR")
                }
                Some(CidFamily::AdobeJapan1 | CidFamily::AdobeGB1 | CidFamily::AdobeCNS1) => {
                    Some("Droid Sans Fallback")
                }
                _ => None,
            };
            match family.and_then(Fonts::file) {
                Some(file) => Some((Arc::new(file), 0)),
                None => Some(wanted.pick_standard_font().get_font_data()),
            }
        }
    }
}
