//! Checks the configuration and makes the permission `allow-call`, the only one of our own.

use std::path::Path;

fn main() {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/dist");
    // The configuration names this folder; without the built UI the window is empty, but it compiles.
    if let Err(error) = std::fs::create_dir_all(&dist) {
        println!("cargo:warning=ui/dist cannot be made: {error}");
    }
    println!("cargo:rerun-if-changed=../ui/dist");
    let ours = tauri_build::AppManifest::new().commands(&["call"]);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(ours)) {
        println!("cargo:warning={error:#}");
        std::process::exit(1);
    }
}
