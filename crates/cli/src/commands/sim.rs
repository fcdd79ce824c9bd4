//! `platen sim`: the simulated world on its own, for scripts and for whoever wants to look at the other side.
//!
//! The first line tells everything (see `platen_sim::Hello`) and the path of a profile file that reaches this world.
//! Then each change of a printer is a line. Lines `SN act` on standard input do something to a printer.
//!
//! Devices that have no part in the cloud stand beside it when they are asked for; see [`beside`].

mod beside;

use super::interrupted;
use crate::args::Sim;
use crate::output::{Ending, Output, table};
use beside::Beside;
use platen_model::Fault;
use platen_sim::{MqttChoice, PrinterState, World, WorldOptions};
use serde_json::{Value, json};
use std::path::Path;
use tokio::io::{AsyncBufReadExt, BufReader};

pub(super) async fn run(args: Sim, output: Output) -> Result<Ending, Fault> {
    let mut options = WorldOptions::new(super::absolute(&args.dir)?);
    options.http_port = args.http;
    options.mqtt = match args.broker {
        Some(url) => MqttChoice::Broker(url),
        None => MqttChoice::Embedded { port: args.mqtt },
    };
    options.seed = args.seed.unwrap_or(options.seed);
    options.office = args.office;
    options.speed = args.speed.unwrap_or(options.speed);
    let profile = options.dir.join("profile.toml");
    let paper = options.dir.join("bluetooth");
    let world = World::start(options).await.map_err(|error| {
        tracing::error!(%error, "the world does not start");
        error.fault()
    })?;
    let outcome = match Beside::start(&paper, &args.beside, world.arrivals()).await {
        Ok(beside) => {
            let outcome = stay(&world, &profile, &beside.fields(), output).await;
            beside.stop().await;
            outcome
        }
        Err(fault) => Err(fault),
    };
    world.stop().await;
    outcome
}

async fn stay(world: &World, profile: &Path, beside: &[(&str, String)], output: Output) -> Result<Ending, Fault> {
    let end = interrupted();
    tokio::pin!(end);
    let hello = world.hello();
    super::files::write(profile, hello.profile.as_bytes())?;
    let mut line = serde_json::to_value(hello).unwrap_or(Value::Null);
    if let Some(fields) = line.as_object_mut() {
        fields.insert("profileFile".to_owned(), profile.to_string_lossy().into());
        fields.insert("pid".to_owned(), std::process::id().into());
        fields.extend(beside.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())));
    }
    output.value(&line)?;
    let rows: Vec<_> = hello
        .printers
        .iter()
        .map(|printer| vec![printer.sn.clone(), printer.name.clone(), printer.code.clone().unwrap_or_default()])
        .collect();
    output.say(&format!(
        "The simulated world runs.\n\n  platform  {}\n  broker    {}\n  paper     {}\n{}\n{}\n\nUse it: platen profile use {}\nEnd with Ctrl-C.",
        hello.http,
        hello.mqtt,
        hello.paper.display(),
        beside::words(beside),
        table(&["SN", "NAME", "CODE"], &rows),
        profile.display()
    ))?;

    let mut changed = world.changed();
    let mut known = world.printers();
    let mut input = Some(BufReader::new(tokio::io::stdin()).lines());
    loop {
        tokio::select! {
            () = &mut end => return Ok(Ending::Done),
            alive = changed.changed() => {
                if alive.is_err() {
                    return Ok(Ending::Failed);
                }
                known = tell(world, known, output)?;
            }
            words = next_line(&mut input) => {
                if let Err(error) = world.command(&words) {
                    output.fault(&error.fault());
                }
            }
        }
    }
}

/// The next line of standard input; waits for ever once it has ended.
async fn next_line(input: &mut Option<tokio::io::Lines<BufReader<tokio::io::Stdin>>>) -> String {
    if let Some(lines) = input {
        while let Ok(Some(line)) = lines.next_line().await {
            if !line.trim().is_empty() {
                return line;
            }
        }
    }
    *input = None;
    std::future::pending().await
}

fn tell(world: &World, known: Vec<PrinterState>, output: Output) -> Result<Vec<PrinterState>, Fault> {
    let now = world.printers();
    for printer in &now {
        // A printer that has just joined a network comes on line late.
        let before = known.iter().find(|known| known.printer.sn == printer.printer.sn);
        if before == Some(printer) {
            continue;
        }
        output.value(&json!({ "printer": printer }))?;
        if before.is_none() {
            output.say(&format!("{}  is on the network: {}", printer.printer.sn, printer.printer.name))?;
        }
        if printer.sheets > before.map_or(0, |before| before.sheets) {
            output.say(&format!("{}  {} sheets", printer.printer.sn, printer.sheets))?;
        }
        if before.is_none_or(|before| printer.printed_code != before.printed_code)
            && let Some(code) = &printer.printed_code
        {
            output.say(&format!("{}  printed the code {code}", printer.printer.sn))?;
        }
    }
    Ok(now)
}
