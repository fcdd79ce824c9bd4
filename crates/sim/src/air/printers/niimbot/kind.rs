//! What Niimbot printers were built as, and what one of them may do badly.
//!
//! Source: `docs/protocols/niimbot.md`. Deliberately absent: names; whoever puts a printer into the air gives it one.

/// How a page's end is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tells {
    Status,
    PageIndex,
    PrintEnd,
    PageEnd,
}

/// What a printer was built as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NiimbotKind {
    pub(super) number: u16,
    /// The answer to C1, and the two bytes of the answer to A5.
    pub(super) connect: u8,
    pub(super) version: [u8; 2],
    pub(super) start: usize,
    pub(super) size: usize,
    pub(super) page_start: bool,
    pub(super) check_lines: bool,
    pub(super) most_density: u8,
    pub(super) heartbeat: usize,
    /// What it says for a closed lid.
    pub(super) closed: u8,
    pub(super) tells: Tells,
}

impl NiimbotKind {
    /// B1.
    pub const B1: Self = Self {
        number: 4096,
        connect: 2,
        version: [0, 0],
        start: 7,
        size: 6,
        page_start: true,
        check_lines: false,
        most_density: 5,
        heartbeat: 13,
        closed: 0,
        tells: Tells::Status,
    };
    /// D110.
    pub const D110: Self =
        Self { number: 2304, start: 1, size: 4, most_density: 3, heartbeat: 10, closed: 1, ..Self::B1 };
    /// Old D11.
    pub const D11: Self = Self { number: 512, connect: 1, size: 2, tells: Tells::PageIndex, ..Self::D110 };
    /// H1S.
    pub const H1S: Self = Self { number: 4352, start: 2, size: 9, most_density: 3, closed: 1, ..Self::B1 };
    /// D110 M of 2024.
    pub const D110_M: Self = Self { number: 2320, ..Self::B1 };
    /// D110 M of 2025.
    pub const D110_M_V4: Self =
        Self { connect: 3, version: [3, 1], start: 9, size: 13, page_start: false, ..Self::D110_M };
    /// B21 Pro.
    pub const B21_PRO: Self = Self { number: 785, ..Self::D110_M_V4 };
    /// Old B21.
    pub const B21: Self =
        Self { number: 768, start: 1, size: 4, heartbeat: 19, check_lines: true, tells: Tells::PrintEnd, ..Self::B1 };
    /// B21 L2B.
    pub const B21_L2B: Self = Self { number: 769, tells: Tells::PageEnd, ..Self::B21 };
}

/// What it does badly beside [`Nature`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NiimbotFaults {
    /// Refuses with this error when a print begins.
    pub refuses: Option<u8>,
    /// Fails with this error when half of the page is out.
    pub fails: Option<u8>,
    /// Its answers come in pieces of so many bytes.
    pub pieces: Option<usize>,
    /// Loses the first packet after 01 and after F3.
    pub loses_first: bool,
    /// Says nothing after the page's end.
    pub falls_silent: bool,
    /// Answers in another language.
    pub babbles: bool,
    /// Refuses to begin a page so many times.
    pub not_yet: u8,
}
