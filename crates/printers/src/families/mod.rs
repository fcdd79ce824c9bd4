//! One folder per wire language: `encode`, `decode` and a table of models each.

mod blit;
mod canvas;
mod deflate;
mod label;
mod listing;
mod reader;

pub mod cat;
pub mod cpcl;
pub mod epl;
pub mod escpos;
pub mod niimbot;
pub mod pbm;
pub mod png;
pub mod pwg;
pub mod tspl;
pub mod zpl;
