//! Security 1: X25519, then one AES-256-CTR keystream that runs through all messages of both directions.
//!
//! ```text
//! key = X25519(ours, theirs) ⊕ SHA-256(code)          without a code: not mixed        IV = device random, 16 bytes
//! ```
//!
//! Nothing authenticates the messages that follow, and a false device learns enough to guess a short code offline: it is
//! used only where a device offers nothing better.

use super::messages::{Payload1, SessionData, Status, data, sec1};
use super::{Session, SessionError};
use aes::Aes256;
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit, StreamCipher};
use platen_model::Secret;
use prost::Message;
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

/// A handshake under way.
pub struct Security1 {
    code: Secret<Vec<u8>>,
    secret: StaticSecret,
    device: Option<(PublicKey, Stream)>,
}

impl Security1 {
    /// A handshake with the code of the label, empty for none, and 32 bytes of fresh randomness.
    pub fn new(code: Secret<Vec<u8>>, random: [u8; 32]) -> Self {
        Self { code, secret: StaticSecret::from(random), device: None }
    }

    /// The first request.
    pub fn begin(&self) -> Vec<u8> {
        let client_pubkey = PublicKey::from(&self.secret).as_bytes().to_vec();
        encoded(0, sec1::Content::Command0(sec1::Command0 { client_pubkey }))
    }

    /// The second request, from the answer to the first.
    ///
    /// # Errors
    /// See [`SessionError`].
    pub fn prove(&mut self, response: &[u8]) -> Result<Vec<u8>, SessionError> {
        let sec1::Content::Response0(answer) = decoded(response)? else { return Err(SessionError::Broken) };
        refuse(answer.status)?;
        let theirs: [u8; 32] = answer.device_pubkey.try_into().map_err(|_| SessionError::Broken)?;
        let random: [u8; 16] = answer.device_random.try_into().map_err(|_| SessionError::Broken)?;
        let theirs = PublicKey::from(theirs);
        let shared = self.secret.diffie_hellman(&theirs);
        // A key of small order would make the same secret with everybody.
        if !shared.was_contributory() {
            return Err(SessionError::Unsafe);
        }
        let mut key = Zeroizing::new(*shared.as_bytes());
        if !self.code.reveal().is_empty() {
            let digest = Zeroizing::new(<[u8; 32]>::from(Sha256::digest(self.code.reveal())));
            key.iter_mut().zip(digest.iter()).for_each(|(byte, code)| *byte ^= code);
        }
        let mut stream = Stream(Ctr128BE::new((&*key).into(), (&random).into()));
        let client_verify = stream.apply(theirs.as_bytes());
        self.device = Some((theirs, stream));
        Ok(encoded(2, sec1::Content::Command1(sec1::Command1 { client_verify })))
    }

    /// The session, from the answer to the second request.
    ///
    /// # Errors
    /// [`SessionError::WrongCode`] when the device's proof is not ours; see [`SessionError`].
    pub fn finish(self, response: &[u8]) -> Result<Session, SessionError> {
        let sec1::Content::Response1(answer) = decoded(response)? else { return Err(SessionError::Broken) };
        refuse(answer.status)?;
        let (_, mut stream) = self.device.ok_or(SessionError::Broken)?;
        let ours = PublicKey::from(&self.secret);
        let proof = stream.apply(&answer.device_verify);
        if bool::from(proof.as_slice().ct_eq(ours.as_bytes())) {
            Ok(Session::Stream(stream))
        } else {
            Err(SessionError::WrongCode)
        }
    }
}

fn encoded(message: i32, content: sec1::Content) -> Vec<u8> {
    let payload = Payload1 { message, content: Some(content) };
    SessionData { version: 1, proto: Some(data::Proto::Sec1(payload)) }.encode_to_vec()
}

