//! The device's side of a session: plain, X25519 with a keystream, or SRP-6a with sealed messages.

use super::wire::{Message, Writer};
use aes::Aes256;
use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce};
use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U3072};
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit, StreamCipher};
use sha2::{Digest, Sha256, Sha512};
use x25519_dalek::{PublicKey, StaticSecret};

const SIZE: usize = 384;
const PRIME: &str = concat!(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B",
    "302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6",
    "49286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D",
    "670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718",
    "3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7D",
    "B3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C",
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF"
);

/// What protects the messages.
pub(super) enum Cipher {
    Plain,
    Stream(Box<Ctr128BE<Aes256>>),
    Sealed { cipher: Box<Aes256Gcm>, session: [u8; 8], counter: u32, counting: bool },
}

impl Cipher {
    pub(super) fn apply(&mut self, bytes: &[u8], opening: bool) -> Option<Vec<u8>> {
        match self {
            Self::Plain => Some(bytes.to_vec()),
            Self::Stream(stream) => {
                let mut bytes = bytes.to_vec();
                stream.apply_keystream(&mut bytes);
                Some(bytes)
            }
            Self::Sealed { cipher, session, counter, counting } => {
                let mut nonce = [0; 12];
                let (id, count) = nonce.split_at_mut(8);
                id.copy_from_slice(session);
                count.copy_from_slice(&counter.to_be_bytes());
                let nonce = Nonce::from(nonce);
                let done = if opening { cipher.decrypt(&nonce, bytes) } else { cipher.encrypt(&nonce, bytes) };
                if *counting {
                    *counter = counter.wrapping_add(1);
                }
                done.ok()
            }
        }
    }
}

/// A session that was agreed.
pub(super) struct Agreed {
    pub(super) cipher: Cipher,
    /// What both sides know now and nobody else may.
    pub(super) key: Vec<u8>,
}

/// A handshake under way.
pub(super) enum Shaking {
    Idle,
    One { key: [u8; 32], ours: PublicKey, theirs: [u8; 32], random: [u8; 16] },
    Two { client: Vec<u8>, verifier_b: Box<Second> },
}

pub(super) struct Second {
    proof: Vec<u8>,
    key: Vec<u8>,
}

/// What a device needs for its handshakes.
pub(super) struct Secrets<'a> {
    pub(super) code: &'a [u8],
    pub(super) username: &'a [u8],
    pub(super) counting: bool,
    pub(super) seed: u8,
}

/// The answer to a session message, and the session when it is agreed. An error is what the attribute protocol
/// or the closed connection says.
pub(super) fn message(scheme: u8, shaking: &mut Shaking, secrets: &Secrets<'_>, bytes: &[u8]) -> Answer {
    let request = Message::read(bytes).ok_or(())?;
    if request.number(2) != u64::from(scheme) {
        // Another scheme than ours.
        return Err(());
    }
    match scheme {
        0 => {
            request.inner(10).ok_or(())?;
            Ok((session(0, 10, 1, 21, &Writer::new().end()), Some(Agreed { cipher: Cipher::Plain, key: Vec::new() })))
        }
        1 => one(shaking, secrets, &request.inner(11).ok_or(())?),
        _ => two(shaking, secrets, &request.inner(12).ok_or(())?),
    }
}

fn session(version: u64, tag: u8, message: u64, content: u8, inside: &[u8]) -> Vec<u8> {
    let payload = Writer::new().number(1, message).bytes(content, inside).end();
    Writer::new().number(2, version).bytes(tag, &payload).end()
}

type Answer = Result<(Vec<u8>, Option<Agreed>), ()>;

fn one(shaking: &mut Shaking, secrets: &Secrets<'_>, payload: &Message) -> Answer {
    match payload.number(1) {
        0 => {
            let command = payload.inner(20).ok_or(())?;
            let theirs: [u8; 32] = command.bytes(1).and_then(|key| key.try_into().ok()).ok_or(())?;
            let own = StaticSecret::from(fill::<32>(secrets.seed, 0x21));
            let random = fill::<16>(secrets.seed, 0xa0);
            let ours = PublicKey::from(&own);
            let mut key = *own.diffie_hellman(&PublicKey::from(theirs)).as_bytes();
            if !secrets.code.is_empty() {
                let digest = Sha256::digest(secrets.code);
                key.iter_mut().zip(digest).for_each(|(byte, code)| *byte ^= code);
            }
            *shaking = Shaking::One { key, ours, theirs, random };
            let answer = Writer::new().bytes(2, ours.as_bytes()).bytes(3, &random).end();
            Ok((session(1, 11, 1, 21, &answer), None))
        }
        2 => {
            let Shaking::One { key, ours, theirs, random } = std::mem::replace(shaking, Shaking::Idle) else {
                return Err(());
            };
            let command = payload.inner(22).ok_or(())?;
            let mut stream: Ctr128BE<Aes256> = Ctr128BE::new((&key).into(), (&random).into());
            let mut proof = command.bytes(2).ok_or(())?.to_vec();
            stream.apply_keystream(&mut proof);
            if proof != ours.as_bytes() {
                return Err(());
            }
            let mut verify = theirs;
            stream.apply_keystream(&mut verify);
            let answer = Writer::new().bytes(3, &verify).end();
            let agreed = Agreed { cipher: Cipher::Stream(Box::new(stream)), key: key.to_vec() };
            Ok((session(1, 11, 3, 23, &answer), Some(agreed)))
        }
        _ => Err(()),
    }
}

