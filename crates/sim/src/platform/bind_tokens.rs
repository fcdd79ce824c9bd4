//! Tokens by which a printer is bound while it is set up: given to the app, carried to the printer, shown by it.
//!
//! The guide tells no such call; the profile of this world names it. Kept in memory: a token lives ten minutes.

use super::Platform;
use super::answers::Denial;
use super::record::fingerprint;
use crate::chance::fresh_id;
use crate::clock;
use platen_protocol::cloud::profile::SetUp;
use platen_protocol::cloud::shapes::wire::GrantBody;
use std::collections::BTreeMap;

/// The printers' endpoint, and the platform's call.
pub(crate) const ENDPOINT: &str = "platen-bind";
pub(super) const PATH: &str = "/api/v1/public/device/bind-token";
/// Seconds.
const LIFE: i64 = 600;
const MOST: usize = 100;

/// What the world's profile says of it.
pub(crate) fn set_up() -> SetUp {
    SetUp { bind_endpoint: ENDPOINT.to_owned(), bind_token: PATH.to_owned() }
}

/// Fingerprint of a token → when it ends, and which printer has shown it.
#[derive(Default)]
pub(super) struct BindTokens(BTreeMap<String, (i64, Option<String>)>);

impl Platform {
    pub(super) fn give_bind_token(&self) -> GrantBody {
        let (token, now) = (fresh_id(), clock::now());
        let tokens = &mut self.lock().bind_tokens.0;
        tokens.retain(|_, (ends, _)| *ends > now);
        while tokens.len() >= MOST {
            tokens.pop_first();
        }
        tokens.insert(fingerprint(&token), (now.saturating_add(LIFE * 1000), None));
        GrantBody { token: Some(token), expires_in: Some(LIFE), ..GrantBody::default() }
    }

    /// A printer shows the token that it was handed.
    pub(crate) fn show_bind_token(&self, sn: &str, token: &str) {
        if let Some((_, shown)) = self.lock().bind_tokens.0.get_mut(&fingerprint(token)) {
            *shown = Some(sn.to_owned());
        }
    }

    /// Whether this printer has shown this token, which is used up by it. One that nobody has shown yet may be soon.
    pub(super) fn take_bind_token(&self, sn: &str, token: &str) -> Result<bool, Denial> {
        let print = fingerprint(token);
        let tokens = &mut self.lock().bind_tokens.0;
        match tokens.get(&print) {
            Some((ends, _)) if *ends <= clock::now() => Ok(false),
            Some((_, None)) => Err(Denial::TooEarly),
            Some((_, Some(by))) if by == sn => Ok(tokens.remove(&print).is_some()),
            _ => Ok(false),
        }
    }
}
