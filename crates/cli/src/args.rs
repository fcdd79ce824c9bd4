//! The words of the command line. Scripts rely on them: they only grow.

mod near;

pub(crate) use near::{Discover, Networks, Proof, Provision, Strip, Trace};

use clap::{ArgAction, Args as ClapArgs, Parser, Subcommand, ValueEnum};
use platen_model::options::tenths;
use platen_model::{Crop, Dither, PageOptions, PageRanges, Paper};
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
    /// Ask a printer how it is: through the platform, or over Bluetooth
    State(Printer),
    /// What is near: Bluetooth, and cables
    Discover(Discover),
    /// Give a printer its Wi-Fi: over Bluetooth, by cable, or through its own network
    Provision(Provision),
    /// The networks that a printer sees
    Networks(Networks),
    /// Find out with a test strip how an unknown Bluetooth printer is printed to, and add it
    Strip(Strip),
    /// The attribute table of a Bluetooth device
    Gatt {
        /// As `discover` names it, or a serial number
        id: String,
    },
    /// Record what goes over a Bluetooth link
    Trace(Trace),
    /// What a recording means: each frame named, and the paper that it makes
    Replay {
        /// A `.case` file; `-` reads standard input
        file: PathBuf,
        /// The language by which it is read, when the file does not say or is wrong
        #[arg(long)]
        family: Option<String>,
    },
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
#[allow(clippy::struct_excessive_bools)] // each is a flag that the user wrote or did not
#[derive(Debug, Default, ClapArgs)]
pub(crate) struct Look {
    /// How grey becomes dots: auto, mixed, threshold, otsu, adaptive, floyd-steinberg, atkinson, jarvis, stucki,
    /// sierra-lite, bayer4, bayer8, clustered, blue-noise
    #[arg(long, value_name = "NAME")]
    pub(crate) dither: Option<Dither>,
    /// Size of the sheet or label in millimetres, for example 58x100; a roll when left out
    #[arg(long, value_name = "WxH")]
    pub(crate) paper: Option<Paper>,
    /// White edge on all sides, in millimetres
    #[arg(long, value_name = "MM", value_parser = millimetres)]
    pub(crate) margin: Option<u16>,
    /// Which way up the paper is used
    #[arg(long)]
    pub(crate) orientation: Option<OrientationWord>,
    /// Which pages, in the order of the list: 1-3,5,9-
    #[arg(long, value_name = "LIST")]
    pub(crate) pages: Option<PageRanges>,
    /// Pages of the document on one page of paper: 1, 2, 4, 6, 8, 9, 16
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=16))]
    pub(crate) nup: Option<u8>,
    /// How a page is scaled to its place
    #[arg(long)]
    pub(crate) fit: Option<FitWord>,
    /// The part of each page that is printed: left, top, width, height in percent
    #[arg(long, value_name = "X,Y,W,H", value_parser = crop)]
    pub(crate) crop: Option<Crop>,
    /// Printing on both sides, where the printer's language can say it
    #[arg(long)]
    pub(crate) duplex: Option<DuplexWord>,
    /// 1 to 99
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=99))]
    pub(crate) copies: Option<u8>,
    /// Copies of the whole document one after another; this is how it is
    #[arg(long, conflicts_with = "no_collate")]
    pub(crate) collate: bool,
    /// Copies of each page one after another
    #[arg(long)]
    pub(crate) no_collate: bool,
    /// Turn clockwise: 0, 90, 180, 270
    #[arg(long, value_name = "DEG", value_parser = rotation)]
    pub(crate) rotate: Option<u16>,
    /// -100 to 100
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(i8).range(-100..=100))]
    pub(crate) brightness: Option<i8>,
    /// -100 to 100
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(i8).range(-100..=100))]
    pub(crate) contrast: Option<i8>,
    /// Below 1 the middle tones become darker, above lighter: 0.2 to 5
    #[arg(long, value_name = "X", value_parser = hundredths)]
    pub(crate) gamma: Option<u16>,
    /// How much edges are raised, 0 to 100
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) sharpness: Option<u8>,
    /// The darkest tone becomes black and the lightest white
    #[arg(long)]
    pub(crate) auto_levels: bool,
    /// With `--dither threshold`: darker than this is black, 1 to 255
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=255))]
    pub(crate) threshold: Option<u8>,
    /// Bits of grey a dot, for printers that can burn tones: 1, 2, 4, 8
    #[arg(long, value_name = "BITS", value_parser = clap::value_parser!(u8).range(1..=8))]
    pub(crate) gray: Option<u8>,
    /// In colour, for printers that have it
    #[arg(long, visible_alias = "color", action = ArgAction::SetTrue, conflicts_with = "gray")]
    pub(crate) colour: bool,
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

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum OrientationWord {
    Auto,
    Portrait,
    Landscape,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FitWord {
    Fit,
    Fill,
    Actual,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum DuplexWord {
    Off,
    LongEdge,
    ShortEdge,
}

fn millimetres(text: &str) -> Result<u16, String> {
    let tenths = tenths(text.trim_end_matches("mm")).filter(|tenths| *tenths <= 500);
    tenths.ok_or_else(|| "not a number of millimetres from 0 to 50, with one decimal at most".to_owned())
}

fn hundredths(text: &str) -> Result<u16, String> {
    parse_hundredths(text)
        .filter(|value| (20..=500).contains(value))
        .ok_or_else(|| "not a number from 0.2 to 5".to_owned())
}

/// A number with two decimals at most, as hundredths.
fn parse_hundredths(text: &str) -> Option<u16> {
    let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 2 {
        return None;
    }
    let part: u16 = format!("{part:0<2}").parse().ok()?;
    whole.parse::<u16>().ok()?.checked_mul(100)?.checked_add(part)
}

fn crop(text: &str) -> Result<Crop, String> {
    let numbers: Option<Vec<u16>> = text.split(',').map(parse_hundredths).collect();
    match numbers.as_deref() {
        Some(&[left, top, width, height]) => Some(Crop { left, top, width, height }).filter(Crop::is_sound),
        _ => None,
    }
    .ok_or_else(|| "not a part of the page; write left,top,width,height in percent, for example 0,0,50,100".to_owned())
}

fn rotation(text: &str) -> Result<u16, String> {
    let degrees: u16 = text.parse().map_err(|_| "not a number of degrees".to_owned())?;
    platen_model::Rotation::try_from(degrees).map(u16::from)
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Print {
    /// The document; `-` reads standard input
    pub(crate) file: PathBuf,
    /// Serial number of the printer, or a device that is near as `discover` names it
    #[arg(long, value_name = "ID")]
    pub(crate) printer: String,
    /// The language of a device that is near and not recognised, for example escpos
    #[arg(long, value_name = "NAME")]
    pub(crate) family: Option<String>,
    /// Page width; the printer's own when left out
    #[arg(long, value_name = "DOTS", value_parser = clap::value_parser!(u32).range(8..=i64::from(PageOptions::MAX_WIDTH)))]
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
    /// The printer's model, see `platen models`: its width, its dots per inch and its language
    #[arg(long, conflicts_with_all = ["width", "dpi"])]
    pub(crate) model: Option<String>,
    /// Page width; that of the language's usual model when left out
    #[arg(long, value_name = "DOTS", value_parser = clap::value_parser!(u32).range(8..=i64::from(PageOptions::MAX_WIDTH)))]
    pub(crate) width: Option<u32>,
    /// Dots per inch
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(50..=1200))]
    pub(crate) dpi: Option<u32>,
    /// The printer's language: escpos, escpos-graphics, escpos-column, tspl, cpcl, zpl, epl, cat, cat-prefixed, cat-v5g,
    /// cat-v5x, pwg, pbm, png; the model's, or escpos, when left out
    #[arg(long)]
    pub(crate) lang: Option<String>,
    #[command(flatten)]
    pub(crate) look: Look,
    /// Packed as for the cloud
    #[arg(long)]
    pub(crate) gzip: bool,
    /// The first line of standard input opens the document
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Where the bytes go; `-` is standard output
    #[arg(short, long, value_name = "OUT.prn")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Decode {
    /// Bytes for a printer, packed or not; `-` reads standard input
    pub(crate) file: PathBuf,
    /// The printer's language; the model's, or escpos, when left out
    #[arg(long)]
    pub(crate) lang: Option<String>,
    /// The printer's model: says what the bytes themselves do not
    #[arg(long)]
    pub(crate) model: Option<String>,
    /// Where the picture goes; several pages get `-1`, `-2`, … before the extension
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

/// Simulated devices beside the cloud.
#[derive(Debug, ClapArgs)]
pub(crate) struct Beside {
    /// Simulate Bluetooth too, as BlueZ on a private D-Bus (Linux)
    #[arg(long)]
    pub(crate) bluez: bool,
    /// An unboxed printer on a cable too; the path of its port is for PLATEN_SERIAL_PORTS (Linux)
    #[arg(long)]
    pub(crate) serial: bool,
    /// An unboxed printer with its own network too, as if this computer had joined it
    #[arg(long)]
    pub(crate) softap: bool,
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
    #[command(flatten)]
    pub(crate) beside: Beside,
    /// A third printer: sheets of A4, both sides, levels of grey
    #[arg(long)]
    pub(crate) office: bool,
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
        for wrong in [
            "--paper 58",
            "--margin 51",
            "--margin x",
            "--orientation up",
            "--pages 0",
            "--nup 17",
            "--fit x",
            "--crop 0,0,50",
            "--crop 60,0,50,100",
            "--gamma 0.1",
            "--gamma 1.234",
            "--gray 9",
            "--gray 8 --colour",
            "--collate --no-collate",
            "--model m --width 384",
        ] {
            let words = ["platen", "render", "a", "-o", "b"].into_iter().chain(wrong.split(' '));
            assert!(Args::try_parse_from(words).is_err(), "{wrong}");
        }
        assert_eq!(crop("0,12.5,50,87.5").unwrap(), Crop { left: 0, top: 1250, width: 5000, height: 8750 });
        assert_eq!((hundredths("1"), hundredths("2.2"), millimetres("2.5mm")), (Ok(100), Ok(220), Ok(25)));
    }
}
