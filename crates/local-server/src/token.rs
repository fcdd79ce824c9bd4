//! The door's token (promise LS-5): 256 bits, kept as SHA-256 only, compared in constant time, and a brake on guesses.
//!
//! On loopback every program of the machine has the same address, so a brake that locks an address out would let any
//! page or program lock out the person in front of the machine. Here the brake meets **wrong tokens only**: a right one
//! is always taken. It costs nothing: the pace limit still holds, and 2^256 does not mind fifty guesses a second.
//! Foreign pages never get this far; their requests end at `Host` and `Origin` and are not counted here.

use crate::limits::Limits;
use crate::places::Peer;
use hyper::header::{AUTHORIZATION, HeaderMap};
use platen_model::Secret;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;
use subtle::ConstantTimeEq;
use tokio::time::Instant;

const WINDOW: Duration = Duration::from_secs(60);
const LONGEST_PENALTY: Duration = Duration::from_secs(60);
const MOST_PEERS: usize = 1024;

/// What became of the token of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// The right one.
    Right,
    /// Absent or wrong: 401.
    Wrong,
    /// Absent or wrong, once too often: 429, again after this.
    TooOften(Duration),
}

#[derive(Debug)]
struct Failures {
    since: Instant,
    count: u32,
    penalty: Duration,
    until: Option<Instant>,
}

/// Guards the door.
pub(crate) struct TokenGate {
    hash: [u8; 32],
    allowed: u32,
    failures: Mutex<BTreeMap<Peer, Failures>>,
}

impl TokenGate {
    pub(crate) fn new(token: &Secret<String>, limits: &Limits) -> Self {
        Self {
            hash: Sha256::digest(token.reveal().as_bytes()).into(),
            allowed: limits.token_failures,
            failures: Mutex::default(),
        }
    }

    /// Whether the request carries the token. Nothing is counted.
    pub(crate) fn is_right(&self, headers: &HeaderMap) -> bool {
        let mut fields = headers.get_all(AUTHORIZATION).iter();
        let shown = match (fields.next(), fields.next()) {
            (Some(field), None) => field.as_bytes().strip_prefix(b"Bearer ").unwrap_or_default(),
            _ => &[],
        };
        // Hashing first makes both sides 32 bytes, whatever was shown.
        let shown: [u8; 32] = Sha256::digest(shown).into();
        shown.ct_eq(&self.hash).into()
    }

    /// Checks the token of a request from `peer`, and counts a failure.
    pub(crate) fn prove(&self, peer: Peer, headers: &HeaderMap, now: Instant) -> Proof {
        if self.is_right(headers) { Proof::Right } else { self.count_failure(peer, now) }
    }

    fn count_failure(&self, peer: Peer, now: Instant) -> Proof {
        let mut all = self.failures.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if all.len() >= MOST_PEERS && !all.contains_key(&peer) {
            all.retain(|_, failures| now.duration_since(failures.since) < WINDOW);
        }
        let fresh = Failures { since: now, count: 0, penalty: Duration::from_secs(1), until: None };
        let failures = all.entry(peer).or_insert(fresh);
        if let Some(until) = failures.until
            && now < until
        {
            return Proof::TooOften(until.duration_since(now));
        }
        let quiet_since = failures.until.unwrap_or(failures.since);
        if now.duration_since(quiet_since) >= WINDOW {
            *failures = Failures { since: now, count: 0, penalty: Duration::from_secs(1), until: None };
        }
        failures.count = failures.count.saturating_add(1);
        if failures.count <= self.allowed {
            return Proof::Wrong;
        }
        let penalty = failures.penalty;
        failures.until = Some(now + penalty);
        failures.penalty = (penalty * 2).min(LONGEST_PENALTY);
        Proof::TooOften(penalty)
    }
}

/// A new token: 256 bits of the operating system's generator, as 64 hexadecimal digits.
pub(crate) fn new_token() -> Result<Secret<String>, getrandom::Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(Secret::new(hex::encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn gate() -> (TokenGate, HeaderMap, HeaderMap) {
        let token = new_token().unwrap();
        let gate = TokenGate::new(&token, &Limits::default());
        let mut right = HeaderMap::new();
        right.insert(AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {}", token.reveal())).unwrap());
        let mut wrong = HeaderMap::new();
        wrong.insert(AUTHORIZATION, HeaderValue::from_static("Bearer 00"));
        (gate, right, wrong)
    }

    #[test]
    fn a_token_has_256_bits_and_is_new_each_time() {
        let token = new_token().unwrap();
        assert_eq!(token.reveal().len(), 64);
        assert!(token != new_token().unwrap());
    }

    #[test]
    fn absent_wrong_repeated_and_differently_dressed_tokens_are_wrong() {
        let (gate, right, wrong) = gate();
        assert!(gate.is_right(&right));
        assert!(!gate.is_right(&HeaderMap::new()));
        assert!(!gate.is_right(&wrong));
        let bare = right.get(AUTHORIZATION).unwrap().to_str().unwrap().to_owned();
        for dressed in [bare.trim_start_matches("Bearer ").to_owned(), bare.to_uppercase(), format!("{bare} ")] {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_str(&dressed).unwrap());
            assert!(!gate.is_right(&headers), "{dressed}");
        }
        let mut twice = right.clone();
        twice.append(AUTHORIZATION, right.get(AUTHORIZATION).unwrap().clone());
        assert!(!gate.is_right(&twice));
    }

    #[test]
    fn the_sixth_failure_in_a_minute_is_braked_and_the_brake_doubles_to_a_minute() {
        let (gate, right, wrong) = gate();
        let peer = Peer::Loopback;
        let mut now = Instant::now();
        for _ in 0..5 {
            assert_eq!(gate.prove(peer, &wrong, now), Proof::Wrong);
        }
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            let span = Duration::from_secs(seconds);
            assert_eq!(gate.prove(peer, &wrong, now), Proof::TooOften(span));
            assert_eq!(gate.prove(peer, &HeaderMap::new(), now), Proof::TooOften(span), "absent counts alike");
            assert_eq!(gate.prove(peer, &right, now), Proof::Right, "the holder is never locked out");
            now += span;
        }
        now += WINDOW;
        assert_eq!(gate.prove(peer, &wrong, now), Proof::Wrong, "a quiet minute forgives");
    }

    #[test]
    fn a_hundred_thousand_guesses_open_nothing() {
        let (gate, _, _) = gate();
        let now = Instant::now();
        for guess in 0..100_000_u32 {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {guess:064x}")).unwrap());
            assert_ne!(gate.prove(Peer::Loopback, &headers, now), Proof::Right);
        }
    }
}
