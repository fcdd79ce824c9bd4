//! The bind token: asked of the platform before the dialogue begins, handed to the printer inside of its secured session,
//! shown to the platform again when the printer is bound. Then no code has to be read from paper.
//!
//! Source: section 10 of the provisioning facts; the names are the profile's (`[setup]`). It is a help and never a need:
//! a platform that is slow or gives none out costs a moment, and the code. It lives in memory only.

use crate::Core;
use crate::runner::{self, Links};
use platen_model::Secret;
use platen_protocol::cloud::machines::AskBindToken;
use platen_protocol::provisioning::machines::HandOver;
use platen_transport::{HttpConfig, HttpLink};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long the platform may take. A computer that has joined a printer's own network reaches none.
const WAIT: Duration = Duration::from_secs(4);

/// The token that a printer has taken, until it is bound.
#[derive(Clone, Debug, Default)]
pub(super) struct Handed(Arc<Mutex<Option<Secret<String>>>>);

impl Handed {
    pub(super) fn set(&self, token: Option<Secret<String>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = token;
    }

    pub(super) fn get(&self) -> Option<Secret<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Core {
    /// What a printer shall be handed, where the profile has a place for it and the platform answers.
    pub(super) async fn hand_over(&self) -> Option<HandOver> {
        let row = self.store.current_profile().await.ok()??;
        let (profile, ca_pem, _) = self.profile_named(&row.name).await.ok()?;
        let machine = AskBindToken::new(&profile)?;
        let http = HttpLink::new(HttpConfig { ca_pem, allow_plaintext: profile.http.allow_plaintext }).ok()?;
        let cancel = CancellationToken::new();
        let links = Links::http(&http, self.clock.as_ref(), &cancel);
        let asked = tokio::select! {
            asked = runner::run(machine, links, None, |never| match never {}, |_| ()) => asked,
            () = self.clock.wait_until(self.clock.now() + WAIT) => {
                tracing::info!("the platform gave no bind token in time");
                return None;
            }
        };
        match asked {
            Ok(token) => {
                Some(HandOver { endpoint: profile.set_up.as_ref()?.bind_endpoint.clone(), token, host: profile.host() })
            }
            Err(error) => {
                tracing::info!(%error, "the platform gave no bind token");
                None
            }
        }
    }
}
