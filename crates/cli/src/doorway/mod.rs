//! The ways of a command into the engine: in this process ([`inside`]) or through another one's door ([`attached`]).
//! Both give equal JSON. A [`Session`] uses whichever is there, and changes over when the other process goes away.

mod attached;
mod inside;
mod session;

pub use attached::Attached;
pub use inside::Inside;
pub use session::{Seen, Session, Watch, keep};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use platen_model::Fault;
use serde_json::Value;

/// Why a call gave no result.
#[derive(Debug)]
pub enum CallError {
    /// The engine answered: no.
    Fault(Fault),
    /// The process with the engine went away before it answered.
    Lost {
        /// The call may have reached it, and may have been carried out.
        perhaps_done: bool,
    },
}

impl From<Fault> for CallError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Where in the numbered events a client is: the run of the engine, and the number of the last event seen.
pub type Position = (String, u64);

/// A way into the engine.
#[async_trait::async_trait]
pub trait Doorway: Send + Sync {
    /// Calls a method of the table.
    async fn call(&self, method: &str, params: &Value) -> Result<Value, CallError>;
    /// Hands in a document; the answer is a `DocumentView`.
    async fn upload(&self, name: &str, document: Bytes) -> Result<Value, CallError>;
    /// Large data by handle.
    async fn blob(&self, handle: &str) -> Result<Bytes, CallError>;
    /// The events after `after`, each an `EventView`, until the engine ends.
    async fn events(&self, after: Option<Position>) -> Result<BoxStream<'static, Value>, CallError>;
}
