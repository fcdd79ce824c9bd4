//! How a family talks over a Bluetooth link that answers: printing with flow control until the printer has said that it
//! is done, asking how it is, and naming each frame for a technician.
//!
//! Source: section 2.0 of the family facts. A dialogue is a [`Machine`]: it cuts what it sends to the link's payload,
//! keeps the pace, obeys pause and resume, and ends only by the printer's own word or by a stated quiet time. The bytes
//! are those of [`crate::Family::encode`], so preview, paper and cloud are one.
//!
//! ```text
//!   Seen ──recognise──▶ Candidates ──connect──▶ Tree ──route──▶ LinkFacts ──print──▶ PrintDialogue
//! ```
//!
//! Deliberately absent: connecting, retries after a lost link (the engine's, by the rules of job durability), clocks.

pub mod courier;
pub(crate) mod dialogue;
pub mod facts;
pub mod recognise;
pub mod route;
pub mod strip;

pub use courier::Courier;
pub use facts::{Ble, NamePattern};
pub use recognise::{Recognition, recognise};

use crate::catalogue::Model;
use crate::family::Command;
use platen_model::gatt::{Properties, Tree, Uuid};
use platen_model::{At, Fault, Machine};
use serde::{Deserialize, Serialize};

/// Where a family's bytes go and come from on a device: what [`Talk::route`] found in its attribute table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Route {
    /// Takes commands, and rasters where there is no `bulk`.
    pub write: At,
    /// What `write` can do.
    pub properties: Properties,
    /// Tells answers and flow control; absent on printers that are silent.
    pub notify: Option<At>,
    /// Takes rasters only.
    pub bulk: Option<At>,
}

/// A link as a dialogue sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkFacts {
    /// Where bytes go.
    pub route: Route,
    /// The most bytes that one write without response takes: MTU − 3, 20 when nobody knows.
    pub payload: usize,
}

/// How bytes are put on the air: a row's data, because nothing on the wire tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(serialize = "camelCase"), deny_unknown_fields)]
pub struct WritePlan {
    /// Whether each write waits for the device's response.
    #[serde(default)]
    pub confirmed: bool,
    /// The most bytes of a write; the link's payload where that is less.
    pub chunk: u16,
    /// Bytes kept free below the link's payload.
    #[serde(default)]
    pub keep_free: u8,
    /// The least time from an unanswered write to the next, in milliseconds. Answered writes keep their own pace.
    #[serde(default)]
    pub pace_ms: u16,
}

/// What is known about a printer right now. Absent is not known, never a guess.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Readings {
    /// Charge in percent.
    pub battery: Option<u8>,
    /// On the charger.
    pub charging: Option<bool>,
    /// Paper is there.
    pub paper: Option<bool>,
    /// The cover is open.
    pub cover_open: Option<bool>,
    /// Temperature of the head in °C.
    pub temperature: Option<i16>,
    /// Too hot to print.
    pub overheated: Option<bool>,
    /// It is printing or feeding.
    pub busy: Option<bool>,
    /// Serial number: the printer's identity (promise BL-2).
    pub serial: Option<String>,
    /// Firmware version.
    pub firmware: Option<String>,
    /// Hardware version or head type.
    pub hardware: Option<String>,
    /// The maker's number or name of the model.
    pub model: Option<String>,
    /// Pages printed since some beginning, where the printer counts: what tells after a broken link whether a job came out.
    pub counter: Option<u32>,
    /// The printer's own error code, as text for a technician.
    pub error: Option<String>,
}

/// What is told while printing.
#[derive(Clone, Debug, PartialEq)]
pub enum PrintEvent {
    /// So many bytes of the PRN were taken by the system; with confirmed writes or an answering printer, by the printer.
    Sent {
        /// Bytes so far.
        bytes: usize,
        /// Whether the printer itself has acknowledged them.
        acknowledged: bool,
    },
    /// The printer asked to wait, or to go on.
    Paused(bool),
    /// The printer told about itself.
    Readings(Readings),
    /// How much of the job is on paper by the printer's own count, 0 to 1.
    OnPaper(f32),
}

/// How the end of a print was known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Completion {
    /// The printer said that this page is done.
    Said,
    /// The printer said that it is idle again, or that it has nothing wrong, after the last byte.
    Idle,
    /// The printer says nothing: the last write was answered, and the time that the paper takes has passed.
    Assumed,
}

/// Why a print did not end well.
#[derive(Clone, Debug, PartialEq)]
pub struct PrintFailure {
    /// Bytes of the PRN that were handed over when it failed.
    pub sent: usize,
    /// Whether any byte of a raster was handed over: without, nothing can be on paper.
    pub raster_begun: bool,
    /// Why.
    pub why: Trouble,
}

