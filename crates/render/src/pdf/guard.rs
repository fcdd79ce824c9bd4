//! Looks for streams that become enormous when they are unpacked, before anything unpacks them.
//!
//! The library unpacks a stream whole. DEFLATE makes at most 1,032 bytes of one, so only streams that are long enough,
//! or packed several times, are looked at: they are unpacked here into nowhere, and counted. Source: promise CT-5.

use crate::error::{Excess, RenderError};
use flate2::read::ZlibDecoder;
use hayro_interpret::hayro_syntax::object::Object;
use hayro_interpret::hayro_syntax::{Filter, Pdf};
use std::io::Read;

/// The most that a stream may become, in bytes: a picture of 100 million pixels in three colours.
const MOST: u64 = 300_000_000;

/// What DEFLATE makes of a byte at most.
const RATIO: u64 = 1_032;

/// Refuses a document with a stream that is too large.
pub(super) fn check(pdf: &Pdf) -> Result<(), RenderError> {
    for object in pdf.objects() {
        let Object::Stream(stream) = object else { continue };
        let filters = stream.filters();
        let packed: Vec<Filter> = filters.iter().copied().filter(|filter| is_packed(*filter)).collect();
        let raw = stream.raw_data();
        let times = packed.iter().fold(raw.len() as u64, |length, _| length.saturating_mul(RATIO));
        let inflated = filters.iter().all(|filter| *filter == Filter::FlateDecode);
        let too_large = match packed.len() {
            _ if times <= MOST => false,
            0 => false,
            _ if inflated => unpacked(&raw, packed.len()) > MOST,
            // One packing that something else is around of, or one that grows little.
            1 => false,
            // Packed in several ways: nobody does that but for harm.
            _ => true,
        };
        if too_large {
            return Err(RenderError::TooLarge(Excess::Memory));
        }
    }
    Ok(())
}

fn is_packed(filter: Filter) -> bool {
    matches!(filter, Filter::FlateDecode | Filter::LzwDecode | Filter::RunLengthDecode)
}

/// How long data that was deflated so many times becomes, as far as it needs to be known.
fn unpacked(raw: &[u8], times: usize) -> u64 {
    let mut reader: Box<dyn Read + '_> = Box::new(raw);
    for _ in 0..times.min(8) {
        reader = Box::new(ZlibDecoder::new(reader));
    }
    let mut away = vec![0; 64 << 10];
    let mut length = 0;
    while length <= MOST {
        match reader.read(&mut away) {
            // Damaged data ends where it is damaged, for the library too.
            Ok(0) | Err(_) => break,
            Ok(read) => length += read as u64,
        }
    }
    length
}
