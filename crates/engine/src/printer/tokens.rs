//! The temporary device token: one login at a time, and no more than needed (promise SE-4, rule C-2).
//!
//! The expiry is a moment on the clock that counts through sleep, so a changed wall clock never logs in. The token is
//! kept in the keychain with the start of the machine that its moments belong to, so a short-lived command uses the
//! one that is still good.

use super::Printer;
use crate::Core;
use crate::runner::{self, Links};
use platen_model::{Fault, Moment, Retry, Secret};
use platen_protocol::cloud::machines::{Login, LoginFailure};
use platen_protocol::cloud::token::{LoginLimit, TokenClock};
use platen_store::Secrets;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::sync::Mutex;

/// How many logins are remembered across processes: more than the limit allows in a minute.
const KEPT_LOGINS: usize = 8;

/// After a refused login the platform is left alone for so long; a new binding begins afresh.
const REFUSED: Duration = Duration::from_secs(600);

/// The token of one printer.
pub(crate) struct Tokens {
    sn: String,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    loaded: bool,
    token: Option<Good>,
    limit: LoginLimit,
    logins: Vec<Moment>,
    /// The platform does not accept the stored code: told again until it is asked again.
    refused: Option<(Moment, Fault)>,
}

/// A token and its life.
struct Good {
    token: Secret<String>,
    received: Moment,
    lifetime: Duration,
}

impl Good {
    fn clock(&self) -> TokenClock {
        TokenClock::new(self.received, self.lifetime)
    }
}

/// How a token lies in the keychain.
#[derive(Serialize, Deserialize)]
struct Kept {
    token: String,
    boot: String,
    received: u64,
    lifetime: u64,
    logins: Vec<u64>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        use zeroize::Zeroize;
        self.token.zeroize();
    }
}

/// Name of a printer's `appAuthCode` in the keychain.
pub(crate) fn auth_name(sn: &str) -> String {
    Secrets::of_printer(sn, "app-auth-code")
}

/// Name of a printer's token in the keychain.
pub(crate) fn token_name(sn: &str) -> String {
    Secrets::of_printer(sn, "token")
}

impl Tokens {
    pub(crate) fn new(sn: &str) -> Self {
        Self { sn: sn.to_owned(), held: Mutex::new(Held::default()) }
    }

    /// A token that is good now. Whoever comes while a login is under way waits for that one.
    ///
    /// # Errors
    /// `bind_again` when the platform refuses the stored code; `platform_unreachable`; `login_limited`.
    pub(crate) async fn token(&self, core: &Core, printer: &Printer) -> Result<Secret<String>, Fault> {
        let mut held = self.held.lock().await;
        self.load(core, &mut held).await?;
        let now = core.clock.now();
        if let Some(good) = held.token.as_ref().filter(|good| !good.clock().is_due(now)) {
            return Ok(good.token.clone());
        }
        match self.login(core, printer, &mut held).await {
            Ok(token) => Ok(token),
            // Due is not expired: with the platform out of reach the old token is still worth a try.
            Err(fault) if fault.retry == Retry::Later => match &held.token {
                Some(good) if !good.clock().is_expired(now) => Ok(good.token.clone()),
                _ => Err(fault),
            },
            Err(fault) => Err(fault),
        }
    }

    /// When the token should be renewed; `None` without a token.
    pub(crate) async fn due(&self) -> Option<Moment> {
        self.held.lock().await.token.as_ref().map(|good| good.clock().refresh_at())
    }

    /// The token after `old` was refused: whoever comes second gets the one that the first fetched.
    pub(crate) async fn renewed(
        &self,
        core: &Core,
        printer: &Printer,
        old: &Secret<String>,
    ) -> Result<Secret<String>, Fault> {
        self.refused(old).await;
        self.token(core, printer).await
    }

