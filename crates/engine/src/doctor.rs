//! What works on this machine, what is missing, and how to fix it.

use crate::Engine;
use platen_model::{Fault, HttpMethod, HttpRequest};
use platen_store::{Recovery, SecretsKind};
use platen_transport::{AdapterState, HttpConfig, HttpLink};
use std::time::Duration;

/// How long Bluetooth may take to say how it is.
const BLUETOOTH_ANSWERS: Duration = Duration::from_secs(3);

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckState {
    /// Works.
    Ok,
    /// Works with less.
    Warning,
    /// Does not work.
    Missing,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Stable.
    pub id: &'static str,
    /// How it ended.
    pub state: CheckState,
    /// What was found.
    pub detail: String,
    /// How to fix it; empty when there is nothing to fix.
    pub remedy: String,
}

impl Check {
    fn ok(id: &'static str, detail: impl Into<String>) -> Self {
        Self { id, state: CheckState::Ok, detail: detail.into(), remedy: String::new() }
    }

    fn not(id: &'static str, state: CheckState, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { id, state, detail: detail.into(), remedy: remedy.into() }
    }
}

impl Engine {
    /// Looks at everything that printing needs.
    pub async fn doctor(&self) -> Result<Vec<Check>, Fault> {
        Ok(vec![
            self.storage(),
            self.database(),
            self.secrets(),
            self.isolation().await,
            self.platform().await,
            self.bluetooth().await,
            self.own_file(),
            self.bound().await?,
        ])
    }

    fn storage(&self) -> Check {
        match self.core.store.has_room() {
            Ok(()) => Check::ok("storage", "There is room for jobs on the disk."),
            Err(error) => Check::not("storage", CheckState::Missing, error.fault().message, error.fault().remedy),
        }
    }

    fn database(&self) -> Check {
        match self.core.store.recovery() {
            Recovery::Clean => Check::ok("database", "The database was closed cleanly."),
            Recovery::Unclean => {
                Check::ok("database", "The program was stopped hard; the database was checked and is whole.")
            }
            Recovery::Rebuilt { jobs } => Check::not(
                "database",
                CheckState::Warning,
                format!(
                    "The database was damaged and was rebuilt with {jobs} jobs; the damaged one is kept beside it."
                ),
                "Bind printers again if some are missing.",
            ),
        }
    }

    fn secrets(&self) -> Check {
        match self.core.secrets.kind() {
            SecretsKind::Keychain => Check::ok("secrets", "Tokens are in the system's keychain."),
            SecretsKind::ProtectedFile => Check::not(
                "secrets",
                CheckState::Warning,
                "This session has no keychain: tokens are in an encrypted file that only this user can read (reduced protection).",
                "Start a keychain such as GNOME Keyring or KWallet to protect them better.",
            ),
        }
    }

    /// How foreign documents are kept from everything else (promise CT-1).
    async fn isolation(&self) -> Check {
        let less = |what: &str| {
            let remedy = "Open only documents from people you trust, or use a newer Linux kernel.";
            Check::not("isolation", CheckState::Warning, what, remedy)
        };
        match self.core.renderer.confinement().await {
            Err(fault) => Check::not("isolation", CheckState::Missing, fault.message, fault.remedy),
            Ok(None) => less("Documents are opened inside of this program."),
            Ok(Some(held)) if held.is_whole() => Check::ok(
                "isolation",
                "Documents are opened in a process of their own: 1 GiB, 60 s of processor time, no files, no network, \
                 no other program.",
            ),
            Ok(Some(held)) => {
                let missing: Vec<&str> = [
                    (held.limits, "limits of memory and time"),
                    (held.files, "a kernel that keeps files away (Landlock)"),
                    (held.calls, "a filter of system calls (seccomp)"),
                ]
                .into_iter()
                .filter_map(|(holds, what)| (!holds).then_some(what))
                .collect();
                less(&format!("Documents are opened in a process of their own, but without {}.", missing.join(" and ")))
            }
        }
    }

    async fn platform(&self) -> Check {
        let remedy = "Load the profile of your platform in the settings, or try without a printer.";
        let profile = match self.core.store.current_profile().await {
            Ok(Some(row)) => self.core.profile_named(&row.name).await,
            Ok(None) => return Check::not("platform", CheckState::Warning, "No platform profile is in use.", remedy),
            Err(error) => Err(error.fault()),
        };
        let (profile, ca_pem, _) = match profile {
            Ok(profile) => profile,
            Err(fault) => return Check::not("platform", CheckState::Missing, fault.message, fault.remedy),
        };
        let link = HttpLink::new(HttpConfig { ca_pem, allow_plaintext: profile.http.allow_plaintext });
        let request = HttpRequest {
            method: HttpMethod::Get,
            url: profile.http.base_url.clone(),
            headers: Vec::new(),
            bearer: None,
            body: Vec::new(),
            enclosure: None,
            limit: 64 * 1024,
            timeout: Duration::from_secs(5),
        };
        let answer = match link {
            Ok(link) => link.exchange(request).await.map_err(|failure| crate::printer::unreachable(&failure)),
            Err(error) => Err(error.fault()),
        };
        // Any HTTP answer, even an error, shows that the platform is there.
        match answer {
            Ok(_) => Check::ok("platform", format!("The platform of the profile '{}' answers.", profile.name)),
            Err(fault) => Check::not("platform", CheckState::Missing, fault.message, fault.remedy),
        }
    }

    async fn bluetooth(&self) -> Check {
        let (state, error) = self.core.bluetooth(BLUETOOTH_ANSWERS).await;
        match (state, error.map(|error| error.fault())) {
            (AdapterState::On, None) => Check::ok("bluetooth", "Bluetooth is on."),
            (_, Some(fault)) => Check::not("bluetooth", CheckState::Warning, fault.message, fault.remedy),
            (_, None) => Check::not(
                "bluetooth",
                CheckState::Warning,
                "Bluetooth does not answer.",
                "Switch Bluetooth off and on in the system's settings.",
            ),
        }
    }

    /// The file of own models, if there is anything to say about it.
    fn own_file(&self) -> Check {
        let own = self.own_models();
        match own.problems.as_slice() {
            [] => Check::ok("models", format!("{} models of your own.", own.models.len())),
            problems => Check::not(
                "models",
                CheckState::Warning,
                format!("{} models of your own. {}", own.models.len(), problems.join(" ")),
                format!("Put it right in {}.", own.file.display()),
            ),
        }
    }

    async fn bound(&self) -> Result<Check, Fault> {
        let printers = self.printers().await?;
        if printers.is_empty() {
            return Ok(Check::not("printers", CheckState::Warning, "No printer is bound.", "Add a printer."));
        }
        let troubled: Vec<_> =
            printers.iter().filter_map(|printer| printer.problems.iter().find(|problem| problem.severe)).collect();
        Ok(match troubled.first() {
            None => Check::ok("printers", format!("{} bound, none reports a problem.", printers.len())),
            Some(problem) => {
                Check::not("printers", CheckState::Warning, problem.fault.message.clone(), problem.fault.remedy.clone())
            }
        })
    }
}
