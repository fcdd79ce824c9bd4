//! Requests of a test strip.

use serde::Deserialize;
use ts_rs::TS;

/// `strip.answer`.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "answer")]
pub enum StripAnswer {
    /// To `came-out`: nothing, or letters.
    NoBars,
    /// To `came-out`: bars.
    Bars,
    /// To `whole-bars`: so many bars, from the top, end in a block.
    Whole {
        /// From 0 to the number of bars.
        count: u32,
    },
    /// To `black-on-white`.
    Black {
        /// Whether they are black on white.
        black: bool,
    },
    /// Print the strip, or try to add the printer, once more.
    Again,
}
