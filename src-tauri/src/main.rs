//! The window as a program.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    // This program is its own renderer, in a child process.
    if std::env::args_os().nth(1).is_some_and(|word| word == platen_api::CHILD_COMMAND) {
        return ExitCode::from(u8::try_from(platen_api::child_main()).unwrap_or(1));
    }
    match platen_window::Options::from_environment() {
        Ok(options) => platen_window::run(options),
        Err(text) => {
            eprintln!("{text}");
            ExitCode::from(2)
        }
    }
}
