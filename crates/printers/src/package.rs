//! A PRN packed for the cloud, and a downloaded one checked.
//!
//! Source: rule C-15 of the cloud platform (which bytes the announced hash and size belong to is not said, so both
//! readings are tried), promise CT-5 (unpack as a stream with a cap on the output, never by an announced length or a
//! ratio: white labels shrink a thousandfold and are honest). Deliberately absent: downloading, and file names.

use crate::family::capitalised;
use flate2::{Compression as Level, GzBuilder, read::MultiGzDecoder};
use platen_model::{Fault, Retry};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::{Read, Write};

/// The most that a package may unpack to when nobody announced less, in bytes.
pub const DEFAULT_CAP: u64 = 64 << 20;

/// How a package is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// As it is.
    #[default]
    None,
    /// RFC 1952.
    Gzip,
}

impl Compression {
    /// The platform's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
        }
    }

    /// The compression of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::None, Self::Gzip].into_iter().find(|compression| compression.name() == name)
    }
}

/// A PRN ready to travel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// The bytes to upload.
    pub bytes: Vec<u8>,
    /// How they are compressed.
    pub compression: Compression,
    /// `sha256:` and 64 hexadecimal digits, of [`Package::bytes`].
    pub sha256: String,
    /// Length of [`Package::bytes`].
    pub size: u64,
}

/// Why a package cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnpackError {
    /// It unpacks to more than allowed. Nothing beyond the cap was kept.
    #[error("the package unpacks to more than {cap} bytes")]
    TooLarge {
        /// The cap in bytes.
        cap: u64,
    },
    /// Not the announced compression, or cut off.
    #[error("the package is damaged")]
    Damaged,
    /// Neither the bytes nor what they unpack to have the announced hash and size.
    #[error("the package is not the one that was announced")]
    Mismatch,
}

impl UnpackError {
    /// How this is told at the edge.
    pub fn fault(&self) -> Fault {
        let (code, remedy, retry) = match self {
            Self::TooLarge { .. } => ("package_too_large", "Print a smaller document.", Retry::No),
            Self::Damaged => ("package_damaged", "Get the package again.", Retry::Later),
            Self::Mismatch => ("package_mismatch", "Get the package again.", Retry::Later),
        };
        Fault::new(code, format!("{}.", capitalised(&self.to_string())), remedy).with_retry(retry)
    }
}

/// Packs `prn`. The result is never larger than `prn`: when compression does not help, there is none. The gzip header
/// holds no time and no system, so equal PRNs are equal packages.
pub fn pack(prn: &[u8], compression: Compression) -> Package {
    let zipped = match compression {
        Compression::None => None,
        // Writing to memory cannot fail; if it did, uncompressed is still right.
        Compression::Gzip => gzip(prn).ok().filter(|zipped| zipped.len() < prn.len()),
    };
    let (bytes, compression) =
        zipped.map_or_else(|| (prn.to_vec(), Compression::None), |zipped| (zipped, Compression::Gzip));
    Package { sha256: sha256(&bytes), size: bytes.len() as u64, bytes, compression }
}

fn gzip(mut bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut zipped = Vec::with_capacity(bytes.len() / 4 + 64);
    pack_to(&mut bytes, &mut zipped)?;
    Ok(zipped)
}

/// Length and hash of bytes that went by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// In bytes.
    pub size: u64,
    /// `sha256:` and 64 hexadecimal digits.
    pub sha256: String,
}

/// What [`pack_to`] has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// The PRN.
    pub plain: Sum,
    /// What was written.
    pub zipped: Sum,
}

impl Packed {
    /// What travels: the compressed form, where that is smaller.
    pub fn smaller(&self) -> (&Sum, Compression) {
        if self.zipped.size < self.plain.size {
            (&self.zipped, Compression::Gzip)
        } else {
            (&self.plain, Compression::None)
        }
    }
}

