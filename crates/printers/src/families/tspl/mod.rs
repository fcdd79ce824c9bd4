//! TSPL: the language of most cheap label printers.
//!
//! Source: `docs/protocols/tspl.md`. A page is one `BITMAP` on a wiped label. Deliberately absent: letters, lines and bar
//! codes drawn by the printer, and all settings that outlive the job.

mod decode;
mod encode;

use crate::catalogue::{Model, Quirk};
use crate::encoder::{Encoder, Sheet};
use crate::family::{DecodeError, Decoded, EncodeError, Family, Finish};

/// The family `tspl`.
#[derive(Clone, Copy, Debug)]
pub struct Tspl;

/// What models disagree about and the stream does not say.
#[derive(Clone, Copy, Debug, Default)]
struct Reading {
    /// 1 is black in images; usually 0 is.
    one_is_black: bool,
    /// `DIRECTION 1` is upright; usually `DIRECTION 0` is.
    upright_is_one: bool,
}

impl Reading {
    fn of(model: &Model) -> Self {
        Self { one_is_black: model.has(Quirk::OneIsBlack), upright_is_one: model.has(Quirk::UprightIsOne) }
    }
}

impl Family for Tspl {
    fn id(&self) -> &'static str {
        "tspl"
    }

    fn prn_protocol(&self) -> &'static str {
        "tspl"
    }

    fn begin(&self, model: &Model, sheet: Sheet, finish: &Finish, prn: &mut Vec<u8>) -> Result<Encoder, EncodeError> {
        encode::begin(model, sheet, finish, prn)
    }

    /// Reads as the usual model does; [`Family::decode_for`] knows which bit is black on a certain one.
    fn decode(&self, prn: &[u8]) -> Result<Decoded, DecodeError> {
        decode::decode(prn, Reading::default())
    }

    fn decode_for(&self, model: &Model, prn: &[u8]) -> Result<Decoded, DecodeError> {
        decode::decode(prn, Reading::of(model))
    }
}
