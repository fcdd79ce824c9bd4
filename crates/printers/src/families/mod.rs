//! One folder per wire language: `encode`, `decode` and a table of models each.

mod blit;
mod canvas;
mod label;
mod listing;
mod reader;

pub mod cpcl;
pub mod epl;
pub mod escpos;
pub mod tspl;
pub mod zpl;
