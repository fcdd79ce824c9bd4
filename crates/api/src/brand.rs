//! The brand that this program was built as: a folder in `brands/`, chosen by `PLATEN_BRAND` at build time.

use serde::Deserialize;
use std::sync::LazyLock;

/// Name of the brand's folder.
pub(crate) const FOLDER: &str = env!("PLATEN_BRAND");

const TEXT: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../brands/", env!("PLATEN_BRAND"), "/brand.toml"));

#[derive(Deserialize)]
struct Brand {
    name: String,
}

/// The brand's name for the program. A brand that cannot be read is a neutral one, not a crash (promise UP-3).
pub(crate) fn name() -> &'static str {
    static NAME: LazyLock<String> =
        LazyLock::new(|| toml::from_str::<Brand>(TEXT).map_or_else(|_| "Platen".to_owned(), |brand| brand.name));
    &NAME
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_brand_that_ships_can_be_read() {
        let brand: super::Brand = toml::from_str(super::TEXT).unwrap();
        assert_eq!(brand.name, super::name());
    }
}
