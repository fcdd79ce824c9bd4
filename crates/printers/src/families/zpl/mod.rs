//! ZPL: the language of industrial label printers.
//!
//! Source: `docs/protocols/zpl.md`. A page is one graphic field in one format. Deliberately absent: letters, lines and bar
//! codes drawn by the printer, images kept in its memory, and settings that outlive the job.

mod decode;
mod encode;
mod packed;
mod run_lengths;

use crate::catalogue::Model;
use crate::encoder::{Encoder, Sheet};
use crate::family::{DecodeError, Decoded, EncodeError, Family, Finish};

/// The family `zpl`.
#[derive(Clone, Copy, Debug)]
pub struct Zpl;

impl Family for Zpl {
    fn id(&self) -> &'static str {
        "zpl"
    }

    fn prn_protocol(&self) -> &'static str {
        "zpl"
    }

    fn begin(&self, model: &Model, sheet: Sheet, finish: &Finish, prn: &mut Vec<u8>) -> Result<Encoder, EncodeError> {
        encode::begin(model, sheet, finish, prn)
    }

    fn decode(&self, prn: &[u8]) -> Result<Decoded, DecodeError> {
        decode::decode(prn)
    }
}
