//! Binary data as text: `:Z64:` and `:B64:`.
//!
//! ```text
//! :Z64: base64(zlib(rows)) : crc      crc = four hexadecimal digits over the base64 text itself:
//! :B64: base64(rows)       : crc            polynomial 0x1021, begins with 0, nothing reflected
//! ```
//!
//! Source: section "Compressed images" of `docs/protocols/zpl.md`.

use crate::families::deflate::deflate;
use crate::family::EncodeError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use flate2::{Compress, Compression, FlushCompress};
use std::io::Read;

/// The checksum of `text`, going on from `crc`.
pub(super) fn checksum(crc: u16, text: &[u8]) -> u16 {
    text.iter().fold(crc, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 })
    })
}

/// Rows on their way to `:Z64:`.
pub(super) struct Packer {
    compress: Compress,
    /// Compressed bytes that do not fill a group of three yet.
    rest: Vec<u8>,
    crc: u16,
}

impl Packer {
    pub(super) fn new() -> Self {
        Self { compress: Compress::new(Compression::new(6), true), rest: Vec::new(), crc: 0 }
    }

    /// Packs more rows.
    pub(super) fn push(&mut self, rows: &[u8], prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        deflate(&mut self.compress, rows, FlushCompress::None, &mut self.rest)?;
        self.write(self.rest.len() / 3 * 3, prn);
        Ok(())
    }

    /// Packs what is left, and adds the checksum.
    pub(super) fn finish(&mut self, prn: &mut Vec<u8>) -> Result<(), EncodeError> {
        deflate(&mut self.compress, &[], FlushCompress::Finish, &mut self.rest)?;
        self.write(self.rest.len(), prn);
        prn.extend_from_slice(format!(":{:04X}", self.crc).as_bytes());
        Ok(())
    }

    fn write(&mut self, count: usize, prn: &mut Vec<u8>) {
        let text = STANDARD.encode(self.rest.drain(..count));
        self.crc = checksum(self.crc, text.as_bytes());
        prn.extend_from_slice(text.as_bytes());
    }
}

/// The rows in a field that begins with `:`, at most `most` bytes of them.
pub(super) fn unpack(field: &[u8], most: usize) -> Result<Vec<u8>, &'static str> {
    let (zipped, rest) = match field.split_at_checked(5) {
        Some((b":Z64:", rest)) => (true, rest),
        Some((b":B64:", rest)) => (false, rest),
        _ => return Err("of an unknown encoding"),
    };
    let colon = rest.iter().position(|&byte| byte == b':').ok_or("without a checksum")?;
    let (text, told) = (rest.get(..colon).unwrap_or(&[]), rest.get(colon + 1..).unwrap_or(&[]).trim_ascii());
    let told = std::str::from_utf8(told).ok().and_then(|told| u16::from_str_radix(told, 16).ok());
    if told.ok_or("without a checksum")? != checksum(0, text) {
        return Err("with a wrong checksum");
    }
    let mut data = STANDARD.decode(text).map_err(|_| "not in base64")?;
    if zipped {
        let mut rows = Vec::new();
        let whole = ZlibDecoder::new(data.as_slice()).take(most as u64).read_to_end(&mut rows);
        whole.map_err(|_| "not compressed as it should be")?;
        return Ok(rows);
    }
    data.truncate(most);
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_other_programs_are_read_and_their_checksums_agree() {
        assert_eq!(unpack(b":Z64:eJxbFQoAAasBAA==:B023", 2), Ok(vec![0xAA, 0x55]));
        let rows = unpack(b":Z64:eJzj4KAKYJChDmCwoQ5gEKAOYAAAavEfEQ==:24EF\r\n", 288).unwrap();
        assert_eq!((rows.len(), rows[0]), (288, 0x08));
        assert_eq!(unpack(b":B64:qlU=:cc7f", 2), Ok(vec![0xAA, 0x55]));
    }

    #[test]
    fn damage_is_noticed() {
        for (field, problem) in [
            (&b":Z64:eJxbFQoAAasBAA==:B024"[..], "with a wrong checksum"),
            (b":Z64:eJxbFQoAAasCAA==:B023", "with a wrong checksum"),
            (b":Z64:eJxbFQoAAasBAA==", "without a checksum"),
            (b":Z64:eJxbFQoAAasBAA==:", "without a checksum"),
            (b":Z65:eJxbFQoAAasBAA==:B023", "of an unknown encoding"),
            (b":B64:*:8528", "not in base64"),
            (b":Z64:qlU=:CC7F", "not compressed as it should be"),
        ] {
            assert_eq!(unpack(field, 100), Err(problem), "{}", field.escape_ascii());
        }
    }

    #[test]
    fn what_is_packed_in_pieces_is_unpacked_and_no_more_than_allowed() {
        let rows: Vec<u8> = (0..100_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 21).to_le_bytes()[0]).collect();
        let (mut packer, mut prn) = (Packer::new(), b":Z64:".to_vec());
        for piece in rows.chunks(777) {
            packer.push(piece, &mut prn).unwrap();
        }
        packer.finish(&mut prn).unwrap();
        assert!(unpack(&prn, rows.len()).unwrap() == rows);
        assert_eq!(unpack(&prn, 10).unwrap(), rows[..10]);
    }
}
