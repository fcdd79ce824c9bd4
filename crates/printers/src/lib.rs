//! Printer families: a page of dots becomes the bytes that a printer eats (PRN), and those bytes become dots again.
//!
//! Source: section 3 of the architecture ("one folder per printer family"). A family knows its wire language and
//! nothing else: how bytes travel belongs to `platen-transport`, how grey becomes dots to `platen-render`. A new model
//! is a row of data in its family's `models.toml`; a new family is a folder and one line in [`registry`].
//!
//! Because each family reads what it writes, the simulated printer, the preview and the technician's `decode` all show
//! the same dots that the paper gets.
//!
//! Deliberately absent: any I/O, any printer state, and every decision about which printer gets a job.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod catalogue;
pub mod encoder;
pub mod families;
pub mod family;
pub mod package;
pub mod registry;
pub mod talk;
pub mod user_models;

pub use catalogue::{DEFAULT_MODEL, Media, Model, Quirk, Support, catalogue, kinds, model, usual_ble};
pub use encoder::{Encoder, Sheet};
pub use families::pwg::sides::SheetBack;
pub use family::{Command, DecodeError, Decoded, EncodeError, Family, Finish, MAX_PAGE_ROWS, MAX_RASTER_BYTES};
pub use package::{Compression, Package, UnpackError, pack, sha256, unpack, verify};
pub use registry::{families, family, talk as talk_of, talks};
pub use talk::{Ble, Recognition, recognise};
