//! Cat: the language of the cheap pocket printers with an animal on the box, framed and with flow control.
//!
//! Source: section 2.2 of the family facts; `docs/protocols/cat.md`. There are four families, because printers of the same
//! name differ in what they take: [`TINY`] (`51 78`), [`PREFIXED`] (a byte before each frame), [`V5G`] (darkness by
//! `F2`, a lattice around the rows) and [`V5X`] (`22 21`, rows on a characteristic of their own). The first three read one
//! another. Deliberately absent: levels of grey and LZO bands (one source, never checked against a second), `56 88`, and
//! pages that are fed by blank rows.

mod ask;
mod decode;
mod density;
mod encode;
mod frame;
mod print;
mod print_v5x;
mod status;
mod talk;
mod v5x;

use crate::catalogue::{Model, Quirk};
use crate::encoder::{Encoder, Sheet};
use crate::family::{DecodeError, Decoded, EncodeError, Family, Finish};

/// The family `cat`.
pub static TINY: Cat = Cat { dialect: Dialect::Tiny };
/// The family `cat-prefixed`.
pub static PREFIXED: Cat = Cat { dialect: Dialect::Prefixed };
/// The family `cat-v5g`.
pub static V5G: Cat = Cat { dialect: Dialect::V5g };
/// The family `cat-v5x`.
pub static V5X: Cat = Cat { dialect: Dialect::V5x };

/// A family of this language.
#[derive(Clone, Copy, Debug)]
pub struct Cat {
    dialect: Dialect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    Tiny,
    Prefixed,
    V5g,
    V5x,
}

impl Family for Cat {
    fn id(&self) -> &'static str {
        match self.dialect {
            Dialect::Tiny => "cat",
            Dialect::Prefixed => "cat-prefixed",
            Dialect::V5g => "cat-v5g",
            Dialect::V5x => "cat-v5x",
        }
    }

    fn prn_protocol(&self) -> &'static str {
        "cat"
    }

    fn begin(&self, model: &Model, sheet: Sheet, finish: &Finish, prn: &mut Vec<u8>) -> Result<Encoder, EncodeError> {
        let encoder = match self.dialect {
            Dialect::V5x => v5x::begin(model, sheet, finish, prn),
            dialect => encode::begin(dialect, model, sheet, finish, prn),
        }?;
        Ok(encoder.reversed(model.has(Quirk::Reversed)))
    }

    fn decode(&self, prn: &[u8]) -> Result<Decoded, DecodeError> {
        match self.dialect {
            Dialect::V5x => v5x::decode(prn),
            _ => decode::decode(prn),
        }
    }

    fn decode_for(&self, model: &Model, prn: &[u8]) -> Result<Decoded, DecodeError> {
        Ok(self.decode(prn)?.reversed(model.has(Quirk::Reversed)))
    }
}

/// A row with its bits the other way round: here the lowest bit is the leftmost dot.
fn mirrored(row: &[u8]) -> impl Iterator<Item = u8> {
    row.iter().map(|byte| byte.reverse_bits())
}

/// A darkness of 1 to 5; 3 when the model does not say.
fn level(model: &Model) -> u8 {
    model.density.unwrap_or(3).clamp(1, 5)
}