/// Why a printer does not print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The link broke.
    Lost,
    /// The user cancelled; the printer was told where the language can say it.
    Cancelled,
    /// It did not answer in time.
    Silent,
    /// No paper.
    NoPaper,
    /// Cover or head open.
    CoverOpen,
    /// Too hot.
    Overheated,
    /// Battery too low.
    LowBattery,
    /// Busy with somebody else's job.
    Busy,
    /// The wrong labels or ribbon.
    WrongMedia,
    /// It refused with a code of its own.
    Refused(String),
    /// It answers in another language than this family's: same name, other protocol.
    OtherLanguage {
        /// The family whose language it is, as in [`crate::Family::id`], when that is known.
        family: Option<&'static str>,
    },
    /// The PRN is not this family's.
    NotOurs,
}

impl Trouble {
    /// How this is told at the edge.
    pub fn fault(&self) -> Fault {
        let (code, message, remedy) = match self {
            Self::Lost => (
                "ble_link_lost",
                "The Bluetooth connection to the printer broke.".to_owned(),
                "Bring the printer closer, then print again.",
            ),
            Self::Cancelled => {
                ("job_cancelled", "Printing was cancelled.".to_owned(), "Print again when you are ready.")
            }
            Self::Silent => (
                "printer_silent",
                "The printer did not answer in time.".to_owned(),
                "Switch the printer off and on, then print again.",
            ),
            Self::NoPaper => {
                ("out_of_paper", "The printer has no paper.".to_owned(), "Put paper in, then print again.")
            }
            Self::CoverOpen => {
                ("cover_open", "The printer's cover is open.".to_owned(), "Close the cover, then print again.")
            }
            Self::Overheated => (
                "overheated",
                "The printer's head is too hot.".to_owned(),
                "Let it cool for a few minutes, then print again, or choose a lower darkness.",
            ),
            Self::LowBattery => {
                ("battery_low", "The printer's battery is too low.".to_owned(), "Charge the printer, then print again.")
            }
            Self::Busy => (
                "printer_busy",
                "The printer is busy with another job.".to_owned(),
                "Wait until it is done, then print again.",
            ),
            Self::WrongMedia => (
                "media_wrong",
                "The printer does not accept the labels or the ribbon in it.".to_owned(),
                "Put in the labels that this printer takes, then print again.",
            ),
            Self::Refused(own) => (
                "printer_refused",
                format!("The printer refused the job (its own code: {own})."),
                "Switch the printer off and on, then print again.",
            ),
            Self::OtherLanguage { family } => (
                "family_wrong",
                family.map_or_else(
                    || "The printer answers in another language than the one chosen for it.".to_owned(),
                    |family| format!("The printer answers in the language '{family}', not in the one chosen for it."),
                ),
                "Choose another model for this printer.",
            ),
            Self::NotOurs => (
                "prn_malformed",
                "The print data is not of this printer's language.".to_owned(),
                "Print the document again; if it stays, report it.",
            ),
        };
        Fault::new(code, message, remedy)
    }
}

/// A print over a link. It subscribes to what it needs by itself.
pub type PrintDialogue = dyn Machine<Event = PrintEvent, Outcome = Completion, Failure = PrintFailure> + Send;

/// A question over a link. Its outcome is everything that the printer told.
pub type AskDialogue = dyn Machine<Event = std::convert::Infallible, Outcome = Readings, Failure = Trouble> + Send;

/// Which way a frame went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From the host to the printer.
    Down,
    /// From the printer to the host.
    Up,
}

/// A family on a Bluetooth link.
pub trait Talk: Sync {
    /// The families whose PRN it carries, as in [`crate::Family::id`].
    fn families(&self) -> &'static [&'static str];

    /// The services that its printers are known to advertise, for devices without a name.
    fn services(&self) -> &'static [Uuid] {
        &[]
    }

    /// The characteristics to use on a device with this table; `None` when the device cannot be of this family. Known
    /// services first, then any service with a characteristic that takes bytes and one that tells.
    fn route(&self, tree: &Tree) -> Option<Route>;

    /// How a printer without a better row is written to.
    fn plan(&self) -> WritePlan;

    /// Prints a PRN that [`crate::Family::encode`] wrote for `model`.
    fn print(&self, model: &Model, link: &LinkFacts, prn: Vec<u8>) -> Box<PrintDialogue>;

    /// Asks a printer how it is, without printing or moving paper.
    fn ask(&self, model: &Model, link: &LinkFacts) -> Box<AskDialogue>;

    /// The frames of one write or notification, named and read, for a technician. Bytes that belong to no frame are a
    /// row named `bytes`.
    fn explain(&self, at: At, direction: Direction, bytes: &[u8]) -> Vec<Command>;
}
