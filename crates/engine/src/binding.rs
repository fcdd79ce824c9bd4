//! Binding a printer to this installation, and undoing it.

use crate::printer::tokens::{Tokens, auth_name};
use crate::printer::{checked_name, segment};
use crate::runner::{self, Links};
use crate::{Change, Engine, PrinterStatus};
use platen_model::{Fault, Secret};
use platen_protocol::cloud::Owner;
use platen_protocol::cloud::machines::{Bind, BindEvent, BindFailure};
use platen_protocol::cloud::qr::{self, PrinterCode};
use platen_store::{PrinterRow, StoreError};
use platen_transport::{HttpConfig, HttpLink};
use std::sync::PoisonError;
use tokio_util::sync::CancellationToken;

/// How far binding got.
#[derive(Clone, Debug)]
pub enum BindResult {
    /// The printer has printed a verification code.
    CodeNeeded,
    /// Done.
    Bound(Box<PrinterStatus>),
}

/// What shows that a printer is in the hands of whoever binds it.
pub(crate) enum Proof {
    /// The code that it has printed, if one is known.
    Code(Option<Secret<String>>),
    /// The token that it was given while it was set up.
    Token(Secret<String>),
}

impl Engine {
    /// Binds a printer through the profile in use.
    ///
    /// # Errors
    /// `profile_missing`, `name_refused`, `code_wrong`, `bind_refused`, `platform_unreachable`, …
    pub async fn bind(
        &self,
        sn: &str,
        code: Option<Secret<String>>,
        name: Option<&str>,
        model: Option<&str>,
    ) -> Result<BindResult, Fault> {
        self.bind_by(sn, Proof::Code(code), name, model).await
    }

    /// The same with either proof that the printer is here.
    pub(crate) async fn bind_by(
        &self,
        sn: &str,
        proof: Proof,
        name: Option<&str>,
        model: Option<&str>,
    ) -> Result<BindResult, Fault> {
        let core = &self.core;
        let sn = segment(sn)?;
        let model = core.checked_model(model.unwrap_or(platen_printers::DEFAULT_MODEL))?.id.clone();
        let name = name.map(checked_name).transpose()?;
        let row = core.store.current_profile().await.map_err(|error| error.fault())?.ok_or_else(profile_missing)?;
        let (profile, ca, simulated) = core.profile_named(&row.name).await?;
        let http = HttpLink::new(HttpConfig { ca_pem: ca, allow_plaintext: profile.http.allow_plaintext })
            .map_err(|error| error.fault())?;

        // A code that is missing ends this dialogue; the next call brings it. So no dialogue outlives a closed window.
        let cancel = CancellationToken::new();
        let links = Links::http(&http, core.clock.as_ref(), &cancel);
        let mut asked = None;
        let machine = match proof {
            Proof::Code(code) => Bind::new(&profile, &sn, code),
            Proof::Token(token) => Bind::by_token(&profile, &sn, &token),
        };
        let bound = runner::run(
            machine,
            links,
            None,
            |event| {
                if let BindEvent::CodeNeeded { wrong, .. } = event {
                    asked = Some(wrong);
                    cancel.cancel();
                }
            },
            |_| (),
        )
        .await;
        let bound = match bound {
            Ok(bound) => bound,
            Err(failure) => {
                return match asked {
                    Some(false) => Ok(BindResult::CodeNeeded),
                    Some(true) => Err(BindFailure::CodeWrong.fault()),
                    None => Err(failure.fault()),
                };
            }
        };

        let owner = bound.owner.or_else(|| profile.owner.clone()).ok_or_else(owner_missing)?;
        let Owner { tenant_code, user_name } = owner;
        if let Some(code) = &bound.app_auth_code {
            core.secrets.put(&auth_name(sn.as_str()), code).await.map_err(|error| error.fault())?;
        }
        Tokens::keep_bound(core, sn.as_str(), &bound.token, bound.expires_in).await?;
        let known = match core.store.printer(sn.as_str()).await {
            Ok(row) => Some(row),
            Err(StoreError::UnknownPrinter) => None,
            Err(error) => return Err(error.fault()),
        };
        let name = name.or_else(|| known.as_ref().map(|row| row.name.clone())).unwrap_or_else(|| sn.to_string());
        let printer = PrinterRow {
            sn: sn.to_string(),
            name,
            model,
            profile: profile.name.clone(),
            tenant: tenant_code.to_string(),
            user: user_name.to_string(),
            simulated,
            bound_at: core.clock.wall(),
            width_dots: None,
            state_json: known.map(|row| row.state_json).unwrap_or_default(),
            online: None,
            last_heard: None,
            direct: None,
        };
        core.store.save_printer(&printer).await.map_err(|error| error.fault())?;
        core.end_printer(sn.as_str()).await;
        core.printer(sn.as_str()).await?;
        core.tell(Change::Printer(sn.to_string()));
        Ok(BindResult::Bound(Box::new(core.status_of(printer).await?)))
    }

    /// Unbinds a printer: its token, code, jobs and state are wiped (promise SE-5).
    ///
    /// # Errors
    /// `printer_unknown`.
    pub async fn unbind(&self, sn: &str) -> Result<(), Fault> {
        let core = &self.core;
        core.printer_row(sn).await?;
        core.end_printer(sn).await;
        core.store.remove_printer(sn, &core.secrets).await.map_err(|error| error.fault())?;
        core.sightings.lock().unwrap_or_else(PoisonError::into_inner).forget(&segment(sn)?);
        core.tell(Change::PrinterRemoved(sn.to_owned()));
        Ok(())
    }

    /// Reads the text of a QR code or label.
    ///
    /// # Errors
    /// `code_unreadable`.
    pub fn read_code(&self, text: &str) -> Result<PrinterCode, Fault> {
        qr::parse(text).map_err(|error| error.fault())
    }

    /// The text of a QR code with which another person adds the same printer. It holds no secret.
    ///
    /// # Errors
    /// `printer_unknown`.
    pub async fn share_text(&self, sn: &str) -> Result<String, Fault> {
        self.core.printer_row(sn).await?;
        Ok(qr::share_text(&segment(sn)?))
    }
}

fn profile_missing() -> Fault {
    Fault::new(
        "profile_missing",
        "No platform profile is in use, so there is nobody to bind the printer at.",
        "Load the profile of your platform in the settings, or try without a printer.",
    )
}

fn owner_missing() -> Fault {
    Fault::new(
        "owner_missing",
        "Neither the platform nor the profile says whose printer this is.",
        "Add [owner] with tenantCode and userName to the profile.",
    )
}