/// Writes `prn` compressed to `zipped`, piece by piece, and sums both up: [`pack`] for what is too long to be held.
///
/// # Errors
/// Those of the reader and the writer.
pub fn pack_to(prn: &mut dyn Read, zipped: &mut dyn Write) -> std::io::Result<Packed> {
    const UNKNOWN_SYSTEM: u8 = 255;
    // How a compressor is fed may change what comes out: equal pieces for equal packages, however the reader gives.
    const PIECE: u64 = 64 << 10;
    let zipped = Summed { to: zipped, size: 0, hash: Sha256::new() };
    let mut encoder = GzBuilder::new().mtime(0).operating_system(UNKNOWN_SYSTEM).write(zipped, Level::new(6));
    let mut plain = Summed { to: std::io::sink(), size: 0, hash: Sha256::new() };
    let mut piece = Vec::new();
    while prn.take(PIECE).read_to_end(&mut piece)? > 0 {
        plain.write_all(&piece)?;
        encoder.write_all(&piece)?;
        piece.clear();
    }
    let mut zipped = encoder.finish()?;
    zipped.flush()?;
    Ok(Packed { plain: plain.sum(), zipped: zipped.sum() })
}

/// Sums up what it passes on.
struct Summed<W> {
    to: W,
    size: u64,
    hash: Sha256,
}

impl<W> Summed<W> {
    fn sum(self) -> Sum {
        Sum { size: self.size, sha256: format!("sha256:{}", hex::encode(self.hash.finalize())) }
    }
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        self.size = self.size.saturating_add(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

/// The content of `bytes`, at most `cap` bytes.
///
/// # Errors
/// [`UnpackError::TooLarge`] as soon as one byte more than `cap` comes out, [`UnpackError::Damaged`] for anything that
/// is not whole.
pub fn unpack(bytes: &[u8], compression: Compression, cap: u64) -> Result<Vec<u8>, UnpackError> {
    let mut content = Vec::new();
    match compression {
        Compression::None if bytes.len() as u64 > cap => return Err(UnpackError::TooLarge { cap }),
        Compression::None => content.extend_from_slice(bytes),
        Compression::Gzip => {
            let mut stream = MultiGzDecoder::new(bytes).take(cap.saturating_add(1));
            stream.read_to_end(&mut content).map_err(|_| UnpackError::Damaged)?;
            if content.len() as u64 > cap {
                return Err(UnpackError::TooLarge { cap });
            }
        }
    }
    Ok(content)
}

/// Checks a downloaded package and opens it (rule C-15): hash and size are compared with the bytes as they came; if that
/// fails and they are compressed, with what they unpack to.
///
/// `hash` is `sha256:` and hexadecimal digits of either case.
///
/// # Errors
/// [`UnpackError::Mismatch`] when neither fits, else as [`unpack`].
pub fn verify(
    downloaded: &[u8],
    compression: Compression,
    hash: &str,
    size: u64,
    cap: u64,
) -> Result<Vec<u8>, UnpackError> {
    let announced = |bytes: &[u8]| bytes.len() as u64 == size && sha256(bytes).eq_ignore_ascii_case(hash);
    if announced(downloaded) {
        return unpack(downloaded, compression, cap);
    }
    if compression == Compression::None {
        return Err(UnpackError::Mismatch);
    }
    if size > cap {
        return Err(UnpackError::TooLarge { cap });
    }
    // The announced size would be that of the content: whatever is longer or cannot be opened is something else.
    match unpack(downloaded, compression, size) {
        Ok(content) if announced(&content) => Ok(content),
        _ => Err(UnpackError::Mismatch),
    }
}

/// `sha256:` and 64 lower-case hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt() -> Vec<u8> {
        (0..20_000_u32).map(|i| if i % 48 < 4 { 0xFF } else { 0 }).collect()
    }

