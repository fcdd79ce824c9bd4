//! Our own door for browsers and programs: the UI, `POST /api/call`, documents, blobs and events, on loopback only.
//!
//! Source: promises LS-1 … LS-10 and LS-19. The order of every request is fixed: place (LS-10), head limits (LS-9),
//! `Host` (LS-2), where it comes from (LS-3), token (LS-5), pace (LS-9), route. Whatever is refused is refused before
//! anything about printers or documents is looked at, and every refusal is a line of the audit log (target `audit`).
//!
//! Deliberately absent: any decision about printing (that is the engine's), CORS headers (our own page needs none and
//! nobody else is let in), cookies, LAN interfaces, WebSockets, and the local print service on its own port.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod answers;
mod assets;
mod connection;
mod door;
mod host;
mod intake;
mod limits;
mod origin;
mod pace;
mod places;
mod pulse;
mod routes;
mod token;

pub use door::{Door, DoorError, DoorOptions};
pub use host::{HostAllow, HostRefusal};
pub use limits::Limits;
pub use origin::{Origin, Provenance, provenance};
