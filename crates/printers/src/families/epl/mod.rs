//! EPL: the language of older desktop label printers, still spoken by newer ones.
//!
//! Source: `docs/protocols/epl.md`. A page is one `GW` image on a wiped label. Deliberately absent: letters, lines and bar
//! codes drawn by the printer, stored forms, and settings that outlive the job.

mod decode;
mod encode;

use crate::catalogue::Model;
use crate::encoder::{Encoder, Sheet};
use crate::family::{DecodeError, Decoded, EncodeError, Family, Finish};

/// The family `epl`.
#[derive(Clone, Copy, Debug)]
pub struct Epl;

impl Family for Epl {
    fn id(&self) -> &'static str {
        "epl"
    }

    fn prn_protocol(&self) -> &'static str {
        "epl"
    }

    fn begin(&self, model: &Model, sheet: Sheet, finish: &Finish, prn: &mut Vec<u8>) -> Result<Encoder, EncodeError> {
        encode::begin(model, sheet, finish, prn)
    }

    fn decode(&self, prn: &[u8]) -> Result<Decoded, DecodeError> {
        decode::decode(prn)
    }
}
