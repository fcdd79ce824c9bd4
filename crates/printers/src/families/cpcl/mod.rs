//! CPCL: the language of mobile label and receipt printers.
//!
//! Source: `docs/protocols/cpcl.md`. A page is one image on a label. Deliberately absent: letters, lines and bar codes
//! drawn by the printer, and the `! U1` settings that outlive the job.

mod decode;
mod encode;

use crate::catalogue::Model;
use crate::encoder::{Encoder, Sheet};
use crate::family::{DecodeError, Decoded, EncodeError, Family, Finish};

/// The family `cpcl`.
#[derive(Clone, Copy, Debug)]
pub struct Cpcl;

impl Family for Cpcl {
    fn id(&self) -> &'static str {
        "cpcl"
    }

    fn prn_protocol(&self) -> &'static str {
        "cpcl"
    }

    fn begin(&self, model: &Model, sheet: Sheet, finish: &Finish, prn: &mut Vec<u8>) -> Result<Encoder, EncodeError> {
        encode::begin(model, sheet, finish, prn)
    }

    fn decode(&self, prn: &[u8]) -> Result<Decoded, DecodeError> {
        decode::decode(prn)
    }
}
