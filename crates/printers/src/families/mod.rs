//! One folder per wire language: `encode`, `decode` and a table of models each.

pub mod escpos;
