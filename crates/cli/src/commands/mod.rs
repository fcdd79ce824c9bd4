//! One file for each group of words. A command is a few calls of the contract and the words around them.

mod bind;
mod call;
mod decode;
mod files;
mod jobs;
mod languages;
mod near;
mod print;
mod printers;
mod profile;
mod render;
mod serve;
mod setup;
mod sim;
mod strip;
mod watch;

use crate::args::{Args, Command};
use crate::doorway::Session;
use crate::keeper::Start;
use crate::output::{Ending, Output};
use crate::place;
use platen_model::Fault;
use std::path::{Path, PathBuf};

/// Runs what the user asked for and says how it ended.
pub(crate) async fn run(args: Args) -> Ending {
    let output = Output::new(args.json);
    ended(choose(args, output).await, output)
}

/// The same for what needs no engine, and so no runtime, which takes longer to start than a receipt to render. `None` for
/// everything else.
pub(crate) fn run_alone(args: &Args) -> Option<Ending> {
    let output = Output::new(args.json);
    let data = args.data.as_deref();
    let outcome = match &args.command {
        Command::Render(args) => render::run(args, data, output),
        Command::Decode(args) => decode::run(args, data, output),
        Command::Models => languages::models(data, output),
        Command::Replay { file, family } => near::replay(file, family.as_deref(), output),
        _ => return None,
    };
    Some(ended(outcome, output))
}

fn ended(outcome: Result<Ending, Fault>, output: Output) -> Ending {
    outcome.unwrap_or_else(|fault| {
        output.fault(&fault);
        Ending::of(&fault)
    })
}

async fn choose(args: Args, output: Output) -> Result<Ending, Fault> {
    // This needs no data folder.
    let command = match args.command {
        Command::Sim(args) => return sim::run(args, output).await,
        other => other,
    };
    let data = data_folder(args.data)?;
    if let Command::Serve(args) = command {
        return serve::run(&data, &args, output).await;
    }
    // Wrong parameters are found before the engine is woken.
    let command = match command {
        Command::Call { method, params } => return call::run(&data, &method, &params, output).await,
        Command::Print(args) => return print::run(&data, args, output).await,
        other => other,
    };
    let start = if matches!(command, Command::Watch { .. }) { Start::All } else { Start::OnDemand };
    let mut session = Session::open(&data, start).await?;
    let outcome = with_session(&mut session, command, output).await;
    session.close().await;
    outcome
}

async fn with_session(session: &mut Session, command: Command, output: Output) -> Result<Ending, Fault> {
    match command {
        Command::Profile(words) => profile::run(session, words, output).await,
        Command::Bind(args) => bind::run(session, args, output).await,
        Command::Printers => printers::list(session, output).await,
        Command::State(args) => printers::state(session, &args.sn, output).await,
        Command::Discover(args) => near::discover(session, &args, output).await,
        Command::Provision(args) => setup::provision(session, &args, output).await,
        Command::Networks(args) => setup::networks(session, &args, output).await,
        Command::Strip(args) => strip::run(session, &args, output).await,
        Command::Gatt { id } => near::gatt(session, &id, output).await,
        Command::Trace(args) => near::trace(session, &args, output).await,
        Command::Control { sn, command } => printers::control(session, &sn, &command, output).await,
        Command::Unbind(args) => printers::unbind(session, &args.sn, output).await,
        Command::Doctor => printers::doctor(session, output).await,
        Command::Watch { sn } => watch::run(session, sn.as_deref(), output).await,
        Command::Jobs { printer, limit } => jobs::list(session, printer.as_deref(), limit, output).await,
        Command::Cancel(args) => jobs::cancel(session, &args.id, output).await,
        Command::Resolve { id, decision } => jobs::resolve(session, &id, decision, output).await,
        Command::Again(args) => jobs::again(session, &args.id, output).await,
        Command::Sim(_)
        // Done by `run_alone`.
        | Command::Render(_)
        | Command::Decode(_)
        | Command::Models
        | Command::Replay { .. }
        | Command::Serve(_)
        | Command::Call { .. }
        | Command::Print(_) => Err(Fault::new("internal", "This word was not handled.", "Report it.")),
    }
}

fn data_folder(given: Option<PathBuf>) -> Result<PathBuf, Fault> {
    let folder = given.or_else(place::default_data).ok_or_else(|| {
        Fault::new("data_folder", "This system does not say where your files are.", "Name a folder with --data DIR.")
    })?;
    absolute(&folder)
}

fn absolute(folder: &Path) -> Result<PathBuf, Fault> {
    std::path::absolute(folder)
        .map_err(|_| Fault::new("data_folder", "The data folder cannot be found.", "Name another one with --data DIR."))
}

/// Resolves when the user or the system asks this process to end. Listens from the call on, not from the first poll, so
/// that no request between the two ends the process out of order. Needs a runtime.
pub fn interrupted() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let asked = {
        use tokio::signal::unix::{SignalKind, signal};
        [SignalKind::interrupt(), SignalKind::terminate()].map(signal)
    };
    async move {
        #[cfg(unix)]
        if let [Ok(mut interrupt), Ok(mut terminate)] = asked {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
        if tokio::signal::ctrl_c().await.is_err() {
            // No way to be asked: run until killed.
            std::future::pending::<()>().await;
        }
    }
}
