//! `platen serve`: keeps the engine open and shows the UI to a browser on this machine.
//!
//! Opening the engine takes up every job that a killed process left behind.

use super::interrupted;
use crate::args::Serve;
use crate::door_file::Role;
use crate::doorway::{CallError, Doorway, Inside, keep};
use crate::keeper::{KeepOptions, Keeper};
use crate::output::{Ending, Output};
use platen_model::Fault;
use serde_json::json;
use std::path::Path;

pub(super) async fn run(data: &Path, args: &Serve, output: Output) -> Result<Ending, Fault> {
    let keeper = keep(data, KeepOptions::staying(Role::Serve, args.port, true)).await?;
    let outcome = stay(&keeper, args, output).await;
    keeper.close().await;
    outcome
}

async fn stay(keeper: &Keeper, args: &Serve, output: Output) -> Result<Ending, Fault> {
    // From here on a request to end is heard, so that the folder is given up in order.
    let end = interrupted();
    tokio::pin!(end);
    if args.sim {
        let inside = Inside(keeper.api().clone());
        let params = json!({});
        let started = tokio::select! {
            () = &mut end => return Ok(Ending::Done),
            started = inside.call("world.start", &params) => started,
        };
        if let Err(CallError::Fault(fault)) = started {
            return Err(fault);
        }
    }
    let address = keeper.address();
    output.value(&json!({
        "address": address.to_string(),
        "url": keeper.url(),
        "token": keeper.token().reveal(),
        "port": address.port(),
        "pid": std::process::id(),
    }))?;
    output.say(&format!(
        "Platen is open at\n\n  {}\n\nOpen it in a browser on this machine. End with Ctrl-C.",
        keeper.url()
    ))?;
    end.await;
    Ok(Ending::Done)
}
