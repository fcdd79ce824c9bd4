//! How much work a page may be, and the way out when it is more.
//!
//! The interpreter cannot be told to stop, and a small file can keep it busy for hours: forms within forms, each drawn
//! ten times, or a pattern of tiny cells. So what draws counts, and when it is too much it unwinds the stack out of the
//! interpreter with [`Enough`], which [`stoppable`] catches. No panic is started, so nothing is told on the way.

use crate::error::{Excess, RenderError};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The most work of a page: about nanoseconds.
const MOST: u64 = 3_000_000_000;

/// What a call of the interpreter costs at least, whatever it draws.
pub(super) const CALL: u64 = 10_000;

/// Unwinds the stack out of the interpreter.
struct Enough(RenderError);

/// Work that was done on a page.
#[derive(Default)]
pub(super) struct Work(u64);

impl Work {
    /// Counts; does not return when it is too much.
    pub(super) fn add(&mut self, work: u64) {
        self.0 = self.0.saturating_add(work);
        if self.0 > MOST {
            enough(RenderError::TooLarge(Excess::Work));
        }
    }
}

/// Leaves the interpreter.
pub(super) fn enough(error: RenderError) -> ! {
    resume_unwind(Box::new(Enough(error)))
}

/// Runs the interpreter until it ends or a device has had enough of it.
pub(super) fn stoppable(work: impl FnOnce()) -> Result<(), RenderError> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|thrown| match thrown.downcast::<Enough>() {
        Ok(enough) => enough.0,
        // Not ours: told as a damaged document further up.
        Err(other) => resume_unwind(other),
    })
}
