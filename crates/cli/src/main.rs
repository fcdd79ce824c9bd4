//! `platen`. Everything is in the library beside it, because the window shares a part of it.

use std::process::ExitCode;

fn main() -> ExitCode {
    platen_cli::main()
}