fn two(shaking: &mut Shaking, secrets: &Secrets<'_>, payload: &Message) -> Answer {
    match payload.number(1) {
        0 => {
            let command = payload.inner(20).ok_or(())?;
            let client = command.bytes(2).ok_or(())?.to_vec();
            // Firmware refuses a short number.
            if client.len() != SIZE {
                return Err(());
            }
            let salt = fill::<16>(secrets.seed, 0x33);
            let (public, second) = agree(secrets, &client, &salt).ok_or(())?;
            *shaking = Shaking::Two { client, verifier_b: Box::new(second) };
            let answer = Writer::new().bytes(2, &public).bytes(3, &salt).end();
            Ok((session(2, 12, 1, 21, &answer), None))
        }
        2 => {
            let Shaking::Two { client, verifier_b } = std::mem::replace(shaking, Shaking::Idle) else {
                return Err(());
            };
            let command = payload.inner(22).ok_or(())?;
            let Second { proof, key } = *verifier_b;
            if command.bytes(1) != Some(proof.as_slice()) {
                return Err(());
            }
            let ours = hash(&[&client, &proof, &key]);
            let id = fill::<8>(secrets.seed, 0x51);
            let nonce = [id.as_slice(), &1u32.to_be_bytes()].concat();
            let answer = Writer::new().bytes(2, &ours).bytes(3, &nonce).end();
            let cipher = Aes256Gcm::new_from_slice(key.get(..32).ok_or(())?).map_err(|_| ())?;
            let cipher =
                Cipher::Sealed { cipher: Box::new(cipher), session: id, counter: 1, counting: secrets.counting };
            Ok((session(2, 12, 3, 23, &answer), Some(Agreed { cipher, key })))
        }
        _ => Err(()),
    }
}

fn agree(secrets: &Secrets<'_>, client: &[u8], salt: &[u8]) -> Option<(Vec<u8>, Second)> {
    let prime = hex::decode(PRIME).ok()?;
    let params = FixedMontyParams::new_vartime(Odd::new(U3072::from_be_slice(&prime)).into_option()?);
    let form = |bytes: &[u8]| FixedMontyForm::new(&number(bytes), &params);
    let generator = padded(&[5]);
    let identity = hash(&[secrets.username, b":", secrets.code]);
    let x = hash(&[salt, &identity]);
    let verifier = form(&[5]).pow_bounded_exp(&number(&x), 512);
    let k = form(&hash(&[&prime, &generator]));
    let secret = number(&fill::<32>(secrets.seed, 0x66));
    let public = (k * verifier + form(&[5]).pow_bounded_exp(&secret, 256)).retrieve();
    let public = public.to_be_bytes().as_ref().to_vec();
    let u = number(&hash(&[client, &public]));
    let shared = (form(client) * verifier.pow_bounded_exp(&u, 512)).pow_bounded_exp(&secret, 256).retrieve();
    let shared = shared.to_be_bytes().as_ref().to_vec();
    let first = shared.iter().position(|byte| *byte != 0)?;
    let key = hash(&[shared.get(first..)?]);
    let mixed: Vec<u8> = hash(&[&prime]).iter().zip(hash(&[&generator])).map(|(a, b)| a ^ b).collect();
    let proof = hash(&[&mixed, &hash(&[secrets.username]), salt, client, &public, &key]);
    Some((public, Second { proof, key }))
}

fn hash(parts: &[&[u8]]) -> Vec<u8> {
    parts.iter().fold(Sha512::new(), |hash, part| hash.chain_update(part)).finalize().to_vec()
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut padded = vec![0; SIZE.saturating_sub(bytes.len())];
    padded.extend_from_slice(bytes);
    padded
}

fn number(bytes: &[u8]) -> U3072 {
    U3072::from_be_slice(&padded(bytes))
}

/// A device's randomness: made from its seed, so that a run can be played again.
fn fill<const N: usize>(seed: u8, salt: u8) -> [u8; N] {
    let digest = Sha512::new().chain_update([seed, salt]).finalize();
    std::array::from_fn(|place| digest.get(place).copied().unwrap_or(0))
}
