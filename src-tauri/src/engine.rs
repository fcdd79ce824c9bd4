//! The engine behind the window: opened once, told of to the page, closed in order.

use crate::{MAIN, Options};
use platen_api::{Api, Caller};
use platen_cli::door_file::Role;
use platen_cli::doorway::keep;
use platen_cli::keeper::{KeepOptions, Keeper};
use platen_model::{Fault, Retry};
use tauri::{AppHandle, Emitter};
use tokio::sync::Mutex;

enum Standing {
    Closed,
    Open(Keeper),
    Ended,
}

/// The window's engine. While another program keeps the folder, every call answers with that fault, and the next one
/// looks again: so the page recovers by itself once the other program has ended.
pub(crate) struct WindowEngine {
    app: AppHandle,
    options: Options,
    standing: Mutex<Standing>,
}

impl WindowEngine {
    pub(crate) fn new(app: AppHandle, options: Options) -> Self {
        Self { app, options, standing: Mutex::new(Standing::Closed) }
    }

    /// The contract; opens the engine when it is not open yet.
    pub(crate) async fn api(&self) -> Result<Api, Fault> {
        let mut standing = self.standing.lock().await;
        match &*standing {
            Standing::Open(keeper) => return Ok(keeper.api().clone()),
            Standing::Ended => {
                return Err(Fault::new("closing", "Platen is ending.", "Open it again.").with_retry(Retry::Later));
            }
            Standing::Closed => {}
        }
        let keeper = keep(&self.options.data, KeepOptions::staying(Role::Window, 0, false)).await?;
        let api = keeper.api().clone();
        *standing = Standing::Open(keeper);
        drop(standing);
        tauri::async_runtime::spawn(tell(self.app.clone(), api.clone()));
        if self.options.sim
            && let Err(fault) = api.dispatch(&Caller::owner(), "world.start", serde_json::json!({})).await
        {
            // The page shows the world as it is; the rest of Platen works without it.
            tracing::error!(code = %fault.code, "the simulated world does not start: {}", fault.message);
        }
        Ok(api)
    }

    /// Gives the folder up.
    pub(crate) async fn close(&self) {
        let standing = std::mem::replace(&mut *self.standing.lock().await, Standing::Ended);
        if let Standing::Open(keeper) = standing {
            keeper.close().await;
        }
    }
}

/// Tells the page every event. When this side was too slow, it goes on from now: the page sees the gap in the numbers
/// and takes a new snapshot.
async fn tell(app: AppHandle, api: Api) {
    loop {
        let mut events = match api.events(None) {
            Ok(events) => events,
            Err(fault) => {
                tracing::error!(code = %fault.code, "no events");
                return;
            }
        };
        let mut heard = false;
        while let Some(event) = events.next().await {
            heard = true;
            if let Err(error) = app.emit_to(MAIN, "platen", &event) {
                tracing::warn!(%error, "an event did not reach the page");
            }
        }
        if !heard {
            // The engine has ended.
            return;
        }
    }
}
