//! The words of the command line. Scripts rely on them: they only grow.

use clap::{ArgAction, Args as ClapArgs, Parser, Subcommand, ValueEnum};
use platen_model::Dither;
use std::path::PathBuf;

/// A companion for printers: bind, print, follow.
///
/// Exit codes: 0 done, 1 failed, 2 wrong usage, 3 uncertain (it may be on paper), 4 nothing found.
#[derive(Debug, Parser)]
#[command(name = "platen", version, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Args {
    /// Folder in which Platen keeps its state
    #[arg(long, global = true, env = "PLATEN_DATA", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// One JSON object a line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the simulated world: a cloud platform and two printers that print on paper you can look at
    Sim(Sim),
    /// The platform profile: which cloud, and how
    #[command(subcommand)]
    Profile(Profile),
    /// Bind a printer to this Platen
    Bind(Bind),
    /// Bound printers
    Printers,
    /// Ask the platform about a printer now
    State(Printer),
    /// Events as they happen, until interrupted
    Watch {
        /// Only this printer's
        sn: Option<String>,
    },
    /// Give a printer a command and wait for its answer
    Control {
        /// Serial number
        sn: String,
        /// The command's word, for example `reboot`
        command: String,
    },
    /// Forget a printer and everything about it
    Unbind(Printer),
    /// Print a document and follow it until it is on paper
    Print(Print),
    /// Jobs, newest first
    Jobs {
        /// Only this printer's
        #[arg(long, value_name = "SN")]
        printer: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// Stop a job
    Cancel(Job),
    /// Say what became of an uncertain job
    Resolve {
        /// The job's id
        id: String,
        /// `reprint`: it is not on paper. `done`: it is
        decision: Decision,
    },
    /// Print a job's document once more, as a new job
    Again(Job),
    /// Turn a document into the bytes for a printer, without printing
    Render(Render),
    /// Turn the bytes for a printer into a picture of the paper
    Decode(Decode),
    /// Printer models that Platen knows
    Models,
    /// Open Platen for a browser on this machine; also finishes jobs that were left behind
    Serve(Serve),
    /// Call a method of the contract
    Call {
        /// Its name, for example `jobs.list`
        method: String,
        /// Its parameters
        #[arg(default_value = "{}")]
        params: String,
    },
    /// What works on this machine, what is missing, how to fix it
    Doctor,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Profile {
    /// Use the profile in a file; the certificate that it names lies beside it
    Use {
        /// TOML
        file: PathBuf,
    },
    /// The profile in use
    Show,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Printer {
    /// Serial number
    pub(crate) sn: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Job {
    /// The job's id: 32 hexadecimal digits
    pub(crate) id: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Decision {
    Reprint,
    Done,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Bind {
    /// Serial number
    #[arg(long)]
    pub(crate) sn: String,
    /// The verification code on the printer's paper
    #[arg(long)]
    pub(crate) code: Option<String>,
    /// What you call it
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Its model, see `platen models`
    #[arg(long)]
    pub(crate) model: Option<String>,
}

/// How a document becomes a page.
#[derive(Debug, Default, ClapArgs)]
pub(crate) struct Look {
    /// How grey becomes dots: auto, mixed, threshold, otsu, adaptive, floyd-steinberg, atkinson, jarvis, stucki,
    /// sierra-lite, bayer4, bayer8, clustered, blue-noise
    #[arg(long, value_name = "NAME")]
    pub(crate) dither: Option<Dither>,
    /// 1 to 99
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=99))]
    pub(crate) copies: Option<u8>,
    /// Turn clockwise: 0, 90, 180, 270
    #[arg(long, value_name = "DEG", value_parser = rotation)]
    pub(crate) rotate: Option<u16>,
    /// -100 to 100
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(i8).range(-100..=100))]
    pub(crate) brightness: Option<i8>,
    /// -100 to 100
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(i8).range(-100..=100))]
    pub(crate) contrast: Option<i8>,
    /// Black becomes white
    #[arg(long, action = ArgAction::SetTrue)]
    pub(crate) invert: bool,
    /// What the cutter does after each copy
    #[arg(long)]
    pub(crate) cut: Option<CutWord>,
    /// Paper moved on after each copy, in millimetres
    #[arg(long, value_name = "MM", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) feed: Option<u8>,
    /// Height of a line of plain text, in dots at 203 dpi
    #[arg(long, value_name = "DOTS", value_parser = clap::value_parser!(u8).range(12..=96))]
    pub(crate) text_size: Option<u8>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum CutWord {
    None,
    Partial,
    Full,
}

fn rotation(text: &str) -> Result<u16, String> {
    let degrees: u16 = text.parse().map_err(|_| "not a number of degrees".to_owned())?;
    platen_model::Rotation::try_from(degrees).map(u16::from)
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Print {
    /// The document; `-` reads standard input
    pub(crate) file: PathBuf,
    /// Serial number of the printer
    #[arg(long, value_name = "SN")]
    pub(crate) printer: String,
    /// Page width; the printer's own when left out
    #[arg(long, value_name = "DOTS", value_parser = clap::value_parser!(u32).range(8..=4096))]
    pub(crate) width: Option<u32>,
    #[command(flatten)]
    pub(crate) look: Look,
    /// Your own reference: the same one twice within 7 days is the same job
    #[arg(long = "ref", value_name = "REF")]
    pub(crate) reference: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Render {
    /// The document; `-` reads standard input
    pub(crate) file: PathBuf,
    /// Page width
    #[arg(long, value_name = "DOTS", value_parser = clap::value_parser!(u32).range(8..=4096))]
    pub(crate) width: u32,
    /// The printer's language
    #[arg(long, default_value = "escpos")]
    pub(crate) lang: String,
    #[command(flatten)]
    pub(crate) look: Look,
    /// Where the bytes go
    #[arg(short, long, value_name = "OUT.prn")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Decode {
    /// Bytes for a printer; `-` reads standard input
    pub(crate) file: PathBuf,
    /// The printer's language
    #[arg(long, default_value = "escpos")]
    pub(crate) lang: String,
    /// Where the picture goes; further pages get `-2`, `-3`, … before the extension
    #[arg(short, long, value_name = "OUT.png")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Serve {
    /// Port on this machine's own address; a free one when left out
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// With the simulated world: two printers to try
    #[arg(long)]
    pub(crate) sim: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Sim {
    /// Where its state and paper go
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Port of the platform's HTTP interface; a free one when left out
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) http: u16,
    /// Port of its own message broker; a free one when left out
    #[arg(long, value_name = "PORT", default_value_t = 0, conflicts_with = "broker")]
    pub(crate) mqtt: u16,
    /// Use this broker, `mqtt://host:port`, in place of its own
    #[arg(long, value_name = "URL")]
    pub(crate) broker: Option<String>,
    /// Chance that can be repeated
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// How many times faster than life
    #[arg(long, value_name = "X")]
    pub(crate) speed: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_words_are_consistent_and_global_flags_go_anywhere() {
        Args::command().debug_assert();
        let args =
            Args::parse_from(["platen", "print", "a.png", "--printer", "S", "--ref", "R", "--json", "--data", "/x"]);
        assert!(args.json && args.data.is_some());
        assert!(Args::try_parse_from(["platen", "print", "a.png"]).is_err());
        assert!(Args::try_parse_from(["platen", "print", "a", "--printer", "S", "--rotate", "45"]).is_err());
        assert!(Args::try_parse_from(["platen", "resolve", "x", "maybe"]).is_err());
        assert!(Args::try_parse_from(["platen", "print", "a", "--printer", "S", "--brightness", "-20"]).is_ok());
    }
}
