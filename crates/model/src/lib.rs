//! The words that every part of Platen shares, and the one shape of a dialogue: [`Machine`].
//!
//! Source: the vocabulary of `ARCHITECTURE.md`. This crate is pure: it reads no clock, file, socket or random source
//! (`clippy.toml` beside it bans them), and it knows no wire format, no database and no network library.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod document;
pub mod fault;
pub mod gatt;
pub mod job;
pub mod machine;
pub mod moment;
pub mod options;
pub mod printer;
pub mod raster;
pub mod secret;
pub mod segment;
pub mod sighting;
pub mod transcript;
pub mod wifi;

pub use document::{DocumentKind, DocumentName};
pub use fault::{Fault, Retry};
pub use gatt::{Advertisement, At, GattEvent, GattFailure, GattRequest, Uuid};
pub use job::{JobId, JobState};
pub use machine::{
    Channel, Enclosure, HttpFailure, HttpMethod, HttpRequest, HttpResponse, HttpResult, Input, Machine, Output,
    UserAnswer,
};
pub use moment::{Moment, WallTime};
pub use options::{Crop, Cut, Dither, Duplex, Fit, Orientation, PageOptions, PageRanges, Paper, Rotation};
pub use printer::{Connection, Serial};
pub use raster::Bitmap;
pub use secret::Secret;
pub use segment::Segment;
pub use sighting::{Presence, Sighting, Sightings};
pub use wifi::{Band, CredentialProblem, Credentials, Network, Security, Ssid, check_passphrase};
