//! Why a world does not start or does not do what it is asked.

use platen_model::{Fault, Retry};
use std::io;

/// An error of the simulated world.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// Its folder cannot be read or written.
    #[error("the folder of the simulated world cannot be used: {0}")]
    Folder(#[source] io::Error),
    /// What it kept in its folder cannot be understood.
    #[error("what the simulated world kept cannot be read: {0}")]
    Record(#[source] serde_json::Error),
    /// A port is taken.
    #[error("port {port} cannot be used: {error}")]
    Port {
        /// Which.
        port: u16,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// The system has no line for a printer on a cable.
    #[error("no line for a printer on a cable: {0}")]
    Line(#[source] io::Error),
    /// The address of a real broker is not `mqtt://host:port`.
    #[error("'{0}' is not an address of the form mqtt://host:port")]
    BrokerAddress(String),
    /// A real broker does not answer.
    #[error("the broker at {0} did not answer")]
    BrokerUnreachable(String),
    /// No such printer in this world.
    #[error("there is no simulated printer {0}")]
    NoPrinter(String),
    /// No such sheet.
    #[error("this sheet is not there")]
    NoSheet,
    /// A word that is no act.
    #[error("'{0}' is not something to do to a printer")]
    NoAct(String),
    /// A topic that nobody may publish under.
    #[error("the topic cannot be published under")]
    Topic,
    /// Something that only the embedded broker can do.
    #[error("only the embedded broker can do that")]
    NotEmbedded,
}

impl WorldError {
    /// How this is told at the edge.
    pub fn fault(&self) -> Fault {
        let (code, message, remedy) = match self {
            Self::Folder(_) => (
                "world_folder",
                "The folder of the simulated world cannot be used.",
                "Choose another folder, or free some space.",
            ),
            Self::Record(_) => {
                ("world_record", "What the simulated world kept cannot be read.", "Start it with an empty folder.")
            }
            Self::Port { .. } => {
                ("world_port", "A port of the simulated world is taken.", "Choose another port, or 0 for any.")
            }
            Self::Line(_) => (
                "world_line",
                "The system has no line for a simulated printer on a cable.",
                "Leave the cable out, or close other terminals.",
            ),
            Self::BrokerAddress(_) => (
                "world_broker_address",
                "The address of the broker is not of the form mqtt://host:port.",
                "Correct the address.",
            ),
            Self::BrokerUnreachable(_) => {
                ("world_broker_unreachable", "The broker did not answer.", "Start the broker, or leave it out.")
            }
            Self::NoPrinter(_) => {
                ("printer_unknown", "There is no such simulated printer.", "Choose one of the world's printers.")
            }
            Self::NoSheet => ("sheet_unknown", "This sheet is not there.", "Look at the list of sheets again."),
            Self::NoAct(_) => (
                "act_unknown",
                "That cannot be done to a simulated printer.",
                "Use paper-out, load-paper, overheat, cool-down, battery-empty, charge-battery, go-offline, come-online or stop-print.",
            ),
            Self::Topic => ("topic_invalid", "The topic cannot be published under.", "Leave out wildcards and NUL."),
            Self::NotEmbedded => {
                ("world_broker_foreign", "Only the embedded broker can do that.", "Start without a broker address.")
            }
        };
        let retry = match self {
            Self::Port { .. } | Self::BrokerUnreachable(_) | Self::Folder(_) => Retry::AfterRemedy,
            _ => Retry::No,
        };
        Fault::new(code, message, remedy).with_retry(retry)
    }
}
