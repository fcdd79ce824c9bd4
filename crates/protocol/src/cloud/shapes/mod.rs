//! The HTTP bodies that the guide does not show (section 11, rule C-4): the one adapter.
//!
//! The guide names the calls and four fields (`appAuthCode`, `token`, `expiresIn`, and the state of section 7.1). All
//! other names here are placeholders of ours. When a deployment shows its real bodies, this module changes and nothing
//! else. [`wire`] holds the bodies themselves, for the app and the simulated world alike; [`request`] builds the app's
//! calls; [`answer`] reads what comes back, bare or wrapped in `{code, msg|message, data}`.

pub mod answer;
pub mod request;
pub mod wire;

pub use answer::{AnswerError, BindAnswer, JobItem, JobList, LoginAnswer, Refusal, StateAnswer};
pub use request::{Compression, Content, NewJob};

use platen_model::{Fault, HttpFailure, Retry};
use sha2::{Digest, Sha256};

/// Body code of "type in the verification code that the printer has printed". Ours.
pub const CODE_REQUIRED: i64 = 4281;
/// Body code of "that was not the verification code". Ours.
pub const CODE_WRONG: i64 = 4282;

/// `sha256:` and the hash in hexadecimal digits: the form of section 7.7.
pub fn hash(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// What a failed exchange is at the edge. Without addresses and without the library's own words (promise LS-19).
pub fn http_fault(failure: &HttpFailure) -> Fault {
    let (code, message, remedy, retry) = match failure {
        HttpFailure::Unreachable(_) => (
            "cloud_unreachable",
            "The print platform could not be reached.",
            "Check this device's network connection, then try again.",
            Retry::Later,
        ),
        HttpFailure::Certificate(_) => (
            "cloud_certificate",
            "The print platform's certificate was refused.",
            "Check the date of this device and the caFile of the profile.",
            Retry::AfterRemedy,
        ),
        HttpFailure::Broken(_) => (
            "cloud_broken",
            "The connection to the print platform broke before the answer was complete.",
            "Try again.",
            Retry::Later,
        ),
        HttpFailure::TimedOut => {
            ("cloud_timeout", "The print platform did not answer in time.", "Try again in a moment.", Retry::Later)
        }
        HttpFailure::TooLarge => (
            "cloud_answer_too_large",
            "The print platform's answer was larger than allowed.",
            "Check the address in the profile.",
            Retry::AfterRemedy,
        ),
        HttpFailure::Refused(_) => (
            "cloud_refused_here",
            "The connection to the print platform was refused on this device.",
            "Check the address in the profile; it must be encrypted unless the profile allows otherwise.",
            Retry::AfterRemedy,
        ),
    };
    Fault::new(code, message, remedy).with_retry(retry)
}

#[cfg(test)]
mod tests;
