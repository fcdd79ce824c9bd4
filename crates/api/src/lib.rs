//! The contract between Platen and every door: one method table, the views it answers with, numbered events.
//!
//! A door (window, browser, command line, program) calls [`Api::dispatch`] and gets the same JSON as every other door.
//! Large data travels by handle: [`Api::blob`] out, [`Api::add_document`] in; never through JSON.
//! Deliberately absent: any decision about printing (that is `engine`), any transport (that is each door).
#![forbid(unsafe_code)]

mod brand;
mod convert;
mod dispatch;
mod methods;
mod nearby;
pub mod requests;
mod setup;
mod strip;
mod table;
pub mod typescript;
pub mod views;
mod world;

pub use dispatch::{Api, Blob, Caller, EventStream, Upload};
pub use nearby::replay;
pub use platen_engine::{CHILD_COMMAND, Engine, EngineOptions, Radio, child_main};
pub use platen_model::{Fault, Retry};
pub use table::{METHODS, MethodInfo, Tag};
pub use world::{World, WorldPrinter, WorldStart};
