//! The words about devices that are near: finding them, giving them Wi-Fi, recording what they say.

use clap::{Args as ClapArgs, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, ClapArgs)]
pub(crate) struct Discover {
    /// Where to look
    #[arg(long, value_delimiter = ',', default_values = ["ble", "usb"])]
    pub(crate) channels: Vec<ChannelWord>,
    /// How long
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=3600))]
    pub(crate) seconds: u16,
}

impl Discover {
    /// Whether devices of this channel are wanted.
    pub(crate) fn wants(&self, channel: &str) -> bool {
        self.channels.iter().any(|word| word.name() == channel)
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ChannelWord {
    Ble,
    Usb,
}

impl ChannelWord {
    const fn name(self) -> &'static str {
        match self {
            Self::Ble => "ble",
            Self::Usb => "usb",
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Provision {
    /// As `discover` names it; `softap:[ADDRESS[:PORT]]` when this computer has joined the printer's own network
    pub(crate) id: String,
    /// The network's name
    #[arg(long, value_name = "S")]
    pub(crate) ssid: String,
    /// Read the network's password from standard input, one line; without, the network is an open one
    #[arg(long)]
    pub(crate) password_stdin: bool,
    #[command(flatten)]
    pub(crate) proof: Proof,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Networks {
    /// As `discover` names it; `softap:[ADDRESS[:PORT]]` when this computer has joined the printer's own network
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) proof: Proof,
}

/// That the printer is ours.
#[derive(ClapArgs)]
pub(crate) struct Proof {
    /// The code on the printer's label
    #[arg(long, value_name = "CODE")]
    pub(crate) pop: Option<String>,
    /// The text of the QR code on its label
    #[arg(long, value_name = "TEXT", conflicts_with = "pop")]
    pub(crate) qr: Option<String>,
}

/// Codes are not shown.
impl std::fmt::Debug for Proof {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Proof(pop: {}, qr: {})", self.pop.is_some(), self.qr.is_some())
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Strip {
    /// As `discover` names it
    pub(crate) id: String,
    /// Answers, a word a line: `bars` or `none`, how many bars are whole, `black` or `white`; `again` prints once more. `-`
    /// reads standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) answers: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Trace {
    /// As `discover` names it, or a serial number
    pub(crate) id: String,
    /// Where the recording goes
    #[arg(short, long, value_name = "FILE.case")]
    pub(crate) output: PathBuf,
    /// How long
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=3600))]
    pub(crate) seconds: u16,
}
