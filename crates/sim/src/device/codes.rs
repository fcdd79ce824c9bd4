//! Error codes of these printers. The guide lists none but 2002, so all of them are our own.

/// No paper.
pub(crate) const PAPER_OUT: i64 = 1001;
/// The head is too hot.
pub(crate) const OVERHEATED: i64 = 1002;
/// No charge.
pub(crate) const BATTERY_EMPTY: i64 = 1003;
/// A resource could not be downloaded.
pub(crate) const DOWNLOAD: i64 = 2101;
/// A resource is not what was announced, or damaged.
pub(crate) const DAMAGED: i64 = 2102;
/// A resource in a language that this printer does not speak, or one that makes no sense.
pub(crate) const UNREADABLE: i64 = 2103;
/// Stopped at the printer.
pub(crate) const STOPPED: i64 = 2104;
/// The sheet could not be put on (simulated) paper.
pub(crate) const NO_SHEET: i64 = 2105;
/// A control command that it does not know.
pub(crate) const UNKNOWN_COMMAND: i64 = 2201;

/// A code in words.
pub(crate) const fn text(code: i64) -> &'static str {
    match code {
        PAPER_OUT => "paper out",
        OVERHEATED => "print head too hot",
        BATTERY_EMPTY => "battery empty",
        DOWNLOAD => "download failed",
        DAMAGED => "resource damaged",
        UNREADABLE => "resource not readable",
        STOPPED => "stopped at the printer",
        NO_SHEET => "sheet not printed",
        UNKNOWN_COMMAND => "unknown command",
        _ => "error",
    }
}
