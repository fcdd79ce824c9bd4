//! The window: one page, one command (`call`), one event channel (`platen`). No business logic.
//!
//! Source: promise UP-2 (no remote origin, a strict content security policy, one permission of our own) and the rule
//! that a data folder has one engine. The window keeps the folder like `platen serve` does, with a door for the command
//! line, but without the UI on that door. When another program keeps the folder, the window says so, and takes over
//! once that program has ended.
//!
//! Deliberately absent: deep links, tray and updates, which come with their own issues.
#![forbid(unsafe_code)]

mod calls;
mod engine;
mod options;

pub use options::Options;

use engine::WindowEngine;
use std::process::ExitCode;
use tauri::{Manager, RunEvent, WebviewUrl, WebviewWindowBuilder};

/// The page's only window, as the capability names it.
const MAIN: &str = "main";

/// Opens the window and returns when it was closed.
pub fn run(options: Options) -> ExitCode {
    platen_cli::start_log();
    let built = tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![calls::call])
        .setup(move |app| {
            app.manage(WindowEngine::new(app.handle().clone(), options));
            // The engine opens while the page loads; whichever is first waits for the other.
            let handle = app.handle().clone();
            tauri::async_runtime::spawn(async move {
                if let Err(fault) = handle.state::<WindowEngine>().api().await {
                    tracing::warn!(code = %fault.code, "the engine does not open");
                }
            });
            end_on_request(app.handle().clone());
            WebviewWindowBuilder::new(app, MAIN, WebviewUrl::default())
                .title(app.package_info().name.clone())
                .inner_size(1080.0, 760.0)
                .min_inner_size(360.0, 560.0)
                // The page takes dropped files itself.
                .disable_drag_drop_handler()
                .build()?;
            Ok(())
        })
        .build(tauri::generate_context!());
    let app = match built {
        Ok(app) => app,
        Err(error) => {
            eprintln!("The window cannot open: {error}. On a machine without a display use: platen serve");
            return ExitCode::FAILURE;
        }
    };
    app.run(|app, event| {
        if let RunEvent::Exit = event {
            tauri::async_runtime::block_on(app.state::<WindowEngine>().close());
        }
    });
    ExitCode::SUCCESS
}

/// A request of the system to end closes the window in order, so that the folder is given up.
fn end_on_request(app: tauri::AppHandle) {
    tauri::async_runtime::spawn(async move {
        platen_cli::interrupted().await;
        app.exit(0);
    });
}
