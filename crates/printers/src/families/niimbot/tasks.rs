//! The ways in which the models want a page: one language, seven dialects, as data.
//!
//! Source: section "Print tasks" of `docs/protocols/niimbot.md`. A row of models names its dialect; what differs between two
//! dialects is a column here and nowhere else in the code. Deliberately absent: models for which nobody knows the dialect.

/// How the printer says that a page is on paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// Asked with A3, it answers with pages, percent printed and percent fed.
    Status,
    /// It tells the number of the page by itself (E0).
    PageIndex,
    /// Asked to end the print (F3), it refuses until the page is out.
    PrintEnd,
    /// Asked to end the page (E3), it refuses until the page is out.
    PageEnd,
}

/// What follows the first two numbers of `13`, and how `01` looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `01` 1 byte, `13` rows.
    Rows,
    /// `01` 1 byte, `13` rows and columns.
    Size,
    /// `01` pages, `13` and copies and a cut: 2 and 9 bytes.
    Cut,
    /// `01` pages and a colour, `13` and copies: 7 and 6 bytes.
    Copies,
    /// `01` and a speed, `13` and what to do with parts: 9 and 13 bytes.
    Parts,
}

/// A dialect.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Task {
    /// The family of its own that it is.
    pub(super) family: &'static str,
    pub(super) form: Form,
    /// Whether `20` comes before the page.
    pub(super) clears: bool,
    /// Whether `03` begins the page.
    pub(super) opens: bool,
    /// Whether `15` says how many.
    pub(super) counts_copies: bool,
    /// Whether the black dots of a row are counted as a whole; otherwise in thirds of the head.
    pub(super) counts_whole: bool,
    /// Whether `86` follows every [`CHECK_ROWS`] rows.
    pub(super) checks: bool,
    pub(super) done: Done,
    /// Whether it loses the first packet after `01` and after `F3`: it gets one that nobody misses.
    pub(super) loses_first: bool,
}

/// Rows between two `86`.
pub(super) const CHECK_ROWS: usize = 200;

const PLAIN: Task = Task {
    family: "niimbot",
    form: Form::Copies,
    clears: false,
    opens: true,
    counts_copies: false,
    counts_whole: false,
    checks: false,
    done: Done::Status,
    loses_first: false,
};

/// Most printers of 2024.
pub(super) const B1: Task = PLAIN;
/// Old D11.
pub(super) const D11: Task =
    Task { family: "niimbot-d11", form: Form::Rows, clears: true, counts_copies: true, done: Done::PageIndex, ..PLAIN };
/// D110 and newer D11.
pub(super) const D110: Task =
    Task { family: "niimbot-d110", form: Form::Size, clears: true, counts_copies: true, ..PLAIN };
/// H1S.
pub(super) const H1S: Task = Task { family: "niimbot-h1s", form: Form::Cut, ..PLAIN };
/// Most printers of 2025.
pub(super) const V4: Task = Task { family: "niimbot-v4", form: Form::Parts, opens: false, loses_first: true, ..PLAIN };
/// Old B21.
pub(super) const B21: Task =
    Task { family: "niimbot-b21", form: Form::Size, counts_whole: true, checks: true, done: Done::PrintEnd, ..PLAIN };
/// B21 with the letters L2B.
pub(super) const L2B: Task = Task { family: "niimbot-l2b", done: Done::PageEnd, ..B21 };

impl Task {
    /// The data of `01`: how a print of one page begins.
    pub(super) fn start(&self, speed: Option<u8>) -> Vec<u8> {
        match self.form {
            Form::Rows | Form::Size => vec![1],
            Form::Cut => vec![0, 1],
            Form::Copies => vec![0, 1, 0, 0, 0, 0, 0],
            // 0 is slow and fine, 1 is fast.
            Form::Parts => vec![0, 1, 0, 0, 0, 0, 0, speed.unwrap_or(0).min(1), 0],
        }
    }

