//! "Something changed": a number that grows.

use tokio::sync::watch;

/// Tells everybody who looks that the world is not as it was.
#[derive(Clone, Debug)]
pub(crate) struct Change(watch::Sender<u64>);

impl Change {
    pub(crate) fn new() -> Self {
        Self(watch::channel(0).0)
    }

    pub(crate) fn bump(&self) {
        self.0.send_modify(|number| *number = number.wrapping_add(1));
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}
