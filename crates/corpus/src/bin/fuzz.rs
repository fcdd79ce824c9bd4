//! The fuzzer's program: one for all targets, since each would contain every reader again.
//!
//! `PLATEN_FUZZ` names the target; the arguments are libFuzzer's. Built by `xtask/fuzz.mjs`, which knows the flags that
//! make the readers tell the fuzzer where they have been.
#![no_main]
#![allow(unsafe_code, unreachable_pub)] // the macro exports the functions that libFuzzer calls, by their C names

use platen_corpus::fuzz::Target;
use std::sync::OnceLock;

static CHOSEN: OnceLock<&'static Target> = OnceLock::new();

fn choose() {
    let name = std::env::var("PLATEN_FUZZ").unwrap_or_default();
    let Some(target) = Target::named(&name) else {
        eprintln!("PLATEN_FUZZ names no target: '{name}'");
        std::process::exit(2);
    };
    // Set once: this runs once.
    let _ = CHOSEN.set(target);
    std::panic::set_hook(Box::new(|panic| {
        // Readers by others may panic: that is caught, and is a damaged document. Ours may not.
        if panic.location().is_none_or(|place| !place.file().contains("registry")) {
            eprintln!("{panic}");
            std::process::abort();
        }
    }));
}

libfuzzer_sys::fuzz_target!(init: choose(), |bytes: &[u8]| {
    if let Some(target) = CHOSEN.get() {
        target.run(bytes);
    }
});
