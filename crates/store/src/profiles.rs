//! Platform profiles that were installed, as the text they came in. Reading that text is the engine's business.

use crate::error::StoreError;
use crate::open::Store;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

const CURRENT: &str = "profile.current";

/// An installed profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileRow {
    /// Its name.
    pub name: String,
    /// Its text.
    pub toml: String,
    /// The certificate authority it brought along, PEM.
    pub ca_pem: Option<String>,
    /// Of the simulated world.
    pub simulated: bool,
}

impl ProfileRow {
    fn read(row: &SqliteRow) -> Result<Self, StoreError> {
        let ca_pem: String = row.try_get("ca_pem")?;
        Ok(Self {
            name: row.try_get("name")?,
            toml: row.try_get("toml")?,
            ca_pem: (!ca_pem.is_empty()).then_some(ca_pem),
            simulated: row.try_get::<i64, _>("simulated")? != 0,
        })
    }
}

impl Store {
    /// Installs or replaces a profile.
    pub async fn save_profile(&self, profile: &ProfileRow) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO profiles (name, toml, ca_pem, simulated) VALUES (?, ?, ?, ?)
             ON CONFLICT (name) DO UPDATE SET toml = excluded.toml, ca_pem = excluded.ca_pem, simulated = excluded.simulated",
        )
        .bind(&profile.name)
        .bind(&profile.toml)
        .bind(profile.ca_pem.as_deref().unwrap_or_default())
        .bind(i64::from(profile.simulated))
        .execute(&mut *self.0.writer.acquire().await?)
        .await?;
        self.backup_if_room().await
    }

    /// The profile `name`; [`StoreError::UnknownProfile`] when there is none.
    pub async fn profile(&self, name: &str) -> Result<ProfileRow, StoreError> {
        let row =
            sqlx::query("SELECT * FROM profiles WHERE name = ?").bind(name).fetch_optional(&self.0.readers).await?;
        row.as_ref().map(ProfileRow::read).transpose()?.ok_or(StoreError::UnknownProfile)
    }

    /// All profiles by name.
    pub async fn profiles(&self) -> Result<Vec<ProfileRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM profiles ORDER BY name").fetch_all(&self.0.readers).await?;
        rows.iter().map(ProfileRow::read).collect()
    }

    /// Makes `name` the profile for new bindings.
    pub async fn use_profile(&self, name: &str) -> Result<(), StoreError> {
        self.profile(name).await?;
        self.set_setting(CURRENT, name).await?;
        self.backup_if_room().await
    }

    /// The profile for new bindings, when one was chosen.
    pub async fn current_profile(&self) -> Result<Option<ProfileRow>, StoreError> {
        match self.setting(CURRENT).await? {
            Some(name) => match self.profile(&name).await {
                Err(StoreError::UnknownProfile) => Ok(None),
                found => found.map(Some),
            },
            None => Ok(None),
        }
    }
}
