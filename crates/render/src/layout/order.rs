//! In which order the pages of several copies leave.
//!
//! Deliberately absent: turning sheets over by hand. A program that only sends cannot wait for a person in the middle of
//! a job, so printers without a duplex unit print every side as a page of its own.

use platen_model::PageOptions;

/// The pages of all copies of a document of `count` pages, counted from 0, in the order in which they leave. `None` is
/// an empty back: with `both_sides`, printed by a printer that turns its sheets, every copy begins on a sheet of its own.
pub fn order(count: u32, options: &PageOptions, both_sides: bool) -> impl Iterator<Item = Option<u32>> {
    let copies = u32::from(options.copies.max(1));
    let side = if both_sides { 2 } else { 1 };
    let sheets = count.div_ceil(side);
    let (outer, repeats, inner) = if options.collate { (copies, 1, sheets) } else { (1, copies, sheets) };
    let all = (0..outer).flat_map(move |_| (0..inner).flat_map(move |sheet| (0..repeats).map(move |_| sheet)));
    let leaving = all.flat_map(move |sheet| (0..side).map(move |of| sheet * side + of));
    // The very last back stays away: nothing follows that would land on it.
    let total = u64::from(sheets) * u64::from(side) * u64::from(copies);
    let needed = if count.is_multiple_of(side) { total } else { total.saturating_sub(1) };
    leaving.map(move |page| (page < count).then_some(page)).take(usize::try_from(needed).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaving(count: u32, copies: u8, collate: bool, both_sides: bool) -> String {
        let options = PageOptions { copies, collate, ..PageOptions::default() };
        let words = order(count, &options, both_sides).map(|page| page.map_or("-".to_owned(), |page| page.to_string()));
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn copies_are_whole_or_page_by_page() {
        assert_eq!(leaving(3, 1, true, false), "0 1 2");
        assert_eq!(leaving(3, 2, true, false), "0 1 2 0 1 2");
        assert_eq!(leaving(3, 2, false, false), "0 0 1 1 2 2");
        assert_eq!(leaving(0, 2, true, false), "");
    }

    #[test]
    fn on_both_sides_no_copy_begins_on_the_back_of_another() {
        assert_eq!(leaving(3, 2, true, true), "0 1 2 - 0 1 2");
        assert_eq!(leaving(3, 2, false, true), "0 1 0 1 2 - 2");
        assert_eq!(leaving(4, 2, true, true), "0 1 2 3 0 1 2 3");
        assert_eq!(leaving(1, 3, true, true), "0 - 0 - 0");
        assert_eq!(leaving(1, 1, true, true), "0");
    }
}
