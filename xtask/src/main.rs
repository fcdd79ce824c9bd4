//! `cargo xtask gen | check-deps`: what keeps generated files and arrows true.

mod check_deps;
mod generate;

use std::process::ExitCode;

fn main() -> ExitCode {
    let task = std::env::args().nth(1).unwrap_or_default();
    let result = match task.as_str() {
        "gen" => generate::contract(),
        "check-deps" => check_deps::run(),
        other => Err(format!("unknown task '{other}'; one of gen, check-deps")),
    };
    match result {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}
