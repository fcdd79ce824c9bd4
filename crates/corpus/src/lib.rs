//! Documents for tests, made in code: good ones in every kind and script, and hostile ones.
//!
//! Source: issue 3 ("a corpus of at least 150 documents", "at least 60 hostile files") and fault F23. Everything is made
//! by whole-number arithmetic from fixed beginnings, so a document is the same bytes wherever it is made, and none of them
//! has to lie in the tree. Deliberately absent: what a document should look like; the golden pictures of the reader say
//! that. Not a part of the product: nothing that ships depends on this crate.
#![forbid(unsafe_code)]
// A document that cannot be made is a fault of this crate, and every test that wants it should fail there.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

pub mod codes;
pub mod drawings;
pub mod fuzz;
pub mod hostile;
pub mod pdfs;
pub mod pictures;
pub mod texts;

/// A document as a user would give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its file name: unique in its list, with the usual ending.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Document {
    /// A document of that name.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: bytes.into() }
    }
}

/// Documents that can be printed, at least 150.
pub fn documents() -> Vec<Document> {
    let mut all = pictures::documents();
    all.extend(drawings::documents());
    all.extend(texts::documents());
    all.extend(pdfs::documents());
    all
}

/// Bytes without any order that are the same each time (xorshift).
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[4]
    };
    std::iter::repeat_with(next).take(length).collect()
}
