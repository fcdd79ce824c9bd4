//! PNG with one bit a dot, with levels of grey or in colour: a page that every other program can open.
//!
//! Source: `docs/protocols/png.md`. Deliberately absent: palettes and opacity (documents of that kind are rendered,
//! not decoded), interlacing, and every chunk that holds text.

mod decode;
mod encode;

use crate::catalogue::Model;
use crate::encoder::{Encoder, Sheet};
use crate::family::{DecodeError, Decoded, EncodeError, Family, Finish};

/// The family `png`.
#[derive(Clone, Copy, Debug)]
pub struct Png;

const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1a\n";

impl Family for Png {
    fn id(&self) -> &'static str {
        "png"
    }

    fn prn_protocol(&self) -> &'static str {
        "png"
    }

    /// Feed and cut have no place in a picture.
    fn begin(&self, model: &Model, sheet: Sheet, _: &Finish, prn: &mut Vec<u8>) -> Result<Encoder, EncodeError> {
        encode::begin(model, sheet, prn)
    }

    fn decode(&self, prn: &[u8]) -> Result<Decoded, DecodeError> {
        decode::decode(prn)
    }
}

/// The checksum of a chunk's name and data.
fn checksum(name: &[u8], data: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(name);
    crc.update(data);
    crc.sum()
}
