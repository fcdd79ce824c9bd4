//! Makes sure that the folder of the built UI exists, so that this crate compiles before the UI was ever built, and
//! that a new build of the UI is embedded again.

use std::path::Path;

fn main() {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/dist");
    // Without the folder there is nothing to embed, and the door says how to build the UI.
    if let Err(error) = std::fs::create_dir_all(&dist) {
        println!("cargo:warning=ui/dist cannot be made: {error}");
    }
    println!("cargo:rerun-if-changed=../../ui/dist");
    println!("cargo:rerun-if-changed=build.rs");
}