fn decoded(response: &[u8]) -> Result<sec1::Content, SessionError> {
    let session = SessionData::decode(response).map_err(|_| SessionError::Broken)?;
    match session.proto {
        Some(data::Proto::Sec1(Payload1 { content: Some(content), .. })) => Ok(content),
        _ => Err(SessionError::Broken),
    }
}

fn refuse(status: i32) -> Result<(), SessionError> {
    if status == Status::SUCCESS { Ok(()) } else { Err(SessionError::Refused(status)) }
}

/// The keystream of a session.
pub struct Stream(Ctr128BE<Aes256>);

impl Stream {
    /// Encrypts or decrypts: the same.
    pub(super) fn apply(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        self.0.apply_keystream(&mut bytes);
        bytes
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Stream(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex::{decode, encode};

    const DEVICE_PUBLIC: &str = "5869aff450549732cbaaed5e5df9b30a6da31cb0e5742bad5ad4a1a768f1a67b";

    fn bytes<const N: usize>(first: u8) -> [u8; N] {
        std::array::from_fn(|place| first + u8::try_from(place).unwrap())
    }

    fn handshake(code: &[u8]) -> Security1 {
        Security1::new(Secret::new(code.to_vec()), bytes(1))
    }

    fn answer0(pubkey: &str) -> Vec<u8> {
        let device_pubkey = decode(pubkey).unwrap();
        let device_random = bytes::<16>(0xA0).to_vec();
        encoded(1, sec1::Content::Response0(sec1::Response0 { status: 0, device_pubkey, device_random }))
    }

    fn answer1(proof: &str) -> Vec<u8> {
        let device_verify = decode(proof).unwrap();
        encoded(3, sec1::Content::Response1(sec1::Response1 { status: 0, device_verify }))
    }

    #[test]
    fn the_whole_handshake_is_the_vector() {
        let mut handshake = handshake(b"abcd1234");
        let begun = handshake.begin();
        let sec1::Content::Command0(command) = decoded(&begun).unwrap() else { panic!() };
        assert_eq!(encode(command.client_pubkey), "07a37cbc142093c8b755dc1b10e86cb426374ad16aa853ed0bdfc0b2b86d1c7c");
        let proof = handshake.prove(&answer0(DEVICE_PUBLIC)).unwrap();
        let sec1::Content::Command1(command) = decoded(&proof).unwrap() else { panic!() };
        assert_eq!(encode(command.client_verify), "527d5d0604ab390e387edfb2edd69291a9f5d3bc2486b9bfaf469157071f4eee");
        let proof = "2269f29d63597181e5a9ccb15dc0acde206674f74dbc91b1a0ad13a412d8403d";
        let mut session = handshake.finish(&answer1(proof)).unwrap();
        assert_eq!(encode(session.encrypt(&decode("5200").unwrap()).unwrap()), "51c4");
    }

    #[test]
    fn a_wrong_code_a_refusal_and_nonsense_are_told_apart() {
        let proof = "2269f29d63597181e5a9ccb15dc0acde206674f74dbc91b1a0ad13a412d8403d";
        let mut wrong = handshake(b"abcd1235");
        wrong.prove(&answer0(DEVICE_PUBLIC)).unwrap();
        assert!(matches!(wrong.finish(&answer1(proof)), Err(SessionError::WrongCode)));
        let refusal = encoded(1, sec1::Content::Response0(sec1::Response0 { status: 3, ..Default::default() }));
        assert!(matches!(handshake(b"").prove(&refusal), Err(SessionError::Refused(3))));
        assert!(matches!(handshake(b"").prove(b"\xff\xff"), Err(SessionError::Broken)));
        assert!(matches!(handshake(b"").prove(&answer1("00")), Err(SessionError::Broken)));
        assert!(matches!(handshake(b"").finish(&answer1(proof)), Err(SessionError::Broken)));
        // A key that makes the shared secret zero.
        assert!(matches!(handshake(b"x").prove(&answer0(&"00".repeat(32))), Err(SessionError::Unsafe)));
    }
}
