//! Security 2: SRP-6a with SHA-512 and the 3072-bit group of RFC 5054, then AES-256-GCM.
//!
//! ```text
//! x = H(s | H(I ":" p))   k = H(N | PAD(g))   A = g^a   u = H(PAD(A) | PAD(B))   S = (B − k·g^x)^(a + u·x)
//! K = H(S without leading zeros)   M1 = H(H(N) ⊕ H(PAD(g)) | H(I) | s | A | B | K)   M2 = H(A | M1 | K)
//! key = K[0..32]   nonce = session id (8) counter (4, big-endian)   tag 16 bytes, nothing else is authenticated
//! ```
//!
//! A is 384 bytes on the wire and never begins with zero: devices hash it as it came. The counter moves on with every
//! message in either direction; firmware before patch version 1 leaves it where it is.

use super::messages::{Payload2, SessionData, Status, data, sec2};
use super::{CipherError, Session, SessionError};
use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce};
use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U3072};
use platen_model::Secret;
use prost::Message;
use sha2::{Digest, Sha512};
use std::fmt;
use std::sync::LazyLock;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Bytes of a number of the group.
const SIZE: usize = 384;
/// The generator.
const G: u8 = 5;
/// The prime of RFC 5054, appendix A, 3072 bits.
const N: &str = "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF";

type Digest512 = Zeroizing<[u8; 64]>;

/// The group, in the form that its arithmetic wants.
struct Group {
    params: FixedMontyParams<{ U3072::LIMBS }>,
    prime: [u8; SIZE],
    generator: [u8; SIZE],
}

static GROUP: LazyLock<Option<Group>> = LazyLock::new(|| {
    let prime: [u8; SIZE] = hex::decode(N).ok()?.try_into().ok()?;
    let odd = Odd::new(U3072::from_be_slice(&prime)).into_option()?;
    let mut generator = [0; SIZE];
    *generator.last_mut()? = G;
    Some(Group { params: FixedMontyParams::new_vartime(odd), prime, generator })
});

impl Group {
    fn get() -> Result<&'static Self, SessionError> {
        // The prime is ours and a test reads it.
        GROUP.as_ref().ok_or(SessionError::Broken)
    }

    fn number(&self, value: &U3072) -> FixedMontyForm<{ U3072::LIMBS }> {
        FixedMontyForm::new(value, &self.params)
    }

    /// g to the power of `exponent`, which has at most `bits` bits.
    fn power(&self, exponent: &U3072, bits: u32) -> FixedMontyForm<{ U3072::LIMBS }> {
        self.number(&U3072::from_u8(G)).pow_bounded_exp(exponent, bits)
    }
}

fn hash<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Digest512 {
    let mut hasher = Sha512::new();
    parts.into_iter().for_each(|part| hasher.update(part));
    Zeroizing::new(hasher.finalize().into())
}

/// A number of at most 384 bytes, most significant first.
fn number(bytes: &[u8]) -> Option<U3072> {
    let mut padded = Zeroizing::new([0; SIZE]);
    padded.get_mut(SIZE.checked_sub(bytes.len())?..)?.copy_from_slice(bytes);
    Some(U3072::from_be_slice(&*padded))
}

fn bytes_of(value: &U3072) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(value.to_be_bytes().as_ref().to_vec())
}

/// `bytes` without leading zeros.
fn minimal(bytes: &[u8]) -> &[u8] {
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    bytes.get(first..).unwrap_or(&[])
}

/// How x is computed. One maker's own tool strips the zeros with which 1 in 256 credentials begin; verifiers that it made
/// open with the stripped form only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stripped {
    /// The whole digest, as the specification says.
    No,
    /// Without leading zeros, for one second try.
    Yes,
}

/// A handshake under way.
pub struct Security2 {
    username: String,
    password: Secret<Vec<u8>>,
    stripped: Stripped,
    secret: Zeroizing<[u8; 32]>,
    public: Vec<u8>,
    counting_nonce: bool,
    proven: Option<Proven>,
}

/// What is known after the first round.
struct Proven {
    key: Digest512,
    proof: Digest512,
}

impl Security2 {
    /// A handshake with the user name and code of the label, and 32 bytes of fresh randomness. `counting_nonce` is what the
    /// device's version said. `None` when the public number begins with a zero byte, 1 time in 256: devices refuse it, so
    /// come again with other randomness.
    pub fn new(
        username: &str,
        password: Secret<Vec<u8>>,
        random: [u8; 32],
        counting_nonce: bool,
        stripped: Stripped,
    ) -> Option<Self> {
        let secret = Zeroizing::new(random);
        let public = bytes_of(&Group::get().ok()?.power(&number(&*secret)?, 256).retrieve()).to_vec();
        let sound = public.first().is_some_and(|byte| *byte != 0);
        let username = username.to_owned();
        sound.then_some(Self { username, password, stripped, secret, public, counting_nonce, proven: None })
    }

