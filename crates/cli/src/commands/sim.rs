//! `platen sim`: the simulated world on its own, for scripts and for whoever wants to look at the other side.
//!
//! The first line tells everything (see `platen_sim::Hello`) and the path of a profile file that reaches this world.
//! Then each change of a printer is a line. Lines `SN act` on standard input do something to a printer.
//!
//! With `--bluez` there are Bluetooth devices too: whoever has the printed address as `DBUS_SYSTEM_BUS_ADDRESS` finds
//! them as if through the system's own service.

use super::interrupted;
use crate::args::Sim;
use crate::output::{Ending, Output, table};
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
    let bluez = if args.bluez { Some(Bluetooth::start(&options.dir.join("bluetooth")).await?) } else { None };
    let world = World::start(options).await.map_err(|error| {
        tracing::error!(%error, "the world does not start");
        error.fault()
    })?;
    let address = bluez.as_ref().map(Bluetooth::address);
    let outcome = stay(&world, &profile, address, output).await;
    world.stop().await;
    if let Some(bluez) = bluez {
        bluez.stop().await;
    }
    outcome
}

/// The simulated air behind a private bus.
#[cfg(target_os = "linux")]
struct Bluetooth(platen_sim::air::Bluez);

#[cfg(target_os = "linux")]
impl Bluetooth {
    async fn start(paper: &Path) -> Result<Self, Fault> {
        let air = platen_sim::air::Air::new();
        for (address, device) in platen_sim::air::standard(paper).map_err(|error| error.fault())? {
            air.put(address, device);
        }
        let started = platen_sim::air::Bluez::start(air).await;
        started.map(Self).map_err(|error| {
            tracing::error!(%error, "the simulated Bluetooth does not start");
            error.fault()
        })
    }

    fn address(&self) -> &str {
        self.0.address()
    }

    async fn stop(self) {
        self.0.stop().await;
    }
}

/// Elsewhere nothing speaks BlueZ.
#[cfg(not(target_os = "linux"))]
struct Bluetooth;

#[cfg(not(target_os = "linux"))]
impl Bluetooth {
    async fn start(_: &Path) -> Result<Self, Fault> {
        Err(Fault::new("bluez_unavailable", "BlueZ exists on Linux only.", "Leave out --bluez."))
    }

    fn address(&self) -> &str {
        ""
    }

    async fn stop(self) {}
}

async fn stay(world: &World, profile: &Path, bluez: Option<&str>, output: Output) -> Result<Ending, Fault> {
    let end = interrupted();
    tokio::pin!(end);
    let hello = world.hello();
    super::files::write(profile, hello.profile.as_bytes())?;
    let mut line = serde_json::to_value(hello).unwrap_or(Value::Null);
    if let Some(fields) = line.as_object_mut() {
        fields.insert("profileFile".to_owned(), profile.to_string_lossy().into());
        fields.insert("pid".to_owned(), std::process::id().into());
        if let Some(address) = bluez {
            fields.insert("bluez".to_owned(), address.into());
        }
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
        bluez.map(|address| format!("  bluetooth DBUS_SYSTEM_BUS_ADDRESS={address}\n")).unwrap_or_default(),
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
    for (printer, before) in now.iter().zip(&known) {
        if printer == before {
            continue;
        }
        output.value(&json!({ "printer": printer }))?;
        if printer.sheets > before.sheets {
            output.say(&format!("{}  {} sheets", printer.printer.sn, printer.sheets))?;
        }
        if printer.printed_code != before.printed_code
            && let Some(code) = &printer.printed_code
        {
            output.say(&format!("{}  printed the code {code}", printer.printer.sn))?;
        }
    }
    Ok(now)
}