    fn noise(len: usize) -> Vec<u8> {
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        (0..len)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state.to_le_bytes()[3]
            })
            .collect()
    }

    #[test]
    fn the_hash_is_the_known_one() {
        let hash = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc"), hash);
    }

    #[test]
    fn packing_is_repeatable_and_holds_no_time() {
        let package = pack(&receipt(), Compression::Gzip);
        assert_eq!(package, pack(&receipt(), Compression::Gzip));
        assert_eq!(package.compression, Compression::Gzip);
        assert_eq!(package.bytes[4..8], [0; 4]);
        assert_eq!(package.bytes[9], 255);
        assert_eq!((package.size, &package.sha256), (package.bytes.len() as u64, &sha256(&package.bytes)));
        assert!(package.size < 1000);
        assert_eq!(unpack(&package.bytes, Compression::Gzip, DEFAULT_CAP), Ok(receipt()));
    }

    #[test]
    fn a_package_is_never_larger_than_the_prn() {
        for prn in [vec![], b"x".to_vec(), noise(5000)] {
            let package = pack(&prn, Compression::Gzip);
            assert_eq!((package.compression, &package.bytes), (Compression::None, &prn));
        }
        assert_eq!(pack(&receipt(), Compression::None).compression, Compression::None);
    }

    #[test]
    fn what_is_packed_piece_by_piece_is_the_same_package() {
        /// Gives its bytes in small, uneven pieces.
        struct Dripping<'a>(&'a [u8]);
        impl Read for Dripping<'_> {
            fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
                let count = (self.0.len() % 97 + 1).min(to.len());
                (&mut self.0).take(count as u64).read(to)
            }
        }
        for prn in [vec![], receipt(), noise(5000), noise(200_000), receipt().repeat(20)] {
            let mut zipped = Vec::new();
            let packed = pack_to(&mut Dripping(&prn), &mut zipped).unwrap();
            let package = pack(&prn, Compression::Gzip);
            let (sum, compression) = packed.smaller();
            assert_eq!((sum.size, &sum.sha256, compression), (package.size, &package.sha256, package.compression));
            let bytes = if compression == Compression::Gzip { &zipped } else { &prn };
            assert!(*bytes == package.bytes, "{} bytes", prn.len());
        }
    }

    #[test]
    fn unpacking_stops_at_the_cap() {
        let bomb = pack(&vec![0; 8 << 20], Compression::Gzip).bytes;
        assert_eq!(unpack(&bomb, Compression::Gzip, 1 << 20), Err(UnpackError::TooLarge { cap: 1 << 20 }));
        assert_eq!(unpack(&bomb, Compression::Gzip, 8 << 20).unwrap().len(), 8 << 20);
        assert_eq!(unpack(b"abc", Compression::None, 2), Err(UnpackError::TooLarge { cap: 2 }));
    }

    #[test]
    fn a_damaged_package_is_refused_at_every_length() {
        let good = pack(&receipt(), Compression::Gzip).bytes;
        for end in 0..good.len() {
            assert_eq!(unpack(&good[..end], Compression::Gzip, DEFAULT_CAP), Err(UnpackError::Damaged), "{end} bytes");
        }
        assert_eq!(unpack(&[&good[..], b"junk"].concat(), Compression::Gzip, DEFAULT_CAP), Err(UnpackError::Damaged));
    }

    #[test]
    fn the_announced_hash_may_belong_to_either_form() {
        let prn = receipt();
        let package = pack(&prn, Compression::Gzip);
        let verified = |hash: &str, size| verify(&package.bytes, Compression::Gzip, hash, size, DEFAULT_CAP);
        let (raw_hash, raw_size) = (sha256(&prn), prn.len() as u64);
        assert_eq!(verified(&package.sha256, package.size), Ok(prn.clone()));
        assert_eq!(verified(&raw_hash, raw_size), Ok(prn.clone()));
        assert_eq!(verified(&raw_hash.to_uppercase().replace("SHA256", "sha256"), raw_size), Ok(prn.clone()));
        // A mixture of the two is neither.
        assert_eq!(verified(&package.sha256, raw_size), Err(UnpackError::Mismatch));
        assert_eq!(verified(&raw_hash, package.size), Err(UnpackError::Mismatch));
        assert_eq!(verified(&raw_hash, raw_size - 1), Err(UnpackError::Mismatch));
        assert_eq!(verified("", raw_size), Err(UnpackError::Mismatch));
    }

    #[test]
    fn an_uncompressed_package_has_one_reading() {
        let prn = receipt();
        let checked = |bytes: &[u8], cap| verify(bytes, Compression::None, &sha256(&prn), prn.len() as u64, cap);
        assert_eq!(checked(&prn, DEFAULT_CAP), Ok(prn.clone()));
        assert_eq!(checked(&prn, 100), Err(UnpackError::TooLarge { cap: 100 }));
        let zipped = pack(&prn, Compression::Gzip).bytes;
        assert_eq!(checked(&zipped, DEFAULT_CAP), Err(UnpackError::Mismatch));
    }

    #[test]
    fn an_announced_size_above_the_cap_is_refused_without_unpacking() {
        let package = pack(&receipt(), Compression::Gzip);
        let refused = verify(&package.bytes, Compression::Gzip, &sha256(&receipt()), 20_000, 19_999);
        assert_eq!(refused, Err(UnpackError::TooLarge { cap: 19_999 }));
    }
}