    /// Whether a refused proof may be the fault of a tool that strips zeros, so that [`Stripped::Yes`] is worth a try.
    pub fn may_be_stripped(username: &str, password: &Secret<Vec<u8>>) -> bool {
        hash([username.as_bytes(), b":", password.reveal()]).first() == Some(&0)
    }

    /// The first request.
    pub fn begin(&self) -> Vec<u8> {
        let (username, client_pubkey) = (self.username.as_bytes().to_vec(), self.public.clone());
        encoded(0, sec2::Content::Command0(sec2::Command0 { username, client_pubkey }))
    }

    /// The second request, from the answer to the first.
    ///
    /// # Errors
    /// See [`SessionError`].
    pub fn prove(&mut self, response: &[u8]) -> Result<Vec<u8>, SessionError> {
        let sec2::Content::Response0(answer) = decoded(response)? else { return Err(SessionError::Broken) };
        refuse(answer.status)?;
        let proven = self.agree(&answer.device_pubkey, &answer.salt)?;
        let client_proof = proven.proof.to_vec();
        self.proven = Some(proven);
        Ok(encoded(2, sec2::Content::Command1(sec2::Command1 { client_proof })))
    }

    fn agree(&self, theirs: &[u8], salt: &[u8]) -> Result<Proven, SessionError> {
        let group = Group::get()?;
        if theirs.is_empty() || theirs.len() > SIZE || salt.is_empty() {
            return Err(SessionError::Broken);
        }
        let b = number(theirs).ok_or(SessionError::Broken)?;
        let b_form = group.number(&b);
        // A multiple of the prime would make the same secret whatever the code.
        if b_form.retrieve() == U3072::ZERO {
            return Err(SessionError::Unsafe);
        }
        let b_padded = bytes_of(&b);
        let u = hash([self.public.as_slice(), &b_padded]);
        if u.iter().all(|byte| *byte == 0) {
            return Err(SessionError::Unsafe);
        }
        let credentials = hash([self.username.as_bytes(), b":", self.password.reveal()]);
        let x = match self.stripped {
            Stripped::No => hash([salt, credentials.as_slice()]),
            Stripped::Yes => hash([minimal(salt), minimal(credentials.as_slice())]),
        };
        let k = hash([group.prime.as_slice(), &group.generator]);
        let [x, u, k, a] = [&x[..], &u[..], &k[..], &self.secret[..]].map(number);
        let (Some(x), Some(u), Some(k), Some(a)) = (x, u, k, a) else { return Err(SessionError::Broken) };
        let verifier = group.power(&x, 512);
        let base = b_form - group.number(&k) * verifier;
        // u and x have 512 bits and a 256: the sum fits far below 3,072.
        let exponent = a.wrapping_add(&u.wrapping_mul(&x));
        let shared = bytes_of(&base.pow_bounded_exp(&exponent, 1026).retrieve());
        let key = hash([minimal(&shared)]);

        let (prime, generator) = (hash([group.prime.as_slice()]), hash([group.generator.as_slice()]));
        let mixed: Vec<u8> = prime.iter().zip(generator.iter()).map(|(a, b)| a ^ b).collect();
        let name = hash([self.username.as_bytes()]);
        // Their number is hashed as it came, ours as it went.
        let proof = hash([mixed.as_slice(), name.as_slice(), salt, &self.public, theirs, key.as_slice()]);
        Ok(Proven { key, proof })
    }

    /// The session, from the answer to the second request.
    ///
    /// # Errors
    /// [`SessionError::WrongCode`] when the device's proof is not ours; see [`SessionError`].
    pub fn finish(self, response: &[u8]) -> Result<Session, SessionError> {
        let sec2::Content::Response1(answer) = decoded(response)? else { return Err(SessionError::Broken) };
        refuse(answer.status)?;
        let Proven { key, proof } = self.proven.ok_or(SessionError::Broken)?;
        let expected = hash([self.public.as_slice(), proof.as_slice(), key.as_slice()]);
        if !bool::from(expected.as_slice().ct_eq(&answer.device_proof)) {
            return Err(SessionError::WrongCode);
        }
        let nonce: [u8; 12] = answer.nonce.try_into().map_err(|_| SessionError::Broken)?;
        let cipher = key.get(..32).and_then(|key| Aes256Gcm::new_from_slice(key).ok()).ok_or(SessionError::Broken)?;
        Ok(Session::Sealed(Sealed { cipher, nonce, counting: self.counting_nonce, used_up: false }))
    }
}

