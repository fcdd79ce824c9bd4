//! Two rounds on the session's endpoint, whatever the scheme.

use crate::provisioning::esp::{Scheme, Security1, Security2, Session, SessionError, Stripped, security0};
use crate::provisioning::machines::Draws;
use platen_model::Secret;

/// The user name of devices whose label names none.
const USERNAME: &str = "wifiprov";

pub(super) enum Handshake {
    Zero,
    One(Box<Security1>),
    Two(Box<Security2>),
}

/// What the first answer leads to.
pub(super) enum Second {
    /// Another round.
    Prove(Vec<u8>),
    /// Nothing to prove.
    Done(Box<Session>),
}

/// What the handshake is made of.
pub(super) struct Means<'a> {
    pub(super) scheme: Scheme,
    pub(super) username: Option<&'a str>,
    pub(super) code: &'a Secret<Vec<u8>>,
    pub(super) counting_nonce: bool,
    pub(super) stripped: Stripped,
}

impl Handshake {
    pub(super) fn new(means: &Means<'_>, draws: &mut Draws) -> Self {
        match means.scheme {
            Scheme::Zero => Self::Zero,
            Scheme::One => Self::One(Box::new(Security1::new(means.code.clone(), draws.draw()))),
            Scheme::Two => {
                let username = means.username.unwrap_or(USERNAME);
                loop {
                    // One public number in 256 begins with a zero byte, which devices refuse: draw again.
                    let (code, random) = (means.code.clone(), draws.draw());
                    let fresh = Security2::new(username, code, random, means.counting_nonce, means.stripped);
                    if let Some(handshake) = fresh {
                        return Self::Two(Box::new(handshake));
                    }
                }
            }
        }
    }

    /// Whether a refused proof may be the fault of a tool that strips zeros (section 2.3), so that one more try is worth it.
    pub(super) fn may_be_stripped(username: Option<&str>, code: &Secret<Vec<u8>>) -> bool {
        Security2::may_be_stripped(username.unwrap_or(USERNAME), code)
    }

    pub(super) fn begin(&self) -> Vec<u8> {
        match self {
            Self::Zero => security0::begin(),
            Self::One(handshake) => handshake.begin(),
            Self::Two(handshake) => handshake.begin(),
        }
    }

    pub(super) fn prove(&mut self, answer: &[u8]) -> Result<Second, SessionError> {
        Ok(match self {
            Self::Zero => Second::Done(Box::new(security0::finish(answer)?)),
            Self::One(handshake) => Second::Prove(handshake.prove(answer)?),
            Self::Two(handshake) => Second::Prove(handshake.prove(answer)?),
        })
    }

    pub(super) fn finish(self, answer: &[u8]) -> Result<Session, SessionError> {
        match self {
            Self::Zero => security0::finish(answer),
            Self::One(handshake) => handshake.finish(answer),
            Self::Two(handshake) => handshake.finish(answer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_number_that_begins_with_zero_is_drawn_again() {
        let code = Secret::new(b"abcd1234".to_vec());
        // The first draw from this seed is one of the 1 in 256.
        let mut seed = [0; 32];
        seed[3] = 65;
        let mut draws = Draws::new(Secret::new(seed));
        let means =
            Means { scheme: Scheme::Two, username: None, code: &code, counting_nonce: true, stripped: Stripped::No };
        let begun = Handshake::new(&means, &mut draws).begin();
        assert_eq!(draws.drawn, 2);
        // SessionData … Command0 { 2: 384 bytes }: the number is the end of the message.
        assert_ne!(begun.get(begun.len() - 384), Some(&0));
    }
}
