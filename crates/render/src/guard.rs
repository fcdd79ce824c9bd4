//! Readers of foreign data, kept from doing harm by giving up.
//!
//! The readers are other people's code, tested well but not by us: if one of them panics over a document, that document is
//! damaged and nothing else is. Deliberately absent: a stack that overflows; that ends a process, and is one of the reasons
//! why the engine renders in a child.

use crate::error::RenderError;
use platen_model::DocumentKind;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static READING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is inside of a reader of foreign data: a panic is then a fault of the document, will be told as
/// [`RenderError::Damaged`], and needs no words of its own. For the panic hook of a program.
pub fn is_reading() -> bool {
    READING.get()
}

/// Runs a reader of foreign data.
pub(crate) fn guarded<T>(kind: DocumentKind, work: impl FnOnce() -> Result<T, RenderError>) -> Result<T, RenderError> {
    let outer = READING.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    READING.set(outer);
    done.unwrap_or_else(|_| Err(RenderError::Damaged { kind, detail: "its reader gave up".to_owned() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_panics_is_a_damaged_document() {
        let result: Result<(), _> = guarded(DocumentKind::Gif, || {
            assert!(is_reading());
            panic!("index out of bounds")
        });
        assert!(matches!(result, Err(RenderError::Damaged { kind: DocumentKind::Gif, .. })));
        assert!(!is_reading());
    }
}
