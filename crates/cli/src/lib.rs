//! `platen` on the command line, and what it shares with the window: keeping a data folder ([`keeper`]), the file that
//! leads to its door ([`door_file`]), and the simulated world behind the contract's port ([`world`]).
//!
//! A command opens the engine itself, or uses the door of the program that has it open ([`doorway`]): so any number of
//! `platen` processes work on one data folder, and each sees the same JSON. When the program with the engine goes away,
//! one of the others takes over.
//!
//! Deliberately absent: any decision about printing. `render` and `decode` call the pure crates directly, see
//! `docs/decisions/0008-cli-renders-without-engine.md`.
#![forbid(unsafe_code)]

mod args;
mod commands;
pub mod door_file;
pub mod doorway;
pub mod keeper;
mod output;
pub mod place;
pub mod world;

pub use commands::interrupted;

use clap::Parser;
use std::process::ExitCode;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    // Before anything else: the renderer's child must hold nothing but its limits and its task.
    if std::env::args_os().nth(1).is_some_and(|word| word == platen_api::CHILD_COMMAND) {
        return ExitCode::from(u8::try_from(platen_api::child_main()).unwrap_or(1));
    }
    quiet_about_documents();
    let args = args::Args::parse();
    start_log();
    if let Some(ending) = commands::run_alone(&args) {
        return ending.into();
    }
    // Fails only when a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("platen cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let ending = runtime.block_on(commands::run(args));
    // A read of the terminal cannot be called back; it must not hold up the end.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    ending.into()
}

/// A reader that gives up over a document is told as a damaged document, and says nothing of its own.
fn quiet_about_documents() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !platen_render::is_reading() {
            usual(panic);
        }
    }));
}

/// Diagnostics go to stderr, and only when `PLATEN_LOG` asks for them.
pub fn start_log() {
    let Ok(filter) = std::env::var("PLATEN_LOG") else {
        return;
    };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(false);
    if let Err(error) = subscriber.try_init() {
        eprintln!("no diagnostics: {error}");
    }
}
