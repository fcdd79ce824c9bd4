//! One folder per wire language: `encode`, `decode` and a table of models each.

mod blit;
mod listing;
mod reader;

pub mod escpos;
