//! The user's choices.

use crate::{Change, Engine};
use platen_model::Fault;
use platen_store::SecretsKind;

/// The user's choices, with their defaults filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `en`, `zh-CN`, `th`, or empty for the system's.
    pub language: String,
    /// `light`, `dark`, or empty for the system's.
    pub theme: String,
    /// Whether jobs behind an uncertain one wait for the decision.
    pub hold_uncertain: bool,
    /// Hours after which finished documents are deleted.
    pub keep_documents_hours: u32,
}

const LANGUAGES: [&str; 4] = ["", "en", "zh-CN", "th"];
const THEMES: [&str; 3] = ["", "light", "dark"];

impl Engine {
    /// The choices as they are.
    pub async fn settings(&self) -> Result<Settings, Fault> {
        self.core.settings().await
    }

    /// Where secrets are kept.
    pub fn secrets_kind(&self) -> SecretsKind {
        self.core.secrets.kind()
    }

    /// Changes what is given and leaves the rest.
    ///
    /// # Errors
    /// `setting_invalid` for a value outside of its range; nothing is changed then.
    pub async fn change_settings(
        &self,
        language: Option<String>,
        theme: Option<String>,
        hold_uncertain: Option<bool>,
        keep_documents_hours: Option<u32>,
    ) -> Result<Settings, Fault> {
        one_of("language", language.as_deref(), &LANGUAGES)?;
        one_of("theme", theme.as_deref(), &THEMES)?;
        if keep_documents_hours.is_some_and(|hours| !(1..=720).contains(&hours)) {
            return Err(invalid("keepDocumentsHours must be from 1 to 720"));
        }
        let changes = [
            ("language", language),
            ("theme", theme),
            ("holdUncertain", hold_uncertain.map(|on| on.to_string())),
            ("keepDocumentsHours", keep_documents_hours.map(|hours| hours.to_string())),
        ];
        for (key, value) in changes {
            if let Some(value) = value {
                self.core.store.set_setting(key, &value).await.map_err(|error| error.fault())?;
            }
        }
        self.core.tell(Change::Settings);
        if hold_uncertain.is_some() {
            self.core.wake_queues();
        }
        self.core.settings().await
    }
}

impl crate::Core {
    pub(crate) async fn settings(&self) -> Result<Settings, Fault> {
        Ok(Settings {
            language: self.setting("language").await?.unwrap_or_default(),
            theme: self.setting("theme").await?.unwrap_or_default(),
            hold_uncertain: self.setting("holdUncertain").await?.is_none_or(|value| value != "false"),
            keep_documents_hours: self
                .setting("keepDocumentsHours")
                .await?
                .and_then(|value| value.parse().ok())
                .unwrap_or(24),
        })
    }

    async fn setting(&self, key: &str) -> Result<Option<String>, Fault> {
        self.store.setting(key).await.map_err(|error| error.fault())
    }
}

fn one_of(name: &str, value: Option<&str>, allowed: &[&str]) -> Result<(), Fault> {
    match value {
        Some(value) if !allowed.contains(&value) => {
            Err(invalid(&format!("{name} cannot be '{}'; one of {}", value.escape_default(), allowed.join(", "))))
        }
        _ => Ok(()),
    }
}

fn invalid(message: &str) -> Fault {
    Fault::new("setting_invalid", format!("{message}."), "Choose one of the values offered.")
}
