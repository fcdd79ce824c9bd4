//! Printers that come on line at the platform because somebody gave them a network.
//!
//! The air and the world know nothing of each other but this: a printer of the air that has joined is told here, and the
//! world switches the same printer's cloud side on. One that has been here stays: it is on line again after a restart,
//! though the air shows it unboxed once more, as if somebody had pressed its set-up button.

use crate::air::setup::{JoinedPrinter, Unboxed};
use tokio::sync::mpsc;

/// Where printers that have joined are told. Clones tell the same world; one that has ended hears nothing.
#[derive(Clone, Debug)]
pub struct Arrivals(mpsc::UnboundedSender<JoinedPrinter>);

impl Arrivals {
    pub(crate) fn open() -> (Self, mpsc::UnboundedReceiver<JoinedPrinter>) {
        let (sender, joined) = mpsc::unbounded_channel();
        (Self(sender), joined)
    }

    /// A printer has joined. One that this world does not know stays unknown.
    pub fn joined(&self, printer: &JoinedPrinter) {
        // A world that has ended has no network either.
        let _ = self.0.send(printer.clone());
    }

    /// The same printer, which tells when it has joined.
    #[must_use]
    pub fn expect(&self, mut printer: Unboxed) -> Unboxed {
        let arrivals = self.clone();
        printer.on_joined = Some(Box::new(move |joined| arrivals.joined(joined)));
        printer
    }
}
