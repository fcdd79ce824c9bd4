//! Writes what is made from the Rust contract.

use std::path::Path;

/// Where the UI looks for the contract, from the workspace's root.
const CONTRACT: &str = "ui/src/lib/generated/contract.ts";

pub(crate) fn contract() -> Result<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(CONTRACT);
    std::fs::write(path, platen_api::typescript::contract()).map_err(|error| format!("{CONTRACT}: {error}"))?;
    Ok(format!("wrote {CONTRACT}"))
}