    /// The data of `13`: how large the page is, once.
    pub(super) fn size(&self, rows: u16, columns: u16) -> Vec<u8> {
        let [high, low] = rows.to_be_bytes();
        let [left, right] = columns.to_be_bytes();
        match self.form {
            Form::Rows => vec![high, low],
            Form::Size => vec![high, low, left, right],
            Form::Copies => vec![high, low, left, right, 0, 1],
            Form::Cut => vec![high, low, left, right, 0, 1, 0, 0, 0],
            Form::Parts => vec![high, low, left, right, 0, 1, 0, 0, 0, 0, 0, 0, 0],
        }
    }

    /// Whether only a row of dots tells how wide the page is.
    pub(super) fn hides_width(&self) -> bool {
        self.form == Form::Rows
    }
}

/// A model by the number with which it names itself, the versions of the protocol for which this holds (all when empty), and
/// the family that this is.
const MODELS: [(u16, &[u8], &str, &str); 23] = [
    (512, &[1, 2], "D11", "niimbot-d110"),
    (512, &[], "D11", "niimbot-d11"),
    (514, &[], "D11S", "niimbot-d11"),
    (528, &[], "D11_H", "niimbot-v4"),
    (768, &[], "B21", "niimbot-b21"),
    (769, &[], "B21_L2B", "niimbot-l2b"),
    (771, &[], "B21_C2B", "niimbot"),
    (775, &[], "B21_C2B", "niimbot"),
    (776, &[], "B21S_C2B", "niimbot-d110"),
    (777, &[], "B21S", "niimbot-d110"),
    (785, &[], "B21_PRO", "niimbot-v4"),
    (2304, &[], "D110", "niimbot-d110"),
    (2305, &[], "D110", "niimbot-d110"),
    (2320, &[4], "D110_M", "niimbot-v4"),
    (2320, &[], "D110_M", "niimbot"),
    (2560, &[], "D101", "niimbot"),
    (3586, &[], "N1", "niimbot"),
    (4096, &[], "B1", "niimbot"),
    (4097, &[], "B1_PRO", "niimbot-v4"),
    (4352, &[], "H1S", "niimbot-h1s"),
    (4608, &[], "M2_H", "niimbot"),
    // Heads as those above; nobody has said what they speak, so nothing is expected of them.
    (2561, &[], "BETTY", ""),
    (3840, &[], "H1", ""),
];

/// A printer's name, and the family that it is known to want; `None` for the family where nobody knows.
pub(super) fn known(code: u16, protocol: u8) -> Option<(&'static str, Option<&'static str>)> {
    let (.., name, family) = MODELS
        .iter()
        .find(|(number, versions, ..)| *number == code && (versions.is_empty() || versions.contains(&protocol)))?;
    Some((name, Some(*family).filter(|family| !family.is_empty())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_may_want_another_dialect() {
        assert_eq!(known(2320, 3), Some(("D110_M", Some("niimbot"))));
        assert_eq!(known(2320, 4), Some(("D110_M", Some("niimbot-v4"))));
        assert_eq!(known(512, 0), Some(("D11", Some("niimbot-d11"))));
        assert_eq!(known(512, 2), Some(("D11", Some("niimbot-d110"))));
        assert_eq!(known(3840, 1), Some(("H1", None)));
        assert_eq!(known(1, 1), None);
    }

    #[test]
    fn beginnings_and_sizes_have_the_lengths_of_the_facts() {
        let lengths = |task: &Task| (task.start(Some(9)).len(), task.size(240, 384).len());
        let all = [&D11, &D110, &B21, &L2B, &H1S, &B1, &V4].map(lengths);
        assert_eq!(all, [(1, 2), (1, 4), (1, 4), (1, 4), (2, 9), (7, 6), (9, 13)]);
        assert_eq!(V4.size(240, 384), [0, 0xF0, 1, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(V4.start(Some(9)), [0, 1, 0, 0, 0, 0, 0, 1, 0]);
    }
}