fn encoded(message: i32, content: sec2::Content) -> Vec<u8> {
    let payload = Payload2 { message, content: Some(content) };
    SessionData { version: 2, proto: Some(data::Proto::Sec2(payload)) }.encode_to_vec()
}

fn decoded(response: &[u8]) -> Result<sec2::Content, SessionError> {
    let session = SessionData::decode(response).map_err(|_| SessionError::Broken)?;
    match session.proto {
        Some(data::Proto::Sec2(Payload2 { content: Some(content), .. })) => Ok(content),
        _ => Err(SessionError::Broken),
    }
}

fn refuse(status: i32) -> Result<(), SessionError> {
    if status == Status::SUCCESS { Ok(()) } else { Err(SessionError::Refused(status)) }
}

/// The cipher of a session.
pub struct Sealed {
    cipher: Aes256Gcm,
    /// Session id, then the counter.
    nonce: [u8; 12],
    counting: bool,
    used_up: bool,
}

impl Sealed {
    pub(super) fn seal(&mut self, plain: &[u8]) -> Result<Vec<u8>, CipherError> {
        let nonce = self.next()?;
        self.cipher.encrypt(&Nonce::from(nonce), plain).map_err(|_| CipherError::NotOurs)
    }

    pub(super) fn open(&mut self, sealed: &[u8]) -> Result<Vec<u8>, CipherError> {
        let nonce = self.next()?;
        self.cipher.decrypt(&Nonce::from(nonce), sealed).map_err(|_| CipherError::NotOurs)
    }