    /// The platform refused `token`: forget it, unless somebody has already replaced it.
    pub(crate) async fn refused(&self, token: &Secret<String>) {
        let mut held = self.held.lock().await;
        if held.token.as_ref().is_some_and(|good| good.token == *token) {
            held.token = None;
        }
    }

    /// Takes the token that a binding brought.
    pub(crate) async fn keep_bound(
        core: &Core,
        sn: &str,
        token: &Secret<String>,
        lifetime: Duration,
    ) -> Result<(), Fault> {
        let received = core.clock.now();
        let good = Good { token: token.clone(), received, lifetime };
        save(core, sn, &good, &[received]).await
    }

    async fn load(&self, core: &Core, held: &mut Held) -> Result<(), Fault> {
        if held.loaded {
            return Ok(());
        }
        let kept = core.secrets.get(&token_name(&self.sn)).await.map_err(|error| error.fault())?;
        held.loaded = true;
        let Some(kept) = kept else { return Ok(()) };
        match serde_json::from_str::<Kept>(kept.reveal()) {
            Ok(kept) if kept.boot == core.clock.boot() => {
                held.token = Some(Good {
                    token: Secret::from(kept.token.as_str()),
                    received: Moment::from_millis(kept.received),
                    lifetime: Duration::from_millis(kept.lifetime),
                });
                for login in kept.logins.iter().copied().map(Moment::from_millis) {
                    // Already made: what the limit says to it cannot change that.
                    let _ = held.limit.take(login);
                    held.logins.push(login);
                }
            }
            // Another start of the machine: its moments mean nothing now.
            Ok(_) => {}
            Err(_) => tracing::warn!(sn = %self.sn, "a stored token cannot be read; logging in afresh"),
        }
        Ok(())
    }

    async fn login(&self, core: &Core, printer: &Printer, held: &mut Held) -> Result<Secret<String>, Fault> {
        let now = core.clock.now();
        if let Some((at, fault)) = &held.refused
            && now.since(*at) < REFUSED
        {
            return Err(fault.clone());
        }
        if let Err(next) = held.limit.take(now) {
            return Err(Fault::new(
                "login_limited",
                format!(
                    "The platform was asked for a token too often; the next try is in {} s.",
                    next.since(now).as_secs().max(1)
                ),
                "Wait a minute.",
            )
            .with_retry(Retry::Later));
        }
        let code = core.secrets.get(&auth_name(&self.sn)).await.map_err(|error| error.fault())?;
        held.logins.push(now);
        let machine = Login::new(&printer.profile, &printer.sn, code.as_ref());
        let links = Links::http(&printer.http, core.clock.as_ref(), &printer.stop);
        let grant = match runner::run(machine, links, None, |_| (), |_| ()).await {
            Ok(grant) => grant,
            Err(failure) => {
                let fault = failure.fault();
                held.refused = matches!(failure, LoginFailure::BindAgain(_)).then(|| (now, fault.clone()));
                return Err(fault);
            }
        };
        held.refused = None;
        let good = Good { token: grant.token.clone(), received: grant.received, lifetime: grant.expires_in };
        save(core, &self.sn, &good, &held.logins).await?;
        held.token = Some(good);
        Ok(grant.token)
    }
}

async fn save(core: &Core, sn: &str, good: &Good, logins: &[Moment]) -> Result<(), Fault> {
    let kept = Kept {
        token: good.token.reveal().clone(),
        boot: core.clock.boot(),
        received: good.received.as_millis(),
        lifetime: u64::try_from(good.lifetime.as_millis()).unwrap_or(u64::MAX),
        logins: logins.iter().rev().take(KEPT_LOGINS).rev().map(|moment| moment.as_millis()).collect(),
    };
    let text = serde_json::to_string(&kept).map_err(|error| {
        Fault::new("secret_not_stored", format!("The token could not be stored: {error}."), "Try again.")
    })?;
    core.secrets.put(&token_name(sn), &Secret::from(text)).await.map_err(|error| error.fault())
}
