//! What a device says about itself before any session, and the choice of a scheme that never goes below what was promised.

use serde::Deserialize;

/// How a session is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheme {
    /// Not at all: only behind a developer's switch.
    Zero,
    /// X25519 and a stream cipher, with a code.
    One,
    /// SRP-6a and AES-GCM.
    Two,
}

/// The answer of `proto-ver`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtoVersion {
    /// Its own word, for example `v1.1`.
    pub version: String,
    /// The scheme that it asks for; absent in old firmware.
    pub scheme: Option<Scheme>,
    /// Whether the nonce of [`Scheme::Two`] counts. Older firmware uses the same one again and again.
    pub counting_nonce: bool,
    /// [`Scheme::One`] without a code.
    pub no_code: bool,
    /// It lists networks.
    pub scan: bool,
}

/// Why no scheme can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// Empty, or nothing that can be read.
    #[error("the printer does not say which protocol it speaks")]
    Unreadable,
    /// A scheme that this version does not know.
    #[error("the printer asks for security {0}, which this version does not know")]
    UnknownScheme(i64),
    /// Less than its label or profile promised: somebody may be in between.
    #[error("the printer asks for less security than its label promises")]
    Downgrade,
}

#[derive(Deserialize)]
struct Answer {
    prov: Prov,
}

#[derive(Deserialize)]
struct Prov {
    #[serde(default)]
    ver: String,
    sec_ver: Option<i64>,
    #[serde(default)]
    sec_patch_ver: i64,
    #[serde(default)]
    cap: Vec<String>,
}

impl ProtoVersion {
    /// Reads the answer. Very old firmware answers with a plain word.
    ///
    /// # Errors
    /// [`VersionError::Unreadable`], [`VersionError::UnknownScheme`].
    pub fn read(bytes: &[u8]) -> Result<Self, VersionError> {
        let text = std::str::from_utf8(bytes).map_err(|_| VersionError::Unreadable)?.trim_end_matches('\0').trim();
        if text.is_empty() {
            return Err(VersionError::Unreadable);
        }
        if !text.starts_with('{') {
            let version = text.chars().take(32).collect();
            return Ok(Self { version, scheme: None, counting_nonce: false, no_code: false, scan: false });
        }
        let Answer { prov } = serde_json::from_str(text).map_err(|_| VersionError::Unreadable)?;
        let has = |word: &str| prov.cap.iter().any(|one| one == word);
        let scheme = match prov.sec_ver {
            Some(0) => Some(Scheme::Zero),
            Some(1) => Some(Scheme::One),
            Some(2) => Some(Scheme::Two),
            Some(other) => return Err(VersionError::UnknownScheme(other)),
            None if has("no_sec") => Some(Scheme::Zero),
            None => None,
        };
        let (no_code, scan) = (has("no_pop"), has("wifi_scan"));
        Ok(Self { version: prov.ver, scheme, counting_nonce: prov.sec_patch_ver >= 1, no_code, scan })
    }

    /// The scheme to use. `promised` is what the label or the profile says, if anything; `allow_zero` is the developer's
    /// switch. A device that names none speaks [`Scheme::One`].
    ///
    /// # Errors
    /// [`VersionError::Downgrade`].
    pub fn choose(&self, promised: Option<Scheme>, allow_zero: bool) -> Result<Scheme, VersionError> {
        let asked = self.scheme.unwrap_or(Scheme::One);
        let least = promised.unwrap_or(if allow_zero { Scheme::Zero } else { Scheme::One });
        let least = if allow_zero { least } else { least.max(Scheme::One) };
        if asked < least { Err(VersionError::Downgrade) } else { Ok(asked) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ProtoVersion, VersionError> {
        ProtoVersion::read(text.as_bytes())
    }

    #[test]
    fn new_and_old_answers_are_read() {
        let new = r#"{"prov":{"ver":"v1.1","sec_ver":2,"sec_patch_ver":1,"cap":["wifi_prov","wifi_scan"]},"app":{}}"#;
        let new = read(new).unwrap();
        assert_eq!((new.scheme, new.counting_nonce, new.scan), (Some(Scheme::Two), true, true));
        assert!(!read(r#"{"prov":{"ver":"v1.1","sec_ver":2}}"#).unwrap().counting_nonce);
        assert!(read(r#"{"prov":{"sec_ver":1,"cap":["no_pop"]}}"#).unwrap().no_code);
        assert_eq!(read("V0.1\0").unwrap().version, "V0.1");
        assert_eq!(read(""), Err(VersionError::Unreadable));
        assert_eq!(read("{"), Err(VersionError::Unreadable));
        assert_eq!(read(r#"{"prov":{"sec_ver":7}}"#), Err(VersionError::UnknownScheme(7)));
    }

    #[test]
    fn security_never_goes_below_the_promise() {
        let asks =
            |scheme| ProtoVersion { version: String::new(), scheme, counting_nonce: true, no_code: false, scan: true };
        assert_eq!(asks(Some(Scheme::One)).choose(Some(Scheme::Two), false), Err(VersionError::Downgrade));
        assert_eq!(asks(Some(Scheme::One)).choose(None, false), Ok(Scheme::One));
        assert_eq!(asks(Some(Scheme::Two)).choose(Some(Scheme::One), false), Ok(Scheme::Two));
        assert_eq!(asks(Some(Scheme::Zero)).choose(None, false), Err(VersionError::Downgrade));
        assert_eq!(asks(Some(Scheme::Zero)).choose(Some(Scheme::Zero), false), Err(VersionError::Downgrade));
        assert_eq!(asks(Some(Scheme::Zero)).choose(None, true), Ok(Scheme::Zero));
        assert_eq!(asks(None).choose(None, false), Ok(Scheme::One));
        assert_eq!(asks(None).choose(Some(Scheme::Two), true), Err(VersionError::Downgrade));
    }
}