    /// The nonce for this message.
    fn next(&mut self) -> Result<[u8; 12], CipherError> {
        if self.used_up {
            return Err(CipherError::Exhausted);
        }
        let nonce = self.nonce;
        if self.counting {
            let [.., a, b, c, d] = &mut self.nonce;
            let next = u32::from_be_bytes([*a, *b, *c, *d]).checked_add(1);
            // A nonce is never used twice, even if that takes four thousand million messages.
            self.used_up = next.is_none();
            [*a, *b, *c, *d] = next.unwrap_or(0).to_be_bytes();
        }
        Ok(nonce)
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Sealed(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex::encode;
    use sha2::Sha256;

    const SALT: &str = "036ee0c7bcb9eda84c9eac97d93decf4";

    /// The device's side, for the vector: v from x, B = k·v + g^b.
    fn device(x: &[u8], b: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let group = Group::get().unwrap();
        let v = group.power(&number(x).unwrap(), 512);
        let k = group.number(&number(&*hash([group.prime.as_slice(), &group.generator])).unwrap());
        let public = k * v + group.power(&number(b).unwrap(), 256);
        (bytes_of(&v.retrieve()).to_vec(), bytes_of(&public.retrieve()).to_vec())
    }

    fn secret(first: [u8; 2], from: u8) -> [u8; 32] {
        std::array::from_fn(|place| match place {
            0 => first[0],
            1 => first[1],
            other => from + u8::try_from(other - 2).unwrap(),
        })
    }

    fn handshake(password: &[u8]) -> Security2 {
        let random = secret([0x80, 0x01], 0x02);
        Security2::new("wifiprov", Secret::new(password.to_vec()), random, true, Stripped::No).unwrap()
    }

    fn x_of(password: &[u8]) -> Vec<u8> {
        hash([hex::decode(SALT).unwrap().as_slice(), hash([&b"wifiprov:"[..], password]).as_slice()]).to_vec()
    }

    fn answer0(device_pubkey: Vec<u8>) -> Vec<u8> {
        let salt = hex::decode(SALT).unwrap();
        encoded(1, sec2::Content::Response0(sec2::Response0 { status: 0, device_pubkey, salt }))
    }

    fn answer1(device_proof: Vec<u8>) -> Vec<u8> {
        let nonce = hex::decode("010203040506070800000001").unwrap();
        encoded(3, sec2::Content::Response1(sec2::Response1 { status: 0, device_proof, nonce }))
    }

    const M2: &str = "5c9e703229477beb2008889505578dc48a0add6773320379a2803ebceb4b70f451f3edfbceeb25b57d0ca63fd1855fec2f4fbf6e766faaa8d6369caddccf7816";

    #[test]
    fn the_whole_handshake_is_the_vector() {
        let x = x_of(b"abcd1234");
        assert_eq!(
            encode(&x),
            "869b97a7399bdc2e9e2943dbf1f5347a10108ea60e278cafb5849aa0c14f6b735aa186d260e779838af03d4393961086dabe3321c01c58672f186b698f83314a"
        );
        let (v, b) = device(&x, &secret([0x90, 0x65], 0x66));
        let fingerprint = |bytes: &[u8]| encode(Sha256::digest(bytes));
        assert_eq!(fingerprint(&v), "e985f1fb10e7c5aaf625ec7cc0896e8f92bdcd5b621141766ea6ea93bd899b06");
        assert_eq!(fingerprint(&b), "b7b127876d440be8c66338ea71eb94dcdacf307104fb79519e3485345388b0ec");
        let mut handshake = handshake(b"abcd1234");
        assert_eq!(fingerprint(&handshake.public), "58567d73531b19db89126cccd10ab11340e4dad305013ee4b9cd452057b71b3a");
        let proof = handshake.prove(&answer0(b)).unwrap();
        let sec2::Content::Command1(command) = decoded(&proof).unwrap() else { panic!() };
        assert_eq!(
            encode(command.client_proof),
            "2dad50374b0c1996a3e9054851fc11f242482d500aa7decf24abee784ab33cd2dba74cc83710877fff6a91be5e9ac1248432761c25bcd1a18ddcab24ccb18fec"
        );
        let key = &handshake.proven.as_ref().unwrap().key;
        assert_eq!(
            encode(&key[..]),
            "68528c39674c536171c5c696dbf797f835cf728e041217de3535da8fdc90a3a0b8c43a6e0277e75314f389fa407a16b7c8af3f6a0f704e5e36e2d6b0cc163851"
        );
        let mut session = handshake.finish(&answer1(hex::decode(M2).unwrap())).unwrap();
        assert_eq!(encode(session.encrypt(&[]).unwrap()), "a282bfec7d02e175d7723c2eded57911");
        // The counter has moved on.
        assert_ne!(encode(session.encrypt(&[]).unwrap()), "a282bfec7d02e175d7723c2eded57911");
    }

    #[test]
    fn a_wrong_code_and_dangerous_numbers_are_refused() {
        let (_, b) = device(&x_of(b"abcd1234"), &secret([0x90, 0x65], 0x66));
        let mut wrong = handshake(b"abcd1235");
        wrong.prove(&answer0(b.clone())).unwrap();
        let proof = hex::decode(M2).unwrap();
        assert!(matches!(wrong.finish(&answer1(proof.clone())), Err(SessionError::WrongCode)));
        let mut right = handshake(b"abcd1234");
        right.prove(&answer0(b)).unwrap();
        assert!(matches!(right.finish(&answer1(proof[..63].to_vec())), Err(SessionError::WrongCode)));

        let prove = |public: Vec<u8>| handshake(b"abcd1234").prove(&answer0(public)).unwrap_err();
        assert_eq!(prove(vec![0; SIZE]), SessionError::Unsafe);
        assert_eq!(prove(Group::get().unwrap().prime.to_vec()), SessionError::Unsafe);
        assert_eq!(prove(Vec::new()), SessionError::Broken);
        assert_eq!(prove(vec![1; SIZE + 1]), SessionError::Broken);
        let refusal = encoded(1, sec2::Content::Response0(sec2::Response0 { status: 1, ..Default::default() }));
        assert_eq!(handshake(b"a").prove(&refusal).unwrap_err(), SessionError::Refused(1));
        assert_eq!(handshake(b"a").prove(b"\x12").unwrap_err(), SessionError::Broken);
    }

    #[test]
    fn older_firmware_keeps_its_nonce_and_a_counter_never_comes_round() {
        let sealed = |counting, nonce: &str| Sealed {
            cipher: Aes256Gcm::new_from_slice(&[7; 32]).unwrap(),
            nonce: hex::decode(nonce).unwrap().try_into().unwrap(),
            counting,
            used_up: false,
        };
        let mut old = sealed(false, "010203040506070800000001");
        assert_eq!(old.seal(b"a").unwrap(), old.seal(b"a").unwrap());
        let mut ours = sealed(true, "010203040506070800000001");
        let mut theirs = sealed(true, "010203040506070800000001");
        let message = ours.seal(b"hello").unwrap();
        assert_eq!(theirs.open(&message).unwrap(), b"hello");
        assert_eq!(theirs.open(&message), Err(CipherError::NotOurs));
        let mut last = sealed(true, "0102030405060708ffffffff");
        assert!(last.seal(b"a").is_ok());
        assert_eq!(last.seal(b"a"), Err(CipherError::Exhausted));
    }
}
