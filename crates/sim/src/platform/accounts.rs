//! Binding and login (section 3, steps 1 to 7).
//!
//! A printer that wants a code gets it pushed as a sheet when somebody asks to bind it without one (steps 2a to 2c; the
//! guide tells no endpoint for the push). In the via-tenant mode the tenant keeps the authorisation code and hands out
//! tokens (C-3).

use super::Platform;
use super::answers::Denial;
use crate::chance::fresh_id;
use crate::clock;
use platen_protocol::cloud::shapes::wire::{BindBody, GrantBody, LoginBody};

/// Who is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Desk {
    /// The platform itself.
    Platform,
    /// The tenant's backend, in front of it.
    Tenant,
}

impl Platform {
    pub(super) fn bind(&self, desk: Desk, body: &BindBody) -> Result<GrantBody, Denial> {
        let label = self.label(&body.sn).ok_or(Denial::UnknownDevice)?;
        let shown = match &body.bind_token {
            Some(token) => self.take_bind_token(&body.sn, token)?,
            None => false,
        };
        if let Some(code) = label.code.as_ref().filter(|_| !shown) {
            match body.verify_code.as_deref().map(str::trim).filter(|given| !given.is_empty()) {
                None => {
                    self.push_code(label, code).map_err(|_| Denial::Storage)?;
                    return Err(Denial::CodeRequired);
                }
                Some(given) if given != code => return Err(Denial::CodeWrong),
                Some(_) => {}
            }
        }
        let code = fresh_id();
        self.record(|record| record.bind(&body.sn, &code)).map_err(|_| Denial::Storage)?;
        let mut grant = match desk {
            Desk::Platform => GrantBody { app_auth_code: Some(code), ..GrantBody::default() },
            Desk::Tenant => self.token(&body.sn)?,
        };
        self.name_owner(&mut grant);
        Ok(grant)
    }

    pub(super) fn login(&self, desk: Desk, body: &LoginBody) -> Result<GrantBody, Denial> {
        let known = match (&body.app_auth_code, desk) {
            (Some(code), _) => self.lock().record.knows_code(&body.sn, code),
            (None, Desk::Tenant) => self.is_bound(&body.sn),
            (None, Desk::Platform) => false,
        };
        if !known {
            return Err(Denial::Unauthorised);
        }
        let mut grant = self.token(&body.sn)?;
        self.name_owner(&mut grant);
        Ok(grant)
    }

    fn token(&self, sn: &str) -> Result<GrantBody, Denial> {
        let (token, now) = (fresh_id(), clock::now());
        let life = self.settings.token_life;
        let expires_at = now.saturating_add(i64::try_from(life.as_millis()).unwrap_or(i64::MAX));
        self.record(|record| record.add_token(&token, sn, now, expires_at)).map_err(|_| Denial::Storage)?;
        let expires_in = i64::try_from(life.as_secs()).unwrap_or(i64::MAX);
        Ok(GrantBody { token: Some(token), expires_in: Some(expires_in), ..GrantBody::default() })
    }

    fn name_owner(&self, grant: &mut GrantBody) {
        if self.settings.readings.owner_in_answers {
            grant.tenant_code = Some(self.settings.owner.tenant_code.to_string());
            grant.user_name = Some(self.settings.owner.user_name.to_string());
        }
    }

    /// The printer that a token is for.
    pub(super) fn device_of(&self, token: &str) -> Result<String, Denial> {
        let state = self.lock();
        state.record.token_sn(token, clock::now()).map(str::to_owned).ok_or(Denial::Unauthorised)
    }
}
