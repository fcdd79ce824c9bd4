//! Printers as everybody sees them.

use crate::segment::Segment;
use serde::{Deserialize, Serialize};

/// A printer's serial number. It is its identity on every channel, and a checked topic level. Case matters: `sn1` and
/// `SN1` are two printers.
pub type Serial = Segment;

/// Whether a printer can be reached now, as far as we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Connection {
    /// Nothing heard yet.
    #[default]
    Unknown,
    /// Our side is still connecting.
    Connecting,
    /// It reported within its usual time.
    Online,
    /// It said goodbye, or nothing was heard for too long.
    Offline,
}
